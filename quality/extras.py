"""Libraries that only some functions need: imported where they are used, and named where they are missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from quality.errors import NotInstalledError

__all__ = ["library"]


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
