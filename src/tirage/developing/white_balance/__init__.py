"""White balance: which response of the camera counts as white.

Paper: DNG 1.7.1, chapter 6 (AsShotNeutral, AsShotWhiteXY); temperatures by CIE daylight and black bodies.
Domain: a RawFrame and a choice; range: the neutral (3,), largest channel 1, and gains (3,), least gain 1.
Limits: one white for the whole picture.
"""

from __future__ import annotations

import numpy as np

from ...colour.temperature import daylight_xy, light_xy
from ...photo.errors import FileError, UsageError, nearest
from ...photo.frame import RawFrame, Rectangle
from ...photo.orientation import to_sensor, upright_size
from ..camera_colour import xy_to_neutral

MODES = ("as-shot", "daylight", "pick:x,y")
DAYLIGHT_KELVIN = 5500.0
KELVIN_RANGE = (2000.0, 25000.0)
PICK_RADIUS_PX = 4


def multipliers(neutral: np.ndarray) -> np.ndarray:
    """The gains (3,) that make `neutral` grey; the least is 1, so nothing unclipped is pushed below the clip."""
    gains = 1 / np.asarray(neutral, np.float64)
    return gains / gains.min()


def neutral_for(frame: RawFrame, choice: str) -> np.ndarray:
    """The camera's response to white (3,) float64, largest channel 1, under `choice`.

    "as-shot": what the file states, or daylight where it states nothing; "daylight": CIE D55; "5200": that
    temperature, 2000 to 25000 K; "pick:x,y": the grey spot at that
    pixel of the upright picture. Raises UsageError for another choice or a spot that can't be used.
    """
    text = choice.strip().lower()
    if text == "as-shot":
        return _as_shot(frame)
    if text == "daylight":
        return xy_to_neutral(frame.colour, daylight_xy(DAYLIGHT_KELVIN))
    if text.startswith("pick:"):
        return _picked(frame, *_coordinates(choice, text))
    try:
        kelvin = float(text.removesuffix("k"))
    except ValueError:
        modes = ", ".join(MODES)
        hint = nearest(text, ["as-shot", "daylight"])
        raise UsageError(
            f"unknown white balance {choice!r}; it may be {modes}, or a temperature like 5200{hint}"
        ) from None
    if not KELVIN_RANGE[0] <= kelvin <= KELVIN_RANGE[1]:
        raise UsageError(f"white balance {choice!r} is out of range; a temperature may be 2000..25000 K")
    return xy_to_neutral(frame.colour, light_xy(kelvin))


def _as_shot(frame: RawFrame) -> np.ndarray:
    if frame.as_shot_neutral is not None:
        neutral = np.asarray(frame.as_shot_neutral, np.float64)
        if not np.isfinite(neutral).all() or neutral.min() <= 0:
            raise FileError("the file's AsShotNeutral is not positive; choose a white balance such as daylight")
        return neutral / neutral.max()
    if frame.as_shot_white_xy is not None:
        return xy_to_neutral(frame.colour, frame.as_shot_white_xy)
    return xy_to_neutral(frame.colour, daylight_xy(DAYLIGHT_KELVIN))


def _coordinates(choice: str, text: str) -> tuple[int, int]:
    try:
        x, y = (int(part) for part in text.removeprefix("pick:").split(","))
    except ValueError:
        raise UsageError(f"white balance {choice!r} must name a pixel, like pick:1200,800") from None
    return x, y


def _picked(frame: RawFrame, x: int, y: int) -> np.ndarray:
    """The mean response around a pixel of the upright picture."""
    crop = frame.default_crop
    width, height = upright_size((crop.width, crop.height), frame.orientation)
    if not (0 <= x < width and 0 <= y < height):
        raise UsageError(f"the spot {x},{y} lies outside the picture of {width} x {height}")
    spot = to_sensor(Rectangle(x, y, 1, 1), (crop.width, crop.height), frame.orientation)
    column, row = spot.left + crop.left, spot.top + crop.top
    rows = slice(max(row - PICK_RADIUS_PX, 0), min(row + PICK_RADIUS_PX, frame.height))
    columns = slice(max(column - PICK_RADIUS_PX, 0), min(column + PICK_RADIUS_PX, frame.width))
    stored = frame.mosaic[..., rows, columns].astype(np.float64)
    black = float(frame.black_level.mean())
    light = stored - black
    clip = 0.98 * (float(frame.white_level.min()) - black)
    if frame.cfa is None:
        samples = [light[channel].ravel() for channel in range(3)]
    else:
        colours = np.array([["RGB".index(frame.cfa[2 * i + j]) for j in (0, 1)] for i in (0, 1)])
        own = colours[np.arange(rows.start, rows.stop)[:, None] % 2, np.arange(columns.start, columns.stop) % 2]
        samples = [light[own == channel] for channel in range(3)]
    if max(float(values.max()) for values in samples) >= clip:
        raise UsageError(f"the spot {x},{y} is overexposed; pick a grey that is not clipped")
    means = np.array([float(np.median(values)) for values in samples])
    if means.min() <= 0.001 * clip:
        raise UsageError(f"the spot {x},{y} is too dark to tell its colour; pick a brighter grey")
    return means / means.max()
