"""Red and blue of a mosaic's planes, their differences from green shrunk where they are no more than noise."""

from __future__ import annotations

from collections.abc import Callable

import halide as hl

from ...kernels.vocabulary import Machine
from ..linearise.kernel import SensorMosaic

#: Taps of the wide mean, in quads; between them lies what the narrow mean has gathered.
WIDE = (-4, -2, 0, 2, 4)

#: A difference is kept by how far its square, red's and blue's together in parts of their variance, exceeds these,
#: about seven times the share of the noise that a quad has against its narrow mean, and that against the wide one.
FINE, COARSE = 4.5, 0.8

#: Light squared, squared: so little that division by 0 is all that it keeps away.
NONE = 1e-30

x, y, c, site = hl.Var("x"), hl.Var("y"), hl.Var("c"), hl.Var("site")


class ColourNoise:
    """The planes `planes[x, y, site]` of `sensor` with less noise of colour: `output[x, y, site]`.

    `noise` (6,) is, of green, red and blue, what a pixel's variance gains per light times green's `gain`, and per gain
    squared; 0 where nothing is to be done. `deviation[x, y]` is that of the noise of a quad's green, 0 likewise.
    """

    def __init__(self, sensor: SensorMosaic, planes: hl.Func) -> None:
        self.noise = hl.ImageParam(hl.Float(32), 1, "colour_noise")
        self.applied = hl.Param(hl.Int(32), "colour_noise_applied")
        self.arguments = [self.noise, self.applied]
        self.noise.dim(0).set_bounds(0, 6)
        self.planes = planes
        self.difference = hl.Func("difference")
        self.difference[x, y, c] = hl.mux(c, self._differences())
        self.narrow = self._separable("narrow", self.difference, _binomial)
        self.wide = self._separable("wide", self.narrow[-1], _mean)
        self.change, self.clean = hl.Func("change"), hl.Func("clean")
        self.change[x, y] = self._changes(sensor)
        own, changes = [planes[x, y, 0], planes[x, y, 3]], [self.change[x, y][0], self.change[x, y][1]]
        less = [value - change for value, change in zip(own, changes, strict=True)]
        self.clean[x, y, c] = hl.select(self.applied != 0, hl.mux(c, less), hl.mux(c, own))
        self.output = hl.Func("clean_planes")
        green = hl.select(site == 1, planes[x, y, 1], planes[x, y, 2])
        self.output[x, y, site] = hl.select(site == 0, self.clean[x, y, 0], site == 3, self.clean[x, y, 1], green)
        self.deviation = hl.Func("noise_deviation")
        light = (planes[x, y, 1] + planes[x, y, 2]) * hl.f32(0.5)
        self.deviation[x, y] = hl.select(self.applied != 0, hl.sqrt(self._variance(sensor, light, 0)), hl.f32(0.0))

    def _gain(self, sensor: SensorMosaic) -> hl.Expr:
        """Of a quad's green."""
        return hl.abs(sensor.gain_and_limit(*sensor.pixel(1), hl.i32(0))[0])

    def _variance(self, sensor: SensorMosaic, light: hl.Expr, index: int) -> hl.Expr:
        """Of a pixel's noise: green (0), red or blue."""
        gain = self._gain(sensor)
        return gain * (hl.max(light, hl.f32(0.0)) * self.noise[2 * index] + gain * self.noise[2 * index + 1])

    def _greens(self) -> list[hl.Expr]:
        """Green at the red pixel and at the blue one: the mean of the four around."""
        red_rows, blue_rows = (lambda dx, dy, k=k: self.planes[x + dx, y + dy, k] for k in (1, 2))
        beside_red = (red_rows(-1, 0) + red_rows(0, 0)) + (blue_rows(0, -1) + blue_rows(0, 0))
        beside_blue = (blue_rows(0, 0) + blue_rows(1, 0)) + (red_rows(0, 0) + red_rows(0, 1))
        return [beside_red * hl.f32(0.25), beside_blue * hl.f32(0.25)]

    def _differences(self) -> list[hl.Expr]:
        """Red and blue less green."""
        greens = self._greens()
        return [self.planes[x, y, 0] - greens[0], self.planes[x, y, 3] - greens[1]]

    def _separable(self, name: str, source: hl.Func, taps: Callable[[Callable[[int], hl.Expr]], hl.Expr]) -> list:
        down, across = hl.Func(f"{name}_down"), hl.Func(f"{name}_across")
        down[x, y, c] = taps(lambda offset: source[x, y + offset, c])
        across[x, y, c] = taps(lambda offset: down[x + offset, y, c])
        return [down, across]

    def _changes(self, sensor: SensorMosaic) -> tuple[hl.Expr, hl.Expr]:
        """What red and blue of a quad lose."""
        narrow, wide = self.narrow[-1], self.wide[-1]
        # Worked out again: kept from where they are first needed to here, they would fill the cache.
        fine = [difference - narrow[x, y, c] for c, difference in enumerate(self._differences())]
        coarse = [narrow[x, y, c] - wide[x, y, c] for c in range(2)]
        brightness = self._greens()[0]
        light = [brightness, *(brightness + wide[x, y, c] for c in range(2))]
        green, red, blue = (self._variance(sensor, level, index) for index, level in enumerate(light))
        variances = (red + green * hl.f32(0.25), blue + green * hl.f32(0.25))
        product = variances[0] * variances[1]

        def lost(pair: list[hl.Expr], threshold: float) -> hl.Expr:
            """The share that is lost: all of it below the threshold, then (threshold / energy)^2."""
            energy = pair[0] * pair[0] * variances[1] + pair[1] * pair[1] * variances[0]
            share = hl.min(hl.f32(threshold) * product / (energy + hl.f32(NONE)), hl.f32(1.0))
            return share * share

        of_fine, of_coarse = lost(fine, FINE), lost(coarse, COARSE)
        return tuple(fine[c] * of_fine + coarse[c] * of_coarse for c in range(2))  # type: ignore[return-value]

    def schedule(self, machine: Machine, strip: hl.LoopLevel, row: hl.LoopLevel) -> None:
        """Rows of quads; the rows that the taps down see are kept."""
        lanes = machine.vector_floats
        for func in (self.difference, *self.narrow, *self.wide, self.change, self.clean, self.deviation):
            func.store_at(strip).compute_at(row).vectorize(x, lanes, hl.TailStrategy.RoundUp)
        for func in (self.difference, *self.narrow, *self.wide, self.clean):
            func.bound(c, 0, 2).reorder(c, x, y).unroll(c)
        self.clean.specialize(self.applied == 0)


def _binomial(tap: Callable[[int], hl.Expr]) -> hl.Expr:
    return (tap(-1) + tap(1)) * hl.f32(0.25) + tap(0) * hl.f32(0.5)


def _mean(tap: Callable[[int], hl.Expr]) -> hl.Expr:
    total = tap(WIDE[0])
    for offset in WIDE[1:]:
        total += tap(offset)
    return total * hl.f32(1 / len(WIDE))
