"""Writes records in the form that they came in, into files that appear whole or not at all."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Final, Protocol

from quality.reading import Layout, Record

__all__ = ["Shard", "publish", "sync_directory"]

#: Rows of a Parquet table that are written as one row group, and the text in them: enough for columns to be packed
#: well, few enough for memory. Chosen by hand.
_GROUP_ROWS: Final = 4096
_GROUP_CHARACTERS: Final = 16_000_000

Columns = Mapping[str, Any]


class _Writer(Protocol):
    def write(self, record: Record, text: str, added: Columns) -> None: ...
    def close(self) -> None: ...


class Shard:
    """One part of an output, under a name of its own until it is published."""

    def __init__(self, directory: Path, number: int, layout: Layout) -> None:
        name = f"part-{number:05d}.{_SUFFIXES[layout.format]}"
        self.path = directory / name
        self._temporary = directory / f".{name}.tmp"
        self._layout = layout
        self._writer: _Writer | None = None

    def write(self, record: Record, text: str, added: Columns) -> None:
        """Write a record with this text, and more columns; all records of a shard have the same ones."""
        if self._writer is None:
            self._writer = _WRITERS[self._layout.format](self._temporary, self._layout, tuple(added))
        self._writer.write(record, text, added)

    def publish(self) -> None:
        """Give the file its name, if there is anything in it."""
        if self._writer is not None:
            self._writer.close()
            publish(self._temporary, self.path)


def publish(temporary: Path, path: Path) -> None:
    """Put a finished file in its place, so that no crash leaves half of it there."""
    with temporary.open("rb") as stream:
        os.fsync(stream.fileno())
    temporary.replace(path)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make the names in a directory outlast a crash of the machine."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


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
            schema = schema.append(pa.field(name, _added_type(name)))
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
            table = table.append_column(pa.field(name, _added_type(name)), pa.array(values, _added_type(name)))
            values.clear()
        self._file.write_table(table.cast(self._schema))
        self._rows.clear()
        self._texts.clear()
        self._characters = 0


def _added_type(name: str) -> Any:
    import pyarrow as pa

    if name in ("quality_line", "quality_words"):
        return pa.int64()
    texts = ("reasons", "path", "language", "verdict", "error", "signature")
    return pa.string() if name.removeprefix("quality_") in texts else pa.float64()


_SUFFIXES: Final = {"document": "jsonl", "jsonl": "jsonl", "csv": "csv", "parquet": "parquet"}
_WRITERS: Final[Mapping[str, type[_Lines] | type[_Rows] | type[_Tables]]] = {
    "document": _Lines,
    "jsonl": _Lines,
    "csv": _Rows,
    "parquet": _Tables,
}
