"""The first, coarse form of a look: a rising curve for each channel, and how far each follows the other two.

It carries exposure, contrast, casts and saturation to colours that no picture showed. Method: least squares over
knots of the curves, smooth, drawn to the identity where nothing is known; then made to rise. Domain and range: encoded
R'G'B'.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .lattice import Colours

KNOTS = 17
#: What smoothness of a curve, its identity, and independence of the channels are worth.
_SMOOTH, _IDENTITY, _APART = 30.0, 0.3, 20.0


@dataclass(frozen=True, eq=False)
class Base:
    """`curves` (3, KNOTS) over equidistant knots; `cross` (3, 3), zero along the diagonal, of channel differences."""

    curves: np.ndarray
    cross: np.ndarray

    def __call__(self, colours: np.ndarray) -> np.ndarray:
        """(n, 3) of colours (n, 3), not clipped."""
        knots = np.linspace(0, 1, KNOTS)
        result = np.empty_like(colours)
        for channel in range(3):
            own = colours[:, channel]
            result[:, channel] = np.interp(own, knots, self.curves[channel])
            for other in range(3):
                if other != channel:
                    result[:, channel] += self.cross[channel, other] * (colours[:, other] - own)
        return result


def fitted_base(colours: Colours) -> Base:
    """The base that takes `given` nearest to `wanted`."""
    curves, cross = np.empty((3, KNOTS)), np.zeros((3, 3))
    knots = np.linspace(0, 1, KNOTS)
    for channel in range(3):
        others = [n for n in range(3) if n != channel]
        own = colours.given[:, channel]
        place = np.clip(own, 0, 1) * (KNOTS - 1)
        first = np.minimum(place.astype(int), KNOTS - 2)
        design = np.zeros((len(own), KNOTS + 2))
        rows = np.arange(len(own))
        design[rows, first] = 1 - (place - first)
        design[rows, first + 1] = place - first
        design[:, KNOTS:] = colours.given[:, others] - own[:, None]
        # Weights of one sum whatever the number of colours: the terms below keep their worth.
        weight = colours.weight / max(float(colours.weight.sum()), 1e-30) * 1e4
        normal = design.T @ (design * weight[:, None])
        right = design.T @ (weight * (colours.wanted[:, channel] - own))
        bend = np.diff(np.eye(KNOTS), 2, axis=0)
        normal[:KNOTS, :KNOTS] += _SMOOTH * bend.T @ bend + _IDENTITY * np.eye(KNOTS)
        normal[KNOTS:, KNOTS:] += _APART * np.eye(2)
        found = np.linalg.solve(normal, right)
        curves[channel] = rising(knots + found[:KNOTS])
        cross[channel, others] = found[KNOTS:]
    return Base(curves, cross)


def rising(values: np.ndarray, axis: int = 0) -> np.ndarray:
    """`values` made to rise along an axis: half-way between the highest so far and the lowest to come."""
    before = np.maximum.accumulate(values, axis)
    after = np.flip(np.minimum.accumulate(np.flip(values, axis), axis), axis)
    return (before + after) / 2
