"""Sharpen: the blur of lens, pixels and demosaicing taken back on display-encoded luma, without halos or noise.

Method: two steps of Van Cittert (1931) for a Gaussian blur, the frame's own where it is known: detail = H + H^2,
H = 1 - G, a 5x5 filter, times the look's strength and what the blur's variance has over the narrowest that pixels can
show: a soft lens comes nearer to a sharp one. G is at most 1 2 1 each way, a blur of 0.71 px; for a wider one the same
filter is strengthened, which is right for coarse detail and bounded for fine. Detail under the noise that light of
that luma has left is not added, what is above it only by the excess (Donoho 1995, soft threshold). The sum stays
within the 3x3 pixels around, but for 1/64 of their range and, where a ridge or a valley stands clear, a quarter of
that: an edge has no overshoot, a hair may become darker.
Domain and range: R'G'B' 0..65535; one step for the three channels: neutrals stay neutral. Borders repeat the edge.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

#: Pixels that the filter sees to each side.
REACH = 2

#: Deviation in pixels of the blur of a good lens and the pixels' own aperture (0.29), for frames that do not tell it; a
#: look's strength means what it does there. Demosaicing adds next to nothing.
BLUR_PX = 0.65

#: The narrowest blur that pixels can show without stairs, which is left as it is, and the greatest that is taken back:
#: out of focus is not the lens.
LEAST_PX, GREATEST_PX = 0.4, 1.2

#: The greatest weight of the pixels beside in G, of which 1 - 2 a is left: above it the finest detail would turn over.
MOST_SIDE = 0.25

#: The greatest strength that the kernel's 16 bits can tell.
MOST_STRENGTH = 32767 / 16384

#: Detail that is less than this many deviations of its own noise is not added: more of them where it is much enlarged,
#: so that the deviation of even areas rises by no more than this factor.
NOISE_DEVIATIONS, NOISE_RISE = 1.5, 1.05

#: The greatest least detail that the kernel's 16 bits can tell, of 32767: 32 codes of 8 bits.
MOST_LEAST = 4095

#: Luma, of 65535, at which the least detail is kept, straight between.
KNOT_LUMA = np.arange(5) * 16384


@dataclass(frozen=True, eq=False)
class Sharpening:
    """Sharpening of one picture, as the finishing kernels read it.

    `filter` (3,) int16: the strength in 1/16384, then in 1/32768 the blur's weights of the four pixels at the sides and
    of the four at the corners. `least` (5,) int16 is the detail, of 32767, that noise makes at black, and by how much
    its slope, in 1/32768, changes at each of the first four `KNOT_LUMA`.
    """

    filter: np.ndarray
    least: np.ndarray

    @property
    def arguments(self) -> list:
        """In the kernels' call order."""
        return [self.filter, self.least]


def sharpening(
    strength: float,
    luma: np.ndarray = KNOT_LUMA,
    deviation: np.ndarray | None = None,
    blur_sigma_px: float | None = None,
) -> Sharpening:
    """Sharpening by `strength`, 1 for the whole of both steps; at a rising `luma` (n,) noise has this `deviation`.

    `blur_sigma_px` is the deviation of the lens's and the pixels' blur, None for that of a good lens.
    """
    if blur_sigma_px is None or math.isnan(blur_sigma_px):
        blur_sigma_px = BLUR_PX
    total = min(max(blur_sigma_px, LEAST_PX), GREATEST_PX)
    side = min(total**2 / 2, MOST_SIDE)  # of [a, 1 - 2 a, a], with the Gaussian's variance
    strength = min(strength * _over_the_least(total) / (2 * side), MOST_STRENGTH)
    if deviation is None or not strength:
        return Sharpening(_filter(strength, side), np.zeros(5, np.int16))
    # Between two knots there is to be no less than the noise: each has the greatest up to half way to its neighbours.
    near = np.abs(KNOT_LUMA[:, None] - luma) <= KNOT_LUMA[1] / 2
    greatest = np.maximum(np.where(near, deviation, 0).max(axis=1), np.interp(KNOT_LUMA, luma, deviation))
    gain, likeness = _of_noise(side)
    deviations = _deviations(strength * gain, likeness)
    wanted = deviations * strength * gain * greatest / 2
    weaker = min(MOST_LEAST / max(wanted.max(), 1), 1.0)  # where the kernel can't leave so much noise out
    least = np.rint(wanted * weaker)
    slopes = 4 * np.diff(least)  # between two knots lies a quarter of 32768
    bent = np.array([least[0], slopes[0], *np.diff(slopes)]).astype(np.int16)
    return Sharpening(_filter(strength * weaker, side), bent)


def _filter(strength: float, side: float) -> np.ndarray:
    blur = 4 * np.array([side * (1 - 2 * side), side**2])
    return np.rint([16384 * strength, *(32768 * blur)]).astype(np.int16)


def _over_the_least(blur_px: float) -> float:
    """The variance that a strength of 1 takes back: what is over that of `LEAST_PX`, all of it at `BLUR_PX`."""
    return BLUR_PX**2 * (blur_px**2 - LEAST_PX**2) / (BLUR_PX**2 - LEAST_PX**2)


def _of_noise(side: float) -> tuple[float, float]:
    """The deviation of H + H^2 of white noise of deviation 1, and its correlation with that noise."""
    once = np.convolve([1], [side, 1 - 2 * side, side])
    line, wider = np.array([0, *once, 0]), np.convolve(once, once)
    taps = np.outer(wider, wider) - 3 * np.outer(line, line)  # H + H^2 = 2 - 3 G + G^2
    taps[2, 2] += 2
    gain = float(np.sqrt((taps**2).sum()))
    return gain, float(taps[2, 2]) / gain


def _deviations(gain: float, likeness: float) -> float:
    """The least threshold t, in deviations of the detail, under which noise of deviation 1 rises by `NOISE_RISE`.

    Detail d = `gain` x, of which x over t is added to the noise n: the variance is 1 + 2 E[n d] + E[d d].
    """
    for t in np.arange(NOISE_DEVIATIONS, 6, 0.05):
        beyond, density = 0.5 * math.erfc(t / math.sqrt(2)), math.exp(-t * t / 2) / math.sqrt(2 * math.pi)
        squared = 2 * ((1 + t * t) * beyond - t * density)
        if 1 + 2 * likeness * gain * 2 * beyond + gain**2 * squared <= NOISE_RISE**2:
            return float(t)
    return 6.0


#: For pictures that are left as they are.
NO_SHARPENING = sharpening(0.0)
