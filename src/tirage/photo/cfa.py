"""Colour filter arrays by name."""

from __future__ import annotations

#: CFA layouts that tirage develops itself: the colours of the top-left 2x2 of the active area, in reading order.
BAYER_PATTERNS = ("RGGB", "GRBG", "GBRG", "BGGR")

#: What the colour filters are: as the file says, as its pixels say where they contradict it, or as stated.
CFA_CHOICES = ("tag", "auto", *BAYER_PATTERNS)
