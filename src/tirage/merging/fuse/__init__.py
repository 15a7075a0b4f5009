"""Fuse: frames added to the reference, each quad by how well it agrees.

Purpose: a frame is demosaiced by linear filters and resampled at the reference's own Bayer sites, so that colours keep
their places. Its weight is 1 / (1 + k^2), k the excess over the noise of a chi-square over 3x3 quads against the
reference, or of local means over 5x5 quads against the denoised reference. A weight among low ones is lowered too:
islands of agreement within what moves are chance. Blocks in which something moves are doubted sooner. Frames with more
noise weigh less.
What one colour's samples tell another of detail is scaled by how bright that is nearby: of red wood's grain blue has
little, and in full it would be drawn black.
Papers: Malvar, He & Cutler (2004); Wronski et al. (2019), "Handheld multi-frame super-resolution", robustness.
Domain: stored mosaics and maps; range: sums of light, of weights, of squared weights times noise, for each site.
Limits: detail that the filters of the demosaic do not carry comes from the reference alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

#: Planes of the state, each for four sites: weighted light, weights, and the noise that the frames bring.
STATE = ("light", "weight", "noise")

#: Where the noise of the others begins where the reference is clipped and weighs almost nothing: far below any noise.
FAINT_NOISE = -1024.0

#: The colours of the sites R, G, G, B.
COLOURS = (0, 1, 1, 2)

#: What stands for light near a clipped sample.
CLIPPED = 1e9

#: Steps of a pixel's fraction in `gain_table`.
FRACTIONS = 16

#: k by the chi-square of single samples: the excess over the threshold times the slope; and by that of local means.
QUAD_THRESHOLD, QUAD_SLOPE = 1.5, 2.0
LOCAL_THRESHOLD, LOCAL_SLOPE = 2.5, 1.0
#: The same in the blocks where something moved, and by the chi-square of a quad alone: there doubt is likelier right.
STRICT_QUAD_THRESHOLD, STRICT_QUAD_SLOPE = 1.3, 3.0
STRICT_LOCAL_THRESHOLD, STRICT_LOCAL_SLOPE = 2.0, 1.5
SINGLE_THRESHOLD, SINGLE_SLOPE = 4.0, 1.0
#: Noise that a denoised reference is left with, and how much more than white noise resampled noise keeps in 5 x 5.
GUIDE_NOISE, LOCAL_CORRELATION = 0.1, 1.6
#: Weights below count for nothing; the second hypothesis must be better by OTHER_GAIN.
LEAST_WEIGHT, OTHER_GAIN = 0.02, 0.05

#: The mean weight around a quad from which it is trusted in full, and at which not at all.
TRUSTED, DISTRUSTED = 0.7, 0.3

#: Side in pixels of the cells by whose mean light detail is carried from colour to colour.
TRANSFER_CELL = 16

_GREEN = np.array([[0, 0, -1, 0, 0], [0, 0, 2, 0, 0], [-1, 2, 4, 2, -1], [0, 0, 2, 0, 0], [0, 0, -1, 0, 0]]) / 8
_BESIDE = np.array([[0, 0, 0.5, 0, 0], [0, -1, 0, -1, 0], [-1, 4, 5, 4, -1], [0, -1, 0, -1, 0], [0, 0, 0.5, 0, 0]]) / 8
_OPPOSITE = (
    np.array([[0, 0, -1.5, 0, 0], [0, 2, 0, 2, 0], [-1.5, 0, 6, 0, -1.5], [0, 2, 0, 2, 0], [0, 0, -1.5, 0, 0]]) / 8
)
_OWN = np.zeros((5, 5))
_OWN[2, 2] = 1


@dataclass(frozen=True, eq=False)
class Mixing:
    """How colours mix while resampling, each (colour, other): (3, 3).

    `noise` is the deviation of the other's samples in parts of the colour's own, in balanced light; `transfer` the
    share of the other's detail that counts.
    """

    noise: np.ndarray = field(default_factory=lambda: np.ones((3, 3)))
    transfer: np.ndarray = field(default_factory=lambda: np.ones((3, 3)))


def filter_of(colour: int, row: int, column: int, transfer: float = 1.0) -> np.ndarray:
    """Malvar's filter (5, 5) for a colour at a pixel of these parities, red being at 0, 0.

    Of the detail that the pixel's own colour has, `transfer` counts.
    """
    own = COLOURS[2 * row + column]
    if own == colour:
        return _OWN
    if colour == 1:
        whole = _GREEN
    elif own != 1:
        whole = _OPPOSITE
    else:
        whole = _BESIDE if (row == 0) == (colour == 0) else _BESIDE.T
    plain = np.where(_sites(row, column) == colour, whole, 0)
    return plain + transfer * (whole - plain)


def scaled_filter(colour: int, row: int, column: int, mixing: Mixing) -> np.ndarray:
    """The same, each entry times the noise of a pixel of its colour in parts of this colour's."""
    own = COLOURS[2 * row + column]
    kernel = filter_of(colour, row, column, mixing.transfer[colour, own])
    return kernel * mixing.noise[colour, _sites(row, column)]


def _sites(row: int, column: int) -> np.ndarray:
    """The colours of the pixels under a filter (5, 5)."""
    y, x = np.mgrid[:5, :5]
    return np.array(COLOURS)[2 * ((row + y) % 2) + (column + x) % 2]


def noise_ratios(balance: np.ndarray, noise: np.ndarray, light: float) -> np.ndarray:
    """(colour, other) the deviation of another colour's samples in parts of its own, in balanced light: (3, 3).

    `noise` (4, 2) is (scale, offset) at the sites, `light` that of green in grey.
    """
    gain = np.asarray(balance, np.float64)
    scale, offset = np.asarray(noise, np.float64)[[0, 1, 3]].T
    deviation = gain * np.sqrt(scale * light * gain[1] / gain + offset)
    return deviation / np.maximum(deviation, 1e-30)[:, None]


def gain_table(mixing: Mixing) -> np.ndarray:
    """The variance after demosaic and bilinear interpolation, (3 colours, 4 parities, fractions) float32.

    In parts of that of a sample of the same colour.
    """
    table = np.zeros((3, 2, 2, FRACTIONS + 1, FRACTIONS + 1))
    steps = np.arange(FRACTIONS + 1) / FRACTIONS
    across = np.stack([1 - steps, steps])
    for colour, row, column in np.ndindex(3, 2, 2):
        parts = np.zeros((2, 2, 6, 6))
        for i, j in np.ndindex(2, 2):
            parts[i, j, i : i + 5, j : j + 5] = scaled_filter(colour, (row + i) % 2, (column + j) % 2, mixing)
        whole = np.einsum("iv,ju,ijyx->vuyx", across, across, parts, optimize=False)
        table[colour, row, column] = (whole * whole).sum((2, 3))
    return table.reshape(3, 4, -1).astype(np.float32)
