"""Defringe: purple and green fringes beside what is far brighter, where a lens has not focused its colours alike.

Purpose: the frame's own bright edges say first whether their fringes are purple or green (`scan`): light of red and
blue beyond green's edge that fades away from it, on most edges. Where they are, red and blue are brought to the ratio
to green that their surround has. A fringe is narrower than 14 px across: an opening (for purple) or a closing (for
green) of the ratios by 7 x 7 samples passes over it, and leaves colours alone that reach farther. Papers: Chung, Kim
and Song, Removing chromatic aberration by digital image processing, Optical Engineering 2010 (colour differences of an
edge lie between those of its two sides); Serra, Image analysis and mathematical morphology, 1982.
Domain: a Bayer mosaic in stored units, red and blue over green; range: the same frame in uint16 with red and blue near
bright edges altered, or that very frame where no fringe is sure to be seen.
Limits: green is not touched, so that a green fringe becomes a grey one; nothing farther than 12 px from light of 0.6 of
the clip is touched; in a frame that has purple fringes, a narrow purple thing beside a highlight loses colour.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from ...kernels.call import Placed, run
from ...photo.frame import RawFrame
from ...photo.levels import as_kernels_read
from ..linearise import cfa_shift
from ..white_balance import multipliers

#: Added to light before a ratio is taken, in parts of the clip.
FLOOR = 0.01
#: Samples to either side of one that the opening and the closing look at.
RADIUS = 3
#: A ratio counts as a fringe from here, times its surround's.
TOLERANCE = 1.05
#: Bright is what exceeds the first, and wholly so the second, in parts of the clip; an edge what is so many times
#: brighter than what lies beside it, and wholly so.
BRIGHT, EDGE = (0.6, 0.8), (1.08, 1.25)
#: Red beside green of what is purple: a blue fringe counts from the first on, wholly from the second; and blue's, for
#: a red one.
PURPLE_RED, PURPLE_BLUE = (0.5, 0.8), (0.85, 1.05)
#: The same of green beside the one colour where the other is raised.
GREEN_OTHER = (0.7, 0.95)
#: The frame is looked through for what is bright in cells, at least as large as a fringe reaches, and worked on in
#: tiles of them, px.
CELL, TILE_ROWS, TILE_COLUMNS = 16, 64, 128
#: Shorter mosaics are mirrored up to this.
MINIMUM_SIDE = 48


@dataclass(frozen=True)
class Light:
    """A frame's mosaic in 16 bits, and what makes white-balanced light of it: per site of R G / G B quads.

    `shift` columns and rows come before the first pixel in those quads; light is (stored - black) * scale, up to 1.
    """

    frame: RawFrame
    shift: tuple[int, int]
    black: np.ndarray
    scale: np.ndarray


def light_of(frame: RawFrame, neutral: np.ndarray | None) -> Light:
    """How `frame` is lit; raises UnsupportedFileError for a mosaic that is no Bayer one."""
    shift = cfa_shift(frame.cfa or "none", 0, 0)
    frame = as_kernels_read(frame)
    neutral = frame.as_shot_neutral if neutral is None else neutral
    grey = np.ones(3) if neutral is None else np.clip(np.nan_to_num(neutral, nan=1.0), 1e-3, 1e3)
    gains = multipliers(grey)[[0, 1, 1, 2]]
    pattern = frame.black_level.reshape(*frame.black_level.shape[:2], -1)[:, :, 0]
    sites = [((site // 2 - shift[1]) % pattern.shape[0], (site % 2 - shift[0]) % pattern.shape[1]) for site in range(4)]
    black = np.array([pattern[site] for site in sites])
    return Light(frame, shift, black, gains / np.maximum(float(np.min(frame.white_level)) - black, 1e-6))


def without_fringes(frame: RawFrame, neutral: np.ndarray | None = None, in_place: bool = False) -> RawFrame:
    """`frame` without purple and green fringes; itself where none is sure to be seen, or where it is no mosaic.

    `neutral` (3,) is the camera's response to white, as-shot unless given; `in_place` may overwrite the mosaic. Raises
    UnsupportedFileError for a mosaic that is no Bayer one.
    """
    from .scan import scan

    if frame.cfa is None:
        return frame
    light = light_of(frame, neutral)
    amount = scan(light)
    return defringed(light, amount, in_place) if amount else frame


def defringed(light: Light, amount: float, in_place: bool = False) -> RawFrame:
    """The frame with this share of its purple fringes taken away, or below 0 of its green ones, to 1 or -1."""
    mosaic = light.frame.mosaic
    extra = [(0, max(0, MINIMUM_SIDE - side)) for side in mosaic.shape]
    if min(mosaic.shape) < MINIMUM_SIDE:
        mosaic = np.pad(mosaic, extra, mode="symmetric" if min(mosaic.shape) < 2 else "reflect")
    shift_x, shift_y = light.shift
    clean = mosaic if in_place else mosaic.copy()
    numbers = light.black.astype(np.float32), light.scale.astype(np.float32), np.float32(amount)
    parts = []
    for top, bottom, left, right in _bright_parts(light, mosaic):
        part = np.empty((bottom - top, right - left), np.uint16)
        run("defringe", Placed(mosaic, (shift_y, shift_x)), *numbers, Placed(part, (top + shift_y, left + shift_x)))
        parts.append(((slice(top, bottom), slice(left, right)), part))
    for place, part in parts:  # each has seen what lies around it as it was
        clean[place] = part
    return dataclasses.replace(light.frame, mosaic=clean[: light.frame.height, : light.frame.width])


def _bright_parts(light: Light, mosaic: np.ndarray) -> list[tuple[int, int, int, int]]:
    """Rectangles (top, bottom, left, right) outside which nothing is bright enough to have fringes.

    Tiles that something bright lies in or as far from as a fringe reaches; those beside each other in a row are one.
    """
    height, width = mosaic.shape
    bright = (light.black + BRIGHT[0] / light.scale).min()
    whole = height // CELL * CELL
    rows = [mosaic[:whole].reshape(-1, CELL, width).max(axis=1), mosaic[whole:].max(axis=0, keepdims=True, initial=0)]
    greatest = np.maximum.reduceat(np.concatenate(rows), np.arange(0, width, CELL), axis=1)
    near = np.pad(greatest > bright, 1)
    near = near[:-2] | near[1:-1] | near[2:]
    near = near[:, :-2] | near[:, 1:-1] | near[:, 2:]
    down, across = (-(-side // tile) for side, tile in zip(mosaic.shape, (TILE_ROWS, TILE_COLUMNS), strict=True))
    cells = np.zeros((down, TILE_ROWS // CELL, across, TILE_COLUMNS // CELL), bool)
    flat = cells.reshape(down * cells.shape[1], -1)
    flat[: len(near), : near.shape[1]] = near[: len(flat)]
    parts = []
    for top, row in zip(range(0, height, TILE_ROWS), np.any(cells, axis=(1, 3)), strict=True):
        ends = np.flatnonzero(np.diff(np.r_[False, row, False]))
        for left, right in ends.reshape(-1, 2) * TILE_COLUMNS:
            parts.append((top, min(top + TILE_ROWS, height), int(left), min(int(right), width)))
    return parts
