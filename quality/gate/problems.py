"""What is wrong with a document, as lines that a person can act on: its verdict, paragraphs, findings."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from quality.document import Finding, Kind, ParagraphReport, Report
from quality.features import Span
from quality.findings import CODES
from quality.gate.places import Places

__all__ = ["WHOLE", "Problem", "Status", "Subject", "problems", "with_suggestion"]

Subject = Literal["document", "paragraph", "finding"]
#: `ignored` by a comment in the text; `accepted` by the baseline.
Status = Literal["new", "ignored", "accepted"]

#: The code that stands for a whole document or paragraph of a kind.
WHOLE: Final[dict[Kind, str]] = {
    "machine_translation": "M100",
    "spinning": "S200",
    "boilerplate": "B300",
    "mixed_script": "X400",
    "broken_encoding": "X400",
    "foreign_language": "L500",
}
#: Kinds that can be cut out, so that nothing is damaged by them.
_SET_ASIDE: Final[tuple[Kind, ...]] = ("boilerplate", "foreign_language")
#: Findings that a document's own line names, and how long each may be: more is not read. Chosen by hand.
_TOLD: Final = 3
_TOLD_WIDTH: Final = 90


@dataclass(frozen=True, slots=True)
class Problem:
    """A place, a code, and what is wrong there.

    `line` and `column` are of the file, counted from 1, as are `end_line` and `end_column`, just behind the last
    character; `start` and `end` are offsets of the document's text.
    """

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    code: str
    message: str
    subject: Subject
    start: int
    end: int
    #: The paragraph that it stands in; None for the whole document.
    paragraph: int | None = None
    weight: float = 0.0
    suggestion: str | None = None
    status: Status = "new"
    #: Whether it is there only for the case that the document's own problem is accepted.
    stands_in: bool = False

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.code} {self.message}"


def problems(
    report: Report, *, fail_on: Collection[str] = (), record_line: int | None = None, called_too: bool = False
) -> tuple[Problem, ...]:
    """Everything wrong with a document that is damaged, or has a paragraph that `fail_on` names; else nothing.

    First the document, then paragraphs, then findings, the heaviest first. `record_line` is the line of a
    JSONL record: offsets of its text mean nothing in its file, so that the record's line is every problem's
    place. `called_too` adds the paragraphs that are called by themselves, whatever `fail_on` says.
    """
    kinds = report.kinds if report.verdict == "damaged" else ()
    failing = [paragraph for paragraph in report.paragraphs if _failing_kinds(paragraph, fail_on)]
    if not kinds and not failing:
        return ()
    wanted = _wanted_findings(report, kinds, failing)
    make = _Maker(report, record_line)
    found = [
        make.problem(
            "document",
            0,
            len(report.text),
            code,
            _whole_message(code, "document", _evidence(report, code, kinds, wanted)),
        )
        for code in _codes(kinds)
    ]
    for paragraph in report.paragraphs:
        own = _failing_kinds(paragraph, fail_on)
        called = [kind for kind in kinds if called_too and kind in paragraph.kinds and paragraph.verdict == "damaged"]
        for code in _codes([*own, *called]):
            message = _whole_message(code, "paragraph", _paragraph_evidence(paragraph, code))
            place = (paragraph.start, paragraph.end)
            by_itself = code in _codes(own)
            found.append(make.problem("paragraph", *place, code, message, paragraph.index, stands_in=not by_itself))
    found += [
        make.problem(
            "finding",
            finding.start,
            finding.end,
            finding.code,
            with_suggestion(finding),
            paragraph.index,
            weight=finding.weight,
            suggestion=finding.suggestion,
        )
        for paragraph, finding in wanted
    ]
    return tuple(found)


class _Maker:
    """Puts problems where they stand in the file."""

    def __init__(self, report: Report, record_line: int | None) -> None:
        self._path = report.path or report.id or "-"
        self._record_line = record_line
        self._places = Places(report.text)

    def problem(
        self,
        subject: Subject,
        start: int,
        end: int,
        code: str,
        message: str,
        paragraph: int | None = None,
        *,
        weight: float = 0.0,
        suggestion: str | None = None,
        stands_in: bool = False,
    ) -> Problem:
        if self._record_line is not None:
            line, column, end_line, end_column = self._record_line, 1, self._record_line, 1
        else:
            line, column = self._places.of(start)
            end_line, end_column = self._places.of(end)
        return Problem(
            path=self._path,
            line=line,
            column=column,
            end_line=end_line,
            end_column=end_column,
            code=code,
            message=" ".join(message.split()),
            subject=subject,
            start=start,
            end=end,
            paragraph=paragraph,
            weight=weight,
            suggestion=suggestion,
            stands_in=stands_in,
        )


def _failing_kinds(paragraph: ParagraphReport, fail_on: Collection[str]) -> list[Kind]:
    """The kinds for which `fail_on` makes a failure of the paragraph."""
    damaged = "paragraphs" in fail_on and paragraph.verdict == "damaged"
    return [kind for kind in paragraph.kinds if kind in fail_on or (damaged and kind not in _SET_ASIDE)]


def _codes(kinds: Iterable[Kind]) -> list[str]:
    return list(dict.fromkeys(WHOLE[kind] for kind in kinds))


def _wanted_findings(
    report: Report, kinds: Iterable[Kind], failing: Collection[ParagraphReport]
) -> list[tuple[ParagraphReport, Finding]]:
    """Findings of the document's own kinds, and all of the paragraphs that fail; the heaviest first."""
    letters = tuple({WHOLE[kind][0] for kind in kinds})
    found = [
        (paragraph, finding)
        for paragraph in report.paragraphs
        for finding in paragraph.findings
        if finding.code.startswith(letters) or paragraph in failing
    ]
    return sorted(found, key=lambda pair: (-pair[1].weight, pair[1].start, pair[1].end, pair[1].code))


def _evidence(
    report: Report, code: str, kinds: Iterable[Kind], findings: Iterable[tuple[ParagraphReport, Finding]]
) -> str:
    """The document's score against its threshold, and its strongest findings for this code."""
    numbers = [_compared(report.scores.get(kind), report.thresholds.get(kind)) for kind in kinds if WHOLE[kind] == code]
    of_code = [finding for _, finding in findings if finding.code[0] == code[0]]
    told = list(dict.fromkeys(_shortened(with_suggestion(finding)) for finding in _telling(of_code)))
    lead = f"the strongest of {len(of_code)} findings" if len(of_code) > len(told) else "found"
    return f"({', '.join(filter(None, numbers))})" + (f"; {lead}: {' · '.join(told)}" if told else "")


def _telling(findings: Sequence[Finding]) -> list[Finding]:
    """The findings, heaviest first, that tell most in a line: of three sorts, if there are so many."""
    first = {finding.code: finding for finding in reversed(findings)}
    others = [finding for finding in findings if first[finding.code] is not finding]
    chosen = [*sorted(first.values(), key=findings.index), *others][:_TOLD]
    return sorted(chosen, key=findings.index)


def _paragraph_evidence(paragraph: ParagraphReport, code: str) -> str:
    numbers = [_compared(paragraph.scores.get(kind), None) for kind in paragraph.kinds if WHOLE[kind] == code]
    return f"({', '.join(filter(None, numbers))})"


def _compared(score: float | None, threshold: float | None) -> str:
    if score is None:
        return ""
    return f"{score:.2f}" if threshold is None else f"{score:.2f} ≥ {threshold:.2f}"


def _whole_message(code: str, subject: str, evidence: str) -> str:
    return CODES[code](Span(code, 0, 0, 0.0, detail=evidence), subject)


def with_suggestion(finding: Finding) -> str:
    """The finding's message, with the suggestion where the message does not say it already."""
    suggestion = finding.suggestion
    if suggestion is None or re.search(rf"(?<!\w){re.escape(suggestion)}(?!\w)", finding.message):
        return finding.message
    return f"{finding.message} → “{suggestion}”"


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _TOLD_WIDTH else text[: _TOLD_WIDTH - 1].rstrip() + "…"
