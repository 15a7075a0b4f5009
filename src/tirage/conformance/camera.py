"""The camera of the conformance set: how light becomes stored numbers, and the plain file that records it."""

from __future__ import annotations

import numpy as np

from ..reading.tags import Tag
from .dng_file import LINEAR, MOSAIC, Dng, Tags

#: XYZ to camera of a real phone's sensor, and its response to daylight of 5500 K, (x, y) = (0.3324, 0.3474).
COLOR_MATRIX = np.array([[0.8020, -0.2490, -0.0640], [-0.3330, 1.1310, 0.2190], [-0.0390, 0.1490, 0.5550]])
DAYLIGHT_XY = (0.3324, 0.3474)
WHITE = 65535
D65 = 21


def neutral_of(xy: tuple[float, float], color_matrix: np.ndarray = COLOR_MATRIX) -> np.ndarray:
    """The camera's response to a white, largest channel 1."""
    x, y = xy
    response = color_matrix @ np.array([x / y, 1, (1 - x - y) / y])
    return response / response.max()


NEUTRAL = neutral_of(DAYLIGHT_XY)

#: What every file of the set states.
BASE: Tags = {
    Tag.Make: "Conformance",
    Tag.Model: "Camera 1",
    Tag.UniqueCameraModel: "Conformance Camera 1",
    Tag.Orientation: 1,
    Tag.DNGVersion: b"\1\4\0\0",
    Tag.DNGBackwardVersion: b"\1\1\0\0",
    Tag.ColorMatrix1: COLOR_MATRIX,
    Tag.CalibrationIlluminant1: D65,
    Tag.AsShotNeutral: NEUTRAL,
}
DNG_1_3: Tags = {Tag.DNGBackwardVersion: b"\1\3\0\0"}
DNG_1_4: Tags = {Tag.DNGBackwardVersion: b"\1\4\0\0"}
DNG_1_7_1: Tags = {Tag.DNGVersion: b"\1\7\1\0", Tag.DNGBackwardVersion: b"\1\7\1\0"}
DNG_1_7: Tags = {Tag.DNGVersion: b"\1\7\0\0", Tag.DNGBackwardVersion: b"\1\7\0\0"}


def mosaiced(planes: np.ndarray, cfa: str = "RGGB") -> np.ndarray:
    """(H, W) of the three planes (H, W, 3), through the 2x2 filters `cfa`."""
    mosaic = np.empty(planes.shape[:2])
    for place, letter in enumerate(cfa):
        row, column = divmod(place, 2)
        mosaic[row::2, column::2] = planes[row::2, column::2, "RGB".index(letter)]
    return mosaic


def stored(values: np.ndarray, black: np.ndarray | float = 0, white: float = WHITE) -> np.ndarray:
    """Linear values 0..1 as uint16 over `black`, 1 being `white` less the highest black, clipped as a sensor does."""
    return np.clip(np.rint(black + values * (white - np.max(black))), 0, white).astype(np.uint16)


def cfa_tags(cfa: str) -> Tags:
    """The tags of a Bayer mosaic."""
    return {
        Tag.CFARepeatPatternDim: [2, 2],
        Tag.CFAPattern: bytes("RGB".index(letter) for letter in cfa),
        Tag.CFAPlaneColor: b"\0\1\2",
        Tag.CFALayout: 1,
    }


def bayer(
    light: np.ndarray,
    tags: Tags | None = None,
    *,
    cfa: str = "RGGB",
    black: np.ndarray | float = 0,
    white: float = WHITE,
    neutral: np.ndarray = NEUTRAL,
    **fields: object,
) -> Dng:
    """A mosaic of `light`, (H, W, 3) white-balanced camera RGB, as a DNG with 16-bit samples."""
    levels = {Tag.WhiteLevel: int(white)}
    pixels = stored(mosaiced(light * neutral, cfa), black, white)
    return Dng(pixels, {**BASE, **cfa_tags(cfa), **levels}, MOSAIC).but(tags, **fields)


def linear(light: np.ndarray, tags: Tags | None = None, *, neutral: np.ndarray = NEUTRAL, **fields: object) -> Dng:
    """`light` with three samples per pixel (LinearRaw), 16 bits."""
    pixels = stored(light * neutral)
    return Dng(pixels, {**BASE, Tag.WhiteLevel: [WHITE] * 3}, LINEAR).but(tags, **fields)
