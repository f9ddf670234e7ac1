"""Adapts a classifier to text of one's own: what to add to the base's log-odds, learned from some hundred labels.

Two steps, as in the training of the base: n-gram weights, then a regression that sees their evidence on texts that
they had not seen, beside the base's features. Both start from the base's log-odds and are drawn towards adding
nothing. Figures are of documents whose group neither step had seen.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from quality.adapted import AdaptedHead, log_odds
from quality.document import MIN_PARAGRAPH_WORDS, Document, Kind
from quality.errors import TrainingError
from quality.estimators import anchored_regression
from quality.features import Batch, Matrix, WordTable, translation
from quality.features.learned import document_names
from quality.features.ngrams import NgramModel
from quality.judging import document_rows, measure
from quality.language import assign_languages
from quality.model import Head, Models
from quality.segmentation import segment
from quality.training.own_data import Labelled, folds_of
from quality.training.weights import quantised

__all__ = ["Adaptation", "adapt"]

_TABLE = 1 << 18
#: Variance expected of an n-gram's weight, and of what the regression adds (squared log-odds). Chosen of 10 and 50, 1
#: and 5 on German documentation of one product, by the AUROC on three others (2026-11-27).
_WEIGHT_VARIANCE, _STRENGTH = 10.0, 1.0
_FEWEST_DOCUMENTS = 2
#: An n-gram of so many labelled documents is familiar.
_FAMILIAR = 3
#: Quantiles of the share of familiar n-grams in held-back documents: under the first a text is far, from the second
#: on near. Chosen by hand.
_FAR, _NEAR = 0.02, 0.2
#: Clean held-back documents and paragraphs called damaged, at most. A hundred documents cannot show the 0.1 % that
#: the base's threshold is set for; it is never lowered.
_FALSE_ALARMS = {"document": 0.01, "paragraph": 0.02}
_TOGETHER = 100
_FARTHEST = 8.0
#: The logistic curve as knots.
_KNOTS = np.linspace(-30.0, 30.0, 601)


@dataclass(frozen=True, eq=False, slots=True)
class Adaptation:
    """What was learned of one kind: heads by level, arrays of the n-gram weights, and held-back scores.

    `before` and `after` are probabilities of the documents, by the base and by models that had not seen their group.
    """

    kind: Kind
    language: str
    heads: tuple[AdaptedHead, ...]
    arrays: dict[str, NDArray[Any]]
    texts: tuple[Labelled, ...]
    damaged: NDArray[np.bool_]
    before: Matrix
    after: Matrix
    thresholds: tuple[float, float]


@dataclass(frozen=True, eq=False, slots=True)
class _Level:
    """Rows of the base's features, its log-odds, n-gram counts, and the document of each row."""

    rows: Matrix
    known: Matrix
    slots: sparse.csr_matrix
    owners: NDArray[np.intp]


def adapt(texts: Sequence[Labelled], kind: Kind, language: str, base: Models) -> Adaptation:
    """Learn what to add to the base's heads of a kind. Raises TrainingError where it has none in the language."""
    head = base.head(kind, "document", language)
    ngrams = translation.ngram_model(base, language)
    if head is None or ngrams is None:
        raise TrainingError(f"{base.directory}: judges no {kind.replace('_', ' ')} in {language}; name another --base")
    damaged = np.array([text.kind is not None for text in texts])
    folds = folds_of(texts)
    levels = _measured(texts, kind, language, base, ngrams)
    documents = levels["document"]
    after = documents.known.copy()
    for fold in np.unique(folds):
        seen = folds != fold
        fitted = _Fitted.of(documents, damaged, folds, seen)
        after[~seen] += fitted.added(documents, ~seen)
    final = _Fitted.of(documents, damaged, folds, np.ones(len(texts), np.bool_))
    regression = (final.mean, final.scale, final.coefficients, final.intercept)
    heads = [_adapted(head, regression, document_names(kind), after[~damaged])]
    part = base.head(kind, "paragraph", language)
    paragraphs = levels["paragraph"]
    if part is not None and len(np.unique(damaged[paragraphs.owners])) == 2:
        names = (f"own_{kind}_evidence", f"own_{kind}_nearness")
        heads.append(_paragraph_head(part, documents, paragraphs, damaged, folds, names))
    return Adaptation(
        kind=kind,
        language=language,
        heads=tuple(heads),
        arrays=final.weights.arrays(ngrams),
        texts=tuple(texts),
        damaged=damaged,
        before=_logistic(documents.known),
        after=_logistic(after),
        thresholds=(head.threshold, heads[0].threshold),
    )


def _measured(
    texts: Sequence[Labelled], kind: Kind, language: str, base: Models, ngrams: NgramModel
) -> dict[str, _Level]:
    """Documents, and their paragraphs that are long enough to be judged, as the base sees them."""
    parts: dict[str, list[_Level]] = {"document": [], "paragraph": []}
    for first in range(0, len(texts), _TOGETHER):
        some = texts[first : first + _TOGETHER]
        batch = Batch.of([segment(Document(text.text)) for text in some])
        _, batch = assign_languages(batch, base, language=language)
        measured = measure(batch, base, language=language, explain=False)
        whole = document_rows(measured, base)
        head, part = (base.head(kind, level, language) for level in ("document", "paragraph"))
        assert head is not None  # `adapt` has looked
        rows = np.column_stack([whole[name] for name in head.features])
        own = batch.take(measured.own)
        slots = [_slots(ngrams, own.channel.take(own.owners == document)) for document in range(len(own))]
        parts["document"].append(
            _Level(rows, log_odds(head.probability(rows)), _matrix(slots), np.arange(first, first + len(some)))
        )
        if part is not None:
            chosen = measured.own & (batch.words >= MIN_PARAGRAPH_WORDS)
            rows = measured.rows(part.features)[chosen]
            table = batch.channel.take(chosen)
            one = np.arange(len(rows))
            slots = [_slots(ngrams, table.take(one == row)) for row in one.tolist()]
            parts["paragraph"].append(
                _Level(rows, log_odds(part.probability(rows)), _matrix(slots), first + batch.owners[chosen])
            )
    return {
        level: _Level(
            np.concatenate([part.rows for part in found]),
            np.concatenate([part.known for part in found]),
            sparse.vstack([part.slots for part in found]).tocsr(),
            np.concatenate([part.owners for part in found]),
        )
        for level, found in parts.items()
        if found
    }


def _slots(ngrams: NgramModel, table: WordTable) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    word, _, character = ngrams.slots(table)
    # Slots are the highest bits of a hash: a smaller table has fewer of them.
    shrink = ngrams.weights.shape[-1].bit_length() - _TABLE.bit_length()
    return word >> shrink, (character >> shrink) + _TABLE


def _matrix(texts: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]]) -> sparse.csr_matrix:
    """Counts of slots of each text over the root of their number, shape (texts, 2 · _TABLE)."""
    values, columns, ends = [np.empty(0)], [np.empty(0, np.int64)], [0]
    for channels in texts:
        length = 0
        for slots in channels:
            found, counts = np.unique(slots, return_counts=True)
            columns.append(found)
            values.append(counts / np.sqrt(max(1, counts.sum())))
            length += len(found)
        ends.append(ends[-1] + length)
    return sparse.csr_matrix(
        (np.concatenate(values), np.concatenate(columns), np.array(ends)), shape=(len(texts), 2 * _TABLE)
    )


@dataclass(frozen=True, eq=False, slots=True)
class _Weights:
    """N-gram weights, which n-grams are familiar, and the shares of these at which a text is far and near."""

    values: Matrix
    intercept: float
    familiar: Matrix
    far: float
    near: float

    @classmethod
    def of(
        cls, level: _Level, damaged: NDArray[np.bool_], folds: NDArray[np.int64], seen: NDArray[np.bool_]
    ) -> _Weights:
        values, intercept = _slot_weights(level.slots[seen], damaged[seen], level.known[seen])
        shares = np.zeros(len(damaged))
        for fold in np.unique(folds[seen]):
            held = seen & (folds == fold)
            shares[held] = _share(level.slots[held], _familiar(level.slots[seen & ~held]))
        far, near = np.quantile(shares[seen], (_FAR, _NEAR)).tolist()
        return cls(values, intercept, _familiar(level.slots[seen]), far, max(near, far + 1e-3))

    def evidence(self, slots: sparse.csr_matrix) -> Matrix:
        evidence: Matrix = slots @ self.values + self.intercept
        return evidence

    def nearness(self, slots: sparse.csr_matrix) -> Matrix:
        nearness: Matrix = np.clip((_share(slots, self.familiar) - self.far) / (self.near - self.far), 0.0, 1.0)
        return nearness

    def arrays(self, ngrams: NgramModel) -> dict[str, NDArray[Any]]:
        word, word_scale = quantised(self.values[:_TABLE])
        character, character_scale = quantised(self.values[_TABLE:])
        return {
            "vocabulary": np.array(sorted(ngrams.vocabulary)),
            "weights": np.array([[word], [np.zeros_like(word)], [character]]),
            "scales": np.array([[word_scale], [1.0], [character_scale]]),
            "intercepts": np.array([self.intercept]),
            "cluster_words": np.array([], dtype=str),
            "cluster_numbers": np.array([], dtype=np.int64),
            "register_weights": self.familiar.astype(np.int8),
            "register_scale": np.array(1.0),
            "register_intercept": np.array(0.0),
            "far": np.array(self.far),
            "near": np.array(self.near),
        }


def _slot_weights(slots: sparse.csr_matrix, damaged: NDArray[np.bool_], known: Matrix) -> tuple[Matrix, float]:
    """Weights and intercept that, added to known log-odds, fit the labels, with a ridge penalty.

    Far more n-grams than texts: the best weights are a sum of the texts' counts, so that the texts' products with each
    other are all that the search for it needs.
    """
    from scipy.optimize import minimize

    columns = np.flatnonzero(np.bincount(slots.indices, minlength=slots.shape[1]) >= _FEWEST_DOCUMENTS)
    counts = slots[:, columns]
    spread, turn = np.linalg.eigh((counts @ counts.T).toarray())
    roots = np.sqrt(np.maximum(spread, 1e-9))
    texts = turn * roots
    signs = np.where(damaged, 1.0, -1.0)
    even = _even(damaged)

    def loss(values: Matrix) -> tuple[float, Matrix]:
        weights, intercept = values[:-1], values[-1]
        margins = signs * (known + texts @ weights + intercept)
        pull = -signs * even * _logistic(-margins)
        value = even @ np.logaddexp(0.0, -margins) + (weights @ weights / _WEIGHT_VARIANCE + intercept**2) / 2.0
        return float(value), np.append(texts.T @ pull + weights / _WEIGHT_VARIANCE, pull.sum() + intercept)

    found = minimize(loss, np.zeros(len(texts) + 1), jac=True, method="L-BFGS-B", options={"maxiter": 200})
    result = np.zeros(slots.shape[1])
    result[columns] = counts.T @ (turn @ (found.x[:-1] / roots))
    return result, float(found.x[-1])


def _familiar(slots: sparse.csr_matrix) -> Matrix:
    """1.0 for the word n-grams that several of the texts have, shape (_TABLE,)."""
    indices = slots.indices[slots.indices < _TABLE]
    return (np.bincount(indices, minlength=_TABLE) >= _FAMILIAR).astype(np.float64)


def _share(slots: sparse.csr_matrix, familiar: Matrix) -> Matrix:
    words = slots[:, :_TABLE]
    total = np.asarray(words.sum(axis=1)).ravel()
    share: Matrix = words @ familiar / np.maximum(total, 1e-9)
    return share


@dataclass(frozen=True, eq=False, slots=True)
class _Fitted:
    """The regression on standardised columns: the base's features, its log-odds, the n-grams' evidence."""

    weights: _Weights
    mean: Matrix
    scale: Matrix
    coefficients: Matrix
    intercept: float

    @classmethod
    def of(
        cls, level: _Level, damaged: NDArray[np.bool_], folds: NDArray[np.int64], seen: NDArray[np.bool_]
    ) -> _Fitted:
        """Fitted to the rows `seen`; evidence is by weights that had not seen the row's fold."""
        evidence = _held_back(_by_fold(level, damaged, folds, seen), level.slots, folds)
        regression = _regressed(level.rows[seen], level.known[seen], evidence[seen], damaged[seen])
        return cls(_Weights.of(level, damaged, folds, seen), *regression)

    def added(self, level: _Level, chosen: NDArray[np.bool_]) -> Matrix:
        """What is added to the base's log-odds of the chosen rows."""
        slots = level.slots[chosen]
        columns = np.column_stack([level.rows[chosen], self.weights.evidence(slots)])
        standard = _standard(columns, self.mean, self.scale)
        return self.weights.nearness(slots) * (standard @ self.coefficients + self.intercept)


def _by_fold(
    level: _Level, damaged: NDArray[np.bool_], folds: NDArray[np.int64], seen: NDArray[np.bool_]
) -> dict[int, tuple[Matrix, float]]:
    """Weights and intercept for each fold of the documents seen, learned from the other ones."""
    found = {}
    for fold in np.unique(folds[seen]).tolist():
        rest = seen & (folds != fold)
        if len(np.unique(damaged[rest])) == 2:
            found[fold] = _slot_weights(level.slots[rest], damaged[rest], level.known[rest])
    return found


def _held_back(
    weights: Mapping[int, tuple[Matrix, float]], slots: sparse.csr_matrix, folds: NDArray[np.int64]
) -> Matrix:
    """Evidence of each text by the weights that had not seen its fold; 0 where there are none."""
    evidence = np.zeros(slots.shape[0])
    for fold, (values, intercept) in weights.items():
        held = folds == fold
        evidence[held] = slots[held] @ values + intercept
    return evidence


def _regressed(
    rows: Matrix, known: Matrix, evidence: Matrix, damaged: NDArray[np.bool_]
) -> tuple[Matrix, Matrix, Matrix, float]:
    """Mean, scale, coefficients and intercept of the regression on the base's features and the evidence."""
    columns = np.column_stack([rows, evidence])
    mean, scale = np.nan_to_num(np.nanmean(columns, axis=0)), np.nanstd(columns, axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    standard = _standard(columns, mean, scale)
    # The evidence is log-odds already: it is believed as much as all features together.
    stretch = np.ones(columns.shape[1])
    stretch[-1] = np.sqrt(columns.shape[1])
    coefficients, intercept = anchored_regression(
        standard * stretch, damaged.astype(np.float64), known, strength=_STRENGTH
    )
    return mean, scale, coefficients * stretch, intercept


def _paragraph_head(
    base: Head,
    documents: _Level,
    paragraphs: _Level,
    damaged: NDArray[np.bool_],
    folds: NDArray[np.int64],
    names: tuple[str, str],
) -> AdaptedHead:
    """The paragraph's head: paragraphs carry their document's label, and are judged by the document's weights."""
    labels, parts = damaged[paragraphs.owners], folds[paragraphs.owners]
    weights = _by_fold(documents, damaged, folds, np.ones(len(damaged), np.bool_))
    evidence = _held_back(weights, paragraphs.slots, parts)
    decisions = paragraphs.known.copy()
    for fold in weights:
        held = parts == fold
        mean, scale, coefficients, intercept = _regressed(
            paragraphs.rows[~held], paragraphs.known[~held], evidence[~held], labels[~held]
        )
        columns = np.column_stack([paragraphs.rows[held], evidence[held]])
        decisions[held] += _standard(columns, mean, scale) @ coefficients + intercept
    regression = _regressed(paragraphs.rows, paragraphs.known, evidence, labels)
    return _adapted(base, regression, names, decisions[~labels])


def _adapted(
    base: Head, regression: tuple[Matrix, Matrix, Matrix, float], names: tuple[str, str], clean: Matrix
) -> AdaptedHead:
    """A head of a base and what is added; `clean` are held-back decisions on clean texts."""
    mean, scale, coefficients, intercept = regression
    rate = _FALSE_ALARMS[base.level]
    highest = np.nextafter(np.quantile(_logistic(clean), 1.0 - rate, method="higher"), np.inf)
    threshold = max(base.threshold, min(float(highest), 1.0))
    told = f"{1.0 - rate:.0%} quantile of {len(clean)} clean held-back {base.level}s of one's own"
    return AdaptedHead(
        kind=base.kind,
        level=base.level,
        language=base.language,
        features=(*base.features, *names),
        # The nearness, the last column, only weighs what the others add.
        mean=np.append(mean, 0.0),
        scale=np.append(scale, 1.0),
        coefficients=np.append(coefficients, 0.0),
        intercept=intercept,
        knots=_KNOTS,
        values=_logistic(_KNOTS),
        threshold=threshold,
        source=f"{told if threshold > base.threshold else base.source}; {datetime.date.today().isoformat()}",
        base=base,
    )


def _standard(columns: Matrix, mean: Matrix, scale: Matrix) -> Matrix:
    standard: Matrix = np.nan_to_num(np.clip((columns - mean) / scale, -_FARTHEST, _FARTHEST))
    return standard


def _even(damaged: NDArray[np.bool_]) -> Matrix:
    """Weights by which both labels count alike, of mean 1."""
    even: Matrix = np.where(damaged, 0.5 / damaged.mean(), 0.5 / (1.0 - damaged.mean()))
    return even


def _logistic(values: Matrix) -> Matrix:
    result: Matrix = np.exp(-np.logaddexp(0.0, -values))
    return result
