"""Web pages → their text, by trafilatura. What is scored, and what offsets count, is the text that it finds."""

from __future__ import annotations

import codecs
import logging
import re
from dataclasses import dataclass
from html import escape
from typing import Final

from quality.document import Document
from quality.errors import ReadError
from quality.extras import needs
from quality.reading.records import Record
from quality.reading.text import decode, read_text

__all__ = ["Page", "looks_like_html", "read_html"]

#: Bytes of one page. The longest single pages (statutes, transcripts) have some 5 MB, and their tree takes
#: twenty times that in memory. Chosen by hand.
_MOST_HTML: Final = 20_000_000
#: So many bytes of a page for one character of its text, about. Chosen by hand.
_BYTES_FOR_A_CHARACTER: Final = 4
_BEGINS = re.compile(rb"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html)\b", re.I | re.S)
#: Comments that the gate understands (quality.gate.ignores), with the tags up to the next text.
_IGNORE = re.compile(
    r"(?P<comment><!--[ \t]*quality:[ \t]*ignore(?P<scope>-file|-next)?(?![\w-])(?:(?!-->)[^\n])*-->)"
    r"(?P<tags>(?:\s|<!--.*?-->|<[^<>]*>)*)",
    re.S,
)
_CHARSET = re.compile(rb"""<meta[^>]{0,500}?charset\s*=\s*["']?\s*([\w:.-]{1,40})""", re.I)
#: How far into a page its encoding may be named: the standard says 1,024 bytes, sites write later.
_CHARSET_WITHIN = 4096


@dataclass(frozen=True, slots=True)
class Page:
    """A page whose text is yet to be extracted, which takes longer than to score it.

    `encoding` and `charset` are as in `read_html`, `id` and `line` those of the document. `always`: whether it is a
    document even if no text can be extracted.
    """

    data: bytes
    path: str
    encoding: str
    charset: str | None = None
    id: str | None = None
    line: int | None = None
    always: bool = True

    @property
    def size(self) -> int:
        return len(self.data) // _BYTES_FOR_A_CHARACTER

    @property
    def count(self) -> int:
        return 1

    def read(self) -> tuple[Document]:
        text, reason = "", None
        try:
            text = read_html(self.data, path=self.path, encoding=self.encoding, charset=self.charset)
        except ReadError as error:
            if not self.always:
                raise
            reason = error.reason
        return (Document(text, id=self.id, path=self.path, error=reason, line=self.line),)

    def record(self, document: Document) -> Record:
        return Record(document)


def looks_like_html(head: bytes) -> bool:
    """Whether a file begins as a web page.

    >>> looks_like_html(b"<!DOCTYPE html><p>Good morning."), looks_like_html(b"<p>a line of Markdown</p>")
    (True, False)
    """
    return _BEGINS.match(head.removeprefix(codecs.BOM_UTF8)) is not None


def read_html(data: bytes, *, path: str, encoding: str, charset: str | None = None) -> str:
    """The text of a page, a paragraph a line; empty where there is none.

    It is decoded as `charset` (of its HTTP header) says, else as UTF-8 if it is that, else as its own head says.
    Of its comments those that tell the gate what to ignore stay, at the text that they stand before.
    """
    if len(data) > _MOST_HTML:
        raise ReadError(
            path, f"is a page of more than {_MOST_HTML // 1_000_000} MB; split it, or extract its text first"
        )
    page = _decoded(data, path, encoding, charset)
    if not page.strip():
        return ""
    with needs("html", path):
        import trafilatura
    # Without a handler Python would print trafilatura's warnings on our standard error.
    logging.getLogger("trafilatura").addHandler(logging.NullHandler())
    page, of_the_page = _with_ignores_as_text(page)
    try:
        text = trafilatura.extract(page, fast=True, favor_recall=True, include_comments=False)
    except (RecursionError, ValueError) as error:
        raise ReadError(path, f"no text can be extracted from this page ({error}); extract it first") from error
    return "\n".join([text, *of_the_page]) if text else ""


def _with_ignores_as_text(page: str) -> tuple[str, list[str]]:
    """The page with the comments that the gate understands as text, which an extractor does not drop.

    Those for all of the page come apart, as they may stand where no text is kept.
    """
    of_the_page = []

    def kept(match: re.Match[str]) -> str:
        comment, scope = match["comment"], match["scope"]
        tags = _IGNORE.sub(kept, match["tags"])
        if scope == "-file":
            of_the_page.append(comment)
            return tags
        if scope == "-next" and "<" in tags:
            # Between blocks it would be a paragraph of its own: it goes into the one that follows, a line of text.
            return f"{tags}{escape(comment.replace('ignore-next', 'ignore', 1), quote=False)} "
        return escape(comment, quote=False) + tags

    return (_IGNORE.sub(kept, page) if "quality:" in page else page), of_the_page


def _decoded(data: bytes, path: str, encoding: str, charset: str | None) -> str:
    named = _CHARSET.search(data, 0, _CHARSET_WITHIN)
    names = (charset, encoding, named and named.group(1).decode("ascii"))
    for name in filter(None, names):
        try:
            return decode(data, codecs.lookup(name).name)
        except (UnicodeError, LookupError):
            continue
    return read_text(data, path=path, encoding=encoding)
