"""Verdicts → exit status and the lines that `quality check` prints. Pure: nothing is read or written here."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from quality.document import KINDS, Finding, Kind, ParagraphReport, Report
from quality.features import Span
from quality.findings import CODES

__all__ = [
    "FAIL_ON",
    "FINDINGS_SHOWN",
    "Places",
    "Problem",
    "document_fails",
    "exit_status",
    "failing_paragraphs",
    "problems",
]

#: What `--fail-on` adds to a damaged document: paragraphs of one kind, or every damaged paragraph.
FAIL_ON: tuple[str, ...] = (*KINDS, "paragraphs")

#: Findings printed for one document. A damaged page has hundreds; a person acts on the worst of them,
#: and the document's own line says how many there are.
FINDINGS_SHOWN: Final = 20

#: The code that stands for a whole document or paragraph of a kind.
_WHOLE: Final[dict[Kind, str]] = {
    "machine_translation": "M100",
    "spinning": "S200",
    "boilerplate": "B300",
    "mixed_script": "X400",
    "broken_encoding": "X400",
    "foreign_language": "L500",
}
_LINE_END = re.compile(r"\r\n|\n|\r")


class Places:
    r"""Offsets of a text ↔ lines and columns as editors show them, both counted from 1.

    >>> places = Places("one\r\ntwo")
    >>> places.of(6), places.offset(2, 2)
    ((2, 2), 6)
    """

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def of(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """Offset of a line and column."""
        return self._starts[line - 1] + column - 1


@dataclass(frozen=True, slots=True)
class Problem:
    """One line of `quality check`: a place, a code, and what is wrong there."""

    path: str
    line: int
    column: int
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.code} {self.message}"


def failing_paragraphs(report: Report, fail_on: Collection[str] = ()) -> tuple[ParagraphReport, ...]:
    """The paragraphs that `--fail-on` makes a failure of."""
    return tuple(
        paragraph
        for paragraph in report.paragraphs
        if ("paragraphs" in fail_on and paragraph.verdict == "damaged")
        or any(kind in fail_on for kind in paragraph.kinds)
    )


def document_fails(report: Report, fail_on: Collection[str] = ()) -> bool:
    """Whether the document is damaged, or has a paragraph that `fail_on` names."""
    return report.verdict == "damaged" or bool(failing_paragraphs(report, fail_on))


def exit_status(*, damaged: bool, unreadable: bool) -> int:
    """0 fine, 1 damage found, 3 some input could not be read. Damage goes before.

    >>> exit_status(damaged=True, unreadable=True), exit_status(damaged=False, unreadable=True)
    (1, 3)
    """
    return 1 if damaged else 3 if unreadable else 0


def problems(report: Report, *, fail_on: Collection[str] = (), record_line: int | None = None) -> tuple[Problem, ...]:
    """What `quality check` says of a document: its verdict, paragraphs that fail by themselves, then findings.

    The worst findings come first. `record_line` is the line of a JSONL record: the offsets of its text
    mean nothing in its file, so that the record's line is every finding's place.
    """
    if not document_fails(report, fail_on):
        return ()
    path = report.path or report.id or "-"
    places = None if record_line is not None else Places(report.text)

    def problem(offset: int, code: str, message: str) -> Problem:
        line, column = (record_line or 1, 1) if places is None else places.of(offset)
        return Problem(path, line, column, code, " ".join(message.split()))

    kinds = report.kinds if report.verdict == "damaged" else ()
    paragraphs = failing_paragraphs(report, fail_on)
    wanted = _wanted_findings(report, kinds, paragraphs)
    shown = wanted[:FINDINGS_SHOWN]
    found = [
        problem(0, code, _whole_message(code, "document", _evidence(report, code, kinds, wanted)))
        for code in _codes(kinds)
    ]
    found += [
        problem(paragraph.start, code, _whole_message(code, "paragraph", _paragraph_evidence(paragraph, code)))
        for paragraph in paragraphs
        for code in _codes(paragraph.kinds)
    ]
    found += [problem(finding.start, finding.code, _with_suggestion(finding)) for finding in shown]
    return tuple(found)


def _codes(kinds: Iterable[Kind]) -> list[str]:
    return list(dict.fromkeys(_WHOLE[kind] for kind in kinds))


def _wanted_findings(report: Report, kinds: Iterable[Kind], paragraphs: Iterable[ParagraphReport]) -> list[Finding]:
    """Findings of the document's own kinds, and all of the paragraphs that fail; the heaviest first."""
    letters = tuple({_WHOLE[kind][0] for kind in kinds})
    found = [finding for finding in report.findings if finding.code.startswith(letters)] if letters else []
    found += [
        finding
        for paragraph in paragraphs
        for finding in paragraph.findings
        if not finding.code.startswith(letters or " ")
    ]
    return sorted(found, key=lambda finding: (-finding.weight, finding.start, finding.end, finding.code))


def _evidence(report: Report, code: str, kinds: Iterable[Kind], findings: Iterable[Finding]) -> str:
    """The document's score against its threshold, and its strongest words for this code."""
    numbers = [
        _compared(report.scores.get(kind), report.thresholds.get(kind)) for kind in kinds if _WHOLE[kind] == code
    ]
    of_code = [finding for finding in findings if finding.code[0] == code[0]]
    quoted = list(dict.fromkeys(_shortened(finding.text) for finding in of_code))[:3]
    strongest = f"; strongest of {len(of_code)}: " + ", ".join(f"“{words}”" for words in quoted) if quoted else ""
    return f"({', '.join(filter(None, numbers))}){strongest}"


def _paragraph_evidence(paragraph: ParagraphReport, code: str) -> str:
    numbers = [_compared(paragraph.scores.get(kind), None) for kind in paragraph.kinds if _WHOLE[kind] == code]
    return f"({', '.join(filter(None, numbers))})"


def _compared(score: float | None, threshold: float | None) -> str:
    if score is None:
        return ""
    return f"{score:.2f}" if threshold is None else f"{score:.2f} ≥ {threshold:.2f}"


def _whole_message(code: str, subject: str, evidence: str) -> str:
    return CODES[code](Span(code, 0, 0, 0.0, detail=evidence), subject)


def _with_suggestion(finding: Finding) -> str:
    """The finding's message, with the suggestion where the message does not say it already."""
    suggestion = finding.suggestion
    if suggestion is None or re.search(rf"(?<!\w){re.escape(suggestion)}(?!\w)", finding.message):
        return finding.message
    return f"{finding.message} → “{suggestion}”"


def _shortened(text: str, width: int = 40) -> str:
    text = " ".join(text.split())
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"
