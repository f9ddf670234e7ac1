"""Problems as SARIF 2.1.0, the form that code scanning, editors and reviewers' tools exchange (OASIS, 2020).

What the baseline accepts is `unchanged` and suppressed from outside, what a comment ignores is suppressed in the
source; all else is `new`, where there is a baseline to be new against.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from quality import __version__
from quality.errors import ReadError
from quality.findings import CODES
from quality.gate import Judged, Problem
from quality.gate.baseline import fingerprint
from quality.gate.places import path_from
from quality.report.escape import escaped

__all__ = ["sarif_report"]

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#: How a result is shown: a whole document or paragraph fails, findings are what explains it.
_LEVELS: Final = {"document": "error", "paragraph": "error", "finding": "warning"}
_NUMBERS: Final = {code: number for number, code in enumerate(sorted(CODES))}


def sarif_report(found: Iterable[Judged], errors: Sequence[ReadError]) -> Iterator[str]:
    """One run, its results as they come. Offsets are code points, lines and columns of the file are from 1."""
    driver = {
        "name": "quality",
        "semanticVersion": __version__,
        "rules": [_rule(code) for code in _NUMBERS],
    }
    yield '{"$schema":' + _json(SCHEMA) + ',"version":"2.1.0","runs":[{"tool":{"driver":' + _json(driver) + "},"
    yield '"columnKind":"unicodeCodePoints","results":['
    separator = "\n"
    signature = ""
    for judged in found:
        signature = judged.report.signature
        for problem in judged.problems:
            yield separator + _json(_result(problem, judged))
            separator = ",\n"
    notifications = [{"level": "error", "message": {"text": escaped(str(error))}} for error in errors]
    invocation = {"executionSuccessful": not errors, "toolExecutionNotifications": notifications}
    yield '\n],"invocations":[' + _json(invocation) + '],"properties":' + _json({"signature": signature}) + "}]}\n"


def _rule(code: str) -> dict[str, Any]:
    title, _, body = (inspect.getdoc(CODES[code]) or "").partition("\n\n")
    text = " ".join(body.split())
    return {
        "id": code,
        "shortDescription": {"text": title},
        "fullDescription": {"text": text or title},
        "help": {"text": f"{title} {text}".strip()},
        "defaultConfiguration": {"level": "error" if code.endswith("00") else "warning"},
    }


def _result(problem: Problem, judged: Judged) -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": problem.line, "startColumn": problem.column}
    if problem.subject != "document" and judged.document.line is None:
        region |= {"endLine": problem.end_line, "endColumn": problem.end_column}
    result: dict[str, Any] = {
        "ruleId": problem.code,
        "ruleIndex": _NUMBERS[problem.code],
        "level": _LEVELS[problem.subject],
        "message": {"text": escaped(problem.message)},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(problem.path)}, "region": region}}],
        "partialFingerprints": {"words/v1": fingerprint(problem, judged.report)},
    }
    if judged.baselined:
        result["baselineState"] = "unchanged" if problem.status == "accepted" else "new"
    if problem.status == "accepted":
        result["suppressions"] = [{"kind": "external", "justification": "accepted in the baseline"}]
    if problem.status == "ignored":
        result["suppressions"] = [{"kind": "inSource", "justification": "ignored by a comment in the text"}]
    if judged.report.id is not None:
        result["properties"] = {"id": escaped(judged.report.id)}
    return result


def _uri(path: str) -> str:
    """Files by where they lie in the repository that one stands in, as code hosts look for them."""
    name = path_from(".", path)
    return (
        Path(path).absolute().as_uri() if name.startswith("../") else quote(name, safe="/:" if "://" in name else "/")
    )


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
