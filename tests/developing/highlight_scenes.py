"""Simulated light that clips, and what a sensor without noise records of it."""

from __future__ import annotations

import numpy as np

from developing.scenes import COLOUR
from tirage.colour.perception import oklab
from tirage.photo.frame import RawFrame, Rectangle

NEUTRAL = np.array([0.5, 1.0, 0.65])
SURFACES = {
    "leaf": (0.5, 1, 0.3),
    "teal": (0.3, 1, 0.8),
    "yellow": (0.95, 1, 0.3),
    "mint": (0.7, 1, 0.8),
    "sky": (0.6, 1, 1.1),
    "blue": (0.4, 0.8, 1.2),
    "orange": (1.2, 0.6, 0.2),
    "pink": (1.2, 0.7, 0.75),
}


def recorded(light: np.ndarray, neutral: np.ndarray = NEUTRAL, cfa: str = "RGGB", **fields) -> RawFrame:
    """What a sensor without noise records of white-balanced light (3, H, W); light 1 is where green clips."""
    height, width = light.shape[1:]
    sites = np.empty((height, width))
    for site, letter in enumerate(cfa):
        channel = "RGB".index(letter)
        sites[site // 2 :: 2, site % 2 :: 2] = (light[channel] * neutral[channel])[site // 2 :: 2, site % 2 :: 2]
    values = {
        "mosaic": np.clip(np.rint(sites * 15871 + 512), 0, 16383).astype(np.uint16),
        "cfa": cfa,
        "black_level": np.full((1, 1), 512.0),
        "white_level": np.array([16383.0]),
        "default_crop": Rectangle(0, 0, width, height),
        "colour": COLOUR,
        "as_shot_neutral": neutral,
    }
    return RawFrame(**{**values, **fields})


def lit(colour: tuple[float, ...], peak: float, height: int = 160, width: int = 200, around: float = 0.2) -> np.ndarray:
    """A textured surface of one colour in the cone of a lamp, its greatest channel up to about `peak`.

    Beyond the cone it has the part `around` of that.
    """
    y, x = np.mgrid[:height, :width]
    cone = around + (1 - around) * np.exp(-((x - width / 2) ** 2 + (y - height / 2) ** 2) / (2 * 40**2))
    texture = 1 + 0.05 * np.sin(x / 9) * np.cos(y / 7)
    return np.asarray(colour)[:, None, None] / max(colour) * cone * texture * peak


def hue_error(scene: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Degrees of Oklab hue between two scenes (3, H, W)."""
    one, other = (oklab(np.moveaxis(np.maximum(each, 0), 0, -1).astype(float), "rec2020") for each in (scene, truth))
    a, b = one[..., 1] + 1j * one[..., 2], other[..., 1] + 1j * other[..., 2]
    return np.degrees(np.abs(np.angle(a * np.conj(b))))
