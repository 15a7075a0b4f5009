"""Sharpen: a mild unsharp mask on display-encoded luma.

Domain and range: R'G'B' 0..65535. A pixel gains `strength` times what its luma has over the 3x3 binomial mean around
it, at most 2048 of 65535 (8 of 255), equally in the three channels: neutrals stay neutral. Borders repeat the edge.
"""

from __future__ import annotations


def sharpening_amount(strength: float) -> int:
    """`strength` in the kernel's 1/256 units."""
    return round(strength * 256)
