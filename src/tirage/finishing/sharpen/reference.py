"""Sharpening in NumPy: slow, obvious, sharing no code with the kernel."""

from __future__ import annotations

import numpy as np


def sharpen(encoded: np.ndarray, strength: float) -> np.ndarray:
    """`encoded` (H, W, 3) integers 0..65535, sharpened by `strength`, as int64."""
    height, width = encoded.shape[:2]
    values = encoded.astype(np.int64)
    luma = (values @ np.array([17, 44, 3])) // 64
    padded = np.pad(luma, 1, mode="edge")
    binomial = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]])
    blurred = sum(
        binomial[row, column] * padded[row : row + height, column : column + width]
        for row in range(3)
        for column in range(3)
    )
    step = np.floor_divide((16 * luma - blurred) * round(strength * 256), 16 * 256)
    return np.clip(values + np.clip(step, -2048, 2048)[:, :, None], 0, 65535)
