"""Opens sources as streams of bytes, unpacked, and refuses what is not text."""

from __future__ import annotations

import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO, cast

from quality.errors import ReadError
from quality.reading.packing import MOST_BYTES, PACKED_SUFFIXES, packing_of, unpack
from quality.reading.paths import Source
from quality.reading.remote import is_remote, open_remote
from quality.reading.text import is_wide

__all__ = ["LongLine", "NotTextError", "Stream", "check_text", "open_source"]

#: Bytes looked at to tell text from binary, as much as one page of a pipe or disk gives at once.
_HEAD = 8192
#: Formats whose first 8 KB need not hold a NUL byte.
_MAGIC = (
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-zip archive"),
    (b"Rar!\x1a", "a RAR archive"),
    (b"FEA1", "a table in Feather's first version"),
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

#: Seconds in which an interrupt is heard that came in the instant before waiting for a pipe.
_HEARD_WITHIN = 0.5


class NotTextError(Exception):
    """The content is not text in the encoding asked for. `is_text`: it would be in another one."""

    def __init__(self, reason: str, *, is_text: bool = False) -> None:
        super().__init__(reason)
        self.is_text = is_text


@dataclass(frozen=True, slots=True)
class LongLine:
    """Stands for a line that is longer than any document may be. It was passed over, not kept."""

    reason: str = f"is longer than {MOST_BYTES // 1_000_000} MB; split or remove it"


class Stream:
    """Bytes of one source. `head` is the beginning of what is still to be read.

    Errors of the medium and of packing are raised as ReadError.
    """

    def __init__(self, stream: IO[bytes], shown: str, packed: Stream | None = None) -> None:
        self._shown = shown
        self._source = stream
        self._packed = packed
        with self._explained():
            self.head = _read(stream, _HEAD)
        self._stream = io.BufferedReader(_Rewound(self.head, stream), buffer_size=1 << 16)

    def read(self) -> bytes:
        """All of it, as one document."""
        with self._explained():
            data = self._stream.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise ReadError(
                self._shown, f"is one document of more than {MOST_BYTES // 1_000_000} MB; split it, or leave it out"
            )
        return data

    def lines(self) -> Iterator[bytes | LongLine]:
        """Lines with their ends, one at a time."""
        while line := self._line():
            if len(line) <= MOST_BYTES or line.endswith(b"\n"):
                yield line
            else:
                while line and not line.endswith(b"\n"):
                    line = self._line()
                yield LongLine()

    def forward(self) -> IO[bytes]:
        """The bytes as a file that can only be read on."""
        return cast(IO[bytes], self._stream)

    def file(self, what: str) -> IO[bytes]:
        """The bytes as a file whose every part can be read at any time. `what`: what needs this."""
        if not self._source.seekable():
            raise ReadError(self._shown, f"{what} cannot be read from within a packed file or pipe; unpack it first")
        self._source.seek(0)
        return self._source

    def unpacked(self, *, expected: bool) -> Stream:
        """The same, or what it was packed from. `expected`: the name says that it is packed."""
        packing = packing_of(self.head)
        if packing is not None:
            return Stream(unpack(cast(IO[bytes], self._stream), packing, self._shown), self._shown, self)
        if expected:
            raise ReadError(
                self._shown, "is not packed, as its name says; rename it if it is plain text, or fetch it again"
            )
        return self

    def position(self) -> int:
        """How many bytes of the source, as it lies in storage, are read; 0 where that cannot be told."""
        if self._packed is not None:
            return self._packed.position()
        try:
            return self._source.tell()
        except (OSError, ValueError):  # a pipe, or closed by who read it
            return 0

    def _line(self) -> bytes:
        with self._explained():
            return self._stream.readline(MOST_BYTES + 1)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ReadError(self._shown, f"cannot be read ({error.strerror or error}); check the medium") from error


def _read(stream: IO[bytes], size: int) -> bytes:
    """As many bytes as wanted, or all there are: members of archives come in smaller pieces."""
    parts = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


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


class _Pipe(io.RawIOBase):
    """A pipe or terminal, read when there is something. Who blocks in a read may not hear of a Ctrl-C until it ends."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not select.select([self._handle], [], [], _HEARD_WITHIN)[0]:
            pass
        chunk = os.read(self._handle, len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)


@contextmanager
def open_source(source: Source) -> Iterator[Stream]:
    """The source's bytes, unpacked. Raises ReadError."""
    with ExitStack() as stack:
        stream = Stream(_open(source, stack), source.shown)
        yield stream.unpacked(expected=source.path.lower().endswith(PACKED_SUFFIXES))


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
        stream = sys.stdin.buffer
        return stream if stream.seekable() else cast(IO[bytes], _Pipe(stream.fileno()))
    if is_remote(source.path):
        return stack.enter_context(open_remote(source.path))
    try:
        return stack.enter_context(open(source.path, "rb"))  # noqa: PTH123 – Path would drop a leading "./"
    except OSError as error:
        raise ReadError(source.shown, f"cannot be read ({error.strerror}); check the name and permissions") from error
