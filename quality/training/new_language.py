"""Adds a language to models: from text that people wrote, and damage that was labelled, or else is made.

What a language needs is data: n-gram weights, words by their casing, classifiers, and, where KenLM's tools are, a
language model. All of it is learned from the given text but one: how raw pages are typed in any language is part of the
base (features/pages.py). The classifiers see evidence of weights that had not seen the text's group, and figures are of
documents that no classifier had seen.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from quality.document import MIN_WORDS
from quality.errors import TrainingError
from quality.features import Matrix, pages, translation
from quality.features.ngrams import NgramModel
from quality.features.pages import PageModel
from quality.model import Models
from quality.reading import read
from quality.training.casing import casing_lexicon, count_forms
from quality.training.clusters import word_clusters
from quality.training.data import Text, bucket, chunks
from quality.training.generated import DamageMaker
from quality.training.heads import fit_head
from quality.training.labelled import Fields
from quality.training.language_models import train_language_model
from quality.training.manifest import CARD, write_manifest
from quality.training.ngrams import NgramCorpus, blank_model, fit_expert, ngram_matrix, word_counts, write_ngrams
from quality.training.own import labelled_language, output_directory
from quality.training.own_data import Labelled, checked, folds_of, label_counts, read_own
from quality.training.own_report import interval, language_name, units_of
from quality.training.pages import (
    cell_weights,
    count_words,
    english_words,
    fit_pages,
    matrix_of,
    outline_of,
    say_of_outline,
    wording_of,
)
from quality.training.translation import Example, head_data, measure_examples

__all__ = ["add_language"]

#: Words of plain text under which common words and casing are not known well enough. Chosen by hand.
_FEWEST_WORDS = 100_000
#: Lengths of runs that n-gram weights are learned from, in paragraphs; and of documents made of longer plain text.
_RUNS = (1, 2, 30, 4, 8)
_DOCUMENT_PARAGRAPHS = 12
#: Plain documents that the classifiers see, beside the labelled ones.
_PLAIN_DOCUMENTS = 1500
#: Words that n-grams keep as they are, the commonest of those that labelled and plain text both use: a product's own
#: words tell the product. Two German products learned of (220 documents of a label) and five left out: mean AUROC of
#: n-grams .766 with the 1,500 commonest words of all text, .787 with these 500 (2026-11-27).
_VOCABULARY = 500
#: Fewer groups cannot be held back in turn: what is left would know one subject. Then documents are.
_FEWEST_GROUPS = 5
#: What the classifiers see. Few groups make more features fit the subject, not the damage.
_SEEN = {"document": pages.DOCUMENT_NAMES, "paragraph": ("engine_evidence", "log_words")}
#: The deviation of wording on pages of a product that was left out, by that on held-back pages of known products: .48
#: to .72 for Spanish and French (2026-11-27).
_NEW_GROUPS = 0.6
#: No register is told apart: this log-odds is none.
_NO_REGISTER = -30.0


def add_language(
    data: Sequence[str],
    plain: Sequence[str],
    base: Models,
    output: Path,
    names: Fields,
    *,
    language: str,
    tools: Path | None,
    seed: int,
) -> str:
    """Write the models of `base` and those of one more language to `output`; what they are worth, as text.

    `data` are labelled JSONL files; without any, damage is made of the `plain` text. `tools` has KenLM's lmplz; None
    makes no language model. Raises TrainingError where the texts cannot support it.
    """
    texts = _plain_texts(plain)
    language = labelled_language([Labelled(text.text, None, "", "") for text in texts], base, language)
    if language in base.languages:
        raise TrainingError(
            f"{base.directory}: has models for {language}; adapt them to labelled text: leave out --text"
            + (
                " and --language-model (the classifiers learned what the base's own language model says of words; "
                "by another one every score would mean something else)"
                if tools is not None
                else ""
            )
        )
    if tools is not None and not (tools / "bin" / "lmplz").exists():
        raise TrainingError(
            f"{tools / 'bin' / 'lmplz'}: not found; build it with scripts/build_tools.sh and name its directory with "
            "--tools, or leave out --language-model"
        )
    labelled, left_out = checked(read_own(data, names), "machine_translation") if data else ((), 0)
    examples = _labelled_examples(labelled, language) if labelled else _made_examples(texts, language, seed)
    count = 1 + max(example.fold for example in examples)
    examples += [Example(_text(text, language), bucket(text.group, count)) for text in _sample(texts, seed) if labelled]
    with output_directory(output, base) as directory:
        told = _train(examples, texts, language, directory, base, tools, seed)
        write_manifest(directory, (*base.languages, language), seed=seed, base=base.signature)
        groups = len({text.group for text in labelled})
        if labelled and groups < _FEWEST_GROUPS:
            told += (
                f"\n  With {groups} groups, fewer than {_FEWEST_GROUPS}, single documents were held back: "
                "text of other groups is judged worse than this."
            )
        source = (
            f"from {label_counts(labelled)} documents in {groups} groups"
            + (f" ({left_out} that stand twice were left out)" if left_out else "")
            if labelled
            else "from damage made of plain text: real damage is found less well than these figures say"
        )
        words = sum(text.text.count(" ") + 1 for text in texts)
        figures = f"{language_name(language)}, machine-translation: {source}, and {words:,} words of plain text\n{told}"
        (directory / CARD).write_text(_card(figures, Models(directory).signature, language), encoding="utf-8")
    return figures


def _train(
    examples: Sequence[Example],
    plain: Sequence[Labelled],
    language: str,
    directory: Path,
    base: Models,
    tools: Path | None,
    seed: int,
) -> str:
    """Write all files of the language; the figures of held-back documents."""
    human = [example.text for example in examples if example.text.label == "human"]
    every = [*human, *(_text(text, language) for text in plain)]
    (directory / language).mkdir(parents=True)
    if tools is not None:
        train_language_model(every, directory / language / "fluency.binary", tools=tools)
    # No "common" words: they settle a text's language only where no other language shares them, which nobody looked at.
    _write_json(directory / language / "casing.json", casing_lexicon(count_forms(every), None) | {"common": []})
    write_manifest(directory, (*base.languages, language), seed=seed)
    models = Models(directory)
    corpus, folds = _corpus(examples, every, seed)
    held_out = [_fitted(corpus, folds != fold) for fold in range(1 + int(folds.max()))]
    write_ngrams(directory / language / "translation.npz", _fitted(corpus, folds >= 0))
    known = translation.lexicon(models, language)
    measured = list(measure_examples(examples, held_out, known, None, models, random.Random(f"{seed}/paragraphs")))
    model, evidence = _page_model(examples, plain, models)
    np.savez_compressed(directory / pages.file_name(language), allow_pickle=False, **model.arrays())
    lines, heads = [], []
    for level, rows in head_data(measured, {**_SEEN, "document": translation.DOCUMENT_NAMES[:1]}).items():
        if level == "document":
            long_enough = np.array([entry.whole.words >= MIN_WORDS for entry in measured])
            rows = replace(rows, rows=evidence[long_enough][:, None])
        rows = replace(rows, ways=())  # what was labelled is of no translation task
        head, seen = fit_head(rows, kind="machine_translation", level=level, language=language, features=_SEEN[level])
        heads.append(head.to_dict())
        # Plain text is another sort of text than what is labelled: telling these apart is no merit.
        judged = np.flatnonzero(rows.sources == _LABELLED)
        damaged = rows.labels[judged] == 1
        units, unit = units_of([Labelled("", None, rows.subjects[at].unit, str(at)) for at in judged.tolist()])
        called = seen[judged] >= head.threshold
        lines.append(
            f"  {level + 's':<11} AUROC {interval(seen[judged], damaged, units)} (95 % over {unit}); called "
            f"{int(called[damaged].sum())} of {int(damaged.sum())} damaged, "
            f"{int(called[~damaged].sum())} of {int((~damaged).sum())} clean"
        )
    _write_json(directory / language / "heads.json", heads)
    return "\n".join(lines)


def _page_model(examples: Sequence[Example], plain: Sequence[Labelled], models: Models) -> tuple[PageModel, Matrix]:
    """How pages of the language are typed and worded; and the evidence of each example by weights that had not seen it.

    Wording and outline count alike, each over its deviation in labelled documents: a regression would believe what was
    learned from the same products, and with few of them new ones are judged worse by it.
    """
    texts = [example.text for example in examples]
    labelled = np.array([text.source == _LABELLED for text in texts])
    damaged = np.array([text.label == "mt" for text in texts])
    folds = np.array([example.fold for example in examples])
    own = count_words(text.text for text in texts if text.label == "human" and text.source == _LABELLED)
    written = count_words(text.text for text in plain)
    wording, outline = wording_of(own, written), outline_of(own, english_words(models))
    groups = [text.group for text in texts if text.source == _LABELLED]
    # Plain text is of another sort than what is labelled: to tell these apart is to tell the subject.
    weights = np.zeros(len(texts))
    weights[labelled] = cell_weights(damaged[labelled], groups)
    matrix = matrix_of((text.text for text in texts), wording)
    worded = np.zeros(len(texts))
    for fold in np.unique(folds).tolist():
        seen = folds != fold
        worded[~seen] = fit_pages(matrix[seen], damaged[seen], weights[seen]).of_all(matrix[~seen])
    general = pages.outline_weights(models)
    typed = (
        np.zeros(len(texts)) if general is None else general.of_all(matrix_of((text.text for text in texts), outline))
    )
    shares = (
        1.0 / max(_NEW_GROUPS * float(worded[labelled].std()), 1e-9),
        say_of_outline(typed[labelled], damaged[labelled], groups) / max(float(typed[labelled].std()), 1e-9),
    )
    model = PageModel(outline, wording, general, fit_pages(matrix, damaged, weights), shares)
    return model, shares[0] * worded + shares[1] * typed


#: The source of labelled and of made documents, and that of plain text.
_LABELLED, _PLAIN = "labelled", "plain"


def _plain_texts(paths: Sequence[str]) -> list[Labelled]:
    """The documents of plain text, long ones in parts. Raises TrainingError where they are too few words."""
    found = []
    for document in read(list(paths)):
        lines = [line for line in document.text.split("\n") if line.strip()]
        group = f"{document.path}:{document.line or 0}"
        for first in range(0, len(lines), _DOCUMENT_PARAGRAPHS):
            found.append(Labelled("\n".join(lines[first : first + _DOCUMENT_PARAGRAPHS]), None, group, group))
    words = sum(len(text.text.split()) for text in found)
    if words < _FEWEST_WORDS:
        raise TrainingError(
            f"{', '.join(paths)}: {words:,} words of plain text, too few to know a language's common words from; "
            f"give {_FEWEST_WORDS:,} or more, of several kinds"
        )
    return [text for text in found if len(text.text.split()) >= MIN_WORDS]


def _labelled_examples(labelled: Sequence[Labelled], language: str) -> list[Example]:
    groups = {text.group for text in labelled}
    folds = folds_of(
        labelled if len(groups) >= _FEWEST_GROUPS else [replace(text, group=text.place) for text in labelled]
    )
    return [
        Example(_text(text, language, label="human" if text.kind is None else "mt", source=_LABELLED), fold)
        for text, fold in zip(labelled, folds.tolist(), strict=True)
    ]


def _made_examples(texts: Sequence[Labelled], language: str, seed: int) -> list[Example]:
    """Half of the plain texts as they are, the others damaged."""
    maker = DamageMaker(text.text for text in texts)
    chance = random.Random(f"{seed}/made")
    examples = []
    for text in _sample(texts, seed):
        fold = bucket(text.group, 4)
        if chance.random() < 0.5:
            examples.append(Example(_text(text, language, source=_LABELLED), fold))
        else:
            damaged = Labelled(maker.damaged(text.text, chance), None, text.group, text.place)
            examples.append(Example(_text(damaged, language, label="mt", source=_LABELLED), fold, altered=True))
    return examples


def _sample(texts: Sequence[Labelled], seed: int) -> list[Labelled]:
    return random.Random(f"{seed}/plain").sample(list(texts), min(len(texts), _PLAIN_DOCUMENTS))


def _text(text: Labelled, language: str, *, label: str = "human", source: str = _PLAIN) -> Text:
    return Text(text.text, language, label, source, text.group, text.place)


def _corpus(examples: Sequence[Example], plain: Sequence[Text], seed: int) -> tuple[NgramCorpus, NDArray[np.int64]]:
    """The runs that n-gram weights are learned from, and the fold of each."""
    chance = random.Random(f"{seed}/runs")
    runs: list[tuple[Text, int]] = []
    for example in examples:
        first = chance.randrange(len(_RUNS))
        runs += (
            (run, example.fold) for run in chunks(_lines(example.text), _RUNS[first:] + _RUNS[:first], separator="\n")
        )
    texts = tuple(text for text, _ in runs)
    words = _common_words(
        (text for text in texts if text.label == "human" and text.source == _LABELLED),
        (text for text in plain if text.source == _PLAIN),
    )
    labels = np.array([text.label == "mt" for text in texts], np.int64)
    clusters = word_clusters(plain, seed=seed)
    matrix = ngram_matrix(blank_model(words, clusters), texts)
    return NgramCorpus(texts, matrix, labels, words, clusters), np.array([fold for _, fold in runs])


def _common_words(labelled: Iterable[Text], plain: Iterable[Text]) -> tuple[str, ...]:
    """The words and marks with the highest product of their rates in labelled and in plain text."""
    rates = []
    for texts in (labelled, plain):
        counts = word_counts(texts)
        rates.append({word: count / counts.total() for word, count in counts.items()})
    both = sorted(rates[0].keys() & rates[1].keys(), key=lambda word: (-rates[0][word] * rates[1][word], word))
    return tuple(sorted(both[:_VOCABULARY]))


def _fitted(corpus: NgramCorpus, chosen: NDArray[np.bool_]) -> NgramModel:
    """The n-gram model learned from the chosen runs: both labels alike, a run and a group by the root of its length.

    There is one expert, the engines', and no register.
    """
    lengths = np.array([text.text.count(" ") + 1 for text in corpus.texts])
    weights = np.sqrt(np.minimum(lengths, 150) / 40.0)
    labelled = np.array([text.source == _LABELLED for text in corpus.texts])
    _, groups = np.unique([text.group for text in corpus.texts], return_inverse=True)
    for rows, share in (
        (corpus.labels == 1, 0.5),
        ((corpus.labels == 0) & labelled, 0.4),
        (~labelled, 0.1),
    ):
        totals = np.bincount(groups, weights=weights * (rows & chosen))
        weights[rows] *= share * chosen.sum() / np.maximum(np.sqrt(totals), 1e-9)[groups[rows]]
        weights[rows] /= max(np.sqrt(totals).sum(), 1e-9)
    blank = blank_model(corpus.vocabulary, corpus.clusters)
    tables, scales, intercepts = blank.weights.copy(), blank.scales.copy(), blank.intercepts.copy()
    tables[:, 0], scales[:, 0], intercepts[0] = fit_expert(
        corpus.matrix[chosen], corpus.labels[chosen], weights[chosen]
    )
    return NgramModel(corpus.vocabulary, corpus.clusters, tables, scales, intercepts, tables[0, 1], 1.0, _NO_REGISTER)


def _lines(text: Text) -> Iterator[Text]:
    return (replace(text, text=line) for line in text.text.split("\n") if line.strip())


def _card(figures: str, signature: str, language: str) -> str:
    told = "\n".join(f"    {line}" for line in figures.splitlines())
    return f"""# Models with a language of one's own

Written by `quality train --base --text`; signature {signature}.

{told}

Figures are of labelled (or made) documents that the n-gram weights and the classifier had not seen, whole groups at a
time where there are {_FEWEST_GROUPS} or more. {language_name(language)} is judged for machine translation, not for
spinning; boilerplate, scripts and encodings are judged as in every language. The other languages are the base's,
unchanged.
"""


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1) + "\n", encoding="utf-8")
