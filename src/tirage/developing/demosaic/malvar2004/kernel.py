"""Malvar, He & Cutler (2004), "High-quality linear interpolation for demosaicing of Bayer-patterned color images"."""

from __future__ import annotations

import functools

import halide as hl

from .. import NOISE_ROOM
from ..kernel import MISSING, SITES, Colour, Demosaiced, bounded, limits, neighbour, x, y


def demosaic(planes: hl.Func, deviation: hl.Func | None = None) -> Demosaiced:
    """The CFA planes `planes[x, y, site]` to RGB at each site of each quad.

    Every estimate is bilinear plus a share of the local Laplacian of the colour measured there: 1/2 (green at red
    or blue), 5/8 (red or blue at green), 3/4 (red at blue, blue at red); section 2.1, with the 5x5 filters of figure 2.

    With the noise's `deviation[x, y]` every estimate keeps within the samples of its colour that are nearest, two or
    four, but for NOISE_ROOM, and lone edges are bounded: the paper's overshoot colours edges of light that is not
    encoded.
    """
    red, green_r, green_b, blue = (neighbour(planes, site) for site in range(4))

    def within(estimate: hl.Expr, nearest: list[hl.Expr]) -> hl.Expr:
        if deviation is None:
            return estimate
        room = deviation[x, y] * hl.f32(NOISE_ROOM)
        low, high = functools.reduce(hl.min, nearest), functools.reduce(hl.max, nearest)
        return hl.max(hl.min(estimate, high + room), low - room)

    def cross(plane):
        return plane(-1, 0) + plane(1, 0) + plane(0, -1) + plane(0, 1)

    def green_at_colour(centre, near, same_colour):
        return (8 * centre + 4 * near - 2 * same_colour) * 0.0625

    def colour_at_opposite(centre, corners, same_colour):
        return (12 * centre + 4 * corners - 3 * same_colour) * 0.0625

    def colour_at_green(centre, beside, diagonal, along, across):
        """`beside`: the wanted colour's pair; `along`, `across`: greens two pixels off, on its line and across it."""
        return (10 * centre + 8 * beside - 2 * (diagonal + along) + across) * 0.0625

    def beside_green(centre, pair, diagonal, along, across):
        return within(colour_at_green(centre, pair[0] + pair[1], diagonal, along, across), pair)

    # Red, at (2x, 2y).
    greens = [green_r(-1, 0), green_r(0, 0), green_b(0, -1), green_b(0, 0)]
    green_cross = greens[0] + greens[1] + greens[2] + greens[3]
    blues = [blue(-1, -1), blue(0, -1), blue(-1, 0), blue(0, 0)]
    corners = (blues[0] + blues[1]) + (blues[2] + blues[3])
    at_red = (
        red(0, 0),
        within(green_at_colour(red(0, 0), green_cross, cross(red)), greens),
        within(colour_at_opposite(red(0, 0), corners, cross(red)), blues),
    )
    # Green on a red row, at (2x + 1, 2y): red left and right, blue above and below.
    diagonal = (green_b(0, 0) + green_b(1, 0)) + (green_b(0, -1) + green_b(1, -1))
    row, column = green_r(-1, 0) + green_r(1, 0), green_r(0, -1) + green_r(0, 1)
    at_green_r = (
        beside_green(green_r(0, 0), [red(0, 0), red(1, 0)], diagonal, row, column),
        green_r(0, 0),
        beside_green(green_r(0, 0), [blue(0, 0), blue(0, -1)], diagonal, column, row),
    )
    # Green on a blue row, at (2x, 2y + 1): blue left and right, red above and below.
    diagonal = (green_r(0, 0) + green_r(-1, 0)) + (green_r(0, 1) + green_r(-1, 1))
    row, column = green_b(-1, 0) + green_b(1, 0), green_b(0, -1) + green_b(0, 1)
    at_green_b = (
        beside_green(green_b(0, 0), [red(0, 0), red(0, 1)], diagonal, column, row),
        green_b(0, 0),
        beside_green(green_b(0, 0), [blue(-1, 0), blue(0, 0)], diagonal, row, column),
    )
    # Blue, at (2x + 1, 2y + 1).
    greens = [green_b(0, 0), green_b(1, 0), green_r(0, 0), green_r(0, 1)]
    green_cross = greens[0] + greens[1] + greens[2] + greens[3]
    reds = [red(0, 0), red(1, 0), red(0, 1), red(1, 1)]
    corners = (reds[0] + reds[1]) + (reds[2] + reds[3])
    at_blue = (
        within(colour_at_opposite(blue(0, 0), corners, cross(blue)), reds),
        within(green_at_colour(blue(0, 0), green_cross, cross(blue)), greens),
        blue(0, 0),
    )
    sites = (at_red, at_green_r, at_green_b, at_blue)
    return _within_lone_edges(planes, sites) if deviation is not None else Demosaiced(sites, strip_rows=128)


def _within_lone_edges(planes: hl.Func, sites: tuple[Colour, ...]) -> Demosaiced:
    """What a lone edge is, is not exceeded, and has no colour that its sides do not have."""
    rows = []

    def row(name: str, *values: hl.Expr, kept: int) -> hl.Func:
        func = hl.Func(name)
        func[x, y] = tuple(values)
        rows.append(func)
        return func

    bounds = limits(lambda site, d: planes[x, y + d, site], row)
    colours = [list(colour) for colour in sites]
    for site in SITES:
        for channel in MISSING[site]:
            colours[site][channel] = bounded(colours[site][channel], channel, planes[x, y, site], site, bounds)
    red, green_r, green_b, blue = (tuple(colour) for colour in colours)
    return Demosaiced((red, green_r, green_b, blue), stored=tuple(rows), strip_rows=128)
