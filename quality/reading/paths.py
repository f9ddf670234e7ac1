"""Names given by the user → the sources to read, in a fixed order, each once."""

from __future__ import annotations

import difflib
import glob
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath

from quality.errors import ReadError, UsageError
from quality.reading.ignore import IgnoreRules

__all__ = ["Source", "find_sources", "shown_path"]

#: Suffixes of text that is not prose: passed over in a directory, read when named. A seed directory holds
#: its labels and scripts too, and a message about them would help nobody.
_NOT_PROSE = frozenset(
    (
        *(".bib", ".cfg", ".conf", ".csv", ".ini", ".json", ".lock", ".log", ".sql", ".toml", ".tsv", ".xml"),
        *(".yaml", ".yml", ".css", ".htm", ".html", ".scss", ".svg", ".xhtml", ".po", ".pot", ".srt", ".vtt"),
        *(".bat", ".c", ".cc", ".cpp", ".cs", ".go", ".h", ".hpp", ".ipynb", ".java", ".jl", ".js", ".jsx", ".kt"),
        *(".lua", ".mjs", ".php", ".pl", ".ps1", ".py", ".pyi", ".r", ".rb", ".rs", ".sh", ".swift", ".ts", ".tsx"),
    )
)


@dataclass(frozen=True, slots=True)
class Source:
    """Something to read. `named`: by the user, not met in a directory or by a pattern."""

    path: str
    named: bool

    @property
    def shown(self) -> str:
        return shown_path(self.path)


def shown_path(path: str) -> str:
    r"""The path as text that can be written: bytes of the name that are not UTF-8 become ``\xNN``.

    >>> shown_path("caf\udce9.txt")
    'caf\\xe9.txt'
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def find_sources(
    paths: Iterable[str],
    *,
    output: str | None,
    skipped: Counter[str],
    on_error: Callable[[ReadError], None],
) -> Iterator[Source]:
    """Each file that the names stand for, once, however often it was named.

    Directories are walked in the order of their sorted names, without following links to directories.
    """
    kept_out = None if output is None else os.path.realpath(output)
    seen: set[str] = set()
    for path in paths:
        for source in _sources_of(path, skipped, on_error):
            key = "-" if source.path == "-" else os.path.realpath(source.path)
            if key == kept_out:
                if source.named:
                    raise UsageError(f"{source.shown}: is both input and output; name another file with --output")
            elif key not in seen:
                seen.add(key)
                yield source


def _sources_of(path: str, skipped: Counter[str], on_error: Callable[[ReadError], None]) -> Iterator[Source]:
    if path == "-":
        yield Source("-", named=True)
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
        return "broken link" if entry.is_symlink() else "device or pipe"
    name = entry.name.lower().removesuffix(".gz")
    return "not prose" if PurePath(name).suffix in _NOT_PROSE else None
