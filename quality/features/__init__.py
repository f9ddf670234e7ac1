"""Feature families: each measures a batch of documents and gives one row of numbers a paragraph.

A family is a module with `NAMES` (the columns, in order) and

    measure(batch, models, *, language, explain) -> Evidence

where `batch` is a `Batch` of documents in `language` and `models` a `quality.model.Models`.
`explain=False` allows a family to leave `spans` empty when it does not need them for its numbers. A value
that cannot be measured is NaN, never -1, and depends on its own document alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from quality.features.batch import Batch, WordTable
from quality.features.vocabulary import Vocabulary

__all__ = ["Batch", "Evidence", "Matrix", "Span", "Vocabulary", "WordTable"]

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Span:
    """A place in the document (offsets of its text) that speaks for damage.

    `weight` is in nats: how much likelier the place is in damaged text than in clean text.
    `detail` fills the finding's message (a language's name, a reason, the script's name …).
    """

    code: str
    start: int
    end: int
    weight: float
    suggestion: str | None = None
    alternatives: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one family measured: `matrix` has shape (paragraphs, names); `spans[i]` are paragraph i's."""

    names: tuple[str, ...]
    matrix: Matrix
    spans: tuple[tuple[Span, ...], ...]

    def column(self, name: str) -> Matrix:
        """One feature over all paragraphs, shape (paragraphs,)."""
        column: Matrix = self.matrix[:, self.names.index(name)]
        return column

    def take(self, chosen: NDArray[np.bool_]) -> Evidence:
        """The evidence of some paragraphs alone; `chosen` has shape (paragraphs,)."""
        if chosen.all():
            return self
        spans = tuple(self.spans[row] for row in np.flatnonzero(chosen).tolist())
        return Evidence(self.names, self.matrix[chosen], spans)

    @classmethod
    def empty(cls, names: tuple[str, ...], paragraphs: int) -> Evidence:
        """All NaN: the family does not apply (an unsupported language, say)."""
        return cls(names, np.full((paragraphs, len(names)), np.nan), ((),) * paragraphs)

    @classmethod
    def joined(cls, names: tuple[str, ...], documents: Iterable[Evidence]) -> Evidence:
        """The evidence of documents that were measured one by one."""
        parts = list(documents)
        matrix = np.concatenate([np.empty((0, len(names))), *(part.matrix for part in parts)])
        return cls(names, matrix, tuple(chain.from_iterable(part.spans for part in parts)))
