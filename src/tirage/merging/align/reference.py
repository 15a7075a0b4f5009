"""Aligning's kernels in NumPy float64."""

from __future__ import annotations

import numpy as np

from . import BINOMIAL, NOT_SEEN, OUTSIDE, SLOPE, SMOOTH

CELL = 8


def grey(light: np.ndarray, noise: tuple[float, float], limit: float) -> np.ndarray:
    """Light (2 h, 2 w) that begins with red to greys (h, w): generalised Anscombe transform of the quads' means."""
    scale, offset = noise
    quads = np.minimum(light, limit).reshape(light.shape[0] // 2, 2, light.shape[1] // 2, 2).mean((1, 3))
    return 2 / scale * np.sqrt(np.maximum(scale * quads + 0.375 * scale**2 + offset, 0))


def halved(image: np.ndarray) -> np.ndarray:
    """Every second pixel after the binomial filter."""
    return _filtered(_filtered(image, BINOMIAL, 0), BINOMIAL, 1)[::2, ::2]


def slopes(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Across and down."""
    return (
        _filtered(_filtered(image, SMOOTH, 0), SLOPE, 1),
        _filtered(_filtered(image, SLOPE, 0), SMOOTH, 1),
    )


def warped(image: np.ndarray, entries: np.ndarray) -> np.ndarray:
    """`image` where a map of cells (8, rows, columns) says, OUTSIDE beyond it."""
    height, width = image.shape
    y, x = np.mgrid[:height, :width]
    m = entries[:, y // CELL, x // CELL].astype(np.float64)
    i, j = x % CELL, y % CELL
    u, v = (x + m[0] + m[1] * i + m[2] * j + m[3] * i * j, y + m[4] + m[5] * i + m[6] * j + m[7] * i * j)
    inside = (u >= 0) & (v >= 0) & (u <= width - 1) & (v <= height - 1)
    u, v = np.where(inside, u, 0), np.where(inside, v, 0)
    left, top = u.astype(int), v.astype(int)
    fu, fv = u - left, v - top
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    upper = image[top, left] * (1 - fu) + image[top, right] * fu
    lower = image[bottom, left] * (1 - fu) + image[bottom, right] * fu
    return np.where(inside, upper * (1 - fv) + lower * fv, OUTSIDE)


def lucas_kanade(
    reference: np.ndarray, image: np.ndarray, entries: np.ndarray, gain: float, doubt: float
) -> np.ndarray:
    """The sums over cells, (len(SUMS), rows, columns)."""
    across, down = slopes(reference)
    value = warped(image, entries)
    seen = (value != OUTSIDE).astype(float)
    d = np.where(seen > 0, gain * value - reference, 0)
    w = seen / (1 + d * d * doubt) ** 2
    r = reference
    terms = [across * across, across * down, down * down, across * d, down * d, across * r, down * r, r * r, r * d]
    terms = [w * term for term in terms] + [w, seen]
    rows, columns = entries.shape[1:]
    result = np.zeros((len(terms), rows, columns))
    for j in range(rows):
        for i in range(columns):
            cell = np.s_[CELL * j : CELL * j + CELL, CELL * i : CELL * i + CELL]
            result[:, j, i] = [term[cell].sum() for term in terms]
    return result


def tile_costs(
    reference: np.ndarray, image: np.ndarray, place: np.ndarray, side: int, radius: int, moving: float
) -> np.ndarray:
    """What a tile costs, (down, across) from -`radius`: `place` is its left and top, then what it is displaced by."""
    left, top, across, down = (int(v) for v in place)
    own = np.pad(reference.astype(np.float64), 64, constant_values=np.nan)[64 + top :, 64 + left :][:side, :side]
    other = np.pad(np.where(image == OUTSIDE, np.nan, image), 64, constant_values=np.nan)
    costs = np.empty((2 * radius + 1, 2 * radius + 1))
    for j, i in np.ndindex(costs.shape):
        v, u = down + j - radius, across + i - radius
        squares = (own - other[64 + top + v :, 64 + left + u :][:side, :side]) ** 2
        seen = ~np.isnan(squares)
        mean = squares[seen].mean() if 2 * seen.sum() >= side * side else NOT_SEEN
        costs[j, i] = mean + moving * (v != 0 or u != 0)
    return costs


def _filtered(image: np.ndarray, weights: tuple[float, ...], axis: int) -> np.ndarray:
    reach = len(weights) // 2
    around = [(0, 0), (0, 0)]
    around[axis] = (reach, reach)
    padded = np.pad(image.astype(np.float64), around, mode="edge")
    count = image.shape[axis]
    return sum(w * padded.take(range(n, n + count), axis) for n, w in enumerate(weights))  # type: ignore[return-value]
