"""JSONL: one JSON object a line, each a document. Read a line at a time, whatever the size of the file.

To cut a file into lines takes a tenth of the time of parsing them, so that one process can do it for many (`Lines`).
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from quality.document import Document
from quality.errors import ReadError
from quality.parallel import FIRST_CHARACTERS, runs
from quality.reading.packing import MOST_BYTES
from quality.reading.records import BadRecordError, Layout, Record, kind_of, text_and_id, unreadable
from quality.reading.streams import LongLine
from quality.reading.text import is_wide, why_undecodable

__all__ = ["Lines", "decoded_wide", "looks_like_records", "read_lines", "read_records"]


@dataclass(frozen=True, slots=True)
class Lines(Document):
    """Lines of one file that follow each other, to be parsed where their documents are scored.

    `first` is the number of the first of them in its file. The other fields are as in `read_records`.
    """

    lines: tuple[bytes | LongLine, ...] = ()
    first: int = 1
    text_field: str = "text"
    id_field: str = "id"
    encoding: str = "utf-8"

    @property
    def size(self) -> int:
        return sum(map(_size, self.lines))

    @property
    def count(self) -> int:
        return len(self.lines)

    def read(self, on_error: Callable[[ReadError], None]) -> tuple[Document, ...]:
        records = read_records(
            self.lines,
            self.first,
            path=self.path or "-",
            text_field=self.text_field,
            id_field=self.id_field,
            encoding=self.encoding,
            on_error=on_error,
        )
        return tuple([record.document for record in records])


def read_lines(
    lines: Iterable[bytes | LongLine], *, path: str, text_field: str, id_field: str, encoding: str
) -> Iterator[Record]:
    """Records each of which stands for those on some lines, enough to be scored together.

    Not for encodings of wide characters: only who knows all that comes before a line can decode it.
    """
    first = 1
    for some in runs(lines, lambda line: (_size(line), 1), first=FIRST_CHARACTERS):
        part = Lines(
            "",
            path=path,
            lines=tuple(some),
            first=first,
            text_field=text_field,
            id_field=id_field,
            encoding=encoding,
        )
        yield Record(part, Layout("jsonl", text_field))
        first += len(some)


def _size(line: bytes | LongLine) -> int:
    """About the `Document.size` of a line; counting the line ends in its text takes longer than all else done here."""
    return 0 if isinstance(line, LongLine) else len(line)


def read_records(
    lines: Iterable[bytes | LongLine],
    first: int = 1,
    /,
    *,
    path: str,
    text_field: str,
    id_field: str,
    encoding: str,
    on_error: Callable[[ReadError], None],
) -> Iterator[Record]:
    """One Record a line that is not blank, in order; a bad line is one with `error`, and goes to `on_error`.

    `first` is the number of the first line in its file.
    """
    layout = Layout("jsonl", text_field)
    for number, line in enumerate(_decoded(lines, encoding), start=first):
        try:
            if isinstance(line, UnicodeError):
                raise BadRecordError(why_undecodable(line, encoding))
            if isinstance(line, LongLine):
                raise BadRecordError(line.reason)
            if number == 1:
                line = line.removeprefix("\ufeff")
            if not line.strip():
                continue
            text, id = text_and_id(parse_record(line, text_field), text_field, id_field)
            yield Record(Document(text=text, id=id, path=path, line=number), layout, line)
        except BadRecordError as error:
            fields = line if isinstance(line, str) else None
            yield unreadable(error, layout, fields, path=path, number=number, on_error=on_error)


def parse_record(line: str, text_field: str) -> dict[str, Any]:
    """The fields of a record."""
    record = _parse(line)
    if not isinstance(record, dict):
        raise BadRecordError(
            f"is {kind_of(record)}, not a JSON object; write {{{json.dumps(text_field)}: …}} for each document"
        )
    return record


def looks_like_records(head: bytes, text_field: str, encoding: str) -> bool:
    r"""Whether standard input, which has no name to tell its format by, is JSONL: its first line is a record.

    >>> looks_like_records(b'{"text": "Good morning."}\n', "text", "utf-8")
    True
    """
    line = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if not line.startswith(b"{") or is_wide(encoding):
        return False
    first, end, _ = line.partition(b"\n")
    if not end:  # longer than the head: enough that it begins like a record
        return json.dumps(text_field).encode(encoding, "replace") in first
    try:
        record = json.loads(first.decode(encoding))
    except (ValueError, RecursionError):
        return False
    return isinstance(record, dict) and text_field in record


def _parse(line: str) -> Any:
    try:
        return json.loads(line.rstrip("\r\n"))
    except json.JSONDecodeError as error:
        cause = error.msg[:1].lower() + error.msg[1:]
        raise BadRecordError(
            f"is not valid JSON ({cause} at column {error.colno}); correct or remove the line"
        ) from None
    except RecursionError:
        raise BadRecordError("is nested too deeply to be a record; correct or remove the line") from None
    except ValueError as error:  # a number of too many digits
        raise BadRecordError(f"is not usable JSON ({error}); correct or remove the line") from None


def _decoded(lines: Iterable[bytes | LongLine], encoding: str) -> Iterator[str | UnicodeError | LongLine]:
    """Each line as str, or why it cannot be decoded; in encodings of wide characters the first error ends it."""
    if is_wide(encoding):
        yield from decoded_wide(lines, encoding)
        return
    for line in lines:
        if isinstance(line, LongLine):
            yield line
            continue
        try:
            yield line.decode(encoding)
        except UnicodeError as error:
            yield error


def decoded_wide(
    lines: Iterable[bytes | LongLine], encoding: str, errors: str = "strict"
) -> Iterator[str | UnicodeError | LongLine]:
    """Lines in encodings whose line ends take more than the one byte that bytes are cut into lines at."""
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    rest = ""
    try:
        for data in lines:
            if isinstance(data, LongLine) or len(rest) > MOST_BYTES:
                yield LongLine()
                return
            *whole, rest = (rest + decoder.decode(data)).split("\n")
            yield from (line + "\n" for line in whole)
        rest += decoder.decode(b"", final=True)
    except UnicodeError as error:
        yield error
        return
    if rest:
        yield rest
