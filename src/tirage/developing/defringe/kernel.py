"""Red and blue near bright edges brought to the ratios to green of their surround."""

from __future__ import annotations

from typing import Any

import halide as hl

from ...kernels.borders import mirror
from ...kernels.vocabulary import Machine
from . import BRIGHT, EDGE, FLOOR, GREEN_OTHER, PURPLE_BLUE, PURPLE_RED, RADIUS, TOLERANCE

x, y, c = hl.Var("x"), hl.Var("y"), hl.Var("c")

floor, tolerance = hl.f32(FLOOR), hl.f32(TOLERANCE)

TILE_WIDTH, TILE_ROWS = 256, 128


def ramp(value: hl.Expr, ends: tuple[float, float]) -> hl.Expr:
    """0 below the first of `ends`, 1 above the second."""
    return hl.clamp((value - hl.f32(ends[0])) * hl.f32(1 / (ends[1] - ends[0])), 0, 1)


class Defringing:
    """`output[x, y]`, uint16, of `mosaic[x, y]`, whose coordinates place red at even columns of even rows.

    `black` and `scale` of the sites R, G, G, B make light of stored values; `amount` is the share of purple fringes
    that is taken away, or below 0 that of green ones. See reference.py.
    """

    def __init__(self) -> None:
        self.mosaic = hl.ImageParam(hl.UInt(16), 2, "mosaic")
        self.black, self.scale = (hl.ImageParam(hl.Float(32), 1, name) for name in ("black", "scale"))
        self.amount = hl.Param(hl.Float(32), "amount")
        for param in (self.black, self.scale):
            param.dim(0).set_bounds(0, 4)
        self.arguments = [self.mosaic, self.black, self.scale, self.amount]
        columns, rows = self.mosaic.dim(0), self.mosaic.dim(1)
        names = ("padded", "green", "ratio", "joined", "defringed", "clean")
        self.padded, self.green, self.ratio, self.joined, self.output, self.clean = (hl.Func(name) for name in names)
        self.padded[x, y] = self.mosaic[mirror(x, columns.min(), columns.max()), mirror(y, rows.min(), rows.max())]
        self.green[x, y, c] = self._green()
        own, green = self._own() + floor, self.green[x, y, c] + floor
        self.ratio[x, y, c] = hl.select(self.amount > 0, own, green) / hl.select(self.amount > 0, green, own)
        self.stored: list[hl.Func] = []
        opened = self._spread("opened", self._spread("least", self.ratio, hl.min), hl.max)
        peak = self._spread("peak", self._spread("bright", self.green, hl.max), hl.max)
        self.clean[x, y, c] = self._clean(opened[x, y, c], peak[x, y, c])
        red, blue = self.clean[x / 2, y / 2, 0], self.clean[x / 2, y / 2, 1]
        even = y % 2 == 0
        is_green = (x % 2 == 0) != even
        self.joined[x, y] = hl.select(is_green, self.padded[x, y], hl.select(even, red, blue))
        self.output[x, y] = self.joined[x, y]

    def _light(self, dx: int, dy: int, site: Any) -> hl.Expr:
        stored = hl.f32(self.padded[2 * x + c + dx, 2 * y + c + dy])
        return hl.min((stored - self.black[site]) * self.scale[site], 1.0)

    def _own(self) -> hl.Expr:
        return hl.max(self._light(0, 0, 3 * c), 0.0)

    def _green(self) -> hl.Expr:
        """Green where a sample of colour c is: between the neighbours that differ less."""
        # Beside red, greens of red's rows are site 1; beside blue, those of blue's rows are site 2.
        beside, above = 1 + c, 2 - c
        left, right = self._light(-1, 0, beside), self._light(1, 0, beside)
        up, down = self._light(0, -1, above), self._light(0, 1, above)
        along, aside = (up - down) * (up - down) + 1e-6, (left - right) * (left - right) + 1e-6
        between = ((up + down) * aside + (left + right) * along) / (2 * (along + aside))
        return hl.max(between, 0.0)

    def _spread(self, name: str, source: hl.Func, function: Any) -> hl.Func:
        """The least or greatest of 7 x 7 samples."""
        across, both = hl.Func(f"{name}_across"), hl.Func(name)
        for func, of, horizontal in ((across, source, True), (both, across, False)):
            terms = [of[x + k, y, c] if horizontal else of[x, y + k, c] for k in range(-RADIUS, RADIUS + 1)]
            value = terms[0]
            for term in terms[1:]:
                value = function(value, term)
            func[x, y, c] = value
            self.stored.append(func)
        return both

    def _clean(self, opened: hl.Expr, peak: hl.Expr) -> hl.Expr:
        stored = self.padded[2 * x + c, 2 * y + c]
        ratio, green = self.ratio[x, y, c], self.green[x, y, c]
        red, blue = hl.Expr(self.ratio[x, y, 0]), hl.Expr(self.ratio[x, y, 1])
        at_edge = ramp(peak, BRIGHT) * ramp((peak + floor) / (green + floor), EDGE)
        is_purple = hl.select(c == 0, ramp(blue, PURPLE_BLUE), ramp(red, PURPLE_RED))
        is_green = ramp(hl.select(c == 0, blue, red), GREEN_OTHER)
        share = at_edge * hl.select(self.amount > 0, self.amount * is_purple, -self.amount * is_green)
        change = share * hl.max(ratio - hl.max(opened, 1.0) * tolerance, 0)
        level, left = green + floor, ratio - change
        light = hl.select(self.amount > 0, left * level, level / left) - floor
        moved = hl.clamp(light / self.scale[3 * c] + self.black[3 * c], 0, 65535)
        return hl.select(change == 0, stored, hl.u16(hl.floor(moved + 0.5)))

    def schedule(self, machine: Machine) -> None:
        """Tiles: each makes green, the ratios and their surrounds, then its samples."""
        guard, up = hl.TailStrategy.GuardWithIf, hl.TailStrategy.RoundUp
        tile_x, tile_y, inside_x, inside_y, lane = (hl.Var(name) for name in ("tx", "ty", "ix", "iy", "lane"))
        odd_x, odd_y, floats = hl.Var("odd_x"), hl.Var("odd_y"), machine.vector_floats
        self.output.tile(x, y, tile_x, tile_y, inside_x, inside_y, TILE_WIDTH, TILE_ROWS, guard)
        self.output.vectorize(inside_x, machine.vector_shorts, guard)
        if machine.parallel:
            self.output.parallel(tile_y)
        self.joined.compute_at(self.output, tile_x).align_bounds(x, 2).align_bounds(y, 2)
        self.joined.split(x, x, odd_x, 2, up).split(x, x, lane, floats, up).split(y, y, odd_y, 2, up)
        self.joined.reorder(lane, odd_x, x, odd_y, y).unroll(odd_x).unroll(odd_y).vectorize(lane)
        self.padded.compute_at(self.output, tile_x).vectorize(x, machine.vector_shorts, up)
        for func in (self.green, self.ratio, *self.stored, self.clean):
            func.compute_at(self.output, tile_x).bound(c, 0, 2).vectorize(x, floats, up).unroll(c).reorder(x, y, c)


def defringe(machine: Machine) -> tuple[hl.Func, list[Any]]:
    """A stored mosaic to one whose red and blue have no fringes."""
    defringing = Defringing()
    defringing.schedule(machine)
    return defringing.output, defringing.arguments
