"""Exposure: how bright the picture is, and which scene value becomes display white.

Domain and range: scene-linear light, 0.18 = grey; gains in stops. Limits: one gain for the whole picture.
"""

from __future__ import annotations

import math

#: Where display white may lie in the scene: +2.5 stops over grey (an 8-bit picture's own white) to +6.47.
WHITE_RANGE = (0.18 * 2.0**2.5, 16.0)

#: White points are rounded up to this part of a stop, so that a look's tables can be used again.
STEPS_PER_STOP = 8


def clip_white(white: float, gain: float) -> float:
    """The scene value, after exposure, that a look's curve takes to display white.

    `white` is the sensor's clip (SceneImage.white), `gain` the exposure's factor.
    """
    low, high = WHITE_RANGE
    stops = math.log2(max(white * gain, low) / 0.18)
    return min(0.18 * 2.0 ** (math.ceil(stops * STEPS_PER_STOP - 1e-6) / STEPS_PER_STOP), high)
