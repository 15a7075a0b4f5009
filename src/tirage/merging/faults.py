"""Hot and dead pixels of the sensor: what stands out at the same place of most frames, though the scene has moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..kernels.call import run
from ..opcodes import bad_pixels
from ..opcodes.lone_pixels import is_lone
from .light import Light

#: What an outlier must exceed: standard deviations, parts of white, parts of its neighbours' light; and how much of
#: its excess, and of the noise, the adjacent pixels may share, as they do of a point of light.
_NOISE, _CONTRAST, _RATIO, _SPILL, _SPILL_NOISE = 4.0, 0.01, 0.03, 0.15, 1.5
#: The share of the frames, two at least, in which a fault stands out.
_MOST = 0.6
_CLIPPED = 0.98
_LEAST_SIDE = 16


def outliers(light: Light) -> np.ndarray:
    """The pixels that stand out alone in one frame, as ascending indices into its mosaic laid out flat."""
    mosaic = light.mosaic
    if min(mosaic.shape) < _LEAST_SIDE:
        return np.zeros(0, np.int64)
    scale, offset = light.noise.max(0)
    black, white = float(light.black.min()), float(light.black.min()) + 1 / light.unit
    noise = (scale / light.unit, offset / light.unit**2)
    numbers = [np.float32(number) for number in (black, *noise, _NOISE**2, _RATIO)]
    contrast = np.uint16(np.clip(np.ceil(_CONTRAST / light.unit), 0, 65535))
    flags = np.zeros((-(-mosaic.shape[0] // 8), mosaic.shape[1]), np.uint8)
    run("find_outliers", mosaic, *numbers, contrast, flags)
    groups, columns = np.divmod(np.flatnonzero(flags), flags.shape[1])
    bits = np.unpackbits(flags[groups, columns][:, None], axis=1, bitorder="little")
    which, bit = np.nonzero(bits)
    rows, columns = 8 * groups[which] + bit, columns[which]
    rows, columns = rows[rows < len(mosaic)], columns[rows < len(mosaic)]
    clip = black + _CLIPPED * (white - black)
    lone = is_lone(mosaic, rows, columns, noise, black, clip, _SPILL, _SPILL_NOISE)
    return np.sort(rows[lone] * mosaic.shape[1] + columns[lone])


def common(found: Sequence[np.ndarray]) -> np.ndarray:
    """The indices that most of the frames share; none for fewer than two frames."""
    places, counts = np.unique(np.concatenate([np.zeros(0, np.int64), *found]), return_counts=True)
    return places[counts >= max(2, int(np.ceil(_MOST * len(found))))]


def repaired(light: Light, faults: np.ndarray) -> Light:
    """`light` with the pixels at these indices from good ones around them."""
    if not len(faults):
        return light
    is_bad = np.zeros(light.mosaic.shape, bool)
    is_bad.ravel()[faults] = True
    green_parity = (light.shift_x + light.shift_y + 1) % 2
    return replace(light, mosaic=bad_pixels.repair(light.mosaic, is_bad, green_parity))
