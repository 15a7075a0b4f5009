"""Bright edges through lenses that do not focus their colours alike, and what looks like their fringes but is none."""

from __future__ import annotations

from functools import cache

import numpy as np

from developing.aberration_scenes import frame_of
from developing.scenes import COLOUR
from tirage.photo.frame import RawFrame

#: Blur of red, green and blue, px: all in focus, with red and blue out of it, and with green.
SHARP, PURPLE, GREEN = (0.7, 0.7, 0.7), (1.6, 0.7, 2.6), (0.8, 2.2, 0.8)
#: What stands before the light, and the light: white-balanced.
BARK, LEAVES, PETALS, GREY = (0.06, 0.045, 0.03), (0.03, 0.08, 0.015), (0.16, 0.03, 0.2), (0.04, 0.04, 0.04)
SKY, BLUE_SKY = (3.0, 3.0, 3.0), (1.6, 2.0, 2.6)


@cache
def shapes(height: int = 480, width: int = 640, seed: int = 1) -> np.ndarray:
    """0 to 1, (H, W): branches, twigs, and discs of all sizes, drawn four times as large."""
    from PIL import Image, ImageDraw

    generator = np.random.default_rng(seed)
    image = Image.new("L", (4 * width, 4 * height), 0)
    pen = ImageDraw.Draw(image)
    for _ in range(height * width // 9000):
        x, y = generator.uniform(0, 4 * width), generator.uniform(0, 4 * height)
        if generator.random() < 0.5:
            size = generator.uniform(12, 260)
            pen.ellipse((x, y, x + size, y + size), fill=255)
        else:
            way = generator.normal(size=2) * 4 * 90
            pen.line((x, y, x + way[0], y + way[1]), fill=255, width=int(generator.uniform(6, 90)))
    return np.asarray(image, np.float64).reshape(height, 4, width, 4).mean(axis=(1, 3)) / 255


def backlit(before: tuple[float, ...] = GREY, behind: tuple[float, ...] = SKY, seed: int = 1) -> np.ndarray:
    """Things of one colour before a light of another, (3, H, W) of white-balanced light."""
    cover = shapes(seed=seed)
    return np.stack([light + (own - light) * cover for own, light in zip(before, behind, strict=True)])


def neon() -> np.ndarray:
    """Purple tubes that clip in all colours, with their glow."""
    cover = shapes(seed=4) > 0.5
    edge = cover & ~(np.roll(cover, 3, 0) & np.roll(cover, 3, 1) & np.roll(cover, -3, 0))
    tube = edge * 1.0
    glow = blurred(tube, 6.0) * 0.5 + blurred(tube, 20.0) * 0.3
    return np.stack([colour * (4 * tube + glow) + 0.01 for colour in (1.5, 0.5, 2.0)])


def blurred(plane: np.ndarray, sigma: float) -> np.ndarray:
    """`plane` through a Gaussian."""
    reach = int(4 * sigma + 1)
    taps = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    taps /= taps.sum()
    for axis in (0, 1):
        padded = np.pad(plane, [(reach, reach) if k == axis else (0, 0) for k in (0, 1)], mode="edge")
        window = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=axis)
        plane = window @ taps
    return plane


def seen(light: np.ndarray, sigmas: tuple[float, ...], iso: int | None = 100, cfa: str = "RGGB") -> RawFrame:
    """The frame of `light` through a lens that blurs each colour by its own."""
    import dataclasses

    pixels = np.stack([blurred(plane, sigma) for plane, sigma in zip(light, sigmas, strict=True)])
    return dataclasses.replace(frame_of(pixels, iso, cfa), colour=COLOUR)
