"""Article spinning: phrases that a thesaurus put where people write another word, found by reading it backwards.

For every phrase that spinners are known to put in, the lexicon holds the words that it may stand for, how
often people write the phrase, and how often spinners would. In its place the language model then says
how much likelier the sentence is with the original (the repair test). What a place weighs is the log-odds
of a small regression over that gain; paragraphs and documents add their places up.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from quality.document import Paragraph
from quality.features import Batch, Evidence, Matrix, Span
from quality.features.fluency import language_model
from quality.model import Models
from quality.segmentation import channel_positions

if TYPE_CHECKING:
    import kenlm

__all__ = [
    "CLASSES",
    "DOCUMENT_NAMES",
    "LONGEST",
    "NAMES",
    "PLACE_FEATURES",
    "Candidates",
    "Lexicon",
    "candidates",
    "document_row",
    "document_rows",
    "evidence_of",
    "hashes",
    "lexicon",
    "measure",
    "place_features",
    "place_weights",
]

#: Longest phrase of the lexicon, in tokens.
LONGEST = 5
#: Words to the left and right of a place that the language model sees.
_LEFT, _RIGHT = 3, 2
#: A phrase that the model expects this much (log10) is in its place; its originals are not tried.
_EXPECTED = -2.5
#: Classes of entries; they decide the finding's code.
CLASSES = ("phrase", "name", "rule", "word")
#: Columns of `place_features`.
PLACE_FEATURES = 1 + 5 * len(CLASSES)
_CODES = {"phrase": "S201", "name": "S202", "rule": "S203", "word": "S204"}

_LN10 = float(np.log(10.0))


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
    #: What `originals_of` has looked up: common phrases come again and again.
    _looked_up: dict[int, tuple[tuple[str, ...], bool, list[float], list[float]]] = field(default_factory=dict)

    def originals_of(self, phrase: int) -> tuple[tuple[str, ...], bool, list[float], list[float]]:
        """A phrase's originals, whether all are single words, their log chances and `common`."""
        try:
            return self._looked_up[phrase]
        except KeyError:
            low, high = int(self.first[phrase]), int(self.first[phrase + 1])
            sources = self.sources[low:high]
            originals = tuple([self.originals[source] for source in sources.tolist()])
            single = not any(" " in original for original in originals)
            chances = self.transition[low:high].tolist()
            found = self._looked_up[phrase] = originals, single, chances, self.common[sources].tolist()
            return found

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
    """Places of a document where a phrase of the lexicon stands, with what the repair test says.

    `start` and `length` count in words of the normalised paragraph. `gain` is the log-likelihood ratio
    spun : written in nats, over all originals; `joint` that of each of the place's `originals` alone;
    `fit` how much likelier the best original is after the words before it than anywhere (nats).
    """

    paragraph: NDArray[np.int64]
    start: NDArray[np.int64]
    length: NDArray[np.int64]
    phrase: NDArray[np.int64]
    gain: Matrix
    fit: Matrix
    #: Whether the word has a capital that neither its place nor its entry explains (names, titles).
    capital: NDArray[np.bool_]
    originals: tuple[tuple[str, ...], ...]
    joint: tuple[list[float], ...]

    def ranked(self, place: int) -> tuple[str, ...]:
        """The originals of a place, likeliest first."""
        order = sorted(zip(self.joint[place], self.originals[place], strict=True), reverse=True)
        return tuple(dict.fromkeys(original for _, original in order))


def lookup(lexicon: Lexicon, words: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Start, length and phrase number of every place in `words` where a phrase of the lexicon stands."""
    get = lexicon.words.get
    # Acronyms are entries of their own; every other word is looked up in lower case.
    ids = np.array([get(word) or (0 if word.islower() else get(word.lower(), 0)) for word in words], np.int64)
    single = lexicon.alone[ids]
    starts = [np.flatnonzero(single >= 0)]
    lengths = [np.ones(len(starts[0]), np.int64)]
    phrases = [single[starts[0]]]
    opens = lexicon.opens[ids]
    for length in range(2, LONGEST + 1):
        at = np.flatnonzero(opens & (1 << length))
        at = at[at + length <= len(ids)]
        for offset in range(1, length):
            at = at[ids[at + offset] != 0]
        if len(at):
            keys = hashes([ids[at + offset] for offset in range(length)])
            found = np.minimum(np.searchsorted(lexicon.keys, keys), len(lexicon.keys) - 1)
            hit = lexicon.keys[found] == keys
            starts.append(at[hit])
            lengths.append(np.full(int(hit.sum()), length))
            phrases.append(found[hit])
    return np.concatenate(starts), np.concatenate(lengths), np.concatenate(phrases)


def candidates(lexicon: Lexicon, model: kenlm.Model, paragraphs: Sequence[Sequence[str]]) -> Candidates:
    """Every place where a phrase of the lexicon stands, put to the repair test in its paragraph."""
    import kenlm

    # One list for the whole document, since array operations cost the same for ten words as for a thousand;
    # an empty word, which no phrase holds, keeps paragraphs apart.
    words: list[str] = []
    begins, ends = [], []
    for paragraph in paragraphs:
        begins.append(len(words))
        words += paragraph
        ends.append(len(words))
        words.append("")
    starts, lengths, phrases = lookup(lexicon, words)
    owners = np.searchsorted(np.array(begins, np.int64), starts, side="right") - 1
    base, begin_sentence, begin_anywhere = model.BaseScore, model.BeginSentenceWrite, model.NullContextWrite
    left, one, two = kenlm.State(), kenlm.State(), kenlm.State()
    known = lexicon.words
    kept: list[int] = []
    gains: list[float] = []
    fits: list[float] = []
    capitals: list[bool] = []
    options: list[tuple[str, ...]] = []
    joints: list[list[float]] = []

    def score(sequence: Sequence[str]) -> float:
        """log10 probability of words after `left`."""
        total, before, after, spare = 0.0, left, one, two
        for word in sequence:
            total += base(before, word, after)
            before, after, spare = after, spare, after
        return total

    columns = (starts, lengths, owners, phrases, lexicon.unknown[phrases], lexicon.proper[phrases])
    for place, (start, length, owner, phrase, correction, proper) in enumerate(
        zip(*(column.tolist() for column in columns), strict=True)
    ):
        end = start + length
        first = words[start]
        if proper and first.islower() and words[end - 1].islower():
            continue  # a text without capitals, whose names no language model knows
        begin = begins[owner]
        opening = start == begin or words[start - 1] in _ENDS
        if start - begin <= _LEFT:
            begin_sentence(left)
        else:
            begin_anywhere(left)
            begin = start - _LEFT
        for word in words[begin:start]:
            base(left, word, one)
            left, one = one, left
        right = words[end : min(end + _RIGHT, ends[owner])]
        own = base(left, first, one) if length == 1 else score(words[start:end])
        if own > _EXPECTED:
            continue
        written = score(words[start:end] + right) * _LN10 + correction
        originals, single, chances, common = lexicon.originals_of(phrase)
        upper = first[0].isupper()
        if upper and opening:
            originals = tuple([original[0].upper() + original[1:] for original in originals])
        if single and len(right) == 2:
            third, fourth = right
            joint = [
                (base(left, word, one) + base(one, third, two) + base(two, fourth, one)) * _LN10 - written + chance
                for word, chance in zip(originals, chances, strict=True)
            ]
        else:
            joint = [
                score(original.split(" ") + right) * _LN10 - written + chance
                for original, chance in zip(originals, chances, strict=True)
            ]
        top = max(joint)
        kept.append(place)
        gains.append(top + log(sum([exp(value - top) for value in joint])))
        best = joint.index(top)
        fits.append(base(left, originals[best].partition(" ")[0], one) - common[best])
        options.append(originals)
        joints.append(joint)
        if length == 1:
            capitals.append(upper and not (proper or opening or first in known))
        else:
            inner = words[start + 1 : end] if opening else words[start:end]
            capitals.append(not proper and any(word[0].isupper() and word not in known for word in inner))
    starts, lengths, phrases, owners = starts[kept], lengths[kept], phrases[kept], owners[kept]
    return Candidates(
        paragraph=owners,
        start=starts - np.array(begins, np.int64)[owners] if len(starts) else starts,
        length=lengths,
        phrase=phrases,
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
#: No place counts for more than this (nats), and no doubt for more than two.
_MOST = 6.0
#: After these a capital says nothing about the word.
_ENDS = frozenset(".!?:")


def place_features(lexicon: Lexicon, found: Candidates) -> Matrix:
    """What the weight of a place is computed from, shape (places, PLACE_FEATURES).

    A language model knows the company of common words, not of rare ones, and what fits a synonym fits the
    word itself: so a rare word is believed no more than its prior odds, however much its original gains;
    and an original that is common everywhere but not here ("a" after "the") cannot be what stood there.
    Per class: whether, that bounded gain, the same over 3 and over 6 nats, and the prior odds.
    """
    prior = lexicon.prior[found.phrase].astype(np.float64)
    bound = prior + _TRUST * np.square(lexicon.written[found.phrase])
    bounded = np.clip(np.minimum(np.minimum(found.gain, bound), _FITTING + 2.0 * found.fit), -3.0, 10.0)
    kinds = (lexicon.kind[found.phrase][:, None] == np.arange(len(CLASSES))).astype(np.float64)
    hinges = (bounded, np.maximum(bounded - 3.0, 0.0), np.maximum(bounded - 6.0, 0.0), np.minimum(prior, 8.0))
    columns = [found.capital.astype(np.float64)[:, None], kinds, *(kinds * hinge[:, None] for hinge in hinges)]
    return np.concatenate(columns, axis=1)


def place_weights(lexicon: Lexicon, found: Candidates) -> Matrix:
    """Log-odds that the phrase of each place was put there by a spinner, for an even prior, in nats."""
    features = place_features(lexicon, found)
    # einsum, not @: the sum must not depend on how many places are weighed at once.
    weights: Matrix = np.einsum("ij,j->i", features, lexicon.weights[:-1]) + lexicon.weights[-1]
    return weights


def disjoint(found: Candidates, weights: Matrix) -> NDArray[np.int64]:
    """Of places that overlap, the heaviest; numbers of the kept places, in order of the text."""
    taken: set[tuple[int, int]] = set()
    kept = []
    paragraphs, starts, lengths = found.paragraph.tolist(), found.start.tolist(), found.length.tolist()
    for place in np.lexsort((-found.length, -weights)).tolist():
        cells = [(paragraphs[place], at) for at in range(starts[place], starts[place] + lengths[place])]
        if taken.isdisjoint(cells):
            taken.update(cells)
            kept.append(place)
    kept.sort(key=lambda place: (paragraphs[place], starts[place]))
    return np.array(kept, np.int64)


NAMES = (
    "spun_evidence",
    "spun_balance",
    "spun_places",
    "spun_strongest",
    "spun_second",
    "spun_phrases",
    "spun_names",
    "spun_rules",
    "spun_words",
    "spun_tested",
    "spun_new_evidence",
)

DOCUMENT_NAMES = (
    "spun_document_evidence",
    "spun_document_total",
    "spun_document_balance",
    "spun_document_places",
    "spun_document_strongest",
    "spun_document_second",
    "spun_document_phrases",
    "spun_document_names",
    "spun_document_rules",
    "spun_document_words",
    "spun_document_tested",
    "spun_document_spread",
    "spun_document_worst",
)

#: Choices that a spinner left unresolved, {a|b c}, also with its start lost. One of them has several words: program
#: code and its comments have {string|number}.
_RESIDUE = re.compile(
    r"(?<![{$\\])\{(?=[^{}\n]*\w \w)\w[\w ,.'’-]{1,50}(?:\|[\w ,.'’-]{0,50})+\}(?!\})"
    r"|(?<![{|\w])(?:\w[\w .'’-]{2,40}\|){3,}\w[\w .'’-]{2,40}\}"
)
#: What such choices weigh (nats); a third one proves no more.
_CHOICE = 3.0
#: A place counts as one from this weight (nats) on.
_PLACE = 0.5
#: A finding is shown from this weight on where nothing else speaks for spinning, and from the second among other
#: places: in a text where "conjointly" stands for "also", "same" for "said" needs no more proof. Each _SUPPORT nats of
#: other evidence (1 to 3 of a phrase, less what clean text shows by chance for each word) lower it by one.
#: Chance is the 96th percentile of 1,400 clean held-back documents; so set, clean text has 0.9 findings in 10,000
#: words, spun text 560 (2026-11).
_SHOWN, _SHOWN_AMONG_OTHERS, _SUPPORT, _EXPECTED_SUPPORT = 4.5, 0.5, 1.5, 0.012
#: An expanded name right after a capital ("Ada United Nations") is in a place where names do not stand: once
#: other places speak for spinning, it is shown if only it is likelier spun than not.
_MISPLACED_NAME = 0.5
#: A paragraph is at least so many words long when it is compared with others for the worst one.
_LONG = 20
_MOST_ALTERNATIVES = 5


def measure(batch: Batch, models: Models, *, language: str, explain: bool) -> Evidence:
    """Weights of the places that a spinner may have filled, added up by paragraph.

    Columns: sum of weights over √words (nats), and the same with doubts counted too; root of places for 100
    words; the strongest and the second phrase (nats, at most 6); roots of sums by class and of phrases tested,
    for 100 words; and the sum with each phrase counted once a document (nats). Unresolved choices "{a|b c}"
    count into the sums. A phrase that comes again counts half, then a third …: a subject repeats its words.
    Why: nobody writes "Gregorian calendar month" where "June" stands in the sentence; on our data (854 spun
    and 291 clean paragraphs of GUM) there are 2.7 such places in 100 words of spun text, 0.8 in clean text.
    Known false alarms: dialect, verse ("ne'er"), jargon that the language model has not read.
    """
    known, model = lexicon(models, language), language_model(models, language)
    if known is None or model is None:
        return Evidence.empty(NAMES, len(batch.paragraphs))
    return Evidence.joined(
        NAMES,
        (
            evidence_of(paragraphs, known, candidates(known, model, [paragraph.channel for paragraph in paragraphs]))
            for paragraphs in batch.documents
        ),
    )


def evidence_of(paragraphs: Sequence[Paragraph], known: Lexicon, found: Candidates) -> Evidence:
    """Columns and findings of paragraphs whose places were found."""
    weights = place_weights(known, found)
    places: list[list[int]] = [[] for _ in paragraphs]
    best: dict[int, float] = {}
    for place in disjoint(found, weights).tolist():
        places[found.paragraph[place]].append(place)
        phrase = int(found.phrase[place])
        best[phrase] = max(float(weights[place]), best.get(phrase, 0.0))
    support = sum(max(0.0, min(weight, 3.0) - 1.0) for weight in best.values())
    support -= _EXPECTED_SUPPORT * sum(paragraph.word_count for paragraph in paragraphs)
    shown = max(_SHOWN_AMONG_OTHERS, _SHOWN - max(0.0, support) / _SUPPORT)
    seen: Counter[int] = Counter()
    rows, spans = [], []
    for paragraph, own in zip(paragraphs, places, strict=True):
        residue = tuple(match.span() for match in _RESIDUE.finditer(paragraph.text)) if "|" in paragraph.text else ()
        rows.append(_row(own, known, found, weights, len(residue), max(1, paragraph.word_count), seen))
        spans.append(_spans(paragraph, own, known, found, weights, residue, shown))
    return Evidence(NAMES, np.array(rows, np.float64).reshape(len(rows), len(NAMES)), tuple(spans))


def _row(
    places: list[int], known: Lexicon, found: Candidates, weights: Matrix, residue: int, words: int, seen: Counter[int]
) -> tuple[float, ...]:
    here: Counter[int] = Counter()
    strongest: dict[int, float] = {}
    sums = [0.0] * len(CLASSES)
    balance = evidence = fresh = _CHOICE * min(residue, 2)
    count = float(residue)
    for place in places:
        phrase, weight = int(found.phrase[place]), min(float(weights[place]), _MOST)
        here[phrase] += 1
        seen[phrase] += 1
        balance += max(weight, -2.0)
        if weight > 0:
            evidence += weight / here[phrase]
            fresh += weight / seen[phrase]
            sums[known.kind[phrase]] += weight / here[phrase]
            strongest[phrase] = max(weight, strongest.get(phrase, 0.0))
            count += (weight > _PLACE) / here[phrase]
    top = [*sorted(strongest.values(), reverse=True)[:2], 0.0, 0.0]
    hundred, root = 100.0 / max(words, _LONG), max(words, _LONG) ** -0.5
    return (
        evidence * root,
        balance * root,
        sqrt(count * hundred),
        top[0],
        top[1],
        *(sqrt(value * hundred) for value in sums),
        sqrt(len(places) * hundred),
        fresh,
    )


def _spans(
    paragraph: Paragraph,
    places: list[int],
    known: Lexicon,
    found: Candidates,
    weights: Matrix,
    residue: tuple[tuple[int, int], ...],
    least: float,
) -> tuple[Span, ...]:
    """Findings: the places that weigh at least `least`, and every unresolved choice."""
    spans = [Span("S205", paragraph.start + start, paragraph.start + end, _CHOICE) for start, end in residue]
    shown = [
        place
        for place in places
        if weights[place] >= least - (_MISPLACED_NAME if _follows_name(paragraph, place, known, found) else 0.0)
    ]
    if shown:
        positions = channel_positions(paragraph.tokens)
        for place in shown:
            first = positions[int(found.start[place])]
            last = positions[int(found.start[place] + found.length[place]) - 1]
            suggestion, *others = found.ranked(place)
            spans.append(
                Span(
                    _CODES[CLASSES[known.kind[found.phrase[place]]]],
                    paragraph.starts[first],
                    paragraph.ends[last],
                    float(weights[place]),
                    suggestion,
                    tuple(others[:_MOST_ALTERNATIVES]),
                )
            )
    return tuple(sorted(spans, key=lambda span: span.start))


def _follows_name(paragraph: Paragraph, place: int, known: Lexicon, found: Candidates) -> bool:
    """Whether the place is an expanded name in the middle of a run of capitalised words."""
    start = int(found.start[place])
    if CLASSES[known.kind[found.phrase[place]]] != "name" or start < 2:
        return False
    before, previous = paragraph.channel[start - 2 : start]
    return previous[0].isupper() and before[0].isalpha()


def document_rows(evidence: Evidence, batch: Batch) -> Matrix:
    """The row of each document (`document_row`), shape (documents, len(DOCUMENT_NAMES))."""
    rows = [
        document_row(Evidence(NAMES, evidence.matrix[start:end], evidence.spans[start:end]), paragraphs)
        for start, end, paragraphs in zip(batch.bounds, batch.bounds[1:], batch.documents, strict=False)
    ]
    return np.array(rows, np.float64).reshape(len(rows), len(DOCUMENT_NAMES))


def document_row(evidence: Evidence, paragraphs: Sequence[Paragraph]) -> Matrix:
    """One document's features from its paragraphs' (`DOCUMENT_NAMES`), shape (len(DOCUMENT_NAMES),).

    Densities are roots of means over words; `total` is the sum of weights with each phrase discounted when it comes
    again (log scale), `spread` the share of longer paragraphs with a place, `worst` the densest of them.
    """
    words = np.array([max(1, paragraph.word_count) for paragraph in paragraphs], np.float64)
    matrix = evidence.matrix
    if not len(words) or np.isnan(matrix).all():
        return np.full(len(DOCUMENT_NAMES), np.nan)
    total = words.sum()
    lengths = np.maximum(words, _LONG)
    column = dict(zip(NAMES, matrix.T, strict=True))
    fresh = float(column["spun_new_evidence"].sum())
    root = max(total, _LONG) ** -0.5
    long_enough = words >= _LONG
    evidence_by_word = column["spun_evidence"]
    strongest = np.sort(column["spun_strongest"])[::-1]
    second = max(float(column["spun_second"].max()), float(strongest[1]) if len(strongest) > 1 else 0.0)

    def density(name: str) -> float:
        return sqrt(float((np.square(column[name]) * lengths).sum()) / max(total, _LONG))

    return np.array(
        [
            fresh * root,
            float(np.log1p(fresh)),
            float((column["spun_balance"] * np.sqrt(lengths)).sum() * root),
            density("spun_places"),
            float(strongest[0]),
            second,
            density("spun_phrases"),
            density("spun_names"),
            density("spun_rules"),
            density("spun_words"),
            density("spun_tested"),
            float((column["spun_places"][long_enough] > 0).mean()) if long_enough.any() else 0.0,
            float(evidence_by_word[long_enough].max()) if long_enough.any() else float(evidence_by_word.max()),
        ]
    )
