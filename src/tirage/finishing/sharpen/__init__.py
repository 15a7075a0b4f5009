"""Sharpen: the blur of lens, pixels and demosaicing taken back on display-encoded luma, without halos or noise.

Method: two steps of Van Cittert (1931) for a Gaussian blur: detail = H + H^2, H = 1 - G, a 5x5 filter, times the
look's strength. Detail under the noise that light of that luma has left is not added, what is above it only by the
excess (Donoho 1995, soft threshold). The sum stays within the 3x3 pixels around, but for 1/32 of their range and,
where a ridge or a valley stands clear, a quarter of that: an edge has no overshoot, a hair may become darker.
Domain and range: R'G'B' 0..65535; one step for the three channels: neutrals stay neutral. Borders repeat the edge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Pixels that the filter sees to each side.
REACH = 2

#: Deviation in pixels of the blur of a good lens (0.5), the pixels' own aperture (0.29) and demosaicing (0.3).
BLUR_PX = 0.65

#: Detail that is less than this many deviations of its own noise is not added.
NOISE_DEVIATIONS = 1.5

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


def sharpening(strength: float, luma: np.ndarray = KNOT_LUMA, deviation: np.ndarray | None = None) -> Sharpening:
    """Sharpening by `strength`, 1 for the whole of both steps; at a rising `luma` (n,) noise has this `deviation`."""
    side = BLUR_PX**2 / 2  # of [a, 1 - 2 a, a], with the Gaussian's variance
    blur = 4 * np.array([side * (1 - 2 * side), side**2])
    numbers = np.rint([16384 * strength, *(32768 * blur)]).astype(np.int16)
    if deviation is None or not strength:
        return Sharpening(numbers, np.zeros(5, np.int16))
    # Between two knots there is to be no less than the noise: each has the greatest up to half way to its neighbours.
    near = np.abs(KNOT_LUMA[:, None] - luma) <= KNOT_LUMA[1] / 2
    greatest = np.maximum(np.where(near, deviation, 0).max(axis=1), np.interp(KNOT_LUMA, luma, deviation))
    least = np.rint(np.minimum(NOISE_DEVIATIONS * strength * _gain(side) * greatest / 2, MOST_LEAST))
    slopes = 4 * np.diff(least)  # between two knots lies a quarter of 32768
    return Sharpening(numbers, np.array([least[0], slopes[0], *np.diff(slopes)]).astype(np.int16))


def _gain(side: float) -> float:
    """The deviation of H + H^2 of white noise of deviation 1."""
    once = np.convolve([1], [side, 1 - 2 * side, side])
    line, wider = np.array([0, *once, 0]), np.convolve(once, once)
    taps = np.outer(wider, wider) - 3 * np.outer(line, line)  # H + H^2 = 2 - 3 G + G^2
    taps[2, 2] += 2
    return float(np.sqrt((taps**2).sum()))


#: For pictures that are left as they are.
NO_SHARPENING = sharpening(0.0)
