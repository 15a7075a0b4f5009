"""What local tone does to an area of given brightness, and to the forms within it.

Levels are log2(Y + 2^-10), Y the luminance after exposure, 0.18 = grey: -10 is black, and noise around it stays finite.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...photo.look import LocalTone

FLOOR = 2.0**-10
LOWEST, HIGHEST = -10.0, 6.0
BRIGHTEST = 63.0  # luminance after exposure beyond this counts as this: under 2^6 with the floor added
GREY_LEVEL = float(np.log2(0.18 + FLOOR))

#: Light, floor added, at which the curve is kept, straight between: every eighth of an octave, as float32 bits count.
KNOT_LIGHT = np.append(np.exp2(np.arange(LOWEST, HIGHEST))[:, None] * (1 + np.arange(8) / 8), 2.0**HIGHEST)

#: The levels that the picture is taken apart about, half a stop from each other.
REFERENCES = np.linspace(LOWEST, 5.5, 32)

#: Where the lift of shadows, and the change of highlights, are whole: stops from grey.
SHADOWS_STOPS, HIGHLIGHTS_STOPS = 4.0, 2.5

#: What a clarity of 1 adds to the contrast of forms at middle grey; it falls off over so many stops. No more than
#: `LEAST_CONTRAST` is ever taken away.
CLARITY, CLARITY_STOPS, LEAST_CONTRAST = 0.8, 3.0, -0.8

#: No area is moved further.
MOST_STOPS = 2.5

#: Stops that light must stand over its noise once it is lifted: a deviation of at most half the light.
CLEARANCE_STOPS = 1.0


@dataclass(frozen=True, eq=False)
class AreaCurve:
    """`gain` (129,) float32: stops by which an area at each of `KNOT_LIGHT` moves.

    `detail` (32,) float32: share of the contrast of forms, around each of `REFERENCES`, to be given back (where the
    curve is flatter than 1) and added.
    """

    gain: np.ndarray
    detail: np.ndarray


def area_curve(
    amounts: LocalTone,
    noise: tuple[float, float] = (0.0, 0.0),
    exposure_gain: float = 1.0,
    clip_level: float = HIGHEST,
    clarity: float = 0.0,
) -> AreaCurve:
    """The curve of `amounts`, with `clarity` added to the contrast of forms about middle grey.

    The luminance of the scene's pixels, before exposure, has variance noise[0] Y + noise[1].

    Dark areas rise by at most what the noise allows: `clearance_stops`. Bright ones fall less and less over the stop
    under `clip_level`, where the sensor clips: what is white there stays white.
    """

    def gain(level: np.ndarray) -> np.ndarray:
        from_grey = level - GREY_LEVEL
        moved = amounts.shadows_stops * _eased(-from_grey / SHADOWS_STOPS)
        moved = moved + amounts.highlights_stops * _eased(from_grey / HIGHLIGHTS_STOPS)
        moved = np.where(moved < 0, moved * np.clip(clip_level - level, 0, 1), moved)
        return np.minimum(moved, np.minimum(clearance_stops(level, noise, exposure_gain), MOST_STOPS))

    steepness = 1 + gain(REFERENCES + 0.5) - gain(REFERENCES - 0.5)
    middle = np.exp(-(((REFERENCES - GREY_LEVEL) / CLARITY_STOPS) ** 2))
    wanted = np.maximum(amounts.local_contrast + CLARITY * clarity * middle, LEAST_CONTRAST)
    added = wanted * np.minimum(clearance_stops(REFERENCES, noise, exposure_gain), 1)
    return AreaCurve(gain(np.log2(KNOT_LIGHT)).astype(np.float32), (1 - steepness + added).astype(np.float32))


def clearance_stops(level: np.ndarray, noise: tuple[float, float], exposure_gain: float) -> np.ndarray:
    """How many stops light at `level` may be lifted before its noise shows, 0 or more."""
    light = np.maximum(np.exp2(level) - FLOOR, 1e-9) / exposure_gain
    deviation = np.sqrt(noise[0] * light + noise[1])
    return np.maximum(np.log2(light / np.maximum(deviation, 1e-12)) - CLEARANCE_STOPS, 0)


def _eased(share: np.ndarray) -> np.ndarray:
    """0 below 0, 1 above 1, between them 3 t^2 - 2 t^3."""
    share = np.clip(share, 0, 1)
    return share * share * (3 - 2 * share)
