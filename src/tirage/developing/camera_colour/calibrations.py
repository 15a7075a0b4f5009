"""How much each of a camera's calibrations counts under a white (DNG 1.7.1, chapter 6, "One, Two, or Three")."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...colour.temperature import cct_kelvin, mired_and_tint, planckian_xy

#: Temperature in kelvin, and chromaticity: None for that of a black body.
Light = tuple[float, tuple[float, float] | None]


def weights(lights: Sequence[Light], white: np.ndarray) -> np.ndarray:
    """The share (n,) of each of one to three calibrations under a white of chromaticity `white`; they add up to 1."""
    if len(lights) == 3:
        return _of_three([mired_and_tint(xy or planckian_xy(kelvin)) for kelvin, xy in lights], mired_and_tint(white))
    if len(lights) == 1:
        return np.ones(1)
    (first, _), (second, _) = lights
    return _of_two(1 / first, 1 / second, 1 / cct_kelvin(white))


def _of_two(first: float, second: float, here: float) -> np.ndarray:
    """Linear in reciprocal temperature between two lights, the nearer one alone beyond them."""
    share = 0.0 if first == second else min(max((here - first) / (second - first), 0.0), 1.0)
    return np.array([1 - share, share])


def _of_three(lights: list[tuple[float, float]], white: tuple[float, float]) -> np.ndarray:
    """By nearness in a plane of reciprocal temperature and tint, both given as (mired, tint).

    The specification leaves the method open; this is that of Adobe's DNG SDK 1.7.1 (dng_xy_coord), which profiles are
    made against: inverse squared distances where 1500 K and 200 of tint count 1, smoothed, shares under 2 % dropped.
    """
    plane = np.array([[min(mired * 1500e-6, 1.0), tint / 200] for mired, tint in (white, *lights)])
    away = plane[1:] - plane[0]
    near = 1 / (away[:, 0] ** 2 + away[:, 1] ** 2 + 1e-8)
    share = near / near.sum()
    share = np.clip((share * share * (3 - 2 * share) - 0.02) / 0.98, 0, 1)
    return share / share.sum()
