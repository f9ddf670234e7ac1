"""Every format that is read: what comes out of it, and what is said where a library is missing."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import sys
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.document import Document
from quality.reading import Reader

PAGE = (
    "<!DOCTYPE html><html><head><title>Bees</title></head><body><nav><a href='/'>Home</a></nav><article><h1>Bees</h1>"
    + "<p>The hive stands off the ground, in the morning sun, où il fait chaud.</p>"
    + "<p>Once a week somebody looks inside, and writes down what they find.</p>"
    + "</article></body></html>"
)
PAGE_TEXT = (
    "Bees\nThe hive stands off the ground, in the morning sun, où il fait chaud.\n"
    "Once a week somebody looks inside, and writes down what they find."
)


def read(*paths: object, **options: object) -> tuple[list[Document], list[str], Counter[str]]:
    reader = Reader(paths, **options)
    documents = list(reader)
    return documents, [str(error) for error in reader.errors], reader.skipped


def brief(documents: list[Document]) -> list[tuple[str, str | None, int | None]]:
    return [(document.text, document.id, document.line) for document in documents]


def without_module(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """As if the library were not installed."""
    for module in [module for module in sys.modules if module == name or module.startswith(f"{name}.")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, name, None)


# --- packing ----------------------------------------------------------------------------------------


def zstd(data: bytes) -> bytes:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        zstd = pytest.importorskip("backports.zstd", reason="needs quality[zstd]")
    return zstd.compress(data)


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstd,
}


@pytest.mark.parametrize("suffix", PACKINGS)
def test_packing_is_told_by_content_and_streams_may_follow_each_other(tmp_path: Path, suffix: str) -> None:
    pack = PACKINGS[suffix]
    (tmp_path / "named.txt").write_bytes(pack("für sich".encode()))
    (tmp_path / f"part.jsonl.{suffix}").write_bytes(pack(b'{"text": "one"}\n') + pack(b'{"text": "two"}\n'))
    (tmp_path / f"plain.txt.{suffix}").write_text("plain")
    documents, errors, _ = read(tmp_path)
    assert [document.text for document in documents] == ["für sich", "one", "two"]
    assert errors == [
        f"{tmp_path}/plain.txt.{suffix}: is not packed, as its name says; rename it if it is plain text, "
        "or fetch it again"
    ]


def test_padded_xz_streams_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xz"
    path.write_bytes(lzma.compress(b"one ") + b"\0" * 8 + lzma.compress(b"two") + b"\0" * 4)
    assert brief(read(path)[0]) == [("one two", None, None)]


@given(st.sampled_from(["gz", "bz2", "xz"]), st.binary(min_size=1, max_size=300), st.integers(1, 80))
def test_what_is_cut_off_is_an_error_and_never_a_shorter_text(suffix: str, data: bytes, cut: int) -> None:
    from quality.errors import ReadError
    from quality.reading.packing import packing_of, unpack

    packed = PACKINGS[suffix](data)
    whole = packing_of(packed)
    assert whole is not None
    assert unpack(io.BytesIO(packed), whole, "x").read() == data
    head = packed[: max(12, len(packed) - cut)]
    if len(head) < len(packed):
        with pytest.raises(ReadError, match="broken"):
            unpack(io.BytesIO(head), whole, "x").read()


def test_without_the_extra_zstd_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.version_info >= (3, 14):
        pytest.skip("zstd is part of Python 3.14")
    path = tmp_path / "a.txt.zst"
    path.write_bytes(b"\x28\xb5\x2f\xfd....")
    without_module(monkeypatch, "backports")
    assert read(path)[1] == [f"{path}: zstd cannot be read without an extra; pip install 'quality[zstd]'"]


# --- archives ---------------------------------------------------------------------------------------


def zipped(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def tarred(members: dict[str, bytes], mode: str = "w") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


MEMBERS = {
    "b/page.txt": b"Some words.",
    "a.jsonl.gz": gzip.compress(b'{"text": "one", "id": 1}\nbad\n'),
    ".hidden/x.txt": b"hidden",
    "labels.toml": b"x = 1",
    "picture.txt": b"\x89PNG\r\n\x1a\n\0",
    "notes.md": b"# Notes\n",
    "wide.txt": "wide".encode("utf-16"),
}


@pytest.mark.parametrize("pack", [zipped, tarred, lambda members: tarred(members, "w:gz")], ids=["zip", "tar", "tgz"])
def test_members_of_an_archive_are_read_as_files_are(tmp_path: Path, pack: Callable[[dict[str, bytes]], bytes]) -> None:
    path = tmp_path / "archive.bin"
    path.write_bytes(pack(MEMBERS))
    documents, errors, skipped = read(path)
    assert [(document.path, document.text, document.format) for document in documents] == [
        (f"{path}!/b/page.txt", "Some words.", "text"),
        (f"{path}!/a.jsonl.gz", "one", "text"),
        (f"{path}!/a.jsonl.gz", "", "text"),
        (f"{path}!/notes.md", "# Notes\n", "markdown"),
        (f"{path}!/wide.txt", "", "text"),
    ]
    assert [error.removeprefix(f"{path}!/")[:28] for error in errors] == [
        "a.jsonl.gz:2: is not valid J",
        "wide.txt: is encoded as UTF-",
    ]
    assert skipped == {"hidden": 1, "not prose": 1, "binary member": 1}


def test_archives_in_a_directory_are_skipped_and_read_when_a_pattern_names_them(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({"a.txt": b"zipped"}))
    (tmp_path / "b.tar.gz").write_bytes(tarred({"b.txt": b"tarred"}, "w:gz"))
    assert read(tmp_path) == ([], [], Counter(archive=2))
    assert [document.text for document in read(tmp_path / "*")[0]] == ["zipped", "tarred"]


# --- CSV --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_rows_are_documents_with_the_line_that_they_begin_on(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    rows = ["id,text,n", 'a,"one\ntwo, ""three""",1', "", "b,plain,2"]
    path.write_text("\ufeff" + "\n".join(row.replace(",", delimiter) for row in rows), encoding="utf-8")
    text = 'one\ntwo, "three"'.replace(",", delimiter)
    assert brief(read(path)[0]) == [(text, "a", 2), ("plain", "b", 5)]
    assert brief(read(path, text_field="n", id_field="none")[0]) == [("1", None, 2), ("2", None, 5)]


def test_a_bad_row_costs_one_record(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'id,text\n1,good\n2\n3,x,y\n4,caf\xe9\n5,"quoted"x\n6,good\n7,"open\n')
    documents, errors, _ = read(path)
    assert [(document.line, document.error is None) for document in documents] == [
        (2, True), (3, False), (4, False), (5, False), (6, False), (7, True), (8, False),
    ]  # fmt: skip
    assert [error.removeprefix(f"{path}:") for error in errors] == [
        "3: has 1 cell, the header has 2; correct or remove it",
        "4: has 3 cells, the header has 2; correct or remove it",
        "5: is not valid UTF-8; name its encoding with --encoding",
        "6: is not valid CSV (',' expected after '\"'); correct or remove it",
        "8: is not valid CSV (unexpected end of data); correct or remove it",
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"a,b\n1,2\n", 'has no column "text" (its first row is "a", "b"); name the right one with --text-field'),
        (b"", 'has no column "text" (its first row is none); name the right one with --text-field'),
        (b"text,text\n1,2\n", 'has two columns "text"; give each column a name of its own'),
    ],
)
def test_a_table_without_its_column_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "a.tsv"
    path.write_bytes(data)
    assert read(path)[:2] == ([], [f"{path}: {reason}"])


def test_csv_in_a_wide_encoding_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("text;id\r\nfür;1\r\n".encode("utf-16"))
    assert brief(read(path, encoding="utf-16")[0]) == [("für", "1", 2)]


# --- Parquet and Arrow ------------------------------------------------------------------------------


def write_table(path: Path, columns: dict[str, object], form: str, rows: int = 2) -> None:
    pa = pytest.importorskip("pyarrow", reason="needs quality[parquet]")
    pq = pytest.importorskip("pyarrow.parquet")
    table = pa.table(columns)
    if form == "parquet":
        pq.write_table(table, path, row_group_size=rows)
        return
    new = pa.ipc.new_file if form == "arrow" else pa.ipc.new_stream
    with new(str(path), table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)


@pytest.mark.parametrize("form", ["parquet", "arrow", "arrows"])
def test_rows_of_a_table_are_documents(tmp_path: Path, form: str) -> None:
    path = tmp_path / "table.bin"
    write_table(path, {"text": ["one", None, "tü", "four"], "id": [1, 2, 3, 4], "n": [[1], [], None, [2]]}, form)
    documents, errors, _ = read(path)
    assert brief(documents) == [("one", "1", 1), ("", "2", 2), ("tü", "3", 3), ("four", "4", 4)]
    assert errors == [f'{path}:2: its "text" is null, not text; correct it, or name another --text-field']
    assert read(path, text_field="body")[1] == [
        f'{path}: has no column "body" (it has "text", "id", "n"); name the right one with --text-field'
    ]


def test_every_string_type_of_arrow_is_text(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow", reason="needs quality[parquet]")
    path = tmp_path / "a.arrow"
    for type in (pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())):
        write_table(path, {"text": pa.array(["one", "two"]).cast(type)}, "arrow")
        assert brief(read(path)[0]) == [("one", None, 1), ("two", None, 2)]


def test_a_string_that_is_not_utf8_costs_one_record(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow", reason="needs quality[parquet]")
    path = tmp_path / "a.arrow"
    wrong = pa.Array.from_buffers(pa.string(), 2, pa.array([b"fine", b"\xff"]).buffers())
    write_table(path, {"text": wrong}, "arrow")
    documents, errors, _ = read(path)
    assert [document.text for document in documents] == ["fine", ""]
    assert errors == [f"{path}:2: its text is not valid UTF-8, as its type says; write the table again"]


def test_a_table_with_nulls_where_it_says_there_are_none_is_broken(tmp_path: Path) -> None:
    """It could not be written again."""
    pa = pytest.importorskip("pyarrow")
    schema = pa.schema([pa.field("text", pa.string()), pa.field("n", pa.int64(), nullable=False)])
    table = pa.Table.from_arrays([pa.array(["one", "two"]), pa.array([1, None])], schema=schema)
    with pa.OSFile(str(tmp_path / "a.arrow"), "wb") as stream, pa.ipc.new_file(stream, schema) as file:
        file.write_table(table)
    documents, errors, _ = read(tmp_path / "a.arrow")
    assert documents == []
    assert errors == [f'{tmp_path}/a.arrow: broken table ("n" has nulls, and may have none); fetch or write it again']


def test_without_the_extra_a_named_table_is_an_error_and_one_met_in_a_directory_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1....")
    without_module(monkeypatch, "pyarrow")
    reason = "Parquet and Arrow tables cannot be read without an extra; pip install 'quality[parquet]'"
    assert read(path)[1] == [f"{path}: {reason}"]
    assert read(tmp_path) == ([], [], Counter({"Parquet and Arrow tables, without its extra": 1}))


# --- HTML and WARC ----------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_a_page_is_read_in_the_encoding_that_it_names(tmp_path: Path, encoding: str) -> None:
    pytest.importorskip("trafilatura", reason="needs quality[html]")
    path = tmp_path / "page.html"
    head = "<head>" if encoding == "utf-16" else f'<head><meta http-equiv="x" content="text/html; charset={encoding}">'
    path.write_bytes(PAGE.replace("<head>", head).encode(encoding))
    documents, errors, _ = read(path, **({"encoding": "utf-16"} if encoding == "utf-16" else {}))
    assert (brief(documents), errors) == ([(PAGE_TEXT, None, None)], [])


def test_a_page_is_told_by_its_content_and_an_empty_one_is_a_document(tmp_path: Path) -> None:
    pytest.importorskip("trafilatura", reason="needs quality[html]")
    (tmp_path / "a.txt").write_text(PAGE, encoding="utf-8")
    (tmp_path / "b.html").write_text("")
    (tmp_path / "c.htm").write_text("<html><body></body></html>")
    assert [document.text for document in read(tmp_path)[0]] == [PAGE_TEXT, "", ""]


def entry(kind: str, body: bytes, content_type: str, url: str = "https://example.org/a") -> bytes:
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Target-URI: {url}\r\n"
        f"WARC-Date: 2026-01-01T00:00:00Z\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body + b"\r\n\r\n"


def response(body: bytes, content_type: str, extra: str = "", url: str = "https://example.org/a") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n{extra}\r\n"
    return entry("response", head.encode() + body, "application/http; msgtype=response", url)


def test_pages_and_texts_of_a_warc_are_documents(tmp_path: Path) -> None:
    pytest.importorskip("fastwarc", reason="needs quality[warc]")
    path = tmp_path / "crawl.warc.gz"
    parts = [
        entry("warcinfo", b"software: x\r\n", "application/warc-fields"),
        response(PAGE.encode("latin-1"), "text/html; charset=ISO-8859-1", url="https://example.org/latin"),
        response(gzip.compress(PAGE.encode()), "text/html", "Content-Encoding: gzip\r\n"),
        response(b"\x89PNG", "image/png"),
        entry("conversion", "für sich\n".encode(), "text/plain", "https://example.org/wet"),
        entry("conversion", b"caf\xe9", "text/plain"),
    ]
    path.write_bytes(b"".join(map(gzip.compress, parts)))
    documents, errors, skipped = read(path)
    assert brief(documents) == [
        (PAGE_TEXT, "https://example.org/latin", 1),
        (PAGE_TEXT, "https://example.org/a", 2),
        ("für sich\n", "https://example.org/wet", 3),
        ("", "https://example.org/a", 4),
    ]
    assert [error.partition(": ")[0] for error in errors] == [f"{path}:4"]
    assert skipped == {"no text in the record": 2}


def test_a_warc_that_is_cut_off_gives_what_is_whole(tmp_path: Path) -> None:
    pytest.importorskip("fastwarc", reason="needs quality[warc]")
    path = tmp_path / "crawl.wet"
    record = entry("conversion", b"some words " * 20, "text/plain")
    for cut in range(1, len(record) - 10, 17):
        path.write_bytes(record + record[:-cut])
        documents, errors, _ = read(path)
        assert documents[0].text == "some words " * 20
        if cut > 4:  # the blank lines at the end tell nothing
            assert len(errors) == 1
            assert [document.text for document in documents[1:]] in ([], [""])


# --- remote files -----------------------------------------------------------------------------------


def test_urls_are_read_listed_and_matched() -> None:
    fsspec = pytest.importorskip("fsspec", reason="needs quality[remote]")
    files = fsspec.filesystem("memory")
    for name, data in {
        "/test-crawl/b/part.jsonl.gz": gzip.compress(b'{"text": "one"}\n'),
        "/test-crawl/a.txt": b"two",
        "/test-crawl/.hidden": b"three",
        "/test-crawl/archive.zip": zipped({"x.txt": b"four"}),
    }.items():
        files.pipe_file(name, data)
    documents, errors, skipped = read("memory://test-crawl")
    assert [(document.path, document.text) for document in documents] == [
        ("memory:///test-crawl/a.txt", "two"),
        ("memory:///test-crawl/b/part.jsonl.gz", "one"),
    ]
    assert (errors, skipped) == ([], Counter(hidden=1, archive=1))
    assert [document.text for document in read("memory://test-crawl/*.txt")[0]] == ["two"]
    assert [document.text for document in read("memory://test-crawl/archive.zip")[0]] == ["four"]
    assert read("memory://test-crawl/none.txt")[1] == [
        "memory://test-crawl/none.txt: no such file or directory; check the name"
    ]
    (error,) = read("nosuch://x/y")[1]
    assert error.startswith("nosuch://x/y: cannot be read (ValueError: Protocol not known: nosuch")


def test_without_the_extra_a_url_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    without_module(monkeypatch, "fsspec")
    assert read("s3://bucket/x")[1] == [
        "s3://bucket/x: remote files cannot be read without an extra; pip install 'quality[remote]'"
    ]


# --- the form that a record came in -----------------------------------------------------------------


def test_records_keep_what_they_were_read_from(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "one", "n": 1.0}\n')
    (tmp_path / "b.txt").write_text("two")
    (tmp_path / "c.csv").write_text("n;text\n1;three\n")
    reader = Reader([tmp_path / name for name in ("a.jsonl", "b.txt", "c.csv")])
    records = [piece.record(document) for piece in reader.pieces() for document in piece.read()]
    assert [(record.layout.format, record.fields) for record in records] == [
        ("jsonl", '{"text": "one", "n": 1.0}\n'),
        ("document", None),
        ("csv", ("1", "three")),
    ]
    assert (records[2].layout.columns, records[2].layout.delimiter) == (("n", "text"), ";")
    assert json.loads(records[0].fields)["n"] == 1
