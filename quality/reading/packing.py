"""Unpacks gzip, zstd, xz and bzip2, told by their first bytes, and stops where a file was made to burst memory."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Final, cast

from quality.errors import ReadError

__all__ = ["MOST_BYTES", "PACKED_SUFFIXES", "Budget", "Counted", "Packing", "packing_of", "unpack"]

#: Bytes of one document. The longest novels have 10 MB; what is longer is a corpus in one piece, or made to do
#: harm, and scoring it takes some thirty times its size in memory. Chosen by hand.
MOST_BYTES: Final = 64_000_000
#: Bytes out for each byte in, from `MOST_BYTES` on. Text gives 3 to 8, logs and tables up to 50; deflate can give
#: 1,032 and zstd 30,000. Chosen by hand.
_MOST_EXPANSION: Final = 200
#: Memory that an xz dictionary may ask for: that of `xz -9` is 65 MB.
_XZ_MEMORY: Final = 128_000_000
#: The same for zstd, as a power of two; `zstd --ultra -22` takes 27.
_ZSTD_WINDOW: Final = 27
_CHUNK: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Packing:
    """A way of packing one stream of bytes, its suffix, and the bytes that it begins with."""

    name: str
    suffix: str
    magic: bytes


_GZIP = Packing("gzip", ".gz", b"\x1f\x8b")
_ZSTD = Packing("zstd", ".zst", b"\x28\xb5\x2f\xfd")
_XZ = Packing("xz", ".xz", b"\xfd7zXZ\x00")
_BZIP2 = Packing("bzip2", ".bz2", b"BZh")
_PACKINGS = (_GZIP, _ZSTD, _XZ, _BZIP2)
PACKED_SUFFIXES: Final = tuple(packing.suffix for packing in _PACKINGS)
#: What follows "BZh" and a digit: text may begin with these three letters.
_BZIP2_BLOCKS = (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")


def packing_of(head: bytes) -> Packing | None:
    """How a stream that begins so is packed.

    >>> packing_of(gzip.compress(b"text")).name, packing_of(b"BZh is no word")
    ('gzip', None)
    """
    for packing in _PACKINGS:
        if head.startswith(packing.magic):
            return packing if packing is not _BZIP2 or head[4:10] in _BZIP2_BLOCKS else None
    return None


class Budget:
    """How much may come out of a packed file: text does not shrink to a two-hundredth."""

    def __init__(self, shown: str, packed: Callable[[], int]) -> None:
        self._shown = shown
        self._packed = packed
        self._spent = 0

    def spend(self, size: int) -> None:
        self._spent += size
        if self._spent > MOST_BYTES and self._spent > _MOST_EXPANSION * self._packed():
            raise ReadError(
                self._shown,
                f"unpacks to more than {_MOST_EXPANSION} times its size, as files do that are made to fill "
                "memory; if it is sound, unpack it first",
            )


class Counted(io.RawIOBase):
    """`stream`, and how many bytes were read from it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        chunk = self._stream.read(len(buffer))
        buffer[: len(chunk)] = chunk
        self.count += len(chunk)
        return len(chunk)


def unpack(stream: IO[bytes], packing: Packing, shown: str) -> IO[bytes]:
    """What was packed, read as it is asked for. Damage is a ReadError, and so is too much that comes out."""
    packed = Counted(stream)
    source = cast(IO[bytes], io.BufferedReader(packed, _CHUNK))
    errors: tuple[type[Exception], ...] = (EOFError,)
    unpacked: IO[bytes]
    if packing is _GZIP:
        unpacked, errors = cast(IO[bytes], gzip.GzipFile(fileobj=source)), (EOFError, zlib.error, gzip.BadGzipFile)
    elif packing is _BZIP2:
        unpacked = cast(IO[bytes], bz2.BZ2File(source))
    elif packing is _XZ:
        unpacked, errors = cast(IO[bytes], io.BufferedReader(_Xz(source), _CHUNK)), (EOFError, lzma.LZMAError)
    else:
        unpacked, zstd_error = _zstd(source, shown)
        errors = (EOFError, zstd_error)
    guarded = _Guarded(unpacked, packing.name, shown, errors, Budget(shown, lambda: packed.count))
    return cast(IO[bytes], io.BufferedReader(guarded, _CHUNK))


def _zstd(source: IO[bytes], shown: str) -> tuple[IO[bytes], type[Exception]]:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from quality.extras import needs

        with needs("zstd", shown):
            from backports import zstd
    options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW}
    return cast(IO[bytes], zstd.ZstdFile(source, options=options)), zstd.ZstdError


class _Guarded(io.RawIOBase):
    """Unpacked bytes, errors explained, within a budget."""

    def __init__(
        self, stream: IO[bytes], name: str, shown: str, errors: tuple[type[Exception], ...], budget: Budget
    ) -> None:
        self._stream = stream
        self._name = name
        self._shown = shown
        self._errors = errors
        self._budget = budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            chunk = self._stream.read(len(buffer))
        except self._errors as error:
            raise self._broken(error) from error
        except OSError as error:
            if error.errno is None:  # bzip2's way to say that the data are wrong
                raise self._broken(error) from error
            raise
        self._budget.spend(len(chunk))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def _broken(self, error: Exception) -> ReadError:
        reason = str(error).removesuffix(".").lower()
        return ReadError(self._shown, f"broken {self._name} ({reason}); fetch or pack it again")


class _Xz(io.RawIOBase):
    """The streams of an xz file, one after the other; `lzma.open` knows no limit of memory."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._decoder = self._new()
        self._fed = False
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while True:
            if self._decoder.eof:
                # Streams may be padded with zero bytes, in fours.
                self._rest = (self._decoder.unused_data or self._source.read(_CHUNK)).lstrip(b"\0")
                if not self._rest:
                    return 0
                self._decoder = self._new()
            elif self._decoder.needs_input:
                self._rest = self._source.read(_CHUNK)
                if not self._rest:
                    raise EOFError("compressed file ended before the end-of-stream marker was reached")
            chunk = self._decoder.decompress(self._rest, len(buffer))
            self._rest = b""
            if chunk:
                buffer[: len(chunk)] = chunk
                return len(chunk)

    @staticmethod
    def _new() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
