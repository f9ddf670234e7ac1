"""What can be set: each setting's name, what it may hold, its flag; and the settings in force for a path."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

from quality.document import KINDS, MIN_WORDS

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    from quality.document import Report

__all__ = [
    "BASELINE",
    "FAIL_ON",
    "OPTIONS",
    "Option",
    "Settings",
    "UnfitError",
    "checked_patterns",
    "matches",
    "merged",
    "nearest",
]

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


def merged(layers: Iterable[Mapping[str, Any]]) -> Settings:
    """What is in force by checked values of several layers, the weakest first; thresholds are joined kind by kind."""
    found: dict[str, Any] = {}
    for values in layers:
        thresholds = {**found.get("thresholds", {}), **values.get("thresholds", {})}
        found |= values
        found["thresholds"] = _thresholds(thresholds)
    return replace(Settings(), **found)


# --- values ---


class UnfitError(Exception):
    """Why a value cannot be used. `key`: which part of it, as it stands in a file."""

    def __init__(self, reason: str, key: str = "") -> None:
        super().__init__(reason)
        self.key = key


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise UnfitError("must be a text in quotes")
    return value


def _language(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"auto|[a-z]{2,3}", value):
        raise UnfitError('must be "auto" or the code of a language, such as "de"')
    return value


def _encoding(value: Any) -> str:
    try:
        "a".encode(_text(value))  # a LookupError too for codecs that are known, but not of text
    except (LookupError, ValueError):
        raise UnfitError("no such encoding of text; try utf-8, cp1252 or utf-16") from None
    return str(value)


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise UnfitError("must be a whole number of at least 1")
    return value


def _jobs(value: Any) -> int | str:
    if value == "auto":
        return "auto"
    try:
        return _count(value)
    except UnfitError:
        raise UnfitError('must be "auto" or a whole number of at least 1') from None


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) and item for item in value):
        example = f', such as ["{value}"]' if isinstance(value, str) and value else ""
        raise UnfitError(f"must be a list of texts in quotes{example}")
    return tuple(value)


def checked_patterns(value: Any) -> tuple[str, ...]:
    """Patterns as in .gitignore. Raises UnfitError."""
    patterns = _texts(value)
    for pattern in patterns:
        try:
            _matcher((pattern,))
        except ValueError:
            raise UnfitError(f'"{pattern}" is no pattern as in .gitignore') from None
    return patterns


def _kinds(value: Any) -> tuple[str, ...]:
    kinds = _texts(value)
    for kind in kinds:
        if kind not in FAIL_ON:
            raise UnfitError(f'"{kind}" is no kind; {nearest(kind, FAIL_ON)}')
    return tuple(sorted(set(kinds), key=FAIL_ON.index))


def _codes(value: Any) -> tuple[str, ...]:
    from quality.findings import CODES

    prefixes = sorted({prefix.upper() for prefix in _texts(value)})
    for prefix in prefixes:
        if not any(code.startswith(prefix) for code in CODES):
            raise UnfitError(f'no code begins with "{prefix}"; {nearest(prefix, CODES)}')
    return tuple(prefixes)


def _thresholds(value: Any) -> Mapping[str, float]:
    if not isinstance(value, dict):
        raise UnfitError("must be a table of a number from 0 to 1 for each kind")
    for kind, threshold in value.items():
        if kind not in KINDS:
            raise UnfitError(f"no such kind; {nearest(kind, KINDS)}", kind)
        if not isinstance(threshold, int | float) or isinstance(threshold, bool) or not 0 <= threshold <= 1:
            raise UnfitError("must be a number from 0 to 1", kind)
    return MappingProxyType({kind: float(value[kind]) for kind in KINDS if kind in value})


def nearest(name: str, names: Iterable[str]) -> str:
    """The remedy for a wrong name.

    >>> nearest("spining", KINDS)
    'did you mean spinning?'
    """
    names = list(names)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else f"choose from {', '.join(names)}"


@cache
def _matcher(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(patterns)


def matches(patterns: tuple[str, ...], path: str, directory: str) -> bool:
    """Whether a path is meant by patterns of a directory; links are not followed."""
    relative = os.path.relpath(path, directory).replace(os.sep, "/")
    return not relative.startswith("../") and _matcher(patterns).match_file(relative)


# --- flags: texts → the value as a file would have it ---


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
            raise UnfitError("must be a kind, = and a number, such as spinning=0.9") from None
    return pairs


# --- the table ---


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
                checked_patterns,
                "PATTERN",
                "Only paths that match, as in .gitignore.",
                from_flag=_each,
                several=True,
            ),
            _option(
                "exclude",
                checked_patterns,
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
