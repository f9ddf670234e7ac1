"""Which words of a translation a person would change, and so are shown (M101).

What tells a translation from a person's text does not tell this: engines like best what they get right. Of sentences
that people corrected, the words that n-grams speak loudest for are changed less often than others ("words shown" in
models/EVALUATION.md). So words are shown by a regression of their own, which learned from corrected translations
(training/wording.py): how little the language model expects a word and the one behind it, and what sort of words it
and its neighbours are. It points at words once a text is called; it does not tell that the text was translated: the
mean over a document ranks translations below people's text (AUROC .36 to .48, English of five years, 2026-11-27).

Beside corrections it learns from sound sentences into which wrong endings, small words and order were put
(training/generated.py), at a fifth of their weight: without, such words are hardly found. AUROC within sentences, of
corrected German sentences left out, of made ones, and of words of the engines of 2013 and 2015 that a person's
translation does not have: .737, .608, .645, .670 without; .725 to .734, .723 to .807, .648 to .651, .666 to .670 with
a tenth to a third of the weight; .693, .869, .636, .649 with the same. What n-grams say tells .424, .464, .458, .441,
and added to it lowers all of these. As suggestions for what is shown, words that change places and other endings were
tried, where they made the sentence a thousand times likelier: of made sentences 78 and 53 % were right, of corrected
ones none of six, and to the eye about half. They were left out. Experiments, by no script that is kept (2026-11-27).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from quality.features import Batch, Matrix, Span, WordTable, fluency
from quality.features.ngrams import NgramModel
from quality.model import Models
from quality.segmentation import channel_positions

if TYPE_CHECKING:
    import kenlm

__all__ = ["NUMBERS", "TERMS", "Shown", "SlipModel", "Slips", "numbers", "slips", "stretches", "terms"]

#: Of each word: log10 of its probability and the order that matched, the same of the next word of its paragraph (0
#: behind the last), and whether it is unknown.
NUMBERS = ("log_probability", "next_log_probability", "order", "next_order", "unknown")
#: What clusters are weighed by: the place from the word of the one that counts, and the number (its place in `NUMBERS`)
#: that its weight is multiplied with, if any: how little is expected there says more of some sorts of words than of
#: others.
TERMS = ((-1, None), (0, None), (1, None), (0, 0), (0, 1), (1, 1))
#: The mean and spread of log10 probabilities, about, for weights that are multiplied with them. Chosen by hand.
_TYPICAL, _SPREAD = -3.0, 2.0
#: Slots of hashed clusters; 2**14 told no more (2026-11-27). The edge of a paragraph has the one of no name.
SLOTS = 1 << 12
_EDGE = 0

#: Stretches that are shown in a paragraph at most.
_MOST_SHOWN = 5
#: Just under the weight of the lightest trace (features/traces.py), since a reader sees at once what is wrong there,
#: and here often not. Chosen by hand.
_MOST_WEIGHT = 0.6
#: A stretch over the end of a sentence is two halves that have nothing to do with each other.
_SENTENCE_ENDS = frozenset(".!?;:")


@dataclass(frozen=True, eq=False)
class Shown:
    """What stretches of `length` words are shown by: the evidence at each word of a batch's channel, shape (words,).

    Stretches are shown that have `least` a word or more.
    """

    evidence: Matrix
    least: float
    length: int


@dataclass(frozen=True, eq=False)
class SlipModel:
    """Log-odds that a word of a translation would be changed, for an even prior.

    `numbers`, shape (len(NUMBERS),), and `clusters`, shape (len(TERMS), SLOTS), are weights in nats; stretches of
    `length` words are worth a look from `least` a word on.
    """

    #: Words of a stretch. The most doubtful one of one, two, three and four words had a changed word 2.1, 1.5, 1.3 and
    #: 1.2 times as often as any (German sentences left out, 2026-11-27); one word alone says little to who reads it.
    length = 2

    numbers: Matrix
    clusters: Matrix
    intercept: float
    least: float

    @classmethod
    def read(cls, arrays: Mapping[str, NDArray[Any]]) -> SlipModel:
        """The model of the arrays that a file holds."""
        clusters = arrays["clusters"] * float(arrays["scale"])
        return cls(arrays["numbers"], clusters, float(arrays["intercept"]), float(arrays["least"]))

    def log_odds(self, batch: Batch, ngrams: NgramModel, model: kenlm.Model) -> Matrix:
        """Of each word of the batch's channel, shape (words,)."""
        # Column by column, so that no sum depends on how many words there are.
        measured = numbers(batch, model)
        total: Matrix = np.full(len(batch.channel.numbers), self.intercept)
        for weight, values in zip(self.numbers.tolist(), measured, strict=True):
            total += weight * values
        for weights, (slots, values) in zip(self.clusters, terms(batch, ngrams, measured), strict=True):
            total += weights.take(slots) * values
        return total


@dataclass(frozen=True, eq=False)
class Slips:
    """A slip model with the language model that it reads by."""

    model: SlipModel
    language_model: kenlm.Model

    def shown(self, batch: Batch, ngrams: NgramModel) -> Shown:
        """What the words of a batch are shown by."""
        evidence = self.model.log_odds(batch, ngrams, self.language_model)
        return Shown(evidence, self.model.least, self.model.length)


def slips(models: Models, language: str) -> Slips | None:
    """What tells the words to be shown; None for a language in which that was not learned."""
    name = f"{language}/slips.npz"
    language_model = fluency.language_model(models, language)
    if language_model is None or not models.has(name):
        return None
    model = models.load(f"slips:{language}", lambda models: SlipModel.read(models.arrays(name)))
    return Slips(model, language_model)


def numbers(batch: Batch, model: kenlm.Model) -> tuple[Matrix, ...]:
    """`NUMBERS` of each word of the batch's channel, shape (words,) each."""
    reading, table = fluency.read(batch, model), batch.channel
    following = [_shifted(values, table, 1, 0.0) for values in (reading.log_probability, reading.order)]
    return reading.log_probability, following[0], reading.order, following[1], reading.unknown


def terms(batch: Batch, ngrams: NgramModel, measured: Sequence[Matrix]) -> list[tuple[NDArray[np.intp], Matrix]]:
    """Of each of `TERMS` the slot of each word, and what its weight is multiplied with, shape (words,) each.

    `measured` is what `numbers` says of the batch.
    """
    table = batch.channel
    slots = (ngrams.cluster_hashes(table) % np.uint64(SLOTS)).astype(np.intp)
    ones = np.ones(len(slots))
    return [
        (_shifted(slots, table, place, _EDGE), ones if of is None else (measured[of] - _TYPICAL) / _SPREAD)
        for place, of in TERMS
    ]


def _shifted(values: NDArray[Any], table: WordTable, place: int, outside: float) -> NDArray[Any]:
    """The value so many words further in the same run, or the one for outside; `place` is -1, 0 or 1."""
    if place == 0:
        return values
    shifted = np.roll(values, -place)
    some = table.lengths > 0
    shifted[table.bounds[:-1][some] if place < 0 else table.bounds[1:][some] - 1] = outside
    return shifted


def stretches(shown: Shown, batch: Batch) -> list[tuple[Span, ...]]:
    """M101 of each paragraph: the stretches with the most evidence, best first, none over another."""
    starts, length = batch.channel.bounds, shown.length
    result = []
    for row, paragraph in enumerate(batch.paragraphs):
        values = shown.evidence[starts[row] : starts[row + 1]]
        spans: list[Span] = []
        if len(values) >= length:
            positions = channel_positions(paragraph.tokens)
            means = np.convolve(values, np.full(length, 1 / length), "valid")
            ends = np.array([paragraph.tokens[place] in _SENTENCE_ENDS for place in positions])
            means[np.convolve(ends, np.ones(length), "valid") > 0] = -np.inf
            taken = np.zeros(len(values), bool)
            for at in np.argsort(-means, kind="stable").tolist():
                if means[at] < shown.least or len(spans) == _MOST_SHOWN:
                    break
                if taken[at : at + length].any():
                    continue
                taken[at : at + length] = True
                words = [place for place in positions[at : at + length] if paragraph.tokens[place][0].isalnum()]
                if words:
                    weight = _MOST_WEIGHT / (1.0 + float(np.exp(-means[at])))
                    spans.append(Span("M101", paragraph.starts[words[0]], paragraph.ends[words[-1]], weight))
        result.append(tuple(spans))
    return result
