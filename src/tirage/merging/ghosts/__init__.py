"""Ghosts: where the mean contradicts the reference by more than noise explains, the frames added to it are taken back.

Purpose: what moved and is too faint, or too small, to be told from noise in any one frame may show in the mean of all.
Over windows of quads the sums of the mean's differences from the reference, at the four sites, are compared with
their noise: low frequencies, where frames carry the noise of plain samples, and alignment and interpolation show
least. Beside what was doubted already, doubt comes sooner. Paper: none; a chi-square test of local means.
Domain: the state of `fuse`; range: the same, towards the reference.
Limits: what differs by less than two sigma of a window stays; so do the last two cells at the right and the bottom.
"""

from __future__ import annotations

#: Quads along the sides of cells by which the mean is judged, and of the windows made of them, which overlap.
PITCH, CLOSE, WIDE = 2, 4, 8
#: Fewer windows across than a vector holds are not looked at.
LEAST_WINDOWS = 16


def windows(length: int) -> int:
    """How many windows begin in cells along so many quads."""
    return max(0, length // PITCH - WIDE // PITCH + 1)
