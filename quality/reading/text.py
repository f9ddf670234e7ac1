"""Bytes → str: one encoding for all input, a byte order mark removed, line ends kept."""

from __future__ import annotations

import codecs

from quality.errors import ReadError, UsageError

__all__ = ["check_encoding", "decode", "has_surrogate", "is_wide", "read_text"]


def check_encoding(name: str) -> str:
    """The canonical name of an encoding of text; UsageError if there is none of this name.

    >>> check_encoding("UTF8"), check_encoding("latin-1")
    ('utf-8', 'iso8859-1')
    """
    try:
        "a".encode(name)  # a LookupError for codecs that are known, but not of text
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        raise UsageError(f"--encoding {name}: no such encoding of text; try utf-8, cp1252 or utf-16") from None


def is_wide(encoding: str) -> bool:
    """Whether characters take two or four bytes each, so that NUL bytes and line ends mean nothing by themselves."""
    return encoding.startswith(("utf-16", "utf-32"))


def read_text(data: bytes, *, path: str, encoding: str) -> str:
    """The text of a whole file. Raises ReadError with the offset of the first wrong byte."""
    try:
        return decode(data, encoding)
    except UnicodeError as error:
        raise ReadError(path, why_undecodable(error, encoding)) from None


def decode(data: bytes, encoding: str) -> str:
    """Decode strictly, without the byte order mark; lone surrogates, which some encodings allow, are refused."""
    text = data.decode(encoding).removeprefix("\ufeff")
    if encoding != "utf-8" and has_surrogate(text):
        raise UnicodeError("lone surrogates")
    return text


def has_surrogate(text: str) -> bool:
    """Whether a str holds half a character: such text cannot be written as UTF-8."""
    if text.isascii():
        return False
    try:
        text.encode()  # much faster than to look for one
    except UnicodeEncodeError:
        return True
    return False


def why_undecodable(error: UnicodeError, encoding: str) -> str:
    r"""Cause and remedy for bytes that are not in the encoding.

    >>> try:
    ...     decode(b"caf\xe9", "utf-8")
    ... except UnicodeError as error:
    ...     why_undecodable(error, "utf-8")
    'is not valid UTF-8 at byte offset 3 (0xE9, line 1); name its encoding, for example --encoding cp1252'
    """
    name = encoding.upper()
    if not isinstance(error, UnicodeDecodeError):
        return f"is not valid {name} ({error}); name its encoding with --encoding"
    at = error.start
    newlines = error.object.count(b"\n", 0, at)
    line = "" if is_wide(encoding) else f", line {newlines + 1}"
    example = ", for example --encoding cp1252" if encoding == "utf-8" else " with --encoding"
    return f"is not valid {name} at byte offset {at} (0x{error.object[at]:02X}{line}); name its encoding{example}"
