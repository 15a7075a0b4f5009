"""The same in NumPy float64."""

from __future__ import annotations

import numpy as np

from ...linearise import cfa_shift
from . import EVEN, MOST, OF_SALIENT, OF_SMOOTH, SALIENT, SHARP, SOFTNESS, UNEVEN

BORDER = 32


def with_spots(light: np.ndarray, rough: np.ndarray, cfa: str, mix: np.ndarray, strictness: float = 1.0) -> np.ndarray:
    """`rough`, the denoised self of a mosaic (H, W) of stabilised `light`, with the small coloured things of that."""
    shift = cfa_shift(cfa, 0, 0)[::-1]
    around = [(BORDER + first, BORDER + (side + first) % 2) for side, first in zip(light.shape, shift, strict=True)]
    light, padded = (np.pad(each, around, mode="reflect").astype(np.float64) for each in (light, rough))
    brightness = _planes(light, mix)[0]
    colours = _planes(np.clip(light - padded, -MOST, MOST), mix)[1:3]
    smooth = np.stack([_binomial(colour) for colour in colours])
    energy = (smooth**2).sum(0) / OF_SMOOTH / strictness
    level = _binomial(brightness)
    salience = (level - _windows(level, 5).mean((2, 3))) ** 2 / OF_SALIENT
    threshold = UNEVEN + (EVEN - UNEVEN) * SALIENT / (SALIENT + np.maximum(salience - SALIENT, 0))
    excess = np.maximum(energy - threshold, 0)
    share = _binomial(_windows(excess / (excess + SOFTNESS), 3).max((2, 3)))
    believed = share * (SHARP * colours + (1 - SHARP) * smooth)
    for site in range(4):
        padded[site // 2 :: 2, site % 2 :: 2] += np.tensordot(mix[1:3, site].astype(np.float64), believed, 1)
    return padded[tuple(slice(before, -after) for before, after in around)]


def _planes(light: np.ndarray, mix: np.ndarray) -> np.ndarray:
    """Opponent colours of quads, (4, h, w)."""
    return np.tensordot(mix.astype(np.float64), np.stack([light[i::2, j::2] for i in (0, 1) for j in (0, 1)]), 1)


def _windows(plane: np.ndarray, side: int) -> np.ndarray:
    padded = np.pad(plane, side // 2, mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, (side, side))


def _binomial(plane: np.ndarray) -> np.ndarray:
    weights = np.outer([1, 2, 1], [1, 2, 1]) / 16
    return (_windows(plane, 3) * weights).sum((2, 3))
