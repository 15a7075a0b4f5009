"""What lies beyond a picture's edge."""

from __future__ import annotations

import halide as hl


def mirror(coordinate: hl.Expr, low: hl.Expr, high: hl.Expr) -> hl.Expr:
    """`coordinate` reflected about the first and last sample, `low` and `high` (inclusive): ... 2 1 0 1 2 ...

    Keeps the parity of the distance to the edge, so a mirrored mosaic keeps its CFA phase. Beyond one reflection
    it stays at the far edge (with its parity lost): pictures are larger than any filter's reach.
    """
    reflected = hl.select(coordinate < low, 2 * low - coordinate, 2 * high - coordinate)
    outside = (coordinate < low) | (coordinate > high)
    # `likely` lets Halide peel the borders off and run the middle without a test. A clamp would stay there and turn
    # dense loads into gathers: the promise holds, since what lies outside is not selected.
    inside = hl.unsafe_promise_clamped(hl.likely(coordinate), low, high)
    return hl.select(outside, hl.clamp(reflected, low, high), inside)
