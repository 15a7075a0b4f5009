"""Sharpening of encoded luma: two steps of blur taken back, noise left out, overshoot bounded; one step for all
channels. Luma has 15 bits here, so that all of it is 16-bit arithmetic: half the cost of 32 bits on every processor.
"""

from __future__ import annotations

import halide as hl

from ...kernels.vocabulary import Machine

LUMA_WEIGHTS = (17, 44, 3)  # of 64: the Rec.2020 luma weights, rounded
LUMA_SHIFT = 7  # the weights' 6 bits, and from 16 bits to 15
KNOT_BITS = 13
ROOM_BITS = 6  # of the neighbours' range, 1/64 may be exceeded
RIDGE_BITS = 2  # of what a ridge stands clear by, a quarter may be added

x, y, c = hl.Var("x"), hl.Var("y"), hl.Var("c")


def luma(channels: tuple[hl.Expr, ...]) -> hl.Expr:
    """Luma, 0..32767, of display-encoded R'G'B' u16 expressions, as u16."""
    total = sum(hl.cast(hl.Int(32), value) * weight for value, weight in zip(channels, LUMA_WEIGHTS, strict=True))
    return hl.cast(hl.UInt(16), total >> LUMA_SHIFT)


class Sharpen:
    """`encoded[x, y, c]` plus the detail that `luma[x, y]` has lost, u16: `output[x, y, c]`."""

    def __init__(self, encoded: hl.Func, luma: hl.Func) -> None:
        self.luma = luma
        self.strength = hl.ImageParam(hl.Int(16), 1, "sharpening_strength")
        self.least = hl.ImageParam(hl.Int(16), 1, "sharpening_least")
        self.arguments = [self.strength, self.least]
        self.strength.dim(0).set_bounds(0, 3)
        self.least.dim(0).set_bounds(0, 5)
        self.once = hl.Func("blurred_once")
        self.once[x, y] = self._blurred(luma)
        wanted, least = self._wanted(), self._least()
        below, above = self._room()
        up = self._step(wanted, least, above)
        down = self._step(hl.saturating_sub(hl.i16(0), wanted), least, below)
        self.output = hl.Func("sharpened")
        self.output[x, y, c] = hl.saturating_sub(hl.saturating_add(encoded[x, y, c], up), down)

    def _step(self, wanted: hl.Expr, least: hl.Expr, room: hl.Expr) -> hl.Expr:
        """In 16 bits: how far to go one way, of which `wanted` is negative the other way."""
        cored = hl.saturating_sub(hl.cast(hl.UInt(16), hl.max(wanted, hl.i16(0))), least)
        return hl.u16(2) * hl.min(cored, room)

    def _blurred(self, func: hl.Func) -> hl.Expr:
        """`func` through the blur, 3x3 and separable: `strength[1]` to the sides, `strength[2]` to the corners."""

        def mean(pairs: list[tuple[int, int]]) -> hl.Expr:
            one, other = (hl.rounding_halving_add(func[x + dx, y + dy], func[x - dx, y - dy]) for dx, dy in pairs)
            return _signed(hl.rounding_halving_add(one, other))

        here = _signed(func[x, y])
        sides, corners = mean([(1, 0), (0, 1)]) - here, mean([(1, 1), (1, -1)]) - here
        blurred = here + _times(sides, self.strength[1]) + _times(corners, self.strength[2])
        return hl.cast(hl.UInt(16), blurred)

    def _wanted(self) -> hl.Expr:
        """The strength, of 16384, times 2 (L - G L) - (G L - G G L)."""
        once, twice = _signed(self.once[x, y]), _signed(self._blurred(self.once))
        half = (_signed(self.luma[x, y]) - once) - ((once - twice) >> hl.i16(1))
        return _doubled(_times(_doubled(half), self.strength[0]))

    def _least(self) -> hl.Expr:
        """The detail that noise makes at a luma: `least[0]` at black, and what the slope changes by at each knot."""
        value = self.luma[x, y]
        total = self.least[0] + _times(_signed(value), self.least[1])
        for knot in (1, 2, 3):
            beyond = _signed(hl.saturating_sub(value, hl.u16(knot << KNOT_BITS)))
            total += _times(beyond, self.least[knot + 1])
        return hl.cast(hl.UInt(16), hl.max(total, hl.i16(0)))

    def _at(self, dx: int, dy: int) -> hl.Expr:
        return self.luma[x + dx, y + dy]

    def _room(self) -> tuple[hl.Expr, hl.Expr]:
        """How far down and up a pixel may move."""
        pairs = [(self._at(dx, dy), self._at(-dx, -dy)) for dx, dy in ((1, 0), (0, 1), (1, 1), (1, -1))]
        here = self._at(0, 0)
        lower, higher = [hl.min(*pair) for pair in pairs], [hl.max(*pair) for pair in pairs]
        lowest, highest = _all(hl.min, [here, *lower]), _all(hl.max, [here, *higher])
        # A ridge stands above both neighbours of one direction, by more than half of the range: no edge's zipper does.
        reach = highest - lowest
        peak = hl.saturating_sub(here, _all(hl.min, higher))
        dip = hl.saturating_sub(_all(hl.max, lower), here)

        def room(whole: hl.Expr, ridge: hl.Expr) -> hl.Expr:
            clear = hl.saturating_sub(ridge, reach - ridge)
            return whole + _share(reach, ROOM_BITS) + _share(clear, RIDGE_BITS)

        return room(here - lowest, dip), room(highest - here, peak)

    def schedule(self, machine: Machine, strip: hl.LoopLevel, row: hl.LoopLevel) -> None:
        """What is blurred once is kept for the rows that see it; a row of steps would cost 3 to 8 CPU-ms at 12 MP."""
        lanes = machine.vector_shorts
        self.once.store_at(strip).compute_at(row).vectorize(x, lanes, hl.TailStrategy.RoundUp).fold_storage(y, 4)


def _signed(value: hl.Expr) -> hl.Expr:
    return hl.cast(hl.Int(16), value)


def _times(value: hl.Expr, factor: hl.Expr) -> hl.Expr:
    """`value` times `factor` / 32768, to the nearest."""
    return hl.rounding_mul_shift_right(value, factor, hl.u16(15))


def _doubled(value: hl.Expr) -> hl.Expr:
    return hl.saturating_add(value, value)


def _share(value: hl.Expr, bits: int) -> hl.Expr:
    return value >> hl.cast(hl.UInt(16), bits)


def _all(operation, values: list[hl.Expr]) -> hl.Expr:
    result = values[0]
    for value in values[1:]:
        result = operation(result, value)
    return result
