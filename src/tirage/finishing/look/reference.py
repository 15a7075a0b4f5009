"""A look evaluated directly, in float64: what its tables approximate. Slow and obvious; tests judge the kernels by it.

All of it happens in the primaries of the output space, after a smooth compression into them (the form of the ACES
reference gamut compression: only colours within 5 % of the space's edge, or beyond it, move). The channels then bend
and end at white exactly along the planes of the 33^3 table. In any other primaries that table would be wrong by
several codes near black, white and the space's edges.
"""

from __future__ import annotations

import numpy as np

from ...colour.adaptation import xy_to_xyz
from ...colour.perception import from_oklab, oklab
from ...colour.spaces import rgb_to_rgb, transformed, xyz_to_rgb
from ...colour.temperature import light_xy
from ...colour.transfer import srgb_encode
from ...photo.look import Colour, Look
from .kernel_reference import inside_gamut
from .tone import eased, extremes, toned

D65_MIRED = 1e6 / 6504
OVERSHOOT = 1.5
SCENE_MAX = 16.0


def render(scene: np.ndarray, look: Look, white: float, colour_space: str) -> np.ndarray:
    """Display-encoded R'G'B' (..., 3), 0 to 1, of `colour_space`, from scene-linear Rec.2020 after exposure.

    `white` is the scene value that becomes display white. NaN becomes black.
    """
    bounded = np.nan_to_num(np.asarray(scene, np.float64), nan=0.0, posinf=1e6, neginf=-1e6)
    light = inside_gamut(transformed(bounded, rgb_to_rgb("rec2020", colour_space)))
    return display(light, look, white, colour_space)


def display(light: np.ndarray, look: Look, white: float, colour_space: str) -> np.ndarray:
    """What the 33^3 table holds: display-encoded R'G'B' (..., 3) of scene light (..., 3), both of `colour_space`.

    Light is not negative. Above the white point only its hue still counts, up to `brightest`.
    """
    balance = warmth(look.colour.white_balance_mired, colour_space)
    linear = toned(np.minimum(light, brightest(white)) * balance, look.tone, white * balance.min())
    linear = saturated(linear, look.colour, 1 / (1 - look.tone.inset), colour_space)
    return srgb_encode(np.clip(linear, 0, 1))


def brightest(white: float) -> float:
    """The light above which nothing changes: a camera's matrix takes colours that clip about this far over `white`."""
    return min(OVERSHOOT * white, SCENE_MAX)


def warmth(mired: float, colour_space: str) -> np.ndarray:
    """Gains (3,) of R, G, B that make white as warm as daylight `mired` further from D65; its luminance stays."""
    to_rgb = xyz_to_rgb(colour_space)
    neutral, warm = (xy_to_xyz(light_xy(1e6 / (D65_MIRED + shift))) for shift in (0.0, mired))
    return transformed(warm, to_rgb) / transformed(neutral, to_rgb)


def saturated(rgb: np.ndarray, colour: Colour, factor: float, colour_space: str) -> np.ndarray:
    """Display-linear `rgb` (..., 3) with its Oklab chroma changed by `colour` and by `factor`; hue and lightness stay.

    A gain fades where a channel nears 0 or 1, the sooner the larger it is, so that the result stays within them.
    """
    if factor == colour.saturation == colour.saturation_shadows == colour.saturation_highlights == 1:
        return rgb
    lab = oklab(rgb, colour_space)
    lightness = lab[..., :1]
    shadows, highlights = eased((0.5 - lightness) / 0.4), eased((lightness - 0.65) / 0.35)
    gain = factor * colour.saturation * colour.saturation_shadows**shadows * colour.saturation_highlights**highlights
    least, largest = extremes(rgb)
    boost = factor * colour.saturation * max(colour.saturation_shadows, colour.saturation_highlights, 1.0) - 1
    above_black = np.minimum(least / np.maximum(max(0.35, 2 * boost) * largest, 1e-12), 1)
    room = above_black * (2 - above_black) * (1 - largest ** min(4.0, 1 / max(boost, 0.25)))
    gain = 1 + (gain - 1) * np.where(gain > 1, room, 1)
    return from_oklab(np.concatenate([lightness, lab[..., 1:] * gain], axis=-1), colour_space)
