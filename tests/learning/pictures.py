"""Pictures to learn from: drawn scenes of many colours, and grades of them."""

from __future__ import annotations

import numpy as np
from PIL import Image

from tirage.colour.perception import cie_lab, delta_e_2000
from tirage.colour.spaces import rgb_to_xyz
from tirage.colour.transfer import srgb_decode


def scene(seed: int, height: int = 240, width: int = 320) -> np.ndarray:
    """(H, W, 3) uint8: soft colours with forms at several scales, another picture for each seed."""
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width, 3))
    for side, strength in ((3, 1.0), (8, 0.5), (24, 0.25), (60, 0.1)):
        coarse = rng.normal(size=(side, side * width // height, 3)) * strength
        for channel in range(3):
            plane = Image.fromarray(coarse[..., channel].astype(np.float32))
            total[..., channel] += np.asarray(plane.resize((width, height), Image.Resampling.BICUBIC))
    total = total * 0.55 + total.mean(axis=2, keepdims=True) * 0.75
    return np.rint(255 / (1 + np.exp(-1.6 * total))).astype(np.uint8)


def film(colours: np.ndarray) -> np.ndarray:
    """A film-like grade of encoded colours (..., 3), 0..1: contrast, a cast by tone, mixed channels."""
    mixed = colours @ np.array([[0.86, 0.06, 0.02], [0.10, 0.88, 0.12], [0.04, 0.06, 0.86]])
    curved = mixed + 0.18 * np.sin(2 * np.pi * (mixed - 0.5)) / np.pi + np.array([0.03, 0.0, -0.03]) * (mixed - 0.3)
    return np.clip(0.02 + 0.95 * curved, 0, 1)


def graded(picture: np.ndarray, grade=film) -> np.ndarray:
    """(H, W, 3) uint8 of a picture uint8."""
    return np.rint(grade(picture / 255) * 255).astype(np.uint8)


def errors(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Delta E 2000 of encoded sRGB colours (..., 3), 0..1."""
    matrix = rgb_to_xyz("srgb")
    lab = [cie_lab(srgb_decode(part) @ matrix.T, matrix.sum(axis=1)) for part in (one, other)]
    return delta_e_2000(*lab)


def saved(path, picture: np.ndarray, **options):
    """`picture` in the file at `path`, which is returned."""
    Image.fromarray(np.ascontiguousarray(picture)).save(path, **options)
    return path
