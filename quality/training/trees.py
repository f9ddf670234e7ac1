"""Trees are grown by scikit-learn, and told as the arrays that `quality.trees.TreeHead` keeps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["grown"]

#: The learning rate, the fewest rows of a leaf, and the ridge penalty on its value. Chosen by hand.
_RATE, _LEAST_OF_LEAF, _RIDGE = 0.12, 60, 2.0


def grown(
    rows: NDArray[np.float64],
    labels: NDArray[Any],
    weights: NDArray[np.float64] | None = None,
    *,
    trees: int,
    leaves: int,
    depth: int,
    choice: float = 1.0,
    seed: int,
) -> tuple[float, dict[str, NDArray[Any]]]:
    """Intercept and nodes of boosted trees for two classes, shape (trees, nodes) each; NaN counts as 0.

    `choice` is the share of the features that a split chooses from.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    model = HistGradientBoostingClassifier(
        max_iter=trees,
        learning_rate=_RATE,
        max_leaf_nodes=leaves,
        max_depth=depth,
        min_samples_leaf=_LEAST_OF_LEAF,
        l2_regularization=_RIDGE,
        max_features=choice,
        early_stopping=False,
        random_state=seed,
    )
    with threadpool_limits(1):  # sums in one order: the same trees on every machine
        model.fit(np.nan_to_num(rows), labels, sample_weight=weights)
    return float(model._baseline_prediction.ravel()[0]), _nodes(model)


def _nodes(model: Any) -> dict[str, NDArray[Any]]:
    """The nodes of all trees; those of fewer are filled up with leaves that are never reached."""
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
    return {"feature": feature, "split": split, "left": left, "right": right, "leaf": leaf}
