"""Learned: a directional start, then small linear filters chosen by local structure.

Purpose: the best picture that a few hundred operations per pixel give. `learned` takes two passes, `learned_one_pass`
one. Papers: green starts as in Pekkucuksen & Altunbasak (2010, GBTF) on the differences of Hamilton & Adams (1997);
red and blue as in Kiku et al. (2014, minimised-Laplacian residual interpolation); the passes are those of Getreuer
et al. (2018, BLADE) and Romano et al. (2017, RAISR). What comes out keeps within the samples of its colour in 3x3
quads, and more, by as much as these are uneven (the extremes of their sums less those opened, Serra 1982): beside a
lone edge nothing overshoots, texture is free. Where such an edge is grey, so are its pixels. What the filters learned
from, and their figures on pictures that they never saw: README.md beside this file.
Domain: white-balanced light (encoded inside by a square root with a toe) or display-encoded values, white at `white`;
noise below 0 and light above white are welcome; range: the same; what was measured is kept exactly. Limits: Bayer
patterns only; a NaN spreads over 64 pixels at most.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ....noise.model import measure
from ....photo.errors import FileError
from ....photo.frame import CameraColour, RawFrame, Rectangle

#: Passes of each method.
PASSES = {"learned_one_pass": 1, "learned": 2}

#: Toe of the encoding of linear light: about the slope of sRGB at black.
TOE = 0.002

#: A grey of 18 %, encoded.
_ENCODED_GREY = 0.41

#: What pictures without noise, full of fine texture, are estimated to have.
_TEXTURE = 0.0095

#: The layout of weights.npz that this code reads, and the features in the kernel's order.
VERSION = 1
FEATURES = (
    *("cos2", "sin2", "coherence", "detail"),
    *("red_gradient", "blue_gradient", "red_detail", "blue_detail"),
)
ANTISYMMETRIC = ("cos2",)  # changes sign when rows and columns are exchanged
TREE_OF_SITE = (0, 1, 1, 2)
LEVELS = 6
ONE = 2**13  #: filters are whole numbers of this part

WEIGHTS = Path(__file__).with_name("weights.npz")


@dataclass(frozen=True, eq=False)
class Weights:
    """What training found, for each noise level (n,), two passes and three trees (red, green, blue sites).

    `noise` (n,) is the deviation, white 1, of the encoded values that each was trained for, ascending. `tests` (n, 2,
    3, 6) index FEATURES, `thresholds` likewise; `filters` (n, 2, 3, 64, 2, 5, 5, 3) int16 in parts of ONE: leaf,
    missing colour, row, column, channel.
    """

    noise: np.ndarray
    tests: np.ndarray
    thresholds: np.ndarray
    filters: np.ndarray

    def level(self, noise: float) -> int:
        """The index of the noise level to take: one is used up to three quarters of the next, the first to half.

        At the border itself either serves; a mistaken estimate is more often too high, and costs detail.
        """
        between = self.noise[1:] * np.where(self.noise[:-1] > 0, 0.75, 0.5)
        return int(np.searchsorted(between, noise))

    def tables(self, passes: int, noise: float) -> list[np.ndarray]:
        """The kernel's tables: tests, signs and thresholds (passes, 4, 6), filters (passes, 4, 64, 2, 5, 16)."""
        level = self.level(noise)
        trees = np.array(TREE_OF_SITE)
        tests = self.tests[level, :passes][:, trees].astype(np.int32)
        signs = np.ones(tests.shape, np.float32)
        signs[:, 2][np.isin(tests[:, 2], [FEATURES.index(name) for name in ANTISYMMETRIC])] = -1
        thresholds = self.thresholds[level, :passes][:, trees].astype(np.float32)
        filters = self.filters[level, :passes][:, trees]  # pass, site, leaf, missing, row, column, channel
        filters[..., 2, 2, 1] = -filters.sum((-3, -2, -1), dtype=np.int64)  # patches are less their own green
        filters[:, 2] = filters[:, 2].swapaxes(3, 4).copy()
        lanes = np.zeros((*filters.shape[:5], 16), np.int16)
        lanes[..., :15] = filters.reshape(*filters.shape[:5], 15)
        return [np.ascontiguousarray(table) for table in (tests, signs, thresholds, lanes)]


@cache
def weights(path: Path = WEIGHTS) -> Weights:
    """The weights in `path`; FileError where the file is missing, damaged or of another version."""
    fix = "reinstall tirage, or do without them: quality fast, demosaic malvar2004"
    try:
        with np.load(path) as file:
            version = int(file["version"])
            found = Weights(**{field.name: file[field.name] for field in dataclasses.fields(Weights)})
    except FileNotFoundError:
        raise FileError(f"the learned demosaic's weights are missing ({path}); {fix}") from None
    except Exception:
        raise FileError(f"the learned demosaic's weights are damaged ({path}); {fix}") from None
    levels = found.noise.size
    shapes = {
        "noise": (levels,),
        "tests": (levels, 2, 3, LEVELS),
        "thresholds": (levels, 2, 3, LEVELS),
        "filters": (levels, 2, 3, 1 << LEVELS, 2, 5, 5, 3),
    }
    fits = all(getattr(found, name).shape == shape for name, shape in shapes.items())
    if version != VERSION or not levels or not fits or found.filters.dtype != np.int16 or not _makes_sense(found):
        raise FileError(f"the learned demosaic's weights are of another version of tirage ({path}); {fix}")
    return found


def _makes_sense(found: Weights) -> bool:
    """Whether tests are of features that there are, thresholds are numbers, noise levels ascend."""
    known = (found.tests >= 0).all() and (found.tests < len(FEATURES)).all()
    ascends = np.isfinite(found.noise).all() and found.noise[0] >= 0 and (np.diff(found.noise) > 0).all()
    return bool(known and ascends and np.isfinite(found.thresholds).all())


def arguments(method: str, noise: float = 0.0, toe: float = TOE, white: float = 1.0) -> list:
    """What a kernel of `method` takes after the mosaic's arguments.

    `noise` is the deviation of the encoded values, white 1 (`encoded_noise` tells it from a noise profile). `toe` 0
    says that the values are display-encoded already. `white` is the value of white, best a power of two.
    """
    return [np.float32(toe), np.float32(white), *weights().tables(PASSES[method], noise)]


def encoded_noise(scale: float, offset: float, light: float = 0.18) -> float:
    """Deviation, after the encoding, of light with the variance scale x + offset: nearly the same at every light."""
    span = np.sqrt(1 + TOE) - np.sqrt(TOE)
    slope = 1 / (2 * span * np.sqrt(light + TOE))
    return float(slope * np.sqrt(max(scale * light + offset, 0.0)))


def encode(light: np.ndarray, toe: float) -> np.ndarray:
    """The kernel's encoding: a square root with a toe, its tangent below zero; `light` itself where the toe is 0."""
    if toe == 0:
        return light
    root, span = np.sqrt(toe), np.sqrt(1 + toe) - np.sqrt(toe)
    return (np.sqrt(np.maximum(light, 0) + toe) - root + np.minimum(light, 0) / (2 * root)) / span


def white_of(mosaic: np.ndarray) -> float:
    """The power of two above nearly all finite values, or little under them (noise): equal at any scale of two."""
    sample = mosaic[:: max(1, mosaic.shape[0] // 512)]
    sample = np.abs(sample[np.isfinite(sample)])
    if not sample.size:
        return 1.0
    high = float(np.quantile(sample, 0.998, method="lower"))
    return float(2.0 ** np.clip(np.ceil(np.log2(high) - 0.25), -60, 60)) if high > 0 else 1.0


def frame_noise(profile: np.ndarray, gains: np.ndarray) -> float:
    """The encoded noise of a frame with the noise `profile` (3, 2) under white-balance gains (3,)."""
    gain, (scale, offset) = float(gains[1]), profile[1]
    return encoded_noise(gain * scale, gain**2 * offset)


def estimated_noise(mosaic: np.ndarray, cfa: str, toe: float = 0.0, white: float = 1.0) -> float:
    """Deviation, white 1, of the noise of an encoded mosaic `(H, W)`; next to none for one too small or empty to tell.

    White lies at `white`. `toe` 0 says that the mosaic is encoded already; otherwise it is light. What fine texture
    may be mistaken for is taken off.
    """
    height, width = mosaic.shape
    levels: dict[str, Any] = {"black_level": np.zeros((1, 1)), "white_level": np.array([white])}
    frame = RawFrame(mosaic, cfa, default_crop=Rectangle(0, 0, width, height), colour=CameraColour(()), **levels)
    scale, offset = measure(frame).green
    found = encoded_noise(scale, offset) if toe else float(np.sqrt(scale * _ENCODED_GREY + offset))
    return float(np.sqrt(max(found**2 - _TEXTURE**2, 0)))
