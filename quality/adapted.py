"""A head that starts from another and adds what labelled text of one's own taught, where a text is like that text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from quality.features import Matrix
from quality.model import Head, read_head

__all__ = ["AdaptedHead", "log_odds"]

#: Probabilities closer to 0 or 1 say no more than that a head is sure.
_SURE = 1e-9


@dataclass(frozen=True, eq=False)
class AdaptedHead(Head):
    """The calibrated log-odds of `base`, and what a regression adds to them.

    `features` are those of the base, then those that the regression alone sees, the last of them telling how near the
    text is to what was learned from (0..1): so much of the addition counts. A text that is far has the base's score.
    """

    base: Head

    def decision(self, rows: Matrix) -> Matrix:
        """Log-odds of rows of shape (n, len(features)); NaN counts as the mean, as a nearness as 0."""
        known = log_odds(self.base.probability(rows[:, : len(self.base.features)]))
        result: Matrix = known + np.nan_to_num(rows[:, -1]) * super().decision(rows)
        return result

    def to_dict(self) -> dict[str, Any]:
        return super().to_dict() | {"base": self.base.to_dict()}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> AdaptedHead:
        arrays = ("mean", "scale", "coefficients", "knots", "values")
        values: dict[str, Any] = {
            name: np.asarray(value, np.float64) if name in arrays else value for name, value in record.items()
        }
        values |= {"features": tuple(record["features"]), "base": read_head(record["base"])}
        return cls(**values)


def log_odds(probabilities: Matrix) -> Matrix:
    """Natural log-odds of probabilities, at most about ±20.7.

    >>> log_odds(np.array([0.5, 0.9, 1.0])).round(1).tolist()
    [0.0, 2.2, 20.7]
    """
    sure = np.clip(probabilities, _SURE, 1.0 - _SURE)
    result: Matrix = np.log(sure / (1.0 - sure))
    return result
