"""Reports as tables, in CSV: a row for each document, or for each problem."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from quality.document import KINDS
from quality.errors import ReadError
from quality.gate import Judged
from quality.report.escape import escaped

__all__ = ["problem_rows", "report_rows"]

_PROBLEM = ("path", "id", "line", "column", "end_line", "end_column", "code", "subject", "status")
_SCORES = tuple(kind for kind in KINDS if kind != "foreign_language")


def problem_rows(found: Iterable[Judged], errors: Sequence[ReadError]) -> Iterator[str]:
    """Every problem, also those ignored or accepted, as `status` says."""
    yield _row([*_PROBLEM, "message", "suggestion"])
    for judged in found:
        for problem in judged.problems:
            place = [problem.path, judged.report.id, problem.line, problem.column, problem.end_line, problem.end_column]
            yield _row([*place, problem.code, problem.subject, problem.status, problem.message, problem.suggestion])


def report_rows(found: Iterable[Judged], errors: Sequence[ReadError]) -> Iterator[str]:
    """Every document with its verdict and scores; a score that was not judged is empty."""
    yield _row(["path", "id", "line", "language", "words", "verdict", "kinds", *_SCORES, "signature", "error"])
    for judged in found:
        report = judged.report
        scores = [report.scores.get(kind) for kind in _SCORES]
        yield _row(
            [
                *(report.path, report.id, judged.document.line, report.language, report.words, report.verdict),
                " ".join(report.kinds),
                *(None if score is None else f"{score:.4f}" for score in scores),
                report.signature,
                report.error,
            ]
        )


def _row(values: Iterable[object]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(
        escaped(value) if isinstance(value, str) else value for value in values
    )
    return stream.getvalue()
