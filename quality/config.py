"""Settings of `score` and `check`: from [tool.quality] in pyproject.toml or from quality.toml, and from flags.

A value is decided by the last layer that gives it: the default, the file, the file's overrides for the path, the
flags, the flags' overrides. Every key of a file is a flag too, and both come from the one table `OPTIONS`.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

from quality.document import KINDS, MIN_WORDS
from quality.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    from quality.document import Report

__all__ = ["FAIL_ON", "OPTIONS", "Configuration", "Layer", "Option", "Settings", "find_file", "project_root"]

FILE: Final = "quality.toml"
PYPROJECT: Final = "pyproject.toml"
#: The baseline that is used if it is there, beside the configuration or at the root of the repository.
BASELINE: Final = ".quality-baseline"

#: What `fail_on` adds to damaged documents: paragraphs of one kind, or every damaged paragraph.
FAIL_ON: tuple[str, ...] = (*KINDS, "paragraphs")


@dataclass(frozen=True, slots=True)
class Settings:
    """What is in force for one path. Each field is explained, with its risk, in docs/gate.md."""

    language: str = "auto"
    thresholds: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    min_words: int = MIN_WORDS
    fail_on: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    encoding: str = "utf-8"
    text_field: str = "text"
    id_field: str = "id"
    jobs: int | Literal["auto"] = "auto"
    models: str | None = None
    repeats: str | None = None
    baseline: str | None = None

    def wants(self, code: str) -> bool:
        """Whether findings of this code are wanted: the longest prefix in `select` and `ignore` decides.

        >>> Settings(ignore=("S2",), select=("S201", "M")).wants("S201"), Settings(ignore=("S2",)).wants("S203")
        (True, False)
        """
        selected = _longest(code, self.select or ("",))
        return selected >= 0 and selected > _longest(code, self.ignore)

    def selected(self, report: Report) -> Report:
        """The report with the findings that are wanted; scores and verdicts stay as they are."""
        if not self.select and not self.ignore:
            return report
        paragraphs = tuple(
            replace(paragraph, findings=tuple(found for found in paragraph.findings if self.wants(found.code)))
            for paragraph in report.paragraphs
        )
        return replace(report, paragraphs=paragraphs)


def _longest(code: str, prefixes: Iterable[str]) -> int:
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=-1)


# --- values -----------------------------------------------------------------------------------------


class _UnfitError(Exception):
    """Why a value cannot be used. `key`: which part of it, as it stands in a file."""

    def __init__(self, reason: str, key: str = "") -> None:
        super().__init__(reason)
        self.key = key


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise _UnfitError("must be a text in quotes")
    return value


def _language(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"auto|[a-z]{2,3}", value):
        raise _UnfitError('must be "auto" or the code of a language, such as "de"')
    return value


def _encoding(value: Any) -> str:
    try:
        "a".encode(_text(value))  # a LookupError too for codecs that are known, but not of text
    except (LookupError, ValueError):
        raise _UnfitError("no such encoding of text; try utf-8, cp1252 or utf-16") from None
    return str(value)


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise _UnfitError("must be a whole number of at least 1")
    return value


def _jobs(value: Any) -> int | str:
    if value == "auto":
        return "auto"
    try:
        return _count(value)
    except _UnfitError:
        raise _UnfitError('must be "auto" or a whole number of at least 1') from None


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) and item for item in value):
        example = f', such as ["{value}"]' if isinstance(value, str) and value else ""
        raise _UnfitError(f"must be a list of texts in quotes{example}")
    return tuple(value)


def _patterns(value: Any) -> tuple[str, ...]:
    patterns = _texts(value)
    for pattern in patterns:
        try:
            _matcher((pattern,))
        except ValueError:
            raise _UnfitError(f'"{pattern}" is no pattern as in .gitignore') from None
    return patterns


def _kinds(value: Any) -> tuple[str, ...]:
    kinds = _texts(value)
    for kind in kinds:
        if kind not in FAIL_ON:
            raise _UnfitError(f'"{kind}" is no kind; {_nearest(kind, FAIL_ON)}')
    return tuple(sorted(set(kinds), key=FAIL_ON.index))


def _codes(value: Any) -> tuple[str, ...]:
    from quality.findings import CODES

    prefixes = sorted({prefix.upper() for prefix in _texts(value)})
    for prefix in prefixes:
        if not any(code.startswith(prefix) for code in CODES):
            raise _UnfitError(f'no code begins with "{prefix}"; {_nearest(prefix, CODES)}')
    return tuple(prefixes)


def _thresholds(value: Any) -> Mapping[str, float]:
    if not isinstance(value, dict):
        raise _UnfitError("must be a table of a number from 0 to 1 for each kind")
    for kind, threshold in value.items():
        if kind not in KINDS:
            raise _UnfitError(f"no such kind; {_nearest(kind, KINDS)}", kind)
        if not isinstance(threshold, int | float) or isinstance(threshold, bool) or not 0 <= threshold <= 1:
            raise _UnfitError("must be a number from 0 to 1", kind)
    return MappingProxyType({kind: float(value[kind]) for kind in KINDS if kind in value})


def _nearest(name: str, names: Iterable[str]) -> str:
    """The remedy for a wrong name.

    >>> _nearest("spining", KINDS)
    'did you mean spinning?'
    """
    names = list(names)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else f"choose from {', '.join(names)}"


# --- flags: texts → the value as a file would have it ------------------------------------------------


def _last(texts: Sequence[str]) -> str:
    return texts[-1]


def _number(texts: Sequence[str]) -> int | str:
    return int(texts[-1]) if re.fullmatch(r"-?\d+", texts[-1]) else texts[-1]


def _split(texts: Sequence[str]) -> list[str]:
    return [part.strip() for text in texts for part in text.split(",") if part.strip()]


def _each(texts: Sequence[str]) -> list[str]:
    return list(texts)


def _pairs(texts: Sequence[str]) -> dict[str, float]:
    pairs = {}
    for text in texts:
        kind, _, number = text.partition("=")
        try:
            pairs[kind.strip()] = float(number)
        except ValueError:
            raise _UnfitError("must be a kind, = and a number, such as spinning=0.9") from None
    return pairs


def _tables(texts: Sequence[str]) -> list[Any]:
    try:
        return [tomllib.loads(f"table = {text}")["table"] for text in texts]
    except tomllib.TOMLDecodeError as error:
        reason = 'must be a table as in TOML, such as {paths = ["old/**"], min_words = 50}'
        raise _UnfitError(f"{reason} ({error})") from None


# --- the table --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Option:
    """One setting: its key in a file, its flag, and what it may be. `several`: the flag may be repeated."""

    name: str
    check: Callable[[Any], Any]
    from_flag: Callable[[Sequence[str]], Any]
    metavar: str
    help: str
    flag: str
    several: bool = False
    #: Whether it may differ from path to path.
    per_path: bool = False

    @property
    def default(self) -> Any:
        return _DEFAULTS[self.name]


def _option(name: str, check: Callable[[Any], Any], metavar: str, help: str, **more: Any) -> Option:
    more.setdefault("from_flag", _last)
    more.setdefault("flag", "--" + name.replace("_", "-"))
    return Option(name=name, check=check, metavar=metavar, help=help, **more)


#: Settings by name, in the order in which they are shown.
OPTIONS: Final[Mapping[str, Option]] = MappingProxyType(
    {
        option.name: option
        for option in (
            _option(
                "language",
                _language,
                "CODE",
                "Language of the text (de, en …), instead of finding it out.",
                per_path=True,
            ),
            _option(
                "thresholds",
                _thresholds,
                "KIND=NUMBER",
                "Score from which documents and paragraphs are called, instead of the models' own.",
                flag="--threshold",
                from_flag=_pairs,
                several=True,
                per_path=True,
            ),
            _option(
                "min_words",
                _count,
                "N",
                "Documents with fewer words are too short to judge.",
                from_flag=_number,
                per_path=True,
            ),
            _option(
                "fail_on",
                _kinds,
                "KIND",
                "Fail on a paragraph of this kind too (machine_translation, spinning, boilerplate, mixed_script, "
                "broken_encoding, foreign_language), or on any damaged paragraph (paragraphs).",
                from_flag=_split,
                several=True,
                per_path=True,
            ),
            _option(
                "select",
                _codes,
                "CODES",
                "Only findings whose code begins so (S2, M116 …).",
                from_flag=_split,
                several=True,
                per_path=True,
            ),
            _option(
                "ignore",
                _codes,
                "CODES",
                "No findings whose code begins so; the longer prefix goes before.",
                from_flag=_split,
                several=True,
                per_path=True,
            ),
            _option(
                "include",
                _patterns,
                "PATTERN",
                "Only paths that match, as in .gitignore.",
                from_flag=_each,
                several=True,
            ),
            _option(
                "exclude",
                _patterns,
                "PATTERN",
                "No paths that match, as in .gitignore, also if they are named.",
                from_flag=_each,
                several=True,
            ),
            _option("encoding", _encoding, "NAME", "Encoding of all input."),
            _option("text_field", _text, "NAME", "Field or column that holds the text of a record."),
            _option("id_field", _text, "NAME", "Field or column that holds the id of a record."),
            _option(
                "jobs",
                _jobs,
                "N",
                "Processes to score with; auto takes up to four where there is much to read.",
                from_flag=_number,
            ),
            _option("models", _text, "DIR", "Models to use instead of those in the package."),
            _option(
                "repeats", _text, "TABLE", "Lines that many documents share, as quality repeats wrote them: furniture."
            ),
            _option("baseline", _text, "FILE", f"Accepted problems ({BASELINE} if it is there)."),
        )
    }
)
_DEFAULTS: Final[Mapping[str, Any]] = {
    item.name: item.default if item.default_factory is MISSING else item.default_factory() for item in fields(Settings)
}
#: Settings that name files: relative to the directory of the file that they stand in.
_PATHS: Final = ("models", "repeats", "baseline")


# --- layers -----------------------------------------------------------------------------------------


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
            if path is not None and _matches(override.patterns, path, self.directory):
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
        return _merged([layer.values for layer in self.layers])

    def at(self, path: str | None) -> Settings:
        """What is in force for a path; None: where no override matches."""
        if path is None or not any(layer.overrides for layer in self.layers):
            return self.settings
        return _merged([values for layer in self.layers for values, _ in layer.values_for(path)])

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
                covered = not included or _matches(included, path, layer.directory)
        excluded = False
        for layer in self.layers:
            if "exclude" in layer.values:
                excluded = _matches(layer.values["exclude"], path, layer.directory)
        return covered and not excluded


def _merged(layers: Iterable[Mapping[str, Any]]) -> Settings:
    merged: dict[str, Any] = {}
    for values in layers:
        thresholds = {**merged.get("thresholds", {}), **values.get("thresholds", {})}
        merged |= values
        merged["thresholds"] = _thresholds(thresholds)
    return replace(Settings(), **merged)


# --- files and flags --------------------------------------------------------------------------------


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
            except _UnfitError as error:
                raise UsageError(f"{option.flag} {' '.join(texts)}: {error}") from None
    overrides: tuple[Override, ...] = ()
    if "overrides" in flags:
        shown = f"--override {' '.join(flags['overrides'])}: "
        try:
            tables = _tables(flags["overrides"])
        except _UnfitError as error:
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
            patterns = _patterns(table["paths"])
        except _UnfitError as error:
            raise ConfigError(f"{place}{_dotted(prefix, 'paths')}: {error}") from None
        found.append(Override(patterns, checked, f"{origin}, override {number}" if key else origin))
    return tuple(found)


def _checked(values: Mapping[str, Any], place: str, prefix: str, options: Mapping[str, Option]) -> dict[str, Any]:
    checked = {}
    for name, value in values.items():
        if name not in options:
            known = [*options, "overrides"] if options is OPTIONS else [*options, "paths"]
            what = "cannot differ from path to path" if name in OPTIONS else "no such setting"
            raise ConfigError(f"{place}{_dotted(prefix, name)}: {what}; {_nearest(name, known)}")
        try:
            checked[name] = options[name].check(value)
        except _UnfitError as error:
            raise ConfigError(f"{place}{_dotted(prefix, name, error.key)}: {error}") from None
    return checked


def _relative(values: dict[str, Any], directory: Path) -> dict[str, Any]:
    return {name: str(directory / value) if name in _PATHS else value for name, value in values.items()}


def _dotted(*keys: str) -> str:
    return ".".join(filter(None, keys))


@cache
def _matcher(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(patterns)


def _matches(patterns: tuple[str, ...], path: str, directory: str) -> bool:
    """Whether a path is meant by patterns of a directory; links are not followed."""
    relative = os.path.relpath(path, directory).replace(os.sep, "/")
    return not relative.startswith("../") and _matcher(patterns).match_file(relative)
