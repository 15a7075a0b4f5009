"""A camera profile in finishing: its look table after exposure, then its tone curve (DNG 1.7.1, chapter 4).

The specification counts light in units of the sensor's white after BaselineExposure: `PROFILE_WHITE` of the scene.
The look table goes through the kernel "apply_hue_sat_table", exactly. Inside the 33^3 table, one of 90 hues x 30
saturations would be off by 0.2 codes of 255 on average and by 12 in a thousandth of colours if smooth (lg_g4.dcp), by 1
and 27 with waves of 60 degrees. The tone curve becomes the look's own tone: where a profile is applied, the look
"faithful" is what the profile says, any other look keeps its tone and colour. The table's axes are then ProPhoto's, in
which the curve acts, and colours that the output space can't hold are cut, as the specification does: a profile says
what is shown, and a compression before its curve would say it again. In the table the curve is within half a code on
greys, and within Delta E 2000 of 0.4 for 95 of 100 colours.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...colour.spaces import rgb_to_rgb, transformed
from ...colour.transfer import srgb_encode
from ...photo.image import GREY_OFFSET_STOPS
from ...photo.look import Colour
from .colouring import saturated
from .tone import extremes

#: The scene value that a profile's tables and curve count as 1.
PROFILE_WHITE = 2.0**GREY_OFFSET_STOPS
#: The space whose primaries they act in.
SPACE = "prophoto"


@dataclass(frozen=True, eq=False)
class ProfileCurve:
    """ProfileToneCurve: a natural cubic spline through `points` (n, 2), held to 0..1."""

    points: np.ndarray

    @cached_property
    def bends(self) -> np.ndarray:
        """(n,) second derivatives at the points; 0 at both ends."""
        x, y = self.points.astype(np.float64).T
        step = np.diff(x)
        rise = np.diff(np.diff(y) / step) * 6
        across, carried = np.zeros(len(x)), np.zeros(len(x))
        for i in range(1, len(x) - 1):  # the tridiagonal system, forwards
            pivot = 2 * (step[i - 1] + step[i]) - step[i - 1] * across[i - 1]
            across[i] = step[i] / pivot
            carried[i] = (rise[i - 1] - step[i - 1] * carried[i - 1]) / pivot
        bends = np.zeros(len(x))
        for i in range(len(x) - 2, 0, -1):  # and backwards
            bends[i] = carried[i] - across[i] * bends[i + 1]
        return bends

    def __call__(self, light: np.ndarray) -> np.ndarray:
        """Display light, 0 to 1, of scene light, any shape, where PROFILE_WHITE counts as 1."""
        x, y = self.points.astype(np.float64).T
        given = np.clip(np.asarray(light, np.float64) / PROFILE_WHITE, 0, 1)
        cell = np.clip(np.searchsorted(x, given, side="right") - 1, 0, len(x) - 2)
        step = x[cell + 1] - x[cell]
        after, before = (given - x[cell]) / step, (x[cell + 1] - given) / step
        bend = (before**3 - before) * self.bends[cell] + (after**3 - after) * self.bends[cell + 1]
        return np.clip(before * y[cell] + after * y[cell + 1] + bend * step * step / 6, 0, 1)


def toned_by_profile(light: np.ndarray, curve: ProfileCurve, colour_space: str) -> np.ndarray:
    """Display-linear RGB (..., 3), 0 to 1, of `colour_space`, of scene light (..., 3) in ProPhoto RGB.

    The least and the largest channel go through the curve, and the middle one keeps its place between them, so that
    hues of HSV stay.
    """
    rgb = np.clip(light, 0, PROFILE_WHITE)
    least, largest = extremes(rgb)
    darkest, brightest = curve(least), curve(largest)
    place = (rgb - least) / np.maximum(largest - least, 1e-12)
    held = darkest + (brightest - darkest) * place
    return np.clip(transformed(held, rgb_to_rgb(SPACE, colour_space)), 0, 1)


def display(light: np.ndarray, curve: ProfileCurve, colour: Colour, colour_space: str) -> np.ndarray:
    """Display-encoded R'G'B' (..., 3) of `colour_space`, of ProPhoto scene light (..., 3): the profile's tone."""
    return srgb_encode(
        np.clip(saturated(toned_by_profile(light, curve, colour_space), colour, 1.0, colour_space), 0, 1)
    )
