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

#: The filter's taps are in 1/1024.
ONE = 1024

#: Lumas at which the least detail is kept, straight between.
KNOT_LUMA = np.arange(5) * 16384


@dataclass(frozen=True, eq=False)
class Sharpening:
    """Sharpening of one picture, as the finishing kernels read it.

    `taps` (6,) int32 in 1/1024: the filter at (0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2), the same in all eight
    directions, 0 in sum. `least` (5,) int32 is the detail, of 65535, that noise makes at each of `KNOT_LUMA`.
    """

    taps: np.ndarray
    least: np.ndarray

    @property
    def arguments(self) -> list:
        """In the kernels' call order."""
        return [self.taps, self.least]


#: For pictures that are left as they are.
NO_SHARPENING = Sharpening(np.zeros(6, np.int32), np.zeros(5, np.int32))


def sharpening(strength: float, luma: np.ndarray = KNOT_LUMA, deviation: np.ndarray | None = None) -> Sharpening:
    """Sharpening by `strength`, 1 for the whole of both steps; at a rising `luma` (n,) noise has this `deviation`."""
    taps = _taps(strength)
    if deviation is None:
        return Sharpening(taps, NO_SHARPENING.least)
    # Between two knots there is to be no less than the noise: each has the greatest up to half way to its neighbours.
    near = np.abs(KNOT_LUMA[:, None] - luma) <= KNOT_LUMA[1] / 2
    greatest = np.maximum(np.where(near, deviation, 0).max(axis=1), np.interp(KNOT_LUMA, luma, deviation))
    gain = np.sqrt((np.array([1, 4, 4, 4, 8, 4]) * (taps / ONE) ** 2).sum())
    return Sharpening(taps, np.rint(np.minimum(NOISE_DEVIATIONS * gain * greatest, 65535)).astype(np.int32))


def _taps(strength: float) -> np.ndarray:
    """strength (H + H^2) of a blur that is separable, [a, 1 - 2a, a] with the Gaussian's variance; 0 in sum."""
    side = BLUR_PX**2 / 2
    line = np.array([0, side, 1 - 2 * side, side, 0])
    once, twice = np.outer(line, line), np.outer(*[np.convolve(line[1:4], line[1:4])] * 2)
    centre = np.zeros((5, 5))
    centre[2, 2] = 1
    wanted = strength * (2 * centre - 3 * once + twice)  # H + H^2 = 2 - 3 G + G^2
    taps = np.rint(ONE * wanted[[2, 2, 1, 2, 1, 0], [2, 1, 1, 0, 0, 0]]).astype(np.int32)
    taps[0] = -(4 * (taps[1] + taps[2] + taps[3] + taps[5]) + 8 * taps[4])
    return taps
