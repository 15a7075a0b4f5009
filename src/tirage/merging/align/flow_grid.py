"""Fields over cells: smoothed, enlarged, read at the cells' corners."""

from __future__ import annotations

import numpy as np


def gaussian(sigma: float) -> np.ndarray:
    """A normalised Gaussian, four sigma to each side."""
    reach = int(np.ceil(4 * sigma))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    return weights / weights.sum()


def filtered(field: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """`field` (rows, columns, ...) filtered down and across by `weights` (odd), its edges repeated."""
    reach = len(weights) // 2
    for axis in (0, 1):
        around = [(0, 0)] * field.ndim
        around[axis] = (reach, reach)
        padded, count = np.pad(field, around, mode="edge"), field.shape[axis]
        total, weighted = np.zeros_like(field), np.empty_like(field)
        for n, weight in enumerate(weights):
            part = padded[n : n + count] if axis == 0 else padded[:, n : n + count]
            total += np.multiply(part, field.dtype.type(weight), out=weighted)
        field = total
    return field


def enlarged(field: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """`field` (rows, columns, ...) of cells at half size to `shape` cells, bilinear."""
    for axis, side in ((0, shape[0]), (1, shape[1])):
        at = np.clip((np.arange(side) - 0.5) / 2, 0, field.shape[axis] - 1)
        first = np.minimum(at.astype(int), field.shape[axis] - 1)
        second = np.minimum(first + 1, field.shape[axis] - 1)
        fraction = (at - first).reshape([-1 if n == axis else 1 for n in range(field.ndim)])
        field = field.take(first, axis) * (1 - fraction) + field.take(second, axis) * fraction
    return field


def coarser(flow: np.ndarray) -> np.ndarray:
    """A flow (rows, 1, 2) at the rows of cells of an image half as large."""
    padded = np.pad(flow, [(0, len(flow) % 2), (0, 0), (0, 0)], mode="edge")
    return (padded[::2] + padded[1::2]) / 4


def at_corners(flow: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A flow at cells' middles (rows, columns, 2) at their corners: down and across, (rows + 1, columns + 1) each."""
    wide = np.pad(flow, [(1, 1), (1, 1), (0, 0)], mode="edge")
    corners = (wide[:-1, :-1] + wide[:-1, 1:] + wide[1:, :-1] + wide[1:, 1:]) / 4
    return corners[..., 0], corners[..., 1]


def dilated(mask: np.ndarray) -> np.ndarray:
    """`mask` (rows, columns) bool grown by one cell each way."""
    wide = np.pad(mask, 1)
    rows, columns = mask.shape
    return np.any([wide[j : j + rows, i : i + columns] for j in range(3) for i in range(3)], axis=0)
