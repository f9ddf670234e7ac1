"""A head made of regression trees: the same use as `quality.model.Head`, for evidence that interacts.

A credit within a long paragraph is a caption, a long paragraph without one is article: no sum of single
features says that. The trees are grown by scikit-learn in training and kept here as plain arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.features import Matrix
from quality.model import Head

__all__ = ["TreeHead"]

#: Rows that go down the trees together: few enough for the cache.
_CHUNK = 256
#: Leaves are added up as whole numbers of so small a part: in any order they give the same sum.
_PART = 10_000


@dataclass(frozen=True, eq=False, slots=True)
class _Complete:
    """Trees of one depth without gaps; what a leaf cut short is filled up with it.

    `columns` are the features in use. Each level has its nodes, tree by tree: the feature of each (counted within the
    columns) and its split, shape (nodes,) each. Node n leads to 2n and 2n+1 of the next level; below the
    last are the leaves.
    """

    columns: NDArray[np.int64]
    levels: tuple[tuple[NDArray[np.int64], NDArray[np.float32]], ...]
    leaf: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class TreeHead(Head):
    """Boosted trees over the features as they are; `mean`, `scale` and `coefficients` are empty.

    Node arrays have shape (trees, nodes): at a node, a row goes `left` if its value of the feature is at
    most the split, else `right`; a leaf leads to itself. The log-odds are the `intercept` and the values of
    the leaves reached in `depth` steps. NaN counts as 0; values are compared in single precision.
    """

    feature: NDArray[np.int64]
    split: Matrix
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    leaf: Matrix
    depth: int

    def decision(self, rows: Matrix) -> Matrix:
        """Uncalibrated log-odds of rows of shape (n, len(features))."""
        complete = self._complete
        values = rows.T[complete.columns].astype(np.float32)
        values[np.isnan(values)] = 0.0
        chunks = [self._chunk(values[:, at : at + _CHUNK]) for at in range(0, values.shape[1], _CHUNK)]
        return np.concatenate(chunks) / _PART + self.intercept if chunks else np.empty(0)

    def _chunk(self, values: NDArray[np.float32]) -> NDArray[np.int64]:
        complete = self._complete
        count = values.shape[1]
        row = np.arange(count)
        at = np.repeat(np.arange(len(self.feature)), count).reshape(-1, count)
        values = values.ravel()
        for feature, split in complete.levels:
            place = (feature * count).take(at)
            place += row
            goes_right = values.take(place) > split.take(at)
            at *= 2
            at += goes_right
        reached: NDArray[np.int64] = complete.leaf.take(at).sum(axis=0, dtype=np.int64)
        return reached

    @cached_property
    def _complete(self) -> _Complete:
        nodes: list[tuple[NDArray[np.int64], NDArray[np.float32]]] = []
        here = np.zeros((len(self.feature), 1), np.int64)
        every = np.arange(len(self.feature))[:, None]
        for _ in range(self.depth):
            left, right = self.left[every, here], self.right[every, here]
            inner = left != here
            split = np.where(inner, self.split[every, here], np.inf)
            feature = np.where(inner, self.feature[every, here], 0)
            nodes.append((feature.ravel(), split.ravel().astype(np.float32)))
            here = np.stack([left, np.where(inner, right, here)], axis=-1).reshape(len(here), -1)
        columns = np.unique(np.concatenate([np.empty(0, np.int64), *(feature for feature, _ in nodes)]))
        return _Complete(
            columns=columns,
            levels=tuple((np.searchsorted(columns, feature), split) for feature, split in nodes),
            leaf=np.rint(self.leaf[every, here] * _PART).astype(np.int32).ravel(),
        )

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
