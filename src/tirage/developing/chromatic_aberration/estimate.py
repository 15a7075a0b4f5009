"""How far red and blue lie beside green along the radius, from blocks of the mosaic that hold edges.

Per block, red is regressed on green and on green's slope along the radius: the slope's share is the shift (Lucas and
Kanade 1981, one direction). Any edge between two colours has one profile in all of them, but for scale and offset,
so coloured edges do not deceive it; what remains is outvoted by Tukey's biweight. Green is moved by the shifts found
and the rest measured again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial

import numpy as np

from ...photo.frame import RawFrame
from ...photo.quantile import median
from ..linearise import cfa_shift
from . import REACH

#: Side of a block in quads, and parts down and across a block that are judged apart: within one, an edge or two.
_BLOCK, _PARTS = 16, 2
#: Blocks along the longer side of the frame, and places beside each other that each is chosen from, down and across:
#: in large frames, and in those that have not so many places.
_LARGE, _SMALL = (13, 3), (18, 2)
#: Pixels from one that is looked at for that to the next.
_SKETCH = 4
#: Pixels around a block for the cubic's taps and green's own neighbours, without and with the reach.
_NARROW, _WIDE = 4, REACH + 4
#: A shift counts from here at the corner, in px, and from so many standard errors; both are lower for a first look.
_LEAST, _SURE = 0.25, 5.0
_GLANCE_LEAST, _GLANCE_SURE = 0.05, 2.5
#: The greatest shift at the corner that is believed, in px and as a share of the corner's distance; and the steps in
#: which it is looked for, px.
_GREATEST, _GREATEST_SHARE, _STEP = 6.0, 0.01, 1.5
#: Fewer blocks than this say nothing, nor do blocks that all lie within half of the way to the corner; those in the
#: centre are not even looked at.
_FEWEST, _OUTERMOST, _INNERMOST = 12, 0.5, 0.1
#: The scatter of blocks' shifts that noise does not explain, px.
_SCATTER = 0.05
#: A curved law is taken when its curve is so many standard errors, and so many px at the corner, and when it makes so
#: much more of the parts' light alike, in squares of correlations, than the best straight one.
_CURVED, _BENT, _PLAIN = 2.5, 0.25, 0.1
#: How often the shifts are measured again once they are known roughly; for that, one block in so many is enough.
_ROUNDS, _ROUGHLY = 3, 3
#: Another centre than the frame's is looked for where shifts ask for it by so many standard errors, up to so many half
#: diagonals away, so often. It is believed where it makes so much more of the parts' light alike, in squares of
#: correlations and as a share of what the frame's own does.
_ELSEWHERE, _FARTHEST, _SEARCHES = 8.0, 2.0, 3
_BETTER, _BETTER_SHARE = 1.5, 0.05

#: Down and right of the middle of the frame, px.
Centre = tuple[float, float]
_MIDDLE: Centre = (0.0, 0.0)


@dataclass(frozen=True)
class Radial:
    """Red or blue lies at a green pixel's place plus (its place from the centre) * (linear + cubic * r^2) / corner.

    r is 1 at the frame's farthest corner, `corner` px from the `centre`; `linear` and `cubic` are px there, `error` is
    the standard error of their sum.
    """

    linear: float = 0.0
    cubic: float = 0.0
    error: float = 0.0
    centre: Centre = _MIDDLE

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
class _Blocks:
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

    def every(self, step: int) -> _Blocks:
        """One block in `step`."""
        some = slice(None, None, step)
        return replace(self, green=self.green[some], patches=self.patches[some], middle=self.middle[:, some])


def estimate(frame: RawFrame) -> tuple[Radial, Radial] | None:
    """The shifts of red and blue of a Bayer frame, about one centre; None where neither is sure to be seen."""
    places = _places(frame, _MIDDLE)
    blocks = _blocks(frame, places, _NARROW)
    if blocks is None:
        return None
    seen = [_measured(blocks, colour, NOTHING) for colour in (0, 1)]
    glances = [_fitted(blocks, *one, NOTHING, curved=False) for one in seen]
    elsewhere = _centre(blocks, (NOTHING, NOTHING), seen)
    if elsewhere is None and not any(one and one.exceeds(_GLANCE_LEAST, _GLANCE_SURE) for one in glances):
        return None
    blocks = _blocks(frame, places, _WIDE)
    if blocks is None:
        return None
    found = _shifts(blocks, glances)
    if elsewhere is not None:
        found = _about_another(frame, elsewhere, found) or found
    red, blue = (one.rounded() for one in found)
    return (red, blue) if red.at_corner or blue.at_corner else None


def _shifts(blocks: _Blocks, glances: list[Radial | None]) -> tuple[Radial, Radial]:
    """The shifts of red and blue about the blocks' centre, first seen as `glances`."""
    greatest = min(_GREATEST, _GREATEST_SHARE * blocks.corner)
    red, blue = (_shift(blocks, colour, one, greatest) for colour, one in enumerate(glances))
    return replace(red, centre=blocks.centre), replace(blue, centre=blocks.centre)


def _about_another(frame: RawFrame, centre: Centre, found: tuple[Radial, Radial]) -> tuple[Radial, Radial] | None:
    """The shifts about the centre that is looked for from `centre` on; None unless that is much better than `found`."""
    best, least = None, 0.0
    for _ in range(_SEARCHES):
        blocks = _blocks(frame, _places(frame, centre), _WIDE)
        if blocks is None:
            break
        seen = (_measured(blocks, colour, NOTHING) for colour in (0, 1))
        laws = _shifts(blocks, [_fitted(blocks, *one, NOTHING, curved=False) for one in seen])
        if not any(law.at_corner for law in laws):
            break
        about_middle = replace(blocks, centre=_MIDDLE)
        nothing, own, usual = (
            sum(_unlikeness(some, colour, some_laws[colour]) for colour in (0, 1))
            for some, some_laws in ((blocks, (NOTHING, NOTHING)), (blocks, laws), (about_middle, found))
        )
        gain = usual - own
        if gain > max(_BETTER, _BETTER_SHARE * (nothing - own), least):
            best, least = laws, gain
        better = _centre(blocks, laws, [_measured(blocks, colour, law) for colour, law in enumerate(laws)])
        if better is None:
            break
        centre = better
    return best


def _centre(blocks: _Blocks, laws: tuple[Radial, Radial], seen: list[tuple[np.ndarray, np.ndarray]]) -> Centre | None:
    """Where the shifts of both colours, as `seen` around `laws`, have their centre; None where the blocks' own will do.

    Straight shifts about another centre are those about this one and the same step everywhere.
    """
    normal, wanted, asked = 0.0, np.zeros(2), 0.0
    for law, (left, error) in zip(laws, seen, strict=True):
        used = error < 1.0
        if used.sum() < _FEWEST:
            continue
        radius, down, right = (np.repeat(one, _PARTS * _PARTS)[used] for one in (blocks.radius, *blocks.toward))
        shift = left[used] + law.along(radius)
        (grows, *step), errors = _robust(np.stack([radius, down, right]), shift, error[used])
        variance = errors[1][1] + errors[2][2]
        asked += (step[0] ** 2 + step[1] ** 2) / variance
        normal += grows**2 / variance
        wanted -= grows * np.array(step) / variance
    if asked < _ELSEWHERE**2 / 2 or not normal:
        return None
    centre = np.array(blocks.centre) + wanted / normal * blocks.corner
    most = _FARTHEST * float(np.hypot(*blocks.half))
    centre *= min(1.0, most / max(float(np.hypot(*centre)), 1e-9))
    return float(np.rint(centre[0])), float(np.rint(centre[1]))


def _shift(blocks: _Blocks, colour: int, glance: Radial | None, greatest: float) -> Radial:
    """The shift of red (0) or blue (1), first seen as `glance`; that of nothing where it is not sure."""
    if glance is None or not glance.exceeds(_GLANCE_LEAST, _GLANCE_SURE):
        return NOTHING
    steps = np.arange(0, greatest + _STEP / 2, _STEP) * np.sign(glance.at_corner)
    tried = [Radial(float(step)) for step in steps]
    some = blocks.every(_ROUGHLY)
    found = tried[int(np.argmin([_unlikeness(some, colour, one) for one in tried]))]
    straight = _refined(blocks, colour, found, greatest, curved=False)
    curved = _refined(blocks, colour, straight or found, greatest, curved=True)
    unlikeness = cache(partial(_unlikeness, blocks, colour))
    laws = [one for one in (curved, straight) if one]
    # Where edges are faint a block agrees with whatever it is asked about: a curve has to show in how alike they are.
    if len(laws) == 2 and unlikeness(laws[0]) > unlikeness(laws[1]) - _PLAIN:
        laws.reverse()
    return next((one for one in laws if _is_sure(blocks, colour, one, unlikeness)), NOTHING)


def _refined(blocks: _Blocks, colour: int, found: Radial, greatest: float, curved: bool) -> Radial | None:
    """The law that is measured around `found`, again and again; None where there is none up to the `greatest` shift."""
    for _ in range(_ROUNDS):
        better = _fitted(blocks, *_measured(blocks, colour, found), found, curved)
        if better is None or abs(better.at_corner) > greatest:
            return None
        if better == found:
            break
        found = better
        if curved and not found.cubic:
            break
    return found


def _is_sure(blocks: _Blocks, colour: int, found: Radial, unlikeness: Callable[[Radial], float]) -> bool:
    """Whether `found` could be seen, green moved by it is more like the colour, and no quarter says the opposite."""
    if not found.exceeds(_LEAST, _SURE):
        return False
    if unlikeness(found) >= unlikeness(NOTHING):
        return False
    left, error = _measured(blocks, colour, found)
    radius, below, right = (np.repeat(one, _PARTS * _PARTS) for one in (blocks.radius, *blocks.toward))
    shift = left + found.along(radius)
    for quarter in range(4):
        inside = (error < 1.0) & ((below > 0) == (quarter // 2 == 1)) & ((right > 0) == (quarter % 2 == 1))
        if inside.sum() >= _FEWEST:
            (own,), ((variance,),) = _robust(radius[None, inside], shift[inside], error[inside])
            if own * np.sign(found.at_corner) < -2 * variance**0.5:
                return False
    return True


@dataclass(frozen=True, eq=False)
class _Places:
    """First rows and columns (n,) of blocks' samples, red's, and where their middles lie; see `_Blocks`."""

    top: np.ndarray
    left: np.ndarray
    middle: np.ndarray
    centre: Centre


def _places(frame: RawFrame, centre: Centre) -> _Places:
    """The blocks with the strongest edges along the radius from `centre`, of each part of the frame."""
    shift_x, shift_y = cfa_shift(frame.cfa or "none", 0, 0)
    size = 2 * _BLOCK + 2 * _WIDE
    longest = max(frame.mosaic.shape)
    across, choices = _LARGE if longest >= size * _LARGE[0] * _LARGE[1] else _SMALL
    rows, columns = (_starts(side, size, across * choices * side / longest) for side in frame.mosaic.shape)
    if len(rows) * len(columns) < _FEWEST:
        nothing = np.zeros(0)
        return _Places(nothing, nothing, np.zeros((2, 0)), centre)
    rows, columns = rows + shift_y + _WIDE, columns + shift_x + _WIDE
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
    return _Places(top[chosen], left[chosen], middle[:, chosen], centre)


def _blocks(frame: RawFrame, places: _Places, around: int) -> _Blocks | None:
    """The unclipped blocks, with `around` pixels about them; None of too few."""
    if len(places.top) < _FEWEST:
        return None
    side = 2 * _BLOCK + 2 * around
    windows = np.lib.stride_tricks.sliding_window_view(frame.mosaic, (side, side))
    patches = _numbers(windows[places.top - around, places.left - around], frame)
    good = patches.max(axis=(1, 2)) < _white(frame) - _black(frame)
    if good.sum() < _FEWEST:
        return None
    half = np.array(frame.mosaic.shape) / 2
    return _Blocks(_green(patches[good]), patches[good], around, places.middle[:, good], half, places.centre)


def corner_of(frame: RawFrame, centre: Centre = _MIDDLE) -> float:
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


def _moved(blocks: _Blocks, colour: int, shift: Radial) -> np.ndarray:
    """Green where the colour's samples show it, (n, BLOCK, BLOCK)."""
    window, (rows, _), (columns, _) = _window(blocks, colour, shift)
    return _along(_along(window, rows, 1), columns, 2)


def _moved_and_slope(blocks: _Blocks, colour: int, shift: Radial) -> tuple[np.ndarray, np.ndarray]:
    """Green where the colour's samples show it, and its slope along the radius: (n, BLOCK, BLOCK) each."""
    window, (rows, slopes_down), (columns, slopes_across) = _window(blocks, colour, shift)
    toward = blocks.toward.astype(np.float32)
    halfway = _along(window, rows, 1)
    down = _along(_along(window, slopes_down * toward[0], 1), columns, 2)
    return _along(halfway, columns, 2), down + _along(halfway, slopes_across * toward[1], 2)


def _window(blocks: _Blocks, colour: int, shift: Radial) -> tuple[np.ndarray, tuple, tuple]:
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
    side = _BLOCK // _PARTS
    parts = values.reshape(-1, _PARTS, side, _PARTS, side).swapaxes(2, 3).reshape(-1, side, side)
    return _centred(parts)


def _centred(values: np.ndarray) -> np.ndarray:
    return values - values.mean(axis=(1, 2), keepdims=True)


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("nij,nij->n", a, b, dtype=np.float64)


def _measured(blocks: _Blocks, colour: int, shift: Radial) -> tuple[np.ndarray, np.ndarray]:
    """What is left of each block's shift beyond `shift`, px, and its standard error; that is infinite for no edge."""
    own = blocks.samples[colour]
    moved, slope = (_parted(one) for one in _moved_and_slope(blocks, colour, shift))
    gg, gs, ss = _dot(moved, moved), _dot(moved, slope), _dot(slope, slope)
    og, os = _dot(own, moved), _dot(own, slope)
    with np.errstate(all="ignore"):
        determinant = gg * ss - gs * gs
        gain, share = (og * ss - os * gs) / determinant, (os * gg - og * gs) / determinant
        rest = np.maximum(_dot(own, own) - gain * og - share * os, 0) / ((_BLOCK // _PARTS) ** 2 - 3)
        error = np.sqrt(rest * gg / determinant) / gain
        likeness = og / np.sqrt(gg * _dot(own, own))
        left = -share / gain
    good = (gain > 0.02) & (likeness > 0.5) & np.isfinite(left) & np.isfinite(error) & (abs(left) < 3)
    return np.where(good, left, 0.0), np.where(good, error, np.inf)


def _unlikeness(blocks: _Blocks, colour: int, shift: Radial) -> float:
    """Less what green moved by `shift` explains of the colour's parts: the sum of their squared correlations."""
    own, moved = blocks.samples[colour], _parted(_moved(blocks, colour, shift))
    product, total = _dot(own, moved), _dot(own, own) * _dot(moved, moved)
    usable = total > 0
    return float(-(np.maximum(product[usable], 0) ** 2 / total[usable]).sum())


def _fitted(blocks: _Blocks, left: np.ndarray, error: np.ndarray, before: Radial, curved: bool) -> Radial | None:
    """`before` plus the radial law that most parts' remaining shifts follow; None where too few speak.

    The law is a straight one unless a `curved` one may be taken, of more parts, and is plainly better.
    """
    radii = np.repeat(blocks.radius, _PARTS * _PARTS)
    used = error < 1.0
    if used.sum() < _FEWEST or radii[used].max() < _OUTERMOST:
        return None
    radius, error = radii[used], error[used]
    shift = left[used] + before.along(radius)
    if curved and used.sum() >= _FEWEST * _PARTS * _PARTS:
        (linear, cubic), errors = _robust(np.stack([radius, radius**3]), shift, error)
        if abs(cubic) > max(_CURVED * errors[1][1] ** 0.5, _BENT):
            return Radial(linear, cubic, max(sum(map(sum, errors)), 0.0) ** 0.5)
    (linear,), ((variance,),) = _robust(radius[None], shift, error)
    return Radial(linear, 0.0, variance**0.5)


def _robust(columns: np.ndarray, y: np.ndarray, error: np.ndarray) -> tuple[list[float], list[list[float]]]:
    """Coefficients of one to three `columns` (k, n) that add up to `y`, and the covariances of their errors (k, k).

    Least absolute deviations first, then Tukey's biweight.
    """
    weight = 1 / (error**2 + _SCATTER**2)
    root = np.sqrt(weight)
    count = len(columns)
    products = np.stack([a * b for a in columns for b in (*columns, y)]) * weight
    weighted = np.concatenate([columns, y[None]]) * root
    trust = np.ones_like(y)
    for turn in range(10):
        sums = (products * trust).sum(axis=1).reshape(count, count + 1).tolist()
        inverse = _inverse([row[:-1] for row in sums])
        model = [float(sum(row[k] * sums[k][-1] for k in range(count))) for row in inverse]
        rest = np.abs(weighted[-1] - sum(value * a for value, a in zip(model, weighted, strict=False)))
        scatter = max(float(median(rest)) * 1.4826, 0.3)
        unit = rest / scatter
        trust = 1 / np.maximum(unit, 0.1) if turn < 4 else np.maximum(1 - (unit / 4.7) ** 2, 0) ** 2
    return model, [[scatter**2 * value for value in row] for row in inverse]


def _inverse(matrix: list[list[float]]) -> list[list[float]]:
    """Of a symmetric one of a few rows; without a usable inverse, one that says that nothing is known."""
    size = len(matrix)
    unit = [[float(row == column) for column in range(size)] for row in range(size)]
    rows = [own + one for own, one in zip(matrix, unit, strict=True)]
    for k in range(size):
        if not rows[k][k] > 1e-9 * matrix[k][k]:
            return [[1e12 * value for value in row] for row in unit]
        rows[k] = [value / rows[k][k] for value in rows[k]]
        for other in range(size):
            if other != k:
                factor = rows[other][k]
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[k], strict=True)]
    return [row[size:] for row in rows]
