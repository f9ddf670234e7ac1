"""Words of mixed alphabets, each judged by the text around it: attacks on Latin text, symbols, foreign words."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from quality.features.encoding import Trace
from quality.features.scripts_characters import (
    AROUND,
    CYRILLIC,
    FOREIGN,
    GREEK,
    LATIN,
    OTHER,
    RARE,
    STYLED,
    WIDE,
    Bits,
    Word,
    character_bits,
    trace,
)
from quality.features.scripts_other import in_other_alphabets
from quality.features.scripts_twins import LIKELY, LOOK_ALIKE, NO_LATIN, STRANGE, SURE, backwards, reading, strict_twins
from quality.small_words import small_words

__all__ = ["judged"]

#: Share of Latin letters around a word from which it stands in Latin text.
_LATIN_AROUND = 0.85
#: Share from which it may do: a case counts only in a text that has unmistakable ones.
_LATIN_PERHAPS = 0.5
#: How near a word of the other script makes an unclear case its neighbour, in characters: "rusky EkaTepиHa EBceeBa".
_NEAR = 60
#: Likely cases that a text needs before unclear ones count; an unmistakable one is enough by itself.
_SUPPORT = 2
_LETTERS = re.compile(r"[^\W\d_]+")
#: What a letter between two words has around it; a small Latin letter and a Greek or Cyrillic one that are no usual
#: symbol together.
_WORD_BEFORE = re.compile("(?:^|\n|[a-z\u00c0-\u024f][,;:.!?)]? )$")
_WORD_AFTER = re.compile(" [A-Za-z\u00c0-\u024f]")
_TWO_LETTERS = re.compile("[a-ce-gijl-z][\u0370-\u052f]$")
#: What a small word has around it that is one of a sentence, and no symbol of a formula.
_SENTENCE_BEFORE = re.compile("[a-z\u00df-\u024f]{2}[,;:]? $")
_SENTENCE_AFTER = re.compile(" [a-z\u00df-\u024f]{2}")


def judged(
    text: str, words: list[Word], bits: Bits, starts: NDArray[np.intp], ends: NDArray[np.intp], masks: Bits
) -> Iterator[Trace]:
    """Mixed and styled words, each by the text around it; unclear ones by the clear ones of the whole text."""
    readings = [reading(word.text) for word in words]
    bits = _as_latin(bits, words, readings)
    neighbours = _neighbours(words, readings, starts, ends, masks)
    unclear: list[tuple[Word, str]] = []
    short: list[tuple[Word, str]] = []
    sure: Counter[int] = Counter()
    others: list[Word] = []
    surroundings = _surroundings(bits, words)
    for word, (latin, certainty), (alphabet, clear, east_asian) in zip(words, readings, surroundings, strict=True):
        if not alphabet:
            alphabet, clear = _own_script(word), True
        if alphabet != LATIN:
            if word.mask & alphabet:
                others.append(word)
            continue
        if word.mask & WIDE and east_asian:
            continue
        alone = certainty == SURE or not _near(word, neighbours)
        if latin is None:
            if clear and alone and certainty == STRANGE:
                yield trace("X401", word, None)
        elif not word.mask & LATIN:
            if word.mask & WIDE or (not word.mask & (GREEK | CYRILLIC | RARE) and len(word.text) > 2):
                yield trace("X407", word, latin)
            else:
                unclear.append((word, latin))
        elif clear and alone and certainty >= LIKELY:
            for bit in FOREIGN:
                sure[bit] += (word.mask & bit != 0) * (1 if certainty == LIKELY else _SUPPORT)
            yield trace("X402", word, latin)
        elif alone:
            unclear.append((word, latin))
    for word, latin in _short_words(text, neighbours, bits, starts, ends, masks):
        if _lone(text, word, latin):
            sure.update(bit for bit in FOREIGN if word.mask & bit)
            yield trace("X402", word, latin)
        else:
            short.append((word, latin))
    if unclear:
        unclear, known = _known_words(text, unclear)
        for word, latin in known:
            sure.update(bit for bit in FOREIGN if word.mask & bit)
            yield trace("X402", word, latin)
    supported = {bit for bit in FOREIGN if sure[bit] >= _SUPPORT}
    for word, latin in (*unclear, *short):
        if any(word.mask & bit for bit in supported):
            yield trace("X402", word, latin)
    yield from in_other_alphabets(text, others, starts, masks)


def _as_latin(bits: Bits, words: list[Word], readings: list[tuple[str | None, int]]) -> Bits:
    """The kinds of the text's letters, those of mixed words that read as Latin, mostly are, being Latin: a text of
    which every "e" is Cyrillic is Latin still."""
    changed = bits.copy()
    for word, (latin, _) in zip(words, readings, strict=True):
        own = changed[word.start : word.end]
        if (
            latin is not None
            and word.mask & LATIN
            and (2 * np.count_nonzero(own == LATIN) >= len(own) or _only_latin(word))
        ):
            own[:] = LATIN
    return changed


def _only_latin(word: Word) -> bool:
    """Whether a word has Latin letters without a twin in the other script, and of that only letters with one."""
    table = character_bits()
    latin = {letter for letter in word.text if table[ord(letter)] == LATIN}
    others = set(word.text) - latin
    back = backwards(CYRILLIC if word.mask & CYRILLIC else GREEK)
    return others <= strict_twins() and any(letter not in back for letter in latin)


def _known_words(text: str, unclear: list[tuple[Word, str]]) -> tuple[list[tuple[Word, str]], list[tuple[Word, str]]]:
    """Unclear words, and those among them that are common words, or that the text has in plain spelling elsewhere
    ("αnd", or "αlphabet" beside "alphabet").

    Words of two letters stay unclear if the first is Greek or Cyrillic, or physics has them: "αs" is the strong
    coupling as well, "hν" an energy, "dε" a differential and "Kα" a line of X-rays. They are clear amid a sentence
    where they are small words of the text's own language ("εn" and "dε" in Spanish); those with a Latin letter first
    only if the text has nothing else that may be a symbol, nor their variable elsewhere.
    """
    found = _LETTERS.findall(text.lower())
    plain = _common_words().union(found)
    own = _own_small_words(found) - {"as"}
    symbols = any(latin.lower() not in plain for _, latin in unclear)
    letters = Counter(LOOK_ALIKE.findall(text))

    def is_known(word: Word, latin: str) -> bool:
        if len(latin) > 2 - bool(word.mask & STYLED) or _TWO_LETTERS.match(word.text):
            return latin.lower() in plain
        return (
            latin in own
            and len(latin) == 2
            and (word.text[0] != latin[0] or not (symbols or letters[word.text[1]] > 1))
            and _SENTENCE_BEFORE.search(text[max(word.start - 4, 0) : word.start]) is not None
            and _SENTENCE_AFTER.match(text, word.end) is not None
        )

    known = [is_known(word, latin) for word, latin in unclear]
    return (
        [case for case, sure in zip(unclear, known, strict=True) if not sure],
        [case for case, sure in zip(unclear, known, strict=True) if sure],
    )


def _lone(text: str, word: Word, latin: str) -> bool:
    """Whether a letter that stands alone between Latin words is one of their small words ("ο" in Portuguese).

    It has to be no symbol: α, ν and the like stay unclear.
    """
    return (
        (word.text in strict_twins() or word.text in "ιυ")
        and latin.lower() in _common_words()
        and _WORD_BEFORE.search(text[max(word.start - 3, 0) : word.start]) is not None
        and _WORD_AFTER.match(text, word.end) is not None
    )


def _own_small_words(words: Sequence[str]) -> frozenset[str]:
    """The small words of the language that most of the words speak for."""
    counts = Counter(words)
    listed = small_words()
    return listed[max(listed, key=lambda language: sum(counts[word] for word in listed[language]))]


@cache
def _common_words() -> frozenset[str]:
    return frozenset().union(*small_words().values())


def _neighbours(
    words: list[Word],
    readings: list[tuple[str | None, int]],
    starts: NDArray[np.intp],
    ends: NDArray[np.intp],
    masks: Bits,
) -> list[int]:
    """Where words of Greek or Cyrillic stand, sorted: pure ones of three letters or more, mixed ones that cannot
    be Latin."""
    pure = (masks & (GREEK | CYRILLIC) != 0) & (masks & (LATIN | OTHER) == 0) & (ends - starts > 2)
    places: list[int] = starts[pure].tolist()
    places.extend(word.start for word, reading in zip(words, readings, strict=True) if reading == (None, NO_LATIN))
    return sorted(set(places))


def _near(word: Word, neighbours: list[int]) -> bool:
    at = bisect_right(neighbours, word.end + _NEAR) - 1
    while at >= 0 and neighbours[at] >= word.start - _NEAR:
        if neighbours[at] != word.start:
            return True
        at -= 1
    return False


def _short_words(
    text: str, neighbours: list[int], bits: Bits, starts: NDArray[np.intp], ends: NDArray[np.intp], masks: Bits
) -> Iterator[tuple[Word, str]]:
    """Words of one or two letters written in look-alikes alone, in Latin text ("а", "іt")."""
    latin = np.concatenate(([True], masks & LATIN != 0, [True]))
    short = (masks & (GREEK | CYRILLIC | RARE) != 0) & (masks & LATIN == 0) & (ends - starts <= 2)
    words = [
        Word(text[starts[at] : ends[at]], int(starts[at]), int(ends[at]), int(masks[at]))
        for at in np.flatnonzero(short & latin[:-2] & latin[2:]).tolist()
    ]
    for word, (alphabet, clear, _) in zip(words, _surroundings(bits, words), strict=True):
        plain = reading(word.text)[0]
        if plain is not None and alphabet == LATIN and clear and not _near(word, neighbours):
            yield word, plain


def _surroundings(bits: Bits, words: list[Word]) -> list[tuple[int, bool, bool]]:
    """Of each word the alphabet of the text around it (0: no letter there), whether clearly so, and whether letters
    of a script without alphabet are so many that full-width letters are at home."""
    starts = np.array([word.start for word in words], np.intp)
    ends = np.array([word.end for word in words], np.intp)
    before, after = np.maximum(starts - AROUND, 0), np.minimum(ends + AROUND, len(bits))

    def count(alphabet: int) -> NDArray[np.int64]:
        sums = np.concatenate(([0], np.cumsum((bits & alphabet) != 0)))
        counts: NDArray[np.int64] = sums[after] - sums[ends] + sums[starts] - sums[before]
        return counts

    latin, greek, cyrillic, other = map(count, (LATIN, GREEK, CYRILLIC, OTHER))
    total = latin + greek + cyrillic
    alphabet = np.where(latin >= _LATIN_PERHAPS * total, LATIN, np.where(cyrillic >= greek, CYRILLIC, GREEK))
    alphabet[total == 0] = 0
    clear = latin >= _LATIN_AROUND * total
    return list(zip(alphabet.tolist(), clear.tolist(), (5 * other > latin).tolist(), strict=True))


def _own_script(word: Word) -> int:
    """The alphabet that most letters of a word are of, for a word that stands alone."""
    table = character_bits()
    counts = Counter(int(table[ord(letter)]) for letter in word.text)
    return max((LATIN, CYRILLIC, GREEK), key=lambda alphabet: counts[alphabet])
