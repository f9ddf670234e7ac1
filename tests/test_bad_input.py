"""Whatever is wrong with an input: it is said, everything else is read, and it costs neither memory nor time."""

from __future__ import annotations

import resource
import sys
import time
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
