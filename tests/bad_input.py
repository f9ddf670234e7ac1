"""Bad input as data: what each kind is made of, and what is said about it.

Each makes its files in an empty directory; beside them lies a sound page, which must be read all the same.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TEXT = b"".join(b"Line %d of a text that goes on for a while.\n" % number for number in range(3000))
RECORDS = b"".join(b'{"id": %d, "text": "Some words."}\n' % number for number in range(3000))


@dataclass(frozen=True, slots=True)
class Bad:
    """`said` is what the first message holds, or the reason that it is skipped for; "" where it is no error at all."""

    name: str
    make: Callable[[Path], None]
    said: str
    #: Whether it is named on the command line: then it is an error. Else it is met in the directory.
    named: bool = True
    needs: str = ""


def file(name: str, data: bytes | Callable[[], bytes], said: str, **more: object) -> Bad:
    def make(directory: Path) -> None:
        (directory / name).write_bytes(data if isinstance(data, bytes) else data())

    return Bad(name, make, said, **more)  # type: ignore[arg-type]


def line(name: str, record: str | bytes, said: str) -> Bad:
    """One bad line among good ones."""
    data = record if isinstance(record, bytes) else record.encode()
    return file(f"{name}.jsonl", b'{"text": "before"}\n' + data + b'\n{"text": "after"}\n', said)


def zipped(*members: tuple[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return stream.getvalue()


def tarred(*members: tuple[tarfile.TarInfo | str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for member, data in members:
            info = tarfile.TarInfo(member) if isinstance(member, str) else member
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def special(kind: bytes, target: str = "/etc/passwd") -> tarfile.TarInfo:
    info = tarfile.TarInfo("member.txt")
    info.type = kind
    info.linkname = target
    return info


def encrypted_zip() -> bytes:
    data = bytearray(zipped(("a.txt", b"secret")))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + at] |= 1
    return bytes(data)


def wrong_method_zip() -> bytes:
    data = bytearray(zipped(("a.txt", b"text")))
    for signature, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        start = data.index(signature) + at
        data[start : start + 2] = struct.pack("<H", 97)
    return bytes(data)


def wrong_checksum_zip() -> bytes:
    data = bytearray(zipped(("a.txt", b"text" * 100)))
    start = data.index(b"PK\x01\x02") + 16
    data[start : start + 4] = b"\0\0\0\1"
    return bytes(data)


def huge_xz() -> bytes:
    return lzma.compress(b"text", filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 29}])


def bomb(unit: bytes, size: int) -> bytes:
    """A small file that unpacks to `size` bytes, made without holding them."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    piece = unit * ((1 << 20) // len(unit))
    return b"".join(packer.compress(piece) for _ in range(size >> 20)) + packer.flush()


def table(rows: int = 50) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    stream = io.BytesIO()
    pq.write_table(pa.table({"text": [f"Some words, number {row}." for row in range(rows)]}), stream)
    return stream.getvalue()


def empty_groups() -> bytes:
    """A table of which some row groups have no rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    stream = io.BytesIO()
    rows = pa.table({"text": ["Some words."]})
    with pq.ParquetWriter(stream, rows.schema) as writer:
        for group in (rows.slice(0, 0), rows, rows.slice(0, 0), rows.slice(0, 0), rows, rows.slice(0, 0)):
            writer.write_table(group)
    return stream.getvalue()


def arrow(text: object, *, stream: bool = False) -> bytes:
    import pyarrow as pa

    sink = io.BytesIO()
    made = pa.table({"text": text})
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(sink, made.schema) as writer:
        writer.write_table(made)
    return sink.getvalue()


def flipped(data: bytes, at: int) -> bytes:
    changed = bytearray(data)
    changed[at] ^= 0xFF
    return bytes(changed)


def dangling(directory: Path) -> None:
    (directory / "link.txt").symlink_to("nowhere")


def loop(directory: Path) -> None:
    (directory / "sub").mkdir()
    (directory / "sub" / "up").symlink_to(directory)


def circle(directory: Path) -> None:
    (directory / "a").symlink_to("b")
    (directory / "b").symlink_to("a")


def fifo(directory: Path) -> None:
    os.mkfifo(directory / "pipe.txt")


def odd_name(directory: Path) -> None:
    Path(os.fsdecode(os.fsencode(directory) + b"/caf\xe9.jsonl")).write_text("bad\n")


def steering_name(directory: Path) -> None:
    (directory / "red\x1b[31m\n.jsonl").write_text("bad\n")


def fifo_in_a_circle(directory: Path) -> None:
    (directory / "to-pipe.txt").symlink_to("pipe")
    os.mkfifo(directory / "pipe")


def long_name(directory: Path) -> None:
    (directory / ("n" * 249 + ".jsonl")).write_text("bad\n")


def directory_named_as_file(directory: Path) -> None:
    (directory / "records.jsonl").mkdir()
    (directory / "records.jsonl" / "bad.jsonl").write_text("bad\n")


def device(directory: Path) -> None:
    (directory / "zero.txt").symlink_to("/dev/zero")


def failing_medium(directory: Path) -> None:
    (directory / "failing.txt").symlink_to("/proc/self/mem")  # whose first byte cannot be read


def random_device(directory: Path) -> None:
    (directory / "random.txt").symlink_to("/dev/urandom")


def socket_file(directory: Path) -> None:
    import socket

    here = Path.cwd()
    os.chdir(directory)  # a socket's name may have a hundred bytes
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("socket.txt")
    finally:
        os.chdir(here)
    assert stat.S_ISSOCK((directory / "socket.txt").stat().st_mode)


WARC = b"WARC/1.0\r\nWARC-Type: conversion\r\nContent-Type: text/plain\r\nContent-Length: %s\r\n\r\n%s"

BAD: tuple[Bad, ...] = (
    # --- packing
    file("cut.gz", gzip.compress(TEXT)[:-9], "broken gzip"),
    file("cut.bz2", bz2.compress(TEXT)[:-9], "broken bzip2"),
    file("cut.xz", lzma.compress(TEXT)[:-9], "broken xz"),
    file("cut.jsonl.gz", gzip.compress(RECORDS)[:-9], "broken gzip"),
    file("flipped.gz", flipped(gzip.compress(TEXT), 2000), "broken gzip"),
    file("flipped.bz2", flipped(bz2.compress(TEXT), 20), "broken bzip2"),
    file("flipped.xz", flipped(lzma.compress(TEXT), 900), "broken xz"),
    file("checksum.gz", flipped(gzip.compress(TEXT), -6), "broken gzip"),
    file("head-only.gz", gzip.compress(TEXT)[:6], "broken gzip"),
    file("trailing.gz", gzip.compress(b"text") + b"garbage", "broken gzip"),
    file("plain.txt.gz", TEXT, "is not packed, as its name says"),
    file("plain.txt.zst", TEXT, "is not packed, as its name says"),
    file("twice.txt.gz", gzip.compress(gzip.compress(TEXT)), "is a binary file"),
    file("cut.zst", b"\x28\xb5\x2f\xfd\x04", "broken zstd", needs="backports.zstd"),
    file("cut.csv.gz", gzip.compress(b"id,text\n" + b"1,Some words\n" * 3000)[:-9], "broken gzip"),
    file("bomb-in-bomb.gz", lambda: gzip.compress(bomb(b"a ", 72 << 20)), "is a binary file"),
    file("huge-dictionary.xz", huge_xz, "broken xz (memory usage limit"),
    file("zeros.txt.gz", lambda: bomb(b"\0", 72 << 20), "is a binary file"),
    file("blanks.txt.gz", lambda: bomb(b"a ", 72 << 20), "unpacks to more than 200 times its size"),
    file("blank-lines.jsonl.gz", lambda: bomb(b" " * 64 + b"\n", 72 << 20), "unpacks to more than 200 times its size"),
    file("one-line.jsonl.gz", lambda: bomb(b"a", 72 << 20), "unpacks to more than 200 times its size"),
    # --- archives
    file("cut.zip", zipped(("a.txt", TEXT))[:-30], "broken zip archive"),
    file("head-only.zip", b"PK\x03\x04", "broken zip archive"),
    file("encrypted.zip", encrypted_zip, "is encrypted"),
    file("method.zip", wrong_method_zip, "that compression method is not supported"),
    file("checksum.zip", wrong_checksum_zip, "bad CRC-32"),
    file("nested.zip", zipped(("inner.bin", zipped(("a.txt", b"x")))), "is an archive in an archive"),
    file("office.docx", zipped(("[Content_Types].xml", b"<Types/>")), "is an office document or program"),
    file("bomb.zip", lambda: zipped(*((f"{n}.txt", b"a " * (20 << 20)) for n in range(4))), "unpacks to more than 200"),
    file("traversal.zip", zipped(("../../escaped.txt", b"\xff\xfe\xfd")), "is encoded as UTF-16"),
    file("packed.zip.gz", gzip.compress(zipped(("a.txt", b"x"))), "a zip archive cannot be read from within"),
    file("cut.tar", tarred(("a.txt", TEXT), ("b.txt", TEXT))[:150_000], "broken in its archive"),
    file("cut.tar.gz", gzip.compress(tarred(("a.txt", TEXT)))[:-200], "broken gzip"),
    file("cut.tar.xz", lzma.compress(tarred(("a.txt", TEXT)))[:-40], "broken xz"),
    file("cut.tar.bz2", bz2.compress(tarred(("a.txt", TEXT)))[:-40], "broken bzip2"),
    file("table-in.zip", lambda: zipped(("a.parquet", table())), "cannot be read from within", needs="pyarrow"),
    file("checksum.tar", flipped(tarred(("a.txt", TEXT)), 100), "broken tar archive"),
    file("traversal.tar", tarred(("/../../escaped.txt", b"\xff")), "is not valid UTF-8"),
    file("symlink.tar", tarred((special(tarfile.SYMTYPE), b"")), "link or device"),
    file("hard-link.tar", tarred((special(tarfile.LNKTYPE), b"")), "link or device"),
    file("device.tar", tarred((special(tarfile.CHRTYPE), b"")), "link or device"),
    file("fifo.tar", tarred((special(tarfile.FIFOTYPE), b"")), "link or device"),
    # --- text and its encoding
    file("latin.txt", "für".encode("latin-1"), "is not valid UTF-8 at byte offset 1"),
    file("utf16.txt", "wide".encode("utf-16"), "is encoded as UTF-16"),
    file("utf32.txt", "wide".encode("utf-32"), "is encoded as UTF-32"),
    file("utf16be.txt", b"\xfe\xff" + "wide".encode("utf-16-be"), "is encoded as UTF-16"),
    file("utf16-without-mark.txt", "wide".encode("utf-16-le"), "is a binary file (NUL bytes)"),
    file("utf16-lines.jsonl", '{"text": "wide"}\n'.encode("utf-16"), "is encoded as UTF-16"),
    file("mark-of-another.txt", b"\xef\xbb\xbff\xfcr", "is not valid UTF-8 at byte offset 4"),
    file("mark.jsonl", b'\xef\xbb\xbf{"text": "Some words."}\n', ""),
    file("mark-alone.txt", b"\xef\xbb\xbf", ""),
    file("nul-later.txt", b"words " * 3000 + b"\0", ""),
    file("surrogates.txt", b"half \xed\xa0\xbd", "is not valid UTF-8"),
    file("overlong.txt", b"slash \xc0\xaf", "is not valid UTF-8"),
    file("nul.txt", b"a\0b", "is a binary file (NUL bytes)"),
    file("controls.txt", bytes(range(1, 32)) * 9, "is a binary file (control characters)"),
    file("page.pdf", b"%PDF-1.7\n", "is a PDF document"),
    file("picture.txt", b"\x89PNG\r\n\x1a\n", "is a PNG image"),
    file("archive.7z", b"7z\xbc\xaf\x27\x1c", "is a 7-zip archive"),
    file("long.txt", lambda: b"word " * (14 << 20), "is one document of more than 64 MB"),
    # --- JSONL
    line("cut", '{"text": "a', "is not valid JSON"),
    line("nan-id", '{"text": "a", "id": {"x": 1}}', 'its "id" is no text or number'),
    line("array", '["a"]', "is a list, not a JSON object"),
    line("deep", "[" * 100_000, "is nested too deeply"),
    line("deep-object", '{"text": ' + '{"a":' * 100_000, "is nested too deeply"),
    line("null", '{"text": null}', 'its "text" is null'),
    line("number", '{"text": 3}', 'its "text" is a number'),
    line("other-field", '{"body": "a"}', 'has no field "text"'),
    line("digits", '{"text": "a", "n": ' + "9" * 5000 + "}", "is not usable JSON"),
    line("surrogate", '{"text": "\\ud83d"}', "holds half a character"),
    line("latin", b'{"text": "f\xfcr"}', "is not valid UTF-8"),
    line("nul", b'{"text": "a\0b"}', "is a binary file (NUL bytes)"),
    line("two", '{"text": "a"}{"text": "b"}', "is not valid JSON"),
    line("long", b'{"text": "' + b"a" * 100_000_000 + b'"}', "is longer than 64 MB"),
    line("duplicate-keys", '{"text": 1, "text": "last"}', ""),
    line("duplicate-text-of-no-text", '{"text": "first", "text": 1}', 'its "text" is a number'),
    line("infinite-id", '{"text": "a", "id": Infinity}', ""),
    line("huge-number", '{"text": "a", "n": 1e999}', ""),
    # --- tables
    file("empty.csv", b"", 'has no column "text"'),
    file("other.csv", b"a,b\n1,2\n", 'has no column "text"'),
    file("twice.csv", b"text,text\n1,2\n", 'has two columns "text"'),
    file("return-in-header.csv", b"\rid,text\n1,a\n", "its first row is not valid CSV"),
    file("ragged.csv", b"id,text\n1\n", "has 1 cell, the header has 2"),
    file("quote.csv", b'id,text\n1,"a"b\n', "is not valid CSV"),
    file("open-quote.csv", b'id,text\n1,"a\n', "is not valid CSV (unexpected end of data)"),
    file("latin.csv", b"id,text\n1,f\xfcr\n", "is not valid UTF-8"),
    file("cut.parquet", lambda: table()[:-20], "broken table", needs="pyarrow"),
    file("middle.parquet", lambda: table()[:4] + b"\xff" * 60 + table()[64:], "broken table", needs="pyarrow"),
    file("head-only.parquet", b"PAR1", "broken table", needs="pyarrow"),
    file("packed.parquet.gz", lambda: gzip.compress(table()), "cannot be read from within", needs="pyarrow"),
    file("numbers.arrow", lambda: arrow([1, 2]), 'its "text" is a number', needs="pyarrow"),
    file("cut.arrow", lambda: arrow(["a"] * 99)[:-30], "broken table", needs="pyarrow"),
    file("cut.arrows", lambda: arrow(["a"] * 99, stream=True)[:-300], "broken table", needs="pyarrow"),
    file("no-rows.parquet", lambda: table(0), "", needs="pyarrow"),
    file("empty-groups.parquet", empty_groups, "", needs="pyarrow"),
    file("missing.arrow", lambda: arrow(["a", None, "b"]), 'its "text" is null', needs="pyarrow"),
    file("feather1.feather", b"FEA1....", "is a table in Feather's first version"),
    # --- WARC
    file("cut.warc", WARC % (b"90", b"words"), "is cut off", needs="fastwarc"),
    file("cut.warc.gz", lambda: gzip.compress(WARC % (b"5", b"words\r\n\r\n"))[:-9], "broken gzip", needs="fastwarc"),
    file("head.warc", b"WARC/1.0\r\nWARC-T", "has no readable head", needs="fastwarc"),
    file("length.warc", WARC % (b"-5", b"words"), "has no valid length", needs="fastwarc"),
    file("huge.warc", WARC % (b"99999999999", b"words"), "has more than 64 MB", needs="fastwarc"),
    file("latin.warc", WARC % (b"3", b"f\xfcr\r\n\r\n"), "is not valid UTF-8", needs="fastwarc"),
    # --- files that are no files
    Bad("dangling link", dangling, "is a link to something that does not exist"),
    Bad("directory loop", loop, "linked directory", named=False),
    Bad("links in a circle", circle, "broken link", named=False),
    Bad("pipe", fifo, "device or pipe", named=False),
    Bad("link to a pipe", fifo_in_a_circle, "device or pipe", named=False),
    Bad("longest name", long_name, "is not valid JSON"),
    Bad("directory named as a file", directory_named_as_file, "is not valid JSON"),
    Bad("device", device, "device or pipe", named=False),
    Bad("device named", device, "is a binary file"),
    Bad("failing medium", failing_medium, "cannot be read (Input/output error)"),
    Bad("random device named", random_device, "is "),
    Bad("socket", socket_file, "cannot be read (No such device or address)"),
    Bad("name not UTF-8", odd_name, "caf\\xe9.jsonl:1: is not valid JSON"),
    Bad("name that steers a terminal", steering_name, "is not valid JSON"),
)
