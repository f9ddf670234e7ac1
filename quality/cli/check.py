"""`quality check`, the gate, and `quality explain`, which tells what its codes mean."""

from __future__ import annotations

import click

from quality.cli.options import input_options
from quality.cli.streams import InputErrors, named_models, say, scored, standard_output
from quality.errors import UsageError

__all__ = ["check", "explain"]


@click.command(
    epilog="""\b
Examples:
  quality check seeds/
  quality check --fail-on paragraphs --fail-on boilerplate article.md
"""
)
@input_options
@click.option(
    "--fail-on",
    multiple=True,
    metavar="KIND",
    help="Fail on a paragraph of this kind too (machine_translation, spinning, boilerplate, mixed_script, "
    "broken_encoding, foreign_language), or on any damaged paragraph (paragraphs). May be given several times.",
)
def check(
    paths: tuple[str, ...],
    language: str,
    jobs: int,
    text_field: str,
    id_field: str,
    encoding: str,
    models_directory: str | None,
    fail_on: tuple[str, ...],
) -> int:
    """Print what is wrong with damaged documents, worst first, and exit with 1 if there are any.

    Each line is path:line:column: CODE message. `quality explain CODE` tells more.
    """
    from quality.gate import FAIL_ON, exit_status, problems
    from quality.reading import Reader
    from quality.report.escape import escaped
    from quality.report.text import Tally, summary_line
    from quality.scoring import Scorer

    for kind in fail_on:
        if kind not in FAIL_ON:
            raise UsageError(f"--fail-on {kind}: no such kind; choose from {', '.join(FAIL_ON)}")
    tally = Tally()
    failed = 0
    errors = InputErrors()
    reader = Reader(paths, text_field=text_field, id_field=id_field, encoding=encoding, on_error=errors.add)
    stream = standard_output()
    scorer = Scorer(named_models(models_directory), language=language)
    for document, report in scored(scorer, reader, errors, jobs=jobs, quiet=stream.isatty()):
        found = problems(report, fail_on=fail_on, record_line=document.line)
        stream.writelines(f"{escaped(str(problem))}\n" for problem in found)
        failed += bool(found)
        tally.add(report)
    stream.flush()
    if tally.verdicts:
        say(summary_line(tally, reader.skipped))
    return exit_status(damaged=failed > 0, unreadable=errors.count > 0)


@click.command(epilog="\b\nExample:\n  quality explain S201\n")
@click.argument("code")
def explain(code: str) -> None:
    """Tell what the code of a finding means, how it is measured, and when it is wrong."""
    from quality.findings import explain_code

    standard_output().write(explain_code(code) + "\n")
