"""Offsets of a text ↔ lines and columns, as people and editors count them; and files as repositories name them."""

from __future__ import annotations

import os
import re
from bisect import bisect_right

__all__ = ["Places", "path_from"]

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


def path_from(directory: str, path: str) -> str:
    """The path from a directory, with slashes: what a baseline holds, and what a code host knows files by.

    Standard input and remote addresses stay as they are.

    >>> path_from("seeds", "./seeds/a.txt"), path_from(".", "s3://bucket/a.txt")
    ('a.txt', 's3://bucket/a.txt')
    """
    if path == "-" or "://" in path:
        return path
    return os.path.relpath(path, directory).replace(os.sep, "/")
