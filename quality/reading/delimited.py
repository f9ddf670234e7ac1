"""CSV and TSV: the first row names the columns, each further one is a document."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator

from quality.document import Document
from quality.errors import ReadError
from quality.reading.jsonl import decoded_wide
from quality.reading.packing import MOST_BYTES
from quality.reading.records import BadRecordError, Layout, Record, text_and_id, unreadable
from quality.reading.streams import LongLine
from quality.reading.text import has_surrogate, is_wide, why_undecodable

__all__ = ["read_rows"]

#: What may stand between cells: the first one that makes the header name the text column is taken.
_DELIMITERS = (",", ";", "\t", "|")


def read_rows(
    lines: Iterable[bytes | LongLine],
    *,
    path: str,
    text_field: str,
    id_field: str,
    encoding: str,
    on_error: Callable[[ReadError], None],
) -> Iterator[Record]:
    """One Record a row that is not blank, in order; a bad row is one with `error`, and goes to `on_error`."""
    # A setting of the whole process: csv knows no other. A cell may be as long as a document.
    csv.field_size_limit(MOST_BYTES)
    decoded = _decoded(lines, path, encoding)
    header = next(decoded, "").removeprefix("\ufeff")
    try:
        columns, delimiter = _columns(header, path, text_field)
    except csv.Error as error:  # a carriage return within it, say
        raise ReadError(path, f"its first row is not valid CSV ({error}); write the file again") from error
    layout = Layout("csv", text_field, columns, delimiter)
    rows = csv.reader(decoded, delimiter=delimiter, strict=True)
    while True:
        begins = rows.line_num + 2  # the header was line 1
        row: list[str] | None = None
        try:
            row = next(rows, None)
            if row is None:
                return
            if not row:
                continue
            if len(row) != len(columns):
                raise BadRecordError(f"has {_cells(len(row))}, the header has {len(columns)}; correct or remove it")
            if any(map(has_surrogate, row)):
                raise BadRecordError(f"is not valid {encoding.upper()}; name its encoding with --encoding")
            text, id = text_and_id(dict(zip(columns, row, strict=True)), text_field, id_field)
            document = Document(text=text, id=id, path=path, line=begins)
            yield Record(document, layout, tuple(row))
        except csv.Error as error:
            bad = BadRecordError(f"is not valid CSV ({error}); correct or remove it")
            yield unreadable(bad, layout, path=path, number=begins, on_error=on_error)
        except BadRecordError as error:
            yield unreadable(error, layout, tuple(row or ()), path=path, number=begins, on_error=on_error)


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


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"
