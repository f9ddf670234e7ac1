"""Offsets of a text ↔ lines and columns, as people and editors count them."""

from __future__ import annotations

import re
from bisect import bisect_right

__all__ = ["Places"]

_LINE_END = re.compile(r"\r\n|\n|\r")


class Places:
    r"""Offsets of a text ↔ lines and columns as editors show them, both counted from 1.

    >>> places = Places("one\r\ntwo")
    >>> places.of(6), places.offset(2, 2)
    ((2, 2), 6)
    """

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def of(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """Offset of a line and column."""
        return self._starts[line - 1] + column - 1
