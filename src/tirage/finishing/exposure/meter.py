"""Metering: the gain that a scene asks for, followed half-way."""

from __future__ import annotations

import numpy as np

GREY = 0.18

#: Light outside these stops over grey is noise, or clipped: the first is left out, the second counts as its limit.
DARKEST_STOPS, BRIGHTEST_STOPS = -10.0, 3.0

#: Share of the samples left out at each end, so that a lamp or a dark frame doesn't decide.
TRIMMED = 0.1

STRENGTH = 0.5
LIMIT_STOPS = 1.0


def meter(luminance: np.ndarray) -> float:
    """Stops of exposure that would help a scene, -1 to 1, from a small proxy of its luminance (any shape, 0.18 = grey).

    The mean of log2 light over the middle four fifths of the samples is taken half of the way to grey, by one stop at
    most: a picture that was dark on purpose stays dark. 0 where there is nothing to meter. The sum is in sorted
    order, so the order of the samples doesn't matter; NaN is left out.
    """
    light = np.asarray(luminance, np.float64).ravel()
    stops = np.log2(np.minimum(light[light > GREY * 2.0**DARKEST_STOPS], 1e30) / GREY)
    stops = np.sort(np.minimum(stops, BRIGHTEST_STOPS))
    margin = int(TRIMMED * stops.size)
    middle = stops[margin : stops.size - margin]
    if not middle.size:
        return 0.0
    return float(np.clip(-STRENGTH * middle.mean(), -LIMIT_STOPS, LIMIT_STOPS))
