"""Wrong decodings: of the cases that ftfy is tested with, how many are found, with ftfy's repair as suggestion.

    pip download --no-deps --no-binary :all: ftfy==6.3.1
    tar xf ftfy-6.3.1.tar.gz
    python benchmarks/mojibake.py ftfy-6.3.1/tests/test_cases.json

A case that ftfy's authors mark as one that it gets wrong ("expect": "fail") stands by itself. Found is what has a
finding; what counts as well makes up the share of broken words. Cases that ftfy changes otherwise alone, say in curly
quotation marks, are left out.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from quality.features.encoding import find_broken_encoding


def is_negative(case: dict[str, Any]) -> bool:
    return bool(case["fixed"] == case["original"])


def is_repaired(case: dict[str, Any]) -> bool:
    return bool(case.get("fixed-encoding", case["fixed"]) != case["original"])


def judged(text: str) -> tuple[bool, bool, str]:
    """Whether a text has a finding, whether one counts, and the text with all suggestions taken."""
    traces = find_broken_encoding(text)
    repaired = text
    for span in sorted((span for span, _ in traces), key=lambda span: span.start, reverse=True):
        if span.suggestion is not None:
            repaired = repaired[: span.start] + span.suggestion + repaired[span.end :]
    return bool(traces), any(counts for _, counts in traces), repaired


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path)
    cases = json.loads(parser.parse_args().cases.read_text(encoding="utf-8"))
    groups = {
        "ftfy repairs": [case for case in cases if case["expect"] == "pass" and is_repaired(case)],
        "ftfy leaves alone": [case for case in cases if case["expect"] == "pass" and is_negative(case)],
        "ftfy gets wrong": [case for case in cases if case["expect"] == "fail"],
    }
    print("| cases that | number | found | counted | repaired alike |\n|---|---:|---:|---:|---:|")
    for name, group in groups.items():
        rows = [(*judged(case["original"]), case) for case in group]
        found, counted = sum(row[0] for row in rows), sum(row[1] for row in rows)
        alike = sum(plain == case.get("fixed-encoding", case["fixed"]) for _, _, plain, case in rows)
        print(f"| {name} | {len(rows)} | {found} | {counted} | {alike} |")
        for is_found, _, _, case in rows:
            if is_found == (name == "ftfy leaves alone"):
                print(f"<!-- {case['label']}: {case['original']!a} -->")


if __name__ == "__main__":
    main()
