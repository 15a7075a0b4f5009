"""Local tone in two parts: the coefficients at 1/8 size, and the gain they make of every pixel."""

from __future__ import annotations

import halide as hl

from ...kernels.vocabulary import Machine, Steps

CELL_BITS = 3  # the coefficients' pixels are 8 of the picture wide
FLOOR = 2.0**-10
LOWEST = -10.0
BRIGHTEST = 63.0
KNOTS, PIECE_BITS = 129, 20  # a piece of the curve spans 2^20 float32 bit patterns: 8 to an octave
REFERENCES_PER_STOP, REFERENCES = 2, 32
LEVELS = 8
EPSILON = 2e-4
MOST_STOPS = 2.5
ROOM_SLOPE = 6.25  # a gain under 1 fades over the 16 % of light, a quarter of a stop, under the clip

x, y, k, c = hl.Var("x"), hl.Var("y"), hl.Var("k"), hl.Var("c")


def _polynomial(t: hl.Expr, *factors: float) -> hl.Expr:
    """factors[0] + factors[1] t + factors[2] t^2 + ..."""
    result = hl.f32(factors[-1])
    for factor in reversed(factors[:-1]):
        result = result * t + hl.f32(factor)
    return result


def log2(value: hl.Expr) -> hl.Expr:
    """Base-2 logarithm of a positive, normal float32, within 2e-5: its exponent, and log2(1 + t) of its mantissa.

    log2(1 + t) = t + t (1 - t) q(t) is exact at octaves, hence continuous; q is a least-maximum fit.
    """
    bits = hl.reinterpret(hl.Int(32), value)
    exponent = hl.f32((bits >> 23) - 127)
    t = hl.reinterpret(hl.Float(32), (bits & 0x7FFFFF) | 0x3F800000) - hl.f32(1.0)
    bulge = _polynomial(t, 0.4419169, -0.2671784, 0.1484243, -0.04514756)
    return exponent + (t + t * (hl.f32(1.0) - t) * bulge)


def exp2(value: hl.Expr) -> hl.Expr:
    """2^value for |value| < 100, within 3e-7 of it, exact at whole numbers: the inverse construction of `log2`."""
    whole = hl.floor(value)
    t = value - whole
    sag = _polynomial(t, 0.306847, 0.0666999, 0.0108446, 0.001896848)
    mantissa = hl.f32(1.0) + t - t * (hl.f32(1.0) - t) * sag
    return mantissa * hl.reinterpret(hl.Float(32), (hl.cast(hl.Int(32), whole) + 127) << 23)


def _between(value: hl.Expr, low: float, high: float) -> hl.Expr:
    """`value` within low..high; `low` where it is NaN, the same on every processor, unlike clamp."""
    above = hl.select(value > hl.f32(low), value, hl.f32(low))
    return hl.select(above < hl.f32(high), above, hl.f32(high))


def raised(luminance: hl.Expr) -> hl.Expr:
    """Y + 2^-10 of luminance after exposure, under 2^6; NaN counts as black."""
    return _between(luminance, 0.0, BRIGHTEST) + hl.f32(FLOOR)


def along_curve(light: hl.Expr) -> hl.Expr:
    """The place of a raised luminance on the curve: its float32 bits, a logarithm in straight pieces."""
    return hl.reinterpret(hl.Int(32), light) - hl.reinterpret(hl.Int(32), hl.f32(FLOOR))


def knots_around(place: hl.Expr, area_gain: hl.ImageParam) -> tuple[hl.Expr, ...]:
    """The curve's gain in stops at the knots before and after a place."""
    first = hl.unsafe_promise_clamped(place >> PIECE_BITS, 0, KNOTS - 2)
    return area_gain[first], area_gain[first + 1]


def on_curve(place: hl.Expr, knots: tuple[hl.Expr, ...]) -> hl.Expr:
    """The curve's gain in stops at a place between two knots."""
    return _mix(knots[0], knots[1], hl.f32(place & ((1 << PIECE_BITS) - 1)) * hl.f32(1 / (1 << PIECE_BITS)))


class LocalGain:
    """The gain of every pixel: 2^(a G + b), G the curve's gain there, a and b straight between the centres of cells."""

    def __init__(self) -> None:
        self.coefficients = hl.ImageParam(hl.Float(32), 3, "coefficients")
        self.area_gain = hl.ImageParam(hl.Float(32), 1, "area_gain")
        self.weights = hl.ImageParam(hl.Float(32), 1, "luminance_weights")
        self.inverse_clip = hl.Param(hl.Float(32), "inverse_clip")
        self.applied = hl.Param(hl.Int(32), "local_tone_applied")
        self.arguments = [self.coefficients, self.area_gain, self.weights, self.inverse_clip, self.applied]
        self.area_gain.dim(0).set_bounds(0, KNOTS)
        self.weights.dim(0).set_bounds(0, 3)
        self.coefficients.dim(2).set_bounds(0, 2)
        self.wide = hl.Func("wide")  # a and b of a row of cells, at every column of the picture
        first, share = _cell(x)
        self.wide[x, y, c] = _mix(self._coefficient(first, y), self._coefficient(first + 1, y), share)

    def _coefficient(self, column: hl.Expr, row: hl.Expr) -> hl.Expr:
        columns, rows = self.coefficients.dim(0), self.coefficients.dim(1)
        last_column, last_row = columns.max(), rows.max()
        return self.coefficients[hl.clamp(column, 0, last_column), hl.clamp(row, 0, last_row), c]

    def gain(self, colour: tuple[hl.Expr, ...], column: hl.Expr, row: hl.Expr, steps: Steps) -> hl.Expr:
        """The factor on the scene light `colour` at a pixel of the picture; exactly 1 where none is applied."""
        first, share = _cell(row)
        a, b = (_mix(self.wide[column, first, plane], self.wide[column, first + 1, plane], share) for plane in (0, 1))
        red, green, blue = (colour[channel] * self.weights[channel] for channel in range(3))
        light = raised(red + green + blue)
        (place,) = steps.compute("place", along_curve(light))
        knots = steps.look_up("knots", *knots_around(place, self.area_gain))
        stops = _between(a * on_curve(place, knots) + b, -MOST_STOPS, MOST_STOPS)
        # A clipped pixel stays, whatever lies around it, or the sun would turn grey.
        room = _between((hl.f32(1.0) - light * self.inverse_clip) * hl.f32(ROOM_SLOPE), 0.0, 1.0)
        stops = hl.select(stops < hl.f32(0.0), stops * room, stops)
        return hl.select(self.applied != 0, exp2(stops), hl.f32(1.0))


def _cell(position: hl.Expr) -> tuple[hl.Expr, hl.Expr]:
    """The cell whose centre, at 8 i + 3.5, lies at or before a pixel, and how far on the way to the next it is."""
    halves = 2 * position - ((1 << CELL_BITS) - 1)
    within = halves & ((2 << CELL_BITS) - 1)
    return halves >> (CELL_BITS + 1), hl.f32(within) * hl.f32(0.5 / (1 << CELL_BITS))


def _mix(first: hl.Expr, second: hl.Expr, share: hl.Expr) -> hl.Expr:
    return first + (second - first) * share


class Coefficients:
    """The proxy's luminance to the planes a and b: a fast local Laplacian filter, then a guided filter's fit.

    `area_gain[129]` and `detail[32]` are those of `AreaCurve`; `beside` of the proxy's cells along each side are one of
    the planes'. The remapped pictures of a pyramid level lie side by
    side in memory, one vector over the references, so that clamped columns cost nothing.
    """

    def __init__(self) -> None:
        self.luminance = hl.ImageParam(hl.Float(32), 2, "luminance")
        self.exposure = hl.Param(hl.Float(32), "exposure")
        self.area_gain = hl.ImageParam(hl.Float(32), 1, "area_gain")
        self.detail = hl.ImageParam(hl.Float(32), 1, "detail")
        self.beside = hl.Param(hl.Int(32), "beside")
        self.arguments = [self.luminance, self.exposure, self.area_gain, self.detail, self.beside]
        self.area_gain.dim(0).set_bounds(0, KNOTS)
        self.detail.dim(0).set_bounds(0, REFERENCES)
        self.sizes = [(self.luminance.dim(0).extent(), self.luminance.dim(1).extent())]
        for _ in range(LEVELS - 1):
            width, height = self.sizes[-1]
            self.sizes.append(((width + 1) // 2, (height + 1) // 2))

        light, level = hl.Func("light"), hl.Func("level")
        # A vector may reach past a row's end.
        column = hl.clamp(x, 0, self.luminance.dim(0).max())
        light[x, y] = raised(self.luminance[column, y] * self.exposure)
        level[x, y] = log2(light[x, y])
        self.own = self._pyramid(level, 0, (x, y))
        self.details = self._pyramid(self._remapped(level), 0, (k, x, y))
        self.guide, self.gain = hl.Func("guide"), hl.Func("gain")
        place = along_curve(light[x, y])
        self.guide[x, y] = on_curve(place, knots_around(place, self.area_gain))
        self.gain[x, y] = self.guide[x, y] + self._collapsed()[x, y]
        self.output = self._fitted(self.guide, self.gain)

    def _remapped(self, level: hl.Func) -> hl.Func:
        """detail[k] d (1 - d^2)^2 for d, the distance from reference k, under a stop."""
        d = level[x, y] - (hl.f32(k) * hl.f32(1 / REFERENCES_PER_STOP) + hl.f32(LOWEST))
        inside = hl.max(hl.f32(1.0) - d * d, hl.f32(0.0))
        remapped = hl.Func("remapped")
        remapped[k, x, y] = self.detail[k] * d * (inside * inside)
        return remapped

    def _at(self, func: hl.Func, size: int, column: hl.Expr, row: hl.Expr, lead: tuple = ()) -> hl.Expr:
        """`func` with its edges repeated; `size` is its pyramid level."""
        width, height = self.sizes[size]
        return func[(*lead, hl.clamp(column, 0, width - 1), hl.clamp(row, 0, height - 1))]

    def _pyramid(self, func: hl.Func, size: int, variables: tuple) -> list[hl.Func]:
        """`func` and its halves, [1 3 3 1] / 8 along both axes (Burt & Adelson 1983, cell-centred)."""
        result, lead = [func], variables[:-2]
        for size in range(LEVELS - 1):
            across, down = hl.Func(f"across_{len(lead)}_{size}"), hl.Func(f"half_{len(lead)}_{size + 1}")

            def tap(offset: int, size: int = size) -> hl.Expr:
                return self._at(result[-1], size, 2 * x + offset, y, lead)

            across[variables] = (tap(-1) + hl.f32(3.0) * (tap(0) + tap(1)) + tap(2)) * hl.f32(0.125)

            def rows(offset: int, size: int = size, across: hl.Func = across) -> hl.Expr:
                return across[(*lead, x, hl.clamp(2 * y + offset, 0, self.sizes[size][1] - 1))]

            down[variables] = (rows(-1) + hl.f32(3.0) * (rows(0) + rows(1)) + rows(2)) * hl.f32(0.125)
            result.append(down)
        return result

    def _doubled(self, func: hl.Func, size: int, lead: tuple = ()) -> hl.Expr:
        """`func` of pyramid level `size` at (x, y) of the level below: three parts its own cell, one the nearer."""
        beside_x, beside_y = x // 2 + (x % 2) * 2 - 1, y // 2 + (y % 2) * 2 - 1

        def row(at: hl.Expr) -> hl.Expr:
            here, beside = self._at(func, size, x // 2, at, lead), self._at(func, size, beside_x, at, lead)
            return hl.f32(0.75) * here + hl.f32(0.25) * beside

        return hl.f32(0.75) * row(y // 2) + hl.f32(0.25) * row(beside_y)

    def _collapsed(self) -> hl.Func:
        """The detail of the references nearest to the picture's own pyramid, put together again."""
        self.collapsed = []
        result = None
        for size in reversed(range(LEVELS)):
            position = (self.own[size][x, y] - hl.f32(LOWEST)) * hl.f32(REFERENCES_PER_STOP)
            position = hl.clamp(position, hl.f32(0.0), hl.f32(REFERENCES - 1.0))
            first = hl.clamp(hl.cast(hl.Int(32), position), 0, REFERENCES - 2)
            share = position - hl.f32(first)

            def band(index: hl.Expr, size: int = size) -> hl.Expr:
                here = self.details[size][index, x, y]
                return here if size == LEVELS - 1 else here - self._doubled(self.details[size + 1], size + 1, (index,))

            value = _mix(band(first), band(first + 1), share)
            if result is not None:
                value += self._doubled(result, size + 1)
            result = hl.Func(f"collapsed_{size}")
            result[x, y] = value
            self.collapsed.append(result)
        assert result is not None
        return result

    def _fitted(self, guide: hl.Func, target: hl.Func) -> hl.Func:
        """A guided filter's coefficients (He, Sun & Tang 2013, equations 5 and 6): target = a guide + b within 3x3."""
        width, height = ((side + self.beside - 1) // self.beside for side in self.sizes[0])
        self.within = within = hl.RDom([(0, self.beside), (0, self.beside)], "within")
        column, row = hl.clamp(x, 0, width - 1), hl.clamp(y, 0, height - 1)  # edges repeated
        at = self.beside * column + within.x, self.beside * row + within.y
        g, t = (self._at(func, 0, *at) for func in (guide, target))
        self.moments = hl.Func("moments")
        self.moments[x, y, c] = hl.f32(0.0)
        self.moments[x, y, c] += hl.mux(c, [g, t, g * g, g * t])
        share = hl.f32(1.0) / hl.f32(9 * self.beside * self.beside)

        def box(plane: int) -> hl.Expr:
            total = hl.f32(0.0)
            for dy, dx in ((dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)):
                total += self.moments[x + dx, y + dy, plane]
            return total * share

        mean, wanted, squares, mixed = (box(plane) for plane in range(4))
        slope, fitted = hl.Func("slope"), hl.Func("local_tone")
        slope[x, y] = (mixed - mean * wanted) / ((squares - mean * mean) + hl.f32(EPSILON))
        fitted[x, y, c] = hl.mux(c, [slope[x, y], wanted - slope[x, y] * mean])
        return fitted

    def schedule(self, machine: Machine) -> None:
        """Every level whole, rows in parallel."""
        lanes = machine.vector_floats
        guard = hl.TailStrategy.GuardWithIf

        def rows(func: hl.Func) -> hl.Func:
            return func.parallel(y, 8, guard) if machine.parallel else func

        rows(self.output.compute_root().bound(c, 0, 2).unroll(c).vectorize(x, lanes, guard))
        self.output.output_buffer().dim(2).set_bounds(0, 2)
        within = self.within
        rows(self.moments.compute_root().bound(c, 0, 4).vectorize(x, lanes, hl.TailStrategy.RoundUp))
        summing = self.moments.update().reorder(within.x, within.y, c, x, y).unroll(c)
        rows(summing.vectorize(x, lanes, guard))
        for func in (self.own[0], self.guide, self.gain):
            rows(func.compute_root().vectorize(x, lanes, hl.TailStrategy.RoundUp))
        for size in range(1, LEVELS):
            self.own[size].compute_root()
            detail = self.details[size].compute_root().bound(k, 0, REFERENCES)
            detail.vectorize(k, lanes).reorder(k, x, y)
            if size < 3:
                rows(detail)
        for func in self.collapsed[:-1]:
            func.compute_root()
        self.collapsed[-1].compute_at(self.gain, y)
