"""Zip and tar archives: each member is read as a file would be. Nothing is unpacked to disk."""

from __future__ import annotations

import io
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO, Final, cast

from quality.errors import ReadError
from quality.reading.packing import Budget
from quality.reading.paths import shown_path
from quality.reading.streams import NotTextError, Stream

__all__ = ["ZIP", "Member", "is_tar", "tar_members", "zip_members"]

ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
#: Members that tell an office document, a book or a program from an archive of texts.
_DOCUMENTS: Final = frozenset(("[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF"))
_BROKEN: Final = (zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError, OSError, NotImplementedError, RuntimeError)

#: A member's name, and its bytes.
Member = tuple[str, Callable[[], Stream]]


def is_tar(head: bytes) -> bool:
    """Whether a file begins as a tar archive of the last thirty years."""
    return head[257:262] == b"ustar"


def zip_members(stream: IO[bytes], shown: str) -> Iterator[Member]:
    """The files in a zip archive, in its order."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    budget = Budget(shown, lambda: size)
    try:
        archive = zipfile.ZipFile(stream)
    except (*_BROKEN, ValueError) as error:
        raise ReadError(shown, f"broken zip archive ({_reason(error)}); fetch it again") from error
    if not _DOCUMENTS.isdisjoint(archive.namelist()):
        raise NotTextError("is an office document or program, not text; extract its text first")
    for member in archive.infolist():
        if not member.filename.endswith("/"):  # is_dir() fails where there is no name
            budget.spend(0)  # the one before may have used it up
            name = f"{shown}!/{member.filename}"
            yield member.filename, partial(_open_zipped, archive, member, name, budget)


def tar_members(stream: IO[bytes], shown: str, skip: Callable[[str], None]) -> Iterator[Member]:
    """The files in a tar archive, in its order; links and devices in it go to `skip`."""
    try:
        with tarfile.open(fileobj=stream, mode="r|", errors="surrogateescape") as archive:
            # A sparse file may claim to be of any size: what counts is how far it takes us in the archive.
            budget = Budget(shown, lambda: archive.offset)
            for member in archive:
                content = archive.extractfile(member) if member.isfile() else None
                if content is not None:
                    name = f"{shown}!/{shown_path(member.name)}"
                    yield member.name, partial(_stream, content, name, budget)
                elif not member.isdir():
                    skip("link or device")
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
        raise ReadError(shown, f"broken tar archive ({_reason(error)}); fetch it again") from error


class _MemberBytes(io.RawIOBase):
    """The bytes of a member, errors explained, within a budget."""

    def __init__(self, content: IO[bytes], name: str, budget: Budget) -> None:
        self._content = content
        self._name = name
        self._budget = budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            chunk = self._content.read(len(buffer))
        except (*_BROKEN, tarfile.TarError) as error:
            raise ReadError(self._name, f"broken in its archive ({_reason(error)}); fetch it again") from error
        self._budget.spend(len(chunk))
        buffer[: len(chunk)] = chunk
        return len(chunk)


def _stream(content: IO[bytes], name: str, budget: Budget) -> Stream:
    return Stream(cast(IO[bytes], _MemberBytes(content, name, budget)), name)


def _open_zipped(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, budget: Budget) -> Stream:
    try:
        content = archive.open(member)
    except (*_BROKEN, ValueError) as error:  # RuntimeError: a password is wanted
        raise ReadError(name, f"cannot be unpacked ({_reason(error)}); unpack it first") from error
    return _stream(content, name, budget)


def _reason(error: Exception) -> str:
    reason = " ".join(str(error).split()).removesuffix(".")
    return reason[:1].lower() + reason[1:200] or type(error).__name__
