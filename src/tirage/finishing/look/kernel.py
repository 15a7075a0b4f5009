"""The look: scene light to display-encoded values through one shaper and one 33^3 table, tetrahedrally."""

from __future__ import annotations

import halide as hl

from ...kernels.vocabulary import Steps

NODES = 33
CELL_BITS = 11  # a table cell spans 2^11 of the shaper's 2^16 coordinates
PIECE_BITS = 17  # a shaper piece spans 2^17 float32 bit patterns: 64 pieces per octave
TOE = 2.0**-11
SCENE_MAX = 16.0
SHAPER_PIECES = 961  # 15 octaves of 64 from TOE to SCENE_MAX + TOE, and the piece where SCENE_MAX itself falls


def _larger(a: hl.Expr, b: hl.Expr) -> hl.Expr:
    """The larger of two numbers, `b` where `a` is NaN: the same on every processor, unlike max."""
    return hl.select(a > b, a, b)


def exposed(rgb: tuple[hl.Expr, ...], exposure: hl.ImageParam) -> tuple[hl.Expr, hl.Expr, hl.Expr]:
    """`rgb` times `exposure[in, out]`: the gain, and Rec.2020 to the primaries of the output space."""

    def row(out: int) -> hl.Expr:
        return rgb[0] * exposure[0, out] + rgb[1] * exposure[1, out] + rgb[2] * exposure[2, out]

    return row(0), row(1), row(2)


def inside_gamut(rgb: tuple[hl.Expr, ...], largest: hl.Expr, threshold: hl.Param) -> list[hl.Expr]:
    """Colours outside the output space moved smoothly inside: no channel negative, the `largest` unchanged.

    The distance of a channel from the largest, relative to it, is compressed from threshold..infinity to threshold..1
    (the form of the ACES reference gamut compression with power 1); a threshold of 1 cuts.
    """
    kept = threshold * largest
    room = (hl.f32(1.0) - threshold) * largest
    result = []
    for channel in rgb:
        excess = (largest - channel) - kept
        squeezed = room * (excess / (room + excess))
        result.append(hl.select(excess > 0.0, _larger(room - squeezed, hl.f32(0.0)), channel))
    return result


class Look:
    """The look at one position (x, y) of a picture or a plane, from its light `rgb` after exposure.

    `shaper[960]` packs a knot and the step to the next as u16; `table[33^3]` packs an entry's R', G', B' as u16.
    `channels` are display-encoded R'G'B', u16 expressions.
    """

    def __init__(
        self,
        rgb: tuple[hl.Expr, ...],
        shaper: hl.ImageParam,
        table: hl.ImageParam,
        gamut_threshold: hl.Param,
        steps: Steps,
    ) -> None:
        (largest,) = steps.compute("largest", _larger(rgb[0], _larger(rgb[1], _larger(rgb[2], hl.f32(0.0)))))
        places = steps.compute("places", *map(_along_shaper, inside_gamut(rgb, largest, gamut_threshold)))
        pieces = steps.look_up("pieces", *(_piece(place, shaper) for place in places))
        corners = _tetrahedron(steps.compute("coordinates", *map(_shaped, places, pieces)))
        indices = steps.compute("indices", *(index for index, _ in corners))
        weights = steps.compute("weights", *(weight for _, weight in corners))
        vertices = steps.look_up("vertices", *(_entry(table, index) for index in indices))

        def channel_at(channel: int) -> hl.Expr:
            total = hl.i32(1 << (CELL_BITS - 1))
            for index in range(4):
                entry = hl.cast(hl.UInt(16), vertices[index] >> hl.cast(hl.UInt(64), 16 * channel))
                total += hl.cast(hl.Int(32), entry) * weights[index]
            return hl.cast(hl.UInt(16), total >> CELL_BITS)

        self.channels = tuple(channel_at(channel) for channel in range(3))


def _along_shaper(value: hl.Expr) -> hl.Expr:
    """The place of a scene value on the shaper: its float32 bits, a logarithm in straight pieces."""
    positive = _larger(value, hl.f32(0.0))
    bounded = hl.select(positive < hl.f32(SCENE_MAX), positive, hl.f32(SCENE_MAX))
    return hl.reinterpret(hl.Int(32), bounded + hl.f32(TOE)) - hl.reinterpret(hl.Int(32), hl.f32(TOE))


def _piece(place: hl.Expr, shaper: hl.ImageParam) -> hl.Expr:
    """The piece of the shaper that a place is in."""
    return shaper[hl.unsafe_promise_clamped(place >> PIECE_BITS, 0, SHAPER_PIECES - 1)]


def _shaped(place: hl.Expr, piece: hl.Expr) -> hl.Expr:
    """The shaper's coordinate 0..65535 at a place."""
    fraction = hl.cast(hl.UInt(32), place & ((1 << PIECE_BITS) - 1))
    return hl.cast(hl.Int(32), (piece & hl.u32(0xFFFF)) + (((piece >> hl.u32(16)) * fraction) >> hl.u32(PIECE_BITS)))


def _entry(table: hl.ImageParam, index: hl.Expr) -> hl.Expr:
    return table[hl.unsafe_promise_clamped(index, 0, NODES**3 - 1)]


def _tetrahedron(coordinates: tuple[hl.Expr, ...]) -> list[tuple[hl.Expr, hl.Expr]]:
    """Index and weight (of 2^11) of the four table entries around a colour.

    From the cell's first corner, step along the axis of the largest fraction, then the middle, then the least.
    """
    strides = (1, NODES, NODES * NODES)
    red, green, blue = (coordinate & ((1 << CELL_BITS) - 1) for coordinate in coordinates)
    base = sum((coordinate >> CELL_BITS) * stride for coordinate, stride in zip(coordinates, strides, strict=True))
    largest, least = hl.max(hl.max(red, green), blue), hl.min(hl.min(red, green), blue)
    middle = red + green + blue - largest - least
    first = hl.select((red >= green) & (red >= blue), strides[0], hl.select(green >= blue, strides[1], strides[2]))
    last = hl.select((blue <= green) & (blue <= red), strides[2], hl.select(green <= red, strides[1], strides[0]))
    whole = sum(strides)
    return [
        (base, (1 << CELL_BITS) - largest),
        (base + first, largest - middle),
        (base + whole - last, middle - least),
        (base + whole, least),
    ]
