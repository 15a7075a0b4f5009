"""How frames of one burst are resampled: the balance of their colours, and what becomes of their noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..noise.model import Noise
from ..noise.shrinkage import opponents
from .fuse import gain_table, noise_ratios
from .light import Light
from .shrink.profile import noise_power, plane_gain

#: No colour counts for more than that many times green, or less: a neutral beyond is no light's.
_MOST = 6.0


@dataclass(frozen=True, eq=False)
class Resampling:
    """Constants of a burst, float32.

    `balance` (3,) makes grey equal in R, G, B; `gain_table` as in `fuse`; `plane_gain` (4,) its mean at R, G, G, B;
    `mix` (4, 4) are the opponent planes, `power` (4, 8, 8) the noise of resampled frames in their DCTs.
    """

    balance: np.ndarray
    gain_table: np.ndarray
    plane_gain: np.ndarray
    mix: np.ndarray
    power: np.ndarray


def resampling_of(light: Light, neutral: np.ndarray | None) -> Resampling:
    """For frames like this one; grey is the camera's `neutral`, or where there is none the frame's mean."""
    means = _mean_light(light)
    grey = means if neutral is None else np.nan_to_num(np.asarray(neutral, np.float64), nan=1.0)
    grey = np.maximum(grey, 1e-6)
    balance = np.clip(grey[1] / grey, 1 / _MOST, _MOST).astype(np.float32)
    ratios = noise_ratios(balance, light.noise, float(means[1]))
    red, green, _, blue = (tuple(pair) for pair in light.noise.tolist())
    mix = opponents(Noise(red, green, blue), neutral)
    return Resampling(balance, gain_table(ratios), plane_gain(ratios), mix, noise_power(mix, ratios))


def _mean_light(light: Light) -> np.ndarray:
    """Of R, G, B, of every eighth quad each way, at least a thousandth: (3,)."""
    found = []
    for site in range(4):
        row, column = (site // 2 - light.shift_y) % 2, (site % 2 - light.shift_x) % 2
        stored = light.mosaic[row::16, column::16]
        found.append((stored.mean(dtype=np.float64) - light.black[site]) * light.unit)
    red, green_r, green_b, blue = found
    return np.maximum([red, (green_r + green_b) / 2, blue], 1e-3)
