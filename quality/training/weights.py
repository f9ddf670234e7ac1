"""Weights in eight bits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["quantised"]


def quantised(coefficients: NDArray[np.float64]) -> tuple[NDArray[np.int8], float]:
    """Eight-bit weights and their scale; the largest 1 in 1,000 are clipped so that the others stay fine."""
    largest = float(np.quantile(np.abs(coefficients[coefficients != 0]), 0.999))
    scale = largest / 127.0
    return np.clip(np.rint(coefficients / scale), -127, 127).astype(np.int8), scale
