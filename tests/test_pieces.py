"""Input that is cut by one process and read by those that score: the same documents, reports, errors and files."""

from __future__ import annotations

import gzip
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from bad_input import WARC, zipped
from conftest import Run

from quality.document import Document, Report
from quality.errors import ReadError
from quality.parallel import finished
from quality.reading import Piece, Reader

LONG = "Ein längeres Stück Text, näher an der Wirklichkeit. "
PAGE = b"<html><body><p>One two three.</p></body></html>"
BROKEN = b"<html><body>f\xfcr</body></html>"
#: Some that are longer than what is read together, and many short ones.
TEXTS = [LONG * times for times in (1, 3000, 1, 9000, *[2] * 1300)]


def table(directory: Path, name: str, texts: list[object]) -> Path:
    """A table in which the last row has no text."""
    pa = pytest.importorskip("pyarrow")
    rows = pa.table({"id": list(range(len(texts))), "text": texts, "n": [0.5] * len(texts)})
    path = directory / name
    if path.suffix == ".parquet":
        pytest.importorskip("pyarrow.parquet").write_table(rows, path, row_group_size=700)
        return path
    with pa.OSFile(str(path), "wb") as stream, pa.ipc.new_file(stream, rows.schema) as file:
        file.write_table(rows)
    return path


def parquet(directory: Path) -> Path:
    return table(directory, "a.parquet", [*TEXTS, None])


def arrow(directory: Path) -> Path:
    return table(directory, "a.arrow", [*TEXTS, None])


def csv(directory: Path) -> Path:
    path = directory / "a.csv"
    rows = [f'{number},"{text}\n, and ""more""",' for number, text in enumerate(TEXTS)]
    rows[1000:1000] = ["", "one cell", '5,"f\udcfcr",', '6,"a"b,']
    path.write_text("\n".join(["id,text,more", *rows, "8,the last,"]), encoding="utf-8", errors="surrogateescape")
    return path


def jsonl(directory: Path) -> Path:
    path = directory / "a.jsonl"
    lines = [json.dumps({"id": number, "text": text}, ensure_ascii=False) for number, text in enumerate(TEXTS)]
    lines[1000:1000] = ["", "no JSON", '{"text": 5}', '{"text": "f\udcfcr"}']
    path.write_text("\n".join(lines), encoding="utf-8", errors="surrogateescape")
    return path


def archive(directory: Path) -> Path:
    path = directory / "a.zip"
    members = [("a.html", PAGE), ("b.txt", b"four"), ("c.html", BROKEN), ("d.html", b""), ("e.txt", b"f\xfcr")]
    line = json.dumps({"id": 1, "text": LONG * 5000}).encode()
    path.write_bytes(zipped(*members, ("f.jsonl", b"\n".join([line, b"bad", line]))))
    return path


def warc(directory: Path) -> Path:
    pytest.importorskip("fastwarc")
    path = directory / "a.warc"
    head = WARC.replace(b"text/plain", b"text/html")
    path.write_bytes(b"".join(head % (b"%d" % len(body), body) + b"\r\n\r\n" for body in (PAGE, PAGE, BROKEN, PAGE)))
    return path


def pages(directory: Path) -> Path:
    """A directory: a page that cannot be read is no document."""
    path = directory / "pages"
    path.mkdir()
    for number, body in enumerate((PAGE, PAGE, BROKEN, b"")):
        (path / f"{number}.html").write_bytes(body)
    (path / "9.txt").write_bytes(b"\x00")
    return path


@pytest.fixture(params=[jsonl, csv, parquet, arrow, archive, warc, pages])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    make: Callable[[Path], Path] = request.param
    if make in (archive, warc, pages):
        pytest.importorskip("trafilatura")
    return make(tmp_path)


class WhereScorer:
    """Counts characters, and says in which process; needs no models."""

    def score_batch(self, documents: list[Document]) -> list[Report]:
        return [
            Report(one.id, one.path, "en", len(one.text), "clean", (), {}, {}, str(os.getpid())) for one in documents
        ]


def with_length(document: Document, report: Report) -> tuple[Document, int, str]:
    return document, report.words, report.signature


@pytest.mark.parametrize("jobs", [1, 2])
def test_pieces_are_read_where_they_are_scored_as_they_would_be_at_once(source: Path, jobs: int) -> None:
    named = [source, source.parent / "missing"]
    at_once = Reader(named)
    expected = list(at_once)
    assert len(at_once.errors) >= 2
    errors: list[ReadError] = []
    scored = finished(WhereScorer(), Reader(named).pieces(), with_length, jobs=jobs, on_error=errors.append)
    found = [one for _, made in scored for one in made]
    assert [document for document, _, _ in found] == expected
    assert [length for _, length, _ in found] == [len(document.text) for document in expected]
    assert [*map(str, errors)] == [*map(str, at_once.errors)]
    assert {process == str(os.getpid()) for _, _, process in found} <= {True, jobs == 1}


def test_no_piece_is_much_more_than_is_scored_together(source: Path) -> None:
    longest = max(map(len, TEXTS))
    for piece in Reader([source]).pieces():
        assert piece.size <= 500_000 + longest
        assert piece.count <= 500


def test_the_form_of_a_document_is_known_where_it_was_cut(source: Path) -> None:
    """What is sent to another process is what makes documents; the rest stays here."""
    for piece in Reader([source]).pieces():
        sent: Piece = pickle.loads(pickle.dumps(piece))
        try:
            documents = piece.read()
        except ReadError:
            continue
        assert sent.read() == documents
        for document in documents:
            record = piece.record(document)
            assert record.document == document
            if record.layout.format == "parquet":
                assert record.fields.to_pylist() == [
                    {"id": int(document.id or len(TEXTS)), "text": document.text or None, "n": 0.5}
                ]
            elif record.layout.format == "jsonl" and document.id is not None:
                assert json.loads(record.fields) == {"id": int(document.id), "text": document.text}
            elif record.layout.format == "csv" and document.error is None:
                assert record.fields == (document.id, document.text, "")


def test_what_came_before_damage_in_a_packed_file_is_read(tmp_path: Path) -> None:
    lines = [json.dumps({"id": number, "text": LONG * 100 + os.urandom(9000).hex()}) + "\n" for number in range(60)]
    packed = gzip.compress("".join(lines).encode())
    (tmp_path / "a.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    errors: list[ReadError] = []
    documents = list(Reader([tmp_path / "a.jsonl.gz"], on_error=errors.append))
    assert 20 <= len(documents) < 30
    assert [str(number) for number in range(len(documents))] == [document.id for document in documents]
    assert ["broken gzip" in str(error) for error in errors] == [True]


def test_reports_and_errors_are_the_same_bytes_for_any_number_of_processes(stand_in: Run, source: Path) -> None:
    runs = [stand_in("score", "--format", "jsonl", "--jobs", jobs, source.name) for jobs in "12"]
    assert [done.returncode for done in runs] == [3, 3]
    assert runs[0].stdout == runs[1].stdout != b""
    assert runs[0].stderr == runs[1].stderr != b""


def test_a_filter_stopped_within_a_piece_goes_on_to_the_same_bytes_with_other_processes(
    stand_in: Run, source: Path
) -> None:
    short = source.suffix in (".zip", ".warc", "")
    options = ("--shard-records", "1" if short else "400", source.name)
    whole = stand_in("filter", "--output", "whole", "--jobs", "1", *options)
    stopped = stand_in("filter", "--output", "stopped", "--jobs", "2", "--on-error", "stop", *options)
    assert b"stopped before this record" in stopped.stderr
    expected = contents(source.parent / "whole")
    assert contents(source.parent / "stopped") != expected
    resumed = stand_in("filter", "--output", "stopped", "--jobs", "2", *options)
    assert b"goes on after" in resumed.stderr
    assert resumed.stderr.splitlines()[-1] == whole.stderr.splitlines()[-1]
    assert contents(source.parent / "stopped") == expected


def contents(directory: Path) -> dict[str, bytes]:
    files = (path for path in directory.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(directory)): path.read_bytes() for path in files}
