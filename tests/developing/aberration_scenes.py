"""Frames whose red and blue are magnified differently, by known amounts."""

from __future__ import annotations

from functools import cache

import numpy as np

from developing.defect_scenes import drawing
from tirage.developing.chromatic_aberration.blocks import Radial, corner_of
from tirage.photo.frame import CameraColour, RawFrame, Rectangle
from tirage.simulating.scene import demo_scene

#: Displacement at the corner, px: its straight part and its cubic one.
Law = tuple[float, float]

NEUTRAL = np.array([0.5, 1.0, 0.6])
BLACK, WHITE = 500.0, 15500.0
#: (scale, offset) of the noise of a phone's sensor.
NOISE = {100: (1e-4, 1e-6), 400: (4e-4, 8e-6), 1600: (1.6e-3, 8e-5)}


@cache
def light(name: str, height: int = 900, width: int = 1200) -> np.ndarray:
    """(3, H, W) white-balanced light of 0..1 and more: a landscape, a line drawing, or discs of many colours."""
    if name == "discs":
        return _discs(height, width)
    return (demo_scene if name == "landscape" else drawing)(height, width).pixels


def _discs(height: int, width: int) -> np.ndarray:
    """Edges between saturated colours of every hue, drawn at twice the size and blurred as lenses do."""
    from PIL import Image, ImageDraw

    generator = np.random.default_rng(3)
    planes = [Image.new("F", (width * 2, height * 2), 0.15) for _ in range(3)]
    pens = [ImageDraw.Draw(plane) for plane in planes]
    for _ in range(height * width // 700):
        x, y = generator.uniform(0, 2 * width), generator.uniform(0, 2 * height)
        size, colour = generator.uniform(4, 120), generator.uniform(0, 1, 3)
        for pen, value in zip(pens, colour, strict=True):
            pen.ellipse((x, y, x + size, y + size), fill=float(value))
    pixels = np.stack([np.asarray(plane).reshape(height, 2, width, 2).mean(axis=(1, 3)) for plane in planes])
    padded = np.pad(pixels, [(0, 0), (1, 1), (1, 1)], mode="edge")
    across = (padded[:, :, :-2] + 2 * padded[:, :, 1:-1] + padded[:, :, 2:]) / 4
    return (across[:, :-2] + 2 * across[:, 1:-1] + across[:, 2:]) / 4


@cache
def shot(name: str, red: Law, blue: Law) -> np.ndarray:
    """`light` through a lens with these laws."""
    return aberrated(light(name), red, blue)


def aberrated(pixels: np.ndarray, red: Law, blue: Law, centre: tuple[float, float] = (0.5, 0.5)) -> np.ndarray:
    """`pixels` with what green shows at p shown by red and blue at p + (p - centre) * (law of r).

    The `centre` is in parts of the height and the width; r is 1 half a diagonal from it.
    """
    _, height, width = pixels.shape
    middle_y, middle_x, corner = (height - 1) * centre[0], (width - 1) * centre[1], np.hypot(height, width) / 2
    y, x = np.mgrid[:height, :width].astype(np.float64)
    result = pixels.copy()
    for plane, law in ((0, red), (2, blue)):
        source_y, source_x = y, x
        for _ in range(5):  # the place whose light lands here
            squared = ((source_y - middle_y) ** 2 + (source_x - middle_x) ** 2) / corner**2
            factor = (law[0] + law[1] * squared) / corner
            source_y, source_x = y - (source_y - middle_y) * factor, x - (source_x - middle_x) * factor
        result[plane] = _cubic(pixels[plane], source_y, source_x)
    return result


def _cubic(plane: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Keys's cubic convolution."""
    i, j = np.floor(y).astype(int), np.floor(x).astype(int)

    def weight(distance: np.ndarray) -> np.ndarray:
        d = np.abs(distance)
        return np.where(d < 1, (1.5 * d - 2.5) * d * d + 1, ((-0.5 * d + 2.5) * d - 4) * d + 2)

    total = np.zeros(y.shape)
    for a in range(-1, 3):
        for b in range(-1, 3):
            rows, columns = np.clip(i + a, 0, plane.shape[0] - 1), np.clip(j + b, 0, plane.shape[1] - 1)
            total += weight(y - i - a) * weight(x - j - b) * plane[rows, columns]
    return total


def frame_of(
    pixels: np.ndarray, iso: int | None = 100, cfa: str = "RGGB", stops: float = 0.0, seed: int = 0
) -> RawFrame:
    """The 14-bit frame that a sensor records of white-balanced light (3, H, W)."""
    _, height, width = pixels.shape
    mosaic = np.empty((height, width))
    for site, letter in enumerate(cfa):
        plane = "RGB".index(letter)
        part = slice(site // 2, None, 2), slice(site % 2, None, 2)
        mosaic[part] = pixels[plane][part] * NEUTRAL[plane] * 2.0**stops
    if iso:
        scale, offset = NOISE[iso]
        deviation = np.sqrt(scale * np.clip(mosaic, 0, None) + offset)
        mosaic += np.random.default_rng(seed).normal(size=mosaic.shape) * deviation
    return RawFrame(
        mosaic=np.clip(np.rint(mosaic * (WHITE - BLACK) + BLACK), 0, WHITE).astype(np.uint16),
        cfa=cfa,
        black_level=np.full((1, 1), BLACK),
        white_level=np.array([WHITE]),
        default_crop=Rectangle(0, 0, width, height),
        colour=CameraColour(()),
        noise_profile=np.array([NOISE[iso or 100]]),
        as_shot_neutral=NEUTRAL,
    )


def grown(frame: RawFrame, per_px: float, centre: tuple[float, float]) -> np.ndarray:
    """The displacement (2, rows, columns), px down and right at every 20th pixel, of light that grows about `centre`.

    That is in parts of the height and the width.
    """
    y, x = np.mgrid[: frame.height : 20, : frame.width : 20].astype(float)
    return per_px * np.stack([y - (frame.height - 1) * centre[0], x - (frame.width - 1) * centre[1]])


def moved_by(frame: RawFrame, law: Radial) -> np.ndarray:
    """The same that `law` states."""
    down, right = (offset / (side - 1) + 0.5 for offset, side in zip(law.centre, frame.mosaic.shape, strict=True))
    away, corner = grown(frame, 1.0, (down, right)), corner_of(frame, law.centre)
    return away * (law.linear + law.cubic * (np.hypot(*away) / corner) ** 2) / corner
