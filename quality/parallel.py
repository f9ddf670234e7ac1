"""Scores a stream of documents, in this process or in several; reports come in the order of the documents."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from quality.document import Document, Report
from quality.errors import QualityError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from quality.scoring import Scorer

__all__ = ["batches", "documents_with_reports", "score_documents"]

#: Text sent to a process at once: some 0.2 s of work, against which pickling and waking it are nothing.
_BATCH_CHARACTERS: Final = 200_000
#: Empty records weigh something too.
_BATCH_DOCUMENTS: Final = 500
#: Batches under way for each process: one that it works on, one that waits. More would only fill memory.
_AHEAD: Final = 2

#: The scorer of a worker process, made once by `_start_worker`: models are loaded once, not once a batch.
_worker_scorer: Scorer


def score_documents(scorer: Scorer, documents: Iterable[Document], *, jobs: int = 1) -> Iterator[Report]:
    """The report of each document, in their order. See `documents_with_reports`."""
    for _, report in documents_with_reports(scorer, documents, jobs=jobs):
        yield report


def documents_with_reports(
    scorer: Scorer, documents: Iterable[Document], *, jobs: int = 1
) -> Generator[tuple[Document, Report]]:
    """Each document with its report. Memory holds `2 * jobs` batches, however long the stream is."""
    if jobs == 1:
        for document in documents:
            yield document, _score(scorer, document)
        return
    from joblib.externals.loky import get_reusable_executor
    from joblib.externals.loky.process_executor import BrokenProcessPool

    executor = get_reusable_executor(
        jobs, reuse=False, initializer=_start_worker, initargs=(scorer,), env={"OMP_NUM_THREADS": "1"}
    )
    waiting: deque[tuple[list[Document], Future[list[Report]]]] = deque()
    finished = False
    try:
        for batch in batches(documents):
            waiting.append((batch, executor.submit(_score_batch, batch)))
            if len(waiting) > _AHEAD * jobs:
                yield from _first(waiting)
        while waiting:
            yield from _first(waiting)
        finished = True
    except BrokenProcessPool as error:
        raise QualityError(
            f"a scoring process died, probably for want of memory ({type(error).__name__}); run with fewer --jobs"
        ) from error
    finally:
        executor.shutdown(wait=True, kill_workers=not finished)


def batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """Runs of documents of about equal amounts of text, in order."""
    batch: list[Document] = []
    characters = 0
    for document in documents:
        batch.append(document)
        characters += len(document.text)
        if characters >= _BATCH_CHARACTERS or len(batch) >= _BATCH_DOCUMENTS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _first(waiting: deque[tuple[list[Document], Future[list[Report]]]]) -> Iterator[tuple[Document, Report]]:
    batch, future = waiting.popleft()
    return zip(batch, future.result(), strict=True)


def _start_worker(scorer: Scorer) -> None:
    global _worker_scorer
    _worker_scorer = scorer
    # Ctrl-C reaches every process of the terminal; the one that started these ends them.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _score_batch(batch: list[Document]) -> list[Report]:
    return [_score(_worker_scorer, document) for document in batch]


def _score(scorer: Scorer, document: Document) -> Report:
    try:
        return scorer.score_document(document)
    except Exception as error:
        place = f"{document.path}:{document.line}" if document.line else document.path
        error.add_note(f"while scoring {place}")
        raise
