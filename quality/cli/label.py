"""`quality label`: a person says what the models are least sure of."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from quality.cli.options import configured, paths_argument
from quality.cli.streams import InputErrors, reader_of, say, scored, standard_output, with_report
from quality.document import LEARNED_KINDS, MIN_WORDS
from quality.errors import UsageError

if TYPE_CHECKING:
    from quality.config import Configuration
    from quality.labelling import Candidate, LabelFile
    from quality.report.style import Style

__all__ = ["label"]

_KEYS = {"m": "machine_translation", "s": "spinning", "c": "clean"}
_HELP = "m machine-translated   s spun   c clean   k skip   b back   q quit"


@click.command(
    epilog="""\b
Examples:
  quality label --output labelled.jsonl crawl.jsonl.gz
  quality label --output labelled.jsonl --most 50 pages/
"""
)
@paths_argument
@click.option(
    "--output", required=True, metavar="FILE", help="JSONL that labels are added to; taken up if it is there."
)
@click.option(
    "--most",
    type=click.IntRange(min=1),
    default=200,
    show_default=True,
    metavar="N",
    help="Paragraphs that are chosen in one go.",
)
@configured(without=("fail_on", "baseline", "select", "ignore", "min_words"))
def label(paths: tuple[str, ...], output: str, most: int, configuration: Configuration) -> int:
    """Label the paragraphs that the models are least sure of, for `quality evaluate` and `quality train --base`.

    Everything is scored first; then the paragraphs with scores nearest to one half are shown, the most doubtful first,
    with what speaks for damage marked. One key each: m machine-translated, s spun, c clean, k skip, b back, q quit.
    Every label is written at once; the same command goes on where it was left.
    """
    from quality.gate import exit_status
    from quality.labelling import LabelFile, least_sure
    from quality.report.style import style_for

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("labels are given by keys: run quality label in a terminal")
    errors = InputErrors()
    reader = reader_of(paths, configuration, errors, output=output)
    file = LabelFile(Path(output))
    if file.mended:
        say(f"{output}: its last line was cut off and is gone; label that text again")
    found = least_sure(scored(reader, configuration, errors, with_report, explain=True), most, but=file.labelled)
    stream = standard_output()
    style = style_for(stream, os.environ)
    given = _loop(found, file, style)
    stream.write(f"\n{given} labelled, {len(file.labelled) + given} in {output}\n")
    return exit_status(damaged=False, unreadable=errors.count > 0)


def _loop(found: list[Candidate], file: LabelFile, style: Style) -> int:
    """Show one after the other until the last, or until q, Ctrl-C or the end of input; how many have a label now."""
    stream = standard_output()
    # Which of those shown were given a label, so that b knows what to take back.
    answers: list[bool] = []
    while len(answers) < len(found):
        candidate = found[len(answers)]
        stream.write(_shown(candidate, len(answers) + 1, len(found), style))
        stream.flush()
        key = _key()
        if key == "q":
            break
        if key in _KEYS:
            file.add(candidate, _KEYS[key])
            answers.append(True)
        elif key == "k":
            answers.append(False)
        elif key == "b" and answers and answers.pop():
            file.take_back()
    if not found:
        stream.write(f"Nothing left to label: every paragraph of {MIN_WORDS} words or more is, or has no score.\n")
    return sum(answers)


def _key() -> str:
    """One key; Ctrl-C, Ctrl-D and the end of input are q."""
    try:
        return click.getchar().lower()
    except (KeyboardInterrupt, EOFError):
        return "q"


def _shown(candidate: Candidate, number: int, of: int, style: Style) -> str:
    from quality.report.escape import one_line
    from quality.report.text import excerpt

    paragraph = candidate.paragraph
    scores = " · ".join(
        f"{kind.replace('_', ' ')} {score:.2f}"
        for kind in LEARNED_KINDS
        if (score := paragraph.scores.get(kind)) is not None
    )
    place = f"{one_line(candidate.path)}:{candidate.line}"
    findings = sorted(paragraph.findings, key=lambda finding: -finding.weight)
    lines = excerpt(candidate.text, paragraph, findings, style, whole=True)
    head = style.paint(f"{number} of {of}", 1) + f" · {place} · {scores}"
    return "\n".join(["", head, "", *lines, "", style.paint(_HELP, 2), ""])
