"""The forms that reports come in, by the names that `--format` has for them. Each is imported when it is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quality.errors import ReadError
    from quality.gate import Judged

    #: Writes documents as they come, judged, and then what could not be read, which is known only at their end.
    Format = Callable[[Iterable[Judged], Sequence[ReadError]], Iterator[str]]

__all__ = ["CHECK_FORMATS", "check_format", "score_format"]

CHECK_FORMATS = ("text", "github", "sarif", "junit", "html", "csv")


def check_format(name: str) -> Format:
    """A form for problems."""
    if name == "text":
        from quality.report.lines import problem_lines

        return problem_lines
    if name == "github":
        from quality.report.github import github_annotations

        return github_annotations
    if name == "junit":
        from quality.report.junit import junit_report

        return junit_report
    if name == "csv":
        from quality.report.table import problem_rows

        return problem_rows
    return score_format(name)


def score_format(name: str) -> Format:
    """A form for reports that needs more than one of them at a time, or their problems."""
    if name == "csv":
        from quality.report.table import report_rows

        return report_rows
    if name == "sarif":
        from quality.report.sarif import sarif_report

        return sarif_report
    from quality.report.html import html_report

    return html_report
