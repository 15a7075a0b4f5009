"""Tables that give a stored value noise of variance 1 whatever its light, and that take its mean back unbiased.

Paper: Makitalo & Foi (2013), "Optimal inversion of the generalized Anscombe transformation for Poisson-Gaussian
noise". Two departures: below no light the transform goes on straight, so that noise below black is kept and dark
means stay true; and the inverse is of the exact expectation, integrated numerically, not its closed-form likeness.
"""

from __future__ import annotations

import numpy as np

#: Entries of `restored`: at 16384, steps of a hundredth of the noise on a phone's sensor at base ISO.
ENTRIES = 16384

#: Photons from which the Poisson law is taken for a normal one with a term for its skewness.
_MANY = 40.0


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
    nodes, weights = np.polynomial.hermite_e.hermegauss(24)
    weights = weights / weights.sum()
    mean = np.empty(light.shape)
    few = light < _MANY * scale
    dim = light[few]
    if dim.size:
        photons = np.arange(int(_MANY + 12 * np.sqrt(_MANY)))
        log_factorial = np.concatenate([[0.0], np.cumsum(np.log(photons[1:]))])
        expected = np.maximum(dim / scale, 0)[:, None] if scale > 0 else np.zeros((dim.size, 1))
        chance = np.exp(photons * np.log(np.maximum(expected, 1e-300)) - expected - log_factorial)
        centre = scale * photons + np.minimum(dim, 0)[:, None]
        values = stabilise(centre[..., None] + np.sqrt(offset) * nodes, scale, offset)
        mean[few] = (chance * (values * weights).sum(-1)).sum(-1) / chance.sum(-1)
    bright = light[~few]
    deviation = np.sqrt(scale * bright + offset)[:, None]
    mean[~few] = (stabilise(bright[:, None] + deviation * nodes, scale, offset) * weights).sum(-1)
    mean[~few] += scale**4 * bright / 8 / (scale * bright + 0.375 * scale**2 + offset) ** 2.5
    return mean


def unbiased_inverse(stable: np.ndarray, scale: float, offset: float) -> np.ndarray:
    """The light whose noisy values have the mean `stable` once stabilised, float64."""
    step = 0.125
    knots = algebraic_inverse(np.arange(stable.min() - 2, stable.max() + 2, step), scale, offset)
    means = expectation(knots, scale, offset)
    bias = knots - algebraic_inverse(means, scale, offset)
    return algebraic_inverse(stable, scale, offset) + np.interp(stable, means, bias)
