"""Terms that were put together anew: two words side by side, each exchanged, that were a known pair before.

"Counterfeit consciousness" is in no thesaurus, and neither word alone can be put back: beside "consciousness"
nothing speaks for "artificial". So both are read backwards at once, and the pairs that come out are looked
up among those that people write and those that name something.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from quality.features import Batch, Matrix, WordTable
from quality.features.fluency import read

if TYPE_CHECKING:
    import kenlm

__all__ = ["CHANCE_STEP", "MOST_SOURCES", "RATE_STEP", "Pairs", "Terms"]

#: Words that one word may stand for, at most; and the steps in which log chances and log rates are stored (nats).
MOST_SOURCES, CHANCE_STEP, RATE_STEP = 8, 0.25, 0.25
#: log of the chance that a spinner leaves one word of a pair alone.
_LEFT = float(np.log(0.5))
#: A pair that the language model expects more than this (nats) is in its place; so is one neither of whose words is
#: a misfit by this much (nats). Chosen by hand.
_EXPECTED, _FITS = -10.0, -0.5
#: What a nat of misfit of either word adds to the gain. On 437 sentences with tortured phrases of terms left out it
#: takes the precision at half of them from .68 to .74 (2026-11-27).
_MISFIT = 1.5
#: Places that are read backwards at once: each may have 81 readings. Chosen by hand.
_CHUNK = 1 << 10
#: Bits of the table that tells at once of most pairs that they are none.
_BITS = 22
_LN10 = float(np.log(10.0))


@dataclass(frozen=True, eq=False)
class Pairs:
    """Places of a batch where two words are better read as a known pair.

    `at` counts in words of the batch's channel. `gain` (nats) adds up the log-likelihood ratio of the pair, spun, and
    of what stands there, and how badly the two words fit; `weight` is what that comes to for an even prior (nats).
    `keys` are the known pairs, as in `Terms.pairs`.
    """

    at: NDArray[np.intp]
    gain: Matrix
    weight: Matrix
    keys: NDArray[np.int64]
    words: Sequence[str]

    @classmethod
    def none(cls) -> Pairs:
        return cls(np.zeros(0, np.intp), np.zeros(0), np.zeros(0), np.zeros(0, np.int64), ())

    def original(self, place: int) -> tuple[str, str]:
        """The two words of the known pair, in lower case."""
        first, second = divmod(int(self.keys[place]), len(self.words))
        return self.words[first], self.words[second]


@dataclass(frozen=True, eq=False)
class Terms:
    """Words by number (`words`), what each may stand for, and known pairs of words.

    Sources of word w: `sources[bounds[w]:bounds[w + 1]]`, with the log chance that a spinner puts w for each in
    steps of CHANCE_STEP nats. `pairs` are sorted, each first · len(words) + second; `rates` (log, in steps of
    RATE_STEP nats) run parallel. `weights` are the slope and the intercept from a pair's gain to its weight.
    """

    words: list[str]
    bounds: NDArray[np.int32]
    sources: NDArray[np.uint16]
    chances: NDArray[np.int8]
    pairs: NDArray[np.uint32]
    rates: NDArray[np.int8]
    weights: NDArray[np.float64]

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Terms:
        """The terms from the arrays that they are shipped as (`quality.training.spinning_terms.term_arrays`)."""
        return cls(
            words=arrays["term_words"].tobytes().decode("utf-8").split("\n"),
            bounds=np.concatenate([[0], np.cumsum(arrays["term_lengths"], dtype=np.int32)]).astype(np.int32),
            sources=arrays["term_sources"],
            chances=arrays["term_chances"],
            pairs=np.cumsum(arrays["term_pairs"], dtype=np.uint32),
            rates=arrays["term_rates"],
            weights=arrays["term_weights"],
        )

    @property
    def known(self) -> frozenset[tuple[str, str]]:
        """The known pairs."""
        words, size = self.words, len(self.words)
        return frozenset((words[key // size], words[key % size]) for key in self.pairs.tolist())

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self.words)}

    @cached_property
    def _readings(self) -> tuple[NDArray[np.int64], Matrix, NDArray[np.int64], NDArray[np.int64]]:
        """What each word may stand for, itself first, with the log chances; where those of each start, and how many."""
        starts = self.bounds[:-1] + np.arange(len(self.words))
        sources = np.insert(self.sources.astype(np.int64), self.bounds[:-1], np.arange(len(self.words)))
        chances = np.insert(self.chances * CHANCE_STEP, self.bounds[:-1], _LEFT)
        return sources, chances, starts, np.diff(self.bounds).astype(np.int64) + 1

    @cached_property
    def _likely(self) -> NDArray[np.bool_]:
        table = np.zeros(1 << _BITS, np.bool_)
        table[_slot(self.pairs.astype(np.int64))] = True
        return table

    def _number(self, words: list[str]) -> Iterator[int]:
        """The number of each word in lower case; -1 for unknown ones."""
        return map(self._numbers.get, words, repeat(-1))

    def _found(self, keys: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Which of the keys are known pairs, and where these are."""
        likely = np.flatnonzero(self._likely.take(_slot(keys)))
        at = np.minimum(np.searchsorted(self.pairs, keys[likely].astype(np.uint32)), len(self.pairs) - 1)
        known = self.pairs[at] == keys[likely]
        return likely[known], at[known]

    def found(self, batch: Batch, model: kenlm.Model, misfit: Matrix) -> Pairs:
        """The places of a batch that a known pair explains at all, each with the best one."""
        table, lower = batch.channel, batch.channel.lower.numbers
        expected = read(batch, model).log_probability * _LN10
        at = _strange(table, expected, misfit)
        first, second = (table.vocabulary.ask_all(self, self._number, lower[at + step], np.int64) for step in (0, 1))
        doubtful = np.flatnonzero((first >= 0) & (second >= 0))
        known, _ = self._found(first[doubtful] * len(self.words) + second[doubtful])
        doubtful = np.delete(doubtful, known)
        if not len(doubtful):
            return Pairs.none()
        parts = []
        for start in range(0, len(doubtful), _CHUNK):
            own = doubtful[start : start + _CHUNK]
            which, gain, keys = self._explained(first[own], second[own])
            parts.append((at[own[which]], gain, keys))
        at, gain, keys = map(np.concatenate, zip(*parts, strict=True))
        gain += _MISFIT * (misfit[at] + misfit[at + 1]) - (expected[at] + expected[at + 1])
        return Pairs(at, gain, gain * self.weights[0] + self.weights[1], keys, self.words)

    def _explained(
        self, first: NDArray[np.int64], second: NDArray[np.int64]
    ) -> tuple[NDArray[np.intp], Matrix, NDArray[np.int64]]:
        """Which pairs of words, none of them known, a known pair explains, by how much (nats) at best, and the pair."""
        sources, chances, starts, counts = self._readings
        # Every reading of the first word beside every one of the second, place by place.
        sizes = counts[first] * counts[second]
        place = np.repeat(np.arange(len(first)), sizes)
        number = np.arange(len(place)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        left, right = np.divmod(number, counts[second][place])
        left += starts[first][place]
        right += starts[second][place]
        keys = sources[left] * len(self.words) + sources[right]
        hit, found = self._found(keys)
        if not len(hit):
            return np.zeros(0, np.intp), np.zeros(0), np.zeros(0, np.int64)
        gain = self.rates[found] * RATE_STEP + chances[left[hit]] + chances[right[hit]]
        fresh = np.diff(place[hit], prepend=-1) != 0
        firsts = np.flatnonzero(fresh)
        most = np.maximum.reduceat(gain, firsts)
        # Of readings that are as good the first.
        best = np.flatnonzero(gain == most[np.cumsum(fresh) - 1])
        best = best[np.diff(place[hit[best]], prepend=-1) != 0]
        return place[hit[best]], gain[best], keys[hit[best]]


def _strange(table: WordTable, expected: Matrix, misfit: Matrix) -> NDArray[np.intp]:
    """Where two words stand side by side that the language model does not expect."""
    joined = table.rows[1:] == table.rows[:-1]
    joined &= expected[1:] + expected[:-1] < _EXPECTED
    joined &= np.maximum(misfit[1:], misfit[:-1]) > _FITS
    return np.flatnonzero(joined)


def _slot(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """A place of the table for each pair."""
    slots: NDArray[np.int64] = ((keys * 0x9E3779B1) >> 15) & ((1 << _BITS) - 1)
    return slots
