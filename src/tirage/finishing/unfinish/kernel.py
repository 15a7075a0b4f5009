"""Display-linear R, G, B back to scene light: the inverse of a linear curve with a shoulder, hue held."""

from __future__ import annotations

import halide as hl

from ...kernels.vocabulary import Machine

x, y, c = hl.Var("x"), hl.Var("y"), hl.Var("c")


def _eased(share: hl.Expr) -> hl.Expr:
    share = hl.clamp(share, 0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)


class Unfinish:
    """`display` (3, H, W) through the inverse of the curve `shape` (knee, bend, hold) and `matrix` [in, out]."""

    def __init__(self) -> None:
        self.display = hl.ImageParam(hl.Float(32), 3, "display")
        self.shape = hl.ImageParam(hl.Float(32), 1, "shape")
        self.matrix = hl.ImageParam(hl.Float(32), 2, "matrix")
        self.arguments = [self.display, self.shape, self.matrix]
        self.display.dim(2).set_bounds(0, 3)
        self.shape.dim(0).set_bounds(0, 3)
        self.matrix.dim(0).set_bounds(0, 3)
        self.matrix.dim(1).set_bounds(0, 3).set_stride(3)
        self.light, self.output = hl.Func("light"), hl.Func("scene")
        column = hl.clamp(x, self.display.dim(0).min(), self.display.dim(0).max())  # vectors reach past a row's end
        shown = [self.display[column, y, channel] for channel in range(3)]
        self.light[x, y] = tuple(self._light(shown))
        light = [self.light[x, y][channel] for channel in range(3)]
        self.output[x, y, c] = sum((light[k] * self.matrix[k, c] for k in (1, 2)), start=light[0] * self.matrix[0, c])

    def _inverse(self, shown: hl.Expr) -> hl.Expr:
        knee, bend = self.shape[0], self.shape[1]
        over = hl.max(shown - knee, 0.0)
        return hl.select(over > 0.0, knee + over / (1.0 - bend * over), shown)

    def _light(self, shown: list[hl.Expr]) -> list[hl.Expr]:
        """Scene light of three display channels.

        With l and L the light of the extremes, d and D their display values, the middle channel m of display value e
        satisfies e = (1 - w) f(m) + w (d + k (m - l)), k = (D - d) / (L - l): linear below the knee, above it a
        quadratic in o = m - knee, for there f = knee + o / (1 + bend o).
        """
        knee, bend, hold = self.shape[0], self.shape[1], self.shape[2]
        least = hl.min(hl.min(shown[0], shown[1]), shown[2])
        largest = hl.max(hl.max(shown[0], shown[1]), shown[2])
        middle = hl.max(hl.min(hl.max(shown[0], shown[1]), shown[2]), hl.min(shown[0], shown[1]))
        low, high = self._inverse(least), self._inverse(largest)
        slope = (largest - least) / hl.max(high - low, 1e-9)
        weight = hold * _eased((1.0 - low / hl.max(high, 1e-9) - 0.05) * 2.0)
        own = 1.0 - weight
        straight = (middle - weight * (least - slope * low)) / hl.max(own + weight * slope, 1e-9)
        rest = middle - own * knee - weight * (least + slope * (knee - low))
        square = weight * slope * bend
        linear = own + weight * slope - rest * bend
        root = hl.sqrt(hl.max(linear * linear + 4.0 * square * rest, 0.0))
        curved = knee + 2.0 * rest / hl.max(linear + root, 1e-9)
        between = hl.clamp(hl.select(rest > 0.0, curved, straight), low, high)
        return [hl.select(largest <= knee, one, one == largest, high, one == least, low, between) for one in shown]

    def schedule(self, machine: Machine) -> None:
        """A row at a time."""
        lanes = machine.vector_floats
        self.output.compute_root().bound(c, 0, 3).reorder(c, x, y).unroll(c)
        self.output.vectorize(x, lanes, hl.TailStrategy.GuardWithIf)
        if machine.parallel:
            self.output.parallel(y, 16, hl.TailStrategy.GuardWithIf)
        self.light.compute_at(self.output, x).vectorize(x, lanes)
