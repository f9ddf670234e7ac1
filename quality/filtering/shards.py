"""Writes records in the form that they came in, into files that appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from quality.reading import Layout, Record
from quality.report.records import RECORD_SUFFIXES, Columns, RecordWriter, record_writer

__all__ = ["Shard", "publish", "sync_directory"]


class Shard:
    """One part of an output, under a name of its own until it is published."""

    def __init__(self, directory: Path, number: int, layout: Layout) -> None:
        name = f"part-{number:05d}.{RECORD_SUFFIXES[layout.format]}"
        self.path = directory / name
        self._temporary = directory / f".{name}.tmp"
        self._layout = layout
        self._writer: RecordWriter | None = None

    def write(self, record: Record, text: str, added: Columns) -> None:
        """Write a record with this text, and more columns; all records of a shard have the same ones."""
        if self._writer is None:
            self._writer = record_writer(self._temporary, self._layout, tuple(added))
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
