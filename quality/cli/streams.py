"""What commands read from and write to: standard streams, files that appear whole, and a bar while people wait."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO, TypeVar

from quality.errors import QualityError

if TYPE_CHECKING:
    from quality.config import Configuration
    from quality.document import Document, Report
    from quality.errors import ReadError
    from quality.gate import Judged
    from quality.gate.baseline import Baseline
    from quality.model import Models
    from quality.parallel import BatchScorer
    from quality.reading import Piece, Reader, Record
    from quality.repeats import Repeats
    from quality.scoring import Scorer
    from quality.settings import Settings

__all__ = [
    "InputErrors",
    "document_scorer",
    "judged",
    "named_models",
    "new_file",
    "reader_of",
    "say",
    "scored",
    "scored_pieces",
    "scored_records",
    "standard_output",
    "under_a_bar",
    "with_report",
    "with_scores",
    "writing_to",
]

T = TypeVar("T")

#: Seconds before a progress bar appears: shorter work needs none; and between lines where nobody watches.
_BAR_DELAY, _LINE_EVERY = 1.0, 60.0
#: Text (characters) from which more processes pay, and how many are started without being asked for. Where they are no
#: copies of this one, each of two takes 0.6 s of a core to start and load the models, as long as scoring a megabyte: at
#: 1.9 MB two cores took 3.5 s for what one took 2.3 s for, so that both ways end at about the same time (2026-11-27).
_PARALLEL_FROM = 2_000_000
_MOST_JOBS = 4


def say(message: str) -> None:
    """One line on standard error, without anything in it that could steer a terminal or a reader of logs."""
    from quality.report.escape import log_line

    with suppress(OSError):
        sys.stderr.write(log_line(f"quality: {message}") + "\n")
        sys.stderr.flush()


class InputErrors:
    """Says what could not be read, as it happens, and keeps it."""

    def __init__(self) -> None:
        self.found: list[ReadError] = []
        #: How to say a line: over a progress bar it takes more than to print it.
        self.say = say

    @property
    def count(self) -> int:
        return len(self.found)

    def add(self, error: ReadError) -> None:
        self.found.append(error)
        self.say(str(error))


def reader_of(
    paths: Sequence[str],
    configuration: Configuration,
    errors: InputErrors,
    *,
    output: str | None = None,
) -> Reader:
    """The input that a command was given, to be read as it was configured."""
    from quality.reading import Reader

    settings = configuration.settings
    return Reader(
        paths,
        text_field=settings.text_field,
        id_field=settings.id_field,
        encoding=settings.encoding,
        output=output,
        on_error=errors.add,
        covers=configuration.covers,
    )


def scored(
    reader: Reader,
    configuration: Configuration,
    errors: InputErrors,
    finish: Callable[[Document, Report], T],
    *,
    explain: bool,
    quiet: bool = False,
) -> Iterator[T]:
    """What `finish` makes of each document of the input and its report, under a bar where a person waits.

    Comments that ignore findings are blanked in what is scored: they are not the author's words.
    """
    scorer = document_scorer(configuration, explain=explain)
    # Nobody who writes to a pipe should wait for a megabyte to fill.
    jobs = 1 if configuration.settings.jobs == "auto" and "-" in reader.paths else configuration.settings.jobs
    for _, made in scored_pieces(scorer, reader.pieces(), finish, jobs, errors, reader=reader, quiet=quiet):
        yield from made
    for directory in reader.empty:
        say(f"{directory}: nothing to read in this directory")


def scored_pieces(
    scorer: BatchScorer,
    pieces: Iterable[Piece],
    finish: Callable[[Document, Report], T],
    jobs: int | Literal["auto"],
    errors: InputErrors,
    *,
    reader: Reader,
    total: int | None = None,
    quiet: bool = False,
) -> Generator[tuple[Piece, list[T]]]:
    """Each piece with what `finish` makes of its documents, under a progress bar where a person waits.

    `reader` is what they come from, `total` how many bytes it has, where it cannot tell that itself.
    """
    from quality.parallel import finished, keep_memory

    keep_memory()
    pieces, number = _with_jobs(pieces, jobs)
    with closing(finished(scorer, pieces, finish, jobs=number, on_error=errors.add)) as found:
        yield from found if quiet else under_a_bar(found, errors, reader, total, lambda pair: len(pair[1]))


def with_report(document: Document, report: Report) -> tuple[Document, Report]:
    """The `finish` of those who need all there is."""
    return document, report


def with_scores(document: Document, report: Report) -> tuple[Document, Report]:
    """For what is written of the scores of a document alone: its paragraphs take long to send."""
    return document, replace(report, paragraphs=(), text="")


def scored_records(
    reader: Reader, configuration: Configuration, errors: InputErrors
) -> Generator[tuple[Record, Report]]:
    """Each record of the input with its scores, under a progress bar where a person waits."""
    scorer = document_scorer(configuration, explain=False)
    jobs = configuration.settings.jobs
    with closing(scored_pieces(scorer, reader.pieces(), with_scores, jobs, errors, reader=reader)) as found:
        for piece, pairs in found:
            for document, report in pairs:
                yield piece.record(document), report


def document_scorer(configuration: Configuration, *, explain: bool) -> BatchScorer:
    """What scores each document by the settings for its path."""
    return _PathScorer(configuration, explain=explain)


def under_a_bar(
    items: Iterable[T],
    errors: InputErrors,
    reader: Reader,
    total: int | None = None,
    count: Callable[[T], int] = lambda _: 1,
) -> Iterator[T]:
    """The same, with a progress bar where a person waits, and a line a minute where none does: rate and time left.

    `count` says how many documents an item is.
    """
    total = reader.bytes_named() if total is None else total
    if not sys.stderr.isatty():
        yield from _with_lines(items, reader, total, count)
        return
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # no thread of its own, which would keep `parallel` from copying this process
    with tqdm(total=total, unit="B", unit_scale=True, delay=_BAR_DELAY, file=sys.stderr, leave=False) as bar:
        errors.say = lambda message: _say_over(bar, message)
        number = 0
        for item in items:
            yield item
            number += count(item)
            bar.set_postfix_str(f"{number} documents", refresh=False)
            bar.update(reader.bytes_read - bar.n)
        errors.say = say


def _with_lines(items: Iterable[T], reader: Reader, total: int | None, count: Callable[[T], int]) -> Iterator[T]:
    began = said = time.monotonic()
    number = 0
    for item in items:
        yield item
        number += count(item)
        now = time.monotonic()
        if now - said >= _LINE_EVERY:
            said = now
            rate = reader.bytes_read / (now - began)
            left = (
                "" if total is None else f", about {max(total - reader.bytes_read, 0) / max(rate, 1) / 60:.0f} min left"
            )
            say(f"{number} documents, {rate / 1e6:.2f} MB/s of input{left}")


def judged(
    reader: Reader,
    configuration: Configuration,
    errors: InputErrors,
    *,
    baseline: Baseline | None = None,
    quiet: bool = False,
) -> Iterator[Judged]:
    """Each document of the input with its problems, those marked that are ignored or accepted."""
    from quality.gate import judge
    from quality.gate.ignores import find_ignores
    from quality.gate.places import Places

    by_themselves = None if baseline is None else _PathScorer(configuration, explain=False)
    for document, report in scored(reader, configuration, errors, with_report, explain=True, quiet=quiet):
        _, ignores = find_ignores(document.text)
        for offset, code in ignores.unknown:
            line = document.line or Places(document.text).of(offset)[0]
            errors.say(f"{document.path}:{line}: no code begins with {code}; quality explain lists the codes")
        settings = configuration.at(document.path)
        against = None
        if baseline is not None and by_themselves is not None:
            # Sentences alone are too short for their language to be found out.
            against = baseline, by_themselves.scorer(replace(settings, language=report.language)).score_batch
        yield judge(document, settings.selected(report), settings, ignores=ignores, baseline=against)


class _PathScorer:
    """Scores each document by the settings for its path, with the comments that ignore findings blanked."""

    def __init__(self, configuration: Configuration, *, explain: bool) -> None:
        self._configuration = configuration
        self._explain = explain
        self._models = named_models(configuration.settings.models)
        self._repeats = named_repeats(configuration.settings.repeats)
        self._scorers: dict[tuple[object, ...], Scorer] = {}

    def score_batch(self, texts: Iterable[Document], /) -> list[Report]:
        from quality.gate.ignores import find_ignores

        documents = [replace(document, text=find_ignores(document.text)[0]) for document in texts]
        by_scorer: dict[Scorer, list[int]] = {}
        for at, document in enumerate(documents):
            by_scorer.setdefault(self.scorer(self._configuration.at(document.path)), []).append(at)
        reports: dict[int, Report] = {}
        for scorer, chosen in by_scorer.items():
            reports |= zip(chosen, scorer.score_batch([documents[at] for at in chosen]), strict=True)
        return [reports[at] for at in range(len(documents))]

    def scorer(self, settings: Settings) -> Scorer:
        """What scores by such settings; made once."""
        from quality.scoring import Scorer

        key = (settings.language, settings.min_words, *settings.thresholds.items())
        if key not in self._scorers:
            self._scorers[key] = Scorer(
                self._models,
                language=settings.language,
                thresholds=settings.thresholds,
                min_words=settings.min_words,
                explain=self._explain,
                repeats=self._repeats,
            )
        return self._scorers[key]


def _with_jobs(pieces: Iterable[Piece], jobs: int | Literal["auto"]) -> tuple[Iterable[Piece], int]:
    """The pieces, and how many processes are to score them."""
    if jobs != "auto":
        return pieces, jobs
    most = min(len(os.sched_getaffinity(0)), _MOST_JOBS)
    if most == 1:
        return pieces, 1
    pieces = iter(pieces)
    ahead = []
    size = 0
    for piece in pieces:
        ahead.append(piece)
        size += piece.size
        if size >= _PARALLEL_FROM:
            return chain(ahead, pieces), most
    return ahead, 1


def _say_over(bar: Any, message: str) -> None:
    bar.clear()
    say(message)
    bar.refresh()


def named_models(directory: str | None) -> Models:
    """The models in a directory, or those that scores rest on where none is named."""
    from quality.model import Models, default_models

    return default_models() if directory is None else Models(directory)


def named_repeats(table: str | None) -> Repeats | None:
    """The lines that many documents share, as a table of them says."""
    if table is None:
        return None
    from quality.repeats import Repeats

    return Repeats.load(table)


def standard_output() -> TextIO:
    """Standard output that never fails for want of a character: what it cannot hold is escaped."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    return sys.stdout


@contextmanager
def writing_to(output: str | None) -> Iterator[TextIO]:
    """Standard output, or a file that appears, or is replaced, only when all of it is written."""
    if output is None or output == "-":
        yield standard_output()
        sys.stdout.flush()
        return
    with new_file(output) as path, path.open("w", encoding="utf-8", newline="\n") as stream:
        yield stream


@contextmanager
def new_file(output: str) -> Iterator[Path]:
    """A name to write under; what is there at the end gets the name of the output, and replaces what had it."""
    temporary: Path | None = None
    try:
        if Path(output).exists() and not Path(output).is_file():  # a device or pipe cannot be replaced
            yield Path(output)
            return
        path = Path(output).resolve()
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
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
