"""Many documents, several processes: order, memory and faults."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import HERE, environment

from quality.document import Document, Report
from quality.errors import QualityError
from quality.parallel import batches, finished, runs, score_documents
from quality.reading import Record


class CountingScorer:
    """Counts the words; needs no models."""

    def score_batch(self, documents: list[Document]) -> list[Report]:
        return [self.report(document) for document in documents]

    def report(self, document: Document) -> Report:
        if document.text == "explode":
            raise RuntimeError("a fault")
        return Report(document.id, document.path, "en", len(document.text.split()), "clean", (), {}, {}, "counting")


def numbered(count: int, drawn: list[int]) -> Iterator[Document]:
    for number in range(count):
        drawn.append(number)
        yield Document("word " * (number % 50) * 100, id=str(number))


def test_batches_hold_equal_amounts_of_text_and_lose_none() -> None:
    documents = [Document("x" * size) for size in (0, 300_000, 120_000, 500_000, 1, *[0] * 1200)]
    made = list(batches(documents))
    assert [document for batch in made for document in batch] == documents
    assert [len(batch) for batch in made] == [3, 1, 500, 500, 201]
    with_a_first = runs(documents, lambda document: (document.size, 1), first=100_000)
    assert [len(batch) for batch in with_a_first] == [2, 2, 500, 500, 201]
    short_lines = list(batches([Document("One two three.\n" * 1000)] * 40))
    assert [len(batch) for batch in short_lines] == [8, 8, 8, 8, 8]  # each line takes more than its characters


@pytest.mark.parametrize("jobs", [1, 2])
def test_reports_come_in_the_order_of_the_documents(jobs: int) -> None:
    reports = list(score_documents(CountingScorer(), numbered(2000, []), jobs=jobs))
    assert [report.id for report in reports] == [str(number) for number in range(2000)]
    assert [report.words for report in reports[:3]] == [0, 100, 200]


@pytest.fixture(params=["copies", "fresh processes"])
def processes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Both ways to get processes: another thread in this one rules out copies of it."""
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    if request.param == "fresh processes":
        other.start()
    elif sys.platform != "linux":
        pytest.skip("the system is none to copy processes on")
    else:
        # Threads that engines of other tests left behind wait for work that never comes.
        monkeypatch.setattr("quality.parallel._may_copy", lambda: True)
    yield request.param
    done.set()
    if other.ident is not None:
        other.join()


def test_what_one_process_makes_is_finished_there() -> None:
    pieces = [Record(Document("one two", id="a")), Record(Document("three", id="b"))]
    found = list(finished(CountingScorer(), pieces, lambda it, report: (it.id, report.words, os.getpid())))
    assert found == list(zip(pieces, [[("a", 2, os.getpid())], [("b", 1, os.getpid())]], strict=True))


def test_reports_are_finished_where_they_are_made(processes: str) -> None:
    texts = {"a": "one " * 25_000, "b": "two " * 100_000, "c": "three"}
    pieces = [Record(Document(text, id=id)) for id, text in texts.items()]
    found = list(finished(CountingScorer(), pieces, lambda it, report: (it.id, report.words, os.getpid()), jobs=2))
    assert [piece for piece, _ in found] == pieces
    assert [made[:2] for _, (made,) in found] == [("a", 25_000), ("b", 100_000), ("c", 1)]
    # The first batch is scored here, for what it loads: little text starts no processes.
    assert [made[2] == os.getpid() for _, (made,) in found] == [True, False, False]


class LoadingScorer(CountingScorer):
    """Loads what it needs with its first batch, and tells of each report where that was."""

    def __init__(self) -> None:
        self.loaded_in: int | None = None

    def __reduce__(self) -> tuple[type[LoadingScorer], tuple[()]]:
        return LoadingScorer, ()

    def score_batch(self, documents: list[Document]) -> list[Report]:
        self.loaded_in = self.loaded_in or os.getpid()
        return [replace(report, words=self.loaded_in) for report in super().score_batch(documents)]


def test_copies_share_what_was_loaded_and_fresh_processes_load_it_once_each(processes: str) -> None:
    documents = [Document("x" * 400_000)] * 9
    loaded_in = [report.words for report in score_documents(LoadingScorer(), documents, jobs=2)]
    assert loaded_in[0] == os.getpid()
    if processes == "copies":
        assert set(loaded_in) == {os.getpid()}
    else:
        assert os.getpid() not in loaded_in[1:]
        assert len(set(loaded_in[1:])) <= 2


ORPHANS = """
import multiprocessing, sys, threading, time
from quality.document import Document
from quality.parallel import finished
from quality.reading import Record
from test_parallel import CountingScorer

if sys.argv[1] == "fresh":
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()

def pieces():
    while True:
        yield Record(Document("word " * 100_000))

def pid(_, report):
    import os
    return os.getpid()

for _, pids in finished(CountingScorer(), pieces(), pid, jobs=2):
    print(*pids, flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
@pytest.mark.parametrize("how", ["copies", "fresh"])
def test_processes_end_when_the_one_that_they_work_for_is_killed(how: str) -> None:
    command = [sys.executable, "-c", ORPHANS, how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment(HERE)) as master:
        assert master.stdout
        pids = {int(next(master.stdout)) for _ in range(12)} - {master.pid}
        master.kill()
    assert pids
    deadline = time.monotonic() + 20
    while alive := [pid for pid in pids if is_alive(pid)]:
        assert time.monotonic() < deadline, f"{alive} go on"
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    """Whether a process goes on; one that ended may keep its number until somebody asks how it ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@pytest.mark.parametrize(("jobs", "most"), [(1, 50), (2, 300)])
def test_no_more_is_read_ahead_than_keeps_the_processes_busy(jobs: int, most: int) -> None:
    drawn: list[int] = []
    reports = score_documents(CountingScorer(), numbered(5000, drawn), jobs=jobs)
    next(reports)
    assert len(drawn) <= most
    reports.close()


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_fault_names_the_document(jobs: int) -> None:
    documents = [Document("fine", path="a.txt"), Document("explode", path="b.jsonl", line=7)]
    with pytest.raises(RuntimeError) as caught:
        list(score_documents(CountingScorer(), documents, jobs=jobs))
    assert "while scoring b.jsonl:7" in caught.value.__notes__


class DyingScorer(CountingScorer):
    """Is killed, as a system short of memory does it, where a text says so."""

    def report(self, document: Document) -> Report:
        if document.text == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        return super().report(document)


def test_a_killed_process_is_an_error_that_says_what_to_do(processes: str) -> None:
    documents = [Document("fine" * 100_000), Document("die"), Document("fine" * 100_000)]
    with pytest.raises(QualityError, match=r"a scoring process died, probably for want of memory .* fewer --jobs"):
        list(score_documents(DyingScorer(), documents, jobs=2))


FAULTS = """
import resource, sys
import numpy as np
from quality.parallel import keep_memory

def work():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for megabytes in (1, 5, 20):
        np.ones(megabytes << 20, np.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

if sys.argv[1] == "keep":
    keep_memory()
work()
print(work())
"""


def faults(how: str) -> int:
    """Pages that the system hands out, in a process of its own, to work that was done there once before."""
    done = subprocess.run([sys.executable, "-c", FAULTS, how], capture_output=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="a setting of glibc")
def test_freed_memory_is_kept_for_the_next_batch() -> None:
    kept, given_back = faults("keep"), faults("give back")
    # 26 MB are 6,500 pages; far fewer where the system hands out huge ones.
    assert given_back > 100
    # A machine short of memory takes some back whatever the setting is.
    assert kept < given_back / 10
