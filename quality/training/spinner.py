"""A seeded article spinner of our own: makes the labelled text that spinning heads are trained on.

It imitates what is found on spun pages: words looked up without part of speech or case, hypernyms taken
for synonyms, rule lists for common words, crude inflection. Families differ in thesaurus, rules, rate and
skill, so that whole families can be left out of training.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from quality.training.inflection import Forms, PartOfSpeech
from quality.training.thesauri import Relation, Thesaurus

__all__ = ["Edit", "Spinner", "Spun"]

_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
#: The longest entry that is looked up, in words.
_LONGEST = 3


@dataclass(frozen=True, slots=True)
class Edit:
    """`text[start:end]` of the spun text stands where `original` stood."""

    start: int
    end: int
    original: str


@dataclass(frozen=True, slots=True)
class Spun:
    """A spun text and what was done to it."""

    text: str
    edits: tuple[Edit, ...]
    #: Share of the words that were replaced, 0..1.
    share: float


@dataclass(frozen=True)
class Spinner:
    """One family of spinners. `spin` is a pure function of the text and the seed.

    `rate` is the chance that a word with a substitute is replaced; `rule_rate` the same for the rule list.
    `first_sense` takes the commonest sense only; `caseless` also looks up "Mike" as "mike" and the
    function words ("are", "an"); `skill` is the share of substitutes that are put into the right form.
    `consistent` replaces a word the same way throughout a text.
    """

    name: str
    thesaurus: Thesaurus
    rules: Mapping[str, Sequence[str]]
    inflector: Forms
    relations: frozenset[Relation] = frozenset({"synonym"})
    rate: float = 0.3
    rule_rate: float = 0.0
    first_sense: bool = False
    caseless: bool = False
    skill: float = 0.8
    consistent: bool = True
    #: Whether a capital inside a sentence marks a name, which only a caseless spinner touches; not so in German.
    names: bool = True
    #: Words that only a caseless spinner looks up in its thesaurus.
    untouched: frozenset[str] = frozenset()

    def spin(self, text: str, seed: int) -> Spun:
        """Replace words of `text`; the same seed gives the same text."""
        chance = random.Random(f"{self.name} {seed}")
        words = list(_WORD.finditer(text))
        chosen: dict[str, str | None] = {}
        out: list[str] = []
        edits: list[Edit] = []
        at = length = replaced = index = 0
        while index < len(words):
            step = 1
            for count in range(_LONGEST, 0, -1):
                if index + count > len(words):
                    continue
                start, end = words[index].start(), words[index + count - 1].end()
                original = text[start:end]
                if count > 1 and (end - start != sum(len(w.group()) for w in words[index : index + count]) + count - 1):
                    continue
                target = self._target(original, index > 0 and text[start - 2 : start - 1] not in ".!?", chance, chosen)
                if target is not None and target.lower() != original.lower().replace("’", "'"):
                    out.append(text[at:start])
                    length += start - at
                    if original[0].isupper() and target[0].islower():
                        target = target[0].upper() + target[1:]
                    out.append(target)
                    edits.append(Edit(length, length + len(target), original))
                    length += len(target)
                    at, step = end, count
                    replaced += count
                    break
            index += step
        out.append(text[at:])
        return Spun("".join(out), tuple(edits), replaced / max(1, len(words)))

    def _target(self, original: str, inside: bool, chance: random.Random, chosen: dict[str, str | None]) -> str | None:
        word = original.lower().replace("’", "'")
        key = original
        if self.consistent and key in chosen:
            # Consistency is not perfect: a rate is a rate.
            return chosen[key] if chance.random() < 0.9 else None
        target = self._choose(original, word, inside, chance)
        chosen[key] = target
        return target

    def _choose(self, original: str, word: str, inside: bool, chance: random.Random) -> str | None:
        if self.rules and word in self.rules and chance.random() < self.rule_rate:
            return chance.choice(self.rules[word])
        if chance.random() >= self.rate:
            return None
        proper = self.names and inside and original[0].isupper()
        if not self.caseless and (proper or word in self.untouched):
            return None
        found: list[tuple[str, PartOfSpeech, str]] = []
        for reading in self.inflector.readings(word):
            for substitute in self.thesaurus.get(reading.lemma, ()):
                if (
                    substitute.part_of_speech == reading.part_of_speech
                    and substitute.relation in self.relations
                    and not (self.first_sense and substitute.sense)
                    and substitute.phrase.lower() != word
                ):
                    found.append((substitute.phrase, reading.part_of_speech, reading.tense))
        if " " in word or not found:
            found += [
                (substitute.phrase, "adv", "base")
                for substitute in self.thesaurus.get(word, ())
                if substitute.relation in self.relations
            ]
        if not found:
            return None
        phrase, part, tense = chance.choice(found)
        if chance.random() < self.skill:
            return self.inflector.inflect(phrase, part, tense)
        return phrase
