"""Libraries that only some formats need: a clear word where one is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from quality.errors import MissingExtraError

__all__ = ["needs"]

#: What each extra of the package is for.
_FORMATS: Final = {
    "html": "HTML",
    "parquet": "Parquet and Arrow tables",
    "remote": "remote files",
    "warc": "WARC files",
    "zstd": "zstd",
}


@contextmanager
def needs(extra: str, shown: str) -> Iterator[None]:
    """Turns the failing import of an extra's library into an error that names the extra."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtraError(shown, _FORMATS[extra], extra) from error
