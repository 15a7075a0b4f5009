"""Exposure: how bright the picture is, and which scene value becomes display white.

Method: one gain. Domain and range: scene-linear light, 0.18 = grey; gains in stops.
`meter.py` proposes it from the scene's proxy, where the recipe asks for that. Limits: one gain for the whole picture.
"""

from __future__ import annotations

import math

from ...photo.errors import UsageError

#: Where display white may lie in the scene: +2.5 stops over grey (an 8-bit picture's own white) to +6.47.
WHITE_RANGE = (0.18 * 2.0**2.5, 16.0)

#: White points lie on steps of this part of a stop, so that a look's tables can be used again.
STEPS_PER_STOP = 8


def clip_white(white: float, gain: float) -> float:
    """The scene value, after exposure, that a look's curve takes to display white.

    `white` is the sensor's clip (SceneImage.white), `gain` the exposure's factor. Rounded down to 1/8 stop over grey:
    clipped light is then white, never a grey just under it. Raises UsageError where either isn't a positive number.
    """
    clip = white * gain
    if not 0 < clip < math.inf:
        raise UsageError(f"a scene's white point must be a positive number, not {white!r} x {gain!r}")
    low, high = WHITE_RANGE
    stops = math.log2(clip / 0.18)
    return min(max(0.18 * 2.0 ** (math.floor(stops * STEPS_PER_STOP + 1e-6) / STEPS_PER_STOP), low), high)
