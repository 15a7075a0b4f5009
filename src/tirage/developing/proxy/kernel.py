"""A mosaic's mean luminance in cells of 8x8 pixels of the picture."""

from __future__ import annotations

import halide as hl

from ...kernels.vocabulary import Machine
from ..linearise.kernel import SensorMosaic

CELL = 8

x, y = hl.Var("x"), hl.Var("y")


class SensorProxy:
    """Stored values to the proxy: each pixel's own colour, linearised, times `weights[site]`, summed over its cell."""

    def __init__(self) -> None:
        self.sensor = SensorMosaic()
        self.weights = hl.ImageParam(hl.Float(32), 1, "weights")
        self.weights.dim(0).set_bounds(0, 4)
        self.arguments = [*self.sensor.arguments, self.weights]
        odd = (x + self.sensor.shift_x) % 2 != 0

        def light(row: int) -> hl.Expr:
            line = CELL * y + row
            parity = (line + self.sensor.shift_y) % 2
            weight = hl.select(odd, self.weights[2 * parity + 1], self.weights[2 * parity])
            return self.sensor.light(x, line, parity) * weight

        self.lines, self.output = hl.Func("lines"), hl.Func("proxy")
        total = light(0)
        for row in range(1, CELL):
            total += light(row)
        self.lines[x, y] = total
        cell = self.lines[CELL * x, y]
        for column in range(1, CELL):
            cell += self.lines[CELL * x + column, y]
        self.output[x, y] = cell

    def schedule(self, machine: Machine) -> None:
        """A row of cells at a time."""
        guard, lanes = hl.TailStrategy.GuardWithIf, machine.vector_floats
        self.output.compute_root().vectorize(x, lanes, guard)
        if machine.parallel:
            self.output.parallel(y, 4, guard)
        self.lines.compute_at(self.output, y).vectorize(x, lanes, hl.TailStrategy.RoundUp)
