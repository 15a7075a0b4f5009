"""Denoise: sliding 8x8 DCTs of a mosaic's quads, shrunk by a gain that looks at each coefficient's neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import halide as hl

from ...kernels.borders import mirror
from ...kernels.vocabulary import Machine
from ...noise.kernel import dct, gains, inverse_dct, ordered_sum
from . import BLOCK, LAST_FINE, NEVER_FLAT, PHASE_OFFSET, RULE, STEP, WHITE, WINDOW

x, y, m = hl.Var("x"), hl.Var("y"), hl.Var("m")
b, row = hl.Var("b"), hl.Var("row")  # blocks across; blocks, or rows of quads, down
j, i = hl.Var("j"), hl.Var("i")  # a quad's place between two blocks' first ones
k, l = hl.Var("k"), hl.Var("l")  # noqa: E741  frequencies across and down, or a quad's place in its block
c, site, phase = hl.Var("c"), hl.Var("site"), hl.Var("phase")

STRIP_ROWS = 256
PERIOD = 2 * STEP  # pixels from one block to the next
TILE_BLOCKS = 56  # with those that reach in from the left, 64
FINE_TILE_BLOCKS = 120


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


class Blocks:
    """Sliding blocks of `plane[b, j, row, c, phase]`, sample STEP * b + j of a row, shrunk by `rule`: `clean[b, j, i,
    row, c, phase]`, sample j, i of STEP x STEP.

    `mean` holds what is added to each cell of STEP x STEP, times STEP. `window` (BLOCK,) weighs a block's samples;
    thresholds of the last frequency are `last` times the rule's.
    """

    def __init__(
        self,
        plane: hl.Func,
        rule: hl.ImageParam,
        planes: int,
        phases: int,
        mean: hl.Func | None = None,
        window: Sequence[float] | None = None,
        last: float = 1.0,
    ) -> None:
        self.planes, self.phases = planes, phases
        # Transforms across are shared by all the blocks that a row belongs to.
        self.across, self.down = hl.Func("across"), hl.Func("down")
        in_row = [plane[b + n // STEP, n % STEP, row, c, phase] for n in range(BLOCK)]
        self.across[b, k, row, c, phase] = hl.mux(k, dct(in_row))
        in_column = [self.across[b, k, STEP * row + n, c, phase] for n in range(BLOCK)]
        self.down[b, l, k, row, c, phase] = hl.mux(l, dct(in_column))

        self.energy, self.gain = gains(self.down, rule, last)
        self.weight, self.shrunk = hl.Func("weight"), hl.Func("shrunk")
        all_gains = [self.gain[b, m % BLOCK, m // BLOCK, row, c, phase] for m in range(BLOCK * BLOCK)]
        self.weight[b, row, c, phase] = 1 / ordered_sum([g * g for g in all_gains])
        weight = self.weight[b, row, c, phase]
        coefficients = [
            self.down[b, n, k, row, c, phase] * self.gain[b, n, k, row, c, phase] * weight for n in range(BLOCK)
        ]
        if mean:  # half the sum of the cells that the block consists of
            cell = [[mean[b + dx, row + dy, c, phase] for dx in range(BLOCK // STEP)] for dy in range(BLOCK // STEP)]
            change = ordered_sum([ordered_sum(line) for line in cell]) * 0.5 * weight
            coefficients[0] = coefficients[0] + hl.select(k == 0, change, 0)

        def windowed(values: list[hl.Expr]) -> list[hl.Expr]:
            return [value * hl.f32(w) for value, w in zip(values, window, strict=True)] if window else values

        self.shrunk[b, i, k, row, c, phase] = hl.mux(i, [*windowed(inverse_dct(coefficients)), weight])

        # Back: blocks overlap in fixed order, first down, then across.
        overlapped, self.back, total, self.clean = (hl.Func(n) for n in ("overlapped", "back", "total", "clean"))
        shrunk, back = self.shrunk, self.back
        overlapped[b, i, k, row, c, phase] = shrunk[b, i, k, row, c, phase] + shrunk[b, i + STEP, k, row - 1, c, phase]
        columns = inverse_dct([overlapped[b, i, n, row, c, phase] for n in range(BLOCK)])
        back[b, j, i, row, c, phase] = hl.mux(j, windowed(columns))

        def weighed(sample: hl.Var, one: hl.Expr, before: hl.Expr) -> hl.Expr:
            """The weights, at a sample of the cell, of a block that begins there and of the one before."""
            if not window:
                return one + before
            places = [(hl.f32(window[n]), hl.f32(window[n + STEP])) for n in range(STEP)]
            return one * hl.mux(sample, [w for w, _ in places]) + before * hl.mux(sample, [w for _, w in places])

        weights = [shrunk[b, BLOCK, 0, row - n, c, phase] for n in (0, 1)]
        total[b, i, row, c, phase] = weighed(i, *weights)
        self.clean[b, j, i, row, c, phase] = (
            back[b, j, i, row, c, phase] + back[b - 1, j + STEP, i, row, c, phase]
        ) / weighed(j, total[b, i, row, c, phase], total[b - 1, i, row, c, phase])

    def schedule(self, machine: Machine, tile: hl.LoopLevel, strip: hl.LoopLevel, count: int) -> None:
        """Rows of blocks slide down a tile of `count` blocks: all storage has a constant width, without which
        compiling takes minutes.
        """
        lanes, fine = machine.vector_floats, hl.TailStrategy.RoundUp
        inside = hl.Var("inside")
        across, down, shrunk, back, gain, energy = (
            getattr(self, name) for name in ("across", "down", "shrunk", "back", "gain", "energy")
        )
        block, one_plane = hl.LoopLevel(shrunk, b), hl.LoopLevel(shrunk, c)
        back.compute_at(strip).bound(j, 0, BLOCK).bound(i, 0, STEP)
        back.split(b, b, inside, lanes, fine).vectorize(inside).reorder(inside, j, b, i, row, c, phase).unroll(j)
        shrunk.store_at(tile).compute_at(strip).bound(i, 0, BLOCK + 1).bound(k, 0, BLOCK)
        shrunk.split(b, b, inside, lanes, fine).vectorize(inside).reorder(inside, i, k, c, b, row, phase).unroll(i)
        shrunk.fold_storage(row, 4)
        self.weight.compute_at(one_plane).vectorize(b, lanes, fine)
        for func in (gain, energy):
            func.compute_at(one_plane).split(b, b, inside, lanes, fine).vectorize(inside)
            func.reorder(inside, l, k, b).unroll(l).unroll(k)
        gain.bound(k, 0, BLOCK).bound(l, 0, BLOCK)
        energy.bound(k, -1, BLOCK + 2).bound(l, -1, BLOCK + 2)
        down.compute_at(block).bound(l, 0, BLOCK).bound(k, 0, BLOCK).bound(c, 0, self.planes)
        down.split(b, b, inside, lanes, fine).vectorize(inside).reorder(inside, l, k, c, b).unroll(l)
        across.store_at(tile).compute_at(strip).bound(k, 0, BLOCK)
        across.split(b, b, inside, lanes, fine).vectorize(inside).reorder(inside, k, b, c, row, phase).unroll(k)
        across.fold_storage(row, 16)
        for func in (back, shrunk, across):
            func.bound(c, 0, self.planes).bound(phase, 0, self.phases).bound_storage(b, count)


def in_tiles(output: hl.Func, blocks: int, period: int, machine: Machine) -> tuple[hl.LoopLevel, hl.LoopLevel]:
    """Make `output` in tiles of STRIP_ROWS rows, so many `blocks` wide, rows of blocks one after the other.

    Returns where a tile and where a row of blocks is made; a block begins every `period` pixels.
    """
    guard = hl.TailStrategy.GuardWithIf
    tx, ty, xi, yi, yo = (hl.Var(name) for name in ("tx", "ty", "xi", "yi", "yo"))
    output.compute_root().tile(x, y, tx, ty, xi, yi, blocks * period, STRIP_ROWS, guard)
    output.split(yi, yo, yi, period, guard).vectorize(xi, machine.vector_shorts, guard).fuse(tx, ty, tx)
    if machine.parallel:
        output.parallel(tx)
    return hl.LoopLevel(output, tx), hl.LoopLevel(output, yo)


def of_phase(colour: hl.Func, number: int) -> hl.Expr:
    """The clean value of pixel (x, y) by one phase."""

    def quad(pixel: hl.Expr) -> hl.Expr:
        return pixel // 2 if number == 0 else (pixel + pixel % 2) // 2 - (PHASE_OFFSET + 1) // 2

    across, down = quad(x), quad(y)
    return colour[across // STEP, across % STEP, down % STEP, down // STEP, x % 2 + 2 * (y % 2), number]


def denoise(phases: int, machine: Machine) -> tuple[hl.Func, list[Any]]:
    """A 16-bit Bayer mosaic to a clean one by 1 or 2 `phases` of quads, with WHITE where it is `clip` or above, unless
    that is 0.

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

    # The mean of a block, from the coarser scale: half the sum of the cells it consists of.
    coarse, last = hl.Func("coarse"), [correction.dim(n) for n in range(2)]
    in_b, in_row = (hl.clamp(v, last[n].min(), last[n].max()) for n, v in enumerate((b, row)))
    coarse[b, row, c, phase] = correction[in_b, in_row, c, phase]
    blocks = Blocks(plane, rule, planes=4, phases=phases, mean=coarse)
    clean, colour = blocks.clean, hl.Func("colour")
    colour[b, j, i, row, site, phase] = ordered_sum([clean[b, j, i, row, n, phase] * mix[site, n] for n in range(4)])

    mean, output = hl.Func("mean"), hl.Func("denoised")
    own = x % 2 + 2 * (y % 2)
    mean[x, y] = ordered_sum([of_phase(colour, number) for number in range(phases)]) * hl.f32(1 / phases)
    index = hl.clamp(hl.i32(mean[x, y] * index_scale + 0.5), 0, restored.dim(0).max())
    given = mosaic[hl.clamp(x, columns.min(), columns.max()), hl.clamp(y, rows.min(), rows.max())]
    output[x, y] = hl.select((given >= clip) & (clip > 0), hl.u16(WHITE), restored[index, own])

    # The schedule: 12 MP by two phases in 0.22 CPU-s with AVX-512, 0.27 with AVX2, 0.38 with SSE4.1; by one in 0.14.
    lanes, fine = machine.vector_floats, hl.TailStrategy.RoundUp
    count = TILE_BLOCKS + 8
    xi, yi, xo, yo, inside = (hl.Var(name) for name in ("xi", "yi", "xo", "yo", "inside"))
    tile, strip = in_tiles(output, TILE_BLOCKS, PERIOD, machine)

    mean.compute_at(strip).align_bounds(x, PERIOD).align_bounds(y, PERIOD)
    mean.split(x, xo, xi, PERIOD).split(xo, xo, inside, 4, fine).vectorize(inside).split(y, yo, yi, 2)
    mean.reorder(inside, xi, yi, xo, yo).unroll(xi).unroll(yi)
    colour.store_at(tile).compute_at(strip).bound(site, 0, 4).bound(i, 0, STEP).bound(j, 0, STEP).bound(
        phase, 0, phases
    )
    colour.split(b, b, inside, 4, fine).vectorize(inside).reorder(inside, site, b, j, i, row, phase).unroll(site)
    colour.fold_storage(row, 2)
    blocks.schedule(machine, tile, strip, count)
    opponent.schedule(machine, tile, strip, phases)
    coarse.compute_at(strip).bound(c, 0, 4).bound(phase, 0, phases).vectorize(b, lanes, fine)
    colour.bound_storage(b, TILE_BLOCKS + 4)
    return output, [mosaic, opponent.stabilised, mix, clip, restored, index_scale, rule, correction]


class ColourOfPixels:
    """What the sites of a mosaic, denoised roughly to `rough`, owe to colour: they less it are brightness alone.

    Where brightness changes colour does, so each site's excess over the brightness around it is a straight line of
    that brightness, fitted to the nearest sites of its kind.
    """

    def __init__(self, rough: hl.Func) -> None:
        self.level, self.excess = hl.Func("level"), hl.Func("excess")
        lines = [rough[x - 1, y + d] + rough[x, y + d] * 2 + rough[x + 1, y + d] for d in (-1, 0, 1)]
        self.level[x, y] = (lines[0] + lines[1] * 2 + lines[2]) * hl.f32(1 / 16)
        self.excess[x, y] = rough[x, y] - self.level[x, y]

        # Sums of three rows, then of three columns, of sites two pixels apart.
        self.sums = hl.Func("sums")
        three = [(self.level[x, y + d], self.excess[x, y + d]) for d in (-2, 0, 2)]
        products = [(level, excess, level * level, level * excess) for level, excess in three]
        self.sums[x, y] = tuple(products[0][n] + products[1][n] + products[2][n] for n in range(4))
        ninth = hl.f32(1 / 9)
        level, excess, square, product = (
            (self.sums[x - 2, y][n] + self.sums[x, y][n] + self.sums[x + 2, y][n]) * ninth for n in range(4)
        )
        slope = (product - level * excess) / (hl.max(square - level * level, 0) + hl.f32(NEVER_FLAT))
        self.line, self.lines = hl.Func("line"), hl.Func("lines")
        self.line[x, y] = (slope, excess - slope * level)
        self.lines[x, y] = tuple(self.line[x, y - 2][n] + self.line[x, y][n] + self.line[x, y + 2][n] for n in range(2))
        self.colour = hl.Func("colour")
        slope, start = ((self.lines[x - 2, y][n] + self.lines[x, y][n] + self.lines[x + 2, y][n]) for n in range(2))
        self.colour[x, y] = (slope * self.level[x, y] + start) * ninth

    def schedule(self, machine: Machine, tile: hl.LoopLevel, strip: hl.LoopLevel) -> None:
        """Rows slide down a tile."""
        lanes, fine = machine.vector_floats, hl.TailStrategy.RoundUp
        for func, kept in ((self.level, 32), (self.line, 16), (self.colour, 16)):
            func.store_at(tile).compute_at(strip).vectorize(x, lanes, fine).fold_storage(y, kept)
        self.sums.compute_at(self.line, y).vectorize(x, lanes, fine)
        self.lines.compute_at(self.colour, y).vectorize(x, lanes, fine)


def denoise_brightness(machine: Machine) -> tuple[hl.Func, list[Any]]:
    """A 16-bit Bayer mosaic, once more: its brightness at the picture's own resolution, `share` of it into the result.

    `rough` is the result of `denoise` before it is `restored`; what colour adds is taken from it. The others are as
    there; `rule` has one plane.
    """
    mosaic, stabilised = hl.ImageParam(hl.UInt(16), 2, "mosaic"), hl.ImageParam(hl.Float(32), 2, "stabilised")
    rough, restored = hl.ImageParam(hl.UInt(16), 2, "rough"), hl.ImageParam(hl.UInt(16), 2, "restored")
    clip, index_scale = hl.Param(hl.UInt(16), "clip"), hl.Param(hl.Float(32), "index_scale")
    rule, share = hl.ImageParam(hl.Float(32), 2, "rule"), hl.Param(hl.Float(32), "share")
    columns, rows = mosaic.dim(0), mosaic.dim(1)
    stabilised.dim(1).set_bounds(0, 4)
    restored.dim(1).set_bounds(0, 4)
    rule.dim(0).set_bounds(0, len(RULE))
    rule.dim(1).set_bounds(0, 1)

    at = mirror(x, columns.min(), columns.max()), mirror(y, rows.min(), rows.max())
    own = x % 2 + 2 * (y % 2)
    padded, first, brightness, plane = (hl.Func(name) for name in ("padded", "first", "brightness", "plane"))
    first[x, y] = hl.f32(hl.min(hl.i32(rough[at]), restored.dim(0).max())) * (1 / index_scale)
    colours = ColourOfPixels(first)
    padded[x, y] = mosaic[at]
    light = stabilised[hl.min(hl.i32(padded[x, y]), stabilised.dim(0).max()), own]
    brightness[x, y] = light - colours.colour[x, y]
    plane[b, j, row, c, phase] = brightness[STEP * b + j, row]

    # A block's mean is left to the quads, whose blocks are twice as wide.
    of_columns, removed = hl.Func("of_columns"), hl.Func("removed")
    lost = [(first[x, STEP * row + r], colours.colour[x, STEP * row + r]) for r in range(STEP)]
    of_rows = [f - colour - brightness[x, STEP * row + r] for r, (f, colour) in enumerate(lost)]
    of_columns[x, row] = ordered_sum(of_rows) * hl.f32(1 / STEP)
    removed[b, row, c, phase] = ordered_sum([of_columns[STEP * b + n, row] for n in range(STEP)])
    blocks = Blocks(plane, rule, planes=1, phases=1, mean=removed, window=WINDOW, last=LAST_FINE)
    cell, clean, output = hl.Func("cell"), hl.Func("clean_brightness"), hl.Func("denoised")
    cell[b, j, i, row] = blocks.clean[b, j, i, row, 0, 0]
    clean[x, y] = cell[x // STEP, x % STEP, y % STEP, y // STEP]
    change = clean[x, y] + colours.colour[x, y] - first[x, y]
    index = hl.clamp(hl.i32((first[x, y] + change * share) * index_scale + 0.5), 0, restored.dim(0).max())
    given = mosaic[hl.clamp(x, columns.min(), columns.max()), hl.clamp(y, rows.min(), rows.max())]
    output[x, y] = hl.select(given >= clip, hl.u16(WHITE), restored[index, own])

    # The schedule: as above; 12 MP in 0.19 CPU-s with AVX-512, half of it for the colour of pixels.
    lanes, fine = machine.vector_floats, hl.TailStrategy.RoundUp
    xi, yi, xo, yo, inside = (hl.Var(name) for name in ("xi", "yi", "xo", "yo", "inside"))
    tile, strip = in_tiles(output, FINE_TILE_BLOCKS, STEP, machine)
    clean.compute_at(strip).align_bounds(x, STEP).align_bounds(y, STEP)
    clean.split(x, xo, xi, STEP).split(xo, xo, inside, lanes, fine).vectorize(inside).split(y, yo, yi, STEP)
    clean.reorder(inside, xi, yi, xo, yo).unroll(xi).unroll(yi)
    cell.compute_at(strip).hoist_storage(tile).bound(i, 0, STEP).bound(j, 0, STEP).bound_storage(
        b, FINE_TILE_BLOCKS + 8
    )
    cell.split(b, b, inside, lanes, fine).vectorize(inside).reorder(inside, j, i, b, row).unroll(j).unroll(i)
    blocks.schedule(machine, tile, strip, FINE_TILE_BLOCKS + 2 * lanes)
    plane.compute_at(strip).hoist_storage(tile).bound(j, 0, STEP).bound(c, 0, 1).bound(phase, 0, 1)
    plane.split(b, b, inside, lanes, fine).vectorize(inside).reorder(inside, j, b, row, c, phase).unroll(j)
    of_columns.store_at(tile).compute_at(strip).vectorize(x, lanes, fine).fold_storage(row, 4)
    removed.store_at(tile).compute_at(strip).bound(c, 0, 1).bound(phase, 0, 1).vectorize(b, lanes, fine)
    removed.fold_storage(row, 4)
    brightness.compute_at(strip).hoist_storage(tile).vectorize(x, lanes, fine)
    padded.compute_at(brightness, y).hoist_storage(tile).vectorize(x, machine.vector_shorts, fine)
    colours.schedule(machine, tile, strip)
    first.store_at(tile).compute_at(strip).vectorize(x, machine.vector_shorts, fine).fold_storage(y, 32)
    return output, [mosaic, stabilised, rough, clip, restored, index_scale, rule, share]
