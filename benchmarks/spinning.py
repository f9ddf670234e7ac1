"""How much of real spun pages is found, and which of the words that a spinner exchanged, and what that costs.

    python benchmarks/spinning.py --data ../shared/data

Pages are those of spin/wild-spun, aligned paragraphs those of spin/synthetic.en: a change is found where a finding
overlaps it, a finding is right where it overlaps a change, and so is a suggestion that is the original, of those where
one is made. Rules were learned from words of wild-spun too; of synthetic.en nothing was.
"""

from __future__ import annotations

import argparse
import os
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import islice
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from quality import Scorer
from quality.document import Finding
from quality.features import spinning
from quality.training.data import clean_texts, read_rows

WORD = re.compile(r"\w+(?:[-'’]\w+)*")
#: A change of more words is no replacement.
LONGEST = 5
#: Essays that are timed, and of all clean texts every so manieth, up to so many characters.
TIMED, EVERY, LONGEST_TEXT = 400, 40, 10_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="directory that holds spin/, web/ …")
    data = parser.parse_args().data
    scorer = Scorer(language="en")
    missed = []
    for number, row in enumerate(read_rows(data, "spin/wild-spun")):
        report = scorer.score(row["text"])
        if "spinning" not in report.kinds:
            missed.append(f"{number} ({report.scores['spinning']:.3f})")
    threshold = report.thresholds["spinning"]
    print(f"real pages: {len(missed)} of {number + 1} missed, {', '.join(missed)}; threshold {threshold:.3f}\n")
    print(
        "| spinner | paragraphs | changes found | findings right | right originals first |\n|---|---:|---:|---:|---:|"
    )
    for spinner, counts in aligned(data, scorer).items():
        found, right = counts["found"] / counts["changes"], counts["right"] / counts["findings"]
        first = counts["first"] / counts["suggested"]
        print(f"| {spinner} | {counts['paragraphs']} | {found:.3f} | {right:.3f} | {first:.3f} |")
    print("\n| texts | of the time for scores | of the time for scores and findings |\n|---|---:|---:|")
    essays = [row["text"] for row, _ in zip(read_rows(data, "web/en-clean"), range(TIMED), strict=False)]
    mixed = [text.text[:LONGEST_TEXT] for text in islice(clean_texts(data, "en"), 0, None, EVERY)]
    for name, texts in (("learners' essays", essays), ("every register", mixed)):
        print(f"| {name} | {cost(texts, explain=False):.1%} | {cost(texts, explain=True):.1%} |")


def aligned(data: Path, scorer: Scorer) -> dict[str, Counter[str]]:
    """Counts by spinner over all paragraphs that are known as they were before."""
    pairs: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in read_rows(data, "spin/synthetic.en"):
        pairs[row["pair_id"]].append(row)
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    for rows in pairs.values():
        before = next((row["text"] for row in rows if not row.get("frac")), None)
        for row in rows:
            if before is None or not row.get("frac"):
                continue
            findings = [one for one in scorer.score(row["text"]).findings if one.code.startswith("S2")]
            spans = list(changes(before, row["text"]))
            counts = totals[row["tool"]]
            counts += Counter(paragraphs=1, changes=len(spans), findings=len(findings))
            counts["right"] += sum(any(overlaps(one, start, end) for start, end, _ in spans) for one in findings)
            for start, end, original in spans:
                here = [one for one in findings if overlaps(one, start, end)]
                suggested = [one.suggestion.lower() for one in here if one.suggestion]
                counts["found"] += bool(here)
                counts["suggested"] += bool(suggested)
                counts["first"] += any(f" {one} " in f" {original} " for one in suggested)
    return totals


def changes(before: str, after: str) -> Iterator[tuple[int, int, str]]:
    """Where words of a text were replaced, and by which: start and end in `after`, the words in `before`."""
    old, new = [word.group() for word in WORD.finditer(before)], list(WORD.finditer(after))
    matcher = SequenceMatcher(None, old, [word.group() for word in new], autojunk=False)
    for kind, first, last, begin, end in matcher.get_opcodes():
        if kind == "replace" and last - first <= LONGEST and end - begin <= LONGEST:
            yield new[begin].start(), new[end - 1].end(), " ".join(old[first:last]).lower()


def overlaps(finding: Finding, start: int, end: int) -> bool:
    return finding.start < end and start < finding.end


def cost(texts: list[str], *, explain: bool) -> float:
    """The share of the processor's seconds that spinning takes, the second time that the texts are scored."""
    scorer = Scorer(language="en", explain=explain)
    measure, spent = spinning.measure, 0.0

    def timed(*arguments: object, **options: object) -> object:
        nonlocal spent
        began = time.process_time()
        evidence = measure(*arguments, **options)  # type: ignore[arg-type]
        spent += time.process_time() - began
        return evidence

    spinning.measure = timed  # type: ignore[assignment]
    for _ in range(2):
        spent, began = 0.0, time.process_time()
        scorer.score_batch(texts)
    share = spent / (time.process_time() - began)
    spinning.measure = measure
    return share


if __name__ == "__main__":
    main()
