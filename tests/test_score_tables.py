"""`quality score` into tables: reports alone, or records as they came with their scores beside them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import Run

from quality.report.columns import COLUMNS

FINE = "All is well here, and nothing is wrong with it."
BAD = "It was brokenly made, and nobody has looked at it."
TEXTS = (FINE, BAD, "")


def reports(printed: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in printed.splitlines()]


def test_a_table_of_reports_holds_what_the_lines_hold(stand_in: Run, tmp_path: Path) -> None:
    lines = [json.dumps({"id": str(number), "text": text}) for number, text in enumerate(TEXTS)]
    (tmp_path / "in.jsonl").write_text("\n".join([*lines, "bad"]) + "\n")
    done = stand_in("score", "--format", "parquet", "--output", "out.parquet", "in.jsonl")
    assert (done.returncode, done.stdout) == (3, b"")
    table = pq.read_table(tmp_path / "out.parquet")
    expected = reports(stand_in("score", "--format", "jsonl", "in.jsonl").stdout)
    assert table.column("line").to_pylist() == [1, 2, 3, 4]
    for row, report in zip(table.to_pylist(), expected, strict=True):
        assert {name: row[name] for name in ("path", "id", "language", "words", "verdict", "signature")} == {
            name: report[name] for name in ("path", "id", "language", "words", "verdict", "signature")
        }
        assert row["kinds"].split() == report["kinds"]
        assert {kind: row[kind] for kind in report["scores"]} == report["scores"]
        assert row["error"] == report.get("error")


def test_every_column_is_kept_and_the_scores_stand_beside_them(stand_in: Run, tmp_path: Path) -> None:
    more = [[1], None, [2, 3]]
    (tmp_path / "in.jsonl").write_text(
        "".join(json.dumps({"n": 1.50, "text": text}) + "\n" for text in TEXTS) + "bad\n"
    )
    (tmp_path / "in.csv").write_text("".join(f"{n};{text}\n" for n, text in (("n", "text"), *enumerate(TEXTS))))
    table = pa.table({"n": pa.array([1, 2, 3], pa.int8()), "text": TEXTS, "more": more})
    pq.write_table(table, tmp_path / "in.parquet")
    for form in ("jsonl", "csv", "parquet"):
        done = stand_in("score", "--keep-columns", "--format", form, "--output", f"out.{form}", f"in.{form}")
        assert done.returncode == (3 if form == "jsonl" else 0), done.stderr
    expected = reports(stand_in("score", "--format", "jsonl", "in.parquet").stdout)
    verdicts = [report["verdict"] for report in expected]
    assert verdicts == ["clean", "damaged", "too_short"]

    scored = pq.read_table(tmp_path / "out.parquet")
    assert scored.column_names == [*table.column_names, *COLUMNS]
    assert scored.select(table.column_names).equals(table)
    assert scored.column("quality_machine_translation").to_pylist() == [
        report["scores"]["machine_translation"] for report in expected
    ]

    lines = reports((tmp_path / "out.jsonl").read_bytes())
    assert [list(line) for line in lines[:3]] == [["n", "text", *COLUMNS]] * 3
    assert [(line["text"], line["quality_verdict"]) for line in lines[:3]] == list(zip(TEXTS, verdicts, strict=True))
    assert lines[3]["quality_record"] == "bad\n"
    assert lines[3]["quality_verdict"] == "unreadable"

    with (tmp_path / "out.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    assert [(row["n"], row["text"], row["quality_verdict"]) for row in rows] == [
        (str(n), text, verdict) for n, (text, verdict) in enumerate(zip(TEXTS, verdicts, strict=True))
    ]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--format", "parquet", "in.jsonl"], "a table is written to a file: name it with --output FILE"),
        (["--format", "text", "--output", "out"], "--keep-columns needs --format jsonl, csv or parquet"),
        (["--format", "csv", "--output", "out"], "in.jsonl: its records would be kept as jsonl; give --format jsonl"),
        (["--format", "jsonl", "--output", "out", "old.jsonl"], "old.jsonl: has quality_words already; rename or drop"),
        (["--format", "csv", "--output", "out", "a.csv", "b.csv"], "b.csv: has other columns than the input before it"),
        (["--format", "jsonl", "--output", "in.jsonl"], "in.jsonl: is both input and output"),
    ],
)
def test_what_one_file_cannot_hold_is_refused_and_nothing_is_written(
    stand_in: Run, tmp_path: Path, args: list[str], message: str
) -> None:
    (tmp_path / "in.jsonl").write_text(json.dumps({"text": FINE}) + "\n")
    (tmp_path / "old.jsonl").write_text(json.dumps({"text": FINE, "quality_words": 9}) + "\n")
    (tmp_path / "a.csv").write_text(f"text,n\n{FINE.replace(',', '')},1\n")
    (tmp_path / "b.csv").write_text(f"text,m\n{FINE.replace(',', '')},1\n")
    named = [] if args[-1].endswith((".jsonl", ".csv")) and args[-2] != "--output" else ["in.jsonl"]
    done = stand_in("score", "--keep-columns", *args, *named)
    assert (done.returncode, done.stdout) == (2, b"")
    assert message in " ".join(done.stderr.decode().split())
    assert not (tmp_path / "out").exists()
