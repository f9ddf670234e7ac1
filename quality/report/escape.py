"""Makes text from documents and file names inert: nothing in it can move a cursor, colour or reorder a line."""

from __future__ import annotations

import re

__all__ = ["escaped", "log_line", "one_line"]

#: Control characters, soft hyphen, invisible and bidirectional formatting, line separators, byte order
#: mark, half characters, tags. The joiners U+200C and U+200D stay: Persian, Hindi and emoji are written with them.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
#: What runners of continuous integration take for commands in a log: GitHub's `::`, which must begin the line, and
#: `##[` or `##vso[` (GitHub, Azure) and `##teamcity[`, which may stand anywhere.
_COMMAND = re.compile(r"\A(?=\s*::)|(?<=#)(?=#\w*\[)")
_WHITE = re.compile(r"[\s\u2028\u2029]+")


def escaped(text: str) -> str:
    r"""The text with every unsafe character written as its escape.

    >>> escaped("a\x1b[31mb\u202e")
    'a\\x1b[31mb\\u202e'
    """
    return text if text.isascii() and text.isprintable() else _UNSAFE.sub(_escape, text)


def one_line(text: str) -> str:
    r"""The text escaped, with each run of white space as one blank.

    >>> one_line("two\n lines\x07")
    'two lines\\x07'
    """
    return escaped(_WHITE.sub(" ", text))


def log_line(text: str) -> str:
    r"""The text escaped, and no command to a machine that reads the log.

    >>> log_line("::error::a.txt:1:1: M100"), log_line("see ##[add-mask]a")
    ('./::error::a.txt:1:1: M100', 'see #\\#[add-mask]a')
    """
    return _COMMAND.sub(lambda match: "\\" if match.start() else "./", escaped(text))


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
