"""Blotches: the colour of a merged mosaic's cells, smoothed where nothing but noise tells them apart.

Shrinking leaves blocks their means. Noise of those is not seen in a picture as exposed, but in shadows that are made
brighter. Papers: as in `noise/blotches`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...noise.blotches import smoothed
from ...noise.model import Noise
from ...noise.shrinkage import STEP, opponents
from ...noise.stabilise import stabilise

#: Variance of a cell's mean colour against what white noise of the mean's variance would give: interpolation has left
#: less of the high frequencies that count in a variance. Of red and blue against green, of red against blue.
COLOURED = (1.25, 1.4)

#: The slope of the sRGB curve at black in codes of 255, four times for shadows made brighter by two stops; codes of
#: deviation of a cell's mean from which it is worth the work.
_SLOPE_AT_BLACK, _SEEN = 4 * 3295.0, 1.0

#: What that leaves of the variance that shrinking by strengths leaves on flats: of red and blue, of green; measured.
_STRENGTHS = (0.0, 0.5, 0.75, 1.0, 1.5)
_LEFT = ((1.0, 0.99, 0.945, 0.76, 0.5), (1.0, 0.997, 0.985, 0.93, 0.8))

_SIDE = 2 * STEP  #: of a cell, in pixels
_ROWS = 16  #: of cells, that are changed at a time


def are_seen(profile: np.ndarray) -> bool:
    """Whether the mean colours of cells, with the noise (3, 2) of a pixel, deviate enough to be seen in shadows."""
    offset = float(profile[:, 1].max()) * max(COLOURED) / STEP**2
    return _SLOPE_AT_BLACK * float(np.sqrt(offset)) > _SEEN


def without_blotches(
    mosaic: np.ndarray,
    state: np.ndarray,
    profile: np.ndarray,
    neutral: np.ndarray | None,
    levels: tuple[float, float, float],
    strength: float,
) -> np.ndarray:
    """Take blotches out of a shrunk `mosaic` (rows, columns) uint16 that begins with red, in place.

    `state` is that of the mean, `profile` (3, 2) its noise before it was shrunk, on 0..1; `levels`: black, stored
    units of light 1, white. What is white stays so. Returns what is left of flats' variance of red, green and blue.
    """
    black, unit, white = levels
    span = white - black
    if min(mosaic.shape) < 2 * _SIDE or not are_seen(profile):
        return np.ones(3)
    red, green, blue = ((float(scale), float(offset)) for scale, offset in profile)
    noise = Noise(red, green, blue)
    mix = opponents(noise, neutral)
    light = [_means(state[site], state[site + 4]) * (unit / span) for site in range(4)]
    stable = np.stack([stabilise(mean, *pair) for mean, pair in zip(light, noise.at_sites(), strict=True)])
    stable = np.nan_to_num(stable.astype(np.float32), posinf=0, neginf=0)
    change = np.zeros_like(stable)
    for plane, coloured in zip((1, 2), COLOURED, strict=True):
        colour = _sum(mix[plane], stable) * np.float32(STEP)
        difference = _overlapped(smoothed(colour, strength**2 * coloured) - colour) / np.float32(STEP)
        change += mix[plane][:, None, None] * difference
    for site, (scale, offset) in enumerate(noise.at_sites()):
        pixels = mosaic[site // 2 :: 2, site % 2 :: 2]
        floor = np.float32((0.375 * scale**2 + offset) * span**2)
        for rows, moved in _between(change[site], pixels.shape):
            part = pixels[rows]
            light = part.astype(np.float32) - np.float32(black)
            light += moved * np.sqrt(np.maximum(light, 0) * np.float32(scale * span) + floor)
            stored = np.clip(np.rint(light + np.float32(black)), 0, white - 1).astype(np.uint16)
            np.copyto(part, stored, where=part < np.uint16(white))
    coloured, green = (float(np.interp(strength, _STRENGTHS, shares)) for shares in _LEFT)
    return np.array([coloured, green, coloured])


def _sum(weights: np.ndarray, planes: np.ndarray) -> np.ndarray:
    """The planes weighed and added in their order."""
    total = weights[0] * planes[0]
    for weight, plane in zip(weights[1:], planes[1:], strict=True):
        total += weight * plane
    return total


def _overlapped(cells: np.ndarray) -> np.ndarray:
    """What blocks of two by two cells, each its mean, make of cells: as shrinking has already done to their noise."""
    for axis in (0, 1):
        padded = np.pad(cells, [(1, 1) if axis == other else (0, 0) for other in (0, 1)], mode="edge")
        count = cells.shape[axis]
        before, own, after = (np.take(padded, range(start, start + count), axis) for start in range(3))
        cells = (before + 2 * own + after) / np.float32(4)
    return cells


def _means(sums: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The means of STEP x STEP samples, float32; those that begin before the end, which repeats."""
    columns = -(-sums.shape[1] // STEP) * STEP - sums.shape[1]
    lines = []
    for top in range(0, len(sums), STEP):
        light = sums[top : top + STEP] / weights[top : top + STEP]
        lines.append(np.pad(light.sum(0, dtype=np.float32) / np.float32(len(light)), (0, columns), mode="edge"))
    across = np.stack(lines).reshape(len(lines), -1, STEP)
    return (across[:, :, 0] + across[:, :, 1] + across[:, :, 2] + across[:, :, 3]) / np.float32(STEP)


def _between(cells: np.ndarray, shape: tuple[int, int]) -> Iterator[tuple[slice, np.ndarray]]:
    """Values at all samples of one site, linear between the centres of cells: some rows, and their values."""
    wide = _along(cells, shape[1], 1)
    for top in range(0, shape[0], _ROWS * STEP):
        rows = slice(top, min(top + _ROWS * STEP, shape[0]))
        yield rows, _along(wide, rows.stop - rows.start, 0, top)


def _along(cells: np.ndarray, count: int, axis: int, first: int = 0) -> np.ndarray:
    """`count` samples from the `first` on along an axis, float32."""
    place = (np.arange(first, first + count, dtype=np.float32) + np.float32(0.5)) / np.float32(STEP) - np.float32(0.5)
    place = np.clip(place, 0, cells.shape[axis] - 1)
    low = np.minimum(place.astype(np.intp), max(cells.shape[axis] - 2, 0))
    share = place - low
    high = np.minimum(low + 1, cells.shape[axis] - 1)
    share = share[:, None] if axis == 0 else share
    before = np.take(cells, low, axis)
    return before + share * (np.take(cells, high, axis) - before)
