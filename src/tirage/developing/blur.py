"""Blur: how wide the lens and the pixels of a frame spread a point of light, from the sharpest of its own edges.

Method: an edge behind a Gaussian blur is the normal distribution's integral across it. It is fitted to the green
samples around the strongest slopes of small tiles (Gauss-Newton: angle, place, width, both sides' light), in linear
light and before anything is interpolated; since an edge is slanted, widths under the samples' distance can be told.
What is no edge (a line, a corner, texture) does not fit and is left out. Of the widths, the lens's is near the least:
what is out of focus, in motion or soft by itself is wider. It is their lower sixth, each raised by as much of its own
standard error, so that noise alone does not make a frame seem sharp.
Papers: ISO 12233 (slanted edges); Elder and Zucker, Local scale control for edge detection and blur estimation, 1998.
Domain: a Bayer mosaic in stored units, before its noise is removed. Limits: a Gaussian, one for the whole frame.
"""

from __future__ import annotations

import numpy as np

from ..noise.model import QUICK, Noise, noise_of
from ..photo.frame import RawFrame
from ..photo.quantile import quantiles
from .linearise import cfa_shift

#: Side of the tiles in which the strongest slope is looked for, px, and how many there are in a large frame.
_TILE, _TILES = 16, 2800
#: Pixels around an edge's middle that it is fitted to, to each side, and the greatest distance from the middle.
_AROUND = 5
#: How many edges are fitted at most; fewer good ones than this say nothing.
_MOST, _FEWEST = 256, 8
#: A slope counts from so many deviations of noise, and this share of the range.
_SURE, _LEAST_SLOPE = 5.0, 0.01
#: Rounds of Gauss-Newton; the width that it starts from, and the least and the greatest that it may find, px.
_ROUNDS, _START, _LEAST, _GREATEST = 5, 0.8, 0.25, 2.5
#: What an edge may leave unexplained: this share of its height, or so many deviations of noise.
_UNLIKE, _NOISY = 0.04, 1.3
#: An edge's width must be known to this share.
_UNSURE = 0.25
#: Of the widths, the quantile that is the lens's, and the standard errors below the true width at which that lies.
_QUANTILE, _DEVIATIONS = 0.15, 1.04
#: Light from which a sample may have clipped, of the range; pixels that an edge may lie from its window's middle.
_CLIP, _FROM_MIDDLE = 0.98, 2.0


def blur_of(frame: RawFrame, noise: Noise | None = None) -> float | None:
    """Deviation, px, of the Gaussian nearest to the blur of lens and pixels; None where too few edges tell it.

    `noise` is found in the frame unless it is given.
    """
    found = edges(frame, noise)
    if found is None or len(found[0]) < _FEWEST:
        return None
    width, error = found
    return round(float(quantiles(width + _DEVIATIONS * error, (_QUANTILE,))[0]), 2)


def edges(frame: RawFrame, noise: Noise | None = None) -> tuple[np.ndarray, np.ndarray] | None:
    """Widths (deviations, px) of the frame's straight, lone edges, and their standard errors; None without any."""
    if frame.cfa is None or min(frame.mosaic.shape) < 4 * _TILE:
        return None
    black, white = float(np.mean(frame.black_level)), float(np.min(frame.white_level))
    span = white - black
    if not span > 0:
        return None
    pair = (noise or noise_of(frame, QUICK)).noisiest
    rows, columns = _places(frame, black, span, pair)
    if len(rows) < _FEWEST:
        return None
    values, x, y = _windows(frame, rows, columns, black, span)
    return _fitted(values, x, y, pair)


def _variance(light: np.ndarray, noise: tuple[float, float]) -> np.ndarray:
    return np.maximum(noise[0] * np.maximum(light, 0) + noise[1], 1e-10).astype(np.float32)


def _light(stored: np.ndarray, black: float, span: float) -> np.ndarray:
    """Stored values on 0..1, float32; what is no number is black."""
    with np.errstate(invalid="ignore", over="ignore"):
        light = (stored.astype(np.float32) - np.float32(black)) * np.float32(1 / span)
    return np.nan_to_num(np.clip(light, -1, 2), copy=False, nan=0.0)


def _places(frame: RawFrame, black: float, span: float, noise: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the steepest slopes of tiles, the steepest for their tile's contrast first."""
    shift_x, shift_y = cfa_shift(frame.cfa or "none", 0, 0)
    height, width = frame.mosaic.shape
    step = max(int((height * width / _TILES) ** 0.5) // 2 * 2, _TILE)
    down, across = height // step, width // step
    grid = frame.mosaic[: down * step, : across * step].reshape(down, step, across, step)
    # Greens beside red.
    green = _light(grid[:, shift_y:_TILE:2, :, 1 - shift_x : _TILE : 2], black, span).transpose(0, 2, 1, 3)
    green = np.ascontiguousarray(green).reshape(down * across, *green.shape[2:])
    vertical = green[:, 1:, :-1] - green[:, :-1, :-1] + green[:, 1:, 1:] - green[:, :-1, 1:]
    horizontal = green[:, :-1, 1:] - green[:, :-1, :-1] + green[:, 1:, 1:] - green[:, 1:, :-1]
    steep = vertical * vertical + horizontal * horizontal  # of twice the slope
    place = steep.reshape(len(steep), -1).argmax(axis=1)
    steepest = 0.5 * np.sqrt(steep.reshape(len(steep), -1)[np.arange(len(steep)), place])
    darkest, brightest = green.min(axis=(1, 2)), green.max(axis=(1, 2))
    deviation = np.sqrt(_variance(0.5 * (darkest + brightest), noise))
    good = (steepest > np.maximum(_SURE * deviation, _LEAST_SLOPE)) & (brightest < _CLIP)
    likely = np.where(good, steepest / np.maximum(brightest - darkest, 1e-6), 0)
    chosen = np.argsort(-likely, kind="stable")[: min(_MOST, int(good.sum()))]
    row, column = np.divmod(place[chosen], steep.shape[2])
    rows = chosen // across * step + shift_y + 2 * row + 1
    columns = chosen % across * step + (1 - shift_x) + 2 * column + 1
    return (
        np.clip(rows, _AROUND, height - 1 - _AROUND),
        np.clip(columns, _AROUND, width - 1 - _AROUND),
    )


def _windows(
    frame: RawFrame, rows: np.ndarray, columns: np.ndarray, black: float, span: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Greens (n, m) in a disc about each place, and where they lie about it, (m,) px."""
    shift_x, shift_y = cfa_shift(frame.cfa or "none", 0, 0)
    # Greens lie where row and column, counted from red, add up to an odd number: about a green, at even steps.
    no_green = (rows + columns + shift_x + shift_y) % 2 == 0
    columns = columns - no_green * np.where(columns > _AROUND, 1, -1)
    px = np.arange(-_AROUND, _AROUND + 1)
    dy, dx = (grid.ravel() for grid in np.meshgrid(px, px, indexing="ij"))
    near = ((dx + dy) % 2 == 0) & (dx * dx + dy * dy < (_AROUND + 0.5) ** 2)
    dy, dx = dy[near], dx[near]
    stored = frame.mosaic[rows[:, None] + dy, columns[:, None] + dx]
    return _light(stored, black, span), dx.astype(np.float32), dy.astype(np.float32)


def _fitted(
    values: np.ndarray, x: np.ndarray, y: np.ndarray, noise: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Widths and their standard errors of the windows that hold one straight edge."""
    edge = _first_look(values, x, y)
    for turn in range(_ROUNDS):
        step, left, _ = _step(values, x, y, edge)
        edge = _stepped(edge, step)
        if turn == _ROUNDS // 2:  # what is far from an edge by now will not become one
            hopeful = left < 9 * _allowed(edge, noise)
            values, edge = values[hopeful], edge[:, hopeful]
    _, left, of_width = _step(values, x, y, edge)
    _, place, width, low, high = edge
    variance = _variance(0.5 * (low + high), noise)
    error = np.sqrt(of_width * np.maximum(left, variance))
    good = (left < _allowed(edge, noise)) & (abs(place) < _FROM_MIDDLE) & (high > low) & (values.max(axis=1) < _CLIP)
    good &= (error < _UNSURE * width) & (width > _LEAST) & (width < _GREATEST)
    return width[good].astype(np.float64), error[good]


def _allowed(edge: np.ndarray, noise: tuple[float, float]) -> np.ndarray:
    """The mean square that an edge may leave unexplained."""
    low, high = edge[3:]
    return (_UNLIKE * (high - low)) ** 2 + _NOISY**2 * _variance(0.5 * (low + high), noise)


def _step(
    values: np.ndarray, x: np.ndarray, y: np.ndarray, edge: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gauss-Newton's step (5, n), what the `edge` leaves (mean square), and the width's variance under unit noise."""
    angle, place, width, low, high = edge[:, :, None]
    cosine, sine = np.cos(angle), np.sin(angle)
    unit = (x * cosine + y * sine - place) / width
    rise, bell = _normal(unit)
    rest = values - (low + (high - low) * rise)
    steep = (high - low) / width * bell
    slopes = [steep * (y * cosine - x * sine), -steep, -steep * unit, 1 - rise, rise]
    normal = np.empty((len(values), 5, 5))
    for row in range(5):
        for column in range(row + 1):
            normal[:, row, column] = normal[:, column, row] = _dot(slopes[row], slopes[column])
    normal[:, range(5), range(5)] = normal[:, range(5), range(5)] * (1 + 1e-3) + 1e-9
    right = np.stack([_dot(slope, rest) for slope in slopes] + [np.zeros(len(values))] * 5, axis=1).reshape(-1, 2, 5)
    right[:, 1, 2] = 1
    solved = np.linalg.solve(normal, right.transpose(0, 2, 1))
    step, of_width = solved[:, :, 0].T.astype(np.float32), np.maximum(solved[:, 2, 1], 0)
    return step, _dot(rest, rest) / (values.shape[1] - 5), of_width


def _stepped(edge: np.ndarray, step: np.ndarray) -> np.ndarray:
    """`edge` after a `step` that goes no further than may be believed."""
    angle, place, width, low, high = edge
    return np.stack(
        [
            angle + np.clip(step[0], -0.3, 0.3),
            np.clip(place + np.clip(step[1], -0.7, 0.7), -_AROUND, _AROUND),
            np.clip(width * (1 + np.clip(step[2] / width, -0.4, 0.6)), _LEAST, _GREATEST),
            np.clip(low + step[3], -2, 3),
            np.clip(high + step[4], -2, 3),
        ]
    )


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("nm,nm->n", a, b, optimize=False)


def _first_look(values: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(5, n) angle, place, width of the edge, and the light on both its sides, from the window's moments."""
    disc = np.exp(-(x * x + y * y) / 12).astype(np.float32)
    weighted = (values - ((values * disc).sum(axis=1) / disc.sum())[:, None]) * disc
    angle = np.arctan2((weighted * y).sum(axis=1), (weighted * x).sum(axis=1))
    across = x * np.cos(angle)[:, None] + y * np.sin(angle)[:, None]
    below, above = across < -2, across > 2
    low, high = ((values * side).sum(axis=1) / side.sum(axis=1) for side in (below, above))
    # The greater the share of a disc that is bright, the nearer the edge is to its dark end.
    share = (values.mean(axis=1) - low) / np.where(high > low, high - low, 1)
    return np.stack([angle, np.clip((0.5 - share) * 1.6 * _AROUND, -2, 2), np.full_like(angle, _START), low, high])


def _normal(unit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The normal distribution's integral (Page 1977, to 2e-4) and density."""
    bounded = np.clip(unit, -5, 5)
    rise = 0.5 + 0.5 * np.tanh(np.float32(0.7978846) * bounded * (1 + np.float32(0.044715) * bounded * bounded))
    return rise, np.float32(0.3989423) * np.exp(-0.5 * bounded * bounded)
