"""Problems as JUnit XML, which most systems for continuous integration show: a document is a test."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from quality.errors import ReadError
from quality.gate import Judged
from quality.report.escape import escaped

__all__ = ["junit_report"]

#: Characters that XML 1.0 has no way to write, beyond those that are escaped everywhere.
_NOT_XML = re.compile("[\ufffe\uffff]")


def junit_report(found: Iterable[Judged], errors: Sequence[ReadError]) -> Iterator[str]:
    """A test for each document, failed if it has problems; an error for each input that could not be read."""
    cases = [_case(judged) for judged in found if judged.document.error is None]
    failures = sum("<failure" in case for case in cases)
    cases += [
        f"  <testcase classname={_attribute('quality')} name={_attribute(error.source)}>"
        f"<error type={_attribute('unreadable')} message={_attribute(error.reason)}/></testcase>\n"
        for error in errors
    ]
    counts = f'tests="{len(cases)}" failures="{failures}" errors="{len(errors)}"'
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<testsuites {counts}>\n<testsuite name="quality" {counts}>\n'
    yield from cases
    yield "</testsuite>\n</testsuites>\n"


def _case(judged: Judged) -> str:
    report = judged.report
    name = report.path or "-"
    name += f":{judged.document.line}" if judged.document.line is not None else ""
    name += f" ({report.id})" if report.id is not None else ""
    start = f"  <testcase classname={_attribute('quality')} name={_attribute(name)}"
    if not judged.failing:
        return f"{start}/>\n"
    worst = judged.failing[0]
    lines = "".join(f"{_plain(str(problem))}\n" for problem in judged.shown)
    return (
        f"{start}><failure type={_attribute(worst.code)} message={_attribute(worst.message)}>"
        f"{escape(lines)}</failure></testcase>\n"
    )


def _plain(text: str) -> str:
    return _NOT_XML.sub("\ufffd", escaped(text))


def _attribute(text: str) -> str:
    return quoteattr(_plain(text))
