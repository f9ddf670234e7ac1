"""Trains the machine-translation channel of one language: n-gram weights, then the two classifiers.

The classifiers see n-gram evidence only from models that had not seen the text's group (year, product,
site): training runs over folds of whole groups, and a last n-gram model over all is the one shipped.
"""

from __future__ import annotations

import logging
import random
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from quality.document import MIN_PARAGRAPH_WORDS, MIN_WORDS, Document, Paragraph
from quality.features import Batch, Matrix, WordTable, fluency, translation
from quality.features.ngrams import NgramModel
from quality.features.traces import Lexicon
from quality.model import Models
from quality.segmentation import normalise, segment, tokenize
from quality.training.damage import web_damage
from quality.training.data import Text, bucket, chunks, clean_texts, translation_texts
from quality.training.heads import HeadData
from quality.training.judgements import Subject
from quality.training.weights import quantised

__all__ = [
    "Example",
    "Measured",
    "NgramCorpus",
    "blank_model",
    "build_corpus",
    "examples",
    "fit_ngrams",
    "head_data",
    "measure_examples",
    "ngram_matrix",
    "train_translation",
    "vocabulary",
    "write_ngrams",
]

log = logging.getLogger(__name__)

VOCABULARY = 1500
TABLE = 1 << 20
FOLDS = 4

#: Lengths, in sentences or lines, of the runs that n-gram weights are learned from.
_RUNS = (4, 15, 2, 20, 8, 1, 12, 3)
_CLEAN_RUNS = (1, 2, 1, 4, 30, 8)
#: At most so many words of one source and label: the rest would only repeat its habits.
_WORDS_PER_SOURCE = 700_000
_WORDS_PER_CLEAN_SOURCE = 250_000

#: Documents of one source and label that the classifiers are fitted on, and paragraphs of each.
_EXAMPLES_PER_SOURCE = 1500
_PARAGRAPHS_PER_EXAMPLE = 3

#: Examples that are measured together.
_TOGETHER = 64

#: Documentation that people translated sounds most like a machine; the regression minds it so many times over, or
#: it alone would set the threshold for everything else (it was 7 of the 15 false alarms of 0.1 %, 2026-11).
_CLEAN_DOCUMENTATION = 3.0

#: Inverse strength of the ridge penalty of the n-gram regression; chosen on 2013 left out (document
#: AUROC at 10, 100, 1000), 2026-11.
_PENALTY = 100.0
#: Neural output of 2019 and later reads mostly well: it counts, but less than what is plainly broken.
_NEURAL_WEIGHT = 0.35
#: Systems whose output is as good as a person's: not damage.
_FLUENT_SYSTEMS = ("GPT4", "ONLINE-W", "Online-W", "Facebook-AI")
#: Single sentences with people's scores: too short to learn documents from, they show whether paragraphs' scores
#: grow with damage.
_SENTENCES = "mlqe_pe"


@dataclass(frozen=True, slots=True)
class NgramCorpus:
    """Runs of text with their weights, and their n-gram slots as a sparse matrix (runs, 2 · TABLE)."""

    texts: tuple[Text, ...]
    matrix: sparse.csr_matrix
    labels: NDArray[np.int64]
    vocabulary: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A text for the classifiers, with the fold whose n-gram model has not seen it.

    `altered` tells that the damage of page translation was put on top of a machine's text.
    """

    text: Text
    fold: int
    altered: bool = False


def fold_of(text: Text) -> int:
    """The fold of a text's group; translation tasks and products go round so that each fold has both labels."""
    fixed = {
        "wmt13": 0, "wmt15": 1, "wmt16": 1, "wmt21": 2, "wmt18_20_human": 3, "wmt23": 3, "mlqe_pe": 2,
        "msdocs-sql": 0, "msdocs-dotnet": 1, "msdocs-visualstudio": 2, "msdocs-skype": 3,
    }  # fmt: skip
    return fixed.get(text.group, bucket(text.source if text.source.startswith("clean/") else text.group, FOLDS))


def vocabulary(texts: Iterable[Text], size: int = VOCABULARY) -> tuple[str, ...]:
    """The commonest words (lower case) and marks of human text: those that n-grams keep as they are."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(word.lower() for word in normalise(tokenize(text.text)[0]) if not word[0].isdigit())
    return tuple(sorted(word for word, _ in counts.most_common(size)))


def build_corpus(data: Path, language: str, seed: int) -> NgramCorpus:
    """Everything the n-gram weights of a language are learned from, in runs of one to thirty sentences."""
    texts = tuple(_runs(data, language, seed))
    words = vocabulary(text for text in texts if text.label == "human")
    labels = np.array([text.label == "mt" for text in texts], np.int64)
    return NgramCorpus(texts, ngram_matrix(blank_model(words), texts), labels, words)


def fit_ngrams(
    corpus: NgramCorpus, chosen: NDArray[np.bool_], register: tuple[NDArray[np.int8], float, float]
) -> NgramModel:
    """The n-gram model learned from the chosen runs, its weights rounded to eight bits."""
    weights = _weights(corpus, chosen)
    used = weights > 0
    matrix = corpus.matrix[used]
    coefficients, intercept = _fitted(matrix, corpus.labels[used], weights[used], _PENALTY)
    # Slots met in fewer than three runs are noise; leaving them at zero also shrinks the compressed file.
    rare = np.bincount(matrix.indices, minlength=matrix.shape[1]) < 3
    coefficients = np.where(rare, 0.0, coefficients)
    word, word_scale = quantised(coefficients[:TABLE])
    character, character_scale = quantised(coefficients[TABLE:])
    return NgramModel(corpus.vocabulary, word, character, word_scale, character_scale, intercept, *register)


def fit_register(corpus: NgramCorpus) -> tuple[NDArray[np.int8], float, float]:
    """Weights, scale and intercept that tell software documentation from other writing, by human text alone."""
    human = corpus.labels == 0
    documentation = np.array([text.domain == "documentation" for text in corpus.texts])[human]
    even = np.where(documentation, 1.0 / documentation.sum(), 1.0 / (~documentation).sum()) * len(documentation) / 2.0
    # A mild penalty would make every text wholly one or the other.
    coefficients, intercept = _fitted(corpus.matrix[human][:, :TABLE], documentation, even, _PENALTY / 10.0)
    return *quantised(coefficients), intercept


def _fitted(
    matrix: sparse.csr_matrix, labels: NDArray[Any], weights: NDArray[np.float64], penalty: float
) -> tuple[NDArray[np.float64], float]:
    """Coefficients and intercept of the logistic regression, stopped after sixty steps."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    regression = LogisticRegression(C=penalty, max_iter=60, tol=1e-3)
    with warnings.catch_warnings():
        # Stopping early is meant: with so many more weights than texts it is part of the penalty.
        warnings.simplefilter("ignore", ConvergenceWarning)
        regression.fit(matrix, labels, sample_weight=weights)
    return regression.coef_[0].astype(np.float64), float(regression.intercept_[0])


def ngram_matrix(model: NgramModel, texts: Sequence[Text]) -> sparse.csr_matrix:
    """Counts of slots over the root of their number, as `NgramModel.evidence` weighs them; float32."""
    values, columns, ends = [], [], [0]
    for text in texts:
        table = WordTable.of([normalise(tokenize(paragraph)[0]) for paragraph in text.text.split("\n")])
        for slots, offset in zip(model.slots(table), (0, TABLE), strict=True):
            found, counts = np.unique(slots, return_counts=True)
            columns.append((found + offset).astype(np.int32))
            values.append((counts / np.sqrt(max(1, counts.sum()))).astype(np.float32))
        ends.append(ends[-1] + len(columns[-1]) + len(columns[-2]))
    shape = (len(texts), 2 * TABLE)
    return sparse.csr_matrix((np.concatenate(values), np.concatenate(columns), np.array(ends)), shape=shape)


def examples(data: Path, language: str, seed: int) -> Iterator[Example]:
    """Whole documents and paragraphs-in-documents for the classifiers, human and machine-translated.

    Segments of translation tasks become documents of paragraphs of one to four sentences; half of the
    machine-translated ones get the damage of page translation on top.
    """
    chance = random.Random(f"{seed}/{language}/examples")
    by_source: dict[tuple[str, str], list[Text]] = defaultdict(list)
    for text in _documents(data, language, chance):
        by_source[(text.source, text.label)].append(text)
    for (_, label), texts in sorted(by_source.items()):
        chance.shuffle(texts)
        for text in texts[:_EXAMPLES_PER_SOURCE]:
            altered = label == "mt" and chance.random() < 0.5
            if altered:
                text = replace(text, text=web_damage(text.text, chance))
            yield Example(text, fold_of(text), altered)


@dataclass(frozen=True, slots=True)
class Passage:
    """What is judged of an example, whole or a paragraph: its text, its segments and their mean score by people.

    `log_probability` is the fluency model's mean over its words, for the baseline that knows nothing else.
    """

    text: str
    words: int
    segments: int
    score: float | None
    log_probability: float

    @classmethod
    def of(cls, paragraph: Paragraph, text: Text, log_probability: float) -> Passage:
        """A paragraph of a text; where that has one line a run, with what is known of the lines it covers."""
        first, last = (text.text.count("\n", 0, end) for end in (paragraph.start, paragraph.end))
        lines = text.lines[first : last + 1]
        scores = [score for _, score in lines if score is not None]
        return cls(
            paragraph.text,
            paragraph.word_count,
            sum(segments for segments, _ in lines) if lines else text.segments,
            sum(scores) / len(scores) if scores else (None if lines else text.score),
            log_probability,
        )


@dataclass(frozen=True, slots=True)
class Measured:
    """An example's document row, and rows of some of its paragraphs (shape (paragraphs, features)), `passages`."""

    example: Example
    whole: Passage
    document: Matrix
    paragraphs: Matrix
    passages: tuple[Passage, ...]


def measure_examples(
    examples: Iterable[Example], held_out: Sequence[NgramModel], known: Lexicon, models: Models, chance: random.Random
) -> Iterator[Measured]:
    """Features of examples, in their order, each by the n-gram model of its fold, which has not seen its group."""
    columns = [translation.NAMES.index(name) for name in translation.PARAGRAPH_FEATURES]
    remaining = iter(examples)
    while some := list(islice(remaining, _TOGETHER)):
        found: dict[int, Measured] = {}
        for fold in sorted({example.fold for example in some}):
            places = [at for at, example in enumerate(some) if example.fold == fold]
            batch = Batch.of([segment(Document(some[at].text.text)) for at in places])
            measured = translation.evidence(batch, held_out[fold], known, explain=False)
            documents = translation.document_rows(measured, batch, held_out[fold])
            rows = measured.matrix[:, columns]
            fluent = fluency.measure(batch, models, language=some[0].text.language, explain=False)
            likely = np.nan_to_num(fluent.column("log_probability"))
            words = batch.totals(batch.words)
            likely_on_average = batch.totals(likely * batch.words) / np.maximum(words, 1.0)
            for number, at in enumerate(places):
                paragraphs = range(batch.bounds[number], batch.bounds[number + 1])
                long_enough = [row for row in paragraphs if batch.words[row] >= MIN_PARAGRAPH_WORDS]
                chosen = sorted(chance.sample(long_enough, min(len(long_enough), _PARAGRAPHS_PER_EXAMPLE)))
                text = some[at].text
                whole = Passage(
                    text.text, int(words[number]), text.segments, text.score, float(likely_on_average[number])
                )
                passages = tuple(Passage.of(batch.paragraphs[row], text, float(likely[row])) for row in chosen)
                found[at] = Measured(some[at], whole, documents[number], rows[chosen], passages)
        yield from (found[at] for at in range(len(some)))


def train_translation(data: Path, output: Path, language: str, *, seed: int, models: Models) -> list[Measured]:
    """Write `output/LANGUAGE/translation.npz`; what the classifiers of the language are to be fitted on.

    `models` must hold the language's fluency model and casing lexicon.
    """
    corpus = build_corpus(data, language, seed)
    log.info("%s: %d runs for the n-grams", language, len(corpus.texts))
    folds = np.array([fold_of(text) for text in corpus.texts])
    register = fit_register(corpus)
    held_out = []
    for fold in range(FOLDS):
        held_out.append(fit_ngrams(corpus, folds != fold, register))
        log.info("%s: n-grams without fold %d of %d", language, fold + 1, FOLDS)
    shipped = fit_ngrams(corpus, folds >= 0, register)
    write_ngrams(output / language / "translation.npz", corpus, shipped)
    del corpus
    known = translation.lexicon(models, language)
    chance = random.Random(f"{seed}/{language}/paragraphs")
    measured = list(measure_examples(examples(data, language, seed), held_out, known, models, chance))
    log.info("%s: %d documents measured", language, len(measured))
    return measured


def write_ngrams(path: Path, corpus: NgramCorpus, model: NgramModel) -> None:
    """Write the file that `quality.features.translation.ngram_model` reads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path,
        vocabulary=np.array(corpus.vocabulary),
        word_weights=model.word_weights,
        character_weights=model.character_weights,
        word_scale=model.word_scale,
        character_scale=model.character_scale,
        intercept=model.intercept,
        register_weights=model.register_weights,
        register_scale=model.register_scale,
        register_intercept=model.register_intercept,
    )


def head_data(measured: Sequence[Measured]) -> dict[str, HeadData]:
    """Rows for the document's and the paragraph's classifier.

    Output of systems as good as a person, and single sentences, are judged and nothing more.
    """
    whole = [entry for entry in measured if entry.whole.words >= MIN_WORDS and entry.example.text.group != _SENTENCES]
    parts = [entry for entry in measured if entry.whole.words >= MIN_WORDS or entry.example.text.group == _SENTENCES]
    rows = {
        "document": (np.array([entry.document for entry in whole]), [(entry, entry.whole) for entry in whole]),
        "paragraph": (
            np.vstack([entry.paragraphs for entry in parts]),
            [(entry, passage) for entry in parts for passage in entry.passages],
        ),
    }
    return {level: _head_data(matrix, judged) for level, (matrix, judged) in rows.items()}


def _head_data(matrix: Matrix, judged: Sequence[tuple[Measured, Passage]]) -> HeadData:
    rows = [entry.example for entry, _ in judged]
    taught = np.array([not _judged_only(example.text) for example in rows])
    weights = [_CLEAN_DOCUMENTATION if _is_clean_documentation(example.text) else 1.0 for example in rows]
    return HeadData(
        rows=matrix,
        labels=np.array([example.text.label == "mt" for example in rows], np.int64),
        folds=np.array([example.fold for example in rows]),
        sources=np.array([_collection(example.text) for example in rows]),
        trains=taught & np.array([example.text.weight > 0 for example in rows]),
        weights=np.array(weights) * taught,
        texts=tuple(passage.text for _, passage in judged),
        log_probability=np.array([passage.log_probability for _, passage in judged]),
        subjects=tuple(
            Subject.of(
                entry.example.text,
                words=passage.words,
                segments=passage.segments,
                score=passage.score,
                altered=entry.example.altered,
            )
            for entry, passage in judged
        ),
    )


def _judged_only(text: Text) -> bool:
    return text.label == "mt" and (_fluent(text) or text.group == _SENTENCES)


def _collection(text: Text) -> str:
    """The source that false alarms are counted in: small sites together, large ones by themselves."""
    if text.source.startswith(("clean/", "mt/", "msdocs/")) or text.weight == 0:
        return text.source
    return text.source.split("/")[0]


def _is_clean_documentation(text: Text) -> bool:
    return text.label == "human" and text.domain == "documentation"


def _fluent(text: Text) -> bool:
    return text.system.startswith(_FLUENT_SYSTEMS)


def _runs(data: Path, language: str, seed: int) -> Iterator[Text]:
    chance = random.Random(f"{seed}/{language}/runs")
    streams: dict[tuple[str, str], dict[str, list[Text]]] = defaultdict(lambda: defaultdict(list))
    for text in translation_texts(data, language):
        if text.group == _SENTENCES:
            continue  # engines' and people's text are of different subjects: it would teach these
        streams[(text.source, text.label)][text.document].extend(_lines(text))
    for text in clean_texts(data, language):
        if text.weight > 0:
            source = text.source if text.source.startswith("clean/") else text.source.split("/")[0]
            streams[(source, "human")][text.document].extend(_lines(text))
    for (source, _), documents in sorted(streams.items()):
        lengths = _RUNS if source.startswith(("mt/", "msdocs/")) else _CLEAN_RUNS
        separator = " " if source.startswith("mt/") else "\n"
        runs: list[Text] = []
        for document in documents.values():
            first = chance.randrange(len(lengths))
            runs.extend(chunks(document, lengths[first:] + lengths[:first], separator=separator))
        chance.shuffle(runs)
        left = _WORDS_PER_CLEAN_SOURCE if source.startswith("clean/") else _WORDS_PER_SOURCE
        for run in runs:
            left -= run.text.count(" ") + 1
            if left < 0:
                break
            yield run


def _documents(data: Path, language: str, chance: random.Random) -> Iterator[Text]:
    """Documents as a scraped page has them: a line a paragraph."""
    for text in clean_texts(data, language):
        yield text
    streams: dict[tuple[str, str, str], list[Text]] = defaultdict(list)
    for text in translation_texts(data, language):
        if text.domain == "documentation":
            yield text
        elif text.group != _SENTENCES:
            streams[(text.source, text.label, text.document)].append(text)
        elif text.label == "mt":
            yield text
    for segments in streams.values():
        paragraphs = list(chunks(segments, [chance.randint(1, 4) for _ in range(50)]))
        lengths = [chance.choice((3, 5, 6, 8, 12)) for _ in range(50)]
        yield from chunks(paragraphs, lengths, separator="\n")


def _lines(text: Text) -> list[Text]:
    return [replace(text, text=line) for line in text.text.split("\n") if line.strip()]


def blank_model(words: Sequence[str]) -> NgramModel:
    """An n-gram model that weighs nothing yet: it knows where n-grams fall in the tables."""
    blank = np.zeros(TABLE, np.int8)
    return NgramModel(words, blank, blank, 1.0, 1.0, 0.0, blank, 1.0, 0.0)


def _weights(corpus: NgramCorpus, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Weights that make both labels even within translation tasks and documentation, and clean text third."""
    texts, damaged = corpus.texts, corpus.labels == 1
    lengths = np.array([text.text.count(" ") + 1 for text in texts])
    recent = np.array([text.year is not None and text.year >= 2019 for text in texts])
    fluent = np.array([_fluent(text) for text in texts])
    kinds = np.array([text.source.split("/")[0] for text in texts])
    weights = np.sqrt(np.minimum(lengths, 150) / 40.0) * chosen
    weights = weights * np.where(damaged & recent, _NEURAL_WEIGHT, 1.0)
    shares = [
        (rows & (kinds == kind), share)
        for kind, share in (("mt", 1.0), ("msdocs", 0.6))
        for rows in (damaged & ~fluent, ~damaged)
    ]
    shares.append((~damaged & (kinds != "mt") & (kinds != "msdocs"), 0.8))
    result = np.zeros(len(texts))
    for rows, share in shares:
        result[rows] = weights[rows] * share / max(weights[rows].sum(), 1e-9)
    result[damaged] *= result[~damaged].sum() / max(result[damaged].sum(), 1e-9)
    scaled: NDArray[np.float64] = result / result[result > 0].mean()
    return scaled
