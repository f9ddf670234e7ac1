"""N-grams of words and of word clusters, of a whole text: each counts by how often the text has it, by the logarithm.

What n-grams say (features/ngrams.py) is added up over paragraphs and held against the root of their number. A word that
a text has fifty times counts fifty times there, and a text that repeats itself is surer than it should be. Here the
counts of a text are damped first and then brought to one length, channel by channel ("sublinear term frequency" and
cosine normalisation: Salton and Buckley 1988, "Term-weighting approaches in automatic text retrieval"). That cannot
be added up over paragraphs; documents alone are judged by it, by weights of their own (training/whole_texts.py has what
it is worth, and in which languages).

Logarithms are whole numbers of 1/1024 here, so that sums are the same in any order and any batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.features import Batch, Matrix
from quality.features.ngrams import NgramModel
from quality.model import Models

__all__ = [
    "DOCUMENT_NAMES",
    "TextCounts",
    "TextModel",
    "count_texts",
    "document_rows",
    "evidence",
    "file_name",
    "text_model",
]

#: Log-odds of the document.
DOCUMENT_NAMES = ("document_text_evidence",)

#: Steps of a logarithm.
_STEPS = 1024


@dataclass(frozen=True, eq=False, slots=True)
class TextCounts:
    """The distinct n-grams of some texts in one channel, text by text; text t's are at `bounds[t]` to `bounds[t + 1]`.

    `slots` are their places in a table of weights, `damped` what each counts, in steps of the logarithm; (n-grams,).
    """

    slots: NDArray[np.int64]
    damped: NDArray[np.int64]
    bounds: NDArray[np.intp]

    @property
    def lengths(self) -> Matrix:
        """The Euclidean length of each text's counts, in steps of the logarithm, shape (texts,); 1 if it has none."""
        return np.sqrt(np.maximum(self.totals(self.damped**2), 1))

    def totals(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """Exact sums over each text of one number an n-gram, shape (texts,)."""
        sums = np.concatenate([[0], np.cumsum(values)])
        return np.diff(sums.take(self.bounds))


@dataclass(frozen=True, eq=False, slots=True)
class TextModel:
    """Weights of n-grams, int8 of shape (channels, size of the table), a scale for each channel, and an intercept."""

    weights: NDArray[np.int8]
    scales: Matrix
    intercept: float

    @classmethod
    def read(cls, arrays: Mapping[str, NDArray[Any]]) -> TextModel:
        """The model of the arrays that a file holds."""
        return cls(arrays["weights"], arrays["scales"], float(arrays["intercept"]))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `read` reads."""
        return {"weights": self.weights, "scales": self.scales, "intercept": np.array(self.intercept)}


def count_texts(batch: Batch, ngrams: NgramModel, counted: NDArray[np.bool_] | None = None) -> tuple[TextCounts, ...]:
    """The n-grams of each document of a batch, of words and of clusters; none goes over the end of its paragraph.

    `counted` tells which paragraphs count, shape (paragraphs,); None: all. Letters are left out: they are three times
    as many n-grams, which would have to be sorted.
    """
    table, size = batch.channel, ngrams.table_size
    # Half the bytes are sorted in half the time.
    kind: type[np.unsignedinteger[Any]] = np.uint32 if len(batch) * size <= 1 << 32 else np.uint64
    texts = (np.arange(len(batch)) * size).astype(kind)
    owners = texts.take(batch.owners.take(table.rows))
    own = np.ones(len(owners), np.bool_) if counted is None else counted.take(table.rows)
    found = []
    for orders in ngrams.slots_by_word(table):
        parts = [np.empty(0, kind)]
        for slots, inside in orders:
            kept = inside & own[: len(inside)]
            parts.append(owners[: len(kept)][kept] + slots[kept].astype(kind))
        keys = np.concatenate(parts)
        keys.sort()
        firsts = np.flatnonzero(np.concatenate([keys[:1] >= 0, keys[1:] != keys[:-1]]))
        counts = np.diff(np.append(firsts, len(keys)))
        keys = keys.take(firsts)
        bounds = np.append(np.searchsorted(keys, texts), len(keys))
        found.append(TextCounts(keys.astype(np.int64) & (size - 1), _damped(counts), bounds))
    return tuple(found)


def evidence(batch: Batch, model: TextModel, ngrams: NgramModel, counted: NDArray[np.bool_] | None = None) -> Matrix:
    """Log-odds of each document by its paragraphs that count, shape (documents,); 0 for one without words."""
    total = np.zeros(len(batch))
    channels = count_texts(batch, ngrams, counted)
    for counts, weights, scale in zip(channels, model.weights, model.scales, strict=True):
        weighed = counts.totals(weights.take(counts.slots) * counts.damped)
        total += weighed * scale / counts.lengths
    some = np.diff(channels[0].bounds) > 0
    found: Matrix = np.where(some, total + model.intercept, 0.0)
    return found


def file_name(language: str) -> str:
    """The model file of a language."""
    return f"{language}/whole_texts.npz"


def text_model(models: Models, language: str) -> TextModel | None:
    """What was learned of whole texts in a language, or None."""
    name = file_name(language)
    if not models.has(name):
        return None
    return models.load(f"whole texts:{language}", lambda models: TextModel.read(models.arrays(name)))


def document_rows(
    batch: Batch, models: Models, ngrams: NgramModel, *, language: str, counted: NDArray[np.bool_]
) -> dict[str, Matrix]:
    """`evidence` by name; none in languages of which nothing was learned."""
    model = text_model(models, language)
    found = np.zeros(len(batch)) if model is None else evidence(batch, model, ngrams, counted)
    return {DOCUMENT_NAMES[0]: found}


def _damped(counts: NDArray[np.intp]) -> NDArray[np.int64]:
    """The logarithm of one more than counts, in steps."""
    damped: NDArray[np.int64] = np.rint(np.log1p(counts) * _STEPS).astype(np.int64)
    return damped
