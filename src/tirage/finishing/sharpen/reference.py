"""Sharpening in NumPy: slow, obvious, sharing no code with the kernel."""

from __future__ import annotations

import numpy as np


def sharpen(encoded: np.ndarray, numbers: np.ndarray, least: np.ndarray) -> np.ndarray:
    """`encoded` (H, W, 3) integers 0..65535 sharpened by the arguments of `Sharpening`, as int64."""
    strength, sides, corners = (int(number) for number in numbers)
    values = encoded.astype(np.int64)
    luma = (values @ np.array([17, 44, 3])) // 128
    around = np.pad(luma, 2, mode="edge")
    once = _blurred(around, sides, corners)
    twice = _blurred(once, sides, corners)
    once = once[1:-1, 1:-1]
    half = np.clip(2 * ((luma - once) - (once - twice) // 2), -32768, 32767)
    wanted = np.clip(2 * _part(half, strength), -32768, 32767)
    detail = np.sign(wanted) * np.maximum(np.abs(wanted) - _least_at(luma, least), 0)
    near = np.stack(_near(around[1:-1, 1:-1]))
    lowest, highest = near.min(axis=0), near.max(axis=0)
    reach = highest - lowest
    margin = reach // 64
    # Opposite neighbours are 0 and 8, 1 and 7, 2 and 6, 3 and 5.
    opposite = [near[[index, 8 - index]] for index in range(4)]
    peak = np.max([np.maximum(luma - pair.max(axis=0), 0) for pair in opposite], axis=0)
    dip = np.max([np.maximum(pair.min(axis=0) - luma, 0) for pair in opposite], axis=0)
    below, above = (margin + np.maximum(2 * ridge - reach, 0) // 4 for ridge in (dip, peak))
    bounded = np.clip(luma + detail, lowest - below, highest + above)
    return np.clip(values + 2 * (bounded - luma)[:, :, None], 0, 65535)


def _near(image: np.ndarray) -> list[np.ndarray]:
    """The nine pixels around each one that has them, in reading order."""
    height, width = image.shape[0] - 2, image.shape[1] - 2
    return [image[row : row + height, column : column + width] for row in range(3) for column in range(3)]


def _blurred(image: np.ndarray, sides: int, corners: int) -> np.ndarray:
    near = _near(image)
    here = near[4]
    side = _mean(_mean(near[3], near[5]), _mean(near[1], near[7]))
    corner = _mean(_mean(near[0], near[8]), _mean(near[2], near[6]))
    return here + _part(side - here, sides) + _part(corner - here, corners)


def _mean(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The mean of two, a half rounded up."""
    return (one + other + 1) // 2


def _part(value: np.ndarray, share: int) -> np.ndarray:
    """`share` / 32768 of `value`, to the nearest, a half rounded up."""
    return (value * share + 16384) // 32768


def _least_at(luma: np.ndarray, least: np.ndarray) -> np.ndarray:
    """Straight between knots: a start, and from each knot on a change of slope; not below 0."""
    changes = [int(number) for number in least[1:]]
    beyond = [np.maximum(luma - 8192 * knot, 0) for knot in range(4)]
    total = sum(_part(part, change) for part, change in zip(beyond, changes, strict=True))
    return np.maximum(int(least[0]) + total, 0)
