"""Looks for input that breaks reading or scoring, guided by what code each try reaches (atheris).

    pip install atheris
    python benchmarks/fuzz.py --seconds 300

What is tried is one file: its first byte chooses the name that it gets, the rest is its content. A try fails where
anything but a ReadError comes out, or where a report does not fit its text (tests/fuzzed.py). Begins with the smallest
files of tests/bad_input.py and whatever is in `--corpus`, where it leaves what reached new code. A case that fails is
written to tests/fuzzed/, whose files tests/test_fuzzed.py tries for ever after.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

with atheris.instrument_imports(include=["quality"]):
    from fuzzed import NAMES, attempt  # and with it all of reading and scoring

#: Seconds in one process, and the most memory of it in MB: each try takes some 80 kB that never come back where this
#: code is watched (atheris 3.0); the same tries without it take none.
_ROUND, _MOST_MEMORY = 100, 3000
#: Longer files make every try slow, and reach nothing that these do not.
_LONGEST = 4096


def seed(corpus: Path) -> None:
    """Files of every format to begin with."""
    from bad_input import BAD

    for number, bad in enumerate(BAD):
        with tempfile.TemporaryDirectory() as name:
            bad.make(Path(name))
            for path in Path(name).iterdir():
                if path.is_file() and not path.is_symlink() and path.stat().st_size < _LONGEST:
                    suffix = next((at for at, one in enumerate(NAMES) if path.name.endswith(one[1:])), 0)
                    (corpus / f"bad-{number:03d}").write_bytes(bytes([suffix]) + path.read_bytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--corpus", type=Path, default=ROOT / "build" / "fuzz")
    arguments = parser.parse_args()
    arguments.corpus.mkdir(parents=True, exist_ok=True)
    seed(arguments.corpus)
    found = ROOT / "tests" / "fuzzed"
    found.mkdir(exist_ok=True)
    options = [str(arguments.corpus), f"-max_len={_LONGEST}", "-timeout=20", f"-rss_limit_mb={_MOST_MEMORY}"]
    options.append(f"-artifact_prefix={found}/")
    for begins in range(0, arguments.seconds, _ROUND):
        child = os.fork()
        if child == 0:
            seconds = min(_ROUND, arguments.seconds - begins)
            atheris.Setup([sys.argv[0], *options, f"-max_total_time={seconds}"], attempt)
            atheris.Fuzz()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status:
            sys.exit(status)


if __name__ == "__main__":
    main()
