"""Builds the spinning lexicon: substitutions turned round, phrase → originals.

Each phrase is kept with the rate at which spinners would write it beside the rate at which people do.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.features.spinning_places import CLASSES, LONGEST, hashes
from quality.segmentation import normalise, tokenize
from quality.training.spinning_counts import Counts, phrase_counts

__all__ = ["PROVENANCE", "Entry", "build_lexicon", "lexicon_arrays", "phrase_key", "same_word"]

#: Originals that are kept for a phrase, the likeliest first; fewer for phrases that people write too, since
#: these are met, and cost time, in every text.
TRIED, TRIED_OF_COMMON, _RARE = 8, 5, 2.0
#: An original that stands behind a smaller share of a phrase's expected uses is left out.
_LEAST_SHARE = 0.01
#: Phrases that people write oftener than spinners would by more than this (log-odds) are not kept: they seldom
#: prove anything. Names and phrases of several words are rare enough to be tried wherever they stand.
LEAST_PRIOR = {"rule": -0.7, "word": 0.0, "phrase": -1.5, "name": -4.0}
#: Where each class of entries is from; shipped in the file.
PROVENANCE = {
    "de": """\
all: spinning_synonyms.de.tsv (collected by hand, this project); rates: counts over the language-model sources
""",
    "en": """\
phrase, name, word: WordNet 3.0 (Princeton; WordNet licence), MyThes th_en_US v2 (LibreOffice; from WordNet)
rule: spinning_rules.en.tsv, spinning_rewriter.en.tsv (collected by hand, this project), and word pairs that recur in
  two or more tortured phrases (Problematic Paper Screener's list; CC BY 4.0, MIT copies)
rates: counts over the texts of quality.training.spinning_counts.counted_texts
""",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One phrase of the lexicon while it is built."""

    tokens: tuple[str, ...]
    kind: str
    originals: tuple[tuple[str, float], ...]
    prior: float
    written: int
    unknown: float
    proper: bool


def build_lexicon(
    table: Mapping[str, Mapping[str, tuple[float, str]]],
    counts: Counts,
    known: Any,
    *,
    names: bool = True,
) -> list[Entry]:
    """Turn substitutions round: phrase → originals, with the odds that spinners rather than people write it.

    `names` tells whether a capital marks names, as it does not in German.
    """
    cased = _cases(counts)
    backwards: dict[tuple[str, ...], dict[str, tuple[float, str]]] = defaultdict(dict)
    proper: Counter[tuple[str, ...]] = Counter()
    for source, targets in table.items():
        for target, (chance, way) in targets.items():
            written = normalise(tokenize(target)[0])
            tokens = tuple(map(phrase_key, written))
            if not 0 < len(tokens) <= LONGEST or tokens == tuple(source.split(" ")):
                continue
            if way != "rules" and (_abbreviated(tokens) or same_word(" ".join(map(str, written)), source)):
                continue
            proper[tokens] += 1 if any(word[0].isupper() for word in written) else -1
            before, kind = backwards[tokens].get(source, (0.0, way))
            backwards[tokens][source] = (before + chance, "rules" if "rules" in (way, kind) else kind)
    needed = set(backwards) | {tuple(source.split(" ")) for source in table}
    human = phrase_counts(counts, needed)
    unknown_total = sum(
        int(counts.frequency[number]) for word, number in counts.words.items() if word and word not in known
    )
    lower_total: Counter[str] = Counter()
    for word, number in counts.words.items():
        lower_total[word.lower()] += int(counts.frequency[number])
    entries = []
    for tokens, originals in backwards.items():
        expected: dict[str, float] = {
            source: chance * human.get(tuple(source.split(" ")), 0) for source, (chance, _) in originals.items()
        }
        seen = human.get(tokens, 0)
        prior = float(np.log((sum(expected.values()) + 1e-3) / (seen + 0.5)))
        total = sum(expected.values())
        # A rare homonym ("em" beside "are" for "area unit") explains nothing; of names, each is rare.
        expected = {
            source: rate
            for source, rate in expected.items()
            if rate >= _LEAST_SHARE * total or cased.get(source, source)[0][:1].isupper()
        }
        tried = TRIED if prior > _RARE else TRIED_OF_COMMON
        best = sorted(expected, key=lambda source: (-expected[source], source))[:tried]
        kinds = {originals[source][1] for source in best[:3]}
        unknown = sum(
            float(np.log((lower_total[token.lower()] + 0.3) / unknown_total))
            for token in tokens
            if not (token in known or token.capitalize() in known)
        )
        surface = [(form, originals[source][0]) for source in best for form in cased.get(source, (source,))]
        kind = _kind(tokens, kinds, surface if names else ())
        if prior < LEAST_PRIOR[kind]:
            continue
        entries.append(Entry(tokens, kind, tuple(surface), prior, seen, unknown, proper[tokens] > 0))
    return entries


def _abbreviated(tokens: tuple[str, ...]) -> bool:
    """Numbers and abbreviations: spelled in many ways by people, and one to the other by none but style guides."""
    return any(token[0].isdigit() or token == "." for token in tokens)


def same_word(phrase: str, source: str) -> bool:
    """Whether two spellings are of one word (organise, organize) or a name and part of it (Vladimir Putin, Putin).

    No damage if a person wrote either, and a language model of one country's English prefers one.

    >>> same_word("normalised", "normalized"), same_word("nearer", "closer")
    (True, False)
    """
    if "'" in phrase:
        return False
    name = phrase != phrase.lower()
    phrase = phrase.lower()
    if f" {source} " in f" {phrase} ":
        return name
    if f" {phrase} " in f" {source} ":
        return True
    a, b = phrase.replace("-", "").replace(" ", ""), source.replace("-", "").replace(" ", "")
    if a == b:
        return True
    if len(a) < 4 or a[:2] != b[:2]:
        return False
    kept = SequenceMatcher(None, a, b, autojunk=False)
    unlike = max(len(a), len(b)) - sum(block.size for block in kept.get_matching_blocks())
    return unlike <= (1 if len(a) < 7 else 2)


def _kind(tokens: tuple[str, ...], ways: set[str], originals: Sequence[tuple[str, float]]) -> str:
    if "rules" in ways:
        return "rule"
    if len(tokens) > 1 and originals and originals[0][0][:1].isupper():
        return "name"
    return "phrase" if len(tokens) > 1 else "word"


def phrase_key(word: str) -> str:
    """Lower case but for acronyms: "AN" for "an" is a substitution, "An" is not."""
    return word if len(word) > 1 and word.isupper() else word.lower()


def _cases(counts: Counts) -> dict[str, tuple[str, ...]]:
    """The spellings in which each lower-case word is an original: the commonest, and others that are no accident.

    "UN" and "Un" are both common and both looked up as "un"; "Us" at the start of a sentence is "us".
    """
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for word, number in counts.words.items():
        if word:
            found[word.lower()].append((int(counts.inside[number]), word))
    result = {}
    for lower, forms in found.items():
        forms.sort(key=lambda form: (-form[0], form[1]))
        total = sum(n for n, _ in forms)
        sentences = forms[0][1] == lower
        others = [form for n, form in forms[1:3] if n >= max(10.0, 0.02 * total) and len(lower) < 5]
        result[lower] = (forms[0][1], *(form for form in others if not (sentences and form.istitle())))
    return result


def lexicon_arrays(
    entries: Sequence[Entry], counts: Counts, weights: NDArray[np.float64], provenance: str
) -> dict[str, NDArray[Any]]:
    """The lexicon as it is shipped (quality.features.spinning_places.Lexicon)."""
    words = sorted({word for entry in entries for word in entry.tokens})
    numbers = {word: number for number, word in enumerate(words, 1)}
    keys = np.empty(len(entries), np.uint64)
    for length in range(1, LONGEST + 1):
        group = [i for i, entry in enumerate(entries) if len(entry.tokens) == length]
        if group:
            columns = [np.array([numbers[entries[i].tokens[at]] for i in group], np.int64) for at in range(length)]
            keys[group] = hashes(columns)
    opens = np.zeros(len(words) + 1, np.uint8)
    for entry in entries:
        opens[numbers[entry.tokens[0]]] |= 1 << len(entry.tokens)
    order = np.argsort(keys).tolist()
    ordered = [entries[i] for i in order]
    originals = sorted({source for entry in ordered for source, _ in entry.originals})
    places = {source: place for place, source in enumerate(originals)}
    return {
        "words": np.frombuffer("\n".join(words).encode(), np.uint8),
        "keys": keys[order],
        "opens": opens,
        "prior": np.array([entry.prior for entry in ordered], np.float16),
        "written": np.array([np.log1p(entry.written) for entry in ordered], np.float16),
        "unknown": np.array([entry.unknown for entry in ordered], np.float16),
        "kind": np.array([CLASSES.index(entry.kind) for entry in ordered], np.uint8),
        "proper": np.array([entry.proper for entry in ordered], np.bool_),
        "first": np.cumsum([0] + [len(entry.originals) for entry in ordered]).astype(np.int32),
        "sources": np.array([places[source] for entry in ordered for source, _ in entry.originals], np.int32),
        "transition": np.array([np.log(chance) for entry in ordered for _, chance in entry.originals], np.float16),
        "common": np.array(
            [np.log10((counts.of(source.split(" ")[0]) + 0.5) / counts.total) for source in originals], np.float16
        ),
        "originals": np.frombuffer("\n".join(originals).encode(), np.uint8),
        "weights": weights,
        "provenance": np.frombuffer(provenance.encode(), np.uint8),
    }
