"""Learns what two exchanged words may have been: known pairs of words, and what each word may stand for."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.features.spinning_terms import CHANCE_STEP, MOST_SOURCES, RATE_STEP
from quality.training.spinning_counts import Counts
from quality.training.spinning_substitutions import plain

__all__ = ["named_pairs", "term_arrays"]

#: A pair of words is known when it was read so often, and so much oftener than chance would have it (nats). Pairs that
#: were read three times would take another .14 MB, and find 33 for 32 % of tortured phrases, 6 for 5 % of sound
#: sentences (gain over 5 nats, 437 sentences, 2026-11-27).
_READ, _BOUND = 4, 2.5
#: Pairs within terms are known unread; they count as if read so many times more. A technical term is commoner in
#: the texts that are about it than in any corpus. Chosen by hand.
_NAMED = {"thesaurus": 2.0, "technical": 8.0}
#: So many commonest words are no part of a term. Chosen by hand.
_COMMONEST = 120
#: Words are numbered with 16 bits.
_MOST_WORDS = 65_000


def named_pairs(
    entries: Iterable[str], tortured: Path, *, but: Callable[[str], bool] = lambda _: False
) -> dict[tuple[str, str], float]:
    """Pairs of words side by side in a thesaurus' entries and in expected terms of tortured phrases, and their weight.

    Terms for which `but` holds are left out.
    """
    found: dict[tuple[str, str], float] = {}
    for entry in entries:
        words = entry.lower().split(" ")
        found.update(((one, two), _NAMED["thesaurus"]) for one, two in pairwise(words))
    with tortured.open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
            if not but(row["expected"]):
                for term in re.split(r" or | and |/", row["expected"]):
                    words = plain(term)
                    found.update(((one, two), _NAMED["technical"]) for one, two in pairwise(words))
    return found


def term_arrays(
    table: Mapping[str, Mapping[str, tuple[float, str]]], named: Mapping[tuple[str, str], float], counts: Counts
) -> dict[str, NDArray[Any]]:
    """The arrays of `quality.features.spinning_terms.Terms`, from what spinners put for what (`substitutions`)."""
    people = counts.in_lower_case()
    common = {word for word, _ in people.most_common(_COMMONEST)}
    pairs = _read_pairs(counts, people, common)
    for (one, two), weight in named.items():
        if _may(one, common) and _may(two, common):
            pairs[one, two] = pairs.get((one, two), 0.0) + weight
    members = {word for pair in pairs for word in pair}
    backwards: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for source, targets in table.items():
        if source in members and source not in common:
            for target, (chance, _) in targets.items():
                if " " not in target and target.lower() != source and _may(target.lower(), common):
                    backwards[target.lower()].append((source, chance))
    for target, sources in backwards.items():
        sources.sort(key=lambda item: (-item[1] * people[item[0]], item[0]))
        backwards[target] = sources[:MOST_SOURCES]
    reached = {source for sources in backwards.values() for source, _ in sources}
    ranked = sorted({*backwards, *reached}, key=lambda word: (-people[word], word))[:_MOST_WORDS]
    words = sorted({*ranked, *(word for word in members if people[word] > 50)})[:_MOST_WORDS]
    numbers = {word: number for number, word in enumerate(words)}
    lengths, sources_of, chances = list[int](), list[int](), list[float]()
    for word in words:
        own = [(numbers[source], chance) for source, chance in backwards.get(word, ()) if source in numbers]
        lengths.append(len(own))
        sources_of += [source for source, _ in own]
        chances += [float(np.log(chance)) for _, chance in own]
    known = sorted(
        (numbers[one] * len(words) + numbers[two], rate)
        for (one, two), rate in pairs.items()
        if one in numbers and two in numbers
    )
    rates = np.log(np.array([rate for _, rate in known]) / counts.total)
    return {
        "term_words": np.frombuffer("\n".join(words).encode(), np.uint8),
        "term_lengths": np.array(lengths, np.uint8),
        "term_sources": np.array(sources_of, np.uint16),
        "term_chances": np.clip(np.round(np.array(chances) / CHANCE_STEP), -127, 0).astype(np.int8),
        # Steps from each to the next, which compress to half of what the numbers do.
        "term_pairs": np.diff(np.array([key for key, _ in known], np.uint32), prepend=np.uint32(0)),
        "term_rates": np.clip(np.round(rates / RATE_STEP), -127, 0).astype(np.int8),
        "term_weights": np.array([1.0, 0.0]),
    }


def _may(word: str, common: set[str]) -> bool:
    return len(word) > 2 and word.replace("-", "").isalpha() and word not in common


def _read_pairs(counts: Counts, people: Mapping[str, int], common: set[str]) -> dict[tuple[str, str], float]:
    """Pairs that were read often enough, and oftener than chance would have it: how often each was."""
    lower = {word: number for number, word in enumerate(people)}
    words = list(people)
    mapped = np.array([lower[word.lower()] for word in counts.words], np.int64)
    stream = mapped[counts.stream]
    often = np.array([people[word] for word in words], np.float64)
    fit = np.array([_may(word, common) for word in words])
    joined = fit[stream[:-1]] & fit[stream[1:]]
    keys, read = np.unique(stream[:-1][joined] * len(words) + stream[1:][joined], return_counts=True)
    one, two = keys // len(words), keys % len(words)
    bound = np.log(read * counts.total / (often[one] * often[two]))
    kept = (read >= _READ) & (bound > _BOUND)
    return {
        (words[first], words[second]): float(times)
        for first, second, times in zip(one[kept].tolist(), two[kept].tolist(), read[kept].tolist(), strict=True)
    }
