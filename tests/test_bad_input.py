"""Whatever is wrong with an input: it is said, everything else is read, and it costs neither memory nor time."""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from bad_input import BAD, Bad

from quality.reading import Reader

#: Memory of the whole process while reading anything in the table, in MB. A document may have 64 MB, and is held
#: as bytes, as text and as the parts it was read in.
_MOST_MEGABYTES = 900
_MOST_SECONDS = 20


def test_there_are_at_least_sixty_kinds_and_each_has_a_name_of_its_own() -> None:
    assert len({bad.name for bad in BAD}) == len(BAD) >= 60


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_bad_input_is_said_and_everything_else_is_read(tmp_path: Path, bad: Bad) -> None:
    if bad.needs and find_spec(bad.needs) is None:
        pytest.skip(f"needs {bad.needs}")
    inputs = tmp_path / "in"
    inputs.mkdir()
    bad.make(inputs)
    (tmp_path / "sound.txt").write_text("Sound words.")
    named = sorted(inputs.iterdir()) if bad.named else [inputs]
    reader = Reader([*named, tmp_path / "sound.txt"])
    began = time.process_time()
    documents = list(reader)
    assert time.process_time() - began < _MOST_SECONDS
    assert documents[-1].text == "Sound words."
    said = [*map(str, reader.errors), *reader.skipped]
    if bad.said:
        assert bad.said in said[0]
        assert "\n" not in said[0].replace(str(named[0]), "")
        assert all(document.text or document.error for document in documents)
    else:
        assert said == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "sound.txt"]  # nothing was unpacked
    if sys.platform == "linux":
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 < _MOST_MEGABYTES


def test_a_file_that_vanishes_after_it_was_listed_is_said_and_the_others_are_read(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.txt").write_text(name)
    reader = Reader([tmp_path])
    documents = iter(reader)
    assert next(documents).text == "a"
    (tmp_path / "b.txt").unlink()
    assert [document.text for document in documents] == ["c"]
    assert "b.txt: cannot be read (No such file or directory)" in str(reader.errors[0])


def test_a_file_that_may_not_be_read_is_said_and_the_others_are_read() -> None:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o755)
        (directory / "a.txt").write_text("a")
        (directory / "b.txt").write_text("b")
        (directory / "a.txt").chmod(0)
        with as_a_stranger():
            reader = Reader([directory])
            texts = [document.text for document in reader]
    assert texts == ["b"]
    message = f"{name}/a.txt: cannot be read (Permission denied); check the name and permissions"
    assert list(map(str, reader.errors)) == [message]


@contextmanager
def as_a_stranger() -> Iterator[None]:
    """Without the rights of root, who may read everything."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
