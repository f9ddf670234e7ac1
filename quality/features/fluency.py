"""Fluency: how a language model of clean text reads the words, and where it stumbles.

The model is a word 5-gram (KenLM) over normalised tokens; a paragraph is one sequence. By itself
perplexity does not tell damage from a rare subject (on our data AUROC .40–.58); its shape over the
paragraph, and the difference a repair makes, do.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import chain, compress, cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from quality.features import Batch, Evidence, Matrix, WordTable
from quality.model import Models

if TYPE_CHECKING:
    import kenlm

__all__ = ["NAMES", "Reading", "known", "language_model", "measure", "read"]

NAMES = (
    "log_probability",
    "out_of_vocabulary",
    "order_mean",
    "order_one",
    "order_full",
    "surprise_share",
    "log_probability_spread",
)

#: A word that the model expects less than this (log10) counts as a surprise. Chosen by hand.
_SURPRISE = -4.5


def language_model(models: Models, language: str) -> kenlm.Model | None:
    """The fluency model of a language, loaded once; None where there is none."""
    name = f"{language}/fluency.binary"
    if not models.has(name):
        return None

    def read(models: Models) -> Any:
        import kenlm

        config = kenlm.Config()
        # Memory-mapped and shared between processes; read as needed, so that loading costs no time.
        config.load_method = kenlm.LoadMethod.LAZY
        return kenlm.Model(str(models.path(name)), config)

    return models.load(f"kenlm:{language}", read)


@dataclass(frozen=True, eq=False)
class Reading:
    """How the model reads each word of a batch's channel, shape (words,) each."""

    #: log10, ≤ 0, with all words before it in its paragraph.
    log_probability: Matrix
    #: Length of the n-gram that matched, 1..5.
    order: Matrix
    #: 1 for words that the model does not know, else 0.
    unknown: Matrix


def read(batch: Batch, model: kenlm.Model) -> Reading:
    """The reading of a batch, made once for all families that ask for it."""

    def make() -> Reading:
        table = batch.channel
        scores = chain.from_iterable(model.full_scores(text, True, False) for text in table.texts())
        # The third, whether the word is unknown, is sooner asked of each word once than turned into a number.
        pairs = compress(chain.from_iterable(scores), cycle((True, True, False)))
        log_probability, order = np.fromiter(pairs, np.float64, 2 * len(table.numbers)).reshape(-1, 2).T.copy()
        unknown = ~known(table, model).take(table.ids)
        return Reading(log_probability, order, unknown.astype(np.float64))

    return batch.once("reading", make)


def known(table: WordTable, model: kenlm.Model) -> NDArray[np.bool_]:
    """Whether the model knows each distinct word."""
    return table.ask_distinct((model, "known"), partial(map, model.__contains__), np.bool_)


def measure(batch: Batch, models: Models, *, language: str, explain: bool) -> Evidence:
    """Mean log10 probability a word, out-of-vocabulary rate and the profile of matched n-gram orders.

    All are means over the paragraph's words (shares in 0..1; orders 1..5; log10 ≤ 0). Why: machine
    translation is often *more* predictable than human text but breaks off at odd places; spinning
    raises surprise everywhere. Known false alarm: names, lists, jargon, old spelling.
    """
    model = language_model(models, language)
    count = len(batch.paragraphs)
    if model is None:
        return Evidence.empty(NAMES, count)
    table = batch.channel
    reading = read(batch, model)
    log_probability, order, unknown = reading.log_probability, reading.order, reading.unknown

    def mean(sums: NDArray[Any], counts: NDArray[Any]) -> Matrix:
        means: Matrix = np.divide(sums, counts, out=np.full(count, np.nan), where=counts > 0)
        return means

    def total(values: Matrix) -> Matrix:
        """Sums of fractions, in the order of the text."""
        return np.bincount(table.rows, weights=values, minlength=count).astype(np.float64, copy=False)

    known = 1.0 - unknown
    some, every = table.totals(known), table.lengths
    average = mean(total(log_probability * known), some)
    spread = mean(total((log_probability - average.take(table.rows)) ** 2 * known), some)
    surprises = (log_probability < _SURPRISE) & (unknown == 0)
    matrix = np.column_stack(
        [
            average,
            mean(every - some, every),
            mean(table.totals(order), every),
            mean(table.totals(order == 1), every),
            mean(table.totals(order == 5), every),
            mean(table.totals(surprises), some),
            np.sqrt(spread),
        ]
    )
    return Evidence(NAMES, matrix, ((),) * count)
