"""Metering: the exposure that a scene asks for, followed half-way."""

from __future__ import annotations

import numpy as np

GREY = 0.18

#: Light outside these stops about grey counts as their limit: below is noise, above a lamp or the sensor's clip.
DARKEST_STOPS, BRIGHTEST_STOPS = -8.0, 3.0

#: Share of the cells left out at each end, so that a lamp or a dark frame doesn't decide.
TRIMMED = 0.1

STRENGTH = 0.5
LIMIT_STOPS = 1.0


def metered_stops(luminance: np.ndarray) -> float:
    """Stops of exposure that would help a scene, -1 to 1, from its proxy's luminance (any shape, 0.18 = grey).

    The mean of log2 light over the middle four fifths of the cells is taken half of the way to grey, by one stop at
    most: what was dark on purpose stays dark. 0 where there is nothing to meter; NaN is left out. The sum is in sorted
    order, so the order of the cells doesn't matter.
    """
    light = np.asarray(luminance, np.float64).ravel()
    light = light[~np.isnan(light)]
    bounded = np.clip(light / GREY, 2.0**DARKEST_STOPS, 2.0**BRIGHTEST_STOPS)
    stops = np.sort(np.log2(bounded))
    margin = int(TRIMMED * stops.size)
    middle = stops[margin : stops.size - margin]
    if not middle.size or not (light > 0).any():
        return 0.0
    return float(np.clip(-STRENGTH * middle.mean(), -LIMIT_STOPS, LIMIT_STOPS))
