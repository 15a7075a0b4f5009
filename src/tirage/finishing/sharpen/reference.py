"""Sharpening in NumPy: slow, obvious, sharing no code with the kernel."""

from __future__ import annotations

import numpy as np


def sharpen(encoded: np.ndarray, taps: np.ndarray, least: np.ndarray) -> np.ndarray:
    """`encoded` (H, W, 3) integers 0..65535 sharpened by the `taps` and `least` of `Sharpening`, as int64."""
    height, width = encoded.shape[:2]
    values = encoded.astype(np.int64)
    luma = (values @ np.array([17, 44, 3])) // 64
    padded = np.pad(luma, 2, mode="edge")
    shifted = {
        (row, column): padded[2 + row : 2 + row + height, 2 + column : 2 + column + width]
        for row in range(-2, 3)
        for column in range(-2, 3)
    }
    ring = {(0, 0): 0, (0, 1): 1, (1, 1): 2, (0, 2): 3, (1, 2): 4, (2, 2): 5}
    weight = {(r, c): int(taps[ring[min(abs(r), abs(c)), max(abs(r), abs(c))]]) for r, c in shifted}
    filtered = np.floor_divide(sum(weight[place] * shifted[place] for place in shifted), 1024)
    detail = np.sign(filtered) * np.maximum(np.abs(filtered) - _least_at(luma, least), 0)
    near = np.stack([shifted[row, column] for row in (-1, 0, 1) for column in (-1, 0, 1)])
    lowest, highest = near.min(axis=0), near.max(axis=0)
    reach = highest - lowest
    margin = reach // 32
    # Opposite neighbours are 0 and 8, 1 and 7, 2 and 6, 3 and 5.
    opposite = [near[[index, 8 - index]] for index in range(4)]
    peak = np.max([np.maximum(luma - pair.max(axis=0), 0) for pair in opposite], axis=0)
    dip = np.max([np.maximum(pair.min(axis=0) - luma, 0) for pair in opposite], axis=0)
    below, above = (margin + np.maximum(2 * ridge - reach, 0) // 4 for ridge in (dip, peak))
    bounded = np.clip(luma + detail, lowest - below, highest + above)
    return np.clip(values + (bounded - luma)[:, :, None], 0, 65535)


def _least_at(luma: np.ndarray, least: np.ndarray) -> np.ndarray:
    """Straight between five knots, each piece's whole rise and its part rounded down."""
    knots = np.asarray(least, np.int64)
    piece = np.minimum(luma // 16384, 3)
    return knots[piece] + np.floor_divide((luma - 16384 * piece) * (knots[piece + 1] - knots[piece]), 16384)
