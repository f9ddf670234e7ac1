from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import settings

HERE = Path(__file__).parent

# How long one example takes says more about who else is busy on the machine than about the code.
settings.register_profile("any-machine", deadline=None)
settings.load_profile("any-machine")

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The directory of shared data, which is not part of the repository."""
    directory = Path(os.environ.get("QUALITY_SHARED", HERE.parent.parent / "shared"))
    if not (directory / "seeds").is_dir():
        pytest.skip(f"no shared data in {directory}; name it with QUALITY_SHARED")
    return directory


def environment(*first: Path, **variables: str) -> Mapping[str, str]:
    """The environment of a command under test: no terminal settings of ours, this checkout's code."""
    ours = {"NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS", "QUALITY_DEBUG", "QUALITY_MODELS", "PYTHONIOENCODING"}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return {**kept, "PYTHONPATH": os.pathsep.join(map(str, (*first, HERE.parent))), **variables}


@pytest.fixture
def quality(tmp_path: Path) -> Run:
    """Runs `python -m quality` with the real models, in the test's own directory."""
    return runner(tmp_path)


@pytest.fixture
def stand_in(tmp_path: Path) -> Run:
    """Runs `python -m quality` with the scorer of tests/stand_in in the place of the trained one."""
    return runner(tmp_path, HERE / "stand_in")


def runner(directory: Path, *first: Path) -> Run:
    def run(*args: str, stdin: bytes = b"", **variables: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-W", "error", "-m", "quality", *args]
        return subprocess.run(
            command, cwd=directory, input=stdin, capture_output=True, env=environment(*first, **variables), timeout=120
        )

    return run
