"""Lens character: what a lens leaves on a picture. So far: light falling off towards the corners.

Domain and range: scene-linear light. Gain (1 - k r^4)^2 with r = 1 at the corners of the uncropped picture: half-way
out a sixteenth of the corners' loss, so that only corners darken.
"""

from __future__ import annotations


def falloff(corner_shading_stops: float) -> float:
    """The k of the gain (1 - k r^4)^2 that leaves the corners `corner_shading_stops` (0 or less) off the centre."""
    return 1.0 - 2.0 ** (corner_shading_stops / 2)
