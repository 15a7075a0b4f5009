"""How frames of one burst are resampled: the balance of their colours, and what becomes of their noise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..noise.model import Noise
from ..noise.shrinkage import opponents
from .fuse import Mixing, gain_table, noise_ratios
from .light import Light
from .shrink.profile import carried, noise_power, plane_gain

#: No colour counts for more than that many times green, or less: a neutral beyond is no light's.
_MOST = 6.0


@dataclass(frozen=True, eq=False)
class Resampling:
    """Constants of a burst, float32.

    `balance` (3,) makes grey equal in R, G, B; `gain_table` as in `fuse`; `plane_gain` (4,) its mean at R, G, G, B;
    `mix` (4, 4) are the opponent planes.
    """

    balance: np.ndarray
    mixing: Mixing
    gain_table: np.ndarray
    plane_gain: np.ndarray
    mix: np.ndarray

    @cached_property
    def power(self) -> np.ndarray:
        """The noise of resampled frames in the opponent planes' DCTs, (4, 8, 8)."""
        return noise_power(self.mix, self.mixing)

    @cached_property
    def carried(self) -> np.ndarray:
        """What resampled frames show of detail there."""
        return carried(self.mix, self.mixing)


def resampling_of(light: Light, neutral: np.ndarray | None) -> Resampling:
    """For frames like this one; grey is the camera's `neutral`, or where there is none the frame's mean."""
    local = _local_light(light)
    means = np.maximum(local.mean((0, 1)), 1e-3)
    grey = means if neutral is None else np.nan_to_num(np.asarray(neutral, np.float64), nan=1.0)
    grey = np.maximum(grey, 1e-6)
    balance = np.clip(grey[1] / grey, 1 / _MOST, _MOST).astype(np.float32)
    seen = np.maximum(local * balance, 0) + faint(light)
    transfer = np.minimum(seen[..., :, None] / seen[..., None, :], 1).mean((0, 1))
    mixing = Mixing(noise_ratios(balance, light.noise, float(means[1])), transfer)
    red, green, _, blue = (tuple(pair) for pair in light.noise.tolist())
    mix = opponents(Noise(red, green, blue), neutral)
    return Resampling(balance, mixing, gain_table(mixing), plane_gain(mixing), mix)


def faint(light: Light) -> np.float32:
    """Light beside which the mean of a few samples is noise."""
    return np.float32(2 * np.sqrt(max(float(light.noise[1, 1]), 0.0)) + 1e-3)


def _local_light(light: Light) -> np.ndarray:
    """The mean of red, green and blue over cells of four by four of every eighth quad: (cells down, across, 3)."""
    rows, columns = (len(range(1, side, 16)) for side in light.mosaic.shape)
    starts = [np.arange(0, count, 4) for count in (rows, columns)]
    sizes = np.outer(*(np.diff(np.append(start, count)) for start, count in zip(starts, (rows, columns), strict=True)))
    found = []
    for site in range(4):
        row, column = (site // 2 - light.shift_y) % 2, (site % 2 - light.shift_x) % 2
        stored = light.mosaic[row::16, column::16][:rows, :columns].astype(np.float64)
        sums = np.add.reduceat(np.add.reduceat(stored, starts[0], 0), starts[1], 1)
        found.append((sums / sizes - light.black[site]) * light.unit)
    red, green_r, green_b, blue = found
    return np.stack([red, (green_r + green_b) / 2, blue], axis=2)
