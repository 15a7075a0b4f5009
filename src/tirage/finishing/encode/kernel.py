"""Display values to the integers of a file: 16 bits as they are, 8 bits with a dither."""

from __future__ import annotations

import halide as hl

x, y, c = hl.Var("x"), hl.Var("y"), hl.Var("c")


def to_8_bit(values: hl.Func) -> hl.Func:
    """`values[x, y, c]`, 0..65535, to u8 with Roberts' R2 sequence as dither, equal in the three channels.

    Roberts (2018), "The unreasonable effectiveness of quasirandom sequences": frac(x / g + y / g^2) for the plastic
    number g, here in 16-bit fixed point. A neutral stays neutral; 0 stays 0 and 65535 becomes 255 everywhere.
    """
    dither = (x * 49471 + y * 37345) & 0xFFFF
    value = hl.cast(hl.Int(32), values[x, y, c])
    full = value + (value >> 15)  # 0..65536
    result = hl.Func("finished")
    result[x, y, c] = hl.cast(hl.UInt(8), hl.min((full * 255 + dither) >> 16, 255))
    return result


def to_16_bit(values: hl.Func) -> hl.Func:
    """`values[x, y, c]`, 0..65535, as u16."""
    result = hl.Func("finished")
    result[x, y, c] = hl.cast(hl.UInt(16), values[x, y, c])
    return result
