"""Builds everything in models/ from a data directory: `quality train`."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from quality.errors import TrainingError
from quality.features import translation
from quality.language import MODEL_FILE
from quality.model import Models
from quality.training.boilerplate import train_boilerplate
from quality.training.casing import casing_lexicon, count_forms
from quality.training.data import language_model_texts
from quality.training.heads import fit_head
from quality.training.language_models import train_language_model
from quality.training.manifest import write_manifest
from quality.training.spinning import train_spinning
from quality.training.translation import head_data, train_translation

__all__ = ["LANGUAGES", "train"]

log = logging.getLogger(__name__)

LANGUAGES = ("de", "en")
#: German has twice the forms of English: rarer n-grams go, so that both fit their 32 MB.
PRUNE = {"de": ("0", "0", "1", "2", "3"), "en": ("0", "0", "1", "1", "2")}


def train(data: Path, output: Path, *, tools: Path, seed: int = 0) -> None:
    """Build all models from labelled data into `output`; some thirty minutes on two cores.

    The same data, tools and seed give the same scores. Raises TrainingError when data or tools are missing.
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
    for language in LANGUAGES:
        measured = train_translation(data, output, language, seed=seed, models=_models(output, seed))
        for level, rows in head_data(measured).items():
            names = translation.DOCUMENT_NAMES if level == "document" else translation.PARAGRAPH_FEATURES
            head, _ = fit_head(rows, kind="machine_translation", level=level, language=language, features=names)
            heads[language].append(head.to_dict())
            log.info("%s: %s threshold %.4f (%s)", language, level, head.threshold, head.source)
    records, table = train_spinning(data, output, tools=tools, seed=seed, models=_models(output, seed))
    heads["en"].extend(records)
    _log_table(table)
    for language in LANGUAGES:
        _write_json(output / language / "heads.json", heads[language])
    records, text = train_boilerplate(data, _models(output, seed), seed=seed)
    _write_json(output / "boilerplate" / "heads.json", records)
    _log_table(text.splitlines())
    write_manifest(output, LANGUAGES, seed=seed)
    log.info("models %s in %s", Models(output).signature, output)


def _models(output: Path, seed: int) -> Models:
    """The models so far, with a manifest that lists them."""
    write_manifest(output, LANGUAGES, seed=seed)
    return Models(output)


def _write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1) + "\n", encoding="utf-8")


def _log_table(lines: Iterable[str]) -> None:
    for line in lines:
        log.info("%s", line)
