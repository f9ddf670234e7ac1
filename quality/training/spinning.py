"""Trains what scores spinning: the weights of a place, then the heads for paragraphs and documents.

Spun text is made from clean text of every register by our own spinners, so that both sides of the
comparison speak of the same things; whole families of spinners are left out in turn.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.document import Document, Paragraph
from quality.errors import TrainingError
from quality.features import Batch, Matrix, fluency
from quality.features.fluency import language_model
from quality.features.spinning import (
    DOCUMENT_NAMES,
    NAMES,
    PLACE_FEATURES,
    Candidates,
    Lexicon,
    candidates,
    document_row,
    evidence_of,
    place_features,
)
from quality.model import Models
from quality.segmentation import channel_positions, segment
from quality.training.data import HELD_BACK_PERCENT, Text, bucket, chunks, clean_texts, translation_texts
from quality.training.heads import HeadData, fit_head
from quality.training.inflection import Inflector
from quality.training.spinner import Edit, Spinner
from quality.training.spinning_lexicon import (
    build_lexicon,
    count,
    counted_texts,
    inflector,
    lexicon_arrays,
    read_rules,
    source_words,
    substitutions,
    word_pairs,
)
from quality.training.tables import evaluation_table
from quality.training.thesauri import Relation, Thesaurus, read_mythes, read_wordnet, sisters

__all__ = ["FAMILIES", "examples", "families", "train_spinning"]


def families(
    wordnet: Thesaurus,
    mythes: Thesaurus,
    other: Thesaurus,
    rules: Mapping[str, Sequence[str]],
    rewritten: Mapping[str, Sequence[str]],
    forms: Inflector,
    common: frozenset[str],
) -> tuple[Spinner, ...]:
    """Spinners of several kinds. The names before the dash are the families that are left out in turn."""
    every: frozenset[Relation] = frozenset({"synonym", "generic", "similar"})
    synonyms: frozenset[Relation] = frozenset({"synonym"})
    spinners = (
        Spinner("first-mild", wordnet, {}, forms, synonyms, rate=0.2, first_sense=True),
        Spinner("first-full", wordnet, {}, forms, synonyms, rate=0.6, first_sense=True, skill=0.6),
        Spinner("mythes-mild", mythes, {}, forms, synonyms, rate=0.12),
        Spinner("mythes-rules", mythes, rules, forms, synonyms, rate=0.12, rule_rate=0.3, skill=0.9),
        Spinner("generic-mild", mythes, {}, forms, every, rate=0.12),
        Spinner("generic-full", mythes, {}, forms, every, rate=0.3, skill=0.5),
        Spinner("wild-mild", wordnet, rules, forms, every, rate=0.06, rule_rate=0.35, caseless=True),
        Spinner("wild-full", wordnet, rules, forms, every, rate=0.15, rule_rate=0.6, caseless=True),
        Spinner("rules-only", {}, rules, forms, rate=0.0, rule_rate=0.5),
        Spinner("pairs-mild", wordnet, rewritten, forms, synonyms, rate=0.08, rule_rate=0.4),
        Spinner("pairs-full", mythes, rewritten, forms, synonyms, rate=0.15, rule_rate=0.8),
        Spinner("sisters-mild", other, {}, forms, rate=0.15),
        Spinner("sisters-full", other, {}, forms, rate=0.35),
    )
    return tuple(replace(spinner, untouched=common) for spinner in spinners)


FAMILIES = ("first", "mythes", "generic", "wild", "rules", "pairs", "sisters")
#: Output of these tasks was not counted for the lexicon: it is news to it.
_TASKS = ("mt/wmt18_20_human.en", "mt/wmt21.en", "mt/wmt23.en")
#: Spun texts that are made from one source, texts of machine translation that are taken from one task.
_SPUN_OF_SOURCE, _TRANSLATED_OF_TASK = 450, 800
_LONGEST_TEXT = 12_000
#: Fluency features that the heads see too: a thesaurus that we have not read still breaks the company of words.
_FLUENT = ("log_probability", "out_of_vocabulary", "order_mean", "order_one", "surprise_share")
#: So many of the commonest words are function words and marks, which only the crudest spinners look up.
_UNTOUCHED = 70
#: Human references of this set's first part were put through a rewriter ("the foremost noteworthy yearly decreases"):
#: found by this channel, checked by reading.
_REWRITTEN_REFERENCES = "generaltest2023/zh-en|human"


@dataclass(frozen=True, slots=True)
class Example:
    """A text with its label (1 spun), what was done to it, and where it is from."""

    text: str
    label: int
    source: str
    fold: int
    trains: bool
    edits: tuple[Edit, ...] = ()


def examples(data: Path, spinners: Sequence[Spinner], seed: int) -> list[Example]:
    """Clean and machine-translated texts, and spun ones made from texts of the same sources.

    The fold of a spun text is its spinner's family, so that every family is judged by a regression that
    has not seen it; that of a clean one goes by site, author or system.
    """
    chance = random.Random(f"{seed}/spinning")
    clean: dict[str, list[Text]] = defaultdict(list)
    for text in clean_texts(data, "en"):
        if text.source not in _COUNTED_WHOLE or bucket(text.document) < HELD_BACK_PERCENT:
            clean[text.source].append(text)
    translated: dict[str, list[Text]] = defaultdict(list)
    for text in translation_texts(data, "en"):
        if text.source in _TASKS and not text.document.startswith(_REWRITTEN_REFERENCES):
            (translated if text.label == "mt" else clean)[text.source].append(text)
    for tasks in (clean, translated):
        for source in _TASKS:
            tasks[source] = list(chunks(tasks[source], (4, 8, 12, 20), separator="\n"))
    found = [_untouched(text) for texts in clean.values() for text in texts]
    for texts in translated.values():
        found += [_untouched(text) for text in chance.sample(texts, min(_TRANSLATED_OF_TASK, len(texts)))]
    for texts in clean.values():
        allowed = [text for text in texts if text.weight > 0]
        for text in chance.sample(allowed, min(_SPUN_OF_SOURCE, len(allowed))):
            spinner = chance.choice(spinners)
            passage = _passage(text.text, chance)
            spun = spinner.spin(passage, chance.randrange(1 << 30))
            if spun.share >= 0.02:
                fold = FAMILIES.index(spinner.name.split("-")[0])
                found.append(Example(spun.text, 1, text.source, fold, True, spun.edits))
                # The same passage as it was: what sets the two apart is the spinning alone.
                found.append(Example(passage, 0, text.source, bucket(text.group, len(FAMILIES)), True))
    return found


_COUNTED_WHOLE = (
    "clean/en-imdb-reviews",
    "clean/en-reuters21578",
    "boilerplate/tiptop-wceb",
    "boilerplate/readability",
)


def _untouched(text: Text) -> Example:
    return Example(text.text[:_LONGEST_TEXT], 0, text.source, bucket(text.group, len(FAMILIES)), text.weight > 0)


def _passage(text: str, chance: random.Random) -> str:
    """Some paragraphs in a row."""
    paragraphs = text.split("\n")
    first = chance.randrange(max(1, len(paragraphs) - 4))
    return "\n".join(paragraphs[first : first + 12])[: chance.choice((300, 600, 1200, 2500, 5000))]


@dataclass(frozen=True, eq=False)
class Measured:
    """An example's paragraphs and the places in them."""

    example: Example
    paragraphs: tuple[Paragraph, ...]
    found: Candidates
    #: Whether each place was put there by the spinner.
    spun: NDArray[np.bool_]
    #: Share of each paragraph's characters that the spinner wrote.
    share: Matrix


def measure_example(example: Example, lexicon: Lexicon, model: Any) -> Measured:
    paragraphs = segment(Document(example.text))
    found = candidates(lexicon, model, [paragraph.channel for paragraph in paragraphs])
    spun = np.zeros(len(found.start), np.bool_)
    share = np.zeros(len(paragraphs))
    if example.edits:
        starts = np.array([edit.start for edit in example.edits])
        ends = np.array([edit.end for edit in example.edits])
        for at, paragraph in enumerate(paragraphs):
            overlap = np.minimum(ends, paragraph.end) - np.maximum(starts, paragraph.start)
            share[at] = np.maximum(overlap, 0).sum() / (paragraph.end - paragraph.start)
            positions = channel_positions(paragraph.tokens)
            for place in np.flatnonzero(found.paragraph == at).tolist():
                first = positions[int(found.start[place])]
                last = positions[int(found.start[place] + found.length[place]) - 1]
                start, end = paragraph.starts[first], paragraph.ends[last]
                inside = (starts <= start) & (end <= ends + 1) & (end - start >= 0.6 * (ends - starts))
                spun[place] = inside.any()
    return Measured(example, paragraphs, found, spun, share)


def fit_places(lexicon: Lexicon, measured: Sequence[Measured]) -> NDArray[np.float64]:
    """Weights of a place's features: places that a spinner filled against all others, at even odds."""
    from sklearn.linear_model import LogisticRegression

    used = [item for item in measured if item.example.trains and len(item.found.start)]
    rows = np.concatenate([place_features(lexicon, item.found) for item in used])
    labels = np.concatenate([item.spun for item in used])
    # Untouched places of spun texts stand in broken company: they are no fair picture of clean text.
    fair = labels | np.concatenate([np.full(len(item.spun), item.example.label == 0) for item in used])
    rows, labels = rows[fair], labels[fair]
    scale = rows.std(axis=0) + 1e-9
    weights = np.where(labels, 0.5 / labels.mean(), 0.5 / (1.0 - labels.mean()))
    fitted = LogisticRegression(C=1.0, max_iter=1000).fit(rows / scale, labels, sample_weight=weights)
    return np.append(fitted.coef_[0] / scale, fitted.intercept_[0])


def head_data(measured: Sequence[Measured], lexicon: Lexicon, models: Models) -> dict[str, HeadData]:
    """Rows, labels and folds for the document and the paragraph head."""
    columns = [fluency.NAMES.index(name) for name in _FLUENT]
    rows: dict[str, list[Matrix]] = {"document": [], "paragraph": []}
    notes: dict[str, list[tuple[int, int, str, bool]]] = {"document": [], "paragraph": []}
    for item in measured:
        example = item.example
        note = (example.fold, example.source, example.trains)
        evidence = evidence_of(item.paragraphs, lexicon, item.found)
        batch = Batch.of([item.paragraphs])
        fluent = fluency.measure(batch, models, language="en", explain=False).matrix[:, columns]
        if sum(paragraph.word_count for paragraph in item.paragraphs) >= 25:
            words = np.array([paragraph.word_count for paragraph in item.paragraphs], np.float64)
            means = np.nansum(fluent * (words / words.sum())[:, None], axis=0)
            rows["document"].append(np.concatenate([document_row(evidence, item.paragraphs), means]))
            notes["document"].append((example.label, *note))
        for at, paragraph in enumerate(item.paragraphs):
            # A paragraph that the spinner hardly touched is neither spun nor clean.
            if paragraph.word_count >= 8 and (example.label == 0 or item.share[at] >= 0.03):
                rows["paragraph"].append(np.concatenate([evidence.matrix[at], fluent[at]]))
                notes["paragraph"].append((example.label, *note))
    result = {}
    for level in rows:
        labels, folds, sources, trains = zip(*notes[level], strict=True)
        result[level] = HeadData(
            rows=np.array(rows[level]),
            labels=np.array(labels),
            folds=np.array(folds),
            sources=np.array(sources),
            trains=np.array(trains),
        )
    return result


def train_spinning(
    data: Path, output: Path, *, tools: Path, seed: int, models: Models
) -> tuple[list[dict[str, Any]], list[str]]:
    """Write `output/en/spinning.npz`; the heads as records, and their evaluation tables.

    `models` must hold the English fluency model; `tools` is where scripts/build_tools.sh put the thesauri.
    """
    model = language_model(models, "en")
    if model is None:
        raise TrainingError("en/fluency.binary: not among the models; train the language models first")
    wordnet_directory = tools / "thesauri/wordnet-base/usr/share/wordnet"
    wordnet = read_wordnet(wordnet_directory)
    mythes = read_mythes(tools / "thesauri/mythes-en-us/usr/share/mythes/th_en_US_v2.dat")
    rules, pairs = read_rules("spinning_rules.en"), word_pairs(data / "spin/tortured.tsv")
    rewriter = read_rules("spinning_rewriter.en")
    counts = count(counted_texts(data))
    forms = inflector(wordnet_directory, wordnet, counts)
    sources = source_words(counts, wordnet, {**rules, **rewriter}, model, forms)
    entries = build_lexicon(substitutions(wordnet, mythes, rules, rewriter, pairs, forms, sources), counts, model)
    arrays = lexicon_arrays(entries, counts, np.zeros(PLACE_FEATURES + 1))
    common = frozenset(word for _, word in sorted(zip(counts.frequency, counts.words, strict=True))[-_UNTOUCHED:])
    rewritten = {
        source: (*rewriter.get(source, ()), *pairs.get(source, Counter()).elements())
        for source in sorted({*rewriter, *pairs})
    }
    spinners = families(wordnet, mythes, sisters(wordnet_directory), rules, rewritten, forms, common)
    lexicon = Lexicon.from_arrays(arrays)
    measured = [measure_example(example, lexicon, model) for example in examples(data, spinners, seed)]
    arrays["weights"] = fit_places(lexicon, measured)
    (output / "en").mkdir(parents=True, exist_ok=True)
    np.savez_compressed(output / "en" / "spinning.npz", allow_pickle=False, **arrays)
    lexicon = Lexicon.from_arrays(arrays)
    records, tables = [], []
    for level, rows in head_data(measured, lexicon, models).items():
        # Co-hyponyms are in no lexicon: they tell what an unknown thesaurus does to the heads, and teach them nothing.
        taught = rows.trains & ((rows.labels == 0) | (rows.folds != FAMILIES.index("sisters")))
        rows = replace(rows, trains=taught)
        if level == "document":
            names = (*DOCUMENT_NAMES, *(f"document_{name}" for name in _FLUENT))
        else:
            names = (*NAMES, *_FLUENT)
        head, probabilities = fit_head(rows, kind="spinning", level=level, language="en", features=names)
        records.append(head.to_dict())
        tables.append(evaluation_table(head, rows, probabilities))
    return records, tables
