"""Light between the pixels of a picture: a cubic B-spline through them, read off exactly at any place.

Unser, Aldroubi & Eden (1993), "B-spline signal processing". The spline is the scene: every frame of a burst samples the
same continuous light, so no resampling error tells one from another. Beyond the border the picture is mirrored.
Domain: (H, W) float32; range: float32 of the places asked for.
"""

from __future__ import annotations

import numpy as np

_POLE = 3.0**0.5 - 2.0
_MEMORY = 24  #: powers of the pole that float32 can tell from nothing


def coefficients(plane: np.ndarray) -> np.ndarray:
    """The B-spline coefficients (H, W) float32 of a plane, at least 2 x 2, which the spline passes through."""
    half = _along_rows(np.array(plane, np.float32))
    return np.ascontiguousarray(_along_rows(np.ascontiguousarray(half.T)).T)


def _along_rows(values: np.ndarray) -> np.ndarray:
    """The recursive filter down the first axis, in place: causal, then anticausal."""
    pole = np.float32(_POLE)
    values *= np.float32(6.0)
    places = mirrored(np.arange(_MEMORY), len(values))
    start = np.zeros_like(values[0])
    for power, place in enumerate(places):
        start += np.float32(_POLE**power) * values[place]
    values[0] = start
    for row in range(1, len(values)):
        values[row] += pole * values[row - 1]
    values[-1] = np.float32(_POLE / (_POLE**2 - 1)) * (values[-1] + pole * values[-2])
    for row in range(len(values) - 2, -1, -1):
        values[row] = pole * (values[row + 1] - values[row])
    return values


def mirrored(places: np.ndarray, length: int) -> np.ndarray:
    """`places` folded into 0..length-1 about the first and the last pixel."""
    period = 2 * (length - 1)
    places = np.abs(places) % period
    return np.minimum(places, period - places)


def at(spline: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The light at columns `x` and rows `y` (pixel centres are whole numbers), float32 of their shape."""
    height, width = spline.shape
    column, row = np.floor(x), np.floor(y)
    weights_x, weights_y = _weights(x - column), _weights(y - row)
    columns = [mirrored(column.astype(np.intp) + step, width) for step in (-1, 0, 1, 2)]
    flat = spline.reshape(-1)
    light = np.zeros(np.shape(x), np.float32)
    for step, weight_y in zip((-1, 0, 1, 2), weights_y, strict=True):
        start = mirrored(row.astype(np.intp) + step, height) * width
        line = np.zeros_like(light)
        for place, weight_x in zip(columns, weights_x, strict=True):
            line += weight_x * flat.take(start + place)
        light += weight_y * line
    return light


def _weights(fraction: np.ndarray) -> tuple[np.ndarray, ...]:
    """The cubic B-spline at -1 - f, -f, 1 - f, 2 - f."""
    f = fraction.astype(np.float32)
    g = np.float32(1) - f
    sixth = np.float32(1 / 6)
    two_thirds, half = np.float32(2 / 3), np.float32(0.5)
    return g**3 * sixth, two_thirds - f**2 * (1 - f * half), two_thirds - g**2 * (1 - g * half), f**3 * sixth
