"""Kernels that follow the reference's structure, and where it may be aliased."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..light import Light
from . import DETAIL, FAINT_SLOPE, FLAT, SHRINK, STRETCH, STRONG_SLOPE


def sites_of(light: Light) -> np.ndarray:
    """A mosaic's light by quads, (4, rows, columns) float32, mirrored where a quad is not whole."""
    rows, columns = light.quads
    below, beside = (2 * n - side - s for n, side, s in zip((rows, columns), light.mosaic.shape,
                                                           (light.shift_y, light.shift_x), strict=True))  # fmt: skip
    around = [(light.shift_y, below), (light.shift_x, beside)]
    mode = "reflect" if min(light.mosaic.shape) > 1 else "edge"
    stored = np.pad(light.mosaic, around, mode=mode) if any(map(any, around)) else light.mosaic
    black = light.black.astype(np.float32)
    sites = [stored[s // 2 :: 2, s % 2 :: 2].astype(np.float32) - black[s] for s in range(4)]
    return np.stack(sites) * np.float32(light.unit)


def box(values: np.ndarray, reach: int) -> np.ndarray:
    """Means over windows of 2 `reach` + 1 each way, edges repeated."""
    for axis in (0, 1):
        around = [(reach, reach) if a == axis else (0, 0) for a in (0, 1)]
        padded = np.pad(values, around, mode="edge")
        length = values.shape[axis]
        parts = [padded[n : n + length] if axis == 0 else padded[:, n : n + length] for n in range(2 * reach + 1)]
        total = parts[0].copy()
        for part in parts[1:]:
            total += part
        values = total * np.float32(1 / (2 * reach + 1))
    return values


#: Rows that are worked on at a time: they stay in the cache.
_BAND = 64


def in_bands(function: Callable[..., np.ndarray], reach: int, *arrays: np.ndarray) -> np.ndarray:
    """`function` of `arrays` (..., rows, columns), which looks at most `reach` rows away, a band after the other."""
    rows, found = arrays[0].shape[-2], []
    for top in range(0, rows, _BAND):
        first, last = max(top - reach, 0), min(top + _BAND + reach, rows)
        part = function(*(array[..., first:last, :] for array in arrays))
        found.append(part[..., top - first : min(top + _BAND, rows) - first, :])
    return np.concatenate(found, axis=-2)


def kernel_shapes(grey: np.ndarray) -> np.ndarray:
    """The kernels' inverse covariance (3, rows, columns) float32: across, both, down; per squared pixel of the mosaic.

    `grey` has noise of deviation 1.
    """
    padded = np.pad(grey, 1, mode="edge")
    across = (padded[1:-1, 2:] - padded[1:-1, :-2]) * np.float32(0.5)
    down = (padded[2:, 1:-1] - padded[:-2, 1:-1]) * np.float32(0.5)
    xx, xy, yy = (box(product, 1) for product in (across * across, across * down, down * down))
    half, difference = (xx + yy) * np.float32(0.5), (xx - yy) * np.float32(0.5)
    spread = np.sqrt(difference * difference + xy * xy)
    largest = half + spread
    with np.errstate(divide="ignore", invalid="ignore"):
        coherence = np.nan_to_num(spread / half, nan=0.0)
        # The direction of the largest slope, as cosine and sine of twice its angle.
        cosine, sine = (np.nan_to_num(v / spread, nan=0.0) for v in (difference, xy))
    slope = np.sqrt(np.maximum(largest, 0))
    flat = 1 - np.clip((slope - FAINT_SLOPE) / (STRONG_SLOPE - FAINT_SLOPE), 0, 1)
    straight = np.clip(2 * coherence - 1, 0, 1)
    along = DETAIL * (1 + (STRETCH - 1) * straight)
    narrow = DETAIL * (1 + (SHRINK - 1) * straight)
    along, narrow = (deviation + (max(FLAT, DETAIL) - deviation) * flat for deviation in (along, narrow))
    own, other = 1 / (narrow * narrow), 1 / (along * along)
    mean, gap = (own + other) / 2, (own - other) / 2
    return np.stack([mean + gap * cosine, gap * sine, mean - gap * cosine]).astype(np.float32)


def aliased(guide: Light, noise: np.ndarray) -> np.ndarray:
    """`aliasing` of a light of whole quads, a band after the other."""
    quads = guide.mosaic.reshape(guide.quads[0], -1)  # two rows each
    width = guide.mosaic.shape[1]
    return in_bands(lambda rows: aliasing(sites_of(replace(guide, mosaic=rows.reshape(-1, width))), noise), 2, quads)


def aliasing(guide: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """0..1: how much of the reference's light (4, rows, columns), free of noise, may be other than sampled.

    What changes from quad to quad as fast as the quads can show, against the variance of one sample.
    """
    light = np.maximum(guide, 0)
    variance = noise[:, 0, None, None].astype(np.float32) * light + noise[:, 1, None, None].astype(np.float32)
    padded = np.pad(guide, [(0, 0), (1, 1), (1, 1)], mode="edge")
    middle = 2 * guide
    across = padded[:, 1:-1, 2:] + padded[:, 1:-1, :-2] - middle
    down = padded[:, 2:, 1:-1] + padded[:, :-2, 1:-1] - middle
    energy = ((across * across + down * down) / (6 * variance)).mean(0)
    greens = guide[1] - guide[2]
    energy = box((energy + greens * greens / (2 * variance[1])).astype(np.float32), 1)
    return energy / (energy + 1)
