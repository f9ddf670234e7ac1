"""What spinners put for words: thesauri, rule lists and recurring pairs, read forwards."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from quality.training.data import bucket
from quality.training.inflection import Forms, Inflector
from quality.training.spinning_counts import Counts, phrase_counts
from quality.training.thesauri import Substitute, Thesaurus

__all__ = [
    "MIXTURE",
    "Ways",
    "english_ways",
    "held_back_term",
    "inflector",
    "plain",
    "read_rules",
    "source_words",
    "substitutions",
    "thesaurus_ways",
    "word_pairs",
]

#: Source → way in which spinners work → what they put for it, with weights.
Ways = Mapping[str, Mapping[str, Sequence[tuple[str, float]]]]
#: Share of spinners (by our guess; its order of magnitude is what matters) that work each way.
MIXTURE = {
    "de": {"synonyms": 0.5, "generic": 0.5},
    "en": {"synonyms": 0.2, "generic": 0.2, "first": 0.1, "rules": 0.25, "rewriter": 0.15, "pairs": 0.1},
}
#: Words and phrases rarer than this in the counted corpora are not read as originals.
_MIN_SOURCE = 15
_MIN_PHRASE_SOURCE = 4


def read_rules(name: str) -> dict[str, tuple[str, ...]]:
    """A hand-collected rule list ("spinning_rules.en"): source → what spinners put."""
    text = (resources.files("quality.training") / f"{name}.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {source: tuple(targets.split("|")) for source, targets in rows}


def held_back_term(expected: str) -> bool:
    """Whether an expected term of the tortured phrases is kept back, to be judged unseen: one in five."""
    return bucket(" ".join(plain(expected)), 5) == 0


def word_pairs(path: Path, *, but: Callable[[str], bool] = lambda _: False) -> dict[str, Counter[str]]:
    """Word substitutions that recur in tortured phrases: source → target → number of different phrases.

    Only phrases of the same number of words as their expected term are aligned, word by word. A pair
    must recur in two phrases at least: one phrase teaches nothing general. Terms for which `but` holds are left out.
    """
    found: dict[str, Counter[str]] = defaultdict(Counter)
    with path.open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
            if but(row["expected"]):
                continue
            phrase = plain(row["phrase"])
            for term in re.split(r" or | and |/", row["expected"]):
                expected = plain(term)
                if len(phrase) != len(expected):
                    continue
                for target, source in zip(phrase, expected, strict=True):
                    if target != source:
                        found[source][target] += 1
    return {
        source: Counter({target: n for target, n in targets.items() if n > 1})
        for source, targets in found.items()
        if max(targets.values()) > 1
    }


def plain(phrase: str) -> list[str]:
    """The words of a phrase in lower case, without what stands in brackets."""
    return [word for word in re.sub(r"\(.*?\)", "", phrase.lower()).split() if word.isalpha() or "-" in word]


def english_ways(
    wordnet: Thesaurus,
    mythes: Thesaurus,
    rules: Mapping[str, Sequence[str]],
    rewriter: Mapping[str, Sequence[str]],
    pairs: Mapping[str, Mapping[str, int]],
    inflector: Inflector,
    sources: Iterable[str],
) -> Ways:
    """What each way of English spinning puts for each source (lower case)."""
    return {
        source: {
            "synonyms": _forms(wordnet, inflector, source, lambda item: item.relation == "synonym"),
            "generic": _forms(wordnet, inflector, source, lambda item: True)
            + _forms(mythes, inflector, source, lambda item: True),
            "first": _forms(wordnet, inflector, source, lambda item: item.sense == 0 and item.relation == "synonym"),
            "rules": [(target, 1.0) for target in rules.get(source, ())],
            "rewriter": [(target, 1.0) for target in rewriter.get(source, ())],
            "pairs": [(target, float(n)) for target, n in pairs.get(source, {}).items()],
        }
        for source in sources
    }


def thesaurus_ways(thesaurus: Thesaurus, forms: Forms, sources: Iterable[str]) -> Ways:
    """The same for a language with one thesaurus and no rule lists: its synonyms, or anything it has."""
    return {
        source: {
            "synonyms": _forms(thesaurus, forms, source, lambda item: item.relation == "synonym"),
            "generic": _forms(thesaurus, forms, source, lambda item: True),
        }
        for source in sources
    }


def substitutions(ways: Ways, mixture: Mapping[str, float]) -> dict[str, dict[str, tuple[float, str]]]:
    """For each source (lower case): what spinners put for it → (chance, class).

    The chances of one source add up to at most 1: a mixture over the ways in which spinners work.
    """
    result: dict[str, dict[str, tuple[float, str]]] = {}
    for source, own in ways.items():
        found: dict[str, tuple[float, str]] = {}
        for way, targets in own.items():
            total = sum(weight for _, weight in targets)
            for target, weight in targets:
                chance = mixture[way] * weight / total
                before, kind = found.get(target, (0.0, "thesaurus"))
                found[target] = (before + chance, "rules" if way in ("rules", "rewriter") else kind)
        if found:
            result[source] = found
    return result


def _forms(
    thesaurus: Thesaurus, inflector: Forms, source: str, wanted: Callable[[Substitute], bool]
) -> list[tuple[str, float]]:
    """What a thesaurus gives for a surface form, put into the same form and, by cruder spinners, left bare."""
    found: list[tuple[str, float]] = []
    for reading in inflector.readings(source):
        for item in thesaurus.get(reading.lemma, ()):
            if item.part_of_speech == reading.part_of_speech and wanted(item):
                form = inflector.inflect(item.phrase, reading.part_of_speech, reading.tense)
                if form == item.phrase:
                    found.append((form, 1.0))
                else:
                    found += [(form, 0.75), (item.phrase, 0.25)]
    return found


def inflector(wordnet_directory: Path, wordnet: Thesaurus, counts: Counts) -> Inflector:
    """English inflection over WordNet's lemmas, with the counted words as witnesses of spelling."""
    lemmas: dict[Any, set[str]] = {"noun": set(), "verb": set(), "adj": set(), "adv": set()}
    for entry, items in wordnet.items():
        for item in items:
            lemmas[item.part_of_speech].add(entry)
    attested = {word for word, number in counts.words.items() if counts.frequency[number] > 1}
    return Inflector.from_wordnet(
        wordnet_directory, {part: frozenset(found) for part, found in lemmas.items()}, attested
    )


def source_words(
    counts: Counts, wordnet: Thesaurus, rules: Mapping[str, Sequence[str]], known: Any, forms: Forms
) -> list[str]:
    """What spinners may have replaced, in lower case: common words, common phrases of the thesaurus, rule sources."""
    lower: Counter[str] = Counter()
    for word, number in counts.words.items():
        if word and word in known and word.replace("-", "").replace("'", "").isalpha():
            lower[word.lower()] += int(counts.frequency[number])
    single = [word for word, n in lower.items() if n >= _MIN_SOURCE and len(word) > 1]
    phrases: set[tuple[str, ...]] = set()
    for entry, items in wordnet.items():
        words = entry.split(" ")
        if 1 < len(words) <= 3 and all(lower[word] >= _MIN_SOURCE for word in words):
            phrases.add(tuple(words))
            for part in {item.part_of_speech for item in items}:
                for tense in {"noun": ("plural",), "verb": ("third", "past", "gerund")}.get(part, ()):
                    phrases.add(tuple(forms.inflect(entry, part, tense).split(" ")))
    human = phrase_counts(counts, phrases) if phrases else {}
    multi = [" ".join(phrase) for phrase, n in human.items() if n >= _MIN_PHRASE_SOURCE]
    return sorted({*single, *multi, *rules})
