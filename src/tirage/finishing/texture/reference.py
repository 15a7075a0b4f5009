"""Texture in NumPy float64: slow, obvious, sharing no code with the kernel."""

from __future__ import annotations

import numpy as np

OFFSETS = [(-2, -2), (-2, 0), (-2, 2), (0, -2), (0, 2), (2, -2), (2, 0), (2, 2)] + [
    (row, column) for row in (-4, -2, 2, 4) for column in (-4, -2, 2, 4) if abs(row) != abs(column)
]


def texture_step(luma: np.ndarray, strength: float, noise: np.ndarray) -> np.ndarray:
    """What all channels gain, of 1, at every pixel of encoded `luma` (H, W), 0..1.

    `strength` is the factor on detail; `noise`, of `luma`'s shape, is the detail that is left alone.
    """
    height, width = luma.shape
    padded = np.pad(luma, 4, mode="edge")
    mean = np.zeros_like(luma)
    for row, column in OFFSETS:
        difference = padded[4 + row : 4 + row + height, 4 + column : 4 + column + width] - luma
        mean += difference * np.maximum(1 - np.abs(difference) / 0.125, 0) ** 2 / len(OFFSETS)
    return -strength * np.sign(mean) * np.maximum(np.abs(mean) - noise, 0)
