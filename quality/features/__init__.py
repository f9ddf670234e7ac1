"""Feature families: each measures a document and gives one row of numbers a paragraph.

A family is a module with `NAMES` (the columns, in order) and

    measure(document, paragraphs, models, *, explain) -> Evidence

where `models` is a `quality.model.Models`. `explain=False` allows a family to leave `spans` empty when
it does not need them for its numbers. A value that cannot be measured is NaN, never -1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Evidence", "Matrix", "Span"]

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

    def take(self, rows: Sequence[int]) -> Evidence:
        """The evidence of some paragraphs alone, in the order given."""
        return Evidence(self.names, self.matrix[list(rows)], tuple(self.spans[row] for row in rows))

    @classmethod
    def empty(cls, names: tuple[str, ...], paragraphs: int) -> Evidence:
        """All NaN: the family does not apply (an unsupported language, say)."""
        return cls(names, np.full((paragraphs, len(names)), np.nan), ((),) * paragraphs)
