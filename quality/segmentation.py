"""Documents → paragraphs.

A paragraph is a line, as scraped text has it. In a hard-wrapped text it is a run of non-blank lines,
and in Markdown what Markdown calls a paragraph, a list item or a heading. Offsets are always the
original text's: markup is masked by blanks of the same length, never cut out.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import pairwise

from quality.document import Document, Paragraph
from quality.tokens import TOKEN, channel_positions, normalise, tokenize

__all__ = [
    "ENTITY",
    "TOKEN",
    "channel_positions",
    "is_hard_wrapped",
    "mask_markdown",
    "normalise",
    "paragraph_spans",
    "segment",
    "tokenize",
]

#: Hard-wrapped text: at least this many line ends to judge by, and this share of them where the next
#: line's first word would not have fitted. Chosen so that verse and lists of links stay lines.
_WRAP_MIN_LINES = 5
_WRAP_SHARE = 0.8
_WRAP_WIDTHS = range(40, 121)

#: An HTML entity, and what follows where it was encoded twice ("&amp;nbsp;").
ENTITY = re.compile(
    r"&(?:#(?:[0-9]{1,7}|[xX][0-9A-Fa-f]{1,6})|[A-Za-z][A-Za-z0-9]{1,31});(?:(?:amp;)*#?[A-Za-z0-9]{1,31};)?"
)
_FRONT_MATTER = re.compile(r"\A(?:---|\+\+\+)[ \t]*\r?\n.*?\r?\n(?:---|\+\+\+|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.S)
_FENCE = re.compile(
    r"^[ \t]*(?P<fence>`{3,}|~{3,})[^\n]*\n(?:.*?\n)??[ \t]*(?P=fence)[`~]*[ \t]*$|^[ \t]*(?:`{3,}|~{3,})[^\n]*\n.*\Z",
    re.S | re.M,
)
_INDENTED_CODE = re.compile(r"(?:(?<=\n\n)|\A)(?:(?: {4}|\t)[^\n]*(?:\n|\Z))+")
_HTML = re.compile(r"<!--.*?-->|</?[A-Za-z][^<>\n]{0,500}>", re.S)
_LINK_TARGET = re.compile(r"(?<=\])\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|(?<=\])\[[^\]\n]*\]")
_LINK_DEFINITION = re.compile(r"^ {0,3}\[[^\]\n]+\]:[^\n]*$", re.M)
_AUTOLINK = re.compile(r"<?(?:https?|ftp)://[^\s<>]+>?")
_MARKS = re.compile(
    r"^[ \t]*(?:>[ \t]*)+"  # quotation
    r"|^[ \t]*#{1,6}[ \t]+"  # heading
    r"|^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?"  # list item
    r"|^[ \t]*(?:[-*_=][ \t]*){3,}$"  # rule, underline of a heading
    r"|^[ \t]*\|?[ \t:|-]*-{3,}[ \t:|-]*$"  # table ruler
    r"|!?\[(?=[^\]\n]*\])|(?<=[^\s\[])\]"  # brackets of a link
    r"|\*{1,3}|(?<!\w)_{1,3}(?=\w)|(?<=\w)_{1,3}(?!\w)|~~|`+|\|",
    re.M,
)
_BLOCK_START = re.compile(r"[ \t]*(?:#{1,6}[ \t]|[-*+][ \t]|\d{1,9}[.)][ \t]|\||>)")
_WHOLE_LINE = re.compile(r"[^\r\n\u2028\u2029\x85]+")
#: The same without white space around it.
_LINE = re.compile(r"\S(?:[^\r\n\u2028\u2029\x85]*\S)?")
_FIRST_WORD = re.compile(r"\S+")


def segment(document: Document) -> tuple[Paragraph, ...]:
    """The paragraphs of a document, in order; blank ones are left out."""
    markdown = document.format == "markdown"
    text = mask_markdown(document.text) if markdown else document.text
    spans = paragraph_spans(text, source=document.text if markdown else None)
    return tuple([Paragraph(index, start, end, text[start:end]) for index, (start, end) in enumerate(spans)])


def paragraph_spans(text: str, *, source: str | None = None) -> Iterator[tuple[int, int]]:
    """Offsets of each paragraph, without white space around it.

    `source` is the Markdown that `text` is the masked form of: then a paragraph runs over line ends
    until a blank line or the start of another block.
    """
    if source is None and not is_hard_wrapped(text):
        yield from map(re.Match.span, _LINE.finditer(text))
        return
    lines = [match.span() for match in _WHOLE_LINE.finditer(text)]
    for start, end in _runs(text, lines, source):
        body = text[start:end].strip()
        if body:
            start += text[start:end].index(body[0])
            yield start, start + len(body)


def is_hard_wrapped(text: str) -> bool:
    r"""Whether lines were broken at one width: nearly no next word would have fitted before the break.

    >>> is_hard_wrapped("One line of its own.\nAnother.\n" * 9)
    False
    """
    lines = text.splitlines()
    width = max((len(line) for line in lines), default=0)
    if width not in _WRAP_WIDTHS:
        return False
    breaks = full = 0
    for line, following in pairwise(lines):
        first = _FIRST_WORD.search(following)
        if line.strip() and first:
            breaks += 1
            full += len(line.rstrip()) + 1 + len(first.group()) > width - 3
    return breaks >= _WRAP_MIN_LINES and full >= _WRAP_SHARE * breaks


def mask_markdown(text: str) -> str:
    """The text with everything that is not prose replaced by blanks; lengths and line ends are kept.

    Front matter, code blocks, HTML tags and comments, link targets and the marks of emphasis, headings,
    lists and tables go; the words of links, images and inline code stay. Entities are Markdown's own way to
    write a mark or a space: the mark stays.

    >>> mask_markdown("# A [link](http://x.y) here &mdash; and&nbsp;there")
    '  A  link              here —       and      there'
    """
    for pattern in (_FRONT_MATTER, _FENCE, _INDENTED_CODE, _HTML, _LINK_TARGET, _LINK_DEFINITION, _AUTOLINK, _MARKS):
        text = pattern.sub(_blank, text)
    return ENTITY.sub(_mark, text) if "&" in text else text


def _runs(text: str, lines: list[tuple[int, int]], source: str | None) -> Iterator[tuple[int, int]]:
    """Merge neighbouring lines; a blank line, or the start of a Markdown block, ends a run."""
    start: int | None = None
    end = 0
    for line_start, line_end in lines:
        blank = not text[line_start:line_end].strip()
        gap = start is not None and len(text[end:line_start].replace("\r\n", "\n")) > 1
        new_block = source is not None and _BLOCK_START.match(source, line_start, line_end) is not None
        if start is not None and (blank or gap or new_block):
            yield start, end
            start = None
        if not blank:
            start = line_start if start is None else start
            end = line_end
            if source is not None and source[line_start:line_end].lstrip().startswith("#"):
                yield start, end
                start = None
    if start is not None:
        yield start, end


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\r\n]", " ", match.group())


def _mark(match: re.Match[str]) -> str:
    """What an entity stands for, filled up with blanks; itself where that is a letter or no single character."""
    plain = html.unescape(match.group())
    if len(plain) != 1 or plain.isalnum():
        return match.group()
    return ("" if plain.isspace() else plain).ljust(len(match.group()))
