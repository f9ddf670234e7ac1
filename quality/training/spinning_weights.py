"""Weights of words, pairs, places and marks: what a spinner put against what people wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.features import Batch, Matrix
from quality.features.spinning_marks import Marker, Marks, Settled
from quality.features.spinning_places import (
    Candidates,
    Lexicon,
    candidates,
    place_features,
    worth_features,
)
from quality.features.spinning_terms import Terms
from quality.features.spinning_words import CELLS, Words
from quality.training.spinning_examples import Example
from quality.training.spinning_marks import fit_marks

__all__ = ["fit_markers", "fit_pairs", "fit_places", "fit_words"]

#: Share of the places that would come to something which are given up to save tests: so three in ten places of
#: clean text need none (500 clean and 500 spun passages, 2026-11-22).
_LOST = 0.02


def fit_words(words: Words, taught: Sequence[tuple[Batch, Example]], model: Any) -> NDArray[np.float32]:
    """Weights of the classes that words fall in: words that a spinner put against words of clean text, at even odds."""
    import scipy.sparse as sparse
    from sklearn.linear_model import LogisticRegression

    rows, labels = [], []
    for batch, example in taught:
        table = batch.channel
        if not len(table.ids):
            continue
        chosen, found = words.cells(batch, model)
        spun = _written_by_spinner(batch, example)[chosen]
        # Untouched words of spun texts stand in broken company: they are no fair picture of clean text.
        fair = spun if example.label else np.ones(len(chosen), np.bool_)
        rows.append(found[fair].astype(np.int16))
        labels.append(spun[fair])
    indices, label = np.concatenate(rows), np.concatenate(labels)
    ends = np.arange(0, indices.size + 1, indices.shape[1])
    matrix = sparse.csr_matrix((np.ones(indices.size, np.float32), indices.ravel(), ends), shape=(len(indices), CELLS))
    weights = np.where(label, 0.5 / label.mean(), 0.5 / (1.0 - label.mean()))
    fitted = LogisticRegression(C=0.02, max_iter=300).fit(matrix, label, sample_weight=weights)
    return np.append(fitted.coef_[0], fitted.intercept_[0]).astype(np.float32)


def fit_pairs(words: Words, terms: Terms, taught: Sequence[tuple[Batch, Example]], model: Any) -> NDArray[np.float64]:
    """Slope and intercept from the gain of a pair to its weight: pairs a spinner had a part in against clean text's."""
    gains, labels = [], []
    for batch, example in taught:
        pairs = terms.found(batch, model, words.evidence(batch, model))
        written = _written_by_spinner(batch, example)
        spun = written[pairs.at] | written[pairs.at + 1]
        fair = spun if example.label else np.ones(len(spun), np.bool_)
        gains.append(pairs.gain[fair])
        labels.append(spun[fair])
    return _fitted(np.concatenate(gains)[:, None], np.concatenate(labels))


def fit_places(
    lexicon: Lexicon, words: Words, taught: Sequence[tuple[Batch, Example]], model: Any
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights of a place's features, and of those that tell beforehand whether it is worth a test.

    The first set places that a spinner filled against places of clean text; the second those of them that come to
    something against all in clean text.
    """
    rows, early, labels = [], [], []
    for batch, example in taught:
        misfit = words.evidence(batch, model)
        found = candidates(lexicon, model, batch, misfit, thorough=True)
        if not len(found):
            continue
        spun = _spun_places(batch, example, found)
        fair = spun if example.label else np.ones(len(found), np.bool_)
        ends = found.at + found.length
        stops = batch.channel.bounds[found.paragraph + 1]
        rows.append(place_features(lexicon, found)[fair])
        early.append(worth_features(lexicon, found.phrase, misfit, found.at, ends, stops)[fair])
        labels.append(spun[fair])
    label = np.concatenate(labels)
    features = np.concatenate(rows)
    weights = _fitted(features, label)
    useful = (features @ weights[:-1] + weights[-1] > 0.0) & label
    chosen = useful | ~label
    features = np.concatenate(early)
    worth = _fitted(features[chosen], useful[chosen])
    worth[-1] -= np.quantile(features[useful] @ worth[:-1] + worth[-1], _LOST)
    return weights, worth


def fit_markers(
    marker: Marker, taught: Sequence[tuple[Batch, Example]], folds: int, seed: int
) -> tuple[list[Marker], dict[str, NDArray[Any]]]:
    """For each fold a marker whose trees had not seen it, and last the one that ships, with the arrays of its trees."""
    rows, labels, own = mark_rows(marker, taught)
    markers = []
    for fold in range(folds + 1):  # the last is nobody's: nothing is left out
        seen = {level: own[level] != fold for level in rows}
        found = fit_marks(
            {level: rows[level][seen[level]] for level in rows},
            {level: labels[level][seen[level]] for level in rows},
            seed,
        )
        marks = {"word_ways": marker.marks.word_ways, "phrase_ways": marker.marks.phrase_ways, **found}
        markers.append(replace(marker, marks=Marks.from_arrays(marks)))
    return markers, found


def mark_rows(
    marker: Marker, taught: Sequence[tuple[Batch, Example]]
) -> tuple[dict[str, Matrix], dict[str, NDArray[np.bool_]], dict[str, NDArray[np.int64]]]:
    """Features of the marks of spun and of clean passages, whether a spinner had a part in them, and folds, by level.

    Untouched words of spun texts are in: it is from them that what was exchanged is to be told.
    """
    rows: dict[str, list[Matrix]] = {"word": [], "place": []}
    labels: dict[str, list[NDArray[np.bool_]]] = {"word": [], "place": []}
    folds: dict[str, list[int]] = {"word": [], "place": []}
    for batch, example in taught:
        misfit = marker.words.evidence(batch, marker.model)
        found = candidates(marker.known, marker.model, batch, misfit)
        settled = Settled.of(batch, marker.known, found)
        marked = marker.marked(batch, settled, misfit)
        written = _written_by_spinner(batch, example)
        places = settled.chosen[marked.place_at]
        before = np.concatenate([[0], np.cumsum(written)])
        rows["word"].append(marked.word_rows)
        labels["word"].append(written[marked.word_at])
        rows["place"].append(marked.place_rows)
        labels["place"].append(before[found.at[places] + found.length[places]] > before[found.at[places]])
        for level in rows:
            folds[level] += [example.fold] * len(rows[level][-1])
    return (
        {level: np.concatenate(found) for level, found in rows.items()},
        {level: np.concatenate(found) for level, found in labels.items()},
        {level: np.array(found) for level, found in folds.items()},
    )


def _fitted(features: Matrix, label: NDArray[np.bool_]) -> NDArray[np.float64]:
    """A logistic regression at even odds, intercept last."""
    from sklearn.linear_model import LogisticRegression

    scale = features.std(axis=0) + 1e-9
    weights = np.where(label, 0.5 / label.mean(), 0.5 / (1.0 - label.mean()))
    fitted = LogisticRegression(C=1.0, max_iter=1000).fit(features / scale, label, sample_weight=weights)
    return np.append(fitted.coef_[0] / scale, fitted.intercept_[0])


def _written_by_spinner(batch: Batch, example: Example) -> NDArray[np.bool_]:
    """Which words of the batch's channel stand in an edit."""
    if not example.edits:
        return np.zeros(len(batch.channel.ids), np.bool_)
    starts, ends = _word_offsets(batch)
    first = np.searchsorted(ends, [edit.start for edit in example.edits], "right")
    last = np.searchsorted(starts, [edit.end for edit in example.edits], "left")
    changes = np.zeros(len(starts) + 1, np.int64)
    np.add.at(changes, first, 1)
    np.add.at(changes, np.maximum(first, last), -1)
    return np.cumsum(changes)[:-1] > 0


def _spun_places(batch: Batch, example: Example, found: Candidates) -> NDArray[np.bool_]:
    """Whether each place is what the spinner put: inside one edit, and most of it."""
    if not example.edits:
        return np.zeros(len(found), np.bool_)
    starts, ends = _word_offsets(batch)
    start, end = starts[found.at], ends[found.at + found.length - 1]
    first = np.array([edit.start for edit in example.edits])
    last = np.array([edit.end for edit in example.edits])
    edit = np.maximum(np.searchsorted(first, start, "right") - 1, 0)
    inside: NDArray[np.bool_] = (
        (first[edit] <= start) & (end <= last[edit] + 1) & (end - start >= 0.6 * (last[edit] - first[edit]))
    )
    return inside


def _word_offsets(batch: Batch) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each word of the batch's channel starts and ends in its document."""
    starts = np.array([start for paragraph in batch.paragraphs for start in paragraph.starts], np.int64)
    ends = np.array([end for paragraph in batch.paragraphs for end in paragraph.ends], np.int64)
    return starts[batch.channel_tokens], ends[batch.channel_tokens]
