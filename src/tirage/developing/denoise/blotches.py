"""The coarser scale: colour blotches, smoothed where nothing but noise tells cells apart.

Paper: Lee (1980), "Digital image enhancement and noise filtering by use of local statistics": the mean of a window,
and as much of the deviation from it as the window's variance exceeds the noise's.
"""

from __future__ import annotations

import numpy as np

REACH = 2  #: cells; the window is 5 x 5 of them, 40 pixels
THRESHOLD = 0.1  #: of the noise's variance, that a window may exceed it by without being thought detail

#: The same for green against green, whose means show as a crosshatch. A sensor's own imbalance of its two greens
#: changes slowly: its window is 7 x 7 of the others, 280 pixels.
IMBALANCE_REACH, IMBALANCE_THRESHOLD = 3, 0.5


def smoothed(cells: np.ndarray, amount: float) -> np.ndarray:
    """`cells` (h, w) float32 with noise of variance `amount`, without what is likely noise."""
    mean, square = _windowed(cells), _windowed(cells * cells)
    excess = np.maximum(square - mean * mean - np.float32((1 + THRESHOLD) * amount), 0)
    return mean + (cells - mean) * (excess / (excess + np.float32(amount)))


def smoothed_imbalance(cells: np.ndarray, amount: float) -> np.ndarray:
    """The same for cells of green against green: they deviate from the mean of a much wider window by detail alone."""
    mean = _windowed(_windowed(cells), IMBALANCE_REACH, 2 * REACH + 1)
    detail = cells - mean
    excess = np.maximum(_windowed(detail * detail) - np.float32((1 + IMBALANCE_THRESHOLD) * amount), 0)
    return mean + detail * (excess / (excess + np.float32(amount)))


def _windowed(cells: np.ndarray, reach: int = REACH, step: int = 1) -> np.ndarray:
    """The mean of every window, of cells `step` apart; the border repeats."""
    for axis in (0, 1):
        around = [(0, 0), (0, 0)]
        around[axis] = (reach * step, reach * step)
        padded, count = np.pad(cells, around, mode="edge"), cells.shape[axis]
        parts = [
            padded[start : start + count] if axis == 0 else padded[:, start : start + count]
            for start in range(0, (2 * reach + 1) * step, step)
        ]
        cells = sum(parts[1:], parts[0]) / np.float32(len(parts))
    return cells
