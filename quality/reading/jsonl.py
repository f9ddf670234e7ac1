"""JSONL: one JSON object a line, each a document. Read a line at a time, whatever the size of the file.

To cut a file into lines takes a tenth of the time of parsing them, so that one process can do it for many (`Lines`).
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from quality.document import Document
from quality.parallel import FIRST_CHARACTERS, runs
from quality.reading.packing import MOST_BYTES
from quality.reading.records import BadRecordError, Layout, Record, kind_of, text_and_id, unreadable
from quality.reading.streams import LongLine
from quality.reading.text import is_wide, why_undecodable

__all__ = ["Lines", "cut_lines", "decoded_wide", "looks_like_records", "parse_record"]

#: A line as it was read, or what stands for one that could not be.
Line = bytes | str | UnicodeError | LongLine


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of one file that follow each other, about as many as are scored together.

    `first` is the number of the first of them in its file. Those that are bytes are in `encoding`.
    """

    lines: tuple[Line, ...]
    first: int
    path: str
    text_field: str
    id_field: str
    encoding: str

    @property
    def size(self) -> int:
        return sum(map(_size, self.lines))

    @property
    def count(self) -> int:
        return len(self.lines)

    def read(self) -> list[Document]:
        """One document a line that is not blank, in order; a bad line is one with `error`."""
        return list(self._documents())

    def record(self, document: Document) -> Record:
        line = self._decoded(self.lines[(document.line or 0) - self.first], document.line)
        fields = line if isinstance(line, str) else None
        return Record(document, Layout("jsonl", self.text_field), fields)

    def _documents(self) -> Iterator[Document]:
        for number, raw in enumerate(self.lines, start=self.first):
            try:
                line = self._decoded(raw, number)
                if isinstance(line, UnicodeError):
                    raise BadRecordError(why_undecodable(line, self.encoding))
                if isinstance(line, LongLine):
                    raise BadRecordError(line.reason)
                if not line.strip():
                    continue
                text, id = text_and_id(parse_record(line, self.text_field), self.text_field, self.id_field)
                yield Document(text=text, id=id, path=self.path, line=number)
            except BadRecordError as error:
                yield unreadable(error, path=self.path, number=number)

    def _decoded(self, line: Line, number: int | None) -> str | UnicodeError | LongLine:
        if isinstance(line, bytes):
            try:
                line = line.decode(self.encoding)
            except UnicodeError as error:
                return error
        return line.removeprefix("\ufeff") if number == 1 and isinstance(line, str) else line


def cut_lines(
    lines: Iterable[bytes | LongLine], *, path: str, text_field: str, id_field: str, encoding: str
) -> Iterator[Lines]:
    """The lines of a file in runs. Those of wide characters are decoded here: each needs all that came before it."""
    whole: Iterable[Line] = decoded_wide(lines, encoding) if is_wide(encoding) else lines
    first = 1
    for some in runs(whole, lambda line: (_size(line), 1), first=FIRST_CHARACTERS):
        yield Lines(tuple(some), first, path, text_field, id_field, encoding)
        first += len(some)


def _size(line: Line) -> int:
    """About the `Document.size` of a line; counting the line ends in its text takes longer than all else done here."""
    return len(line) if isinstance(line, bytes | str) else 0


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
