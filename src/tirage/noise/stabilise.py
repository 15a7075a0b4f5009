"""Tables that give a stored value noise of variance 1 whatever its light, and that take its mean back unbiased.

Paper: Makitalo & Foi (2013), "Optimal inversion of the generalized Anscombe transformation for Poisson-Gaussian
noise". Two departures: below no light the transform goes on straight, so that noise below black is kept and dark
means stay true; and the inverse is of the exact expectation, integrated numerically, not its closed-form likeness.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from ..photo.levels import PEDESTAL, WHITE

#: Entries of `restored`: at 16384, steps of a hundredth of the noise on a phone's sensor at base ISO.
ENTRIES = 16384

#: Shorter mosaics are mirrored up to this before a kernel denoises them.
LEAST_SIDE = 32

#: Photons from which the Poisson law is taken for a normal one with a term for its skewness.
_MANY = 40.0

#: Nodes over 0 and weights of the 24-point Gauss-Hermite rule for a normal variable (Abramowitz & Stegun, 25.4.46).
#: numpy.polynomial has them too, but takes as long to load as a megapixel to denoise.
_NODES = np.array(
    [0.31737009662945237, 0.953421922932109, 1.5934804298164202, 2.2404678516917524, 2.8977286432233136]
    + [3.56930676407356, 4.260383605019905, 4.97804137463912, 5.732747175251201, 6.541675005098634]
    + [7.437890666021663, 8.507803519195257]
)
_WEIGHTS = np.array(
    [0.2408701155466404, 0.1614595128670001, 0.07206936401717823, 0.021126344408967556, 0.003976608929181307]
    + [4.6471871877939644e-4, 3.2095005652746016e-5, 1.2176597454425883e-6, 2.26746167348065e-8]
    + [1.7186649279648716e-10, 3.7149741527624003e-13, 9.39019368904204e-17]
)

#: Sigmas between the knots of the inverse's bias, up to _HIGH and down to _DEEP below black.
_STEP, _HIGH, _DEEP = 0.125, 512.0, 12.0


def stabilise(light: np.ndarray, scale: float, offset: float) -> np.ndarray:
    """`light` (1 = clip) with noise of variance scale * light + offset, to unit variance; 0 stays 0, float64."""
    floor = 0.375 * scale**2 + offset
    root = np.sqrt(scale * np.maximum(light, 0) + floor)
    return 2 * np.maximum(light, 0) / (root + np.sqrt(floor)) + np.minimum(light, 0) / np.sqrt(floor)


def algebraic_inverse(stable: np.ndarray, scale: float, offset: float) -> np.ndarray:
    """The light whose `stabilise` is `stable`."""
    root = np.sqrt(0.375 * scale**2 + offset)
    up = np.maximum(stable, 0)
    return up * (root + up * scale / 4) + np.minimum(stable, 0) * root


def expectation(light: np.ndarray, scale: float, offset: float) -> np.ndarray:
    """The mean of `stabilise` over the noise of `light` (n,), float64; light below 0 has the offset's noise alone."""
    nodes, weights = np.concatenate([-_NODES[::-1], _NODES]), np.concatenate([_WEIGHTS[::-1], _WEIGHTS])

    def over_offset(centre: np.ndarray) -> np.ndarray:
        return (stabilise(centre[:, None] + np.sqrt(offset) * nodes, scale, offset) * weights).sum(-1)

    mean = np.empty(light.shape)
    dark, few = light <= 0, (light > 0) & (light < _MANY * scale)
    mean[dark] = over_offset(light[dark])
    if few.any():
        photons = np.arange(int(_MANY + 12 * np.sqrt(_MANY)))
        log_factorial = np.concatenate([[0.0], np.cumsum(np.log(photons[1:]))])
        expected = light[few][:, None] / scale
        chance = np.exp(photons * np.log(np.maximum(expected, 1e-300)) - expected - log_factorial)
        mean[few] = (chance * over_offset(scale * photons)).sum(-1) / chance.sum(-1)
    many = ~(dark | few)
    bright = light[many]
    deviation = np.sqrt(scale * bright + offset)[:, None]
    mean[many] = (stabilise(bright[:, None] + deviation * nodes, scale, offset) * weights).sum(-1)
    mean[many] += scale**4 * bright / 8 / (scale * bright + 0.375 * scale**2 + offset) ** 2.5
    return mean


def unbiased_inverse(stable: np.ndarray, scale: float, offset: float) -> np.ndarray:
    """The light whose noisy values have the mean `stable` once stabilised, float64.

    The bias is tabulated where it changes: a few sigma below black the transform is a straight line.
    """
    first, last = max(float(stable.min()) - 2, -_DEEP), max(float(stable.max()) + 2, -_DEEP + 2)
    places = np.arange(first, min(last, _HIGH), _STEP)
    if last > _HIGH:
        places = np.concatenate([places, np.geomspace(_HIGH, last, 256)])
    knots = algebraic_inverse(places, scale, offset)
    means = expectation(knots, scale, offset)
    bias = knots - algebraic_inverse(means, scale, offset)
    return algebraic_inverse(stable, scale, offset) + np.interp(stable, means, bias)


def darkest(light: np.ndarray, scale: float, offset: float) -> float:
    """The stabilised value from which tables begin: below it are dead samples, and the light's share of the entries.

    At least 10 sigma below black; more, where little noise is stated at black, as there may in truth be more.
    """
    first, last = stabilise(light[[0, -1]], scale, offset)
    return max(float(first), -max(10.0, float(last) / 4))


def tables(
    noise: Sequence[Sequence[float]], black: Sequence[float], white: int
) -> tuple[np.ndarray, np.ndarray, float]:
    """`stabilised` (4, white + 1) float32, `restored` (4, ENTRIES) uint16 and `index_scale`, as denoising takes them.

    `noise` are scale and offset, `black` the stored black at the sites R, G, G, B. Black is restored to PEDESTAL, no
    light to WHITE.
    """
    span = white - max(black)

    @cache
    def stable_of(own: float, pair: tuple[float, float]) -> np.ndarray:
        light = (np.arange(white + 1) - own) / span
        return np.maximum(stabilise(light, *pair), darkest(light, *pair))

    pairs = [(float(scale), float(offset)) for scale, offset in noise]
    stable = [stable_of(float(own), pair) for own, pair in zip(black, pairs, strict=True)]
    index_scale = (ENTRIES - 1) / max(float(values[-1] - values[0]) for values in stable)

    @cache
    def restored_of(first: float, pair: tuple[float, float]) -> np.ndarray:
        light = unbiased_inverse(np.arange(ENTRIES) / index_scale + first, *pair)
        return np.clip(np.rint(light * (WHITE - PEDESTAL) + PEDESTAL), 0, WHITE - 1).astype(np.uint16)

    restored = [restored_of(float(values[0]), pair) for values, pair in zip(stable, pairs, strict=True)]
    return np.stack([values - values[0] for values in stable]).astype(np.float32), np.stack(restored), index_scale
