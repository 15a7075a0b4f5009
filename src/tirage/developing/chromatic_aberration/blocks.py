"""Blocks of the mosaic that hold edges, and how far a colour lies beside green in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ...photo.frame import RawFrame
from ..linearise import cfa_shift
from . import REACH

#: Side of a block in quads, and parts down and across a block that are judged apart: within one, an edge or two.
_BLOCK, PARTS = 16, 2
#: Blocks along the longer side of the frame, and places beside each other that each is chosen from, down and across:
#: in large frames, and in those that have not so many places.
_LARGE, _SMALL = (13, 3), (18, 2)
#: Pixels from one that is looked at for that to the next.
_SKETCH = 4
#: Pixels around a block for the cubic's taps and green's own neighbours, without and with the reach.
NARROW, WIDE = 4, REACH + 4
#: Fewer blocks than this say nothing; those in the centre are not even looked at.
FEWEST, _INNERMOST = 12, 0.1

#: Down and right of the middle of the frame, px.
Centre = tuple[float, float]
MIDDLE: Centre = (0.0, 0.0)


@dataclass(frozen=True)
class Radial:
    """Red or blue lies at a green pixel's place plus (its place from the centre) * (linear + cubic * r^2) / corner.

    r is 1 at the frame's farthest corner, `corner` px from the `centre`; `linear` and `cubic` are px there, `error` is
    the standard error of their sum.
    """

    linear: float = 0.0
    cubic: float = 0.0
    error: float = 0.0
    centre: Centre = MIDDLE

    @property
    def at_corner(self) -> float:
        """Displacement at the corner, px, outward."""
        return self.linear + self.cubic

    @property
    def greatest(self) -> float:
        """The greatest displacement anywhere, px."""
        return float(np.abs(self.along(np.linspace(0, 1, 17))).max())

    def along(self, radius: np.ndarray) -> np.ndarray:
        """Displacement at `radius` (1 = corner), px, outward."""
        return radius * (self.linear + self.cubic * radius * radius)

    def rounded(self) -> Radial:
        """In steps far below what is seen, so that machines that add in other orders agree."""
        return replace(self, linear=round(1024 * self.linear) / 1024, cubic=round(1024 * self.cubic) / 1024)

    def exceeds(self, least: float, sure: float) -> bool:
        """Whether the shift at the corner is `least` px and `sure` standard errors."""
        return abs(self.at_corner) > max(least, sure * self.error)


NOTHING = Radial()


@dataclass(frozen=True, eq=False)
class Blocks:
    """Blocks that hold edges, with `around` pixels about them.

    `green` at every pixel and `patches` of the mosaic are (n, side, side) float32, red at even places of even rows.
    `middle` (2, n) is where the blocks' middles lie, down and right of the frame's, `half` (2,) half the frame's sides.
    """

    green: np.ndarray
    patches: np.ndarray
    around: int
    middle: np.ndarray
    half: np.ndarray
    centre: Centre

    @cached_property
    def corner(self) -> float:
        """Distance of the farthest corner from the centre, px."""
        return _corner(self.half, self.centre)

    @cached_property
    def distance(self) -> np.ndarray:
        """Of the blocks' middles from the centre, px, (n,)."""
        return _distance(self.middle, self.centre)

    @cached_property
    def radius(self) -> np.ndarray:
        """The same, 1 at the corner."""
        return self.distance / self.corner

    @cached_property
    def toward(self) -> np.ndarray:
        """The unit vectors outward, down and across, (2, n)."""
        return _from(self.middle, self.centre) / self.distance

    @cached_property
    def samples(self) -> list[np.ndarray]:
        """Red's and blue's, as `_parted` has them."""
        spans = [slice(first, first + 2 * _BLOCK, 2) for first in (self.around, self.around + 1)]
        return [_parted(self.patches[:, span, span]) for span in spans]

    def every(self, step: int) -> Blocks:
        """One block in `step`."""
        some = slice(None, None, step)
        return replace(self, green=self.green[some], patches=self.patches[some], middle=self.middle[:, some])


@dataclass(frozen=True, eq=False)
class Places:
    """First rows and columns (n,) of blocks' samples, red's, and where their middles lie; see `Blocks`."""

    top: np.ndarray
    left: np.ndarray
    middle: np.ndarray
    centre: Centre


def places_of(frame: RawFrame, centre: Centre) -> Places:
    """The blocks with the strongest edges along the radius from `centre`, of each part of the frame."""
    shift_x, shift_y = cfa_shift(frame.cfa or "none", 0, 0)
    size = 2 * _BLOCK + 2 * WIDE
    longest = max(frame.mosaic.shape)
    across, choices = _LARGE if longest >= size * _LARGE[0] * _LARGE[1] else _SMALL
    rows, columns = (_starts(side, size, across * choices * side / longest) for side in frame.mosaic.shape)
    if len(rows) * len(columns) < FEWEST:
        nothing = np.zeros(0)
        return Places(nothing, nothing, np.zeros((2, 0)), centre)
    rows, columns = rows + shift_y + WIDE, columns + shift_x + WIDE
    top, left = (grid.ravel() for grid in np.meshgrid(rows, columns, indexing="ij"))
    middle = np.stack([top - (frame.height - 1) / 2, left - (frame.width - 1) / 2]) + _BLOCK - 0.5
    distance = _distance(middle, centre)
    toward, radius = _from(middle, centre) / distance, distance / corner_of(frame, centre)

    # A few of the greens of one kind tell where the edges are.
    span = np.arange(0, 2 * _BLOCK, _SKETCH)
    sketch = frame.mosaic[(top[:, None] + span)[:, :, None], (left[:, None] + span + 1)[:, None, :]]
    sketch = _numbers(sketch, frame)
    down, across = np.diff(sketch[:, :, :-1], axis=1), np.diff(sketch[:, :-1], axis=2)
    unit = toward.astype(np.float32)[:, :, None, None]
    slope = down * unit[0] + across * unit[1]
    strength = (slope * slope).mean(axis=(1, 2)) / (np.maximum(sketch.mean(axis=(1, 2)), 0) + _floor(frame))
    strength[sketch.max(axis=(1, 2)) >= _white(frame) - _black(frame)] = 0
    chosen = _best_of_each(strength.reshape(len(rows), len(columns)), choices)
    chosen = chosen[(radius[chosen] > _INNERMOST) & (strength[chosen] > 0)]
    return Places(top[chosen], left[chosen], middle[:, chosen], centre)


def blocks_at(frame: RawFrame, places: Places, around: int) -> Blocks | None:
    """The unclipped blocks, with `around` pixels about them; None of too few."""
    if len(places.top) < FEWEST:
        return None
    side = 2 * _BLOCK + 2 * around
    windows = np.lib.stride_tricks.sliding_window_view(frame.mosaic, (side, side))
    patches = _numbers(windows[places.top - around, places.left - around], frame)
    good = patches.max(axis=(1, 2)) < _white(frame) - _black(frame)
    if good.sum() < FEWEST:
        return None
    half = np.array(frame.mosaic.shape) / 2
    return Blocks(_green(patches[good]), patches[good], around, places.middle[:, good], half, places.centre)


def corner_of(frame: RawFrame, centre: Centre = MIDDLE) -> float:
    """Distance of the farthest corner from the centre, px."""
    return _corner(np.array(frame.mosaic.shape) / 2, centre)


def _corner(half: np.ndarray, centre: Centre) -> float:
    return float(np.hypot(*(half + np.abs(centre))))


def _from(middle: np.ndarray, centre: Centre) -> np.ndarray:
    return middle - np.array(centre)[:, None]


def _distance(middle: np.ndarray, centre: Centre) -> np.ndarray:
    return np.maximum(np.hypot(*_from(middle, centre)), 1e-6)


def _starts(side: int, size: int, wanted: float) -> np.ndarray:
    """First rows or columns of blocks, even, at even distances, as many as are `wanted` or fit."""
    room = side - size - 1
    if room < 0:
        return np.zeros(0, np.intp)
    count = int(np.clip(round(wanted), 1, room // (2 * _BLOCK) + 1))
    return np.linspace(0, room, count).astype(np.intp) // 2 * 2


def _best_of_each(strength: np.ndarray, choices: int) -> np.ndarray:
    """Indices of the strongest of each group of neighbours, `choices` down and across; ascending."""
    rows, columns = strength.shape
    index = np.arange(strength.size).reshape(strength.shape)
    found = []
    for r in range(0, rows, choices):
        for c in range(0, columns, choices):
            part = slice(r, r + choices), slice(c, c + choices)
            found.append(index[part].ravel()[int(np.argmax(strength[part]))])
    return np.array(found)


def _white(frame: RawFrame) -> float:
    return float(np.min(frame.white_level))


def _black(frame: RawFrame) -> float:
    return float(np.min(frame.black_level))


def _floor(frame: RawFrame) -> float:
    """A hundredth of the range: darker blocks are judged as if they were as bright."""
    return 0.01 * max(_white(frame) - _black(frame), 1e-9)


def _numbers(stored: np.ndarray, frame: RawFrame) -> np.ndarray:
    """Stored values over the least black as float32; what is no number counts as black."""
    black, white = np.float32(_black(frame)), np.float32(_white(frame))
    values = stored.astype(np.float32)
    if stored.dtype.kind == "f":
        np.nan_to_num(values, copy=False, nan=float(black))
    values -= black
    return np.clip(values, -white, white - black, out=values)


def _green(patches: np.ndarray) -> np.ndarray:
    """Green at every pixel but the outermost, (n, side, side): where it is missing, the mean of the four around it."""
    green = patches.copy()
    for site in (0, 1):
        first = 2 - site
        centre = slice(first, -1, 2), slice(first, -1, 2)
        before, after = slice(first - 1, -2, 2), slice(first + 1, None, 2)
        count = green[:, centre[0], centre[1]].shape[1]
        around = (
            patches[:, before, centre[1]][:, :count]
            + patches[:, after, centre[1]][:, :count]
            + patches[:, centre[0], before][:, :, :count]
            + patches[:, centre[0], after][:, :, :count]
        )
        green[:, centre[0], centre[1]] = around * np.float32(0.25)
    return _smoothed(green)


def _smoothed(planes: np.ndarray) -> np.ndarray:
    """(n, h, w), overwritten, through 1 2 1 down and across, so that its noise hardly depends on the place."""
    for before, here, after in (
        (planes[:, :-2], planes[:, 1:-1], planes[:, 2:]),
        (planes[:, :, :-2], planes[:, :, 1:-1], planes[:, :, 2:]),
    ):
        around = before + after
        around *= np.float32(0.25)
        here *= np.float32(0.5)
        here += around
    return planes


def _moved(blocks: Blocks, colour: int, shift: Radial) -> np.ndarray:
    """Green where the colour's samples show it, (n, BLOCK, BLOCK)."""
    window, (rows, _), (columns, _) = _window(blocks, colour, shift)
    return _along(_along(window, rows, 1), columns, 2)


def _moved_and_slope(blocks: Blocks, colour: int, shift: Radial) -> tuple[np.ndarray, np.ndarray]:
    """Green where the colour's samples show it, and its slope along the radius: (n, BLOCK, BLOCK) each."""
    window, (rows, slopes_down), (columns, slopes_across) = _window(blocks, colour, shift)
    toward = blocks.toward.astype(np.float32)
    halfway = _along(window, rows, 1)
    down = _along(_along(window, slopes_down * toward[0], 1), columns, 2)
    return _along(halfway, columns, 2), down + _along(halfway, slopes_across * toward[1], 2)


def _window(blocks: Blocks, colour: int, shift: Radial) -> tuple[np.ndarray, tuple, tuple]:
    """The greens that the colour's samples lie between, (n, side, side), and weights down and across."""
    away = np.clip(shift.along(blocks.radius), -REACH, REACH) * blocks.toward
    whole = np.floor(-away).astype(np.intp)
    part = -away - whole
    side = 2 * _BLOCK + 2
    windows = np.lib.stride_tricks.sliding_window_view(blocks.green, (side, side), axis=(1, 2))
    top, left = blocks.around + colour - 1 + whole
    return windows[np.arange(len(windows)), top, left], _taps(part[0]), _taps(part[1])


def _along(values: np.ndarray, weights: np.ndarray, axis: int) -> np.ndarray:
    """Every other place along `axis` from four neighbours by the `weights` (4, n) of each block."""
    total = None
    for tap in range(4):
        if not weights[tap].any() and (tap < 3 or total is not None):  # as of green that is not moved
            continue
        every_other = slice(tap, tap + 2 * _BLOCK, 2)
        picked = values[:, every_other] if axis == 1 else values[:, :, every_other]
        term = picked * weights[tap][:, None, None]
        total = term if total is None else np.add(total, term, out=total)
    assert total is not None
    return total


def _taps(t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Catmull-Rom weights for the fraction `t` (n,) and their derivatives, (4, n) float32."""
    weights = np.stack(
        [
            t * (-0.5 + t * (1 - 0.5 * t)),
            1 + t * t * (-2.5 + 1.5 * t),
            t * (0.5 + t * (2 - 1.5 * t)),
            t * t * (-0.5 + 0.5 * t),
        ]
    )
    slopes = np.stack([-0.5 + t * (2 - 1.5 * t), t * (-5 + 4.5 * t), 0.5 + t * (4 - 4.5 * t), t * (-1 + 1.5 * t)])
    return weights.astype(np.float32), slopes.astype(np.float32)


def _parted(values: np.ndarray) -> np.ndarray:
    """(n, BLOCK, BLOCK) as (n * PARTS^2, side, side), each part without its mean."""
    side = _BLOCK // PARTS
    parts = values.reshape(-1, PARTS, side, PARTS, side).swapaxes(2, 3).reshape(-1, side, side)
    return _centred(parts)


def _centred(values: np.ndarray) -> np.ndarray:
    return values - values.mean(axis=(1, 2), keepdims=True)


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("nij,nij->n", a, b, dtype=np.float64)


def measured(blocks: Blocks, colour: int, shift: Radial) -> tuple[np.ndarray, np.ndarray]:
    """What is left of each block's shift beyond `shift`, px, and its standard error; that is infinite for no edge."""
    own = blocks.samples[colour]
    moved, slope = (_parted(one) for one in _moved_and_slope(blocks, colour, shift))
    gg, gs, ss = _dot(moved, moved), _dot(moved, slope), _dot(slope, slope)
    og, os = _dot(own, moved), _dot(own, slope)
    with np.errstate(all="ignore"):
        determinant = gg * ss - gs * gs
        gain, share = (og * ss - os * gs) / determinant, (os * gg - og * gs) / determinant
        rest = np.maximum(_dot(own, own) - gain * og - share * os, 0) / ((_BLOCK // PARTS) ** 2 - 3)
        error = np.sqrt(rest * gg / determinant) / gain
        likeness = og / np.sqrt(gg * _dot(own, own))
        left = -share / gain
    good = (gain > 0.02) & (likeness > 0.5) & np.isfinite(left) & np.isfinite(error) & (abs(left) < 3)
    return np.where(good, left, 0.0), np.where(good, error, np.inf)


def unlikeness_of(blocks: Blocks, colour: int, shift: Radial) -> float:
    """Less what green moved by `shift` explains of the colour's parts: the sum of their squared correlations."""
    own, moved = blocks.samples[colour], _parted(_moved(blocks, colour, shift))
    product, total = _dot(own, moved), _dot(own, own) * _dot(moved, moved)
    usable = total > 0
    return float(-(np.maximum(product[usable], 0) ** 2 / total[usable]).sum())
