"""The look's kernel in NumPy: slow, obvious, sharing no code with it."""

from __future__ import annotations

import numpy as np


def inside_gamut(rgb: np.ndarray, threshold: float = 0.95) -> np.ndarray:
    """Linear RGB (..., 3) float64 of the output space moved smoothly to no negative channel; the largest stays."""
    rgb = np.asarray(rgb, np.float64)
    largest = np.maximum(rgb.max(axis=-1, keepdims=True), 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = (largest - rgb) / largest
        beyond = distance - threshold
        squeezed = threshold + beyond / (1 + beyond / (1 - threshold))
    return np.where(largest > 0, np.where(distance > threshold, largest * (1 - squeezed), rgb), 0.0)


def through_shaper(light: np.ndarray, shaper: np.ndarray) -> np.ndarray:
    """Coordinates 0..65535, int64, of scene values (any shape): straight lines between the knots of the table."""
    toe = np.float32(2.0**-11)
    z = np.clip(np.asarray(light, np.float32), 0, np.float32(16)) + toe
    exponent = np.floor(np.log2(z.astype(np.float64)))  # z lies in the octave from 2^exponent
    within = z.astype(np.float64) / 2.0**exponent - 1
    steps = ((exponent + 11) * 2**23 + within * 2**23).astype(np.int64)
    piece, fraction = np.divmod(steps, 2**17)
    knot, rise = shaper[piece] % 65536, shaper[piece] // 65536
    return knot.astype(np.int64) + rise.astype(np.int64) * fraction // 2**17


def through_table(coordinates: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Display values 0..65535, int64, (..., 3) of shaper coordinates (..., 3), by tetrahedral interpolation."""
    grid = np.stack([(table >> np.uint64(16 * c)) % np.uint64(65536) for c in range(3)], -1).astype(np.int64)
    grid = grid.reshape(33, 33, 33, 3)  # [blue, green, red]
    flat = coordinates.reshape(-1, 3)
    result = np.empty_like(flat)
    for index, colour in enumerate(flat):
        corner, fraction = colour // 2048, colour % 2048
        # Walk from the cell's first corner along the axes, largest fraction first; ties go red, green, blue.
        order = sorted(range(3), key=lambda axis: (-fraction[axis], axis))
        weights = np.diff(np.concatenate([[2048], fraction[order], [0]])) * -1
        total = grid[corner[2], corner[1], corner[0]] * weights[0]
        for axis, weight in zip(order, weights[1:], strict=True):
            corner = corner + (np.arange(3) == axis)
            if weight:
                total = total + grid[corner[2], corner[1], corner[0]] * weight
        result[index] = (total + 1024) // 2048
    return result.reshape(coordinates.shape)
