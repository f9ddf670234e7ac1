"""Named inputs → Documents: what is read, skipped and refused, and that nothing stops the rest."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.document import Document
from quality.errors import ReadError, UsageError
from quality.reading import Reader
from quality.reading import read as read_or_raise


def read(*paths: object, **options: object) -> tuple[list[Document], list[str], Reader]:
    reader = Reader(paths, **options)
    documents = list(reader)
    return documents, [str(error) for error in reader.errors], reader


def texts(documents: Iterable[Document]) -> list[str]:
    return [document.text for document in documents]


def names(documents: Iterable[Document], root: Path) -> list[str]:
    return [str(Path(document.path).relative_to(root)) for document in documents]


def office_document() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
    return stream.getvalue()


# --- text -------------------------------------------------------------------------------------------


def test_line_ends_are_kept_and_the_byte_order_mark_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfone\r\ntwo\rthree\n")
    (document,), errors, _ = read(path)
    assert document == Document(text="one\r\ntwo\rthree\n", path=str(path))
    assert errors == []


@pytest.mark.parametrize("name", ["a.md", "a.markdown", "A.MD", "a.md.gz"])
def test_markdown_is_told_by_its_suffix(tmp_path: Path, name: str) -> None:
    data = b"# Title\n"
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    (document,), _, _ = read(tmp_path / name)
    assert (document.text, document.format) == ("# Title\n", "markdown")


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_an_empty_or_blank_file_is_a_document(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "blank.txt"
    path.write_bytes(content)
    documents, errors, _ = read(path)
    assert texts(documents) == [content.decode("utf-8-sig")]
    assert errors == []


def test_invalid_utf8_is_named_with_its_offset_and_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "old.txt"
    path.write_bytes("eins\nfür\n".encode("cp1252"))
    documents, errors, _ = read(path)
    assert documents == []
    assert errors == [
        f"{path}: is not valid UTF-8 at byte offset 6 (0xFC, line 2); name its encoding, for example --encoding cp1252"
    ]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-16-le", "utf-32"])
def test_other_encodings_are_read_when_named(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("für\r\nsie".encode(encoding))
    records = tmp_path / "b.jsonl"
    records.write_bytes('{"text": "für"}\n{"text": "sie"}'.encode(encoding))
    documents, errors, _ = read(path, records, encoding=encoding)
    assert texts(documents) == ["für\r\nsie", "für", "sie"]
    assert errors == []


def test_utf16_is_recognised_and_named(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("Text".encode("utf-16"))
    _, errors, _ = read(path)
    assert errors == [f"{path}: is encoded as UTF-16; name it with --encoding utf-16"]
    # Met in a directory it is no less lost, so it is not passed over like a picture.
    assert read(tmp_path)[1] == errors


@pytest.mark.parametrize("encoding", ["no-such", "rot13", "base64", "a\0b"])
def test_an_unknown_encoding_is_wrong_usage(encoding: str) -> None:
    with pytest.raises(UsageError, match="no such encoding"):
        Reader(["-"], encoding=encoding)


# --- binary and packed files ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"%PDF-1.7\n...", "is a PDF document, not text; extract its text first"),
        (office_document(), "is an office document or program, not text; extract its text first"),
        (b"ab\0c", "is a binary file (NUL bytes), not text; extract its text first, or leave it out"),
        (
            b"\x01\x02\x03abc",
            "is a binary file (control characters), not text; extract its text first, or leave it out",
        ),
    ],
)
def test_a_binary_file_is_refused_when_named_and_skipped_in_a_directory(
    tmp_path: Path, data: bytes, reason: str
) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(data)
    assert read(path)[1] == [f"{path}: {reason}"]
    documents, errors, reader = read(tmp_path)
    assert (documents, errors, reader.skipped) == ([], [], Counter(binary=1))
    assert reader.empty == [str(tmp_path)]


def test_gzip_is_recognised_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(gzip.compress(b"packed"))
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(b'{"text": "one"}\n') + gzip.compress(b'{"text": "two"}\n'))
    documents, errors, _ = read(tmp_path)
    assert texts(documents) == ["packed", "one", "two"]
    assert errors == []


def test_a_file_that_is_gzip_by_name_alone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt.gz"
    path.write_bytes(b"plain")
    assert read(path)[1] == [
        f"{path}: is not packed, as its name says; rename it if it is plain text, or fetch it again"
    ]


@pytest.mark.parametrize("suffix", ["txt", "jsonl"])
def test_broken_gzip_is_named_and_the_rest_is_read(tmp_path: Path, suffix: str) -> None:
    broken = tmp_path / f"a.{suffix}.gz"
    lines = b"".join(b'{"text": "%s"}\n' % os.urandom(40).hex().encode() for _ in range(2000))
    broken.write_bytes(gzip.compress(lines)[:-2000])
    (tmp_path / "b.txt").write_text("fine")
    documents, errors, _ = read(tmp_path)
    assert documents[-1].text == "fine"
    assert len(errors) == 1
    assert errors[0].startswith(f"{broken}: broken gzip (")
    assert errors[0].endswith("; fetch or pack it again")
    # Records before the break were read, those after it cannot be.
    assert len(documents) == 1 if suffix == "txt" else 100 < len(documents) < 2001


def test_a_flipped_byte_in_gzip_is_an_error(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(b"some text " * 100))
    data[-6] ^= 1
    path = tmp_path / "a.gz"
    path.write_bytes(data)
    documents, errors, _ = read(path)
    assert documents == []
    assert "broken gzip" in errors[0]


# --- JSONL ------------------------------------------------------------------------------------------


def test_each_line_is_a_document_with_its_id(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(
        b'\xef\xbb\xbf{"text": "one", "id": "x"}\r\n\n{"text": "", "id": 7}\n{"text": "t\\u00fc", "id": null}'
    )
    documents, errors, _ = read(path)
    assert documents == [
        Document(text="one", id="x", path=str(path), line=1),
        Document(text="", id="7", path=str(path), line=3),
        Document(text="tü", path=str(path), line=4),
    ]
    assert errors == []


def test_text_and_id_fields_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_text('{"content": "one", "url": "u", "text": 3}')
    (document,), _, _ = read(path, text_field="content", id_field="url")
    assert (document.text, document.id) == ("one", "u")


@pytest.mark.parametrize(
    ("line", "id", "reason"),
    [
        ('{"text": "a"', None, "is not valid JSON (expecting ',' delimiter at column 13); correct or remove the line"),
        ("Some words.", None, "is not valid JSON (expecting value at column 1); correct or remove the line"),
        ('["a"]', None, 'is a list, not a JSON object; write {"text": …} for each document'),
        ("3", None, 'is a number, not a JSON object; write {"text": …} for each document'),
        (
            '{"id": "k", "body": "a"}',
            "k",
            'has no field "text" (it has "id", "body"); name the right one with --text-field',
        ),
        ("{}", None, 'has no field "text" (it has none); name the right one with --text-field'),
        ('{"id": 1, "text": null}', "1", 'its "text" is null, not text; correct it, or name another --text-field'),
        ('{"text": ["a"]}', None, 'its "text" is a list, not text; correct it, or name another --text-field'),
        (
            '{"text": "a\\ud83d"}',
            None,
            'its "text" holds half a character (a lone surrogate); write the file again as UTF-8',
        ),
        ('{"text": "a", "id": [1]}', None, 'its "id" is no text or number; correct it, or name another --id-field'),
        ("[" * 100_000, None, "is nested too deeply to be a record; correct or remove the line"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_bad_record_is_an_unreadable_document_and_an_error(
    tmp_path: Path, line: str, id: str | None, reason: str
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"text": "before"}}\n{line}\n{{"text": "after"}}\n')
    documents, errors, _ = read(path)
    assert texts(documents) == ["before", "", "after"]
    assert documents[1] == Document(text="", id=id, path=str(path), error=reason, line=2)
    assert errors == [f"{path}:2: {reason}"]


def test_a_line_that_is_not_utf8_costs_one_record(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": "caf\xe9"}\n{"text": "after"}\n')
    documents, errors, _ = read(path)
    assert [document.error is None for document in documents] == [False, True]
    assert errors[0].startswith(f"{path}:1: is not valid UTF-8 at byte offset 13 ")


def test_a_number_with_too_many_digits_is_a_bad_record(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a", "n": ' + "1" * 5000 + "}")
    assert "is not usable JSON" in read(path)[1][0]


def test_jsonl_is_read_as_it_is_asked_for(tmp_path: Path) -> None:
    """A FIFO whose writer waits for us: were the file read whole first, this would never end."""
    path = tmp_path / "pipe.jsonl"
    os.mkfifo(path)
    writer = (
        "import json, sys\n"
        "with open(sys.argv[1], 'w') as stream:\n"
        "    while True: print(json.dumps({'text': 'x' * 5000}), file=stream)"
    )
    with subprocess.Popen([sys.executable, "-c", writer, path], stderr=subprocess.DEVNULL) as process:
        documents = iter(Reader([path]))
        assert len(next(documents).text) == 5000
        documents.close()
        assert process.wait(20) == 1  # the writer met a closed pipe


def test_a_very_long_line_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": "long " * 1_000_000}))
    (document,), errors, _ = read(path)
    assert len(document.text) == 5_000_000
    assert errors == []


# --- standard input ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"plain words", ["plain words"]),
        (b'{"text": "one"}\n{"text": "two"}\n', ["one", "two"]),
        (gzip.compress(b"packed"), ["packed"]),
        (b'{"text": "' + b"a" * 9000 + b'"}\n{"text": "two"}', ["a" * 9000, "two"]),
        (b'{"other": 1}', ['{"other": 1}']),
        (b"{curly} words", ["{curly} words"]),
        (b"", [""]),
    ],
    ids=["text", "jsonl", "gzip", "long record", "another object", "braces", "empty"],
)
def test_standard_input_is_text_or_jsonl_by_its_first_line(
    monkeypatch: pytest.MonkeyPatch, data: bytes, expected: list[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    documents, errors, _ = read("-", "-")
    assert texts(documents) == expected
    assert {document.path for document in documents} == {"-"}
    assert errors == []


def test_closed_standard_input_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert read("-")[1] == ["-: standard input is closed; redirect a file or pipe to it"]


# --- names ------------------------------------------------------------------------------------------


def test_directories_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.md", "a/b/c.text", "c", "B.rst"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    documents, _, reader = read(tmp_path)
    assert names(documents, tmp_path) == ["B.rst", "a/b/c.text", "a/z.md", "b.txt", "c"]
    assert (reader.skipped, reader.empty) == (Counter(), [])


def test_what_is_skipped_in_a_directory_is_counted(tmp_path: Path) -> None:
    for name in ("a.txt", ".hidden.txt", ".git/x.txt", "labels.toml", "code.py.gz"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("text")
    (tmp_path / "picture").write_bytes(b"\x89PNG\r\n\x1a\n\0")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "itself").symlink_to("itself")
    (tmp_path / "loop").symlink_to(tmp_path)
    documents, errors, reader = read(tmp_path)
    assert names(documents, tmp_path) == ["a.txt"]
    assert errors == []
    assert reader.skipped == {
        "hidden": 2, "not prose": 2, "binary": 1, "device or pipe": 1, "broken link": 2, "linked directory": 1,
    }  # fmt: skip


def test_what_is_skipped_in_a_directory_is_read_when_named(tmp_path: Path) -> None:
    for name in (".hidden.txt", "labels.toml", "ignored.txt"):
        (tmp_path / name).write_text(name)
    (tmp_path / ".gitignore").write_text("ignored.txt\n")
    named = [tmp_path / name for name in (".hidden.txt", "labels.toml", "ignored.txt")]
    assert texts(read(*named)[0]) == [path.name for path in named]


def test_gitignore_files_above_and_below_are_followed(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("*.log.txt\nbuild/\n/corpus/top.txt\n!\n# remark\n")
    for name in (
        "corpus/a.txt", "corpus/x.log.txt", "corpus/build/b.txt", "corpus/top.txt", "corpus/deep/top.txt",
        "corpus/deep/keep.log.txt", "corpus/deep/secret.txt",
    ):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text")
    (tmp_path / "corpus/deep/.gitignore").write_text("!keep.log.txt\nsecret*\n")
    documents, errors, reader = read(tmp_path / "corpus")
    assert names(documents, tmp_path) == ["corpus/a.txt", "corpus/deep/keep.log.txt", "corpus/deep/top.txt"]
    assert errors == []
    assert reader.skipped == {"git-ignored": 4, "hidden": 1}
    # Another repository's rules, or none, say nothing here; nor does a rule against what was named.
    assert names(read(tmp_path / "corpus/build")[0], tmp_path) == ["corpus/build/b.txt"]


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    path = tmp_path / "d" / "a.txt"
    path.write_text("text")
    (tmp_path / "d" / "link.txt").symlink_to("a.txt")
    documents, errors, reader = read(path, tmp_path / "d", tmp_path / "d" / ".." / "d", tmp_path / "d" / "*.txt")
    assert [document.path for document in documents] == [str(path)]
    assert (errors, reader.empty) == ([], [])


def test_patterns_that_the_shell_left_are_expanded(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "c.md", "deep/er/d.txt", "[odd].txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "x.txt").write_bytes(b"\0")
    documents, errors, reader = read(tmp_path / "?.txt")
    assert names(documents, tmp_path) == ["a.txt", "b.txt"]
    assert (errors, reader.skipped) == ([], Counter(binary=1))
    assert names(read(tmp_path / "**/*.txt")[0], tmp_path) == ["[odd].txt", "a.txt", "b.txt", "deep/er/d.txt"]
    assert names(read(tmp_path / "d*")[0], tmp_path) == ["deep/er/d.txt"]
    assert names(read(tmp_path / "[odd].txt")[0], tmp_path) == ["[odd].txt"]
    assert read(tmp_path / "*.rst")[1] == [f"{tmp_path}/*.rst: no file has a name like this; check the pattern"]


def test_a_missing_name_is_an_error_that_suggests_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "a.txt").write_text("text")
    (tmp_path / "dangling").symlink_to("nowhere")
    assert read(tmp_path / "article" / "x.txt", tmp_path / "zzz", tmp_path / "a.txt" / "b", tmp_path / "dangling")[
        1
    ] == [
        f"{tmp_path}/article/x.txt: no such file or directory; did you mean {tmp_path}/articles?",
        f"{tmp_path}/zzz: no such file or directory; check the name",
        f"{tmp_path}/a.txt/b: no such file or directory; did you mean {tmp_path}/a.txt?",
        f"{tmp_path}/dangling: is a link to something that does not exist; correct or remove the link",
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    (tmp_path / "a.txt").touch(mode=0)
    (tmp_path / "b.txt").write_text("fine")
    documents, errors, _ = read(tmp_path)
    assert texts(documents) == ["fine"]
    assert errors == [
        f"{tmp_path}/a.txt: cannot be read (Permission denied); check its permissions",
        f"{tmp_path}/closed: cannot be listed (Permission denied); check its permissions",
    ]


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000])
def test_a_name_that_cannot_be_is_an_error(name: str) -> None:
    (error,) = read(name)[1]
    assert "check the name" in error


def test_a_name_that_is_not_utf8_is_shown_with_its_bytes(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    Path(os.fsdecode(path)).write_text("text")
    (document,), _, _ = read(tmp_path)
    assert document.path == f"{tmp_path}/caf\\xe9.txt"


def test_the_output_is_no_input(tmp_path: Path) -> None:
    output = tmp_path / "report.jsonl"
    output.write_text('{"text": "old report"}')
    (tmp_path / "a.txt").write_text("text")
    assert texts(read(tmp_path, output=output)[0]) == ["text"]
    with pytest.raises(UsageError, match="is both input and output"):
        read(output, output=tmp_path / "." / "report.jsonl")


def test_an_empty_directory_is_told_from_one_that_was_read(tmp_path: Path) -> None:
    for name in ("empty", "full"):
        (tmp_path / name).mkdir()
    (tmp_path / "full" / "a.txt").write_text("text")
    assert read(tmp_path / "empty", tmp_path / "full", tmp_path / "full")[2].empty == [str(tmp_path / "empty")]


def test_read_raises_for_an_input_but_not_for_a_record(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "one"}\nbad\n{"text": "two"}\n')
    (tmp_path / "b.txt").write_bytes(b"\xff")
    (tmp_path / "c.txt").write_text("three")
    documents = read_or_raise([tmp_path / "a.jsonl", tmp_path / "b.txt", tmp_path / "c.txt"])
    assert [next(documents).text for _ in range(3)] == ["one", "", "two"]
    with pytest.raises(ReadError, match=r"b\.txt: is not valid UTF-8"):
        next(documents)
    with pytest.raises(ReadError, match="no such file"):
        list(read_or_raise([tmp_path / "missing"]))


# --- anything at all --------------------------------------------------------------------------------


@given(st.binary(max_size=300), st.sampled_from(["a", "a.txt", "a.md", "a.jsonl", "a.gz", "a.jsonl.gz"]), st.booleans())
def test_whatever_the_bytes_each_is_a_document_or_an_error(data: bytes, name: str, packed: bool) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, name)
        path.write_bytes(gzip.compress(data) if packed else data)
        documents, errors, _ = read(path)
    for document in documents:
        document.text.encode()
    if ".jsonl" not in name and not data.startswith(b"WARC/"):
        assert len(documents) + len(errors) == 1


@given(st.text())
def test_any_text_comes_back_from_jsonl_and_from_a_file(text: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "a.jsonl")
        path.write_text(json.dumps({"text": text}))
        (document,), errors, _ = read(path)
        assert (document.text, errors) == (text, [])
        path = Path(directory, "a.txt")
        path.write_bytes(text.encode())
        documents, errors, _ = read(path)
    if documents:
        assert documents[0].text == text.removeprefix("\ufeff")


@given(st.lists(st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=40), max_size=20))
def test_one_document_for_each_line_that_is_not_blank(lines: list[str]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "a.jsonl")
        path.write_bytes("\n".join(['{"text": "first"}', *lines]).encode())
        documents, errors, _ = read(path)
    if documents:  # not taken for binary
        assert len(documents) == 1 + sum(bool(line.strip()) for line in lines)
        assert len(errors) == sum(document.error is not None for document in documents)


# --- how far ----------------------------------------------------------------------------------------


def test_bytes_read_grow_to_the_size_of_what_was_named_as_it_lies_on_the_disk(tmp_path: Path) -> None:
    line = json.dumps({"text": "word " * 2000}) + "\n"
    (tmp_path / "a.jsonl").write_text(line * 200)
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(line.encode() * 50))
    reader = Reader([tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"])
    total = reader.bytes_named()
    seen = [reader.bytes_read for _ in reader]
    assert 0 < seen[0] < seen[100] < seen[199] <= reader.bytes_read == total
    assert seen == sorted(seen)
    assert Reader([tmp_path]).bytes_named() is None
