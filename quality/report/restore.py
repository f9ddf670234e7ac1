"""The text with what spinners put in exchanged for what they probably replaced. A conjecture, marked as one."""

from __future__ import annotations

from quality.document import Finding, Report

__all__ = ["restored"]


def restored(report: Report) -> tuple[str, int]:
    """The report's text with the suggestions of its S2 findings put in, in square brackets, and how many there were.

    Findings without a suggestion stay as they are; of two that overlap the heavier is put in.
    """
    chosen: list[Finding] = []
    found = [item for item in report.findings if item.code.startswith("S2") and item.suggestion is not None]
    for finding in sorted(found, key=lambda item: (-item.weight, item.start)):
        if all(finding.end <= other.start or other.end <= finding.start for other in chosen):
            chosen.append(finding)
    pieces: list[str] = []
    at = 0
    for finding in sorted(chosen, key=lambda item: item.start):
        pieces += [report.text[at : finding.start], f"[{finding.suggestion}]"]
        at = finding.end
    return "".join([*pieces, report.text[at:]]), len(chosen)
