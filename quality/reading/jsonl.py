"""JSONL: one JSON object a line, each a document. Read a line at a time, whatever the size of the file."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from quality.document import Document
from quality.errors import ReadError
from quality.reading.text import has_surrogate, is_wide, why_undecodable

__all__ = ["looks_like_records", "read_records"]


class _BadRecordError(Exception):
    """Why a line is not a document, and what to do."""

    def __init__(self, reason: str, *, id: str | None = None) -> None:
        super().__init__(reason)
        self.id = id


def read_records(
    lines: Iterable[bytes],
    *,
    path: str,
    text_field: str,
    id_field: str,
    encoding: str,
    on_error: Callable[[ReadError], None],
) -> Iterator[Document]:
    """One Document a line that is not blank, in order; a bad line is one with `error`, and goes to `on_error`."""
    for number, line in enumerate(_decoded(lines, encoding), start=1):
        try:
            if isinstance(line, UnicodeError):
                raise _BadRecordError(why_undecodable(line, encoding))
            if number == 1:
                line = line.removeprefix("\ufeff")
            if not line.strip():
                continue
            text, id = parse_record(line, text_field, id_field)
            yield Document(text=text, id=id, path=path, line=number)
        except _BadRecordError as error:
            on_error(ReadError(f"{path}:{number}", str(error)))
            yield Document(text="", id=error.id, path=path, line=number, error=str(error))


def parse_record(line: str, text_field: str, id_field: str) -> tuple[str, str | None]:
    """Text and id of a record. Numbers become ids in decimal."""
    record = _parse(line)
    if not isinstance(record, dict):
        raise _BadRecordError(
            f"is {_kind(record)}, not a JSON object; write {{{json.dumps(text_field)}: …}} for each document"
        )
    id = record.get(id_field)
    if isinstance(id, int | float) and not isinstance(id, bool):
        id = json.dumps(id)
    if id is not None and (not isinstance(id, str) or has_surrogate(id)):
        raise _BadRecordError(
            f"its {json.dumps(id_field)} is no text or number; correct it, or name another --id-field"
        )
    if text_field not in record:
        fields = ", ".join(json.dumps(name, ensure_ascii=False) for name in list(record)[:6]) or "none"
        raise _BadRecordError(
            f"has no field {json.dumps(text_field)} (it has {fields}); name the right one with --text-field", id=id
        )
    text = record[text_field]
    if not isinstance(text, str):
        raise _BadRecordError(
            f"its {json.dumps(text_field)} is {_kind(text)}, not text; correct it, or name another --text-field", id=id
        )
    if has_surrogate(text):
        raise _BadRecordError(
            f"its {json.dumps(text_field)} holds half a character (a lone surrogate); write the file again as UTF-8",
            id=id,
        )
    return text, id


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
        raise _BadRecordError(
            f"is not valid JSON ({cause} at column {error.colno}); correct or remove the line"
        ) from None
    except RecursionError:
        raise _BadRecordError("is nested too deeply to be a record; correct or remove the line") from None
    except ValueError as error:  # a number of too many digits
        raise _BadRecordError(f"is not usable JSON ({error}); correct or remove the line") from None


def _decoded(lines: Iterable[bytes], encoding: str) -> Iterator[str | UnicodeError]:
    """Each line as str, or why it cannot be decoded; in encodings of wide characters the first error ends it."""
    if is_wide(encoding):
        yield from _decoded_wide(lines, encoding)
        return
    for line in lines:
        try:
            yield line.decode(encoding)
        except UnicodeError as error:
            yield error


def _decoded_wide(lines: Iterable[bytes], encoding: str) -> Iterator[str | UnicodeError]:
    decoder = codecs.getincrementaldecoder(encoding)()
    rest = ""
    try:
        for data in lines:
            *whole, rest = (rest + decoder.decode(data)).split("\n")
            yield from (line + "\n" for line in whole)
        rest += decoder.decode(b"", final=True)
    except UnicodeError as error:
        yield error
        return
    if rest:
        yield rest


def _kind(value: object) -> str:
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
    return names[type(value)]
