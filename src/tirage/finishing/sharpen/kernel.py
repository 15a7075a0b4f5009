"""Sharpening of encoded luma: a 5x5 filter, its noise left out, its overshoot bounded; one step for all channels."""

from __future__ import annotations

import halide as hl

LUMA_WEIGHTS = (17, 44, 3)  # of 64: the Rec.2020 luma weights, rounded
TAP_BITS = 10
KNOT_BITS = 14
ROOM_BITS = 5  # of the neighbours' range, 1/32 may be exceeded
RIDGE_BITS = 2  # of what a ridge stands clear by, a quarter may be added

x, y, c = hl.Var("x"), hl.Var("y"), hl.Var("c")


def luma(channels: tuple[hl.Expr, ...]) -> hl.Expr:
    """Luma of display-encoded R'G'B' u16 expressions, as u16."""
    total = sum(hl.cast(hl.Int(32), value) * weight for value, weight in zip(channels, LUMA_WEIGHTS, strict=True))
    return hl.cast(hl.UInt(16), total >> 6)


class Sharpen:
    """`encoded[x, y, c]` plus the detail that `luma[x, y]` has lost, int32 in 0..65535: `output[x, y, c]`."""

    def __init__(self, encoded: hl.Func, luma: hl.Func) -> None:
        self.luma = luma
        self.taps = hl.ImageParam(hl.Int(32), 1, "sharpening_taps")
        self.least = hl.ImageParam(hl.Int(32), 1, "sharpening_least")
        self.arguments = [self.taps, self.least]
        self.taps.dim(0).set_bounds(0, 6)
        self.least.dim(0).set_bounds(0, 5)
        filtered, least = self._filtered(), self._least()
        step = hl.max(filtered - least, 0) + hl.min(filtered + least, 0)
        below, above = self._room()
        self.detail = hl.Func("detail")
        self.detail[x, y] = hl.clamp(step, -below, above)
        self.output = hl.Func("sharpened")
        self.output[x, y, c] = hl.clamp(hl.cast(hl.Int(32), encoded[x, y, c]) + self.detail[x, y], 0, 65535)

    def _at(self, dx: int, dy: int) -> hl.Expr:
        return self.luma[x + dx, y + dy]

    def _filtered(self) -> hl.Expr:
        """The symmetric filter: pixels at one distance are added first."""

        def around(dx: int, dy: int) -> hl.Expr:
            places = {(sx * a, sy * b) for a, b in ((dx, dy), (dy, dx)) for sx in (-1, 1) for sy in (-1, 1)}
            return sum(hl.cast(hl.Int(32), self._at(*place)) for place in sorted(places))

        rings = [around(*place) for place in ((0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2))]
        return sum(ring * self.taps[index] for index, ring in enumerate(rings)) >> TAP_BITS

    def _least(self) -> hl.Expr:
        """The detail that noise makes at a luma: straight between the knots."""
        value, piece = hl.cast(hl.Int(32), self._at(0, 0)), 1 << KNOT_BITS
        rise = hl.min(value, piece) * (self.least[1] - self.least[0])
        for knot in (1, 2, 3):
            within = hl.max(value - knot * piece, 0)
            rise += (hl.min(within, piece) if knot < 3 else within) * (self.least[knot + 1] - self.least[knot])
        return self.least[0] + (rise >> KNOT_BITS)

    def _room(self) -> tuple[hl.Expr, hl.Expr]:
        """How far down and up a pixel may move."""
        pairs = [(self._at(dx, dy), self._at(-dx, -dy)) for dx, dy in ((1, 0), (0, 1), (1, 1), (1, -1))]
        here = self._at(0, 0)
        lower, higher = [hl.min(*pair) for pair in pairs], [hl.max(*pair) for pair in pairs]
        lowest, highest = _all(hl.min, [here, *lower]), _all(hl.max, [here, *higher])
        # A ridge stands above both neighbours of one direction, by more than half of the range: no edge's zipper does.
        reach = highest - lowest
        peak = hl.max(here, _all(hl.min, higher)) - _all(hl.min, higher)
        dip = _all(hl.max, lower) - hl.min(here, _all(hl.max, lower))

        def room(whole: hl.Expr, ridge: hl.Expr) -> hl.Expr:
            clear = ridge - hl.min(ridge, reach - ridge)
            return hl.cast(hl.Int(32), whole) + hl.cast(
                hl.Int(32), _share(reach, ROOM_BITS) + _share(clear, RIDGE_BITS)
            )

        return room(here - lowest, dip), room(highest - here, peak)


def _share(value: hl.Expr, bits: int) -> hl.Expr:
    return value >> hl.cast(hl.UInt(16), bits)


def _all(operation, values: list[hl.Expr]) -> hl.Expr:
    result = values[0]
    for value in values[1:]:
        result = operation(result, value)
    return result
