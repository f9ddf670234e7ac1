"""`quality check`, the gate; `quality config`, what it was told; `quality explain`, what its codes mean."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from quality.cli.options import configured, paths_argument
from quality.cli.streams import InputErrors, judged, named_models, reader_of, say, standard_output, writing_to
from quality.settings import BASELINE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from quality.config import Configuration
    from quality.gate import Judged
    from quality.gate.baseline import Baseline, Entry
    from quality.reading import Reader

__all__ = ["check", "config", "explain"]


@click.command(
    epilog="""\b
Examples:
  quality check seeds/
  quality check --fail-on paragraphs --fail-on boilerplate article.md
  quality check --write-baseline seeds/
  quality check --format sarif --output quality.sarif seeds/
"""
)
@paths_argument
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "github", "sarif", "junit", "html", "csv"]),
    default="text",
    show_default=True,
    help="Lines for people, or a report for other programs.",
)
@click.option("--output", metavar="FILE", help="Write here instead of standard output, all or nothing.")
@click.option("--write-baseline", is_flag=True, help="Accept what stands now: from then on only new damage fails.")
@configured()
def check(
    paths: tuple[str, ...], output_format: str, output: str | None, write_baseline: bool, configuration: Configuration
) -> int:
    """Print what is wrong with damaged documents, worst first, and exit with 1 if there are any.

    Each line is path:line:column: CODE message. Says nothing if nothing is wrong. `quality explain CODE`
    tells more about a code.
    """
    from quality.gate import exit_status
    from quality.report.formats import check_format

    errors = InputErrors()
    baseline = _baseline(configuration, write=write_baseline)
    # Sorted, since the order in which a hook is given its files must not matter.
    reader = reader_of(sorted(set(paths)), configuration, errors, output=output)
    run = _Run(baseline, [path for path in paths if Path(path).is_dir()], accepts=write_baseline)
    with writing_to(output) as stream:
        found = run.counted(judged(reader, configuration, errors, baseline=baseline, quiet=stream.isatty()))
        for part in check_format(output_format)(found, errors.found):
            stream.write(part)
    if write_baseline:
        run.write_baseline()
        return exit_status(damaged=False, unreadable=errors.count > 0)
    run.sum_up(reader)
    return exit_status(damaged=run.failing > 0, unreadable=errors.count > 0)


def _usual_baseline(configuration: Configuration) -> Path:
    return Path(configuration.root, BASELINE)


def _baseline(configuration: Configuration, *, write: bool) -> Baseline | None:
    """What was accepted: in the file that is named, or in the usual one if it is there or to be written."""
    from quality.gate.baseline import Baseline

    named = configuration.settings.baseline
    file = Path(named) if named else _usual_baseline(configuration)
    if file.exists() or (named and not write):
        return Baseline.read(str(file))
    return Baseline(str(file)) if write else None


class _Run:
    """What is counted over all documents, for the last lines and for the baseline."""

    def __init__(self, baseline: Baseline | None, directories: list[str], *, accepts: bool) -> None:
        from quality.report.text import Tally

        #: Whether everything is accepted as it comes.
        self._accepts = accepts

        self.failing = 0
        self._baseline = baseline
        self._directories = directories
        self._tally = Tally()
        self._statuses: Counter[str] = Counter()
        self._hidden = 0
        self._paths: set[str] = set()
        self._entries: set[Entry] = set()
        self._used: set[Entry] = set()
        #: Codes to show the ways out with: the first of a whole document, and the first of a place in one.
        self._example = ("", "")

    def counted(self, found: Iterable[Judged]) -> Iterator[Judged]:
        from quality.gate.baseline import entries_of

        for one in found:
            self._tally.add(one.report)
            self._statuses.update(problem.status for problem in one.problems)
            self._hidden += len(one.failing) - len(one.shown)
            self.failing += bool(one.failing)
            for problem in one.failing:
                whole, place = self._example
                if problem.subject == "document":
                    self._example = (whole or problem.code, place)
                else:
                    self._example = (whole, place or problem.code)
            if self._baseline is not None:
                path = one.report.path or "-"
                self._paths.add(path)
                self._used |= one.used
                self._entries |= entries_of(one.problems, one.report, self._baseline.relative(path))
            yield one.accepted() if self._accepts else one

    def write_baseline(self) -> None:
        """Accept what was found, and drop what is stale."""
        assert self._baseline is not None
        written = self._baseline.updated(self._entries, self._paths, self._directories)
        written.write()
        new, gone = len(written.entries - self._baseline.entries), len(self._baseline.entries - written.entries)
        say(f"{written.file}: {len(written.entries)} entries accepted, {new} of them new; {gone} stale ones dropped")

    def sum_up(self, reader: Reader) -> None:
        """Say how much was found and the ways out; nothing at all if nothing is wrong and nobody watches."""
        from quality.report.text import summary_line

        if self._baseline is not None:
            stale = len(self._baseline.stale(self._used, self._paths, self._directories))
            if stale:
                match = "entry matches" if stale == 1 else "entries match"
                say(f"{self._baseline.file}: {stale} {match} nothing any more; --write-baseline drops what is stale")
        if self._tally.verdicts and (self.failing or sys.stderr.isatty()):
            say(summary_line(self._tally, reader.skipped) + self._problems())
        if self.failing:
            whole, place = self._example
            say(f"what a code means: quality explain {whole or place}")
            # A paragraph's or document's own code stands for the family of its findings.
            whole, place = whole.removesuffix("00"), place.removesuffix("00")
            if whole:
                say(f"to pass over a file: <!-- quality: ignore-file[{whole}] --> anywhere in it, "
                    "or exclude in quality.toml")  # fmt: skip
            if place:
                say(f"to pass over what is found in a paragraph: <!-- quality: ignore-next[{place}] --> before it")
            say("to accept what stands now: quality check --write-baseline PATH...")

    def _problems(self) -> str:
        """How many problems of which status, where that is not plain to see."""
        parts = [f"{count} problems {name}" for name in ("accepted", "ignored") if (count := self._statuses[name])]
        parts = [f"{self.failing} to be looked at", *parts] if parts else []
        parts += [f"{self._hidden} more findings not shown; --format csv has all"] if self._hidden else []
        return f"; {', '.join(parts)}" if parts else ""


@click.command(
    epilog="""\b
Examples:
  quality config
  quality config --min-words 50 seeds/old/page.txt
"""
)
@click.argument("path", required=False)
@configured()
def config(path: str | None, configuration: Configuration) -> None:
    """Print the settings in force, for one PATH or where no override matches, and where each comes from.

    What is printed can be pasted into quality.toml.
    """
    stream = standard_output()
    rows = [(f"{name} = {_toml(value)}", origin) for name, value, origin in configuration.explained(path)]
    usual = _usual_baseline(configuration)
    if usual.exists():
        rows = [(row, f"{origin}: {usual}" if row == "baseline = none" else origin) for row, origin in rows]
    rows = [(f"# {row}" if row.endswith("= none") else row, origin) for row, origin in rows]
    width = max(len(row) for row, _ in rows)
    stream.writelines(f"{row:<{width}}  # {origin}\n" for row, origin in rows)
    settings = configuration.at(path)
    heads = named_models(settings.models).heads
    stream.write("# thresholds of the models, where none is set:\n")
    for (kind, level, language), head in sorted(heads.items()):
        if kind not in settings.thresholds and level in ("document", "paragraph"):
            stream.write(f"#   {kind}, {level}, {language}: {head.threshold:.4f}\n")
    if path is not None and not configuration.covers(path):
        stream.write("# this path is not read: see include and exclude\n")


def _toml(value: Any) -> str:
    """A setting as it stands in a file."""
    import json

    if value is None:
        return "none"
    return json.dumps(dict(value) if hasattr(value, "items") else value, ensure_ascii=False)


@click.command(epilog="\b\nExamples:\n  quality explain S201\n  quality explain\n")
@click.argument("code", required=False)
def explain(code: str | None) -> None:
    """Tell what the CODE of a finding means, how it is measured, and when it is wrong; without one, list all codes."""
    from quality.findings import code_titles, explain_code

    if code is not None:
        standard_output().write(explain_code(code) + "\n")
        return
    standard_output().writelines(f"{name}  {title}\n" for name, title in code_titles().items())
