"""Warping in NumPy float64: slow, obvious, sharing no code with the kernel."""

from __future__ import annotations

import numpy as np

from .plan import GeometryPlan, Mesh


def between_nodes(values: np.ndarray, origin: int, at: np.ndarray, axis: int) -> np.ndarray:
    """`values`, known at every 16th place from 16 * `origin` on, at the whole numbers `at`: Bessel's interpolation."""
    node, rest = np.divmod(at, 16)
    shape = [1] * values.ndim
    shape[axis] = -1
    t = (rest / 16).reshape(shape)

    def value(step: int) -> np.ndarray:
        return np.take(values, np.clip(node + step - origin, 0, values.shape[axis] - 1), axis).astype(np.float64)

    second = (value(-1) - value(0) - value(1) + value(2)) / 2
    return value(0) + t * (value(1) - value(0)) + t * (t - 1) / 2 * second


def displacements(mesh: Mesh, plane: int, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Of the pixels at `rows` x `columns`."""
    along = between_nodes(mesh.values[plane], mesh.origin[0], rows, 0)
    return between_nodes(along, mesh.origin[1], columns, 1)


def lanczos(distance: np.ndarray) -> np.ndarray:
    """Lanczos' window of three lobes on the sinc."""
    return np.where(abs(distance) < 3, np.sinc(distance) * np.sinc(distance / 3), 0.0)


def resampled(line: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """`line` (n,) at `positions` within 0..n - 1; its ends repeat."""
    nearest = np.floor(positions).astype(int)
    taps = nearest[:, None] + np.arange(-2, 4)
    weights = lanczos(positions[:, None] - taps)
    weights /= weights.sum(axis=1, keepdims=True)
    used = np.where(weights != 0, line[np.clip(taps, 0, len(line) - 1)], 0)  # what has no weight may be no number
    return (used * weights).sum(axis=1)


def warped(plan: GeometryPlan, planes: np.ndarray) -> np.ndarray:
    """The picture drawn from the whole active area `planes` (3, h, w): (3, height, width) float64."""
    height, width = planes.shape[1:]
    result = np.empty((3, plan.height, plan.width))
    columns, rows = np.arange(plan.width), np.arange(plan.height)
    shot_rows = np.arange(-2, height + 3)
    for channel in range(3):
        plane = 0 if plan.shared else channel
        right = columns + displacements(plan.across, plane, shot_rows, columns)
        below = rows[:, None] + displacements(plan.down, plane, rows, columns)
        wide = np.stack(
            [
                resampled(planes[channel, min(max(row, 0), height - 1)].astype(np.float64), place)
                for row, place in zip(shot_rows, np.clip(right, 0, width - 1), strict=True)
            ]
        )
        for column in columns:
            places = np.clip(below[:, column], 0, height - 1) + 2  # `wide` begins at row -2
            result[channel, :, column] = resampled(wide[:, column], places)
    return result


def positions(plan: GeometryPlan, plane: int) -> tuple[np.ndarray, np.ndarray]:
    """Where in the active area each pixel of the picture is taken from, (height, width) x and y."""
    columns, rows = np.arange(plan.width), np.arange(plan.height)
    y = rows[:, None] + displacements(plan.down, plane, rows, columns)
    shot_rows = np.arange(-2, plan.active.height + 3)
    x = columns + displacements(plan.across, plane, shot_rows, columns)
    row = np.clip(y, -2, plan.active.height + 1)
    above = np.floor(row).astype(int)
    part = row - above
    index = np.arange(plan.width)[None, :]
    return x[above + 2, index] * (1 - part) + x[above + 3, index] * part, y
