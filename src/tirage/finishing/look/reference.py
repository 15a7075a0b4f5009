"""A look evaluated directly, in float64: what its tables approximate. Slow and obvious; tests judge the kernels by it.

All of it happens in the primaries of the output space, after a smooth compression into them (the form of the ACES
reference gamut compression: only colours within 5 % of the space's edge, or beyond it, move). The channels then bend
and end at white exactly along the planes of the 33^3 table. In any other primaries that table would be wrong by
several codes near black, white and the space's edges.
"""

from __future__ import annotations

import numpy as np

from ...colour.adaptation import xy_to_xyz
from ...colour.spaces import rgb_to_rgb, transformed, xyz_to_rgb
from ...colour.temperature import light_xy
from ...colour.transfer import acescct_encode, srgb_decode, srgb_encode
from ...photo.look import Look, Pointwise
from .colouring import print_toned, saturated, sectored, split_toned
from .kernel_reference import inside_gamut
from .lut import through_lut
from .monochrome import greyed
from .tone import LEAST_WHITE, toned

D65_MIRED = 1e6 / 6504
OVERSHOOT = 1.5
SCENE_MAX = 16.0

#: The pointwise part of `faithful`: what the schema declares as defaults.
FAITHFUL = Pointwise()


def render(scene: np.ndarray, look: Look, white: float, colour_space: str, amount: float = 1.0) -> np.ndarray:
    """Display-encoded R'G'B' (..., 3), 0 to 1, of `colour_space`, from scene-linear Rec.2020 after exposure.

    `white` is the scene value that becomes display white. `amount` is the look's share over `faithful`, 0 to 1. NaN
    becomes black.
    """
    look_part = look.pointwise if amount else FAITHFUL
    bounded = np.nan_to_num(np.asarray(scene, np.float64), nan=0.0, posinf=1e6, neginf=-1e6)
    light = inside_gamut(transformed(bounded, primaries(look_part, white, colour_space)))
    return display(light, look_part, white, colour_space, amount)


def working_space(look: Pointwise, colour_space: str) -> str:
    """The space in whose primaries a look renders for `colour_space`."""
    return "srgb" if look.colour.gamut == "srgb" else colour_space


def primaries(look: Pointwise, white: float, colour_space: str) -> np.ndarray:
    """(3, 3) from Rec.2020 to the look's working space, its white balance included."""
    space = working_space(look, colour_space)
    return balance(look, white, space)[:, None] * rgb_to_rgb("rec2020", space)


def balance(look: Pointwise, white: float, space: str) -> np.ndarray:
    """Gains (3,) of the look's white balance. At the least headroom they brighten: white must be reached."""
    gains = warmth(look.colour.white_balance_mired, space, look.colour.tint)
    return gains * max(1.0, LEAST_WHITE / (white * gains.min()) if gains.min() < 1 else 1.0)


def balanced_white(look: Pointwise, white: float, colour_space: str) -> float:
    """The light, after the look's white balance, that becomes display white: where the last channel of white clips."""
    return white * balance(look, white, working_space(look, colour_space)).min()


def display(light: np.ndarray, look: Pointwise, white: float, colour_space: str, amount: float = 1.0) -> np.ndarray:
    """What the 33^3 table holds: display-encoded R'G'B' (..., 3) of `colour_space`.

    `light` (..., 3) is that of the look's working space after its white balance, not negative. Above the white point
    only its hue still counts, up to `brightest`.
    """
    space = working_space(look, colour_space)
    shown = _displayed(light, look, balanced_white(look, white, colour_space), space)
    if amount < 1:
        plain = _displayed(light / balance(look, white, space), FAITHFUL, white, space)
        shown = plain + amount * (shown - plain)
    if space == colour_space:
        return shown
    return srgb_encode(np.clip(transformed(srgb_decode(shown), rgb_to_rgb(space, colour_space)), 0, 1))


def _displayed(light: np.ndarray, look: Pointwise, white: float, space: str) -> np.ndarray:
    """Display-encoded R'G'B' (..., 3), 0 to 1, of balanced light (..., 3), both of `space`, by the rest of the look."""
    light = greyed(np.minimum(light, brightest(white)), look.monochrome, space)
    linear = through_table(light, toned(light, look.tone, white), look, space)
    linear = saturated(linear, look.colour, 1 / (1 - look.tone.inset), space)
    linear = sectored(linear, look.hues, look.colour, space)
    linear = split_toned(linear, look.split_tone, space)
    return srgb_encode(np.clip(print_toned(linear, look.monochrome, space), 0, 1))


def through_table(light: np.ndarray, toned: np.ndarray, look: Pointwise, space: str) -> np.ndarray:
    """Display-linear RGB (..., 3) by the look's own LUT, of scene `light` and of what its tone made of that."""
    if look.lut_table is None or look.lut.strength == 0:
        return toned
    plain = srgb_encode(np.clip(transformed(toned, rgb_to_rgb(space, "srgb")), 0, 1))
    given = plain if look.lut.space == "srgb" else acescct_encode(transformed(light, rgb_to_rgb(space, "acescg")))
    graded = np.clip(through_lut(given, look.lut_table.values), 0, 1)
    mixed = srgb_decode(plain + look.lut.strength * (graded - plain))
    return np.clip(transformed(mixed, rgb_to_rgb("srgb", space)), 0, 1)


def brightest(white: float) -> float:
    """The light above which nothing changes: a camera's matrix takes colours that clip about this far over `white`."""
    return min(OVERSHOOT * white, SCENE_MAX)


def warmth(mired: float, colour_space: str, tint: float = 0.0) -> np.ndarray:
    """Gains (3,) of R, G, B that make white as warm as daylight `mired` further from D65, and `tint` more magenta.

    Its luminance stays.
    """
    if mired == tint == 0:
        return np.ones(3)
    to_rgb = xyz_to_rgb(colour_space)
    neutral = xy_to_xyz(light_xy(1e6 / D65_MIRED))
    turned = xy_to_xyz(light_xy(1e6 / (D65_MIRED + mired), -tint))
    return transformed(turned, to_rgb) / transformed(neutral, to_rgb)
