"""WARC and WET: web pages as they were fetched, and text that was extracted from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import IO, Any, Final, cast

from quality.document import Document
from quality.errors import ReadError
from quality.extras import needs
from quality.reading.html import Page
from quality.reading.packing import MOST_BYTES
from quality.reading.records import BadRecordError, Layout, Record, unreadable
from quality.reading.text import read_text

__all__ = ["WARC", "read_warc"]

WARC: Final = b"WARC/"
_HTML: Final = ("text/html", "application/xhtml+xml")
#: How long the head of a record may be. Common Crawl's longest have some 8 KB.
_MOST_HEADER: Final = 1 << 16


def read_warc(
    stream: IO[bytes],
    *,
    path: str,
    encoding: str,
    on_error: Callable[[ReadError], None],
    skip: Callable[[str], None],
    deferred: bool = False,
) -> Iterator[Record]:
    """One Record for each page or text, in order, with its address as id; what holds no text goes to `skip`.

    Responses and resources that are HTML or plain text are read, and conversions (WET). A record that cannot be read
    is one with `error`, and goes to `on_error`. With `deferred`, the text of web pages is left to be extracted.
    """
    with needs("warc", path):
        from fastwarc.warc import ArchiveIterator, WarcRecordType
    layout = Layout()
    source = _Forward(stream)
    entries = ArchiveIterator(cast(Any, source), parse_http=False, max_header_len=_MOST_HEADER, stream_detect=False)
    wanted = (WarcRecordType.response, WarcRecordType.resource, WarcRecordType.conversion)
    number = 0
    try:
        for entry in entries:
            try:
                if entry.record_type in (WarcRecordType.unknown, WarcRecordType.no_type):
                    raise BadRecordError("has no readable head; fetch the file again")
                found = _document(entry, path, encoding) if entry.record_type in wanted else None
                if found is None:
                    skip("no text in the record")
                    continue
                document = found if deferred else found.read(lambda _: None)[0]  # what fails is told below
                if document.error is not None:
                    raise BadRecordError(document.error, id=document.id)
            except BadRecordError as error:
                number += 1
                yield unreadable(error, layout, path=path, number=number, on_error=on_error)
                continue
            number += 1
            yield Record(replace(document, line=number), layout)
    except (OSError, ValueError) as error:
        raise source.failed or ReadError(
            path, f"broken WARC ({error}) after {number} records; fetch it again"
        ) from error


class _Forward:
    """What fastwarc reads from: it asks any stream where it is, though it never seeks in it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._at = 0
        #: What went wrong in reading, which fastwarc tells in words of its own.
        self.failed: ReadError | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            data = self._stream.read(size)
        except ReadError as error:
            self.failed = error
            raise
        self._at += len(data)
        return data

    def tell(self) -> int:
        return self._at


def _document(entry: Any, path: str, encoding: str) -> Document | None:
    """The document in a record; None if it holds none. Raises BadRecordError."""
    from fastwarc.warc import WarcRecord

    length = entry.content_length
    if length > MOST_BYTES:
        raise BadRecordError(f"has more than {MOST_BYTES // 1_000_000} MB; leave it out", id=_address(entry))
    if not (entry.headers.get("Content-Length") or "").strip().isdigit():
        raise BadRecordError("has no valid length, or is cut off; fetch the file again", id=_address(entry))
    block = entry.reader.read(length)
    if len(block) < length:
        raise BadRecordError("is cut off; fetch the file again", id=_address(entry))
    content_type = (entry.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    charset = None
    if entry.is_http:
        http = WarcRecord()
        http.set_bytes_content(block)
        http.is_http = True
        try:
            http.parse_http(auto_decode="all")
            content_type, charset = (http.http_content_type or "").lower(), http.http_charset
            block = http.reader.read(MOST_BYTES + 1) if content_type in (*_HTML, "text/plain") else b""
        except OSError as error:
            raise BadRecordError(f"is no valid HTTP ({error}); leave it out", id=_address(entry)) from error
    if len(block) > MOST_BYTES:
        raise BadRecordError(f"unpacks to more than {MOST_BYTES // 1_000_000} MB; leave it out", id=_address(entry))
    try:
        if content_type in _HTML:
            return Page("", id=_address(entry), path=path, data=block, encoding=encoding, charset=charset)
        if content_type == "text/plain":
            return Document(read_text(block, path=path, encoding=encoding), id=_address(entry), path=path)
    except ReadError as error:
        raise BadRecordError(error.reason, id=_address(entry)) from error
    return None


def _address(entry: Any) -> str | None:
    """The address that the record was fetched from, else its own id."""
    address = entry.headers.get("WARC-Target-URI") or entry.record_id
    return None if address is None else str(address).strip("<>")
