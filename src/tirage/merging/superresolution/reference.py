"""Super-resolution in NumPy float64, sample by sample."""

from __future__ import annotations

import numpy as np

from . import NOTHING, PRIOR, REACH, WINDOW

CELL = 16
Grid = tuple[float, float, float]


def places(grid: Grid, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Columns (width,) and rows (height,) of fine pixels in the mosaic's coordinates."""
    step, left, top = grid
    return np.arange(width) * step + left, np.arange(height) * step + top


def displaced(entries: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where a map takes places (broadcast)."""
    x, y = np.broadcast_arrays(x, y)
    column, row = np.floor(x).astype(int) // CELL, np.floor(y).astype(int) // CELL
    m = entries[:, row.clip(0, entries.shape[1] - 1), column.clip(0, entries.shape[2] - 1)].astype(np.float64)
    i, j = x - CELL * column, y - CELL * row
    return x + m[0] + m[1] * i + m[2] * j + m[3] * i * j, y + m[4] + m[5] * i + m[6] * j + m[7] * i * j


def added(
    light: np.ndarray, entries: np.ndarray, shares: np.ndarray, shapes: np.ndarray, noise: float, grid: Grid,
    height: int, width: int,
) -> np.ndarray:  # fmt: skip
    """What a frame's `light`, which begins with red, adds to the state, (9, height, width)."""
    x, y = places(grid, height, width)
    u, v = displaced(entries, x[None], y[:, None])
    state = np.zeros((9, height, width))
    for row, column in np.ndindex(height, width):
        quad_y = min(max(int(np.floor(y[row] / 2 + 0.25)), 0), shares.shape[0] - 1)
        quad_x = min(max(int(np.floor(x[column] / 2 + 0.25)), 0), shares.shape[1] - 1)
        xx, xy, yy = shapes[:, quad_y, quad_x]
        share = shares[quad_y, quad_x]
        near_x, near_y = int(np.floor(u[row, column] + 0.5)), int(np.floor(v[row, column] + 0.5))
        for j in range(near_y - 1, near_y + 2):
            for i in range(near_x - 1, near_x + 2):
                value = light[min(max(j, 0), light.shape[0] - 1), min(max(i, 0), light.shape[1] - 1)]
                if value >= NOTHING / 2:
                    continue
                dx, dy = i - u[row, column], j - v[row, column]
                weight = max(1 - (xx * dx * dx + 2 * xy * dx * dy + yy * dy * dy) / REACH, 0) ** 4
                colour = i % 2 + j % 2 if i % 2 == j % 2 else 1
                state[colour, row, column] += share * weight * value
                state[colour + 3, row, column] += share * weight
                state[colour + 6, row, column] += share**2 * weight**2 * noise
    return state


def lanczos(planes: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """`planes` (n, h, w) at places of one shape by Lanczos over three pixels, edges repeated: (n, *shape)."""
    column, row = np.floor(x).astype(int), np.floor(y).astype(int)
    total, whole = np.zeros((len(planes), *x.shape)), np.zeros(x.shape)
    for j in range(-2, 4):
        for i in range(-2, 4):
            value = planes[:, (row + j).clip(0, planes.shape[1] - 1), (column + i).clip(0, planes.shape[2] - 1)]
            weight = _weight(x - column - i) * _weight(y - row - j)
            total, whole = total + value * weight, whole + weight
    return total / whole


def _weight(distance: np.ndarray) -> np.ndarray:
    return np.where(np.abs(distance) < 3, np.sinc(distance) * np.sinc(distance / 3), 0)


def residual(light: np.ndarray, entries: np.ndarray, planes: np.ndarray) -> np.ndarray:
    """What a frame's `light`, which begins with red, says beyond `planes`, NOTHING where they don't reach."""
    height, width = light.shape
    y, x = np.mgrid[:height, :width]
    u, v = displaced(entries, x.astype(float), y.astype(float))
    values = lanczos(planes, u, v)
    known = np.where(x % 2 != y % 2, values[1], np.where(x % 2 == 0, values[0], values[2]))
    inside = (u >= 0) & (v >= 0) & (u < planes.shape[2] - 1) & (v < planes.shape[1] - 1)
    return np.where(inside, light - known, NOTHING)


def finished(
    state: np.ndarray, planes: np.ndarray, own_noise: np.ndarray, levels: np.ndarray, grid: Grid
) -> np.ndarray:
    """Stored values (3, h, w), not rounded."""
    height, width = state.shape[1:]
    x, y = places(grid, height, width)
    known = lanczos(planes, *np.meshgrid(x, y))
    variance = own_noise[:, 0, None, None] * np.maximum(known, 0) + own_noise[:, 1, None, None]
    total = state[3:6] + PRIOR
    beyond = state[:3] / total
    energy, noise = (_box(v.sum(0)) for v in (beyond**2 / variance, state[6:] / total**2))
    kept = np.clip(1 - levels[4] * noise / np.maximum(energy, 1e-20), 0, 1)
    stored = np.clip((known + kept * beyond) * levels[1] + levels[0], 0, levels[2])
    return np.where(known >= levels[3], levels[2], stored)


def _box(values: np.ndarray) -> np.ndarray:
    height, width = values.shape
    padded = np.pad(values, WINDOW)
    side = 2 * WINDOW + 1
    return np.sum([padded[j : j + height, i : i + width] for j in range(side) for i in range(side)], axis=0)
