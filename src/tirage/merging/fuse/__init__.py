"""Fuse: frames added to the reference, each quad by how well it agrees.

Purpose: a frame is demosaiced by linear filters and resampled at the reference's own Bayer sites, so that colours keep
their places. Its weight is 1 / (1 + k^2), k the excess over the noise of a chi-square over 3x3 quads against the
reference, or of local means over 5x5 quads against the denoised reference. A weight among low ones is lowered too:
islands of agreement within what moves are chance. Frames with more noise weigh less.
Papers: Malvar, He & Cutler (2004); Wronski et al. (2019), "Handheld multi-frame super-resolution", robustness.
Domain: stored mosaics and maps; range: sums of light, of weights, of squared weights times noise, for each site.
Limits: detail that the filters of the demosaic do not carry comes from the reference alone.
"""

from __future__ import annotations

from functools import cache

import numpy as np

#: Planes of the state, each for four sites: weighted light, weights, and the noise that the frames bring.
STATE = ("light", "weight", "noise")

#: The colours of the sites R, G, G, B.
COLOURS = (0, 1, 1, 2)

#: What stands for light near a clipped sample.
CLIPPED = 1e9

#: Steps of a pixel's fraction in `gain_table`.
FRACTIONS = 16

#: k by the chi-square of single samples: the excess over the threshold times the slope; and by that of local means.
QUAD_THRESHOLD, QUAD_SLOPE = 1.5, 2.0
LOCAL_THRESHOLD, LOCAL_SLOPE = 2.5, 1.0
#: Noise that a denoised reference is left with, and how much more than white noise resampled noise keeps in 5 x 5.
GUIDE_NOISE, LOCAL_CORRELATION = 0.1, 1.6
#: Weights below count for nothing; the second hypothesis must be better by OTHER_GAIN.
LEAST_WEIGHT, OTHER_GAIN = 0.02, 0.05

#: The mean weight around a quad from which it is trusted in full, and at which not at all.
TRUSTED, DISTRUSTED = 0.7, 0.3

_GREEN = np.array([[0, 0, -1, 0, 0], [0, 0, 2, 0, 0], [-1, 2, 4, 2, -1], [0, 0, 2, 0, 0], [0, 0, -1, 0, 0]]) / 8
_BESIDE = np.array([[0, 0, 0.5, 0, 0], [0, -1, 0, -1, 0], [-1, 4, 5, 4, -1], [0, -1, 0, -1, 0], [0, 0, 0.5, 0, 0]]) / 8
_OPPOSITE = (
    np.array([[0, 0, -1.5, 0, 0], [0, 2, 0, 2, 0], [-1.5, 0, 6, 0, -1.5], [0, 2, 0, 2, 0], [0, 0, -1.5, 0, 0]]) / 8
)
_OWN = np.zeros((5, 5))
_OWN[2, 2] = 1


def filter_of(colour: int, row: int, column: int) -> np.ndarray:
    """Malvar's filter (5, 5) for a colour at a pixel of these parities, red being at 0, 0."""
    own = COLOURS[2 * row + column]
    if own == colour:
        return _OWN
    if colour == 1:
        return _GREEN
    if own != 1:
        return _OPPOSITE
    return _BESIDE if (row == 0) == (colour == 0) else _BESIDE.T


@cache
def gain_table() -> np.ndarray:
    """White noise's variance after demosaic and bilinear interpolation, (3 colours, 4 parities, fractions) float32."""
    table = np.zeros((3, 2, 2, FRACTIONS + 1, FRACTIONS + 1))
    for colour, row, column, down, across in np.ndindex(table.shape):
        v, u = down / FRACTIONS, across / FRACTIONS
        whole = np.zeros((6, 6))
        for i, down_weight in enumerate((1 - v, v)):
            for j, across_weight in enumerate((1 - u, u)):
                part = filter_of(colour, (row + i) % 2, (column + j) % 2)
                whole[i : i + 5, j : j + 5] += down_weight * across_weight * part
        table[colour, row, column, down, across] = (whole * whole).sum()
    return table.reshape(3, 4, -1).astype(np.float32)
