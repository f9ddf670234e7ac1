"""Reports as tables for analysis: a row a document, a paragraph or a finding, in pandas, Polars or PyArrow.

The names and types of columns are the same in all three and stay as they are between versions; docs/explore.md lists
them. `document` counts the reports from 0 and joins the three tables; offsets are those of the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args, overload

from quality.document import KINDS, Kind, Report
from quality.errors import UsageError
from quality.extras import library as extra_library
from quality.gate.places import Places

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

__all__ = [
    "DOCUMENT_COLUMNS",
    "FINDING_COLUMNS",
    "PARAGRAPH_COLUMNS",
    "Column",
    "finding_frame",
    "frame",
    "paragraph_frame",
]

Library = Literal["pandas", "polars", "pyarrow"]
Type = Literal["count", "score", "number", "text", "label", "labels"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name, type and meaning.

    Types: a `count` is a whole number, a `score` a number in 0..1 or missing where it was not judged, a `number`
    any, a `text` may be missing, a `label` is one of few texts, `labels` are none or several texts in order.
    """

    name: str
    type: Type
    meaning: str


def _scores(level: str) -> tuple[Column, ...]:
    return tuple(Column(kind, "score", f"score of the kind, of the {level}") for kind in KINDS)


#: Kinds that a document can be called for.
_CALLED: Final[Sequence[Kind]] = ("machine_translation", "spinning", "mixed_script", "broken_encoding")
_NAMES: Final = (
    Column("document", "count", "number of the report, from 0"),
    Column("path", "text", "file that the document came from"),
    Column("id", "text", "the record's own name"),
)
DOCUMENT_COLUMNS: Final = (
    *_NAMES,
    Column("language", "label", "what the document is written in"),
    Column("words", "count", "number of words"),
    Column("verdict", "label", "damaged, clean, too_short, unsupported_language or unreadable"),
    Column("kinds", "labels", "kinds of damage that the document was called for"),
    *(column for column in _scores("document") if column.name != "foreign_language"),
    *(Column(f"{kind}_threshold", "score", "score at or over which the kind is called") for kind in _CALLED),
    Column("paragraphs", "count", "number of paragraphs"),
    Column("damaged_paragraphs", "count", "of these, damaged"),
    Column("findings", "count", "number of findings"),
    Column("signature", "label", "version, models and settings that made the scores"),
    Column("error", "text", "why the record could not be read"),
)
PARAGRAPH_COLUMNS: Final = (
    *_NAMES,
    Column("paragraph", "count", "number of the paragraph in its document, from 0"),
    Column("start", "count", "offset in the document's text"),
    Column("end", "count", "offset after it"),
    Column("line", "count", "line of the text that it begins on, from 1"),
    Column("language", "label", "what the paragraph is written in"),
    Column("words", "count", "number of words"),
    Column("verdict", "label", "as of a document, by the paragraph's own scores"),
    Column("kinds", "labels", "kinds that the paragraph was called for"),
    *_scores("paragraph"),
    Column("findings", "count", "number of findings"),
    Column("text", "text", "the paragraph itself"),
)
FINDING_COLUMNS: Final = (
    *_NAMES,
    Column("paragraph", "count", "number of the paragraph in its document, from 0"),
    Column("code", "label", "what was found: `quality explain CODE`"),
    Column("start", "count", "offset in the document's text"),
    Column("end", "count", "offset after it"),
    Column("line", "count", "line of the text, from 1"),
    Column("column", "count", "column of the line, from 1"),
    Column("text", "text", "the words"),
    Column("suggestion", "text", "what they probably were"),
    Column("alternatives", "labels", "what else they may have been"),
    Column("weight", "number", "how much the finding speaks for damage, in nats"),
    Column("message", "text", "what is wrong, in words"),
)


@overload
def frame(reports: Iterable[Report], library: Literal["pandas"] = "pandas") -> pandas.DataFrame: ...
@overload
def frame(reports: Iterable[Report], library: Literal["polars"]) -> polars.DataFrame: ...
@overload
def frame(reports: Iterable[Report], library: Literal["pyarrow"]) -> pyarrow.Table: ...
def frame(reports: Iterable[Report], library: Library = "pandas") -> Any:
    """A row a document. `library` is "pandas", "polars" or "pyarrow"."""
    return _table(DOCUMENT_COLUMNS, _document_rows(reports), library)


@overload
def paragraph_frame(reports: Iterable[Report], library: Literal["pandas"] = "pandas") -> pandas.DataFrame: ...
@overload
def paragraph_frame(reports: Iterable[Report], library: Literal["polars"]) -> polars.DataFrame: ...
@overload
def paragraph_frame(reports: Iterable[Report], library: Literal["pyarrow"]) -> pyarrow.Table: ...
def paragraph_frame(reports: Iterable[Report], library: Library = "pandas") -> Any:
    """A row a paragraph, in the order of the reports."""
    return _table(PARAGRAPH_COLUMNS, _paragraph_rows(reports), library)


@overload
def finding_frame(reports: Iterable[Report], library: Literal["pandas"] = "pandas") -> pandas.DataFrame: ...
@overload
def finding_frame(reports: Iterable[Report], library: Literal["polars"]) -> polars.DataFrame: ...
@overload
def finding_frame(reports: Iterable[Report], library: Literal["pyarrow"]) -> pyarrow.Table: ...
def finding_frame(reports: Iterable[Report], library: Library = "pandas") -> Any:
    """A row a finding, in the order of the reports; none of reports made without `explain`."""
    return _table(FINDING_COLUMNS, _finding_rows(reports), library)


def _document_rows(reports: Iterable[Report]) -> Iterator[tuple[object, ...]]:
    for number, report in enumerate(reports):
        yield (
            *(number, report.path, report.id, report.language, report.words, report.verdict, report.kinds),
            *(report.scores.get(kind) for kind in KINDS if kind != "foreign_language"),
            *(report.thresholds.get(kind) for kind in _CALLED),
            len(report.paragraphs),
            sum(paragraph.verdict == "damaged" for paragraph in report.paragraphs),
            sum(len(paragraph.findings) for paragraph in report.paragraphs),
            report.signature,
            report.error,
        )


def _paragraph_rows(reports: Iterable[Report]) -> Iterator[tuple[object, ...]]:
    for number, report in enumerate(reports):
        places = Places(report.text)
        for paragraph in report.paragraphs:
            yield (
                *(number, report.path, report.id, paragraph.index, paragraph.start, paragraph.end),
                places.of(paragraph.start)[0],
                *(paragraph.language, paragraph.words, paragraph.verdict, paragraph.kinds),
                *(paragraph.scores.get(kind) for kind in KINDS),
                len(paragraph.findings),
                report.text[paragraph.start : paragraph.end],
            )


def _finding_rows(reports: Iterable[Report]) -> Iterator[tuple[object, ...]]:
    for number, report in enumerate(reports):
        places = Places(report.text)
        for paragraph in report.paragraphs:
            for finding in paragraph.findings:
                yield (
                    *(number, report.path, report.id, paragraph.index, finding.code, finding.start, finding.end),
                    *places.of(finding.start),
                    *(finding.text, finding.suggestion, finding.alternatives, finding.weight, finding.message),
                )


# --- libraries --------------------------------------------------------------------------------------


def _table(columns: Sequence[Column], rows: Iterable[tuple[object, ...]], library: str) -> Any:
    if library not in get_args(Library):
        raise UsageError(f"library {library!r} is not known; choose from {', '.join(get_args(Library))}")
    values: list[list[Any]] = [[] for _ in columns]
    for row in rows:
        for column, value in zip(values, row, strict=True):
            column.append(value)
    named = {
        column.name: [_whole_characters(value) for value in found] if column.type == "text" else found
        for column, found in zip(columns, values, strict=True)
    }
    module = extra_library(library, "polars" if library == "polars" else "frames")
    makers = {"pandas": _pandas, "polars": _polars, "pyarrow": _pyarrow}
    return makers[library](module, columns, named)


def _whole_characters(text: str | None) -> str | None:
    """Half characters, which a path may hold and no table can, are written out."""
    if text is None or text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _pandas(pandas: Any, columns: Sequence[Column], values: dict[str, list[Any]]) -> Any:
    types = {
        "count": "int64", "score": "float64", "number": "float64", "text": "string", "label": "category",
        "labels": "object",
    }  # fmt: skip
    made = {column.name: pandas.Series(values[column.name], dtype=types[column.type]) for column in columns}
    return pandas.DataFrame(made)


def _polars(polars: Any, columns: Sequence[Column], values: dict[str, list[Any]]) -> Any:
    types = {
        "count": polars.Int64, "score": polars.Float64, "number": polars.Float64, "text": polars.String,
        "label": polars.Categorical, "labels": polars.List(polars.String),
    }  # fmt: skip
    return polars.DataFrame(
        {column.name: polars.Series(column.name, values[column.name], dtype=types[column.type]) for column in columns}
    )


def _pyarrow(pyarrow: Any, columns: Sequence[Column], values: dict[str, list[Any]]) -> Any:
    label = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
    types = {
        "count": pyarrow.int64(), "score": pyarrow.float64(), "number": pyarrow.float64(), "text": pyarrow.string(),
        "label": label, "labels": pyarrow.list_(pyarrow.string()),
    }  # fmt: skip
    return pyarrow.table({column.name: pyarrow.array(values[column.name], types[column.type]) for column in columns})
