"""Machine translation: delexicalised n-gram evidence and the traces that engines leave in raw text.

Why: an engine's order of words, endings and function words differs from a person's in thousands of
small ways that no single rule names; a discriminative model over n-grams adds them up. Traces (a noun
in lower case, a glued word, a doubled quotation mark) are rare but nearly proof.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.features import Batch, Evidence, Matrix, fluency, traces, wording
from quality.features.ngrams import CHANNELS, EXPERTS, NgramModel, NgramSums, NgramWeights
from quality.features.traces import Lexicon, Usual
from quality.model import Models

__all__ = [
    "DOCUMENT_FEATURES",
    "DOCUMENT_NAMES",
    "NAMES",
    "PARAGRAPH_FEATURES",
    "WINDOW",
    "document_rows",
    "documentation",
    "evidence",
    "lexicon",
    "measure",
    "ngram_model",
    "shown_words",
    "usual_traces",
]

#: Exact sums of weights and counts of n-grams, for joining paragraphs.
_SUMS = tuple(f"{channel}_sum_{expert}" for channel in CHANNELS for expert in EXPERTS)
_COUNTS = tuple(f"{channel}_count" for channel in CHANNELS)
_TRACE_RATES = tuple(f"{name}_rate" for name in traces.NAMES)

#: What the experts say (log-odds). That of documentation's counts as far as the document is software documentation.
_EVIDENCE = ("engine_evidence", "neural_evidence", "documentation_evidence")

#: One row a paragraph. `documentation` is the probability that the document is software documentation; trace rates
#: count as far as it is not, all of documentation's in one. `*_rate` is the root of a trace's count per 100 words
#: (damped); `log_words` is the natural logarithm of the words.
NAMES = (
    *_EVIDENCE,
    "documentation",
    "log_words",
    *_TRACE_RATES,
    "documentation_traces",
    *traces.NAMES,
    *_SUMS,
    *_COUNTS,
)

#: Those of them that the paragraph's classifier sees. Fluency was taken out: without it the classifiers call as much
#: damage and tell engines of an unseen year from people better (document AUROC with the year left out, English 2015:
#: .884 against .858, German 2013: .937 against .933; half of the machines' texts with broken joins, 2026-11-22).
PARAGRAPH_FEATURES = NAMES[: NAMES.index("documentation_traces") + 1]

#: One row a document: evidence of the whole text as one run; of its paragraphs per root word (mean over the words, and
#: the value that a fifth of the words are above); how surprising its traces are, as far as it is prose.
DOCUMENT_NAMES = (
    *(f"document_{name}" for name in _EVIDENCE),
    "document_documentation",
    "paragraph_evidence_mean",
    "paragraph_evidence_high",
    "document_log_words",
    *(f"document_{name}_surprise" for name in traces.NAMES),
)

#: Those of them that the document's classifier sees. The length is not among them: evidence and surprise have it in
#: them already, and made long translated pages look like clean ones, since those of the training data are short.
DOCUMENT_FEATURES = tuple(name for name in DOCUMENT_NAMES if name != "document_log_words")

#: Damping of rates: a single slip in a short text is no rate. Words added to the length.
_PARAGRAPH_DAMPING = 30.0

#: A text's habits do not average out as chance does: a long text of an unknown sort would add up to an alarm. From some
#: such number of words on, evidence hardly grows. AUROC of the engines' expert on documents of 2013, 2015, 2023 left
#: out, against people's text of the same tasks: .917, .906, .787 without, .929, .918, .865 at 150, .930, .919, .867 at
#: 60; of 2023 against all clean text: .782, .919, .934 (German, 2026-11-27). Below that it is held back, as a few words
#: prove little whatever they say: recall at 1 % of 2013 rises from .47 to .55.
_SATURATION = 150.0

#: Words of a stretch that is shown by n-grams alone; `NgramModel.shown_evidence` is what it needs.
WINDOW = 4


def ngram_model(models: Models, language: str) -> NgramModel | None:
    """The n-gram model of a language, or None."""
    name = f"{language}/translation.npz"
    if not models.has(name):
        return None
    return models.load(f"ngrams:{language}", lambda models: NgramModel.read(models.arrays(name)))


def lexicon(models: Models, language: str) -> Lexicon:
    """The casing lexicon of a language (`LANGUAGE/casing.json`) with its language model's vocabulary."""

    def read(models: Models) -> Lexicon:
        record = models.json(f"{language}/casing.json")
        model = fluency.language_model(models, language)
        words = {name: frozenset(record[name]) for name in ("capitalised", "lower", "function", "foreign")}
        return Lexicon(known=frozenset() if model is None else model, **words)

    return models.load(f"casing:{language}", read)


def usual_traces(models: Models, language: str) -> Usual | None:
    """How often people's prose in a language has traces; None if that was not learned."""
    name = f"{language}/translation.npz"

    def read(models: Models) -> Usual | None:
        arrays = models.arrays(name)
        return Usual(arrays["trace_rates"], arrays["trace_shapes"]) if "trace_rates" in arrays else None

    return models.load(f"usual traces:{language}", read) if models.has(name) else None


def measure(batch: Batch, models: Models, *, language: str, explain: bool) -> Evidence:
    """One row a paragraph (`NAMES`); spans M101 (wording) and M111–M120 (traces)."""
    model = ngram_model(models, language)
    if model is None:
        return Evidence.empty(NAMES, len(batch.paragraphs))
    slips = wording.slips(models, language) if explain else None
    return evidence(batch, model, lexicon(models, language), explain=explain, slips=slips)


def evidence(
    batch: Batch, model: NgramModel, known: Lexicon, *, explain: bool, slips: wording.Slips | None = None
) -> Evidence:
    """What `measure` does, with models given by hand (training measures with models of its folds).

    Without `slips` words are shown by their n-grams.
    """
    weights = model.weigh(batch.channel)
    sums = weights.sums(batch.channel)
    found = traces.without_rebuilt(traces.find(batch, known), batch)
    counts = traces.counts(found, len(batch.paragraphs))
    register = documentation(batch, model, weights, sums)
    rates = np.sqrt(100.0 * counts / (batch.words[:, None] + _PARAGRAPH_DAMPING))
    matrix = np.column_stack(
        [
            _evidence(model.evidence(sums), register, batch.words),
            register,
            np.log1p(batch.words),
            (1.0 - register[:, None]) * rates,
            register * rates.sum(axis=1),
            counts,
            sums.sums.reshape(len(_SUMS), -1).T,
            sums.counts.T,
        ]
    )
    if not explain:
        return Evidence(NAMES, matrix, ((),) * len(batch.paragraphs))
    traced = traces.spans(found, len(batch.paragraphs))
    if slips is None:
        by_ngrams = shown_words(model, weights, register[batch.channel.rows])
        shown = wording.Shown(by_ngrams, model.shown_evidence, WINDOW)
    else:
        shown = slips.shown(batch, model)
    worded = wording.stretches(shown, batch)
    return Evidence(NAMES, matrix, tuple(own + others for own, others in zip(traced, worded, strict=True)))


def documentation(batch: Batch, model: NgramModel, weights: NgramWeights, sums: NgramSums) -> Matrix:
    """The probability (0..1) that each paragraph's document is software documentation, shape (paragraphs,)."""
    words = sums.counts[CHANNELS.index("word")]
    return model.register(_totals(batch, batch.channel.totals(weights.register)), _totals(batch, words))[batch.owners]


def shown_words(model: NgramModel, weights: NgramWeights, register: Matrix) -> Matrix:
    """What each word adds to the evidence that stretches are shown by, shape (words,).

    In prose the mean of the engines' and the neural expert, in documentation (by `register`, 0..1) what its own says.
    """
    by_word = model.word_evidence(weights)
    shown: Matrix = np.where(register < 0.5, by_word[:2].mean(axis=0), by_word[2])
    return shown


def document_rows(measured: Evidence, batch: Batch, model: NgramModel, usual: Usual | None) -> Matrix:
    """The row of each document from its paragraphs' rows, shape (documents, len(DOCUMENT_NAMES)).

    Where it is not known how usual traces are, none is surprising.
    """
    words, owners = batch.words, batch.owners
    total = batch.totals(words)
    # One value a document, which each of its paragraphs carries.
    register = np.zeros(len(batch))
    register[owners] = measured.column("documentation")
    sums = np.array([_totals(batch, measured.column(name)) for name in _SUMS])
    grams = np.array([_totals(batch, measured.column(name)) for name in _COUNTS])
    whole = model.evidence(NgramSums(sums.reshape(len(CHANNELS), len(EXPERTS), -1), grams))
    # Paragraphs are compared and averaged as if each had as many words.
    log_odds = measured.column("engine_evidence") + measured.column("documentation_evidence")
    lengths = np.maximum(words, 1.0) / _SATURATION
    density = log_odds * (1.0 + lengths) / lengths
    counts = np.column_stack([batch.totals(measured.column(name)) for name in traces.NAMES])
    surprise = np.zeros(counts.shape) if usual is None else usual.surprise(counts, total)
    weights = words / np.maximum(total, 1.0)[owners]
    return np.column_stack(
        [
            _evidence(whole, register, total),
            register,
            batch.totals(density * weights),
            _upper_fifth(density, batch),
            np.log1p(total),
            (1.0 - register[:, None]) * surprise,
        ]
    )


def _weight(words: Matrix) -> Matrix:
    """What evidence a root word is worth in a text of some length: it grows to 1 and falls again, so that evidence
    grows with the length at first, and then no more.
    """
    some = np.maximum(words, 1.0) / _SATURATION
    weight: Matrix = np.sqrt(some) / (1.0 + some)
    return weight


def _evidence(evidence: Matrix, register: Matrix, words: Matrix) -> Matrix:
    """The columns of `_EVIDENCE`, shape (texts, 3), by what each expert says and how far each text is documentation."""
    engines, neural, documentation = evidence * _weight(words)
    return np.column_stack([engines, neural, register * documentation])


def _totals(batch: Batch, values: NDArray[Any]) -> NDArray[np.int64]:
    """Sums over documents of whole numbers, one a paragraph; exact as long as they fit 53 bits."""
    return batch.totals(values).astype(np.int64)


def _upper_fifth(values: Matrix, batch: Batch) -> Matrix:
    """The value that 80 % of each document's words are in paragraphs of at most; 0 for one without words."""
    order = np.lexsort((values, batch.owners))
    reached = np.cumsum(batch.words[order])
    reached -= np.concatenate([[0.0], reached])[batch.bounds[:-1]][batch.owners]  # whole numbers: exact
    total = batch.totals(batch.words)
    below = batch.totals((reached < (0.8 * total)[batch.owners]).astype(np.float64)).astype(np.intp)
    result = np.zeros(len(batch))
    some = total > 0
    result[some] = values[order[(batch.bounds[:-1] + below)[some]]]
    return result
