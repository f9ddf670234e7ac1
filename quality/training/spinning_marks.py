"""Trains what tells which words of a spun text were exchanged (`quality.features.spinning_marks`).

Tried on 854 spun paragraphs of GUM by three spinners, where 52 % of the changes are found (2026-11; of marks, the
right ones of the spinner that takes first synonyms): the weights that evidence adds up from .75, trees without the ways
of spinning .77, a regression over classes of single features .77, trees with everything .80.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.features import Matrix
from quality.features.spinning_marks import NEVER, TREES
from quality.features.spinning_places import LONGEST, Lexicon, hashes
from quality.features.spinning_words import RATE_STEP, Words, word_hashes
from quality.segmentation import normalise, tokenize
from quality.training.spinning_counts import Counts, phrase_counts
from quality.training.spinning_lexicon import phrase_key
from quality.training.spinning_substitutions import Ways
from quality.training.trees import grown

__all__ = ["WAYS", "fit_marks", "way_rates"]

#: Ways of spinning that are told apart. Rule lists, rewriters and pairs of tortured phrases share their words.
WAYS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "de": (("synonyms",), ("generic",)),
    "en": (("first",), ("synonyms",), ("generic",), ("rules", "rewriter", "pairs")),
}
#: What a way puts and people write is not less than this (counts).
_SELDOM_PUT, _SELDOM_WRITTEN = 0.02, 0.5
#: Trees, their leaves and their depth; twice as many gain nothing (300 texts of three spinners, 2026-11-27).
_TREES, _LEAVES, _DEPTH = 150, 16, 5


def way_rates(
    ways: Ways, groups: Sequence[Sequence[str]], counts: Counts, words: Words, known: Lexicon
) -> dict[str, NDArray[Any]]:
    """How much oftener each group of ways writes the words and the phrases known than people do: `Marks`' arrays.

    The words that a substitution leaves as they were do not count.
    """
    human = phrase_counts(counts, {tuple(source.split(" ")) for source in ways})
    word_put: dict[str, Matrix] = defaultdict(lambda: np.zeros(len(groups)))
    phrase_put: dict[str, Matrix] = defaultdict(lambda: np.zeros(len(groups)))
    for source, own in ways.items():
        before = source.split(" ")
        often = human.get(tuple(before), 0)
        for number, group in enumerate(groups):
            for way in group:
                total = sum(weight for _, weight in own[way])
                for target, weight in own[way]:
                    rate = often * weight / total
                    phrase_put[target][number] += rate
                    for word in target.lower().split(" "):
                        if word not in before:
                            word_put[word][number] += rate
    people = counts.in_lower_case()
    found = np.searchsorted(words.keys, word_hashes(list(word_put)))
    word_ways = np.full((len(words.keys), len(groups)), NEVER)
    for (word, put), at, key in zip(word_put.items(), found.tolist(), word_hashes(list(word_put)), strict=True):
        if at < len(words.keys) and words.keys[at] == key:
            word_ways[at] = _rates(put, people[word])
    phrase_sums = np.zeros((len(known.keys), len(groups)))
    for phrase, put in phrase_put.items():
        place = _number(known, phrase)
        if place is not None:
            phrase_sums[place] += put
    phrase_ways = _rates(phrase_sums, np.expm1(known.written)[:, None])
    return {"word_ways": _steps(word_ways), "phrase_ways": _steps(phrase_ways)}


def _number(known: Lexicon, phrase: str) -> int | None:
    """Which phrase of the lexicon a phrase is; None if none."""
    numbers = [known.words.get(phrase_key(word), 0) for word in normalise(tokenize(phrase)[0])]
    if not 0 < len(numbers) <= LONGEST or 0 in numbers:
        return None
    (key,) = hashes([np.array([number]) for number in numbers])
    at = int(np.searchsorted(known.keys, key))
    return at if at < len(known.keys) and known.keys[at] == key else None


def _rates(put: Matrix, people: Any) -> Matrix:
    """Log of put : written (nats), NEVER where a way puts none."""
    rates: Matrix = np.where(put > 0.0, np.log((put + _SELDOM_PUT) / (people + _SELDOM_WRITTEN)), NEVER)
    return rates


def _steps(rates: Matrix) -> NDArray[np.int8]:
    return np.clip(np.round(rates / RATE_STEP), -127, 127).astype(np.int8)


def fit_marks(
    rows: Mapping[str, Matrix], labels: Mapping[str, NDArray[np.bool_]], seed: int
) -> dict[str, NDArray[Any]]:
    """Trees for marks of the levels "word" and "place": which of them a spinner changed, at the rates that are met."""
    arrays: dict[str, NDArray[Any]] = {}
    for level, own in rows.items():
        intercept, nodes = grown(own, labels[level], trees=_TREES, leaves=_LEAVES, depth=_DEPTH, seed=seed)
        small = {"feature": np.int8, "left": np.int8, "right": np.int8, "split": np.float32, "leaf": np.float32}
        found = {name: values.astype(small[name]) for name, values in nodes.items()}
        found |= {"intercept": np.array(intercept), "depth": np.array(_DEPTH)}
        arrays |= {f"{level}_{name}": found[name] for name in TREES}
    return arrays
