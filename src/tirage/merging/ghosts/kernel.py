"""Ghosts: how much the frames added to a reference contradict it, by windows of quads."""

from __future__ import annotations

from typing import Any

import halide as hl

from ...kernels.vocabulary import Machine
from ...noise.kernel import ordered_sum
from ..kernel import StoredLight, k, x, y
from . import CLOSE, PITCH, WIDE

TILE_CELLS, TILE_ROWS = 128, 24


def contradiction(machine: Machine) -> tuple[hl.Func, list[Any]]:
    """`contradiction[x, y, k]`, chi-squares per site over windows of CLOSE (k = 0) and WIDE quads that begin in a cell.

    Cells are PITCH x PITCH quads. `state` is that of a mean that was begun with `reference`, `noise[:, site]` are
    (scale, offset) of one frame's.
    """
    state, reference = hl.ImageParam(hl.Float(32), 3, "state"), StoredLight("reference")
    noise = hl.ImageParam(hl.Float(32), 2, "noise")
    state.dim(0).set_min(0)
    state.dim(1).set_min(0)
    state.dim(2).set_bounds(0, 12)
    noise.dim(0).set_bounds(0, 2)
    noise.dim(1).set_bounds(0, 4).set_stride(2)
    off, cell, close, wide, output = (hl.Func(n) for n in ("off", "cell", "close", "wide", "contradiction"))
    mosaic = reference.rows("reference_rows")

    differences, variances = [], []
    for s in range(4):
        total, others = state[x, y, s + 4], state[x, y, s + 8]
        each = 1.0 / total
        light, more = state[x, y, s] * each, (total - 1.0) * each
        own = hl.min(reference.of(mosaic[2 * x + s % 2, 2 * y + s // 2], s), 1.0)
        # At low frequencies frames have the noise of plain samples. A clipped sample of the reference that hardly
        # counts contradicts nothing.
        variance = (noise[0, s] * hl.max(light, 0.0) + noise[1, s]) * (more * more + others * each * each)
        differences.append(hl.select(others >= 0.0, light - own, 0.0))
        variances.append(hl.select(others >= 0.0, variance, 0.0))
    off[x, y] = (*differences, *variances)

    inside = [(i, j) for j in range(PITCH) for i in range(PITCH)]
    cell[x, y] = tuple(ordered_sum([off[PITCH * x + i, PITCH * y + j][n] for i, j in inside]) for n in range(8))
    chis = []
    for window, before, step in ((close, cell, CLOSE // PITCH // 2), (wide, close, WIDE // PITCH // 2)):
        parts = [(i, j) for j in (0, step) for i in (0, step)]
        window[x, y] = tuple(ordered_sum([before[x + i, y + j][n] for i, j in parts]) for n in range(8))
        sums, powers = ([window[x, y][s + n] for s in range(4)] for n in (0, 4))
        squares = [one * one / hl.max(power, hl.f32(1e-12)) for one, power in zip(sums, powers, strict=True)]
        chis.append(ordered_sum(squares) * 0.25)
    output[x, y, k] = hl.mux(k, chis)

    exact, fine = hl.TailStrategy.GuardWithIf, hl.TailStrategy.RoundUp
    tx, ty, xi, yi = (hl.Var(name) for name in ("tx", "ty", "xi", "yi"))
    output.bound(k, 0, 2).tile(x, y, tx, ty, xi, yi, TILE_CELLS, TILE_ROWS, exact).reorder(k, xi, yi, tx, ty)
    output.unroll(k).vectorize(xi, machine.vector_floats, exact)
    if machine.parallel:
        output.parallel(ty)
    tile = hl.LoopLevel(output, tx)
    close.compute_at(tile).vectorize(x, machine.vector_floats, hl.TailStrategy.ShiftInwards)
    cell.compute_at(tile).vectorize(x, machine.vector_floats, hl.TailStrategy.ShiftInwards)
    off.compute_at(cell, y).vectorize(x, machine.vector_floats, hl.TailStrategy.ShiftInwards)
    mosaic.compute_at(cell, y).vectorize(x, machine.vector_shorts, fine)
    return output, [state, *reference.arguments, noise]
