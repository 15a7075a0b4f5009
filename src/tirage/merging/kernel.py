"""What the merging kernels share: a stored mosaic as light on a grid of quads, and maps made of cells."""

from __future__ import annotations

import halide as hl

x, y, k, site, c = (hl.Var(name) for name in ("x", "y", "k", "site", "c"))

#: Pixels that share one entry of a map, each way, where it is used on greys; twice that on the mosaic.
CELL = 8

#: Displacements from here on, in pixels, lie outside any image.
FAR = 1e6


def _mirrored(coordinate: hl.Expr, low: hl.Expr, high: hl.Expr) -> hl.Expr:
    """As `borders.mirror`, but loops are not cut at the edges: here that costs code and saves nothing."""
    reflected = hl.select(coordinate < low, 2 * low - coordinate, 2 * high - coordinate)
    return hl.clamp(hl.select((coordinate < low) | (coordinate > high), reflected, coordinate), low, high)


class StoredLight:
    """A stored mosaic as light: `light(x, y)` of a pixel, 1 where the reference clips.

    Coordinates place red at even columns of even rows. `levels[site]` is the black of R, G, G, B, then comes the light
    of one stored unit.
    """

    def __init__(self, name: str) -> None:
        self.mosaic = hl.ImageParam(hl.UInt(16), 2, f"{name}_mosaic")
        self.levels = hl.ImageParam(hl.Float(32), 1, f"{name}_levels")
        self.levels.dim(0).set_bounds(0, 5)
        self.arguments = [self.mosaic, self.levels]

    def stored(self, column: hl.Expr, row: hl.Expr) -> hl.Expr:
        """The stored value, mirrored beyond the edges."""
        columns, rows = self.mosaic.dim(0), self.mosaic.dim(1)
        at_x, at_y = (_mirrored(v, d.min(), d.max()) for v, d in ((column, columns), (row, rows)))
        return self.mosaic[at_x, at_y]

    def of(self, stored: hl.Expr, index: hl.Expr | int) -> hl.Expr:
        """The light of a stored value at a site."""
        return (hl.f32(stored) - self.levels[index]) * self.levels[4]

    def at(self, column: hl.Expr, row: hl.Expr, index: hl.Expr | int) -> hl.Expr:
        """The light of a pixel at a site."""
        return self.of(self.stored(column, row), index)


class CellMap:
    """Where pixels come from: `map[cell across, cell down, k]`, k = 0..3 for x, 4..7 for y.

    Pixel (i, j) of a cell comes from itself plus m0 + m1 i + m2 j + m3 i j.
    """

    def __init__(self, name: str, cell: int) -> None:
        self.entries = hl.ImageParam(hl.Float(32), 3, name)
        self.entries.dim(2).set_bounds(0, 8)
        self.cell = cell
        self.lines = hl.Func(f"{name}_lines")
        entries = self.entries
        column = hl.clamp(x, entries.dim(0).min(), entries.dim(0).max())
        row = hl.clamp(y // cell, entries.dim(1).min(), entries.dim(1).max())
        first = hl.select(k < 2, k, k + 2)
        self.lines[x, y, k] = entries[column, row, first] + hl.f32(y % cell) * entries[column, row, first + 2]

    def displacement(self, column: hl.Expr, row: hl.Expr) -> tuple[hl.Expr, hl.Expr]:
        """How far a pixel comes from, across and down."""
        i, cell = hl.f32(column % self.cell), column // self.cell
        across, down = (self.lines[cell, row, n] + i * self.lines[cell, row, n + 1] for n in (0, 2))
        return across, down


class Lookup:
    """An image between its pixels: `value` at (column + across, row + down), and whether that lies `inside` it."""

    def __init__(self, image: hl.ImageParam, column: hl.Expr, row: hl.Expr, across: hl.Expr, down: hl.Expr, *plane):
        # Vectors reach past what is computed of a map: no number there may become an address.
        across, down = (hl.select(hl.abs(d) < FAR, d, hl.f32(FAR)) for d in (across, down))
        whole_u, whole_v = hl.floor(across), hl.floor(down)
        self.u, self.v = column + hl.i32(whole_u), row + hl.i32(whole_v)
        self.fu, self.fv = across - whole_u, down - whole_v
        wide, high = image.dim(0), image.dim(1)
        corners = [
            image[hl.clamp(self.u + i, wide.min(), wide.max()), hl.clamp(self.v + j, high.min(), high.max()), *plane]
            for j in (0, 1)
            for i in (0, 1)
        ]
        self.value = between(corners, self.fu, self.fv)
        inside = (self.u >= wide.min()) & (self.v >= high.min())
        inside = inside & ((self.u < wide.max()) | ((self.u == wide.max()) & (self.fu == 0.0)))
        self.inside = inside & ((self.v < high.max()) | ((self.v == high.max()) & (self.fv == 0.0)))


def between(at: list[hl.Expr], fu: hl.Expr, fv: hl.Expr) -> hl.Expr:
    """Bilinear: `at` holds the upper left, upper right, lower left and lower right value."""
    upper, lower = at[0] + (at[1] - at[0]) * fu, at[2] + (at[3] - at[2]) * fu
    return upper + (lower - upper) * fv
