"""How often a new sentence in an accepted document fails: clean ones should not, damaged ones should.

    python benchmarks/accepted.py --data ../shared/data

A seed that is damaged is accepted as `quality check --write-baseline` does it; sentences are put into it one at a time,
as a paragraph of their own and at the end of a damaged one, and judged as `quality check` does it. Printed is the share
that fails, by source, and beside it the share in which the document has any new finding at all. Some of the sources
were trained on; the learners' English in web/en-clean and spin/wild-spun never are.
"""

from __future__ import annotations

import argparse
import os
import random
import re
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from quality import Document, Scorer
from quality.gate import judge
from quality.gate.baseline import Baseline, entries_of
from quality.settings import Settings
from quality.training.data import read_rows

ROOT = Path(__file__).resolve().parent.parent
#: What is accepted, by language, and what is put into it: a source and the kind of its rows, if they have several.
HOSTS = {
    "en-spun-severe-bees.txt": ("en", "spun"),
    "en-mt-mild-lighthouse.txt": ("en", "mt"),
    "de-mt-severe-garden.txt": ("de", "mt"),
}
CLEAN = {
    "en": (
        ("clean/en-18f-blog", None),
        ("clean/en-whitehouse-2021-25", None),
        ("clean/en-reuters21578", None),
        ("clean/en-eltec-novels", None),
        ("web/en-clean", None),
        ("mt/wmt23.en", "human-original"),
    ),
    "de": (
        ("web/de-clean", None),
        ("clean/de-bundestag-wp20", None),
        ("clean/de-eltec-novels", None),
        ("mt/wmt23.de", "human-original"),
    ),
}
DAMAGED = {
    ("en", "spun"): (("spin/wild-spun", None), ("spin/synthetic.en", "spun")),
    ("en", "mt"): (("mt/wmt13.en", "mt"),),
    ("de", "mt"): (("mt/wmt13.de", "mt"), ("msdocs/de-2018", "mt")),
}
SENTENCE = re.compile(r"\S.*?[.!?…]+[\"'”’»)\]]*(?=\s|$)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sentences", type=int, default=300, help="of each source")
    args = parser.parse_args()
    print(f"{'accepted':30}{'new sentence from':30}{'n':>6}{'fails':>8}{'any finding':>13}")
    for host, (language, damage) in HOSTS.items():
        for source, kind in (*CLEAN[language], *DAMAGED[language, damage]):
            chosen = sentences(args.data, source, kind, args.sentences)
            fails, shown, count = outcome((ROOT / "seeds" / host).read_text(encoding="utf-8"), chosen, language)
            print(f"{host:30}{source:30}{count:6}{fails / count:8.3f}{shown / count:13.3f}", flush=True)


def sentences(data: Path, source: str, kind: str | None, count: int) -> list[str]:
    """Sentences of 6 to 40 words, by chance from documents by chance, always the same."""
    chance = random.Random(7)
    rows = [row for row in read_rows(data, source) if kind in (None, row.get("kind"))]
    texts = [row["text"] for row in chance.sample(rows, min(len(rows), 400))]
    found = [s for text in texts for line in text.splitlines() for s in SENTENCE.findall(line)]
    found = [sentence for sentence in found if 6 <= len(sentence.split()) <= 40]
    return chance.sample(found, min(count, len(found)))


def outcome(accepted: str, chosen: list[str], language: str) -> tuple[int, int, int]:
    """How many of the texts with a new sentence fail, how many have any new finding, and how many there are."""
    scorer, alone = Scorer(), Scorer(language=language)
    report = scorer.score(accepted, path="a")
    standing = judge(Document(accepted, path="a"), report, Settings())
    assert standing.failing
    baseline = Baseline("b", entries_of(standing.problems, report, "a"))
    known = {finding.text for finding in report.findings}
    texts = [text for sentence in chosen for text in with_sentence(accepted, sentence)]
    fails = shown = 0
    for text, scored in zip(texts, scorer.score_batch(texts), strict=True):
        judged = judge(Document(text), scored, Settings(), baseline=(baseline, alone.score_batch))
        fails += bool(judged.failing)
        letters = {problem.code[0] for problem in standing.problems}
        shown += any(f.text not in known and f.code[0] in letters for f in scored.findings)
    return fails, shown, len(texts)


def with_sentence(text: str, sentence: str) -> Iterator[str]:
    lines = text.splitlines()
    at = max(range(len(lines)), key=lambda number: len(lines[number]))
    yield "\n".join([*lines[:at], sentence, *lines[at:]])
    yield "\n".join([*lines[:at], f"{lines[at]} {sentence}", *lines[at + 1 :]])


if __name__ == "__main__":
    main()
