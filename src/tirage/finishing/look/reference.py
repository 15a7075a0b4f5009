"""A look evaluated directly, in float64: what its tables approximate."""

from __future__ import annotations

import numpy as np

from ...colour.adaptation import xy_to_xyz
from ...colour.perception import from_oklab, oklab
from ...colour.spaces import xyz_to_rgb
from ...colour.temperature import light_xy
from ...colour.transfer import srgb_encode
from ...photo.look import Colour, Look
from .gamut import into_gamut
from .kernel_reference import inside_gamut
from .tone import eased, toned

AXES = "rec2020"
D65_MIRED = 1e6 / 6504


def render(scene: np.ndarray, look: Look, white: float, colour_space: str) -> np.ndarray:
    """Display-encoded R'G'B' (..., 3), 0 to 1, of `colour_space`, from scene-linear Rec.2020 after exposure.

    `white` is the scene value that becomes display white. NaN becomes black.
    """
    return display(inside_gamut(np.nan_to_num(scene, nan=0.0, posinf=1e6, neginf=-1e6)), look, white, colour_space)


def display(light: np.ndarray, look: Look, white: float, colour_space: str) -> np.ndarray:
    """What the 33^3 table holds: display-encoded R'G'B' (..., 3) of Rec.2020 light (..., 3) that is not negative.

    Light above the white point is white.
    """
    balance = warmth(look.colour.white_balance_mired)
    linear = toned(np.minimum(light, white) * balance, look.tone, white * balance.min())
    linear = saturated(linear, look.colour, 1 / (1 - look.tone.inset))
    return srgb_encode(np.clip(into_gamut(linear, AXES, colour_space), 0, 1))


def warmth(mired: float) -> np.ndarray:
    """Gains (3,) of Rec.2020 R, G, B that make white as warm as light `mired` further along daylight; Y stays 1."""
    neutral, warm = (xy_to_xyz(light_xy(1e6 / m)) for m in (D65_MIRED, D65_MIRED + mired))
    return (xyz_to_rgb(AXES) @ warm) / (xyz_to_rgb(AXES) @ neutral)


def saturated(rgb: np.ndarray, colour: Colour, factor: float) -> np.ndarray:
    """Display-linear `rgb` (..., 3) with its Oklab chroma changed by `colour` and by `factor`; hue and lightness stay.

    A gain fades where a channel nears 0 or 1, so that the result stays within them.
    """
    if factor == 1 and colour == Colour(white_balance_mired=colour.white_balance_mired):
        return rgb
    lab = oklab(rgb, AXES)
    lightness = lab[..., :1]
    shadows, highlights = eased((0.5 - lightness) / 0.4), eased((lightness - 0.65) / 0.35)
    gain = factor * colour.saturation * colour.saturation_shadows**shadows * colour.saturation_highlights**highlights
    least, largest = rgb.min(axis=-1, keepdims=True), rgb.max(axis=-1, keepdims=True)
    near_black = np.minimum(least / np.maximum(0.35 * largest, 1e-12), 1)
    room = (1 - (1 - near_black) ** 2) * (1 - largest**4)
    gain = 1 + (gain - 1) * np.where(gain > 1, room, 1)
    return from_oklab(np.concatenate([lightness, lab[..., 1:] * gain], axis=-1), AXES)
