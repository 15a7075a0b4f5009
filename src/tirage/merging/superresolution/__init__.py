"""Super-resolution: frames to finer pixels of three colours each, from their sub-pixel shifts, without a demosaic.

Purpose: the burst merged at scale 1 is demosaiced and interpolated; what each frame's samples say beyond it, where
they lie between the pixels of the result, is added: the nine samples about a pixel, each to its own colour, by an
anisotropic kernel that follows the reference's structure and by how well the frame agrees there. What does not stand
out of the noise is left out. Frames are aligned by the plainest motion that explains them: folded detail misleads.
Paper: Wronski et al. (2019), "Handheld multi-frame super-resolution".
Domain: stored mosaics, maps, weights of quads; range: (3, H, W) uint16 with a pedestal.
Limits: frames wait in memory as stored; what moves by itself, and what no sample reaches, stays as interpolated.
"""

from __future__ import annotations

import numpy as np

#: Planes of the state, each for R, G, B: weighted light, weights, squared weights.
STATE = ("light", "weight", "square")

#: What stands for light where a frame has none.
NOTHING = 1e9

#: A kernel of exponent q weighs (1 - q / REACH)^4, close to exp(-q / 2), and 0 from there on.
REACH = 8.0

#: The deviation in pixels of the mosaic of kernels where the reference shows detail, and where it shows none; how much
#: longer and narrower they are along and across an edge; the slopes, in deviations of the noise, from which it counts
#: as none and as all.
DETAIL, FLAT, STRETCH, SHRINK = 0.38, 0.60, 2.0, 0.85
FAINT_SLOPE, STRONG_SLOPE = 0.5, 3.0

#: The weight of what was merged at scale 1, where one sample's at its own place is 1.
PRIOR = 0.08

#: Pixels each way over which detail must stand out of the noise.
WINDOW = 2

#: The pixels about a place between pixels 0 and 1 that it is interpolated from.
TAPS = range(-2, 4)


def _lanczos() -> np.ndarray:
    """Of each tap, the polynomial in the fraction that is its weight by Lanczos over three pixels within 2e-4: (6, 6).

    By ascending powers.
    """
    fraction = np.linspace(0, 1, 257)
    distance = np.array(TAPS)[:, None] - fraction
    weights = np.where(np.abs(distance) < 3, np.sinc(distance) * np.sinc(distance / 3), 0)
    return np.polynomial.polynomial.polyfit(fraction, (weights / weights.sum(0)).T, 5).T.round(6)


LANCZOS = _lanczos()
