"""Parquet and Arrow tables: each row is a document, read some hundred rows at a time.

Rows are unpacked here, with every column, and made documents where they are scored (`Rows`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Final

from quality.document import Document
from quality.errors import ReadError
from quality.extras import needs
from quality.parallel import FIRST_CHARACTERS, runs
from quality.reading.records import BadRecordError, Layout, Record, text_and_id, unreadable

if TYPE_CHECKING:
    import pyarrow

__all__ = ["TABLES", "Rows", "cut_table"]

_PARQUET: Final = b"PAR1"
_ARROW_FILE: Final = b"ARROW1"
_ARROW_STREAM: Final = b"\xff\xff\xff\xff"
#: How tables begin.
TABLES: Final = (_PARQUET, _ARROW_FILE, _ARROW_STREAM)
#: Rows at a time: some megabytes of ordinary pages, whatever the size of a row group.
_ROWS: Final = 256


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a table that follow each other, about as many as are scored together.

    `cells` are the text and id of each, `first` is the number of the first of them in its table. `batch` has all
    columns, and is not sent to another process: nobody needs them there.
    """

    cells: tuple[tuple[Any, Any], ...]
    first: int
    path: str
    text_field: str
    id_field: str
    batch: pyarrow.RecordBatch | None

    def __reduce__(self) -> tuple[Any, ...]:
        return Rows, (self.cells, self.first, self.path, self.text_field, self.id_field, None)

    @property
    def size(self) -> int:
        return sum(map(_size, self.cells))

    @property
    def count(self) -> int:
        return len(self.cells)

    def read(self) -> list[Document]:
        """One document a row, in order; a row without text is one with `error`."""
        return [self._document(text, id, number) for number, (text, id) in enumerate(self.cells, start=self.first)]

    def record(self, document: Document) -> Record:
        """The record of a row; its `fields` are a table of one row, with every column."""
        assert self.batch is not None
        row = self.batch.slice((document.line or 0) - self.first, 1)
        return Record(document, Layout("parquet", self.text_field, schema=self.batch.schema), row)

    def _document(self, text: Any, id: Any, number: int) -> Document:
        try:
            if isinstance(text, BadRecordError):
                raise text
            found, name = text_and_id({self.id_field: id, self.text_field: text}, self.text_field, self.id_field)
            return Document(text=found, id=name, path=self.path, line=number)
        except BadRecordError as error:
            return unreadable(error, path=self.path, number=number)


def cut_table(stream: IO[bytes], head: bytes, *, path: str, text_field: str, id_field: str) -> Iterator[Rows]:
    """The rows of a table in runs, in order."""
    with needs("parquet", path):
        import pyarrow as pa
    first = 1
    try:
        for batch in _batches(stream, head):
            if first == 1:
                _check_columns(batch.schema, path, text_field)
            texts = _cells(batch, text_field)
            ids = _cells(batch, id_field) if id_field in batch.schema.names else [None] * batch.num_rows
            at = 0
            for run in runs(zip(texts, ids, strict=True), lambda cells: (_size(cells), 1), first=FIRST_CHARACTERS):
                yield Rows(tuple(run), first, path, text_field, id_field, batch.slice(at, len(run)))
                at += len(run)
                first += len(run)
    # A file may claim to hold more than memory does.
    except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
        reason = " ".join(str(error).split()).removesuffix(".")[:200] or type(error).__name__
        raise ReadError(path, f"broken table ({reason}); fetch or write it again") from error


def _size(cells: tuple[Any, Any]) -> int:
    """About the `Document.size` of a row, and what it takes to send it."""
    return len(cells[0]) if isinstance(cells[0], str | bytes) else 0


def _batches(stream: IO[bytes], head: bytes) -> Iterator[pyarrow.RecordBatch]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if head.startswith(_PARQUET):
        # By row group and page; without a buffer of its own for everything that will be wanted.
        table = pq.ParquetFile(stream, pre_buffer=False, buffer_size=1 << 16)
        yield from table.iter_batches(batch_size=_ROWS, use_threads=False)
        return
    reader: Any
    if head.startswith(_ARROW_STREAM):
        reader = pa.ipc.open_stream(stream)
        batches = iter(reader)
    else:
        reader = pa.ipc.open_file(stream)
        batches = (reader.get_batch(at) for at in range(reader.num_record_batches))
    for batch in batches:
        _check_values(batch)
        for start in range(0, batch.num_rows, _ROWS):
            yield batch.slice(start, _ROWS)


def _check_values(batch: pyarrow.RecordBatch) -> None:
    """Raise ArrowInvalid where values are not what their types say, or lie elsewhere: a look would end this process.

    Text may be no UTF-8: that is told of each row.
    """
    import pyarrow as pa

    as_bytes = {pa.string(): pa.binary(), pa.large_string(): pa.large_binary(), pa.string_view(): pa.binary_view()}
    for field, column in zip(batch.schema, batch.columns, strict=True):
        if column.null_count and not field.nullable:
            raise pa.ArrowInvalid(f'"{field.name}" has nulls, and may have none')
        if column.type in as_bytes:
            column = column.view(as_bytes[column.type])
        column.validate(full=True)


def _check_columns(schema: pyarrow.Schema, path: str, text_field: str) -> None:
    count = schema.names.count(text_field)
    if count == 0:
        names = ", ".join(json.dumps(name, ensure_ascii=False) for name in schema.names[:6]) or "none"
        raise ReadError(path, f'has no column "{text_field}" (it has {names}); name the right one with --text-field')
    if count > 1:
        raise ReadError(path, f'has two columns "{text_field}"; give each column a name of its own')


def _cells(batch: pyarrow.RecordBatch, name: str) -> list[Any]:
    """The values of a column; what no text can be made of is an error in its place."""
    column = batch.column(name)
    try:
        return column.to_pylist()  # type: ignore[no-any-return]
    except UnicodeDecodeError:
        return [_cell(value) for value in column]


def _cell(value: Any) -> Any:
    try:
        return value.as_py()
    except UnicodeDecodeError:
        return BadRecordError("its text is not valid UTF-8, as its type says; write the table again")
