"""Opcode lists (DNG 1.7.1, chapter 7): big-endian in every file, every length checked before a byte is used."""

from __future__ import annotations

import struct

import numpy as np

from ..photo.errors import FileError, UnsupportedFileError
from ..photo.frame import GainMap, Opcode, Rectangle

GAIN_MAP = 9
NAMES = {
    1: "WarpRectilinear",
    2: "WarpFisheye",
    3: "FixVignetteRadial",
    4: "FixBadPixelsConstant",
    5: "FixBadPixelsList",
    6: "TrimBounds",
    7: "MapTable",
    8: "MapPolynomial",
    GAIN_MAP: "GainMap",
    10: "DeltaPerRow",
    11: "DeltaPerColumn",
    12: "ScalePerRow",
    13: "ScalePerColumn",
    14: "WarpRectilinear2",
}

_COUNT = struct.Struct(">I")
_HEAD = struct.Struct(">I4BII")  # code, DNG version, flags, bytes of data
_OPTIONAL, _PREVIEW_SKIP = 1, 2
_GAIN_MAP_HEAD = struct.Struct(">10I4dI")


def name(code: int) -> str:
    """The name of an opcode, or "opcode 99" for an unknown one."""
    return NAMES.get(code, f"opcode {code}")


def opcode_list(data: bytes, where: str) -> tuple[Opcode, ...]:
    """The operations of one list, in order; `where` is its tag, for messages.

    Raises FileError when lengths don't add up, and UnsupportedFileError for an unknown operation that is not optional.
    """
    if not data:
        return ()
    if len(data) < _COUNT.size:
        raise FileError(f"{where} is {len(data)} bytes long, too short for an opcode list")
    (count,) = _COUNT.unpack_from(data)
    if count * _HEAD.size > len(data) - _COUNT.size:
        raise FileError(f"{where} claims {count} opcodes, more than its {len(data)} bytes can hold")
    position, opcodes = _COUNT.size, []
    for index in range(count):
        if position + _HEAD.size > len(data):
            raise FileError(f"{where} ends in the head of opcode {index + 1} of {count}")
        code, *version, flags, length = _HEAD.unpack_from(data, position)
        position += _HEAD.size
        if length > len(data) - position:
            raise FileError(f"{where}: {name(code)} claims {length} bytes where {len(data) - position} are left")
        optional = bool(flags & _OPTIONAL)
        if code not in NAMES and not optional:
            raise UnsupportedFileError(f"{where} holds the mandatory {name(code)}, which tirage does not know")
        body = data[position : position + length]
        opcodes.append(
            Opcode(code, (version[0], version[1], version[2], version[3]), optional, bool(flags & _PREVIEW_SKIP), body)
        )
        position += length
    if position != len(data):
        raise FileError(f"{where} has {len(data) - position} bytes left over after its last opcode")
    return tuple(opcodes)


def gain_map(opcode: Opcode, width: int, height: int, where: str) -> GainMap | None:
    """The GainMap that `opcode` holds, its area cut to a picture of `width` x `height`; None when nothing is left.

    Raises FileError when its length is not what its grid needs, or a value makes no sense.
    """
    data = opcode.data
    if len(data) < _GAIN_MAP_HEAD.size:
        raise FileError(f"{where}: GainMap is {len(data)} bytes long, too short for its head")
    top, left, bottom, right, plane, planes, row_pitch, column_pitch, points_v, points_h, *rest = (
        _GAIN_MAP_HEAD.unpack_from(data)
    )
    spacing_v, spacing_h, origin_v, origin_h, map_planes = rest
    needed = _GAIN_MAP_HEAD.size + 4 * points_v * points_h * map_planes
    if len(data) != needed:
        size = f"{points_v} x {points_h} points and {map_planes} planes"
        raise FileError(f"{where}: GainMap of {size} needs {needed} bytes and has {len(data)}")
    if min(points_v, points_h, map_planes, planes, row_pitch, column_pitch) < 1:
        raise FileError(f"{where}: GainMap has a zero among its numbers of points, planes or pitches")
    spacing_makes_sense = all(n == 1 or 0 < s < np.inf for n, s in ((points_v, spacing_v), (points_h, spacing_h)))
    if not (spacing_makes_sense and np.isfinite(rest[:4]).all()):
        raise FileError(f"{where}: GainMap has a grid spacing or origin that makes no sense")
    grid = np.frombuffer(data, ">f4", offset=_GAIN_MAP_HEAD.size).reshape(points_v, points_h, map_planes)
    gains = grid.astype(np.float32)
    if not (np.isfinite(gains).all() and (gains >= 0).all()):
        raise FileError(f"{where}: GainMap holds a gain that is negative or not a number")
    if top >= min(bottom, height) or left >= min(right, width):
        return None
    area = Rectangle(left, top, min(right, width) - left, min(bottom, height) - top)
    return GainMap(area, plane, planes, row_pitch, column_pitch, spacing_v, spacing_h, origin_v, origin_h, gains)
