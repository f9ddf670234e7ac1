"""How fast scoring is: seconds of one core for a megabyte of text, by part, language and length of the documents.

    python benchmarks/speed.py --data ../shared/data

Text is taken from clean corpora in the data directory where there is one, else from seeds/, and cut into documents
of 1, 10 and 100 kB. Beside it stands what KenLM's `score()` alone needs for the same text and model: machines
differ, and a busy one is slow at both. The best of several runs counts; models are loaded before.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

from quality import Document, Scorer
from quality.features import Batch, boilerplate, fluency, scripts, spinning, translation
from quality.features.fluency import language_model
from quality.language import assign_languages
from quality.parallel import batches, keep_memory
from quality.report.jsonl import report_line
from quality.segmentation import segment

ROOT = Path(__file__).resolve().parent.parent
SOURCES = {
    "de": ("web/de-clean", "clean/de-bundestag-wp20", "clean/de-eltec-novels", "boilerplate/trafilatura-eval"),
    "en": ("web/en-clean", "clean/en-digitalgov-blog", "clean/en-eltec-novels", "boilerplate/cleaneval-dev"),
}
LENGTHS = (1_000, 10_000, 100_000)
FAMILIES = (translation, fluency, spinning, boilerplate, scripts)


def texts(language: str, data: Path | None) -> Iterator[str]:
    """Documents as they are: paragraphs by line ends."""
    if data is None or not data.is_dir():
        names = sorted((ROOT / "seeds").glob(f"{language}-*.txt"))
        for _ in range(50):
            yield from (name.read_text(encoding="utf-8") for name in names)
        return
    for source in SOURCES[language]:
        with lzma.open(data / f"{source}.jsonl.xz", "rt", encoding="utf-8") as lines:
            for line in islice(lines, 120):
                row = json.loads(line)
                yield row.get("text") or "\n".join(part["text"] for part in row["lines"])


def documents(language: str, length: int, size: int, data: Path | None) -> list[Document]:
    """`size` bytes of text in documents of about `length` bytes, cut between paragraphs where there are any."""
    made: list[Document] = []
    kept: list[str] = []
    total = held = 0
    for text in texts(language, data):
        for start in range(0, len(text), length):
            part = text[start : start + length]
            kept.append(part)
            held += len(part.encode("utf-8"))
            if held >= length:
                made.append(Document("\n".join(kept)))
                total += held
                kept, held = [], 0
        if total >= size:
            break
    return made


def fastest(run: Callable[[Any], object], prepare: Callable[[], object], repeat: int) -> float:
    """Seconds of processor time of the quickest of several runs, what is prepared for each not counted."""
    best = float("inf")
    for _ in range(repeat):
        given = prepare()
        start = time.process_time()
        run(given)
        best = min(best, time.process_time() - start)
    return best


def measure(language: str, length: int, size: int, data: Path | None, repeat: int) -> dict[str, float]:
    """Seconds a megabyte of every part."""
    scorer, explaining = Scorer(explain=False), Scorer()
    models = scorer.models
    corpus = documents(language, length, size, data)
    megabytes = sum(len(document.text.encode("utf-8")) for document in corpus) / 1e6
    groups = list(batches(corpus))

    def cut() -> list[Batch]:
        return [Batch.of([segment(document) for document in group]) for group in groups]

    def fresh(told: list[Batch]) -> list[Batch]:
        """The same batches with nothing worked out yet but what the step before leaves: tokens and channel."""
        made = [Batch(batch.paragraphs, batch.bounds, batch.tokens) for batch in told]
        for batch in made:
            _ = batch.words, batch.channel
        return made

    segmented = cut()
    told = [assign_languages(batch, models)[1] for batch in segmented]
    model = language_model(models, language)
    sentences = [sentence for batch in told for sentence in batch.channel.texts()]
    reports = explaining.score_batch(corpus)

    def nothing() -> None:
        return None

    def families(family: Any) -> Callable[[list[Batch]], object]:
        return lambda made: [family.measure(batch, models, language=language, explain=False) for batch in made]

    #: What is timed, and what it is given.
    runs: dict[str, tuple[Callable[[Any], object], Callable[[], object]]] = {
        "segmentation": (lambda _: cut(), nothing),
        "language": (lambda made: [assign_languages(batch, models) for batch in made], lambda: fresh(segmented)),
        **{family.__name__.rpartition(".")[2]: (families(family), lambda: fresh(told)) for family in FAMILIES},
        "all": (lambda _: scorer.score_batch(corpus), nothing),
        "all, explained": (lambda _: explaining.score_batch(corpus), nothing),
        "JSON lines": (lambda _: [report_line(report, explain=True) for report in reports], nothing),
        "kenlm score()": (lambda _: [model.score(sentence, True, False) for sentence in sentences], nothing),
    }
    return {name: fastest(run, prepare, repeat) / megabytes for name, (run, prepare) in runs.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="Labelled data; without it, seeds/ is repeated.")
    parser.add_argument("--size", type=int, default=500_000, help="Bytes of text for each row.")
    parser.add_argument("--repeat", type=int, default=3, help="Runs of which the fastest counts.")
    arguments = parser.parse_args()
    keep_memory()  # as the commands do
    columns: dict[str, dict[str, float]] = {}
    for language in SOURCES:
        for length in LENGTHS:
            columns[f"{language} {length // 1000} kB"] = measure(
                language, length, arguments.size, arguments.data, arguments.repeat
            )
    print("Seconds of one core for a megabyte of text.\n")
    print("| part | " + " | ".join(columns) + " |")
    print("| --- |" + " ---: |" * len(columns))
    for part in next(iter(columns.values())):
        print(f"| {part} | " + " | ".join(f"{column[part]:.3f}" for column in columns.values()) + " |")
    print("| **MB/s, all** | " + " | ".join(f"**{1 / column['all']:.2f}**" for column in columns.values()) + " |")
    ratios = " | ".join(f"{column['all'] / column['kenlm score()']:.1f}" for column in columns.values())
    print(f"| all : kenlm score() | {ratios} |")


if __name__ == "__main__":
    main()
