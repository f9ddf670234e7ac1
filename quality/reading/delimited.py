"""CSV and TSV: the first row names the columns, each further one is a document.

Where rows end is found by parsing them, so that it is done by who cuts; all else by who scores.
"""

from __future__ import annotations

import csv
import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from quality.document import Document
from quality.errors import ReadError
from quality.parallel import FIRST_CHARACTERS, runs
from quality.reading.jsonl import decoded_wide
from quality.reading.packing import MOST_BYTES
from quality.reading.records import BadRecordError, Layout, Record, text_and_id, unreadable
from quality.reading.streams import LongLine
from quality.reading.text import has_surrogate, is_wide, why_undecodable

__all__ = ["Cells", "cut_rows"]

#: What may stand between cells: the first one that makes the header name the text column is taken.
_DELIMITERS = (",", ";", "\t", "|")

#: The line that a row begins on, and its cells, or why it has none.
Row = tuple[int, tuple[str, ...] | BadRecordError]


@dataclass(frozen=True, slots=True)
class Cells:
    """Rows of one file that follow each other, about as many as are scored together."""

    rows: tuple[Row, ...]
    path: str
    layout: Layout
    id_field: str
    encoding: str

    @property
    def size(self) -> int:
        return sum(map(_size, self.rows))

    @property
    def count(self) -> int:
        return len(self.rows)

    def read(self) -> list[Document]:
        """One document a row, in order; a bad row is one with `error`."""
        return [self._document(row, number) for number, row in self.rows]

    def record(self, document: Document) -> Record:
        _, row = self.rows[bisect_left(self.rows, document.line or 0, key=lambda row: row[0])]
        return Record(document, self.layout, () if isinstance(row, BadRecordError) else row)

    def _document(self, row: tuple[str, ...] | BadRecordError, number: int) -> Document:
        columns = self.layout.columns
        try:
            if isinstance(row, BadRecordError):
                raise row
            if len(row) != len(columns):
                raise BadRecordError(f"has {_count(len(row))}, the header has {len(columns)}; correct or remove it")
            if any(map(has_surrogate, row)):
                raise BadRecordError(f"is not valid {self.encoding.upper()}; name its encoding with --encoding")
            text, id = text_and_id(dict(zip(columns, row, strict=True)), self.layout.text_field, self.id_field)
            return Document(text=text, id=id, path=self.path, line=number)
        except BadRecordError as error:
            return unreadable(error, path=self.path, number=number)


def cut_rows(
    lines: Iterable[bytes | LongLine], *, path: str, text_field: str, id_field: str, encoding: str
) -> Iterator[Cells]:
    """The rows of a file that are not blank, in runs, in order."""
    # A setting of the whole process: csv knows no other. A cell may be as long as a document.
    csv.field_size_limit(MOST_BYTES)
    decoded = _decoded(lines, path, encoding)
    header = next(decoded, "").removeprefix("\ufeff")
    try:
        columns, delimiter = _columns(header, path, text_field)
    except csv.Error as error:  # a carriage return within it, say
        raise ReadError(path, f"its first row is not valid CSV ({error}); write the file again") from error
    layout = Layout("csv", text_field, columns, delimiter)
    for some in runs(_rows(decoded, delimiter), lambda row: (_size(row), 1), first=FIRST_CHARACTERS):
        yield Cells(tuple(some), path, layout, id_field, encoding)


def _rows(decoded: Iterator[str], delimiter: str) -> Iterator[Row]:
    rows = csv.reader(decoded, delimiter=delimiter, strict=True)
    while True:
        begins = rows.line_num + 2  # the header was line 1
        try:
            row = next(rows, None)
        except csv.Error as error:
            yield begins, BadRecordError(f"is not valid CSV ({error}); correct or remove it")
            continue
        if row is None:
            return
        if row:
            yield begins, tuple(row)


def _size(row: Row) -> int:
    """About the `Document.size` of a row, and what it takes to send it."""
    _, cells = row
    return 0 if isinstance(cells, BadRecordError) else sum(map(len, cells))


def _columns(header: str, path: str, text_field: str) -> tuple[tuple[str, ...], str]:
    """The names of the columns, and what stands between them."""
    for delimiter in _DELIMITERS:
        columns = tuple(next(csv.reader([header], delimiter=delimiter), ()))
        if text_field in columns:
            twice = sorted({name for name in columns if columns.count(name) > 1})
            if twice:
                raise ReadError(path, f'has two columns "{twice[0]}"; give each column a name of its own')
            return columns, delimiter
    names = ", ".join(json.dumps(name, ensure_ascii=False) for name in next(csv.reader([header]), [])[:6]) or "none"
    raise ReadError(
        path, f'has no column "{text_field}" (its first row is {names}); name the right one with --text-field'
    )


def _decoded(lines: Iterable[bytes | LongLine], path: str, encoding: str) -> Iterator[str]:
    """Lines as str; bytes that are wrong become surrogates, and cost the row that they stand in."""
    decoded: Iterable[str | UnicodeError | LongLine]
    if is_wide(encoding):
        decoded = decoded_wide(lines, encoding)
    else:
        decoded = (line if isinstance(line, LongLine) else line.decode(encoding, "surrogateescape") for line in lines)
    for line in decoded:
        if isinstance(line, LongLine):
            raise ReadError(path, line.reason)
        if isinstance(line, UnicodeError):
            raise ReadError(path, why_undecodable(line, encoding))
        yield line


def _count(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"
