"""Red and blue of a mosaic moved over green: the difference from green is smooth, and is what is interpolated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import halide as hl

from ...kernels.borders import mirror
from ...kernels.vocabulary import Machine
from . import REACH, RUN

x, y, c = hl.Var("x"), hl.Var("y"), hl.Var("c")

TILE_WIDTH, TILE_ROWS = 512, 64


def catmull_rom(t: hl.Expr) -> list[hl.Expr]:
    """Weights of the samples at -1, 0, 1, 2 for a place `t` beyond 0."""
    return [
        ((2 - t) * t - 1) * t * 0.5,
        ((3 * t - 5) * t * t + 2) * 0.5,
        ((4 - 3 * t) * t + 1) * t * 0.5,
        (t - 1) * t * t * 0.5,
    ]


def weighted(at: Callable[[int], hl.Expr], weights: Sequence[hl.Expr]) -> hl.Expr:
    """Samples `at(-1)` to `at(2)` by their weights."""
    a, b, d, e = (at(tap - 1) * weight for tap, weight in enumerate(weights))
    return (a + b) + (d + e)


class LateralCorrection:
    """`corrected[x, y]`, uint16, of `mosaic[x, y]`, whose coordinates place red at even columns of even rows.

    A red sample's light lies at its place plus (x - centre_x, y - centre_y) * (law[0, 0] + law[1, 0] * r^2), r in px
    from the centre; a blue one's by law[.., 1]. `scale` is red and blue of grey as a part of green. What is surrounded
    by samples at `white` stays white. See reference.py.
    """

    def __init__(self) -> None:
        self.mosaic = hl.ImageParam(hl.UInt(16), 2, "mosaic")
        self.centre_x, self.centre_y = (hl.Param(hl.Float(32), f"centre_{axis}") for axis in "xy")
        self.law = hl.ImageParam(hl.Float(32), 2, "law")
        self.scale = hl.ImageParam(hl.Float(32), 1, "scale")
        self.white = hl.Param(hl.UInt(16), "white")
        self.law.dim(0).set_bounds(0, 2)
        self.law.dim(1).set_bounds(0, 2).set_stride(2)
        self.scale.dim(0).set_bounds(0, 2)
        self.reach = hl.Param(hl.Int(32), "reach")
        self.arguments = [self.mosaic, self.centre_x, self.centre_y, self.law, self.reach, self.scale, self.white]
        columns, rows = self.mosaic.dim(0), self.mosaic.dim(1)
        self.padded = hl.Func("padded")
        self.padded[x, y] = self.mosaic[mirror(x, columns.min(), columns.max()), mirror(y, rows.min(), rows.max())]
        self.green = self._green()
        self.green_way, self.colour_way = self._way("green_way", -1, 1), self._way("colour_way", 1, 2)
        names = ("own", "lowered", "difference", "fallen", "moved")
        self.own, self.lowered, self.difference, self.fallen, self.moved = map(hl.Func, names)
        self.joined, self.output = hl.Func("joined"), hl.Func("corrected")
        self.own[x, y, c] = hl.f32(self.padded[2 * x + c, 2 * y + c])
        # Rows first, then columns: along a row the shift down hardly changes.
        self.lowered[x, y, c] = self._lowered()
        self.difference[x, y, c] = self.own[x, y, c] - self.scale[c] * self._green_moved()
        self.fallen[x, y, c] = self._fallen()
        self.moved[x, y, c] = self._moved()
        red, blue = self.moved[x / 2, y / 2, 0], self.moved[x / 2, y / 2, 1]
        even = y % 2 == 0
        is_green = (x % 2 == 0) != even
        self.joined[x, y] = hl.select(is_green, self.padded[x, y], hl.select(even, red, blue))
        self.output[x, y] = self.joined[x, y]

    def _green(self) -> hl.Func:
        """Green everywhere; at red and blue between the neighbours that differ less."""
        green = hl.Func("green")

        def at(dx: int, dy: int) -> hl.Expr:
            return hl.f32(self.padded[x + dx, y + dy])

        up, down, left, right = at(0, -1), at(0, 1), at(-1, 0), at(1, 0)
        along, aside = (up - down) * (up - down) + 1, (left - right) * (left - right) + 1
        between = ((up + down) * aside + (left + right) * along) / (2 * (along + aside))
        green[x, y] = hl.select((x + y) % 2 != 0, at(0, 0), between)
        return green

    def _way(self, name: str, sign: int, pitch: int) -> hl.Func:
        """Where what belongs to the samples of run x of row y lies, in places `pitch` px apart: whole ones to the right
        and down, then the cubic's weights across and down, of the middle of the run.
        """
        way = hl.Func(name)
        across = hl.f32(2 * RUN * x + RUN + c) - self.centre_x
        down = hl.f32(2 * y + c) - self.centre_y
        factor = (self.law[0, c] + self.law[1, c] * (across * across + down * down)) * (sign / pitch)
        most = hl.f32(self.reach) / pitch
        right, below = (hl.clamp(part * factor, -most, most) for part in (across, down))
        whole = [hl.floor(part) for part in (right, below)]
        weights = [*catmull_rom(right - whole[0]), *catmull_rom(below - whole[1])]
        way[x, y, c] = (*(hl.i32(part) for part in whole), *weights)
        return way

    def _step(self, whole: hl.Expr, pitch: int) -> hl.Expr:
        """Of a way, within bounds that Halide sees."""
        most = hl.clamp(self.reach, 0, REACH) / pitch + 1
        return hl.clamp(whole, -most, most)

    def _lowered(self) -> hl.Expr:
        """Green of pixel column x as it lies under the samples of row y of colour c before that was shifted."""
        way = self.green_way[x / (2 * RUN), y, c]
        row = 2 * y + c + self._step(way[1], 1)
        return weighted(lambda tap: self.green[x, row + tap], [way[k] for k in range(6, 10)])

    def _green_moved(self) -> hl.Expr:
        """Green as it lies under sample (x, y) of colour c before that was shifted."""
        way = self.green_way[x / RUN, y, c]
        column = 2 * x + c + self._step(way[0], 1)
        return weighted(lambda tap: self.lowered[column + tap, y, c], [way[k] for k in range(2, 6)])

    def _fallen(self) -> hl.Expr:
        """The difference between the colour and green, moved down."""
        way = self.colour_way[x / RUN, y, c]
        row = y + self._step(way[1], 2)
        return weighted(lambda tap: self.difference[x, row + tap, c], [way[k] for k in range(6, 10)])

    def _moved(self) -> hl.Expr:
        """The colour's samples: the difference, moved across too, and green; not far beyond their neighbours."""
        way = self.colour_way[x / RUN, y, c]
        column, row = x + self._step(way[0], 2), y + self._step(way[1], 2)
        smooth = weighted(lambda tap: self.fallen[column + tap, y, c], [way[k] for k in range(2, 6)])
        value = smooth + self.scale[c] * self.green[2 * x + c, 2 * y + c]
        nearest = [self.own[column + a, row + b, c] for a in (0, 1) for b in (0, 1)]
        least, most = (_reduced(function, nearest) for function in (hl.min, hl.max))
        spread, white = most - least, hl.f32(self.white)
        limited = hl.clamp(hl.clamp(value, least - spread, most + spread), 0, hl.max(white, most))
        return hl.u16(hl.floor(hl.select(least >= white, least, limited) + 0.5))

    def schedule(self, machine: Machine) -> None:
        """Tiles: each makes green, then the differences, then its samples. 12 MP, 2 px: 38 CPU-ms."""
        guard, up = hl.TailStrategy.GuardWithIf, hl.TailStrategy.RoundUp
        tile_x, tile_y, inside_x, inside_y, lane = (hl.Var(name) for name in ("tx", "ty", "ix", "iy", "lane"))
        odd_x, odd_y = hl.Var("odd_x"), hl.Var("odd_y")
        self.output.tile(x, y, tile_x, tile_y, inside_x, inside_y, TILE_WIDTH, TILE_ROWS, guard)
        self.output.vectorize(inside_x, machine.vector_shorts, guard)
        if machine.parallel:
            self.output.parallel(tile_y)
        in_tile = [self.joined, self.padded, self.green, self.green_way, self.colour_way]
        in_tile += [self.own, self.difference, self.moved]
        for func in in_tile:
            func.compute_at(self.output, tile_x).hoist_storage(self.output, tile_y)
        # Even and odd places are apart in the loops, so that neither asks which it is.
        for func in (self.joined, self.green):
            func.align_bounds(x, 2).align_bounds(y, 2)
            func.split(x, x, odd_x, 2, up).split(x, x, lane, RUN, up).split(y, y, odd_y, 2, up)
            func.reorder(lane, odd_x, x, odd_y, y).unroll(odd_x).unroll(odd_y).vectorize(lane)
        self.padded.vectorize(x, machine.vector_shorts, up)
        for way in (self.green_way, self.colour_way):
            way.bound(c, 0, 2).vectorize(x, 8, up)
        # What has only been moved down is needed for one row.
        self.lowered.compute_at(self.difference, y).hoist_storage(self.output, tile_y).align_bounds(x, 2 * RUN)
        self.lowered.split(x, x, lane, 2 * RUN, up).vectorize(lane)
        self.fallen.compute_at(self.moved, y).hoist_storage(self.output, tile_y)
        for func in (self.own, self.difference, self.moved):
            func.bound(c, 0, 2)
        for func in (self.own, self.difference, self.fallen, self.moved):
            func.align_bounds(x, RUN).split(x, x, lane, RUN, up).vectorize(lane)


def _reduced(function: Callable[..., Any], terms: list) -> hl.Expr:
    """`function` of all terms, in pairs."""
    if len(terms) == 1:
        return terms[0]
    half = len(terms) // 2
    return function(_reduced(function, terms[:half]), _reduced(function, terms[half:]))


def correct_lateral(machine: Machine) -> tuple[hl.Func, list[Any]]:
    """A stored mosaic to one whose red and blue lie over green."""
    correction = LateralCorrection()
    correction.schedule(machine)
    return correction.output, correction.arguments
