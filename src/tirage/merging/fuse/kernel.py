"""Fusing: a frame's light at every pixel in three colours; then its share of the mean, by how well it agrees."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import halide as hl

from ...kernels.vocabulary import Machine
from ...noise.kernel import ordered_sum
from ..kernel import CELL, STEEP, CellMap, StoredLight, c, k, site, x, y
from . import (
    CLIPPED,
    COLOURS,
    DISTRUSTED,
    FAINT_NOISE,
    FRACTIONS,
    GUIDE_NOISE,
    LEAST_WEIGHT,
    LOCAL_CORRELATION,
    LOCAL_SLOPE,
    LOCAL_THRESHOLD,
    OTHER_GAIN,
    QUAD_SLOPE,
    QUAD_THRESHOLD,
    SINGLE_SLOPE,
    SINGLE_THRESHOLD,
    STATE,
    STRICT_LOCAL_SLOPE,
    STRICT_LOCAL_THRESHOLD,
    STRICT_QUAD_SLOPE,
    STRICT_QUAD_THRESHOLD,
    TRANSFER_CELL,
    TRUSTED,
)

Built = tuple[hl.Func, list[Any]]
Slide = Callable[[hl.Func], hl.Func]
EXACT, FINE = hl.TailStrategy.GuardWithIf, hl.TailStrategy.RoundUp
TILE_QUADS, TILE_ROWS = 1024, 64
KNOWN = hl.f32(CLIPPED / 1e6)  # light from here on holds CLIPPED


def demosaic(machine: Machine) -> Built:
    """A stored mosaic to `planes[x, y, site, c]` by quads (Malvar, He & Cutler 2004); CLIPPED by one that is `clip`.

    Light is multiplied by `balance[c]` while colours mix. Detail seen by another colour counts as much as this one is
    bright beside it nearby, at most in full; `faint` is light that tells none. See TRANSFER_CELL.
    """
    sensor, clip, faint = StoredLight("frame"), hl.Param(hl.Int(32), "clip"), hl.Param(hl.Float(32), "faint")
    balance = hl.ImageParam(hl.Float(32), 1, "balance")
    balance.dim(0).set_bounds(0, 3)
    stored, quads = sensor.rows("stored"), hl.Func("quads")
    light, worst, output = (hl.Func(n) for n in ("light", "worst", "planes"))
    quads[x, y, site] = stored[2 * x + site % 2, 2 * y + site // 2]
    light[x, y, site] = sensor.of(quads[x, y, site], site) * balance[colour_of(site)]

    def around(values: hl.Func, index: int, dx: int, dy: int) -> hl.Expr:
        """The pixel so far from that at a site."""
        column, row = index % 2 + dx, index // 2 + dy
        return values[x + column // 2, y + row // 2, column % 2 + 2 * (row % 2)]

    def largest(values: hl.Func, index: int, steps: list[tuple[int, int]]) -> hl.Expr:
        found = [around(values, index, dx, dy) for dx, dy in steps]
        return hl.max(hl.max(hl.max(found[0], found[1]), hl.max(found[2], found[3])), found[4])

    reach, transfer = range(-2, 3), Transfer(sensor, balance, faint)
    worst[x, y, site] = hl.mux(site, [largest(quads, s, [(0, n) for n in reach]) for s in range(4)])
    colours = []
    for s, at_site in enumerate(COLOURS):
        at = partial(around, light, s)
        own = at(0, 0)
        beside, above = at(-1, 0) + at(1, 0), at(0, -1) + at(0, 1)
        beside_2, above_2 = at(-2, 0) + at(2, 0), at(0, -2) + at(0, 2)
        corners = (at(-1, -1) + at(1, -1)) + (at(-1, 1) + at(1, 1))
        # What a colour is there by its own samples, and by the detail of the site's.
        green = (2 * (beside + above), 4 * own - (beside_2 + above_2))
        across = (4 * beside, 5 * own - corners - beside_2 + 0.5 * above_2)
        down = (4 * above, 5 * own - corners - above_2 + 0.5 * beside_2)
        opposite = (2 * corners, 6 * own - 1.5 * (beside_2 + above_2))
        parts = ((own, green, opposite), (across, own, down), (down, own, across), (opposite, green, own))[s]
        is_clipped = hl.i32(largest(worst, s, [(n, 0) for n in reach])) >= clip
        for n, part in enumerate(parts):
            value = part if n == at_site else (part[0] + transfer.share(n, at_site) * part[1]) * 0.125
            colours.append(hl.select(is_clipped, hl.f32(CLIPPED), value * (1.0 / balance[n])))
    output[x, y, site, c] = hl.mux(3 * site + c, colours)
    strip, inside = hl.Var("strip"), hl.Var("inside")
    output.bound(c, 0, 3).bound(site, 0, 4).split(y, strip, inside, 16, EXACT).reorder(c, site, x, inside, strip)
    output.unroll(c).unroll(site).vectorize(x, machine.vector_floats, EXACT)
    if machine.parallel:
        output.parallel(strip)
    for func in (quads, light, worst):
        func.store_at(output, strip).compute_at(output, inside).bound(site, 0, 4).reorder(site, x, y).unroll(site)
        func.vectorize(x, machine.vector_floats, FINE)
    stored.compute_at(quads, y).vectorize(x, machine.vector_shorts, FINE)
    transfer.schedule(machine, hl.LoopLevel(output, strip))
    return output, [*sensor.arguments, clip, balance, faint]


class Transfer:
    """What detail of one colour counts for in another: `lines[x, cell down, k]` by columns of quads, k as in PAIRS."""

    #: (to, of).
    PAIRS = ((1, 0), (0, 1), (2, 0), (2, 1), (0, 2), (1, 2))

    def __init__(self, sensor: StoredLight, balance: hl.ImageParam, faint: hl.Param) -> None:
        self.columns, self.total, self.shares, self.lines = (
            hl.Func(f"transfer_{n}") for n in ("columns", "total", "shares", "lines")
        )
        # Every other row of quads will do.
        rows = [hl.i32(sensor.stored(x, TRANSFER_CELL * y + site + n, True)) for n in range(0, TRANSFER_CELL, 4)]
        self.columns[x, y, site] = sum(rows[1:], rows[0])
        within = hl.RDom([(0, TRANSFER_CELL // 2)], "within")
        self.total[x, y, site] = 0
        self.total[x, y, site] += self.columns[TRANSFER_CELL * x + site % 2 + 2 * within, y, site // 2]
        samples = hl.f32(8 / TRANSFER_CELL**2)
        means = [sensor.of(hl.f32(self.total[x, y, s]) * samples, s) for s in range(4)]
        means = (means[0], (means[1] + means[2]) * 0.5, means[3])
        light = [hl.max(mean * balance[n], 0.0) + faint for n, mean in enumerate(means)]
        self.shares[x, y, k] = hl.mux(k, [hl.min(light[to] / light[of], 1.0) for to, of in self.PAIRS])
        self.lines[x, y, k] = self.shares[x // (TRANSFER_CELL // 2), y, k]

    def share(self, to: int, of: int) -> hl.Expr:
        """What detail of the colour `of` counts for in `to`."""
        return hl.f32(self.lines[x, y // (TRANSFER_CELL // 2), self.PAIRS.index((to, of))])

    def schedule(self, machine: Machine, strip: hl.LoopLevel) -> None:
        for func in (self.columns, self.total, self.shares, self.lines):
            func.compute_at(strip)
        self.columns.vectorize(x, machine.vector_floats, FINE)
        self.total.bound(site, 0, 4).reorder(site, x, y).unroll(site)
        self.total.update().unroll(site)
        for func in (self.shares, self.lines):
            func.bound(k, 0, len(self.PAIRS)).reorder(k, x, y).unroll(k)
        self.lines.align_bounds(x, TRANSFER_CELL // 2).vectorize(x, TRANSFER_CELL // 2, FINE)


def begin(machine: Machine) -> Built:
    """The state of a mean that holds the reference alone; samples that reach `clip` are light 1 and weigh `faint`."""
    sensor, clip, faint = StoredLight("reference"), hl.Param(hl.Int(32), "clip"), hl.Param(hl.Float(32), "faint")
    weights, output = hl.Func("weights"), hl.Func("state")
    stored = sensor.stored(2 * x + site % 2, 2 * y + site // 2)
    full = hl.i32(stored) >= clip
    weights[x, y, site] = (hl.select(full, 1.0, sensor.of(stored, site)), hl.select(full, faint, 1.0))
    light, weight = weights[x, y, k % 4][0], weights[x, y, k % 4][1]
    output[x, y, k] = hl.mux(k // 4, [light * weight, weight, hl.select(weight < 1.0, hl.f32(FAINT_NOISE), 0.0)])
    strip, inside = hl.Var("strip"), hl.Var("inside")
    output.bound(k, 0, 4 * len(STATE)).split(y, strip, inside, 16, EXACT).reorder(k, x, inside, strip).unroll(k)
    output.vectorize(x, machine.vector_floats, EXACT)
    if machine.parallel:
        output.parallel(strip)
    return output, [*sensor.arguments, clip, faint]


def _excess(found: hl.Expr, threshold: float, slope: float) -> hl.Expr:
    return hl.max(found - threshold, 0.0) * slope


def colour_of(index: hl.Expr) -> hl.Expr:
    """The colour at a site."""
    return hl.select(index == 0, 0, index == 3, 2, 1)


class Resampled:
    """A frame's light at the quads of the reference: `found[x, y, site]` is (light, gain of noise).

    Over a cell's columns the whole part of a displacement varies by one pixel at most (see `CellMap.whole`): so three
    rows are read, each from one place on, and no pixel singly. The gain is that of a cell's middle column.
    """

    def __init__(self, name: str, mapping: CellMap, share: Share) -> None:
        planes, area = share.planes, share.area
        self.start, self.found = hl.Func(f"{name}_start"), hl.Func(f"{name}_found")
        cell, right = x // CELL, site % 2
        row = 2 * y + site // 2

        middle = [mapping.near(x, row, which, right + CELL) for which in (0, 2)]
        u, v = (hl.floor(d) for d in middle)
        step = hl.i32((middle[1] - v) * FRACTIONS + 0.5) * (FRACTIONS + 1) + hl.i32((middle[0] - u) * FRACTIONS + 0.5)
        step = hl.unsafe_promise_clamped(step, 0, (FRACTIONS + 1) ** 2 - 1)
        parity = (row + hl.i32(v)) % 2 * 2 + (right + hl.i32(u)) % 2
        gain = share.gain_table[step, parity, colour_of(site)]
        self.start[x, y, site] = (*mapping.whole(x, row, right, right + 2 * CELL - 2), gain)

        whole_u, whole_v, gain = (self.start[cell, y, site][n] for n in range(3))
        across, down = (mapping.near(cell, row, n, right + 2 * (x % CELL)) for n in (0, 2))
        u, v = hl.floor(across), hl.floor(down)
        fu, fv = across - u, down - v
        next_u, next_v = u > hl.f32(whole_u), v > hl.f32(whole_v)
        odd = (right + whole_u) % 2
        # Beyond these the frame has no pixel, whichever of a cell's columns it is.
        first = CELL * cell + (right + whole_u) // 2
        first = hl.clamp(first, planes.dim(0).min(), planes.dim(0).max() - (CELL + 1)) - CELL * cell + x
        lines = []
        for n in range(3):
            at = hl.clamp((row + whole_v + n) // 2, planes.dim(1).min(), planes.dim(1).max())
            below = 2 * ((row + whole_v + n) % 2)
            columns = ((first, below + odd), (first + odd, below + 1 - odd), (first + 1, below + odd))
            one, other, third = (planes[column, at, index, colour_of(site)] for column, index in columns)
            near, far = hl.select(next_u, other, one), hl.select(next_u, third, other)
            lines.append(near + (far - near) * fu)
        upper, lower = hl.select(next_v, lines[1], lines[0]), hl.select(next_v, lines[2], lines[1])
        left, end, top, bottom = (area[n] for n in range(4))
        column = 2 * x + right
        inside = (across >= hl.f32(left - column)) & (across <= hl.f32(end - column))
        inside = inside & (down >= hl.f32(top - row)) & (down <= hl.f32(bottom - row)) & (whole_v < STEEP)
        self.found[x, y, site] = (hl.select(inside, upper + (lower - upper) * fv, hl.f32(CLIPPED)), gain)

    def schedule(self, tile: hl.LoopLevel) -> None:
        self.start.compute_at(tile).bound(site, 0, 4).reorder(x, site, y).unroll(site).vectorize(x, 8, FINE)
        # In vectors of a cell's columns, so that where these begin is one number.
        self.found.compute_at(tile).bound(site, 0, 4).align_bounds(x, CELL).vectorize(x, CELL, FINE)
        self.found.reorder(x, site, y).unroll(site)


class Hypothesis:
    """Where a frame's quads may come from, and how well they agree with the reference there."""

    def __init__(self, name: str, share: Share) -> None:
        self.mapping = CellMap(f"{name}_mapping", 2 * CELL)
        self.weight = hl.Func(f"{name}_weight")
        self.resampled = Resampled(name, self.mapping, share)
        self.found = self.resampled.found

        quad, local, sums, means, both = (hl.Func(f"{name}_{n}") for n in ("quad", "local", "sums", "means", "both"))
        terms = []
        for s in range(4):
            own, other = share.variance[x, y, s][0], share.variance[x, y, s][1]
            d = self.difference(s, share.here[x, y, s][0])
            terms.append(d * d / (own + other * self.found[x, y, s][1]))
        quad[x, y] = ordered_sum(terms) * 0.25
        own, other = share.variance[x, y, site][0], share.variance[x, y, site][1]
        local[x, y, site] = (
            self.difference(site, share.here[x, y, site][1]),
            own * hl.f32(GUIDE_NOISE) + other * self.found[x, y, site][1],
        )
        sums[x, y, site] = tuple(ordered_sum([local[x + n, y, site][w] for n in range(-2, 3)]) for w in (0, 1))
        means[x, y, site] = tuple(ordered_sum([sums[x, y + n, site][w] for n in range(-2, 3)]) for w in (0, 1))
        # Sums of 25 each: square over variance, and 25 of the sum's variance is that of one.
        evidence = [
            means[x, y, s][0] * means[x, y, s][0] / (means[x, y, s][1] * hl.f32(LOCAL_CORRELATION)) for s in range(4)
        ]
        both[x, y] = (quad[x, y], ordered_sum(evidence) * 0.25)
        around = [(i, j) for j in (-1, 0, 1) for i in (-1, 0, 1)]
        e, l_ = (ordered_sum([both[x + i, y + j][w] for i, j in around]) * hl.f32(1 / 9) for w in (0, 1))
        excess = hl.max(_excess(e, QUAD_THRESHOLD, QUAD_SLOPE), _excess(l_, LOCAL_THRESHOLD, LOCAL_SLOPE))
        if share.strict:
            excess = hl.max(
                _excess(e, STRICT_QUAD_THRESHOLD, STRICT_QUAD_SLOPE),
                _excess(l_, STRICT_LOCAL_THRESHOLD, STRICT_LOCAL_SLOPE),
            )
            excess = hl.max(excess, _excess(both[x, y][0], SINGLE_THRESHOLD, SINGLE_SLOPE))
        excess = excess * share.robustness
        w = 1.0 / (1.0 + excess * excess)
        alone, beside = hl.Func(f"{name}_alone"), hl.Func(f"{name}_beside")
        alone[x, y] = hl.select(w < hl.f32(LEAST_WEIGHT), 0.0, w)
        beside[x, y] = ordered_sum([alone[x + n, y] for n in range(-2, 3)])
        around_it = ordered_sum([beside[x, y + n] for n in range(-2, 3)]) * hl.f32(1 / 25)
        trust = hl.clamp((around_it - hl.f32(DISTRUSTED)) * hl.f32(1 / (TRUSTED - DISTRUSTED)), 0.0, 1.0)
        self.weight[x, y] = alone[x, y] * trust
        self.parts = (local, sums, means, both, alone, beside, self.weight)

    def difference(self, index: hl.Expr | int, light: hl.Expr) -> hl.Expr:
        """From this light at a site; 0 where the frame has none. Nothing is brighter than the reference can be."""
        value = self.found[x, y, index][0]
        return hl.select(value < KNOWN, hl.min(value, 1.0) - light, 0.0)

    def schedule(self, machine: Machine, tile: hl.LoopLevel, slide: Slide) -> None:
        local, sums, means, both, alone, beside, weight = self.parts
        alone.compute_at(tile)
        for func in (sums, both):
            func.store_at(tile).compute_at(alone, y).fold_storage(y, 8)
        local.compute_at(sums, y).hoist_storage(tile)
        means.compute_at(both, y).hoist_storage(tile)
        slide(beside)
        slide(weight)
        for func in self.parts:
            func.vectorize(x, machine.vector_floats, FINE)
        for func in (local, sums, means):
            func.bound(site, 0, 4).reorder(x, site, y).unroll(site)
        self.mapping.lines.compute_at(tile).bound(k, 0, 4)
        self.resampled.schedule(tile)


class Share:
    """What a frame adds to the mean: `state[x, y, k]`, three planes each of STATE for four sites.

    `planes` is the frame by quads, with at least MARGIN columns beside it; `area` its first and last column and row.
    """

    def __init__(self, hypotheses: int) -> None:
        self.planes, self.area = hl.ImageParam(hl.Float(32), 4, "planes"), hl.ImageParam(hl.Int(32), 1, "area")
        self.reference, self.guide = StoredLight("reference"), StoredLight("guide")
        self.own_noise, self.other_noise = (hl.ImageParam(hl.Float(32), 2, n) for n in ("own_noise", "other_noise"))
        self.gain_table = hl.ImageParam(hl.Float(32), 3, "gain_table")
        self.plane_gain = hl.ImageParam(hl.Float(32), 1, "plane_gain")
        self.robustness = hl.Param(hl.Float(32), "robustness")
        for noise in (self.own_noise, self.other_noise):
            noise.dim(0).set_bounds(0, 2)
            noise.dim(1).set_bounds(0, 4)
        self.planes.dim(2).set_bounds(0, 4)
        self.planes.dim(3).set_bounds(0, 3)
        self.area.dim(0).set_bounds(0, 4)
        self.plane_gain.dim(0).set_bounds(0, 4)
        for dimension, extent in enumerate(((FRACTIONS + 1) ** 2, 4, 3)):
            self.gain_table.dim(dimension).set_bounds(0, extent)

        self.here, self.variance = hl.Func("here"), hl.Func("variance")
        self.stored = [self.reference.rows("reference_stored"), self.guide.rows("guide_stored")]
        self.here[x, y, site] = tuple(
            hl.min(sensor.of(func[2 * x + site % 2, 2 * y + site // 2], site), 1.0)
            for func, sensor in zip(self.stored, (self.reference, self.guide), strict=True)
        )
        light = hl.max(self.here[x, y, site][1], 0.0)
        self.variance[x, y, site] = tuple(n[0, site] * light + n[1, site] for n in (self.own_noise, self.other_noise))

        self.strict = hypotheses > 1
        self.hypotheses = [Hypothesis(f"hypothesis_{n}", self) for n in range(hypotheses)]
        chosen, self.added, self.output = hl.Func("chosen"), hl.Func("added"), hl.Func("state")
        first = self.hypotheses[0]
        chosen[x, y, site] = (first.weight[x, y], first.found[x, y, site][0], first.found[x, y, site][1])
        if hypotheses == 2:
            second = self.hypotheses[1]
            w1, w2 = hl.f32(first.weight[x, y]), hl.f32(second.weight[x, y])
            better = w2 > w1 + hl.f32(OTHER_GAIN)
            chosen = hl.Func("better")
            chosen[x, y, site] = (
                hl.select(better, w2, w1),
                *(hl.select(better, second.found[x, y, site][n], first.found[x, y, site][n]) for n in (0, 1)),
            )
        weight, value, gain = (chosen[x, y, site][n] for n in range(3))
        own, other = self.variance[x, y, site][0], self.variance[x, y, site][1]
        share = hl.select(value < KNOWN, weight * (own / other), 0.0)
        noise = share * weight * gain * (1.0 / self.plane_gain[site])  # the square of the share times other / own
        self.added[x, y, site] = (share * hl.min(value, KNOWN), share, noise)
        output = self.output
        output[x, y, k] = hl.undef(hl.Float(32))
        parts = [self.added[x, y, k % 4][n] for n in range(len(STATE))]
        output[x, y, k] += hl.mux(k // 4, parts)

    @property
    def arguments(self) -> list[Any]:
        mappings = [h.mapping.entries for h in self.hypotheses]
        return [
            self.planes, self.area, *mappings, *self.reference.arguments, *self.guide.arguments, self.own_noise,
            self.other_noise, self.gain_table, self.plane_gain, self.robustness,
        ]  # fmt: skip

    def schedule(self, machine: Machine) -> None:
        tx, ty, xi, yi = (hl.Var(n) for n in ("tx", "ty", "xi", "yi"))
        update = self.output.update()
        self.output.bound(k, 0, 4 * len(STATE))
        update.unroll(k)
        update.tile(x, y, tx, ty, xi, yi, TILE_QUADS, TILE_ROWS, EXACT).reorder(k, xi, yi, tx, ty)
        update.vectorize(xi, machine.vector_floats, EXACT)
        if machine.parallel:
            update.fuse(tx, ty, tx).parallel(tx)
        tile, line = hl.LoopLevel(self.output, tx), hl.LoopLevel(self.output, yi)

        def slide(func: hl.Func) -> hl.Func:
            """Each row once, as the rows that are added come to need it."""
            return func.store_at(tile).compute_at(line)

        slide(self.added).bound(site, 0, 4).reorder(x, site, y).unroll(site)
        self.added.vectorize(x, machine.vector_floats, FINE)
        for func in self.stored:
            func.compute_at(tile).vectorize(x, machine.vector_shorts, FINE)
        for hypothesis in self.hypotheses:
            hypothesis.schedule(machine, tile, slide)


def accumulate(hypotheses: int, machine: Machine) -> Built:
    """A frame's `planes` onto `state`, by the better of 1 or 2 `hypotheses` of where they come from."""
    share = Share(hypotheses)
    share.schedule(machine)
    assert COLOURS == (0, 1, 1, 2)
    return share.output, share.arguments
