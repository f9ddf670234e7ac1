"""Learns the n-gram model of a language: vocabulary, clusters, and the weights of three experts.

Every expert is a logistic regression over the n-grams of runs of text, in all channels together. What was measured on
German of 2013 left out (whole documents, 15 sentences each, 226 of people; 2026-11-27):

| regression | AUROC | recall at 1 % | AUROC against all clean text | recall at 1 % |
|---|---:|---:|---:|---:|
| old and neural engines together, stopped after 60 steps | .937 | .39 | .933 | .26 |
| old engines only, stopped after 60 steps | .939 | .53 | .989 | .81 |
| the same until it converges | .964 | .63 | .990 | .80 |
| with clean text of other registers | .962 | .63 | .996 | .92 |
| with word clusters | .968 | .73 | .997 | .93 |
| with neural output among the machines | .962 | .72 | .991 | .85 |

Neural output wants the opposite: of 2023, the weakest quarter of systems, .853 with old engines only and .884 with
both. Raw documentation is found by neither (.62 to .67 by product left out), but by a regression of its own (.80 to
.95).
Hence three experts, and a classifier that weighs what they say.

Left out since it says little more (German documents of 100 words or more, 2013 and 2015 left out, engines' expert by
itself .968 and .954): four times the vocabulary, .967 and .954; skip-grams of two to five words, .956 for 2015; a
naive Bayes on the same slots, worse together with it. Two four-gram language models of classes of words, one of
engines' and one of people's text, add .002 and .009 by their difference to .964 and .949 (without ratios of counts),
for some 10 MB and two more passes over the text. Pairs of a function word and a common word that 13 million words
never have, though six and more would be expected ("das Sinn"), stand .13 times in 100 words of engines and .07 of
people: AUROC .56 and .61. Experiments, by no script that is kept (2026-11-27).

A network of one layer over windows of three words (vectors of their classes and clusters, 128 units, one pass with
half of the units left out) tells as much by itself. Beside the n-grams, heads refitted, it adds to German of 2013,
2015 and 2023 (document AUROC against people of the task .954, .941 and .885 → .960, .951 and .905; 29.3 → 30.3 % of
all are called at .1 %), to English nothing (.893, .919, .688 → .896, .921, .689; 23.1 → 22.5 %). It was left out for
what no such task shows: damaged web pages, the German specimens among them, it takes for people's (log-odds of -1 to
-4, n-grams -1.5 to 1.5), and one of them was no longer called. Two passes, a second layer, windows of five words, 96
to 192 units and documentation as a third expert changed little; with clean sources left out whole, it calls more of
them than n-grams do for the same recall. An experiment, by no script that is kept (2026-11-27).
"""

from __future__ import annotations

import random
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from quality.features import WordTable
from quality.features.ngrams import CHANNELS, EXPERTS, NgramModel
from quality.features.traces import Usual
from quality.segmentation import normalise, tokenize
from quality.training.clusters import word_clusters
from quality.training.data import Text, chunks, clean_texts, language_model_texts, translation_texts
from quality.training.weights import quantised

__all__ = [
    "TABLE",
    "NgramCorpus",
    "blank_model",
    "build_corpus",
    "class_weights",
    "fit_expert",
    "fit_ngrams",
    "fit_register",
    "is_fluent",
    "is_sentences",
    "ngram_matrix",
    "vocabulary",
    "word_counts",
    "write_ngrams",
]

VOCABULARY = 1500
TABLE = 1 << 20

#: Lengths, in sentences or lines, of the runs that weights are learned from: every text once in long and once in short
#: ones (long ones alone: .889 for .905 on 2015 left out; short ones alone lose as much on documents).
_RUNS = (15, 5)
_CLEAN_RUNS = (1, 2, 1, 4, 30, 8)
#: At most so many words of one source and label in runs of one length: the rest would only repeat its habits.
_WORDS_PER_SOURCE = {"mt": 350_000, "human": 900_000}
_WORDS_PER_CLEAN_SOURCE = 250_000
_WORDS_OF_SITES = 900_000
#: Of the language models' texts, each how-manieth is read for clusters.
_CLUSTER_STEP = 3

#: Inverse strength of the ridge penalty: document AUROC on 2013 left out was .956 at .3, .965 at 3, .963 at 30.
_PENALTY = 2.0
#: Languages whose news experts trust slots by the ratio of their counts, and how strongly these are held back. German
#: documents of 100 words or more, against people's text of the same task and against all clean text: engines on 2013
#: left out .964 and .989 without, .968 and .993 with; on 2015 .949 and .995, .954 and .996; recall at .1 % of all clean
#: text .41 and .61, .58 and .68. Neural on 2023 .906, .979 and .22; at a penalty of 2 .918, .972 and .12, of 6 .920,
#: .976 and .13. English loses: engines on 2013 .918 and .925, at 2 .902 and .922. Raw documentation of one product
#: gains, of another loses. Experiments, by no script that is kept (2026-11-27).
_BY_RATIO = {"de": ("engines", "neural")}
_RATIO_PENALTY = 4.0
#: Added to a slot's counts in either label, in units of the rows' values, and to its ratio. Of the first, .3, 1, 3, 10
#: and 30 gave .960, .962, .967, .968 and .968 on 2013 left out; the second was chosen by hand.
_RATIO_SMOOTHING = 5.0
_LEAST_RATIO = 0.02
#: That of the regression that tells registers apart: a milder one would make every text wholly one or the other.
_REGISTER_PENALTY = 10.0

#: The first year of neural output. Of that, systems whose output is as good as a person's are not damage.
_NEURAL_YEAR = 2019
_FLUENT_SYSTEMS = ("GPT4", "ONLINE-W", "Online-W", "Facebook-AI")
#: Single sentences with people's scores: too short to learn documents from, they show whether paragraphs' scores
#: grow with damage.
_SENTENCES = "mlqe_pe"

#: How much each class of text weighs in what an expert learns from; those of a label are made even afterwards.
_SHARES = {
    "engines": {"old mt": 1.0, "task human": 1.0, "clean": 1.0, "human documentation": 0.15},
    "neural": {"old mt": 0.7, "neural mt": 1.0, "task human": 1.0, "clean": 1.0, "human documentation": 0.15},
    "documentation": {
        "raw documentation": 1.0,
        "human documentation": 1.0,
        "old mt": 0.3,
        "task human": 0.3,
        "clean": 0.3,
    },
}


@dataclass(frozen=True, slots=True)
class NgramCorpus:
    """Runs of text with their n-gram slots as a sparse matrix (runs, channels · TABLE)."""

    texts: tuple[Text, ...]
    matrix: sparse.csr_matrix
    labels: NDArray[np.int64]
    vocabulary: tuple[str, ...]
    clusters: dict[str, int]


def is_fluent(text: Text) -> bool:
    """Whether the text is of a system whose output is as good as a person's."""
    return text.system.startswith(_FLUENT_SYSTEMS)


def _is_neural(text: Text) -> bool:
    """Whether the text is of a year of a translation task in which the systems were neural."""
    return text.source.startswith("mt/") and text.year is not None and text.year >= _NEURAL_YEAR


def is_sentences(text: Text) -> bool:
    """Whether the text is one of the single sentences that people scored."""
    return text.group == _SENTENCES


def build_corpus(data: Path, language: str, seed: int) -> NgramCorpus:
    """Everything that the experts of a language learn from."""
    texts = tuple(_runs(data, language, seed))
    words = vocabulary(text for text in texts if text.label == "human")
    clusters = word_clusters(_plain_texts(data, language), seed=seed)
    labels = np.array([text.label == "mt" for text in texts], np.int64)
    return NgramCorpus(texts, ngram_matrix(blank_model(words, clusters), texts), labels, words, clusters)


def fit_ngrams(
    corpus: NgramCorpus, chosen: NDArray[np.bool_], register: tuple[NDArray[np.int8], float, float]
) -> NgramModel:
    """The n-gram model learned from the chosen runs, its weights rounded to eight bits.

    An expert without text of both labels (English documentation is nowhere published as raw translation) says nothing.
    """
    weights = np.zeros((len(CHANNELS), len(EXPERTS), TABLE), np.int8)
    scales = np.ones((len(CHANNELS), len(EXPERTS)))
    intercepts = np.zeros(len(EXPERTS))
    for at, expert in enumerate(EXPERTS):
        shares = class_weights(corpus, chosen, _SHARES[expert])
        used = shares > 0
        if len(np.unique(corpus.labels[used])) < 2:
            continue
        weights[:, at], scales[:, at], intercepts[at] = fit_expert(
            corpus.matrix[used],
            corpus.labels[used],
            shares[used],
            by_ratio=expert in _BY_RATIO.get(corpus.texts[0].language, ()),
        )
    return NgramModel(corpus.vocabulary, corpus.clusters, weights, scales, intercepts, *register)


def fit_expert(
    matrix: sparse.csr_matrix,
    labels: NDArray[np.int64],
    shares: NDArray[np.float64],
    *,
    by_ratio: bool = False,
    penalty: float = _PENALTY,
    clipped: bool = True,
) -> tuple[NDArray[np.int8], NDArray[np.float64], float]:
    """One expert's weights (channels, TABLE), scales (channels,) and intercept, from weighed rows of `ngram_matrix`.

    `by_ratio` trusts a slot as far as it tells the labels apart by itself. `penalty` is the inverse strength of the
    ridge penalty otherwise. `clipped` is as in `quantised`.
    """
    if by_ratio:
        ratios = _ratios(matrix, labels, shares)
        scaled = sparse.csr_matrix((matrix.data * ratios[matrix.indices], matrix.indices, matrix.indptr), matrix.shape)
        coefficients, intercept = _fitted(scaled, labels, shares, _RATIO_PENALTY)
        coefficients *= ratios
    else:
        coefficients, intercept = _fitted(matrix, labels, shares, penalty)
    # Slots met in fewer than three runs are noise; leaving them at zero also shrinks the compressed file.
    rare = np.bincount(matrix.indices, minlength=matrix.shape[1]) < 3
    channels = [quantised(own, clipped=clipped) for own in np.where(rare, 0.0, coefficients).reshape(-1, TABLE)]
    return np.array([weights for weights, _ in channels]), np.array([scale for _, scale in channels]), intercept


def fit_register(corpus: NgramCorpus) -> tuple[NDArray[np.int8], float, float]:
    """Weights, scale and intercept that tell software documentation from other writing, by human text alone."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    human = corpus.labels == 0
    documentation = np.array([text.domain == "documentation" for text in corpus.texts])[human]
    even = np.where(documentation, 1.0 / documentation.sum(), 1.0 / (~documentation).sum()) * len(documentation) / 2.0
    regression = LogisticRegression(C=_REGISTER_PENALTY, max_iter=60, tol=1e-3)
    with warnings.catch_warnings():
        # Stopping early is meant: with so many more weights than texts it is part of the penalty.
        warnings.simplefilter("ignore", ConvergenceWarning)
        regression.fit(corpus.matrix[human][:, :TABLE], documentation, sample_weight=even)
    return *quantised(regression.coef_[0]), float(regression.intercept_[0])


def write_ngrams(path: Path, model: NgramModel, usual: Usual | None = None) -> None:
    """Write what `NgramModel.read` reads, and how usual traces are."""
    traces: dict[str, Any] = {} if usual is None else {"trace_rates": usual.rates, "trace_shapes": usual.shapes}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path,
        vocabulary=np.array(sorted(model.vocabulary)),
        cluster_words=np.array(list(model.clusters)),
        cluster_numbers=np.array(list(model.clusters.values()), np.uint8),
        weights=model.weights,
        scales=model.scales,
        intercepts=model.intercepts,
        register_weights=model.register_weights,
        register_scale=model.register_scale,
        register_intercept=model.register_intercept,
        shown_evidence=model.shown_evidence,
        **traces,
    )


def _ratios(matrix: sparse.csr_matrix, labels: NDArray[np.int64], shares: NDArray[np.float64]) -> NDArray[np.float32]:
    """How well each slot tells the labels apart by itself: the log-ratio of its counts in both, without its sign.

    A ridge penalty on slots scaled so holds back those that tell nothing (Wang and Manning 2012, "Baselines and
    Bigrams", for naive Bayes and a support-vector machine). Scaled so that the rows stay as large as they were.
    """
    machine, human = (
        np.asarray(matrix.T @ (shares * (labels == label)), np.float64) + _RATIO_SMOOTHING for label in (1, 0)
    )
    ratios = np.abs(np.log(machine / human)) + _LEAST_RATIO
    squares = matrix.data.astype(np.float64) ** 2
    ratios *= np.sqrt(squares.sum() / float(squares @ ratios[matrix.indices] ** 2))
    return ratios.astype(np.float32)


def _fitted(
    matrix: sparse.csr_matrix, labels: NDArray[np.int64], weights: NDArray[np.float64], penalty: float
) -> tuple[NDArray[np.float64], float]:
    """Coefficients and intercept of the logistic regression, by dual coordinate descent until it has converged."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    regression = LogisticRegression(C=penalty, solver="liblinear", dual=True, tol=0.05, max_iter=60, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the last steps change no figure that is reported
        regression.fit(matrix, labels, sample_weight=weights)
    return regression.coef_[0].astype(np.float64), float(regression.intercept_[0])


def vocabulary(texts: Iterable[Text]) -> tuple[str, ...]:
    """The commonest words (lower case) and marks of human text: those that n-grams keep as they are."""
    return tuple(sorted(word for word, _ in word_counts(texts).most_common(VOCABULARY)))


def word_counts(texts: Iterable[Text]) -> Counter[str]:
    """How often texts have each word (lower case) and mark, numbers left out."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(word.lower() for word in normalise(tokenize(text.text)[0]) if not word[0].isdigit())
    return counts


def _plain_texts(data: Path, language: str) -> Iterator[Text]:
    """What people wrote, for clusters."""
    yield from (text for text in clean_texts(data, language) if text.weight > 0)
    yield from islice(language_model_texts(data, language), 0, None, _CLUSTER_STEP)
    yield from (text for text in translation_texts(data, language) if text.label == "human")


def blank_model(words: Sequence[str], clusters: dict[str, int]) -> NgramModel:
    """An n-gram model that weighs nothing yet: it knows where n-grams fall in the tables."""
    blank = np.zeros((len(CHANNELS), len(EXPERTS), TABLE), np.int8)
    return NgramModel(words, clusters, blank, np.ones(blank.shape[:2]), np.zeros(len(EXPERTS)), blank[0, 0], 1.0, 0.0)


def ngram_matrix(model: NgramModel, texts: Sequence[Text]) -> sparse.csr_matrix:
    """Counts of slots over the root of their number, as `NgramModel.evidence` weighs them; float32."""
    values, columns, ends = [], [], [0]
    for text in texts:
        table = WordTable.of([normalise(tokenize(paragraph)[0]) for paragraph in text.text.split("\n")])
        ends.append(ends[-1])
        for channel, slots in enumerate(model.slots(table)):
            found, counts = np.unique(slots, return_counts=True)
            columns.append((found + channel * TABLE).astype(np.int32))
            values.append((counts / np.sqrt(max(1, counts.sum()))).astype(np.float32))
            ends[-1] += len(found)
    shape = (len(texts), len(CHANNELS) * TABLE)
    return sparse.csr_matrix((np.concatenate(values), np.concatenate(columns), np.array(ends)), shape=shape)


def _runs(data: Path, language: str, seed: int) -> Iterator[Text]:
    chance = random.Random(f"{seed}/{language}/runs")
    streams: dict[tuple[str, str], dict[str, list[Text]]] = defaultdict(lambda: defaultdict(list))
    for text in translation_texts(data, language):
        if not is_sentences(text):  # there engines' and people's text are of different subjects
            streams[(text.source, text.label)][text.document].extend(_lines(text))
    for text in clean_texts(data, language):
        if text.weight > 0:
            source = text.source if text.source.startswith("clean/") else text.source.split("/")[0]
            streams[(source, "human")][text.document].extend(_lines(text))
    for (source, label), documents in sorted(streams.items()):
        if source.startswith(("mt/", "msdocs/")):
            separator = " " if source.startswith("mt/") else "\n"
            for length in _RUNS:
                runs = [
                    run for document in documents.values() for run in chunks(document, [length], separator=separator)
                ]
                yield from _some(runs, _WORDS_PER_SOURCE[label], chance)
        else:
            runs = []
            for document in documents.values():
                first = chance.randrange(len(_CLEAN_RUNS))
                runs.extend(chunks(document, _CLEAN_RUNS[first:] + _CLEAN_RUNS[:first], separator="\n"))
            yield from _some(runs, _WORDS_PER_CLEAN_SOURCE if source.startswith("clean/") else _WORDS_OF_SITES, chance)


def _some(runs: list[Text], words: int, chance: random.Random) -> Iterator[Text]:
    """Some of the runs, in random order, of so many words together."""
    chance.shuffle(runs)
    for run in runs:
        words -= run.text.count(" ") + 1
        if words < 0:
            break
        yield run


def _lines(text: Text) -> list[Text]:
    return [replace(text, text=line) for line in text.text.split("\n") if line.strip()]


def _classes(texts: Sequence[Text]) -> NDArray[np.str_]:
    """The class of each text, as `_SHARES` names it; fluent systems have none."""

    def one(text: Text) -> str:
        if text.domain == "documentation":
            return "raw documentation" if text.label == "mt" else "human documentation"
        if text.label == "human":
            return "task human" if text.source.startswith("mt/") else "clean"
        if is_fluent(text):
            return ""
        return "neural mt" if _is_neural(text) else "old mt"

    return np.array([one(text) for text in texts])


def class_weights(corpus: NgramCorpus, chosen: NDArray[np.bool_], shares: Mapping[str, float]) -> NDArray[np.float64]:
    """Weights of the runs that make each class weigh its share, and both labels alike; 0 for those left out."""
    damaged = corpus.labels == 1
    lengths = np.array([text.text.count(" ") + 1 for text in corpus.texts])
    weights = np.sqrt(np.minimum(lengths, 300) / 80.0) * chosen
    classes = _classes(corpus.texts)
    result = np.zeros(len(corpus.texts))
    for name, share in shares.items():
        rows = classes == name
        result[rows] = weights[rows] * share / max(weights[rows].sum(), 1e-9)
    result[damaged] *= result[~damaged].sum() / max(result[damaged].sum(), 1e-9)
    scaled: NDArray[np.float64] = result / max(result[result > 0].mean(), 1e-9)
    return scaled
