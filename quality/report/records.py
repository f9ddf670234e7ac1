"""Records written in the form that they came in, with columns added to their own."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any, Final, Protocol

from quality.document import Report
from quality.errors import UsageError
from quality.reading import Layout, Record
from quality.report.columns import COLUMNS, arrow_type, columns, refuse_taken

__all__ = ["RECORD_SUFFIXES", "Columns", "RecordWriter", "record_writer", "write_with_columns"]

#: Rows of a Parquet table that are written as one row group, and the text in them: enough for columns to be packed
#: well, few enough for memory. Chosen by hand.
_GROUP_ROWS: Final = 4096
_GROUP_CHARACTERS: Final = 16_000_000
#: How the file of each format of `Layout` ends. What is one text to begin with becomes a line of JSON.
RECORD_SUFFIXES: Final = {"document": "jsonl", "jsonl": "jsonl", "csv": "csv", "parquet": "parquet"}

Columns = Mapping[str, Any]


class RecordWriter(Protocol):
    """Writes records of one layout, each with values for the same added columns."""

    def write(self, record: Record, text: str, added: Columns) -> None: ...
    def close(self) -> None: ...


def record_writer(path: Path, layout: Layout, added: tuple[str, ...]) -> RecordWriter:
    """What writes records of a layout to a new file; `added` are the names of the columns beside their own."""
    return _WRITERS[layout.format](path, layout, added)


def write_with_columns(path: Path, scored: Iterable[tuple[Record, Report]], form: str) -> None:
    """Records as they came, each with the columns of its scores; `form` is "jsonl", "csv" or "parquet".

    Raises UsageError where a record is of another form, has other columns than those before it, or has such columns
    already: one file cannot hold both.
    """
    writer: RecordWriter | None = None
    known: Layout | None = None
    for record, report in scored:
        place = record.document.path or "-"
        if record.layout is not known and record.layout != known:
            comes_as = RECORD_SUFFIXES[record.layout.format]
            if comes_as != form:
                raise UsageError(f"{place}: its records would be kept as {comes_as}; give --format {comes_as}")
            if known is not None and form != "jsonl":
                raise UsageError(f"{place}: has other columns than the input before it; score it into another file")
            known = record.layout
            refuse_taken(known.columns or (known.schema.names if known.schema is not None else ()), place)
        if writer is None:
            writer = record_writer(path, record.layout, tuple(COLUMNS))
        if form == "jsonl" and record.fields is not None and '"quality_' in record.fields:
            refuse_taken(json.loads(record.fields) if record.document.error is None else (), place)
        writer.write(record, record.document.text, columns(report))
    if writer is not None:
        writer.close()


class _Lines:
    """JSONL: a line as it was read, where nothing in it changed."""

    def __init__(self, path: Path, layout: Layout, added: tuple[str, ...]) -> None:
        self._stream: IO[str] = path.open("w", encoding="utf-8", newline="")
        self._text_field = layout.text_field

    def write(self, record: Record, text: str, added: Columns) -> None:
        line, document = record.fields, record.document
        if line is not None and not added and text == document.text:
            self._stream.write(line.rstrip("\r\n") + "\n")
            return
        if line is None:
            fields: dict[str, Any] = {"id": document.id, "path": document.path, "text": text}
        elif document.error is None:
            fields = json.loads(line) | {self._text_field: text}
        else:
            fields = {"quality_record": line}
        self._stream.write(json.dumps({**fields, **added}, ensure_ascii=False) + "\n")

    def close(self) -> None:
        self._stream.close()


class _Rows:
    """CSV, with the delimiter that it came with."""

    def __init__(self, path: Path, layout: Layout, added: tuple[str, ...]) -> None:
        self._stream: IO[str] = path.open("w", encoding="utf-8", newline="", errors="backslashreplace")
        self._rows = csv.writer(self._stream, delimiter=layout.delimiter, lineterminator="\n")
        self._layout = layout
        self._rows.writerow((*layout.columns, *added))
        self._text_at = layout.columns.index(layout.text_field)

    def write(self, record: Record, text: str, added: Columns) -> None:
        width = len(self._layout.columns)
        row = [*record.fields, *[""] * width][:width]
        if record.document.error is None:
            row[self._text_at] = text
        self._rows.writerow((*row, *added.values()))

    def close(self) -> None:
        self._stream.close()


class _Tables:
    """Parquet, with every column and its type."""

    def __init__(self, path: Path, layout: Layout, added: tuple[str, ...]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        assert layout.schema is not None
        self._text_field = layout.text_field
        self._source = layout.schema
        schema = layout.schema
        for name in added:
            schema = schema.append(pa.field(name, arrow_type(name)))
        self._schema = schema
        self._file = pq.ParquetWriter(path, schema)
        self._rows: list[Any] = []
        self._texts: list[str | None] = []
        self._added: dict[str, list[Any]] = {name: [] for name in added}
        self._characters = 0

    def write(self, record: Record, text: str, added: Columns) -> None:
        self._rows.append(record.fields)
        self._texts.append(text if text != record.document.text else None)
        for name, value in added.items():
            self._added[name].append(value)
        self._characters += len(record.document.text)
        if len(self._rows) >= _GROUP_ROWS or self._characters >= _GROUP_CHARACTERS:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._file.close()

    def _flush(self) -> None:
        import pyarrow as pa

        if not self._rows:
            return
        table = pa.Table.from_batches(self._rows, self._source).combine_chunks()
        if any(text is not None for text in self._texts):
            at = self._source.names.index(self._text_field)
            old = table.column(at).to_pylist()
            texts = [before if text is None else text for before, text in zip(old, self._texts, strict=True)]
            field = self._source.field(at)
            table = table.set_column(at, field, pa.array(texts, pa.string()).cast(field.type))
        for name, values in self._added.items():
            table = table.append_column(pa.field(name, arrow_type(name)), pa.array(values, arrow_type(name)))
            values.clear()
        self._file.write_table(table.cast(self._schema))
        self._rows.clear()
        self._texts.clear()
        self._characters = 0


_WRITERS: Final[Mapping[str, type[_Lines] | type[_Rows] | type[_Tables]]] = {
    "document": _Lines,
    "jsonl": _Lines,
    "csv": _Rows,
    "parquet": _Tables,
}
