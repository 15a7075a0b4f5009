"""Mild sharpening: an unsharp mask on encoded luma, the same step added to the three channels."""

from __future__ import annotations

import halide as hl

LUMA_WEIGHTS = (17, 44, 3)  # of 64: the Rec.2020 luma weights, rounded
LIMIT = 2048  # the most that sharpening moves a value, of 65535: overshoot stays under 8 of 255
AMOUNT_BITS = 8

x, y, c = hl.Var("x"), hl.Var("y"), hl.Var("c")


def luma(channels: tuple[hl.Expr, ...]) -> hl.Expr:
    """Luma of display-encoded R'G'B' u16 expressions, as u16."""
    total = sum(hl.cast(hl.Int(32), value) * weight for value, weight in zip(channels, LUMA_WEIGHTS, strict=True))
    return hl.cast(hl.UInt(16), total >> 6)


def sharpen(encoded: hl.Func, luma: hl.Func, amount: hl.Expr) -> hl.Func:
    """`encoded[x, y, c]` plus `amount`/256 of what `luma[x, y]` has over its 3x3 binomial mean, int32 in 0..65535."""
    weights = {-1: 1, 0: 2, 1: 1}

    def luma_at(dx: int, dy: int) -> hl.Expr:
        return hl.cast(hl.Int(32), luma[x + dx, y + dy])

    blurred = sum(luma_at(dx, dy) * (weights[dx] * weights[dy]) for dy in weights for dx in weights)
    step = ((luma_at(0, 0) * 16 - blurred) * amount) >> (4 + AMOUNT_BITS)
    detail = hl.Func("detail")
    detail[x, y] = hl.clamp(step, -LIMIT, LIMIT)
    sharpened = hl.Func("sharpened")
    sharpened[x, y, c] = hl.clamp(hl.cast(hl.Int(32), encoded[x, y, c]) + detail[x, y], 0, 65535)
    return sharpened
