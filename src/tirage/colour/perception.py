"""Perceptual spaces: Oklab for edits, CIE Lab and Delta E 2000 for judging."""

from __future__ import annotations

from functools import cache

import numpy as np

from .matrices import inverse, product, transformed
from .spaces import rgb_to_xyz

# Ottosson (2020), "A perceptual color space for image processing": XYZ D65 to cone responses, those to Lab.
XYZ_TO_CONES = np.array(
    [
        [0.8189330101, 0.3618667424, -0.1288597137],
        [0.0329845436, 0.9293118715, 0.0361456387],
        [0.0482003018, 0.2643662691, 0.6338517070],
    ]
)
CONES_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
# Their ten digits leave white 4e-8 beside grey. White's own share is taken off, so that grey is grey to the last bit.
CONES_TO_LAB = CONES_TO_LAB - (CONES_TO_LAB.sum(axis=1, keepdims=True) - [[1.0], [0.0], [0.0]]) / 3
LAB_TO_CONES = inverse(CONES_TO_LAB)


@cache
def rgb_to_cones(space: str) -> np.ndarray:
    """(3, 3) from linear RGB of a D65 `space` to Oklab's cone responses, scaled so that white is (1, 1, 1)."""
    matrix = product(XYZ_TO_CONES, rgb_to_xyz(space))
    return matrix / matrix.sum(axis=1, keepdims=True)


@cache
def cones_to_rgb(space: str) -> np.ndarray:
    """(3, 3), the inverse of `rgb_to_cones`."""
    return inverse(rgb_to_cones(space))


def oklab(rgb: np.ndarray, space: str) -> np.ndarray:
    """Linear RGB (..., 3) of `space` to Oklab (..., 3): white is (1, 0, 0), grey has a = b = 0. Any sign is taken."""
    return transformed(np.cbrt(transformed(rgb, rgb_to_cones(space))), CONES_TO_LAB)


def from_oklab(lab: np.ndarray, space: str) -> np.ndarray:
    """Oklab (..., 3) to linear RGB (..., 3) of `space`, the inverse of `oklab`."""
    return transformed(transformed(lab, LAB_TO_CONES) ** 3, cones_to_rgb(space))


def cie_lab(xyz: np.ndarray, white: np.ndarray) -> np.ndarray:
    """XYZ (..., 3) to CIE 1976 L*a*b* (..., 3) under `white` XYZ (CIE 15:2018, 8.2.1)."""
    ratio = np.asarray(xyz) / white
    curved = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = np.moveaxis(curved, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def delta_e_2000(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """CIEDE2000 between L*a*b* colours (..., 3); (...,). Formulas of Sharma, Wu & Dalal (2005)."""
    l1, a1, b1 = np.moveaxis(np.asarray(one, float), -1, 0)
    l2, a2, b2 = np.moveaxis(np.asarray(other, float), -1, 0)
    mean_chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1 + 0.5 * (1 - np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7)))
    c1, c2 = np.hypot(stretch * a1, b1), np.hypot(stretch * a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, stretch * a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    neutral = c1 * c2 == 0
    turn = np.where(neutral, 0, (h2 - h1 + 180) % 360 - 180)
    turn = np.where((turn == -180) & (h2 > h1), 180, turn)
    d_light, d_chroma = l2 - l1, c2 - c1
    d_hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2)
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    total = h1 + h2
    hue = np.where(np.abs(h1 - h2) <= 180, total / 2, np.where(total < 360, total / 2 + 180, total / 2 - 180))
    hue = np.where(neutral, total, hue)

    def cosine(factor: float, offset: float) -> np.ndarray:
        return np.cos(np.radians(factor * hue + offset))

    t = 1 - 0.17 * cosine(1, -30) + 0.24 * cosine(2, 0) + 0.32 * cosine(3, 6) - 0.20 * cosine(4, -63)
    s_light = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    s_chroma, s_hue = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    rotation = 2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    rotation = -rotation * np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    light_term, chroma_term, hue_term = d_light / s_light, d_chroma / s_chroma, d_hue / s_hue
    return np.sqrt(light_term**2 + chroma_term**2 + hue_term**2 + rotation * chroma_term * hue_term)
