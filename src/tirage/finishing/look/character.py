"""A look's character in numbers: what its file promises, measured on what it renders."""

from __future__ import annotations

import math

import numpy as np

from ...colour.perception import from_oklab, oklab
from ...colour.transfer import srgb_decode
from ...photo.look import Look
from ..lens_character import falloff
from .reference import render
from .tone import GREY

#: The white point of a file without baseline exposure, as `clip_white` rounds it.
TYPICAL_WHITE = GREY * 2.0**2.875

#: Oklab chroma, at the lightness of grey, of the colours that saturation is measured on: skin, foliage, sky.
MODERATE_CHROMA = 0.06


def measure(look: Look) -> dict[str, float]:
    """Every promise a look file may make, as measured (all for sRGB, a scene whose white is 2 7/8 stops over grey).

    `grey_rendition`: display light of scene grey. `mid_tone_contrast`: log-log slope over the stop around grey.
    `shadow_level_stops`: display light four stops under scene grey, against display grey of 0.18.
    `highlight_level`: display light two stops over grey. `saturation`: Oklab chroma over lightness against the
    scene's, mean of 24 moderate colours. `hue_shift_degrees`: mean turn of their Oklab hue. `corner_shading_stops`:
    light lost at the corners. `sharpening`: share of blur that is taken back.
    """
    saturation, hue_shift = _colours(look)
    return {
        "grey_rendition": _grey(look, 0.0),
        "mid_tone_contrast": math.log2(_grey(look, 0.5) / _grey(look, -0.5)),
        "shadow_level_stops": math.log2(_grey(look, -4.0) / GREY),
        "highlight_level": _grey(look, 2.0),
        "saturation": saturation,
        "hue_shift_degrees": hue_shift,
        "corner_shading_stops": 2 * math.log2(1 - falloff(look.optics.corner_shading_stops)),
        "sharpening": look.presence.sharpening,
    }


def _grey(look: Look, stops: float) -> float:
    """Display light of a grey `stops` over scene grey."""
    scene = np.full((1, 3), GREY * 2.0**stops)
    return float(srgb_decode(render(scene, look, TYPICAL_WHITE, "srgb"))[0, 1])


def _colours(look: Look) -> tuple[float, float]:
    """Mean saturation against the scene's, and mean turn of hue in degrees, of moderate colours at grey's lightness."""
    hue = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    ring = [np.full(24, np.cbrt(GREY)), MODERATE_CHROMA * np.cos(hue), MODERATE_CHROMA * np.sin(hue)]
    scene = from_oklab(np.stack(ring, axis=-1), "rec2020")
    shown = oklab(srgb_decode(render(scene, look, TYPICAL_WHITE, "srgb")), "srgb")
    saturation = np.hypot(shown[:, 1], shown[:, 2]) / shown[:, 0] * np.cbrt(GREY) / MODERATE_CHROMA
    turn = np.angle(np.exp(1j * (np.arctan2(shown[:, 2], shown[:, 1]) - hue)), deg=True)
    return float(saturation.mean()), float(np.abs(turn).mean())
