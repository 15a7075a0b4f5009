"""Shrinking: sliding 8x8 DCTs of a mean's quads, by the noise that is left at every place and frequency."""

from __future__ import annotations

import math
from typing import Any

import halide as hl

from ...kernels.vocabulary import Machine
from ...noise.kernel import dct, gains, inverse_dct, ordered_sum
from ...noise.shrinkage import BLOCK, RULE, STEP
from ...photo.levels import WHITE
from ..fuse import FAINT_NOISE
from ..kernel import site, x, y
from . import CLIPPED_BY_NOISE, FEWER, SMOOTH

b, row, c, phase = hl.Var("b"), hl.Var("row"), hl.Var("c"), hl.Var("phase")
j, i, m = hl.Var("j"), hl.Var("i"), hl.Var("m")
k, l = hl.Var("k"), hl.Var("l")  # noqa: E741  frequencies across and down

STRIP_ROWS = 128  # quads
#: What a block's values count for along each way, by their distance from its edges.
WINDOW = [hl.f32(math.sin(math.pi * (n + 0.5) / BLOCK) ** 2) for n in range(BLOCK)]
TILE_BLOCKS = 56  # with those that reach in from the left, 64


def shrink(machine: Machine) -> tuple[hl.Func, list[Any]]:
    """The `state` of a mean onto `shrunk[x, y]`, a uint16 mosaic with red at even columns of even rows.

    It holds the shrunk reference, which keeps a share where less was added than elsewhere and nothing but smooth shades
    is seen. `alone`: that share, and stored units to those of the reference; `usual_rows[y]` and `usual_columns[x]`:
    one by the weight there where all frames agree, the greater of both counts.

    `noise[:, site]` are (scale, offset) of one frame's; `mix[site, plane]` is orthonormal; `profile[k, l, plane]` is
    the noise of resampled frames, 1 on average, `carried[k, l, plane]` what they show of detail; `rule` as in
    `noise.shrinkage`. `levels`: black, units of light 1, white, and the light that counts as clipped.
    """
    state = hl.ImageParam(hl.Float(32), 3, "state")
    noise, mix = hl.ImageParam(hl.Float(32), 2, "noise"), hl.ImageParam(hl.Float(32), 2, "mix")
    profile, carried = (hl.ImageParam(hl.Float(32), 3, name) for name in ("profile", "carried"))
    rule = hl.ImageParam(hl.Float(32), 2, "rule")
    levels, alone, usual_rows, usual_columns = (
        hl.ImageParam(hl.Float(32), 1, name) for name in ("levels", "alone", "usual_rows", "usual_columns")
    )
    state.dim(0).set_min(0)
    state.dim(1).set_min(0)
    state.dim(2).set_bounds(0, 12)
    levels.dim(0).set_bounds(0, 4)
    alone.dim(0).set_bounds(0, 2)
    usual_rows.dim(0).set_bounds(0, state.dim(1).extent())
    usual_columns.dim(0).set_bounds(0, state.dim(0).extent())
    noise.dim(0).set_bounds(0, 2)
    noise.dim(1).set_bounds(0, 4).set_stride(2)
    mix.dim(0).set_bounds(0, 4)
    mix.dim(1).set_bounds(0, 4).set_stride(4)
    for dimension, extent in enumerate((BLOCK, BLOCK, 4)):
        profile.dim(dimension).set_bounds(0, extent)
        carried.dim(dimension).set_bounds(0, extent)
    rule.dim(0).set_bounds(0, len(RULE))
    rule.dim(1).set_bounds(0, 4).set_stride(len(RULE))

    # Light with even noise, and what is left of the noise: white from the reference, coloured from the others.
    wide, high = state.dim(0).extent(), state.dim(1).extent()

    def inside(value: hl.Expr, extent: hl.Expr) -> hl.Expr:
        """Mirrored once, edges repeated beyond."""
        reflected = hl.select(value < 0, -1 - value, value >= extent, 2 * extent - 1 - value, value)
        return hl.clamp(reflected, 0, extent - 1)

    stable = hl.Func("stable")
    at_x, at_y = inside(x, wide), inside(y, high)
    total = state[at_x, at_y, site + 4]
    light = state[at_x, at_y, site] / total
    scale, floor = noise[0, site], 0.375 * noise[0, site] * noise[0, site] + noise[1, site]
    up = hl.max(light, 0.0)
    even = 2.0 * up / (hl.sqrt(scale * up + floor) + hl.sqrt(floor)) + hl.min(light, 0.0) / hl.sqrt(floor)
    squared, others = 1.0 / (total * total), state[at_x, at_y, site + 8]
    faint = others < hl.f32(FAINT_NOISE / 2)  # here the others are alone
    white = hl.select(faint, 0.0, squared)
    coloured = hl.select(faint, others - hl.f32(FAINT_NOISE), others) * squared
    stable[x, y, site] = (even, white, coloured)

    plane = hl.Func("plane")
    plane[b, j, row, c] = ordered_sum([stable[STEP * b + j, row, s][0] * mix[s, c] for s in range(4)])
    # The noise of cells of STEP x STEP quads by plane, then of blocks, which are four cells: the root of their mean
    # square, for noise in a part of a block looks more like detail than noise everywhere.
    cell, block_noise, own_share = hl.Func("cell"), hl.Func("block_noise"), hl.Func("own_share")
    for_sites = hl.Func("cell_sites")
    for_sites[b, row, site] = tuple(
        ordered_sum([stable[STEP * b + n, STEP * row + r, site][w] for r in range(STEP) for n in range(STEP)])
        for w in (1, 2)
    )
    cell[b, row, c] = tuple(
        ordered_sum([for_sites[b, row, s][w] * mix[s, c] * mix[s, c] for s in range(4)]) for w in (0, 1)
    )
    cells = [cell[b + dx, row + dy, c] for dy in (0, 1) for dx in (0, 1)]
    sums = [ordered_sum([one[w] for one in cells]) for w in (0, 1)]
    squares = ordered_sum([(one[0] + one[1]) * (one[0] + one[1]) for one in cells])
    uneven = hl.sqrt(squares) * hl.f32(2 / BLOCK**2) / hl.max(sums[0] + sums[1], hl.f32(1e-9))
    block_noise[b, row, c] = (sums[0] * uneven, sums[1] * uneven)
    own_share[b, row, c] = hl.sqrt(hl.min(sums[0] * hl.f32(1 / BLOCK**2), 1.0))

    across, spectrum, deviation, down = (hl.Func(n) for n in ("across", "spectrum", "deviation", "down"))
    across[b, k, row, c] = hl.mux(k, dct([plane[b + n // STEP, n % STEP, row, c] for n in range(BLOCK)]))
    spectrum[b, l, k, row, c] = hl.mux(l, dct([across[b, k, STEP * row + n, c] for n in range(BLOCK)]))
    white, coloured = (block_noise[b, row, c][w] for w in (0, 1))
    deviation[b, l, k, row, c] = hl.sqrt(hl.max(white + coloured * profile[k, l, c], hl.f32(1e-6)))
    down[b, l, k, row, c, phase] = spectrum[b, l, k, row, c] / deviation[b, l, k, row, c]

    energy, gain = gains(down, rule)
    weight, shrunk, restored = hl.Func("weight"), hl.Func("shrunk"), hl.Func("restored")
    # What resampling took of detail is given back, where there is detail.
    one, lost = gain[b, l, k, row, c, 0], 1.0 - carried[k, l, c]
    lost = lost * (1.0 - own_share[b, row, c])
    restored[b, l, k, row, c] = one + one * one * one * lost / (1.0 - lost)
    kept = [
        restored[b, n % BLOCK, n // BLOCK, row, c] * deviation[b, n % BLOCK, n // BLOCK, row, c]
        for n in range(BLOCK * BLOCK)
    ]
    weight[b, row, c] = 1.0 / ordered_sum([g * g for g in kept])
    coefficients = [spectrum[b, n, k, row, c] * restored[b, n, k, row, c] * weight[b, row, c] for n in range(BLOCK)]
    rows = [value * WINDOW[n] for n, value in enumerate(inverse_dct(coefficients))]
    # What of the noise a block keeps: little where shades are smooth.
    left_there = 1.0 / (weight[b, row, c] * (block_noise[b, row, c][0] + block_noise[b, row, c][1]) * BLOCK**2)
    shrunk[b, i, k, row, c] = hl.mux(i, [*rows, hl.select(k == 1, left_there, weight[b, row, c])])

    # Back: blocks overlap in fixed order, first down, then across; windows hide where they end.
    overlapped, back, weights = hl.Func("overlapped"), hl.Func("back"), hl.Func("weights")
    overlapped[b, i, k, row, c] = shrunk[b, i, k, row, c] + shrunk[b, i + STEP, k, row - 1, c]
    columns = inverse_dct([overlapped[b, i, n, row, c] for n in range(BLOCK)])
    back[b, j, i, row, c] = hl.mux(j, [value * WINDOW[n] for n, value in enumerate(columns)])
    windows = [hl.mux(v, [WINDOW[n + first] for n in range(STEP)]) for v in (i, j) for first in (0, STEP)]
    weights[b, i, row, c] = shrunk[b, BLOCK, 0, row, c] * windows[0] + shrunk[b, BLOCK, 0, row - 1, c] * windows[1]
    clean, colour = hl.Func("clean"), hl.Func("colour")
    clean[b, j, i, row, c] = (back[b, j, i, row, c] + back[b - 1, j + STEP, i, row, c]) / (
        weights[b, i, row, c] * windows[2] + weights[b - 1, i, row, c] * windows[3]
    )
    colour[b, j, i, row, site] = ordered_sum([clean[b, j, i, row, n] * mix[site, n] for n in range(4)])

    # Light again (algebraic inverse; what averaging under a curve has lowered is given back, Makitalo & Foi 2013).
    output, result = hl.Func("shrunk_mosaic"), hl.Func("result")
    value = colour[x // STEP, x % STEP, y % STEP, y // STEP, site]
    up = hl.max(value, 0.0)
    left = stable[x, y, site][1] + stable[x, y, site][2]
    light = up * (hl.sqrt(floor) + up * scale * 0.25) + hl.min(value, 0.0) * hl.sqrt(floor) + 0.25 * scale * left
    # What all frames clip is white; what few do may be their noise, and is white where light is near it.
    given, added = (state[hl.clamp(x, 0, wide - 1), hl.clamp(y, 0, high - 1), site + n] for n in (0, 4))
    margin = hl.f32(CLIPPED_BY_NOISE) * hl.sqrt(scale * levels[3] + noise[1, site])
    full = (given >= levels[3] * added) & (light >= levels[3] - margin * hl.max(added, 1.0))
    stored = hl.select(full, levels[2], hl.clamp(light * levels[1] + levels[0] + 0.5, 0.0, levels[2]))
    result[x, y, site] = hl.u16(stored)
    # Where few frames were added, the reference alone keeps a share of what is smooth: as good, and what one has lost
    # the other may have.
    share, smooth = hl.Func("share"), hl.Func("smooth")
    around = [shrunk[b - n % 2, BLOCK, 1, row - n // 2, 0] for n in range(4)]
    smooth[b, row] = hl.clamp((SMOOTH[1] - 0.25 * ordered_sum(around)) * (1 / (SMOOTH[1] - SMOOTH[0])), 0.0, 1.0)
    weight_here, others_here = state[at_x, at_y, 5], state[at_x, at_y, 9]
    missing = 1.0 - weight_here * hl.max(usual_rows[at_y], usual_columns[at_x])
    fewer = hl.clamp((missing - FEWER[0]) * (1 / (FEWER[1] - FEWER[0])), 0.0, 1.0)
    share[x, y] = hl.select(others_here < 0.0, 0.0, alone[0] * fewer * smooth[x // STEP, y // STEP])
    merged, part = result[x // 2, y // 2, x % 2 + 2 * (y % 2)], share[x // 2, y // 2]
    output[x, y] = hl.undef(hl.UInt(16))
    value, own = hl.f32(merged), (hl.f32(output[x, y]) - levels[0]) * alone[1] + levels[0]
    blended = hl.clamp(value + part * (own - value) + 0.5, 0.0, levels[2])
    # What noise alone has clipped is white in the reference, too.
    shared = (part > 0.0) & (value < levels[2]) & (output[x, y] < hl.u16(WHITE))
    output[x, y] = hl.select(shared, hl.u16(blended), merged)

    lanes, fine = machine.vector_floats, hl.TailStrategy.RoundUp
    tx, ty, xi, yi, xo, yo = (hl.Var(name) for name in ("tx", "ty", "xi", "yi", "xo", "yo"))
    inner = hl.Var("inner")
    exact = hl.TailStrategy.GuardWithIf
    update = output.update()
    update.tile(x, y, tx, ty, xi, yi, 2 * TILE_BLOCKS * STEP, 2 * STRIP_ROWS, exact)
    update.split(yi, yo, yi, 2 * STEP, exact).vectorize(xi, machine.vector_shorts, exact)
    update.fuse(tx, ty, tx)
    if machine.parallel:
        update.parallel(tx)
    tile, strip = hl.LoopLevel(output, tx), hl.LoopLevel(output, yo)
    block, one_plane = hl.LoopLevel(shrunk, b), hl.LoopLevel(shrunk, c)

    share.compute_at(strip).align_bounds(x, STEP).vectorize(x, STEP, fine)
    smooth.compute_at(strip).vectorize(b, 4, fine)
    result.compute_at(strip).align_bounds(x, STEP).align_bounds(y, STEP).bound(site, 0, 4)
    result.split(x, xo, xi, STEP).split(xo, xo, inner, 4, fine).vectorize(inner).split(y, yo, yi, STEP)
    result.reorder(inner, xi, yi, site, xo, yo).unroll(xi).unroll(yi).unroll(site)
    colour.compute_at(strip).bound(site, 0, 4).bound(i, 0, STEP).bound(j, 0, STEP)
    colour.split(b, b, inner, 4, fine).vectorize(inner).reorder(inner, site, b, j, i, row).unroll(site)
    back.compute_at(strip).bound(j, 0, BLOCK).bound(i, 0, STEP).bound(c, 0, 4)
    back.split(b, b, inner, lanes, fine).vectorize(inner).reorder(inner, j, b, i, row, c).unroll(j)
    shrunk.store_at(tile).compute_at(strip).bound(i, 0, BLOCK + 1).bound(k, 0, BLOCK).bound(c, 0, 4)
    shrunk.split(b, b, inner, lanes, fine).vectorize(inner).reorder(inner, i, k, c, b, row).unroll(i)
    shrunk.fold_storage(row, 4)
    weight.compute_at(one_plane).vectorize(b, lanes, fine)
    for func in (restored, gain, energy):
        func.compute_at(one_plane).split(b, b, inner, lanes, fine).vectorize(inner)
        func.reorder(inner, l, k, b).unroll(l).unroll(k)
    for func in (restored, gain):
        func.bound(k, 0, BLOCK).bound(l, 0, BLOCK)
    energy.bound(k, -1, BLOCK + 2).bound(l, -1, BLOCK + 2)
    for func in (spectrum, deviation):
        func.compute_at(block).bound(l, 0, BLOCK).bound(k, 0, BLOCK).bound(c, 0, 4)
        func.split(b, b, inner, lanes, fine).vectorize(inner).reorder(inner, l, k, c, b)
        func.unroll(l)
    down.compute_at(block).bound(l, 0, BLOCK).bound(k, 0, BLOCK).bound(c, 0, 4).bound(phase, 0, 1)
    down.split(b, b, inner, lanes, fine).vectorize(inner).reorder(inner, l, k, c, b).unroll(l)
    for func in (block_noise, own_share):
        func.compute_at(block).bound(c, 0, 4).vectorize(b, lanes, fine)
    across.store_at(tile).compute_at(strip).bound(k, 0, BLOCK).bound(c, 0, 4)
    across.split(b, b, inner, lanes, fine).vectorize(inner).reorder(inner, k, b, c, row).unroll(k)
    across.fold_storage(row, 16)
    cell.store_at(tile).compute_at(strip).bound(c, 0, 4).fold_storage(row, 4).vectorize(b, lanes, fine)
    for_sites.compute_at(strip).bound(site, 0, 4).vectorize(b, lanes, fine)
    plane.compute_at(strip).bound(j, 0, STEP).bound(c, 0, 4)
    plane.split(b, b, inner, lanes, fine).vectorize(inner).reorder(inner, c, j, b, row).unroll(c)
    stable.store_at(tile).compute_at(strip).bound(site, 0, 4).vectorize(x, lanes, fine).fold_storage(y, 32)
    blocks = TILE_BLOCKS + 8
    for func, extent in ((colour, TILE_BLOCKS + 4), (back, blocks), (shrunk, blocks), (across, blocks)):
        func.bound_storage(b, extent)
    return output, [state, noise, mix, profile, carried, rule, levels, alone, usual_rows, usual_columns]
