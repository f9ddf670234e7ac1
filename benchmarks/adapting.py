"""What adapting to 200 labelled documents is worth: the table of docs/own-models.md.

    python benchmarks/adapting.py --data ../shared/data

German models are trained anew without four products of software documentation and without the news of 2013. They are
adapted to 200 documents of one of the products, half of them raw translation, and judged, before and after, on 500
other documents of each product and on sets of old: engines of 2013 against people, and against clean text of all kinds.
Intervals are of the difference, over documents drawn with replacement. Takes some ten minutes on one core.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import random
import shutil
import tempfile
from collections import defaultdict
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from sklearn.metrics import roc_auc_score

from quality import Scorer
from quality.model import Models, bundled_models
from quality.training.data import detokenise, read_rows
from quality.training.heads import fit_head
from quality.training.labelled import Fields
from quality.training.manifest import write_manifest
from quality.training.own import adapt_models
from quality.training.own_report import difference, told
from quality.training.translation import FEATURES, head_data, train_translation

PRODUCTS = ("visualstudio", "sql", "cpp", "dotnet")
FEWEST_WORDS = 60
#: Clean text of kinds that nothing here adapts to.
CLEAN = ("clean/de-germeval19-blurbs", "web/de-clean", "clean/de-bundestag-wp20")


def without_products(data: Path, output: Path) -> None:
    """The data less the products and the news of 2013; what stays whole is linked."""
    for path in data.glob("*/*.jsonl.xz"):
        target = output / path.relative_to(data)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.name == "wmt13.de.jsonl.xz":
            continue
        if path.parent.name == "msdocs" and path.name.startswith("de"):
            with lzma.open(path, "rt", encoding="utf-8") as rows, lzma.open(target, "wt", preset=1) as kept:
                kept.writelines(row for row in rows if json.loads(row)["product"] not in PRODUCTS)
        else:
            target.symlink_to(path.resolve())


def base_models(data: Path, output: Path) -> Models:
    """The bundled models with German translation learned from `data`."""
    bundled = bundled_models()
    shutil.copytree(bundled.directory, output)
    measured = train_translation(data, output, "de", seed=0, models=bundled)
    records = [record for record in bundled.json("de/heads.json") if record["kind"] != "machine_translation"]
    for level, rows in head_data(measured).items():
        names = FEATURES[level]
        head, _ = fit_head(rows, kind="machine_translation", level=level, language="de", features=names)
        records.append(head.to_dict())
    (output / "de" / "heads.json").write_text(json.dumps(records), encoding="utf-8")
    write_manifest(output, bundled.languages, seed=0)
    return Models(output)


def documentation(data: Path) -> dict[tuple[str, bool], list[str]]:
    """Documents by product and whether they are raw translation, in random order."""
    found: dict[tuple[str, bool], list[str]] = defaultdict(list)
    for row in read_rows(data, "msdocs/de"):
        if row["product"] in PRODUCTS and len(row["text"].split()) >= FEWEST_WORDS:
            found[row["product"], row["kind"] == "mt"].append(row["text"])
    for texts in found.values():
        random.Random(0).shuffle(texts)
    return found


def old_sets(data: Path) -> dict[str, tuple[list[str], list[bool]]]:
    """Sets that adapting must leave alone."""
    chance = random.Random(1)
    documents: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for row in read_rows(data, "mt/wmt13.de"):
        key = (row["kind"], row["system"], str(row.get("doc")))
        documents[key].append(detokenise(row["text"]))
    machine = ["\n".join(lines) for key, lines in documents.items() if key[0] == "mt"]
    people = ["\n".join(lines) for key, lines in documents.items() if key[0] != "mt"]
    machine = chance.sample(machine, 250)
    clean = list(people)
    for name in CLEAN:
        texts = [row["text"] for row in read_rows(data, name) if len(row["text"].split()) >= FEWEST_WORDS]
        clean += chance.sample(texts, 150)
    return {
        "news of 2013, engines and people": (machine + people, [True] * len(machine) + [False] * len(people)),
        "the same engines, clean web, blurbs, parliament": (
            machine + clean,
            [True] * len(machine) + [False] * len(clean),
        ),
    }


def scores(models: Models, texts: list[str]) -> np.ndarray:
    """Documents' probabilities, NaN for those too short to judge."""
    reports = Scorer(models, language="de", explain=False).score_batch(texts)
    values = [report.scores["machine_translation"] for report in reports]
    return np.array([np.nan if value is None else value for value in values])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="labelled training data")
    data = parser.parse_args().data
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        without_products(data, work / "data")
        base = base_models(work / "data", work / "base")
        pages = documentation(data)
        labelled = work / "labelled.jsonl"
        with labelled.open("w", encoding="utf-8") as lines:
            for damaged in (True, False):
                for number, text in enumerate(pages[PRODUCTS[0], damaged][:100]):
                    record = {"text": text, "label": "mt" if damaged else "clean", "group": f"{damaged} {number}"}
                    lines.write(json.dumps(record) + "\n")
        print(adapt_models([str(labelled)], base, work / "own", Fields(), language="de"))
        adapted = Models(work / "own")
        sets = {
            f"{product}, {'others of the same' if product == PRODUCTS[0] else 'not learned'}": (
                pages[product, True][100:350] + pages[product, False][100:350],
                [True] * len(pages[product, True][100:350]) + [False] * len(pages[product, False][100:350]),
            )
            for product in PRODUCTS
        } | old_sets(data)
        print("\n| documents of | number | AUROC before | after | change, 95 % |\n|---|---:|---:|---:|---:|")
        for name, (texts, labels) in sets.items():
            before, after = scores(base, texts), scores(adapted, texts)
            known = ~np.isnan(before)
            truth = np.array(labels)[known]
            before, after = before[known], after[known]
            change = told(difference(before, after, truth, np.arange(len(truth))), sign=True)
            areas = (f"{roc_auc_score(truth, values):.3f}" for values in (before, after))
            print(f"| {name} | {len(truth)} | {' | '.join(areas)} | {change} |", flush=True)


if __name__ == "__main__":
    main()
