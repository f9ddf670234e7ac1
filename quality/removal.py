"""Takes paragraphs of a kind out of a text, and nothing else."""

from __future__ import annotations

import re

from quality.document import Kind, Report

__all__ = ["without"]

#: Where lines end, as paragraphs are cut.
_LINE_END = re.compile(r"\r\n|[\r\n\u2028\u2029\x85]")
_LINE_ENDS = "\r\n\u2028\u2029\x85"


def without(report: Report, kind: Kind = "boilerplate", *more: Kind) -> str:
    """The text of a report without its paragraphs of a kind, or of several: their lines go, with their line ends.

    Every other character stays, blank lines too. In Markdown a paragraph's marks stand on its lines and go with it.
    """
    kinds = {kind, *more}
    kept = []
    at = 0
    for paragraph in report.paragraphs:
        if not kinds.isdisjoint(paragraph.kinds):
            start = max(report.text.rfind(mark, at, paragraph.start) for mark in _LINE_ENDS) + 1
            end = _LINE_END.search(report.text, paragraph.end)
            kept.append(report.text[at : max(at, start)])
            at = len(report.text) if end is None else end.end()
    kept.append(report.text[at:])
    return "".join(kept)
