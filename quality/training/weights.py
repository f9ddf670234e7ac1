"""Weights in eight bits, and the scales that they are in."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["quantised", "scale_of"]


#: The largest weight. Eight bits would hold twice as much, but small numbers take less room in a compressed file.
_STEPS = 63


def quantised(coefficients: NDArray[np.float64]) -> tuple[NDArray[np.int8], float]:
    """Weights in few bits and their scale; the largest 1 in 1,000 are clipped so that the others stay fine."""
    used = np.abs(coefficients[coefficients != 0])
    largest = float(np.quantile(used, 0.999)) if used.size else 1.0
    scale = largest / _STEPS
    return np.clip(np.rint(coefficients / scale), -_STEPS, _STEPS).astype(np.int8), scale


def scale_of(
    found: NDArray[np.floating[Any]], wanted: NDArray[np.floating[Any]], weights: NDArray[np.floating[Any]]
) -> tuple[float, float]:
    """Slope and shift that bring values as close as a line can to those wanted of the same texts.

    What models of several folds say can then be compared: each has been brought to the scale of the one on everything.
    """
    middle, wanted_middle = (float(np.average(values, weights=weights)) for values in (found, wanted))
    offsets = found - middle
    slope = float(weights @ (offsets * (wanted - wanted_middle))) / max(float(weights @ offsets**2), 1e-12)
    return slope, wanted_middle - slope * middle
