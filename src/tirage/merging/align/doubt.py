"""Cells whose mean light is not the reference's: something faint moved there that single samples can't tell from noise.

Lucas-Kanade's sums over a cell know the difference's mean. It has little noise, and texture that lies well adds none.
"""

from __future__ import annotations

import numpy as np

from . import SUMS
from .flow import SLOPE_NOISE

#: A mean that is so many sigma off, squared, is doubted; of one cell and of two by two.
_DOUBTED = 8.0
#: What adds to a difference's variance: slopes, for alignment is some hundredths of a pixel off, and the grey itself,
#: for light may change by a third of a percent. And what is flattened between pixels looks like light lost: at most
#: that share of the squared slopes over the grey.
_SLOPES, _LIGHT, _FLATTENED = 0.16, 0.0015, 0.125


def doubtful_cells(sums: np.ndarray, noise: float, robustness: float) -> np.ndarray:
    """Which cells are doubted by their `sums` (len(SUMS), rows, columns) at level 0: (rows, columns) bool.

    `noise` is the variance of the frame's grey, the reference's being 1.
    """
    xx, yy, rr, rd, weight = (sums[SUMS.index(name)].astype(np.float64) for name in ("xx", "yy", "rr", "rd", "weight"))
    grey = np.sqrt(rr / np.maximum(weight, 1e-3))
    difference = rd / np.maximum(grey, 1e-3)
    slopes = np.maximum(xx + yy - 2 * SLOPE_NOISE[0] * weight, 0)
    tolerance = (_LIGHT * weight * grey) ** 2 + (_FLATTENED * slopes / np.maximum(grey, 1)) ** 2
    variance = (1 + noise) * np.maximum(weight, 1) + _SLOPES * slopes + tolerance
    limit = _DOUBTED / max(robustness, 1e-6) ** 2
    doubted = difference**2 > limit * variance
    if min(doubted.shape) > 1:
        four = _by_four(difference) ** 2 > limit * _by_four(variance)
        for j, i in np.ndindex(2, 2):
            doubted[j : j + four.shape[0], i : i + four.shape[1]] |= four
    return doubted


def _by_four(field: np.ndarray) -> np.ndarray:
    """Sums over two by two, overlapping."""
    return field[:-1, :-1] + field[1:, :-1] + field[:-1, 1:] + field[1:, 1:]
