"""Kills `quality filter` at random moments, goes on each time, and compares the result with that of an undisturbed run.

    python benchmarks/kills.py                      # 20 kills over 20,000 records
    python benchmarks/kills.py --kills 5 --records 4000
    python benchmarks/kills.py --records 1000000 --characters 120 --shard-records 20000 --jobs 2

Prints how many times it was killed, how many records came out, and fails if a byte differs or a record is missing or
doubled. Texts are the seeds, over and over; the scorer and its models are the real ones.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--characters", type=int, default=10_000, help="texts are cut to so many")
    parser.add_argument("--shard-records", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    chance = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        write_inputs(directory, args.records, args.characters)
        more = ["--shard-records", str(args.shard_records), "--jobs", str(args.jobs)]
        began = time.monotonic()
        run(directory, "whole", more).wait()
        took = time.monotonic() - began
        kills = runs = 0
        while True:
            runs += 1
            process = run(directory, "killed", more)
            try:
                # Loading the models takes its time: a kill before the first part is finished proves little.
                process.wait(chance.uniform(0.8, max(1.5, 1.5 * took / args.kills)) if kills < args.kills else None)
                break
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
                kills += 1
        same = contents(directory / "whole") == contents(directory / "killed")
        ids = sorted(identifiers(directory / "killed"))
        once = ids == list(range(args.records))
    print(f"{kills} kills in {runs} runs; {len(ids)} records came out; same bytes: {same}; each once: {once}")
    return 0 if same and once else 1


def write_inputs(directory: Path, count: int, characters: int) -> None:
    texts = [path.read_text(encoding="utf-8")[:characters] for path in sorted((ROOT / "seeds").glob("*.txt"))]
    lines = [json.dumps({"id": number, "text": texts[number % len(texts)]}) + "\n" for number in range(count)]
    half = count // 2
    (directory / "a.jsonl").write_text("".join(lines[:half]), encoding="utf-8")
    (directory / "b.jsonl.gz").write_bytes(gzip.compress("".join(lines[half:]).encode()))


def run(directory: Path, output: str, more: list[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "quality", "filter", "--output", output, *more, "a.jsonl", "b.jsonl.gz"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=directory, env=environment, stderr=subprocess.DEVNULL)


def contents(directory: Path) -> dict[str, bytes]:
    files = (path for path in directory.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(directory)): path.read_bytes() for path in files}


def identifiers(directory: Path) -> list[int]:
    files = [*directory.glob("kept/*.jsonl"), *directory.glob("rejected/*.jsonl")]
    return [json.loads(line)["id"] for path in files for line in path.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    sys.exit(main())
