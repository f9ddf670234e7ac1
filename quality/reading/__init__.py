"""Named inputs → Documents: the only place that opens input.

`paths` turns names into sources, `streams` opens them (and unpacks gzip), `text` and `jsonl` turn bytes
into Documents. A new container or format is one more small module and one more line in `Reader._read`.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePath

from quality.document import Document
from quality.errors import ReadError, UsageError
from quality.reading.jsonl import looks_like_records, read_records
from quality.reading.paths import Source, find_sources, shown_path
from quality.reading.streams import NotTextError, open_source
from quality.reading.text import check_encoding, read_text

__all__ = ["Reader", "read"]

_RECORD_SUFFIXES = frozenset({".jsonl", ".ndjson"})
_MARKDOWN_SUFFIXES = frozenset({".md", ".markdown"})


class Reader:
    """One pass over named inputs: iterate over it for the Documents, in the order of their names.

    What cannot be read does not stop the rest: each such input goes to `on_error` (by default it is
    appended to `errors`), and a JSONL record among them is yielded as a Document with its `error` set.

    Parameters
    ----------
    paths: files, directories, glob patterns that no file is named like, and ``-`` for standard input.
    text_field, id_field: the fields of a JSONL record.
    encoding: of every file; UTF-8 unless told. A byte order mark is removed.
    output: a file that the caller is going to write: never read. Named among `paths`, it is a UsageError.
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

    def __iter__(self) -> Iterator[Document]:
        output = None if self.output is None else os.path.realpath(self.output)
        seen: set[str] = set()
        for path in self.paths:
            anything = False
            for source in find_sources(path, self.skipped, self._on_error):
                if source.identity == output:
                    if source.named:
                        raise UsageError(f"{source.shown}: is both input and output; write to another file")
                elif source.identity in seen:
                    anything = True
                elif self._covers is not None and not self._covers(source.path):
                    anything = True
                    self.skipped["excluded"] += 1
                else:
                    seen.add(source.identity)
                    binaries = self.skipped["binary"]
                    yield from self._documents(source)
                    anything = anything or self.skipped["binary"] == binaries
            if not anything and os.path.isdir(path):
                self.empty.append(shown_path(path))

    def _documents(self, source: Source) -> Iterator[Document]:
        """The documents of one source, and its errors to `on_error`."""
        try:
            yield from self._read(source)
        except NotTextError as error:
            if source.named or error.is_text:
                self._on_error(ReadError(source.shown, str(error)))
            else:
                self.skipped["binary"] += 1
        except ReadError as error:
            self._on_error(error)

    def _read(self, source: Source) -> Iterator[Document]:
        suffix = format_suffix(source.path)
        with open_source(source, self.encoding) as stream:
            by_content = source.path == "-" and looks_like_records(stream.head, self.text_field, self.encoding)
            if suffix in _RECORD_SUFFIXES or by_content:
                yield from read_records(
                    stream.lines(),
                    path=source.shown,
                    text_field=self.text_field,
                    id_field=self.id_field,
                    encoding=self.encoding,
                    on_error=self._on_error,
                )
            else:
                text = read_text(stream.read(), path=source.shown, encoding=self.encoding)
                markdown = suffix in _MARKDOWN_SUFFIXES
                yield Document(text=text, path=source.shown, format="markdown" if markdown else "text")


def read(
    paths: Iterable[str | os.PathLike[str]], *, text_field: str = "text", id_field: str = "id", encoding: str = "utf-8"
) -> Iterator[Document]:
    """The documents of named inputs, as `Reader` finds them; an input that cannot be read raises its ReadError.

    Bad JSONL records raise nothing: they are Documents with their `error` set.
    """
    errors: list[ReadError] = []
    reader = Reader(paths, text_field=text_field, id_field=id_field, encoding=encoding, on_error=errors.append)
    for document in reader:
        if document.error is not None:
            errors.pop()
        if errors:
            break
        yield document
    if errors:
        raise errors[0]


def format_suffix(path: str) -> str:
    """The suffix that tells a file's format, in lower case, without ``.gz``.

    >>> format_suffix("crawl/Part-1.JSONL.gz"), format_suffix("notes")
    ('.jsonl', '')
    """
    name = PurePath(path).name.lower().removesuffix(".gz")
    return PurePath(name).suffix
