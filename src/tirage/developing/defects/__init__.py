"""Defects: pixels of the sensor that are stuck high or low are found from the picture itself and filled in.

A pixel is a defect when it lies beyond all but one of its eight nearest neighbours of its own colour (one, so that two
defects side by side are found) by a margin in noise, in contrast, in proportion, and over the neighbours' own spread;
while the adjacent pixels of the other colours do not follow it against their own surroundings, nor go the other way. A
star or a glint reaches them through the blur of lens and pixel, a berry darkens the one and brightens the other; a
fault of one pixel does neither. Filled in from the pair of good neighbours that agree best.

Harmed detail per megapixel / share found of defects that exceed their neighbours by 10 deviations and a tenth of white
(`benchmarks/defects.py`, the phone's sensor, then the camera's; 1000 stars or glints per megapixel in the last two):

    ISO             100           400           1600          6400
    landscape    0.00 / 93 %   0.33 / 94 %   0.00 / 94 %   0.00 / 96 %
    stars        0.00 / 98 %   0.00 / 98 %   2.00 / 99 %   2.00 / 99 %
    drawing      0.00 / 86 %   0.67 / 89 %   0.67 / 92 %   0.67 / 96 %
    landscape    0.00 / 91 %   0.33 / 93 %   0.00 / 92 %   0.00 / 93 %
    stars        0.00 / 98 %   0.00 / 98 %   0.00 / 98 %   0.00 / 99 %
    drawing      0.00 / 85 %   0.67 / 86 %   0.00 / 86 %   0.67 / 90 %

Domain and range: a mosaic in stored units, uint16 or float32, any CFA phase. Limits: larger clusters, and defects
of adjacent pixels, stay; so do defects that touch fine detail, those beside clipped pixels, and dark ones within
saturated colours. In mosaics without a lens's blur (scaled-down photographs) some 30 pixels per megapixel are harmed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...kernels.call import run
from ...noise.model import QUICK, Noise, noise_of
from ...opcodes import bad_pixels
from ...opcodes.lone_pixels import is_lone
from ...photo.errors import UsageError
from ...photo.frame import RawFrame
from ...photo.levels import as_kernels_read

#: Shorter sides are mirrored up to this, so that a pixel's neighbours are not itself.
_LEAST_SIDE = 16
#: Of the range from black to white: from here on a value counts as clipped.
_CLIPPED = 0.98


@dataclass(frozen=True)
class Thresholds:
    """What a defect must exceed.

    `noise` in standard deviations, `contrast` in parts of white, `ratio` in parts of its neighbours' light. Adjacent
    pixels may follow by `spill` of its excess and `spill_noise` standard deviations.
    """

    noise: float
    contrast: float
    ratio: float
    spill: float
    spill_noise: float


#: One frame has to be sure.
_ALONE = Thresholds(noise=10.0, contrast=0.06, ratio=0.08, spill=0.15, spill_noise=0.2)
#: What stands out in one frame by chance doesn't in the next.
_TOGETHER = Thresholds(noise=4.0, contrast=0.01, ratio=0.03, spill=0.15, spill_noise=1.5)
#: The share of frames in which a defect has to stand out.
_MOST = 0.6


@dataclass(frozen=True, eq=False)
class Defects:
    """Places of the active area, in reading order: `rows` and `columns`, (n,) int64 each."""

    rows: np.ndarray
    columns: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    def joined(self, others: Defects) -> Defects:
        """These and `others`, each once."""
        places = np.unique(np.stack([np.r_[self.rows, others.rows], np.r_[self.columns, others.columns]], 1), axis=0)
        return Defects(places[:, 0], places[:, 1])


def find(frame: RawFrame, noise: Noise | None = None) -> Defects:
    """The defects that one frame shows beyond doubt; none for a frame that holds three colours per pixel.

    `noise` is found in the frame unless it is given.
    """
    return _places(_scan(frame, _ALONE, noise), frame)


def find_in_several(frames: Sequence[RawFrame]) -> Defects:
    """The defects of one camera from frames of different scenes, dark ones among them or not: weaker ones too.

    A place counts that stands out in most frames, at least two. Raises UsageError where the frames differ in size or
    colour filters, or there are none.
    """
    if not frames:
        raise UsageError("no frames to find defects in; give at least one")
    first = frames[0]
    if any((one.mosaic.shape, one.cfa) != (first.mosaic.shape, first.cfa) for one in frames):
        raise UsageError("the frames differ in size or colour filters; give frames of one camera")
    if len(frames) == 1:
        return find(first)
    found, counts = np.unique(np.concatenate([_scan(one, _TOGETHER) for one in frames]), return_counts=True)
    return _places(found[counts >= max(2, int(np.ceil(_MOST * len(frames))))], first)


def repair(frame: RawFrame, defects: Defects, *, in_place: bool = False) -> RawFrame:
    """`frame` with the `defects` filled in from their neighbours; the same frame where there are none.

    See `opcodes.bad_pixels`. Values that are no numbers are not taken for good ones. `in_place` may overwrite the
    frame's own mosaic: copying one for a pixel takes longer than finding the pixel.
    """
    if not len(defects):
        return frame
    is_bad = np.zeros(frame.mosaic.shape, bool)
    is_bad[defects.rows, defects.columns] = True
    green_parity = 1 if frame.cfa and frame.cfa[0] != "G" else 0
    points = np.stack([defects.rows, defects.columns], axis=1)
    out = frame.mosaic if in_place and frame.mosaic.flags.writeable else None
    mosaic = bad_pixels.repair(frame.mosaic, is_bad, green_parity, points, out)
    return dataclasses.replace(frame, mosaic=mosaic)


def _places(indices: np.ndarray, frame: RawFrame) -> Defects:
    rows, columns = np.divmod(indices, frame.width)
    return Defects(rows, columns)


def _scan(frame: RawFrame, thresholds: Thresholds, noise: Noise | None = None) -> np.ndarray:
    """What exceeds `thresholds`, as ascending indices into the mosaic laid out flat."""
    if frame.cfa is None or min(frame.mosaic.shape) < 2:
        return np.zeros(0, np.int64)
    plain = as_kernels_read(frame)
    mosaic, black, white = plain.mosaic, float(np.min(plain.black_level)), float(plain.white_level[0])
    scale, offset = (noise or noise_of(plain, QUICK)).noisiest
    span = white - black
    deviations = scale * span, offset * span * span + 1 / 12
    if min(mosaic.shape) < _LEAST_SIDE:
        mosaic = np.pad(mosaic, [(0, max(0, _LEAST_SIDE - side)) for side in mosaic.shape], mode="reflect")
    height, width = mosaic.shape
    size = -(-height // 8) * width
    words = np.zeros(-(-size // 8), np.uint64)  # the flags, as words that are quick to search
    flags = words.view(np.uint8)[:size].reshape(-1, width)
    numbers = [np.float32(number) for number in (black, *deviations, thresholds.noise**2, thresholds.ratio)]
    contrast = np.clip(np.ceil(thresholds.contrast * (white - black)), 0, 65535).astype(np.uint16)
    run("find_outliers", mosaic, *numbers, contrast, flags)
    rows, columns = _set_bits(words, width)
    inside = (rows < frame.height) & (columns < frame.width)
    rows, columns = rows[inside], columns[inside]
    clip = black + _CLIPPED * (white - black)
    lone = is_lone(mosaic, rows, columns, deviations, black, clip, thresholds.spill, thresholds.spill_noise)
    return np.sort(rows[lone] * frame.width + columns[lone])


def _set_bits(words: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the pixels whose bit is set: bit k of byte (r, c) is that of row 8 * r + k, column c."""
    some = np.flatnonzero(words)
    which, place = np.nonzero(np.unpackbits(words[some].view(np.uint8).reshape(-1, 8), axis=1, bitorder="little"))
    groups, columns = np.divmod(8 * some[which] + place // 8, width)
    return 8 * groups + place % 8, columns
