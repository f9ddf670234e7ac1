"""Lines that stand in many documents of a corpus: the same tail on fifty pages is furniture, whatever it says.

`count_repeats` goes over a corpus once, in memory that does not grow with it, and makes a `Repeats` table.
A Scorer that is given the table calls those lines furniture and names the table in its signature: a score still
depends on its text and its settings alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from quality.document import Document, Paragraph
from quality.errors import ModelError
from quality.segmentation import mask_markdown, paragraph_spans

__all__ = ["MIN_DOCUMENTS", "Repeats", "count_repeats", "line_hash"]

#: A line in so many documents is furniture. Chosen by hand: "the same tail on fifty pages".
MIN_DOCUMENTS = 50

#: Lines that are counted at once before they are merged with what was counted before, and lines kept then.
#: Both only bound the memory (some 60 MB at worst): more documents than fit make counts fall short, not wrong.
_BUFFER = 100_000
_KEPT = 1_000_000
#: Lines in a table, the most frequent ones, and characters shown of each.
_LISTED = 50_000
_SHOWN = 60

_FORMAT = "quality-repeats/1"
_NUMBER = re.compile(r"\d+")

Hashes = NDArray[np.uint64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Repeats:
    """Lines that stand in at least `min_documents` of `documents`, by hash.

    `hashes` are in order; `counts[i]` tells in how many documents line i was seen. It may be short of the truth by
    up to `missed`, never beyond it. `shown[i]` is how the line begins, for people.
    """

    documents: int
    min_documents: int
    missed: int
    hashes: Hashes
    counts: Counts
    shown: tuple[str, ...]

    def documents_with(self, paragraphs: Sequence[Paragraph]) -> Counts:
        """In how many documents of the corpus each paragraph stands, 0 for those that are not in the table."""
        if not len(self.hashes):
            return np.zeros(len(paragraphs), np.int64)
        wanted = np.array([line_hash(paragraph.text) or 0 for paragraph in paragraphs], np.uint64)
        at = np.minimum(np.searchsorted(self.hashes, wanted), len(self.hashes) - 1)
        return np.where(self.hashes[at] == wanted, self.counts[at], 0)

    @cached_property
    def signature(self) -> str:
        """Six hexadecimal digits over the table: the same digits, the same effect on scores."""
        return self._checksum()[:6]

    def to_text(self) -> str:
        """The table as a file holds it: comments that say what it is, then hash, documents and beginning of each line.

        The most frequent come first. Anyone may read it, but not change it: it carries its checksum.
        """
        head = (
            f"# {_FORMAT} documents={self.documents} min_documents={self.min_documents} missed={self.missed} "
            f"lines={len(self.hashes)} sha256={self._checksum()}\n"
        )
        order = np.lexsort((self.hashes, -self.counts))
        return head + "".join(f"{self.hashes[at]:016x}\t{self.counts[at]}\t{self.shown[at]}\n" for at in order)

    @classmethod
    def load(cls, path: str | Path) -> Repeats:
        """The table in a file. Raises ModelError where it cannot be read or was changed."""
        try:
            head, *rows = Path(path).read_text(encoding="utf-8").removesuffix("\n").split("\n")
            named = dict(field.split("=", 1) for field in head.removeprefix(f"# {_FORMAT} ").split(" "))
            cells = [row.split("\t", 2) for row in rows]
            hashes = np.array([int(cell[0], 16) for cell in cells], np.uint64)
            counts = np.array([int(cell[1]) for cell in cells], np.int64)
            order = np.argsort(hashes)
            table = cls(
                documents=int(named["documents"]),
                min_documents=int(named["min_documents"]),
                missed=int(named["missed"]),
                hashes=hashes[order],
                counts=counts[order],
                shown=tuple(cells[at][2] for at in order),
            )
            expected = named["sha256"]
        except OSError as error:
            raise ModelError(
                f"{path}: cannot be read ({error.strerror}); name a table that `quality repeats` wrote"
            ) from error
        except (ValueError, KeyError, IndexError) as error:
            raise ModelError(f"{path}: not a table of repeats; write one with `quality repeats`") from error
        if table._checksum() != expected:
            raise ModelError(f"{path}: refused, its content changed; write it again with `quality repeats`")
        return table

    def _checksum(self) -> str:
        digest = hashlib.sha256(f"{_FORMAT} {self.documents} {self.min_documents} {self.missed}\n".encode())
        digest.update(self.hashes.astype("<u8").tobytes())
        digest.update(self.counts.astype("<i8").tobytes())
        digest.update("\n".join(self.shown).encode())
        return digest.hexdigest()


def line_hash(text: str) -> int | None:
    """64 bits that stand for a line; None for one without letters.

    Case, spaces and the values of numbers do not count: "12 comments" and "3 Comments" are one line.

    >>> line_hash("12 comments") == line_hash("3  Comments")
    True
    """
    folded = _folded(text)
    if not any(map(str.isalpha, folded)):
        return None
    digest = hashlib.blake2b(folded.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def _folded(text: str) -> str:
    return _NUMBER.sub("0", " ".join(text.split()).lower())


def count_repeats(documents: Iterable[Document], *, min_documents: int = MIN_DOCUMENTS) -> Repeats:
    """The lines that at least `min_documents` documents have, each document counted once.

    Frequent lines are counted as Misra and Gries (1982) do it, with many counters: when these run out, each is
    lowered by the same amount, which `missed` of the table adds up. The result depends on the order of the documents
    only where `missed` is not 0.
    """
    counter = _Counter(min_documents)
    seen = 0
    for document in documents:
        if document.error is None:
            seen += 1
            counter.add(_lines(document))
    counter.merge()
    hashes, counts = counter.frequent()
    return Repeats(
        documents=seen,
        min_documents=min_documents,
        missed=counter.missed,
        hashes=hashes,
        counts=counts,
        shown=tuple(counter.shown[number] for number in hashes.tolist()),
    )


def _lines(document: Document) -> dict[int, str]:
    """The different paragraphs of a document by their hash, as `segment` cuts them."""
    markdown = document.format == "markdown"
    text = mask_markdown(document.text) if markdown else document.text
    lines: dict[int, str] = {}
    for start, end in paragraph_spans(text, source=document.text if markdown else None):
        number = line_hash(text[start:end])
        if number is not None and number not in lines:
            beginning = " ".join(text[start : min(end, start + _SHOWN)].split())
            lines[number] = beginning.encode("utf-8", "replace").decode("utf-8")
    return lines


class _Counter:
    """Counts hashes in bounded memory; of those that are frequent it knows how a line with it begins."""

    def __init__(self, min_documents: int) -> None:
        self.min_documents = min_documents
        self.hashes: Hashes = np.empty(0, np.uint64)
        self.counts: Counts = np.empty(0, np.int64)
        self.missed = 0
        self.shown: dict[int, str] = {}
        self._new: dict[int, int] = {}
        self._lines: dict[int, str] = {}

    def add(self, lines: dict[int, str]) -> None:
        for number, line in lines.items():
            if number in self._new:
                self._new[number] += 1
            else:
                self._new[number] = 1
                self._lines[number] = line
        if len(self._new) >= _BUFFER:
            self.merge()

    def merge(self) -> None:
        """Add what is new to what was counted before, and make room."""
        hashes = np.concatenate([self.hashes, np.fromiter(self._new.keys(), np.uint64, len(self._new))])
        counts = np.concatenate([self.counts, np.fromiter(self._new.values(), np.int64, len(self._new))])
        self.hashes, inverse = np.unique(hashes, return_inverse=True)
        self.counts = np.zeros(len(self.hashes), np.int64)
        np.add.at(self.counts, inverse, counts)
        if len(self.counts) > _KEPT:
            floor = int(np.partition(self.counts, -_KEPT - 1)[-_KEPT - 1])
            self.missed += floor
            kept = self.counts > floor
            self.hashes, self.counts = self.hashes[kept], self.counts[kept] - floor
        # A line that is among the most frequent now, and was not before, is among the new ones.
        self.shown = {number: self.shown.get(number) or self._lines[number] for number in self.frequent()[0].tolist()}
        self._new, self._lines = {}, {}

    def frequent(self) -> tuple[Hashes, Counts]:
        """The lines that enough documents have, at most `_LISTED`, in the order of their hashes."""
        often = np.flatnonzero(self.counts >= self.min_documents)
        order = np.lexsort((self.hashes[often], -self.counts[often]))
        chosen = np.sort(often[order[:_LISTED]])
        return self.hashes[chosen], self.counts[chosen]
