"""Thesauri as spinners read them: every entry and what may be put in its place.

WordNet and MyThes are read into one form. An entry is a lemma without case; a substitute carries the
relation that links the two, since spinners differ in which relations they take for synonymy.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from quality.errors import TrainingError
from quality.training.inflection import PartOfSpeech
from quality.training.inflection_de import part_of_speech

__all__ = [
    "Relation",
    "Substitute",
    "Thesaurus",
    "read_aiksaurus",
    "read_mythes",
    "read_openthesaurus",
    "read_wordnet",
    "sisters",
]

#: "synonym" stands in the same set, "generic" is a hypernym (a class, for a name), "similar" a similar adjective.
Relation = Literal["synonym", "generic", "similar"]

_PARTS: tuple[PartOfSpeech, ...] = ("noun", "verb", "adj", "adv")
_POINTERS: dict[str, Relation] = {"@": "generic", "@i": "generic", "&": "similar"}
#: A set with more members than this is a catalogue (genera, chemicals), not synonyms.
_LARGEST_SET = 40


@dataclass(frozen=True, slots=True)
class Substitute:
    """A phrase (in its own case) that may stand for an entry. `sense` counts from 0, the commonest."""

    phrase: str
    part_of_speech: PartOfSpeech
    relation: Relation
    sense: int


#: Entry (lower case, words apart by one space) → what may be put in its place, in the thesaurus' order.
Thesaurus = Mapping[str, tuple[Substitute, ...]]


def read_wordnet(directory: Path) -> Thesaurus:
    """WordNet's database files (wndb(5WN)) of relation depth 0 and 1."""
    thesaurus: dict[str, dict[tuple[str, PartOfSpeech], Substitute]] = defaultdict(dict)
    for part in _PARTS:
        members, related = _synsets(directory, part)
        for entry, offsets in _index(directory, part):
            for sense, offset in enumerate(offsets):
                own = members[offset]
                found: list[tuple[str, Relation]] = [(phrase, "synonym") for phrase in own]
                for relation, target in related[offset]:
                    found += [(phrase, relation) for phrase in members[target]]
                for phrase, relation in found[:_LARGEST_SET]:
                    if phrase != entry:
                        substitute = Substitute(phrase, part, relation, sense)
                        thesaurus[entry].setdefault((phrase, part), substitute)
    return {entry: tuple(found.values()) for entry, found in thesaurus.items()}


def read_mythes(path: Path) -> Thesaurus:
    """A MyThes `th_*.dat` file; "(generic term)" and "(similar term)" name the relation, antonyms are left out."""
    try:
        lines = iter(path.read_text(encoding="utf-8").splitlines())
    except FileNotFoundError:
        raise TrainingError(f"{path}: missing; fetch the thesauri with scripts/build_tools.sh") from None
    next(lines)
    thesaurus: dict[str, tuple[Substitute, ...]] = {}
    for line in lines:
        entry, _, count = line.rpartition("|")
        found: dict[tuple[str, PartOfSpeech], Substitute] = {}
        for sense in range(int(count)):
            part_field, *phrases = next(lines).split("|")
            part = part_field.strip("()")
            for phrase in phrases:
                relation: Relation = "synonym"
                if phrase.endswith(")"):
                    phrase, _, note = phrase.partition(" (")
                    if "generic" in note:
                        relation = "generic"
                    elif "similar" in note or "related" in note:
                        relation = "similar"
                    else:
                        continue
                if phrase and phrase != entry and part in _PARTS:
                    found.setdefault((phrase, part), Substitute(phrase, part, relation, sense))
        thesaurus[entry.lower()] = tuple(found.values())
    return thesaurus


_NOTE = re.compile(r"\s*\([^()]*\)\s*")


def read_openthesaurus(path: Path) -> Thesaurus:
    """The German MyThes file, which is OpenThesaurus: notes in brackets are cut off, "(Oberbegriff)" is generic."""
    try:
        lines = iter(path.read_text(encoding="utf-8").splitlines())
    except FileNotFoundError:
        raise TrainingError(f"{path}: missing; fetch the thesauri with scripts/build_tools.sh") from None
    next(lines)
    thesaurus: dict[str, dict[str, Substitute]] = defaultdict(dict)
    for line in lines:
        entry, _, count = line.rpartition("|")
        for sense in range(int(count)):
            for item in next(lines).split("|")[1:]:
                phrase = _NOTE.sub(" ", item).strip()
                if phrase.lower() == entry or "Antonym" in item or "..." in item or not phrase[:1].isalpha():
                    continue
                relation: Relation = "generic" if "Oberbegriff" in item else "synonym"
                found = Substitute(phrase, part_of_speech(phrase), relation, sense)
                thesaurus[entry].setdefault(phrase, found)
    return {entry: tuple(found.values()) for entry, found in thesaurus.items()}


def read_aiksaurus(directory: Path, lemmas: Mapping[PartOfSpeech, Collection[str]]) -> Thesaurus:
    """Aiksaurus, whose sets of loosely related words owe nothing to WordNet; for evaluation only.

    `words.dat`: a word, a zero byte, numbers of sets (two bytes each) up to 0xFFFF. `meanings.dat`: sets of numbers
    of words, each up to 0xFFFF. The sets have no part of speech: `lemmas` tells which words can be which.
    """
    try:
        words, meanings = ((directory / name).read_bytes() for name in ("words.dat", "meanings.dat"))
    except FileNotFoundError as error:
        raise TrainingError(f"{error.filename}: missing; fetch the thesauri with scripts/build_tools.sh") from None
    names, sets_of = [], []
    at = 0
    while at < len(words):
        end = words.index(b"\0", at)
        names.append(words[at:end].decode("latin-1").replace(":", " "))
        numbers, at = _numbers(words, end + 1)
        sets_of.append(numbers)
    sets = []
    at = 0
    while at < len(meanings):
        numbers, at = _numbers(meanings, at)
        sets.append([names[number] for number in numbers])
    thesaurus: dict[str, tuple[Substitute, ...]] = {}
    for name, numbers in zip(names, sets_of, strict=True):
        for part in _PARTS:
            if name.lower() in lemmas[part]:
                found = {
                    word: Substitute(word, part, "synonym", sense)
                    for sense, number in enumerate(numbers)
                    for word in sets[number]
                    if word != name and word.lower() in lemmas[part]
                }
                thesaurus[name.lower()] = (*thesaurus.get(name.lower(), ()), *found.values())
    return thesaurus


def _numbers(data: bytes, at: int) -> tuple[list[int], int]:
    """Two-byte numbers from a place on, up to 0xFFFF, and the place after it."""
    found = []
    while (number := int.from_bytes(data[at : at + 2])) != 0xFFFF:
        found.append(number)
        at += 2
    return found, at + 2


def sisters(directory: Path) -> Thesaurus:
    """Co-hyponyms (one hypernym in common): a thesaurus that shares no substitution with the others.

    Stands for the spinners whose word lists we do not have; for evaluation only.
    """
    thesaurus: dict[str, tuple[Substitute, ...]] = {}
    parts: tuple[PartOfSpeech, ...] = ("noun", "verb")
    for part in parts:
        members, related = _synsets(directory, part)
        below: dict[str, list[str]] = defaultdict(list)
        for offset, links in related.items():
            for relation, target in links:
                if relation == "generic":
                    below[target].append(offset)
        for entry, offsets in _index(directory, part):
            found: dict[str, None] = {}
            for relation, target in related[offsets[0]]:
                if relation == "generic" and len(below[target]) <= _LARGEST_SET:
                    found.update((members[other][0], None) for other in below[target] if other != offsets[0])
            own = {phrase for offset in offsets for phrase in members[offset]}
            kept = [phrase for phrase in found if phrase not in own]
            if kept and entry not in thesaurus:
                thesaurus[entry] = tuple(Substitute(phrase, part, "synonym", 0) for phrase in kept)
    return thesaurus


def _synsets(
    directory: Path, part: PartOfSpeech
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[tuple[Relation, str], ...]]]:
    """Members and related sets by offset, of one part of speech."""
    members: dict[str, tuple[str, ...]] = {}
    related: dict[str, tuple[tuple[Relation, str], ...]] = {}
    for line in _lines(directory / f"data.{part}"):
        fields = line.split(" | ")[0].split(" ")
        count = int(fields[3], 16)
        words = fields[4 : 4 + 2 * count : 2]
        members[fields[0]] = tuple(word.split("(")[0].replace("_", " ") for word in words)
        at = 4 + 2 * count
        pointers = fields[at + 1 : at + 1 + 4 * int(fields[at])]
        related[fields[0]] = tuple(
            (_POINTERS[pointers[i]], pointers[i + 1])
            for i in range(0, len(pointers), 4)
            if pointers[i] in _POINTERS and (pointers[i + 2] == part[0] or part == "adj")
        )
    return members, related


def _index(directory: Path, part: PartOfSpeech) -> Iterator[tuple[str, list[str]]]:
    """Entries with the offsets of their sets, commonest sense first."""
    for line in _lines(directory / f"index.{part}"):
        fields = line.split()
        pointers = int(fields[3])
        yield fields[0].replace("_", " "), fields[6 + pointers :]


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8") as stream:
            yield from (line for line in stream if not line.startswith("  "))
    except FileNotFoundError:
        raise TrainingError(f"{path}: missing; fetch WordNet with scripts/build_tools.sh") from None
