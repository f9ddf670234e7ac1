"""Damage made of clean text, for a language in which none was labelled: what a weak engine does to wording.

No engine is run, and no rule of any language is known: forms of a word are words that share their beginning, function
words are the commonest. It teaches broken agreement, lost and wrong small words and order, and broken joins; not what
a particular engine prefers. Labelled damage is far better.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable

from quality.segmentation import tokenize
from quality.training.damage import web_damage

__all__ = ["DamageMaker"]

_SMALL_WORDS = 60
_FEWEST_SEEN = 3
#: Letters that forms of a word may differ in, at its end, and the least that they share.
_ENDING, _STEM = 3, 4
#: Share of words that are altered, drawn anew for each text.
_RATES = (0.04, 0.08, 0.16)


class DamageMaker:
    """Damages texts of a language by what was counted in clean text of it."""

    def __init__(self, texts: Iterable[str]) -> None:
        counts = Counter(word for text in texts for word in tokenize(text)[0] if word.isalpha() and word.islower())
        self._small = [word for word, _ in counts.most_common(_SMALL_WORDS)]
        self._forms: dict[str, list[str]] = defaultdict(list)
        for word, count in sorted(counts.items()):
            if count >= _FEWEST_SEEN and len(word) > _STEM:
                self._forms[_stem(word)].append(word)

    def damaged(self, text: str, chance: random.Random) -> str:
        """The text with wrong forms, small words and order, and broken joins."""
        return web_damage(self.misworded(text, chance), chance)

    def misworded(self, text: str, chance: random.Random) -> str:
        """The text with wrong forms, small words and order."""
        rate = chance.choice(_RATES)
        return "\n".join(" ".join(self._line(line.split(" "), rate, chance)) for line in text.split("\n"))

    def _line(self, words: list[str], rate: float, chance: random.Random) -> list[str]:
        line: list[str] = []
        for word in words:
            if not (word.isalpha() and word.islower()) or chance.random() >= rate:
                line.append(word)
            elif word in self._small:
                if chance.random() < 0.6:  # else it is lost
                    line.append(chance.choice(self._small))
            elif len(forms := self._forms.get(_stem(word), [])) > 1:
                line.append(chance.choice(forms))
            else:  # it comes a word too early
                line.insert(max(len(line) - 1, 0), word)
        return line


def _stem(word: str) -> str:
    return word[: max(_STEM, len(word) - _ENDING)]
