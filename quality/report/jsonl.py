"""Reports as JSONL: one JSON object a line, in the form of docs/report.schema.json."""

from __future__ import annotations

import json
import re

from quality.document import Report

__all__ = ["report_line"]

#: Characters that JSON allows in a string but that break lines, reorder them or are half a character:
#: written as escapes, so that one report is one line for every reader of lines.
_UNSAFE = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def report_line(report: Report, *, explain: bool = False) -> str:
    """The report as one line of JSON, with its line end; findings only with `explain`."""
    line = json.dumps(report.to_dict(explain=explain), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    if not line.isascii():
        line = _UNSAFE.sub(_escape, line)
    return line + "\n"


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match.group()):04x}"
