"""WARC and WET: web pages as they were fetched, and text that was extracted from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO, Any, Final, cast

from quality.document import Document
from quality.errors import ReadError
from quality.extras import needs
from quality.reading.html import Page
from quality.reading.packing import MOST_BYTES
from quality.reading.records import BadRecordError, Record, unreadable
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
    skip: Callable[[str], None],
) -> Iterator[Page | Record]:
    """A piece for each page or text, in order, with its address as id; what holds no text goes to `skip`.

    Responses and resources that are HTML or plain text are read, and conversions (WET). A record that cannot be read
    is one with `error`.
    """
    with needs("warc", path):
        from fastwarc.warc import ArchiveIterator, WarcRecordType
    source = _Forward(stream)
    entries = ArchiveIterator(cast(Any, source), parse_http=False, max_header_len=_MOST_HEADER, stream_detect=False)
    wanted = (WarcRecordType.response, WarcRecordType.resource, WarcRecordType.conversion)
    number = 0
    try:
        for entry in entries:
            found: Page | Record | None = None
            try:
                if entry.record_type in (WarcRecordType.unknown, WarcRecordType.no_type):
                    raise BadRecordError("has no readable head; fetch the file again")
                if entry.record_type in wanted:
                    found = _piece(entry, path, number + 1, encoding)
            except BadRecordError as error:
                found = Record(unreadable(error, path=path, number=number + 1))
            if found is None:
                skip("no text in the record")
                continue
            number += 1
            yield found
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


def _piece(entry: Any, path: str, number: int, encoding: str) -> Page | Record | None:
    """The page or text in a record; None if it holds none. Raises BadRecordError."""
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
            return Page(block, path, encoding, charset, id=_address(entry), line=number)
        if content_type == "text/plain":
            text = read_text(block, path=path, encoding=encoding)
            return Record(Document(text, id=_address(entry), path=path, line=number))
    except ReadError as error:
        raise BadRecordError(error.reason, id=_address(entry)) from error
    return None


def _address(entry: Any) -> str | None:
    """The address that the record was fetched from, else its own id."""
    address = entry.headers.get("WARC-Target-URI") or entry.record_id
    return None if address is None else str(address).strip("<>")
