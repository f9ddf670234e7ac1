"""Problems as `path:line:column: CODE message`, one a line: what editors and people read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from quality.errors import ReadError
from quality.gate import Judged
from quality.report.escape import log_line

__all__ = ["problem_lines"]


def problem_lines(found: Iterable[Judged], errors: Sequence[ReadError]) -> Iterator[str]:
    """The problems that make documents fail. What could not be read is said elsewhere, as it happens."""
    for judged in found:
        for problem in judged.shown:
            yield f"{log_line(str(problem))}\n"
