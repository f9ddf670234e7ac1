"""What commands read from and write to: standard streams, files that appear whole, and a bar while people wait."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from quality.errors import QualityError

if TYPE_CHECKING:
    from quality.document import Document, Report
    from quality.errors import ReadError
    from quality.model import Models
    from quality.reading import Reader
    from quality.scoring import Scorer

__all__ = ["InputErrors", "named_models", "say", "scored", "standard_output", "writing_to"]

#: Seconds before a progress bar appears: shorter work needs none.
_BAR_DELAY = 1.0


def say(message: str) -> None:
    """One line on standard error, without anything in it that could steer a terminal."""
    from quality.report.escape import escaped

    with suppress(OSError):
        sys.stderr.write(f"quality: {escaped(message)}\n")
        sys.stderr.flush()


class InputErrors:
    """Says what could not be read, as it happens, and counts."""

    def __init__(self) -> None:
        self.count = 0
        #: How to say a line: over a progress bar it takes more than to print it.
        self.say = say

    def add(self, error: ReadError) -> None:
        self.count += 1
        self.say(str(error))


def scored(
    scorer: Scorer, reader: Reader, errors: InputErrors, *, jobs: int, quiet: bool
) -> Iterator[tuple[Document, Report]]:
    """Each document of the input with its report, under a progress bar where a person waits."""
    from quality.parallel import documents_with_reports

    with closing(documents_with_reports(scorer, reader, jobs=jobs)) as pairs:
        if quiet or not sys.stderr.isatty():
            yield from pairs
        else:
            from tqdm import tqdm

            with tqdm(pairs, unit=" documents", delay=_BAR_DELAY, file=sys.stderr, leave=False) as bar:
                errors.say = lambda message: _say_over(bar, message)
                yield from bar
                errors.say = say
    for directory in reader.empty:
        say(f"{directory}: nothing to read in this directory")


def _say_over(bar: Any, message: str) -> None:
    bar.clear()
    say(message)
    bar.refresh()


def named_models(directory: str | None) -> Models:
    """The models in a directory, or those that scores rest on where none is named."""
    from quality.model import Models, default_models

    return default_models() if directory is None else Models(directory)


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
