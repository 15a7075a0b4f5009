"""A picture resampled through a smooth coordinate map: Lanczos-3 along rows, then along columns."""

from __future__ import annotations

import halide as hl

from ...kernels.vocabulary import Machine

PITCH = 16  #: output pixels between the nodes of a mesh, and in a block: one step of the innermost loop
TILE_BLOCKS = 16
TILE_ROWS = 128
REACH = 3  #: of the filter, in pixels
MOST_LINES = 64  #: of 64 bytes, that a row of a tile is read from
AHEAD = 8  #: rows between that which is worked on and that which is fetched from memory
TAPS = 2 * REACH
BLOCK = PITCH - 1 + TAPS - 1  #: columns from the first that a block is read from to the last, if it is not stretched
MOST_CANDIDATES = 64  #: offsets that the pixels of one block may have

#: Lanczos-3 over a fraction f, normalised, as polynomials of q = f (1 - f); g = f - 1/2. Taps -m and 1 + m weigh
#: q (EVEN[m] + g ODD[m]) and q (EVEN[m] - g ODD[m]). Those of 0 and 1 are
#: 1/2 - q (EVEN[1] + EVEN[2]) -+ g (1 + q ODD[0]). Least maximum error: 6e-5. A whole shift (q = 0) is exact.
EVEN = {1: (-0.51667338, -0.10711832), 2: (0.10510125, -0.02846587)}
ODD = {0: (1.16652223, 0.70830963), 1: (0.61700398, 0.42435419), 2: (-0.20535286, -0.19873014)}

lane, b, x, y, c = (hl.Var(name) for name in ("lane", "b", "x", "y", "c"))
tile_x, tile_y = hl.Var("tile_x"), hl.Var("tile_y")
tile = (tile_x, tile_y)


def _polynomial(coefficients: tuple[float, ...], at: hl.Expr) -> hl.Expr:
    total = hl.f32(coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total = total * at + hl.f32(coefficient)
    return total


def _bits(value: hl.Expr) -> hl.Expr:
    return hl.reinterpret(hl.Int(32), value)


def lanczos(taps: list[hl.Expr], fraction: hl.Expr) -> hl.Expr:
    """The value at `fraction` beyond the third of six samples, by their sums and differences in pairs."""
    g = fraction - 0.5
    q = fraction * (1.0 - fraction)
    sums = [taps[2 - m] + taps[3 + m] for m in range(3)]
    slope, *differences = taps[3] - taps[2], taps[1] - taps[4], taps[0] - taps[5]
    even = _polynomial(EVEN[1], q) * (sums[1] - sums[0]) + _polynomial(EVEN[2], q) * (sums[2] - sums[0])
    odd = _polynomial(ODD[0], q) * slope
    for m, difference in enumerate(differences, 1):
        odd += _polynomial(ODD[m], q) * difference
    return (taps[2] + fraction * slope) + q * (even + g * odd)


class Pass:
    """One direction of the resampling: where a block's pixels lie, relative to themselves.

    Coordinates are a block `b` of a tile, a row `y`, a plane and a tile, whose first block in the picture is by `left`,
    and whose first row and greatest number of rows are `rows`. Rows count from the tile's first one if `sideways`, else
    from the output's. `mesh` holds displacements at every PITCH-th column and row; between these they follow Bessel's
    interpolation to second differences: parabolas, exact at the nodes. They are cut so that pixel + displacement lies
    in 0..`last`. `span` holds the least and greatest whole displacement in a block of PITCH pixels, mostly one or two,
    so that the block's pixels load together, and where its curve starts from the least. `place` is a pixel's whole
    pixels and fraction, from the block's first one under the least displacement.
    """

    def __init__(
        self,
        name: str,
        mesh: hl.ImageParam,
        left: hl.Expr,
        rows: tuple[hl.Expr, hl.Expr | int],
        last: hl.Expr,
        limits: tuple[hl.Expr, hl.Expr],
        sideways: bool,
    ) -> None:
        node, line = hl.Var("node"), hl.Var("line")
        block, row = TILE_BLOCKS * tile_x + b + left, (rows[0] if sideways else rows[0] - TILE_ROWS * tile_y) + y
        s = hl.f32(row & (PITCH - 1)) * hl.f32(1.0 / PITCH)
        bend = s * (s - 1.0) * 0.25
        weights = (bend, 1.0 - s - bend, s - bend, bend)
        nodes, lines = mesh.dim(0), mesh.dim(1)

        # The mesh of a tile, once: clamped places are loaded one by one.
        i = hl.clamp(TILE_BLOCKS * tile_x + node + left, nodes.min(), nodes.max())
        j = hl.clamp(rows[0] // PITCH + line, lines.min(), lines.max())
        self.nodes = hl.Func(f"{name}_nodes")
        self.nodes[node, line, c, *tile] = mesh[i, j, c]
        j = hl.clamp(row // PITCH - rows[0] // PITCH, 0, rows[1] // PITCH + 1)
        near = [hl.f32(self.nodes[node, j + step, c, *tile]) for step in (-1, 0, 1, 2)]
        self.lines = hl.Func(f"{name}_lines")
        self.lines[node, y, c, *tile] = sum((weights[k] * near[k] for k in range(1, 4)), weights[0] * near[0])
        before, here, after, beyond = (self.lines[b + k, y, c, *tile] for k in (-1, 0, 1, 2))
        self.curve = hl.Func(f"{name}_curve")
        self.curve[b, y, c, *tile] = (here, after - here, (before - here - after + beyond) * 0.25)

        start, step, bend = (self.curve[b, y, c, *tile][k] for k in range(3))
        margin = hl.abs(bend) * 0.25 + hl.f32(0.01)  # t (t - 1) lies between -1/4 and 0; and a little for rounding
        least, most = hl.min(start, start + step) - margin, hl.max(start, start + step) + margin
        begin, end = (PITCH * block, PITCH * block + PITCH - 1) if sideways else (row, row)
        least = hl.max(hl.min(least, hl.f32(last - end)), hl.f32(-end))
        most = hl.max(hl.min(most, hl.f32(last - begin)), hl.f32(-begin))
        origin = PITCH * block if sideways else row
        first, final = (hl.clamp(hl.i32(hl.floor(end)), *(limit - origin for limit in limits)) for end in (least, most))
        self.span = hl.Func(f"{name}_span")
        ends = hl.f32(-begin - first), hl.f32(last - begin - first)
        self.span[b, y, c, *tile] = (first, final, start - hl.f32(first), *ends)

        # From here on places count from the block's first pixel, displaced by `first`.
        t = hl.f32(lane) * hl.f32(1.0 / PITCH)
        start, low, high = (self.span[b, y, c, *tile][k] for k in (2, 3, 4))
        slope = step + hl.f32(PITCH) if sideways else step
        at = start + (slope + (t - 1.0) * bend) * t
        at = hl.max(hl.min(at, high), low)
        whole = hl.i32(at)
        self.steps = lane if sideways else hl.Expr(0)
        self.place = hl.Func(f"{name}_place")
        self.place[lane, b, y, c, *tile] = (whole, at - hl.f32(whole))

    def resampled(self, name: str, source, plane: hl.Expr | hl.Var) -> hl.Func:
        """`source(displacement)`, six samples of each pixel of a block, through Lanczos-3 in the map of `plane`."""
        where, here = (b, y, plane, *tile), (lane, b, y, c, *tile)
        first, last = self.span[where][0], self.span[where][1]
        whole, fraction = (self.place[lane, *where][part] for part in (0, 1))
        # The six samples of each pixel: a block's pixels load together, once for each offset that one of them has.
        self.taps = hl.Func(f"{name}_taps")
        self.taps[here] = tuple(source(first - 2))
        candidate = hl.RDom([(1, MOST_CANDIDATES)], f"{name}_candidate")
        candidate.where(candidate.x <= last - first)
        self.candidate = candidate.x
        chosen, now = whole == candidate.x + self.steps, self.taps[here]
        more = source(first + candidate.x - 2)
        self.taps[here] = tuple(hl.select(chosen, more[tap], now[tap]) for tap in range(TAPS))
        func = hl.Func(name)
        func[here] = lanczos([self.taps[here][tap] for tap in range(TAPS)], fraction)
        return func


class Warp:
    """`source` (x, y, plane), its columns padded, to `output` (x, y, plane), a part of the output picture.

    `left_block` and `top` place the output's first pixel in the picture, in blocks of PITCH columns and in rows.
    `across` and `down` are the meshes of the two passes; see mapping.py. `tiles` says what a tile needs of the source,
    no more than `most_rows`; see tiles.py. `matrix[in, out]` is applied last.
    The source lies in the active area's coordinates, whose last column and row are `last_x`, `last_y`.
    """

    def __init__(self, shared: bool) -> None:
        self.shared = shared
        self.source = hl.ImageParam(hl.Float(32), 3, "source")
        self.across = hl.ImageParam(hl.Float(32), 3, "across")
        self.down = hl.ImageParam(hl.Float(32), 3, "down")
        self.tiles = hl.ImageParam(hl.Int(32), 4, "tiles")
        self.matrix = hl.ImageParam(hl.Float(32), 2, "matrix")
        self.left_block, self.top, last_x, last_y, most_rows = (
            hl.Param(hl.Int(32), name) for name in ("left_block", "top", "last_x", "last_y", "most_rows")
        )
        self.arguments = [self.source, self.across, self.down, self.tiles, self.matrix]
        self.arguments += [self.left_block, self.top, last_x, last_y, most_rows]
        self.matrix.dim(0).set_bounds(0, 3)
        self.matrix.dim(1).set_bounds(0, 3).set_stride(3)
        plane = hl.Expr(0) if shared else c

        top = TILE_ROWS * tile_y + self.top
        columns, rows = self.source.dim(0), self.source.dim(1)
        first_row, last_row = (self.tiles[k, 0, *tile] for k in (0, 1))
        last_begin = columns.max() - BLOCK
        begins = [hl.clamp(self.tiles[k, plane, *tile], columns.min(), last_begin) for k in (2, 3)]
        across_limits = tuple(hl.clamp(self.tiles[k, c, *tile], columns.min(), last_begin) + REACH - 1 for k in (2, 3))
        down_limits = first_row + REACH - 1, first_row + REACH - 1 + most_rows - TAPS
        rows_here = first_row, most_rows
        self.horizontal = Pass("across", self.across, self.left_block, rows_here, last_x, across_limits, sideways=True)
        rows_here = top, TILE_ROWS
        self.vertical = Pass("down", self.down, self.left_block, rows_here, last_y, down_limits, sideways=False)

        # What a tile needs of the source is read beforehand, a float of each line of memory: reads that nothing waits
        # for overlap. Those of a row again some rows before.
        line = hl.RDom([(0, MOST_LINES), (0, most_rows)], "line")
        line.where(line.y <= last_row - first_row)
        line.where(line.x <= (begins[1] + BLOCK - begins[0]) // PITCH)
        self.touched = hl.Func("touched")
        self.touched[c, *tile] = hl.i32(0)
        column, row = hl.min(begins[0] + PITCH * line.x, columns.max()), first_row + line.y
        self.touched[c, *tile] |= _bits(self.source[column, hl.clamp(row, rows.min(), rows.max()), c])
        never = last_y >> 31  # last_y is not negative, which the compiler can't know

        def begin(offset: hl.Expr) -> hl.Expr:
            column = PITCH * (TILE_BLOCKS * tile_x + b + self.left_block) + offset
            return hl.unsafe_promise_clamped(column, *begins)  # as `span` is

        def in_source(offset: hl.Expr) -> list[hl.Expr]:
            here = hl.clamp(first_row + y + (self.touched[c, *tile] & never), rows.min(), rows.max())
            return [self.source[begin(offset) + k + lane, here, c] for k in range(TAPS)]

        self.along_rows = self.horizontal.resampled("along_rows", in_source, plane)
        self.wide = hl.Func("wide")
        self.wide[lane, b, y, c, *tile] = hl.undef(hl.Float(32))
        each = self.each_row = hl.RDom([(0, most_rows)], "each_row")
        each.where(each.x <= last_row - first_row)
        later = hl.clamp(first_row + each.x + AHEAD, rows.min(), rows.max())
        column = begin(self.horizontal.span[b, each.x, plane, *tile][0] - 2)
        again = _bits(self.source[column, later, c]) | _bits(self.source[column + PITCH, later, c])
        value = _bits(self.along_rows[lane, b, each.x, c, *tile]) | (again & never)
        self.wide[lane, b, each.x, c, *tile] = hl.reinterpret(hl.Float(32), value)

        def in_wide(offset: hl.Expr) -> list[hl.Expr]:
            begin = hl.unsafe_promise_clamped(self.top + y + offset - first_row, 0, most_rows - TAPS)
            return [hl.f32(self.wide[lane, b, begin + k, c, *tile]) for k in range(TAPS)]

        self.along_columns = self.vertical.resampled("along_columns", in_wide, plane)
        self.output = hl.Func("warp")
        tile_here = (x // (PITCH * TILE_BLOCKS), y // TILE_ROWS)
        camera = [self.along_columns[x % PITCH, (x // PITCH) % TILE_BLOCKS, y, k, *tile_here] for k in range(3)]
        weights = [self.matrix[k, c] for k in range(3)]
        self.output[x, y, c] = camera[0] * weights[0] + camera[1] * weights[1] + camera[2] * weights[2]

    def schedule(self, machine: Machine) -> None:
        """Tiles: the rows of a tile that it needs, then its columns; strips of tiles in parallel.

        The rows of a plane follow those of another, where each has its own map. `benchmarks/opcodes.py` times it.
        """
        output, lanes = self.output, min(machine.vector_floats, PITCH)
        tx, ty, xi, yi, bi = (hl.Var(name) for name in ("tx", "ty", "xi", "yi", "bi"))
        buffer = output.output_buffer()
        buffer.dim(0).set_min(0)
        buffer.dim(1).set_min(0)
        buffer.dim(2).set_bounds(0, 3)
        output.bound(c, 0, 3)
        output.split(x, x, xi, PITCH, hl.TailStrategy.GuardWithIf)
        output.split(x, tx, bi, TILE_BLOCKS, hl.TailStrategy.GuardWithIf)
        output.split(y, ty, yi, TILE_ROWS, hl.TailStrategy.GuardWithIf)
        output.reorder(xi, bi, c, yi, tx, ty)
        output.vectorize(xi, lanes).unroll(c)
        if machine.parallel:
            output.parallel(ty)
        level = hl.LoopLevel(output, tx)
        planes = 1 if self.shared else 3
        each_row = self.each_row.x
        wide, drawn = self.wide.update(), self.along_columns
        self.wide.compute_at(level).bound(c, 0, 3).bound(lane, 0, PITCH)
        wide.reorder(lane, c, b, each_row) if self.shared else wide.reorder(lane, b, each_row, c)
        self.touched.compute_at(level if self.shared else hl.LoopLevel(self.wide, c))
        wide.vectorize(lane, lanes)
        drawn.compute_at(hl.LoopLevel(output, yi)).bound(c, 0, 3).bound(lane, 0, PITCH).vectorize(lane, lanes)
        drawn.reorder(lane, c, b, y) if self.shared else drawn.reorder(lane, b, c, y)
        of_row, of_block = hl.LoopLevel(self.wide, each_row), hl.LoopLevel(self.wide, b)
        for each, outer, per_row, per_block in (
            (self.horizontal, wide, of_row, of_block),
            (self.vertical, drawn, hl.LoopLevel(output, yi), hl.LoopLevel(drawn, b)),
        ):
            each.nodes.compute_at(level).bound(c, 0, planes)
            for func in (each.curve, each.span):
                func.compute_at(per_row).vectorize(func.args()[0], TILE_BLOCKS)
            for func in (each.taps, each.place):
                func.compute_at(per_block).bound(lane, 0, PITCH).vectorize(lane, lanes)
            each_tap = each.taps.update()
            if self.shared:
                outer.unroll(c)
                each.taps.bound(c, 0, 3).unroll(c)
                each_tap.reorder(lane, c, each.candidate).unroll(c)
            else:
                each_tap.reorder(lane, each.candidate)
            each_tap.vectorize(lane, lanes)
