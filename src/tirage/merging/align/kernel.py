"""Aligning: greys with even noise, their pyramid, Lucas-Kanade sums by cells, and costs of displaced tiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import halide as hl

from ...kernels.vocabulary import Machine
from ...noise.kernel import ordered_sum
from ..kernel import CELL, STEEP, CellMap, StoredLight, k, x, y
from . import BESIDE, BINOMIAL, MOST_RADIUS, MOST_SIDE, NOT_SEEN, OUTSIDE, SLOPE, SMOOTH, SUMS

Built = tuple[hl.Func, list[Any]]
EXACT = hl.TailStrategy.GuardWithIf
FEW = 2  # away from a place: so many displacements are few
ROWS_TOGETHER = 5  # displacements down that share what is read of a tile


def _edge(image: hl.ImageParam, column: hl.Expr, row: hl.Expr) -> hl.Expr:
    """`image` with its edges repeated."""
    across, down = image.dim(0), image.dim(1)
    return image[
        hl.clamp(hl.likely(column), across.min(), across.max()), hl.clamp(hl.likely(row), down.min(), down.max())
    ]


def _square(value: hl.Expr) -> hl.Expr:
    return value * value


def _even(at: Callable[[int], hl.Expr], weights: tuple[float, ...]) -> hl.Expr:
    """What is `at` -n .. n by weights that are the same on both sides."""
    reach = len(weights) // 2
    beside = [(at(-n) + at(n)) * hl.f32(weights[reach + n]) for n in range(1, reach + 1)]
    return ordered_sum([at(0) * hl.f32(weights[reach]), *beside])


def _odd(at: Callable[[int], hl.Expr], weights: tuple[float, ...]) -> hl.Expr:
    """What is `at` -n .. n by weights that are opposite on both sides."""
    reach = len(weights) // 2
    return ordered_sum([(at(n) - at(-n)) * hl.f32(weights[reach + n]) for n in range(1, reach + 1)])


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
    stored, output = sensor.rows("stored"), hl.Func("grey")
    sites = [hl.min(sensor.of(stored[2 * x + s % 2, 2 * y + s // 2], s), limit) for s in range(4)]
    light = ordered_sum(sites) * 0.25
    scale, offset = noise[0], noise[1]
    output[x, y] = hl.sqrt(hl.max(scale * light + (0.375 * scale * scale + offset), 0.0)) * (2.0 / scale)
    _in_strips(output, machine, 32)
    stored.compute_at(output, hl.Var("inside")).vectorize(x, machine.vector_shorts, hl.TailStrategy.RoundUp)
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


class Warped:
    """`image` where a map says: `value` of a pixel, OUTSIDE beyond it.

    The image comes with BESIDE columns on both sides that may hold any finite numbers. Over a cell's columns the whole
    part of a displacement varies by one pixel at most (see `CellMap.whole`): so three rows are read, each from one
    place on.
    """

    def __init__(self) -> None:
        self.image, self.mapping = hl.ImageParam(hl.Float(32), 2, "image"), CellMap("mapping", CELL)
        self.start = hl.Func("start")
        image, mapping = self.image, self.mapping
        self.start[x, y] = mapping.whole(x, y, 0, CELL - 1)
        cell = x // CELL
        whole_u, whole_v = (self.start[cell, y][n] for n in (0, 1))
        across, down = (mapping.near(cell, y, n, x % CELL) for n in (0, 2))
        u, v = hl.floor(across), hl.floor(down)
        fu, fv = across - u, down - v
        next_u, next_v = u > hl.f32(whole_u), v > hl.f32(whole_v)
        wide, high = image.dim(0), image.dim(1)
        # Beyond these the image has no pixel, whichever of a cell's columns it is.
        first = hl.clamp(CELL * cell + whole_u, wide.min(), wide.max() - (CELL + 1)) - CELL * cell + x
        lines = []
        for n in range(3):
            one, other, third = (image[first + i, hl.clamp(y + whole_v + n, high.min(), high.max())] for i in range(3))
            near, far = hl.select(next_u, other, one), hl.select(next_u, third, other)
            lines.append(near + (far - near) * fu)
        upper, lower = hl.select(next_v, lines[1], lines[0]), hl.select(next_v, lines[2], lines[1])
        left, right = hl.f32(wide.min() + BESIDE - x), hl.f32(wide.max() - BESIDE - x)
        inside = (across >= left) & (across <= right) & (whole_v < STEEP)
        inside = inside & (down >= hl.f32(high.min() - y)) & (down <= hl.f32(high.max() - y))
        self.value = hl.select(inside, upper + (lower - upper) * fv, hl.f32(OUTSIDE))

    def schedule(self, func: hl.Func, at: hl.LoopLevel) -> None:
        """Compute `func`, which holds the value, and what it takes there."""
        for part in (self.mapping.lines, self.start):
            part.compute_at(at)
        self.start.vectorize(x, 4, hl.TailStrategy.RoundUp)
        func.align_bounds(x, CELL).vectorize(x, CELL, hl.TailStrategy.RoundUp)


def warp_grey(machine: Machine) -> Built:
    """A grey where the map says; OUTSIDE beyond it."""
    frame, warped, output = Warped(), hl.Func("values"), hl.Func("warped")
    warped[x, y] = frame.value
    output[x, y] = warped[x, y]
    _in_strips(output, machine, 8)
    at = hl.LoopLevel(output, hl.Var("strip"))
    warped.compute_at(at)
    frame.schedule(warped, at)
    return output, [frame.image, frame.mapping.entries]


def lucas_kanade(machine: Machine) -> Built:
    """`sums[cell across, cell down, k]` of Lucas-Kanade's normal equations over cells; see `align.SUMS`.

    `gain` times the warped `image` is compared with the `reference`; a difference d weighs 1 / (1 + d^2 `doubt`)^2.
    """
    reference, frame = hl.ImageParam(hl.Float(32), 2, "reference"), Warped()
    gain, doubt = hl.Param(hl.Float(32), "gain"), hl.Param(hl.Float(32), "doubt")
    lines, smooth, slope, across, down = (hl.Func(n) for n in ("lines", "smooth", "slope", "across", "down"))
    warped, weight, columns, output = (hl.Func(n) for n in ("warped", "weight", "columns", "sums"))
    lines[x, y] = _edge(reference, x, y)  # alone looks beyond the edges: there reading takes as long as all the rest
    smooth[x, y] = _even(lambda n: lines[x, y + n], SMOOTH)
    slope[x, y] = _odd(lambda n: lines[x, y + n], SLOPE)
    across[x, y] = _odd(lambda n: smooth[x + n, y], SLOPE)
    down[x, y] = _even(lambda n: slope[x + n, y], SMOOTH)
    inside = (x <= reference.dim(0).max()) & (y <= reference.dim(1).max())
    warped[x, y] = hl.select(inside, frame.value, hl.f32(OUTSIDE))
    doubted = 1.0 + _square(gain * warped[x, y] - lines[x, y]) * doubt
    weight[x, y] = hl.select(warped[x, y] < 0.0, 0.0, 1.0 / (doubted * doubted))

    def products(row: hl.Expr) -> list[hl.Expr]:
        a, b, w, r = across[x, row], down[x, row], weight[x, row], lines[x, row]
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
    for func in (lines, smooth, slope, across, down, weight):
        func.compute_at(block).vectorize(x, lanes, hl.TailStrategy.RoundUp)
    warped.compute_at(block)
    frame.schedule(warped, block)
    return output, [reference, frame.image, frame.mapping.entries, gain, doubt]


def tile_costs(machine: Machine) -> Built:
    """`costs[dx, dy, n]`: the mean squared difference of a tile where it is displaced, NOT_SEEN of less than half.

    `places[:, n]` are the tile's left and top in the `reference` and the displacement about which (dx, dy), from
    -`radius`, are tried; what is not at rest costs `moving` more. Pixels beyond either image, or OUTSIDE it, don't
    count. The images come with BESIDE columns on both sides that may hold any finite numbers.
    """
    reference, image = (hl.ImageParam(hl.Float(32), 2, name) for name in ("reference", "image"))
    places = hl.ImageParam(hl.Int(32), 2, "places")
    side, radius, moving = (
        hl.Param(hl.Int(32), "side"),
        hl.Param(hl.Int(32), "radius"),
        hl.Param(hl.Float(32), "moving"),
    )
    dx, dy, n, i, j = (hl.Var(name) for name in ("dx", "dy", "n", "i", "j"))
    tile, window, faintest, whole, columns, squares, pixels, output = (
        hl.Func(name) for name in ("tile", "window", "faintest", "whole", "columns", "squares", "pixels", "costs")
    )
    lanes, fine = machine.vector_floats, hl.TailStrategy.RoundUp
    wide, high = reference.dim(0).max() - BESIDE, reference.dim(1).max()

    def seen(picture: hl.ImageParam, left: hl.Expr, top: hl.Expr) -> hl.Expr:
        """What the picture shows `i` to the right, OUTSIDE beyond it: vectors begin where they lie in memory."""
        inside = (left + i >= 0) & (left + i <= wide) & (top >= 0) & (top <= high)
        first = hl.clamp(left + i // lanes * lanes, picture.dim(0).min(), picture.dim(0).max() - (lanes - 1))
        return hl.select(inside, picture[first + i % lanes, hl.clamp(top, 0, high)], hl.f32(OUTSIDE))

    left, top, across, down = (hl.i32(places[m, n]) for m in range(4))
    tile[i, j, n] = hl.select(i < side, seen(reference, left, top + j), hl.f32(OUTSIDE))
    window[i, j, n] = seen(image, left + across - radius, top + down - radius + j)

    def terms(own: hl.Expr, other: hl.Expr) -> tuple[hl.Expr, hl.Expr]:
        inside, d = (own >= 0.0) & (other > 0.0), own - other
        return hl.select(inside, d * d, 0.0), hl.select(inside, hl.f32(1), 0.0)

    # Of many displacements those of a row go together; where all is seen, as nearly everywhere, no pixel is asked.
    span = hl.RDom([(0, side + 2 * radius)], "span")
    faintest[i, n] = hl.f32(1)
    faintest[i, n] = hl.min(faintest[i, n], window[i, span.x, n])
    whole[n] = (left >= 0) & (top >= 0) & (left + side - 1 <= wide) & (top + side - 1 <= high)
    whole[n] = whole[n] & (faintest[span.x, n] > 0.0)
    area, part = (hl.RDom([(0, side), (0, side)], name) for name in ("area", "part"))
    area.where(whole[n])
    part.where(~whole[n])
    squares[dx, dy, n] = hl.f32(0)
    squares[dx, dy, n] += _square(tile[area.x, area.y, n] - window[area.x + dx, area.y + dy, n])
    found = terms(tile[part.x, part.y, n], window[part.x + dx, part.y + dy, n])
    squares[dx, dy, n] += found[0]
    pixels[dx, dy, n] = hl.select(whole[n], hl.f32(side * side), 0.0)
    pixels[dx, dy, n] += found[1]
    # Of few the columns of the tile go together.
    rows = hl.RDom([(0, side)], "rows")
    columns[i, dx, dy, n] = (hl.f32(0), hl.f32(0))
    found = terms(tile[i, rows.x, n], window[i + dx, rows.x + dy, n])
    columns[i, dx, dy, n] = tuple(columns[i, dx, dy, n][which] + found[which] for which in (0, 1))
    of_few = [ordered_sum([columns[m, dx, dy, n][which] for m in range(MOST_SIDE)]) for which in (0, 1)]

    tried = (squares[dx, dy, n], pixels[dx, dy, n])
    total, count = (hl.select(radius <= FEW, one, other) for one, other in zip(of_few, tried, strict=True))
    mean = hl.select(2 * count >= hl.f32(side * side), total / hl.max(count, 1.0), hl.f32(NOT_SEEN))
    moves = (across + dx != radius) | (down + dy != radius)
    output[dx, dy, n] = mean + hl.select(moves, moving, 0.0)
    for image_ in (reference, image):
        image_.dim(0).set_min(-BESIDE)
        image_.dim(1).set_min(0)
    image.dim(0).set_extent(reference.dim(0).extent())
    image.dim(1).set_extent(reference.dim(1).extent())
    places.dim(0).set_bounds(0, 4)

    together = hl.Var("together")
    for dimension in (0, 1):
        output.output_buffer().dim(dimension).set_bounds(0, 2 * radius + 1)
    for stage in (output.specialize(radius == 0), output.specialize(radius <= FEW), output):
        stage.reorder(dx, dy, n)
        if machine.parallel:
            stage.parallel(n, 64, EXACT)
    output.split(dy, dy, together, ROWS_TOGETHER, EXACT)
    # Of known sizes, so that they lie on the stack: taking memory would cost more than a tile.
    room = MOST_SIDE + 2 * MOST_RADIUS + 2 * lanes
    for func in (tile, window, faintest):
        func.compute_at(output, n).store_in(hl.MemoryType.Stack)
    tile.bound(i, 0, MOST_SIDE).bound_storage(j, MOST_SIDE).vectorize(i, lanes, fine)
    window.bound_storage(i, room).bound_storage(j, room).vectorize(i, lanes, fine)
    columns.compute_at(output, dx).bound(i, 0, MOST_SIDE).vectorize(i, lanes, fine)
    columns.update().reorder(i, rows.x, dx, dy, n).vectorize(i, lanes, fine)
    faintest.bound_storage(i, room).vectorize(i, lanes, fine)
    faintest.update().reorder(i, span.x, n).vectorize(i, lanes, fine)
    whole.compute_at(output, n)
    for func, parts in ((squares, (area, part)), (pixels, (part,))):
        func.compute_at(output, dy).store_in(hl.MemoryType.Stack).bound_storage(dx, room)
        func.bound_extent(dy, ROWS_TOGETHER).vectorize(dx, lanes, fine)
        for index, update in enumerate(parts):
            func.update(index).reorder(dy, update.x, update.y, dx, n).unroll(dy).vectorize(dx, lanes, fine)
    return output, [reference, image, places, side, radius, moving]
