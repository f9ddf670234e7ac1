"""One try of the fuzzer (benchmarks/fuzz.py), which is also how tests try again what it found."""

from __future__ import annotations

import math
import tempfile
from functools import cache
from pathlib import Path

from quality.document import Report
from quality.errors import ReadError
from quality.reading import Reader
from quality.scoring import Scorer

__all__ = ["NAMES", "attempt"]

#: What a file may be called; the first byte of a case chooses.
NAMES = ("a.txt", "a.md", "a.jsonl", "a.csv", "a.tsv", "a.html", "a.txt.gz", "a.jsonl.gz", "a.zip", "a.tar", "a.warc")


def attempt(data: bytes) -> None:
    """Read and score a file made of a case. AssertionError, or whatever broke, if that was no report and no error."""
    if not data:
        return
    errors: list[ReadError] = []
    with tempfile.TemporaryDirectory(dir=_memory()) as directory:
        path = Path(directory, NAMES[data[0] % len(NAMES)])
        path.write_bytes(data[1:])
        documents = list(Reader([path], on_error=errors.append))
        assert [entry.name for entry in Path(directory).iterdir()] == [path.name], "something was written"
    # Names may be anything; they are escaped where they are printed.
    assert all("\n" not in error.reason for error in errors), "a message over several lines"
    assert sum(document.error is not None for document in documents) <= len(errors)
    for document, report in zip(documents, _scorer().score_batch(documents), strict=True):
        check(document.text, report)


def check(text: str, report: Report) -> None:
    """A report that fits its text."""
    report.to_dict()
    for score in report.scores.values():
        assert score is None or (math.isfinite(score) and 0.0 <= score <= 1.0), "a score out of bounds"
    end = 0
    for paragraph in report.paragraphs:
        assert end <= paragraph.start < paragraph.end <= len(text), "paragraphs that overlap or leave the text"
        end = paragraph.end
        for finding in paragraph.findings:
            assert paragraph.start <= finding.start < finding.end <= paragraph.end, "a finding out of its paragraph"
            assert text[finding.start : finding.end] == finding.text, "a finding of another text"


@cache
def _scorer() -> Scorer:
    return Scorer()


def _memory() -> str | None:
    """A file system in memory, where there is one: a disk would be what the tries wait for."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None
