"""Reports as tables: in CSV a row for each document, or for each problem; in Parquet a row for each document."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

from quality.document import KINDS, Document, Report, rounded
from quality.errors import ReadError
from quality.extras import needs
from quality.gate import Judged
from quality.report.escape import escaped

__all__ = ["problem_rows", "report_rows", "write_report_table"]

_PROBLEM = ("path", "id", "line", "column", "end_line", "end_column", "code", "subject", "status")
_SCORES = tuple(kind for kind in KINDS if kind != "foreign_language")
_REPORT = ("path", "id", "line", "language", "words", "verdict", "kinds", *_SCORES, "signature", "error")
#: Reports in a row group of a table: enough to pack well, few enough for memory. Chosen by hand.
_GROUP_ROWS: Final = 65_536


def problem_rows(found: Iterable[Judged], errors: Sequence[ReadError]) -> Iterator[str]:
    """Every problem, also those ignored or accepted, as `status` says."""
    yield _row([*_PROBLEM, "message", "suggestion"])
    for judged in found:
        for problem in judged.problems:
            place = [problem.path, judged.report.id, problem.line, problem.column, problem.end_line, problem.end_column]
            yield _row([*place, problem.code, problem.subject, problem.status, problem.message, problem.suggestion])


def report_rows(found: Iterable[Judged], errors: Sequence[ReadError]) -> Iterator[str]:
    """Every document with its verdict and scores; a score that was not judged is empty."""
    yield _row(_REPORT)
    for judged in found:
        for row in _cells([(judged.document, judged.report)]):
            yield _row(f"{value:.4f}" if isinstance(value, float) else value for value in row)


def write_report_table(path: Path, found: Iterable[tuple[Document, Report]], shown: str) -> None:
    """The same as `report_rows`, as a Parquet table; `shown` is what an error calls the file.

    A score that was not judged is null. Raises MissingExtraError without PyArrow.
    """
    with needs("parquet", shown):
        import pyarrow as pa
        import pyarrow.parquet as pq
    types = {"line": pa.int64(), "words": pa.int64()} | dict.fromkeys(_SCORES, pa.float64())
    schema = pa.schema([(name, types.get(name, pa.string())) for name in _REPORT])
    rows = _cells(found)
    with pq.ParquetWriter(path, schema) as file:
        while group := list(islice(rows, _GROUP_ROWS)):
            columns = [
                pa.array(values, field.type) for values, field in zip(zip(*group, strict=True), schema, strict=True)
            ]
            file.write_table(pa.Table.from_arrays(columns, schema=schema))


def _cells(found: Iterable[tuple[Document, Report]]) -> Iterator[tuple[Any, ...]]:
    """Values for `_REPORT`."""
    for document, report in found:
        scores = rounded(report.scores)
        yield (
            *(report.path, report.id, document.line, report.language, report.words, report.verdict),
            " ".join(report.kinds),
            *(scores.get(kind) for kind in _SCORES),
            report.signature,
            report.error,
        )


def _row(values: Iterable[object]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(
        escaped(value) if isinstance(value, str) else value for value in values
    )
    return stream.getvalue()
