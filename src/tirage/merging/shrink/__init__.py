"""Shrink: a mean of frames without the noise that is left, more so where few frames agreed.

Purpose: light is given even noise (generalised Anscombe transform), quads become opponent planes, sliding 8x8 DCTs of
them keep each coefficient by how far its neighbourhood stands out of the noise at that place and frequency: white from
the reference, coloured from resampled frames, by the accumulated weights. Interpolation has taken some of the finest
detail: where there is detail it is given back, by the resampled frames' share. Papers: as in `developing/denoise`.
Domain: the state of `fuse`; range: a 16-bit mosaic with a pedestal, of even quality.
Limits: background that a moving object uncovers is smoothed as much as a single frame is.
"""

from __future__ import annotations

#: A mean of as many frames as this weight, all clipped, is white though it is shrunk to so many sigma below for each.
CLIPPED_BY_NOISE = 0.5

#: What of the noise shrinking leaves in brightness where nothing but smooth shades is seen, and where more is; and the
#: share of the usual weight that is missing where frames begin to disagree, and where they do.
SMOOTH, FEWER = (0.3, 0.7), (0.1, 0.2)
