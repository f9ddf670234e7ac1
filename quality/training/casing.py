"""The casing lexicon: which words a language writes with a capital, and which English it does not use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from quality.segmentation import normalise, tokenize
from quality.training.data import Text

__all__ = ["casing_lexicon", "count_forms"]

#: After one of these a capital says nothing about the word.
_STARTS = frozenset(".!?:;()")
#: Words seen less often inside sentences are left out: their casing is not known well enough. This and the
#: shares below were chosen by hand, reading what they let in.
_MIN_COUNT = 25
#: Share of capitals above which a word is written with one wherever it stands, and below which it is not.
_ALWAYS, _NEVER = 0.995, 0.01
#: Function words must be surer still: "Letzten", "Drei", "Oder" are names and nouns often enough.
_NEVER_FUNCTION = 0.003
#: A foreign word is at least this frequent in English text, and so many times rarer in the language's own.
_FOREIGN_PER_MILLION, _FOREIGN_RATIO = 15.0, 100.0
FUNCTION_WORDS = 250


def count_forms(texts: Iterable[Text]) -> Counter[str]:
    """How often each form stands inside a sentence, not at its start, in the given text."""
    counts: Counter[str] = Counter()
    for text in texts:
        for paragraph in text.text.split("\n"):
            channel = normalise(tokenize(paragraph)[0])
            counts.update(word for before, word in pairwise(channel) if word[0].isalpha() and before not in _STARTS)
    return counts


def casing_lexicon(forms: Counter[str], english: Counter[str] | None) -> dict[str, list[str]]:
    """Word lists, sorted, from counts of forms: `capitalised`, `lower`, `function` (its commonest), `foreign`.

    `english` is None for English itself, which has no foreign words of this kind.
    """
    capital: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for form, count in forms.items():
        if form.isupper() and len(form) > 1:
            continue
        total[form.lower()] += count
        if form[0].isupper():
            capital[form.lower()] += count
    words = [word for word, count in total.items() if count >= _MIN_COUNT and len(word) > 1]
    capitalised = [word for word in words if capital[word] >= _ALWAYS * total[word] and len(word) > 2]
    lower = [word for word in words if capital[word] <= _NEVER * total[word]]
    sure = [word for word in lower if capital[word] <= _NEVER_FUNCTION * total[word]]
    function = sorted(sure, key=lambda word: (-total[word], word))[:FUNCTION_WORDS]
    foreign: list[str] = []
    if english is not None:
        own, other = sum(total.values()) / 1e6, english.total() / 1e6
        foreign = [
            word
            for word, count in english.items()
            if word.islower()
            and len(word) > 1
            and count / other >= _FOREIGN_PER_MILLION
            and (total[word] + 1) / own * _FOREIGN_RATIO <= count / other
        ]
    return {
        "capitalised": sorted(capitalised),
        "lower": sorted(lower),
        "function": sorted(function),
        "foreign": sorted(foreign),
    }
