"""Builds the spinning lexicon: thesauri and rule lists, read forwards once and stored backwards.

What spinners of several kinds would put for each common word is kept as phrase → originals, with the rate
at which they would write the phrase beside the rate at which people do.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.features.spinning_places import CLASSES, LONGEST, hashes
from quality.features.spinning_words import RATE_STEP, SELDOM, word_hashes
from quality.segmentation import normalise, tokenize
from quality.training.data import HELD_BACK_PERCENT, bucket, detokenise, language_model_texts, read_rows
from quality.training.inflection import Forms, Inflector
from quality.training.thesauri import Substitute, Thesaurus

__all__ = [
    "PROVENANCE",
    "Counts",
    "Entry",
    "build_lexicon",
    "count",
    "counted_texts",
    "held_back_term",
    "inflector",
    "lexicon_arrays",
    "put_rates",
    "read_rules",
    "same_word",
    "source_words",
    "substitutions",
    "synonyms",
    "word_pairs",
]

#: Share of spinners (by our guess; its order of magnitude is what matters) that work each way.
_MIXTURE = {"synonyms": 0.2, "generic": 0.2, "first": 0.1, "rules": 0.25, "rewriter": 0.15, "pairs": 0.1}
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
rates: counts over the texts of quality.training.spinning_lexicon.counted_texts
""",
}
#: Words and phrases rarer than this in the counted corpora are not read as originals.
_MIN_SOURCE = 15
_MIN_PHRASE_SOURCE = 4


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


def read_rules(name: str) -> dict[str, tuple[str, ...]]:
    """A hand-collected rule list ("spinning_rules.en"): source → what spinners put."""
    text = (resources.files("quality.training") / f"{name}.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {source: tuple(targets.split("|")) for source, targets in rows}


def held_back_term(expected: str) -> bool:
    """Whether an expected term of the tortured phrases is kept back, to be judged unseen: one in five."""
    return bucket(" ".join(_plain(expected)), 5) == 0


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
            phrase = _plain(row["phrase"])
            for term in re.split(r" or | and |/", row["expected"]):
                expected = _plain(term)
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


def _plain(phrase: str) -> list[str]:
    return [word for word in re.sub(r"\(.*?\)", "", phrase.lower()).split() if word.isalpha() or "-" in word]


def substitutions(
    wordnet: Thesaurus,
    mythes: Thesaurus,
    rules: Mapping[str, Sequence[str]],
    rewriter: Mapping[str, Sequence[str]],
    pairs: Mapping[str, Mapping[str, int]],
    inflector: Inflector,
    sources: Iterable[str],
) -> dict[str, dict[str, tuple[float, str]]]:
    """For each source (lower case): what spinners put for it → (chance, class).

    The chances of one source add up to at most 1: a mixture over the ways in which spinners work.
    """
    result: dict[str, dict[str, tuple[float, str]]] = {}
    for source in sources:
        ways: dict[str, list[tuple[str, float]]] = {
            "synonyms": _forms(wordnet, inflector, source, lambda item: item.relation == "synonym"),
            "generic": _forms(wordnet, inflector, source, lambda item: True)
            + _forms(mythes, inflector, source, lambda item: True),
            "first": _forms(wordnet, inflector, source, lambda item: item.sense == 0 and item.relation == "synonym"),
            "rules": [(target, 1.0) for target in rules.get(source, ())],
            "rewriter": [(target, 1.0) for target in rewriter.get(source, ())],
            "pairs": [(target, float(n)) for target, n in pairs.get(source, {}).items()],
        }
        found: dict[str, tuple[float, str]] = {}
        for way, targets in ways.items():
            total = sum(weight for _, weight in targets)
            for target, weight in targets:
                chance = _MIXTURE[way] * weight / total
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


def synonyms(thesaurus: Thesaurus, forms: Forms, sources: Iterable[str]) -> dict[str, dict[str, tuple[float, str]]]:
    """The same for a language with one thesaurus and no rule lists: synonyms half the time, else anything it has."""
    result: dict[str, dict[str, tuple[float, str]]] = {}
    for source in sources:
        found: dict[str, tuple[float, str]] = {}
        for targets in (
            _forms(thesaurus, forms, source, lambda item: item.relation == "synonym"),
            _forms(thesaurus, forms, source, lambda item: True),
        ):
            total = sum(weight for _, weight in targets)
            for target, weight in targets:
                found[target] = (found.get(target, (0.0, ""))[0] + 0.5 * weight / total, "thesaurus")
        if found:
            result[source] = found
    return result


def put_rates(
    table: Mapping[str, Mapping[str, tuple[float, str]]], counts: Counts
) -> tuple[NDArray[np.uint32], NDArray[np.int8]]:
    """How much oftener spinners than people write each word: sorted hashes of words, steps of RATE_STEP nats.

    The words that a substitution leaves as they were do not count. Words of the lowest rate are left out.
    """
    human = phrase_counts(counts, {tuple(source.split(" ")) for source in table})
    people: Counter[str] = Counter()
    for word, number in counts.words.items():
        people[word.lower()] += int(counts.frequency[number])
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
            tokens = tuple(map(_key, written))
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


def _key(word: str) -> str:
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


def phrase_counts(counts: Counts, phrases: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], int]:
    """How often each phrase (keys as `_key` makes them) stands in the counted corpora."""
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
