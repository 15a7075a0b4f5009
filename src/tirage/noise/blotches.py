"""The coarser scales: colour blotches, smoothed where nothing but noise tells cells apart.

Paper: Lee (1980), "Digital image enhancement and noise filtering by use of local statistics": the mean of a window,
and as much of the deviation from it as the window's variance exceeds the noise's.
"""

from __future__ import annotations

import numpy as np

REACH = 2  #: cells; the window is 5 x 5 of them, 40 pixels, and then 5 x 5 of such windows
WIDTH = 2 * REACH + 1
THRESHOLD = 0.1  #: of the noise's variance, that a window may exceed it by without being thought detail

#: The same for green against green, whose means show as a crosshatch. A sensor's own imbalance of its two greens
#: changes slowly: its window is 7 x 7 of the others, 280 pixels.
IMBALANCE_REACH, IMBALANCE_THRESHOLD = 3, 0.5


def smoothed(cells: np.ndarray, amount: float) -> np.ndarray:
    """`cells` (h, w) float32 with noise of variance `amount`, without what is likely noise, at two scales."""
    mean = _windowed(cells)
    coarse = _windowed(mean, step=WIDTH)
    wide = mean - coarse
    # Means lie a window apart, so that each has noise of its own.
    wide *= _likely(_windowed(mean * mean, step=WIDTH) - coarse * coarse, amount / WIDTH**2)
    fine = cells - mean
    fine *= _likely(_windowed(cells * cells) - mean * mean, amount)
    return coarse + wide + fine


def _likely(variance: np.ndarray, noise: float) -> np.ndarray:
    """The share of deviations of that `variance` that is not `noise`."""
    excess = np.maximum(variance - np.float32((1 + THRESHOLD) * noise), 0)
    return excess / (excess + np.float32(max(noise, 1e-30)))


def smoothed_imbalance(cells: np.ndarray, amount: float) -> np.ndarray:
    """The same for cells of green against green: they deviate from the mean of a much wider window by detail alone."""
    mean = _windowed(_windowed(cells), IMBALANCE_REACH, WIDTH)
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
