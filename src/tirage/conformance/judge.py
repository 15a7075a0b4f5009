"""Judging: two renderings of one developer, whatever its tone, colours and sharpening, or one against a named truth."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

import numpy as np

from .item import Bounds, Item, Patch
from .scenes import SQUARE

#: Pixels around the picture that are not looked at: every demosaicing has its own way there.
BORDER = 8
#: A rendering whose twin is as flat as this shows nothing to compare.
_LEAST_CONTRAST = 0.02
#: How far channels of a grey may lie apart, in display values.
_NEUTRAL, _NEARLY_NEUTRAL, _STANDS_OUT, _BRIGHT = 0.04, 0.12, 0.10, 0.75


@dataclass(frozen=True)
class Verdict:
    """Whether a developer is right about an item, what was measured, and what is wrong in words."""

    right: bool
    reason: str = ""
    measured: dict[str, float] = field(default_factory=dict)


def judged(item: Item, picture: np.ndarray, twin: np.ndarray | None) -> Verdict:
    """The verdict on `picture`, (H, W, 3) float32 display values 0..1, beside the rendering of the item's twin."""
    if item.judge == "patches":
        return _patches(item.patches, picture)
    if twin is None:
        return Verdict(False, "the twin was not developed")
    if picture.shape != twin.shape:
        return Verdict(False, f"{_size(picture)} pixels, the twin has {_size(twin)}")
    if _inside(twin).std() < _LEAST_CONTRAST:
        return Verdict(False, "the twin's rendering shows nothing")
    if item.judge == "geometry":
        return _geometry(item.bounds, picture, twin)
    return _same(item.bounds, picture, twin, shading=item.judge == "shading")


def _size(picture: np.ndarray) -> str:
    return f"{picture.shape[1]} x {picture.shape[0]}"


def _inside(picture: np.ndarray) -> np.ndarray:
    return picture[BORDER:-BORDER, BORDER:-BORDER]


def _same(bounds: Bounds, picture: np.ndarray, twin: np.ndarray, *, shading: bool) -> Verdict:
    difference = np.abs(_inside(picture) - _inside(twin))
    measured = {"mean": float(difference.mean()), "high": float(np.percentile(difference, 99.5))}
    wrong = [
        f"{name} {measured[name]:.3f}"
        for name, most in (("mean", bounds.mean), ("high", bounds.high))
        if not measured[name] <= most
    ]
    if shading:
        measured["corner"] = _corner(picture) / max(_corner(twin), 1e-6)
        if not abs(measured["corner"] - 1) <= bounds.corner:
            wrong.append(f"corner/centre {measured['corner']:.3f}")
    return Verdict(not wrong, ", ".join(wrong), measured)


def _corner(picture: np.ndarray) -> float:
    """Light in the corners against the centre: display values decoded as sRGB, means of squares of a tenth."""
    green = picture[..., 1]
    light = np.where(green <= 0.04045, green / 12.92, ((green + 0.055) / 1.055) ** 2.4)
    height, width = light.shape
    rows, columns = height // 10, width // 10
    corners = [
        light[y : y + rows, x : x + columns].mean()
        for y in (BORDER, height - BORDER - rows)
        for x in (BORDER, width - BORDER - columns)
    ]
    middle = light[height // 2 - rows : height // 2 + rows, width // 2 - columns : width // 2 + columns].mean()
    return float(np.mean(corners) / max(middle, 1e-6))


def _geometry(bounds: Bounds, picture: np.ndarray, twin: np.ndarray) -> Verdict:
    expected, found = _corners(twin), _corners(picture)
    shown = np.isfinite(expected[:, 0])
    if shown.sum() < max(20, 0.9 * len(shown)):
        return Verdict(False, "the twin's rendering shows no checkerboard")
    distances = np.nan_to_num(np.hypot(*(found[shown] - expected[shown]).T), nan=SQUARE / 2)
    residual = float(np.percentile(distances, 95))
    measured = {"residual_px": residual}
    if residual <= bounds.residual_px:
        return Verdict(True, "", measured)
    return Verdict(False, f"corners are {residual:.2f} px off", measured)


def _corners(picture: np.ndarray) -> np.ndarray:
    """Places (x, y) where squares of the checkerboard meet, (n, 2), found near where they belong.

    A corner that is not found is NaN.
    """
    grey = picture.mean(axis=2)
    height, width = grey.shape
    first = 0.3 * SQUARE + SQUARE
    places = []
    for row, y in enumerate(np.arange(first, height - 1.2 * SQUARE, SQUARE)):
        for column, x in enumerate(np.arange(first, width - 1.2 * SQUARE, SQUARE)):
            near = _nearby(grey, x, y, sign=(-1) ** (row + column))
            corner = near
            for _ in range(4):
                corner = corner and _saddle(grey, *corner)
            places.append(corner or (np.nan, np.nan))
    return np.array(places).reshape(-1, 2)


def _nearby(grey: np.ndarray, x: float, y: float, sign: int) -> tuple[float, float]:
    """The pixel within half a square of a place that looks most like a corner; `sign` 1: bright at its upper left."""
    half = SQUARE // 2
    wave = np.sin(np.pi * np.arange(-half + 0.5, half) / SQUARE)
    left, top = max(int(x) - 2 * half, 0), max(int(y) - 2 * half, 0)
    around = grey[top : top + 2 * SQUARE, left : left + 2 * SQUARE]
    windows = np.lib.stride_tricks.sliding_window_view(around, (SQUARE, SQUARE))
    likeness = sign * np.einsum("yxij,i,j->yx", windows, wave, wave)
    row, column = np.unravel_index(likeness.argmax(), likeness.shape)
    return left + float(column) + half, top + float(row) + half


def _saddle(grey: np.ndarray, x: float, y: float, reach: int = 5) -> tuple[float, float] | None:
    """The saddle of the quadratic that fits best around (x, y), two pixels away at most; None where there is none."""
    column = min(max(int(x), reach), grey.shape[1] - reach - 1)
    row = min(max(int(y), reach), grey.shape[0] - reach - 1)
    window = grey[row - reach : row + reach + 1, column - reach : column + reach + 1]
    a, b, c, d, e, _ = _solution(reach) @ window.ravel()
    determinant = 4 * a * c - b * b
    if not determinant < 0:
        return None
    step_x, step_y = (b * e - 2 * c * d) / determinant, (b * d - 2 * a * e) / determinant
    return column + 0.5 + float(np.clip(step_x, -2, 2)), row + 0.5 + float(np.clip(step_y, -2, 2))


@functools.cache
def _solution(reach: int) -> np.ndarray:
    """(6, n): coefficients of x^2, xy, y^2, x, y, 1 from the pixels of a window, near ones weighing more."""
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(float)
    weight = np.exp(-(x**2 + y**2) / (reach * reach / 2)).ravel()
    terms = np.stack([x * x, x * y, y * y, x, y, np.ones_like(x)], axis=-1).reshape(-1, 6)
    return np.linalg.pinv(terms * weight[:, None]) * weight


def _patches(patches: tuple[Patch, ...], picture: np.ndarray) -> Verdict:
    height, width = picture.shape[:2]
    wrong = []
    for patch in patches:
        rows = slice(round(patch.top * height), round(patch.bottom * height))
        columns = slice(round(patch.left * width), round(patch.right * width))
        colour = picture[rows, columns].mean(axis=(0, 1))
        if not _is(patch.colour, colour):
            wrong.append(f"{patch.colour} is ({', '.join(f'{value:.2f}' for value in colour)})")
    return Verdict(not wrong, ", ".join(wrong))


def _is(name: str, colour: np.ndarray) -> bool:
    """Whether display values (3,) are of the colour that is named."""
    spread = float(colour.max() - colour.min())
    if name == "neutral":
        return spread <= _NEUTRAL
    if name == "nearly neutral":
        return spread <= _NEARLY_NEUTRAL
    if name == "clipped":
        return spread <= _NEUTRAL and float(colour.min()) >= _BRIGHT
    which = ("red", "green", "blue").index(name)
    return bool(colour[which] >= np.delete(colour, which).max() + _STANDS_OUT)
