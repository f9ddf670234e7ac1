"""Which words of a spun text were exchanged: how likely each mark is right, seen beside all others of its document.

What a document's evidence adds up from (`spinning_places`, `spinning_words`) compares spinners with people
who never met one. In a spun text the question is another: this word or the one beside it? An untouched word
stands in broken company there, a rare word of the subject comes again and again, and a spinner that takes a
thesaurus' first synonym cannot have put a word that is nobody's. So trees look at each mark's own evidence,
at its neighbours', and at the way in which the spinner of the document seems to work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from quality.features import Batch, Matrix
from quality.features.batch import begins_with_capital, pair_numbers
from quality.features.fluency import read
from quality.features.spinning_habits import habits
from quality.features.spinning_places import CLASSES, Candidates, Lexicon, disjoint, place_weights
from quality.features.spinning_words import RATE_STEP, Words, word_rates
from quality.model import Models
from quality.trees import TreeHead

if TYPE_CHECKING:
    import kenlm

__all__ = ["NEVER", "PLACE_NAMES", "TREES", "WORD_NAMES", "Marked", "Marker", "Marks", "Settled", "marks_model"]

#: Log-odds of a word that a way of spinning never puts (nats).
NEVER = -9.0

#: Whether a mark opens its sentence, log of how often it comes; and the misfit, place and fit of the words beside it.
_IN_SENTENCE = (
    "opening",
    "often",
    "misfit_before",
    "misfit_after",
    "place_before",
    "place_after",
    "fit_after",
)
#: Of a word: its misfit, the document's habit, the weight of the place that it stands in, its log10 rate, how much
#: oftener spinners put it, its log10 probability and that over its rate, its company and its capital; how it stands in
#: its sentence; of the words beside it the rate, its n-gram's length and the next one's; and of the paragraph, with
#: some words of its document's average, the mean misfit and the share of marks.
WORD_NAMES = (
    "misfit",
    "habit",
    "place",
    "rate",
    "put",
    "fit",
    "log_probability",
    "around",
    "beside",
    "capital",
    *_IN_SENTENCE,
    "rate_before",
    "rate_after",
    "order",
    "order_after",
    "mean_misfit",
    "share_of_marks",
)
#: The same of a place, whose first and last word are asked; and what the repair test and the lexicon say of it.
PLACE_NAMES = (
    "weight",
    "habit",
    "kind",
    "gain",
    "fit",
    "prior",
    "written",
    "capital",
    "most_misfit",
    "least_misfit",
    "rate",
    "rate_last",
    "put_last",
    "around",
    "around_last",
    *_IN_SENTENCE,
    "log_probability_after",
    "common",
    "lead",
    "mean_misfit",
    "share_of_marks",
)
#: What all marks are asked besides: how much oftener the document's spinner puts the phrase than people do, and how far
#: that is from what any spinner would; then the rates of the ways one by one.
_WAY_NAMES = ("put_here", "put_here_over_any")
#: Arrays of a `TreeHead` that are shipped for words and for places.
TREES = ("feature", "split", "left", "right", "leaf", "intercept", "depth")

#: A document is thought to have so many spun and so many sound places of a kind, and words so many times as many sound
#: ones, before any is seen; and what it shows shifts no weight out of these bounds (nats).
_EVEN, _WORD_SOUND = 2.0, 9.0
_HABIT, _WORD_HABIT = (-3.0, 2.0), (-3.5, -0.5)
#: Weights are cut off here (nats); so is what stands for a word without any place.
_MOST, _LEAST = 6.0, -3.0
#: Marks whose weight and habit come to less (nats) are hopeless: they are not judged, and given this weight.
_HOPELESS = -1.0
#: A mark counts to the document's share from this weight on (nats).
_STRONG = 1.5
#: A paragraph is taken together with so many words of its document's average: of some pages a part alone is spun.
_OF_DOCUMENT = 20.0
#: Marks that are likelier than this say how the spinner works; a word that fits so badly by itself is doubted by the
#: second (nats). Chosen by hand, like all that follows.
_TELLS, _WORD_DOUBT = 0.3, 0.5
#: Rates of a way are cut off here (nats); a spinner of none of the known ways puts any word at the third.
_LEAST_RATE, _MOST_RATE, _UNKNOWN = -6.0, 4.0, -2.5
#: Before any mark is seen each way counts for as many marks as these together; the unknown way has this share.
_WAYS_SEEN, _UNKNOWN_SHARE = 3.0, 0.1
_STEPS = 6
#: A place with a single original is taken to have it likelier by so much than any other (nats).
_ALONE = 20.0
#: After these a capital says nothing about the word.
_ENDS = ".!?:"


@dataclass(frozen=True, eq=False)
class Settled:
    """The places of a batch that do not overlap (`chosen`, numbers of `found`), with the weights of all (nats)."""

    found: Candidates
    weights: Matrix
    chosen: NDArray[np.intp]

    @classmethod
    def of(cls, batch: Batch, known: Lexicon, found: Candidates) -> Settled:
        """The places of a batch, each chosen one with the mean of its own weight and of its phrase's in the document.

        Who writes "area unit" where it belongs means it where its place is in doubt too.
        """
        weights = place_weights(known, found)
        chosen = disjoint(found, weights)
        rows, phrases = batch.owners[found.paragraph[chosen]], found.phrase[chosen]
        settled = weights.copy()
        order = np.lexsort((phrases, rows))  # stable: equal phrases stay in order of the text
        if len(order):
            first = np.ones(len(order), np.bool_)
            first[1:] = (rows[order][1:] != rows[order][:-1]) | (phrases[order][1:] != phrases[order][:-1])
            number = np.cumsum(first) - 1
            means = np.bincount(number, weights=weights[chosen][order]) / np.bincount(number)
            settled[chosen[order]] = (weights[chosen][order] + means[number]) / 2.0
        return cls(found, settled, chosen)

    def habit(self, batch: Batch, known: Lexicon) -> Matrix:
        """How the places of their kind in the same document turned out, by chosen place (nats)."""
        ruled = known.kind[self.found.phrase[self.chosen]] == CLASSES.index("rule")
        groups = 2 * batch.owners[self.found.paragraph[self.chosen]] + ruled
        weights = np.minimum(self.weights[self.chosen], _MOST)
        odds = habits(weights, groups, 2 * len(batch), spun=_EVEN, sound=_EVEN)
        shift: Matrix = np.clip(odds[groups], *_HABIT)
        return shift


def word_habit(batch: Batch, misfit: Matrix) -> Matrix:
    """How the words of each document turned out, by document (nats)."""
    owners = batch.owners.take(batch.channel.rows)
    judged = np.flatnonzero(misfit != 0.0)
    odds = habits(misfit[judged], owners[judged], len(batch), spun=_EVEN, sound=_WORD_SOUND * _EVEN)
    shift: Matrix = np.clip(odds, *_WORD_HABIT)
    return shift


@dataclass(frozen=True, eq=False)
class Marks:
    """How much oftener each way of spinning writes the words of `Words` and the phrases of `Lexicon` than people do.

    Shapes (words, ways) and (phrases, ways), parallel to the keys of both, in steps of RATE_STEP nats. The trees give
    the log-odds that a mark is right.
    """

    word_ways: NDArray[np.int8]
    phrase_ways: NDArray[np.int8]
    words: TreeHead | None = None
    places: TreeHead | None = None

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Marks:
        ways = arrays["word_ways"].shape[1]
        words, places = (
            _tree_head(arrays, level, (*names, *_WAY_NAMES, *(f"put_way_{way}" for way in range(ways))))
            for level, names in (("word", WORD_NAMES), ("place", PLACE_NAMES))
        )
        return cls(arrays["word_ways"], arrays["phrase_ways"], words, places)


def _tree_head(arrays: Mapping[str, NDArray[Any]], level: str, names: tuple[str, ...]) -> TreeHead:
    empty = np.empty(0)
    nodes = {name: arrays[f"{level}_{name}"] for name in TREES}
    return TreeHead(
        kind="spinning", level=level, language="", features=names, mean=empty, scale=empty, coefficients=empty,
        intercept=float(nodes["intercept"]), knots=empty, values=empty, threshold=1.0, source="",
        feature=nodes["feature"].astype(np.int64), split=nodes["split"].astype(np.float64),
        left=nodes["left"].astype(np.int64), right=nodes["right"].astype(np.int64),
        leaf=nodes["leaf"].astype(np.float64), depth=int(nodes["depth"]),
    )  # fmt: skip


def marks_model(models: Models, language: str) -> Marks | None:
    """The model of a language, loaded once; None where there is none."""
    name = f"{language}/spinning_marks.npz"
    if not models.has(name):
        return None
    return models.load(f"spinning_marks:{language}", lambda models: Marks.from_arrays(models.arrays(name)))


@dataclass(frozen=True, eq=False)
class Marked:
    """The marks of a batch: rows of features, and by word of the channel and by chosen place whether it has one.

    `word_at` counts in words of the channel, `place_at` in the chosen places.
    """

    word_at: NDArray[np.intp]
    word_rows: Matrix
    place_at: NDArray[np.intp]
    place_rows: Matrix


@dataclass(frozen=True, eq=False)
class _Text:
    """What is known of each word of a batch's channel, shape (words,); of each paragraph `mean_misfit` and `share`."""

    rows: NDArray[np.intp]
    fitting: Matrix
    place: Matrix
    rate: Matrix
    put: Matrix
    fit: Matrix
    log_probability: Matrix
    order: Matrix
    around: Matrix
    beside: Matrix
    capital: NDArray[np.bool_]
    opening: NDArray[np.bool_]
    often: Matrix
    mean_misfit: Matrix
    share: Matrix

    def next_to(self, values: Matrix, at: NDArray[np.intp], step: int, missing: float) -> Matrix:
        """The value of the word `step` from each of `at` in the same paragraph, `missing` where there is none."""
        to = np.clip(at + step, 0, len(values) - 1)
        same = (at + step == to) & (self.rows[to] == self.rows[at])
        return np.where(same, values[to], missing)

    def in_sentence(self, first: NDArray[np.intp], last: NDArray[np.intp], often: Matrix) -> list[NDArray[Any]]:
        """The columns `_IN_SENTENCE` of marks that go from the first to the last word."""
        return [
            self.opening[first],
            often,
            self.next_to(self.fitting, first, -1, 0.0),
            self.next_to(self.fitting, last, 1, 0.0),
            self.next_to(self.place, first, -1, _LEAST),
            self.next_to(self.place, last, 1, _LEAST),
            self.next_to(self.fit, last, 1, 1.0),
        ]

    def paragraph(self, at: NDArray[np.intp]) -> list[Matrix]:
        """What the paragraphs of words say."""
        return [self.mean_misfit[self.rows[at]], self.share[self.rows[at]]]


@dataclass(frozen=True, eq=False)
class Marker:
    """A language's marks with the models that they ask."""

    marks: Marks
    words: Words
    known: Lexicon
    model: kenlm.Model

    def odds(self, batch: Batch, settled: Settled, misfit: Matrix) -> tuple[Matrix, Matrix]:
        """Log-odds that each word of the channel, and each chosen place, was exchanged where the text is spun (nats).

        Shapes (words of the channel,) and (chosen,); those that are not judged have the least.
        """
        marked = self.marked(batch, settled, misfit)
        words, places = np.full(len(misfit), _LEAST), np.full(len(settled.chosen), _LEAST)
        if self.marks.words is not None and self.marks.places is not None:
            words[marked.word_at] = self.marks.words.decision(marked.word_rows)
            places[marked.place_at] = self.marks.places.decision(marked.place_rows)
        return words, places

    def marked(self, batch: Batch, settled: Settled, misfit: Matrix) -> Marked:
        """The marks that may come to anything, with the features that the trees ask for."""
        found, chosen = settled.found, settled.chosen
        first = found.at[chosen].astype(np.intp)
        last = first + found.length[chosen] - 1
        fitting = np.clip(misfit, _LEAST, _MOST)
        heavy = np.minimum(settled.weights[chosen], _MOST)
        place, most, least = _over_places(len(misfit), fitting, heavy, first, last)
        habit, place_habit = (
            word_habit(batch, misfit).take(batch.owners.take(batch.channel.rows)),
            settled.habit(batch, self.known),
        )
        own = np.flatnonzero((misfit != 0.0) & (fitting + habit > _HOPELESS))
        kept = np.flatnonzero(heavy + place_habit > _HOPELESS)
        text = self._text(batch, fitting, place)

        places, begin, end = chosen[kept], first[kept], last[kept]
        phrases = found.phrase[places]
        owners = batch.owners[found.paragraph[chosen]]
        often = np.concatenate([text.often[own], _often(pair_numbers(owners, found.phrase[chosen]))[kept]])
        words_tell = np.where(place[own] > 0.0, 0.0, _chance(fitting[own] + habit[own] - _WORD_DOUBT))
        chances = np.concatenate([words_tell, _chance(heavy[kept] + place_habit[kept])])
        ways = np.concatenate([self._word_ways(batch)[own], self.marks.phrase_ways[phrases] * RATE_STEP])
        here = _put_here(
            ways,
            np.where(chances < _TELLS, 0.0, chances),
            often,
            _same_marks(len(misfit), own, begin, end),
            np.concatenate([batch.owners[text.rows[own]], owners[kept]]),
            len(batch),
        )
        cut, log_often = len(own), np.log(often)
        word_columns = [
            fitting[own], habit[own], place[own], text.rate[own], text.put[own], text.fit[own],
            text.log_probability[own], text.around[own], text.beside[own], text.capital[own],
            *text.in_sentence(own, own, log_often[:cut]),
            text.next_to(text.rate, own, -1, -2.0), text.next_to(text.rate, own, 1, -2.0),
            text.order[own], text.next_to(text.order, own, 1, 5.0), *text.paragraph(own),
        ]  # fmt: skip
        joint = [sorted(found.joint[number], reverse=True) for number in places.tolist()]
        place_columns = [
            heavy[kept], place_habit[kept], self.known.kind[phrases], found.gain[places], found.fit[places],
            self.known.prior[phrases], self.known.written[phrases], found.capital[places], most[kept], least[kept],
            text.rate[begin], text.rate[end], text.put[end], text.around[begin], text.around[end],
            *text.in_sentence(begin, end, log_often[cut:]),
            text.next_to(text.log_probability, end, 1, -2.0), self._common(found, places),
            np.array([best[0] - best[1] if len(best) > 1 else _ALONE for best in joint]), *text.paragraph(begin),
        ]  # fmt: skip
        return Marked(
            own,
            np.column_stack([*word_columns, here[:cut], ways[:cut]]),
            kept,
            np.column_stack([*place_columns, here[cut:], ways[cut:]]),
        )

    def _text(self, batch: Batch, fitting: Matrix, place: Matrix) -> _Text:
        table, reading = batch.channel, read(batch, self.model)
        rows = table.rows
        rate = word_rates(table, self.model).take(table.ids)
        nan = np.full(len(rows), np.nan)
        kept = None if self.words.company is None else self.words.company.kept(batch)
        ends = table.are(_ENDS)
        opening = np.ones(len(rows), np.bool_)
        opening[1:] = (rows[1:] != rows[:-1]) | ends[:-1]
        strong = (np.maximum(fitting, place) > _STRONG).astype(np.float64)
        return _Text(
            rows=rows,
            fitting=fitting,
            place=place,
            rate=rate,
            put=self.words.puts(batch).take(table.ids),
            fit=np.where(reading.unknown > 0, 0.0, reading.log_probability - rate),
            log_probability=reading.log_probability,
            order=reading.order.astype(np.float64),
            around=nan if kept is None else kept.around,
            beside=nan if kept is None else kept.beside,
            capital=begins_with_capital(table) & ~opening,
            opening=opening,
            often=_often(batch.repeated),
            mean_misfit=_around(fitting, batch),
            share=_around(strong, batch),
        )

    def _common(self, found: Candidates, places: NDArray[np.intp]) -> Matrix:
        """log10 rate of the best original of each place."""
        joints = [found.joint[place] for place in places.tolist()]
        best = [
            self.known.originals_of(phrase)[2][joint.index(max(joint))]
            for phrase, joint in zip(found.phrase[places].tolist(), joints, strict=True)
        ]
        return np.array(best, np.float64)

    def _word_ways(self, batch: Batch) -> Matrix:
        """How much oftener each way puts each word of the channel, shape (words of the channel, ways)."""
        known, at = self.words.found(batch)
        rates: Matrix = np.where(known[:, None], self.marks.word_ways[at] * RATE_STEP, NEVER)
        return rates.take(batch.channel.ids, axis=0)


def _over_places(
    count: int, fitting: Matrix, weights: Matrix, first: NDArray[np.intp], last: NDArray[np.intp]
) -> tuple[Matrix, Matrix, Matrix]:
    """The weight of the place that each word stands in, and of each place the most and the least misfit."""
    place = np.full(count, _LEAST)
    most, least = np.full(len(first), -np.inf), np.full(len(first), np.inf)
    for offset in range(int((last - first).max(initial=-1)) + 1):
        inside = np.flatnonzero(first + offset <= last)
        at = first[inside] + offset
        place[at] = np.maximum(weights[inside], _LEAST)
        most[inside] = np.maximum(most[inside], fitting[at])
        least[inside] = np.minimum(least[inside], fitting[at])
    return place, most, least


def _around(values: Matrix, batch: Batch) -> Matrix:
    """The mean of one value a word over each paragraph and some words of its document's average; one a paragraph."""
    rows, count = batch.channel.rows, len(batch.paragraphs)
    sums, words = np.bincount(rows, weights=values, minlength=count), np.bincount(rows, minlength=count)
    means = batch.totals(sums) / np.maximum(batch.totals(words), 1.0)
    mixed: Matrix = (sums + _OF_DOCUMENT * means[batch.owners]) / (words + _OF_DOCUMENT)
    return mixed


def _often(numbers: NDArray[np.intp]) -> Matrix:
    """How often each number comes, 1 or more."""
    often: Matrix = np.bincount(numbers)[numbers].astype(np.float64)
    return often


def _chance(odds: Matrix) -> Matrix:
    chance: Matrix = 1.0 / (1.0 + np.exp(-odds))
    return chance


def _same_marks(
    count: int, words: NDArray[np.intp], first: NDArray[np.intp], last: NDArray[np.intp]
) -> NDArray[np.intp]:
    """The number of each mark, words before places; a word and the place that it stands in are one."""
    within = np.full(count, -1)
    for offset in range(int((last - first).max(initial=-1)) + 1):
        inside = np.flatnonzero(first + offset <= last)
        within[first[inside] + offset] = len(words) + inside
    own = np.where(within[words] < 0, np.arange(len(words)), within[words])
    return np.concatenate([own, len(words) + np.arange(len(first))])


def _put_here(
    put_ways: Matrix, told: Matrix, often: Matrix, marks: NDArray[np.intp], owners: NDArray[np.intp], count: int
) -> Matrix:
    """How much oftener the spinner of its document writes each mark than people do, and than any spinner would (nats).

    `told` is how much each mark says about the ways in which that spinner works, all that are `often` the same as much
    as one. None speaks for itself: `marks` are the numbers of the marks whose say is left out. Shape (marks, 2).
    """
    ways = put_ways.shape[1]
    prior = np.full(ways + 1, (1.0 - _UNKNOWN_SHARE) / ways)
    prior[-1] = _UNKNOWN_SHARE
    rates = np.exp(np.clip(np.column_stack([put_ways, np.full(len(put_ways), _UNKNOWN)]), _LEAST_RATE, _MOST_RATE))
    shares = np.tile(prior, (count, 1))
    for _ in range(_STEPS):
        own = rates * shares[owners]
        own *= (told / own.sum(axis=1))[:, None]
        sums = [np.bincount(owners, weights=own[:, way] / often, minlength=count) for way in range(ways + 1)]
        seen = np.column_stack(sums).astype(np.float64)
        shares = seen + _WAYS_SEEN * prior
        shares /= shares.sum(axis=1, keepdims=True)
    others = np.maximum(seen[owners] - own[marks], 0.0) + _WAYS_SEEN * prior
    here = np.log((rates * others).sum(axis=1) / others.sum(axis=1))
    return np.column_stack([here, here - np.log((rates * prior).sum(axis=1))])
