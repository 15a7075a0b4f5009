"""A mosaic's mean luminance in cells of the picture."""

from __future__ import annotations

import halide as hl

from ...kernels.vocabulary import Machine
from ..linearise.kernel import SensorMosaic

x, y = hl.Var("x"), hl.Var("y")


class SensorProxy:
    """Stored values to the proxy: each pixel's own colour, linearised, times `weights[site]`, summed over `cell`
    x `cell` pixels."""

    def __init__(self) -> None:
        self.sensor = SensorMosaic()
        self.weights = hl.ImageParam(hl.Float(32), 1, "weights")
        self.weights.dim(0).set_bounds(0, 4)
        self.cell = hl.Param(hl.Int(32), "cell")
        self.arguments = [*self.sensor.arguments, self.weights, self.cell]
        odd = (x + self.sensor.shift_x) % 2 != 0

        def light(row: hl.Expr) -> hl.Expr:
            line = self.cell * y + row
            parity = (line + self.sensor.shift_y) % 2
            weight = hl.select(odd, self.weights[2 * parity + 1], self.weights[2 * parity])
            return self.sensor.light(x, line, parity) * weight

        self.lines, self.output = hl.Func("lines"), hl.Func("proxy")
        self.within = within = hl.RDom([(0, self.cell)], "within")
        self.lines[x, y] = hl.f32(0.0)
        self.lines[x, y] += light(within.x)
        self.output[x, y] = hl.f32(0.0)
        self.output[x, y] += self.lines[self.cell * x + within.x, y]

    def schedule(self, machine: Machine) -> None:
        """A row of cells at a time."""
        guard, lanes, within = hl.TailStrategy.GuardWithIf, machine.vector_floats, self.within.x
        self.output.compute_root().vectorize(x, lanes, guard)
        self.output.update().reorder(within, x, y).vectorize(x, lanes, guard)
        if machine.parallel:
            self.output.parallel(y, 4, guard)
            self.output.update().parallel(y, 4, guard)
        self.lines.compute_at(self.output, y).vectorize(x, lanes, hl.TailStrategy.RoundUp)
        self.lines.update().reorder(x, within, y).vectorize(x, lanes, guard)
