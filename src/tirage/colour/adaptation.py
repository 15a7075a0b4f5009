"""Chromatic adaptation: how colours under one white look under another (Bradford, as ICC.1:2022 Annex E gives it)."""

from __future__ import annotations

import numpy as np

from .matrices import inverse, product, transformed

#: XYZ to the sharpened cone responses of Lam (1985).
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def xy_to_xyz(xy: tuple[float, float] | np.ndarray) -> np.ndarray:
    """XYZ (3,) of chromaticity `xy` at Y = 1."""
    x, y = float(xy[0]), float(xy[1])
    return np.array([x / y, 1.0, (1 - x - y) / y])


def xyz_to_xy(xyz: np.ndarray) -> np.ndarray:
    """Chromaticity (2,) of `xyz` (3,)."""
    return np.asarray(xyz[:2], float) / (xyz[0] + xyz[1] + xyz[2])


def cones(xyz: np.ndarray) -> np.ndarray:
    """Bradford's cone responses (..., 3) to `xyz` (..., 3)."""
    return transformed(xyz, BRADFORD)


def adaptation(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(3, 3) that takes XYZ seen under the white `source` (XYZ) to XYZ under the white `target`: white goes to white.

    Both whites must be lights: all their cone responses above 0, otherwise ValueError.
    """
    before, after = cones(source), cones(target)
    if not (before.min() > 0 and after.min() > 0):
        raise ValueError("a white without a positive response of every cone can't be adapted to")
    return product(inverse(BRADFORD), (after / before)[:, None] * BRADFORD)
