"""`quality label` at a real terminal: what is shown, what is written, and that it can be left and taken up."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import HERE, Run, environment

from quality import Document
from quality.document import ParagraphReport, Report
from quality.errors import UsageError
from quality.labelling import LabelFile, least_sure

WORDS = "word " * 30


def report(*scores: float | None, kinds: tuple[str, ...] = ()) -> tuple[Document, Report]:
    text = "\n".join(f"{number} {WORDS}" for number in range(len(scores)))
    starts = [text.index(f"{number} word") for number in range(len(scores))]
    paragraphs = tuple(
        ParagraphReport(
            at,
            start,
            start + len(f"{at} {WORDS}"),
            "en",
            "clean",
            {"machine_translation": score},
            words=30,
            kinds=kinds,
        )
        for at, (start, score) in enumerate(zip(starts, scores, strict=True))
    )
    whole = Report(None, "page.txt", "en", 30, "clean", (), {}, {}, "", paragraphs)
    return Document(text, path="page.txt"), whole


# --- what is asked ----------------------------------------------------------------------------------


def test_the_most_doubtful_come_first_two_of_a_document_at_most() -> None:
    found = least_sure([report(0.99, 0.4, 0.54, 0.45), report(0.7, None), report(0.5, kinds=("boilerplate",))], 9)
    assert [(one.words.split()[0], one.line) for one in found] == [("2", 3), ("3", 4), ("0", 1)]
    assert [one.words.split()[0] for one in least_sure([report(0.9, 0.1, 0.6), report(0.5)], 2)] == ["0", "2"]


def test_what_has_a_label_is_not_asked_again(tmp_path: Path) -> None:
    file = LabelFile(tmp_path / "labels.jsonl")
    first, second = least_sure([report(0.5, 0.6)], 9)
    file.add(first, "clean")
    file.add(second, "spinning")
    file.take_back()
    again = LabelFile(tmp_path / "labels.jsonl")
    assert [one.words for one in least_sure([report(0.5, 0.6)], 9, but=again.labelled)] == [second.words]


def test_half_a_line_is_taken_away_and_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    whole = json.dumps({"text": "One.", "label": "clean"}) + "\n"
    path.write_text(whole + '{"text": "Tw')
    assert LabelFile(path).mended
    assert path.read_text() == whole
    path.write_text('{"text": "One."}\n')
    with pytest.raises(UsageError, match=r"labels\.jsonl:1: is no labelled text; name another file with --output"):
        LabelFile(path)


# --- at the terminal --------------------------------------------------------------------------------


def at_a_terminal(directory: Path, keys: str, *args: str, last: signal.Signals | None = None) -> tuple[int, str]:
    """Give one key each time that keys are asked for; the exit status and all that was shown.

    `last` is a signal that comes instead of the key after the last.
    """
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "quality", "label", *args],
        cwd=directory,
        env={**environment(HERE / "stand_in"), "TERM": "xterm", "COLUMNS": "80"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    shown, asked, left = b"", 0, list(keys)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if select.select([ours], [], [], 0.1)[0]:
            try:
                shown += os.read(ours, 65536)
            except OSError:  # the other side is closed
                break
        if shown.count(b"q quit") > asked and left:
            asked += 1
            time.sleep(0.2)  # what is typed before the terminal listens for single keys is thrown away
            os.write(ours, left.pop(0).encode())
        elif last is not None and shown.count(b"q quit") > asked and process.poll() is None:
            time.sleep(0.2)
            process.send_signal(last)
            asked += 1
    os.close(ours)
    return process.wait(timeout=10), shown.decode()


def test_keys_become_labels_at_once_and_work_is_taken_up_where_it_was_left(tmp_path: Path) -> None:
    pages = [f"{name} is the first of many words. " + WORDS for name in ("Adam", "Berta", "Carl", "Dora")]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps({"text": page}) + "\n" for page in pages))
    status, shown = at_a_terminal(tmp_path, "mkbbcxq", "--output", "out.jsonl", "in.jsonl")
    assert status == 0, shown
    assert "1 of 4" in shown
    assert "in.jsonl:1" in shown
    assert "1 labelled, 1 in out.jsonl" in shown
    labels = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [(one["label"], one["text"].split()[0], one["source"], one["line"]) for one in labels] == [
        ("clean", "Adam", "in.jsonl", 1)
    ]
    status, shown = at_a_terminal(tmp_path, "s\x03", "--output", "out.jsonl", "in.jsonl")
    assert status == 0, shown
    assert "1 of 3" in shown
    assert "Adam" not in shown
    assert "1 labelled, 2 in out.jsonl" in shown


@pytest.mark.parametrize("last", [signal.SIGKILL, signal.SIGHUP, signal.SIGINT])
def test_no_label_is_lost_however_the_loop_ends(last: signal.Signals, tmp_path: Path) -> None:
    pages = [f"{name} is the first of many words. " + WORDS for name in ("Adam", "Berta", "Carl", "Dora")]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps({"text": page}) + "\n" for page in pages))
    at_a_terminal(tmp_path, "mc", "--output", "out.jsonl", "in.jsonl", last=last)
    labels = [json.loads(line)["label"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert labels == ["machine_translation", "clean"]
    status, shown = at_a_terminal(tmp_path, "sS", "--output", "out.jsonl", "in.jsonl")
    assert status == 0, shown
    assert "1 of 2" in shown
    assert "2 labelled, 4 in out.jsonl" in shown
    _, shown = at_a_terminal(tmp_path, "", "--output", "out.jsonl", "in.jsonl")
    assert "Nothing left to label" in shown


def test_hostile_text_cannot_steer_the_terminal(tmp_path: Path) -> None:
    page = "A \x1b[2J\x1b]0;title\x07 page. " + WORDS
    (tmp_path / "in.jsonl").write_text(json.dumps({"text": page}) + "\n")
    _, shown = at_a_terminal(tmp_path, "q", "--output", "out.jsonl", "in.jsonl")
    assert "\x1b[2J" not in shown
    assert "\x07" not in shown
    assert "\\x1b[2J" in shown


def test_without_a_terminal_nothing_is_asked(stand_in: Run, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(json.dumps({"text": WORDS}) + "\n")
    done = stand_in("label", "--output", "out.jsonl", "in.jsonl")
    assert (done.returncode, done.stdout) == (2, b"")
    assert "run quality label in a terminal" in done.stderr.decode()
