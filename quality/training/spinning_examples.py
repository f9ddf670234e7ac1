"""Text with known spinning: clean text of every register, and the same put through spinners of our own.

Both sides of the comparison speak of the same things; spinners come in families, whole ones of which are
left out in turn, and two (`UNTAUGHT`) teach nothing at all: they stand for spinners that nobody has seen.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from quality.training.data import HELD_BACK_PERCENT, Text, bucket, chunks, clean_texts, translation_texts
from quality.training.inflection import Forms
from quality.training.judgements import Subject
from quality.training.spinner import Edit, Spinner
from quality.training.thesauri import Relation, Thesaurus

__all__ = [
    "UNTAUGHT",
    "Example",
    "english_spinners",
    "examples",
    "families_of",
    "family",
    "german_spinners",
    "with_term",
]

#: Families that are for evaluation only: co-hyponyms, and a thesaurus that owes nothing to WordNet.
UNTAUGHT = ("sisters", "roget")
_EVERY: frozenset[Relation] = frozenset({"synonym", "generic", "similar"})
_SYNONYMS: frozenset[Relation] = frozenset({"synonym"})
#: Output of these tasks was not counted for the lexicon: it is news to it.
_TASKS = {
    "de": ("mt/wmt18_20_human.de", "mt/wmt21.de", "mt/wmt23.de", "msdocs/de"),
    "en": ("mt/wmt18_20_human.en", "mt/wmt21.en", "mt/wmt23.en"),
}
#: Spun texts that are made from one source, texts of machine translation that are taken from one task.
_SPUN_OF_SOURCE, _TRANSLATED_OF_TASK = 450, 800
_LONGEST_TEXT = 12_000
#: Share of the spun passages that stand there once more, sound but for a term of their own. A phrase that is the
#: subject of a text ("area unit" in a land register) is repeated, and alone: that is no spinning.
_TERMS = 0.2
_WORD = re.compile(r"[^\W\d_]{4,}")
#: Clean texts that are taken from one source.
_CLEAN_OF_SOURCE = 1500
#: Human references of this set's first part were put through a rewriter ("the foremost noteworthy yearly decreases"):
#: found by this channel, checked by reading.
_REWRITTEN_REFERENCES = "generaltest2023/zh-en|human"
_COUNTED_WHOLE = (
    "clean/en-imdb-reviews",
    "clean/en-reuters21578",
    "boilerplate/tiptop-wceb",
    "boilerplate/readability",
)


def english_spinners(
    wordnet: Thesaurus,
    mythes: Thesaurus,
    other: Thesaurus,
    unseen: Thesaurus,
    rules: Mapping[str, Sequence[str]],
    rewritten: Mapping[str, Sequence[str]],
    forms: Forms,
    common: frozenset[str],
) -> tuple[Spinner, ...]:
    """Spinners of several kinds. The names before the dash are the families that are left out in turn."""
    spinners = (
        Spinner("first-mild", wordnet, {}, forms, _SYNONYMS, rate=0.2, first_sense=True),
        Spinner("first-full", wordnet, {}, forms, _SYNONYMS, rate=0.6, first_sense=True, skill=0.6),
        Spinner("mythes-mild", mythes, {}, forms, _SYNONYMS, rate=0.12),
        Spinner("mythes-full", mythes, {}, forms, _SYNONYMS, rate=0.4, skill=0.4, consistent=False),
        Spinner("mythes-rules", mythes, rules, forms, _SYNONYMS, rate=0.12, rule_rate=0.3, skill=0.9),
        Spinner("generic-mild", mythes, {}, forms, _EVERY, rate=0.12),
        Spinner("generic-full", mythes, {}, forms, _EVERY, rate=0.3, skill=0.5),
        Spinner("wild-mild", wordnet, rules, forms, _EVERY, rate=0.06, rule_rate=0.35, caseless=True),
        Spinner("wild-full", wordnet, rules, forms, _EVERY, rate=0.15, rule_rate=0.6, caseless=True),
        Spinner("rules-only", {}, rules, forms, rate=0.0, rule_rate=0.5),
        Spinner("pairs-mild", wordnet, rewritten, forms, _SYNONYMS, rate=0.08, rule_rate=0.4),
        Spinner("pairs-full", mythes, rewritten, forms, _SYNONYMS, rate=0.15, rule_rate=0.8),
        Spinner("sisters-mild", other, {}, forms, rate=0.15),
        Spinner("sisters-full", other, {}, forms, rate=0.35),
        Spinner("roget-mild", unseen, {}, forms, rate=0.3, skill=0.9),
        Spinner("roget-full", unseen, {}, forms, rate=0.6, skill=0.7, consistent=False),
    )
    return tuple(replace(spinner, untouched=common) for spinner in spinners)


def german_spinners(
    thesaurus: Thesaurus, own: Thesaurus, forms: Forms, bare: Forms, own_forms: Forms, common: frozenset[str]
) -> tuple[Spinner, ...]:
    """Spinners that read OpenThesaurus, and one with a list of its own; `bare` knows no endings: base forms alone."""
    spinners = (
        Spinner("exact-mild", thesaurus, {}, bare, _SYNONYMS, rate=0.3, skill=0.0),
        Spinner("exact-full", thesaurus, {}, bare, _SYNONYMS, rate=0.8, skill=0.0, consistent=False),
        Spinner("blind-mild", thesaurus, {}, bare, _EVERY, rate=0.25, skill=0.0),
        Spinner("blind-full", thesaurus, {}, bare, _EVERY, rate=0.6, skill=0.0),
        Spinner("stemmed-mild", thesaurus, {}, forms, _SYNONYMS, rate=0.15, skill=0.3),
        Spinner("stemmed-full", thesaurus, {}, forms, _SYNONYMS, rate=0.45, skill=0.5, consistent=False),
        Spinner("generic-mild", thesaurus, {}, forms, _EVERY, rate=0.15, skill=0.8),
        Spinner("generic-full", thesaurus, {}, forms, _EVERY, rate=0.4, skill=0.2),
        Spinner("first-mild", thesaurus, {}, forms, _SYNONYMS, rate=0.2, first_sense=True, skill=0.9),
        Spinner("first-full", thesaurus, {}, forms, _SYNONYMS, rate=0.5, first_sense=True, skill=0.7),
        Spinner("own-mild", own, {}, own_forms, _SYNONYMS, rate=0.5, skill=0.4),
        Spinner("own-full", own, {}, own_forms, _SYNONYMS, rate=0.9, skill=0.6, consistent=False),
    )
    return tuple(replace(spinner, untouched=common, names=False) for spinner in spinners)


def family(spinner: Spinner) -> str:
    return spinner.name.split("-")[0]


def families_of(spinners: Sequence[Spinner]) -> tuple[str, ...]:
    """The families of spinners, each once; their numbers are the folds."""
    return tuple(dict.fromkeys(map(family, spinners)))


@dataclass(frozen=True, slots=True)
class Example:
    """A text with its label (1 spun), what was done to it, and where it is from."""

    text: str
    label: int
    source: str
    fold: int
    trains: bool
    edits: tuple[Edit, ...] = ()
    #: Share of the words that were replaced, 0..1.
    share: float = 0.0
    #: Whether a clean text stands beside its spun self.
    paired: bool = False
    #: What is known of the text that it is, or was made from.
    subject: Subject = field(default_factory=Subject)


def examples(data: Path, language: str, spinners: Sequence[Spinner], seed: int) -> list[Example]:
    """Clean and machine-translated texts, and spun ones made from texts of the same sources.

    The fold of a spun text is its spinner's family, so that every family is judged by a regression that
    has not seen it; that of a clean one goes by site, author or system.
    """
    chance = random.Random(f"{seed}/spinning")
    folds = families_of(spinners)
    clean: dict[str, list[Text]] = defaultdict(list)
    for text in clean_texts(data, language):
        if text.source not in _COUNTED_WHOLE or bucket(text.document) < HELD_BACK_PERCENT:
            clean[text.source].append(text)
    translated: dict[str, list[Text]] = defaultdict(list)
    for text in translation_texts(data, language):
        if text.source in _TASKS[language] and not text.document.startswith(_REWRITTEN_REFERENCES):
            (translated if text.label == "mt" else clean)[text.source].append(text)
    for tasks in (clean, translated):
        for source in _TASKS[language]:
            if source.startswith("mt/"):
                tasks[source] = list(chunks(tasks[source], (4, 8, 12, 20), separator="\n"))
    for source, texts in clean.items():
        clean[source] = chance.sample(texts, min(_CLEAN_OF_SOURCE, len(texts)))
    found = [_untouched(text, len(folds)) for texts in clean.values() for text in texts]
    for texts in translated.values():
        found += [_untouched(text, len(folds)) for text in chance.sample(texts, min(_TRANSLATED_OF_TASK, len(texts)))]
    for texts in clean.values():
        allowed = [text for text in texts if text.weight > 0]
        for text in chance.sample(allowed, min(_SPUN_OF_SOURCE, len(allowed))):
            spinner = chance.choice(spinners)
            passage = _passage(text.text, chance)
            spun = spinner.spin(passage, chance.randrange(1 << 30))
            if spun.share >= 0.02:
                fold, taught = folds.index(family(spinner)), family(spinner) not in UNTAUGHT
                about = replace(_subject(text), system=spinner.name, task="")
                found.append(Example(spun.text, 1, text.source, fold, taught, spun.edits, spun.share, subject=about))
                # The same passage as it was: what sets the two apart is the spinning alone.
                own = bucket(text.group, len(folds))
                part = replace(_subject(text), part=True)
                found.append(Example(passage, 0, text.source, own, True, paired=True, subject=part))
                term = with_term(passage, spinner, chance) if taught and chance.random() < _TERMS else None
                if term is not None:
                    altered = replace(_subject(text), altered=True)
                    found.append(Example(term, 0, text.source, own, True, subject=altered))
    return found


def with_term(passage: str, spinner: Spinner, chance: random.Random) -> str | None:
    """The passage with one of its repeated nouns called by another name throughout, as a text of some trade may."""
    counts = Counter(word.lower() for word in _WORD.findall(passage))
    nouns = {
        word: [item for item in spinner.thesaurus.get(word, ()) if item.part_of_speech == "noun"]
        for word, times in sorted(counts.items())
        if times > 1 and word not in spinner.untouched
    }
    repeated = [word for word, found in nouns.items() if found]
    if not repeated:
        return None
    word = chance.choice(repeated)
    only = {word: (chance.choice(nouns[word]),)}
    changed = replace(spinner, thesaurus=only, rules={}, relations=_EVERY, rate=1.0, first_sense=False)
    return changed.spin(passage, 0).text


def _untouched(text: Text, folds: int) -> Example:
    fold = bucket(text.group, folds)
    return Example(text.text[:_LONGEST_TEXT], 0, text.source, fold, text.weight > 0, subject=_subject(text))


def _subject(text: Text) -> Subject:
    return Subject.of(text, words=0, segments=None, score=None, altered=False)


def _passage(text: str, chance: random.Random) -> str:
    """Some paragraphs in a row."""
    paragraphs = text.split("\n")
    first = chance.randrange(max(1, len(paragraphs) - 4))
    return "\n".join(paragraphs[first : first + 12])[: chance.choice((300, 600, 1200, 2500, 5000))]
