"""What the demosaic kernels share: the mosaic as four planes of quads, and quads as an RGB picture.

A quad is a 2x2 cell R G / G B. Site 0 is red, 1 green on red rows, 2 green on blue rows, 3 blue; site k sits at
pixel (2x + k % 2, 2y + k // 2). Other CFA layouts are the same grid seen from another first pixel: a run-time
shift, not another kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import halide as hl

from ...kernels.vocabulary import Machine

x, y, c, site = hl.Var("x"), hl.Var("y"), hl.Var("c"), hl.Var("site")

STRIP_ROWS = 64

Colour = tuple[hl.Expr, hl.Expr, hl.Expr]


@dataclass(frozen=True)
class Demosaiced:
    """R, G, B at each of the four sites, as expressions of x and y.

    `stored` are the intermediate Funcs, in order, to be kept a row of quads at a time; a method with other needs
    brings its own `schedule(machine, strip, row)`, and strips as high as its reach asks for. `arguments` are what it
    takes beyond the mosaic.
    """

    sites: tuple[Colour, Colour, Colour, Colour]
    stored: tuple[hl.Func, ...] = ()
    arguments: tuple[Any, ...] = ()
    schedule: Callable[[Machine, hl.LoopLevel, hl.LoopLevel], None] | None = None
    strip_rows: int = STRIP_ROWS


def neighbour(planes: hl.Func, index: int) -> Callable[[int, int], hl.Expr]:
    """The plane `index` as a function of the offset in quads from (x, y)."""
    return lambda dx, dy: planes[x + dx, y + dy, index]


def picture_of_quads(
    sites: Sequence[Colour], shift: tuple[hl.Expr, hl.Expr], machine: Machine, strip_rows: int = STRIP_ROWS
) -> tuple[hl.Func, hl.LoopLevel, hl.LoopLevel]:
    """The planar picture of R, G, B at the four sites of quads that lie `shift` off it.

    Returns the scheduled output, and where a producer of the quads is stored and computed.
    """
    quads, output = hl.Func("quads"), hl.Func("picture")
    funcs = []
    for index, colour in enumerate(sites):
        func = hl.Func(f"site_{index}")
        func[x, y] = tuple(colour)
        funcs.append(func)

    def at(index: int) -> hl.Expr:
        return hl.mux(c, [funcs[index][x // 2, y // 2][channel] for channel in range(3)])

    even, odd = hl.select(x % 2 == 0, at(0), at(1)), hl.select(x % 2 == 0, at(2), at(3))
    quads[x, y, c] = hl.select(y % 2 == 0, even, odd)
    output[x, y, c] = quads[x + shift[0], y + shift[1], c]

    yo, yi, xo, xi, xp, yp = (hl.Var(name) for name in ("yo", "yi", "xo", "xi", "xp", "yp"))
    output.compute_root().bound(c, 0, 3).split(y, yo, yi, strip_rows, hl.TailStrategy.GuardWithIf)
    output.split(x, xo, xi, machine.vector_floats, hl.TailStrategy.GuardWithIf)
    output.reorder(xi, xo, yi, c, yo).vectorize(xi).never_partition([yo])
    if machine.parallel:
        output.parallel(yo)
    quads.compute_at(output, yo).bound(c, 0, 3).align_bounds(x, 2).align_bounds(y, 2)
    quads.split(x, xo, xp, 2).split(xo, xo, xi, machine.vector_floats, hl.TailStrategy.RoundUp).split(y, y, yp, 2)
    quads.reorder(xi, c, xp, yp, xo, y).unroll(xp).unroll(yp).unroll(c).vectorize(xi).never_partition([y])
    for func in funcs:
        func.compute_at(quads, xo).vectorize(x)
    return output, hl.LoopLevel(output, yo), hl.LoopLevel(quads, y)
