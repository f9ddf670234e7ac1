"""Opens sources as streams of bytes: unpacks gzip, recognised by content, and refuses what is not text."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO, cast

from quality.errors import ReadError
from quality.reading.paths import Source
from quality.reading.text import is_wide

__all__ = ["NotTextError", "Stream", "open_source"]

#: Bytes looked at to tell text from binary, as much as one page of a pipe or disk gives at once.
_HEAD = 8192
_GZIP = b"\x1f\x8b"
#: Formats whose first 8 KB need not hold a NUL byte.
_MAGIC = (
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a zip archive or office document"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd"),
    (b"\xfd7zXZ\x00", "compressed by xz"),
    (b"BZh", "compressed by bzip2"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-zip archive"),
    (b"PAR1", "a Parquet table"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"{\\rtf", "a rich-text document"),
)
_WIDE_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
#: Control characters that no text file has; tab, line ends, form feed, backspace (man pages) and escape
#: (ISO-2022) are left out.
_CONTROLS = bytes({*range(0x20), 0x7F} - set(b"\b\t\n\v\f\r\x1b"))
#: Text with a few stray controls is still text (and gets findings for them). Random bytes have 10 %,
#: extracted PDF text up to 1 % in the shared web samples (2026-11).
_MOST_CONTROLS = 0.05


class NotTextError(Exception):
    """The content is not text in the encoding asked for. `is_text`: it would be in another one."""

    def __init__(self, reason: str, *, is_text: bool = False) -> None:
        super().__init__(reason)
        self.is_text = is_text


class Stream:
    """Bytes of one source after unpacking. `head` is the beginning of what is still to be read.

    Errors of the medium and of packing are raised as ReadError.
    """

    def __init__(self, stream: IO[bytes], shown: str) -> None:
        self._shown = shown
        with self._explained():
            self.head = stream.read(_HEAD)
        self._stream = io.BufferedReader(_Rewound(self.head, stream), buffer_size=1 << 16)

    def read(self) -> bytes:
        with self._explained():
            return self._stream.read()

    def lines(self) -> Iterator[bytes]:
        """Lines with their ends, one at a time."""
        while True:
            with self._explained():
                line = self._stream.readline()
            if not line:
                return
            yield line

    def unpacked(self, *, expected: bool) -> Stream:
        """The same, or what gzip made it from. `expected`: the name says that it is packed."""
        if self.head.startswith(_GZIP):
            return Stream(cast(IO[bytes], gzip.GzipFile(fileobj=self._stream, mode="rb")), self._shown)
        if expected:
            raise ReadError(
                self._shown, "is not gzip, as its name says; rename it if it is plain text, or fetch it again"
            )
        return self

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            reason = str(error).removesuffix(".").lower()
            raise ReadError(self._shown, f"broken gzip ({reason}); fetch or pack it again") from error
        except OSError as error:
            raise ReadError(self._shown, f"cannot be read ({error.strerror or error}); check the medium") from error


class _Rewound(io.RawIOBase):
    """`stream` with `head`, which was read from it already, put back: pipes cannot seek."""

    def __init__(self, head: bytes, stream: IO[bytes]) -> None:
        self._head = head
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        size = len(buffer)
        if self._head:
            chunk, self._head = self._head[:size], self._head[size:]
        else:
            chunk = self._stream.read(size)
        buffer[: len(chunk)] = chunk
        return len(chunk)


@contextmanager
def open_source(source: Source, encoding: str) -> Iterator[Stream]:
    """The source's bytes, unpacked and known to be text. Raises ReadError and NotTextError."""
    with ExitStack() as stack:
        stream = Stream(_open(source, stack), source.shown).unpacked(expected=source.path.lower().endswith(".gz"))
        check_text(stream.head, encoding)
        yield stream


def check_text(head: bytes, encoding: str) -> None:
    """Raise NotTextError if the beginning of a file is that of a binary file or of another encoding.

    >>> check_text(b"%PDF-1.7 ...", "utf-8")
    Traceback (most recent call last):
    quality.reading.streams.NotTextError: is a PDF document, not text; extract its text first
    """
    for magic, name in _MAGIC:
        if head.startswith(magic):
            raise NotTextError(f"is {name}, not text; extract its text first")
    if is_wide(encoding):
        return
    for mark, wide in _WIDE_MARKS:
        if head.startswith(mark):
            raise NotTextError(f"is encoded as {wide.upper()}; name it with --encoding {wide}", is_text=True)
    if b"\x00" in head:
        raise NotTextError("is a binary file (NUL bytes), not text; extract its text first, or leave it out")
    if len(head) - len(head.translate(None, _CONTROLS)) > _MOST_CONTROLS * len(head):
        raise NotTextError("is a binary file (control characters), not text; extract its text first, or leave it out")


def _open(source: Source, stack: ExitStack) -> IO[bytes]:
    if source.path == "-":
        if sys.stdin is None:
            raise ReadError("-", "standard input is closed; redirect a file or pipe to it")
        return sys.stdin.buffer
    try:
        return stack.enter_context(open(source.path, "rb"))  # noqa: PTH123 – Path would drop a leading "./"
    except OSError as error:
        raise ReadError(source.shown, f"cannot be read ({error.strerror}); check its permissions") from error
