"""The command line: options, streams and exit statuses. What is done with them is elsewhere.

Only click is imported here; each command imports what it needs, so that `quality --version` and
mistyped options answer at once.

Exit statuses: 0 fine; 1 damage found (`check` only); 2 wrong usage, configuration or models; 3 some
named input could not be read, the rest was scored; 70 a fault in this program; 130 interrupted;
141 the reader of the output went away.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

from quality import __version__
from quality.errors import QualityError, UsageError

if TYPE_CHECKING:
    from quality.document import Document, Report
    from quality.errors import ReadError
    from quality.model import Models
    from quality.reading import Reader

__all__ = ["cli", "main"]

_INTERNAL_ERROR = 70
_INTERRUPTED = 130
_BROKEN_PIPE = 141
#: Seconds before a progress bar appears: shorter work needs none.
_BAR_DELAY = 1.0

F = TypeVar("F", bound=Callable[..., Any])


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
        _say("interrupted")
        return _INTERRUPTED
    except click.UsageError as error:
        help_command = error.ctx.command_path if error.ctx else "quality"
        message = " ".join(error.format_message().split()).rstrip(".")
        _say(f"{message}; see {help_command} --help")
        return error.exit_code
    except QualityError as error:
        _say(str(error))
        return 2
    except Exception as error:
        if os.environ.get("QUALITY_DEBUG"):
            raise
        cause = " ".join(" ".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ())]).split())
        _say(f"internal error ({cause}); please report it, with what QUALITY_DEBUG=1 in the environment shows")
        return _INTERNAL_ERROR


def _run(args: list[str]) -> int:
    # Not click's own main(): it would turn a broken pipe into status 1, which here means damage.
    try:
        with cli.make_context("quality", list(args)) as context:
            status = cli.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    return status if isinstance(status, int) else 0


def _say(message: str) -> None:
    """One line on standard error, without anything in it that could steer a terminal."""
    from quality.report.escape import escaped

    with suppress(OSError):
        sys.stderr.write(f"quality: {escaped(message)}\n")
        sys.stderr.flush()


# --- commands ---------------------------------------------------------------------------------------


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

    Scores text, Markdown and JSONL files, each document and each paragraph.

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


def _input_options(command: F) -> F:
    """What every command that reads and scores takes."""
    for decorate in reversed(
        (
            click.argument("paths", nargs=-1, required=True, metavar="PATH..."),
            click.option(
                "--language",
                default="auto",
                show_default=True,
                metavar="CODE",
                help="Language of all input (de, en …), instead of finding it out.",
            ),
            click.option(
                "--jobs",
                type=click.IntRange(min=1),
                default=1,
                show_default=True,
                metavar="N",
                help="Processes to score with.",
            ),
            click.option(
                "--text-field",
                default="text",
                show_default=True,
                metavar="NAME",
                help="Field of a JSONL record that holds its text.",
            ),
            click.option(
                "--id-field",
                default="id",
                show_default=True,
                metavar="NAME",
                help="Field of a JSONL record that holds its id.",
            ),
            click.option(
                "--encoding", default="utf-8", show_default=True, metavar="NAME", help="Encoding of all input."
            ),
            click.option(
                "--models", "models_directory", metavar="DIR", help="Models to use instead of those in the package."
            ),
        )
    ):
        command = decorate(command)
    return command


@cli.command(
    epilog="""\b
Examples:
  quality score seeds/
  quality score --explain page.txt
  quality score --format jsonl --output report.jsonl --jobs 4 crawl.jsonl.gz
  cat page.txt | quality score -
"""
)
@_input_options
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
) -> int:
    """Score files, directories, patterns, or - for standard input.

    Exits with 0 whatever the scores are, with 3 if some input could not be read.
    """
    from quality.gate import exit_status
    from quality.reading import Reader
    from quality.report.jsonl import report_line
    from quality.report.style import style_for
    from quality.report.text import Tally, summary_line, text_report

    as_text = output_format == "text"
    errors = _InputErrors()
    with _writing_to(output) as stream:
        style = style_for(stream, os.environ)
        reader = Reader(
            paths, text_field=text_field, id_field=id_field, encoding=encoding, output=output, on_error=errors.add
        )
        tally = Tally()
        quiet = stream.isatty()  # the reports themselves show the progress
        for document, report in _scored(reader, errors, language, jobs, models_directory, explain or as_text, quiet):
            if as_text:
                separator = "\n" if tally.verdicts else ""
                stream.write(separator + text_report(report, style, explain=explain, record=document.line))
            else:
                stream.write(report_line(report, explain=explain))
            tally.add(report)
        if as_text and tally.verdicts.total() > 1:
            stream.write(f"\n{summary_line(tally, reader.skipped)}\n")
        elif reader.skipped:
            _say(summary_line(tally, reader.skipped))
    return exit_status(damaged=False, unreadable=errors.count > 0)


@cli.command(
    epilog="""\b
Examples:
  quality check seeds/
  quality check --fail-on paragraphs --fail-on boilerplate article.md
"""
)
@_input_options
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

    for kind in fail_on:
        if kind not in FAIL_ON:
            raise UsageError(f"--fail-on {kind}: no such kind; choose from {', '.join(FAIL_ON)}")
    tally = Tally()
    failed = 0
    errors = _InputErrors()
    reader = Reader(paths, text_field=text_field, id_field=id_field, encoding=encoding, on_error=errors.add)
    stream = _standard_output()
    for document, report in _scored(reader, errors, language, jobs, models_directory, True, stream.isatty()):
        found = problems(report, fail_on=fail_on, record_line=document.line)
        stream.writelines(f"{escaped(str(problem))}\n" for problem in found)
        failed += bool(found)
        tally.add(report)
    stream.flush()
    if tally.verdicts:
        _say(summary_line(tally, reader.skipped))
    return exit_status(damaged=failed > 0, unreadable=errors.count > 0)


@cli.command(epilog="\b\nExample:\n  quality explain S201\n")
@click.argument("code")
def explain(code: str) -> None:
    """Tell what the code of a finding means, how it is measured, and when it is wrong."""
    from quality.findings import explain_code

    _standard_output().write(explain_code(code) + "\n")


@cli.group()
def models() -> None:
    """Show or verify the models that scores rest on."""


@models.command("list", epilog="\b\nExample:\n  quality models list\n")
@click.option("--models", "models_directory", metavar="DIR", help="Models to list instead of those in the package.")
def list_models(models_directory: str | None) -> None:
    """List the model files, with their sizes and licences."""
    found = _models(models_directory)
    stream = _standard_output()
    files = found.manifest["files"]
    stream.write(f"{found.directory}\nlanguages {', '.join(found.languages)} · signature {found.signature}\n")
    width = max(map(len, files), default=0)
    for name, entry in sorted(files.items()):
        licence = entry.get("licence", "")
        stream.write(f"  {name:<{width}}  {entry['bytes'] / 1e6:6.2f} MB  {licence}".rstrip() + "\n")
    total = sum(entry["bytes"] for entry in files.values())
    stream.write(f"{len(files)} files, {total / 1e6:.2f} MB\n")


@models.command("verify", epilog="\b\nExample:\n  quality models verify --models build/models\n")
@click.option("--models", "models_directory", metavar="DIR", help="Models to verify instead of those in the package.")
def verify_models(models_directory: str | None) -> None:
    """Compare every model file with its checksum; exit with 2 at the first that differs."""
    found = _models(models_directory)
    count = len(found.verify())
    _standard_output().write(f"{found.directory}: {count} files, all as the manifest says\n")


@cli.command(epilog="\b\nExample:\n  quality train --data ../shared/data --output models --tools build/tools\n")
@click.option("--data", required=True, metavar="DIR", help="Labelled training data.")
@click.option("--output", required=True, metavar="DIR", help="Where the models go.")
@click.option("--tools", required=True, metavar="DIR", help="KenLM's lmplz and build_binary, and WordNet.")
@click.option("--seed", default=0, show_default=True, metavar="N", help="The same seed and data give the same scores.")
def train(data: str, output: str, tools: str, seed: int) -> None:
    """Build all models from labelled data."""
    import logging

    from quality.training.build import train as train_models

    logging.basicConfig(level=logging.INFO, format="%(message)s")  # on standard error: it takes half an hour
    train_models(Path(data), Path(output), tools=Path(tools), seed=seed)


# --- streams ----------------------------------------------------------------------------------------


class _InputErrors:
    """Says what could not be read, as it happens, and counts."""

    def __init__(self) -> None:
        self.count = 0
        #: How to say a line: over a progress bar it takes more than to print it.
        self.say = _say

    def add(self, error: ReadError) -> None:
        self.count += 1
        self.say(str(error))


def _scored(
    reader: Reader,
    errors: _InputErrors,
    language: str,
    jobs: int,
    models_directory: str | None,
    explain: bool,
    quiet: bool,
) -> Iterator[tuple[Document, Report]]:
    """Each document of the input with its report, under a progress bar where a person waits."""
    from quality.parallel import documents_with_reports
    from quality.scoring import Scorer

    scorer = Scorer(_models(models_directory), language=language, explain=explain)
    with closing(documents_with_reports(scorer, reader, jobs=jobs)) as scored:
        if quiet or not sys.stderr.isatty():
            yield from scored
        else:
            from tqdm import tqdm

            with tqdm(scored, unit=" documents", delay=_BAR_DELAY, file=sys.stderr, leave=False) as bar:
                errors.say = lambda message: _say_over(bar, message)
                yield from bar
                errors.say = _say
    for directory in reader.empty:
        _say(f"{directory}: nothing to read in this directory")


def _say_over(bar: Any, message: str) -> None:
    bar.clear()
    _say(message)
    bar.refresh()


def _models(directory: str | None) -> Models:
    from quality.model import Models, default_models

    return default_models() if directory is None else Models(directory)


def _standard_output() -> TextIO:
    """Standard output that never fails for want of a character: what it cannot hold is escaped."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    return sys.stdout


@contextmanager
def _writing_to(output: str | None) -> Iterator[TextIO]:
    """Standard output, or a file that appears, or is replaced, only when all of it is written."""
    if output is None or output == "-":
        yield _standard_output()
        sys.stdout.flush()
        return
    temporary: Path | None = None
    try:
        if Path(output).exists() and not Path(output).is_file():  # a device or pipe cannot be replaced
            with Path(output).open("w", encoding="utf-8", newline="\n") as stream:
                yield stream
            return
        path = Path(output).resolve()
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        temporary = Path(name)
        with open(handle, "w", encoding="utf-8", newline="\n") as stream:  # noqa: PTH123 – a handle, not a name
            yield stream
        temporary.chmod(path.stat().st_mode & 0o7777 if path.exists() else 0o666 & ~_umask())
        temporary.replace(path)
        temporary = None
    except BrokenPipeError:
        raise
    except OSError as error:
        raise QualityError(
            f"{output}: cannot be written ({error.strerror}); name another file with --output"
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
