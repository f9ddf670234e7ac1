"""Words that do not fit their company: what a thesaurus does to a text, also one that nobody has seen.

A synonym is rarer than the word it replaced, was seldom read beside its neighbours, and leaves the word
after it unexpected too. How rare, how badly it fits and how often thesauri put the word at all are cut
into classes; a regression over pairs of classes, learned on text that spinners of several kinds wrote,
says how much likelier a spinner wrote the word here than a person (nats). What a language model
cannot know of words that it never read together is asked of the company they keep (`spinning_company`).
"""

from __future__ import annotations

import zlib
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from quality.features import Batch, Matrix, WordTable
from quality.features.batch import begins_with_capital, begins_with_letter
from quality.features.fluency import Reading, known, read
from quality.features.spinning_company import Company, Kept
from quality.features.spinning_terms import Terms
from quality.model import Models

if TYPE_CHECKING:
    import kenlm

__all__ = [
    "CELLS",
    "RATE_STEP",
    "SELDOM",
    "Words",
    "cells",
    "word_hashes",
    "word_rates",
    "words_model",
]

#: Log-odds of a word that no thesaurus puts, and the step in which the others are stored (nats).
SELDOM, RATE_STEP = -4.0, 0.125
#: Edges of the classes: log10 rate of a word anywhere; of the word before and after it; how much likelier it is here
#: than anywhere (log10); how much oftener spinners write it than people (nats).
_RATES = np.array([-6.5, -6.0, -5.5, -5.0, -4.5, -4.0, -3.5, -3.0, -2.5])
_NEIGHBOURS = np.array([-5.0, -4.0, -3.0, -2.0])
_FITS = np.array([-1.0, -0.5, 0.0, 0.3, 0.7, 1.2, 1.8, 2.5, 3.5])
_PUT = np.array([-3.9, -3.0, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0])
#: How well a word is met with those around it, and beside it (cosines); the tenth class is for words without a vector.
_AROUND = np.array([0.1, 0.2, 0.28, 0.36, 0.44, 0.52, 0.6, 0.68])
_BESIDE = np.array([0.05, 0.12, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
#: Number of classes of each pair (or triple) of properties, in the order of `cells`.
_SIZES = (10 * 10, 10 * 10, 10 * 10, 5 * 5 * 5, 12 * 10, 12 * 10, 2 * 10, 10 * 5 * 5, 12 * 10, 2 * 12)
#: And of those that ask for a word's company, which come after them.
_COMPANY_SIZES = (10 * 10, 10 * 10, 10 * 10, 10 * 10, 12 * 10, 12 * 10, 10 * 10)
_OFFSETS = np.cumsum((0, *_SIZES, *_COMPANY_SIZES))[:-1]
#: Length of the table of weights.
CELLS = sum(_SIZES) + sum(_COMPANY_SIZES)
#: What stands for the word after the last one of a paragraph: nothing strange.
_NO_RATE, _NO_FIT, _NO_ORDER = -2.0, 1.0, 5
#: log10 rate that unknown words are given.
_UNKNOWN_RATE = -8.0
#: Words that are rarer say nothing by not being a rewriter's; commoner ones say nothing at all (log10 rate). A word
#: between the two that no rewriter puts is so much likelier to be there untouched (nats). Chosen by hand.
_RARE, _EVERYWHERE, _NOT_PUT = -6.0, -3.7, -1.2


@dataclass(frozen=True, eq=False)
class Words:
    """How often spinners write which words, and the regression over the classes of a word in its place.

    `keys` are the sorted hashes of lower-case words (`word_hashes`), `put` how much oftener spinners write
    each than people do, in steps of RATE_STEP nats. `weights` has CELLS entries, intercept last. Without `company` the
    cells that ask for it are left out.
    """

    keys: NDArray[np.uint32]
    put: NDArray[np.int8]
    weights: NDArray[np.float32]
    company: Company | None = None
    #: The same two for sentence rewriters alone; empty where none are known.
    rewritten_keys: NDArray[np.uint32] = field(default_factory=lambda: np.zeros(0, np.uint32))
    rewritten: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, np.int8))
    terms: Terms | None = None

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Words:
        more = {name: arrays[name] for name in ("rewritten_keys", "rewritten") if name in arrays}
        company = Company.from_arrays(arrays) if "company" in arrays else None
        terms = Terms.from_arrays(arrays) if "term_words" in arrays else None
        return cls(arrays["keys"], arrays["put"], arrays["weights"], company, terms=terms, **more)

    def found(self, batch: Batch) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
        """Which distinct words of the batch's channel are among the keys, and where; looked up once."""
        return batch.once(self, lambda: _found_words(batch.channel, (self, "keys"), self.keys))

    def puts(self, batch: Batch) -> Matrix:
        """How much oftener spinners than people write each distinct word of the batch's channel (nats)."""
        known, at = self.found(batch)
        return np.where(known, self.put[at] * RATE_STEP, SELDOM)

    def cells(self, batch: Batch, model: kenlm.Model) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """`cells` of the words of the batch's channel."""
        return cells(*self._asked(batch, model))

    def _asked(self, batch: Batch, model: kenlm.Model) -> tuple[WordTable, Reading, Matrix, Matrix, Kept | None]:
        """What `cells` asks for."""
        table = batch.channel
        kept = None if self.company is None else self.company.kept(batch)
        return table, read(batch, model), word_rates(table, model), self.puts(batch), kept

    def evidence(self, batch: Batch, model: kenlm.Model) -> Matrix:
        """Log-odds (nats, for even odds) that a spinner wrote each word of the batch's channel; 0 for marks.

        Shape (words of the channel,); kept to -3..6, since no word alone proves more.
        """
        table = batch.channel
        chosen, columns = _cells(*self._asked(batch, model))
        values = np.zeros(len(table.ids))
        weights = np.zeros(len(chosen))
        for column in columns:
            weights += self.weights.take(column)
        values[chosen] = np.clip(weights + float(self.weights[-1]), -3.0, 6.0)
        return values

    def vocabulary(self, batch: Batch, model: kenlm.Model) -> Matrix:
        """How much oftener rewriters than people write each word of the batch's channel (nats).

        Shape (words of the channel,); 0 for marks, and for all words where no rewriter is known.
        """
        table = batch.channel
        if not len(self.rewritten_keys):
            return np.zeros(len(table.ids))
        rates = word_rates(table, model)
        known, at = _found_words(table, (self, "rewritten keys"), self.rewritten_keys)
        others = np.where(rates < _RARE, 0.0, _NOT_PUT)
        values = np.where(known, self.rewritten[at] * RATE_STEP, others)
        values[rates > _EVERYWHERE] = 0.0
        return np.where(begins_with_letter(table), values[table.ids], 0.0)


def words_model(models: Models, language: str) -> Words | None:
    """The model of a language, loaded once; None where there is none."""
    name = f"{language}/spinning_words.npz"
    if not models.has(name):
        return None
    return models.load(f"spinning_words:{language}", lambda models: Words.from_arrays(models.arrays(name)))


def word_hashes(words: list[str] | tuple[str, ...]) -> NDArray[np.uint32]:
    """One number a word, the same everywhere and always."""
    return np.fromiter(map(zlib.crc32, map(str.encode, words)), np.uint32, len(words))


def word_rates(table: WordTable, model: kenlm.Model) -> Matrix:
    """log10 of the rate at which each distinct word is read anywhere."""
    import kenlm

    nowhere, after = kenlm.State(), kenlm.State()
    model.NullContextWrite(nowhere)

    def rates(words: list[str]) -> Iterator[float]:
        return map(model.BaseScore, repeat(nowhere), words, repeat(after))

    found = known(table, model)
    values = np.full(len(found), _UNKNOWN_RATE)
    values[found] = table.vocabulary.ask_all((model, "rate"), rates, table.distinct[found], np.float64)
    return values


def _found_words(
    table: WordTable, key: Hashable, keys: NDArray[np.uint32]
) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
    """Which distinct words have, in lower case, their hash among sorted ones, and where; shape (distinct words,) each.

    `key` stands for the `keys`.
    """

    def find(words: list[str]) -> NDArray[np.integer]:
        hashed = word_hashes(words)
        at = np.minimum(np.searchsorted(keys, hashed), len(keys) - 1)
        return np.where(keys[at] == hashed, at, -1)

    at = table.ask_distinct(key, find, np.int32, lower=True)
    return at >= 0, at


def cells(
    table: WordTable, reading: Reading, rates: Matrix, puts: Matrix, kept: Kept | None = None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which words of the channel are judged (those with letters), and the cells of the table that each falls in.

    Shapes (judged,) and (judged, pairs). `rates` and `puts` are by distinct word.
    """
    chosen, columns = _cells(table, reading, rates, puts, kept)
    return chosen, np.stack(columns, axis=1).astype(np.intp)


def _cells(
    table: WordTable, reading: Reading, rates: Matrix, puts: Matrix, kept: Kept | None = None
) -> tuple[NDArray[np.intp], list[NDArray[np.int16]]]:
    """The same by pair: side by side in one matrix they would not fit the processor's cache."""
    ids, rows = table.ids, table.rows
    chosen = np.flatnonzero(begins_with_letter(table))
    rate = rates.take(ids)
    fit = np.where(reading.unknown > 0, 0.0, reading.log_probability - rate)
    # Classes of distinct words, and then of the words in their places: of these there are many times as many.
    beside_class = _classes(rates, _NEIGHBOURS).take(ids)
    own = ids.take(chosen)
    rate_class = _classes(rates, _RATES).take(own)
    put_class = _classes(puts, _PUT).take(own)
    capital = begins_with_capital(table).take(chosen).astype(np.int16)
    fits = _classes(fit, _FITS)
    fit_class = fits.take(chosen)
    no_fit, no_rate = int(np.searchsorted(_FITS, _NO_FIT)), int(np.searchsorted(_NEIGHBOURS, _NO_RATE))
    next_fit = _neighbour(fits, rows, 1, no_fit).take(chosen)
    next_rate = _neighbour(beside_class, rows, 1, no_rate).take(chosen)
    last_rate = _neighbour(beside_class, rows, -1, no_rate).take(chosen)
    order = reading.order.astype(np.int16)
    orders = [_neighbour(order, rows, step, _NO_ORDER).take(chosen) - 1 for step in (0, 1, 2)]
    pairs = [
        rate_class * 10 + fit_class,
        rate_class * 10 + next_fit,
        fit_class * 10 + next_fit,
        (orders[0] * 5 + orders[1]) * 5 + orders[2],
        put_class * 10 + rate_class,
        put_class * 10 + fit_class,
        capital * 10 + rate_class,
        (rate_class * 5 + next_rate) * 5 + last_rate,
        put_class * 10 + next_fit,
        capital * 12 + put_class,
    ]
    if kept is not None:
        # NaN lies over all edges, but must not share the class of the best company.
        around, beside = (
            _classes(cosines.take(chosen), edges) + np.isnan(cosines.take(chosen))
            for cosines, edges in ((kept.around, _AROUND), (kept.beside, _BESIDE))
        )
        pairs += [
            around * 10 + rate_class,
            beside * 10 + rate_class,
            around * 10 + fit_class,
            beside * 10 + fit_class,
            put_class * 10 + around,
            put_class * 10 + beside,
            around * 10 + beside,
        ]
    for pair, offset in zip(pairs, _OFFSETS.tolist(), strict=False):
        pair += offset
    return chosen, pairs


def _classes(values: Matrix, edges: Matrix) -> NDArray[np.int16]:
    """How many edges each value is over; NaN is over all. As `np.searchsorted`, which takes longer for so few."""
    over = np.full(len(values), len(edges), np.int8)
    for edge in edges.tolist():
        over -= (values <= edge).view(np.int8)
    return over.astype(np.int16)


def _neighbour(values: NDArray[Any], rows: NDArray[np.intp], step: int, missing: float) -> NDArray[Any]:
    """The value of the word `step` places on in the same paragraph, `missing` where there is none."""
    if step == 0:
        return values
    shifted = np.full_like(values, missing)
    ahead, behind = (slice(step, None), slice(None, -step)) if step > 0 else (slice(None, step), slice(-step, None))
    shifted[behind] = np.where(rows[behind] == rows[ahead], values[ahead], missing)
    return shifted
