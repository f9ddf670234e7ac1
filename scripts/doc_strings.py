"""Docstrings of this package in the form that mkdocstrings reads: sections in Google's style.

Ours list parameters and attributes as `name: meaning` under a heading that is underlined, examples without one. An
underlined heading would come out as a heading of the page, an example as a quotation in a quotation.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

_SECTION = re.compile(r"^(Parameters|Attributes)\n-+\n((?:.+\n?)+)", re.MULTILINE)
_EXAMPLE = re.compile(r"(?:^>>> .*\n?(?:^(?!\s*$).*\n?)*)", re.MULTILINE)


def in_sections(docstring: str) -> str:
    r"""The docstring with its lists and examples in sections that are indented.

    >>> in_sections("Adds.\n\nParameters\n----------\none: a number.").splitlines()
    ['Adds.', '', 'Parameters:', '    one: a number.']
    >>> in_sections("Adds.\n\n>>> 1 + 1\n2").splitlines()
    ['Adds.', '', 'Examples:', '    >>> 1 + 1', '    2']
    """
    listed = _SECTION.sub(lambda found: f"{found[1]}:\n{_indented(found[2])}", docstring)
    return _EXAMPLE.sub(lambda found: f"Examples:\n{_indented(found[0])}", listed)


def _indented(text: str) -> str:
    return re.sub(r"^(?=.)", "    ", text, flags=re.MULTILINE)


class Sections(griffe.Extension):
    """Applies `in_sections` to every docstring."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring is not None:
            obj.docstring.value = in_sections(obj.docstring.value)
