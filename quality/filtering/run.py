"""The way of a corpus through the filter: read, score, decide, write, remember; shard by shard."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final, Literal

from quality.document import Document
from quality.errors import QualityError
from quality.filtering.manifest import KEPT, REJECTED, Manifest, Progress
from quality.filtering.rules import Decision
from quality.filtering.shards import Shard
from quality.reading import Layout, Piece, Reader, Record, Source
from quality.reading.html import Page

__all__ = ["SHARD_RECORDS", "Summary", "filter_records"]

#: A part of the output ends after so many records or characters: what a stop costs at most, and what a directory
#: can hold many of. Chosen by hand.
SHARD_RECORDS: Final = 50_000
_SHARD_CHARACTERS: Final = 100_000_000

#: Reads and scores what comes, and gives each piece back with its documents and what becomes of them, in order.
Decided = Callable[[Iterable[Piece]], Generator[tuple[Piece, list[tuple[Document, Decision]]]]]


@dataclass(frozen=True, slots=True)
class Summary:
    """How many records were kept, and rejected for which first reason, by source."""

    counts: Mapping[str, Mapping[str, int]]

    @property
    def totals(self) -> Counter[str]:
        total: Counter[str] = Counter()
        for counts in self.counts.values():
            total.update(counts)
        return total

    def to_dict(self) -> dict[str, Any]:
        """`input` = `kept` + `rejected`, and `rejected` = the sum of `reasons`; the same for each source."""
        sources = {source: _summed(counts) for source, counts in sorted(self.counts.items())}
        return {"schema": "quality-filter/1", **_summed(self.totals), "sources": sources}


def filter_records(
    reader: Reader,
    sources: Sequence[Source],
    decided: Decided,
    manifest: Manifest,
    progress: Progress,
    *,
    shard_records: int = SHARD_RECORDS,
    on_error: Literal["continue", "stop"] = "continue",
    say: Callable[[str], None] = lambda message: None,
) -> Summary:
    """Filter what `progress` has left to do. After a stop at any moment, do it again with what the manifest says.

    With `on_error` "stop" the first record that cannot be read ends the run; else it is rejected as "unreadable".
    """
    if progress.done:
        return Summary(progress.counts)
    output = _Output(manifest, progress, shard_records)
    origins: deque[int] = deque()

    def pieces() -> Iterator[Piece]:
        for at, piece in _left(reader, sources, progress):
            origins.append(at)
            yield piece

    try:
        with closing(decided(pieces())) as found:
            for piece, pairs in found:
                source = origins.popleft()
                for document, decision in pairs:
                    if document.error is not None and on_error == "stop":
                        raise QualityError(
                            f"{document.place}: {document.error}; stopped before this record, as --on-error stop says "
                            f"({output.finished} records are finished)"
                        )
                    record = piece.record(document)
                    if output.full(record.layout):
                        output.commit(done=False)
                        say(f"{output.finished} records finished, {output.counts_of('kept')} kept")
                    output.add(record, decision, source=source)
    except OSError as error:
        raise QualityError(
            f"{error.filename or manifest.directory}: cannot be written ({error.strerror}); {output.finished} records "
            "are finished: mend this, and give the same command again"
        ) from error
    output.commit(done=True, source=len(sources))
    summary = Summary(output.progress.counts)
    manifest.write_summary(summary.to_dict())
    return summary


class _Output:
    """The shard that is being written, and what comes into the manifest when it is finished."""

    def __init__(self, manifest: Manifest, progress: Progress, shard_records: int) -> None:
        self._manifest = manifest
        self._most_records = shard_records
        self.progress = progress
        self._counts = {source: Counter(counts) for source, counts in progress.counts.items()}
        self._layout: Layout | None = None
        self._sides: dict[str, Shard] = {}
        self._records = self._characters = 0
        self._at = (progress.source, progress.records)

    @property
    def finished(self) -> int:
        """Records that no stop can take away any more."""
        return Summary(self.progress.counts).totals.total()

    def counts_of(self, reason: str) -> int:
        return Summary(self.progress.counts).totals[reason]

    def full(self, layout: Layout) -> bool:
        """Whether the shard must end before a record of this layout."""
        if self._layout is None:
            return False
        return (
            self._records >= self._most_records
            or self._characters >= _SHARD_CHARACTERS
            or not (layout is self._layout or layout == self._layout)
        )

    def add(self, record: Record, decision: Decision, *, source: int) -> None:
        if self._layout is None:
            self._layout = record.layout
            self._sides = {
                side: Shard(self._manifest.directory / side, self.progress.shards, record.layout)
                for side in (KEPT, REJECTED)
            }
        text = record.document.text if decision.text is None else decision.text
        self._sides[REJECTED if decision.reasons else KEPT].write(record, text, decision.added)
        counts = self._counts.setdefault(_group(record), Counter())
        counts[decision.reasons[0] if decision.reasons else KEPT] += 1
        self._records += 1
        self._characters += len(record.document.text)
        before = self._at[1] if source == self._at[0] else 0
        self._at = (source, before + 1)

    def commit(self, *, done: bool, source: int | None = None) -> None:
        """Publish what is written, then remember it: a stop between the two writes the same files once more."""
        for shard in self._sides.values():
            shard.publish()
        self.progress = Progress(
            shards=self.progress.shards + bool(self._sides),
            source=self._at[0] if source is None else source,
            records=0 if done else self._at[1],
            done=done,
            counts={name: dict(sorted(counts.items())) for name, counts in sorted(self._counts.items())},
        )
        self._manifest.save(self.progress)
        self._layout, self._sides = None, {}
        self._records = self._characters = 0


def _left(reader: Reader, sources: Sequence[Source], progress: Progress) -> Iterator[tuple[int, Piece]]:
    """What is left to do, with the number of its source."""
    done = progress.records
    for at, source in enumerate(sources[progress.source :], start=progress.source):
        for piece in reader.pieces_of(source, always=True):
            if done == 0:
                yield at, piece
            elif isinstance(piece, Page):  # one document, and dear to read
                done -= 1
            else:
                documents = piece.read()
                yield from ((at, piece.record(document)) for document in documents[done:])
                done = max(0, done - len(documents))
        done = 0


def _group(record: Record) -> str:
    """What a record is counted under: its file, or the directory of one that is a document by itself."""
    path = record.document.path or ""
    if record.layout.format != "document" or record.document.line is not None:
        return path
    return path.rpartition("/")[0] or "."


def _summed(counts: Mapping[str, int]) -> dict[str, Any]:
    reasons = {reason: count for reason, count in sorted(counts.items()) if reason != KEPT}
    kept, rejected = counts.get(KEPT, 0), sum(reasons.values())
    return {"input": kept + rejected, "kept": kept, "rejected": rejected, "reasons": reasons}
