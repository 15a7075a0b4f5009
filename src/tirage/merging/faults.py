"""Hot and dead pixels of the sensor: what stands out at the same place of most frames, though the scene has moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..kernels.call import run
from ..opcodes import bad_pixels
from ..opcodes.lone_pixels import is_lone
from .light import Light

#: What an outlier must exceed: standard deviations, parts of white, parts of its neighbours' light; and how much of
#: its excess, and of the noise, the adjacent pixels may share, as they do of a point of light.
_NOISE, _CONTRAST, _RATIO, _SPILL, _SPILL_NOISE = 4.0, 0.01, 0.03, 0.15, 1.5
#: The share of the frames, two at least, in which a fault stands out; and where it does so alone in each of those.
_MOST, _MANY = 0.6, 0.5
_CLIPPED = 0.98
_LEAST_SIDE = 16
#: Pixels on each side of an outlier that are remembered, and the share of a frame's pixels that is: where more stand
#: out, only those that do so alone.
_REACH, _REMEMBERED = 2, 1 / 500


@dataclass(frozen=True, eq=False)
class Outliers:
    """What stands out in one frame: `places`, ascending indices into its mosaic laid out flat.

    `lone` says which do so alone, as far as this frame tells; `around` (n, 5, 5) holds the stored values about each,
    mirrored at the edges, `noise` is (slope, offset) of their variance, `black` and `clip` their levels.
    """

    places: np.ndarray
    lone: np.ndarray
    around: np.ndarray
    noise: tuple[float, float] = (0.0, 0.0)
    black: float = 0.0
    clip: float = np.inf


def outliers(light: Light) -> Outliers:
    """The pixels that stand out in one frame."""
    mosaic = light.mosaic
    if min(mosaic.shape) < _LEAST_SIDE:
        return Outliers(np.zeros(0, np.int64), np.zeros(0, bool), np.zeros((0, 5, 5), np.uint16))
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
    if rows.size > max(_REMEMBERED * mosaic.size, 100):
        rows, columns, lone = rows[lone], columns[lone], lone[lone]
    order = np.lexsort((columns, rows))
    rows, columns = rows[order], columns[order]
    around = _around(mosaic, rows, columns)
    return Outliers(rows * mosaic.shape[1] + columns, lone[order], around, noise, black, clip)


def _around(mosaic: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    steps = np.arange(-_REACH, _REACH + 1)
    height, width = mosaic.shape
    down, across = np.abs(rows[:, None] + steps), np.abs(columns[:, None] + steps)
    down, across = np.minimum(down, 2 * (height - 1) - down), np.minimum(across, 2 * (width - 1) - across)
    return mosaic[down[:, :, None], across[:, None, :]]


def common(found: Sequence[Outliers]) -> np.ndarray:
    """The indices of what stands out in most of the frames, alone in most or in their mean; none for fewer than two.

    Noise and texture keep a fault from standing alone in single frames, and hardly in the mean of several; what is of
    the scene stands out at the same place only where nothing moved, and then spills light in the mean as it does in
    each.
    """
    if not found:
        return np.zeros(0, np.int64)
    every = np.concatenate([one.places for one in found])
    places, entries, counts = np.unique(every, return_inverse=True, return_counts=True)
    lone = np.bincount(entries, np.concatenate([one.lone for one in found]), len(places))
    most = max(2, int(np.ceil(_MOST * len(found))))
    often = (counts >= most) | ((counts >= max(2, int(np.ceil(_MANY * len(found))))) & (lone == counts))
    if not often.any():
        return places[often]
    number = np.cumsum(often) - 1
    sums = np.zeros((int(often.sum()), 5, 5))
    chosen = often[entries]
    np.add.at(sums, number[entries[chosen]], np.concatenate([one.around for one in found])[chosen])
    mean = sums / counts[often, None, None]
    middle = 5 * np.arange(len(mean)) + _REACH
    slope, offset = found[0].noise
    first = found[0]
    alone = is_lone(
        mean.reshape(-1, 5),
        middle,
        np.full(len(mean), _REACH),
        (slope / most, offset / most),
        first.black,
        first.clip,
        _SPILL,
        _SPILL_NOISE,
    )
    return places[often][alone | (lone[often] >= most)]


def repaired(light: Light, faults: np.ndarray) -> Light:
    """`light` with the pixels at these indices from good ones around them."""
    if not len(faults):
        return light
    is_bad = np.zeros(light.mosaic.shape, bool)
    is_bad.ravel()[faults] = True
    green_parity = (light.shift_x + light.shift_y + 1) % 2
    return replace(light, mosaic=bad_pixels.repair(light.mosaic, is_bad, green_parity))
