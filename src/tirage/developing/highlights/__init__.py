"""Highlights: clipped samples rebuilt from the colours that survive beside them, and from the colours around.

Purpose: a 2x2 quad whose green is clipped still holds red and blue. What share of the light green has, the same surface
tells where it is less bright: the mean share of quads that are not clipped, near in place and alike in red : blue
(`shares.py`: a bilateral grid whose cells are filled from coarser ones where they hold too little), above all those
that come near the same clip: a dark red thing says nothing of a white wall. Where one channel survives, place alone
counts, and what of the lost two the clip shows to be brighter takes the other along; where none does, light is neutral
and goes on as it began: a cloud slowly, a lamp within some pixels, so that demosaics bear it. Beside an edge a quad's
sites differ as their neighbours do. Edges, which a lens colours, have little say in shares. A green that is less than
the clipped ones around it, as cameras smooth what they record, is not believed either. Where samples saturate is seen
in the stored values (`saturation.py`), for each colour. Only tiles that hold a clipped sample are worked on.
Papers: Paris & Durand (2006), bilateral grid; Gortler et al. (1996), "The Lumigraph", pull-push; after Masood, Zhu &
Tappen (2009) in that the ratios of channels are taken from the surround.
Domain: a Bayer RawFrame; range: the same frame with stored values over its white level, where a step counts for more,
so that 16 bits hold lamps and shadows lose nothing. Limits: a clipped thing whose colour is nowhere in the picture gets
that of its surround; frames that hold three colours per pixel stay as they are.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from ...kernels.call import run
from ...photo.frame import RawFrame, Rectangle
from ...photo.levels import as_kernels_read, black_at, greatest_black
from ..linearise import SensorTables, cfa_shift, sensor_tables
from .saturation import LOWEST, NEAR, levels
from .shares import Samples, table

#: White is at most so many times the first clip, or the last clip, but not more than the second: light is rebuilt up to
#: that.
HEADROOM, MOST_HEADROOM = 2.0, 8.0
#: What no colour survives in is up to so many times the first clip, a lamp is: white three stops down.
BRIGHTEST = 2 * MOST_HEADROOM
#: The share of the clip, under it, in which the last survivor turns neutral.
FADE = 0.12
#: Of how much brighter a lamp is, what its border has; a lens does not let it be a step, nor do demosaics bear one.
GENTLE = 0.03
#: From here to there, in parts of the clip, a green sample is believed less where other greens around it are clipped:
#: cameras smooth what they record.
JUST_UNDER = 0.7, 0.85
#: A channel holds no more of the light than this.
MOST = 0.92
#: A site is not taken for more times as bright as its quad, or as dark.
MOST_FACTOR = 2.0
#: Light of which two colours are clipped is not more times as bright as the third colour says; where the quad's sites
#: differ by more than about FLAT, its bright side alone.
MOST_LIFT, FLAT = 2.0, 0.02
#: A sensor that saturates at less than this clips under its white level.
SURELY_UNDER = 0.98
#: Of the 65536 stored values, so many are over white.
FEWEST_CODES = 4096
#: Pixels that are worked on together.
TILE_WIDTH, TILE_HEIGHT = 32, 16
#: Tiles that are looked at for where samples saturate: the brightest.
LOOKED_AT = 192
#: Share of the picture that may be brighter than the white point.
OVER_WHITE = 5e-3


@dataclass(frozen=True, eq=False)
class Clipping:
    """Where a frame is clipped: which `colours` (3,) are and the `levels` (3,) they saturate at, in which `tiles`."""

    colours: np.ndarray
    levels: np.ndarray
    tiles: np.ndarray

    def first(self, gains: np.ndarray) -> float:
        """The light at which the first colour clips under `gains` (3,): 1, or less where that is under white."""
        light = float((gains * self.levels).min())
        return light if light < SURELY_UNDER else 1.0

    def widened(self) -> Clipping:
        """With the tiles around, into which samples may have been moved."""
        tiles = np.pad(self.tiles, 1)
        tiles = tiles[:-2] | tiles[1:-1] | tiles[2:]
        return dataclasses.replace(self, tiles=tiles[:, :-2] | tiles[:, 1:-1] | tiles[:, 2:])


@dataclass(frozen=True, eq=False)
class Rebuilt:
    """A frame whose stored values may exceed its white level, where a step counts `steepness` times.

    `white` is the light to be shown as white, 1 or more.
    """

    frame: RawFrame
    steepness: float
    white: float


def find_clipping(frame: RawFrame, gains: np.ndarray) -> Clipping | None:
    """Where `frame`, as recorded, is clipped under the white-balance `gains` (3,); None where it is not.

    Raises UnsupportedFileError for a mosaic that is no Bayer one.
    """
    if frame.cfa is None or min(frame.mosaic.shape) < 2:
        return None
    cfa_shift(frame.cfa, 0, 0)
    frame = as_kernels_read(frame)
    greatest = _greatest(frame.mosaic)
    of_tiles = _per_tile(np.maximum(greatest[0], greatest[1])).max(axis=2)
    bright = np.flatnonzero(of_tiles >= stored_thresholds(frame, np.full(3, LOWEST)).min())
    if not len(bright):
        return None
    if len(bright) > LOOKED_AT:
        bright = bright[np.argpartition(of_tiles.ravel()[bright], -LOOKED_AT)[-LOOKED_AT:]]
    found = levels(_light(frame, *np.divmod(np.sort(bright), of_tiles.shape[1])), gains, frame.noise_profile)
    over = _over(greatest, stored_thresholds(frame, found))
    sites = [bool(over[row, :, column::2].any()) for row, column in np.ndindex(2, 2)]
    if not any(sites):
        return None
    colours = np.array([any(hit for hit, at in zip(sites, frame.cfa or "", strict=True) if at == c) for c in "RGB"])
    near = _over(greatest, stored_thresholds(frame, found * (1 - NEAR)))
    return Clipping(colours, found, np.any(_per_tile(near[0] | near[1]), axis=2))


def rebuild(frame: RawFrame, gains: np.ndarray, clipping: Clipping, in_place: bool = False) -> Rebuilt | None:
    """`frame`, perhaps denoised, with its clipped samples rebuilt under the white-balance `gains` (3,), least 1.

    None where no sample survives to rebuild from: all is as bright as a lamp, BRIGHTEST. `in_place` may overwrite the
    frame's own mosaic.
    """
    frame = as_kernels_read(frame)
    thresholds = stored_thresholds(frame, clipping.levels)
    if _nothing_survives(frame.mosaic, thresholds):
        return None
    rows, columns = np.nonzero(clipping.tiles)
    most = headroom(gains)
    tables = sensor_tables(frame, gains, Rectangle(0, 0, frame.width, frame.height))
    order = site_order(tables)
    samples = Samples(frame, tables, thresholds, order)
    shares, cells_per_quad = table(samples, clipping.colours, most, MOST_HEADROOM)
    shift, steepness = encoding(frame)
    mosaic = _with_whole_tiles(frame.mosaic)
    corners = _corners(mosaic, rows, columns)
    tiles = np.empty((len(rows), TILE_HEIGHT, TILE_WIDTH), np.uint16)
    numbers = (np.float32(cells_per_quad), np.float32(MOST_HEADROOM), np.uint16(shift))
    coded = scaled_levels(frame, shift, frame.mosaic)
    new = steepness, np.float32((steepness - 1) * float(coded.white_level[0]))
    sensor = [mosaic, *tables.arguments[1:-2], *new]
    run("highlights", *sensor, thresholds.ravel()[order], shares, *numbers, corners, tiles)
    own = mosaic if in_place and mosaic.flags.writeable else None
    if shift or own is None:
        mosaic = np.right_shift(mosaic, np.uint16(shift), out=own)
    windows = np.lib.stride_tricks.sliding_window_view(mosaic, (TILE_HEIGHT, TILE_WIDTH), writeable=True)
    windows[corners[:, 1], corners[:, 0]] = tiles
    rebuilt = dataclasses.replace(coded, mosaic=mosaic[: frame.height, : frame.width])
    return Rebuilt(rebuilt, float(steepness), _white(samples, rebuilt, shift, steepness, most))


def encoding(frame: RawFrame) -> tuple[int, np.float32]:
    """The bits that stored values lose, and what a step over white counts, so that 16 bits hold BRIGHTEST."""
    white = float(frame.white_level[0])
    shift = 0 if white <= 65535 - FEWEST_CODES else 1
    white /= 2**shift
    span = white - float(greatest_black(frame)[0]) / 2**shift
    return shift, np.float32(max((BRIGHTEST - 1) * span / (65535 - white), 1))


def _nothing_survives(mosaic: np.ndarray, thresholds: np.ndarray) -> bool:
    """Whether all samples are at the `thresholds` (2, 2) of their sites or over them."""
    if mosaic[::TILE_HEIGHT].min() < thresholds.min() or mosaic.min() < thresholds.min():
        return False
    return all((mosaic[y::2, x::2] >= thresholds[y, x]).all() for y, x in np.ndindex(2, 2))


def _corners(mosaic: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The pixels (n, 2) int32, x first, where tiles begin; the last ones reach back over those before them."""
    height, width = mosaic.shape
    across = np.minimum(columns * TILE_WIDTH, width - TILE_WIDTH)
    return np.stack([across, np.minimum(rows * TILE_HEIGHT, height - TILE_HEIGHT)], axis=1).astype(np.int32)


def _with_whole_tiles(mosaic: np.ndarray) -> np.ndarray:
    """`mosaic` mirrored to even sides that a tile fits in; itself where it has them."""
    extra = [
        max(side + side % 2, least) - side for side, least in zip(mosaic.shape, (TILE_HEIGHT, TILE_WIDTH), strict=True)
    ]
    return np.pad(mosaic, [(0, more) for more in extra], mode="reflect") if any(extra) else mosaic


def headroom(gains: np.ndarray) -> float:
    """The light that is neutral where the last colour clips, in units of the first clip, under the `gains` (3,)."""
    return float(min(max(HEADROOM, float(np.max(gains) / np.min(gains))), MOST_HEADROOM))


def site_order(tables: SensorTables) -> np.ndarray:
    """The places in a quad, 2 x row + column, of its red, its greens, its blue."""
    return np.array(
        [2 * ((tables.shift_y + row) % 2) + (tables.shift_x + column) % 2 for row, column in np.ndindex(2, 2)]
    )


def stored_thresholds(frame: RawFrame, found: np.ndarray) -> np.ndarray:
    """The stored values (2, 2) uint16, by row and column parity, from which samples are clipped by levels."""
    white = float(frame.white_level[0])
    span = white - float(greatest_black(frame)[0])
    colours = np.array(["RGB".index(letter) for letter in frame.cfa or ""]).reshape(2, 2)
    return np.clip(np.ceil(white - (1 - np.asarray(found)[colours]) * span), 0, 65535).astype(np.uint16)


def _greatest(mosaic: np.ndarray) -> np.ndarray:
    """The greatest stored value of each column of tiles, (2 row parities, tiles down, whole tiles' columns)."""
    height, width = mosaic.shape
    size = (-(-height // TILE_HEIGHT), -(-width // TILE_WIDTH))
    greatest = np.zeros((2, size[0], size[1] * TILE_WIDTH), np.uint16)
    for parity in (0, 1):
        plane = mosaic[parity::2]
        whole = len(plane) // (TILE_HEIGHT // 2)
        tall = plane[: whole * (TILE_HEIGHT // 2)].reshape(whole, TILE_HEIGHT // 2, width)
        tall.max(axis=1, out=greatest[parity, :whole, :width])
        rest = plane[len(tall) * (TILE_HEIGHT // 2) :]
        if len(rest):
            rest.max(axis=0, out=greatest[parity, whole, :width])
    return greatest


def _over(greatest: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Where the greatest values are at `thresholds` (2, 2) or over them."""
    return greatest >= np.tile(thresholds, greatest.shape[2] // 2)[:, None]


def _per_tile(columns: np.ndarray) -> np.ndarray:
    """(tiles down, tiles across, TILE_WIDTH)"""
    return columns.reshape(len(columns), -1, TILE_WIDTH)


def _light(frame: RawFrame, rows: np.ndarray, columns: np.ndarray) -> list[np.ndarray]:
    """Red, both greens and blue of the quads in tiles, black off, 1 at the white level."""
    mosaic = _with_whole_tiles(frame.mosaic)
    windows = np.lib.stride_tricks.sliding_window_view(mosaic, (TILE_HEIGHT, TILE_WIDTH))
    corners = _corners(mosaic, rows, columns)
    stored = windows[corners[:, 1], corners[:, 0]]
    span = np.float32(float(frame.white_level[0]) - float(greatest_black(frame)[0]))
    black = black_at(frame, Rectangle(0, 0, 2, 2))[0]
    cfa = frame.cfa or ""
    sites = (cfa.index("R"), cfa.index("G"), cfa.rindex("G"), cfa.index("B"))
    black = np.broadcast_to(black, (2, 2)).astype(np.float32)
    return [(stored[:, s // 2 :: 2, s % 2 :: 2].ravel() - black[s // 2, s % 2]) / span for s in sites]


def scaled_levels(frame: RawFrame, shift: int, mosaic: np.ndarray) -> RawFrame:
    """`frame`, as kernels read it, with a `mosaic` whose values lost `shift` bits: half a step less one of the old."""
    factor = 0.5**shift
    return dataclasses.replace(
        frame,
        mosaic=mosaic,
        black_level=frame.black_level * factor - (0.5 - 0.5 * factor),
        white_level=frame.white_level * factor - (0.5 - 0.5 * factor),
    )


def _white(samples: Samples, rebuilt: RawFrame, shift: int, steepness: np.float32, most: float) -> float:
    """The light that OVER_WHITE of the picture exceeds, of what is not clipped in all colours."""
    level = samples.level_in(rebuilt, shift, steepness)
    level[samples.all_clipped()] = 0
    few = min(int(OVER_WHITE * level.size), level.size - 1)
    return float(np.clip(np.partition(level.ravel(), level.size - few - 1)[level.size - few - 1], 1.0, most))
