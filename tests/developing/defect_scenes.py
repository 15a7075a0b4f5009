"""Scenes that are hard to tell from defects, and frames with defects of known places."""

from __future__ import annotations

import dataclasses
from functools import cache
from math import erf, sqrt

import numpy as np

from tirage.developing.defects import Defects
from tirage.photo.frame import RawFrame
from tirage.photo.image import SceneImage

Places = tuple[np.ndarray, np.ndarray]


def add_star(
    pixels: np.ndarray, at: tuple[float, float], sigma_px: float, brightness: float, colour: tuple[float, ...]
) -> None:
    """Add a point of light, blurred by a Gaussian and gathered over each pixel's area, to (3, H, W) light."""
    top, left = int(at[0]) - 4, int(at[1]) - 4

    def gathered(centre: float) -> np.ndarray:
        edges = np.arange(11) - 0.5
        return np.diff([erf((edge - centre) / (sigma_px * sqrt(2))) for edge in edges]) / 2

    spot = np.outer(gathered(at[0] - top), gathered(at[1] - left))
    part = pixels[:, max(top, 0) : top + 10, max(left, 0) : left + 10]
    cut = spot[max(-top, 0) :, max(-left, 0) :][: part.shape[1], : part.shape[2]]
    part += (brightness * np.reshape(colour, (3, 1, 1)) * cut).astype(np.float32)


@cache
def stars(height: int, width: int, per_megapixel: int = 1000) -> SceneImage:
    """A night sky: stars from warm to cold, of 0.03 to 20 times white, under the sharpest lens."""
    generator = np.random.default_rng(1)
    pixels = np.full((3, height, width), 0.002, np.float32)
    for _ in range(int(height * width / 1e6 * per_megapixel)):
        at = (generator.uniform(4, height - 5), generator.uniform(4, width - 5))
        warmth = generator.uniform(-0.5, 0.5)
        sigma, brightness = generator.uniform(0.5, 0.8), 10 ** generator.uniform(-1.5, 1.3)
        add_star(pixels, at, sigma, brightness, (1 + warmth, 1, 1 - warmth))
    return SceneImage(pixels, white=1.0)


@cache
def drawing(height: int, width: int) -> SceneImage:
    """Lines of half a pixel and more, glints, and small lettering on grey, drawn four times as large."""
    from PIL import Image, ImageDraw, ImageFont

    generator = np.random.default_rng(2)
    scale, megapixels = 4, height * width / 1e6
    image = Image.new("F", (width * scale, height * scale), 0.12)
    pen = ImageDraw.Draw(image)

    def place() -> tuple[float, float]:
        return generator.uniform(0, width * scale), generator.uniform(0, height * scale)

    for _ in range(int(200 * megapixels)):
        (x, y), angle, length = place(), generator.uniform(0, 2 * np.pi), generator.uniform(20, 400) * scale
        end = (x + length * np.cos(angle), y + length * np.sin(angle))
        light = float(generator.choice([0.0, 0.03, 0.6, 1.0, 1.5]))
        pen.line((x, y, *end), fill=light, width=int(generator.integers(2, 7)))
    for _ in range(int(1000 * megapixels)):
        (x, y), size = place(), generator.uniform(0.25, 1.5) * scale
        pen.ellipse((x, y, x + size, y + size), fill=float(generator.choice([0.0, 0.5, 1.0, 4.0])))
    for _ in range(int(40 * megapixels)):
        font = ImageFont.load_default(size=int(generator.uniform(5, 14) * scale))
        light = float(generator.choice([0.0, 0.02, 0.9]))
        pen.text(place(), "The quick brown fox jumps: 0123456789 .,;i!", font=font, fill=light)
    light = _blurred(np.asarray(image), 0.5 * scale).reshape(height, scale, width, scale).mean(axis=(1, 3))
    return SceneImage(np.stack([light.astype(np.float32)] * 3), white=1.0)


def coloured_dots(
    height: int, width: int, radius_px: float, background: float, colours: tuple[tuple[float, ...], ...]
) -> np.ndarray:
    """Light (3, H, W) of discs on grey, 20 px apart, each elsewhere among the pixels, under a sharp lens."""
    scale, generator = 4, np.random.default_rng(5)
    y, x = (np.mgrid[: height * scale, : width * scale] + 0.5) / scale
    pixels = np.full((3, height * scale, width * scale), background)
    for number, (row, column) in enumerate(np.ndindex((height - 20) // 20, (width - 20) // 20)):
        top, left = 20 * (row + 1) + generator.uniform(-1, 1), 20 * (column + 1) + generator.uniform(-1, 1)
        pixels[:, np.hypot(y - top, x - left) < radius_px] = np.reshape(colours[number % len(colours)], (3, 1))
    planes = [_blurred(plane, 0.5 * scale) for plane in pixels]
    return np.stack(planes).reshape(3, height, scale, width, scale).mean(axis=(2, 4))


def _blurred(light: np.ndarray, sigma_px: float) -> np.ndarray:
    reach = int(np.ceil(3 * sigma_px))
    weights = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * sigma_px**2))
    for axis in (0, 1):
        padded = np.pad(light, [(reach, reach) if a == axis else (0, 0) for a in (0, 1)], mode="edge")
        length = light.shape[axis]
        light = sum(
            weight * padded.take(range(k, k + length), axis)  # type: ignore[misc]
            for k, weight in enumerate(weights / weights.sum())
        )
    return light


def with_defects(frame: RawFrame, seed: int, count: int = 2000) -> tuple[RawFrame, Places]:
    """`frame` with single hot and dead pixels, and their places.

    Each lies beyond all eight neighbours of its colour by 10 to 50 deviations of their noise, and by at least a tenth
    of white; where the range has no room for that, or the neighbours are nearly clipped, none is put.
    """
    generator = np.random.default_rng(seed)
    mosaic = np.array(frame.mosaic)
    height, width = mosaic.shape
    rows, columns = generator.integers(4, height - 4, count), generator.integers(4, width - 4, count)
    _, apart = np.unique(rows // 8 * width + columns // 8, return_index=True)
    rows, columns = rows[apart], columns[apart]
    around = np.array([mosaic[rows + y, columns + x] for y in (-2, 0, 2) for x in (-2, 0, 2) if x or y], float)
    is_hot = generator.random(len(rows)) < 0.5
    level = np.where(is_hot, around.max(axis=0), around.min(axis=0))
    black, white = float(frame.black_level.min()), float(frame.white_level.max())
    assert frame.noise_profile is not None
    scale, offset = frame.noise_profile.max(axis=0)
    deviation = np.sqrt(scale * np.clip((level - black) / (white - black), 0, 1) + offset)
    step = np.maximum(0.1, 10 * deviation) * 5 ** generator.random(len(rows)) * (white - black)
    value = np.where(is_hot, level + step, level - step)
    fits = (value >= black) & (value <= white) & (around.max(axis=0) < black + 0.9 * (white - black))
    rows, columns = rows[fits], columns[fits]
    mosaic[rows, columns] = np.rint(value[fits])
    return dataclasses.replace(frame, mosaic=mosaic), (rows, columns)


def share_found(found: Defects, injected: Places, width: int) -> float:
    """The share of the `injected` places that were `found`."""
    return float(np.isin(injected[0] * width + injected[1], found.rows * width + found.columns).mean())
