"""Delexicalised n-grams: what a text is made like, without what it is about.

Three channels of a text: its words, of which rare ones become their shape and last letters ("Gipfeltreffen" →
"X~fen"); the letters of these; and word clusters, which stand for what a word does in a sentence ("plural noun",
"verb after a subject"). N-grams of each are hashed into a table of weights. Up to three experts have weights of their
own, since damage looks different to each (what a regression that had to serve all lost: training/ngrams.py):

- engines: output of statistical and rule-based engines against people's text
- neural: the same and neural output, against people's text
- documentation: raw translations of software documentation against translations by people

Everything is array arithmetic: one pass over a batch gives every place's weight, for all experts at once.
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

__all__ = [
    "CHANNELS",
    "EXPERTS",
    "NgramModel",
    "NgramSums",
    "NgramWeights",
    "documentation_share",
    "left_in_run",
    "outline",
    "rolling_slots",
    "shape",
]

EXPERTS = ("engines", "neural", "documentation")
CHANNELS = ("word", "cluster", "character")

WORD_ORDERS = (1, 2, 3, 4)
CLUSTER_ORDERS = (2, 3, 4, 5)
CHARACTER_ORDERS = (3, 4, 5, 6)

#: Probabilities of being software documentation from which a text counts as that a little, and wholly. Of German pages
#: that are, 99 % reach the first and 94 % the second; of other German text one document in 200 reaches the first
#: (ffii-wiki and web .5 %, all others less; 2026-11-27).
_DOCUMENTATION = (0.1, 0.3)

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_STEP = np.uint64(0x100000001B3)


def shape(word: str) -> str:
    """The stand-in of a rare word: its shape and its last three letters.

    >>> [shape(word) for word in ("Gipfeltreffen", "key-player", "UNESCO", "0000", "iPhone", "öl")]
    ['X~fen', 'x-x~yer', 'A~sco', '0~4', 'xX~one', 'x~öl']
    """
    return f"0~{min(len(word), 5)}" if word[0].isdigit() else f"{outline(word)}~{word[-3:].lower()}"


def outline(word: str) -> str:
    """How a word is written, by its parts between hyphens: x small, X with a capital, A capitals, xX anything else."""
    if "-" in word:
        return "-".join(map(outline, word.split("-", 3)[:3]))
    if word.islower():
        return "x"
    if word.isupper() and len(word) > 1:
        return "A"
    return "X" if word[:1].isupper() and (len(word) == 1 or word[1:].islower()) else "xX"


def documentation_share(register: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far texts count as software documentation, 0..1, by the probability that they are.

    >>> documentation_share(np.array([0.05, 0.2, 0.9])).round(2).tolist()
    [0.0, 0.5, 1.0]
    """
    least, wholly = _DOCUMENTATION
    share: NDArray[np.float64] = np.clip((register - least) / (wholly - least), 0.0, 1.0)
    return share


@dataclass(frozen=True, slots=True)
class NgramSums:
    """Exact sums of weights, shape (channels, experts, texts), and of how many n-grams, (channels, texts)."""

    sums: NDArray[np.int64]
    counts: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NgramWeights:
    """What the n-grams weigh that start at each word; none goes over the end of its run.

    `word` and `cluster` have shape (4, words), one row an order, packed (`_pack`). `character` (experts, words) is of
    the character n-grams that start in the word or in the blank before it; `letters` (words,) how many characters that
    is. `register` (words,) is the sum over orders of the weights that tell registers apart.
    """

    word: NDArray[np.int32]
    cluster: NDArray[np.int32]
    character: NDArray[np.int64]
    letters: NDArray[np.int64]
    register: NDArray[np.int64]

    def sums(self, table: WordTable) -> NgramSums:
        """Sums and counts of each run of the table that was weighed."""
        # Four weights of eight bits: their sum still fits its ten bits.
        experts = len(self.character)
        channels = [_unpack(packed.sum(axis=0, dtype=np.int32), experts) for packed in (self.word, self.cluster)]
        return NgramSums(
            np.array([[table.totals(values) for values in channel] for channel in (*channels, self.character)]),
            np.array(
                [
                    _counts(table.lengths, WORD_ORDERS),
                    _counts(table.lengths, CLUSTER_ORDERS),
                    _counts(table.totals(self.letters), CHARACTER_ORDERS),
                ]
            ),
        )


class NgramModel:
    """Vocabulary, clusters and weights.

    `clusters` gives words their number; the commonest have one of their own. `weights` (channels, experts, 2**bits)
    int8, `scales` (channels, experts), `intercepts` (experts,): the evidence of a text for an expert is
    `Σ scale · Σ weights / √n` over the channels, log-odds of a linear model over counts whose sums are exact integers,
    whatever the order. `register_weights` tell software documentation from other writing by its word n-grams: people
    who write there sound more like a machine, and are judged by what is usual there. `shown_evidence` is the mean
    evidence of its words from which a stretch is worth a look.
    """

    def __init__(
        self,
        vocabulary: Sequence[str],
        clusters: Mapping[str, int],
        weights: NDArray[np.int8],
        scales: NDArray[np.float64],
        intercepts: NDArray[np.float64],
        register_weights: NDArray[np.int8],
        register_scale: float,
        register_intercept: float,
        shown_evidence: float = 1.0,
    ) -> None:
        self.vocabulary = frozenset(vocabulary)
        self.clusters = clusters
        self.weights = weights
        self.scales = scales
        self.intercepts = intercepts
        self.register_weights = register_weights
        self.register_scale = register_scale
        self.register_intercept = register_intercept
        self.shown_evidence = shown_evidence
        self._word, self._cluster, self._character = (_pack(channel) for channel in weights)
        self._classes = Vocabulary()

    @classmethod
    def read(cls, arrays: Mapping[str, NDArray[Any]]) -> NgramModel:
        """The model of the arrays that a file holds (training/ngrams.py writes them)."""
        return cls(
            vocabulary=arrays["vocabulary"].tolist(),
            clusters=dict(zip(arrays["cluster_words"].tolist(), arrays["cluster_numbers"].tolist(), strict=True)),
            weights=arrays["weights"],
            scales=arrays["scales"],
            intercepts=arrays["intercepts"],
            register_weights=arrays["register_weights"],
            register_scale=float(arrays["register_scale"]),
            register_intercept=float(arrays["register_intercept"]),
            shown_evidence=float(arrays["shown_evidence"]) if "shown_evidence" in arrays else 1.0,
        )

    def class_of(self, word: str) -> str:
        """A normalised word as the n-grams have it: itself if it is common, its shape if it is rare."""
        lower = word.lower()
        if lower in self.vocabulary:
            return lower if lower == word else f"^{lower}"
        return shape(word)

    def cluster_of(self, word: str) -> str:
        """A normalised word's cluster; of one that has none, its shape and last two letters."""
        if word[0].isdigit():
            return "0"
        number = self.clusters.get(word)
        if number is None:
            number = self.clusters.get(word.lower())
        return f"{outline(word)}~{word[-2:].lower()}" if number is None else f"c{number}"

    def weigh(self, table: WordTable) -> NgramWeights:
        """The weights of all n-grams of the table's words."""
        count = len(table.numbers)
        word, cluster = np.zeros((2, len(WORD_ORDERS), count), np.int32)
        register = np.zeros(count, np.int64)
        classes = self._classes_of(table)
        for row, (slots, inside) in enumerate(self._word_ngrams(table, classes)):
            np.multiply(self._word.take(slots), inside, out=word[row, : len(slots)])
            register[: len(slots)] += self.register_weights.take(slots) * inside
        for row, (slots, inside) in enumerate(self._cluster_ngrams(table)):
            np.multiply(self._cluster.take(slots), inside, out=cluster[row, : len(slots)])
        experts = len(self.intercepts)
        character = np.zeros((experts, count), np.int64)
        letters = np.zeros(count, np.int64)
        for chunk in self._chunks(table, classes):
            totals = np.zeros(chunk.starts[-1], np.int32)
            for slots, inside in rolling_slots(chunk.letters, chunk.left, CHARACTER_ORDERS, len(self._character)):
                fit = min(len(slots), len(totals))
                totals[:fit] += self._character.take(slots[:fit]) * inside[:fit]
            running = np.zeros(len(totals) + 1, np.int64)
            for row, values in enumerate(_unpack(totals, experts)):
                np.cumsum(values, out=running[1:])
                character[row, chunk.words] = np.diff(running.take(chunk.starts))
            letters[chunk.words] = np.diff(chunk.starts)
        return NgramWeights(word, cluster, character, letters, register)

    @property
    def table_size(self) -> int:
        """The size of each channel's table of weights, a power of two."""
        return len(self._word)

    def slots(self, table: WordTable) -> tuple[NDArray[np.int64], ...]:
        """Where all n-grams of each channel fall in its table of weights, in no certain order."""
        classes = self._classes_of(table)
        character = [
            slots[: chunk.starts[-1]][inside[: chunk.starts[-1]]]
            for chunk in self._chunks(table, classes)
            for slots, inside in rolling_slots(chunk.letters, chunk.left, CHARACTER_ORDERS, len(self._character))
        ]
        nothing = np.empty(0, np.int64)
        by_word = [
            np.concatenate([nothing, *(slots[inside] for slots, inside in orders)])
            for orders in self.slots_by_word(table)
        ]
        return (*by_word, np.concatenate([nothing, *character]))

    def slots_by_word(self, table: WordTable) -> Iterator[_Ngrams]:
        """For words and for clusters, order by order: the slot of the n-gram that starts at each word of the table, and
        whether it ends inside its run.
        """
        yield self._word_ngrams(table, self._classes_of(table))
        yield self._cluster_ngrams(table)

    def evidence(self, sums: NgramSums) -> NDArray[np.float64]:
        """Log-odds of each text by each expert, shape (experts, texts); 0 for one without words.

        Adding entries of `sums` first joins texts.
        """
        total = np.zeros(sums.sums.shape[1:])
        for values, counts, scale in zip(sums.sums, sums.counts, self.scales, strict=True):
            total += values * scale[:, None] / np.sqrt(np.maximum(counts, 1))
        evidence: NDArray[np.float64] = np.where(sums.counts[0] > 0, total + self.intercepts[:, None], 0.0)
        return evidence

    def register(self, sums: NDArray[np.int64], word_counts: NDArray[np.int64]) -> NDArray[np.float64]:
        """Probability (0..1) that texts are software documentation, by sums of `NgramWeights.register`."""
        log_odds = sums * self.register_scale / np.sqrt(np.maximum(word_counts, 1))
        probability: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-(log_odds + self.register_intercept)))
        return probability

    def word_evidence(self, weights: NgramWeights) -> NDArray[np.float64]:
        """What each word adds to the sums (scaled, not normalised by length), shape (experts, words).

        An n-gram's weight is shared out evenly over its words, a character n-gram's given to its first.
        """
        words = len(weights.letters)
        # The channels are normalised by √n each; a word has about six letters, hence √6.
        evidence: NDArray[np.float64] = weights.character * self.scales[2][:, None] / np.sqrt(6.0)
        for rows, orders, scale in (
            (weights.word, WORD_ORDERS, self.scales[0]),
            (weights.cluster, CLUSTER_ORDERS, self.scales[1]),
        ):
            share = np.zeros((len(evidence), words + orders[-1]))
            for order, row in zip(orders, rows, strict=True):
                weight = np.array(_unpack(row, len(evidence))) * scale[:, None] / order
                for offset in range(order):
                    share[:, offset : offset + words] += weight
            evidence += share[:, :words]
        return evidence

    def _classes_of(self, table: WordTable) -> _Classes:
        if len(self._classes) > _MOST_CLASSES:
            self._classes = Vocabulary()
        classes = self._classes
        numbers = table.ask_all(classes, lambda words: classes.numbers(list(map(self.class_of, words))), np.intp)
        used, ids = compact(numbers, len(classes))
        return _Classes(classes.words(used), classes.ask("hash", _hash, used, np.uint64), ids)

    def _word_ngrams(self, table: WordTable, classes: _Classes) -> _Ngrams:
        hashes = classes.hashes.take(classes.ids)
        return rolling_slots(hashes, left_in_run(table.bounds, WORD_ORDERS[-1]), WORD_ORDERS, len(self._word))

    def cluster_hashes(self, table: WordTable) -> NDArray[np.uint64]:
        """A hash of the cluster of each word of the table, shape (words,)."""
        return table.ask((self, "cluster"), lambda word: _hash(self.cluster_of(word)), np.uint64)

    def _cluster_ngrams(self, table: WordTable) -> _Ngrams:
        hashes = self.cluster_hashes(table)
        return rolling_slots(hashes, left_in_run(table.bounds, CLUSTER_ORDERS[-1]), CLUSTER_ORDERS, len(self._cluster))

    def _chunks(self, table: WordTable, classes: _Classes) -> Iterator[_Chunk]:
        """The letters of the words' classes, with a blank before each so that n-grams see where it begins and ends."""
        names = [f" {name}" for name in classes.names]
        lengths = np.fromiter(map(len, names), np.int64, len(names))
        firsts = np.cumsum(lengths) - lengths
        alphabet = np.frombuffer("".join(names).encode("utf-32-le"), np.uint32).astype(np.uint64)
        for start in range(0, len(classes.ids), _CHUNK):
            stop = min(start + _CHUNK, len(classes.ids))
            ids = classes.ids[start : stop + _MORE]
            own = lengths.take(ids)
            ends = np.cumsum(own)
            starts = np.concatenate([[0], ends])
            places = np.repeat(firsts.take(ids) - starts[:-1], own) + np.arange(ends[-1])
            inside = (table.bounds > start) & (table.bounds <= start + len(ids))
            bounds = np.concatenate([[0], starts[table.bounds[inside] - start], ends[-1:]])
            left = left_in_run(bounds, CHARACTER_ORDERS[-1])
            yield _Chunk(slice(start, stop), alphabet.take(places), left, starts[: stop - start + 1])


@dataclass(frozen=True, slots=True)
class _Classes:
    """The distinct classes of a table's words, with their hashes; word i's is `names[ids[i]]`."""

    names: list[str]
    hashes: NDArray[np.uint64]
    ids: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Some words' letters (and a few more, for the n-grams that reach beyond): few enough for the processor's cache.

    Word i of `words` has letters `starts[i]` up to `starts[i + 1]`; `left` is as in `left_in_run`.
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


def left_in_run(bounds: NDArray[np.integer], most: int) -> NDArray[np.uint8]:
    """How many units are left in its run at each unit, itself counted, at most `most`.

    >>> left_in_run(np.array([0, 3, 3, 4]), 2).tolist()
    [2, 2, 1, 1]
    """
    left = np.full(bounds[-1], most, np.uint8)
    for count in range(most - 1, 0, -1):
        places = bounds[bounds >= count] - count
        left[places] = np.minimum(left[places], count)
    return left


def rolling_slots(units: NDArray[np.uint64], left: NDArray[np.uint8], orders: Sequence[int], size: int) -> _Ngrams:
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


def _hash(name: str) -> int:
    return zlib.crc32(name.encode())


#: Bits of one expert's weight in a packed number: the sum of four weights of -127..127 fits.
_LANE = 10


def _pack(weights: NDArray[np.int8]) -> NDArray[np.int32]:
    """The experts' weights side by side in one number, so that one look-up and one addition serve all.

    >>> packed = _pack(np.array([[-127, 3], [127, 0], [-127, 1]], np.int8))
    >>> [values.tolist() for values in _unpack(4 * packed, 3)]
    [[-508, 12], [508, 0], [-508, 4]]
    """
    packed = np.zeros(weights.shape[1], np.int32)
    for lane in weights[::-1]:
        packed <<= _LANE
        packed += lane
    return packed


def _unpack(packed: NDArray[np.int32], experts: int) -> tuple[NDArray[np.int32], ...]:
    """Each expert's sums, of sums of packed weights."""
    half, mask = 1 << (_LANE - 1), (1 << _LANE) - 1
    lanes = []
    for _ in range(experts - 1):
        lane = ((packed + half) & mask) - half
        lanes.append(lane)
        packed = (packed - lane) >> _LANE
    return (*lanes, packed)
