"""Libraries that only some functions need: imported where they are used, and named where they are missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final

from quality.errors import MissingExtraError, NotInstalledError

__all__ = ["library", "needs"]

#: The formats that extras of the package read.
_FORMATS: Final = {
    "html": "HTML",
    "parquet": "Parquet and Arrow tables",
    "remote": "remote files",
    "warc": "WARC files",
    "zstd": "zstd",
}


def library(name: str, extra: str) -> Any:
    """The module `name`, which the package's `extra` installs.

    >>> library("pandas_of_the_future", "frames")
    Traceback (most recent call last):
    quality.errors.NotInstalledError: pandas_of_the_future is not installed; pip install 'quality[frames]'
    """
    top = name.partition(".")[0]
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != top:
            raise
        raise NotInstalledError(top, extra) from error


@contextmanager
def needs(extra: str, shown: str) -> Iterator[None]:
    """Turns the failing import of a format's library into an error that names the input and the extra."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtraError(shown, _FORMATS[extra], extra) from error
