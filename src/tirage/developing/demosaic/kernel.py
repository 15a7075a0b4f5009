"""What the demosaic kernels share: the mosaic as four planes of quads, and quads as an RGB picture.

A quad is a 2x2 cell R G / G B. Site 0 is red, 1 green on red rows, 2 green on blue rows, 3 blue; site k sits at
pixel (2x + k % 2, 2y + k // 2). Other CFA layouts are the same grid seen from another first pixel: a run-time
shift, not another kernel.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import halide as hl

from ...kernels.vocabulary import Machine

x, y, c, site = hl.Var("x"), hl.Var("y"), hl.Var("c"), hl.Var("site")

STRIP_ROWS = 64

RED, GREEN, BLUE = 0, 1, 2
OWN = (RED, GREEN, GREEN, BLUE)
MISSING = ((GREEN, BLUE), (RED, BLUE), (RED, BLUE), (RED, GREEN))
SITES = range(4)

#: Where `limits` tell how far two colours of a site may be apart.
ROOM = {RED + GREEN: 6, GREEN + BLUE: 7, RED + BLUE: 8}

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


def within(value: hl.Expr, low: hl.Expr, high: hl.Expr) -> hl.Expr:
    """The nearest to `value` from `low` to `high`; what is no number stays none."""
    bounded = hl.select(value > high, high, value)
    return hl.select(bounded < low, low, bounded)


def limits(sample: Callable[[int, int], hl.Expr], row: Callable[..., hl.Func]) -> list[hl.Expr]:
    """What lone edges bound. Per quad: the least and the greatest that red, green and blue may be, and by how much red
    and blue may differ from green, and from each other.

    `sample(site, d)` is what was measured at a site, `d` rows of quads below; `row(name, *values, kept)` a Func of
    values that is stored for so many rows.

    They are the extremes of the samples of 3x3 quads; and less and more by what the extremes of the quads' sums
    stand out from the opened sums, which is none where both sides of an edge are even over 2x2 quads.
    """
    least, most = functools.partial(functools.reduce, hl.min), functools.partial(functools.reduce, hl.max)

    def around(at: Callable[[int], hl.Expr], extreme: Callable) -> hl.Expr:
        return extreme([at(d) for d in (-1, 0, 1)])

    def opened(at: Callable[[int], hl.Expr], inner: Callable, outer: Callable) -> hl.Expr:
        return outer([inner([at(d), at(d + 1)]) for d in (-2, -1, 0, 1)])

    def samples(*sites: int) -> list[Callable[[int], hl.Expr]]:
        return [functools.partial(sample, site) for site in sites]

    def green(d: int, extreme: Callable) -> hl.Expr:
        return extreme([at(d) for at in samples(1, 2)])

    red, blue = samples(0, 3)
    colours = red(0) + blue(0)
    sums = row("sums", *[colours + 2 * green(0, extreme) for extreme in (least, most)], kept=8)
    lower, higher = (lambda d, n=n: sums[x, y + d][n] for n in (0, 1))
    down = row(
        "extremes_down",
        *[around(at, least) for at in (red, functools.partial(green, extreme=least), blue, lower)],
        *[around(at, most) for at in (red, functools.partial(green, extreme=most), blue, higher)],
        opened(higher, most, least),
        opened(lower, least, most),
        kept=1,
    )

    def across(n: int) -> Callable[[int], hl.Expr]:
        return lambda d: down[x + d, y][n]

    *lows, lowest = (around(across(n), least) for n in range(4))
    *highs, highest = (around(across(n), most) for n in range(4, 8))
    below, above = opened(across(8), most, least) - lowest, highest - opened(across(9), least, most)
    ranges = [high - low for low, high in zip(lows, highs, strict=True)]
    # The colours' extremes don't fall on the same quads.
    apart = (ranges[RED] + ranges[BLUE] + 2 * ranges[GREEN]) - (highest - lowest) + (below + above)
    unlike = [
        apart + (hl.abs(highs[channel] - highs[GREEN]) + hl.abs(lows[channel] - lows[GREEN])) for channel in (RED, BLUE)
    ]
    bounds = [*[low - below for low in lows], *[high + above for high in highs]]
    return [*bounds, *unlike, unlike[0] + unlike[1]]


def bounded(estimate: hl.Expr, channel: int, own: hl.Expr, site: int, bounds: list[hl.Expr]) -> hl.Expr:
    """An estimate of a missing channel at a site, where `own` was measured, within the bounds of `limits`."""
    room = bounds[ROOM[OWN[site] + channel]]
    return within(within(estimate, own - room, own + room), bounds[channel], bounds[3 + channel])


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
