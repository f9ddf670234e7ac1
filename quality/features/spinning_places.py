"""Places where a thesaurus put a phrase for another word: the lexicon read backwards, and the repair test.

For every phrase that spinners are known to put in, the lexicon holds the words that it may stand for, how
often people write the phrase, and how often spinners would. In its place the language model then says
how much likelier the sentence is with the original (the repair test). What a place weighs is the log-odds
of a small regression over that gain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from math import exp, log
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from quality.features import Batch, Matrix, WordTable
from quality.features.batch import begins_with_capital, begins_with_letter
from quality.features.fluency import read
from quality.model import Models

if TYPE_CHECKING:
    import kenlm

__all__ = [
    "CLASSES",
    "LONGEST",
    "PLACE_FEATURES",
    "WORTH_FEATURES",
    "Candidates",
    "Lexicon",
    "candidates",
    "disjoint",
    "hashes",
    "lexicon",
    "lookup",
    "place_features",
    "place_weights",
    "worth_features",
]

#: Longest phrase of the lexicon, in tokens.
LONGEST = 5
#: Words to the left and right of a place that the language model sees.
_LEFT, _RIGHT = 4, 2
#: A phrase that the model expects this much (log10) is in its place; its originals are not tried.
_EXPECTED = -2.5
#: Classes of entries; they decide the finding's code.
CLASSES = ("phrase", "name", "rule", "word")
#: Columns of `place_features` and of `worth_features`.
PLACE_FEATURES = 1 + 5 * len(CLASSES)
WORTH_FEATURES = 6 + 2 * len(CLASSES)
#: After these a capital says nothing about the word.
_ENDS = frozenset(".!?:")

_LN10 = float(np.log(10.0))
#: Of a phrase's hash all bits but these are its beginning: some four million beginnings, of which few are any phrase's.
_BEGINNING = np.uint64(42)


#: What `Lexicon.originals_of` tells of a phrase.
_Originals = tuple[tuple[str, ...], list[tuple[str, list[str], float]], list[float]]


@dataclass(frozen=True, eq=False)
class Lexicon:
    """Phrases that spinners put in, read backwards.

    `words` numbers the words that phrases are made of; `keys` are the sorted hashes of the phrases, and
    the other arrays of that length run parallel. Originals of phrase i: `sources[first[i]:first[i + 1]]`.
    """

    words: dict[str, int]
    keys: NDArray[np.uint64]
    #: log(rate at which spinners would write the phrase / rate at which people do).
    prior: NDArray[np.float32]
    #: log(1 + how often people wrote the phrase in the counted corpora).
    written: NDArray[np.float32]
    #: What the language model's value for unknown words must be corrected by, in nats (≤ 0).
    unknown: NDArray[np.float32]
    kind: NDArray[np.uint8]
    #: Whether the phrase is written with a capital wherever it stands.
    proper: NDArray[np.bool_]
    #: By word number: the phrase of this word alone, or -1; and bit n where a phrase of n words opens with it.
    alone: NDArray[np.int64]
    opens: NDArray[np.uint8]
    first: NDArray[np.int32]
    sources: NDArray[np.int32]
    #: log10 of the rate of each original's first word in the counted corpora.
    common: NDArray[np.float32]
    #: log of the chance that a spinner puts this phrase for that source.
    transition: NDArray[np.float32]
    originals: list[str]
    #: Regression over a place's features (`place_features`) → log-odds, intercept last.
    weights: NDArray[np.float64]
    #: Regression over `worth_features`, intercept last: places under 0 are not worth the repair test.
    worth: NDArray[np.float64]
    #: Whether a phrase has a hash that begins so.
    begun: NDArray[np.bool_] = field(init=False)
    #: What `originals_of` has looked up: common phrases come again and again.
    _looked_up: dict[int, _Originals] = field(default_factory=dict)

    def __post_init__(self) -> None:
        begun = np.zeros(1 << (64 - int(_BEGINNING)), np.bool_)
        begun[self.keys >> _BEGINNING] = True
        object.__setattr__(self, "begun", begun)

    def originals_of(self, phrase: int) -> _Originals:
        """A phrase's originals; the first word of each, its others and its log chance; and their `common`."""
        try:
            return self._looked_up[phrase]
        except KeyError:
            low, high = int(self.first[phrase]), int(self.first[phrase + 1])
            sources = self.sources[low:high]
            originals = tuple([self.originals[source] for source in sources.tolist()])
            words = (original.split(" ") for original in originals)
            chances = self.transition[low:high].tolist()
            parts = [(first, others, chance) for (first, *others), chance in zip(words, chances, strict=True)]
            found = self._looked_up[phrase] = originals, parts, self.common[sources].tolist()
            return found

    def numbers_of(self, words: list[str]) -> Iterator[int]:
        """The number of each word as it is written; 0 for those that no phrase is made of."""
        return map(self.words.get, words, repeat(0))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Lexicon:
        """The lexicon from the arrays that it is shipped as (`quality.training.spinning.lexicon_arrays`)."""
        words = arrays["words"].tobytes().decode("utf-8").split("\n")
        keys = arrays["keys"]
        single = hashes([np.arange(len(words) + 1)])
        found = np.minimum(np.searchsorted(keys, single), len(keys) - 1)
        return cls(
            words={word: number for number, word in enumerate(words, 1)},
            keys=keys,
            prior=arrays["prior"].astype(np.float32),
            written=arrays["written"].astype(np.float32),
            unknown=arrays["unknown"].astype(np.float32),
            kind=arrays["kind"],
            proper=arrays["proper"],
            alone=np.where(keys[found] == single, found, -1),
            opens=arrays["opens"],
            first=arrays["first"],
            sources=arrays["sources"],
            common=arrays["common"].astype(np.float32),
            transition=arrays["transition"].astype(np.float32),
            originals=arrays["originals"].tobytes().decode("utf-8").split("\n"),
            weights=arrays["weights"],
            worth=arrays["worth"] if "worth" in arrays else np.zeros(WORTH_FEATURES + 1),
        )


def hashes(ids: Sequence[NDArray[np.int64]]) -> NDArray[np.uint64]:
    """One number for each row of word numbers, given column by column; 64 bits, so that phrases do not collide.

    >>> hashes([np.array([1]), np.array([2])]).tolist() == hashes([np.array([2]), np.array([1])]).tolist()
    False
    """
    value = np.full(len(ids[0]), len(ids), np.uint64)
    for column in ids:
        value = (value ^ column.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        value ^= value >> np.uint64(29)
    return value


def lexicon(models: Models, language: str) -> Lexicon | None:
    """The lexicon of a language, loaded once; None where there is none."""
    name = f"{language}/spinning.npz"
    if not models.has(name):
        return None

    def read(models: Models) -> Lexicon:
        return Lexicon.from_arrays(models.arrays(name))

    return models.load(f"spinning:{language}", read)


@dataclass(frozen=True, eq=False)
class Candidates:
    """Places of a batch where a phrase of the lexicon stands, with what the repair test says.

    `at` counts in words of the batch's channel, `paragraph` is its row there. `gain` is the log-likelihood ratio
    spun : written in nats, over all originals; `joint` that of each of the place's `originals` alone;
    `fit` how much likelier the best original is after the words before it than anywhere (nats).
    """

    paragraph: NDArray[np.intp]
    at: NDArray[np.intp]
    length: NDArray[np.intp]
    phrase: NDArray[np.intp]
    gain: Matrix
    fit: Matrix
    #: Whether the word has a capital that neither its place nor its entry explains (names, titles).
    capital: NDArray[np.bool_]
    originals: tuple[tuple[str, ...], ...]
    joint: tuple[list[float], ...]

    def __len__(self) -> int:
        return len(self.at)

    def ranked(self, place: int, more: Matrix | None = None) -> tuple[str, ...]:
        """The originals of a place, likeliest first; `more` (nats) is what else speaks for each of them."""
        joint = self.joint[place] if more is None else (np.array(self.joint[place]) + more).tolist()
        order = sorted(zip(joint, self.originals[place], strict=True), reverse=True)
        return tuple(dict.fromkeys(original for _, original in order))


def lookup(lexicon: Lexicon, table: WordTable) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Start (in words of all runs), length and phrase number of every place where a phrase of the lexicon stands."""
    # Acronyms are entries of their own; every other word is looked up in lower case.
    ids, lower = (each.ask_all(lexicon, lexicon.numbers_of, np.int64) for each in (table, table.lower))
    ids = np.where(ids > 0, ids, lower)
    single = lexicon.alone.take(ids)
    starts = [np.flatnonzero(single >= 0)]
    lengths = [np.ones(len(starts[0]), np.intp)]
    phrases = [single[starts[0]]]
    opens = lexicon.opens.take(ids)
    for length in range(2, LONGEST + 1):
        at = np.flatnonzero((opens & (1 << length)) != 0)
        at = at[at + length <= len(ids)]
        at = at[table.rows[at] == table.rows[at + length - 1]]
        for offset in range(1, length):
            at = at[ids[at + offset] != 0]
        if len(at):
            keys = hashes([ids[at + offset] for offset in range(length)])
            likely = lexicon.begun.take(keys >> _BEGINNING)  # most are none: to search for each would take long
            at, keys = at[likely], keys[likely]
            found = np.minimum(np.searchsorted(lexicon.keys, keys), len(lexicon.keys) - 1)
            hit = lexicon.keys[found] == keys
            starts.append(at[hit])
            lengths.append(np.full(int(hit.sum()), length, np.intp))
            phrases.append(found[hit])
    return np.concatenate(starts), np.concatenate(lengths), np.concatenate(phrases)


def candidates(
    lexicon: Lexicon, model: kenlm.Model, batch: Batch, misfit: Matrix | None = None, *, thorough: bool = False
) -> Candidates:
    """Every place where a phrase of the lexicon stands, put to the repair test in its paragraph.

    `misfit` (nats, one a word of the channel) tells which words fit their company: with it, places that will hardly
    come to anything are not tested, unless `thorough`.
    """
    table = batch.channel
    starts, lengths, phrases = lookup(lexicon, table)
    ends = starts + lengths
    stops = np.minimum(ends + _RIGHT, table.bounds[table.rows[starts] + 1])
    own, written = _read(read(batch, model).log_probability, starts, ends, stops)
    kept = own <= _EXPECTED
    if misfit is not None and not thorough:
        features = worth_features(lexicon, phrases, misfit, starts, ends, stops)
        # einsum, not @: the sum must not depend on how many places are weighed at once.
        worth = np.einsum("ij,j->i", features, lexicon.worth[:-1]) + lexicon.worth[-1] >= 0.0
        kept &= worth | ((lexicon.kind[phrases] == CLASSES.index("name")) & within_names(table)[starts])
    starts, lengths, phrases, stops = starts[kept], lengths[kept], phrases[kept], stops[kept]
    return _tested(lexicon, model, batch, starts, lengths, phrases, stops, written[kept] * _LN10)


def within_names(table: WordTable) -> NDArray[np.bool_]:
    """Whether each word has two words before it in its run, and right before it one with a capital.

    An expanded name there ("Ada United Nations") is in a place where names do not stand.
    """
    capital, letter = begins_with_capital(table), begins_with_letter(table)
    within = np.zeros(len(table.ids), np.bool_)
    within[2:] = capital[1:-1] & letter[:-2] & (table.rows[2:] == table.rows[:-2])
    return within


def _read(
    log_probability: Matrix, starts: NDArray[np.intp], ends: NDArray[np.intp], stops: NDArray[np.intp]
) -> tuple[Matrix, Matrix]:
    """log10 probability of each place's own words, and of these with the words to their right."""
    own, written = np.zeros(len(starts)), np.zeros(len(starts))
    for offset in range(LONGEST + _RIGHT):
        at = starts + offset
        values = log_probability[np.minimum(at, len(log_probability) - 1)]
        written += np.where(at < stops, values, 0.0)
        own += np.where(at < ends, values, 0.0)
    return own, written


def worth_features(
    lexicon: Lexicon,
    phrases: NDArray[np.intp],
    misfit: Matrix,
    starts: NDArray[np.intp],
    ends: NDArray[np.intp],
    stops: NDArray[np.intp],
) -> Matrix:
    """What can be said of a place before it is tested, shape (places, WORTH_FEATURES).

    How badly its words and the next one fit at most, its first and the next word; what may come of it (prior odds,
    bounded gain, how often it is written); and by class whether, and how badly it fits.
    """
    last = len(misfit) - 1
    after = np.minimum(ends, stops - 1)
    most = np.full(len(starts), -np.inf)
    for offset in range(LONGEST + 1):
        at = starts + offset
        most = np.where(at <= after, np.maximum(most, misfit[np.minimum(at, last)]), most)
    prior = lexicon.prior[phrases].astype(np.float64)
    written = lexicon.written[phrases].astype(np.float64)
    kinds = (lexicon.kind[phrases][:, None] == np.arange(len(CLASSES))).astype(np.float64)
    columns = [most, misfit[starts], misfit[after], np.minimum(prior, 8.0), written]
    columns.append(np.minimum(prior + _TRUST * np.square(written), 10.0))
    return np.concatenate([np.column_stack(columns), kinds, kinds * most[:, None]], axis=1)


def _tested(
    lexicon: Lexicon,
    model: kenlm.Model,
    batch: Batch,
    starts: NDArray[np.intp],
    lengths: NDArray[np.intp],
    phrases: NDArray[np.intp],
    stops: NDArray[np.intp],
    written: Matrix,
) -> Candidates:
    """The repair test of each place; places whose text has no capitals where their name needs one are left out."""
    import kenlm

    table = batch.channel
    owners = table.rows[starts]
    names, known = table.all_words, lexicon.words
    base, begin_sentence, begin_anywhere = model.BaseScore, model.BeginSentenceWrite, model.NullContextWrite
    left, one, two, before_last = kenlm.State(), kenlm.State(), kenlm.State(), kenlm.State()
    kept: list[int] = []
    gains: list[float] = []
    fits: list[float] = []
    capitals: list[bool] = []
    options: list[tuple[str, ...]] = []
    joints: list[list[float]] = []

    written = written + lexicon.unknown[phrases]
    # No more words before the place matter than those of the n-gram that matched before it; the beginning is a word.
    reach = np.minimum(read(batch, model).order[starts - 1], _LEFT).astype(np.intp)
    columns = (starts, lengths, stops, table.bounds[owners], reach, phrases, written, lexicon.proper[phrases])
    for place, (start, length, stop, begin, reached, phrase, likely, proper) in enumerate(
        zip(*(column.tolist() for column in columns), strict=True)
    ):
        around = max(begin, start - reached)
        before, own, right = names[around:start], names[start : start + length], names[start + length : stop]
        if proper and own[0].islower() and own[-1].islower():
            continue  # a text without capitals, whose names no language model knows
        opening = not before or before[-1] in _ENDS
        if start - reached < begin or start == begin:
            begin_sentence(left)
        else:
            begin_anywhere(left)
        for word in before:
            base(left, word, one)
            left, one = one, left
        originals, parts, common = lexicon.originals_of(phrase)
        upper = own[0][0].isupper()
        if upper and opening:
            originals = tuple([original[0].upper() + original[1:] for original in originals])
            parts = [(first[0].upper() + first[1:], others, chance) for first, others, chance in parts]
        firsts: list[float] = []
        joint: list[float] = []
        last = right.pop() if right else None
        read_last = None
        for first, others, chance in parts:
            total = base(left, first, one)
            firsts.append(total)
            for word in others + right if others else right:
                total += base(one, word, two)
                one, two = two, one
            if last is not None:
                # Often all originals leave the same behind them that matters to the last word.
                if read_last is None or one != before_last:
                    read_last = base(one, last, two)
                    one, before_last = before_last, one
                total += read_last
            joint.append(total * _LN10 - likely + chance)
        top = max(joint)
        kept.append(place)
        gains.append(top + log(sum([exp(value - top) for value in joint])))
        best = joint.index(top)
        fits.append(firsts[best] - common[best])
        options.append(originals)
        joints.append(joint)
        if length == 1:
            capitals.append(upper and not (proper or opening or own[0] in known))
        else:
            inner = own[1:] if opening else own
            capitals.append(not proper and any(word[0].isupper() and word not in known for word in inner))
    return Candidates(
        paragraph=owners[kept],
        at=starts[kept],
        length=lengths[kept],
        phrase=phrases[kept],
        gain=np.array(gains, np.float64),
        fit=np.array(fits, np.float64) * _LN10,
        capital=np.array(capitals, np.bool_),
        originals=tuple(options),
        joint=tuple(joints),
    )


#: How far a gain may exceed the prior odds, per squared nat of log(1 + count): 0.5 for a phrase read five times, 4 for
#: one read a hundred times, whose company the language model knows.
_TRUST = 0.2
#: The largest gain (nats) of an original that is as likely here as anywhere; two more or less for each nat of fit.
_FITTING = 6.0


def place_features(lexicon: Lexicon, found: Candidates) -> Matrix:
    """What the weight of a place is computed from, shape (places, PLACE_FEATURES).

    A language model knows the company of common words, not of rare ones, and what fits a synonym fits the
    word itself: so a rare word is believed no more than its prior odds, however much its original gains;
    and an original that is common everywhere but not here ("a" after "the") cannot be what stood there, however
    seldom people write the phrase.
    Per class: whether, that bounded gain, the same over 3 and over 6 nats, and the prior odds, as far as it fits.
    """
    prior = lexicon.prior[found.phrase].astype(np.float64)
    bound = prior + _TRUST * np.square(lexicon.written[found.phrase])
    fitting = _FITTING + 2.0 * found.fit
    bounded = np.clip(np.minimum(np.minimum(found.gain, bound), fitting), -3.0, 10.0)
    kinds = (lexicon.kind[found.phrase][:, None] == np.arange(len(CLASSES))).astype(np.float64)
    hinges = (
        bounded,
        np.maximum(bounded - 3.0, 0.0),
        np.maximum(bounded - 6.0, 0.0),
        np.minimum(prior, np.clip(fitting, 0.0, 8.0)),
    )
    columns = [found.capital.astype(np.float64)[:, None], kinds, *(kinds * hinge[:, None] for hinge in hinges)]
    return np.concatenate(columns, axis=1)


def place_weights(lexicon: Lexicon, found: Candidates) -> Matrix:
    """Log-odds that the phrase of each place was put there by a spinner, for an even prior, in nats."""
    features = place_features(lexicon, found)
    # einsum, not @: the sum must not depend on how many places are weighed at once.
    weights: Matrix = np.einsum("ij,j->i", features, lexicon.weights[:-1]) + lexicon.weights[-1]
    return weights


def disjoint(found: Candidates, weights: Matrix) -> NDArray[np.intp]:
    """Of places that overlap, the heaviest; numbers of the kept places, in order of the text."""
    order = np.lexsort((found.length, found.at))
    starts, ends = found.at[order], (found.at + found.length)[order]
    # A run of places each of which overlaps one before it; most are alone in theirs.
    fresh = np.ones(len(order), np.bool_)
    fresh[1:] = starts[1:] >= np.maximum.accumulate(ends)[:-1]
    firsts = np.flatnonzero(fresh)
    sizes = np.diff(np.append(firsts, len(order)))
    kept = [order[firsts[sizes == 1]]]
    for first, size in zip(firsts[sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True):
        taken: set[int] = set()
        run = order[first : first + size]
        for place in run[np.lexsort((-found.length[run], -weights[run]))].tolist():
            cells = range(int(found.at[place]), int(found.at[place] + found.length[place]))
            if taken.isdisjoint(cells):
                taken.update(cells)
                kept.append(np.array([place]))
    places = np.concatenate(kept)
    return places[np.argsort(found.at[places], kind="stable")]
