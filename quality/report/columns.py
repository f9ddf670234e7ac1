"""What scoring adds to a record that keeps its own columns: in tables that are written, and in engines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal

from quality.document import KINDS, Report, rounded
from quality.errors import UsageError

__all__ = ["COLUMNS", "arrow_type", "columns", "refuse_taken"]

#: Names of the columns, in their order, and types: a "text", a "count", or a "score" (a number in 0..1). Any may be
#: missing: a score where it was not judged, the error where there was none.
COLUMNS: Final[dict[str, Literal["text", "count", "score"]]] = {
    "quality_verdict": "text",
    "quality_kinds": "text",
    "quality_language": "text",
    "quality_words": "count",
    **{f"quality_{kind}": "score" for kind in KINDS if kind != "foreign_language"},
    "quality_signature": "text",
    "quality_error": "text",
}


def columns(report: Report) -> dict[str, Any]:
    """The values of `COLUMNS` for the record that a report is on, with scores as reports print them.

    `quality_kinds` has a blank between kinds, and is empty for a document that is not damaged.
    """
    scores = rounded(report.scores)
    return {
        "quality_verdict": report.verdict,
        "quality_kinds": " ".join(report.kinds),
        "quality_language": report.language,
        "quality_words": report.words,
        **{f"quality_{kind}": scores.get(kind) for kind in KINDS if kind != "foreign_language"},
        "quality_signature": report.signature,
        "quality_error": report.error,
    }


def arrow_type(name: str) -> Any:
    """The type of an added column in a table of PyArrow, by its name; also of those that the filter adds."""
    import pyarrow as pa

    if name in ("quality_line", "quality_words"):
        return pa.int64()
    return pa.float64() if COLUMNS.get(name) == "score" else pa.string()


def refuse_taken(names: Iterable[str], place: str) -> None:
    """Raises UsageError where a record has such columns already: nothing is to be overwritten."""
    taken = sorted(COLUMNS.keys() & set(names))
    if taken:
        raise UsageError(f"{place}: has {', '.join(taken)} already; rename or drop what was scored before")
