"""White balance: which response of the camera counts as white.

Paper: DNG 1.7.1, chapter 6 (AsShotNeutral, AsShotWhiteXY); temperatures by CIE daylight and black bodies.
Domain: a RawFrame and a choice; range: the neutral (3,), largest channel 1, and gains (3,), least gain 1.
Limits: one white for the whole picture; without a white in the file, daylight is taken rather than guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from ...colour.temperature import light_xy
from ...photo.errors import FileError, UsageError, nearest
from ...photo.frame import RawFrame
from ..camera_colour import xy_to_neutral
from ..geometry import GeometryPlan
from .grey_spot import neutral_at

KELVIN_RANGE = (2000.0, 25000.0)
TINT_RANGE = (-150.0, 150.0)


@dataclass(frozen=True)
class Light:
    """A white by its temperature; `tint` is in 1/3000 of CIE 1960 uv, positive draws the picture towards magenta."""

    kelvin: float
    tint: float = 0.0


@dataclass(frozen=True)
class Spot:
    """A pixel of the whole upright picture that is to come out grey."""

    x: int
    y: int


#: What "daylight" means: sun with sky, CIE D55.
DAYLIGHT = Light(5500.0)

_TEMPERATURE = re.compile(r"(\d+(?:\.\d*)?)k?(?:,([+-]?\d+(?:\.\d*)?))?")
_SPOT = re.compile(r"pick:(-?\d{1,9}),(-?\d{1,9})")


def multipliers(neutral: np.ndarray) -> np.ndarray:
    """The gains (3,) that make `neutral` grey; the least is 1, so nothing unclipped is pushed below the clip."""
    neutral = np.asarray(neutral, np.float64)
    return neutral.max() / neutral


def neutral_for(frame: RawFrame, choice: str, geometry: GeometryPlan | None = None) -> np.ndarray:
    """The camera's response to white (3,) float64, largest channel 1, under `choice`.

    "as-shot": what the file states, or daylight where it states nothing; "daylight": CIE D55; "5200" or "5200,+10":
    that temperature, 2000 to 25000 K, and tint, -150 to 150; "pick:x,y": the grey spot at that pixel of the whole
    upright picture, which `geometry` finds in the active area. Raises UsageError for another choice or a spot that
    can't be used, FileError where the file's matrices have no response to the white.
    """
    asked = parse(choice)
    if frame.cfa is None and frame.mosaic.strides[0] == 0:  # one plane stands for all three: grey under every light
        return np.ones(3)
    match asked:
        case Spot(x, y):
            return neutral_at(frame, x, y, geometry)
        case Light(kelvin, tint):
            return xy_to_neutral(frame.colour, light_xy(kelvin, tint))
    return _as_shot(frame)


def parse(choice: str) -> Light | Spot | None:
    """What `choice` asks for, as `neutral_for` takes it; None for "as-shot". Raises UsageError where it is none."""
    text = choice.strip().lower()
    if text == "as-shot":
        return None
    if text == "daylight":
        return DAYLIGHT
    if spot := _SPOT.fullmatch(text):
        return Spot(int(spot[1]), int(spot[2]))
    if text.startswith("pick"):
        raise UsageError(f"white balance {choice!r} must name a pixel, like pick:1200,800")
    if temperature := _TEMPERATURE.fullmatch(text):
        light = Light(float(temperature[1]), float(temperature[2] or 0))
        for value, (low, high), unit in ((light.kelvin, KELVIN_RANGE, " K"), (light.tint, TINT_RANGE, " of tint")):
            if not low <= value <= high:
                raise UsageError(f"white balance {choice!r} is out of range; it may be {low:g}..{high:g}{unit}")
        return light
    hint = nearest(text, ["as-shot", "daylight"])
    raise UsageError(
        f"unknown white balance {choice!r}; it may be as-shot, daylight, pick:x,y, or a temperature like 5200{hint}"
    )


def _as_shot(frame: RawFrame) -> np.ndarray:
    if frame.as_shot_neutral is not None:
        neutral = np.asarray(frame.as_shot_neutral, np.float64)
        if not (np.isfinite(neutral).all() and neutral.min() > 0):
            raise FileError("the file's AsShotNeutral is not positive; choose a white balance such as daylight")
        return neutral / neutral.max()
    if frame.as_shot_white_xy is not None:
        return xy_to_neutral(frame.colour, frame.as_shot_white_xy)
    return xy_to_neutral(frame.colour, light_xy(DAYLIGHT.kelvin))
