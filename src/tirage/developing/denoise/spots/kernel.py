"""Spots: colour that was taken away, given back where it stands out of the noise."""

from __future__ import annotations

from typing import Any

import halide as hl

from ....kernels.borders import mirror
from ....kernels.vocabulary import Machine
from .. import WHITE
from . import EVEN, MOST, OF_SALIENT, OF_SMOOTH, SALIENT, SHARP, SOFTNESS, UNEVEN

x, y = hl.Var("x"), hl.Var("y")

TILE = (512, 64)  #: pixels


def spots(machine: Machine) -> tuple[hl.Func, list[Any]]:
    """A denoised 16-bit Bayer mosaic with its small coloured things, WHITE where it was `clip` or above, unless that
    is 0.

    `mosaic` is the noisy one, `stabilised[value, site]` its light with noise of variance 1, `mix[site, plane]` makes
    opponent colours of it; `rough` is the denoised one, times `index_scale`, and `restored` takes such back.
    `strictness` is what the noise's variance is thought to be.
    """
    mosaic, stabilised = hl.ImageParam(hl.UInt(16), 2, "mosaic"), hl.ImageParam(hl.Float(32), 2, "stabilised")
    rough, restored = hl.ImageParam(hl.UInt(16), 2, "rough"), hl.ImageParam(hl.UInt(16), 2, "restored")
    mix, strictness = hl.ImageParam(hl.Float(32), 2, "mix"), hl.Param(hl.Float(32), "strictness")
    clip, index_scale = hl.Param(hl.UInt(16), "clip"), hl.Param(hl.Float(32), "index_scale")
    stabilised.dim(1).set_bounds(0, 4)
    restored.dim(1).set_bounds(0, 4)
    mix.dim(0).set_bounds(0, 4)
    mix.dim(1).set_bounds(0, 4).set_stride(4)
    columns, rows = mosaic.dim(0), mosaic.dim(1)

    at = mirror(x, columns.min(), columns.max()), mirror(y, rows.min(), rows.max())
    own = x % 2 + 2 * (y % 2)
    light, lost = hl.Func("light"), hl.Func("lost")
    light[x, y] = stabilised[hl.min(hl.i32(mosaic[at]), stabilised.dim(0).max()), own]
    first = hl.f32(hl.min(hl.i32(rough[at]), restored.dim(0).max())) * (1 / index_scale)
    lost[x, y] = hl.clamp(light[x, y] - first, hl.f32(-MOST), hl.f32(MOST))

    # Of quads: the colours that were taken away, and brightness as it is.
    quad, down, smooth = hl.Func("quad"), hl.Func("down"), hl.Func("smooth")
    sites = [(2 * x + site % 2, 2 * y + site // 2) for site in range(4)]

    def mixed(source: hl.Func, plane: int) -> hl.Expr:
        terms = [source[sites[site]] * mix[site, plane] for site in range(4)]
        return (terms[0] + terms[1]) + (terms[2] + terms[3])

    quad[x, y] = (mixed(lost, 1), mixed(lost, 2), mixed(light, 0))
    quarter = hl.f32(0.25)
    down[x, y] = tuple((quad[x, y - 1][n] + 2 * quad[x, y][n] + quad[x, y + 1][n]) * quarter for n in range(3))
    smooth[x, y] = tuple((down[x - 1, y][n] + 2 * down[x, y][n] + down[x + 1, y][n]) * quarter for n in range(3))

    lines, gate, highest, believed = (hl.Func(name) for name in ("lines", "gate", "highest", "believed"))
    lines[x, y] = sum((smooth[x, y + d][2] for d in (-1, 0, 1, 2)), smooth[x, y - 2][2])
    wide = sum((lines[x + d, y] for d in (-1, 0, 1, 2)), lines[x - 2, y]) * hl.f32(1 / 25)
    step = smooth[x, y][2] - wide
    special = hl.max(step * step * hl.f32(1 / OF_SALIENT) - hl.f32(SALIENT), 0)
    threshold = hl.f32(UNEVEN) + hl.f32(EVEN - UNEVEN) * hl.f32(SALIENT) / (hl.f32(SALIENT) + special)
    energy = (smooth[x, y][0] * smooth[x, y][0] + smooth[x, y][1] * smooth[x, y][1]) / (hl.f32(OF_SMOOTH) * strictness)
    excess = hl.max(energy - threshold, 0)
    gate[x, y] = excess / (excess + hl.f32(SOFTNESS))

    # A spot is wider than its middle, and ends softly.
    highest[x, y] = hl.max(gate[x, y - 1], hl.max(gate[x, y], gate[x, y + 1]))
    peak, softer = hl.Func("peak"), hl.Func("softer")
    peak[x, y] = hl.max(highest[x - 1, y], hl.max(highest[x, y], highest[x + 1, y]))
    softer[x, y] = (peak[x, y - 1] + 2 * peak[x, y] + peak[x, y + 1]) * quarter
    share = (softer[x - 1, y] + 2 * softer[x, y] + softer[x + 1, y]) * quarter
    believed[x, y] = tuple(
        share * (quad[x, y][n] * hl.f32(SHARP) + smooth[x, y][n] * hl.f32(1 - SHARP)) for n in range(2)
    )

    output = hl.Func("with_spots")
    back = [believed[x // 2, y // 2][n] * mix[own, n + 1] for n in range(2)]
    near = [hl.clamp(x, columns.min(), columns.max()), hl.clamp(y, rows.min(), rows.max())]
    found = hl.f32(hl.i32(rough[near[0], near[1]])) + (back[0] + back[1]) * index_scale
    index = hl.clamp(hl.i32(found + 0.5), 0, restored.dim(0).max())
    output[x, y] = hl.select((mosaic[near[0], near[1]] >= clip) & (clip > 0), hl.u16(WHITE), restored[index, own])

    lanes, fine, guard = machine.vector_floats, hl.TailStrategy.RoundUp, hl.TailStrategy.GuardWithIf
    tx, ty, xi, yi = (hl.Var(name) for name in ("tx", "ty", "xi", "yi"))
    output.compute_root().tile(x, y, tx, ty, xi, yi, *TILE, guard).vectorize(xi, lanes, guard)
    output.fuse(tx, ty, tx)
    if machine.parallel:
        output.parallel(tx)
    for func in (light, lost, quad, down, smooth, lines, gate, highest, peak, softer, believed):
        func.compute_at(output, tx).vectorize(x, lanes, fine)
    return output, [mosaic, stabilised, rough, mix, clip, restored, index_scale, strictness]
