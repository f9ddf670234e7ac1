"""Active learning: which paragraphs the models are least sure of, and the file that a person's labels go to."""

from __future__ import annotations

import hashlib
import heapq
import json
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from quality.document import LEARNED_KINDS, MIN_WORDS, Document, ParagraphReport, Report
from quality.errors import UsageError

__all__ = ["Candidate", "LabelFile", "least_sure", "text_key"]

#: Paragraphs that a document may have among those shown: ten of one page would teach that page. Chosen by hand.
_OF_ONE_DOCUMENT: Final = 2
_SURE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paragraph to be labelled: its report, its document's text, where it stands, and how unsure the models are.

    `doubt` is 0 at a score of one half, and falls with the log-odds.
    """

    text: str
    paragraph: ParagraphReport
    path: str
    line: int
    doubt: float

    @property
    def words(self) -> str:
        """The paragraph itself."""
        return self.text[self.paragraph.start : self.paragraph.end]


def least_sure(
    scored: Iterable[tuple[Document, Report]], most: int, *, but: frozenset[bytes] = frozenset()
) -> list[Candidate]:
    """The paragraphs with scores nearest to one half, the most doubtful first; memory holds `most` of them.

    At most two of a document, none that is shorter than a document must be, none whose key is in `but`.
    """
    kept: list[tuple[float, int, Candidate]] = []
    number = 0
    for document, report in scored:
        own = [
            Candidate(
                document.text, paragraph, document.path or "-", document.line or _line(document, paragraph), doubt
            )
            for paragraph in report.paragraphs
            if paragraph.words >= MIN_WORDS and "boilerplate" not in paragraph.kinds
            for doubt in [_doubt(paragraph)]
            if doubt is not None and text_key(document.text[paragraph.start : paragraph.end]) not in but
        ]
        for candidate in heapq.nlargest(_OF_ONE_DOCUMENT, own, key=lambda one: one.doubt):
            number += 1  # of equals the first stays
            heapq.heappush(kept, (candidate.doubt, -number, candidate))
            if len(kept) > most:
                heapq.heappop(kept)
    return [candidate for _, _, candidate in sorted(kept, key=lambda entry: (-entry[0], -entry[1]))]


def text_key(text: str) -> bytes:
    """What tells whether a text was labelled already, whatever its white space."""
    return hashlib.blake2b(" ".join(text.split()).encode("utf-8", "replace"), digest_size=16).digest()


class LabelFile:
    """JSONL of labelled texts, which `quality evaluate` and `quality train --base` read; a line a label.

    Each line is on disk before the next text is shown. A last line that a stop cut off is taken away when the file is
    opened again. Raises UsageError where the file holds anything else than labelled texts.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lengths: list[int] = []
        self.labelled: frozenset[bytes] = frozenset()
        #: Whether half a line was taken away.
        self.mended = False
        if path.exists():
            self._take_up()

    def _take_up(self) -> None:
        content = self._path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        keys = set()
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                record = json.loads(line)
                keys.add(text_key(record["text"]))
                record["label"]
            except (ValueError, KeyError, TypeError, AttributeError):
                raise UsageError(
                    f"{self._path}:{number}: is no labelled text; name another file with --output"
                ) from None
        if len(whole) < len(content):
            os.truncate(self._path, len(whole))
            self.mended = True
        self.labelled = frozenset(keys)

    def add(self, candidate: Candidate, label: str) -> None:
        """Append a labelled paragraph."""
        record: dict[str, Any] = {
            "text": candidate.words,
            "label": label,
            "source": candidate.path,
            "line": candidate.line,
            "language": candidate.paragraph.language,
        }
        line = (json.dumps(record) + "\n").encode()
        with self._path.open("ab") as stream:
            stream.write(line)
            stream.flush()
            os.fsync(stream.fileno())
        self._lengths.append(len(line))

    def take_back(self) -> None:
        """Remove the last line that was added."""
        os.truncate(self._path, self._path.stat().st_size - self._lengths.pop())


def _doubt(paragraph: ParagraphReport) -> float | None:
    """The least distance of a learned kind's score from one half, in log-odds and negative; None if none was judged."""
    scores = [score for kind in LEARNED_KINDS if (score := paragraph.scores.get(kind)) is not None]
    return max((-abs(_log_odds(score)) for score in scores), default=None)


def _log_odds(score: float) -> float:
    score = min(max(score, _SURE), 1.0 - _SURE)
    return math.log(score / (1.0 - score))


def _line(document: Document, paragraph: ParagraphReport) -> int:
    return document.text.count("\n", 0, paragraph.start) + 1
