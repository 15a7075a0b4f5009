"""A look's character in numbers: what its file promises, measured on what it renders."""

from __future__ import annotations

import math

import numpy as np

from ...colour.perception import cie_lab, from_oklab, oklab
from ...colour.spaces import luminance_weights, rgb_to_rgb, rgb_to_xyz, transformed
from ...colour.transfer import srgb_decode
from ...photo.look import Look
from ..lens_character import falloff
from .reference import render
from .tone import GREY

#: The white point of a file without baseline exposure, as `clip_white` rounds it.
TYPICAL_WHITE = GREY * 2.0**2.875

#: Colours that a look may treat apart, sRGB: light skin, blue sky and foliage of the ColorChecker.
NAMED = {
    "skin": (194 / 255, 150 / 255, 130 / 255),
    "sky": (98 / 255, 122 / 255, 157 / 255),
    "foliage": (87 / 255, 108 / 255, 67 / 255),
}

#: Oklab chroma, at the lightness of grey, of the colours that saturation is measured on: skin, foliage, sky.
MODERATE_CHROMA = 0.06


def measure(look: Look) -> dict[str, float]:
    """Every promise a look file may make, as measured (all for sRGB, a scene whose white is 2 7/8 stops over grey).

    `grey_rendition`: display light of scene grey. `mid_tone_contrast`: log-log slope over the stop around grey.
    `shadow_level_stops`: display light four stops under scene grey, against display grey of 0.18.
    `highlight_level`: display light two stops over grey. `black_level`: display light of no light.
    `grey_cast`: the largest |a*| or |b*| of any grey. `toning_hue_degrees`, `toning_chroma`: Oklab, of scene grey.
    `saturation`: Oklab chroma over lightness against the scene's, mean of 24 moderate colours; `skin_saturation`,
    `sky_saturation`, `foliage_saturation` those of one colour. `hue_shift_degrees`: mean turn of the 24 Oklab hues,
    `skin_hue_shift_degrees` that of skin, towards yellow where positive. `sky_stops`: display light of the sky
    against that of a grey as bright. `corner_shading_stops`: light lost at the corners. `sharpening`: share of blur
    that is taken back. `texture`, `clarity`: as the file states them. `granularity`, `grain_um`: of the film.
    """
    saturation, hue_shift = _colours(look)
    named = {name: _colour(look, np.array(colour)) for name, colour in NAMED.items()}
    grey = oklab(srgb_decode(render(np.full((1, 3), GREY), look, TYPICAL_WHITE, "srgb")), "srgb")[0]
    return {
        "grey_rendition": _grey(look, 0.0),
        "mid_tone_contrast": math.log2(_grey(look, 0.5) / _grey(look, -0.5)),
        "shadow_level_stops": math.log2(_grey(look, -4.0) / GREY),
        "highlight_level": _grey(look, 2.0),
        "black_level": _grey(look, -60.0),
        "grey_cast": _cast(look),
        "toning_hue_degrees": math.degrees(math.atan2(grey[2], grey[1])) % 360,
        "toning_chroma": math.hypot(grey[1], grey[2]),
        "saturation": saturation,
        **{f"{name}_saturation": saturation for name, (saturation, _, _) in named.items()},
        "hue_shift_degrees": hue_shift,
        "skin_hue_shift_degrees": named["skin"][1],
        "sky_stops": named["sky"][2],
        "corner_shading_stops": 2 * math.log2(1 - falloff(look.optics.corner_shading_stops)),
        "sharpening": look.presence.sharpening,
        "texture": look.presence.texture,
        "clarity": look.presence.clarity,
        "granularity": look.film.granularity,
        "grain_um": look.film.grain_um,
    }


def _cast(look: Look) -> float:
    """The largest |a*| or |b*| of greys from black to white."""
    ramp = np.append(0.0, np.geomspace(1e-4, TYPICAL_WHITE, 200))
    shown = srgb_decode(render(np.repeat(ramp[:, None], 3, axis=1), look, TYPICAL_WHITE, "srgb"))
    lab = cie_lab(transformed(shown, rgb_to_xyz("srgb")), rgb_to_xyz("srgb").sum(axis=1))
    return float(np.abs(lab[:, 1:]).max())


def _colour(look: Look, colour: np.ndarray) -> tuple[float, float, float]:
    """Saturation of an sRGB-encoded `colour` of the scene against the scene's, its turn of hue in degrees, and the
    stops of light by which it differs from a grey of its luminance."""
    scene = transformed(srgb_decode(colour), rgb_to_rgb("srgb", "rec2020"))
    light = float(scene @ luminance_weights("rec2020"))
    pair = np.stack([scene, np.full(3, light)])
    display = srgb_decode(render(pair, look, TYPICAL_WHITE, "srgb"))
    true, shown = oklab(scene, "rec2020"), oklab(display[0], "srgb")
    saturation = math.hypot(shown[1], shown[2]) / shown[0] * true[0] / math.hypot(true[1], true[2])
    turn = math.atan2(shown[2], shown[1]) - math.atan2(true[2], true[1])
    brightness = display @ luminance_weights("srgb")
    stops = math.log2(float(brightness[0] / brightness[1]))
    return float(saturation), math.degrees(math.remainder(turn, 2 * math.pi)), stops


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
