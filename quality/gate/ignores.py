"""Comments in a text that pass over problems: `quality: ignore`, `ignore-next` and `ignore-file`, all or by code.

In HTML and Markdown, or anywhere, `<!-- quality: ignore[S201] why -->`; in Markdown `[//]: # (quality: ignore-file)`;
in plain text a line of its own that begins with #, //, %, ; or `..`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from quality.document import ParagraphReport
from quality.gate.problems import Problem

__all__ = ["Ignores", "find_ignores"]

_WORDS = r"[ \t]*quality:[ \t]*ignore(?:-(?P<{0}_scope>file|next))?(?![\w-])[ \t]*(?:\[(?P<{0}_codes>[^\]\n]*)\])?"
_DIRECTIVE = re.compile(
    rf"(?P<html><!--{_WORDS.format('html')}(?:(?!-->)[^\n])*-->)"
    rf"|(?P<link>^[ \t]*\[//\]:[ \t]*#[ \t]*[\"'(]{_WORDS.format('link')}[^\n]*$)"
    # Without an end mark, words after it might be a sentence that begins so: only codes may follow.
    rf"|(?P<line>^[ \t]*(?:\#|//|%|;|\.\.){_WORDS.format('line')}[ \t]*\r?$)",
    re.M,
)


@dataclass(frozen=True, slots=True)
class Ignores:
    """What the comments of one text pass over. A rule without codes is for all of them."""

    #: For the whole document.
    document: tuple[tuple[str, ...], ...] = ()
    #: For what stands on the line from one offset to another.
    lines: tuple[tuple[int, int, tuple[str, ...]], ...] = ()
    #: For the first paragraph that begins behind an offset.
    following: tuple[tuple[int, tuple[str, ...]], ...] = ()
    #: Codes that no finding has, with the offset of their comment: probably mistyped.
    unknown: tuple[tuple[int, str], ...] = ()

    def cover(self, problem: Problem, paragraphs: Sequence[ParagraphReport]) -> bool:
        """Whether a problem is passed over. Only `ignore-file` passes over one of the whole document."""
        if any(problem.code.startswith(codes) for codes in self.document):
            return True
        if problem.subject == "document":
            return False
        for start, end, codes in self.lines:
            if problem.code.startswith(codes) and problem.start <= end and start <= problem.end:
                return True
        for offset, codes in self.following:
            next_one = next((paragraph for paragraph in paragraphs if paragraph.start >= offset), None)
            if next_one is not None and next_one.index == problem.paragraph and problem.code.startswith(codes):
                return True
        return False


def find_ignores(text: str) -> tuple[str, Ignores]:
    """The text with its comments blanked, so that they are not scored, and what they say.

    >>> text, ignores = find_ignores("Fine. <!-- quality: ignore[S201] -->")
    >>> text.rstrip(), ignores.lines
    ('Fine.', ((0, 36, ('S201',)),))
    """
    if "quality:" not in text:
        return text, Ignores()
    from quality.findings import CODES

    document, lines, following, unknown = [], [], [], []
    for match in _DIRECTIVE.finditer(text):
        form = match.lastgroup
        scope, listed = match[f"{form}_scope"], match[f"{form}_codes"]
        codes = _codes(listed)
        unknown += [(match.start(), code) for code in codes if not any(known.startswith(code) for known in CODES)]
        if scope == "file":
            document.append(codes)
        elif scope == "next":
            following.append((match.end(), codes))
        else:
            start = max(text.rfind(mark, 0, match.start()) for mark in "\r\n") + 1
            ends = [at for mark in "\r\n" if (at := text.find(mark, match.end())) >= 0]
            lines.append((start, min(ends, default=len(text)), codes))
    found = Ignores(tuple(document), tuple(lines), tuple(following), tuple(unknown))
    return _DIRECTIVE.sub(lambda match: re.sub(r"[^\r\n]", " ", match.group()), text), found


def _codes(listed: str | None) -> tuple[str, ...]:
    """Codes or prefixes in brackets; without any, the prefix of all."""
    codes = tuple(code.strip().upper() for code in (listed or "").split(",") if code.strip())
    return codes or ("",)
