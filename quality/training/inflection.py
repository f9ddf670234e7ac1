"""Inflection in both directions, for reading a thesaurus as a spinner does: English; German is in `inflection_de`.

A spinner that meets "months" looks up "month" and puts the plural of what it finds; a cruder one puts
the bare entry. Lemmas come from WordNet's own rules of detachment and exception lists, forms from the
same lists read backwards and the regular rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

__all__ = ["Forms", "Inflector", "PartOfSpeech", "Reading", "Tense"]

PartOfSpeech = Literal["noun", "verb", "adj", "adv"]
#: What a surface form says beside its lemma.
Tense = Literal["base", "plural", "third", "past", "participle", "gerund", "comparative", "superlative"]

_VOWELS = frozenset("aeiou")
#: WordNet's rules of detachment (morphy(7WN)): ending, what replaces it, part of speech, form.
_DETACH: tuple[tuple[str, str, PartOfSpeech, Tense], ...] = (
    ("s", "", "noun", "plural"),
    ("ses", "s", "noun", "plural"),
    ("xes", "x", "noun", "plural"),
    ("zes", "z", "noun", "plural"),
    ("ches", "ch", "noun", "plural"),
    ("shes", "sh", "noun", "plural"),
    ("men", "man", "noun", "plural"),
    ("ies", "y", "noun", "plural"),
    ("s", "", "verb", "third"),
    ("ies", "y", "verb", "third"),
    ("es", "e", "verb", "third"),
    ("es", "", "verb", "third"),
    ("ed", "e", "verb", "past"),
    ("ed", "", "verb", "past"),
    ("ied", "y", "verb", "past"),
    ("ing", "e", "verb", "gerund"),
    ("ing", "", "verb", "gerund"),
    ("er", "", "adj", "comparative"),
    ("er", "e", "adj", "comparative"),
    ("ier", "y", "adj", "comparative"),
    ("est", "", "adj", "superlative"),
    ("est", "e", "adj", "superlative"),
    ("iest", "y", "adj", "superlative"),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to take a surface form apart."""

    lemma: str
    part_of_speech: PartOfSpeech
    #: A name of the form that `Forms.inflect` understands; "base" is the entry itself.
    tense: str


class Forms(Protocol):
    """The inflection of a language, as far as spinners know it."""

    def readings(self, word: str) -> tuple[Reading, ...]:
        """All readings of a lower-case surface form."""

    def inflect(self, lemma: str, part: PartOfSpeech, tense: str) -> str:
        """The form of a lemma."""


@dataclass(frozen=True)
class Inflector:
    """Lemmas by part of speech, and the irregular forms.

    `irregular[pos][form]` are the lemmas of an irregular form; `forms[pos, lemma]` its irregular forms.
    """

    lemmas: Mapping[PartOfSpeech, frozenset[str]]
    irregular: Mapping[PartOfSpeech, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    forms: Mapping[tuple[PartOfSpeech, str], tuple[str, ...]] = field(default_factory=dict)
    #: Words that were seen in running text: decides between "stopped" and "stoped".
    attested: frozenset[str] = frozenset()

    @classmethod
    def from_wordnet(
        cls, directory: Path, lemmas: Mapping[PartOfSpeech, frozenset[str]], attested: Iterable[str] = ()
    ) -> Inflector:
        """Irregular forms from WordNet's `*.exc` files in `directory`."""
        irregular: dict[PartOfSpeech, dict[str, tuple[str, ...]]] = {}
        forms: dict[tuple[PartOfSpeech, str], list[str]] = defaultdict(list)
        for part in lemmas:
            entries: dict[str, tuple[str, ...]] = {}
            for line in (directory / f"{part}.exc").read_text(encoding="utf-8").splitlines():
                form, *bases = line.replace("_", " ").split(" ") if "_" not in line else line.split(" ")
                entries[form.replace("_", " ")] = tuple(base.replace("_", " ") for base in bases)
                for base in bases:
                    forms[part, base.replace("_", " ")].append(form.replace("_", " "))
            irregular[part] = entries
        return cls(lemmas, irregular, {key: tuple(found) for key, found in forms.items()}, frozenset(attested))

    def readings(self, word: str) -> tuple[Reading, ...]:
        """All readings of a lower-case surface form, in every part of speech.

        >>> house = Inflector({"noun": frozenset({"house"}), "verb": frozenset({"house"})})
        >>> [(reading.part_of_speech, reading.tense) for reading in house.readings("houses")]
        [('noun', 'plural'), ('verb', 'third')]
        """
        found: dict[Reading, None] = {}
        for part, known in self.lemmas.items():
            if word in known:
                found[Reading(word, part, "base")] = None
            for base in self.irregular.get(part, {}).get(word, ()):
                if base in known and base != word:
                    found[Reading(base, part, _irregular_tense(part, word))] = None
        for ending, replacement, part, tense in _DETACH:
            if word.endswith(ending) and len(word) > len(ending) + 1:
                known = self.lemmas.get(part, frozenset())
                stem = word[: -len(ending)]
                candidates = [stem + replacement]
                if len(stem) > 3 and not replacement and stem[-1] == stem[-2] and ending in ("ed", "ing", "er", "est"):
                    candidates.append(stem[:-1])
                for base in candidates:
                    if base in known and not (ending == "s" and base.endswith("s")):
                        found[Reading(base, part, tense)] = None
                        if tense == "past":
                            found[Reading(base, part, "participle")] = None
        return tuple(found)

    def inflect(self, lemma: str, part: PartOfSpeech, tense: str) -> str:
        """The form of a lemma; of several words the head: the first of a verb's, the last of a noun's.

        >>> Inflector({"noun": frozenset()}).inflect("area unit", "noun", "plural")
        'area units'
        """
        if tense == "base":
            return lemma
        words = lemma.split(" ")
        at = 0 if part == "verb" else len(words) - 1
        if part == "noun" and len(words) > 2 and words[1] in ("of", "in", "for", "to", "at"):
            at = 0
        words[at] = self._word(words[at], part, tense)
        return " ".join(words)

    def _word(self, word: str, part: PartOfSpeech, tense: str) -> str:
        for form in self.forms.get((part, word), ()):
            if tense == _irregular_tense(part, form) or (tense == "past" and _is_past(part, form)):
                return form
            if tense == "participle" and _is_past(part, form):
                return self.forms[part, word][-1] if _is_past(part, self.forms[part, word][-1]) else form
        if tense in ("plural", "third"):
            if word.endswith(("s", "x", "z", "ch", "sh")):
                return word + "es"
            if word.endswith("y") and word[-2:-1] not in _VOWELS:
                return word[:-1] + "ies"
            return word + "s"
        ending = {"past": "ed", "participle": "ed", "gerund": "ing", "comparative": "er", "superlative": "est"}[tense]
        if word.endswith("e") and not (tense == "gerund" and word.endswith(("ee", "oe", "ye"))):
            return word[:-1] + ending
        if word.endswith("y") and word[-2:-1] not in _VOWELS and tense != "gerund":
            return word[:-1] + "i" + ending
        doubled = word + word[-1:] + ending
        return doubled if doubled in self.attested else word + ending


def _irregular_tense(part: PartOfSpeech, form: str) -> Tense:
    if part == "noun":
        return "plural"
    if part == "verb":
        return "gerund" if form.endswith("ing") else "third" if form.endswith("s") and len(form) < 5 else "past"
    return "superlative" if form.endswith("st") else "comparative"


def _is_past(part: PartOfSpeech, form: str) -> bool:
    return part == "verb" and _irregular_tense(part, form) == "past"
