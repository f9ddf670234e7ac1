"""What a language of one's own is worth: the table of docs/own-models.md.

    python benchmarks/new_language.py --data ../shared/data

Spanish and French are added to the bundled models by `quality train`, as docs/own-models.md tells, from product
documentation without one product, news by engines and people, and plain text; and judged on the product that was left
out, each in turn. How raw pages are typed is learned anew for each product, without the product: from nine other
languages, as for a language that nobody knows, or with `--outline all` from Spanish and French too, as it ships. Takes
some fifteen minutes on one core.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from quality import Scorer
from quality.document import MIN_WORDS
from quality.model import Models, bundled_models
from quality.training.data import detokenise, read_rows
from quality.training.labelled import Fields
from quality.training.manifest import write_manifest
from quality.training.new_language import add_language
from quality.training.own_report import interval
from quality.training.pages import LANGUAGES as OUTLINE_LANGUAGES
from quality.training.pages import train_outline

LANGUAGES = ("es", "fr")
#: Sentences of a document that is made of a file of the translation tasks, and news documents that are taken.
SENTENCES = 12
NEWS = 2500
LAST_STATISTICAL_YEAR = 2018
#: Its engines are neural and mostly read like people: what they wrote is labelled by its origin, not for damage.
FLUENT_NEWS = ("wmt21",)


def documentation(data: Path, language: str) -> list[dict[str, Any]]:
    """Published product documentation, as it is: `kind` tells whether it is raw translation."""
    rows = read_rows(data, f"msdocs/{language}")
    return [
        {"text": row["text"], "label": row["kind"], "group": row["product"], "year": int(row["date"][:4])}
        for row in rows
        if len(row["text"].split()) >= MIN_WORDS
    ]


def news(data: Path, language: str) -> list[dict[str, Any]]:
    """News by weak engines and people, in documents of a dozen sentences, three a paragraph."""
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for path in sorted((data / "mt").glob(f"wmt*.{language}.jsonl.xz")):
        name = path.name.removesuffix(".jsonl.xz")
        if name.startswith(FLUENT_NEWS):
            continue
        for row in read_rows(data, f"mt/{name}"):
            if row["kind"] != "human-postedit" and not (row["kind"] == "mt" and row.get("eq_human")):
                key = (name.split(".")[0], row["kind"], row["system"], str(row.get("set")), str(row.get("doc")))
                found[key].append(detokenise(row["text"]))
    rows = []
    for (group, kind, *_), sentences in found.items():
        for first in range(0, len(sentences), SENTENCES):
            part = sentences[first : first + SENTENCES]
            text = "\n".join(" ".join(part[at : at + 3]) for at in range(0, len(part), 3))
            rows.append({"text": text, "label": "mt" if kind == "mt" else "human", "group": group})
    return random.Random(0).sample(rows, min(len(rows), NEWS))


def plain(data: Path, language: str) -> Iterator[str]:
    """What people wrote: all that is there in the language."""
    for path in sorted((data / "clean").glob(f"{language}-*.jsonl.xz")):
        for row in read_rows(data, f"clean/{path.name.removesuffix('.jsonl.xz')}"):
            yield row["text"]
    pages = (row["text"] for row in read_rows(data, f"mt/paracrawl.{language}") if row["lang"] == language)
    yield "\n".join(pages)


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def base_without(data: Path, product: str, output: Path, *, outline: set[str]) -> Models:
    """The bundled models; what they know of pages in any language is learned without the product, from `outline`."""
    bundled = bundled_models()
    for name, path in bundled.verify().items():
        (output / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, output / name)
    train_outline(data, output, products=(product,), languages=outline)
    write_manifest(output, bundled.languages, seed=0)
    return Models(output)


def judged(models: Models, language: str, rows: list[dict[str, Any]]) -> str:
    """AUROC on documents, with its interval, and on those up to the last year of statistical engines, and later."""
    reports = Scorer(models, language=language, explain=False).score_batch([row["text"] for row in rows])
    scores = np.array([report.scores["machine_translation"] for report in reports], np.float64)
    damaged = np.array([row["label"] == "mt" for row in rows])
    early = np.array([row["year"] <= LAST_STATISTICAL_YEAR for row in rows])
    cells = []
    for part in (np.ones(len(rows), np.bool_), ~damaged | early, ~damaged | ~early):
        chosen = part & ~np.isnan(scores)
        both = len(np.unique(damaged[chosen])) == 2
        cells.append(interval(scores[chosen], damaged[chosen], np.flatnonzero(chosen)) if both else "–")
    return " | ".join(cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="labelled training data")
    parser.add_argument("--language", action="append", choices=LANGUAGES, help="one of them only")
    parser.add_argument("--outline", choices=("others", "all"), default="others", help="languages that it knows")
    given = parser.parse_args()
    outline = set(OUTLINE_LANGUAGES) - (set(LANGUAGES) if given.outline == "others" else set())
    print("| language | product left out | raw, people | AUROC, 95 % | raw to 2018 | raw later |")
    print("|---|---|---:|---:|---:|---:|")
    languages = given.language or LANGUAGES
    pages = {language: documentation(given.data, language) for language in languages}
    for product in sorted({row["group"] for rows in pages.values() for row in rows}):
        with tempfile.TemporaryDirectory() as scratch:
            work = Path(scratch)
            base = base_without(given.data, product, work / "base", outline=outline)
            for language in languages:
                unseen = [row for row in pages[language] if row["group"] == product]
                counts = Counter(row["label"] == "mt" for row in unseen)
                if len(counts) < 2:
                    continue
                known = [row for row in pages[language] if row["group"] != product] + news(given.data, language)
                texts = [{"text": text} for text in plain(given.data, language)]
                told = add_language(
                    [write(work / "labelled.jsonl", known)],
                    [write(work / "plain.jsonl", texts)],
                    base,
                    work / "models",
                    Fields(),
                    language=language,
                    tools=None,
                    seed=0,
                )
                print(told, file=sys.stderr)
                cells = judged(Models(work / "models"), language, unseen)
                print(f"| {language} | {product} | {counts[True]}, {counts[False]} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
