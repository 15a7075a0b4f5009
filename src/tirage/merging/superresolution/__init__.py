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
