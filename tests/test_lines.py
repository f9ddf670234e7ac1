"""JSONL that is parsed where it is scored: the same documents, reports and errors as when one process does it all."""

from __future__ import annotations

import codecs
import gzip
import json
import pickle
from pathlib import Path

import pytest
from conftest import Run

from quality.document import Document
from quality.errors import ReadError
from quality.reading import Reader
from quality.reading.jsonl import Lines
from quality.reading.records import read_piece

LONG = "Ein längeres Stück Text, näher an der Wirklichkeit. "


def line(number: int, text: str, *, ascii: bool = False) -> bytes:
    return json.dumps({"id": number, "text": text}, ensure_ascii=ascii).encode()


#: Lines of all kinds that may go wrong, and between them so much text that no two of them need be in one portion.
LINES = [
    line(1, "The first, after a byte order mark."),
    line(2, LONG * 3000),  # longer than the first portion
    b"",
    line(3, "ends with a carriage return") + b"\r",
    b"no JSON",
    line(4, "äöü €𝒳" * 20_000),  # characters of two, three and four bytes
    b"   \t",
    line(5, LONG * 10_000, ascii=True),  # longer than any portion
    b'{"text": "f\xfcr"}',
    b"[1, 2]",
    b'{"text": 5, "id": 6}',
    *[line(number, f"short {number}") for number in range(7, 1400)],  # more lines than a portion has
    b'{"id": 1400}',
    line(1401, LONG * 2000),
    b"\r",
    b'{"text": "half of it',
    line(1402, "the last, and without a line end"),
]
ERRORS = {5: "is not valid JSON", 9: "is not valid UTF-8 at byte offset 11", 10: "is a list", 11: "is a number"}
ERRORS |= {1405: "has no field", 1408: "is not valid JSON"}
CONTENT = codecs.BOM_UTF8 + b"\n".join(LINES)


def read_elsewhere(reader: Reader) -> tuple[list[Document], list[ReadError]]:
    """All documents and errors, as another process reads them that was sent the pieces."""
    read = [read_piece(piece) for piece in pickle.loads(pickle.dumps(list(reader.pieces())))]
    return [document for documents, _ in read for document in documents], [
        error for _, errors in read for error in errors
    ]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.ndjson"])
def test_lines_that_are_read_elsewhere_are_the_same_documents_and_errors(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(gzip.compress(CONTENT) if name.endswith(".gz") else CONTENT)
    at_once = Reader([tmp_path / name])
    pieces = list(Reader([tmp_path / name]).pieces())
    assert all(isinstance(piece, Lines) for piece in pieces)
    assert len(pieces) == 5
    assert max(piece.count for piece in pieces) == 500
    documents, errors = read_elsewhere(Reader([tmp_path / name]))
    assert documents == list(at_once)
    assert [*map(str, errors)] == [*map(str, at_once.errors)]
    assert [document.line for document in documents if document.error] == list(ERRORS)
    for error, (number, reason) in zip(errors, ERRORS.items(), strict=True):
        assert error.source == f"{tmp_path / name}:{number}"
        assert reason in error.reason
    assert [document.id for document in documents if not document.error] == [
        str(number) for number in range(1, 1403) if number not in (6, 1400)
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_other_encodings_are_the_same_documents(tmp_path: Path, encoding: str) -> None:
    texts = [LONG * times for times in (1, 4000, 1, 1, 9000)]
    lines = "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)
    (tmp_path / "a.jsonl").write_bytes(lines.encode(encoding))
    documents, errors = read_elsewhere(Reader([tmp_path / "a.jsonl"], encoding=encoding))
    assert [document.text for document in documents] == texts
    assert errors == []


def test_a_line_longer_than_any_document_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quality.reading.streams.MOST_BYTES", 1000)
    (tmp_path / "a.jsonl").write_bytes(b"\n".join([line(1, "one"), line(2, LONG * 100), line(3, "three")]))
    documents, errors = read_elsewhere(Reader([tmp_path / "a.jsonl"]))
    assert [document.id for document in documents] == ["1", None, "3"]
    assert [*map(str, errors)] == [f"{tmp_path}/a.jsonl:2: {documents[1].error}"]
    assert "is longer than" in str(documents[1].error)


def test_errors_come_in_the_order_of_the_input(stand_in: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(line(1, "fine") + b"\nbad\n")
    (tmp_path / "b.txt").write_bytes(b"\x00")
    (tmp_path / "c.jsonl").write_bytes(b"bad\n" + line(2, LONG * 10_000) + b"\nworse\n")
    (tmp_path / "d.csv").write_text("text\nfine\n")
    expected = ["a.jsonl:2: is", "b.txt: is a binary", "missing: no such", "c.jsonl:1: is", "c.jsonl:3: is"]
    for jobs in "12":
        paths = ("a.jsonl", "b.txt", "missing", "c.jsonl", "d.csv")
        done = stand_in("score", "--format", "jsonl", "--jobs", jobs, *paths)
        assert done.returncode == 3
        said = done.stderr.decode().splitlines()
        assert len(said) == len(expected)
        assert all(one.startswith(f"quality: {begin}") for one, begin in zip(said, expected, strict=True))


@pytest.mark.parametrize("form", ["text", "jsonl"])
def test_output_and_errors_are_the_same_bytes_for_any_number_of_processes(
    stand_in: Run, tmp_path: Path, form: str
) -> None:
    (tmp_path / "a.jsonl").write_bytes(CONTENT)
    (tmp_path / "b.jsonl").write_bytes(CONTENT.replace(b"short", b"brokenly"))
    runs = [stand_in("score", "--format", form, "--jobs", jobs, "a.jsonl", "b.jsonl") for jobs in "123"]
    assert [done.returncode for done in runs] == [3, 3, 3]
    assert runs[0].stdout == runs[1].stdout == runs[2].stdout
    assert runs[0].stderr == runs[1].stderr == runs[2].stderr
    assert [said.split(b": ")[1] for said in runs[0].stderr.splitlines()] == [
        b"%s:%d" % (name, number) for name in (b"a.jsonl", b"b.jsonl") for number in ERRORS
    ]
    # What reads all of it in one process says the same.
    summary = stand_in("score", "--format", "csv", "a.jsonl", "b.jsonl")
    assert summary.stderr == runs[0].stderr
    if form == "text":
        assert b"2812 documents: 1393 damaged" in runs[0].stdout
    else:
        assert len(runs[0].stdout.splitlines()) == len(summary.stdout.splitlines()) - 1


def test_a_fault_names_the_line(stand_in: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\n".join([line(1, LONG * 3000), b"", line(2, "explode"), line(3, "fine")]))
    for jobs in "12":
        done = stand_in("score", "--jobs", jobs, "a.jsonl")
        assert done.returncode == 70
        assert b"while scoring a.jsonl:3" in done.stderr
