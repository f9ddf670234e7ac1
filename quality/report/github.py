"""Problems as annotations of GitHub's workflows: `::error file=…,line=…::message`.

A line of output is a command to the runner, so what comes from a document must never end its line or its
property: %, line ends, and in properties : and , are escaped as the runner's own toolkit does it.
GitHub shows ten errors of a step; the worst of each document come first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from quality.errors import ReadError
from quality.gate import Judged, Problem
from quality.gate.places import path_from
from quality.report.escape import escaped

__all__ = ["github_annotations"]


def github_annotations(found: Iterable[Judged], errors: Sequence[ReadError]) -> Iterator[str]:
    """The problems that make documents fail, then what could not be read."""
    for judged in found:
        for problem in judged.shown:
            yield _annotation(problem)
    for error in errors:
        yield f"::error title=quality::{_data(str(error))}\n"


def _annotation(problem: Problem) -> str:
    place = {"file": path_from(".", problem.path), "line": problem.line, "col": problem.column}
    if problem.subject == "finding":  # a document's end would put the note far from its first line
        place["endLine"] = problem.end_line
        if problem.end_line == problem.line:  # columns of several lines are refused
            place["endColumn"] = problem.end_column
    place["title"] = f"quality {problem.code}"
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in place.items())
    return f"::error {properties}::{_data(problem.message)}\n"


def _data(text: str) -> str:
    return escaped(text.replace("%", "%25"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
