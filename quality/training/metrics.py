"""Figures of a detector and their intervals: areas under curves, recall at few false alarms, calibration.

Scores may be on any scale, higher for damage; a text that was not judged has -inf: it is the last to be called, and
has no part in calibration. Nothing here knows where texts come from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quality.features import Matrix

__all__ = [
    "BASE_RATES",
    "Estimate",
    "Reliability",
    "Sample",
    "at_most_false",
    "auroc",
    "calibration_error",
    "estimates",
    "precision",
    "rate",
    "recall_at",
    "reliability",
    "spearman",
]

#: Shares of damaged text for which precision is told.
BASE_RATES = (0.5, 0.05, 0.005)
#: Resamples of an interval, its coverage, and cells of the largest array made for it.
RESAMPLES, _COVERAGE, _CELLS = 300, 0.95, 4_000_000
_BINS = 10
#: So few sites or authors drawn with replacement tell nothing of others.
_FEWEST = 5


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval; NaN for bounds that cannot be told."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False, slots=True)
class Sample:
    """Texts: scores, labels, those called at the shipped threshold, and units that are resampled as one.

    `probable` tells that scores are probabilities, so that calibration can be told.
    """

    scores: Matrix
    damaged: NDArray[np.bool_]
    called: NDArray[np.bool_]
    units: NDArray[np.int64]
    probable: bool = True

    def take(self, rows: NDArray[np.bool_]) -> Sample:
        return Sample(self.scores[rows], self.damaged[rows], self.called[rows], self.units[rows], self.probable)

    @property
    def both(self) -> bool:
        """Whether there are texts of both labels."""
        return bool(self.damaged.any()) and not bool(self.damaged.all())


@dataclass(frozen=True, slots=True)
class Reliability:
    """One bin of probabilities: its bounds, its part of all texts at an even prior, and what came of it."""

    low: float
    high: float
    share: float
    predicted: float
    damaged: float


def auroc(sample: Sample) -> float:
    """The chance that a damaged text scores over a clean one, 0..1; NaN without both labels."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(sample.damaged, _ranked(sample.scores))) if sample.both else float("nan")


def recall_at(sample: Sample, rate: float) -> float:
    """Share of the damaged that can be called while no more than `rate` of the clean are; NaN without both labels."""
    from sklearn.metrics import roc_curve

    if not sample.both:
        return float("nan")
    false, true, _ = roc_curve(sample.damaged, _ranked(sample.scores), drop_intermediate=False)
    return float(true[np.searchsorted(false, rate, side="right") - 1])


def at_most_false(clean: Matrix, rate: float) -> float:
    """The score over which at most `rate` of the clean texts lie.

    >>> at_most_false(np.arange(200.0), 0.01)
    197.0
    """
    allowed = int(np.floor(rate * len(clean) + 1e-9))
    return float(np.sort(clean)[::-1][min(allowed, len(clean) - 1)])


def precision(recall: float, false: float, base_rate: float) -> float:
    """Share of the called texts that are damaged where `base_rate` of all are.

    >>> round(precision(0.7, 0.01, 0.05), 3)
    0.787
    """
    called = base_rate * recall + (1.0 - base_rate) * false
    return base_rate * recall / called if called else float("nan")


def spearman(scores: Matrix, badness: Matrix) -> float:
    """Rank correlation, -1..1; NaN for fewer than four pairs or without variation."""
    from scipy.stats import spearmanr

    if len(scores) < 4 or np.ptp(scores) == 0 or np.ptp(badness) == 0:
        return float("nan")
    return float(spearmanr(scores, badness).statistic)


def calibration_error(sample: Sample) -> float:
    """Expected calibration error at an even prior over ten bins, 0..1; NaN without both labels."""
    bins = reliability(sample)
    return float(sum(abs(row.damaged - row.predicted) * row.share for row in bins)) if bins else float("nan")


def reliability(sample: Sample) -> tuple[Reliability, ...]:
    """Ten bins of equal width, those that are not empty; both labels have the same mass, texts within a label too."""
    judged = sample.take(np.isfinite(sample.scores))
    if not judged.both:
        return ()
    weights = np.where(judged.damaged, 0.5 / judged.damaged.sum(), 0.5 / (~judged.damaged).sum())
    bins = _bins(judged.scores)
    share, predicted, damaged = (
        np.bincount(bins, weights=weights * values, minlength=_BINS) for values in (1.0, judged.scores, judged.damaged)
    )
    return tuple(
        Reliability(at / _BINS, (at + 1) / _BINS, share[at], predicted[at] / share[at], damaged[at] / share[at])
        for at in np.flatnonzero(share)
    )


def estimates(sample: Sample, *, seed: int = 0) -> dict[str, Estimate]:
    """AUROC, recall at 1 % and at 0.1 % false alarms, calibration error, with intervals; nothing without both labels.

    Units are drawn with replacement; the same seed gives the same intervals.
    """
    if not sample.both:
        return {}
    values = {
        "auroc": auroc(sample),
        "recall_1": recall_at(sample, 0.01),
        "recall_01": recall_at(sample, 0.001),
    }
    if sample.probable:
        values["calibration"] = calibration_error(sample)
    drawn = _resampled(sample, seed)
    tail = (1.0 - _COVERAGE) / 2.0
    found = {}
    for name, value in values.items():
        if not np.isnan(value):
            low, high = np.nanquantile(drawn[name], (tail, 1.0 - tail)).tolist()
            # Chance alone adds to a calibration error: a small one lies below all those of its resamples.
            found[name] = Estimate(value, min(low, value), max(high, value))
    return found


def rate(sample: Sample, *, damaged: bool, seed: int = 0) -> Estimate | None:
    """Share of the damaged, or of the clean, that is called at the shipped threshold; None without any."""
    chosen = sample.damaged == damaged
    if not chosen.any():
        return None
    _, units = np.unique(sample.units[chosen], return_inverse=True)
    called = np.bincount(units, weights=sample.called[chosen])
    texts = np.bincount(units)
    number = len(texts)
    drawn = np.random.default_rng(seed).multinomial(number, np.full(number, 1.0 / number), size=RESAMPLES)
    shares = (drawn @ called) / (drawn @ texts)
    low, high = np.quantile(shares, ((1.0 - _COVERAGE) / 2.0, (1.0 + _COVERAGE) / 2.0)).tolist()
    if number < _FEWEST:
        low = high = float("nan")
    elif not called.any():
        # None called does not prove a rate of nought: three in so many units would still be likely.
        high = min(1.0, 3.0 / number)
    return Estimate(float(called.sum() / texts.sum()), low, high)


def _ranked(scores: Matrix) -> Matrix:
    """Scores in which those that were not judged are finite, and last."""
    lowest = np.min(scores, where=np.isfinite(scores), initial=0.0)
    return np.where(np.isfinite(scores), scores, lowest - 1.0)


def _bins(probabilities: Matrix) -> NDArray[np.int64]:
    return np.minimum((probabilities * _BINS).astype(np.int64), _BINS - 1)


def _resampled(sample: Sample, seed: int) -> dict[str, Matrix]:
    """Each figure in every resample: texts are sorted once, a resample gives each a weight."""
    order = np.argsort(-_ranked(sample.scores), kind="stable")
    scores, damaged = sample.scores[order], sample.damaged[order]
    _, units = np.unique(sample.units[order], return_inverse=True)
    number = int(units.max()) + 1
    # Texts of one score are called together: curves have a point where a score ends.
    ends = np.append(np.flatnonzero(np.diff(_ranked(scores))), len(scores) - 1)
    judged = np.isfinite(scores)
    bins = np.eye(_BINS)[_bins(np.where(judged, scores, 0.0))] * judged[:, None] if sample.probable else None
    generator = np.random.default_rng(seed)
    parts: list[dict[str, Matrix]] = []
    left = RESAMPLES
    while left:
        count = min(left, max(1, _CELLS // len(scores)))
        left -= count
        drawn = generator.multinomial(number, np.full(number, 1.0 / number), size=count)
        weights = drawn[:, units].astype(np.float64)
        bad, good = weights * damaged, weights * ~damaged
        true, false = (np.cumsum(mass, axis=1)[:, ends] for mass in (bad, good))
        with np.errstate(invalid="ignore", divide="ignore"):  # a resample without one of the labels tells nothing
            true, false = (np.pad(curve / curve[:, -1:], ((0, 0), (1, 0))) for curve in (true, false))
            part = {"auroc": (np.diff(false) * (true[:, 1:] + true[:, :-1])).sum(axis=1) / 2.0}
            for name, rate in (("recall_1", 0.01), ("recall_01", 0.001)):
                last = (false <= rate + 1e-12).sum(axis=1) - 1
                part[name] = np.where(last >= 0, true[np.arange(count), last], np.nan)
            if bins is not None:
                bad, good = (mass * judged for mass in (bad, good))
                bad, good = (mass / (2.0 * mass.sum(axis=1, keepdims=True)) for mass in (bad, good))
                predicted = ((bad + good) * np.where(judged, scores, 0.0)) @ bins
                part["calibration"] = np.abs(predicted - bad @ bins).sum(axis=1)
        parts.append(part)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
