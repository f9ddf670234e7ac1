"""Invisible characters and stacks of marks, in words and beside them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from quality.features import Span
from quality.features.encoding import Trace
from quality.features.scripts_characters import INVISIBLE, LONGEST, MARK, OTHER, Bits, character_bits

__all__ = ["find_invisible", "find_stacks"]

_STACK = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{5,}")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def find_invisible(text: str, starts: list[int], ends: list[int], masks: list[int]) -> Iterator[Trace]:
    """Invisible characters: within words, which count, and those beside them that have no work to do.

    The runs of characters with some in them start and end at `starts` and `ends`, and are of the kinds of `masks`.
    """
    table = character_bits()
    right_to_left = _RIGHT_TO_LEFT.search(text) is not None
    for start, end, mask in zip(starts, ends, masks, strict=True):
        run = text[start : min(end, start + LONGEST)]
        places = [at for at, letter in enumerate(run) if table[ord(letter)] == INVISIBLE]
        within = [at for at in places if _between_letters(run, at, table)]
        if within and not mask & OTHER:
            mark = run[within[0]]
            code = "X404" if mark in _BIDI else "X405" if _selects(mark) else "X403"
            plain = "".join(letter for letter in run if table[ord(letter)] != INVISIBLE).replace("\u00ad", "")
            yield Span(code, start, start + len(run), 4.0, plain, detail=_name(mark)), True
            continue
        for at in places:
            span = _stray(text, start + at, mask, right_to_left)
            if span is not None:
                yield span, False


def _between_letters(run: str, at: int, table: Bits) -> bool:
    """Whether letters of alphabets that need no invisible characters stand on both sides."""
    before, after = at - 1, at + 1
    while before >= 0 and table[ord(run[before])] & (INVISIBLE | MARK):
        before -= 1
    while after < len(run) and table[ord(run[after])] & (INVISIBLE | MARK):
        after += 1
    return before >= 0 and after < len(run)


def _stray(text: str, at: int, mask: int, right_to_left: bool) -> Span | None:
    """An invisible character that is in no word: None where it has work to do."""
    mark = text[at]
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if mask & OTHER or (not at and mark == "\ufeff"):
        return None
    if mark in _BIDI:
        return None if right_to_left else Span("X404", at, at + 1, 0.5, detail=_name(mark))
    symbol = bool(before) and (ord(before) > 0x2000 or before in "0123456789#*©®")
    if symbol and (_selects(mark) or mark == "\u200d" or "\U000e0020" <= mark <= "\U000e007f"):
        return None
    if _selects(mark):
        return Span("X405", at, at + 1, 0.5, detail=_name(mark))
    if ord(after or " ") > 0x2FFF or (symbol and ord(before) > 0x2FFF):
        return None
    return Span("X403", at, at + 1, 0.5, detail=_name(mark))


def _selects(mark: str) -> bool:
    return "\ufe00" <= mark <= "\ufe0f" or "\U000e0100" <= mark <= "\U000e01ef" or "\u180b" <= mark <= "\u180f"


def find_stacks(text: str) -> Iterator[Trace]:
    """Letters under five marks and more."""
    for match in _STACK.finditer(text):
        start = max(0, match.start() - 1)
        yield Span("X406", start, min(match.end(), start + LONGEST), 3.0, text[start : start + 1]), True


def _name(mark: str) -> str:
    return f"U+{ord(mark):04X} {unicodedata.name(mark, '').lower()}".rstrip()
