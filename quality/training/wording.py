"""Learns which words of a translation a person would change: from sentences that people corrected, and made ones."""

from __future__ import annotations

import logging
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from quality.document import Document
from quality.features import Batch, Matrix, Vocabulary, fluency, translation, wording
from quality.features.ngrams import NgramModel
from quality.features.wording import NUMBERS, SLOTS, TERMS, SlipModel
from quality.model import Models
from quality.segmentation import segment
from quality.training.data import LANGUAGE_MODEL_SOURCES, Text, bucket, clean_texts, detokenise, read_rows
from quality.training.generated import DamageMaker
from quality.training.weights import quantised

if TYPE_CHECKING:
    import kenlm

__all__ = ["Correction", "changed_words", "corrections", "least_shown", "made_corrections", "train_wording"]

log = logging.getLogger(__name__)

#: The share of stretches of what people write that is not worth a look. By corrections alone, of sentences left out
#: (German, English): 15 and 12 % of the stretches reach what one in ten of people's does, and 50 and 78 % of these have
#: a changed word; at one in twenty 8 and 6 %, and 54 and 82 %; of all stretches 34 and 58 % have one. At one in ten as
#: many are shown as of old by n-grams. An experiment, by no script that is kept (2026-11-27).
_NOT_SHOWN = 0.9
#: Corrected sentences that are learned from at most. With all 36,468 English ones training takes eight minutes instead
#: of three, and AUROC by language left out is better by .007 to worse by .012 (2026-11-27).
_MOST_CORRECTED = 15_000
#: Sound sentences that damage is put into, and words of each, at least and at most. Chosen by hand.
_MADE_SENTENCES, _MADE_WORDS = 12_000, (8, 50)
#: What they weigh together beside all that people corrected (features/wording.py).
_MADE_WEIGHT = 0.2
_SENTENCE_END = re.compile(r"(?<=[.!?]) +")
#: Texts, or sentences, that are measured together.
_TOGETHER = 64
#: Inverse of the regression's penalty. Chosen by hand.
_PENALTY = 0.03
#: Parts that sentences are left out by where all are translated from one language, and made ones by site. Chosen by
#: hand.
_PARTS = 4
#: Words of a sentence that figures are given of: of fewer any stretch is as good as another. Chosen by hand.
_FEWEST = 8


@dataclass(frozen=True, slots=True)
class Correction:
    """A machine's sentence and what a person made of it; `group` is what is left out together.

    Or, `made`, a person's sentence and before it what damage was put into it.
    """

    machine: str
    corrected: str
    group: str
    made: bool = False


@dataclass(frozen=True, eq=False)
class _Words:
    """The words of machines' sentences: what is measured of each, and whether it was changed, shape (words,) each."""

    rows: sparse.csr_matrix
    changed: NDArray[np.bool_]
    sentences: NDArray[np.intp]
    groups: NDArray[np.str_]
    made: NDArray[np.bool_]
    surprise: Matrix
    by_ngrams: Matrix


def corrections(data: Path, language: str) -> list[Correction]:
    """Sentences into a language with their corrections; groups are the languages that they were translated from.

    Where that is one, they are parts of the sentences, of which several may be from one article.
    """
    pairs: dict[tuple[str, str, str], dict[str, str]] = {}
    for row in read_rows(data, f"mt/mlqe_pe.{language}"):
        if row["kind"] in ("mt", "human-postedit"):
            key = row["src_lang"], row["set"], row["seg"]
            pairs.setdefault(key, {})[row["kind"]] = detokenise(row["text"])
    whole = {key: pair for key, pair in pairs.items() if len(pair) == 2}
    several = len({source for source, _, _ in whole}) > 1
    return [
        Correction(pair["mt"], pair["human-postedit"], key[0] if several else f"part {bucket('/'.join(key), _PARTS)}")
        for key, pair in whole.items()
    ]


def made_corrections(texts: Sequence[Text], chance: random.Random) -> list[Correction]:
    """Sentences that people wrote, with wrong forms, small words and order; groups are parts of the texts' groups."""
    sentences = [
        (sentence, f"made, part {bucket(text.group, _PARTS)}")
        for text in texts
        for line in text.text.split("\n")
        for sentence in _SENTENCE_END.split(line)
        if _MADE_WORDS[0] <= len(sentence.split()) <= _MADE_WORDS[1]
    ]
    maker = DamageMaker(text.text for text in texts)
    chosen = chance.sample(sentences, min(len(sentences), _MADE_SENTENCES))
    made = [Correction(maker.misworded(sentence, chance), sentence, group, made=True) for sentence, group in chosen]
    return [one for one in made if one.machine != one.corrected]


def changed_words(machine: Sequence[str], corrected: Sequence[str]) -> NDArray[np.bool_]:
    """Which words of a sentence are others, or gone, in its correction, shape (words,).

    >>> changed_words("he goed to home".split(), "he went home".split()).tolist()
    [False, True, True, False]
    """
    changed = np.zeros(len(machine), np.bool_)
    for tag, first, last, _, _ in SequenceMatcher(None, machine, corrected, autojunk=False).get_opcodes():
        if tag in ("replace", "delete"):
            changed[first:last] = True
    return changed


def train_wording(data: Path, output: Path, language: str, *, seed: int, models: Models, people: Iterable[Text]) -> str:
    """Write `output/LANGUAGE/slips.npz`; a table in Markdown of what is found in groups left out. Some five minutes.

    `models` must hold the language's fluency model and n-grams; `people` is what people wrote, for the threshold.
    """
    ngrams = translation.ngram_model(models, language)
    model = fluency.language_model(models, language)
    if ngrams is None or model is None:
        raise ValueError(f"{language}: no n-grams or no language model to measure words with")
    # Of other sources than the language model's, whose other texts it has read: there it would stumble over less.
    known = LANGUAGE_MODEL_SOURCES[language]
    unknown = [text for text in clean_texts(data, language) if text.weight > 0 and text.source not in known]
    chance = random.Random(f"{seed}/{language}/wording")
    sentences = corrections(data, language)
    sentences = chance.sample(sentences, min(len(sentences), _MOST_CORRECTED))
    sentences += made_corrections(unknown, chance)
    words = _measured(sentences, ngrams, model)
    held_out = np.zeros(len(words.groups))
    for group in np.unique(words.groups):
        own = words.groups == group
        numbers, clusters, intercept = _fitted(words, ~own)
        held_out[own] = words.rows[own] @ np.concatenate([numbers, clusters.ravel()]) + intercept
    numbers, clusters, intercept = _fitted(words, np.ones(len(words.groups), np.bool_))
    small, scale = quantised(clusters)
    slips = SlipModel(numbers, small.astype(np.float64) * scale, intercept, 0.0)
    least = least_shown(people, lambda batch: slips.log_odds(batch, ngrams, model), SlipModel.length, _NOT_SHOWN)
    np.savez_compressed(
        output / language / "slips.npz",
        allow_pickle=False,
        numbers=numbers,
        clusters=small,
        scale=np.float64(scale),
        intercept=np.float64(intercept),
        least=np.float64(least),
    )
    log.info("%s: wording learned from %d corrected sentences", language, len(sentences))
    return _table(language, words, held_out, least)


def least_shown(people: Iterable[Text], evidence: Callable[[Batch], Matrix], length: int, not_shown: float) -> float:
    """The mean evidence of a stretch of so many words that all but a share of what people write stays under.

    By every tenth text; `evidence` is that of each word of a batch's channel.
    """
    found = []
    remaining = islice(people, 0, None, 10)
    while some := list(islice(remaining, _TOGETHER)):
        batch = Batch.of([segment(Document(text.text)) for text in some])
        found += list(_stretches(evidence(batch), batch.channel.bounds, length))
    return float(np.quantile(np.concatenate(found), not_shown))


def _stretches(values: Matrix, bounds: NDArray[np.intp], length: int) -> Iterator[Matrix]:
    """The means of the stretches of each run that is long enough."""
    for start, stop in pairwise(bounds.tolist()):
        if stop - start >= length:
            yield np.convolve(values[start:stop], np.full(length, 1 / length), "valid")


def _measured(sentences: Sequence[Correction], ngrams: NgramModel, model: kenlm.Model) -> _Words:
    vocabulary = Vocabulary()
    numbers, slots, values, changed, surprise, by_ngrams, owners = [], [], [], [], [], [], []
    remaining = iter(enumerate(sentences))
    while some := list(islice(remaining, _TOGETHER)):
        batch, corrected = (
            Batch.of([segment(Document(text)) for text in texts], vocabulary)
            for texts in ([one.machine for _, one in some], [one.corrected for _, one in some])
        )
        measured = wording.numbers(batch, model)
        numbers.append(np.column_stack(measured))
        terms = wording.terms(batch, ngrams, measured)
        slots.append(np.column_stack([slot for slot, _ in terms]))
        values.append(np.column_stack([value for _, value in terms]))
        surprise.append(-measured[0])
        by_ngrams.append(translation.shown_words(ngrams, ngrams.weigh(batch.channel), np.zeros(len(measured[0]))))
        for (number, _), machine, person in zip(some, _documents(batch), _documents(corrected), strict=True):
            changed.append(changed_words(machine, person))
            owners.append(np.full(len(machine), number))
    places = np.vstack(slots) + np.arange(len(TERMS)) * SLOTS
    starts = np.arange(len(places) + 1) * len(TERMS)
    shape = (len(places), len(TERMS) * SLOTS)
    clusters = sparse.csr_matrix((np.vstack(values).ravel(), places.ravel(), starts), shape=shape)
    owner = np.concatenate(owners)
    return _Words(
        rows=sparse.hstack([sparse.csr_matrix(np.vstack(numbers)), clusters]).tocsr(),
        changed=np.concatenate(changed),
        sentences=owner,
        groups=np.array([one.group for one in sentences])[owner],
        made=np.array([one.made for one in sentences])[owner],
        surprise=np.concatenate(surprise),
        by_ngrams=np.concatenate(by_ngrams),
    )


def _documents(batch: Batch) -> Iterator[list[str]]:
    """The words of each document's channel."""
    for first, last in pairwise(batch.channel.bounds[batch.bounds].tolist()):
        yield batch.channel.all_words[first:last]


def _fitted(words: _Words, chosen: NDArray[np.bool_]) -> tuple[Matrix, Matrix, float]:
    """Weights of numbers and of clusters, and intercept, for an even prior, by the chosen words."""
    from sklearn.linear_model import LogisticRegression

    rows, changed, made = words.rows[chosen], words.changed[chosen], words.made[chosen]
    weights = np.zeros(len(changed))
    for kind, share in ((~made, 1.0), (made, _MADE_WEIGHT)):
        for label in (kind & changed, kind & ~changed):
            weights[label] = share * (~made).sum() / 2 / max(label.sum(), 1)
    # Numbers that differ as clusters do are held back as they are.
    spread = np.ones(rows.shape[1])
    spread[: len(NUMBERS)] = rows[:, : len(NUMBERS)].toarray().std(axis=0)
    spread[spread == 0] = 1.0
    regression = LogisticRegression(C=_PENALTY, max_iter=1000)
    regression.fit(rows @ sparse.diags(1.0 / spread), changed, sample_weight=weights)
    coefficients = regression.coef_[0] / spread
    clusters = coefficients[len(NUMBERS) :].reshape(len(TERMS), SLOTS)
    return coefficients[: len(NUMBERS)], clusters, float(regression.intercept_[0])


def _table(language: str, words: _Words, held_out: Matrix, least: float) -> str:
    """What is found of changed words in each group by what was learned without it, beside chance and two others."""
    length = SlipModel.length
    lines = [
        f"### machine_translation, words shown, {language}",
        "",
        f"Sentences that people corrected, and made ones, of {_FEWEST} words and more. AUROC: the chance that a word",
        "that was changed has more evidence than another of its sentence. Most doubtful: how often the stretch of",
        f"{length} words with the most evidence has a changed word; any: how often a stretch has one. Shown: stretches",
        "over the threshold, and how often they have one. n-grams: what tells translations; surprise: of the language",
        "model.",
        "",
        "| left out | sentences | words changed | AUROC, n-grams | surprise | this | any | most doubtful, n-grams "
        "| surprise | this | shown | with a change |",
        f"|---|{'---:|' * 11}",
    ]
    ways = (words.by_ngrams, words.surprise, held_out)
    for group in np.unique(words.groups):
        chosen = np.flatnonzero(words.groups == group)
        areas, hits, changes, shown = [], [], [], []
        for sentence in np.split(chosen, np.flatnonzero(np.diff(words.sentences[chosen])) + 1):
            changed = words.changed[sentence]
            if len(sentence) < _FEWEST:
                continue
            changes.append(changed)
            touched = np.convolve(changed, np.ones(length), "valid") > 0
            evidence = [np.convolve(way[sentence], np.full(length, 1 / length), "valid") for way in ways]
            hits.append([touched.mean(), *touched[np.argmax(evidence, axis=1)]])
            shown.append(np.stack([evidence[-1] >= least, touched & (evidence[-1] >= least)]))
            if changed.any() and not changed.all():
                areas.append([_before(way[sentence][changed], way[sentence][~changed]) for way in ways])
        over, right = np.concatenate(shown, axis=1).mean(axis=1)
        cells = [
            group,
            str(len(changes)),
            f"{np.concatenate(changes).mean():.0%}",
            *(f"{value:.3f}" for value in np.mean(areas, axis=0)),
            *(f"{value:.0%}" for value in np.mean(hits, axis=0)),
            f"{over:.0%}",
            f"{right / over:.0%}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _before(changed: Matrix, kept: Matrix) -> float:
    """The chance that a changed word has more evidence than a kept one: AUROC, quick for a few words."""
    difference = changed[:, None] - kept
    return float((difference > 0).mean() + (difference == 0).mean() / 2)
