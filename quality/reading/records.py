"""A document with the form that it came in, so that it can be written again as it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from quality.document import Document
from quality.errors import ReadError
from quality.reading.text import has_surrogate

if TYPE_CHECKING:
    from pyarrow import Schema

__all__ = ["BadRecordError", "Failure", "Layout", "Record", "kind_of", "text_and_id", "unreadable"]


@dataclass(frozen=True, slots=True)
class Layout:
    """The form of the records of one source.

    `columns` and `delimiter` are those of a CSV table, `schema` is that of a Parquet or Arrow table.
    "document" stands for everything that is one text to begin with: its only form is its text.
    """

    format: Literal["document", "jsonl", "csv", "parquet"] = "document"
    text_field: str = "text"
    columns: tuple[str, ...] = ()
    delimiter: str = ","
    schema: Schema | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A document and what it was read from: a line of JSON, the cells of a row, or a table of one row.

    `fields` is None where there is nothing but the text. Of a record that could not be read it is what is known.
    """

    document: Document
    layout: Layout = Layout()
    fields: Any = None


@dataclass(frozen=True, slots=True)
class Failure(Document):
    """No document, but what could not be read in its place: `path` is the source of the error, `error` its reason.

    It is told where the documents before it are read, so that errors come in the order of the input.
    """

    @classmethod
    def of(cls, error: ReadError) -> Failure:
        return cls("", path=error.source, error=error.reason)

    @property
    def count(self) -> int:
        return 0

    def read(self, on_error: Callable[[ReadError], None]) -> tuple[Document, ...]:
        on_error(ReadError(self.path or "-", self.error or ""))
        return ()


class BadRecordError(Exception):
    """Why a record is not a document, and what to do."""

    def __init__(self, reason: str, *, id: str | None = None) -> None:
        super().__init__(reason)
        self.id = id


def unreadable(
    error: BadRecordError,
    layout: Layout,
    fields: Any = None,
    *,
    path: str,
    number: int,
    on_error: Callable[[ReadError], None],
) -> Record:
    """The record that stands for one that is no document, after `on_error` was told."""
    on_error(ReadError(f"{path}:{number}", str(error)))
    return Record(Document(text="", id=error.id, path=path, line=number, error=str(error)), layout, fields)


def text_and_id(record: Mapping[str, Any], text_field: str, id_field: str) -> tuple[str, str | None]:
    """Text and id among the fields of a record, of whatever form. Numbers become ids in decimal."""
    id = record.get(id_field)
    if isinstance(id, int | float) and not isinstance(id, bool):
        id = json.dumps(id)
    if id is not None and (not isinstance(id, str) or has_surrogate(id)):
        raise BadRecordError(f"its {json.dumps(id_field)} is no text or number; correct it, or name another --id-field")
    if text_field not in record:
        fields = ", ".join(json.dumps(name, ensure_ascii=False) for name in list(record)[:6]) or "none"
        raise BadRecordError(
            f"has no field {json.dumps(text_field)} (it has {fields}); name the right one with --text-field", id=id
        )
    text = record[text_field]
    if not isinstance(text, str):
        raise BadRecordError(
            f"its {json.dumps(text_field)} is {kind_of(text)}, not text; correct it, or name another --text-field",
            id=id,
        )
    if has_surrogate(text):
        raise BadRecordError(
            f"its {json.dumps(text_field)} holds half a character (a lone surrogate); write the file again as UTF-8",
            id=id,
        )
    return text, id


def kind_of(value: object) -> str:
    """What a JSON value is, for a person."""
    if value is None:
        return "null"
    names = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "a string",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), type(value).__name__)
