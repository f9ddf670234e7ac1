"""Files that are not on a disk of this machine, by their URLs: whatever fsspec opens (s3://, gs://, memory:// …)."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from typing import IO, Any

from quality.errors import ReadError
from quality.extras import needs

__all__ = ["is_remote", "list_remote", "open_remote", "remote_state"]

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(?:::|://)")


def is_remote(path: str) -> bool:
    """Whether a name is a URL. A drive's letter is no scheme.

    >>> is_remote("s3://crawl/part-1.jsonl"), is_remote("seeds/a.txt"), is_remote("C:/a.txt")
    (True, False, False)
    """
    return _URL.match(path) is not None


def list_remote(url: str) -> tuple[str | None, list[str]]:
    """What a URL names, in order: itself, what a pattern matches, or what lies below a directory, which comes first."""
    filesystem, path = _filesystem(url)
    try:
        if any(mark in path for mark in "*?["):
            found = sorted(name for name in filesystem.glob(path) if not filesystem.isdir(name))
            if not found:
                raise ReadError(url, "no file has a name like this; check the pattern")
            return None, [filesystem.unstrip_protocol(name) for name in found]
        if filesystem.isdir(path):
            directory = filesystem.unstrip_protocol(path).rstrip("/") + "/"
            return directory, [filesystem.unstrip_protocol(name) for name in sorted(filesystem.find(path))]
        if not filesystem.exists(path):
            raise ReadError(url, "no such file or directory; check the name")
    except ReadError:
        raise
    except Exception as error:  # each kind of storage has errors of its own
        raise _unreachable(url, error) from error
    return None, [url]


def open_remote(url: str) -> AbstractContextManager[IO[bytes]]:
    """The file as one in which can be sought."""
    filesystem, path = _filesystem(url)
    try:
        opened: AbstractContextManager[IO[bytes]] = filesystem.open(path, "rb")
    except Exception as error:  # each kind of storage has errors of its own
        raise _unreachable(url, error) from error
    return opened


def remote_state(url: str) -> str:
    """What changes when the file changes, as its storage tells."""
    filesystem, path = _filesystem(url)
    try:
        return str(filesystem.ukey(path))
    except Exception as error:  # each kind of storage has errors of its own
        raise _unreachable(url, error) from error


def _filesystem(url: str) -> tuple[Any, str]:
    with needs("remote", url):
        import fsspec
    try:
        found: tuple[Any, str] = fsspec.core.url_to_fs(url)
    except Exception as error:  # an unknown scheme, a library that is missing, credentials
        raise _unreachable(url, error) from error
    return found


def _unreachable(url: str, error: Exception) -> ReadError:
    reason = " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(".")[:200]
    return ReadError(url, f"cannot be read ({reason}); check the URL and your access to it")
