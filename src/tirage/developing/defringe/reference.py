"""Defringing in NumPy float64: slow, obvious, sharing no code with the kernel."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from . import BRIGHT, EDGE, FLOOR, GREEN_OTHER, PURPLE_BLUE, PURPLE_RED, RADIUS, TOLERANCE

#: Mirrored around the frame, px.
MARGIN = 32


def defringed(mosaic: np.ndarray, black: np.ndarray, scale: np.ndarray, amount: float) -> np.ndarray:
    """`mosaic` (H, W) uint16 with red at even places of even rows, without its fringes; see kernel.py."""
    stored = np.pad(mosaic.astype(np.float64), MARGIN, mode="reflect")
    rows, columns = (np.arange(side) % 2 for side in stored.shape)
    site = 2 * rows[:, None] + columns
    light = np.minimum((stored - black[site]) * scale[site], 1)
    everywhere = _green(light)
    green = np.stack([_cut(everywhere[k::2, k::2], stored.shape) for k in (0, 1)])
    own = np.stack([_cut(np.maximum(light[k::2, k::2], 0), stored.shape) for k in (0, 1)])
    ratio = (own + FLOOR) / (green + FLOOR)
    if amount < 0:
        ratio = 1 / ratio
    opened = _window(_window(ratio, np.min), np.max)
    peak = _window(_window(green, np.max), np.max)
    at_edge = _ramp(peak, BRIGHT) * _ramp((peak + FLOOR) / (green + FLOOR), EDGE)
    red, blue = ratio
    if amount > 0:
        share = amount * np.stack([_ramp(blue, PURPLE_BLUE), _ramp(red, PURPLE_RED)])
    else:
        share = -amount * np.stack([_ramp(blue, GREEN_OTHER), _ramp(red, GREEN_OTHER)])
    change = share * at_edge * np.maximum(ratio - np.maximum(opened, 1) * TOLERANCE, 0)
    left = ratio - change if amount > 0 else 1 / (ratio - change)
    out = stored.copy()
    for k in (0, 1):
        value = (left * (green + FLOOR) - FLOOR)[k] / scale[3 * k] + black[3 * k]
        part = out[k::2, k::2][: value.shape[0], : value.shape[1]]
        part[:] = np.where(change[k] == 0, part, np.floor(np.clip(value, 0, 65535) + 0.5))
    return out[MARGIN:-MARGIN, MARGIN:-MARGIN].astype(np.uint16)


def _cut(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """As many samples as both colours have."""
    return values[: shape[0] // 2, : shape[1] // 2]


def _green(light: np.ndarray) -> np.ndarray:
    padded = np.pad(light, 1, mode="reflect")
    up, down, left, right = padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]
    along, aside = (up - down) ** 2 + 1e-6, (left - right) ** 2 + 1e-6
    return np.maximum(((up + down) * aside + (left + right) * along) / (2 * (along + aside)), 0)


def _window(planes: np.ndarray, function: Callable) -> np.ndarray:
    """`function` of the (2 RADIUS + 1)^2 samples around each, (2, h, w)."""
    size = 2 * RADIUS + 1
    padded = np.pad(planes, [(0, 0), (RADIUS, RADIUS), (RADIUS, RADIUS)], mode="edge")
    return function(np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(1, 2)), axis=(3, 4))


def _ramp(value: np.ndarray, ends: tuple[float, float]) -> np.ndarray:
    return np.clip((value - ends[0]) / (ends[1] - ends[0]), 0, 1)
