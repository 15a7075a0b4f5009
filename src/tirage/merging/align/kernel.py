"""Aligning: greys with even noise, their pyramid, Lucas-Kanade sums by cells, and costs of displaced tiles."""

from __future__ import annotations

from typing import Any

import halide as hl

from ...kernels.vocabulary import Machine
from ...noise.kernel import ordered_sum
from ..kernel import CELL, CellMap, Lookup, StoredLight, k, x, y
from . import BINOMIAL, OUTSIDE, SLOPE, SMOOTH, SUMS

Built = tuple[hl.Func, list[Any]]
EXACT = hl.TailStrategy.GuardWithIf


def _edge(image: hl.ImageParam, column: hl.Expr, row: hl.Expr) -> hl.Expr:
    """`image` with its edges repeated."""
    across, down = image.dim(0), image.dim(1)
    return image[
        hl.clamp(hl.likely(column), across.min(), across.max()), hl.clamp(hl.likely(row), down.min(), down.max())
    ]


def _square(value: hl.Expr) -> hl.Expr:
    return value * value


def _in_strips(output: hl.Func, machine: Machine, rows: int) -> hl.Var:
    """Vectorised rows in parallel strips; the strip."""
    strip, inside = hl.Var("strip"), hl.Var("inside")
    output.split(y, strip, inside, rows, EXACT).vectorize(x, machine.vector_floats, EXACT)
    if machine.parallel:
        output.parallel(strip)
    return strip


def grey(machine: Machine) -> Built:
    """A stored mosaic to `grey[x, y]`: the mean of each quad, its noise made even (generalised Anscombe transform).

    `noise` is (scale, offset) of the quad's mean; light above `limit` counts as the limit.
    """
    sensor = StoredLight("grey")
    noise, limit = hl.ImageParam(hl.Float(32), 1, "noise"), hl.Param(hl.Float(32), "limit")
    noise.dim(0).set_bounds(0, 2)
    output = hl.Func("grey")
    sites = [hl.min(sensor.at(2 * x + s % 2, 2 * y + s // 2, s), limit) for s in range(4)]
    light = ordered_sum(sites) * 0.25
    scale, offset = noise[0], noise[1]
    output[x, y] = hl.sqrt(hl.max(scale * light + (0.375 * scale * scale + offset), 0.0)) * (2.0 / scale)
    _in_strips(output, machine, 32)
    return output, [*sensor.arguments, noise, limit]


def halve(machine: Machine) -> Built:
    """An image at half its size: every second pixel after a binomial filter of 5 x 5."""
    image = hl.ImageParam(hl.Float(32), 2, "image")
    down, output = hl.Func("down"), hl.Func("halved")
    down[x, y] = ordered_sum([_edge(image, x, 2 * y + n) * hl.f32(w) for n, w in enumerate(BINOMIAL, -2)])
    output[x, y] = ordered_sum([down[2 * x + n, y] * hl.f32(w) for n, w in enumerate(BINOMIAL, -2)])
    _in_strips(output, machine, 16)
    down.compute_at(output, hl.Var("inside")).vectorize(x, machine.vector_floats, hl.TailStrategy.RoundUp)
    return output, [image]


def _warped(image: hl.ImageParam, mapping: CellMap) -> tuple[hl.Expr, hl.Expr]:
    """`image` where the map says, and whether that lies inside it."""
    found = Lookup(image, x, y, *mapping.displacement(x, y))
    return found.value, found.inside


def warp_grey(machine: Machine) -> Built:
    """A grey where the map says; OUTSIDE beyond it."""
    image, mapping = hl.ImageParam(hl.Float(32), 2, "image"), CellMap("mapping", CELL)
    output = hl.Func("warped")
    value, inside = _warped(image, mapping)
    output[x, y] = hl.select(inside, value, hl.f32(OUTSIDE))
    _in_strips(output, machine, 32)
    mapping.lines.compute_at(output, hl.Var("inside")).vectorize(x, machine.vector_floats, hl.TailStrategy.RoundUp)
    return output, [image, mapping.entries]


def lucas_kanade(machine: Machine) -> Built:
    """`sums[cell across, cell down, k]` of Lucas-Kanade's normal equations over cells; see `align.SUMS`.

    `gain` times the warped `image` is compared with the `reference`; a difference d weighs 1 / (1 + d^2 `doubt`)^2.
    """
    reference, image = (hl.ImageParam(hl.Float(32), 2, name) for name in ("reference", "image"))
    mapping = CellMap("mapping", CELL)
    gain, doubt = hl.Param(hl.Float(32), "gain"), hl.Param(hl.Float(32), "doubt")
    smooth, slope, across, down = (hl.Func(n) for n in ("smooth", "slope", "across", "down"))
    warped, weight, columns, output = (hl.Func(n) for n in ("warped", "weight", "columns", "sums"))
    reach = len(SMOOTH) // 2
    smooth[x, y] = ordered_sum([_edge(reference, x, y + n) * hl.f32(w) for n, w in enumerate(SMOOTH, -reach)])
    slope[x, y] = ordered_sum([_edge(reference, x, y + n) * hl.f32(w) for n, w in enumerate(SLOPE, -reach) if w])
    across[x, y] = ordered_sum([smooth[x + n, y] * hl.f32(w) for n, w in enumerate(SLOPE, -reach) if w])
    down[x, y] = ordered_sum([slope[x + n, y] * hl.f32(w) for n, w in enumerate(SMOOTH, -reach)])
    value, inside = _warped(image, mapping)
    inside = inside & (x <= reference.dim(0).max()) & (y <= reference.dim(1).max())
    warped[x, y] = hl.select(inside, value, hl.f32(OUTSIDE))
    doubted = 1.0 + _square(gain * warped[x, y] - _edge(reference, x, y)) * doubt
    weight[x, y] = hl.select(warped[x, y] < 0.0, 0.0, 1.0 / (doubted * doubted))

    def products(row: hl.Expr) -> list[hl.Expr]:
        a, b, w, r = across[x, row], down[x, row], weight[x, row], _edge(reference, x, row)
        d = gain * warped[x, row] - r
        wa, wb, wr = w * a, w * b, w * r
        n = hl.select(warped[x, row] < 0.0, 0.0, hl.f32(1))
        return [wa * a, wa * b, wb * b, wa * d, wb * d, wa * r, wb * r, wr * r, wr * d, w, n]

    rows = [products(CELL * y + j) for j in range(CELL)]
    columns[x, y] = tuple(ordered_sum([row[n] for row in rows]) for n in range(len(SUMS)))
    parts = [ordered_sum([columns[CELL * x + i, y][n] for i in range(CELL)]) for n in range(len(SUMS))]
    output[x, y, k] = hl.mux(k, parts)

    xo, xi = hl.Var("xo"), hl.Var("xi")
    lanes = machine.vector_floats
    output.bound(k, 0, len(SUMS)).split(x, xo, xi, 32, EXACT).reorder(k, xi, xo, y).unroll(k)
    if machine.parallel:
        output.parallel(y)
    block = hl.LoopLevel(output, xo)
    columns.compute_at(block).vectorize(x, lanes, hl.TailStrategy.RoundUp)
    for func in (smooth, slope, across, down, warped, weight):
        func.compute_at(block).vectorize(x, lanes, hl.TailStrategy.RoundUp)
    mapping.lines.compute_at(block)
    return output, [reference, image, mapping.entries, gain, doubt]


def tile_costs(machine: Machine) -> Built:
    """`costs[dx, dy, n, k]`: the sum of squared differences (k = 0) of a tile and how many pixels it has (k = 1).

    `places[:, n]` are the tile's left and top in the `reference` and the displacement about which (dx, dy), from
    -`radius`, are tried. Pixels beyond either image, or OUTSIDE it, don't count.
    """
    reference, image = (hl.ImageParam(hl.Float(32), 2, name) for name in ("reference", "image"))
    places = hl.ImageParam(hl.Int(32), 2, "places")
    side, radius = hl.Param(hl.Int(32), "side"), hl.Param(hl.Int(32), "radius")
    dx, dy, n, i = (hl.Var(name) for name in ("dx", "dy", "n", "i"))
    parts, output = hl.Func("parts"), hl.Func("costs")
    rows = hl.RDom([(0, side)], "rows")
    left, top = places[0, n] + i, places[1, n] + rows.x
    u, v = left + places[2, n] + dx - radius, top + places[3, n] + dy - radius
    wide, high = reference.dim(0).max(), reference.dim(1).max()
    value = image[hl.clamp(u, 0, wide), hl.clamp(v, 0, high)]
    inside = (left >= 0) & (left <= wide) & (top >= 0) & (top <= high) & (u >= 0) & (u <= wide) & (v >= 0) & (v <= high)
    inside = inside & (value > 0.0) & (i < side)
    d = reference[hl.clamp(left, 0, wide), hl.clamp(top, 0, high)] - value
    parts[i, dx, dy, n] = (hl.f32(0), hl.f32(0))
    parts[i, dx, dy, n] = (
        parts[i, dx, dy, n][0] + hl.select(inside, d * d, 0.0),
        parts[i, dx, dy, n][1] + hl.select(inside, hl.f32(1), 0.0),
    )
    output[dx, dy, n, k] = hl.mux(k, [ordered_sum([parts[m, dx, dy, n][which] for m in range(16)]) for which in (0, 1)])
    for image_ in (reference, image):
        image_.dim(0).set_min(0)
        image_.dim(1).set_min(0)
    image.dim(0).set_extent(reference.dim(0).extent())
    image.dim(1).set_extent(reference.dim(1).extent())
    places.dim(0).set_bounds(0, 4)
    output.bound(k, 0, 2).reorder(k, dx, dy, n).unroll(k)
    if machine.parallel:
        output.parallel(n, 64, EXACT)
    lanes = min(machine.vector_floats, 16)
    parts.compute_at(output, dx).bound(i, 0, 16).vectorize(i, lanes)
    parts.update().reorder(i, rows.x, dx, dy, n).vectorize(i, lanes)
    return output, [reference, image, places, side, radius]
