"""The company that words keep: whether a word is met among the content words around it.

A synonym of the wrong sense ("gregarious media") is a good word among strangers: a language model that
has not read the two together cannot tell this from a rare subject. Vectors, learned from what stands within a
few content words of what, can: the product of two is about how much oftener the two are met together than
chance would have it (pointwise mutual information).
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.features import Batch, Matrix, WordTable

__all__ = ["DIMENSIONS", "REACH", "Company", "Kept"]

#: Numbers of a vector; content words on either side that are a word's company.
DIMENSIONS, REACH = 64, 5
#: Content words that are measured at once: few enough for the processor's cache. Chosen by hand.
_CHUNK = 1 << 11


@dataclass(frozen=True, eq=False)
class Kept:
    """How the words of a batch keep their company, shape (words,) each; NaN for words that have no vector."""

    #: Cosine of a word and what stands around it, -1..1.
    around: Matrix
    #: The same with the nearer content word of either side that it is likelier met with.
    beside: Matrix


@dataclass(frozen=True, eq=False)
class Company:
    """Vectors of content words: `keys` are the sorted hashes of lower-case words, `vectors` run parallel."""

    keys: NDArray[np.uint32]
    vectors: NDArray[np.int8]

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Company:
        return cls(keys=arrays["company_keys"], vectors=arrays["company"])

    @cached_property
    def _lengths(self) -> Matrix:
        squares = np.einsum("ij,ij->i", self.vectors, self.vectors, dtype=np.int32)
        lengths: Matrix = np.sqrt(squares.astype(np.float64)) + 1e-9
        return lengths

    def _number(self, words: Sequence[str]) -> NDArray[np.intp]:
        """Which vector each word in lower case has; -1 if none."""
        hashes = np.array([zlib.crc32(word.encode()) if word[:1].isalpha() else -1 for word in words], np.int64)
        at = np.minimum(np.searchsorted(self.keys, hashes), len(self.keys) - 1)
        return np.where(self.keys[at] == hashes, at, -1)

    def would_keep(self, table: WordTable, at: int, length: int, words: Sequence[str]) -> Matrix:
        """The cosine of each of `words` with what stands around the `length` words from `at` on; 0 where none is known.

        Shape (len(words),), -1..1.
        """
        row = int(table.rows[at])
        begin, end = int(table.bounds[row]), int(table.bounds[row + 1])
        # Of this run alone: it is asked for every finding of a long text.
        numbers = table.vocabulary.ask_all(self, self._number, table.lower.numbers[begin:end], np.int32)
        before, after = numbers[: at - begin], numbers[at - begin + length :]
        around = np.concatenate([before[before >= 0][-REACH:], after[after >= 0][:REACH]])
        company = self.vectors[around].sum(axis=0, dtype=np.int64).astype(np.float64)
        size = np.sqrt(np.einsum("i,i->", company, company))
        asked = self._number(list(map(str.lower, words)))
        cosines = np.einsum("ij,j->i", self.vectors[asked].astype(np.float64), company)
        return np.where(asked >= 0, cosines / (self._lengths[asked] * max(size, 1.0)), 0.0)

    def kept(self, batch: Batch) -> Kept:
        """What company each word of the batch's channel keeps within its paragraph, measured once."""
        return batch.once("company", lambda: self._kept(batch.channel))

    def _kept(self, table: WordTable) -> Kept:
        numbers = table.lower.ask_all(self, self._number, np.int32)
        at = np.flatnonzero(numbers >= 0)
        around, beside = np.full((2, len(numbers)), np.nan)
        if len(at):
            around[at], beside[at] = self._measured(numbers.take(at), table.rows.take(at))
        return Kept(around, beside)

    def _measured(self, numbers: NDArray[np.intp], rows: NDArray[np.intp]) -> Matrix:
        """The two measures of content words alone, shape (2, words)."""
        measured = np.empty((2, len(numbers)))
        for start in range(0, len(numbers), _CHUNK):
            first, stop = max(start - REACH, 0), start + _CHUNK
            around = self._cosines(numbers[first : stop + REACH], rows[first : stop + REACH])
            measured[:, start:stop] = around[:, start - first : stop - first]
        return measured

    def _cosines(self, numbers: NDArray[np.intp], rows: NDArray[np.intp]) -> Matrix:
        """The same of words that nothing stands beside. Sums are of whole numbers, the same in every batch."""
        count = len(numbers)
        own = self.vectors.take(numbers, axis=0).astype(np.int16)
        # Rows of zeros between paragraphs, so that no sum over neighbours reaches from one into the next.
        places = np.arange(count) + REACH * np.cumsum(np.concatenate([[1], rows[1:] != rows[:-1]]))
        padded = np.zeros((places[-1] + 1 + REACH, own.shape[1]), np.int16)
        padded[places] = own
        side = padded[: 1 - REACH].copy()
        for distance in range(1, REACH):
            side += padded[distance : len(side) + distance]
        company = (side.take(places - REACH, axis=0) + side.take(places + 1, axis=0)).astype(np.int32)
        own = own.astype(np.int32)
        for distance in range(1, min(REACH, count - 1) + 1):
            # A word that is repeated is no company to itself.
            same = np.flatnonzero((numbers[distance:] == numbers[:-distance]) & (rows[distance:] == rows[:-distance]))
            company[same] -= own[same]
            company[same + distance] -= own[same]
        lengths = self._lengths.take(numbers)
        products = np.einsum("ij,ij->i", own, company).astype(np.float64)
        sizes = np.sqrt(np.einsum("ij,ij->i", company, company).astype(np.float64))
        around = np.where(sizes > 0, products / (lengths * np.maximum(sizes, 1.0)), np.nan)
        joined = np.full(count + 1, np.nan)
        met = np.einsum("ij,ij->i", own[:-1], own[1:]) / (lengths[:-1] * lengths[1:])
        fit = (rows[1:] == rows[:-1]) & (numbers[1:] != numbers[:-1])
        joined[1:-1] = np.where(fit, met, np.nan)
        return np.stack([around, np.fmax(joined[:-1], joined[1:])])
