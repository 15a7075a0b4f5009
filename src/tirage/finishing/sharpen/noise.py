"""The noise of luma that a look makes of a scene's noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

#: Luminance after exposure at which the noise is worked out: from eleven stops under grey to the brightest, and black.
LIGHT = np.append(0.0, 0.18 * 2.0 ** np.linspace(-11, 6.4, 140))


def luma_noise(
    noise: tuple[float, float],
    exposure_gain: float,
    local_gain: Callable[[np.ndarray], np.ndarray],
    shown: Callable[[np.ndarray], np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Luma, of 65535, of an even grey area, rising, and its deviation.

    A pixel's luminance Y before exposure has the variance noise[0] Y + noise[1]; `local_gain` is the factor of local
    tone on an area's light after exposure, and `shown` the luma of light after that. A deviation is half of what light
    a deviation more and a deviation less are apart.
    """
    lifted = local_gain(LIGHT)
    deviation = lifted * np.sqrt(exposure_gain * noise[0] * LIGHT + exposure_gain**2 * noise[1])
    light = lifted * LIGHT
    return shown(light), (shown(light + deviation) - shown(np.maximum(light - deviation, 0))) / 2
