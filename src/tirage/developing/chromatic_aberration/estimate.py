"""How far red and blue lie beside green along the radius, from blocks of the mosaic that hold edges.

Per block, red is regressed on green and on green's slope along the radius: the slope's share is the shift (Lucas and
Kanade 1981, one direction). Any edge between two colours has one profile in all of them, but for scale and offset,
so coloured edges do not deceive it; what remains is outvoted by Tukey's biweight. Green is moved by the shifts found
and the rest measured again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial

import numpy as np

from ...photo.frame import RawFrame
from ...photo.quantile import median
from .blocks import (
    FEWEST,
    MIDDLE,
    NARROW,
    NOTHING,
    PARTS,
    WIDE,
    Blocks,
    Centre,
    Radial,
    blocks_at,
    measured,
    places_of,
    unlikeness_of,
)

#: A shift counts from here at the corner, in px, and from so many standard errors; both are lower for a first look.
_LEAST, _SURE = 0.25, 5.0
_GLANCE_LEAST, _GLANCE_SURE = 0.05, 2.5
#: The greatest shift at the corner that is believed, in px and as a share of the corner's distance; and the steps in
#: which it is looked for, px.
_GREATEST, _GREATEST_SHARE, _STEP = 6.0, 0.01, 1.5
#: Blocks that all lie within half of the way to the corner say nothing.
_OUTERMOST = 0.5
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

#: What is left of each part's shift beyond a law, px, and its standard error.
_Seen = Callable[[Radial], tuple[np.ndarray, np.ndarray]]


def estimate(frame: RawFrame) -> tuple[Radial, Radial] | None:
    """The shifts of red and blue of a Bayer frame, about one centre; None where neither is sure to be seen."""
    places = places_of(frame, MIDDLE)
    blocks = blocks_at(frame, places, NARROW)
    if blocks is None:
        return None
    seen = [measured(blocks, colour, NOTHING) for colour in (0, 1)]
    glances = [_fitted(blocks, *one, NOTHING, curved=False) for one in seen]
    elsewhere = _centre(blocks, (NOTHING, NOTHING), seen)
    if elsewhere is None and not any(one and one.exceeds(_GLANCE_LEAST, _GLANCE_SURE) for one in glances):
        return None
    blocks = blocks_at(frame, places, WIDE)
    if blocks is None:
        return None
    found = _shifts(blocks, glances)
    if elsewhere is not None:
        found = _about_another(frame, elsewhere, found) or found
    red, blue = (one.rounded() for one in found)
    return (red, blue) if red.at_corner or blue.at_corner else None


def _shifts(blocks: Blocks, glances: list[Radial | None]) -> tuple[Radial, Radial]:
    """The shifts of red and blue about the blocks' centre, first seen as `glances`."""
    greatest = min(_GREATEST, _GREATEST_SHARE * blocks.corner)
    red, blue = (_shift(blocks, colour, one, greatest) for colour, one in enumerate(glances))
    return replace(red, centre=blocks.centre), replace(blue, centre=blocks.centre)


def _about_another(frame: RawFrame, centre: Centre, found: tuple[Radial, Radial]) -> tuple[Radial, Radial] | None:
    """The shifts about the centre that is looked for from `centre` on; None unless that is much better than `found`."""
    best, least = None, 0.0
    for _ in range(_SEARCHES):
        blocks = blocks_at(frame, places_of(frame, centre), WIDE)
        if blocks is None:
            break
        seen = (measured(blocks, colour, NOTHING) for colour in (0, 1))
        laws = _shifts(blocks, [_fitted(blocks, *one, NOTHING, curved=False) for one in seen])
        if not any(law.at_corner for law in laws):
            break
        about_middle = replace(blocks, centre=MIDDLE)
        nothing, own, usual = (
            sum(unlikeness_of(some, colour, some_laws[colour]) for colour in (0, 1))
            for some, some_laws in ((blocks, (NOTHING, NOTHING)), (blocks, laws), (about_middle, found))
        )
        gain = usual - own
        if gain > max(_BETTER, _BETTER_SHARE * (nothing - own), least):
            best, least = laws, gain
        better = _centre(blocks, laws, [measured(blocks, colour, law) for colour, law in enumerate(laws)])
        if better is None:
            break
        centre = better
    return best


def _centre(blocks: Blocks, laws: tuple[Radial, Radial], seen: list[tuple[np.ndarray, np.ndarray]]) -> Centre | None:
    """Where the shifts of both colours, as `seen` around `laws`, have their centre; None where the blocks' own will do.

    Straight shifts about another centre are those about this one and the same step everywhere.
    """
    normal, wanted, asked = 0.0, np.zeros(2), 0.0
    for law, (left, error) in zip(laws, seen, strict=True):
        used = error < 1.0
        if used.sum() < FEWEST:
            continue
        radius, down, right = (np.repeat(one, PARTS * PARTS)[used] for one in (blocks.radius, *blocks.toward))
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


def _shift(blocks: Blocks, colour: int, glance: Radial | None, greatest: float) -> Radial:
    """The shift of red (0) or blue (1), first seen as `glance`; that of nothing where it is not sure."""
    if glance is None or not glance.exceeds(_GLANCE_LEAST, _GLANCE_SURE):
        return NOTHING
    steps = np.arange(0, greatest + _STEP / 2, _STEP) * np.sign(glance.at_corner)
    tried = [Radial(float(step)) for step in steps]
    some = blocks.every(_ROUGHLY)
    found = tried[int(np.argmin([unlikeness_of(some, colour, one) for one in tried]))]
    seen, unlikeness = cache(partial(measured, blocks, colour)), cache(partial(unlikeness_of, blocks, colour))
    straight = _refined(blocks, seen, found, greatest, curved=False)
    curved = _refined(blocks, seen, straight or found, greatest, curved=True)
    laws = [one for one in (curved, straight) if one and one.exceeds(_LEAST, _SURE)]
    # Where edges are faint a block agrees with whatever it is asked about: a curve has to show in how alike they are.
    if len(laws) == 2 and unlikeness(laws[0]) > unlikeness(laws[1]) - _PLAIN:
        laws.reverse()
    return next((one for one in laws if _is_sure(blocks, one, seen, unlikeness)), NOTHING)


def _refined(blocks: Blocks, seen: _Seen, found: Radial, greatest: float, curved: bool) -> Radial | None:
    """The law that is measured around `found`, again and again; None where there is none up to the `greatest` shift."""
    for _ in range(_ROUNDS):
        better = _fitted(blocks, *seen(found), found, curved)
        if better is None or abs(better.at_corner) > greatest:
            return None
        if better == found or (found.cubic and not better.cubic):  # a curve that was seen counts, though less may not
            break
        found = better
        if curved and not found.cubic:
            break
    return found


def _is_sure(blocks: Blocks, found: Radial, seen: _Seen, unlikeness: Callable[[Radial], float]) -> bool:
    """Whether green moved by `found` is more like the colour, and no quarter says the opposite."""
    if unlikeness(found) >= unlikeness(NOTHING):
        return False
    left, error = seen(found)
    radius, below, right = (np.repeat(one, PARTS * PARTS) for one in (blocks.radius, *blocks.toward))
    shift = left + found.along(radius)
    for quarter in range(4):
        inside = (error < 1.0) & ((below > 0) == (quarter // 2 == 1)) & ((right > 0) == (quarter % 2 == 1))
        if inside.sum() >= FEWEST:
            (own,), ((variance,),) = _robust(radius[None, inside], shift[inside], error[inside])
            if own * np.sign(found.at_corner) < -2 * variance**0.5:
                return False
    return True


def _fitted(blocks: Blocks, left: np.ndarray, error: np.ndarray, before: Radial, curved: bool) -> Radial | None:
    """`before` plus the radial law that most parts' remaining shifts follow; None where too few speak.

    The law is a straight one unless a `curved` one may be taken, of more parts, and is plainly better.
    """
    radii = np.repeat(blocks.radius, PARTS * PARTS)
    used = error < 1.0
    if used.sum() < FEWEST or radii[used].max() < _OUTERMOST:
        return None
    radius, error = radii[used], error[used]
    shift = left[used] + before.along(radius)
    if curved and used.sum() >= FEWEST * PARTS * PARTS:
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
