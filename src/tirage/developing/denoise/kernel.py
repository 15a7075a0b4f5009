"""Denoise: sliding 8x8 DCTs of a mosaic's quads, shrunk by a gain that looks at each coefficient's neighbours."""

from __future__ import annotations

from typing import Any

import halide as hl

from ...kernels.borders import mirror
from ...kernels.vocabulary import Machine
from ...noise.kernel import dct, gains, inverse_dct, ordered_sum
from . import BLOCK, PHASE_OFFSET, RULE, STEP, WHITE

x, y, m = hl.Var("x"), hl.Var("y"), hl.Var("m")
b, row = hl.Var("b"), hl.Var("row")  # blocks across; blocks, or rows of quads, down
j, i = hl.Var("j"), hl.Var("i")  # a quad's place between two blocks' first ones
k, l = hl.Var("k"), hl.Var("l")  # noqa: E741  frequencies across and down, or a quad's place in its block
c, site, phase = hl.Var("c"), hl.Var("site"), hl.Var("phase")

STRIP_ROWS = 256
PERIOD = 2 * STEP  # pixels from one block to the next
TILE_BLOCKS = 56  # with those that reach in from the left, 64


class OpponentPlanes:
    """A mosaic as `plane[b, j, row, c, phase]`: stabilised light of its quads in opponent colours, quad STEP * b + j.

    Coordinates place red at even columns of even rows. `stabilised[value, site]` is the stored value with noise of
    variance 1. `mix[site, plane]` is orthonormal.
    """

    def __init__(self) -> None:
        self.mosaic = hl.ImageParam(hl.UInt(16), 2, "mosaic")
        self.stabilised = hl.ImageParam(hl.Float(32), 2, "stabilised")
        self.mix = hl.ImageParam(hl.Float(32), 2, "mix")
        self.stabilised.dim(1).set_bounds(0, 4)
        self.mix.dim(0).set_bounds(0, 4)
        self.mix.dim(1).set_bounds(0, 4).set_stride(4)
        columns, rows = self.mosaic.dim(0), self.mosaic.dim(1)

        # The pixels of PERIOD columns lie apart, so that vectors run across blocks.
        self.light, self.plane = hl.Func("light"), hl.Func("plane")
        self.padded = hl.Func("padded")
        self.padded[x, y] = self.mosaic[mirror(x, columns.min(), columns.max()), mirror(y, rows.min(), rows.max())]
        value = hl.min(hl.i32(self.padded[PERIOD * b + m, y]), self.stabilised.dim(0).max())
        self.light[b, m, y] = self.stabilised[value, m % 2 + 2 * (y % 2)]

        def pixel(quad: hl.Expr, bit: int) -> hl.Expr:
            """Where a site lies; the second phase's quads begin PHASE_OFFSET pixels on, and their sites swap places."""
            return 2 * quad + PHASE_OFFSET * phase + bit + phase * (1 - 2 * bit)

        sites = []
        for index in range(4):
            column = pixel(j, index % 2)
            sites.append(self.light[b + column // PERIOD, column % PERIOD, pixel(row, index // 2)])
        self.plane[b, j, row, c, phase] = ordered_sum([sites[s] * self.mix[s, c] for s in range(4)])

    def schedule(self, machine: Machine, stored: hl.LoopLevel, computed: hl.LoopLevel, phases: int = 2) -> None:
        """The light slides down a tile, the planes are made where they are used."""
        inside = hl.Var("inside")
        self.plane.compute_at(computed).bound(j, 0, STEP).bound(c, 0, 4).bound(phase, 0, phases)
        self.plane.split(b, b, inside, machine.vector_floats, hl.TailStrategy.RoundUp).vectorize(inside)
        self.plane.reorder(inside, c, j, b, row, phase).unroll(c)
        self.light.store_at(stored).compute_at(computed).bound(m, 0, PERIOD).reorder(m, b, y).vectorize(m)
        self.light.fold_storage(y, 64)
        self.padded.compute_at(self.light, y).hoist_storage(stored).vectorize(
            x, machine.vector_shorts, hl.TailStrategy.RoundUp
        )


def cells(machine: Machine) -> tuple[hl.Func, list[Any]]:
    """`cells[b, row, c, phase]`: the opponent planes' means over STEP x STEP quads, with noise of variance 1."""
    opponent = OpponentPlanes()
    output, inside, yo, yi = hl.Func("cells"), hl.Var("inside"), hl.Var("yo"), hl.Var("yi")
    quads = [opponent.plane[b, n, STEP * row + r, c, phase] for r in range(STEP) for n in range(STEP)]
    output[b, row, c, phase] = ordered_sum(quads) * hl.f32(1 / STEP)
    output.compute_root().bound(c, 0, 4).bound(phase, 0, 2)
    output.split(b, b, inside, machine.vector_floats, hl.TailStrategy.GuardWithIf).vectorize(inside)
    output.split(row, yo, yi, 16, hl.TailStrategy.GuardWithIf).reorder(inside, b, c, phase, yi, yo)
    if machine.parallel:
        output.parallel(yo)
    opponent.schedule(machine, hl.LoopLevel(output, yo), hl.LoopLevel(output, yi))
    return output, [opponent.mosaic, opponent.stabilised, opponent.mix]


def of_phase(colour: hl.Func, number: int) -> hl.Expr:
    """The clean value of pixel (x, y) by one phase."""

    def quad(pixel: hl.Expr) -> hl.Expr:
        return pixel // 2 if number == 0 else (pixel + pixel % 2) // 2 - (PHASE_OFFSET + 1) // 2

    across, down = quad(x), quad(y)
    return colour[across // STEP, across % STEP, down % STEP, down // STEP, x % 2 + 2 * (y % 2), number]


def denoise(phases: int, machine: Machine) -> tuple[hl.Func, list[Any]]:
    """A 16-bit Bayer mosaic to a clean one by 1 or 2 `phases` of quads, with WHITE where it is `clip` or above.

    See `OpponentPlanes`; the output begins at (0, 0), the mosaic there or at 1. `restored[index, site]` takes
    stabilised light times `index_scale` back. `rule[entry, plane]` holds the gain's constants. `correction` is what is
    added to the `cells`.
    """
    opponent = OpponentPlanes()
    mosaic, mix, plane = opponent.mosaic, opponent.mix, opponent.plane
    columns, rows = mosaic.dim(0), mosaic.dim(1)
    clip = hl.Param(hl.UInt(16), "clip")
    restored = hl.ImageParam(hl.UInt(16), 2, "restored")
    index_scale = hl.Param(hl.Float(32), "index_scale")
    rule = hl.ImageParam(hl.Float(32), 2, "rule")
    correction = hl.ImageParam(hl.Float(32), 4, "correction")
    restored.dim(1).set_bounds(0, 4)
    rule.dim(0).set_bounds(0, len(RULE))
    rule.dim(1).set_bounds(0, 4).set_stride(len(RULE))

    # Transforms across are shared by all the blocks that a row of quads belongs to.
    across, down = hl.Func("across"), hl.Func("down")
    in_row = [plane[b + n // STEP, n % STEP, row, c, phase] for n in range(BLOCK)]
    across[b, k, row, c, phase] = hl.mux(k, dct(in_row))
    in_column = [across[b, k, STEP * row + n, c, phase] for n in range(BLOCK)]
    down[b, l, k, row, c, phase] = hl.mux(l, dct(in_column))

    energy, gain = gains(down, rule)
    weight, shrunk = hl.Func("weight"), hl.Func("shrunk")
    all_gains = [gain[b, m % BLOCK, m // BLOCK, row, c, phase] for m in range(BLOCK * BLOCK)]
    weight[b, row, c, phase] = 1 / ordered_sum([g * g for g in all_gains])
    coefficients = [
        down[b, n, k, row, c, phase] * gain[b, n, k, row, c, phase] * weight[b, row, c, phase] for n in range(BLOCK)
    ]
    # The mean of a block, from the coarser scale: half the sum of the cells it consists of.
    coarse, last = hl.Func("coarse"), [correction.dim(n) for n in range(2)]
    in_b, in_row = (hl.clamp(v, last[n].min(), last[n].max()) for n, v in enumerate((b, row)))
    coarse[b, row, c, phase] = correction[in_b, in_row, c, phase]
    cell = [[coarse[b + dx, row + dy, c, phase] for dx in range(BLOCK // STEP)] for dy in range(BLOCK // STEP)]
    change = ordered_sum([ordered_sum(line) for line in cell]) * 0.5 * weight[b, row, c, phase]
    coefficients[0] = coefficients[0] + hl.select(k == 0, change, 0)
    shrunk[b, i, k, row, c, phase] = hl.mux(i, [*inverse_dct(coefficients), weight[b, row, c, phase]])

    # Back: blocks overlap in fixed order, first down, then across.
    overlapped, back, total = hl.Func("overlapped"), hl.Func("back"), hl.Func("total")
    overlapped[b, i, k, row, c, phase] = shrunk[b, i, k, row, c, phase] + shrunk[b, i + STEP, k, row - 1, c, phase]
    back[b, j, i, row, c, phase] = hl.mux(j, inverse_dct([overlapped[b, i, n, row, c, phase] for n in range(BLOCK)]))
    total[b, row, c, phase] = shrunk[b, BLOCK, 0, row, c, phase] + shrunk[b, BLOCK, 0, row - 1, c, phase]
    clean, colour = hl.Func("clean"), hl.Func("colour")
    clean[b, j, i, row, c, phase] = (back[b, j, i, row, c, phase] + back[b - 1, j + STEP, i, row, c, phase]) / (
        total[b, row, c, phase] + total[b - 1, row, c, phase]
    )
    colour[b, j, i, row, site, phase] = ordered_sum([clean[b, j, i, row, n, phase] * mix[site, n] for n in range(4)])

    mean, output = hl.Func("mean"), hl.Func("denoised")
    own = x % 2 + 2 * (y % 2)
    mean[x, y] = ordered_sum([of_phase(colour, number) for number in range(phases)]) * hl.f32(1 / phases)
    index = hl.clamp(hl.i32(mean[x, y] * index_scale + 0.5), 0, restored.dim(0).max())
    given = mosaic[hl.clamp(x, columns.min(), columns.max()), hl.clamp(y, rows.min(), rows.max())]
    output[x, y] = hl.select(given >= clip, hl.u16(WHITE), restored[index, own])

    # The schedule: 12 MP by two phases in 0.22 CPU-s with AVX-512, 0.27 with AVX2, 0.38 with SSE4.1; by one in 0.14.
    # Strips of tiles whose rows of blocks slide down; all of a tile's storage has a constant width, without which
    # compiling takes minutes.
    lanes, fine = machine.vector_floats, hl.TailStrategy.RoundUp
    blocks = TILE_BLOCKS + 8
    tx, ty, xi, yi, xo, yo = (hl.Var(name) for name in ("tx", "ty", "xi", "yi", "xo", "yo"))
    output.compute_root().tile(x, y, tx, ty, xi, yi, TILE_BLOCKS * PERIOD, STRIP_ROWS, hl.TailStrategy.GuardWithIf)
    output.split(yi, yo, yi, PERIOD, hl.TailStrategy.GuardWithIf)
    output.vectorize(xi, machine.vector_shorts, hl.TailStrategy.GuardWithIf)
    output.fuse(tx, ty, tx)
    if machine.parallel:
        output.parallel(tx)
    tile, strip = hl.LoopLevel(output, tx), hl.LoopLevel(output, yo)
    inside = hl.Var("inside")
    block, one_plane = hl.LoopLevel(shrunk, b), hl.LoopLevel(shrunk, c)

    mean.compute_at(strip).align_bounds(x, PERIOD).align_bounds(y, PERIOD)
    mean.split(x, xo, xi, PERIOD).split(xo, xo, inside, 4, fine).vectorize(inside).split(y, yo, yi, 2)
    mean.reorder(inside, xi, yi, xo, yo).unroll(xi).unroll(yi)
    colour.store_at(tile).compute_at(strip).bound(site, 0, 4).bound(i, 0, STEP).bound(j, 0, STEP).bound(
        phase, 0, phases
    )
    colour.split(b, b, inside, 4, fine).vectorize(inside).reorder(inside, site, b, j, i, row, phase).unroll(site)
    colour.fold_storage(row, 2)
    back.compute_at(strip).bound(j, 0, BLOCK).bound(i, 0, STEP).bound(c, 0, 4).bound(phase, 0, phases)
    back.split(b, b, inside, lanes, fine).vectorize(inside).reorder(inside, j, b, i, row, c, phase).unroll(j)
    shrunk.store_at(tile).compute_at(strip).bound(i, 0, BLOCK + 1).bound(k, 0, BLOCK).bound(c, 0, 4).bound(
        phase, 0, phases
    )
    shrunk.split(b, b, inside, lanes, fine).vectorize(inside).reorder(inside, i, k, c, b, row, phase).unroll(i)
    shrunk.fold_storage(row, 4)
    weight.compute_at(one_plane).vectorize(b, lanes, fine)
    for func in (gain, energy):
        func.compute_at(one_plane).split(b, b, inside, lanes, fine).vectorize(inside)
        func.reorder(inside, l, k, b).unroll(l).unroll(k)
    gain.bound(k, 0, BLOCK).bound(l, 0, BLOCK)
    energy.bound(k, -1, BLOCK + 2).bound(l, -1, BLOCK + 2)
    down.compute_at(block).bound(l, 0, BLOCK).bound(k, 0, BLOCK).bound(c, 0, 4)
    down.split(b, b, inside, lanes, fine).vectorize(inside).reorder(inside, l, k, c, b).unroll(l)
    across.store_at(tile).compute_at(strip).bound(k, 0, BLOCK).bound(c, 0, 4).bound(phase, 0, phases)
    across.split(b, b, inside, lanes, fine).vectorize(inside).reorder(inside, k, b, c, row, phase).unroll(k)
    across.fold_storage(row, 16)
    opponent.schedule(machine, tile, strip, phases)
    coarse.compute_at(strip).bound(c, 0, 4).bound(phase, 0, phases).vectorize(b, lanes, fine)
    for func, extent in ((colour, TILE_BLOCKS + 4), (back, blocks), (shrunk, blocks), (across, blocks)):
        func.bound_storage(b, extent)
    return output, [mosaic, opponent.stabilised, mix, clip, restored, index_scale, rule, correction]
