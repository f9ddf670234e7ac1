"""Delexicalised n-grams: what a text is made like, without what it is about.

Common words stay, rare ones become their shape and last letters ("Gipfeltreffen" → "X~fen"). Word
1–4-grams and character 3–6-grams of that are hashed into two tables of weights that a logistic
regression learned. Everything is array arithmetic: one pass over a batch gives every place's weight.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.features.batch import WordTable, compact
from quality.features.vocabulary import Vocabulary

__all__ = ["NgramModel", "NgramSums", "NgramWeights", "shape"]

WORD_ORDERS = (1, 2, 3, 4)
CHARACTER_ORDERS = (3, 4, 5, 6)

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_STEP = np.uint64(0x100000001B3)


def shape(word: str) -> str:
    """The stand-in of a rare word: its shape and its last three letters.

    >>> [shape(word) for word in ("Gipfeltreffen", "key-player", "UNESCO", "0000", "iPhone", "öl")]
    ['X~fen', 'x-x~yer', 'A~sco', '0~4', 'xX~one', 'x~öl']
    """
    if word[0].isdigit():
        return f"0~{min(len(word), 5)}"
    outline = []
    for part in word.split("-"):
        if part.islower():
            outline.append("x")
        elif part.isupper() and len(part) > 1:
            outline.append("A")
        elif part[:1].isupper() and (len(part) == 1 or part[1:].islower()):
            outline.append("X")
        else:
            outline.append("xX")
    return f"{'-'.join(outline[:3])}~{word[-3:].lower()}"


@dataclass(frozen=True, slots=True)
class NgramSums:
    """Of each text: exact sums of weights, and how many n-grams they are over. Each has shape (texts,)."""

    word: NDArray[np.int64]
    word_count: NDArray[np.int64]
    character: NDArray[np.int64]
    character_count: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NgramWeights:
    """What the n-grams weigh that start at each word, as exact integers; none goes over the end of its run.

    `word` has shape (4, words), one row an order; `register` (words,) is the sum over orders of the weights that
    tell registers apart, `character` (words,) that of the character n-grams that start in the word or in the
    blank before it; `letters` (words,) how many characters that is.
    """

    word: NDArray[np.int8]
    register: NDArray[np.int64]
    character: NDArray[np.int64]
    letters: NDArray[np.int64]

    def sums(self, table: WordTable) -> NgramSums:
        """Sums and counts of each run of the table that was weighed."""
        return NgramSums(
            table.totals(self.word.sum(axis=0, dtype=np.int64)),
            _counts(table.lengths, WORD_ORDERS),
            table.totals(self.character),
            _counts(table.totals(self.letters), CHARACTER_ORDERS),
        )


class NgramModel:
    """Vocabulary and weights. `word_weights`, `character_weights` are int8 tables of 2**bits slots.

    The evidence of a run of n-grams is `scale · (Σ word weights / √n_w + Σ character weights / √n_c)`:
    log-odds of a linear model over counts, whose sums are exact integers, whatever the order.
    `register_weights` tell software documentation from other writing by its word n-grams: people who
    write there sound more like a machine, and are judged by what is usual there.
    """

    def __init__(
        self,
        vocabulary: Sequence[str],
        word_weights: NDArray[np.int8],
        character_weights: NDArray[np.int8],
        word_scale: float,
        character_scale: float,
        intercept: float,
        register_weights: NDArray[np.int8],
        register_scale: float,
        register_intercept: float,
    ) -> None:
        self.vocabulary = frozenset(vocabulary)
        self.word_weights = word_weights
        self.character_weights = character_weights
        self.word_scale = word_scale
        self.character_scale = character_scale
        self.intercept = intercept
        self.register_weights = register_weights
        self.register_scale = register_scale
        self.register_intercept = register_intercept
        self._classes = Vocabulary()

    @classmethod
    def read(cls, arrays: Mapping[str, NDArray[Any]]) -> NgramModel:
        """The model that a file holds, by the names of the constructor's arguments."""
        return cls(
            vocabulary=arrays["vocabulary"].tolist(),
            word_weights=arrays["word_weights"],
            character_weights=arrays["character_weights"],
            word_scale=float(arrays["word_scale"]),
            character_scale=float(arrays["character_scale"]),
            intercept=float(arrays["intercept"]),
            register_weights=arrays["register_weights"],
            register_scale=float(arrays["register_scale"]),
            register_intercept=float(arrays["register_intercept"]),
        )

    def class_of(self, word: str) -> str:
        """A normalised word as the n-grams have it: itself if it is common, its shape if it is rare."""
        lower = word.lower()
        if lower in self.vocabulary:
            return lower if lower == word else f"^{lower}"
        return shape(word)

    def weigh(self, table: WordTable) -> NgramWeights:
        """The weights of all n-grams of the table's words."""
        count = len(table.numbers)
        word = np.zeros((len(WORD_ORDERS), count), np.int8)
        register = np.zeros(count, np.int64)
        classes = self._classes_of(table)
        for row, (slots, inside) in enumerate(self._word_ngrams(table, classes)):
            np.multiply(self.word_weights[slots], inside, out=word[row, : len(slots)])
            register[: len(slots)] += self.register_weights[slots] * inside
        character = np.zeros(count, np.int64)
        letters = np.zeros(count, np.int64)
        for chunk in self._chunks(table, classes):
            totals = np.zeros(chunk.starts[-1], np.int32)
            for slots, inside in _rolling(chunk.letters, chunk.left, CHARACTER_ORDERS, len(self.character_weights)):
                fit = min(len(slots), len(totals))
                totals[:fit] += self.character_weights[slots[:fit]] * inside[:fit]
            character[chunk.words] = np.add.reduceat(totals, chunk.starts[:-1])
            letters[chunk.words] = np.diff(chunk.starts)
        return NgramWeights(word, register, character, letters)

    def slots(self, table: WordTable) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where all n-grams of words, and all of characters, fall in the tables of weights, in no certain order."""
        classes = self._classes_of(table)
        word = [slots[inside] for slots, inside in self._word_ngrams(table, classes)]
        character = [
            slots[: chunk.starts[-1]][inside[: chunk.starts[-1]]]
            for chunk in self._chunks(table, classes)
            for slots, inside in _rolling(chunk.letters, chunk.left, CHARACTER_ORDERS, len(self.character_weights))
        ]
        nothing = np.empty(0, np.int64)
        return np.concatenate([nothing, *word]), np.concatenate([nothing, *character])

    def evidence(self, sums: NgramSums) -> NDArray[np.float64]:
        """Log-odds of each entry of `sums`; 0 for one without words. Adding entries first joins texts."""
        word = sums.word * self.word_scale / np.sqrt(np.maximum(sums.word_count, 1))
        character = sums.character * self.character_scale / np.sqrt(np.maximum(sums.character_count, 1))
        return np.where(sums.word_count > 0, word + character + self.intercept, 0.0)

    def register(self, sums: NDArray[np.int64], word_counts: NDArray[np.int64]) -> NDArray[np.float64]:
        """Probability (0..1) that texts are software documentation, by sums of `NgramWeights.register`."""
        log_odds = sums * self.register_scale / np.sqrt(np.maximum(word_counts, 1))
        probability: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-(log_odds + self.register_intercept)))
        return probability

    def word_evidence(self, weights: NgramWeights) -> NDArray[np.float64]:
        """What each word adds to the sums (scaled, not normalised by length), shape (words,).

        An n-gram's weight is shared out evenly over its words, a character n-gram's given to its first.
        """
        words = len(weights.character)
        share = np.zeros(words + WORD_ORDERS[-1])
        for order, row in zip(WORD_ORDERS, weights.word, strict=True):
            weight = row * self.word_scale / order
            for offset in range(order):
                share[offset : offset + words] += weight
        # The two channels are normalised by √n each; a word has about six letters, hence √6.
        evidence: NDArray[np.float64] = share[:words] + weights.character * self.character_scale / np.sqrt(6.0)
        return evidence

    def _classes_of(self, table: WordTable) -> _Classes:
        if len(self._classes) > _MOST_CLASSES:
            self._classes = Vocabulary()
        classes = self._classes
        numbers = table.ask(classes, lambda word: classes.number(self.class_of(word)), np.intp)
        used, ids = compact(numbers, len(classes))
        return _Classes([classes.words[number] for number in used.tolist()], ids)

    def _word_ngrams(self, table: WordTable, classes: _Classes) -> _Ngrams:
        hashes = np.array([zlib.crc32(name.encode()) for name in classes.names], np.uint64)[classes.ids]
        return _rolling(hashes, _left(table.bounds, WORD_ORDERS[-1]), WORD_ORDERS, len(self.word_weights))

    def _chunks(self, table: WordTable, classes: _Classes) -> Iterator[_Chunk]:
        """The letters of the words' classes, with a blank before each so that n-grams see where it begins and ends."""
        names = [f" {name}" for name in classes.names]
        lengths = np.fromiter(map(len, names), np.int64, len(names))
        firsts = np.cumsum(lengths) - lengths
        alphabet = np.frombuffer("".join(names).encode("utf-32-le"), np.uint32).astype(np.uint64)
        for start in range(0, len(classes.ids), _CHUNK):
            stop = min(start + _CHUNK, len(classes.ids))
            ids = classes.ids[start : stop + _MORE]
            ends = np.cumsum(lengths[ids])
            starts = np.concatenate([[0], ends])
            places = np.repeat(firsts[ids] - starts[:-1], lengths[ids]) + np.arange(ends[-1])
            inside = (table.bounds > start) & (table.bounds <= start + len(ids))
            left = _left(np.concatenate([[0], starts[table.bounds[inside] - start], ends[-1:]]), CHARACTER_ORDERS[-1])
            yield _Chunk(slice(start, stop), alphabet[places], left, starts[: stop - start + 1])


@dataclass(frozen=True, slots=True)
class _Classes:
    """The distinct classes of a table's words; word i's is `names[ids[i]]`."""

    names: list[str]
    ids: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Some words' letters (and a few more, for the n-grams that reach beyond): few enough for the processor's cache.

    Word i of `words` has letters `starts[i]` up to `starts[i + 1]`; `left` is as in `_left`.
    """

    words: slice
    letters: NDArray[np.uint64]
    left: NDArray[np.uint8]
    starts: NDArray[np.int64]


#: Slots of the n-grams of one order that start at each place, and whether they are inside one run.
_Ngrams = Iterator[tuple[NDArray[np.int64], NDArray[np.bool_]]]

#: Classes that are kept before their numbers start anew: a long crawl has no end of new endings.
_MOST_CLASSES = 1 << 17
#: Words whose letters are hashed at once; 2¹² are some 25,000 letters or 200 kB. Chosen by hand.
_CHUNK = 1 << 12
#: More words at the end of a chunk: with the blank before it, each has two letters or more.
_MORE = CHARACTER_ORDERS[-1] // 2


def _left(bounds: NDArray[np.integer], most: int) -> NDArray[np.uint8]:
    """How many units are left in its run at each unit, itself counted, at most `most`.

    >>> _left(np.array([0, 3, 3, 4]), 2).tolist()
    [2, 2, 1, 1]
    """
    left = np.full(bounds[-1], most, np.uint8)
    for count in range(most - 1, 0, -1):
        places = bounds[bounds >= count] - count
        left[places] = np.minimum(left[places], count)
    return left


def _rolling(units: NDArray[np.uint64], left: NDArray[np.uint8], orders: Sequence[int], size: int) -> _Ngrams:
    """Hash the n-grams that start at each unit into a table of `size` (a power of two), order by order."""
    shift = np.uint64(64 - (size.bit_length() - 1))
    state = np.zeros(len(units), np.uint64)
    for length in range(1, orders[-1] + 1):
        stop = max(0, len(units) - length + 1)
        state = state[:stop] * _STEP
        state += units[length - 1 :]
        state += np.uint64(length)
        if length in orders:
            mixed = state * _MULTIPLIER
            mixed ^= mixed >> np.uint64(29)
            mixed *= _MULTIPLIER
            mixed >>= shift
            yield mixed.view(np.int64), left[:stop] >= length


def _counts(lengths: NDArray[np.int64], orders: Sequence[int]) -> NDArray[np.int64]:
    """How many n-grams of these orders runs of some length have."""
    return sum((np.maximum(lengths - (order - 1), 0) for order in orders), np.zeros(len(lengths), np.int64))
