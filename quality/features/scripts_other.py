"""Cyrillic and Greek text with look-alikes: Latin letters are slips or a keyboard's habit there, unless strewn in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from quality.features.encoding import Trace
from quality.features.scripts_characters import (
    ALPHABETS,
    AROUND,
    CYRILLIC,
    GREEK,
    INVISIBLE,
    LATIN,
    MARK,
    Bits,
    Word,
    character_bits,
    trace,
)
from quality.features.scripts_twins import backwards, spelt_back

__all__ = ["in_other_alphabets"]

#: Cyrillic and Greek text is judged in blocks of so many characters: a page can have several people's keyboards.
_BLOCK = 2000
#: There: kinds of Latin letters needed, words with them, places of the right letters, and how many wrong places one
#: right place may have. Any line is enough. Of 2,304 windows of 240 characters with natural words of mixed scripts in
#: 19 languages 9 pass, most of one page; of attacked texts of 80 words of help pages .9 (2026-11-22). Shorter texts
#: need more: 4 kinds, 5 words, 30 places at .25 find .75 of the words in texts of 30 with 5 % attacked, but also six
#: copies of a Ukrainian story with Latin vowels in it, and so do 4 kinds, 6 words, 45 places at .2 (2026-11-27).
_STREWN = ((4, 8, 75, 0.3), (3, 4, 80, 0.2), (3, 3, 35, 0.1), (2, 3, 45, 0.07), (2, 2, 55, 0.035))
#: A word of one or two small Latin letters with spaces around it.
_SHORT = re.compile(r"(?<=[\w,;:.!?] )[a-z]{1,2}(?=,? \w)")


def in_other_alphabets(text: str, words: list[Word], starts: NDArray[np.intp], masks: Bits) -> Iterator[Trace]:
    """Words of Cyrillic and Greek text with look-alikes: Latin ones only if many, of several kinds, and no habit."""
    blocks = max(1, len(text) // _BLOCK)  # what is left over belongs to the last block
    for alphabet in (CYRILLIC, GREEK):
        own = [word for word in words if word.mask & alphabet]
        for _, members in groupby(own, key=lambda word: min(word.start // _BLOCK, blocks - 1)):
            yield from _in_block(text, list(members), alphabet, starts, masks)


def _in_block(text: str, words: list[Word], alphabet: int, starts: NDArray[np.intp], masks: Bits) -> Iterator[Trace]:
    """The words of one block of text that were not typed so by habit or in a slip."""
    table = character_bits()
    back = backwards(alphabet)
    candidates: list[tuple[Word, str, set[str]]] = []
    unclear: list[tuple[Word, str, set[str]]] = []
    for word in words:
        kept = [letter for letter in word.text if table[ord(letter)] != INVISIBLE]
        foreign = {letter for letter in kept if not table[ord(letter)] & (alphabet | MARK)}
        twins = {letter: spelt_back(letter, back) for letter in foreign}
        if not foreign or None in twins.values():
            continue
        spelt = "".join(twins.get(letter) or letter for letter in kept)
        own = sum(bool(table[ord(letter)] & alphabet) for letter in kept)
        if 2 * own < len(kept):
            unclear.append((word, spelt, foreign))
        elif word.mask & ALPHABETS & ~(alphabet | LATIN):
            yield trace("X402", word, spelt)
        else:
            candidates.append((word, spelt, foreign))
    strewn = _strewn(_text_around(text, [word for word, _, _ in candidates]), candidates, back)
    if not strewn:
        return
    first, last = words[0].start - AROUND, words[-1].end + AROUND
    unclear.extend(_latin_words(text, first, last, back, starts, masks))
    for word, spelt, foreign in (*candidates, *unclear):
        if foreign & strewn:
            yield trace("X401", word, spelt)


def _strewn(near: str, candidates: list[tuple[Word, str, set[str]]], back: dict[str, str]) -> set[str]:
    """The Latin letters that were strewn into text, which is `near`, of another alphabet; empty for habits and slips.

    A habit takes most places of a letter, a person's slips one kind of letter or one word. Letters that are strewn
    in are of several kinds, stand in several words, and most places of each letter are right.
    """
    wrong = Counter(letter for word, _, foreign in candidates for letter in word.text if letter in foreign)
    right = {letter: near.count(spelt_back(letter, back) or "") for letter in wrong}
    slips = {letter for letter, count in wrong.items() if 2 * count <= right[letter]}
    words = sum(foreign <= slips for _, _, foreign in candidates)
    places = sum(right[letter] for letter in slips)
    share = sum(wrong[letter] for letter in slips) / max(places, 1)
    for kinds, fewest, enough, most in _STREWN:
        if len(slips) >= kinds and words >= fewest and places >= enough and share <= most:
            # A letter that is rare in this text, a capital say, may have no right place in it.
            return {letter for letter in back if wrong[letter] <= max(right.get(letter, 0), 2)}
    return set()


def _latin_words(
    text: str, first: int, last: int, back: dict[str, str], starts: NDArray[np.intp], masks: Bits
) -> Iterator[tuple[Word, str, set[str]]]:
    """Words of one or two small Latin letters, between `first` and `last`, that words of the alphabet may be."""
    low, high = np.searchsorted(starts, (first, last))
    for at in (np.flatnonzero(masks[low:high] == LATIN) + low).tolist():
        match = _SHORT.match(text, int(starts[at]))
        if match is not None and all(letter in back for letter in match.group()):
            word = match.group()
            yield Word(word, *match.span(), LATIN), "".join(back[letter] for letter in word), set(word)


def _text_around(text: str, words: list[Word]) -> str:
    """The text near words, each part once; the words are in order."""
    parts: list[str] = []
    last = 0
    for word in words:
        parts.append(text[max(last, word.start - AROUND) : word.end + AROUND])
        last = word.end + AROUND
    return "".join(parts)
