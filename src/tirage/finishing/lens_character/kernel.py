"""Corner shading: light falls off from the centre, in scene-linear light."""

from __future__ import annotations

import halide as hl

x, y, c = hl.Var("x"), hl.Var("y"), hl.Var("c")


class CornerShading:
    """`falloff` k gives the gain (1 - k r^4)^2, r = 1 at the corners of a frame centred at `centre_x`, `centre_y`."""

    def __init__(self) -> None:
        self.falloff = hl.Param(hl.Float(32), "falloff")
        self.centre_x = hl.Param(hl.Float(32), "centre_x")
        self.centre_y = hl.Param(hl.Float(32), "centre_y")
        self.inverse_radius = hl.Param(hl.Float(32), "inverse_radius")
        self.arguments = [self.falloff, self.centre_x, self.centre_y, self.inverse_radius]

    def gain(self, column: hl.Expr, row: hl.Expr) -> hl.Expr:
        """The gain at a pixel of the picture."""
        across = (hl.f32(column) - self.centre_x) * self.inverse_radius
        down = (hl.f32(row) - self.centre_y) * self.inverse_radius
        square = across * across + down * down
        root = 1.0 - self.falloff * (square * square)
        return root * root
