"""Unfinish: a finished picture back to the scene light that the look "faithful" shows as it.

Method: the tone of `faithful` backwards, in closed form, in the picture's own primaries: the least and the largest
channel through the inverse curve, the middle one from the equation that holds its hue; then to Rec.2020.
Domain: R'G'B' of sRGB or Display P3; range: scene-linear Rec.2020, 0.18 = grey, display white at `WHITE`, that of a RAW
file without baseline exposure: 2 7/8 stops over grey. So a look does to a finished picture what it does to the light.
Limits: what a maker's own tone, local tone or sharpening did is taken for the scene's; clipped light stays clipped.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from ...colour.spaces import rgb_to_rgb
from ...colour.transfer import srgb_decode
from ...kernels.call import run
from ..look.load import load_look
from ..look.tone import GREY, LinearCurve, hold_at, tone_curve

#: The scene light that is taken to have become display white.
WHITE = GREY * 2.0**2.875


def scene_light(codes: np.ndarray, colour_space: str) -> np.ndarray:
    """Scene-linear Rec.2020 (3, H, W) float32 of display codes (H, W, 3) uint8 or uint16 of `colour_space`."""
    planes = np.empty((3, *codes.shape[:2]), np.float32)
    scene = np.empty_like(planes)
    curve, hold = faithful_tone()
    light = _light(codes.dtype.itemsize)
    for channel in range(3):
        np.take(light, codes[..., channel], out=planes[channel])
    shape = np.array([curve.knee, curve.bend, hold], np.float32)
    run("unfinish", planes, shape, rgb_to_rgb(colour_space, "rec2020").astype(np.float32), scene)
    return scene


@cache
def faithful_tone() -> tuple[LinearCurve, float]:
    """The curve of `faithful`, and how far it holds the middle channel."""
    tone = load_look("faithful").tone
    base = tone_curve(tone, WHITE).base
    assert isinstance(base, LinearCurve)
    return base, hold_at(tone, WHITE)


@cache
def _light(bytes_per_code: int) -> np.ndarray:
    """Display light of every code."""
    highest = (1 << 8 * bytes_per_code) - 1
    return srgb_decode(np.arange(highest + 1) / highest).astype(np.float32)
