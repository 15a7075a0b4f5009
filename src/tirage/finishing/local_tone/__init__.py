"""Local tone: large dark and bright areas move, the forms within them keep their contrast; no halos.

Method: a curve says how far areas move (`curve.py`); the fast local Laplacian filter (Aubry et al. 2014) on log2
luminance at 1/8 size gives forms their contrast back, at 1/4 or 1/2 in a small picture; a guided filter (He & Sun
2015, "Fast guided filter") carries the result up: two planes at 1/8, a and b, make the gain 2^(a G + b) of a pixel for
which the curve says G. One gain for the three channels, decided on the light before corner shading, so that corners
stay as dark as the look says.
Domain and range: scene-linear Rec.2020, 0.18 = grey after exposure. Limits: gains of at most 2.5 stops either way;
light is not lifted into its noise, nor the sensor's clip drawn down; forms finer than the proxy's cells get no contrast
added.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...colour.spaces import luminance_weights
from ...kernels.call import run
from ...photo.look import LocalTone
from ...photo.proxy import PROXY_CELL, Proxy
from .curve import FLOOR, KNOT_LIGHT, area_curve


@dataclass(frozen=True, eq=False)
class LocalToneMap:
    """Local tone of one picture, as the finishing kernels read it.

    `coefficients` (2, h, w) float32: a and b at 1/8 of the picture; `area_gain` (129,) float32 is the curve; `weights`
    (3,) float32 make luminance after exposure of scene light; `inverse_clip` is 1 over the light at which the sensor
    clips. Nothing is done unless `applied`.
    """

    coefficients: np.ndarray
    area_gain: np.ndarray
    weights: np.ndarray
    inverse_clip: float
    applied: bool

    def area_factor(self, light: np.ndarray) -> np.ndarray:
        """The factor on the light, after exposure, of even areas."""
        return np.exp2(np.interp(light + FLOOR, KNOT_LIGHT, self.area_gain) if self.applied else np.zeros(light.shape))

    @property
    def arguments(self) -> list:
        """In the kernels' call order."""
        return [self.coefficients, self.area_gain, self.weights, np.float32(self.inverse_clip), np.int32(self.applied)]


#: For pictures whose tone is the look's alone.
NO_LOCAL_TONE = LocalToneMap(
    np.zeros((2, 1, 1), np.float32), np.zeros(129, np.float32), np.zeros(3, np.float32), 0.0, False
)


def acts(amounts: LocalTone, clarity: float = 0.0) -> bool:
    """Whether a look asks for any local tone."""
    return amounts != LocalTone() or clarity != 0


def local_tone_map(
    amounts: LocalTone, proxy: Proxy, exposure_gain: float, white: float, clarity: float = 0.0
) -> LocalToneMap:
    """The local tone of a scene that clips at `white` (before exposure), by the look's `amounts` and `clarity`."""
    if not acts(amounts, clarity):
        return NO_LOCAL_TONE
    clip = white * exposure_gain + FLOOR
    curve = area_curve(amounts, proxy.noise, exposure_gain, math.log2(clip), clarity)
    beside = PROXY_CELL // proxy.cell
    coefficients = np.empty((2, *(-(-side // beside) for side in proxy.luminance.shape)), np.float32)
    levels = np.float32(exposure_gain), curve.gain, curve.detail
    run("local_tone", proxy.luminance, *levels, np.int32(beside), coefficients)
    weights = (exposure_gain * luminance_weights("rec2020")).astype(np.float32)
    return LocalToneMap(coefficients, curve.gain, weights, 1 / clip, True)
