"""Opcode lists as operations: big-endian in every file, every length checked before a byte is used."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np

from ..photo.errors import FileError, UnsupportedFileError
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
from .names import NAMES, name_of_code

#: The newest DNG version whose operations are known.
NEWEST = (1, 7, 1, 0)
#: What 1 in a DeltaPerRow or DeltaPerColumn is, of values 0..1, in images of integers; 1 in those of floats.
INTEGER_UNIT = 1 / 65535

_COUNT = struct.Struct(">I")
_HEAD = struct.Struct(">I4BII")  # code, DNG version, flags, bytes of data
_OPTIONAL, _PREVIEW_SKIP = 1, 2
_MOST_PLANES, _HIGHEST_DEGREE = 4, 8
#: Stored values reach 65535, and so may the first coefficient of a polynomial of them.
_GREATEST_COEFFICIENT = 1e6
_RADIAL_TERMS = 15
#: No lens loses more light than this.
_MOST_GAIN = 10000


class Body:
    """The data of one operation, taken from its front; FileErrors name the operation and the tag that holds it."""

    def __init__(self, data: bytes, what: str, width: int, height: int) -> None:
        self.data, self.what, self.width, self.height = data, what, width, height
        self.position = 0

    def fail(self, problem: str) -> FileError:
        """The error to raise."""
        return FileError(f"{self.what} {problem}")

    def take(self, layout: str) -> tuple[Any, ...]:
        """The next values of a fixed layout, as `struct` writes it."""
        size = struct.calcsize(">" + layout)
        if size > len(self.data) - self.position:
            raise self.fail(f"is {len(self.data)} bytes long, too short for its head")
        values = struct.unpack_from(">" + layout, self.data, self.position)
        self.position += size
        return values

    def rest(self, kind: str, *shape: int, described: str) -> np.ndarray:
        """The array that must fill all that is left."""
        dtype = np.dtype(">" + kind)
        needed = self.position + dtype.itemsize * int(np.prod([int(n) for n in shape], dtype=object))
        if len(self.data) != needed:
            raise self.fail(f"of {described} needs {needed} bytes and has {len(self.data)}")
        array = np.frombuffer(self.data, dtype, offset=self.position).reshape(shape)
        if kind[0] == "f" and not np.isfinite(array).all():
            raise self.fail("holds a value that is not a number")
        self.position = needed
        return array.astype(dtype.newbyteorder("="))

    def end(self) -> None:
        """Nothing may be left."""
        if self.position != len(self.data):
            raise self.fail(f"needs {self.position} bytes and has {len(self.data)}")

    def centre(self) -> tuple[float, float]:
        """An optical centre (x, y), inside the image."""
        x, y = self.take("2d")
        if not (0 <= x <= 1 and 0 <= y <= 1):  # also refuses NaN
            raise self.fail("has an optical centre outside the image")
        return x, y

    def planes(self) -> int:
        """How many planes of coefficients follow."""
        (planes,) = self.take("I")
        if not 1 <= planes <= _MOST_PLANES:
            raise self.fail(f"claims {planes} planes of coefficients; 1 to {_MOST_PLANES} belong")
        return planes

    def numbers(self, rows: int, columns: int) -> np.ndarray:
        """(rows, columns) float64, finite."""
        values = np.reshape(self.take(f"{rows * columns}d"), (rows, columns))
        if not np.isfinite(values).all():
            raise self.fail("holds a value that is not a number")
        return values

    def rectangle(self) -> Rectangle | None:
        """The next top, left, bottom, right, cut to the image; None when nothing is left."""
        return self.cut(*self.take("4I"))

    def cut(self, top: int, left: int, bottom: int, right: int) -> Rectangle | None:
        """The part of a rectangle that is inside the image; None when nothing is left."""
        bottom, right = min(bottom, self.height), min(right, self.width)
        return Rectangle(left, top, right - left, bottom - top) if top < bottom and left < right else None


def operations(
    data: bytes, where: str, width: int, height: int, notes: list[str], *, unit: float = INTEGER_UNIT
) -> tuple[Operation, ...]:
    """The operations of one list for an image of `width` x `height`, in order; `where` is its tag, for messages.

    Areas are cut to the image, and operations without any area left out. Optional operations that are unknown, or of a
    newer DNG, are left out with a note. `unit` is INTEGER_UNIT, or 1 for an image of floats.
    Raises FileError when a length or value makes no sense, UnsupportedFileError for an unknown operation that is not
    optional.
    """
    found = []
    for code, version, flags, body in _split(data, where):
        optional = bool(flags & _OPTIONAL)
        if code not in NAMES or version > NEWEST:
            problem = "which tirage does not know"
            if code in NAMES:
                problem = f"which needs DNG {'.'.join(map(str, version))}; tirage reads 1.7.1"
            if not optional:
                raise UnsupportedFileError(f"{where} holds the mandatory {name_of_code(code)}, {problem}")
            notes.append(f"{where}: {name_of_code(code)} is skipped, {problem}")
            continue
        common: dict[str, Any] = {"dng_version": version, "optional": optional}
        common["preview_skip"] = bool(flags & _PREVIEW_SKIP)
        if code in (10, 11):
            common["unit"] = unit
        reader = Body(body, f"{where}: {NAMES[code]}", width, height)
        operation = _DECODERS[code](reader, common)
        reader.end()
        if operation is not None and not (found and _stands_in(found[-1], operation)):
            found.append(operation)
    return tuple(found)


def _stands_in(before: Operation, operation: Operation) -> bool:
    """Whether a warp is there for readers that don't know the optional WarpRectilinear2 before it (chapter 7)."""
    is_second = isinstance(before, WarpRectilinear) and before.radius is not None
    is_first = isinstance(operation, WarpRectilinear) and operation.radius is None
    return is_second and before.optional and (is_first or isinstance(operation, WarpFisheye))


def _split(data: bytes, where: str) -> list[tuple[int, tuple[int, int, int, int], int, bytes]]:
    """Code, version, flags and data of each operation."""
    if not data:
        return []
    if len(data) < _COUNT.size:
        raise FileError(f"{where} is {len(data)} bytes long, too short for an opcode list")
    (count,) = _COUNT.unpack_from(data)
    if count * _HEAD.size > len(data) - _COUNT.size:
        raise FileError(f"{where} claims {count} opcodes, more than its {len(data)} bytes can hold")
    position, parts = _COUNT.size, []
    for index in range(count):
        if position + _HEAD.size > len(data):
            raise FileError(f"{where} ends in the head of opcode {index + 1} of {count}")
        code, *version, flags, length = _HEAD.unpack_from(data, position)
        position += _HEAD.size
        if length > len(data) - position:
            raise FileError(
                f"{where}: {name_of_code(code)} claims {length} bytes where {len(data) - position} are left"
            )
        parts.append((code, tuple(version), flags, data[position : position + length]))
        position += length
    if position != len(data):
        raise FileError(f"{where} has {len(data) - position} bytes left over after its last opcode")
    return parts


def _warp_rectilinear(body: Body, common: dict[str, Any]) -> Operation:
    planes = body.planes()
    numbers = body.numbers(planes, 6)
    return WarpRectilinear(numbers[:, :4], numbers[:, 4:], body.centre(), **common)


def _warp_rectilinear_2(body: Body, common: dict[str, Any]) -> Operation:
    planes = body.planes()
    numbers = body.numbers(planes, _RADIAL_TERMS + 4)
    radial, tangential, radius = np.split(numbers, [_RADIAL_TERMS, _RADIAL_TERMS + 2], axis=1)
    if not ((radius[:, 0] >= 0) & (radius[:, 0] < radius[:, 1])).all():
        raise body.fail("has radii of validity that make no sense")
    centre = body.centre()
    (reciprocal,) = body.take("I")
    return WarpRectilinear(radial, tangential, centre, radius, reciprocal != 0, **common)


def _warp_fisheye(body: Body, common: dict[str, Any]) -> Operation:
    planes = body.planes()
    return WarpFisheye(body.numbers(planes, 4), body.centre(), **common)


def _fix_vignette_radial(body: Body, common: dict[str, Any]) -> Operation:
    radial, centre = body.numbers(1, 5)[0], body.centre()
    if (np.abs(radial) > _MOST_GAIN).any():
        raise body.fail(f"holds a coefficient beyond {_MOST_GAIN}")
    return FixVignetteRadial(radial, centre, **common)


def _bayer_phase(body: Body, phase: int) -> int:
    if phase > 3:
        raise body.fail(f"has a Bayer phase of {phase}; 0 to 3 belong")
    return phase


def _fix_bad_pixels_constant(body: Body, common: dict[str, Any]) -> Operation:
    constant, phase = body.take("2I")
    return FixBadPixelsConstant(constant, _bayer_phase(body, phase), **common)


def _fix_bad_pixels_list(body: Body, common: dict[str, Any]) -> Operation | None:
    phase, points, rectangles = body.take("3I")
    numbers = body.rest(
        "u4", 2 * points + 4 * rectangles, described=f"{points} points and {rectangles} rectangles"
    ).astype(np.int64)
    at = numbers[: 2 * points].reshape(points, 2)
    at = at[(at < (body.height, body.width)).all(axis=1)]
    areas = np.minimum(numbers[2 * points :].reshape(rectangles, 4), [body.height, body.width] * 2)
    areas = areas[(areas[:, :2] < areas[:, 2:]).all(axis=1)]
    if not len(at) and not len(areas):
        return None
    return FixBadPixelsList(_bayer_phase(body, phase), at, areas, **common)


def _trim_bounds(body: Body, common: dict[str, Any]) -> Operation:
    area = body.rectangle()
    if area is None:
        raise body.fail("leaves nothing of the image")
    return TrimBounds(area, **common)


def _spec(body: Body) -> tuple[AreaSpec | None, int, int]:
    """The area, None outside the image, and how many rows and columns it reaches before it is cut."""
    top, left, bottom, right, plane, planes, row_pitch, column_pitch = body.take("8I")
    if min(planes, row_pitch, column_pitch) < 1:
        raise body.fail("has a zero among its numbers of planes or pitches")
    rows, columns = (max(0, -(-extent // pitch)) for extent, pitch in (
        (bottom - top, row_pitch), (right - left, column_pitch)))  # fmt: skip
    if top >= bottom or left >= right:  # Adobe's SDK takes this for the whole image
        top, left, bottom, right = 0, 0, body.height, body.width
    area = body.cut(top, left, bottom, right)
    return AreaSpec(area, plane, planes, row_pitch, column_pitch) if area else None, rows, columns


def _map_table(body: Body, common: dict[str, Any]) -> Operation | None:
    spec, _, _ = _spec(body)
    (size,) = body.take("I")
    if not 1 <= size <= 65536:
        raise body.fail(f"claims a table of {size} values; 1 to 65536 belong")
    table = body.rest("u2", size, described=f"{size} values")
    return MapTable(spec, table, **common) if spec else None


def _map_polynomial(body: Body, common: dict[str, Any]) -> Operation | None:
    spec, _, _ = _spec(body)
    (degree,) = body.take("I")
    if degree > _HIGHEST_DEGREE:
        raise body.fail(f"claims degree {degree}; 0 to {_HIGHEST_DEGREE} belong")
    coefficients = body.rest("f8", degree + 1, described=f"degree {degree}")
    if np.abs(coefficients).max() > _GREATEST_COEFFICIENT:
        raise body.fail(f"has a coefficient of {np.abs(coefficients).max():g}; the file is damaged")
    return MapPolynomial(spec, coefficients, **common) if spec else None


def _gain_map(body: Body, common: dict[str, Any]) -> Operation | None:
    spec, _, _ = _spec(body)
    points_v, points_h, spacing_v, spacing_h, origin_v, origin_h, map_planes = body.take("2I4dI")
    if min(points_v, points_h, map_planes) < 1:
        raise body.fail("has a zero among its numbers of points or planes")
    sensible = all(n == 1 or 0 < s < np.inf for n, s in ((points_v, spacing_v), (points_h, spacing_h)))
    if not (sensible and np.isfinite([spacing_v, spacing_h, origin_v, origin_h]).all()):
        raise body.fail("has a grid spacing or origin that makes no sense")
    described = f"{points_v} x {points_h} points and {map_planes} planes"
    gains = body.rest("f4", points_v, points_h, map_planes, described=described)
    if not ((gains >= 0) & (gains <= _MOST_GAIN)).all():
        raise body.fail(f"holds a gain that is not 0 to {_MOST_GAIN}")
    return GainMap(spec, spacing_v, spacing_h, origin_v, origin_h, gains, **common) if spec else None


def _per_line(kind: type[PerRow] | type[PerColumn], multiplies: bool) -> Callable[[Body, dict], Operation | None]:
    def decode(body: Body, common: dict[str, Any]) -> Operation | None:
        spec, rows, columns = _spec(body)
        needed = rows if kind is PerRow else columns
        (count,) = body.take("I")
        if count != needed:
            raise body.fail(f"has {count} values where its area needs {needed}")
        values = body.rest("f4", count, described=f"{count} values")
        if spec is None:
            return None
        area = spec.area
        length, pitch = (area.height, spec.row_pitch) if kind is PerRow else (area.width, spec.column_pitch)
        reached = -(-length // pitch)
        if count < reached:  # an area without pixels, which stands for the whole image
            raise body.fail(f"has {count} values where its area needs {reached}")
        return kind(spec, values[:reached], multiplies, **common)

    return decode


_DECODERS: dict[int, Callable[[Body, dict[str, Any]], Operation | None]] = {
    1: _warp_rectilinear,
    2: _warp_fisheye,
    3: _fix_vignette_radial,
    4: _fix_bad_pixels_constant,
    5: _fix_bad_pixels_list,
    6: _trim_bounds,
    7: _map_table,
    8: _map_polynomial,
    9: _gain_map,
    10: _per_line(PerRow, False),
    11: _per_line(PerColumn, False),
    12: _per_line(PerRow, True),
    13: _per_line(PerColumn, True),
    14: _warp_rectilinear_2,
}
