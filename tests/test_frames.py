"""Reports as tables: the same names, types and values in every library, as the documentation lists them."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

import quality
from quality.document import Finding, ParagraphReport, Report, Reports
from quality.errors import NotInstalledError, UsageError
from quality.report.frames import DOCUMENT_COLUMNS, FINDING_COLUMNS, PARAGRAPH_COLUMNS, Column

ROOT = Path(__file__).parents[1]
FRAMES = {
    "frame": (quality.frame, DOCUMENT_COLUMNS),
    "paragraph_frame": (quality.paragraph_frame, PARAGRAPH_COLUMNS),
    "finding_frame": (quality.finding_frame, FINDING_COLUMNS),
}
TEXT = "One.\nIt rained in the calendar month.\n"


def reports() -> list[Report]:
    spun = Finding("S201", 22, 36, "calendar month", "looks spun", 2.5, "April", ("May", "June"))
    paragraphs = (
        ParagraphReport(0, 0, 4, "en", "too_short", {"spinning": None, "foreign_language": 0.0}, 1),
        ParagraphReport(1, 5, 37, "en", "damaged", {"spinning": 0.9}, 6, ("spinning",), (spun,)),
    )
    damaged = Report(
        "a", "dir/caf\udce9.txt", "en", 7, "damaged", ("spinning",), {"machine_translation": None, "spinning": 0.75},
        {"spinning": 0.5}, "quality 0", paragraphs, text=TEXT,
    )  # fmt: skip
    unreadable = Report("b", None, "und", 0, "unreadable", (), {}, {}, "quality 0", error="is not JSON")
    return [damaged, unreadable]


def test_a_row_a_document_in_pandas() -> None:
    pytest.importorskip("pandas")
    table = quality.frame(reports())
    assert table.verdict.tolist() == ["damaged", "unreadable"]
    assert table.kinds.tolist() == [("spinning",), ()]
    assert table.spinning.tolist()[0] == 0.75
    assert table.machine_translation.isna().all()
    assert table.spinning_threshold.tolist()[0] == 0.5
    assert table[["paragraphs", "damaged_paragraphs", "findings"]].to_numpy().tolist() == [[2, 1, 1], [0, 0, 0]]
    assert table.error.fillna("").tolist() == ["", "is not JSON"]
    assert table.path[0] == "dir/caf\\udce9.txt"
    assert str(table.words.dtype) == "int64"
    assert str(table.verdict.dtype) == "category"


def test_a_list_of_reports_is_a_table_of_pyarrow_when_asked() -> None:
    pytest.importorskip("pyarrow")
    table = Reports(reports()).to_arrow()
    assert table.column_names == [column.name for column in DOCUMENT_COLUMNS]
    assert table["spinning"].to_pylist() == [0.75, None]


def test_paragraphs_and_findings_join_their_document_and_know_their_lines() -> None:
    pytest.importorskip("pandas")
    paragraphs = quality.paragraph_frame(reports())
    assert paragraphs[["document", "paragraph", "line", "words"]].to_numpy().tolist() == [[0, 0, 1, 1], [0, 1, 2, 6]]
    assert paragraphs.text.tolist() == TEXT.splitlines()
    (finding,) = quality.finding_frame(reports()).merge(paragraphs, on=["document", "paragraph"]).itertuples()
    assert (finding.code, finding.line_x, finding.column, finding.text_x) == ("S201", 2, 18, "calendar month")
    assert finding.alternatives == ("May", "June")
    assert finding.spinning == 0.9


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
@pytest.mark.parametrize("some", [True, False], ids=["reports", "none"])
def test_names_and_types_are_the_same_in_every_library_and_without_rows(name: str, library: Any, some: bool) -> None:
    pytest.importorskip(library)
    make, columns = FRAMES[name]
    table = make(reports() if some else [], library)
    names = table.column_names if library == "pyarrow" else list(table.columns)
    assert names == [column.name for column in columns]
    types = table.schema.types if library == "pyarrow" else list(table.dtypes)
    shown = {column.type: {str(one) for other, one in zip(columns, types, strict=True) if other.type == column.type}
             for column in columns}  # fmt: skip
    known = {
        "pandas": {"count": "int64", "score": "float64", "number": "float64", "text": "string", "label": "category",
                   "labels": "object"},
        "polars": {"count": "Int64", "score": "Float64", "number": "Float64", "text": "String",
                   "label": "Categorical", "labels": "List(String)"},
        "pyarrow": {"count": "int64", "score": "double", "number": "double", "text": "string",
                    "label": "dictionary<values=string, indices=int32, ordered=0>", "labels": "list<item: string>"},
    }[library]  # fmt: skip
    assert shown == {kind: {known[kind]} for kind in shown}


@pytest.mark.parametrize("name", FRAMES)
def test_all_libraries_hold_the_same_values(name: str) -> None:
    for library in ("pandas", "polars", "pyarrow"):
        pytest.importorskip(library)
    make, _ = FRAMES[name]
    arrow = make(reports(), "pyarrow").to_pylist()  # type: ignore[operator]
    assert make(reports(), "polars").to_dicts() == arrow  # type: ignore[operator]
    pandas = make(reports()).to_dict("records")  # type: ignore[operator]
    assert [{key: value for key, value in row.items() if value == value} for row in _plain(pandas)] == [
        {key: value for key, value in row.items() if value is not None} for row in arrow
    ]


def _plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with None as NaN, and tuples as lists."""
    import pandas

    return [
        {
            key: list(value) if isinstance(value, tuple) else float("nan") if pandas.isna(value) else value
            for key, value in row.items()
        }
        for row in rows
    ]


def test_a_missing_library_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(NotInstalledError, match=r"^polars is not installed; pip install 'quality\[polars\]'$"):
        quality.frame([], "polars")


def test_an_unknown_library_is_refused() -> None:
    with pytest.raises(UsageError, match="choose from pandas, polars, pyarrow"):
        quality.frame([], "numpy")  # type: ignore[call-overload]


@pytest.mark.parametrize("name", FRAMES)
def test_the_documentation_lists_the_columns(name: str) -> None:
    text = (ROOT / "docs" / "explore.md").read_text(encoding="utf-8")
    section = text.split(f"### `{name}`")[1].split("\n#")[0]
    listed = [Column(*row) for row in re.findall(r"^\| `(\w+)` \| (\w+) \| (.+) \|$", section, re.M)]  # type: ignore[arg-type]
    assert listed == list(FRAMES[name][1])
