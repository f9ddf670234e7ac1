"""Tables of figures, and how they are printed: for people, as Markdown, as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from quality.training.metrics import Estimate

__all__ = ["Cell", "Column", "Table", "as_json", "as_markdown", "as_text", "markdown_rows", "shown"]

Cell = str | int | float | Estimate | None
Form = Literal["text", "count", "area", "share", "rate"]

_LONGEST_NAME = 46


@dataclass(frozen=True, slots=True)
class Column:
    """A name and how values are shown: areas with three digits, shares in per cent, rates with one more digit."""

    name: str
    form: Form = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """A title, what a reader has to know of it, columns, and rows with a cell a column (None: not known)."""

    title: str
    note: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


def as_markdown(tables: Sequence[Table], *, level: int = 2) -> str:
    """Every table under a heading of so many #."""
    parts = []
    for table in tables:
        lines = [f"{'#' * level} {table.title}", ""]
        lines += [table.note, ""] if table.note else []
        parts.append("\n".join([*lines, markdown_rows(table)]) + "\n")
    return "\n".join(parts)


def markdown_rows(table: Table) -> str:
    """The bare table, without title and note."""
    marks = ["---" if column.form == "text" else "---:" for column in table.columns]
    names = _piped([column.name for column in table.columns])
    return "\n".join([names, f"|{'|'.join(marks)}|", *(_piped(row) for row in _shown(table))])


def as_text(tables: Sequence[Table]) -> str:
    """Columns lined up, for a terminal."""
    parts = []
    for table in tables:
        names = [column.name for column in table.columns]
        rows = [[_shortened(cell) for cell in row] for row in _shown(table)]
        widths = [max(map(len, cells)) for cells in zip(names, *rows, strict=True)]
        lines = [table.title, *([table.note] if table.note else []), ""]
        for row in (names, *rows):
            cells = [
                cell.ljust(width) if column.form == "text" else cell.rjust(width)
                for cell, width, column in zip(row, widths, table.columns, strict=True)
            ]
            lines.append("  " + "  ".join(cells).rstrip())
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def as_json(tables: Sequence[Table], signature: str) -> str:
    """One object: the signature, and every table with its rows as objects; shares are in 0..1."""
    record = {
        "signature": signature,
        "tables": [
            {
                "title": table.title,
                "note": table.note,
                "rows": [
                    {column.name: _plain(cell) for column, cell in zip(table.columns, row, strict=True)}
                    for row in table.rows
                ],
            }
            for table in tables
        ],
    }
    return json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def shown(cell: Cell, form: Form) -> str:
    """A cell as people read it.

    >>> shown(Estimate(0.0312, 0.02, 0.041), "share"), shown(0.98765, "area"), shown(None, "area"), shown(12, "count")
    ('3.1% (2.0–4.1)', '.988', '', '12')
    """
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, Estimate):
        if math.isnan(cell.value):
            return ""
        if math.isnan(cell.low):
            return shown(cell.value, form)
        low, high = (shown(value, form).rstrip("%") for value in (cell.low, cell.high))
        return f"{shown(cell.value, form)} ({low}–{high})"
    if isinstance(cell, str):
        return cell
    if form == "area":
        return f"{cell:.3f}".replace("0.", ".", 1)
    if form in ("share", "rate"):
        return f"{cell:.{1 if form == 'share' else 2}%}"
    return str(cell)


def _shown(table: Table) -> list[list[str]]:
    return [[shown(cell, column.form) for cell, column in zip(row, table.columns, strict=True)] for row in table.rows]


def _piped(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _shortened(cell: str) -> str:
    return cell if len(cell) <= _LONGEST_NAME else cell[: _LONGEST_NAME - 1] + "…"


def _plain(cell: Cell) -> Any:
    if isinstance(cell, Estimate):
        return {"value": _plain(cell.value), "low": _plain(cell.low), "high": _plain(cell.high)}
    if isinstance(cell, float):
        return None if math.isnan(cell) else round(cell, 6)
    return cell
