"""Unfinishing in NumPy float64, the middle channel by bisection: slow, obvious, sharing no code with the kernel."""

from __future__ import annotations

import numpy as np

from ...colour.spaces import rgb_to_rgb
from ..look.load import load_look
from ..look.tone import tone_curve, toned


def unfinished(display: np.ndarray, colour_space: str, white: float) -> np.ndarray:
    """Scene-linear Rec.2020 (..., 3) that `faithful` shows as display-linear RGB `display` (..., 3), 0 to 1."""
    light, matrix = light_of(display, white), rgb_to_rgb(colour_space, "rec2020")
    return np.stack([sum(matrix[row, k] * light[..., k] for k in range(3)) for row in range(3)], -1)


def light_of(display: np.ndarray, white: float) -> np.ndarray:
    """Scene light (..., 3) in the primaries of `display`."""
    tone = load_look("faithful").tone
    curve = tone_curve(tone, white)
    light = curve.inverse(display)
    order = np.argsort(display, axis=-1)
    middle = order[..., 1:2]
    low, high = light.min(axis=-1, keepdims=True), light.max(axis=-1, keepdims=True)
    target = np.take_along_axis(display, middle, -1)
    for _ in range(60):
        guess = (low + high) / 2
        np.put_along_axis(light, middle, guess, -1)
        under = np.take_along_axis(toned(light, tone, white), middle, -1) < target
        low, high = np.where(under, guess, low), np.where(under, high, guess)
    np.put_along_axis(light, middle, (low + high) / 2, -1)
    return light
