"""German endings as spinners treat them: cut off to look a word up, hung on to what is found, agreeing or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from quality.training.inflection import PartOfSpeech, Reading

__all__ = ["BareForms", "GermanForms", "part_of_speech"]

#: Endings that are cut off a surface form to find its entry, longest first. A verb's replaces that of its infinitive.
_ENDINGS: Mapping[PartOfSpeech, tuple[str, ...]] = {
    "noun": ("en", "er", "es", "n", "e", "s"),
    "adj": ("eren", "sten", "ste", "en", "er", "es", "em", "e"),
    "verb": ("test", "ten", "tet", "te", "st", "t", "e"),
}


@dataclass(frozen=True)
class GermanForms:
    """Entries of a thesaurus (lower case) by part of speech; what the part is, spelling tells.

    >>> forms = GermanForms.of(["Haus", "laufen", "schnell"])
    >>> [(reading.lemma, reading.tense) for reading in forms.readings("hauses")]
    [('haus', 'es')]
    >>> forms.inflect("Gebäude", "noun", "es"), forms.inflect("rennen", "verb", "t")
    ('Gebäudes', 'rennt')
    """

    lemmas: Mapping[PartOfSpeech, frozenset[str]]

    @classmethod
    def of(cls, entries: Iterable[str]) -> GermanForms:
        lemmas: dict[PartOfSpeech, set[str]] = {"noun": set(), "verb": set(), "adj": set()}
        for entry in entries:
            lemmas[part_of_speech(entry)].add(entry.lower())
        return cls({part: frozenset(found) for part, found in lemmas.items()})

    def readings(self, word: str) -> tuple[Reading, ...]:
        """The entries that a lower-case form may be of, with its ending."""
        found = [Reading(word, part, "base") for part, known in self.lemmas.items() if word in known]
        for part, endings in _ENDINGS.items():
            known = self.lemmas[part]
            for ending in endings:
                stem = word[: -len(ending)]
                if len(stem) < 3 or not word.endswith(ending):
                    continue
                lemma = next((stem + rest for rest in ("en", "n") if stem + rest in known), "")
                if part == "verb" and lemma:
                    found.append(Reading(lemma, part, ending))
                elif part != "verb" and stem in known:
                    found.append(Reading(stem, part, ending))
        return tuple(found)

    def inflect(self, lemma: str, part: PartOfSpeech, tense: str) -> str:
        """The entry with the ending; an ending that it has already is not doubled."""
        if tense == "base":
            return lemma
        if part == "verb":
            stem = lemma.removesuffix("en") if lemma.endswith("en") else lemma.removesuffix("n")
            return stem + tense
        if lemma.endswith("e") and tense.startswith("e"):
            return lemma + tense[1:]
        return lemma if part == "noun" and lemma.endswith(tense) else lemma + tense


@dataclass(frozen=True)
class BareForms:
    """The same for spinners that know no endings: a word is an entry or is left alone."""

    forms: GermanForms

    def readings(self, word: str) -> tuple[Reading, ...]:
        return tuple(reading for reading in self.forms.readings(word) if reading.tense == "base")

    def inflect(self, lemma: str, part: PartOfSpeech, tense: str) -> str:
        return lemma


def part_of_speech(entry: str) -> PartOfSpeech:
    """Nouns have a capital, verbs their infinitive's ending; the rest is taken for adjectives.

    >>> [part_of_speech(entry) for entry in ("Haus", "laufen", "schnell")]
    ['noun', 'verb', 'adj']
    """
    if entry[:1].isupper():
        return "noun"
    return "verb" if entry.endswith(("en", "eln", "ern")) else "adj"
