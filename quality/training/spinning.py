"""Trains what scores spinning: weights of words and places, then the heads for paragraphs and documents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from quality.errors import TrainingError
from quality.features.fluency import language_model
from quality.features.spinning import DOCUMENT_NAMES, NAMES
from quality.features.spinning_marks import Marker, Marks
from quality.features.spinning_places import Lexicon
from quality.features.spinning_words import Words
from quality.model import Models
from quality.training.baselines import baselines
from quality.training.heads import fit_head
from quality.training.judgements import Judgement, judgements
from quality.training.spinning_examples import Example, examples, families_of
from quality.training.spinning_marks import WAYS, way_rates
from quality.training.spinning_rows import FLUENT, batch_of, head_data, paragraph_rows, taught_rows
from quality.training.spinning_sentences import Exchanger, exchanged_sentences
from quality.training.spinning_sources import english_source, german_source
from quality.training.spinning_tables import family_table, tortured_table
from quality.training.spinning_weights import fit_markers, fit_pairs, fit_places, fit_words
from quality.training.tables import evaluation_table

__all__ = ["train_spinning"]


def train_spinning(
    data: Path, output: Path, language: str, *, tools: Path, seed: int, models: Models
) -> tuple[list[dict[str, Any]], list[str], list[Judgement]]:
    """Write `output/LANGUAGE/spinning*.npz`; the heads as records, their evaluation tables and held-out judgements.

    `models` must hold the language's fluency model; `tools` is where scripts/build_tools.sh put the thesauri.
    """
    model = language_model(models, language)
    if model is None:
        raise TrainingError(f"{language}/fluency.binary: not among the models; train the language models first")
    source = (english_source if language == "en" else german_source)(data, tools, model, seed)
    made = examples(data, language, source.spinners, seed)
    passages = [
        (batch_of(example), example) for example in made if example.trains and (example.label or example.paired)
    ]
    words = Words.from_arrays(source.words)
    source.words["weights"] = fit_words(words, passages, model)
    words = Words.from_arrays(source.words)
    if words.terms is not None:
        source.words["term_weights"] = fit_pairs(words, words.terms, passages, model)
        words = Words.from_arrays(source.words)
    source.lexicon["weights"], source.lexicon["worth"] = fit_places(
        Lexicon.from_arrays(source.lexicon), words, passages, model
    )
    lexicon = Lexicon.from_arrays(source.lexicon)
    (output / language).mkdir(parents=True, exist_ok=True)
    np.savez_compressed(output / language / "spinning_words.npz", allow_pickle=False, **source.words)
    np.savez_compressed(output / language / "spinning.npz", allow_pickle=False, **source.lexicon)
    ways = way_rates(source.ways, WAYS[language], source.counts, words, lexicon)
    families = families_of(source.spinners)
    marker = Marker(Marks(ways["word_ways"], ways["phrase_ways"]), words, lexicon, model)
    markers, trees = fit_markers(marker, passages, len(families), seed)
    np.savez_compressed(output / language / "spinning_marks.npz", allow_pickle=False, **ways, **trees)
    del passages
    sentences: list[Example] = []
    if words.terms is not None and source.table is not None:
        exchanger = Exchanger.of(words.terms.known, source.table)
        sentences = exchanged_sentences(data, exchanger, len(families), seed)
    records, tables, judged = [], [], list[Judgement]()
    for level, (rows, shares) in head_data(made, markers, models, language).items():
        names = [*NAMES, *FLUENT]
        if level == "document":
            names = [*DOCUMENT_NAMES, *(f"document_{name}" for name in FLUENT)]
        more = None
        if level == "paragraph" and sentences:
            more, _ = head_data(sentences, markers, models, language)[level]
        taught = taught_rows(rows, names, families, more, language, level, seed)
        head, probabilities = fit_head(taught, kind="spinning", level=level, language=language, features=names)
        probabilities = probabilities[: len(rows.labels)]
        records.append(head.to_dict())
        judged += judgements(head, rows, probabilities, baselines(rows, names))
        tables.append(evaluation_table(head, rows, probabilities))
        tables.append(family_table(head, rows, probabilities, shares, families))
        if language == "en" and level == "paragraph":
            tables.append(tortured_table(data, head, lambda texts: paragraph_rows(texts, markers[-1], models)))
    return records, tables, judged
