"""The configuration of `score` and `check`: from [tool.quality] in pyproject.toml or quality.toml, and from flags.

A value is decided by the last layer that gives it: the default, the file, the file's overrides for the path, the
flags, the flags' overrides. Every key of a file is a flag too, and both come from the one table `OPTIONS`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from quality.errors import ConfigError, UsageError
from quality.settings import OPTIONS, Option, Settings, UnfitError, checked_patterns, matches, merged, nearest

__all__ = ["Configuration", "Layer", "find_file", "project_root"]

FILE: Final = "quality.toml"
PYPROJECT: Final = "pyproject.toml"
#: Settings that name files: relative to the directory of the file that they stand in.
_PATHS: Final = ("models", "repeats", "baseline")


@dataclass(frozen=True)
class Override:
    """Settings for the paths that match, and where they come from."""

    patterns: tuple[str, ...]
    values: Mapping[str, Any]
    origin: str


@dataclass(frozen=True)
class Layer:
    """What one source says. Patterns in it are relative to `directory`."""

    origin: str
    directory: str
    values: Mapping[str, Any]
    #: Where a value comes from, if not from `origin`: flags go by their own names.
    origins: Mapping[str, str] = field(default_factory=dict)
    overrides: tuple[Override, ...] = ()

    def values_for(self, path: str | None) -> Iterator[tuple[Mapping[str, Any], str]]:
        """Values in force for the path, weakest first, each with where it comes from."""
        yield self.values, self.origin
        for override in self.overrides:
            if path is not None and matches(override.patterns, path, self.directory):
                yield override.values, override.origin


@dataclass(frozen=True)
class Configuration:
    """All layers, weakest first."""

    layers: tuple[Layer, ...] = ()
    #: The directory that the project is in: where the file lies, or the repository, or where one stands.
    root: str = "."

    @classmethod
    def load(
        cls,
        flags: Mapping[str, Sequence[str]] | None = None,
        *,
        file: str | None = None,
        directory: str = ".",
    ) -> Configuration:
        """The nearest file's settings (or those of `file`), and over these the flags'."""
        found = find_file(directory) if file is None else Path(file)
        layers = [] if found is None else [_file_layer(found, named=file is not None)]
        root = project_root(directory) if found is None else str(found.parent)
        return cls((*layers, _flag_layer(flags or {}, directory)), root)

    @cached_property
    def settings(self) -> Settings:
        """What is in force where no override matches."""
        return merged([layer.values for layer in self.layers])

    def at(self, path: str | None) -> Settings:
        """What is in force for a path; None: where no override matches."""
        if path is None or not any(layer.overrides for layer in self.layers):
            return self.settings
        return merged([values for layer in self.layers for values, _ in layer.values_for(path)])

    def explained(self, path: str | None = None) -> Iterator[tuple[str, Any, str]]:
        """Each setting's name, value and where it comes from. Thresholds come one by one, if there are any."""
        origins = dict.fromkeys(OPTIONS, "default")
        thresholds: dict[str, str] = {}
        for layer in self.layers:
            for values, origin in layer.values_for(path):
                origins |= {name: layer.origins.get(name, origin) for name in values}
                thresholds |= dict.fromkeys(values.get("thresholds", ()), origins["thresholds"])
        settings = self.at(path)
        for name, origin in origins.items():
            if name == "thresholds" and thresholds:
                for kind, threshold in settings.thresholds.items():
                    yield f"thresholds.{kind}", threshold, thresholds[kind]
            else:
                yield name, getattr(settings, name), origin

    def covers(self, path: str) -> bool:
        """Whether a path is to be read at all: included, and not excluded. Standard input always is."""
        if path == "-":
            return True
        covered = True
        for layer in self.layers:  # the last one that says something decides
            if "include" in layer.values:
                included = layer.values["include"]
                covered = not included or matches(included, path, layer.directory)
        excluded = False
        for layer in self.layers:
            if "exclude" in layer.values:
                excluded = matches(layer.values["exclude"], path, layer.directory)
        return covered and not excluded


# --- files and flags ---


def find_file(directory: str) -> Path | None:
    """The nearest quality.toml, or pyproject.toml with [tool.quality], here or above, up to the repository's root."""
    for parent in _upwards(directory):
        if (parent / FILE).is_file():
            return parent / FILE
        if (parent / PYPROJECT).is_file() and _table(parent / PYPROJECT) is not None:
            return parent / PYPROJECT
    return None


def project_root(directory: str) -> str:
    """The root of the repository that a directory is in, or the directory itself."""
    *_, last = _upwards(directory)
    return str(last) if (last / ".git").exists() else directory


def _upwards(directory: str) -> Iterator[Path]:
    """The directory as it was named, then those above it, up to one that holds a repository."""
    here = Path(directory)
    yield here
    while not (here / ".git").exists():
        above = here / ".." if here.name in ("", "..") else here.parent
        if above.resolve() == here.resolve():
            return
        here = above
        yield here


def _table(path: Path) -> Any:
    """The table of settings in a file, None if a pyproject.toml has none."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); name another file with --config") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: is not valid TOML ({error}); correct it") from None
    if path.name != PYPROJECT:
        return content
    tool = content.get("tool")
    return tool.get("quality") if isinstance(tool, dict) else None


def _file_layer(path: Path, *, named: bool) -> Layer:
    table = _table(path)
    if table is None and named:
        raise ConfigError(f"{path}: has no [tool.quality]; add the table, or name another file with --config")
    prefix = "tool.quality" if path.name == PYPROJECT else ""
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: {prefix}: must be a table; write [{prefix}]")
    values = {key: value for key, value in table.items() if key != "overrides"}
    return Layer(
        origin=str(path),
        directory=str(path.parent),
        values=_relative(_checked(values, f"{path}: ", prefix, OPTIONS), path.parent),
        overrides=_overrides(table.get("overrides", []), str(path), f"{path}: ", _dotted(prefix, "overrides")),
    )


def _flag_layer(flags: Mapping[str, Sequence[str]], directory: str) -> Layer:
    """What flags say, by the names of settings (and "overrides"), each with the texts given for it."""
    values: dict[str, Any] = {}
    for name, texts in flags.items():
        if name != "overrides":
            option = OPTIONS[name]
            try:
                values[name] = option.check(option.from_flag(texts))
            except UnfitError as error:
                raise UsageError(f"{option.flag} {' '.join(texts)}: {error}") from None
    overrides: tuple[Override, ...] = ()
    if "overrides" in flags:
        shown = f"--override {' '.join(flags['overrides'])}: "
        try:
            tables = _tables(flags["overrides"])
        except UnfitError as error:
            raise UsageError(f"{shown}{error}") from None
        overrides = _overrides(tables, "--override", shown, "")
    return Layer(
        origin="flags",
        directory=directory,
        values=values,
        origins={name: OPTIONS[name].flag for name in values},
        overrides=overrides,
    )


def _overrides(tables: Any, origin: str, place: str, key: str) -> tuple[Override, ...]:
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(f"{place}{key}: must be a list of tables; write [[{key}]]")
    per_path = {name: option for name, option in OPTIONS.items() if option.per_path}
    found = []
    for number, table in enumerate(tables, start=1):
        prefix = f"{key}[{number}]" if key else ""
        values = {name: value for name, value in table.items() if name != "paths"}
        checked = _checked(values, place, prefix, per_path)
        if "paths" not in table:
            raise ConfigError(f'{place}{_dotted(prefix, "paths")}: is missing; add paths = ["…"], as in .gitignore')
        try:
            patterns = checked_patterns(table["paths"])
        except UnfitError as error:
            raise ConfigError(f"{place}{_dotted(prefix, 'paths')}: {error}") from None
        found.append(Override(patterns, checked, f"{origin}, override {number}" if key else origin))
    return tuple(found)


def _checked(values: Mapping[str, Any], place: str, prefix: str, options: Mapping[str, Option]) -> dict[str, Any]:
    checked = {}
    for name, value in values.items():
        if name not in options:
            known = [*options, "overrides"] if options is OPTIONS else [*options, "paths"]
            what = "cannot differ from path to path" if name in OPTIONS else "no such setting"
            raise ConfigError(f"{place}{_dotted(prefix, name)}: {what}; {nearest(name, known)}")
        try:
            checked[name] = options[name].check(value)
        except UnfitError as error:
            raise ConfigError(f"{place}{_dotted(prefix, name, error.key)}: {error}") from None
    return checked


def _relative(values: dict[str, Any], directory: Path) -> dict[str, Any]:
    return {name: str(directory / value) if name in _PATHS else value for name, value in values.items()}


def _dotted(*keys: str) -> str:
    return ".".join(filter(None, keys))


def _tables(texts: Sequence[str]) -> list[Any]:
    try:
        return [tomllib.loads(f"table = {text}")["table"] for text in texts]
    except tomllib.TOMLDecodeError as error:
        reason = 'must be a table as in TOML, such as {paths = ["old/**"], min_words = 50}'
        raise UnfitError(f"{reason} ({error})") from None
