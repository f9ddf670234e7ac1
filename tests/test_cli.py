"""The command line as its users meet it: processes, streams, files and exit statuses."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import re
import resource
import select
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from conftest import HERE, Run, environment

from quality.cli import streams
from quality.model import FORMAT
from quality.reading import Reader

DAMAGED = "All is well.\n\nIt was brokenly made.\n"
COMMANDS = [
    *(["score"], ["check"], ["explain"], ["repeats"], ["train"]),
    *(["models"], ["models", "list"], ["models", "verify"]),
]


def lines(output: bytes) -> list[str]:
    return output.decode().splitlines()


# --- help, version, wrong usage ---------------------------------------------------------------------


def test_version_answers_at_once_and_imports_nothing_heavy(tmp_path: Path) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "quality", "--version"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert re.fullmatch(rb"quality \d+\.\d+\.\d+\S*\n", done.stdout)
    assert not re.search(rb"\b(numpy|sklearn|textstat|kenlm|joblib|tqdm|pathspec)\b", done.stderr)
    # Processor time: nothing is waited for, and the clock on the wall would measure who else is busy.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.2


@pytest.mark.parametrize("command", [[], *COMMANDS], ids=" ".join)
def test_every_command_has_help_and_examples(quality: Run, command: list[str]) -> None:
    done = quality(*command, "--help")
    assert done.returncode == 0
    assert done.stderr == b""
    assert f"Usage: quality {' '.join(command)}".strip() in done.stdout.decode()
    if command not in ([], ["models"]):
        assert b"Example" in done.stdout
        assert f"\n    quality {' '.join(command)}" in done.stdout.decode()


def test_without_a_command_help_is_shown(quality: Run) -> None:
    done = quality()
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"Usage: quality" in done.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["score"], "Missing argument 'PATH...'; see quality score --help"),
        (["frob"], "No such command 'frob'; see quality --help"),
        (["score", "--jobs", "0", "a"],
            '--jobs 0: must be "auto" or a whole number of at least 1'),
        (["score", "--encoding", "no-such", "a"],
            "--encoding no-such: no such encoding of text; try utf-8, cp1252 or utf-16"),
        (["check", "--fail-on", "x", "a"], '--fail-on x: "x" is no kind; choose from machine_translation, spinning, '
            "boilerplate, mixed_script, broken_encoding, foreign_language, paragraphs"),
        (["score", "--output", "no/such/file", "a.txt"],
            "no/such/file: cannot be written (No such file or directory); name another file with --output"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_wrong_usage_is_one_line_and_status_2(stand_in: Run, args: list[str], message: str) -> None:
    done = stand_in(*args)
    assert (done.returncode, done.stdout, done.stderr.decode()) == (2, b"", f"quality: {message}\n")


# --- score ------------------------------------------------------------------------------------------


def test_score_ends_with_0_whatever_it_finds_and_sums_up(stand_in: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(DAMAGED)
    (tmp_path / "b.md").write_text("# Fine\n")
    (tmp_path / ".hidden").write_text("x")
    done = stand_in("score", ".")
    assert (done.returncode, done.stderr) == (0, b"")
    shown = lines(done.stdout)
    assert shown[:2] == ["./a.txt · English · 7 words", "Damaged: machine translation"]
    assert "    It was «brokenly» (→ badly) made." in shown
    assert shown[-1] == "2 documents: 1 damaged (1 machine translation), 1 clean; 1 entry skipped (1 hidden)"
    assert b"\x1b" not in done.stdout


def test_one_document_needs_no_summary(stand_in: Run) -> None:
    done = stand_in("score", "-", stdin=b"Fine words.")
    assert done.stdout.startswith("- · English · 2 words\nClean\n".encode())
    assert b"1 document" not in done.stdout


def test_jsonl_is_one_report_a_record_in_order_with_ids(stand_in: Run, tmp_path: Path) -> None:
    records = [json.dumps({"text": f"brokenly {number}\x85", "id": number}) for number in range(3)]
    (tmp_path / "a.jsonl").write_text("\n".join([records[0], "bad", *records[1:]]))
    done = stand_in("score", "--format", "jsonl", "a.jsonl")
    reports = [json.loads(line) for line in lines(done.stdout)]
    assert [report["id"] for report in reports] == ["0", None, "1", "2"]
    assert [report["verdict"] for report in reports] == ["damaged", "unreadable", "damaged", "damaged"]
    assert "findings" not in reports[0]["paragraphs"][0]
    assert reports[1]["error"] == "is not valid JSON (expecting value at column 1); correct or remove the line"
    assert done.stderr.decode() == f"quality: a.jsonl:2: {reports[1]['error']}\n"
    assert done.returncode == 3
    explained = stand_in("score", "--format", "jsonl", "--explain", "a.jsonl")
    finding = json.loads(lines(explained.stdout)[0])["paragraphs"][0]["findings"][0]
    assert (finding["code"], finding["text"]) == ("M101", "brokenly")


def test_several_processes_give_the_same_in_the_same_order(stand_in: Run, tmp_path: Path) -> None:
    with (tmp_path / "a.jsonl").open("w") as stream:
        for number in range(1200):
            stream.write(json.dumps({"text": f"{number} brokenly " * (number % 90), "id": str(number)}) + "\n")
        stream.write("bad\n")
    one = stand_in("score", "--format", "jsonl", "a.jsonl")
    three = stand_in("score", "--format", "jsonl", "--jobs", "3", "a.jsonl")
    assert one.stdout == three.stdout
    assert one.stderr == three.stderr
    assert (one.returncode, three.returncode) == (3, 3)
    assert len(lines(one.stdout)) == 1201


def test_what_cannot_be_read_is_said_in_a_line_each_and_the_rest_is_scored(stand_in: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Fine.")
    (tmp_path / "b.txt").write_bytes(b"caf\xe9")
    (tmp_path / "c.pdf").write_bytes(b"%PDF-1.4")
    (tmp_path / "d.txt.gz").write_bytes(b"\x1f\x8b\x08broken")
    done = stand_in("score", "b.txt", "a.tx", "c.pdf", "d.txt.gz", "a.txt")
    assert done.returncode == 3
    assert lines(done.stdout)[0] == "a.txt · English · 1 word"
    errors = lines(done.stderr)
    assert errors[:3] == [
        "quality: b.txt: is not valid UTF-8 at byte offset 3 (0xE9, line 1); "
        "name its encoding, for example --encoding cp1252",
        "quality: a.tx: no such file or directory; did you mean a.txt?",
        "quality: c.pdf: is a PDF document, not text; extract its text first",
    ]  # fmt: skip
    assert errors[3].startswith("quality: d.txt.gz: broken gzip (")
    assert len(errors) == 4
    assert stand_in("score", "--encoding", "cp1252", "b.txt").returncode == 0


def test_a_directory_with_nothing_to_read_is_said_so(stand_in: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = stand_in("score", "empty")
    assert (done.returncode, done.stdout) == (0, b"")
    assert lines(done.stderr) == ["quality: empty: nothing to read in this directory"]


def test_names_cannot_steer_the_terminal(stand_in: Run, tmp_path: Path) -> None:
    (tmp_path / "a\n\x1b[31m\u202e.txt").write_text(DAMAGED)
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")).write_bytes(b"\xff")
    for args in (["score", "."], ["score", "--format", "jsonl", "."], ["check", "."]):
        done = stand_in(*args)
        output = done.stdout + done.stderr
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", output.decode())
    assert lines(done.stdout)[0].startswith("./a\\x0a\\x1b[31m\\u202e.txt:1:1: M100 ")
    assert lines(done.stderr)[0].startswith("quality: ./\\xff.txt: is not valid UTF-8")


# --- output -----------------------------------------------------------------------------------------


def test_output_is_written_whole_or_not_at_all(stand_in: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("Fine.")
    output = tmp_path / "report.jsonl"
    assert stand_in("score", "--format", "jsonl", "--output", "report.jsonl", "in").stdout == b""
    first = output.read_bytes()
    assert json.loads(first)["path"] == "in/a.txt"
    assert output.stat().st_mode & 0o777 == 0o666 & ~current_umask()
    output.chmod(0o640)
    (tmp_path / "in" / "b.txt").write_text("explode")
    assert stand_in("score", "--format", "jsonl", "--output", "report.jsonl", "in").returncode == 70
    assert output.read_bytes() == first
    (tmp_path / "in" / "b.txt").write_text("brokenly")
    assert stand_in("score", "--format", "jsonl", "--output", "report.jsonl", "in").returncode == 0
    assert len(lines(output.read_bytes())) == 2
    assert output.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "report.jsonl"]


def current_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_output_never_replaces_an_input(stand_in: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Fine.")
    (tmp_path / "link").symlink_to("a.txt")
    for output in ("a.txt", "link", str(path)):
        done = stand_in("score", "--output", output, "a.txt")
        assert (done.returncode, lines(done.stderr)) == (
            2,
            ["quality: a.txt: is both input and output; write to another file"],
        )
    assert path.read_text() == "Fine."


def test_an_output_in_the_directory_that_is_scored_is_no_input(stand_in: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Fine.")
    for _ in range(2):
        assert stand_in("score", "--format", "jsonl", "--output", "r.jsonl", ".").returncode == 0
        assert len(lines((tmp_path / "r.jsonl").read_bytes())) == 1


def test_output_may_be_a_device(stand_in: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Fine.")
    done = stand_in("score", "--output", "/dev/stdout", "a.txt")
    assert done.stdout.decode().startswith("a.txt · English")


def test_output_that_cannot_hold_a_character_escapes_it(stand_in: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Für Elise brokenly.")
    done = stand_in("score", "a.txt", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert b"    F\\xfcr Elise >>brokenly<< (-> badly)." in done.stdout
    assert b"#########" in done.stdout


# --- check ------------------------------------------------------------------------------------------


def test_check_prints_places_and_ends_with_1(stand_in: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(DAMAGED)
    (tmp_path / "b.txt").write_text("Fine.")
    done = stand_in("check", "b.txt", "a.txt")
    assert done.returncode == 1
    assert lines(done.stdout) == [
        "a.txt:1:1: M100 document reads as machine-translated (0.97 ≥ 0.80); "
        "found: reads like machine translation: “brokenly” → “badly”",
        "a.txt:3:8: M101 reads like machine translation: “brokenly” → “badly”",
    ]
    assert lines(done.stderr) == [
        "quality: 2 documents: 1 damaged (1 machine translation), 1 clean",
        "quality: what a code means: quality explain M100",
        "quality: to pass over a file: <!-- quality: ignore-file[M1] --> anywhere in it, or exclude in quality.toml",
        "quality: to pass over what is found in a paragraph: <!-- quality: ignore-next[M101] --> before it",
        "quality: to accept what stands now: quality check --write-baseline PATH...",
    ]


def test_the_ways_out_that_are_told_are_ways_out(stand_in: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(DAMAGED)
    told = stand_in("check", "a.txt").stderr.decode()
    whole, place = re.findall("<!--.*?-->", told)
    (tmp_path / "b.txt").write_text(f"{DAMAGED}\n{whole}\n")
    assert stand_in("check", "b.txt").returncode == 0
    (tmp_path / "c.txt").write_text(DAMAGED.replace("It was", f"{place}\nIt was"))
    assert [line.split()[1] for line in lines(stand_in("check", "c.txt").stdout)] == ["M100"]
    (tmp_path / "quality.toml").write_text("exclude = ['a.txt']")
    assert stand_in("check", "a.txt").returncode == 0


def test_check_of_clean_text_says_nothing(stand_in: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Fine.")
    done = stand_in("check", "a.txt")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_damage_goes_before_unreadable_input(stand_in: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(DAMAGED)
    (tmp_path / "b.txt").write_text("Fine.")
    assert stand_in("check", "missing", "a.txt").returncode == 1
    assert stand_in("check", "missing", "b.txt").returncode == 3


def test_check_places_a_record_on_its_line(stand_in: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "Fine."}\n{"text": "One.\\nTwo brokenly."}\n')
    assert [line.split()[0] for line in lines(stand_in("check", "a.jsonl").stdout)] == ["a.jsonl:2:1:"] * 2


# --- explain and models -----------------------------------------------------------------------------


def test_explain_tells_what_a_code_means(quality: Run) -> None:
    done = quality("explain", "m100")
    assert done.returncode == 0
    assert lines(done.stdout)[0] == "M100  Reads as machine-translated."
    done = quality("explain", "Q1")
    assert done.returncode == 2
    assert re.fullmatch(r"quality: Q1: no such code; known are .*M100.*\n", done.stderr.decode())


def models_directory(tmp_path: Path) -> Path:
    directory = tmp_path / "models"
    directory.mkdir()
    (directory / "en.bin").write_bytes(b"weights")
    checksum = hashlib.sha256(b"weights").hexdigest()
    (directory / "MANIFEST.toml").write_text(
        f'format = {FORMAT}\nversion = "1"\nlanguages = ["en"]\n[files."en.bin"]\n'
        f'sha256 = "{checksum}"\nbytes = 7\nlicence = "CC0"\n'
    )
    return directory


def test_models_are_listed_and_verified(quality: Run, tmp_path: Path) -> None:
    directory = models_directory(tmp_path)
    done = quality("models", "list", "--models", "models")
    assert done.returncode == 0
    assert re.fullmatch(
        r"models\nlanguages en · signature [0-9a-f]{6}\n  en.bin  .*CC0\n1 file.*\n", done.stdout.decode()
    )
    assert quality("models", "verify", "--models", "models").returncode == 0
    (directory / "en.bin").write_bytes(b"Weights")
    done = quality("models", "verify", "--models", "models")
    assert (done.returncode, done.stdout) == (2, b"")
    (line,) = lines(done.stderr)
    assert line.startswith("quality: models/en.bin: refused, its content changed: ")
    assert all(hashlib.sha256(data).hexdigest() in line for data in (b"weights", b"Weights"))


def test_a_directory_without_models_is_said_so(quality: Run, tmp_path: Path) -> None:
    done = quality("models", "verify", "--models", "nowhere")
    assert done.returncode == 2
    assert re.fullmatch(r"quality: nowhere/MANIFEST.toml: no models here; .*\n", done.stderr.decode())


# --- faults, interrupts, broken pipes ---------------------------------------------------------------


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_fault_of_ours_is_one_line_that_names_the_document(stand_in: Run, tmp_path: Path, jobs: str) -> None:
    (tmp_path / "a.txt").write_text("explode")
    done = stand_in("check", "--jobs", jobs, "a.txt")
    assert done.returncode == 70
    assert lines(done.stderr) == [
        "quality: internal error (RuntimeError: a fault of two lines while scoring a.txt); "
        "please report it, with what QUALITY_DEBUG=1 in the environment shows"
    ]
    assert b"Traceback" in stand_in("check", "--jobs", jobs, "a.txt", QUALITY_DEBUG="1").stderr


def start(directory: Path, *args: str, **streams: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "quality", *args], cwd=directory, env=environment(HERE / "stand_in"), **streams
    )


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_ends_cleanly(tmp_path: Path, jobs: str) -> None:
    record = b'{"text": "%s"}\n' % (b"word " * 30_000)
    with start(
        tmp_path, "score", "--jobs", jobs, "--output", "out.txt", "-",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdin
        assert process.stderr
        for _ in range(8):  # more than pipes and batches hold: once it is written, work is under way
            process.stdin.write(record)
        process.stdin.flush()
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: workers get it too
        assert process.stderr.read() == b"quality: interrupted\n"
        # Python itself ends by the signal if that met an exec() of an import; a shell shows 130 for both.
        assert process.wait(20) in (130, -signal.SIGINT)
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_goes_away_ends_it_quietly(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "brokenly done"}\n' * 5000)
    with start(tmp_path, "score", "a.jsonl", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(20) == 141
        assert process.stderr.read() == b""


# --- terminals --------------------------------------------------------------------------------------


def on_terminal(directory: Path, *args: str, **streams: object) -> bytes:
    """What a terminal gets of the streams that are not given."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    given = {"stdin": subprocess.DEVNULL, "stdout": theirs, "stderr": theirs, **streams}
    with start(directory, *args, **given) as process:
        os.close(theirs)
        shown = b""
        while select.select([ours], [], [], 60)[0]:
            try:
                data = os.read(ours, 65536)
            except OSError:  # the other side was closed
                break
            if not data:
                break
            shown += data
        process.wait(20)
    os.close(ours)
    return shown


def test_a_terminal_gets_colours_and_underlined_words(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(DAMAGED)
    shown = on_terminal(tmp_path, "score", "a.txt")
    assert b"It was \x1b[1;4;31mbrokenly\x1b[0m" in shown


def test_long_work_shows_a_bar_on_a_terminal_and_short_work_does_not(tmp_path: Path) -> None:
    (tmp_path / "short.jsonl").write_text('{"text": "fine"}\n')
    assert on_terminal(tmp_path, "score", "--output", "out.txt", "short.jsonl") == b""
    (tmp_path / "long.jsonl").write_text('{"text": "slowly"}\n' * 6 + "bad\n")
    shown = on_terminal(tmp_path, "score", "--output", "out.txt", "long.jsonl").decode()
    assert re.search(r"100%.*\[\S+<\S+, .*B/s, \d+ documents\]", shown)
    assert "quality: long.jsonl:7: is not valid JSON" in shown
    assert on_terminal(tmp_path, "score", "--output", "out.txt", "short.jsonl", stderr=subprocess.DEVNULL) == b""


def test_a_log_is_told_rate_and_time_left_in_plain_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(streams, "_LINE_EVERY", 0.0)
    (tmp_path / "a.jsonl").write_text('{"text": "one"}\n{"text": "two"}\n')
    reader = Reader([tmp_path / "a.jsonl"])
    assert len(list(streams.under_a_bar(reader, streams.InputErrors(), reader))) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"quality: 1 documents, \d+\.\d\d MB/s of input, about 0 min left", first)
    assert second.startswith("quality: 2 documents, ")
