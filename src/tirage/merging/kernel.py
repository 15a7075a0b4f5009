"""What the merging kernels share: a stored mosaic as light on a grid of quads, and maps made of cells."""

from __future__ import annotations

import halide as hl

from ..kernels.borders import mirror

x, y, k, site, c = (hl.Var(name) for name in ("x", "y", "k", "site", "c"))

#: Pixels that share one entry of a map, each way, where it is used on greys; twice that on the mosaic.
CELL = 8

#: Displacements from here on, in pixels, lie outside any image.
FAR = 1e6

#: A displacement down that is none.
STEEP = hl.i32(1 << 24)


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

    def stored(self, column: hl.Expr, row: hl.Expr, peeled: bool = False) -> hl.Expr:
        """The stored value, mirrored beyond the edges; `peeled` where the loop over columns is to be cut there."""
        columns, rows = self.mosaic.dim(0), self.mosaic.dim(1)
        across = mirror if peeled else _mirrored
        return self.mosaic[across(column, columns.min(), columns.max()), _mirrored(row, rows.min(), rows.max())]

    def rows(self, name: str) -> hl.Func:
        """The stored values as a Func of the pixel, to be computed by rows: then reading pairs of them is cheap."""
        func = hl.Func(name)
        func[x, y] = self.stored(x, y, peeled=True)
        return func

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

    def along(self, column: hl.Expr, row: hl.Expr, which: int, inside: hl.Expr) -> hl.Expr:
        """How far a pixel comes from, across (`which` 0) or down (2): that of a cell's column which is `inside` it."""
        return self.lines[column, row, which] + hl.f32(inside) * self.lines[column, row, which + 1]

    def near(self, column: hl.Expr, row: hl.Expr, which: int, inside: hl.Expr) -> hl.Expr:
        """The same; no number there may become an address."""
        found = self.along(column, row, which, inside)
        return hl.select(hl.abs(found) < FAR, found, hl.f32(FAR))

    def whole(self, column: hl.Expr, row: hl.Expr, first: hl.Expr, last: hl.Expr) -> tuple[hl.Expr, hl.Expr]:
        """The least whole displacement, across and down, of a cell's columns from `first` to `last`.

        That of any is as much or one more. Where a map stretches a cell by more, which no camera's motion does, the
        displacement down is STEEP.
        """
        ends = [[hl.i32(hl.floor(self.near(column, row, which, i))) for i in (first, last)] for which in (0, 2)]
        steady = [hl.max(*pair) <= hl.min(*pair) + 1 for pair in ends]
        return hl.min(*ends[0]), hl.select(steady[0] & steady[1], hl.min(*ends[1]), STEEP)

    def displacement(self, column: hl.Expr, row: hl.Expr) -> tuple[hl.Expr, hl.Expr]:
        """How far a pixel comes from, across and down."""
        inside, cell = column % self.cell, column // self.cell
        return self.along(cell, row, 0, inside), self.along(cell, row, 2, inside)
