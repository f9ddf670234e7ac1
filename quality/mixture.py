"""A head of several logistic regressions: damage that comes in more than one way is looked for in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.features import Matrix
from quality.features.ngrams import documentation_share
from quality.model import Head

__all__ = ["MixtureHead", "log_shares", "plain_name", "register_column"]


@dataclass(frozen=True, eq=False)
class MixtureHead(Head):
    """Odds that are the sum of the odds of several regressions over the same features, one a way to be damaged.

    `coefficients` has shape (ways, features), `intercepts` (ways,); the `intercept` is added to the log-odds of all.
    One regression would let what speaks against one way (the wording of a good engine) excuse the signs of another
    (joins that broke when a page was translated). `documentation`, shape (ways,), tells those of software
    documentation: their odds count as far as a text is that, and the others' as far as it is not; where no way is,
    what a text is does not matter.
    """

    intercepts: Matrix
    documentation: NDArray[np.bool_]

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
        by_way = np.array(
            [
                np.einsum("ij,j->i", standard, coefficients) + intercept
                for coefficients, intercept in zip(self.coefficients, self.intercepts, strict=True)
            ]
        )
        if not self.documentation.any():
            return by_way
        return by_way + log_shares(self.documentation, rows[:, register_column(self.features)])

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> MixtureHead:
        own = ("intercepts", "documentation")
        plain = Head.from_dict({name: value for name, value in record.items() if name not in own})
        return cls(
            **{name: getattr(plain, name) for name in record if name not in own},
            intercepts=np.asarray(record["intercepts"], np.float64),
            documentation=np.asarray(record["documentation"], np.bool_),
        )


def plain_name(feature: str) -> str:
    """What a feature of documents and of paragraphs has in common.

    >>> plain_name("document_engine_evidence"), plain_name("engine_evidence")
    ('engine_evidence', 'engine_evidence')
    """
    return feature.removeprefix("document_")


def register_column(features: Sequence[str]) -> int:
    """Which feature is the probability that a text is software documentation."""
    return [plain_name(feature) for feature in features].index("documentation")


def log_shares(documentation: NDArray[np.bool_], register: Matrix) -> Matrix:
    """The logarithm of how far each way counts for each text, shape (ways, texts); -inf where it does not.

    `register` is the probability that each text is software documentation.
    """
    if not documentation.any():
        return np.zeros((len(documentation), len(register)))
    share = documentation_share(register)
    with np.errstate(divide="ignore"):
        return np.log(np.where(documentation[:, None], share, 1.0 - share))
