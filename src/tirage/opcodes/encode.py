"""Operations as the bytes of an opcode list (DNG 1.7.1, chapter 7)."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np

from ..photo.operations import (
    AreaSpec,
    FixBadPixelsConstant,
    FixBadPixelsList,
    FixVignetteRadial,
    GainMap,
    MapPolynomial,
    MapTable,
    Operation,
    PerColumn,
    PerRow,
    Rectangle,
    TrimBounds,
    WarpFisheye,
    WarpRectilinear,
)
from .names import code


def encode(operations: Sequence[Operation]) -> bytes:
    """The list's bytes, big-endian as in every file."""
    blocks = []
    for one in operations:
        data, flags = _data(one), one.optional | one.preview_skip << 1
        blocks.append(struct.pack(">I4BII", code(one), *one.dng_version, flags, len(data)) + data)
    return struct.pack(">I", len(blocks)) + b"".join(blocks)


def _data(one: Operation) -> bytes:
    match one:
        case WarpRectilinear():
            parts = [one.radial, one.tangential] if one.radius is None else [one.radial, one.tangential, one.radius]
            flag = b"" if one.radius is None else struct.pack(">I", one.reciprocal)
            return _coefficients(np.hstack(parts)) + struct.pack(">2d", *one.centre) + flag
        case WarpFisheye():
            return _coefficients(one.radial) + struct.pack(">2d", *one.centre)
        case FixVignetteRadial():
            return _bytes(one.radial, "f8") + struct.pack(">2d", *one.centre)
        case FixBadPixelsConstant():
            return struct.pack(">2I", one.constant, one.bayer_phase)
        case FixBadPixelsList():
            head = struct.pack(">3I", one.bayer_phase, len(one.points), len(one.rectangles))
            return head + _bytes(one.points, "u4") + _bytes(one.rectangles, "u4")
        case TrimBounds():
            return _rectangle(one.area)
        case MapTable():
            return _spec(one.spec) + struct.pack(">I", len(one.table)) + _bytes(one.table, "u2")
        case MapPolynomial():
            return _spec(one.spec) + struct.pack(">I", len(one.coefficients) - 1) + _bytes(one.coefficients, "f8")
        case GainMap():
            points_v, points_h, planes = one.gains.shape
            grid = (points_v, points_h, one.spacing_v, one.spacing_h, one.origin_v, one.origin_h, planes)
            return _spec(one.spec) + struct.pack(">2I4dI", *grid) + _bytes(one.gains, "f4")
        case PerRow() | PerColumn():
            return _spec(one.spec) + struct.pack(">I", len(one.values)) + _bytes(one.values, "f4")
    raise TypeError(f"{type(one).__name__} is no operation of an opcode list")


def _bytes(values: np.ndarray, kind: str) -> bytes:
    return np.ascontiguousarray(values, ">" + kind).tobytes()


def _coefficients(planes: np.ndarray) -> bytes:
    return struct.pack(">I", len(planes)) + _bytes(planes, "f8")


def _rectangle(area: Rectangle) -> bytes:
    return struct.pack(">4I", area.top, area.left, area.bottom, area.right)


def _spec(spec: AreaSpec) -> bytes:
    return _rectangle(spec.area) + struct.pack(">4I", spec.plane, spec.planes, spec.row_pitch, spec.column_pitch)
