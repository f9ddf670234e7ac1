"""Delexicalised n-grams: what a text is made like, without what it is about.

Common words stay, rare ones become their shape and last letters ("Gipfeltreffen" → "X~fen"). Word
1–4-grams and character 3–6-grams of that are hashed into two tables of weights that a logistic
regression learned. Everything is array arithmetic: one pass over a document gives every place's weight.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["NgramModel", "NgramSums", "NgramTable", "shape"]

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
class NgramTable:
    """Places of the hash tables that a document's n-grams fall on, one column an order.

    `word_slots` has shape (words, 4), `character_slots` (characters, 4); a slot of -1 stands for an
    n-gram that would run over the end of its paragraph. `word_rows`, `character_rows` give each row's
    paragraph; `word_of_character` gives the word (index into the rows of `word_slots`) it belongs to.
    """

    word_slots: NDArray[np.int64]
    character_slots: NDArray[np.int64]
    word_rows: NDArray[np.int64]
    character_rows: NDArray[np.int64]
    word_of_character: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NgramSums:
    """Per paragraph, shape (paragraphs,): exact integer sums of weights and how many n-grams they are over."""

    word: NDArray[np.int64]
    word_count: NDArray[np.int64]
    character: NDArray[np.int64]
    character_count: NDArray[np.int64]


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
        self._classes: dict[str, tuple[str, int]] = {}

    def classes(self, words: Sequence[str]) -> list[tuple[str, int]]:
        """Each normalised word's class and the class's hash."""
        known = self._classes
        found = []
        for word in words:
            entry = known.get(word)
            if entry is None:
                name = self._class_of(word)
                entry = (name, zlib.crc32(name.encode()))
                if len(known) < 200_000:  # bounded: a long crawl has no end of new words
                    known[word] = entry
            found.append(entry)
        return found

    def _class_of(self, word: str) -> str:
        lower = word.lower()
        if lower in self.vocabulary:
            return lower if lower == word else f"^{lower}"
        return shape(word)

    def slots(self, paragraphs: Sequence[Sequence[str]]) -> NgramTable:
        """Hash the n-grams of paragraphs given as channels (`quality.segmentation.normalise`)."""
        names: list[str] = []
        hashes: list[int] = []
        word_rows: list[int] = []
        for row, words in enumerate(paragraphs):
            entries = self.classes(words)
            names.extend(name for name, _ in entries)
            hashes.extend(value for _, value in entries)
            word_rows.extend([row] * len(entries))
        rows = np.array(word_rows, np.int64)
        word_slots = _rolling(np.array(hashes, np.uint64), rows, WORD_ORDERS, len(self.word_weights))
        # A blank before every word, so that character n-grams see where words begin and end.
        letters = np.frombuffer("".join([f" {name}" for name in names]).encode("utf-32-le"), np.uint32)
        lengths = np.fromiter(map(len, names), np.int64, len(names)) + 1
        word_of_character = np.repeat(np.arange(len(names)), lengths)
        character_rows = rows[word_of_character] if len(names) else rows
        character_slots = _rolling(
            letters.astype(np.uint64), character_rows, CHARACTER_ORDERS, len(self.character_weights)
        )
        return NgramTable(word_slots, character_slots, rows, character_rows, word_of_character)

    def sums(self, table: NgramTable, paragraphs: int) -> NgramSums:
        """Sums of weights and numbers of n-grams, paragraph by paragraph."""
        word, word_count = _row_sums(self.word_weights, table.word_slots, table.word_rows, paragraphs)
        character, character_count = _row_sums(
            self.character_weights, table.character_slots, table.character_rows, paragraphs
        )
        return NgramSums(word, word_count, character, character_count)

    def evidence(self, sums: NgramSums) -> NDArray[np.float64]:
        """Log-odds of each entry of `sums`; 0 for one without words. Adding entries first joins texts."""
        word = sums.word * self.word_scale / np.sqrt(np.maximum(sums.word_count, 1))
        character = sums.character * self.character_scale / np.sqrt(np.maximum(sums.character_count, 1))
        return np.where(sums.word_count > 0, word + character + self.intercept, 0.0)

    def register(self, table: NgramTable) -> float:
        """Probability (0..1) that the whole table is software documentation."""
        inside = table.word_slots >= 0
        total = int(np.where(inside, self.register_weights[table.word_slots], 0).sum(dtype=np.int64))
        log_odds = total * self.register_scale / np.sqrt(max(1, int(inside.sum()))) + self.register_intercept
        return float(1.0 / (1.0 + np.exp(-log_odds)))

    def word_evidence(self, table: NgramTable) -> NDArray[np.float64]:
        """What each word of the table adds to the sums (scaled, not normalised by length), shape (words,).

        An n-gram's weight is shared out evenly over its words, a character n-gram's given to its first.
        """
        words = len(table.word_rows)
        share = np.zeros(words + WORD_ORDERS[-1])
        for column, order in enumerate(WORD_ORDERS):
            slots = table.word_slots[:, column]
            weight = np.where(slots >= 0, self.word_weights[slots], 0) * self.word_scale / order
            for offset in range(order):
                share[offset : offset + words] += weight
        share = share[:words]
        weights = np.where(table.character_slots >= 0, self.character_weights[table.character_slots], 0).sum(axis=1)
        by_word = np.bincount(table.word_of_character, weights=weights, minlength=words)
        # The two channels are normalised by √n each; a word has about six letters, hence √6.
        evidence: NDArray[np.float64] = share + by_word * self.character_scale / np.sqrt(6.0)
        return evidence


def _row_sums(
    weights: NDArray[np.int8], slots: NDArray[np.int64], rows: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    inside = slots >= 0
    totals = np.where(inside, weights[slots], 0).sum(axis=1, dtype=np.int64)
    # bincount adds in float64, exact for integers of this size.
    sums = np.bincount(rows, weights=totals, minlength=count).astype(np.int64)
    counts = np.bincount(rows, weights=inside.sum(axis=1), minlength=count).astype(np.int64)
    return sums, counts


def _rolling(units: NDArray[np.uint64], rows: NDArray[np.int64], orders: Sequence[int], size: int) -> NDArray[np.int64]:
    """Slots of the n-grams that start at each unit, shape (units, orders); -1 past a row's end."""
    count = len(units)
    slots = np.full((count, len(orders)), -1, np.int64)
    shift = np.uint64(64 - (size.bit_length() - 1))
    state = np.zeros(count, np.uint64)
    column = 0
    with np.errstate(over="ignore"):
        for length in range(1, orders[-1] + 1):
            stop = count - length + 1
            if stop <= 0:
                break
            state = state[:stop] * _STEP + units[length - 1 :] + np.uint64(length)
            if length in orders:
                mixed = state * _MULTIPLIER
                mixed ^= mixed >> np.uint64(29)
                mixed *= _MULTIPLIER
                inside = rows[:stop] == rows[length - 1 :]
                slots[:stop, column] = np.where(inside, (mixed >> shift).astype(np.int64), -1)
                column += 1
    return slots
