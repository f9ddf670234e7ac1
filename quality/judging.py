"""From what was measured in a batch of documents to scores, and from scores to verdicts.

Scores are columns, one value a paragraph or a document; NaN where a kind was not judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from quality.document import KINDS, LEARNED_KINDS, MIN_PARAGRAPH_WORDS, Kind, Verdict
from quality.features import (
    Batch,
    Evidence,
    Matrix,
    boilerplate,
    fluency,
    foreign,
    learned,
    pages,
    scripts,
    spinning,
    translation,
    whole_texts,
)
from quality.model import Models
from quality.repeats import Repeats

__all__ = [
    "NEVER",
    "SHARE_THRESHOLDS",
    "Measured",
    "document_rows",
    "document_scores",
    "measure",
    "paragraph_scores",
    "verdict",
]

#: Share of words at which scripts or encodings make a document damaged. Of 40,495 clean documents in twelve
#: languages none reaches the first; the second is reached by 16 of some 4,300 from wikis and review sites, those
#: that were read being really broken (shared training data, 2026-11-22).
SHARE_THRESHOLDS: Mapping[Kind, float] = MappingProxyType({"mixed_script": 0.01, "broken_encoding": 0.02})
#: No probability reaches it: for kinds that have no classifier.
NEVER = 1.1


@dataclass(frozen=True, slots=True)
class Measured:
    """What the feature families found in documents of one language; `columns` are all features by name."""

    batch: Batch
    language: str
    translation: Evidence
    fluency: Evidence
    spinning: Evidence
    boilerplate: Evidence
    scripts: Evidence
    foreign: Evidence
    learned: Evidence
    columns: Mapping[str, Matrix]
    #: Whether each paragraph is in the language of its document, shape (paragraphs,).
    own: NDArray[np.bool_]

    def rows(self, names: Sequence[str]) -> Matrix:
        """The named features of every paragraph, shape (paragraphs, len(names))."""
        return np.column_stack([self.columns[name] for name in names])


def measure(batch: Batch, models: Models, *, language: str, explain: bool, repeats: Repeats | None = None) -> Measured:
    """Everything that is measured of documents in a language; `repeats` are lines that a corpus has many times."""
    families = {
        "translation": translation.measure(batch, models, language=language, explain=explain),
        "fluency": fluency.measure(batch, models, language=language, explain=explain),
        "spinning": spinning.measure(batch, models, language=language, explain=explain),
        "boilerplate": boilerplate.measure(batch, models, language=language, explain=explain, repeats=repeats),
        "scripts": scripts.measure(batch, models, language=language, explain=explain),
        "foreign": foreign.measure(batch, models, language=language, explain=explain),
        "learned": learned.measure(batch, models, language=language, explain=explain),
    }
    columns = {name: family.matrix[:, at] for family in families.values() for at, name in enumerate(family.names)}
    own = columns["foreign_paragraph"] == 0.0
    return Measured(batch=batch, language=language, columns=columns, own=own, **families)


def paragraph_scores(measured: Measured, models: Models) -> dict[Kind, Matrix]:
    """Every kind's score of every paragraph, shape (paragraphs,) each."""
    words = measured.batch.words
    scores: dict[Kind, Matrix] = {kind: np.full(len(words), np.nan) for kind in KINDS}
    judged = measured.own & (words >= MIN_PARAGRAPH_WORDS)
    for kind in LEARNED_KINDS:
        head = models.head(kind, "paragraph", measured.language)
        if head is not None:
            scores[kind] = np.where(judged, head.probability(measured.rows(head.features)), np.nan)
    head = models.head("boilerplate", "paragraph", "any")
    if head is not None:
        scores["boilerplate"] = head.probability(measured.rows(head.features))
    scores["boilerplate"][measured.columns["corpus_documents"] > 0] = 1.0
    for kind in SHARE_THRESHOLDS:
        scores[kind] = np.minimum(measured.columns[f"{kind}_words"] / np.maximum(words, 1), 1.0)
    scores["foreign_language"] = measured.columns["foreign_paragraph"]
    return scores


def document_scores(
    measured: Measured, furniture: NDArray[np.bool_], models: Models, *, min_words: int
) -> dict[Kind, Matrix]:
    """Probabilities of the learned kinds; of the others the share of the document's words; shape (documents,) each.

    `furniture` tells which paragraphs were called boilerplate.
    """
    batch, own = measured.batch, measured.own
    words = batch.totals(batch.words)
    scores: dict[Kind, Matrix] = {kind: np.full(len(batch), np.nan) for kind in KINDS}
    judged = (words >= min_words) & (batch.totals(own.astype(np.float64)) > 0)
    if measured.language in models.languages:
        rows = document_rows(measured, models)
        for kind in LEARNED_KINDS:
            head = models.head(kind, "document", measured.language)
            if head is not None:
                missing = np.full(len(batch), np.nan)
                matrix = np.column_stack([rows.get(name, missing) for name in head.features])
                scores[kind] = np.where(judged, head.probability(matrix), np.nan)
    some = np.maximum(words, 1.0)
    scores["boilerplate"] = batch.totals(batch.words * furniture) / some
    for kind in SHARE_THRESHOLDS:
        scores[kind] = np.minimum(batch.totals(measured.columns[f"{kind}_words"]) / some, 1.0)
    return scores


def document_rows(measured: Measured, models: Models) -> dict[str, Matrix]:
    """Document features by name, over the paragraphs in the document's own language."""
    batch, own = measured.batch.take(measured.own), measured.own
    rows: dict[str, Matrix] = {}
    ngrams = translation.ngram_model(models, measured.language)
    if ngrams is not None:
        usual = translation.usual_traces(models, measured.language)
        values = translation.document_rows(measured.translation.take(own), batch, ngrams, usual)
        rows.update(zip(translation.DOCUMENT_NAMES, values.T, strict=True))
        # What was worked out of the words of all paragraphs is not worked out again for those that count.
        found = whole_texts.document_rows(measured.batch, models, ngrams, language=measured.language, counted=own)
        rows.update(found)
    values = spinning.document_rows(measured.spinning.take(own), batch)
    rows.update(zip(spinning.DOCUMENT_NAMES, values.T, strict=True))
    rows.update(learned.document_rows(measured.learned.take(own), batch, models, language=measured.language))
    documentation = rows.get("document_documentation", np.zeros(len(batch)))
    rows.update(pages.document_rows(batch, models, language=measured.language, documentation=documentation))
    return rows


def verdict(
    scores: Mapping[Kind, float | None], thresholds: Mapping[Kind, float], *, long_enough: bool, supported: bool
) -> tuple[Verdict, tuple[Kind, ...]]:
    """Damaged if any score reaches its threshold; scripts and encodings are judged in every language."""
    if not long_enough:
        return "too_short", ()
    reached: list[Kind] = []
    for kind, threshold in thresholds.items():
        value = scores[kind]
        if value is not None and value >= threshold:
            reached.append(kind)
    if reached:
        return "damaged", tuple(reached)
    return ("clean" if supported else "unsupported_language"), ()
