"""Names given by the user → the sources to read, in a fixed order."""

from __future__ import annotations

import difflib
import glob
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath

from quality.errors import ReadError
from quality.reading.ignore import IgnoreRules
from quality.reading.packing import PACKED_SUFFIXES
from quality.reading.remote import is_remote, list_remote

__all__ = ["Source", "find_sources", "format_suffix", "reason_by_name", "shown_path"]

#: Suffixes of text that is not prose: passed over in a directory, read when named. A seed directory holds
#: its labels and scripts too, and a message about them would help nobody.
_NOT_PROSE = frozenset(
    (
        *(".bib", ".cfg", ".conf", ".csv", ".ini", ".json", ".lock", ".log", ".sql", ".toml", ".tsv", ".xml"),
        *(".yaml", ".yml", ".css", ".scss", ".svg", ".po", ".pot", ".srt", ".vtt"),
        *(".bat", ".c", ".cc", ".cpp", ".cs", ".go", ".h", ".hpp", ".ipynb", ".java", ".jl", ".js", ".jsx", ".kt"),
        *(".lua", ".mjs", ".php", ".pl", ".ps1", ".py", ".pyi", ".r", ".rb", ".rs", ".sh", ".swift", ".ts", ".tsx"),
    )
)


#: Archives are read when named. In a directory they mostly hold what stands beside them.
_ARCHIVES = frozenset((".tar", ".tbz2", ".tgz", ".txz", ".zip"))


@dataclass(frozen=True, slots=True)
class Source:
    """Something to read. `named`: by the user, not met in a directory or by a pattern."""

    path: str
    named: bool

    @property
    def shown(self) -> str:
        """The path as it stands in reports and messages."""
        return shown_path(self.path)

    @property
    def identity(self) -> str:
        """The same for every name of one file, links followed."""
        return self.path if self.path == "-" or is_remote(self.path) else os.path.realpath(self.path)


def shown_path(path: str) -> str:
    r"""The path as text that can be written: bytes of the name that are not UTF-8 become ``\xNN``.

    >>> shown_path("caf\udce9.txt")
    'caf\\xe9.txt'
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def find_sources(path: str, skipped: Counter[str], on_error: Callable[[ReadError], None]) -> Iterator[Source]:
    """The files that one name stands for: ``-``, a file, a pattern, or a directory's in the order of their names.

    Links to directories are not followed: they lead to what is scored under its own name, or in a circle.
    """
    if path == "-":
        yield Source("-", named=True)
        return
    if is_remote(path):
        yield from _remote_sources(path, skipped, on_error)
        return
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        yield from _sources_of_pattern(path, skipped, on_error)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = error.strerror if isinstance(error, OSError) else str(error)
        on_error(ReadError(shown_path(path), f"cannot be read ({reason}); check the name and its permissions"))
    else:
        if stat.S_ISDIR(mode):
            yield from _walk(path, IgnoreRules.above(path), skipped, on_error)
        else:
            yield Source(path, named=True)


def _sources_of_pattern(path: str, skipped: Counter[str], on_error: Callable[[ReadError], None]) -> Iterator[Source]:
    """A pattern that the shell did not expand, or a name that does not exist."""
    matches = sorted(glob.glob(path, recursive=True)) if glob.has_magic(path) else []
    for match in matches:
        # With "**" a pattern matches directories besides the files in them; only files were asked for.
        if not os.path.isdir(match):
            yield Source(match, named=False)
        elif "**" not in path:
            yield from _walk(match, IgnoreRules.above(match), skipped, on_error)
    if not matches:
        on_error(ReadError(shown_path(path), _missing(path)))


def _remote_sources(path: str, skipped: Counter[str], on_error: Callable[[ReadError], None]) -> Iterator[Source]:
    """What lies under a remote name, in the order of names; of a directory what a local one would give."""
    try:
        directory, found = list_remote(path)
    except ReadError as error:
        on_error(error)
        return
    for one in found:
        below = one.removeprefix(directory or "")
        reason = None if directory is None else reason_by_name(below)
        if reason is None:
            yield Source(one, named=one == path)
        else:
            skipped[reason] += 1


def _missing(path: str) -> str:
    if glob.has_magic(path):
        return "no file has a name like this; check the pattern"
    if os.path.islink(path):
        return "is a link to something that does not exist; correct or remove the link"
    parent, name = os.path.split(path.rstrip("/"))
    while parent and not os.path.isdir(parent):
        parent, name = os.path.split(parent)
    try:
        siblings = sorted(os.listdir(parent or "."))
    except OSError:
        siblings = []
    nearest = difflib.get_close_matches(name, siblings, n=1)
    remedy = f"did you mean {shown_path(os.path.join(parent, nearest[0]))}?" if nearest else "check the name"
    return f"no such file or directory; {remedy}"


def _walk(
    directory: str, ignored: IgnoreRules, skipped: Counter[str], on_error: Callable[[ReadError], None]
) -> Iterator[Source]:
    try:
        with os.scandir(directory) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        on_error(ReadError(shown_path(directory), f"cannot be listed ({error.strerror}); check its permissions"))
        return
    ignored = ignored.within(directory)
    for entry in entries:
        path = os.path.join(directory, entry.name)
        reason = _reason_to_skip(entry, path, ignored)
        if reason is not None:
            skipped[reason] += 1
        elif entry.is_dir():
            yield from _walk(path, ignored, skipped, on_error)
        else:
            yield Source(path, named=False)


def _reason_to_skip(entry: os.DirEntry[str], path: str, ignored: IgnoreRules) -> str | None:
    if entry.name.startswith("."):
        return "hidden"
    try:
        is_directory = entry.is_dir()
        is_file = entry.is_file()
    except OSError:  # a link that leads to itself
        return "broken link"
    if ignored.match(path, is_directory=is_directory):
        return "git-ignored"
    if is_directory:
        return "linked directory" if entry.is_symlink() else None
    if not is_file:
        return "device or pipe" if os.path.exists(path) else "broken link"
    return reason_by_name(entry.name)


def reason_by_name(path: str) -> str | None:
    """Why what has this name, below a directory or in an archive, is passed over; None if it is not.

    >>> reason_by_name("seeds/labels.toml.gz"), reason_by_name("a/.git/HEAD"), reason_by_name("page.txt")
    ('not prose', 'hidden', None)
    """
    if any(part.startswith(".") and part not in (".", "..") for part in path.split("/")):
        return "hidden"
    suffix = format_suffix(path)
    return "not prose" if suffix in _NOT_PROSE else "archive" if suffix in _ARCHIVES else None


def format_suffix(path: str) -> str:
    """The suffix that tells a file's format, in lower case, without that of its packing.

    >>> format_suffix("crawl/Part-1.JSONL.gz"), format_suffix("notes")
    ('.jsonl', '')
    """
    name = PurePath(path).name.lower()
    for packed in PACKED_SUFFIXES:
        name = name.removesuffix(packed)
    return PurePath(name).suffix
