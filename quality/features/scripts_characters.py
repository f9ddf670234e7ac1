"""What characters are: the alphabet of a letter, marks, invisible characters, and words of several of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from quality.features import Span
from quality.features.encoding import Trace

__all__ = [
    "ALPHABETS",
    "AROUND",
    "CYRILLIC",
    "FOREIGN",
    "GREEK",
    "INVISIBLE",
    "LATIN",
    "LONGEST",
    "MARK",
    "OTHER",
    "RARE",
    "STYLED",
    "WIDE",
    "Bits",
    "Word",
    "character_bits",
    "mixed_masks",
    "trace",
]

# What a character is, one bit each, so that a word's characters can be joined by "or".
LATIN, GREEK, CYRILLIC, STYLED, WIDE, RARE, OTHER, MARK, INVISIBLE = (1 << bit for bit in range(9))
FOREIGN = (GREEK, CYRILLIC, STYLED, WIDE, RARE)
ALPHABETS = LATIN | GREEK | CYRILLIC | STYLED | WIDE | RARE

#: Blocks by kind; later ones win. All above U+0530 that is not named is a letter of another script, which
#: may stand beside any other (Japanese, Thai, product names): too much is better than too little here.
_BLOCKS: tuple[tuple[int, str], ...] = (
    (OTHER, "0531-1fff 2c00-2dff 3005-3007 3021-3029 3031-3035 3041-d7ff f900-fdff fe70-fefc ff66-ffdc 10000-1cfff "
             "1e000-1efff 20000-3ffff"),
    (0, "2000-2bff 2e00-3004 3008-3020 3030 3036-3040 30fb fd3e-fd3f fe10-fe1f fe30-fe6f ff00-ff20 ff3b-ff40 "
        "ff5b-ff65 ffe0-ffff"),
    (LATIN, "41-5a 61-7a aa ba c0-d6 d8-f6 f8-2af 1d00-1d25 1d6b-1d77 1d79-1d9a 1e00-1eff 2c60-2c7f a722-a787 "
             "a78b-a7ff ab30-ab5a ab60-ab64 fb00-fb06"),
    (GREEK, "370-373 376-377 37b-37d 37f 386 388-3e1 3f0-3ff 1d26-1d2a 1f00-1fbc 1fc2-1fcc 1fd0-1fdb 1fe0-1fec "
             "1ff2-1ffc"),
    (CYRILLIC, "400-481 48a-52f 1c80-1c8f a640-a66e a680-a69b"),
    (RARE, "531-556 561-587 13a0-13fd ab70-abbf a4d0-a4f7 2c80-2cf3 10400-1044f 118a0-118df"),
    (STYLED, "210b-2113 2115 2118-211d 2124 2128 212a 212c-2131 2133-2134 2139 2145-2149 249c-24e9 1d400-1d7cb "
              "1f110-1f12b 1f130-1f149 1f150-1f169 1f170-1f189"),
    (WIDE, "ff21-ff3a ff41-ff5a"),
    (MARK, "ad 2b0-2ff 300-36f 483-489 1ab0-1aff 1d2c-1d6a 1d78 1d9b-1dff 20d0-20f0 2de0-2dff a66f-a67f fe20-fe2f"),
    (INVISIBLE, "34f 61c 115f-1160 17b4-17b5 180b-180f 200b-200f 202a-202e 2060-206f 3164 fe00-fe0f feff ffa0 "
                 "fff9-fffb e0000-e0fff"),
)  # fmt: skip
#: How far to look for the script around a word, in characters.
AROUND = 200
#: Longer runs of characters are no words.
LONGEST = 100

#: The kinds of characters, or of words' characters joined.
Bits = NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Word:
    """A run of letters, marks and invisible characters, where it stands, and the kinds of its characters."""

    text: str
    start: int
    end: int
    mask: int


@cache
def character_bits() -> Bits:
    """The kind of every code point, shape (0x110000,)."""
    table = np.zeros(0x110000, np.uint16)
    for kind, blocks in _BLOCKS:
        for block in blocks.split():
            first, _, last = block.partition("-")
            table[int(first, 16) : int(last or first, 16) + 1] = kind
    table.flags.writeable = False
    return table


@cache
def mixed_masks() -> NDArray[np.bool_]:
    """Which combinations of kinds in a word are worth a look, shape (512,)."""
    wanted = np.zeros(512, bool)
    for mask in range(512):
        alphabets = mask & ALPHABETS
        several = alphabets & (alphabets - 1)
        wanted[mask] = not mask & OTHER and (several or alphabets & (STYLED | WIDE))
    return wanted


def trace(code: str, word: Word, plain: str | None) -> Trace:
    """A word of mixed scripts, which counts, with its plain spelling if there is one."""
    return Span(code, word.start, word.end, 5.0, plain, detail=_names(word)), True


def _names(word: Word) -> str:
    """Names of the scripts in a word, in the order of their bits."""
    names = ("Latin", "Greek", "Cyrillic", "mathematical or enclosed", "full-width", "other")
    return " and ".join(name for bit, name in enumerate(names) if word.mask >> bit & 1)
