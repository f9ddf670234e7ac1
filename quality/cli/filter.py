"""`quality filter`: the clean records of a corpus, the others beside them with the reasons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from quality.cli.options import configured
from quality.cli.streams import InputErrors, document_scorer, named_models, reader_of, say, scored_pieces

if TYPE_CHECKING:
    from quality.config import Configuration
    from quality.filtering.manifest import Progress
    from quality.filtering.rules import Rules
    from quality.reading import Source

__all__ = ["filter"]


def _most(kind: str) -> Callable[[Any], Any]:
    return click.option(
        f"--max-{kind.replace('_', '-')}",
        type=click.FloatRange(0, 1),
        metavar="SCORE",
        help=f"Reject documents with a higher score of {kind.replace('_', ' ')}, instead of those over its threshold.",
    )


@click.command(
    epilog="""\b
Examples:
  quality filter --output clean/ crawl.jsonl.gz
  quality filter --output clean/ --max-machine-translation 0.5 --drop boilerplate pages/*.parquet
  quality filter --output clean/ --keep-language de,en --min-words 50 --jobs 4 crawl/
"""
)
@click.argument("paths", nargs=-1, required=True, metavar="IN...")
@click.option("--output", required=True, metavar="DIR", help="Write kept/, rejected/ and summary.json here.")
@_most("machine_translation")
@_most("spinning")
@click.option(
    "--drop",
    type=click.Choice(["boilerplate", "foreign_language"]),
    multiple=True,
    help="Take such paragraphs out of what is kept. May be given several times.",
)
@click.option("--keep-language", metavar="CODES", help="Reject documents in other languages than these (de,en).")
@click.option(
    "--min-words",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="N",
    help="Reject documents with fewer words, counted when paragraphs were dropped.",
)
@click.option(
    "--shard-records",
    type=click.IntRange(min=1),
    default=50_000,
    show_default=True,
    metavar="N",
    help="Records in one file of the output: what a stop costs at most.",
)
@click.option(
    "--on-error",
    type=click.Choice(["continue", "stop"]),
    default="continue",
    show_default=True,
    help="Reject what cannot be read and go on, or stop there.",
)
@click.option("--restart", is_flag=True, help="Begin anew, instead of going on with the run in DIR.")
@configured(without=("fail_on", "baseline", "select", "ignore", "min_words"))
def filter(
    paths: tuple[str, ...],
    output: str,
    max_machine_translation: float | None,
    max_spinning: float | None,
    drop: tuple[str, ...],
    keep_language: str | None,
    min_words: int,
    shard_records: int,
    on_error: str,
    restart: bool,
    configuration: Configuration,
) -> int:
    """Keep the clean records of a corpus, in the form they came in; the others go beside them, with the reasons.

    May be stopped at any moment, also by a crash: the same command goes on from there, and what it writes is the
    same to the byte. Exits with 3 if a record could not be read.
    """
    from pathlib import Path

    from quality.filtering.manifest import Manifest, locked
    from quality.filtering.rules import Rules
    from quality.filtering.run import filter_records

    given: dict[Any, float | None] = {"machine_translation": max_machine_translation, "spinning": max_spinning}
    rules = Rules(
        most={kind: most for kind, most in given.items() if most is not None},
        drop=tuple(sorted(set(drop))),  # type: ignore[arg-type]
        languages=tuple(sorted({code.strip() for code in (keep_language or "").split(",")} - {""})),
        min_words=min_words,
    )
    errors = InputErrors()
    reader = reader_of(paths, configuration, errors, output=output)
    sources = list(reader.sources())
    if errors.found:  # a name that leads nowhere: nothing was begun yet
        return 3
    directory = Path(output)
    with locked(directory):
        options = _options(configuration, rules, shard_records)
        manifest = Manifest(directory, options=options, sources=sources)
        progress = manifest.start(restart=restart)
        if progress.shards or progress.done:
            finished = sum(sum(counts.values()) for counts in progress.counts.values())
            say(f"{output}: goes on after {finished} finished records")
        scorer = document_scorer(configuration, explain=False)
        summary = filter_records(
            reader,
            sources,
            lambda pieces: scored_pieces(
                scorer,
                pieces,
                rules.with_decision,
                configuration.settings.jobs,
                errors,
                reader=reader,
                total=_bytes_left(sources, progress),
            ),
            manifest,
            progress,
            shard_records=shard_records,
            on_error=on_error,  # type: ignore[arg-type]
            say=say,
        )
    total = summary.totals
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(total.items()) if reason != "kept")
    rejected = total.total() - total["kept"]
    say(f"{total.total()} records: {total['kept']} kept, {rejected} rejected{f' ({reasons})' if reasons else ''}")
    return 3 if total["unreadable"] else 0


def _bytes_left(sources: Sequence[Source], progress: Progress) -> int | None:
    """Bytes of the sources that are not finished; None where only their storage could tell."""
    from pathlib import Path

    left = [Path(source.path) for source in sources[progress.source :]]
    return sum(path.stat().st_size for path in left) if all(path.is_file() for path in left) else None


def _options(configuration: Configuration, rules: Rules, shard_records: int) -> dict[str, str]:
    """Everything that decides what is written, by the names under which a change of it is told."""
    from quality import __version__

    settings = configuration.settings
    names = ("language", "min_words", "encoding", "text_field", "id_field", "repeats")
    return {
        "version of quality": __version__,
        "models": named_models(settings.models).signature,
        **{name: str(getattr(settings, name)) for name in names},
        "thresholds": str(sorted(settings.thresholds.items())),
        "override": str([layer.overrides for layer in configuration.layers if layer.overrides]),
        "--max": str(sorted(rules.most.items())),
        "--drop": str(rules.drop),
        "--keep-language": str(rules.languages),
        "--min-words (of the filter)": str(rules.min_words),
        "--shard-records": str(shard_records),
    }
