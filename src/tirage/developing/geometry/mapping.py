"""Where a pixel of the corrected picture lies in the image as shot (DNG 1.7.1, chapter 7), in float64.

A pixel's coordinates are its column and row; the optical centre (0.5, 0.5) is (width / 2, height / 2), and radii are
relative to the distance from there to the farthest corner, as in Adobe's DNG SDK.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from ...photo.operations import Operation, WarpFisheye, WarpRectilinear

#: Radii end at 1, the farthest corner. Where a lens stays tame it is believed up to here: meshes reach beyond pictures,
#: and what is smooth needs fewer samples.
FARTHEST = 1.5
#: `(x, y, plane)` of the corrected image to (x, y) of the image as shot; arrays of one shape.
Map = Callable[[np.ndarray, np.ndarray, int], tuple[np.ndarray, np.ndarray]]


def is_identity(operation: WarpRectilinear | WarpFisheye) -> bool:
    """Whether a warp moves nothing."""
    if isinstance(operation, WarpFisheye):
        return False
    rest = operation.radial[:, 1:]
    return bool(np.all(operation.radial[:, 0] == 1) and not np.any(rest) and not np.any(operation.tangential))


def warps(operations: Sequence[Operation]) -> list[WarpRectilinear | WarpFisheye]:
    """The warps among the operations, in order, without those that move nothing."""
    found = [one for one in operations if isinstance(one, (WarpRectilinear, WarpFisheye))]
    return [one for one in found if not is_identity(one)]


def planes_of(operations: Sequence[WarpRectilinear | WarpFisheye]) -> int:
    """1 where the same map serves every plane, else 3."""
    return 3 if any((part != part[0]).any() for one in operations for part in _coefficients(one)) else 1


def _coefficients(one: WarpRectilinear | WarpFisheye) -> list[np.ndarray]:
    if isinstance(one, WarpFisheye):
        return [one.radial]
    return [one.radial, one.tangential, *([] if one.radius is None else [one.radius])]


def composed(operations: Sequence[WarpRectilinear | WarpFisheye], width: int, height: int, aspect: float) -> Map:
    """The map of warps applied one after the other to an image of `width` x `height` pixels, `aspect` wide to high."""
    maps = [_map(one, width, height, aspect) for one in operations]

    def every(x: np.ndarray, y: np.ndarray, plane: int) -> tuple[np.ndarray, np.ndarray]:
        for one in reversed(maps):  # the last warp's source is the picture that the one before it made
            x, y = one(x, y, plane)
        return x, y

    return every


def farthest_corner(centre: tuple[float, float], width: int, height: int, aspect: float) -> float:
    """The distance from `centre` (0..1 over the image) to the farthest corner, in widths of a pixel."""
    x, y = (max(part, 1 - part) for part in centre)
    return float(np.hypot(x * width, y * round(height / aspect)))


def _map(one: WarpRectilinear | WarpFisheye, width: int, height: int, aspect: float) -> Map:
    centre_x, centre_y = one.centre[0] * width, one.centre[1] * height
    radius = farthest_corner(one.centre, width, height, aspect)
    with np.errstate(all="ignore"):
        ends = [_end(partial(_ratio, one, plane)) for plane in range(len(one.radial))]

    def place(x: np.ndarray, y: np.ndarray, plane: int) -> tuple[np.ndarray, np.ndarray]:
        dx, dy = (x - centre_x) / radius, (y - centre_y) / radius / aspect
        r2 = dx * dx + dy * dy
        plane = min(plane, len(one.radial) - 1)
        ratio = _prolonged(partial(_ratio, one, plane), np.sqrt(r2), ends[plane])
        u, v = dx * ratio, dy * ratio
        if isinstance(one, WarpRectilinear) and np.any(one.tangential[plane]):
            k0, k1 = one.tangential[plane]
            u = u + k1 * (r2 + 2 * dx * dx) + 2 * k0 * dx * dy
            v = v + k0 * (r2 + 2 * dy * dy) + 2 * k1 * dx * dy
        return centre_x + radius * u, centre_y + radius * aspect * v

    return place


def _end(ratio: Callable[[np.ndarray], np.ndarray]) -> float:
    """How far beyond 1 r * `ratio` keeps growing, neither slowly nor steeply."""
    r = np.linspace(1, FARTHEST, 51)
    growth = np.diff(r * ratio(r)) / (r[1] - r[0])
    tame = (growth > 0.2) & (growth < 2)
    return float(r[np.argmin([*tame, False])])


def _prolonged(ratio: Callable[[np.ndarray], np.ndarray], r: np.ndarray, end: float) -> np.ndarray:
    """`ratio` at r <= `end`; beyond, where no pixel is but a mesh may reach, r * ratio goes on in a straight line."""
    if r.max(initial=0) <= end:
        return ratio(r)
    step = 1e-6
    last, before = (at * ratio(np.array([at])) for at in (end, end - step))
    slope = (last - before) / step
    return np.where(r > end, (last + slope * (r - end)) / np.maximum(r, end), ratio(np.minimum(r, end)))


def _ratio(one: WarpRectilinear | WarpFisheye, plane: int, r: np.ndarray) -> np.ndarray:
    """How many times farther from the centre than `r` a pixel lies in the image as shot."""
    if isinstance(one, WarpFisheye):
        r = np.maximum(r, 1e-6)
        theta = np.arctan(r)
        return theta / r * _polynomial(one.radial[plane], theta * theta)
    if one.radius is None:
        return _polynomial(one.radial[plane], r * r)
    least, most = one.radius[plane]
    ratio = _polynomial(one.radial[plane], np.clip(r, least, most if most < 1 else FARTHEST))
    return 1 / ratio if one.reciprocal else ratio


def _polynomial(coefficients: np.ndarray, at: np.ndarray) -> np.ndarray:
    used = [float(coefficient) for coefficient in coefficients]
    while used and used[-1] == 0:
        used.pop()
    total = np.zeros_like(at)
    for coefficient in reversed(used):
        total = total * at + coefficient
    return total
