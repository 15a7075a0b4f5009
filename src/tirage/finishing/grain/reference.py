"""Grain in NumPy float64: slow, obvious, sharing no code with the kernel."""

from __future__ import annotations

import numpy as np


def node_noise(columns: np.ndarray, rows: np.ndarray, seed: int) -> np.ndarray:
    """White noise from -1 to 1 at lattice nodes, any shape."""
    h = columns.astype(np.uint64) * np.uint64(0x9E3779B1) ^ (
        rows.astype(np.uint64) * np.uint64(0x85EBCA77) + np.uint64(seed)
    )
    h = h & np.uint64(0xFFFFFFFF)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        h = ((h ^ (h >> np.uint64(shift))) * np.uint64(factor)) & np.uint64(0xFFFFFFFF)
    h = h ^ (h >> np.uint64(16))
    return np.where(h >= 2**31, h.astype(np.float64) - 2**32, h.astype(np.float64)) / 2**31


def cubic_b_spline(distance: np.ndarray) -> np.ndarray:
    """The cubic B-spline with knots at whole numbers."""
    d = np.abs(distance)
    return np.where(d < 1, 2 / 3 - d * d + d**3 / 2, np.where(d < 2, (2 - d) ** 3 / 6, 0))


def grain_noise(height: int, width: int, step: int, seed: int, top: int = 0, left: int = 0) -> np.ndarray:
    """The noise, about -1 to 1, at the pixels of an area of the picture."""
    rows, columns = ((np.arange(size) + start) * step / 4096 for size, start in ((height, top), (width, left)))
    # The second of the four nodes around a pixel is the one at or before it; nodes are numbered from the first.
    first_row, first_column = int(rows[0]), int(columns[0])
    node_rows = np.arange(first_row, int(rows[-1]) + 4)
    node_columns = np.arange(first_column, int(columns[-1]) + 4)
    noise = node_noise(node_columns[None, :], node_rows[:, None], seed)
    down = cubic_b_spline(rows[:, None] + 1 - node_rows)
    over = cubic_b_spline(columns[:, None] + 1 - node_columns)
    return down @ noise @ over.T
