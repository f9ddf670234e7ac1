"""What input is cut into, and a document with the form that it came in, so that it can be written again as it was.

One process cuts, all that score read, which takes longer: what is sent from the one to the others is a `Piece`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

from quality.document import Document
from quality.errors import ReadError
from quality.reading.text import has_surrogate

if TYPE_CHECKING:
    from pyarrow import Schema

__all__ = [
    "BadRecordError",
    "Failure",
    "Layout",
    "Piece",
    "Record",
    "kind_of",
    "read_piece",
    "text_and_id",
    "unreadable",
]


class Piece(Protocol):
    """What was cut from input: one document or a run of them, yet to be parsed or extracted."""

    @property
    def size(self) -> int:
        """What it takes to score it, in characters, about: see `Document.size`."""

    @property
    def count(self) -> int:
        """How many documents it stands for, about."""

    def read(self) -> Sequence[Document]:
        """Its documents, in order; records that cannot be read have an `error`.

        Raises ReadError where nothing can be read, and nothing stands for that among the documents.
        """

    def record(self, document: Document) -> Record:
        """One of the documents that `read` gave, here or in another process, with the form that it came in."""


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
    Where there is nothing to be cut or parsed, the record is the piece.
    """

    document: Document
    layout: Layout = Layout()
    fields: Any = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Only the document is sent to another process: nobody needs the rest there."""
        return Record, (self.document,)

    @property
    def size(self) -> int:
        return self.document.size

    @property
    def count(self) -> int:
        return 1

    def read(self) -> tuple[Document]:
        return (self.document,)

    def record(self, document: Document) -> Record:
        return replace(self, document=document)


@dataclass(frozen=True, slots=True)
class Failure:
    """What could not be read, and is no document. It stands among the pieces, so that errors come in their order."""

    error: ReadError

    @property
    def size(self) -> int:
        return 0

    @property
    def count(self) -> int:
        return 0

    def read(self) -> tuple[Document, ...]:
        raise self.error

    def record(self, document: Document) -> Record:
        return Record(document)


def read_piece(piece: Piece) -> tuple[Sequence[Document], list[ReadError]]:
    """The documents of a piece, and what of it cannot be read."""
    try:
        documents = piece.read()
    except ReadError as error:
        return (), [error]
    return documents, [ReadError(one.place, one.error) for one in documents if one.error is not None]


class BadRecordError(Exception):
    """Why a record is not a document, and what to do."""

    def __init__(self, reason: str, *, id: str | None = None) -> None:
        super().__init__(reason)
        self.id = id


def unreadable(error: BadRecordError, *, path: str, number: int) -> Document:
    """The document that stands for a record that is none."""
    return Document(text="", id=error.id, path=path, line=number, error=str(error))


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
