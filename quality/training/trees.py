"""Trees that scikit-learn has grown, as the arrays that `quality.trees.TreeHead` keeps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["grown"]


def grown(model: Any) -> tuple[float, dict[str, NDArray[Any]]]:
    """Intercept and nodes of a fitted HistGradientBoostingClassifier of two classes, shape (trees, nodes) each.

    Trees of fewer nodes are filled up with leaves that are never reached.
    """
    trees = [predictors[0].nodes for predictors in model._predictors]
    shape = (len(trees), max(map(len, trees)))
    feature, left, right = (np.zeros(shape, np.int64) for _ in range(3))
    split, leaf = np.zeros(shape), np.zeros(shape)
    for at, nodes in enumerate(trees):
        end = nodes["is_leaf"].astype(bool)
        own = np.arange(len(nodes))
        feature[at, : len(nodes)] = np.where(end, 0, nodes["feature_idx"])
        split[at, : len(nodes)] = np.where(end, 0.0, np.round(nodes["num_threshold"], 5))
        left[at, : len(nodes)] = np.where(end, own, nodes["left"])
        right[at, : len(nodes)] = np.where(end, own, nodes["right"])
        leaf[at, : len(nodes)] = np.where(end, np.round(nodes["value"], 4), 0.0)
    intercept = float(model._baseline_prediction.ravel()[0])
    return intercept, {"feature": feature, "split": split, "left": left, "right": right, "leaf": leaf}
