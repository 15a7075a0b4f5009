"""RGB colour spaces as matrices between linear RGB and CIE XYZ (1931, 2 degrees), Y of white = 1."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from .adaptation import adaptation, xy_to_xyz
from .matrices import inverse, product, transformed

#: CIE chromaticities of the whites, as the standards of the spaces print them.
D65 = (0.3127, 0.3290)
D50 = (0.3457, 0.3585)

#: The white of the ICC profile connection space and of DNG's XYZ (ICC.1:2022, 7.2.16; DNG 1.7.1, chapter 6).
D50_XYZ = np.array([0.9642, 1.0, 0.8249])


@dataclass(frozen=True)
class ColourSpace:
    """Primaries and white of an additive colour space, CIE xy."""

    name: str
    red: tuple[float, float]
    green: tuple[float, float]
    blue: tuple[float, float]
    white: tuple[float, float]


SPACES = {
    # IEC 61966-2-1, ITU-R BT.709-6
    "srgb": ColourSpace("srgb", (0.640, 0.330), (0.300, 0.600), (0.150, 0.060), D65),
    # SMPTE EG 432-1 primaries with the white of sRGB
    "display-p3": ColourSpace("display-p3", (0.680, 0.320), (0.265, 0.690), (0.150, 0.060), D65),
    # ITU-R BT.2020-2
    "rec2020": ColourSpace("rec2020", (0.708, 0.292), (0.170, 0.797), (0.131, 0.046), D65),
    # ISO 22028-2
    "prophoto": ColourSpace("prophoto", (0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001), D50),
    # Academy S-2014-004: AP1 primaries, the ACES white
    "acescg": ColourSpace("acescg", (0.713, 0.293), (0.165, 0.830), (0.128, 0.044), (0.32168, 0.33767)),
}


@cache
def rgb_to_xyz(space: str) -> np.ndarray:
    """(3, 3) from linear RGB of `space` to XYZ relative to the space's own white (SMPTE RP 177)."""
    colours = SPACES[space]
    primaries = np.stack([xy_to_xyz(xy) for xy in (colours.red, colours.green, colours.blue)], axis=1)
    return primaries * transformed(xy_to_xyz(colours.white), inverse(primaries))


@cache
def xyz_to_rgb(space: str) -> np.ndarray:
    """(3, 3), the inverse of `rgb_to_xyz`."""
    return inverse(rgb_to_xyz(space))


@cache
def rgb_to_rgb(source: str, target: str) -> np.ndarray:
    """(3, 3) from linear RGB of `source` to that of `target`; Bradford where their whites differ."""
    between = adaptation(xy_to_xyz(SPACES[source].white), xy_to_xyz(SPACES[target].white))
    return product(xyz_to_rgb(target), between, rgb_to_xyz(source))


def luminance_weights(space: str) -> np.ndarray:
    """(3,) share of each channel in luminance Y."""
    return rgb_to_xyz(space)[1]
