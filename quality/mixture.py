"""A head of several logistic regressions: damage that comes in more than one way is looked for in each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from quality.features import Matrix
from quality.model import Head

__all__ = ["MixtureHead"]


@dataclass(frozen=True, eq=False)
class MixtureHead(Head):
    """Odds that are the sum of the odds of several regressions over the same features, one a way to be damaged.

    `coefficients` has shape (ways, features), `intercepts` (ways,); the `intercept` is added to the log-odds of all.
    One regression would let what speaks against one way (the wording of a good engine) excuse the signs of another
    (joins that broke when a page was translated).
    """

    intercepts: Matrix

    def decision(self, rows: Matrix) -> Matrix:
        """Uncalibrated log-odds of rows of shape (n, len(features)); NaN counts as the training mean."""
        result: Matrix = np.logaddexp.reduce(self._by_way(rows), axis=0) + self.intercept
        return result

    def contributions(self, row: Matrix) -> dict[str, float]:
        """Share of each feature in the log-odds of one row for the likeliest way, relative to the training mean."""
        likeliest = self.coefficients[int(np.argmax(self._by_way(row[None, :])[:, 0]))]
        return dict(zip(self.features, (self.standardised(row) * likeliest).tolist(), strict=True))

    def _by_way(self, rows: Matrix) -> Matrix:
        standard = self.standardised(rows)
        # einsum, not @: BLAS sums in an order that depends on the batch, and scores must not.
        return np.array(
            [
                np.einsum("ij,j->i", standard, coefficients) + intercept
                for coefficients, intercept in zip(self.coefficients, self.intercepts, strict=True)
            ]
        )

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> MixtureHead:
        plain = Head.from_dict({name: value for name, value in record.items() if name != "intercepts"})
        values = {name: getattr(plain, name) for name in record if name != "intercepts"}
        return cls(**values, intercepts=np.asarray(record["intercepts"], np.float64))
