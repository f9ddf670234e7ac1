"""Builds everything in models/ from a data directory: `quality train`."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from quality.errors import TrainingError
from quality.language import MODEL_FILE
from quality.model import Models
from quality.training.baselines import ablations, baselines
from quality.training.boilerplate import train_boilerplate
from quality.training.casing import casing_lexicon, count_forms
from quality.training.data import language_model_texts
from quality.training.heads import fit_head
from quality.training.judgements import Judgement, judgements, write_judgements
from quality.training.language_models import train_language_model
from quality.training.manifest import EVALUATION, write_manifest
from quality.training.pages import train_outline
from quality.training.spinning import train_spinning
from quality.training.tables import evaluation_table
from quality.training.translation import FEATURES, examples, head_data, train_translation
from quality.training.wording import train_wording

__all__ = ["LANGUAGES", "train", "write_evaluation"]

log = logging.getLogger(__name__)

LANGUAGES = ("de", "en")
#: German has twice the forms of English: rarer n-grams go, so that both fit their 32 MB.
PRUNE = {"de": ("0", "0", "1", "2", "3"), "en": ("0", "0", "1", "1", "2")}


def train(data: Path, output: Path, *, tools: Path, seed: int = 0, predictions: Path | None = None) -> None:
    """Build all models from labelled data into `output`; some thirty minutes on two cores.

    `predictions` is where every held-out judgement goes, for `quality evaluate`. The same data, tools and seed give the
    same scores. Raises TrainingError when data or tools are missing.
    """
    output.mkdir(parents=True, exist_ok=True)
    for path in (data, tools / "bin" / "lmplz", tools / MODEL_FILE):
        if not path.exists():
            raise TrainingError(
                f"{path}: not found; build the tools with scripts/build_tools.sh, name the data with --data"
            )
    shutil.copyfile(tools / MODEL_FILE, output / MODEL_FILE)
    forms = {language: count_forms(language_model_texts(data, language)) for language in LANGUAGES}
    for language in LANGUAGES:
        words = train_language_model(
            language_model_texts(data, language),
            output / language / "fluency.binary",
            tools=tools,
            prune=PRUNE[language],
        )
        log.info("%s: language model over %d words", language, words)
        lexicon = casing_lexicon(forms[language], None if language == "en" else forms["en"])
        _write_json(output / language / "casing.json", lexicon)
    heads: dict[str, list[dict[str, Any]]] = {language: [] for language in LANGUAGES}
    tables = []
    judged: list[Judgement] = []
    for language in LANGUAGES:
        measured = train_translation(data, output, language, seed=seed, models=_models(output, seed))
        for level, rows in head_data(measured).items():
            names = FEATURES[level]
            head, seen = fit_head(rows, kind="machine_translation", level=level, language=language, features=names)
            heads[language].append(head.to_dict())
            tables.append(evaluation_table(head, rows, seen))
            if predictions is not None:
                judged += judgements(head, rows, seen, baselines(rows, names) | ablations(rows, names))
        people = (example.text for example in examples(data, language, seed) if example.text.label == "human")
        tables.append(train_wording(data, output, language, seed=seed, models=_models(output, seed), people=people))
    spun: list[str] = []
    for language in LANGUAGES:
        records, found, rows_judged = train_spinning(
            data, output, language, tools=tools, seed=seed, models=_models(output, seed)
        )
        heads[language].extend(records)
        spun.extend(found)
        judged += rows_judged
    for language in LANGUAGES:
        _write_json(output / language / "heads.json", heads[language])
    records, furniture = train_boilerplate(data, _models(output, seed), seed=seed)
    _write_json(output / "boilerplate" / "heads.json", records)
    train_outline(data, output)
    write_manifest(output, LANGUAGES, seed=seed)
    signature = Models(output).signature
    write_evaluation(output, signature, [*tables, *spun, furniture])
    if predictions is not None:
        write_judgements(predictions, signature, judged)
    log.info("models %s in %s", signature, output)


def write_evaluation(output: Path, signature: str, tables: Sequence[str]) -> None:
    """Write `output/EVALUATION.md`: what the classifiers call in sources that they had not seen."""
    head = (
        "# Evaluation on sources left out of training\n\n"
        f"Written by `quality train` with the models of signature {signature}. Groups (years, products, sites,\n"
        "authors, spinners) are never in training and evaluation at once. By its label machine-translated text counts\n"
        "as damaged even where it reads well: recall is a lower bound for text that a reader would call damaged.\n"
    )
    (output / EVALUATION).write_text("\n".join([head, *tables]).rstrip() + "\n", encoding="utf-8")


def _models(output: Path, seed: int) -> Models:
    """The models so far, with a manifest that lists them."""
    write_manifest(output, LANGUAGES, seed=seed)
    return Models(output)


def _write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1) + "\n", encoding="utf-8")
