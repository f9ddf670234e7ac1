"""`quality score`: reports on whatever is named."""

from __future__ import annotations

import os

import click

from quality.cli.options import input_options
from quality.cli.streams import InputErrors, named_models, say, scored, writing_to

__all__ = ["score"]


@click.command(
    epilog="""\b
Examples:
  quality score seeds/
  quality score --explain page.txt
  quality score --restore spun.txt
  quality score --format jsonl --output report.jsonl --jobs 4 crawl.jsonl.gz
  cat page.txt | quality score -
"""
)
@input_options
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "jsonl"]),
    default="text",
    show_default=True,
    help="For people, or one JSON object a line.",
)
@click.option("--output", metavar="FILE", help="Write here instead of standard output, all or nothing.")
@click.option("--explain", is_flag=True, help="Show every finding, with its code and place.")
@click.option(
    "--restore",
    is_flag=True,
    help="Show the text with the likeliest originals of spun words put in, in [brackets]: a conjecture.",
)
def score(
    paths: tuple[str, ...],
    language: str,
    jobs: int,
    text_field: str,
    id_field: str,
    encoding: str,
    models_directory: str | None,
    output_format: str,
    output: str | None,
    explain: bool,
    restore: bool,
) -> int:
    """Score files, directories, patterns, or - for standard input.

    Exits with 0 whatever the scores are, with 3 if some input could not be read.
    """
    from quality.gate import exit_status
    from quality.reading import Reader
    from quality.report.jsonl import report_line
    from quality.report.style import style_for
    from quality.report.text import Tally, summary_line, text_report
    from quality.scoring import Scorer

    as_text = output_format == "text"
    if restore and not as_text:
        raise click.UsageError(f"--restore is for people: use it with --format text, not {output_format}")
    errors = InputErrors()
    with writing_to(output) as stream:
        style = style_for(stream, os.environ)
        reader = Reader(
            paths, text_field=text_field, id_field=id_field, encoding=encoding, output=output, on_error=errors.add
        )
        tally = Tally()
        quiet = stream.isatty()  # the reports themselves show the progress
        scorer = Scorer(named_models(models_directory), language=language, explain=explain or as_text)
        for document, report in scored(scorer, reader, errors, jobs=jobs, quiet=quiet):
            if as_text:
                separator = "\n" if tally.verdicts else ""
                stream.write(
                    separator + text_report(report, style, explain=explain, restore=restore, record=document.line)
                )
            else:
                stream.write(report_line(report, explain=explain))
            tally.add(report)
        if as_text and tally.verdicts.total() > 1:
            stream.write(f"\n{summary_line(tally, reader.skipped)}\n")
        elif reader.skipped:
            say(summary_line(tally, reader.skipped))
    return exit_status(damaged=False, unreadable=errors.count > 0)
