"""A camera profile's tables applied to scene light: hue, saturation and value; gains over the picture and its tone."""

from __future__ import annotations

import halide as hl

from ...kernels.vocabulary import Machine

TRANSFER_STEPS = 2048
MOST_ENCODED = 4.0
LEAST_VALUE = 1e-12

x, y, c = hl.Var("x"), hl.Var("y"), hl.Var("c")
Colour = tuple[hl.Expr, hl.Expr, hl.Expr]


def _larger(a: hl.Expr, b: hl.Expr) -> hl.Expr:
    """The larger of two numbers, `b` where either is NaN: the same on every processor, unlike max."""
    return hl.select(a > b, a, b)


def _smaller(a: hl.Expr, b: hl.Expr) -> hl.Expr:
    return hl.select(a < b, a, b)


def _within(value: hl.Expr, low: float, high: float) -> hl.Expr:
    """`value` held to `low`..`high`; `low` where it is NaN."""
    return _smaller(_larger(value, hl.f32(low)), hl.f32(high))


def _times(rgb: Colour, matrix: hl.ImageParam) -> Colour:
    def row(out: int) -> hl.Expr:
        return rgb[0] * matrix[0, out] + rgb[1] * matrix[1, out] + rgb[2] * matrix[2, out]

    return row(0), row(1), row(2)


def _matrix(name: str) -> hl.ImageParam:
    matrix = hl.ImageParam(hl.Float(32), 2, name)
    matrix.dim(0).set_bounds(0, 3)
    matrix.dim(1).set_bounds(0, 3).set_stride(3)
    return matrix


def _cell(place: hl.Expr, last: hl.Expr) -> tuple[hl.Expr, hl.Expr]:
    """The cell 0..last that `place`, 0..last + 1, lies in, and how far into it."""
    cell = hl.clamp(hl.cast(hl.Int(32), place), 0, last)
    return cell, place - hl.cast(hl.Float(32), cell)


def _line(table: hl.ImageParam, place: hl.Expr) -> hl.Expr:
    """`table` of TRANSFER_STEPS + 2 values at `place` between them."""
    cell, share = _cell(place, TRANSFER_STEPS)
    cell = hl.unsafe_promise_clamped(cell, 0, TRANSFER_STEPS)
    return table[cell] + share * (table[cell + 1] - table[cell])


class HueSat:
    """One table over hue, saturation and value, in linear ProPhoto; see colour/hue_saturation.py for its arguments."""

    def __init__(self, scene: Colour) -> None:
        self.to_prophoto, self.from_prophoto = _matrix("to_prophoto"), _matrix("from_prophoto")
        self.table = hl.ImageParam(hl.Float(32), 4, "table")
        self.encoded = hl.Param(hl.Int(32), "encoded")
        self.encode = hl.ImageParam(hl.Float(32), 1, "encode")
        self.decode = hl.ImageParam(hl.Float(32), 1, "decode")
        self.arguments = [self.to_prophoto, self.from_prophoto, self.table, self.encoded, self.encode, self.decode]
        self.table.dim(0).set_bounds(0, 4).set_stride(1)
        for dimension in (1, 2, 3):
            self.table.dim(dimension).set_min(0)
        for transfer in (self.encode, self.decode):
            transfer.dim(0).set_bounds(0, TRANSFER_STEPS + 2)

        #: ProPhoto RGB, then hue 0..6, saturation, value and encoded value.
        self.light = hl.Func("light")
        rgb = _times(scene, self.to_prophoto)
        hue, saturation, value = self._hue_saturation_value(rgb)
        bounded = _within(value, 0.0, 1.0)
        root = _line(self.encode, hl.sqrt(bounded) * hl.f32(TRANSFER_STEPS))
        self.light[x, y] = (hue, saturation, value, hl.select(self.encoded != 0, root, bounded))

        #: Hue shift, saturation factor, value factor.
        self.found = hl.Func("found")
        self.found[c, x, y] = self._interpolated()

        self.result = hl.Func("result")
        self.result[x, y] = _times(self._changed(), self.from_prophoto)

    def _hue_saturation_value(self, rgb: Colour) -> Colour:
        red, green, blue = rgb
        value = _larger(red, _larger(green, blue))
        chroma = value - _smaller(red, _smaller(green, blue))
        step = hl.f32(1.0) / hl.select(chroma > 0.0, chroma, hl.f32(1.0))
        of_red = (green - blue) * step
        of_red = hl.select(of_red < 0.0, of_red + 6.0, of_red)
        hue = hl.select(
            value == red,
            of_red,
            hl.select(value == green, (blue - red) * step + 2.0, (red - green) * step + 4.0),
        )
        saturation = chroma / hl.select(value >= hl.f32(LEAST_VALUE), value, hl.f32(1.0))
        return hue, saturation, value

    def _interpolated(self) -> hl.Expr:
        """The table at (x, y), trilinear; a table with one value division has a second corner of no weight."""
        hue, saturation, _, indexed = (self.light[x, y][index] for index in range(4))
        hues, saturations = self.table.dim(2).extent() - 1, self.table.dim(1).extent()
        values = self.table.dim(3).extent()
        hue_cell, hue_share = _cell(_within(hue, 0.0, 6.0) * (hl.cast(hl.Float(32), hues) / 6.0), hues - 1)
        sat_cell, sat_share = _cell(
            _within(saturation, 0.0, 1.0) * hl.cast(hl.Float(32), saturations - 1), saturations - 2
        )
        value_cell, value_share = _cell(indexed * hl.cast(hl.Float(32), values - 1), hl.max(values - 2, 0))
        upper = hl.min(value_cell + 1, values - 1)

        def flat(cell: hl.Expr) -> hl.Expr:
            def along(hue_step: int) -> hl.Expr:
                low, high = (self.table[c, sat_cell + step, hue_cell + hue_step, cell] for step in (0, 1))
                return low + sat_share * (high - low)

            return along(0) + hue_share * (along(1) - along(0))

        return flat(value_cell) + value_share * (flat(upper) - flat(value_cell))

    def _changed(self) -> Colour:
        hue, saturation, value, indexed = (self.light[x, y][index] for index in range(4))
        shift, factor, gain = (self.found[index, x, y] for index in range(3))
        turned = hue + shift
        turned = turned - 6.0 * hl.floor(turned * hl.f32(1 / 6))
        saturation = _smaller(saturation * factor, _larger(saturation, hl.f32(1.0)))
        place = _within(indexed * gain, 0.0, MOST_ENCODED) * hl.f32(TRANSFER_STEPS / MOST_ENCODED)
        lit = _line(self.decode, place) * _larger(value, hl.f32(1.0))
        value = hl.select(self.encoded != 0, lit, value * gain)
        channels = []
        for offset in (5.0, 3.0, 1.0):
            around = turned + offset
            around = hl.select(around >= 6.0, around - 6.0, around)
            channels.append(value - value * saturation * _within(_smaller(around, 4.0 - around), 0.0, 1.0))
        return channels[0], channels[1], channels[2]


class GainTable:
    """A gain per pixel: bilinear over the picture, linear over its tone; see `gain_arguments` for the arguments."""

    def __init__(self, scene: Colour) -> None:
        self.to_prophoto = _matrix("to_prophoto")
        self.weights = hl.ImageParam(hl.Float(32), 1, "weights")
        self.across = hl.ImageParam(hl.Float(32), 1, "across")
        self.down = hl.ImageParam(hl.Float(32), 1, "down")
        self.curve = hl.ImageParam(hl.Float(32), 1, "curve")
        self.rooted = hl.Param(hl.Int(32), "rooted")
        self.gains = hl.ImageParam(hl.Float(32), 3, "gains")
        self.arguments = [self.to_prophoto, self.weights, self.across, self.down, self.curve, self.rooted, self.gains]
        for vector, length in ((self.weights, 5), (self.across, 2), (self.down, 2), (self.curve, TRANSFER_STEPS + 2)):
            vector.dim(0).set_bounds(0, length)
        for dimension in (0, 1, 2):
            self.gains.dim(dimension).set_min(0)

        self.place = hl.Func("place")
        self.place[x, y] = self._table_place(_times(scene, self.to_prophoto))
        self.gain = hl.Func("gain")
        self.gain[x, y] = self._interpolated()

    def _table_place(self, rgb: Colour) -> hl.Expr:
        """The table's input to the power of gamma, 0..1: `curve` holds it at steps of the input or its fourth root."""
        red, green, blue = rgb
        least, most = _smaller(red, _smaller(green, blue)), _larger(red, _larger(green, blue))
        given = sum((self.weights[i] * part for i, part in enumerate((red, green, blue, least, most))), hl.f32(0.0))
        given = _within(given, 0.0, 1.0)
        return _line(self.curve, hl.select(self.rooted != 0, hl.sqrt(hl.sqrt(given)), given) * hl.f32(TRANSFER_STEPS))

    def _interpolated(self) -> hl.Expr:
        gains = self.gains
        last_tone, last_column, last_row = (gains.dim(dimension).extent() - 1 for dimension in (0, 1, 2))

        def grid(line: hl.ImageParam, pixel: hl.Expr, last: hl.Expr) -> tuple[hl.Expr, hl.Expr, hl.Expr]:
            place = hl.cast(hl.Float(32), pixel) * line[0] + line[1]
            place = _smaller(_larger(place, hl.f32(0.0)), hl.cast(hl.Float(32), last))
            cell, share = _cell(place, last)
            return cell, hl.min(cell + 1, last), share

        left, right, share_x = grid(self.across, x, last_column)
        top, bottom, share_y = grid(self.down, y, last_row)
        # The table is indexed by the input times its number of points, so that the last point counts from below 1 on.
        tone, share_n = _cell(self.place[x, y] * hl.cast(hl.Float(32), last_tone + 1), last_tone)
        above = hl.min(tone + 1, last_tone)

        def at(column: hl.Expr, row: hl.Expr) -> hl.Expr:
            low, high = gains[tone, column, row], gains[above, column, row]
            return low + share_n * (high - low)

        upper = at(left, top) + share_x * (at(right, top) - at(left, top))
        lower = at(left, bottom) + share_x * (at(right, bottom) - at(left, bottom))
        return upper + share_y * (lower - upper)


def apply_hue_sat_table(machine: Machine) -> tuple[hl.Func, list]:
    """Scene light through one table over hue, saturation and value."""
    scene, colour = _scene()
    stage = HueSat(colour)
    output = hl.Func("output")
    changed = hl.mux(c, [stage.result[x, y][channel] for channel in range(3)])
    output[x, y, c] = hl.select(stage.light[x, y][2] >= hl.f32(LEAST_VALUE), changed, hl.mux(c, list(colour)))
    block = _in_rows(output, machine)
    stage.light.compute_at(output, block).vectorize(x)
    stage.found.compute_at(output, block).bound(c, 0, 4).vectorize(c).unroll(x)
    stage.result.compute_at(output, block).vectorize(x)
    return output, [scene, *stage.arguments]


def apply_gain_table_map(machine: Machine) -> tuple[hl.Func, list]:
    """Scene light times the gains of a gain table map."""
    scene, colour = _scene()
    stage = GainTable(colour)
    output = hl.Func("output")
    output[x, y, c] = hl.mux(c, list(colour)) * stage.gain[x, y]
    block = _in_rows(output, machine)
    stage.place.compute_at(output, block).vectorize(x)
    stage.gain.compute_at(output, block).vectorize(x)
    return output, [scene, *stage.arguments]


def _scene() -> tuple[hl.ImageParam, Colour]:
    """The scene and its colour at (x, y); the clamp is for the vector that reaches past a row's end."""
    scene = hl.ImageParam(hl.Float(32), 3, "scene")
    column = hl.clamp(x, scene.dim(0).min(), scene.dim(0).max())
    return scene, (scene[column, y, 0], scene[column, y, 1], scene[column, y, 2])


def _in_rows(output: hl.Func, machine: Machine) -> hl.Var:
    """A vector of all three channels at a time, bands of rows in parallel; returns the loop over vectors."""
    xo, xi, yo, yi = (hl.Var(name) for name in ("xo", "xi", "yo", "yi"))
    output.output_buffer().dim(2).set_bounds(0, 3)
    output.compute_root().bound(c, 0, 3).split(y, yo, yi, 16, hl.TailStrategy.GuardWithIf)
    output.split(x, xo, xi, machine.vector_floats, hl.TailStrategy.GuardWithIf)
    output.reorder(xi, c, xo, yi, yo).unroll(c).vectorize(xi)
    if machine.parallel:
        output.parallel(yo)
    return xo
