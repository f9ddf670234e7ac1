"""A head made of regression trees: the same use as `quality.model.Head`, for evidence that interacts.

A credit within a long paragraph is a caption, a long paragraph without one is article: no sum of single
features says that. The trees are grown by scikit-learn in training and kept here as plain arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.features import Matrix
from quality.model import Head

__all__ = ["TreeHead"]

#: Rows that go down the trees together: few enough for the cache.
_CHUNK = 512


@dataclass(frozen=True, eq=False)
class TreeHead(Head):
    """Boosted trees over the features as they are; `mean`, `scale` and `coefficients` are empty.

    Node arrays have shape (trees, nodes): at a node, a row goes `left` if its value of the feature is at
    most the split, else `right`; a leaf leads to itself. The log-odds are the `intercept` and the values of
    the leaves reached in `depth` steps. NaN counts as 0.
    """

    feature: NDArray[np.int64]
    split: Matrix
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    leaf: Matrix
    depth: int

    def decision(self, rows: Matrix) -> Matrix:
        """Uncalibrated log-odds of rows of shape (n, len(features))."""
        values = np.nan_to_num(rows)
        chunks = [self._chunk(values[at : at + _CHUNK]) for at in range(0, len(values), _CHUNK)]
        return np.concatenate(chunks) if chunks else np.empty(0)

    def _chunk(self, values: Matrix) -> Matrix:
        trees, nodes = self.feature.shape
        feature, split, left, right = self.feature.ravel(), self.split.ravel(), self.left.ravel(), self.right.ravel()
        base = np.arange(trees) * nodes
        row = (np.arange(len(values)) * values.shape[1])[:, None]
        flat = values.ravel()
        at = np.broadcast_to(base, (len(values), trees))
        for _ in range(self.depth):
            lower = flat[row + feature[at]] <= split[at]
            at = np.where(lower, left[at], right[at]) + base
        # einsum adds up each row by itself, whatever rows stand beside it.
        reached: Matrix = np.einsum("ij->i", self.leaf.ravel()[at]) + self.intercept
        return reached

    def contributions(self, row: Matrix) -> dict[str, float]:
        """How far the log-odds of one row fall when a feature is set to 0."""
        whole = float(self.decision(row[None, :])[0])
        without = np.repeat(row[None, :], len(row), axis=0)
        np.fill_diagonal(without, 0.0)
        return dict(zip(self.features, (whole - self.decision(without)).tolist(), strict=True))

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> TreeHead:
        values = dict(record)
        values["features"] = tuple(record["features"])
        for name in ("feature", "left", "right"):
            values[name] = np.asarray(record[name], np.int64)
        for name in ("mean", "scale", "coefficients", "knots", "values", "split", "leaf"):
            values[name] = np.asarray(record[name], np.float64)
        return cls(**values)
