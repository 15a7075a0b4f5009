"""Super-resolution: a frame's samples onto finer pixels; then these made even with what is known of the scene."""

from __future__ import annotations

from typing import Any

import halide as hl

from ...kernels.vocabulary import Machine
from ...noise.kernel import ordered_sum
from ..kernel import CELL, FAR, CellMap, StoredLight, c, k, x, y
from . import LANCZOS, NOTHING, PRIOR, REACH, STATE, TAPS, WINDOW

Built = tuple[hl.Func, list[Any]]
EXACT, FINE = hl.TailStrategy.GuardWithIf, hl.TailStrategy.RoundUp
_ROWS = 16


class Grid:
    """Fine pixels in the mosaic's coordinates: pixel (x, y) is at `step` x + `first`, and alike down."""

    def __init__(self) -> None:
        self.step, self.left, self.top = (hl.Param(hl.Float(32), name) for name in ("step", "first_x", "first_y"))
        self.column, self.row = hl.f32(x) * self.step + self.left, hl.f32(y) * self.step + self.top
        self.arguments = [self.step, self.left, self.top]


def _whole(value: hl.Expr) -> hl.Expr:
    return hl.i32(hl.floor(value))


def _clamped(index: hl.Expr, dimension: hl.Dimension) -> hl.Expr:
    return hl.clamp(index, dimension.min(), dimension.max())


def add_samples(machine: Machine) -> Built:
    """What a frame's samples add to `state[x, y, k]`, three planes each of STATE.

    `light` is the frame's, NOTHING where it has none; `entries` its map; by quads of the reference: `shares` (how much
    it counts) and `shapes` (the kernels' inverse covariance: across, both, down); `noise` is the variance of its light
    in parts of the reference's.
    """
    light, entries = hl.ImageParam(hl.Float(32), 2, "light"), hl.ImageParam(hl.Float(32), 3, "mapping")
    shares, shapes = hl.ImageParam(hl.Float(32), 2, "shares"), hl.ImageParam(hl.Float(32), 3, "shapes")
    noise, grid = hl.Param(hl.Float(32), "noise"), Grid()
    entries.dim(2).set_bounds(0, 8)
    shapes.dim(2).set_bounds(0, 3)

    cell, lines = 2 * CELL, hl.Func("lines")
    cell_row = _whole(grid.row) // cell
    within = grid.row - hl.f32(cell_row * cell)
    first = hl.select(k < 2, k, k + 2)
    at_x, at_y = _clamped(x, entries.dim(0)), _clamped(cell_row, entries.dim(1))
    lines[x, y, k] = entries[at_x, at_y, first] + within * entries[at_x, at_y, first + 2]
    column_cell = _whole(grid.column) // cell
    i = grid.column - hl.f32(column_cell * cell)
    moved = [lines[column_cell, y, n] + i * lines[column_cell, y, n + 1] for n in (0, 2)]
    across, down = (hl.select(hl.abs(d) < FAR, d, hl.f32(FAR)) for d in moved)
    u, v = grid.column + across, grid.row + down
    near_u, near_v = _whole(u + 0.5), _whole(v + 0.5)
    fu, fv = hl.f32(near_u) - u, hl.f32(near_v) - v

    quad_x = _clamped(_whole(grid.column * 0.5 + 0.25), shares.dim(0))
    quad_y = _clamped(_whole(grid.row * 0.5 + 0.25), shares.dim(1))
    share = shares[quad_x, quad_y]
    xx, xy, yy = (shapes[quad_x, quad_y, n] for n in range(3))

    # Nine samples, in groups of one site each: the nearest, those beside it, above and below it, at its corners.
    place, sums, added, output = (hl.Func(n) for n in ("place", "sums", "added", "state"))
    place[x, y] = (near_u, near_v, fu, fv, share, xx, xy, yy)
    near_u, near_v, fu, fv, share, xx, xy, yy = (place[x, y][n] for n in range(8))
    groups: list[list[tuple[hl.Expr, ...]]] = [[], [], [], []]
    for j in (-1, 0, 1):
        for n in (-1, 0, 1):
            value = light[_clamped(near_u + n, light.dim(0)), _clamped(near_v + j, light.dim(1))]
            dx, dy = fu + hl.f32(n), fv + hl.f32(j)
            exponent = xx * dx * dx + 2.0 * xy * dx * dy + yy * dy * dy
            root = hl.max(1.0 - exponent * hl.f32(1 / REACH), 0.0)
            weight = hl.select(value < hl.f32(NOTHING / 2), (root * root) * (root * root), 0.0)
            groups[abs(n) + 2 * abs(j)].append((weight * value, weight, weight * weight))
    sums[x, y] = tuple(
        ordered_sum([sample[part] for sample in group]) for part in range(len(STATE)) for group in groups
    )
    odd_u, odd_v = near_u % 2 == 1, near_v % 2 == 1
    parts = []
    for part, scale in enumerate((share, share, share * share * noise)):
        a, b, d, e = (sums[x, y][4 * part + n] for n in range(4))
        red = hl.select(odd_v, hl.select(odd_u, e, d), hl.select(odd_u, b, a))
        blue = hl.select(odd_v, hl.select(odd_u, a, b), hl.select(odd_u, d, e))
        green = hl.select(odd_u == odd_v, b + d, a + e)
        parts += [colour * scale for colour in (red, green, blue)]
    added[x, y] = tuple(parts)
    output[x, y, k] = hl.undef(hl.Float(32))
    output[x, y, k] += hl.mux(k, [added[x, y][n] for n in range(3 * len(STATE))])

    strip, inside, xo, xi = (hl.Var(n) for n in ("strip", "inside", "xo", "xi"))
    lanes = machine.vector_floats
    output.bound(k, 0, 3 * len(STATE))
    update = output.update()
    update.split(y, strip, inside, _ROWS, EXACT).split(x, xo, xi, 256, EXACT).reorder(k, xi, xo, inside, strip)
    update.unroll(k).vectorize(xi, lanes, EXACT)
    if machine.parallel:
        update.parallel(strip)
    for func in (place, sums, added):
        func.compute_at(output, xo).vectorize(x, lanes, FINE)
    lines.compute_at(output, inside).bound(k, 0, 4).unroll(k)
    return output, [light, entries, shares, shapes, noise, *grid.arguments]


def residual(machine: Machine) -> Built:
    """What a frame's samples say beyond the burst merged at scale 1: `beyond[x, y]`, NOTHING where that is unknown.

    `planes` are the merged burst's colours in the reference's light, `entries` of the map lead from the frame to it.
    Samples that reach `clip` say nothing.
    """
    sensor, clip, mapping = StoredLight("frame"), hl.Param(hl.Int(32), "clip"), CellMap("mapping", 2 * CELL)
    planes = hl.ImageParam(hl.Float(32), 3, "planes")
    planes.dim(2).set_bounds(0, 3)
    place, output = hl.Func("place"), hl.Func("beyond")
    across, down = (hl.select(hl.abs(d) < FAR, d, hl.f32(FAR)) for d in mapping.displacement(x, y))
    whole_u, whole_v = hl.floor(across), hl.floor(down)
    place[x, y] = (x + hl.i32(whole_u), y + hl.i32(whole_v), across - whole_u, down - whole_v)
    u, v, fu, fv = (place[x, y][n] for n in range(4))
    site = x % 2 + 2 * (y % 2)
    colour = hl.select(site == 0, 0, site == 3, 2, 1)
    lines = []
    for j, weight in zip(TAPS, _weights(fv), strict=True):
        row = _clamped(v + j, planes.dim(1))
        at = [planes[_clamped(u + n, planes.dim(0)), row, colour] for n in TAPS]
        line = [value * w for value, w in zip(at, _weights(fu), strict=True)]
        lines.append(ordered_sum(line) * weight)
    stored = sensor.stored(x, y)
    inside = (u >= planes.dim(0).min()) & (u < planes.dim(0).max()) & (v >= planes.dim(1).min())
    known = inside & (v < planes.dim(1).max()) & (hl.i32(stored) < clip)
    output[x, y] = hl.select(known, sensor.of(stored, site) - ordered_sum(lines), hl.f32(NOTHING))
    strip, inner = hl.Var("strip"), hl.Var("inner")
    output.split(y, strip, inner, _ROWS, EXACT).vectorize(x, machine.vector_floats, EXACT)
    if machine.parallel:
        output.parallel(strip)
    place.compute_at(output, inner).vectorize(x, machine.vector_floats, FINE)
    mapping.lines.compute_at(output, inner).bound(k, 0, 4).unroll(k)
    return output, [*sensor.arguments, clip, mapping.entries, planes]


def _weights(fraction: hl.Expr) -> list[hl.Expr]:
    """Of the TAPS, by Horner's rule."""
    found = []
    for powers in LANCZOS.tolist():
        total = hl.f32(powers[-1])
        for factor in powers[-2::-1]:
            total = total * fraction + hl.f32(factor)
        found.append(total)
    return found


def finish_samples(machine: Machine) -> Built:
    """A `state` and the burst merged at scale 1 (`planes`, three colours) to `fine[x, y, c]`, uint16.

    `own_noise[:, colour]` are (scale, offset) of the reference's light; `levels`: black, stored units of light 1,
    white, the light that counts as clipped, and how many times the noise detail must exceed.
    """
    state, planes = hl.ImageParam(hl.Float(32), 3, "state"), hl.ImageParam(hl.Float(32), 3, "planes")
    own_noise, levels = hl.ImageParam(hl.Float(32), 2, "own_noise"), hl.ImageParam(hl.Float(32), 1, "levels")
    grid = Grid()
    state.dim(2).set_bounds(0, 3 * len(STATE))
    planes.dim(2).set_bounds(0, 3)
    own_noise.dim(0).set_bounds(0, 2)
    own_noise.dim(1).set_bounds(0, 3)
    levels.dim(0).set_bounds(0, 5)

    rows, coarse, detail = hl.Func("rows"), hl.Func("coarse"), hl.Func("detail")
    top, left = _whole(grid.row), _whole(grid.column)
    at_x = _clamped(x, planes.dim(0))
    lines = [planes[at_x, _clamped(top + n, planes.dim(1)), c] for n in TAPS]
    rows[x, y, c] = ordered_sum([v * w for v, w in zip(lines, _weights(grid.row - hl.f32(top)), strict=True)])
    beside = [rows[left + n, y, c] for n in TAPS]
    coarse[x, y, c] = ordered_sum([v * w for v, w in zip(beside, _weights(grid.column - hl.f32(left)), strict=True)])

    # What the samples say beyond that, and the noise it has, both in parts of one sample's variance.
    own_x, own_y = _clamped(x, state.dim(0)), _clamped(y, state.dim(1))
    light, weight, square = (state[own_x, own_y, c + 3 * n] for n in range(len(STATE)))
    known = coarse[x, y, c]
    total = weight + hl.f32(PRIOR)
    variance = own_noise[0, c] * hl.max(known, 0.0) + own_noise[1, c]
    beyond = light / total
    detail[x, y, c] = (beyond, beyond * beyond / variance, square / (total * total))
    both, across, down = hl.Func("both"), hl.Func("across"), hl.Func("down")
    both[x, y] = tuple(ordered_sum([detail[x, y, n][w] for n in range(3)]) for w in (1, 2))
    reach = range(-WINDOW, WINDOW + 1)
    across[x, y] = tuple(ordered_sum([both[x + n, y][w] for n in reach]) for w in (0, 1))
    down[x, y] = tuple(ordered_sum([across[x, y + n][w] for n in reach]) for w in (0, 1))
    energy, noise = down[x, y][0], down[x, y][1]
    kept = hl.clamp(1.0 - levels[4] * noise / hl.max(energy, hl.f32(1e-20)), 0.0, 1.0)
    fine = known + kept * detail[x, y, c][0]
    stored = hl.clamp(fine * levels[1] + levels[0] + 0.5, 0.0, levels[2])
    output = hl.Func("fine")
    output[x, y, c] = hl.u16(hl.select(known >= levels[3], levels[2], stored))

    tx, ty, xi, yi = (hl.Var(n) for n in ("tx", "ty", "xi", "yi"))
    lanes = machine.vector_floats
    output.bound(c, 0, 3).tile(x, y, tx, ty, xi, yi, 128, 32, EXACT).reorder(xi, yi, c, tx, ty)
    output.vectorize(xi, lanes, EXACT).unroll(c)
    if machine.parallel:
        output.fuse(tx, ty, tx).parallel(tx)
    tile = hl.LoopLevel(output, tx)
    rows.compute_at(tile).bound(c, 0, 3).vectorize(x, lanes, FINE)
    for func in (coarse, detail):
        func.compute_at(tile).bound(c, 0, 3).vectorize(x, lanes, FINE)
    for func in (across, down):
        func.compute_at(tile).vectorize(x, lanes, FINE)
    return output, [state, planes, own_noise, levels, *grid.arguments]
