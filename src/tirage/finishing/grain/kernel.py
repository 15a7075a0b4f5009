"""Grain: hashed white noise on a lattice, carried to the pixels by the cubic B-spline, scaled by luma."""

from __future__ import annotations

import halide as hl

from ...kernels.vocabulary import Machine
from ..texture.kernel import along_luma

STEP_BITS = 12

x, y = hl.Var("x"), hl.Var("y")


def white(column: hl.Expr, row: hl.Expr, seed: hl.Expr) -> hl.Expr:
    """Noise from -1 to 1 of a lattice node: its coordinates mixed with the seed (Wellons' lowbias32)."""
    mixed = hl.cast(hl.UInt(32), column) * hl.u32(0x9E3779B1) ^ (hl.cast(hl.UInt(32), row) * hl.u32(0x85EBCA77) + seed)
    mixed = (mixed ^ (mixed >> hl.u32(16))) * hl.u32(0x7FEB352D)
    mixed = (mixed ^ (mixed >> hl.u32(15))) * hl.u32(0x846CA68B)
    mixed = mixed ^ (mixed >> hl.u32(16))
    return hl.cast(hl.Float(32), hl.reinterpret(hl.Int(32), mixed)) * hl.f32(2.0**-31)


def _spline(position: hl.Expr) -> list[hl.Expr]:
    """The cubic B-spline's weights of the four nodes around a place `position` / 4096 of a spacing after the second."""
    t = hl.cast(hl.Float(32), position) * hl.f32(2.0**-STEP_BITS)
    rest = hl.f32(1.0) - t
    first, last = rest * rest * rest * hl.f32(1 / 6), t * t * t * hl.f32(1 / 6)
    second = hl.f32(2 / 3) - t * t * (hl.f32(1.0) - hl.f32(0.5) * t)
    return [first, second, hl.f32(1.0) - first - second - last, last]


class Grain:
    """`step[x, y]`, int16 of 32767, to be added to all channels; `luma[x, y]` is u16 0..32767.

    `across` holds a lattice row at every column of the picture.
    """

    def __init__(self, luma: hl.Func) -> None:
        self.amount = hl.ImageParam(hl.Int(16), 1, "grain_amount")
        self.spacing = hl.Param(hl.Int(32), "grain_step")
        self.seed = hl.Param(hl.UInt(32), "grain_seed")
        self.arguments = [self.amount, self.spacing, self.seed]
        self.amount.dim(0).set_bounds(0, 5)
        mask = (1 << STEP_BITS) - 1
        self.across = hl.Func("grain_across")
        place = x * self.spacing
        nodes = [white((place >> STEP_BITS) + node, y, self.seed) for node in range(4)]
        self.across[x, y] = _weighted(_spline(place & mask), nodes)
        place = y * self.spacing
        rows = [self.across[x, (place >> STEP_BITS) + node] for node in range(4)]
        noise = _weighted(_spline(place & mask), rows)
        scaled = noise * hl.cast(hl.Float(32), along_luma(luma[x, y], self.amount))
        self.step = hl.cast(hl.Int(16), hl.floor(scaled + hl.f32(0.5)))

    def schedule(self, machine: Machine, strip: hl.LoopLevel) -> None:
        """Lattice rows of a strip at a time; without grain there are four."""
        self.across.compute_at(strip).vectorize(x, machine.vector_floats, hl.TailStrategy.RoundUp)


def _weighted(weights: list[hl.Expr], values: list[hl.Expr]) -> hl.Expr:
    return weights[0] * values[0] + weights[1] * values[1] + (weights[2] * values[2] + weights[3] * values[3])
