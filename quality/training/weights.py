"""Weights in eight bits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["quantised"]


#: The largest weight. Eight bits would hold twice as much, but small numbers take less room in a compressed file.
_STEPS = 63


def quantised(coefficients: NDArray[np.float64]) -> tuple[NDArray[np.int8], float]:
    """Weights in few bits and their scale; the largest 1 in 1,000 are clipped so that the others stay fine."""
    used = np.abs(coefficients[coefficients != 0])
    largest = float(np.quantile(used, 0.999)) if used.size else 1.0
    scale = largest / _STEPS
    return np.clip(np.rint(coefficients / scale), -_STEPS, _STEPS).astype(np.int8), scale
