"""What is measured together: the paragraphs of several documents in one row, and their words with numbers.

An array operation costs the same for ten words as for thousands, so documents are measured many at once. No
value may depend on what else is in the batch, to the last bit: sums run within a paragraph or a document,
in the order of the text, and never through BLAS, which adds up in an order of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain, pairwise

import numpy as np
from numpy.typing import NDArray

from quality.document import Paragraph

__all__ = ["Batch", "WordTable"]


@dataclass(frozen=True, eq=False)
class WordTable:
    """Runs of words (paragraphs, as a rule) with every distinct word numbered.

    `words[ids[i]]` is word i of all, run r is `ids[bounds[r]:bounds[r + 1]]`. What a word is like is asked
    once for each of `words` and then gathered by number.
    """

    words: tuple[str, ...]
    ids: NDArray[np.intp]
    bounds: NDArray[np.intp]

    @classmethod
    def of(cls, runs: Sequence[Sequence[str]]) -> WordTable:
        """>>> table = WordTable.of([("the", "old", "mill"), (), ("the", "mill")])
        >>> table.words, table.ids.tolist(), table.bounds.tolist(), table.rows.tolist()
        (('the', 'old', 'mill'), [0, 1, 2, 0, 2], [0, 3, 3, 5], [0, 0, 0, 2, 2])
        """
        numbers: dict[str, int] = {}
        ids = [numbers.setdefault(word, len(numbers)) for word in chain.from_iterable(runs)]
        return cls(tuple(numbers), np.array(ids, np.intp), _bounds(runs))

    @cached_property
    def lengths(self) -> NDArray[np.intp]:
        """Words of each run, shape (runs,)."""
        return np.diff(self.bounds)

    @cached_property
    def rows(self) -> NDArray[np.intp]:
        """The run of each word, shape (words of all runs,)."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    def totals(self, values: NDArray[np.integer]) -> NDArray[np.int64]:
        """Exact sums of one integer a word over each run, shape (runs,)."""
        sums = np.zeros(len(values) + 1, np.int64)
        np.cumsum(values, out=sums[1:])
        totals: NDArray[np.int64] = sums[self.bounds[1:]] - sums[self.bounds[:-1]]
        return totals


@dataclass(frozen=True, eq=False)
class Batch:
    """Documents that are measured together: document d has `paragraphs[bounds[d]:bounds[d + 1]]`."""

    paragraphs: tuple[Paragraph, ...]
    bounds: NDArray[np.intp]

    @classmethod
    def of(cls, documents: Sequence[Sequence[Paragraph]]) -> Batch:
        """A batch of documents, each given by its paragraphs."""
        return cls(tuple(chain.from_iterable(documents)), _bounds(documents))

    def __len__(self) -> int:
        """The number of documents."""
        return len(self.bounds) - 1

    @property
    def documents(self) -> Iterator[tuple[Paragraph, ...]]:
        """The paragraphs of each document, for measures that cannot take all at once."""
        ends = self.bounds.tolist()
        return (self.paragraphs[start:end] for start, end in pairwise(ends))

    @cached_property
    def owners(self) -> NDArray[np.intp]:
        """The document of each paragraph, shape (paragraphs,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.bounds))

    @cached_property
    def words(self) -> NDArray[np.float64]:
        """Words of each paragraph, shape (paragraphs,)."""
        return np.array([paragraph.word_count for paragraph in self.paragraphs], np.float64)

    @cached_property
    def channel(self) -> WordTable:
        """The paragraphs' normalised words, one run a paragraph."""
        return WordTable.of([paragraph.channel for paragraph in self.paragraphs])

    def totals(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Sums of one value a paragraph over each document, in the order of the text, shape (documents,)."""
        return np.bincount(self.owners, weights=values, minlength=len(self)).astype(np.float64, copy=False)

    def take(self, chosen: NDArray[np.bool_]) -> Batch:
        """The same documents with some of their paragraphs; `chosen` has shape (paragraphs,)."""
        paragraphs = tuple(self.paragraphs[at] for at in np.flatnonzero(chosen).tolist())
        counts = np.bincount(self.owners, weights=chosen, minlength=len(self)).astype(np.intp)
        return Batch(paragraphs, np.concatenate([[0], np.cumsum(counts)]))


def _bounds(runs: Iterable[Sequence[object]]) -> NDArray[np.intp]:
    return np.array(list(accumulate(map(len, runs), initial=0)), np.intp)
