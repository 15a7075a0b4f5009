"""Contradiction in NumPy float64, a window after the other."""

from __future__ import annotations

import numpy as np

from . import CLOSE, PITCH, WIDE, windows


def contradiction(state: np.ndarray, reference: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """As the kernel "merge_contradiction": (2, windows down, across). `reference` (4, rows, columns) is light."""
    light, total, others = state.astype(np.float64).reshape(3, 4, *state.shape[1:])
    seen = others >= 0
    off = np.where(seen, light / total - np.minimum(reference, 1), 0)
    variance = noise[:, 0, None, None] * np.maximum(light / total, 0) + noise[:, 1, None, None]
    variance *= np.where(seen, ((total - 1) ** 2 + others) / total**2, 0)
    result = np.empty((2, windows(state.shape[1]), windows(state.shape[2])))
    for which, side in enumerate((CLOSE, WIDE)):
        for row, column in np.ndindex(*result.shape[1:]):
            quads = np.s_[:, PITCH * row : PITCH * row + side, PITCH * column : PITCH * column + side]
            result[which, row, column] = (off[quads].sum((1, 2)) ** 2 / variance[quads].sum((1, 2))).mean()
    return result
