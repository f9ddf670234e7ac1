"""Machine translation: delexicalised n-gram evidence and the traces that engines leave in raw text.

Why: an engine's order of words, endings and function words differs from a person's in thousands of
small ways that no single rule names; a discriminative model over n-grams adds them up. Traces (a noun
in lower case, a glued word, a doubled quotation mark) are rare but nearly proof.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quality.document import Document, Paragraph
from quality.features import Evidence, Matrix, Span, fluency, traces
from quality.features.ngrams import NgramModel, NgramSums, NgramTable
from quality.features.traces import Lexicon
from quality.model import Models
from quality.segmentation import channel_positions

__all__ = [
    "DOCUMENT_NAMES",
    "NAMES",
    "PARAGRAPH_FEATURES",
    "document_row",
    "evidence",
    "lexicon",
    "measure",
    "ngram_model",
]

_SUMS = ("ngram_word_sum", "ngram_word_count", "ngram_character_sum", "ngram_character_count")
_TRACE_RATES = tuple(f"{name}_rate" for name in traces.NAMES)

#: One row a paragraph. `prose_evidence` and `documentation_evidence` are the n-gram evidence (log-odds) times
#: the probability that the document is, and is not, ordinary prose rather than software documentation, where
#: clean text sounds more like a machine; trace rates likewise, all of documentation's in one. `*_rate` is the root of
#: a trace's count per 100 words (damped); `log_words` is the natural
#: logarithm of the words. The sums are for joining paragraphs exactly.
NAMES = (
    "prose_evidence",
    "documentation_evidence",
    "documentation",
    "log_words",
    *_TRACE_RATES,
    "documentation_traces",
    *traces.NAMES,
    *_SUMS,
)

#: Those of them that the paragraph's classifier sees, with the fluency profile.
PARAGRAPH_FEATURES = (*NAMES[: NAMES.index("documentation_traces") + 1], *fluency.NAMES)

#: One row a document: evidence of the whole text as one run; of its paragraphs (weighted by words: mean,
#: upper fifth); trace rates; how many different traces there are; the fluency profile's means.
DOCUMENT_NAMES = (
    "document_prose_evidence",
    "document_documentation_evidence",
    "document_documentation",
    "paragraph_evidence_mean",
    "paragraph_evidence_high",
    "document_log_words",
    *(f"document_{name}" for name in _TRACE_RATES),
    "document_documentation_traces",
    "document_trace_kinds",
    *(f"document_{name}" for name in fluency.NAMES),
)

#: Damping of rates: a single slip in a short text is no rate. Words added to the length.
_PARAGRAPH_DAMPING = 30.0
_DOCUMENT_DAMPING = 150.0

#: A stretch of words is shown (M101) when its n-gram evidence a word is at least this; five at most.
_SHOWN_EVIDENCE = 1.0
_SHOWN_SPANS = 5
_WINDOW = 4


def ngram_model(models: Models, language: str) -> NgramModel | None:
    """The n-gram model of a language, or None."""
    name = f"{language}/translation.npz"
    if not models.has(name):
        return None

    def read(models: Models) -> NgramModel:
        arrays = models.arrays(name)
        return NgramModel(
            vocabulary=arrays["vocabulary"].tolist(),
            word_weights=arrays["word_weights"],
            character_weights=arrays["character_weights"],
            word_scale=float(arrays["word_scale"]),
            character_scale=float(arrays["character_scale"]),
            intercept=float(arrays["intercept"]),
            register_weights=arrays["register_weights"],
            register_scale=float(arrays["register_scale"]),
            register_intercept=float(arrays["register_intercept"]),
        )

    return models.load(f"ngrams:{language}", read)


def lexicon(models: Models, language: str) -> Lexicon:
    """The casing lexicon of a language (`LANGUAGE/casing.json`) with its language model's vocabulary."""

    def read(models: Models) -> Lexicon:
        record = models.json(f"{language}/casing.json")
        model = fluency.language_model(models, language)
        words = {name: frozenset(record[name]) for name in ("capitalised", "lower", "function", "foreign")}
        return Lexicon(known=frozenset() if model is None else model, **words)

    return models.load(f"casing:{language}", read)


def measure(
    document: Document, paragraphs: Sequence[Paragraph], models: Models, *, language: str, explain: bool
) -> Evidence:
    """One row a paragraph (`NAMES`); spans M101 (n-gram evidence) and M111–M120 (traces)."""
    model = ngram_model(models, language)
    if model is None or not paragraphs:
        return Evidence.empty(NAMES, len(paragraphs))
    return evidence(paragraphs, model, lexicon(models, language), explain=explain)


def evidence(paragraphs: Sequence[Paragraph], model: NgramModel, known: Lexicon, *, explain: bool) -> Evidence:
    """What `measure` does, with models given by hand (training measures with models of its folds)."""
    table = model.slots([paragraph.channel for paragraph in paragraphs])
    sums = model.sums(table, len(paragraphs))
    words = np.array([paragraph.word_count for paragraph in paragraphs], np.float64)
    found = _without_tokenised([traces.trace_spans(paragraph, known) for paragraph in paragraphs], paragraphs)
    counts = np.array([traces.trace_counts(spans) for spans in found], np.float64)
    register = model.register(table)
    rates = np.sqrt(100.0 * counts / (words[:, None] + _PARAGRAPH_DAMPING))
    log_odds = model.evidence(sums)
    matrix = np.column_stack(
        [
            (1.0 - register) * log_odds,
            register * log_odds,
            np.full(len(paragraphs), register),
            np.log1p(words),
            (1.0 - register) * rates,
            register * rates.sum(axis=1),
            counts,
            sums.word,
            sums.word_count,
            sums.character,
            sums.character_count,
        ]
    )
    spans = tuple(tuple(span for trace in row for span in trace) for row in found)
    if explain:
        shown = _ngram_spans(model, table, paragraphs)
        spans = tuple(traced + shown[row] for row, traced in enumerate(spans))
    return Evidence(NAMES, matrix, spans)


def document_row(measured: Evidence, fluent: Evidence, paragraphs: Sequence[Paragraph], model: NgramModel) -> Matrix:
    """The document's row, shape (len(DOCUMENT_NAMES),), from its paragraphs' rows."""
    words = np.array([paragraph.word_count for paragraph in paragraphs], np.float64)
    total = words.sum()
    sums = NgramSums(*(np.array([int(measured.column(name).sum())]) for name in _SUMS))
    whole = float(model.evidence(sums)[0])
    # Evidence grows with the root of a text's length: per root word it can be compared and averaged.
    log_odds = measured.column("prose_evidence") + measured.column("documentation_evidence")
    density = log_odds / np.sqrt(np.maximum(words, 1.0))
    register = float(measured.column("documentation")[0])
    counts = np.array([measured.column(name).sum() for name in traces.NAMES])
    rates = np.sqrt(100.0 * counts / (total + _DOCUMENT_DAMPING))
    weights = words / max(total, 1.0)
    return np.concatenate(
        [
            [(1.0 - register) * whole, register * whole, register],
            [10.0 * float((density * weights).sum()), 10.0 * _weighted_quantile(density, words, 0.8)],
            [np.log1p(total)],
            (1.0 - register) * rates,
            [
                register * float(rates.sum()),
                (1.0 - register) * 100.0 * float((counts > 0).sum()) / (total + 3 * _DOCUMENT_DAMPING),
            ],
            np.nansum(fluent.matrix * weights[:, None], axis=0),
        ]
    )


def _weighted_quantile(values: Matrix, weights: Matrix, share: float) -> float:
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(weights[order])
    if not cumulative.size or cumulative[-1] <= 0:
        return 0.0
    at = int(np.searchsorted(cumulative, share * cumulative[-1]))
    return float(values[order[min(at, len(order) - 1)]])


def _without_tokenised(
    found: list[tuple[tuple[Span, ...], ...]], paragraphs: Sequence[Paragraph]
) -> list[tuple[tuple[Span, ...], ...]]:
    """Spaces before marks are no trace where most marks have one: the text was rebuilt from tokens."""
    at = traces.NAMES.index("spaced_marks")
    spaced = sum(len(spans[at]) for spans in found)
    if spaced == 0:
        return found
    marks = sum(word in ".," for paragraph in paragraphs for word in paragraph.channel)
    if spaced < 0.4 * marks:
        return found
    return [(*spans[:at], (), *spans[at + 1 :]) for spans in found]


def _ngram_spans(model: NgramModel, table: NgramTable, paragraphs: Sequence[Paragraph]) -> list[tuple[Span, ...]]:
    """M101: the windows of words that speak loudest for machine translation, best first, not overlapping."""
    evidence = model.word_evidence(table)
    starts = np.searchsorted(table.word_rows, np.arange(len(paragraphs) + 1))
    result = []
    for row, paragraph in enumerate(paragraphs):
        values = evidence[starts[row] : starts[row + 1]]
        spans: list[Span] = []
        if len(values) >= _WINDOW:
            positions = channel_positions(paragraph.tokens)
            sums = np.convolve(values, np.ones(_WINDOW), "valid")
            taken = np.zeros(len(values), bool)
            for at in np.argsort(-sums, kind="stable")[: 4 * _SHOWN_SPANS].tolist():
                if sums[at] < _SHOWN_EVIDENCE * _WINDOW or len(spans) == _SHOWN_SPANS:
                    break
                if taken[at : at + _WINDOW].any():
                    continue
                taken[at : at + _WINDOW] = True
                words = [place for place in positions[at : at + _WINDOW] if paragraph.tokens[place][0].isalnum()]
                if words:
                    # Its share in the paragraph's evidence, which is normalised by the root of the length.
                    weight = float(sums[at]) / len(values) ** 0.5
                    spans.append(Span("M101", paragraph.starts[words[0]], paragraph.ends[words[-1]], weight))
        result.append(tuple(spans))
    return result
