"""Rebuilding the quads of tiles in plain floating point: slow, obvious, sharing no code with the kernel."""

from __future__ import annotations

import math

import numpy as np

from ...photo.frame import RawFrame
from ..linearise import reference
from . import BRIGHTEST, FADE, FLAT, GENTLE, JUST_UNDER, MOST, MOST_FACTOR, MOST_LIFT, TILE_HEIGHT, TILE_WIDTH
from .saturation import NEAR
from .shares import BINS


def tiles(
    frame: RawFrame,
    gains: np.ndarray,
    thresholds: np.ndarray,
    shares: np.ndarray,
    cells_per_quad: float,
    headroom: float,
    shift: int,
    corners: np.ndarray,
    steepness: float = 1.0,
) -> np.ndarray:
    """(n, TILE_HEIGHT, TILE_WIDTH) float64 new stored values, before they are made whole, of the tiles at `corners`.

    `frame` has even sides that hold the tiles. The arguments are the kernel's, `thresholds` (2, 2) by place in a quad.
    """
    gain = reference.light(_at(frame, 1.0), gains) - reference.light(_at(frame, 0.0), gains)
    black = -reference.light(_at(frame, 0.0), gains) / gain
    colours = ["RGB".index(letter) for letter in frame.cfa or ""]
    own, clipped_at = (
        (frame.mosaic - black) * gain,
        (np.tile(thresholds, np.array(frame.mosaic.shape) // 2) - black) * gain,
    )
    faded = np.array(
        [
            [
                _fading(
                    own[2 * j : 2 * j + 2, 2 * i : 2 * i + 2], clipped_at[2 * j : 2 * j + 2, 2 * i : 2 * i + 2], colours
                )
                for i in range(frame.width // 2)
            ]
            for j in range(frame.height // 2)
        ]
    )
    faded = np.pad(faded, 2, mode="edge")
    shifted = [np.roll(faded, (j, i), axis=(0, 1)) for j, i in np.ndindex(3, 3)]
    means = np.roll(np.mean(shifted, axis=0), (-1, -1), axis=(0, 1))
    result = np.empty((len(corners), TILE_HEIGHT, TILE_WIDTH))
    for index, (left, top) in enumerate(corners):
        ends = [(left // 2 + i * TILE_WIDTH // 2, top // 2 + j * TILE_HEIGHT // 2) for j in (0, 1) for i in (0, 1)]
        around = np.array([_bilinear(shares[3 * BINS :], *end, cells_per_quad) for end in ends])
        for row in range(0, TILE_HEIGHT, 2):
            for column in range(0, TILE_WIDTH, 2):
                quad = np.s_[top + row : top + row + 2, left + column : left + column + 2]
                x, y = (left + column) // 2 + 0.5, (top + row) // 2 + 0.5
                across, down = (column / 2 + 0.5) / (TILE_WIDTH / 2), (row / 2 + 0.5) / (TILE_HEIGHT / 2)
                weights = [(1 - across) * (1 - down), across * (1 - down), (1 - across) * down, across * down]
                near = _bilinear(shares, x, y, cells_per_quad)[: 3 * BINS].reshape(3, BINS)
                light = ((frame.mosaic[quad] - black[quad]) * gain[quad]).ravel()
                clip = ((thresholds - black[quad]) * gain[quad]).ravel()
                fading = [
                    [_between(field, x + 2, y + 2, 2 * i - 1, 2 * j - 1) for field in (faded, means)]
                    for j, i in np.ndindex(2, 2)
                ]
                place = left + column, top + row
                beside = [_beside(own, frame.cfa or "", place[0] + i, place[1] + j) for j, i in np.ndindex(2, 2)]
                doubt = [
                    max(one, _among_clipped(own, clipped_at, colours, place, site))
                    for site, one in enumerate(_doubt(light, clip))
                ]
                new = _rebuilt(light, clip, colours, near, np.array(weights) @ around, headroom, fading, beside, doubt)
                stored = frame.mosaic[quad].ravel() if new is None else new / gain[quad].ravel() + black[quad].ravel()
                place = np.s_[index, row : row + 2, column : column + 2]
                shifted = (stored + 0.5) / 2**shift - 0.5
                white = (float(frame.white_level[0]) + 0.5) / 2**shift - 0.5
                over = np.maximum(shifted - white, 0)
                result[place] = (shifted - over + over / steepness).reshape(2, 2)
    return result


def _at(frame: RawFrame, value: float) -> RawFrame:
    """The frame as if it held one value everywhere."""
    return RawFrame(**{**frame.__dict__, "mosaic": np.full(frame.mosaic.shape, value)})


def _bilinear(planes: np.ndarray, x: float, y: float, cells_per_quad: float) -> np.ndarray:
    """(n,) of planes (n, h, w) at a place in quads."""
    height, width = planes.shape[1:]
    across = min(max(x * cells_per_quad - 0.5, 0.0), width - 1.0)
    down = min(max(y * cells_per_quad - 0.5, 0.0), height - 1.0)
    left, top = int(across), int(down)
    right, bottom = min(left + 1, width - 1), min(top + 1, height - 1)
    above = planes[:, top, left] * (1 - (across - left)) + planes[:, top, right] * (across - left)
    below = planes[:, bottom, left] * (1 - (across - left)) + planes[:, bottom, right] * (across - left)
    return above * (1 - (down - top)) + below * (down - top)


def _beside(light: np.ndarray, cfa: str, column: int, row: int) -> list[float]:
    """The mean of each colour among the samples around a place, but for its own. Beyond the frame, quads repeat."""
    height, width = light.shape
    own = "RGB".index(cfa[2 * (row % 2) + column % 2])
    found = [[], [], []]
    for j, i in np.ndindex(3, 3):
        y, x = row + j - 1, column + i - 1
        if (i, j) == (1, 1):
            continue
        colour = "RGB".index(cfa[2 * (y % 2) + x % 2])
        x, y = (at + 2 * (at < 0) - 2 * (at >= size) for at, size in ((x, width), (y, height)))
        if colour != own:
            found[colour].append(light[y, x])
    return [float(np.mean(one)) if one else 0.0 for one in found]


def _smooth(part: float) -> float:
    part = min(max(part, 0.0), 1.0)
    return part * part * (3 - 2 * part)


def _doubt(light: np.ndarray, clip: np.ndarray) -> list[float]:
    return [_smooth((own / end - (1 - NEAR)) / NEAR) for own, end in zip(light, clip, strict=True)]


def _among_clipped(light: np.ndarray, clip: np.ndarray, colours: list[int], place: tuple, site: int) -> float:
    """How little a green sample just under its clip is believed, among clipped ones."""
    if colours[site] != 1:
        return 0.0
    height, width = light.shape
    x, y = place[0] + site % 2, place[1] + site // 2
    doubts = []
    for j, i in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
        at = [to + 2 * (to < 0) - 2 * (to >= size) for to, size in ((x + i, width), (y + j, height))]
        doubts += _doubt(light[at[1], at[:1]], clip[at[1], at[:1]])
    low, high = JUST_UNDER
    near = min(max((light[y, x] / clip[y, x] - low) / (high - low), 0.0), 1.0)
    return float(near * min(sum(doubts) / 2, 1.0))


def _fading(light: np.ndarray, clip: np.ndarray, colours: list[int]) -> float:
    """How near a quad is to holding nothing but clipped samples."""
    light, clip = light.ravel(), clip.ravel()
    rooms = [float(light[np.equal(colours, c)].mean() / clip[np.equal(colours, c)].mean()) for c in range(3)]
    return _smooth((min(rooms) - (1 - FADE)) / FADE) * max(_doubt(light, clip))


def _between(faded: np.ndarray, x: float, y: float, right: int, below: int) -> float:
    """What quads fade, a quarter of a quad from the centre of the one at x, y."""
    return float(_bilinear(faded[None], x + right / 4, y + below / 4, 1.0)[0])


def _rebuilt(
    light: np.ndarray,
    clip: np.ndarray,
    colours: list[int],
    near: np.ndarray,
    around: np.ndarray,
    headroom: float,
    fading: list[list[float]],
    beside: list[list[float]],
    doubt: list[float],
) -> np.ndarray | None:
    """The light of a quad's four sites, of `colours`, by their `doubt`; None where nothing is near its clip."""
    if max(doubt) == 0:
        return None
    own = [float(np.mean(light[np.equal(colours, colour)])) for colour in range(3)]
    ends = [float(np.mean(clip[np.equal(colours, colour)])) for colour in range(3)]
    doubts = [max(doubt[site] for site in range(4) if colours[site] == colour) for colour in range(3)]
    found = _estimates(own, doubts, near, around[:3])
    expected, factors = [], []
    for site in range(4):
        others = [c for c in range(3) if c != colours[site]]
        here = sum((1 - doubts[c]) * max(beside[site][c], 0.0) for c in others) + 1e-6
        usual = sum((1 - doubts[c]) * max(own[c], 0.0) for c in others) + 1e-6
        factor = min(max(here / usual, 1 / MOST_FACTOR), MOST_FACTOR)
        factors.append(factor)
        expected.append(found[colours[site]] * factor)
    over = max(doubt[site] * light[site] / max(expected[site], 1e-6) for site in range(4))
    lift = sorted(doubts)[1] * (min(max(over, 1.0), MOST_LIFT) - 1)
    expected = [
        one * (1 + lift * (max(factor - 1, 0.0) + FLAT) / (max(*factors, 1.0) - 1 + FLAT))
        for one, factor in zip(expected, factors, strict=True)
    ]
    new = [light[s] + doubt[s] * max(expected[s] - light[s], 0.0) for s in range(4)]
    top = headroom * min(ends)
    least, greatest = min(*new, top), max(one / factor for one, factor in zip(new, factors, strict=True))
    for site in range(4):  # towards grey, which keeps the hue
        too_much = greatest * factors[site] - least
        if too_much > top - least:
            new[site] = least + (new[site] - least) * (top - least) / too_much
        new[site] = min(new[site], top)
    beyond = [min(around[4], GENTLE + min(max(2 * inside - 1, 0), 1) ** 2) for _, inside in fading]
    whites = [min(ends) * (around[3] + (BRIGHTEST - around[3]) * part) for part in beyond]
    return np.array([one + part * (end - one) for one, end, (part, _) in zip(new, whites, fading, strict=True)])


def _estimates(own: list[float], doubts: list[float], near: np.ndarray, mean: np.ndarray) -> list[float]:
    """The light of each channel by what the others hold."""
    own = [max(one, 0.0) for one in own]
    trust = [1 - one for one in doubts]
    seen = sum(part * one for part, one in zip(trust, own, strict=True))
    meant = sum(part * one for part, one in zip(trust, mean, strict=True))
    scale = seen / max(meant, max(trust) * (1 - MOST) + 1e-6)
    found = [max(trust) * scale * one + (1 - max(trust)) * max(own) for one in mean]
    worst = doubts.index(max(doubts))
    first, last = (own[channel] for channel in range(3) if channel != worst)
    guide = first / max(first + last, 1e-6) * (BINS - 1)
    knot = min(math.floor(guide), BINS - 2)
    share = near[worst, knot] + (near[worst, knot + 1] - near[worst, knot]) * (guide - knot)
    alone = (first + last) * share / max(1 - share, 1 - MOST)
    lone = 1 - sorted(doubts)[1] / max(doubts)
    found[worst] += lone * (alone - found[worst])
    return found
