"""`quality filter`: what is kept, what is not and why, and that no stop loses or doubles anything."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import HERE, Run, environment

from quality.cli import main
from quality.document import ParagraphReport, Report
from quality.filtering.rules import Rules

FINE = "All is well here, and nothing is wrong with it."
BAD = "It was brokenly made, and nobody has looked at it."


def jsonl(*texts: object) -> str:
    return "".join(json.dumps({"id": number, "text": text}) + "\n" for number, text in enumerate(texts, 1))


def records(directory: Path, side: str) -> list[dict[str, object]]:
    files = sorted((directory / side).glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def everything(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


# --- what is kept -----------------------------------------------------------------------------------


def report(**more: object) -> Report:
    paragraphs = (
        ParagraphReport(0, 0, 4, "en", "clean", {}, words=40),
        ParagraphReport(1, 5, 9, "en", "clean", {}, words=10, kinds=("boilerplate",)),
    )
    scores = {"machine_translation": 0.6, "spinning": None, "mixed_script": 0.0}
    values = {"verdict": "clean", "kinds": (), "scores": scores, "language": "en", "words": 50} | more
    return Report(id=None, path=None, thresholds={}, signature="", paragraphs=paragraphs, text="One.\nTwo.", **values)


@pytest.mark.parametrize(
    ("rules", "of", "reasons"),
    [
        (Rules(), report(), ()),
        (Rules(), report(verdict="unreadable", kinds=("spinning",)), ("unreadable",)),
        (Rules(), report(kinds=("machine_translation", "mixed_script")), ("machine_translation", "mixed_script")),
        (Rules(most={"machine_translation": 0.5}), report(), ("machine_translation",)),
        (Rules(most={"machine_translation": 0.6}), report(kinds=("machine_translation",)), ()),
        (Rules(most={"spinning": 0.0}), report(), ()),
        (Rules(languages=("de",), min_words=51), report(), ("language", "too_few_words")),
        (Rules(min_words=50), report(), ()),
        (Rules(min_words=50, drop=("boilerplate",)), report(), ("too_few_words",)),
    ],
)
def test_reasons_come_in_a_fixed_order(rules: Rules, of: Report, reasons: tuple[str, ...]) -> None:
    assert rules.reasons(of) == reasons


def test_dropped_paragraphs_are_gone_from_what_is_kept() -> None:
    assert Rules(drop=("boilerplate", "foreign_language")).text(report()) == "One.\n"


def test_a_document_of_which_nothing_is_left_is_rejected() -> None:
    only = (ParagraphReport(0, 0, 4, "en", "clean", {}, words=50, kinds=("boilerplate",)),)
    values = {"language": "en", "words": 50, "verdict": "clean", "kinds": (), "scores": {}, "thresholds": {}}
    whole = Report(id=None, path=None, signature="", paragraphs=only, text="One.", **values)
    assert Rules(drop=("boilerplate",)).reasons(whole) == ("nothing_left",)


# --- what is written --------------------------------------------------------------------------------


def test_records_are_kept_as_they_were_or_rejected_with_the_reason(stand_in: Run, tmp_path: Path) -> None:
    line = '{"text":  "' + FINE + '", "n": 1.50, "text2": null}'
    (tmp_path / "in.jsonl").write_text(f"{line}\r\n" + jsonl(BAD) + "bad\n")
    done = stand_in("filter", "--output", "out", "in.jsonl")
    assert done.returncode == 3
    assert done.stderr.decode().splitlines()[-1] == (
        "quality: 3 records: 1 kept, 2 rejected (1 machine_translation, 1 unreadable)"
    )
    assert (tmp_path / "out/kept/part-00000.jsonl").read_text() == line + "\n"
    bad, unreadable = records(tmp_path / "out", "rejected")
    assert bad["text"] == BAD
    assert (bad["quality_reasons"], bad["quality_line"], bad["quality_machine_translation"]) == (
        "machine_translation", 2, 0.97,
    )  # fmt: skip
    assert unreadable["quality_record"] == "bad\n"
    assert "is not valid JSON" in str(unreadable["quality_error"])


def test_each_form_is_kept_and_the_summary_adds_up(stand_in: Run, tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow", reason="needs quality[parquet]")
    pq = pytest.importorskip("pyarrow.parquet")
    inputs = tmp_path / "in"
    (inputs / "texts").mkdir(parents=True)
    (inputs / "a.csv").write_text(f'n;text\n1;"{FINE}"\n2;{BAD}\n3\n')
    table = pa.table({"n": pa.array([1, 2, 3], pa.int8()), "text": [FINE, BAD, None], "more": [[1], None, [2, 3]]})
    pq.write_table(table, inputs / "b.parquet")
    (inputs / "c.jsonl").write_text(jsonl(FINE, BAD, BAD))
    for name, text in {"x.txt": FINE, "y.txt": BAD, "z.txt": FINE}.items():
        (inputs / "texts" / name).write_text(text)
    done = stand_in("filter", "--output", "in/out", "in", "in/a.csv")
    assert done.returncode == 3
    out = inputs / "out"
    assert sorted(path.name for path in (out / "kept").iterdir()) == [
        "part-00000.parquet", "part-00001.jsonl", "part-00002.jsonl", "part-00003.csv",
    ]  # fmt: skip
    kept = pq.read_table(out / "kept/part-00000.parquet")
    assert kept.equals(table.slice(0, 1))
    rejected = pq.read_table(out / "rejected/part-00000.parquet")
    assert rejected.select(table.column_names).equals(table.slice(1))
    assert rejected.column("quality_reasons").to_pylist() == ["machine_translation", "unreadable"]
    assert (out / "kept/part-00003.csv").read_text() == f"n;text\n1;{FINE}\n"
    assert (out / "rejected/part-00003.csv").read_text().splitlines()[2].startswith("3;;unreadable;in/a.csv;4;")
    summary = json.loads((out / "summary.json").read_text())
    assert (summary["input"], summary["kept"], summary["rejected"]) == (12, 5, 7)
    assert summary["reasons"] == {"machine_translation": 5, "unreadable": 2}
    assert {name: (part["input"], part["kept"]) for name, part in summary["sources"].items()} == {
        "in/a.csv": (3, 1), "in/b.parquet": (3, 1), "in/c.jsonl": (3, 1), "in/texts": (3, 2),
    }  # fmt: skip
    for part in (summary, *summary["sources"].values()):
        assert part["input"] == part["kept"] + part["rejected"]
        assert part["rejected"] == sum(part["reasons"].values())


def test_furniture_is_dropped_from_the_records_of_every_form(quality: Run, tmp_path: Path) -> None:
    body = (
        "The ferry leaves at six, and those who want to cross by then stand on the quay with their bicycles. "
        "The captain knows most of them by name, and asks after the dog that stayed at home."
    )
    page = f"{body}\n\nLeave a Reply. We never publish your email address. Required fields are marked *\n"
    (tmp_path / "a.csv").write_text(f'text,n\n"{page}",1\n')
    (tmp_path / "b.jsonl").write_text(jsonl(page))
    done = quality("filter", "--output", "out", "--drop", "boilerplate", "a.csv", "b.jsonl")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out/kept/part-00000.csv").read_text() == f'text,n\n"{body}\n\n",1\n'
    assert records(tmp_path / "out", "kept") == [{"id": 1, "text": f"{body}\n\n"}]


# --- wrong use --------------------------------------------------------------------------------------


def test_another_command_in_the_same_directory_is_refused_by_name(stand_in: Run, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(jsonl(FINE, BAD))
    (tmp_path / "two.jsonl").write_text(jsonl(FINE))
    command = ("filter", "--output", "out", "in.jsonl")
    assert stand_in(*command).returncode == 0
    before = everything(tmp_path / "out")
    for other, message in {
        ("--max-spinning", "0.5"): "out: was begun with another --max ([], now [('spinning', 0.5)]); give the same",
        ("two.jsonl",): "two.jsonl: was changed, added or removed since the run began; begin anew with --restart",
    }.items():
        done = stand_in(*command, *other)
        assert done.returncode == 2
        assert message in done.stderr.decode()
    assert stand_in(*command).returncode == 0
    assert everything(tmp_path / "out") == before
    (tmp_path / "in.jsonl").write_text(jsonl(FINE, BAD, FINE))
    assert "in.jsonl: was changed" in stand_in(*command).stderr.decode()
    done = stand_in(*command, "--restart")
    assert (done.returncode, len(records(tmp_path / "out", "kept"))) == (0, 2)


@pytest.mark.parametrize(
    ("args", "message", "status"),
    [
        (["-"], "-: a pipe cannot be read twice, as going on after a stop takes; name files", 2),
        (["missing.jsonl"], "missing.jsonl: no such file or directory", 3),
        (["in.jsonl", "--max-spinning", "2"], "Invalid value for '--max-spinning'", 2),
        (["in.jsonl", "--output", "full"], "full: holds notes.txt, which is not of a filter run", 2),
    ],
)
def test_wrong_use_is_one_line_and_nothing_is_written(
    stand_in: Run, tmp_path: Path, args: list[str], message: str, status: int
) -> None:
    (tmp_path / "in.jsonl").write_text(jsonl(FINE))
    (tmp_path / "full").mkdir()
    (tmp_path / "full/notes.txt").write_text("mine")
    done = stand_in("filter", "--output", "out", *args)
    assert (done.returncode, done.stdout) == (status, b"")
    assert message in done.stderr.decode()
    assert [path.name for path in (tmp_path / "full").iterdir() if path.name != ".lock"] == ["notes.txt"]
    assert not (tmp_path / "out/kept").exists()


def test_on_error_stop_ends_at_the_first_unreadable_record_and_continue_goes_on(stand_in: Run, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(jsonl(FINE, FINE, FINE) + "bad\n" + jsonl(BAD))
    command = ("filter", "--output", "out", "--shard-records", "2", "in.jsonl")
    done = stand_in(*command, "--on-error", "stop")
    assert done.returncode == 2
    assert "in.jsonl:4: is not valid JSON" in done.stderr.decode()
    assert "(2 records are finished)" in done.stderr.decode()
    done = stand_in(*command)
    assert done.returncode == 3
    assert b"goes on after 2 finished records" in done.stderr
    assert (len(records(tmp_path / "out", "kept")), len(records(tmp_path / "out", "rejected"))) == (3, 2)


# --- stops ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("jobs", "times"), [("1", 1), ("2", 50)])
def test_after_kills_at_any_moment_the_result_is_the_same_to_the_byte(tmp_path: Path, jobs: str, times: int) -> None:
    """benchmarks/kills.py does this more often, with the real scorer and more forms."""
    chance = random.Random(7)
    texts = [chance.choice((FINE, BAD, f"slowly {FINE}" if number % 30 == 0 else FINE)) for number in range(400)]
    texts = [text + f" {FINE}" * (times - 1) for text in texts]  # of short ones all are in the first batch
    (tmp_path / "a.jsonl").write_text(jsonl(*texts[:250]) + "bad\n")
    (tmp_path / "b.csv").write_text("id,text\n" + "".join(f'{n},"{text}"\n' for n, text in enumerate(texts[250:])))

    def command(output: str) -> list[str]:
        inputs = ["a.jsonl", "b.csv", "--shard-records", "15", "--jobs", jobs]
        return [sys.executable, "-m", "quality", "filter", "--output", output, *inputs]

    variables = environment(HERE / "stand_in")
    began = time.monotonic()
    subprocess.run(command("whole"), cwd=tmp_path, env=variables, capture_output=True, check=False)
    took = time.monotonic() - began
    kills = 0
    for _ in range(60):
        with subprocess.Popen(command("killed"), cwd=tmp_path, env=variables, stderr=subprocess.DEVNULL) as process:
            try:
                process.wait(took * chance.uniform(0.2, 0.9) if kills < 4 else 60)
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                kills += 1
        if process.returncode == 3:
            break
    assert kills == 4
    assert process.returncode == 3
    assert everything(tmp_path / "killed") == everything(tmp_path / "whole")
    out = records(tmp_path / "killed", "kept") + records(tmp_path / "killed", "rejected")
    assert sorted(record["id"] for record in out if record.get("id")) == list(range(1, 251))


def test_a_full_disk_stops_the_run_and_the_same_command_goes_on_when_there_is_room(
    stand_in: Run, tmp_path: Path
) -> None:
    (tmp_path / "in.jsonl").write_text(jsonl(*([FINE] * 300)))
    command = [*("-m", "quality", "filter", "--jobs", "1", "--shard-records", "40", "in.jsonl", "--output")]
    subprocess.run([sys.executable, *command, "whole"], cwd=tmp_path, env=environment(HERE / "stand_in"), check=True)
    # No file may grow beyond this: the system refuses to write, as it does when a disk is full. A part has some 3 kB.
    limited = (
        f"import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (2500, 2500)); sys.argv = {command}"
    )
    limited += "[1:] + ['full']; runpy.run_module('quality', run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", limited],
        cwd=tmp_path,
        env=environment(HERE / "stand_in"),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert b"cannot be written (File too large)" in done.stderr
    assert b"0 records are finished: mend this, and give the same command again" in done.stderr
    assert b"Traceback" not in done.stderr
    assert stand_in("filter", "--shard-records", "40", "in.jsonl", "--output", "full").returncode == 0
    assert records(tmp_path / "full", "kept") == records(tmp_path / "whole", "kept")


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_a_store_of_objects_is_filtered_and_a_change_in_it_is_told(
    tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fsspec = pytest.importorskip("fsspec", reason="needs quality[remote]")
    content = jsonl(FINE, FINE) if form == "jsonl" else f'id,text\n1,"{FINE}"\n2,"{FINE}"\n'
    address = f"memory://test-filter/in.{form}"
    fsspec.filesystem("memory").pipe_file(address, content.encode())
    command = ["filter", "--jobs", "1", "--output", str(tmp_path / "out"), address]
    assert main(command) == 0
    (part,) = (tmp_path / "out" / "kept").iterdir()
    assert part.read_text(encoding="utf-8").splitlines() == content.splitlines()
    fsspec.filesystem("memory").pipe_file(address, content.encode() + b"\n")
    assert main(command) == 2
    assert f"test-filter/in.{form}: was changed, added or removed since the run began" in capsys.readouterr().err
