"""The meshes of a map from as few of its places as tell them: sampled coarsely, then interpolated to every node.

Six places in a row tell a polynomial of the fifth degree; what it misses is a share of their sixth difference, which
is looked at, so that a map that bends too much, or has a kink, is sampled more finely instead.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from ...photo.operations import Rectangle
from .mapping import Map

#: Output pixels between nodes; the kernel's PITCH.
PITCH = 16

#: A picture may be shrunk or sheared by this much; the kernel's buffers hold no more.
STEEPEST = 3.0

#: The first node: the kernel's curves look one beyond the picture, its blocks may reach another.
FIRST = -2

#: Of the filter, in rows.
REACH = 3

#: Error of the interpolation between coarse samples, as their sixth differences estimate it.
TOLERANCE_PX = 5e-4

#: Of the sixth difference: 5! / 5 / 6! at most between the first two of six places, where it is greatest, in each
#: of two directions, and 3.1 (the sum of the weights' sizes there) times as much of the first in the second.
_SHARE = 0.0235 * (1 + 3.1)


@dataclass(frozen=True, eq=False)
class Samples:
    """Displacements of a map, float64, at evenly spaced places from the first to the last node of each axis.

    `down` (planes, rows, columns) is by the picture's rows, `across` (planes, lines, columns) by the active area's,
    whose nodes are `lines`.
    """

    down: np.ndarray = field(repr=False)
    across: np.ndarray = field(repr=False)
    lines: np.ndarray = field(repr=False)


def spread(nodes: np.ndarray, step: int) -> np.ndarray:
    """Evenly spaced places from the first to the last of `nodes`, no more than `step` nodes apart."""
    return np.linspace(nodes[0], nodes[-1], -(-(len(nodes) - 1) // step) + 1)


def sampled(
    place: Map, planes: int, active: Rectangle, columns: np.ndarray, rows: np.ndarray, *, exactly: bool = False
) -> Samples | None:
    """The map `place` at evenly spaced `columns` and `rows`; the caller has seen that it makes a picture if `exactly`.

    Else None where these places might not tell what is between, or might not make a picture.
    """
    if not exactly and min(len(columns), len(rows)) < 7:
        return None
    places = [place(columns, rows[:, None], plane) for plane in range(planes)]
    gaps = columns[1] - columns[0], rows[1] - rows[0]
    if not exactly and not all(_makes_a_picture(u, v, gaps, active) for u, v in places):
        return None
    down = np.stack([v - rows[:, None] for _, v in places])
    ends = rows[[0, -1], None] - np.array([[FIRST], [-FIRST]]) * PITCH  # of the picture: rows do not change order
    reached = np.array([place(columns, ends, plane)[1] for plane in range(planes)])
    top, bottom = max(0.0, reached[:, 0].min()) - REACH, min(active.height - 1.0, reached[:, 1].max()) + REACH
    lines = PITCH * np.arange(int(top // PITCH) - 1, int(bottom // PITCH) + 3, dtype=np.float64)
    at = lines if exactly else spread(lines, round(gaps[1] / PITCH))
    across = np.stack([_across(place, u, v, columns, rows, at, plane) for plane, (u, v) in enumerate(places)])
    if not exactly and not (_follows(down) and _follows(across)):
        return None
    return Samples(down, across, lines)


def _makes_a_picture(u: np.ndarray, v: np.ndarray, gaps: tuple[float, float], active: Rectangle) -> bool:
    """Whether a map is sure to: between the samples slopes differ from theirs by no more than a gap's bend."""
    if not (np.isfinite(u).all() and np.isfinite(v).all()):
        return False
    (ux, uy), (vx, vy) = ([np.diff(part, axis=1 - k) / gaps[k] for k in (0, 1)] for part in (u, v))
    bend = max(_bend(u[None], gaps), _bend(v[None], gaps))
    least, most = min(ux.min(), vy.min()) - bend, max(ux.max(), vy.max()) + bend
    sheared = max(abs(uy).max(), abs(vx).max()) + bend
    inside = (u > -1) & (u < active.width) & (v > -1) & (v < active.height)
    return bool(least > 0.02 + sheared and most < STEEPEST and sheared < STEEPEST / 3 and inside.any())


def _bend(values: np.ndarray, gaps: tuple[float, float]) -> float:
    """The greatest change of a slope of (planes, rows, columns) over a gap."""
    changes = [abs(np.diff(values, 2, axis=2 - k)).max() / gaps[k] for k in (0, 1)]
    mixed = abs(np.diff(np.diff(values, axis=1), axis=2)).max() / min(gaps)
    return float(max(*changes, mixed))


def _follows(values: np.ndarray) -> bool:
    """Whether interpolation between samples (planes, rows, columns) is as good as it should be."""
    if min(values.shape[1:]) < 7:
        return False
    return sum(abs(np.diff(values, 6, axis=axis)).max() for axis in (1, 2)) * _SHARE < TOLERANCE_PX


def _across(place: Map, u, v, columns: np.ndarray, rows: np.ndarray, lines: np.ndarray, plane: int) -> np.ndarray:
    """How far right of `columns` a pixel lies that lands on the active area's `lines`: (lines, columns)."""
    row, i, gap = _inverse(lines, v, rows), np.arange(len(columns)), rows[1] - rows[0]
    k = np.clip((row - rows[0]) // gap, 0, len(rows) - 2).astype(np.intp)
    slope_u, slope_v = ((part[1:] - part[:-1])[k, i] / gap for part in (u, v))
    # Newton's method; the slopes of the mesh are good enough for what is left to correct.
    for _ in range(2):
        at_u, at_v = place(columns, row, plane)
        short = lines[:, None] - at_v
        row = row + short / slope_v
    return at_u + short * slope_u / slope_v - columns


def _inverse(values: np.ndarray, increasing: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Where each column of `increasing`, known at `at`, takes `values`: (values, columns), by straight lines."""
    far = 2 * (max(increasing.max(), values[-1]) - min(increasing.min(), values[0]) + 1)
    shifts = far * np.arange(increasing.shape[1])  # one long line of all columns, one after the other
    sought, known = values[:, None] + shifts, increasing + shifts
    found = np.interp(sought.T.ravel(), known.T.ravel(), np.tile(at, len(shifts))).reshape(len(shifts), -1).T
    for end, inner, beyond in ((0, 1, values[:, None] < increasing[0]), (-1, -2, values[:, None] > increasing[-1])):
        slope = (at[end] - at[inner]) / (increasing[end] - increasing[inner])
        found = np.where(beyond, at[end] + (values[:, None] - increasing[end]) * slope, found)
    return found


def finer(values: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """(planes, `rows`, `columns`) float32 from samples of the same field; themselves where they are as many."""
    if values.shape[1:] == (rows, columns):
        return values.astype(np.float32)
    result = np.empty((len(values), rows, columns), np.float32)
    for plane, part in zip(values, result, strict=True):
        wide = _along_rows(np.ascontiguousarray(plane.T, np.float32), columns)
        part[:] = _along_rows(np.ascontiguousarray(wide.T), rows)
    return result


def _along_rows(values: np.ndarray, count: int) -> np.ndarray:
    """`count` rows evenly between the first and the last of `values`: polynomials through the six nearest."""
    first, weights = _six_nearest(len(values), count)
    total = np.zeros((count, values.shape[1]), np.float32)
    part = np.empty_like(total)
    for k, weight in enumerate(weights):
        np.take(values, first + k, axis=0, out=part, mode="clip")  # unlike "raise", which copies to a buffer first
        part *= weight[:, None]
        total += part
    return total


@lru_cache(maxsize=8)
def _six_nearest(samples: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Of `count` places evenly from the first to the last of `samples`: the first of six, and weights (6, count)."""
    position = np.linspace(0, samples - 1, count)
    first = np.clip(np.floor(position).astype(np.intp) - 2, 0, samples - 6)
    t = position - first
    weights = [np.prod([(t - j) / (k - j) for j in range(6) if j != k], axis=0) for k in range(6)]
    return first, np.array(weights, np.float32)
