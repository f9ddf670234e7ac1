"""How far a run came, so that the same command goes on from there, and no other."""

from __future__ import annotations

import fcntl
import json
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from quality.errors import QualityError, UsageError
from quality.filtering.shards import publish
from quality.reading import Source
from quality.reading.remote import is_remote, remote_state

__all__ = ["KEPT", "REJECTED", "Manifest", "Progress", "locked"]

KEPT: Final = "kept"
REJECTED: Final = "rejected"
_MANIFEST: Final = "manifest.json"
_INPUTS: Final = "inputs.jsonl"
_SUMMARY: Final = "summary.json"
_LOCK: Final = ".lock"
_OURS: Final = (KEPT, REJECTED, _MANIFEST, _INPUTS, _SUMMARY, _LOCK)


@dataclass(frozen=True, slots=True)
class Progress:
    """What is finished: all records of the sources before `source`, and the first `records` of that one."""

    shards: int = 0
    source: int = 0
    records: int = 0
    done: bool = False
    #: By source: how many records were kept, or rejected for which reason.
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


class Manifest:
    """The files in an output directory that tell what it was made from and how far."""

    def __init__(self, directory: Path, *, options: Mapping[str, str], sources: Sequence[Source]) -> None:
        self.directory = directory
        self._options = dict(options)
        self._inputs = [json.dumps([source.shown, _state(source)]) + "\n" for source in sources]

    def start(self, *, restart: bool) -> Progress:
        """How far the run came that was begun here, with everything else removed that it wrote. Refuses another one."""
        if restart:
            for name in (_MANIFEST, _INPUTS, _SUMMARY):
                (self.directory / name).unlink(missing_ok=True)
        strangers = sorted({path.name for path in self.directory.iterdir()} - set(_OURS))
        if strangers:
            raise UsageError(
                f"{self.directory}: holds {strangers[0]}, which is not of a filter run; name another --output"
            )
        path = self.directory / _MANIFEST
        if path.exists():
            progress = self._resumed(path)
        else:
            progress = Progress()
            for name in (KEPT, REJECTED):
                shutil.rmtree(self.directory / name, ignore_errors=True)
            self._write(_INPUTS, "".join(self._inputs))
            self.save(progress)
        for name in (KEPT, REJECTED):
            folder = self.directory / name
            folder.mkdir(exist_ok=True)
            for found in folder.iterdir():
                if found.name.startswith(".") or _number(found) >= progress.shards:
                    found.unlink()
        return progress

    def save(self, progress: Progress) -> None:
        """Remember that everything up to here is written."""
        record = {"options": self._options, "progress": asdict(progress)}
        self._write(_MANIFEST, json.dumps(record, indent=1, sort_keys=True) + "\n")

    def _resumed(self, path: Path) -> Progress:
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            before, progress = record["options"], Progress(**record["progress"])
            inputs = (self.directory / _INPUTS).read_text(encoding="utf-8").splitlines(keepends=True)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise QualityError(
                f"{path}: is not a manifest of this version ({error}); begin anew with --restart"
            ) from None
        for name in sorted({*before, *self._options}):
            old, new = before.get(name, "not given"), self._options.get(name, "not given")
            if old != new:
                raise UsageError(
                    f"{self.directory}: was begun with another {name} ({old}, now {new}); "
                    "give the same, or begin anew with --restart"
                )
        for old_line, new_line in zip(inputs, self._inputs, strict=False):
            if old_line != new_line:
                raise UsageError(f"{json.loads(old_line)[0]}: {_CHANGED}")
        if len(inputs) != len(self._inputs):
            longer = max(inputs, self._inputs, key=len)
            raise UsageError(f"{json.loads(longer[min(len(inputs), len(self._inputs))])[0]}: {_CHANGED}")
        return progress

    def _write(self, name: str, content: str) -> None:
        temporary = self.directory / KEPT / f".{name}.tmp"
        temporary.parent.mkdir(exist_ok=True)
        temporary.write_text(content, encoding="utf-8")
        publish(temporary, self.directory / name)

    def write_summary(self, summary: Mapping[str, Any]) -> None:
        self._write(_SUMMARY, json.dumps(summary, indent=1, ensure_ascii=False) + "\n")


_CHANGED: Final = "was changed, added or removed since the run began; begin anew with --restart"


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Makes the directory, and keeps a second run out of it for as long as this process lives."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        stream = (directory / _LOCK).open("w")
    except OSError as error:
        raise UsageError(f"{directory}: cannot be written ({error.strerror}); name another --output") from error
    with stream:
        try:
            # Not flock, whose lock the processes that score would have a part in: they end a little later.
            fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            raise UsageError(
                f"{directory}: another run is writing here; wait for it, or name another --output"
            ) from None
        yield


def _state(source: Source) -> str:
    """What changes when a source changes: its size and the time of its last change, or what its storage tells."""
    if is_remote(source.path):
        return remote_state(source.path)
    found = None if source.path == "-" else Path(source.path).stat()
    if found is None or not stat.S_ISREG(found.st_mode):
        raise UsageError(f"{source.shown}: a pipe cannot be read twice, as going on after a stop takes; name files")
    return f"{found.st_size} {found.st_mtime_ns}"


def _number(path: Path) -> int:
    return int(path.stem.removeprefix("part-"))
