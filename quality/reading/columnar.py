"""Parquet and Arrow tables: each row is a document, read some hundred rows at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, Any, Final

from quality.document import Document
from quality.errors import ReadError
from quality.extras import needs
from quality.reading.records import BadRecordError, Layout, Record, text_and_id, unreadable

if TYPE_CHECKING:
    import pyarrow

__all__ = ["TABLES", "read_table"]

_PARQUET: Final = b"PAR1"
_ARROW_FILE: Final = b"ARROW1"
_ARROW_STREAM: Final = b"\xff\xff\xff\xff"
#: How tables begin.
TABLES: Final = (_PARQUET, _ARROW_FILE, _ARROW_STREAM)
#: Rows at a time: some megabytes of ordinary pages, whatever the size of a row group.
_ROWS: Final = 256


def read_table(
    stream: IO[bytes],
    head: bytes,
    *,
    path: str,
    text_field: str,
    id_field: str,
    on_error: Callable[[ReadError], None],
) -> Iterator[Record]:
    """One Record a row, in order; a row without text is one with `error`, and goes to `on_error`.

    `fields` of a Record is a table of one row, with every column.
    """
    with needs("parquet", path):
        import pyarrow as pa
    number = 0
    layout = Layout("parquet", text_field)
    try:
        for batch in _batches(stream, head):
            if number == 0:
                _check_columns(batch.schema, path, text_field)
                layout = Layout("parquet", text_field, schema=batch.schema)
            texts = _cells(batch, text_field)
            ids = _cells(batch, id_field) if id_field in batch.schema.names else [None] * batch.num_rows
            for at, (text, id) in enumerate(zip(texts, ids, strict=True)):
                number += 1
                row = batch.slice(at, 1)
                try:
                    if isinstance(text, BadRecordError):
                        raise text
                    fields = {text_field: text, id_field: id if text_field != id_field else text}
                    found, name = text_and_id(fields, text_field, id_field)
                    yield Record(Document(text=found, id=name, path=path, line=number), layout, row)
                except BadRecordError as error:
                    yield unreadable(error, layout, row, path=path, number=number, on_error=on_error)
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = " ".join(str(error).split()).removesuffix(".")[:200]
        raise ReadError(path, f"broken table ({reason}); fetch or write it again") from error


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
        for start in range(0, batch.num_rows, _ROWS):
            yield batch.slice(start, _ROWS)


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
