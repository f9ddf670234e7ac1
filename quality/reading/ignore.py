"""What .gitignore files keep out of a walk: those in a directory, below it, and above it up to the root."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

__all__ = ["IgnoreRules"]


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The .gitignore files in force, outermost first, each with the absolute directory that it lies in."""

    levels: tuple[tuple[str, GitIgnoreSpec], ...] = ()

    @classmethod
    def above(cls, directory: str) -> IgnoreRules:
        """The rules of the directories above, up to the root of the repository that `directory` is in.

        A directory that these rules ignore, but that was named all the same, is wanted: they are dropped.
        """
        here = Path(os.path.abspath(directory))
        root = next((parent for parent in (here, *here.parents) if (parent / ".git").exists()), here)
        rules = cls()
        for parent in reversed(here.parents):
            if parent.is_relative_to(root):
                rules = rules.within(str(parent))
        return cls() if rules.match(str(here), is_directory=True) else rules

    def within(self, directory: str) -> IgnoreRules:
        """These rules and those of the .gitignore in `directory`, if there is one."""
        spec = _read(Path(directory, ".gitignore"))
        return self if spec is None else IgnoreRules((*self.levels, (os.path.abspath(directory), spec)))

    def match(self, path: str, *, is_directory: bool) -> bool:
        """Whether git would ignore the path: the innermost file with a pattern for it decides."""
        if not self.levels:
            return False
        absolute = os.path.abspath(path)
        for directory, spec in reversed(self.levels):
            relative = os.path.relpath(absolute, directory).replace(os.sep, "/")
            ignored = spec.check_file(relative + "/" if is_directory else relative).include
            if ignored is not None:
                return ignored
        return False


def _read(path: Path) -> GitIgnoreSpec | None:
    try:
        lines = path.read_bytes().decode("utf-8", "surrogateescape").split("\n")
    except OSError:  # none there, or not ours to read: git too goes on without it
        return None
    from pathspec import GitIgnoreSpec

    usable = []
    for line in lines:
        try:
            GitIgnoreSpec.from_lines([line])
        except ValueError:  # git passes over a pattern that it cannot understand
            continue
        usable.append(line)
    return GitIgnoreSpec.from_lines(usable)
