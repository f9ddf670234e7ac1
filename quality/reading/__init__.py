"""Named inputs → pieces → Documents: the only place that opens input.

`paths` turns names into sources, `streams` opens them and `packing` unpacks them; by its first bytes and its name
`Reader._read` tells what a stream is, and the module for that format cuts it into pieces (`records.Piece`), from which
documents are read in whatever process scores them. A new format is one more small module and one more line there.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Any, Final

from quality.document import Document
from quality.errors import MissingExtraError, ReadError, UsageError
from quality.extras import needs
from quality.reading.archives import ZIP, Member, is_tar, tar_members, zip_members
from quality.reading.columnar import TABLES, cut_table
from quality.reading.delimited import cut_rows
from quality.reading.html import Page, looks_like_html
from quality.reading.jsonl import cut_lines, looks_like_records
from quality.reading.paths import Source, find_sources, format_suffix, reason_by_name, shown_path
from quality.reading.records import Failure, Layout, Piece, Record, read_piece
from quality.reading.streams import NotTextError, Stream, check_text, open_source
from quality.reading.text import check_encoding, read_text
from quality.reading.warc import WARC, read_warc

__all__ = ["Layout", "Piece", "Reader", "Record", "Source", "read"]

_RECORD_SUFFIXES: Final = (".jsonl", ".ndjson")
_DELIMITED_SUFFIXES: Final = (".csv", ".tsv")
_MARKDOWN_SUFFIXES: Final = (".md", ".markdown")
_HTML_SUFFIXES: Final = (".htm", ".html", ".xhtml")


class Reader:
    """One pass over named inputs: iterate over it for the Documents, in the order of their names.

    What cannot be read does not stop the rest: each such input goes to `on_error` (by default it is
    appended to `errors`), and a record among them is yielded as a Document with its `error` set.

    Whoever has several processes takes the `pieces` instead, and reads these where they are scored.

    Parameters
    ----------
    paths: files, directories, glob patterns that no file is named like, and ``-`` for standard input.
    text_field, id_field: the fields of a JSONL record, the columns of a table.
    encoding: of every file; UTF-8 unless told. A byte order mark is removed.
    output: a file or directory that the caller is going to write: nothing of it is read. Named among `paths`, it is a
        UsageError.
    on_error: called with each ReadError as it happens.
    covers: tells of a path whether it is wanted; what is not is skipped as "excluded", also if it was named.

    Attributes
    ----------
    errors: what could not be read, where no `on_error` was given.
    skipped: how many entries of directories were passed over, by reason.
    empty: directories named in which there was nothing to read.
    """

    def __init__(
        self,
        paths: Iterable[str | os.PathLike[str]],
        *,
        text_field: str = "text",
        id_field: str = "id",
        encoding: str = "utf-8",
        output: str | os.PathLike[str] | None = None,
        on_error: Callable[[ReadError], None] | None = None,
        covers: Callable[[str], bool] | None = None,
    ) -> None:
        self.paths = tuple(os.fspath(path) for path in paths)
        self.text_field = text_field
        self.id_field = id_field
        self.encoding = check_encoding(encoding)
        self.output = None if output is None else os.fspath(output)
        self.errors: list[ReadError] = []
        self.skipped: Counter[str] = Counter()
        self.empty: list[str] = []
        self._on_error = self.errors.append if on_error is None else on_error
        self._covers = covers
        self._met = 0
        self._bytes = 0
        self._open: Stream | None = None

    def __iter__(self) -> Iterator[Document]:
        for piece in self.pieces():
            documents, errors = read_piece(piece)
            for error in errors:
                self._on_error(error)
            yield from documents

    def pieces(self) -> Iterator[Piece]:
        """What the input is cut into, in order. Whoever reads them tells of what cannot be read."""
        seen: set[str] = set()
        for path in self.paths:
            met, binaries = self._met, self.skipped["binary"]
            failed: list[ReadError] = []
            for source in self._fresh(path, seen, failed.append):
                while failed:
                    yield Failure(failed.pop(0))
                yield from self.pieces_of(source)
            yield from map(Failure, failed)
            if self._met - met == self.skipped["binary"] - binaries and os.path.isdir(path):
                self.empty.append(shown_path(path))

    @property
    def bytes_read(self) -> int:
        """Bytes of all sources so far, as they lie in storage."""
        return self._bytes + (0 if self._open is None else self._open.position())

    def bytes_named(self) -> int | None:
        """Bytes that there are to read, where all that was named are files; else only a walk could tell."""
        try:
            return sum(os.path.getsize(path) for path in self.paths) if all(map(os.path.isfile, self.paths)) else None
        except OSError:
            return None

    def sources(self) -> Iterator[Source]:
        """What is to be read, in order, each once."""
        seen: set[str] = set()
        for path in self.paths:
            yield from self._fresh(path, seen, self._on_error)

    def pieces_of(self, source: Source, *, always: bool = False) -> Iterator[Piece]:
        """What one source is cut into. `always`: it is a document even if it cannot be read."""
        try:
            with open_source(source) as stream:
                self._open = stream
                try:
                    yield from self._read(stream, source.path, source.shown, always=always)
                finally:
                    self._bytes, self._open = self.bytes_read, None
            return
        except NotTextError as error:
            if not (source.named or error.is_text):
                self.skipped["binary"] += 1
                return
            failed = ReadError(source.shown, str(error))
        except MissingExtraError as error:
            if not source.named:
                self.skipped[f"{error.format}, without its extra"] += 1
                return
            failed = error
        except ReadError as error:
            failed = error
        yield _unreadable(failed, source.shown) if always else Failure(failed)

    def _fresh(self, path: str, seen: set[str], on_error: Callable[[ReadError], None]) -> Iterator[Source]:
        """The sources that a name stands for, but for those met before, those not covered, and the output."""
        output = None if self.output is None else os.path.realpath(self.output)
        for source in find_sources(path, self.skipped, on_error):
            if source.identity == output:
                if source.named:
                    raise UsageError(f"{source.shown}: is both input and output; write to another file")
                continue
            if output is not None and source.identity.startswith(output + os.sep):
                continue
            self._met += 1
            if source.identity in seen:
                continue
            if self._covers is not None and not self._covers(source.path):
                self.skipped["excluded"] += 1
                continue
            seen.add(source.identity)
            yield source

    def _read(self, stream: Stream, name: str, shown: str, *, inside: bool = False, always: bool) -> Iterator[Piece]:
        """The pieces of a stream, by what it is. `inside`: an archive, in which there should be no other.

        `always`: whether a web page that is all of the stream is a document even if no text can be extracted.
        """
        head, suffix = stream.head, format_suffix(name)
        fields: dict[str, Any] = {"path": shown, "text_field": self.text_field, "id_field": self.id_field}
        decoded = fields | {"encoding": self.encoding}
        if head.startswith(ZIP) or is_tar(head):
            if inside:
                raise ReadError(shown, "is an archive in an archive; unpack it first")
            if head.startswith(ZIP):
                members = zip_members(stream.file("a zip archive"), shown)
            else:
                members = tar_members(stream.forward(), shown, self._skip)
            yield from self._members(members, shown)
        elif head.startswith(TABLES):
            yield from cut_table(stream.file("a table"), head, **fields)
        elif head.startswith(WARC):
            yield from read_warc(stream.forward(), path=shown, encoding=self.encoding, skip=self._skip)
        elif suffix in _HTML_SUFFIXES or looks_like_html(head):
            with needs("html", shown):
                import_module("trafilatura")  # here, since processes that are copies of this one have it then
            yield Page(stream.read(), shown, self.encoding, always=always)
        else:
            check_text(head, self.encoding)
            by_content = name == "-" and looks_like_records(head, self.text_field, self.encoding)
            if suffix in _RECORD_SUFFIXES or by_content:
                yield from cut_lines(stream.lines(), **decoded)
            elif suffix in _DELIMITED_SUFFIXES:
                yield from cut_rows(stream.lines(), **decoded)
            else:
                text = read_text(stream.read(), path=shown, encoding=self.encoding)
                markdown = suffix in _MARKDOWN_SUFFIXES
                yield Record(Document(text, path=shown, format="markdown" if markdown else "text"))

    def _members(self, members: Iterator[Member], archive: str) -> Iterator[Piece]:
        """The pieces of the members of an archive; one that cannot be read does not stop the others."""
        for name, opened in members:
            reason = reason_by_name(name)
            if reason is not None:
                self._skip(reason)
                continue
            shown = f"{archive}!/{shown_path(name)}"
            try:
                stream = opened().unpacked(expected=False)
                yield from self._read(stream, name, shown, inside=True, always=True)
            except NotTextError as error:
                if error.is_text:
                    yield _unreadable(ReadError(shown, str(error)), shown)
                else:
                    self._skip("binary member")
            except ReadError as error:
                if error.source == archive:  # the archive itself is at its end
                    raise
                yield _unreadable(error, shown)

    def _skip(self, reason: str) -> None:
        self.skipped[reason] += 1


def read(
    paths: Iterable[str | os.PathLike[str]], *, text_field: str = "text", id_field: str = "id", encoding: str = "utf-8"
) -> Iterator[Document]:
    """The documents of named inputs, as `Reader` finds them; an input that cannot be read raises its ReadError.

    Bad JSONL records raise nothing: they are Documents with their `error` set.
    """
    for piece in Reader(paths, text_field=text_field, id_field=id_field, encoding=encoding).pieces():
        yield from piece.read()


def _unreadable(error: ReadError, shown: str) -> Record:
    """The document that stands for what could not be read."""
    return Record(Document("", path=shown, error=error.reason))
