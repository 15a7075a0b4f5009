"""FixBadPixelsConstant and FixBadPixelsList: bad pixels from good ones of the same colour around them.

Purpose: along each of four directions the nearest good pixels of the same colour on both sides are interpolated by
distance; the direction along which the good pixels around change least wins, near ones share the result. Paper: DNG
1.7.1, chapter 7, leaves the method open. Domain and range: stored integers (H, W).
Limits: a bad pixel with no good one of its colour within REACH steps keeps its value.
"""

from __future__ import annotations

import numpy as np

from ..photo.operations import FixBadPixelsConstant, FixBadPixelsList

#: Steps to the nearest good pixel of the same colour, along a direction.
REACH = 8
#: A larger part of all pixels can't be bad: the list, or the constant, is wrong.
MOST = 1 / 8

_DIRECTIONS = np.array([(1, 0), (0, 1), (1, 1), (1, -1)])
#: Offsets from which a direction's change is measured, beside the pixel's own line.
_AROUND = np.array([(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)])
#: Directions that change at most this much more than the least share the result.
_NEARLY = 1.25
_POINTS = 1 << 15


def repaired(
    mosaic: np.ndarray, operation: FixBadPixelsConstant | FixBadPixelsList, green_parity: int | None, notes: list[str]
) -> np.ndarray:
    """`mosaic` (H, W) with the operation's pixels replaced, a new array; itself, with a note, if most are bad.

    `green_parity` is (row + column) % 2 of green pixels, None where no colour sits on diagonals.
    """
    is_bad = np.zeros(mosaic.shape, bool)
    if isinstance(operation, FixBadPixelsConstant):
        np.equal(mosaic, operation.constant, out=is_bad)
    else:
        is_bad[operation.points[:, 0], operation.points[:, 1]] = True
        if len(operation.rectangles):
            is_bad |= _covered(operation.rectangles, mosaic.shape)
    count = np.count_nonzero(is_bad)
    if count > MOST * mosaic.size:
        notes.append(f"{type(operation).__name__} names {count} of {mosaic.size} pixels and is not applied")
        return mosaic
    return repair(mosaic, is_bad, green_parity)


def _covered(rectangles: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Which pixels of an image of `shape` lie in any of the `rectangles` (n, 4), however many there are."""
    changes = np.zeros((shape[0] + 1, shape[1] + 1), np.int32)
    top, left, bottom, right = rectangles.T
    for rows, columns, change in ((top, left, 1), (bottom, right, 1), (top, right, -1), (bottom, left, -1)):
        np.add.at(changes, (rows, columns), change)
    return changes.cumsum(axis=0).cumsum(axis=1)[:-1, :-1] > 0


def repair(
    mosaic: np.ndarray,
    is_bad: np.ndarray,
    green_parity: int | None,
    points: np.ndarray | None = None,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """`mosaic` (H, W) with the pixels of the mask `is_bad` from good neighbours, in the same dtype.

    `points` (n, 2) are the mask's, where they are known. The result is a new array, or `out`, which holds the mosaic's
    values or is the mosaic itself.
    """
    result = mosaic.copy() if out is None else out
    if points is None:  # argwhere takes 20 times as long
        points = np.stack(np.divmod(np.flatnonzero(is_bad), is_bad.shape[1]), axis=1)
    for start in range(0, len(points), _POINTS):
        at = points[start : start + _POINTS]
        with np.errstate(invalid="ignore", over="ignore"):  # floats that are no numbers stay none
            values, found = _estimates(mosaic, is_bad, at, green_parity)
        values, at = values[found], at[found]
        if mosaic.dtype.kind in "iu":
            values = np.rint(values)
        result[at[:, 0], at[:, 1]] = values
    return result


def _estimates(
    mosaic: np.ndarray, is_bad: np.ndarray, at: np.ndarray, green_parity: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """A value for each of the pixels `at` (n, 2), and whether there is one."""
    is_green = np.zeros(len(at), bool) if green_parity is None else at.sum(axis=1) % 2 == green_parity
    estimates, changes, two_sided = [], [], []
    for direction in _DIRECTIONS:
        # Green's nearest neighbours of its own are diagonal; any other colour's are two pixels away.
        step = np.where(is_green & direction.all(), 1, 2)[:, None] * direction
        ahead, steps_ahead = _nearest(mosaic, is_bad, at, step)
        behind, steps_behind = _nearest(mosaic, is_bad, at, -step)
        total = steps_ahead + steps_behind
        both = np.isfinite(total)
        with np.errstate(invalid="ignore"):
            linear = (ahead * steps_behind + behind * steps_ahead) / total
            own = np.abs(ahead - behind)
        estimates.append(np.where(both, linear, np.where(np.isfinite(steps_ahead), ahead, behind)))
        # One side alone is extrapolation: it counts only where there is nothing better.
        change = np.where(both, (own + _change_around(mosaic, is_bad, at, direction)) * total, np.inf)
        changes.append(change)
        two_sided.append(both)
    estimate, change = np.array(estimates), np.array(changes)
    least = change.min(axis=0)
    one_sided = np.isinf(least)
    weight = np.where(one_sided, np.isfinite(estimate), change <= _NEARLY * least)
    found = np.asarray(weight.sum(axis=0) > 0)
    value = np.where(weight, estimate, 0).sum(axis=0) / np.maximum(weight.sum(axis=0), 1)
    return value, found


def _nearest(mosaic: np.ndarray, is_bad: np.ndarray, at: np.ndarray, step: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest good value on the way of `step` (n, 2), NaN where there is none, and its distance in steps."""
    value, steps = np.full(len(at), np.nan), np.full(len(at), np.inf)
    left = np.arange(len(at))
    for count in range(1, REACH + 1):
        there = at[left] + count * step[left]
        good = _is_good(is_bad, there)
        value[left[good]] = mosaic[there[good, 0], there[good, 1]]
        steps[left[good]] = count
        left = left[~good & ((there >= 0) & (there < mosaic.shape)).all(axis=1)]
        if not len(left):
            break
    return value, steps


def _change_around(mosaic: np.ndarray, is_bad: np.ndarray, at: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """The mean difference along `direction` of good pixels of equal colour beside each pixel, or 0."""
    total, count = np.zeros(len(at)), np.zeros(len(at))
    for offset in _AROUND:
        if offset[0] * direction[1] == offset[1] * direction[0]:  # on the pixel's own line
            continue
        one, other = at + offset - direction, at + offset + direction
        good = _is_good(is_bad, one) & _is_good(is_bad, other)
        difference = mosaic[one[good, 0], one[good, 1]].astype(np.float64) - mosaic[other[good, 0], other[good, 1]]
        total[good] += np.abs(difference)
        count[good] += 1
    return total / np.maximum(count, 1)


def _is_good(is_bad: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Whether the pixels `at` (n, 2) are in the image and not bad."""
    (rows, columns), (height, width) = at.T, is_bad.shape
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    return inside & ~is_bad[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)]
