"""Align: where in a frame the reference's pixels lie.

Purpose: greys with even noise (quads, generalised Anscombe transform) are compared coarse to fine. Phase correlation
gives the shift, Lucas-Kanade a homography and the frame's exposure (`homography`), then what rows moved by where that
is much (`rows`: rolling shutter), and a smooth residual flow (`flow`: parallax); a tile search finds objects that moved
by themselves (`objects`). Cells whose mean differs all the same are doubted (`doubt`).
Papers: Lucas & Kanade (1981); Baker & Matthews (2004), "Lucas-Kanade 20 years on", inverse compositional; Geman &
McClure (1987), robust weights; Kuglin & Hines (1975), phase correlation; Hasinoff et al. (2016), "Burst photography
for high dynamic range and low-light imaging", tiles. Domain: two greys of one size; range: maps of CELL x CELL pixels.
Limits: shifts up to about a tenth of the width, rotation to 2 degrees.
"""

from __future__ import annotations

import numpy as np

#: What `halve` weighs five pixels by, each way.
BINOMIAL = (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16)

#: Columns of memory beside a grey that follows a map: cells that lie partly outside it may read there.
BESIDE = 16

#: A grey beyond the frame's edge; greys themselves are not negative.
OUTSIDE = -1e4

#: What a tile costs that is not seen; the most pixels along a side of one, and that one is tried away from a place.
NOT_SEEN, MOST_SIDE, MOST_RADIUS = 1e9, 16, 12

#: Lucas-Kanade's sums over a cell: gx, gy the slopes of the reference r, d the difference, all weighted but `pixels`.
SUMS = ("xx", "xy", "yy", "xd", "yd", "xr", "yr", "rr", "rd", "weight", "pixels")

_GAUSS = np.exp(-0.5 * (np.arange(-2, 3) / 0.8) ** 2)
_GAUSS /= _GAUSS.sum()
#: Slopes: a Gaussian of 0.8 px, then Sobel's filters; what acts along the slope and what acts across it.
SLOPE = tuple(float(v) for v in np.convolve(_GAUSS, (0.5, 0.0, -0.5))[::-1])
SMOOTH = tuple(float(v) for v in np.convolve(_GAUSS, (0.25, 0.5, 0.25)))
