"""The codes of findings: one small function each, whose docstring is what `quality explain CODE` shows.

A function takes the span and the words it covers and returns the message of one line. Codes go by
hundreds: M1xx machine translation, S2xx spinning, B3xx boilerplate, X4xx scripts and encoding,
L5xx language.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable

from quality.document import Finding
from quality.errors import UsageError
from quality.features import Span

__all__ = ["CODES", "explain_code", "finding", "select"]

Message = Callable[[Span, str], str]


def m101(span: Span, words: str) -> str:
    """Wording of machine translation.

    The order of words, endings and function words at this place is far commoner in machine-translated
    text than in text that people wrote. Measured with n-grams of words and letters in which rare words
    are replaced by their shape, so that the subject of the text does not matter.
    Known false alarms: headlines, lists, very stiff human translation.
    """
    return f"reads like machine translation: “{words}”"


# --- table ----------------------------------------------------------------------------------------

CODES: dict[str, Message] = {
    "M101": m101,
}


def finding(span: Span, text: str) -> Finding:
    """The finding for a span of `text` (the whole document)."""
    words = text[span.start : span.end]
    return Finding(
        code=span.code,
        start=span.start,
        end=span.end,
        text=words,
        message=CODES[span.code](span, words),
        weight=max(0.0, span.weight),
        suggestion=span.suggestion,
        alternatives=span.alternatives,
    )


def explain_code(code: str) -> str:
    """The full explanation of a code: its title, then what it means and when it is wrong.

    Raises UsageError, with the known codes, when there is no such code.
    """
    try:
        function = CODES[code.upper()]
    except KeyError:
        raise UsageError(f"{code}: no such code; known are {', '.join(sorted(CODES))}") from None
    return f"{code.upper()}  {inspect.getdoc(function)}"


def select(findings: Iterable[Finding], prefixes: Iterable[str]) -> tuple[Finding, ...]:
    """The findings whose code starts with one of the prefixes ("S2" takes S201, S202 …)."""
    wanted = tuple(prefix.upper() for prefix in prefixes)
    return tuple(found for found in findings if found.code.startswith(wanted))
