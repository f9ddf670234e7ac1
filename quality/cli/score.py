"""`quality score`: reports on whatever is named."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import click

from quality.cli.options import configured, paths_argument
from quality.cli.streams import (
    InputErrors,
    judged,
    new_file,
    reader_of,
    say,
    scored,
    scored_records,
    with_scores,
    writing_to,
)

if TYPE_CHECKING:
    from quality.config import Configuration
    from quality.document import Document, Kind, Report, Verdict
    from quality.report.style import Style

__all__ = ["score"]


@click.command(
    epilog="""\b
Examples:
  quality score seeds/
  quality score --explain page.txt
  quality score --restore spun.txt
  quality score --format jsonl --output report.jsonl --jobs 4 crawl.jsonl.gz
  quality score --format html --output report.html seeds/
  quality score --format parquet --output scored.parquet --keep-columns crawl/*.parquet
  cat page.txt | quality score -
"""
)
@paths_argument
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "jsonl", "csv", "parquet", "html", "sarif"]),
    default="text",
    show_default=True,
    help="For people, or for other programs.",
)
@click.option("--output", metavar="FILE", help="Write here instead of standard output, all or nothing.")
@click.option("--explain", is_flag=True, help="Show every finding, with its code and place.")
@click.option(
    "--restore",
    is_flag=True,
    help="Show the text with the likeliest originals of spun words put in, in [brackets]: a conjecture.",
)
@click.option(
    "--keep-columns",
    is_flag=True,
    help="Write each record as it came, with its scores beside its own fields (jsonl, csv, parquet; with --output).",
)
@configured(without=("fail_on", "baseline"))
def score(
    paths: tuple[str, ...],
    output_format: str,
    output: str | None,
    explain: bool,
    restore: bool,
    keep_columns: bool,
    configuration: Configuration,
) -> int:
    """Score files, directories, patterns, or - for standard input.

    Exits with 0 whatever the scores are, with 3 if some input could not be read.
    """
    from quality.gate import exit_status
    from quality.report.formats import score_format
    from quality.report.style import style_for
    from quality.report.text import Tally, summary_line

    if restore and output_format != "text":
        raise click.UsageError(f"--restore is for people: use it with --format text, not {output_format}")
    if keep_columns and output_format not in ("jsonl", "csv", "parquet"):
        raise click.UsageError("--keep-columns needs --format jsonl, csv or parquet: the one that the input has")
    if keep_columns and explain:
        raise click.UsageError("--keep-columns adds scores, not findings: leave out --explain")
    errors = InputErrors()
    if keep_columns or output_format == "parquet":
        if output in (None, "-"):
            raise click.UsageError("a table is written to a file: name it with --output FILE")
        _write_table(paths, output_format, output, configuration, errors, keep_columns=keep_columns)
        return exit_status(damaged=False, unreadable=errors.count > 0)
    if output_format in ("csv", "html", "sarif"):
        with writing_to(output) as stream:
            reader = reader_of(paths, configuration, errors, output=output)
            for part in score_format(output_format)(judged(reader, configuration, errors), errors.found):
                stream.write(part)
        return exit_status(damaged=False, unreadable=errors.count > 0)
    as_text = output_format == "text"
    with writing_to(output) as stream:
        style = style_for(stream, os.environ)
        reader = reader_of(paths, configuration, errors, output=output)
        tally = Tally()
        quiet = stream.isatty()  # the reports themselves show the progress
        rendered = partial(
            _rendered, configuration=configuration, style=style if as_text else None, explain=explain, restore=restore
        )
        for text, verdict, kinds in scored(
            reader, configuration, errors, rendered, explain=explain or as_text, quiet=quiet
        ):
            stream.write("\n" + text if as_text and tally.verdicts else text)
            tally.count(verdict, kinds)
        if as_text and tally.verdicts.total() > 1:
            stream.write(f"\n{summary_line(tally, reader.skipped)}\n")
        elif reader.skipped:
            say(summary_line(tally, reader.skipped))
    return exit_status(damaged=False, unreadable=errors.count > 0)


def _rendered(
    document: Document,
    report: Report,
    *,
    configuration: Configuration,
    style: Style | None,
    explain: bool,
    restore: bool,
) -> tuple[str, Verdict, tuple[Kind, ...]]:
    """A report as it is printed, in a style or as a line of JSON, and what the summary asks of it."""
    from quality.report.jsonl import report_line
    from quality.report.text import text_report

    report = configuration.at(report.path).selected(report)
    if style is None:
        text = report_line(report, explain=explain)
    else:
        text = text_report(report, style, explain=explain, restore=restore, record=document.line)
    return text, report.verdict, report.kinds


def _write_table(
    paths: tuple[str, ...],
    output_format: str,
    output: str,
    configuration: Configuration,
    errors: InputErrors,
    *,
    keep_columns: bool,
) -> None:
    from quality.report.records import write_with_columns
    from quality.report.table import write_report_table

    reader = reader_of(paths, configuration, errors, output=output)
    with new_file(output) as path:
        if keep_columns:
            write_with_columns(path, scored_records(reader, configuration, errors), output_format)
        else:
            found = scored(reader, configuration, errors, with_scores, explain=False)
            write_report_table(path, found, output)
