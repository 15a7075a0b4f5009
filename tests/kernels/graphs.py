"""Small graphs that exercise every kind of argument, stride and failure."""

from __future__ import annotations

import functools

import halide as hl

from tirage.kernels.vocabulary import Graph, Machine

x, y, c = hl.Var("x"), hl.Var("y"), hl.Var("c")


def copy(machine: Machine) -> tuple[hl.Func, list]:
    """out(x, y, c) = image(x, y, c), on any strides and origins."""
    image = hl.ImageParam(hl.UInt(16), 3, "image")
    image.dim(0).set_stride(hl.Expr())
    out = hl.Func("copy")
    out[x, y, c] = image[x, y, c]
    out.output_buffer().dim(0).set_stride(hl.Expr())
    return out, [image]


def blur(machine: Machine, radius: int = 1) -> tuple[hl.Func, list]:
    """out(x, y) = gain * sum of image over (2 radius + 1)^2, unclamped at the borders, in parallel strips."""
    image = hl.ImageParam(hl.Float(32), 2, "image")
    gain = hl.Param(hl.Float(32), "gain")
    shift = hl.Param(hl.Int(32), "shift")
    r = hl.RDom([(-radius, 2 * radius + 1), (-radius, 2 * radius + 1)])
    total, out = hl.Func("total"), hl.Func("blur")
    total[x, y] = hl.f32(0)
    total[x, y] += image[x + r.x + shift, y + r.y]
    out[x, y] = total[x, y] * gain
    out.vectorize(x, machine.vector_floats, hl.TailStrategy.GuardWithIf)
    if machine.parallel:
        out.parallel(y, 8, hl.TailStrategy.GuardWithIf)
    return out, [image, gain, shift]


def transcendental(machine: Machine) -> tuple[hl.Func, list]:
    """A float expression in which a fused multiply-add or a wider register would show."""
    image = hl.ImageParam(hl.Float(32), 2, "image")
    out = hl.Func("transcendental")
    v = image[x, y]
    out[x, y] = hl.sqrt(v * v + 0.1 * v + 0.01) / (v + 1.7) + hl.exp(-v) * hl.log(v + 1.0)
    out.vectorize(x, machine.vector_floats, hl.TailStrategy.GuardWithIf)
    return out, [image]


def two(machine: Machine) -> tuple[hl.Func, list]:
    """Two outputs: image + 1 and image + 2, and a flag that must hold."""
    image = hl.ImageParam(hl.UInt(8), 1, "image")
    most = hl.Param(hl.UInt(8), "most")
    out = hl.Func("two")
    v = hl.require(image[x] <= most, image[x], most)
    out[x] = (hl.u8(v + 1), hl.u8(v + 2))
    return out, [image, most]


def stored(machine: Machine) -> tuple[hl.Func, list]:
    """out(x) = image(x) + 2 by way of an intermediate as large as the output."""
    image = hl.ImageParam(hl.UInt(8), 1, "image")
    between, out = hl.Func("between"), hl.Func("stored")
    between[x] = hl.u8(image[x] + 1)
    out[x] = hl.u8(between[x] + 1)
    between.compute_root()
    return out, [image]


GRAPHS = (
    Graph("copy", copy),
    Graph("blur", functools.partial(blur, radius=2)),
    Graph("transcendental", transcendental),
    Graph("two", two),
    Graph("stored", stored),
)
