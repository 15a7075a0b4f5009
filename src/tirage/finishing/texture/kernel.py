"""Texture: what luma has over a robust mean around it, as one step for all channels, in 16-bit arithmetic."""

from __future__ import annotations

import halide as hl

FADE_BITS = 12  # differences count up to 2^12 of 32767
KNOT_BITS = 13

#: Neighbours, in units of the spread.
NEIGHBOURS = (
    *((dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if dx or dy),
    *((sx * a, sy * b) for a, b in ((2, 1), (1, 2)) for sx in (-1, 1) for sy in (-1, 1)),
)

x, y = hl.Var("x"), hl.Var("y")


def times(value: hl.Expr, factor: hl.Expr) -> hl.Expr:
    """int16 `value` times `factor` / 32768, to the nearest."""
    return hl.rounding_mul_shift_right(value, factor, hl.u16(15))


def along_luma(luma: hl.Expr, bent: hl.ImageParam) -> hl.Expr:
    """int16: the broken line `bent` (5,), as `texture.bent` makes it, at u16 `luma` 0..32767; 0 or more."""
    total = bent[0] + times(hl.cast(hl.Int(16), luma), bent[1])
    for knot in (1, 2, 3):
        beyond = hl.saturating_sub(luma, hl.u16(knot << KNOT_BITS))
        total += times(hl.cast(hl.Int(16), beyond), bent[knot + 1])
    return hl.max(total, hl.i16(0))


class Texture:
    """`step[x, y]`, int16 of 32767, to be added to all channels; `luma[x, y]` is u16 0..32767."""

    def __init__(self, luma: hl.Func) -> None:
        self.strength = hl.Param(hl.Int(16), "texture_strength")
        self.spread = hl.Param(hl.Int(32), "texture_spread")
        self.least = hl.ImageParam(hl.Int(16), 1, "texture_least")
        self.arguments = [self.strength, self.spread, self.least]
        self.least.dim(0).set_bounds(0, 5)
        here = hl.cast(hl.Int(16), luma[x, y])
        total = hl.i16(0)
        for dx, dy in NEIGHBOURS:
            there = hl.cast(hl.Int(16), luma[x + dx * self.spread, y + dy * self.spread])
            total += self._counted(there - here)
        detail = hl.i16(0) - ((total + hl.i16(8)) >> hl.i16(4))
        size = hl.cast(hl.Int(16), hl.abs(detail)) - along_luma(luma[x, y], self.least)
        cored = hl.select(detail < 0, hl.i16(-1), hl.i16(1)) * hl.max(size, hl.i16(0))
        self.step = times(hl.saturating_add(cored, cored), self.strength)

    def _counted(self, difference: hl.Expr) -> hl.Expr:
        """The part of a neighbour's difference that counts."""
        room = hl.max(hl.i16((1 << FADE_BITS) - 1) - hl.cast(hl.Int(16), hl.abs(difference)), hl.i16(0))
        share = room << hl.i16(15 - FADE_BITS)
        return times(difference, times(share, share))
