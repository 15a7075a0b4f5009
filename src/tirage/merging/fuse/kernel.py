"""Fusing: a frame's light at every pixel in three colours; then its share of the mean, by how well it agrees."""

from __future__ import annotations

from typing import Any

import halide as hl

from ...kernels.vocabulary import Machine
from ...noise.kernel import ordered_sum
from ..kernel import CELL, CellMap, Lookup, StoredLight, c, k, site, x, y
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
    STATE,
    TRANSFER_CELL,
    TRUSTED,
)

Built = tuple[hl.Func, list[Any]]
EXACT, FINE = hl.TailStrategy.GuardWithIf, hl.TailStrategy.RoundUp
TILE_QUADS, TILE_ROWS = 64, 32
KNOWN = hl.f32(CLIPPED / 1e6)  # light from here on holds CLIPPED


def demosaic(machine: Machine) -> Built:
    """A stored mosaic to `planes[x, y, c]` by Malvar, He & Cutler (2004); CLIPPED where one nearby reaches `clip`.

    Light is multiplied by `balance[c]` while colours mix. Detail seen by another colour counts as much as this one is
    bright beside it nearby, at most in full; `faint` is light that tells none. See TRANSFER_CELL.
    """
    sensor, clip, faint = StoredLight("frame"), hl.Param(hl.Int(32), "clip"), hl.Param(hl.Float(32), "faint")
    balance = hl.ImageParam(hl.Float(32), 1, "balance")
    balance.dim(0).set_bounds(0, 3)
    light, stored, worst, output = (hl.Func(n) for n in ("light", "stored", "worst", "planes"))
    stored[x, y] = sensor.stored(x, y)
    even_column, even_row = x % 2 == 0, y % 2 == 0

    def by_site(red: hl.Expr, green_r: hl.Expr, green_b: hl.Expr, blue: hl.Expr) -> hl.Expr:
        return hl.select(even_row, hl.select(even_column, red, green_r), hl.select(even_column, green_b, blue))

    gain = by_site(balance[0], balance[1], balance[1], balance[2])
    light[x, y] = sensor.of(stored[x, y], x % 2 + 2 * (y % 2)) * gain
    worst[x, y] = hl.max(
        hl.max(stored[x, y], hl.max(stored[x, y - 1], stored[x, y + 1])), hl.max(stored[x, y - 2], stored[x, y + 2])
    )
    nearby = hl.max(
        hl.max(worst[x, y], hl.max(worst[x - 1, y], worst[x + 1, y])), hl.max(worst[x - 2, y], worst[x + 2, y])
    )

    transfer = Transfer(sensor, balance, faint)
    of_first, of_second = (hl.f32(transfer.lines[x, y // TRANSFER_CELL, 2 * (y % 2) + n]) for n in (0, 1))
    own = light[x, y]
    beside, above = light[x - 1, y] + light[x + 1, y], light[x, y - 1] + light[x, y + 1]
    beside_2, above_2 = light[x - 2, y] + light[x + 2, y], light[x, y - 2] + light[x, y + 2]
    corners = (light[x - 1, y - 1] + light[x + 1, y - 1]) + (light[x - 1, y + 1] + light[x + 1, y + 1])
    detail_4, detail_6 = 4 * own - (beside_2 + above_2), 6 * own - 1.5 * (beside_2 + above_2)
    detail_across = 5 * own - corners - beside_2 + 0.5 * above_2
    detail_down = 5 * own - corners - above_2 + 0.5 * beside_2
    green = (2 * (beside + above) + hl.select(even_row, of_first, of_second) * detail_4) * 0.125

    def other(of: hl.Expr) -> tuple[hl.Expr, hl.Expr, hl.Expr]:
        """Red or blue: at green beside it, at green below it, at blue or red."""
        return (
            (4 * beside + of * detail_across) * 0.125,
            (4 * above + of * detail_down) * 0.125,
            (2 * corners + of * detail_6) * 0.125,
        )

    (red_across, red_down, red_opposite), (blue_across, blue_down, blue_opposite) = other(of_first), other(of_second)
    colours = [
        by_site(own, red_across, red_down, red_opposite),
        by_site(green, own, own, green),
        by_site(blue_opposite, blue_down, blue_across, own),
    ]
    output[x, y, c] = hl.select(hl.i32(nearby) >= clip, hl.f32(CLIPPED), hl.mux(c, colours) / balance[c])
    strip, inside = hl.Var("strip"), hl.Var("inside")
    output.bound(c, 0, 3).split(y, strip, inside, 16, EXACT).reorder(c, x, inside, strip).unroll(c)
    output.vectorize(x, machine.vector_floats, EXACT)
    if machine.parallel:
        output.parallel(strip)
    for func in (stored, light, worst):
        func.store_at(output, strip).compute_at(output, inside).vectorize(x, machine.vector_floats, FINE)
    transfer.schedule(machine, hl.LoopLevel(output, strip))
    return output, [*sensor.arguments, clip, balance, faint]


class Transfer:
    """What detail of one colour counts for in another: `lines[column, cell down, k]`.

    k is twice the row's parity, plus 0 or 1: 0 is for the first in order of the colours that a site lacks, red, green,
    blue, 1 for the second.
    """

    def __init__(self, sensor: StoredLight, balance: hl.ImageParam, faint: hl.Param) -> None:
        self.columns, self.total, self.light, self.share, self.lines = (
            hl.Func(f"transfer_{n}") for n in ("columns", "total", "light", "share", "lines")
        )
        # Every other row of quads will do.
        rows = [hl.i32(sensor.stored(x, TRANSFER_CELL * y + site + row)) for row in range(0, TRANSFER_CELL, 4)]
        self.columns[x, y, site] = sum(rows[1:], rows[0])
        within = hl.RDom([(0, TRANSFER_CELL // 2)], "within")
        self.total[x, y, site] = 0
        self.total[x, y, site] += self.columns[TRANSFER_CELL * x + site % 2 + 2 * within, y, site // 2]
        samples = hl.f32(8 / TRANSFER_CELL**2)
        means = [sensor.of(hl.f32(self.total[x, y, s]) * samples, s) for s in range(4)]
        colours = (means[0], (means[1] + means[2]) * 0.5, means[3])
        self.light[x, y] = tuple(hl.max(m * balance[n], 0.0) + faint for n, m in enumerate(colours))
        # (to, of) at the sites R, G of even rows and G, B of odd ones.
        pairs = ((1, 0), (0, 1), (2, 0), (2, 1), (0, 1), (0, 2), (2, 1), (1, 2))
        shares = [hl.min(hl.f32(self.light[x, y][to]) / hl.f32(self.light[x, y][of]), 1.0) for to, of in pairs]
        self.share[x, y, k] = hl.mux(k, shares)
        cell = x // TRANSFER_CELL
        self.lines[x, y, k] = hl.select(x % 2 == 0, self.share[cell, y, 2 * k], self.share[cell, y, 2 * k + 1])

    def schedule(self, machine: Machine, strip: hl.LoopLevel) -> None:
        for func in (self.columns, self.total, self.light, self.share, self.lines):
            func.compute_at(strip)
        self.columns.vectorize(x, machine.vector_floats, FINE)
        self.total.bound(site, 0, 4).reorder(site, x, y).unroll(site)
        update = self.total.update()
        update.unroll(site)
        self.share.bound(k, 0, 8).reorder(k, x, y).unroll(k)
        self.lines.bound(k, 0, 4).align_bounds(x, TRANSFER_CELL).vectorize(x, TRANSFER_CELL, FINE)
        self.lines.reorder(k, x, y).unroll(k)


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


class Hypothesis:
    """Where a frame's quads may come from, and how well they agree with the reference there."""

    def __init__(self, name: str, share: Share) -> None:
        self.mapping = CellMap(f"{name}_mapping", 2 * CELL)
        planes, table = share.planes, share.gain_table
        self.place, self.value, self.gain, self.weight = (
            hl.Func(f"{name}_{n}") for n in ("place", "value", "gain", "weight")
        )
        column, row = 2 * x + site % 2, 2 * y + site // 2
        self.place[x, y, site] = self.mapping.displacement(column, row)
        colour = hl.select(site == 0, 0, site == 3, 2, 1)
        found = Lookup(planes, column, row, *(self.place[x, y, site][n] for n in (0, 1)), colour)
        self.value[x, y, site] = hl.select(found.inside, found.value, hl.f32(CLIPPED))
        step = hl.i32(found.fv * FRACTIONS + 0.5) * (FRACTIONS + 1) + hl.i32(found.fu * FRACTIONS + 0.5)
        parity = (found.v % 2) * 2 + found.u % 2
        self.gain[x, y, site] = table[hl.clamp(step, 0, (FRACTIONS + 1) ** 2 - 1), parity, colour]

        quad, local, sums, means, both = (hl.Func(f"{name}_{n}") for n in ("quad", "local", "sums", "means", "both"))
        terms = []
        for s in range(4):
            own, other = share.variance[x, y, s][0], share.variance[x, y, s][1]
            d = self.difference(s, share.here[x, y, s][0])
            terms.append(d * d / (own + other * self.gain[x, y, s]))
        quad[x, y] = ordered_sum(terms) * 0.25
        own, other = share.variance[x, y, site][0], share.variance[x, y, site][1]
        local[x, y, site] = (
            self.difference(site, share.here[x, y, site][1]),
            own * hl.f32(GUIDE_NOISE) + other * self.gain[x, y, site],
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
        excess = hl.max(hl.max(e - QUAD_THRESHOLD, 0.0) * QUAD_SLOPE, hl.max(l_ - LOCAL_THRESHOLD, 0.0) * LOCAL_SLOPE)
        excess = excess * share.robustness
        w = 1.0 / (1.0 + excess * excess)
        alone, beside = hl.Func(f"{name}_alone"), hl.Func(f"{name}_beside")
        alone[x, y] = hl.select(w < hl.f32(LEAST_WEIGHT), 0.0, w)
        beside[x, y] = ordered_sum([alone[x + n, y] for n in range(-2, 3)])
        around_it = ordered_sum([beside[x, y + n] for n in range(-2, 3)]) * hl.f32(1 / 25)
        trust = hl.clamp((around_it - hl.f32(DISTRUSTED)) * hl.f32(1 / (TRUSTED - DISTRUSTED)), 0.0, 1.0)
        self.weight[x, y] = alone[x, y] * trust
        self.parts = (self.value, self.gain, local, sums, means, both, alone, beside, self.weight)

    def difference(self, index: hl.Expr | int, light: hl.Expr) -> hl.Expr:
        """From this light at a site; 0 where the frame has none. Nothing is brighter than the reference can be."""
        value = self.value[x, y, index]
        return hl.select(value < KNOWN, hl.min(value, 1.0) - light, 0.0)

    def schedule(self, machine: Machine, tile: hl.LoopLevel) -> None:
        for func in self.parts:
            func.compute_at(tile).vectorize(x, machine.vector_floats, FINE)
        for func in self.parts[:5]:
            func.bound(site, 0, 4).reorder(x, y, site).unroll(site)
        self.mapping.lines.compute_at(tile).bound(k, 0, 4)
        # In vectors of a cell's columns, so that its entries are loaded once.
        self.place.compute_at(tile).bound(site, 0, 4).align_bounds(x, CELL).vectorize(x, CELL, FINE)
        self.place.reorder(x, site, y).unroll(site)


class Share:
    """What a frame adds to the mean: `state[x, y, k]`, three planes each of STATE for four sites."""

    def __init__(self, hypotheses: int) -> None:
        self.planes = hl.ImageParam(hl.Float(32), 3, "planes")
        self.reference, self.guide = StoredLight("reference"), StoredLight("guide")
        self.own_noise, self.other_noise = (hl.ImageParam(hl.Float(32), 2, n) for n in ("own_noise", "other_noise"))
        self.gain_table = hl.ImageParam(hl.Float(32), 3, "gain_table")
        self.plane_gain = hl.ImageParam(hl.Float(32), 1, "plane_gain")
        self.robustness = hl.Param(hl.Float(32), "robustness")
        for noise in (self.own_noise, self.other_noise):
            noise.dim(0).set_bounds(0, 2)
            noise.dim(1).set_bounds(0, 4)
        self.planes.dim(2).set_bounds(0, 3)
        self.plane_gain.dim(0).set_bounds(0, 4)
        for dimension, extent in enumerate(((FRACTIONS + 1) ** 2, 4, 3)):
            self.gain_table.dim(dimension).set_bounds(0, extent)

        self.here, self.variance = hl.Func("here"), hl.Func("variance")
        column, row = 2 * x + site % 2, 2 * y + site // 2
        self.here[x, y, site] = (
            hl.min(self.reference.at(column, row, site), 1.0),
            hl.min(self.guide.at(column, row, site), 1.0),
        )
        light = hl.max(self.here[x, y, site][1], 0.0)
        self.variance[x, y, site] = tuple(n[0, site] * light + n[1, site] for n in (self.own_noise, self.other_noise))

        self.hypotheses = [Hypothesis(f"hypothesis_{n}", self) for n in range(hypotheses)]
        chosen, self.added, self.output = hl.Func("chosen"), hl.Func("added"), hl.Func("state")
        first = self.hypotheses[0]
        chosen[x, y, site] = (first.weight[x, y], first.value[x, y, site], first.gain[x, y, site])
        if hypotheses == 2:
            second = self.hypotheses[1]
            w1, w2 = hl.f32(first.weight[x, y]), hl.f32(second.weight[x, y])
            better = w2 > w1 + hl.f32(OTHER_GAIN)
            chosen = hl.Func("better")
            chosen[x, y, site] = (
                hl.select(better, w2, w1),
                hl.select(better, hl.f32(second.value[x, y, site]), hl.f32(first.value[x, y, site])),
                hl.select(better, hl.f32(second.gain[x, y, site]), hl.f32(first.gain[x, y, site])),
            )
        weight, value, gain = (chosen[x, y, site][n] for n in range(3))
        own, other = self.variance[x, y, site][0], self.variance[x, y, site][1]
        share = hl.select(value < KNOWN, weight * (own / other), 0.0)
        noise = share * share * gain * (other / own) / self.plane_gain[site]
        self.added[x, y, site] = (share * hl.min(value, KNOWN), share, noise)
        output = self.output
        output[x, y, k] = hl.undef(hl.Float(32))
        parts = [self.added[x, y, k % 4][n] for n in range(len(STATE))]
        output[x, y, k] += hl.mux(k // 4, parts)

    @property
    def arguments(self) -> list[Any]:
        mappings = [h.mapping.entries for h in self.hypotheses]
        return [
            self.planes, *mappings, *self.reference.arguments, *self.guide.arguments, self.own_noise, self.other_noise,
            self.gain_table, self.plane_gain, self.robustness,
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
        tile = hl.LoopLevel(self.output, tx)
        self.added.compute_at(tile).bound(site, 0, 4).reorder(x, y, site).unroll(site)
        self.added.vectorize(x, machine.vector_floats, FINE)
        for func in (self.here, self.variance):
            func.compute_at(tile).bound(site, 0, 4).reorder(x, y, site).unroll(site)
            func.vectorize(x, machine.vector_floats, FINE)
        for hypothesis in self.hypotheses:
            hypothesis.schedule(machine, tile)


def accumulate(hypotheses: int, machine: Machine) -> Built:
    """A frame's `planes` onto `state`, by the better of 1 or 2 `hypotheses` of where they come from."""
    share = Share(hypotheses)
    share.schedule(machine)
    assert COLOURS == (0, 1, 1, 2)
    return share.output, share.arguments
