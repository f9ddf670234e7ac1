"""The command line: options, streams and exit statuses. What is done with them is elsewhere.

A module for each group of commands; what they share is in `options` and `streams`. Only click is
imported by them; each command imports what it needs, so that `quality --version` and mistyped options
answer at once.

Exit statuses: 0 fine; 1 damage found (`check` only); 2 wrong usage, configuration or models; 3 some
named input could not be read, the rest was scored; 70 a fault in this program; 130 interrupted;
141 the reader of the output went away.
"""

from __future__ import annotations

import os
import sys

import click

from quality import __version__
from quality.cli import check, evaluate, filter, label, models, repeats, score
from quality.cli.streams import say
from quality.errors import QualityError

__all__ = ["cli", "main"]

_INTERNAL_ERROR = 70
_INTERRUPTED = 130
_BROKEN_PIPE = 141


def main(args: list[str] | None = None) -> int:
    """Run a command; its exit status. Every error is one line on standard error, never a traceback."""
    try:
        status = _run(sys.argv[1:] if args is None else args)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Python would flush once more at exit and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    except (KeyboardInterrupt, click.Abort):
        say("interrupted")
        return _INTERRUPTED
    except click.UsageError as error:
        help_command = error.ctx.command_path if error.ctx else "quality"
        message = " ".join(error.format_message().split()).rstrip(".")
        say(f"{message}; see {help_command} --help")
        return error.exit_code
    except QualityError as error:
        say(str(error))
        return 2
    except Exception as error:
        if os.environ.get("QUALITY_DEBUG"):
            raise
        cause = " ".join(" ".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ())]).split())
        say(f"internal error ({cause}); please report it, with what QUALITY_DEBUG=1 in the environment shows")
        return _INTERNAL_ERROR


def _run(args: list[str]) -> int:
    # Not click's own main(): it would turn a broken pipe into status 1, which here means damage.
    try:
        with cli.make_context("quality", list(args)) as context:
            status = cli.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    return status if isinstance(status, int) else 0


def _print_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(f"quality {__version__}")
        context.exit()


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_print_version, help="Show the version."
)
@click.pass_context
def cli(context: click.Context) -> int | None:
    """Find text that reads as machine-translated or spun, and the words that give it away.

    Scores text, Markdown, web pages, JSONL, tables and crawls, each document and each
    paragraph.

    \b
    Exit statuses:
      0    fine
      1    damage found (check only)
      2    wrong usage, configuration or models
      3    some input could not be read; the rest was scored
      70   a fault in quality itself; please report it
      130  interrupted
    """  # noqa: D301 – click's mark for "do not wrap" is a real \\b
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(2)
    return None


for command in (
    score.score,
    check.check,
    check.config,
    check.explain,
    filter.filter,
    repeats.repeats,
    models.models,
    models.train,
    label.label,
    evaluate.evaluate,
):
    cli.add_command(command)
