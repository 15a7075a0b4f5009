"""Texture: contrast of fine detail, more or less of it, without halos.

Method: a mean of 16 pixels around, two and four to five pixels away, in which a neighbour counts the less the more its
luma differs, (1 - d / 32 codes)^2 of the way and beyond 32 codes of 255 not at all: Tukey's (1977) redescending weight
in a bilateral mean. What luma has over that mean is added, or taken away. An edge is no detail: it stays as it is.
Detail under the noise that light of that luma has left is not added. Domain and range: R'G'B' 0..65535; one step for
the three channels: neutrals stay neutral. Borders repeat the edge. Limits: detail of 2 to 16 pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Pixels between the neighbours, and how far the furthest lies.
SPREAD, REACH = 2, 4

#: What a texture of 1 adds of the detail, or one of -1 takes away.
MOST = 1.25, 0.9

#: Detail that is less than this many deviations of the noise is not added.
NOISE_DEVIATIONS = 1.2

#: Lumas, of 65535, between which what varies with luma is straight.
KNOT_LUMA = np.arange(5) * 16384
MOST_LEAST = 4095


@dataclass(frozen=True, eq=False)
class Texture:
    """Texture of one picture, as the finishing kernels read it.

    `strength` is in 1/16384 of the detail, `spread` in pixels; `least` (5,) int16, as `bent` has it, is the detail, of
    32767, that noise makes. Strength 0 does nothing.
    """

    strength: int
    spread: int
    least: np.ndarray

    @property
    def arguments(self) -> list:
        """In the kernels' call order."""
        return [np.int16(self.strength), np.int32(self.spread), self.least]


#: For pictures whose detail stays.
NO_TEXTURE = Texture(0, 0, np.zeros(5, np.int16))


def texture(amount: float, luma: np.ndarray = KNOT_LUMA, deviation: np.ndarray | None = None) -> Texture:
    """Texture by `amount`, -1 to 1; at a rising `luma` (n,), of 65535, noise has this `deviation`."""
    if not amount:
        return NO_TEXTURE
    strength = round(16384 * amount * MOST[0 if amount > 0 else 1])
    if deviation is None or amount < 0:
        return Texture(strength, SPREAD, np.zeros(5, np.int16))
    near = np.abs(KNOT_LUMA[:, None] - luma) <= KNOT_LUMA[1] / 2
    greatest = np.maximum(np.where(near, deviation, 0).max(axis=1), np.interp(KNOT_LUMA, luma, deviation))
    return Texture(strength, SPREAD, bent(np.minimum(NOISE_DEVIATIONS * greatest / 2, MOST_LEAST)))


def bent(values: np.ndarray) -> np.ndarray:
    """(5,) int16: the first of five values at `KNOT_LUMA`, and what the slope changes by at the first four, in 1/32768.

    Values are of 32767 and no further apart than 8191.
    """
    whole = np.rint(values)
    slopes = 4 * np.diff(whole)  # between two knots lies a quarter of 32768
    return np.array([whole[0], slopes[0], *np.diff(slopes)]).clip(-32768, 32767).astype(np.int16)
