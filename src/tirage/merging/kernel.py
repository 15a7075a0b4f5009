"""What the merging kernels share: a stored mosaic as light on a grid of quads, and maps made of cells."""

from __future__ import annotations

import halide as hl

from ..kernels.borders import mirror

x, y, k, site, c = (hl.Var(name) for name in ("x", "y", "k", "site", "c"))

#: Pixels that share one entry of a map, each way, where it is used on greys; twice that on the mosaic.
CELL = 8

#: Displacements from here on, in pixels, lie outside any image.
FAR = 1e6


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
        return self.mosaic[mirror(column, columns.min(), columns.max()), mirror(row, rows.min(), rows.max())]

    def of(self, stored: hl.Expr, index: hl.Expr | int) -> hl.Expr:
        """The light of a stored value at a site."""
        return (hl.f32(stored) - self.levels[index]) * self.levels[4]

    def at(self, column: hl.Expr, row: hl.Expr, index: hl.Expr | int) -> hl.Expr:
        """The light of a pixel at a site."""
        return self.of(self.stored(column, row), index)


class CellMap:
    """Where pixels come from: `map[cell across, cell down, k]`, k = 0..3 for x, 4..7 for y.

    Pixel (i, j) of a cell comes from itself plus m0 + m1 i + m2 j + m3 i j. `place(x, y)` gives whole pixels and
    fractions, (u, v, fu, fv).
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

    def place(self, column: hl.Expr, row: hl.Expr) -> tuple[hl.Expr, hl.Expr, hl.Expr, hl.Expr]:
        i, cell = hl.f32(column % self.cell), column // self.cell
        given = (self.lines[cell, row, n] + i * self.lines[cell, row, n + 1] for n in (0, 2))
        # Vectors reach past what is computed of the lines: no number there may become an address.
        du, dv = (hl.select(hl.abs(d) < FAR, d, hl.f32(FAR)) for d in given)
        whole_u, whole_v = hl.floor(du), hl.floor(dv)
        return column + hl.i32(whole_u), row + hl.i32(whole_v), du - whole_u, dv - whole_v


def between(at: list[hl.Expr], fu: hl.Expr, fv: hl.Expr) -> hl.Expr:
    """Bilinear: `at` holds the upper left, upper right, lower left and lower right value."""
    upper, lower = at[0] + (at[1] - at[0]) * fu, at[2] + (at[3] - at[2]) * fu
    return upper + (lower - upper) * fv
