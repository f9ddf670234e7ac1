"""Trains the machine-translation channel of one language: n-gram weights, then the two classifiers.

The classifiers see n-gram evidence only from models that had not seen the text's group (year, product,
site): training runs over folds of whole groups, and a last n-gram model over all is the one shipped.
"""

from __future__ import annotations

import logging
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from quality.document import MIN_PARAGRAPH_WORDS, MIN_WORDS, Document, Paragraph
from quality.features import Batch, Matrix, fluency, pages, traces, translation, whole_texts
from quality.features.ngrams import NgramModel, documentation_share
from quality.features.pages import PageModel
from quality.features.traces import Lexicon, Usual
from quality.features.whole_texts import TextModel
from quality.mixture import plain_name, register_column
from quality.model import Models
from quality.segmentation import segment
from quality.training.damage import web_damage
from quality.training.data import Text, bucket, chunks, clean_texts, translation_texts
from quality.training.heads import HeadData, Way
from quality.training.judgements import Subject
from quality.training.ngrams import (
    build_corpus,
    fit_ngrams,
    fit_register,
    is_fluent,
    is_sentences,
    write_ngrams,
)
from quality.training.pages import DocumentationPages, common_english, count_words, train_documentation_pages
from quality.training.whole_texts import learn_texts
from quality.training.wording import least_shown

__all__ = [
    "FEATURES",
    "Example",
    "Measured",
    "examples",
    "head_data",
    "measure_examples",
    "train_translation",
]

log = logging.getLogger(__name__)

FOLDS = 6
#: What the classifier of each level sees.
FEATURES = {
    "document": (*translation.DOCUMENT_FEATURES, *pages.DOCUMENT_NAMES, *whole_texts.DOCUMENT_NAMES),
    "paragraph": translation.PARAGRAPH_FEATURES,
}

#: Documents of one source and label that the classifiers are fitted on, and paragraphs of each.
_EXAMPLES_PER_SOURCE = 1500
_PARAGRAPHS_PER_EXAMPLE = 3

#: Examples that are measured together.
_TOGETHER = 64

#: By how much broken pages are sharpened: of German output with broken joins 65 and 44 % are called at 2 (before 2019
#: and later), 66 and 45 % at 3, 65 and 45 % at 4. At 2 the German specimen 002 is not called (2026-11-27).
_SHARPNESS = 3.0
#: The same of documentation, which no other way adds to: of raw pages to 2018 and later .4 and 8 % are called with the
#: plain way alone, 2 and 20 % with a second one at 2, 3 and 20 % at 3; of 1,500 by people none, none, one; calibration
#: error there .069, .056 and .047 (2026-11-27).
_DOCUMENTATION_SHARPNESS = 2.0
#: What tells damaged wording.
_WORDING = frozenset({"engine_evidence", "neural_evidence", "text_evidence"})
#: Bounds of the shape of a trace's distribution: moments of rare traces say little.
_SHAPES = (0.02, 50.0)
#: The share of stretches of what people write that is not worth a look. Chosen by hand.
_NOT_SHOWN = 0.95
#: Prose, for how usual traces are: documents that are likelier no software documentation.
_PROSE = 0.5


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
        "wmt13": 0, "wmt15": 1, "wmt16": 2, "wmt21": 3, "wmt18_20_human": 4, "wmt23": 5, "mlqe_pe": 2,
        "msdocs-sql": 0, "msdocs-dotnet": 1, "msdocs-visualstudio": 2, "msdocs-skype": 3, "msdocs-aspnet": 4,
        "msdocs-cpp": 5,
    }  # fmt: skip
    return fixed.get(text.group, bucket(text.source if text.source.startswith("clean/") else text.group, FOLDS))


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
    examples: Iterable[Example],
    held_out: Sequence[NgramModel],
    known: Lexicon,
    usual: Usual | None,
    models: Models,
    chance: random.Random,
    page_models: Sequence[PageModel] = (),
    text_models: Sequence[TextModel] = (),
) -> Iterator[Measured]:
    """Features of examples, in their order, by the models of their folds, which had not seen them.

    Without page models no page is any evidence, and without text models no whole text.
    """
    columns = [translation.NAMES.index(name) for name in translation.PARAGRAPH_FEATURES]
    remaining = iter(examples)
    while some := list(islice(remaining, _TOGETHER)):
        found: dict[int, Measured] = {}
        for fold in sorted({example.fold for example in some}):
            places = [at for at, example in enumerate(some) if example.fold == fold]
            batch = Batch.of([segment(Document(some[at].text.text)) for at in places])
            measured = translation.evidence(batch, held_out[fold], known, explain=False)
            documents = translation.document_rows(measured, batch, held_out[fold], usual)
            paged = np.zeros(len(batch))
            if page_models:
                register = documents[:, translation.DOCUMENT_NAMES.index("document_documentation")]
                paged = pages.evidence(batch, page_models[fold], register)
            told = np.zeros(len(batch))
            if text_models:
                told = whole_texts.evidence(batch, text_models[fold], held_out[fold])
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
                document = np.append(documents[number], [paged[number], told[number]])
                found[at] = Measured(some[at], whole, document, rows[chosen], passages)
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
    learned_texts = learn_texts(corpus, folds, FOLDS, shipped, language)
    del corpus
    known = translation.lexicon(models, language)
    usual = usual_traces((example.text for example in examples(data, language, seed)), shipped, known)
    shipped.shown_evidence = shown_evidence((example.text for example in examples(data, language, seed)), shipped)
    write_ngrams(output / language / "translation.npz", shipped, usual)
    chance = random.Random(f"{seed}/{language}/paragraphs")
    learned = documentation_pages(data, language)
    if learned is not None:
        np.savez_compressed(output / pages.file_name(language), allow_pickle=False, **learned.model.arrays())
    if learned_texts is not None:
        np.savez_compressed(
            output / whole_texts.file_name(language), allow_pickle=False, **learned_texts.model.arrays()
        )
    pages_by_fold = () if learned is None else learned.held_out
    texts_by_fold = () if learned_texts is None else learned_texts.held_out
    measured = list(
        measure_examples(
            examples(data, language, seed), held_out, known, usual, models, chance, pages_by_fold, texts_by_fold
        )
    )
    log.info("%s: %d documents measured", language, len(measured))
    return measured


def documentation_pages(data: Path, language: str) -> DocumentationPages | None:
    """What is learned of pages of software documentation; None where none were published as raw translation."""
    texts = [text for text in translation_texts(data, language) if text.domain == "documentation"]
    if len({text.label for text in texts}) < 2:
        return None
    plain = count_words(text.text for text in clean_texts(data, language))
    return train_documentation_pages(texts, [fold_of(text) for text in texts], FOLDS, plain, common_english(data))


def usual_traces(texts: Iterable[Text], model: NgramModel, known: Lexicon) -> Usual:
    """How often people's prose has each trace, by the moments of the counts in documents."""
    remaining = (text for text in texts if text.label == "human")
    found, lengths = [], []
    while some := list(islice(remaining, _TOGETHER)):
        batch = Batch.of([segment(Document(text.text)) for text in some])
        measured = translation.evidence(batch, model, known, explain=False)
        register = np.zeros(len(batch))
        register[batch.owners] = measured.column("documentation")
        prose = register < _PROSE
        found.append(np.column_stack([batch.totals(measured.column(name)) for name in traces.NAMES])[prose])
        lengths.append(batch.totals(batch.words)[prose])
    return usual_counts(np.vstack(found), np.concatenate(lengths))


def shown_evidence(texts: Iterable[Text], model: NgramModel) -> float:
    """The mean evidence of its words that few stretches of what people write reach."""

    def evidence(batch: Batch) -> Matrix:
        weights = model.weigh(batch.channel)
        register = translation.documentation(batch, model, weights, weights.sums(batch.channel))
        return translation.shown_words(model, weights, register[batch.channel.rows])

    people = (text for text in texts if text.label == "human")
    return least_shown(people, evidence, translation.WINDOW, _NOT_SHOWN)


def usual_counts(counts: Matrix, words: Matrix) -> Usual:
    """Rates and shapes from counts, shape (texts, traces), in texts of so many words."""
    rates = (counts.sum(axis=0) + 0.5) / words.sum()
    mean = rates * words[:, None]
    excess = ((counts - mean) ** 2 - mean).sum(axis=0)
    shapes = np.clip((mean**2).sum(axis=0) / np.maximum(excess, 1e-9), _SHAPES[0], _SHAPES[1])
    return Usual(rates, shapes)


def head_data(measured: Sequence[Measured], features: Mapping[str, Sequence[str]] = FEATURES) -> dict[str, HeadData]:
    """Rows of some features for the document's and the paragraph's classifier.

    Output of systems as good as a person, and single sentences, are judged and nothing more.
    """
    whole = [entry for entry in measured if entry.whole.words >= MIN_WORDS and not is_sentences(entry.example.text)]
    parts = [entry for entry in measured if entry.whole.words >= MIN_WORDS or is_sentences(entry.example.text)]
    documents = _head_data(
        np.array([entry.document for entry in whole]),
        (*translation.DOCUMENT_NAMES, *pages.DOCUMENT_NAMES, *whole_texts.DOCUMENT_NAMES),
        features["document"],
        [(entry, entry.whole) for entry in whole],
    )
    paragraphs = _head_data(
        np.vstack([entry.paragraphs for entry in parts]),
        translation.PARAGRAPH_FEATURES,
        features["paragraph"],
        [(entry, passage) for entry in parts for passage in entry.passages],
    )
    return {"document": documents, "paragraph": paragraphs}


def _head_data(
    matrix: Matrix, names: Sequence[str], chosen: Sequence[str], judged: Sequence[tuple[Measured, Passage]]
) -> HeadData:
    rows = [entry.example for entry, _ in judged]
    register = matrix[:, register_column(names)]
    taught = np.array([not _judged_only(example.text) for example in rows])
    machine = np.array([example.text.label == "mt" for example in rows])
    subjects = tuple(
        Subject.of(
            entry.example.text,
            words=passage.words,
            segments=passage.segments,
            score=passage.score,
            altered=entry.example.altered,
        )
        for entry, passage in judged
    )
    return HeadData(
        rows=matrix[:, [names.index(name) for name in chosen]],
        labels=machine.astype(np.int64),
        folds=np.array([example.fold for example in rows]),
        sources=np.array([_collection(example.text) for example in rows]),
        trains=taught & np.array([example.text.weight > 0 for example in rows]),
        weights=taught.astype(np.float64),
        increasing=np.array([not name.endswith(("documentation", "log_words")) for name in chosen]),
        texts=tuple(passage.text for _, passage in judged),
        log_probability=np.array([passage.log_probability for _, passage in judged]),
        subjects=subjects,
        ways=_ways(machine, subjects, chosen, register),
        register=register,
    )


def _ways(
    machine: NDArray[np.bool_], subjects: Sequence[Subject], features: Sequence[str], register: Matrix
) -> tuple[Way, ...]:
    """Ways to be damaged: any; by an engine, on a page that broke in between; by wording alone; as documentation.

    Human text counts in all. What the second and the third add, on years left out (German, documents of 100 words or
    more; AUROC and recall at 1 % against people's text of the same task and against all clean text; called of output
    with broken joins, before 2019 and later):

    | ways | 2013, own task | 2013, all | 2023, own task | 2023, all | called, broken |
    |---|---|---|---|---|---|
    | any | .950 .58 | .957 .17 | .872 .38 | .916 .07 | 29 %, 18 % |
    | any, broken | .950 .56 | .963 .40 | .870 .34 | .920 .21 | 64 %, 45 % |
    | any, wording | .961 .55 | .986 .68 | .885 .35 | .945 .27 | 39 %, 19 % |
    | all three | .962 .58 | .985 .67 | .890 .42 | .946 .32 | 66 %, 45 % |

    Without any pages that `web_damage` broke, .06 to 33 % of the clean documents rank before the four German specimens
    of damaged pages; with them .09 % and less. Experiments, by no script that is kept (2026-11-27).

    Raw documentation is told by nothing of this. A text that is software documentation (`register`) is judged by a way
    of its own, where there is such raw text to learn from. Against people's documentation of products left out, AUROC
    and recall at 1 %, to 2018 and later: .693 .02 and .784 .11 with three ways, .725 .13 and .904 .40 with four; with
    the documentation expert's evidence beside the page's .733 .13 and .898 .36. Paragraphs: .516 and .522, .605 and
    .652.
    """
    altered = np.array([subject.altered for subject in subjects])
    news = np.array([subject.source.startswith("mt/") for subject in subjects])
    everything = np.ones(len(features), np.bool_)
    wording = np.array([plain_name(name) in _WORDING for name in features])
    ways = (
        Way(np.ones(len(machine)), everything),
        Way(np.where(machine, news & altered, 1.0), everything, _SHARPNESS),
        Way(np.where(machine, news & ~altered, 1.0), wording),
    )
    documentation = np.array([subject.domain == "documentation" for subject in subjects])
    if not (machine & documentation).any():
        return ways
    # The page says it all: other features beside it fit the products that are known. Paragraphs have no page.
    told = "page_evidence" if pages.DOCUMENT_NAMES[0] in features else "documentation_evidence"
    own = np.array([plain_name(name) == told for name in features])
    plain = Way(documentation_share(register) * np.where(machine, ~altered, 1.0), own, documentation=True)
    return (*ways, plain, replace(plain, sharpness=_DOCUMENTATION_SHARPNESS))


def _judged_only(text: Text) -> bool:
    return text.label == "mt" and (is_fluent(text) or is_sentences(text))


def _collection(text: Text) -> str:
    """The source that false alarms are counted in: small sites together, large ones by themselves."""
    if text.source.startswith(("clean/", "mt/", "msdocs/")) or text.weight == 0:
        return text.source
    return text.source.split("/")[0]


def _documents(data: Path, language: str, chance: random.Random) -> Iterator[Text]:
    """Documents as a scraped page has them: a line a paragraph."""
    for text in clean_texts(data, language):
        yield text
    streams: dict[tuple[str, str, str], list[Text]] = defaultdict(list)
    for text in translation_texts(data, language):
        if text.domain == "documentation":
            yield text
        elif not is_sentences(text):
            streams[(text.source, text.label, text.document)].append(text)
        elif text.label == "mt":
            yield text
    for segments in streams.values():
        paragraphs = list(chunks(segments, [chance.randint(1, 4) for _ in range(50)]))
        lengths = [chance.choice((3, 6, 8, 12, 20)) for _ in range(50)]
        yield from chunks(paragraphs, lengths, separator="\n")
