"""Scores what input is cut into, in this process or in several; what is made of it comes in the order of the input."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from quality.document import Document, Report
from quality.errors import QualityError, ReadError

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

    from quality.reading.records import Piece

__all__ = [
    "FIRST_CHARACTERS",
    "BatchScorer",
    "batches",
    "finished",
    "keep_memory",
    "runs",
    "score_documents",
]

T = TypeVar("T")
Item = TypeVar("Item")
#: For each piece of a batch what could not be read of it, and what is made of each document.
_Done = list[tuple[list[ReadError], list[T]]]

#: Text that is scored together (`Document.size`): enough for arrays to pay off, and for a process not to notice that it
#: was sent; few enough for a process to stay under 400 MB. Of 200,000 to 800,000 each doubling gains 5 to 8 % of speed
#: and takes 20 MB (German and English, 2026-11-27).
_BATCH_CHARACTERS: Final = 400_000
#: Empty records weigh something too.
_BATCH_DOCUMENTS: Final = 500
#: Text in the first batch, which is scored here while other processes would wait: it loads the models and learns the
#: commonest words for all of them. Of 20,000 to 400,000 none took less of the processors; chosen by hand, for little
#: waiting.
FIRST_CHARACTERS: Final = 100_000
#: Numbers of two settings of glibc, and their values: arrays under 32 MB come from its own stock, of which it keeps
#: up to 256 MB. A batch takes some 60 MB.
_MALLOPT: Final = ((-3, 1 << 25), (-1, 1 << 28))
#: New objects after which Python looks for cycles among them, 700 by default. Scoring makes none, and to search through
#: all that the models are made of took 2 % of the time of 12 MB of text (2026-11-27).
_NEW_OBJECTS: Final = 20_000
#: Batches under way for each process: one that it works on, one that waits. More would only fill memory.
_AHEAD: Final = 2
#: Seconds in which a process that scores notices that the one it works for is gone. Chosen by hand.
_NOTICED_WITHIN: Final = 0.5


class BatchScorer(Protocol):
    """What scores documents together: a `Scorer`, or several of them for different paths."""

    def score_batch(self, texts: Iterable[Document], /) -> list[Report]: ...


#: What a worker process does with a batch, set once by `_start_worker`: models are loaded once, not once a batch.
_worker: Callable[[list[Piece]], _Done[Any]]


def keep_memory() -> None:
    """Keep freed memory for the next batch, where the C library is glibc; for processes that do nothing but score.

    Else it goes back to the system after each batch, which takes a tenth of the time to hand it out again. Python looks
    for garbage seldom.
    """
    gc.set_threshold(_NEW_OBJECTS)
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            for setting in _MALLOPT:
                mallopt(*setting)


def _alone(_: Document, report: Report) -> Report:
    """The `finish` of those who need all of each report, and nothing of the document."""
    return report


def score_documents(scorer: BatchScorer, documents: Iterable[Document], *, jobs: int = 1) -> Iterator[Report]:
    """The report of each document, in their order. See `finished`."""
    from quality.reading.records import Record

    for _, reports in finished(scorer, map(Record, documents), _alone, jobs=jobs):
        yield from reports


def finished(
    scorer: BatchScorer,
    pieces: Iterable[Piece],
    finish: Callable[[Document, Report], T],
    *,
    jobs: int = 1,
    on_error: Callable[[ReadError], None] = lambda _: None,
) -> Generator[tuple[Piece, list[T]]]:
    """Each piece with what `finish` makes of its documents and their reports, all in order.

    Pieces are read, scored and finished in one process, and nothing else is sent back: a whole report takes longer to
    send than most of what is made of one. `on_error` is told what could not be read before that piece is yielded.
    With several `jobs`, the first batch is done here, and what is left by as many processes, if anything is; `scorer`
    and `finish` must pickle. Memory holds a batch, or `2 * jobs` of them, however long the stream is.
    """
    if jobs == 1:
        for batch in _batches(pieces):
            yield from _settled(batch, _work(scorer, finish, batch), on_error)
        return
    found = _batches(pieces, first=FIRST_CHARACTERS)
    for batch in islice(found, 1):
        yield from _settled(batch, _work(scorer, finish, batch), on_error)
    second = next(found, None)
    if second is None:
        return
    from concurrent.futures.process import BrokenProcessPool

    executor = _processes(jobs, scorer, finish)
    waiting: deque[tuple[list[Piece], Future[_Done[T]]]] = deque()
    try:
        for batch in chain([second], found):
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
    return runs(documents, lambda document: (document.size, 1))


def _batches(pieces: Iterable[Piece], *, first: int = _BATCH_CHARACTERS) -> Iterator[list[Piece]]:
    return runs(pieces, lambda piece: (piece.size, piece.count), first=first)


def runs(
    items: Iterable[Item], weight: Callable[[Item], tuple[int, int]], *, first: int = _BATCH_CHARACTERS
) -> Iterator[list[Item]]:
    """Items in order, as many together as are a batch, of which the `first` may be given another size.

    Their `weight` is their size and number as documents.
    """
    run: list[Item] = []
    size = count = 0
    most = first
    try:
        for item in items:
            run.append(item)
            characters, documents = weight(item)
            size += characters
            count += documents
            if size >= most or count >= _BATCH_DOCUMENTS:
                yield run
                run, size, count, most = [], 0, 0, _BATCH_CHARACTERS
    except ReadError:  # in the middle of a file, say: what came before it counts
        if run:
            yield run
        raise
    if run:
        yield run


def _settled(
    batch: list[Piece], done: _Done[T], on_error: Callable[[ReadError], None]
) -> Iterator[tuple[Piece, list[T]]]:
    """The pieces of a batch with what was made of them, as `_work` sent it."""
    for piece, (errors, made) in zip(batch, done, strict=True):
        for error in errors:
            on_error(error)
        yield piece, made


def _processes(jobs: int, scorer: BatchScorer, finish: Callable[[Document, Report], Any]) -> Executor:
    """Processes that score, started.

    Where that is sound, they are copies of this one: they share what it has loaded, and begin at once. Copies have the
    locks that other threads held, but not the threads; array libraries know how to go on without theirs, libraries of a
    Mac do not.
    """
    arguments = scorer, finish, os.getpid()
    return _copies(jobs, arguments) if _may_copy() else _fresh(jobs, arguments)


def _may_copy() -> bool:
    return sys.platform == "linux" and threading.active_count() == 1


def _copies(jobs: int, arguments: tuple[Any, ...]) -> Executor:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    executor = ProcessPoolExecutor(jobs, mp_context=get_context("fork"), initializer=_start_worker, initargs=arguments)
    gc.freeze()  # memory in which garbage is looked for is no longer shared
    with _interrupts_later(), warnings.catch_warnings():
        # Python 3.12 warns of the threads of array libraries too.
        warnings.simplefilter("ignore", DeprecationWarning)
        executor.submit(_work_here, [])  # the first task is what starts the processes
    gc.unfreeze()
    return executor


def _fresh(jobs: int, arguments: tuple[Any, ...]) -> Executor:
    from multiprocessing import resource_tracker

    from joblib.externals.loky import get_reusable_executor

    # It would lift the block of `_interrupts_later` when it is started, so it is started before.
    resource_tracker.ensure_running()
    with _interrupts_later():
        executor: Executor = get_reusable_executor(
            jobs,
            timeout=None,  # a process that ends while the input is slow would have to load its models again
            reuse=False,
            initializer=_start_worker,
            initargs=arguments,
            env={"OMP_NUM_THREADS": "1"},
        )
        executor.submit(_work_here, [])
    return executor


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


def _start_worker(scorer: BatchScorer, finish: Callable[[Document, Report], Any], master: int) -> None:
    global _worker
    keep_memory()
    threading.Thread(target=_end_with, args=(master,), daemon=True).start()
    _worker = partial(_work, scorer, finish)


def _end_with(master: int) -> None:
    """End this process when the one that started it is gone: killed, it cannot tell, and its pipes stay open here."""
    while os.getppid() == master:
        time.sleep(_NOTICED_WITHIN)
    os._exit(1)


def _work_here(batch: list[Piece]) -> _Done[Any]:
    return _worker(batch)


def _work(scorer: BatchScorer, finish: Callable[[Document, Report], T], batch: list[Piece]) -> _Done[T]:
    from quality.reading.records import read_piece

    read = [read_piece(piece) for piece in batch]
    reports = iter(_score(scorer, [document for documents, _ in read for document in documents]))
    return [(errors, list(map(finish, documents, islice(reports, len(documents))))) for documents, errors in read]


def _score(scorer: BatchScorer, batch: list[Document]) -> list[Report]:
    """Reports on documents. A fault is looked for among them, so that it can be told which one has it."""
    try:
        return scorer.score_batch(batch)
    except Exception:
        for document in batch:
            try:
                scorer.score_batch([document])
            except Exception as error:
                error.add_note(f"while scoring {document.place}")
                raise
        raise
