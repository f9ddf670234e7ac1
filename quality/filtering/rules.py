"""Which documents are kept, and why the others are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from quality.document import Document, Kind, Report, rounded
from quality.judging import SHARE_THRESHOLDS
from quality.removal import without

__all__ = ["Decision", "Rules"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a record."""

    #: Why it is not kept, the decisive reason first; none if it is.
    reasons: tuple[str, ...]
    #: The text that is kept, where that is not all of the document's.
    text: str | None
    #: What a rejected record has beside its own fields.
    added: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rules:
    """What a document must be to be kept.

    Parameters
    ----------
    most: scores of documents that may not be exceeded, by kind; for a kind that is not named the report's own call
        counts, made at its threshold.
    drop: paragraphs of these kinds are taken out of the text first.
    languages: any if empty.
    min_words: words that must be left when paragraphs were taken out.
    """

    most: Mapping[Kind, float] = field(default_factory=dict)
    drop: tuple[Kind, ...] = ()
    languages: tuple[str, ...] = ()
    min_words: int = 0

    def decide(self, document: Document, report: Report) -> Decision:
        """What becomes of a document, by its report."""
        reasons = self.reasons(report)
        if not reasons:
            left = self.text(replace(report, text=document.text))
            return Decision((), None if left == document.text else left, {})
        scores = {f"quality_{kind}": score for kind, score in rounded(report.scores).items()}
        added = {
            "quality_reasons": " ".join(reasons),
            "quality_path": document.path,
            "quality_line": document.line,
            "quality_language": report.language,
            "quality_words": report.words,
            **scores,
            "quality_error": report.error,
        }
        return Decision(reasons, None, added)

    def with_decision(self, document: Document, report: Report) -> tuple[Document, Decision]:
        """A document with what becomes of it: all that is sent from where it was scored."""
        return document, self.decide(document, report)

    def reasons(self, report: Report) -> tuple[str, ...]:
        """Why a document is not kept, the decisive reason first; none if it is."""
        if report.verdict == "unreadable":
            return ("unreadable",)
        reasons = []
        if self.languages and report.language not in self.languages:
            reasons.append("language")
        words = self._words_left(report)
        if self.drop and words == 0 < report.words:
            reasons.append("nothing_left")
        elif words < self.min_words:
            reasons.append("too_few_words")
        kinds: tuple[Kind, ...] = ("machine_translation", "spinning", *SHARE_THRESHOLDS)
        reasons.extend(kind for kind in kinds if self._exceeds(report, kind))
        return tuple(reasons)

    def text(self, report: Report) -> str:
        """The text that is kept."""
        return without(report, *self.drop) if self.drop else report.text

    def _exceeds(self, report: Report, kind: Kind) -> bool:
        most = self.most.get(kind)
        score = report.scores.get(kind)
        return kind in report.kinds if most is None else score is not None and score > most

    def _words_left(self, report: Report) -> int:
        return sum(paragraph.words for paragraph in report.paragraphs if set(self.drop).isdisjoint(paragraph.kinds))
