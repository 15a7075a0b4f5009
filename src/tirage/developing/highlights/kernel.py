"""Rebuild the clipped samples of chosen tiles of a mosaic, from the survivors of their quads and a table of shares."""

from __future__ import annotations

import functools
from collections.abc import Callable

import halide as hl

from ...kernels.vocabulary import Machine
from ..linearise.kernel import SensorMosaic
from . import BRIGHTEST, FADE, FLAT, GENTLE, JUST_UNDER, MOST, MOST_FACTOR, MOST_LIFT, NEAR, TILE_HEIGHT, TILE_WIDTH
from .shares import BINS, PLANES

x, y, tile = hl.Var("x"), hl.Var("y"), hl.Var("tile")


def _smooth(part: hl.Expr) -> hl.Expr:
    """0 to 1 as `part` goes from 0 to 1, without a corner."""
    part = hl.clamp(part, 0, 1)
    return part * part * (3 - 2 * part)


def _least(values: list[hl.Expr]) -> hl.Expr:
    return functools.reduce(hl.min, values)


def _greatest(values: list[hl.Expr]) -> hl.Expr:
    return functools.reduce(hl.max, values)


def _second(values: list[hl.Expr]) -> hl.Expr:
    """The middle one of three."""
    return hl.max(hl.min(values[0], values[1]), hl.min(hl.max(values[0], values[1]), values[2]))


def _colours(sites: list[hl.Expr]) -> list[hl.Expr]:
    """Red, green and blue of red, two greens and blue."""
    return [sites[0], (sites[1] + sites[2]) * 0.5, sites[3]]


def _doubts(light: list[hl.Expr], clip: list[hl.Expr]) -> list[hl.Expr]:
    """0 where samples are believed, 1 where they are clipped."""
    return [_smooth((one / end - hl.f32(1 - NEAR)) / hl.f32(NEAR)) for one, end in zip(light, clip, strict=True)]


class Rebuild:
    """Tiles of TILE_HEIGHT x TILE_WIDTH stored values to such that nothing is clipped in, with `shift` bits less.

    Over white the new values' steps count the sensor's `steepness` times.

    `threshold[site]` (red, green, green, blue) is the stored value from which a sample is clipped, `shares[x, y,
    plane]` what `shares.table` makes, in cells of 1 / `cells_per_quad` quads, `corners[xy, tile]` the pixel where a
    tile begins: an even one. `headroom` is the greatest light of what is not all clipped, in units of the first clip.
    """

    def __init__(self) -> None:
        self.sensor = SensorMosaic()
        self.threshold = hl.ImageParam(hl.UInt(16), 1, "threshold")
        self.shares = hl.ImageParam(hl.Float(32), 3, "shares")
        self.cells_per_quad = hl.Param(hl.Float(32), "cells_per_quad")
        self.headroom = hl.Param(hl.Float(32), "headroom")
        self.shift = hl.Param(hl.UInt(16), "shift")
        self.corners = hl.ImageParam(hl.Int(32), 2, "corners")
        self.corners.dim(0).set_bounds(0, 2)
        self.threshold.dim(0).set_bounds(0, 4)
        self.arguments = [
            *self.sensor.arguments,
            self.threshold,
            self.shares,
            self.cells_per_quad,
            self.headroom,
            self.shift,
            self.corners,
        ]
        self.around, self.core, self.inside = hl.Func("around"), hl.Func("core"), hl.Func("inside")
        self.lights = hl.Func("lights")
        self.quads, self.output = hl.Func("quads"), hl.Func("highlights")
        columns, rows = self.sensor.mosaic.dim(0), self.sensor.mosaic.dim(1)
        column = hl.clamp(self.corners[0, tile], columns.min(), columns.max() - (TILE_WIDTH - 1)) // 2
        row = hl.clamp(self.corners[1, tile], rows.min(), rows.max() - (TILE_HEIGHT - 1)) // 2
        at_corner = hl.f32(column + x * (TILE_WIDTH // 2)), hl.f32(row + y * (TILE_HEIGHT // 2))
        self.around[x, y, tile] = hl.Tuple(self._at(*at_corner, [hl.i32(n) for n in range(3 * BINS, PLANES)]))
        last = [(side.max() - side.min()) // 2 for side in (columns, rows)]
        nearest = [hl.clamp(at, 0, end) for at, end in zip((x + column, y + row), last, strict=True)]
        self.lights[x, y, tile] = hl.Tuple(self._samples(*nearest))
        around = [self.lights[x + i, y + j, tile][4] for j in (-1, 0, 1) for i in (-1, 0, 1)]
        self.inside[x, y, tile] = sum(around[1:], around[0]) * hl.f32(1 / 9)
        samples = [self._light(site, x + column, y + row) for site in range(4)]
        self.core[x, y, tile] = hl.Tuple([one[part] for part in (1, 2) for one in samples])
        self.quads[x, y, tile] = hl.Tuple(self._rebuilt(column, row))
        values = self.quads[x // 2, y // 2, tile]
        right, below = (x + self.sensor.shift_x) % 2 == 1, (y + self.sensor.shift_y) % 2 == 1
        self.output[x, y, tile] = hl.select(
            below, hl.select(right, values[3], values[2]), hl.select(right, values[1], values[0])
        )

    def _samples(self, column: hl.Expr, row: hl.Expr) -> list[hl.Expr]:
        """The light of a quad's sites, red first; how near all are to their clips; how much both greens are doubted."""
        samples = [self._light(site, column, row) for site in range(4)]
        lights, clips = ([one[part] for one in samples] for part in (0, 1))
        room = _least([one / end for one, end in zip(_colours(lights), _colours(clips), strict=True)])
        doubts = _doubts(lights, clips)
        fading = _smooth((room - hl.f32(1 - FADE)) / hl.f32(FADE)) * _greatest(doubts)
        return [*lights, fading, doubts[1], doubts[2]]

    def _light(self, site: int, column: hl.Expr, row: hl.Expr) -> tuple[hl.Expr, hl.Expr, hl.Expr]:
        """A site's light, clip and gain in the quad at `column`, `row`."""
        across, down = (2 * at + odd for at, odd in zip((column, row), self._place(site), strict=True))
        gain, _ = self.sensor.gain_and_limit(across, down, site // 2)
        black = self.sensor.black[across, site // 2]
        light, clip = ((hl.f32(one) - black) * gain for one in (self.sensor.mosaic[across, down], self.threshold[site]))
        return light, clip, gain

    def _place(self, site: int) -> tuple[hl.Expr, hl.Expr]:
        """Column and row of a site in a quad."""
        return (self.sensor.shift_x + site % 2) % 2, (self.sensor.shift_y + site // 2) % 2

    def _fading_at(self, site: int) -> tuple[hl.Expr, hl.Expr]:
        """The same at a sample's own place, and the mean around it, straight between quads.

        A step of whole quads would be coloured.
        """
        across, down = self._place(site)
        beside, below = x + 2 * across - 1, y + 2 * down - 1

        def between(of: Callable[[hl.Expr, hl.Expr], hl.Expr]) -> hl.Expr:
            own, other = 3 * of(x, y) + of(beside, y), 3 * of(x, below) + of(beside, below)
            return (3 * own + other) * hl.f32(1 / 16)

        return between(lambda x, y: self.lights[x, y, tile][4]), between(lambda x, y: self.inside[x, y, tile])

    def _local(self, site: int, other: int) -> hl.Expr:
        """The light at a site by the nearest samples of another one: two, or four where it stands aslant of it."""
        right, below = (2 * odd - 1 for odd in self._place(site))
        across, down = [0] if site % 2 == other % 2 else [0, right], [0] if site // 2 == other // 2 else [0, below]
        values = [self.lights[x + i, y + j, tile][other] for j in down for i in across]
        return hl.max(sum(values[1:], values[0]) * hl.f32(1 / len(values)), 0)

    def _clipped_around(self, site: int, other: int) -> hl.Expr:
        """What part of the four other greens around a green one are clipped, twice, to 1."""
        right, below = (2 * odd - 1 for odd in self._place(site))
        near = [self.lights[x + i, y + j, tile][4 + other] for j in (0, below) for i in (0, right)]
        return hl.min(sum(near[1:], near[0]) * 0.5, 1)

    def _place_factor(self, site: int, trust: list[hl.Expr], channels: list[hl.Expr]) -> hl.Expr:
        """How much brighter than its quad a site's own place is, as the other colours say that are trusted.

        Beside an edge a quad's two greens differ as its red and its blue do.
        """
        own, here, usual = (0, 1, 1, 2)[site], hl.f32(1e-6), hl.f32(1e-6)
        for colour, sites in enumerate(((0,), (1, 2), (3,))):
            if colour != own:
                local = [self._local(site, other) for other in sites]
                here += trust[colour] * sum(local[1:], local[0]) * hl.f32(1 / len(local))
                usual += trust[colour] * hl.max(channels[colour], 0)
        return hl.clamp(here / usual, hl.f32(1 / MOST_FACTOR), hl.f32(MOST_FACTOR))

    def _rebuilt(self, column: hl.Expr, row: hl.Expr) -> list[hl.Expr]:
        """The stored values of the sites, red first, of the quad (x, y) in a tile that begins at a quad."""
        quad = self.core[x, y, tile]
        own = [self.lights[x, y, tile][site] for site in range(4)]
        clips, gains = ([quad[first + site] for site in range(4)] for first in (0, 4))
        doubt = _doubts(own, clips)
        for site, other in ((1, 2), (2, 1)):
            part = (own[site] / clips[site] - hl.f32(JUST_UNDER[0])) / hl.f32(JUST_UNDER[1] - JUST_UNDER[0])
            doubt[site] = hl.max(doubt[site], hl.clamp(part, 0, 1) * self._clipped_around(site, other))
        doubts = [doubt[0], hl.max(doubt[1], doubt[2]), doubt[3]]
        first = _least(_colours(clips))
        top = self.headroom * first
        found, rim, glare = self._estimates(doubts, _colours(own), column, row)
        brightest = hl.f32(BRIGHTEST) - rim
        trust = [1 - one for one in doubts]
        factors = [self._place_factor(site, trust, _colours(own)) for site in range(4)]
        found = [found[colour] * factor for colour, factor in zip((0, 1, 1, 2), factors, strict=True)]
        # Of two clipped colours either may show that it is brighter than the third one says: on the bright side.
        over = _greatest([doubt[s] * own[s] / hl.max(found[s], hl.f32(1e-6)) for s in range(4)])
        apart = [hl.max(factor - 1, 0) + FLAT for factor in factors]
        lift = _second(doubts) * (hl.clamp(over, 1, hl.f32(MOST_LIFT)) - 1) / _greatest(apart)
        found = [one * (1 + lift * part) for one, part in zip(found, apart, strict=True)]
        light = [own[s] + doubt[s] * hl.max(found[s] - own[s], 0) for s in range(4)]
        least = hl.min(_least(light), top)
        greatest = _greatest([one / factor for one, factor in zip(light, factors, strict=True)])
        values = []
        for site in range(4):
            kept = (top - least) / hl.max(greatest * factors[site] - least, top - least + hl.f32(1e-9))
            here = hl.min(least + (light[site] - least) * kept, top)
            fading, inside = self._fading_at(site)
            inside = hl.clamp(2 * inside - 1, 0, 1)
            beyond = hl.min(glare, hl.f32(GENTLE) + inside * inside)  # a border is soft, as through a lens
            here += fading * (first * (rim + brightest * beyond) - here)
            across, down = (2 * at + odd for at, odd in zip((x + column, y + row), self._place(site), strict=True))
            dark = self.sensor.black[across, site // 2]
            plain = (here / gains[site] + dark + 0.5) / hl.f32(hl.u16(1) << self.shift) - 0.5
            scaled = hl.min(plain, (plain + self.sensor.bias) / self.sensor.steepness)
            new = hl.u16(hl.clamp(hl.floor(scaled + 0.5), 0, 65535))
            values.append(hl.select(_greatest(doubt) > 0, new, self.sensor.mosaic[across, down] >> self.shift))
        return values

    def _estimates(
        self, doubts: list[hl.Expr], channels: list[hl.Expr], column: hl.Expr, row: hl.Expr
    ) -> tuple[list[hl.Expr], hl.Expr, hl.Expr]:
        """The light of each channel by what the others hold; what the last survivor's is, and how far all goes beyond.

        The surround's mean colour, as bright as the channels that aren't doubted; where that is all but the one that
        is doubted most, its share of the light in what is of like colour.
        """
        most = _greatest(doubts)
        worst = hl.select(doubts[0] >= most, 0, hl.select(doubts[1] >= most, 1, 2))
        first, last = hl.select(worst == 0, channels[1], channels[0]), hl.select(worst == 2, channels[1], channels[2])
        first, last = hl.max(first, 0), hl.max(last, 0)
        guide = first / hl.max(first + last, hl.f32(1e-6)) * (BINS - 1)
        knot = hl.clamp(hl.i32(guide), 0, BINS - 2)
        knots = [worst * BINS + knot, worst * BINS + knot + 1]
        one, other = self._at(hl.f32(x + column) + 0.5, hl.f32(y + row) + 0.5, knots)
        *mean, rim, glare = self._around()
        share = one + (other - one) * (guide - hl.f32(knot))
        alone = (first + last) * share / hl.max(1 - share, hl.f32(1 - MOST))
        trust = [1 - doubt for doubt in doubts]
        seen = sum((part * hl.max(light, 0) for part, light in zip(trust, channels, strict=True)), hl.f32(0))
        meant = sum((part * usual for part, usual in zip(trust, mean, strict=True)), hl.f32(0))
        scale = seen / hl.max(meant, _greatest(trust) * hl.f32(1 - MOST) + hl.f32(1e-6))
        lone = 1 - _second(doubts) / hl.max(most, hl.f32(1e-6))
        bright = hl.max(_greatest(channels), 0)  # neutral, where all are doubted
        found = [bright + _greatest(trust) * (scale * usual - bright) for usual in mean]
        return [own + hl.select(worst == c, lone, 0) * (alone - own) for c, own in enumerate(found)], rim, glare

    def _around(self) -> list[hl.Expr]:
        """The planes that don't depend on colour: straight between the corners of the tile."""
        across, down = (hl.f32(x) + 0.5) * (2 / TILE_WIDTH), (hl.f32(y) + 0.5) * (2 / TILE_HEIGHT)
        found = []
        for plane in range(PLANES - 3 * BINS):
            above, below = (
                self.around[0, j, tile][plane] * (1 - across) + self.around[1, j, tile][plane] * across for j in (0, 1)
            )
            found.append(above + (below - above) * down)
        return found

    def _at(self, column: hl.Expr, row: hl.Expr, planes: list[hl.Expr]) -> list[hl.Expr]:
        """Planes of the table at a place in quads, whose first begins at 0; straight between cells' centres."""
        right, bottom = self.shares.dim(0).max(), self.shares.dim(1).max()
        across = hl.clamp(column * self.cells_per_quad - 0.5, 0, hl.f32(right))
        down = hl.clamp(row * self.cells_per_quad - 0.5, 0, hl.f32(bottom))
        left, top = hl.clamp(hl.i32(across), 0, right), hl.clamp(hl.i32(down), 0, bottom)
        across, down = across - hl.f32(left), down - hl.f32(top)
        found = []
        for plane in planes:
            plane = hl.clamp(plane, self.shares.dim(2).min(), self.shares.dim(2).max())

            def along(cell: hl.Expr, plane: hl.Expr = plane) -> hl.Expr:
                one, other = self.shares[left, cell, plane], self.shares[hl.min(left + 1, right), cell, plane]
                return one + (other - one) * across

            above, below = along(top), along(hl.min(top + 1, bottom))
            found.append(above + (below - above) * down)
        return found

    def schedule(self, machine: Machine) -> None:
        """A tile at a time."""
        self.output.compute_root().bound(x, 0, TILE_WIDTH).bound(y, 0, TILE_HEIGHT).vectorize(x, TILE_WIDTH)
        self.output.unroll(y, 2)
        self.around.compute_at(self.output, tile)
        self.lights.compute_at(self.output, tile).vectorize(x, 4)  # gathers: wider ones only reach farther
        self.core.compute_at(self.output, tile).vectorize(x, min(TILE_WIDTH // 2, machine.vector_floats))
        self.inside.compute_at(self.output, tile).vectorize(x, machine.vector_floats)
        self.quads.compute_at(self.output, tile).vectorize(x, min(TILE_WIDTH // 2, machine.vector_floats))
        if machine.parallel:
            self.output.parallel(tile, 16, hl.TailStrategy.GuardWithIf)
