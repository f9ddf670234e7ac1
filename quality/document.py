"""The values that travel from reading to reporting. All are frozen; results are tuples.

Offsets are 0-based, half-open counts of Unicode code points of the decoded text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from quality.tokens import TOKEN, has_letter, normalise, tokenize

if TYPE_CHECKING:
    import pyarrow


__all__ = [
    "KINDS",
    "LEARNED_KINDS",
    "MIN_PARAGRAPH_WORDS",
    "MIN_WORDS",
    "SCHEMA",
    "Document",
    "Finding",
    "Kind",
    "Paragraph",
    "ParagraphReport",
    "Report",
    "Reports",
    "Verdict",
    "rounded",
]

SCHEMA = "quality/1"

Kind = Literal[
    "machine_translation",
    "spinning",
    "boilerplate",
    "mixed_script",
    "broken_encoding",
    "foreign_language",
]
Verdict = Literal["damaged", "clean", "too_short", "unsupported_language", "unreadable"]

KINDS: tuple[Kind, ...] = (
    "machine_translation",
    "spinning",
    "boilerplate",
    "mixed_script",
    "broken_encoding",
    "foreign_language",
)
#: The kinds that make a document `damaged` by a trained, calibrated probability.
LEARNED_KINDS: tuple[Kind, ...] = ("machine_translation", "spinning")
#: Fewer words than this are too short to judge: a document, a paragraph (DESIGN §3).
MIN_WORDS = 25
MIN_PARAGRAPH_WORDS = 8
#: What a line takes in memory and time beside its characters, as so many of these. Chosen by hand, so that batches of
#: lines of three words take no more memory than those of long paragraphs (2026-11-27: 299 against 359 MB; else 426).
_LINE = 40


@dataclass(frozen=True, slots=True)
class Document:
    """One text to be scored, and where it came from.

    Attributes
    ----------
    text: what is to be scored; empty where there is an error.
    id: the record's own name.
    path: the file that it came from.
    format: source format, which decides what is prose.
    error: why a record could not be read; it is reported as `unreadable`, so that every input record has one report.
    line: the line of its file that a JSONL record stands on, from 1.
    """

    text: str
    id: str | None = None
    path: str | None = None
    format: Literal["text", "markdown"] = "text"
    error: str | None = None
    line: int | None = None

    @property
    def size(self) -> int:
        """What it takes to score the document, in characters: its own, and what each line takes beside them."""
        return len(self.text) + _LINE * self.text.count("\n")

    @property
    def place(self) -> str:
        """Where it came from, for a person: its file, and its line where it is a record."""
        path = self.path or "-"
        return f"{path}:{self.line}" if self.line else path


@dataclass(frozen=True)  # without slots: what is asked of few paragraphs is worked out then, and kept
class Paragraph:
    """A stretch of prose.

    `text` is `document.text[start:end]` but for masked markup (same length, blanks instead). What is asked of every
    paragraph is better asked of a `quality.features.Batch`, which looks at each distinct token once.
    """

    index: int
    start: int
    end: int
    text: str
    #: ISO 639-1 code where there is one; "und" where no language could be told.
    language: str = "und"

    def told(self, language: str, word_count: int) -> Paragraph:
        """The paragraph with its language, and its words counted already."""
        paragraph = object.__new__(Paragraph)  # half the time of a call of the class, and there are many
        vars(paragraph).update(vars(self), language=language, word_count=word_count)
        return paragraph

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """Its words, numbers and marks."""
        return tuple(TOKEN.findall(self.text))

    @cached_property
    def channel(self) -> tuple[str, ...]:
        """The tokens as n-grams and language models see them (`quality.tokens.normalise`)."""
        return normalise(self.tokens)

    @cached_property
    def word_count(self) -> int:
        """Tokens that contain a letter."""
        return sum(map(has_letter, self.tokens))

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Where each token begins in the document."""
        return tuple([self.start + start for start in tokenize(self.text)[1]])

    @cached_property
    def ends(self) -> tuple[int, ...]:
        """Where each token ends in the document."""
        return tuple([self.start + end for end in tokenize(self.text)[2]])


@dataclass(frozen=True, slots=True)
class Finding:
    """A span that gave damage away.

    Attributes
    ----------
    code: what was found, as M116; `quality explain` tells more.
    start: offset of the first character in the document's text, in Unicode code points from 0.
    end: offset after the last one.
    text: the words, `report.text[start:end]`.
    message: what is wrong, in a line of words.
    weight: how much the finding speaks for damage, in nats (≥ 0).
    suggestion: what the words probably were; None where nothing is known.
    alternatives: what else they may have been, likeliest first.
    """

    code: str
    start: int
    end: int
    text: str
    message: str
    weight: float
    suggestion: str | None = None
    alternatives: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "start": self.start,
            "end": self.end,
            "text": self.text,
            "suggestion": self.suggestion,
            "alternatives": list(self.alternatives),
            "weight": round(self.weight, 3),
            "message": self.message,
        }


@dataclass(frozen=True, slots=True)
class ParagraphReport:
    """One paragraph's verdict.

    Attributes
    ----------
    index: number of the paragraph in its document, from 0.
    start: offset of its first character in the document's text, in Unicode code points from 0.
    end: offset after its last one.
    language: what it is written in, ISO 639-1 where there is such a code; "und" where it could not be told.
    verdict: as of a document, by the paragraph's own scores and length.
    scores: a probability in 0..1 for each kind; None where it was not judged, never a guess.
    words: number of words: tokens that contain a letter.
    kinds: kinds that the paragraph was called for, also those that make no document damaged.
    findings: what was found in it, in order of place; none of a scorer without `explain`.
    """

    index: int
    start: int
    end: int
    language: str
    verdict: Verdict
    scores: Mapping[Kind, float | None]
    words: int = 0
    kinds: tuple[Kind, ...] = ()
    findings: tuple[Finding, ...] = ()

    def to_dict(self, *, explain: bool = True) -> dict[str, Any]:
        record: dict[str, Any] = {
            "index": self.index,
            "start": self.start,
            "end": self.end,
            "language": self.language,
            "words": self.words,
            "verdict": self.verdict,
            "kinds": list(self.kinds),
            "scores": rounded(self.scores),
        }
        if explain:
            record["findings"] = [finding.to_dict() for finding in self.findings]
        return record


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """A document's verdict, its scores, and its paragraphs'. `print` shows what `quality score` shows.

    Attributes
    ----------
    id: the record's own name.
    path: the file that the document came from.
    language: what it is written in, ISO 639-1 where there is such a code; "und" where it could not be told.
    words: number of words: tokens that contain a letter.
    verdict: "damaged", "clean", "too_short", "unsupported_language" or "unreadable".
    kinds: kinds of damage that the document was called for.
    scores: by kind, in 0..1: probabilities of machine translation and spinning for an even prior, shares of words of
        the others; None where it was not judged, never a guess.
    thresholds: by kind, the score at or over which it is called.
    signature: version, models and every setting that made the scores.
    paragraphs: the reports on its paragraphs, in order.
    error: why the document could not be read.
    text: the text that was scored, so that a report can be shown; not part of the JSON form.
    """

    id: str | None
    path: str | None
    language: str
    words: int
    verdict: Verdict
    kinds: tuple[Kind, ...]
    scores: Mapping[Kind, float | None]
    thresholds: Mapping[Kind, float]
    signature: str
    paragraphs: tuple[ParagraphReport, ...] = ()
    error: str | None = None
    text: str = field(default="", repr=False, compare=False)

    def __repr__(self) -> str:
        kinds = f" ({', '.join(self.kinds)})" if self.kinds else ""
        return f"<Report {self.path or self.id or 'of a text'}: {self.verdict}{kinds}, {self.words} words>"

    def __str__(self) -> str:
        # Imported here: a document knows nothing of how it is shown until it is.
        from quality.report.style import Style
        from quality.report.text import text_report

        return text_report(self, Style(), explain=True)

    def _repr_html_(self) -> str:
        from quality.report.notebook import report_markup

        return report_markup(self)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings of the document, in order of their place."""
        found = [finding for paragraph in self.paragraphs for finding in paragraph.findings]
        return tuple(sorted(found, key=lambda finding: (finding.start, finding.end, finding.code)))

    def to_dict(self, *, explain: bool = True) -> dict[str, Any]:
        """The report as one JSON object (docs/report.schema.json)."""
        record: dict[str, Any] = {
            "schema": SCHEMA,
            "id": self.id,
            "path": self.path,
            "language": self.language,
            "words": self.words,
            "verdict": self.verdict,
            "kinds": list(self.kinds),
            "scores": rounded(self.scores),
            "thresholds": dict(self.thresholds),
            "signature": self.signature,
            "paragraphs": [paragraph.to_dict(explain=explain) for paragraph in self.paragraphs],
        }
        if self.error is not None:
            record["error"] = self.error
        return record


class Reports(list[Report]):
    """A list of reports; as the value of a notebook's cell it shows as a table with bars.

    >>> Reports()
    []
    """

    def _repr_html_(self) -> str:
        from quality.report.notebook import reports_markup

        return reports_markup(self)

    def to_arrow(self) -> pyarrow.Table:
        """A table of PyArrow with a row a document: `quality.frame(self, "pyarrow")`."""
        from quality.report.frames import frame

        return frame(self, "pyarrow")


def rounded(scores: Mapping[Kind, float | None]) -> dict[Kind, float | None]:
    """Scores to four digits: more would claim a precision that calibration does not have."""
    # None and 0.0, as most are, stay what they are: to round takes longer than all else.
    return {name: value and round(value, 4) for name, value in scores.items()}
