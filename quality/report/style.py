"""How a text report may look where it goes: width, colours, and which characters it can hold."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

__all__ = ["Style", "style_for"]

#: Lines longer than this are hard to read, however wide the terminal.
_WIDEST = 100
#: Narrower than this, bars and excerpts fall apart.
_NARROWEST = 40
#: Where the width is not known: pipes and files.
_USUAL = 88


@dataclass(frozen=True, slots=True)
class Style:
    """`width` in columns; `colour`: ANSI sequences; `unicode`: bars and marks beyond ASCII."""

    width: int = _USUAL
    colour: bool = False
    unicode: bool = True

    def paint(self, text: str, *codes: int) -> str:
        r"""The text between ANSI sequences, or as it is where there are no colours.

        >>> Style().paint("bad", 1, 31), Style(colour=True).paint("bad", 1, 31)
        ('bad', '\x1b[1;31mbad\x1b[0m')
        """
        if not self.colour or not text:
            return text
        return f"\x1b[{';'.join(map(str, codes))}m{text}\x1b[0m"


def style_for(stream: TextIO, environ: Mapping[str, str]) -> Style:
    """The style that a stream can show. NO_COLOR, then FORCE_COLOR, then TERM=dumb decide before the terminal."""
    terminal = stream.isatty()
    if environ.get("NO_COLOR"):
        colour = False
    elif environ.get("FORCE_COLOR"):
        colour = environ["FORCE_COLOR"] != "0"
    else:
        colour = terminal and environ.get("TERM") != "dumb"
    columns = shutil.get_terminal_size((_USUAL, 24)).columns if terminal else _USUAL
    return Style(width=max(_NARROWEST, min(columns, _WIDEST)), colour=colour, unicode=_holds(stream, "█░·«»…≥→"))


def _holds(stream: TextIO, characters: str) -> bool:
    try:
        characters.encode(stream.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True
