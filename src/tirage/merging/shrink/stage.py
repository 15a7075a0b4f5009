"""A mean to a mosaic."""

from __future__ import annotations

import numpy as np

from ...kernels.call import run
from ...noise.shrinkage import fitted_rule
from ..light import Light
from ..resampling import Resampling

#: What is left by strengths from 0 to 2.
RESIDUES = (1.0, 0.974, 0.896, 0.771, 0.61, 0.43, 0.264, 0.14, 0.066, 0.02, 0.008)
#: A mean from here on counts as clipped.
_FULL = 0.9995


def shrunk(
    state: np.ndarray,
    light: Light,
    resampling: Resampling,
    strength: float,
    levels: tuple[float, float, float],
    most: float,
) -> np.ndarray:
    """The mosaic (rows, columns) uint16 of a mean's `state`; begins with red.

    `levels`: black, stored units of light 1, white; `most` is the light that counts as clipped.
    """
    mosaic = np.empty((2 * state.shape[1], 2 * state.shape[2]), np.uint16)
    rule = fitted_rule(strength, strength, 0.1)
    given = np.array([*levels, _FULL * most], np.float32)
    run("merge_shrink", state, light.noise.astype(np.float32), resampling.mix, resampling.power, rule, given, mosaic)
    return mosaic


def unshrunk(light: np.ndarray, levels: tuple[float, float, float], most: float) -> np.ndarray:
    """The same of a mean's plain light (4, rows, columns)."""
    black, unit, white = levels
    mosaic = np.empty((2 * light.shape[1], 2 * light.shape[2]), np.uint16)
    for site in range(4):
        stored = np.clip(np.rint(light[site] * np.float32(unit) + np.float32(black)), 0, white)
        stored[light[site] >= np.float32(_FULL * most)] = white
        mosaic[site // 2 :: 2, site % 2 :: 2] = stored
    return mosaic


def residue(strength: float) -> float:
    """The share of the noise's variance that shrinking leaves on flats, measured."""
    return float(np.interp(strength, [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 2.0], RESIDUES))
