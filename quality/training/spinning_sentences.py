"""Sentences in which nothing but one term was exchanged, and the same as they were.

A spinner at work on a whole text leaves many signs; a tortured phrase in a sentence that is sound otherwise is one
alone. A head that has seen only the first gives too little for a single strong sign.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from quality.training.data import HELD_BACK_PERCENT, bucket, clean_texts
from quality.training.judgements import Subject
from quality.training.spinner import Edit, Spun
from quality.training.spinning_examples import Example

__all__ = ["SENTENCE", "SENTENCE_END", "Exchanger", "exchanged_sentences"]

#: Where a sentence ends, and words that one has.
SENTENCE_END, SENTENCE = re.compile(r"(?<=[.!?])\s+"), range(11, 46)
#: Sentences that are taken at most from one source, from one text, with one term. These numbers: chosen by hand.
_OF_SOURCE, _OF_TEXT, _OF_TERM = 600, 3, 3
#: How often both words of a pair are exchanged, not one of them. Chosen by hand.
_BOTH = 0.75
#: What the pairs of sentences go by where sources are told apart.
_SOURCE = "sentences with one term exchanged"
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Exchanger:
    """Exchanges one term of a sentence: a known pair of words, of which both or one are replaced.

    `substitutes` has for each word (in lower case) what spinners put, and the chance of each.
    """

    known: Container[tuple[str, str]]
    substitutes: Mapping[str, tuple[tuple[str, ...], tuple[float, ...]]]

    @classmethod
    def of(cls, known: Container[tuple[str, str]], table: Mapping[str, Mapping[str, tuple[float, str]]]) -> Exchanger:
        """From what spinners put for what (`substitutions`); phrases of more than two words are not taken."""
        substitutes = {}
        for source, targets in table.items():
            found = {
                target: chance
                for target, (chance, _) in targets.items()
                if target.count(" ") < 2 and target.replace(" ", "").replace("-", "").isalpha()
            }
            if found and " " not in source:
                substitutes[source] = tuple(found), tuple(found.values())
        return cls(known, substitutes)

    def terms(self, sentence: str) -> list[tuple[re.Match[str], re.Match[str]]]:
        """The known pairs of a sentence whose words both have substitutes; names are none."""
        return [
            (one, two)
            for one, two in pairwise(_WORD.finditer(sentence))
            if sentence[one.end() : two.start()] == " "
            and one.group()[1:].islower()
            and two.group().islower()
            and (one.group().lower(), two.group()) in self.known
            and one.group().lower() in self.substitutes
            and two.group() in self.substitutes
        ]

    def spin(self, sentence: str, term: tuple[re.Match[str], re.Match[str]], chance: random.Random) -> Spun:
        """The sentence with its term exchanged."""
        words = [match.group() for match in term]
        chosen = (0, 1) if chance.random() < _BOTH else (chance.randrange(2),)
        for place in chosen:
            targets, chances = self.substitutes[words[place].lower()]
            target = chance.choices(targets, chances)[0]
            words[place] = target[0].upper() + target[1:] if words[place][0].isupper() else target
        start, end = term[0].start(), term[1].end()
        put = " ".join(words)
        edit = Edit(start, start + len(put), sentence[start:end])
        share = len(chosen) / (sentence.count(" ") + 1)
        return Spun(sentence[:start] + put + sentence[end:], (edit,), share)


def exchanged_sentences(data: Path, exchanger: Exchanger, families: int, seed: int) -> list[Example]:
    """Sentences of English text with a term exchanged, each before the same as it was.

    The spun ones are a family of their own (fold `families`). What `tortured_table` judges by is not among the texts.
    """
    chance = random.Random(f"{seed}/terms")
    texts = [text for text in clean_texts(data, "en") if text.weight > 0 and bucket(text.document) >= HELD_BACK_PERCENT]
    chance.shuffle(texts)
    of_source, of_term = Counter[str](), Counter[str]()
    found: list[Example] = []
    for text in texts:
        of_text = 0
        for sentence in (part for line in text.text.split("\n") for part in SENTENCE_END.split(line)):
            if sentence.count(" ") + 1 not in SENTENCE or of_text >= _OF_TEXT or of_source[text.source] >= _OF_SOURCE:
                continue
            terms = [
                (one, two)
                for one, two in exchanger.terms(sentence)
                if of_term[f"{one.group().lower()} {two.group()}"] < _OF_TERM
            ]
            if not terms:
                continue
            one, two = chance.choice(terms)
            spun = exchanger.spin(sentence, (one, two), chance)
            of_text += 1
            of_source[text.source] += 1
            of_term[f"{one.group().lower()} {two.group()}"] += 1
            own = bucket(text.group, families)
            found.append(Example(spun.text, 1, _SOURCE, families, True, spun.edits, spun.share))
            found.append(Example(sentence, 0, _SOURCE, own, True, paired=True, subject=Subject(part=True)))
    return found
