"""What people write: words and phrases of the corpora counted, and how much oftener spinners write each word."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from quality.features.spinning_places import hashes
from quality.features.spinning_words import RATE_STEP, SELDOM, word_hashes
from quality.segmentation import normalise, tokenize
from quality.training.data import HELD_BACK_PERCENT, bucket, detokenise, language_model_texts, read_rows

__all__ = ["Counts", "count", "counted_texts", "phrase_counts", "put_rates", "rewriter_rates"]


@dataclass(frozen=True, eq=False)
class Counts:
    """What people write: token numbers of the counted corpora (0 ends a paragraph), and counts by word."""

    words: dict[str, int]
    stream: NDArray[np.int32]
    frequency: NDArray[np.int64]
    #: The same within sentences alone, where a capital means something.
    inside: NDArray[np.int64]

    @property
    def total(self) -> int:
        return len(self.stream)

    def of(self, word: str) -> int:
        number = self.words.get(word)
        return 0 if number is None else int(self.frequency[number])

    def in_lower_case(self) -> Counter[str]:
        """How often each word was written, whatever its capitals."""
        lower: Counter[str] = Counter()
        for word, number in self.words.items():
            lower[word.lower()] += int(self.frequency[number])
        return lower


def counted_texts(data: Path, language: str) -> Iterator[str]:
    """Text that no spinner made, for phrase statistics; what thresholds are set on is not among it.

    Output of translation systems counts too: whoever counts it learns that it is no sign of spinning.
    """
    for text in language_model_texts(data, language):
        yield text.text
    if language != "en":
        return
    for name in ("clean/en-imdb-reviews", "clean/en-reuters21578"):
        for row in read_rows(data, name):
            if bucket(row["doc"]) >= HELD_BACK_PERCENT:
                yield from row["text"].split("\n")
    for name in ("mt/wmt13.en", "mt/wmt15.en", "mt/wmt16.en", "mt/mlqe_pe.en"):
        seen: set[str] = set()
        for row in read_rows(data, name):
            # Many systems translate one sentence: of all that begin alike, one counts.
            start = row["text"][:25]
            if start not in seen:
                seen.add(start)
                yield detokenise(row["text"])
    for name in ("boilerplate/tiptop-wceb", "boilerplate/readability", "boilerplate/cleanportaleval"):
        for row in read_rows(data, name):
            if row["lang"] == "en" and bucket(row["doc"]) >= HELD_BACK_PERCENT:
                yield from (line["text"] for line in row["lines"] if line["label"] == "content")


def count(texts: Iterable[str]) -> Counts:
    words: dict[str, int] = {"": 0}
    pieces = []
    for text in texts:
        pieces.append([words.setdefault(word, len(words)) for word in normalise(tokenize(text)[0])] + [0])
    stream = np.concatenate([np.array(piece, np.int32) for piece in pieces])
    ends = np.array([number for mark in ("", ".", "!", "?", ":", "(") if (number := words.get(mark)) is not None])
    within = stream[1:][~np.isin(stream[:-1], ends)]
    return Counts(words, stream, np.bincount(stream, minlength=len(words)), np.bincount(within, minlength=len(words)))


def phrase_counts(counts: Counts, phrases: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], int]:
    """How often each phrase (keys as `phrase_key` makes them) stands in the counted corpora."""
    numbers: dict[str, int] = {}
    for phrase in phrases:
        for word in phrase:
            numbers.setdefault(word, len(numbers) + 1)
    mapped = np.zeros(len(counts.words), np.int64)
    for word, number in counts.words.items():
        mapped[number] = numbers.get(word) or numbers.get(word.lower(), 0)
    stream = mapped[counts.stream]
    by_length: dict[int, list[tuple[str, ...]]] = defaultdict(list)
    for phrase in phrases:
        by_length[len(phrase)].append(phrase)
    result: dict[tuple[str, ...], int] = {}
    alive = np.flatnonzero(stream)
    for length in range(1, max(by_length) + 1):
        if length > 1:
            alive = alive[alive + length <= len(stream)]
            alive = alive[stream[alive + length - 1] != 0]
        group = by_length.get(length, [])
        if not group:
            continue
        keys = hashes([np.array([numbers[phrase[i]] for phrase in group], np.int64) for i in range(length)])
        order = np.argsort(keys)
        here = hashes([stream[alive + offset] for offset in range(length)])
        at = np.minimum(np.searchsorted(keys[order], here), len(keys) - 1)
        found = np.bincount(order[at[keys[order][at] == here]], minlength=len(group))
        result.update((phrase, int(n)) for phrase, n in zip(group, found.tolist(), strict=True) if n)
    return result


def put_rates(
    table: Mapping[str, Mapping[str, tuple[float, str]]], counts: Counts
) -> tuple[NDArray[np.uint32], NDArray[np.int8]]:
    """How much oftener spinners than people write each word: sorted hashes of words, steps of RATE_STEP nats.

    The words that a substitution leaves as they were do not count. Words of the lowest rate are left out.
    """
    human = phrase_counts(counts, {tuple(source.split(" ")) for source in table})
    people = counts.in_lower_case()
    spinners: dict[str, float] = defaultdict(float)
    for source, targets in table.items():
        words = source.split(" ")
        often = human.get(tuple(words), 0)
        for target, (chance, _) in targets.items():
            for word in target.lower().split(" "):
                if word not in words:
                    spinners[word] += chance * often
    rates = {word: np.log((rate + 1e-3) / (people[word] + 0.5)) for word, rate in spinners.items()}
    kept = sorted(word for word, rate in rates.items() if rate > SELDOM)
    keys, first = np.unique(word_hashes(kept), return_index=True)
    steps = np.clip(np.round(np.array([rates[word] for word in kept])[first] / RATE_STEP), -127, 127)
    return keys, steps.astype(np.int8)


def rewriter_rates(table: Mapping[str, Mapping[str, float]], counts: Counts) -> dict[str, NDArray[np.generic]]:
    """How much oftener sentence rewriters than people write each word that they put: `Words`' arrays of them.

    `table` has for each source what rewriters put, with weights. They leave three words in ten as they were.
    """
    human = phrase_counts(counts, {tuple(source.split(" ")) for source in table})
    people = counts.in_lower_case()
    put: dict[str, float] = defaultdict(float)
    for source, targets in table.items():
        words, total = source.split(" "), sum(targets.values())
        for target, weight in targets.items():
            for word in target.lower().split(" "):
                if word not in words:
                    put[word] += human.get(tuple(words), 0) * weight / total
    kept = sorted(put)
    keys, first = np.unique(word_hashes(kept), return_index=True)
    rates = np.array([np.log((put[word] + 0.3 * people[word] + 0.05) / (people[word] + 0.5)) for word in kept])[first]
    return {"rewritten_keys": keys, "rewritten": np.clip(np.round(rates / RATE_STEP), -127, 127).astype(np.int8)}
