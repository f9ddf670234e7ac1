"""Scores a stream of documents, in this process or in several; reports come in the order of the documents."""

from __future__ import annotations

import ctypes
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from quality.document import Document, Report
from quality.errors import QualityError, ReadError

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = [
    "BatchScorer",
    "batches",
    "documents_with_reports",
    "finished",
    "keep_memory",
    "score_documents",
    "whole_report",
]

T = TypeVar("T")
_Done = list[tuple[Document | None, T]]

#: Text that is scored together (`Document.size`): enough for arrays to pay off, and for a process not to notice that it
#: was sent; few enough for a process to stay under 400 MB. Of 200,000 to 800,000 each doubling gains 5 to 8 % of speed
#: and takes 20 MB (German and English, 2026-11-27).
_BATCH_CHARACTERS: Final = 400_000
#: Empty records weigh something too.
_BATCH_DOCUMENTS: Final = 500
#: Numbers of two settings of glibc, and their values: arrays under 32 MB come from its own stock, of which it keeps
#: up to 256 MB. A batch takes some 60 MB.
_MALLOPT: Final = ((-3, 1 << 25), (-1, 1 << 28))
#: Batches under way for each process: one that it works on, one that waits. More would only fill memory.
_AHEAD: Final = 2


class BatchScorer(Protocol):
    """What scores documents together: a `Scorer`, or several of them for different paths."""

    def score_batch(self, texts: Iterable[Document], /) -> list[Report]: ...


#: What a worker process does with a batch, set once by `_start_worker`: models are loaded once, not once a batch.
_worker: Callable[[list[Document]], _Done[Any]]


def keep_memory() -> None:
    """Keep freed memory for the next batch, where the C library is glibc; for processes that do nothing but score.

    Else it goes back to the system after each batch, which takes a tenth of the time to hand it out again.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            for setting in _MALLOPT:
                mallopt(*setting)


def whole_report(_: Document, report: Report) -> Report:
    """The `finish` of those who need all of each report."""
    return report


def score_documents(scorer: BatchScorer, documents: Iterable[Document], *, jobs: int = 1) -> Iterator[Report]:
    """The report of each document, in their order. See `documents_with_reports`."""
    for _, report in documents_with_reports(scorer, documents, jobs=jobs):
        yield report


def documents_with_reports(
    scorer: BatchScorer, documents: Iterable[Document], *, jobs: int = 1
) -> Generator[tuple[Document, Report]]:
    """Each document with its report. See `finished`."""
    return finished(scorer, documents, whole_report, jobs=jobs)


def finished(
    scorer: BatchScorer,
    documents: Iterable[Document],
    finish: Callable[[Document, Report], T],
    *,
    jobs: int = 1,
    on_error: Callable[[ReadError], None] = lambda _: None,
) -> Generator[tuple[Document, T]]:
    """Each document with what `finish` makes of it and its report, in the order of the documents.

    All is done in the process that scores: a whole report takes longer to send than most of what is made of one.
    Documents whose text is yet to be extracted come back read; where that fails, with their error, after `on_error` was
    told. With several `jobs`, `scorer` and `finish` must pickle. Memory holds a batch, or `2 * jobs` of them, however
    long the stream is.
    """
    if jobs == 1:
        for batch in batches(documents):
            yield from _settled(batch, _work(scorer, finish, batch), on_error)
        return
    from multiprocessing import resource_tracker

    from joblib.externals.loky import get_reusable_executor
    from joblib.externals.loky.process_executor import BrokenProcessPool

    # It would lift the block of `_interrupts_later` when it is started, so it is started before.
    resource_tracker.ensure_running()
    with _interrupts_later():
        executor = get_reusable_executor(
            jobs,
            timeout=None,  # a process that ends while the input is slow would have to load its models again
            reuse=False,
            initializer=_start_worker,
            initargs=(scorer, finish),
            env={"OMP_NUM_THREADS": "1"},
        )
        executor.submit(_work_here, [])  # the first task is what starts the processes
    waiting: deque[tuple[list[Document], Future[_Done[T]]]] = deque()
    try:
        for batch in batches(documents):
            with _interrupts_later():
                waiting.append((batch, executor.submit(_work_here, batch)))
            if len(waiting) > _AHEAD * jobs:
                batch, future = waiting.popleft()
                yield from _settled(batch, future.result(), on_error)
        while waiting:
            batch, future = waiting.popleft()
            yield from _settled(batch, future.result(), on_error)
    except BrokenProcessPool as error:
        raise QualityError(
            f"a scoring process died, probably for want of memory ({type(error).__name__}); run with fewer --jobs"
        ) from error
    finally:
        # What is begun ends in a moment. Killing it instead trips loky over its own queue (joblib 1.6).
        for _, future in waiting:
            future.cancel()
        executor.shutdown(wait=True)


def batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """Runs of documents of about equal amounts of text, in order."""
    batch: list[Document] = []
    characters = 0
    for document in documents:
        batch.append(document)
        characters += document.size
        if characters >= _BATCH_CHARACTERS or len(batch) >= _BATCH_DOCUMENTS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _settled(
    batch: list[Document], done: _Done[T], on_error: Callable[[ReadError], None]
) -> Iterator[tuple[Document, T]]:
    """The documents of a batch with what was made of them, as `_work` sent it."""
    for document, (read, made) in zip(batch, done, strict=True):
        if read is not None:
            document = read
            if read.error is not None:
                on_error(ReadError(f"{read.path}:{read.line}" if read.line else read.path or "-", read.error))
        yield document, made


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Ctrl-C waits until this is done, and processes started meanwhile never hear of it: this one ends them.

    loky hangs if an interrupt comes in the middle of its bookkeeping; and a terminal sends it to every process,
    each of which would show a traceback, also from the middle of its imports.
    """
    if threading.current_thread() is not threading.main_thread():  # where no interrupt arrives
        yield
        return
    came: list[int] = []
    # The handler, since other threads may take the signal; the mask, since processes inherit that alone.
    handler = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if came:
            signal.raise_signal(signal.SIGINT)


def _start_worker(scorer: BatchScorer, finish: Callable[[Document, Report], Any]) -> None:
    global _worker
    keep_memory()
    _worker = partial(_work, scorer, finish)


def _work_here(batch: list[Document]) -> _Done[Any]:
    return _worker(batch)


def _work(scorer: BatchScorer, finish: Callable[[Document, Report], T], batch: list[Document]) -> _Done[T]:
    """What is made of each document, and the document where it had to be read."""
    documents = [document.read() for document in batch]
    return [
        (None if read is document else read, finish(read, report))
        for document, read, report in zip(batch, documents, _score(scorer, documents), strict=True)
    ]


def _score(scorer: BatchScorer, batch: list[Document]) -> list[Report]:
    """Reports on documents. A fault is looked for among them, so that it can be told which one has it."""
    try:
        return scorer.score_batch(batch)
    except Exception:
        for document in batch:
            try:
                scorer.score_batch([document])
            except Exception as error:
                place = f"{document.path}:{document.line}" if document.line else document.path
                error.add_note(f"while scoring {place}")
                raise
        raise
