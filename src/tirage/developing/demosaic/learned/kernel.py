"""The learned demosaic: a directional start, then one or two passes of linear filters chosen by local structure.

See the card in `__init__.py`. Planes are those of quads (x, y), sites 0 to 3; "pixel" below means an offset in pixels
from a site, which may fall on another site of another quad.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import halide as hl

from ....kernels.vocabulary import Machine
from ..kernel import BLUE, GREEN, MISSING, OWN, RED, SITES, Demosaiced, bounded, limits, x, y

LEVELS = 6
FEATURES = 8
LANES, ROWS = 16, 5

#: Patches are whole numbers of this part of white, and end at so many of them: 80 products stay within 32 bits.
FINE, PATCH_LIMIT = 1.0 / 4096, 11776

#: The reach is some 30 rows up and down: what it costs again for every strip.
STRIP_ROWS = 192

#: One-sided Gaussian over the colour differences, sigma 1 pixel.
TAPS = [math.exp(-n * n / 2) / sum(math.exp(-k * k / 2) for k in range(5)) for n in range(5)]

#: One step of an 8-bit picture: the scale of the small constants that keep noise from deciding.
STEP = 1 / 255

lane, row_index, f, k, i = (hl.Var(name) for name in ("lane", "row_index", "f", "k", "i"))


def constant(value: float) -> hl.Expr:
    return hl.f32(value)


def pixel(site: int, dx: int, dy: int) -> tuple[int, hl.Expr, hl.Expr]:
    """The site, and the quad, of the pixel `dx`, `dy` away from site `site` of quad (x, y)."""
    column, row = site % 2 + dx, site // 2 + dy
    return 2 * (row % 2) + column % 2, x + column // 2, y + row // 2


def total(values: list) -> hl.Expr:
    result = values[0]
    for value in values[1:]:
        result = result + value
    return result


def whole(value: hl.Expr) -> hl.Expr:
    """A patch's value as a whole number of FINE; the least where it is NaN, on every processor."""
    scaled, limit = value * constant(1 / FINE), constant(PATCH_LIMIT)
    above = hl.select(scaled > -limit, scaled, -limit)
    bounded = hl.select(above < limit, above, limit)
    return hl.cast(hl.Int(16), hl.cast(hl.Int(32), bounded + constant(PATCH_LIMIT + 0.5)) - PATCH_LIMIT)


class Learned:
    """The stage, its arguments and its schedule.

    `tests[level, site, set]` names the feature of each comparison, `signs` and `thresholds` complete it:
    sign * numerator > threshold * denominator. `filters[lane, row, missing colour, leaf, site, set]` are the filters.
    `toe` is the encoding's: 0 for values that are display-encoded already. `scale` is the value of white.
    """

    def __init__(self, planes: hl.Func, passes: int) -> None:
        self.toe, self.scale = hl.Param(hl.Float(32), "toe"), hl.Param(hl.Float(32), "scale")
        self.tests = hl.ImageParam(hl.Int(32), 3, "tests")
        self.signs = hl.ImageParam(hl.Float(32), 3, "signs")
        self.thresholds = hl.ImageParam(hl.Float(32), 3, "thresholds")
        self.filters = hl.ImageParam(hl.Int(16), 6, "filters")
        self.arguments = [self.toe, self.scale, self.tests, self.signs, self.thresholds, self.filters]
        for table in (self.tests, self.signs, self.thresholds):
            table.dim(0).set_bounds(0, LEVELS)
            table.dim(1).set_bounds(0, 4).set_stride(LEVELS)
            table.dim(2).set_min(0).set_stride(4 * LEVELS)
        extents = (LANES, ROWS, 2, 1 << LEVELS, 4)
        stride = 1
        for axis, extent in enumerate(extents):
            self.filters.dim(axis).set_bounds(0, extent).set_stride(stride)
            stride *= extent
        self.filters.dim(5).set_min(0).set_stride(stride)

        self.rows: list[tuple[hl.Func, int]] = []  # planar Funcs, and for how many rows of quads they are kept
        self.flats: list[hl.Func] = []
        self.votes: list[hl.Func] = []
        self.sums: list[tuple] = []
        self.code = self.row("code", *[self.encoded(planes[x, y, site]) for site in SITES], kept=16)
        estimate = self.start()
        for index in range(passes):
            bounds = limits(self.sample(estimate), self.row) if index + 1 == passes else None
            estimate = self.corrected(estimate, index, bounds)
        self.sites = []
        for site in SITES:
            colours = [self.decoded(estimate[x, y][3 * site + channel]) for channel in range(3)]
            colours[OWN[site]] = planes[x, y, site]
            self.sites.append(tuple(colours))

    def row(self, name: str, *values: hl.Expr, kept: int) -> hl.Func:
        """Planes that are `kept` for so many rows, a power of two: as far up and down as others look from one row."""
        func = hl.Func(name)
        func[x, y] = tuple(values)
        self.rows.append((func, kept))
        return func

    @staticmethod
    def sample(estimate: hl.Func) -> Callable[[int, int], hl.Expr]:
        """What was measured at a site, so many rows of quads below."""
        return lambda site, d: estimate[x, y + d][3 * site + OWN[site]]

    # Encoding: a square root with a toe, continued by its tangent below zero.

    def encoded(self, light: hl.Expr) -> hl.Expr:
        light = light * (1 / self.scale)
        root, span = hl.sqrt(self.toe), hl.sqrt(1 + self.toe) - hl.sqrt(self.toe)
        slope = 1 / (2 * root)
        curve = (hl.sqrt(hl.max(light, 0.0) + self.toe) - root) + hl.min(light, 0.0) * slope
        return hl.select(self.toe > 0, curve * (1 / span), light)

    def decoded(self, code: hl.Expr) -> hl.Expr:
        root, span = hl.sqrt(self.toe), hl.sqrt(1 + self.toe) - hl.sqrt(self.toe)
        value = code * span
        light = value * (2 * root + hl.max(value, 0.0))
        return hl.select(self.toe > 0, light, code) * self.scale

    # The start.

    def start(self) -> hl.Func:
        """Red, green and blue of the four sites: Hamilton & Adams differences, GBTF green, MLRI red and blue."""

        def at(func: hl.Func, site: int, dx: int, dy: int) -> hl.Expr:
            index, column, row = pixel(site, dx, dy)
            return func[column, row][index]

        def difference(step_x: int, step_y: int) -> list[hl.Expr]:
            values = []
            for site in SITES:
                m = [at(self.code, site, n * step_x, n * step_y) for n in range(-2, 3)]
                second = constant(0.5) * m[2] - constant(0.5) * (m[1] + m[3]) + constant(0.25) * (m[0] + m[4])
                values.append(second if OWN[site] == GREEN else -second)
            return values

        across = self.row("across", *difference(1, 0), kept=4)
        down = self.row("down", *difference(0, 1), kept=8)

        def change(func: hl.Func, dx: int, dy: int) -> hl.Expr:
            return total([hl.abs(at(func, site, dx, dy) - at(func, site, -dx, -dy)) for site in SITES])

        changes = self.row("changes", change(across, 1, 0), change(down, 0, 1), kept=4)
        columns = self.row("changes_3", *[total([changes[x, y + d][n] for d in (-1, 0, 1)]) for n in range(2)], kept=1)
        trust = []
        for n in range(2):
            activity = total([columns[x + d, y][n] for d in (-1, 0, 1)]) * constant(25 / 36) + constant(0.01 * STEP)
            trust.append(1 / (activity * activity))
        trust = self.row("trust", *trust, kept=4)

        greens = []
        for site in (0, 3):
            numerator, denominator = [], []
            for func, n, step_x, step_y in ((across, 0, 1, 0), (down, 1, 0, 1)):
                for side in (-1, 1):
                    weight = trust[x + side * step_x, y + side * step_y][n]
                    taps = [constant(TAPS[j]) * at(func, site, side * j * step_x, side * j * step_y) for j in range(5)]
                    numerator.append(weight * total(taps))
                    denominator.append(weight)
            greens.append(self.code[x, y][site] + total(numerator) / total(denominator))
        green = self.row("green", *greens, kept=8)
        slope, residual = self.residual_interpolation(green)

        values = []
        for site in SITES:
            g = self.code[x, y][site] if OWN[site] == GREEN else green[x, y][site // 3]
            colours = [g, g, g]
            for n, channel in ((0, RED), (1, BLUE)):
                if OWN[site] == channel:
                    colours[channel] = self.code[x, y][site]
                else:
                    rise = self.from_lattice(slope, n, site)
                    colours[channel] = rise * g + self.from_lattice(residual, n, site)
            values += colours
        return self.row("estimate_0", *values, kept=4)

    def residual_interpolation(self, green: hl.Func) -> tuple[hl.Func, hl.Func]:
        """Per quad and colour: the slope of red or blue against green, and what it leaves at the colour's own site."""

        def laplacian(value: Callable[[int, int], hl.Expr]) -> hl.Expr:
            return (value(1, 0) + value(-1, 0)) + (value(0, 1) + value(0, -1)) - 4 * value(0, 0)

        products = []
        for n, site in ((0, 0), (1, 3)):
            own = laplacian(lambda dx, dy, site=site: self.code[x + dx, y + dy][site])
            guide = laplacian(lambda dx, dy, n=n: green[x + dx, y + dy][n])
            products += [own * guide, guide * guide]
        products = self.row("products", *products, kept=8)
        two = (-2, -1, 0, 1, 2)
        columns = self.row("products_5", *[total([products[x, y + d][n] for d in two]) for n in range(4)], kept=1)
        slopes = []
        for n in (0, 2):
            own, guide = (total([columns[x + d, y][n + j] for d in two]) for j in range(2))
            slopes.append(own / (guide + constant(0.01 * STEP * STEP)))
        slopes = self.row("slopes", *slopes, kept=8)
        columns = self.row("slopes_5", *[total([slopes[x, y + d][n] for d in two]) for n in range(2)], kept=1)
        slope = self.row(
            "slope", *[total([columns[x + d, y][n] for d in two]) * constant(1 / 25) for n in range(2)], kept=4
        )
        left = [self.code[x, y][3 * n] - slope[x, y][n] * green[x, y][n] for n in range(2)]
        return slope, self.row("residual", *left, kept=4)

    @staticmethod
    def from_lattice(func: hl.Func, n: int, site: int) -> hl.Expr:
        """Bilinear from red's (n = 0) or blue's (n = 1) own lattice to a site."""
        dx = (0,) if site % 2 == n else ((0, 1) if n == 0 else (-1, 0))
        dy = (0,) if site // 2 == n else ((0, 1) if n == 0 else (-1, 0))
        total_ = total([total([func[x + a, y + b][n] for a in dx]) for b in dy])
        count = len(dx) * len(dy)
        return total_ if count == 1 else total_ * constant(1 / count)

    # A pass.

    def corrected(self, estimate: hl.Func, index: int, bounds: list[hl.Expr] | None) -> hl.Func:
        """`estimate` with a filter of its 5x5 neighbourhood added at the missing colours, within `bounds`."""
        leaf = self.leaves(estimate, index)
        pixel_row = hl.Var("pixel_row")
        flat = hl.Func(f"flat_{index}")  # rows of pixels, R G B R G B ...
        quad_x, quad_y = i // 6, pixel_row // 2
        values = [hl.mux(i % 6, [estimate[quad_x, quad_y][6 * row + j] for j in range(6)]) for row in (0, 1)]
        flat[i, pixel_row] = whole(hl.select(pixel_row % 2 == 0, values[0], values[1]))
        self.flats.append(flat)

        corrections = []
        tap, quarter = hl.RDom([(0, 2), (0, ROWS)]), hl.RDom([(0, 4)]).x
        for site in SITES:
            first = 6 * x + 3 * (site % 2)
            here = 2 * y + site // 2
            chosen = hl.unsafe_promise_clamped(hl.cast(hl.Int(32), leaf[x, y][site]), 0, 63)
            pairs = []
            for q in range(2):
                pair = hl.Func(f"pairs_{index}_{site}_{q}")
                patch = flat[first - 6 + 2 * lane + tap.x, here - 2 + tap.y]
                weight = self.filters[2 * lane + tap.x, tap.y, q, chosen, site, index]
                pair[lane, x, y] = 0
                pair[lane, x, y] += hl.i32(patch) * hl.i32(weight)
                pairs.append(pair)
            four = hl.Func(f"four_{index}_{site}")
            four[lane, x, y] = tuple(pair[lane, x, y] + pair[lane + 4, x, y] for pair in pairs)
            wholes = []
            for q in range(2):
                sum_of_four = hl.Func(f"whole_{index}_{site}_{q}")
                sum_of_four[x, y] = 0
                sum_of_four[x, y] += four[quarter, x, y][q]
                wholes.append(sum_of_four)
            result = hl.Func(f"correction_{index}_{site}")
            result[x, y] = tuple(hl.f32(one[x, y]) * constant(FINE * 2.0**-13) for one in wholes)
            self.sums.append((pairs, tap, four, wholes, quarter, result))
            corrections.append(result)

        values = []
        for site in SITES:
            colours = [estimate[x, y][3 * site + channel] for channel in range(3)]
            for q, channel in enumerate(MISSING[site]):
                colours[channel] = colours[channel] + corrections[site][x, y][q]
                if bounds:
                    colours[channel] = bounded(
                        colours[channel], channel, estimate[x, y][3 * site + OWN[site]], site, bounds
                    )
            values += colours
        return self.row(f"estimate_{index + 1}", *values, kept=4)

    def leaves(self, estimate: hl.Func, index: int) -> hl.Func:
        """The filter's number at each site: the answers to LEVELS comparisons of sums over 6x6 pixels."""

        def at(channel: int, site: int, dx: int, dy: int) -> hl.Expr:
            to, column, row = pixel(site, dx, dy)
            return estimate[column, row][3 * to + channel]

        differences = []
        for site in SITES:
            red, green, blue = (estimate[x, y][3 * site + channel] for channel in range(3))
            differences += [green - red, green - blue]
        difference = self.row(f"difference_{index}", *differences, kept=4)

        def excess(channel: int, site: int, dx: int, dy: int) -> hl.Expr:
            to, column, row = pixel(site, dx, dy)
            return difference[column, row][2 * to + channel]

        sums: list[list[hl.Expr]] = [[] for _ in range(8)]
        for site in SITES:
            planes = [
                lambda dx, dy, site=site: at(GREEN, site, dx, dy),
                lambda dx, dy, site=site: excess(0, site, dx, dy),
                lambda dx, dy, site=site: excess(1, site, dx, dy),
            ]
            for n, plane in enumerate(planes):
                left, right, above, below = plane(-1, 0), plane(1, 0), plane(0, -1), plane(0, 1)
                gx, gy = (right - left) * constant(0.5), (below - above) * constant(0.5)
                curve = (right + left) + (below + above) - 4 * plane(0, 0)
                if n == 0:
                    sums[0].append(gx * gx)
                    sums[1].append(gy * gy)
                    sums[2].append(gx * gy)
                    sums[3].append(curve * curve)
                else:
                    sums[2 + 2 * n].append(gx * gx + gy * gy)
                    sums[3 + 2 * n].append(curve * curve)
        energy = self.row(f"energy_{index}", *[total(values) for values in sums], kept=4)
        columns = self.row(
            f"energy_3_{index}", *[total([energy[x, y + d][n] for d in (-1, 0, 1)]) for n in range(8)], kept=1
        )
        jxx, jyy, jxy, green, red, red_curve, blue, blue_curve = (
            total([columns[x + d, y][n] for d in (-1, 0, 1)]) for n in range(8)
        )
        floor = constant(144 * STEP * STEP)
        trace, green = jxx + jyy + floor, green + floor
        along = jxx - jyy
        coherence = along * along + 4 * (jxy * jxy)
        # cos 2a, sin 2a, coherence, detail, gradients and curvature of the colour differences against green's.
        pairs = [
            (along, trace),
            (2 * jxy, trace),
            (coherence, trace * trace),
            (green, trace),
            (red + constant(72 * STEP * STEP), trace),
            (blue + constant(72 * STEP * STEP), trace),
            (red_curve + floor, green),
            (blue_curve + floor, green),
        ]
        feature = hl.Func(f"feature_{index}")
        feature[x, y, f] = (hl.mux(f, [pair[0] for pair in pairs]), hl.mux(f, [pair[1] for pair in pairs]))
        self.votes.append(feature)
        leaves = []
        for site in SITES:
            leaf = hl.cast(hl.UInt(8), 0)
            for level in range(LEVELS):
                name = hl.clamp(self.tests[level, site, index], 0, FEATURES - 1)
                numerator, denominator = feature[x, y, name][0], feature[x, y, name][1]
                sign, threshold = self.signs[level, site, index], self.thresholds[level, site, index]
                answer = numerator * sign > denominator * threshold
                leaf = leaf * 2 + hl.cast(hl.UInt(8), answer)
            leaves.append(leaf)
        return self.row(f"leaf_{index}", *leaves, kept=1)

    # The schedule.

    def schedule(self, machine: Machine, strip: hl.LoopLevel, row: hl.LoopLevel) -> None:
        """A row of quads at a time. Developing 12 MP: 0.21 CPU-s with one pass, 0.36 with two (AVX-512).

        A patch row is one vector of 16 short numbers, whose products are added in pairs by one instruction. Loops are
        never cut at the picture's edges: that doubles and triples the code, and the time to compile it, and gains
        nothing.
        """
        lanes = machine.vector_floats
        shift = hl.TailStrategy.ShiftInwards
        pixel_row = hl.Var("pixel_row")
        for func, kept in self.rows:
            func.store_at(strip).compute_at(row).vectorize(x, lanes, shift).fold_storage(y, kept)
            func.never_partition_all()
        xo, xi, quad, part, parity, rest = (hl.Var(name) for name in ("xo", "xi", "quad", "part", "parity", "rest"))
        for feature in self.votes:
            feature.compute_at(row).bound(f, 0, FEATURES).reorder(f, x, y).unroll(f).vectorize(x, lanes, shift)
            feature.never_partition_all()
        for flat in self.flats:
            flat.store_at(strip).compute_at(row).align_bounds(i, 6).align_bounds(pixel_row, 2)
            flat.split(i, quad, part, 6).split(pixel_row, rest, parity, 2).reorder(part, quad, parity, rest)
            flat.unroll(part).vectorize(quad, lanes, shift).unroll(parity).fold_storage(pixel_row, 16)
            flat.never_partition_all()
        for pairs, tap, four, wholes, quarter, result in self.sums:
            result.store_at(strip).compute_at(row).split(x, xo, xi, lanes, shift).vectorize(xi).fold_storage(y, 1)
            result.never_partition_all()
            for one in wholes:  # as a reduction neighbours are paired in registers
                one.compute_at(result, xo).vectorize(x, lanes)
                one.update().reorder(quarter, x).atomic().vectorize(quarter).vectorize(x, lanes)
            four.compute_at(result, xo).bound(lane, 0, 4).bound_storage(lane, 4).vectorize(lane)
            for pair in pairs:
                pair.compute_at(four, x).bound(lane, 0, LANES // 2).vectorize(lane)
                pair.update().reorder(tap.x, lane, tap.y).atomic().vectorize(tap.x).vectorize(lane).unroll(tap.y)


def demosaic(passes: int) -> Callable[[hl.Func], Demosaiced]:
    """The stage with `passes` passes, as a function of the CFA planes."""

    def build(planes: hl.Func) -> Demosaiced:
        learned = Learned(planes, passes)
        return Demosaiced(
            tuple(learned.sites), arguments=tuple(learned.arguments), schedule=learned.schedule, strip_rows=STRIP_ROWS
        )

    return build
