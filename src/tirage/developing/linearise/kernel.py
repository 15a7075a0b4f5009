"""Stored values to white-balanced light on four CFA planes: black, white, lens shading, white balance, clipping."""

from __future__ import annotations

import halide as hl

from ...kernels.borders import mirror

x, y, site = hl.Var("x"), hl.Var("y"), hl.Var("site")


class Mosaic:
    """The arguments that describe a mosaic, and its light as planes.

    Pixel coordinates are the picture's: (0, 0) is the first pixel of the default crop, the mosaic reaches beyond it.
    `shift_x`, `shift_y` (0 or 1) move the picture onto the grid where red sits at even columns of even rows.
    `padded[x, y]` is the mosaic mirrored at its edges.
    """

    def __init__(self, stored: hl.Type) -> None:
        self.mosaic = hl.ImageParam(stored, 2, "mosaic")
        self.shift_x = hl.Param(hl.Int(32), "shift_x")
        self.shift_y = hl.Param(hl.Int(32), "shift_y")
        self.arguments = [self.mosaic, self.shift_x, self.shift_y]
        columns, rows = self.mosaic.dim(0), self.mosaic.dim(1)
        self.padded = hl.Func("padded")
        self.padded[x, y] = self.mosaic[mirror(x, columns.min(), columns.max()), mirror(y, rows.min(), rows.max())]

    def pixel(self, index: hl.Expr) -> tuple[hl.Expr, hl.Expr]:
        """The pixel of site `index` of quad (x, y)."""
        return 2 * x + index % 2 - self.shift_x, 2 * y + index // 2 - self.shift_y

    def planes(self) -> hl.Func:
        """The stored values as `planes[x, y, site]`, float32."""
        planes = hl.Func("planes")
        planes[x, y, site] = hl.f32(self.padded[self.pixel(site)])
        return planes


class SensorMosaic(Mosaic):
    """A mosaic in stored units, with the tables that `linearise.sensor_tables` makes.

    `black[x, row parity]`, and `gain[x, grid row, row parity]`, which holds white balance x lens shading / (white -
    black) along each row of the shading grid; a picture row lies at `grid_fraction[y]` between grid rows
    `grid_row[y]` and the next. `limit[x, grid row]` is the light at which the first of the three colours clips.
    Steps of stored values over white count `steepness` times: `bias` is white times what that is over 1.
    The tables reach as far beyond the mosaic as the filters do; the row parity is that of the shifted grid.
    """

    def __init__(self) -> None:
        super().__init__(hl.UInt(16))
        self.black = hl.ImageParam(hl.Float(32), 2, "black")
        self.gain = hl.ImageParam(hl.Float(32), 3, "gain")
        self.limit = hl.ImageParam(hl.Float(32), 2, "limit")
        self.grid_row = hl.ImageParam(hl.Int(32), 1, "grid_row")
        self.grid_fraction = hl.ImageParam(hl.Float(32), 1, "grid_fraction")
        self.steepness, self.bias = hl.Param(hl.Float(32), "steepness"), hl.Param(hl.Float(32), "bias")
        self.arguments += [self.black, self.gain, self.limit, self.grid_row, self.grid_fraction]
        self.arguments += [self.steepness, self.bias]

    def gain_and_limit(self, column: hl.Expr, row: hl.Expr, parity: hl.Expr) -> tuple[hl.Expr, hl.Expr]:
        """What a pixel's stored value is multiplied by, and its greatest light; see `light`."""
        last = self.gain.dim(1).max()
        rows = self.grid_row.dim(0)
        row = hl.clamp(row, rows.min(), rows.max())  # Halide can't see that a strip's rows stay in the table
        first = hl.clamp(self.grid_row[row], 0, last)
        second = hl.min(first + 1, last)
        fraction = self.grid_fraction[row]

        def between(above: hl.Expr, below: hl.Expr) -> hl.Expr:
            return above + (below - above) * fraction

        gain = between(self.gain[column, first, parity], self.gain[column, second, parity])
        return gain, between(self.limit[column, first], self.limit[column, second])

    def light(self, column: hl.Expr, row: hl.Expr, parity: hl.Expr) -> hl.Expr:
        """White-balanced camera light of a pixel of the picture, whose row has this parity in the shifted grid."""
        gain, limit = self.gain_and_limit(column, row, parity)
        stored = hl.f32(self.padded[column, row])
        stored = hl.max(stored, stored * self.steepness - self.bias)
        return hl.min((stored - self.black[column, parity]) * gain, limit)

    def planes(self) -> hl.Func:
        """White-balanced camera light as `planes[x, y, site]`, float32: the least clip level of the colours is 1."""
        planes = hl.Func("planes")
        planes[x, y, site] = self.light(*self.pixel(site), site // 2)
        return planes
