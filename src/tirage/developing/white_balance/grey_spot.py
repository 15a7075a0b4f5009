"""The camera's response to a grey spot of the picture."""

from __future__ import annotations

import numpy as np

from ...photo.errors import UsageError
from ...photo.frame import RawFrame, Rectangle
from ...photo.levels import black_at, greatest_black
from ...photo.orientation import to_sensor, upright_size
from ..geometry import GeometryPlan, source_positions
from ..lens_shading import plane_gains, shading_grid

#: Half the side of the square that is averaged: enough samples against noise, small enough for a grey card far away.
RADIUS_PX = 8

#: A sensor's response bends a little below its clip; from here on, in 0..1 of its range, a sample counts as clipped.
CLIPPED = 0.98
#: Hot pixels may clip; more of a channel's samples than this may not.
MOST_CLIPPED_SHARE = 0.02
#: Below this, in 0..1 of the sensor's range, an error of the black level would colour the result.
LEAST_LIGHT = 0.001


def neutral_at(frame: RawFrame, x: int, y: int, geometry: GeometryPlan | None = None) -> np.ndarray:
    """The mean response (3,) around pixel `x`, `y` of the whole upright picture, largest channel 1.

    Black is subtracted and lens shading undone; of each channel the middle half of the samples counts. Raises
    UsageError where the pixel lies outside the picture, is clipped, too dark, or holds no numbers.
    """
    area = _around(frame, x, y, geometry)
    rows, columns = np.arange(area.top, area.bottom), np.arange(area.left, area.right)
    stored = np.asarray(frame.mosaic[..., area.top : area.bottom, area.left : area.right], np.float64)
    black = black_at(frame, area)
    span = np.broadcast_to(frame.white_level - greatest_black(frame), (3,)).reshape(3, 1, 1)
    if frame.cfa is not None:
        black, span = black[0], span[0]
    light = (stored - black) / span
    shading = plane_gains(frame, area) if frame.cfa is None else _shading(frame, rows, columns)
    shaded = light * shading
    sites = _channels(frame, rows, columns)
    return _neutral([(light[site], shaded[site]) for site in sites], f"{x},{y}")


def _neutral(channels: list[tuple[np.ndarray, np.ndarray]], place: str) -> np.ndarray:
    means = np.zeros(3)
    for channel, (light, shaded) in enumerate(channels):
        usable = np.isfinite(light)
        if usable.sum() * 2 <= light.size:
            raise UsageError(f"the spot {place} holds no usable pixels; pick another grey")
        if np.mean(light[usable] >= CLIPPED) > MOST_CLIPPED_SHARE:
            raise UsageError(f"the spot {place} is overexposed; pick a grey that is not clipped")
        values = np.sort(shaded[usable])
        middle = values[len(values) // 4 : len(values) - len(values) // 4]
        means[channel] = middle.mean()
        if means[channel] <= max(LEAST_LIGHT, 3 * values.std() / np.sqrt(len(values))):
            raise UsageError(f"the spot {place} is too dark to tell its colour; pick a brighter grey")
    return means / means.max()


def _around(frame: RawFrame, x: int, y: int, geometry: GeometryPlan | None) -> Rectangle:
    """The part of the active area around a pixel of the upright picture, inside its crop."""
    crop = frame.picture
    size = (geometry.width, geometry.height) if geometry else (crop.width, crop.height)
    width, height = upright_size(size, frame.orientation)
    if not (0 <= x < width and 0 <= y < height):
        raise UsageError(f"the spot {x},{y} lies outside the picture of {width} x {height} pixels")
    spot = to_sensor(Rectangle(x, y, 1, 1), size, frame.orientation)
    column, row = spot.left + crop.left, spot.top + crop.top
    if geometry:
        across, down = source_positions(geometry, np.array(spot.left), np.array(spot.top))
        column, row = int(np.rint(across)), int(np.rint(down))
        crop = Rectangle(0, 0, frame.width, frame.height)
    left, top = max(column - RADIUS_PX, crop.left), max(row - RADIUS_PX, crop.top)
    right, bottom = min(column + RADIUS_PX, crop.right), min(row + RADIUS_PX, crop.bottom)
    return Rectangle(left, top, right - left, bottom - top)


def _shading(frame: RawFrame, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The lens-shading gain at these pixels of a mosaic, (h, w)."""
    grid = shading_grid(frame)
    position = grid.position[rows]
    first = np.minimum(position.astype(np.intp), grid.gains.shape[2] - 1)
    second = np.minimum(first + 1, grid.gains.shape[2] - 1)
    column = columns[None, :]
    low, high = (grid.gains[(rows % 2)[:, None], column % 2, grid_row[:, None], column] for grid_row in (first, second))
    return low + (position - first)[:, None] * (high - low)


def _channels(frame: RawFrame, rows: np.ndarray, columns: np.ndarray) -> list:
    """What selects red, green and blue among these pixels."""
    if frame.cfa is None:
        return [0, 1, 2]
    colours = np.array(["RGB".index(colour) for colour in frame.cfa]).reshape(2, 2)
    own = colours[rows[:, None] % 2, columns % 2]
    return [own == channel for channel in range(3)]
