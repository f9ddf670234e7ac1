"""Memory and time of `quality repeats` on generated documents, some of which share a tail, and whether it is found.

    python benchmarks/repeats.py                            # 100,000 documents, a tail on 1 % of them
    python benchmarks/repeats.py --documents 1000000 --share 0.001

Every document has lines of its own, of words drawn from the English seeds; the tail has three lines. Fails if a line of
the tail is missing from the table, if another one is in it, or if the peak of memory is over `--most`.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TAIL = ("More from the harbour desk every day.", "Write to us about the ferries", "Printed on paper of 2026")
LINES, WORDS = 16, 12


def documents(count: int, share: float, seed: int) -> Iterator[str]:
    """So many texts of `LINES` lines of `WORDS` words; one in 1/`share` ends with the tail."""
    chance = random.Random(seed)
    words = sorted({word for path in (ROOT / "seeds").glob("en-clean-*.txt") for word in path.read_text().split()})
    with_tail = set(chance.sample(range(count), round(share * count)))
    for number in range(count):
        lines = [" ".join(chance.choices(words, k=WORDS)) for _ in range(LINES)]
        yield "\n".join((*lines, *TAIL) if number in with_tail else lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--share", type=float, default=0.01, help="of the documents that have the tail, 0..1")
    parser.add_argument("--most", type=float, default=200.0, help="megabytes of memory allowed")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        corpus, table = Path(directory, "corpus.jsonl"), Path(directory, "repeats.tsv")
        with corpus.open("w", encoding="utf-8") as stream:
            for text in documents(args.documents, args.share, args.seed):
                stream.write(json.dumps({"text": text}) + "\n")
        began = time.monotonic()
        command = [sys.executable, "-m", "quality", "repeats", "--output", str(table), str(corpus)]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        seconds = time.monotonic() - began
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        listed = table.read_text(encoding="utf-8")
        size = corpus.stat().st_size / 1e6
    found = sum(line in listed for line in TAIL)
    others = sum(not row.startswith("#") for row in listed.splitlines()) - found
    print(f"{args.documents} documents, {size:.0f} MB, tail on {args.share:.1%}: {found} of {len(TAIL)} lines found,")
    print(f"{others} others; {seconds:.0f} s, peak {peak:.0f} MB of memory")
    return 0 if found == len(TAIL) and not others and peak <= args.most else 1


if __name__ == "__main__":
    raise SystemExit(main())
