"""Opcode lists as bytes (DNG 1.7.1, chapter 7), and the models that the items are made by. Always big-endian."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

WARP_RECTILINEAR, WARP_FISHEYE, FIX_VIGNETTE, BAD_CONSTANT, BAD_LIST, TRIM_BOUNDS, MAP_TABLE, MAP_POLYNOMIAL = range(
    1, 9
)
GAIN_MAP, DELTA_PER_ROW, DELTA_PER_COLUMN, SCALE_PER_ROW, SCALE_PER_COLUMN, WARP_RECTILINEAR_2 = range(9, 15)
OPTIONAL, PREVIEW_SKIP = 1, 2


def opcode(code: int, body: bytes, flags: int = 0, version: tuple[int, int, int, int] = (1, 3, 0, 0)) -> bytes:
    """One opcode with its head."""
    return struct.pack(">I4BII", code, *version, flags, len(body)) + body


def opcode_list(*opcodes: bytes) -> bytes:
    """The value of an OpcodeList tag."""
    return struct.pack(">I", len(opcodes)) + b"".join(opcodes)


class Area(NamedTuple):
    """An area spec: rows and columns from `top`, `left` to before `bottom`, `right`, in steps, of some planes."""

    top: int
    left: int
    bottom: int
    right: int
    plane: int = 0
    planes: int = 1
    row_pitch: int = 1
    column_pitch: int = 1

    @property
    def rows(self) -> slice:
        """The rows it reaches."""
        return slice(self.top, self.bottom, self.row_pitch)

    @property
    def columns(self) -> slice:
        """The columns it reaches."""
        return slice(self.left, self.right, self.column_pitch)

    def packed(self) -> bytes:
        """As an opcode holds it."""
        return struct.pack(">8I", *self)


class Gains(NamedTuple):
    """A grid of gains (points_v, points_h, planes): first point and spacing, where 0..1 spans the image."""

    values: np.ndarray
    spacing: tuple[float, float]
    origin: tuple[float, float] = (0.0, 0.0)

    def packed(self) -> bytes:
        """As an opcode holds it, after the area."""
        points_v, points_h, planes = self.values.shape
        head = struct.pack(">2I4dI", points_v, points_h, *self.spacing, *self.origin, planes)
        return head + self.values.astype(">f4").tobytes()

    def over(self, height: int, width: int) -> np.ndarray:
        """The gain of every pixel, (height, width, planes): bilinear between points, held beyond them."""
        axes = []
        for axis, length in enumerate((height, width)):
            places = (np.arange(length) + 0.5) / length
            step = np.clip((places - self.origin[axis]) / self.spacing[axis], 0, self.values.shape[axis] - 1)
            first = np.minimum(step.astype(int), max(self.values.shape[axis] - 2, 0))
            axes.append((first, np.minimum(first + 1, self.values.shape[axis] - 1), step - first))
        (top, bottom, down), (left, right, across) = axes
        values = np.asarray(self.values, np.float32).astype(np.float64)
        down, across = down[:, None, None], across[None, :, None]
        above = values[top][:, left] * (1 - across) + values[top][:, right] * across
        below = values[bottom][:, left] * (1 - across) + values[bottom][:, right] * across
        return above * (1 - down) + below * down


def gain_map(area: Area, gains: Gains, flags: int = 0) -> bytes:
    """Opcode 9."""
    return opcode(GAIN_MAP, area.packed() + gains.packed(), flags)


def warp_rectilinear(planes: Sequence[Sequence[float]], centre: tuple[float, float], flags: int = 0) -> bytes:
    """Opcode 1: for each plane four radial and two tangential coefficients."""
    numbers = [number for plane in planes for number in plane]
    return opcode(WARP_RECTILINEAR, struct.pack(f">I{len(numbers)}d2d", len(planes), *numbers, *centre), flags)


def warp_fisheye(planes: Sequence[Sequence[float]], centre: tuple[float, float]) -> bytes:
    """Opcode 2: for each plane four coefficients of the angle's odd powers."""
    numbers = [number for plane in planes for number in plane]
    return opcode(WARP_FISHEYE, struct.pack(f">I{len(numbers)}d2d", len(planes), *numbers, *centre))


def warp_rectilinear_2(
    planes: Sequence[tuple[Sequence[float], Sequence[float]]],
    centre: tuple[float, float],
    *,
    reciprocal: bool = False,
    flags: int = 0,
) -> bytes:
    """Opcode 14 (DNG 1.6): for each plane 15 radial and 2 tangential coefficients, valid for radii 0..1."""
    body = struct.pack(">I", len(planes))
    for radial, tangential in planes:
        body += struct.pack(">15d2d2d", *radial, *tangential, 0.0, 1.0)
    return opcode(WARP_RECTILINEAR_2, body + struct.pack(">2dI", *centre, reciprocal), flags, (1, 6, 0, 0))


class Lens(NamedTuple):
    """Polar coordinates of a warp: centre in pixels and the distance of the farthest pixel."""

    x: float
    y: float
    radius: float

    @classmethod
    def over(cls, width: int, height: int, centre: tuple[float, float]) -> Lens:
        """The lens of an image of this size; `centre` is (x, y), 0..1 from the first pixel's centre to the last's."""
        x, y = centre[0] * (width - 1), centre[1] * (height - 1)
        radius = np.hypot(max(x, width - 1 - x), max(y, height - 1 - y))
        return cls(x + 0.5, y + 0.5, float(radius))

    def normalised(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """x and y from the centre and their radius, 1 at the farthest pixel."""
        dx, dy = (x - self.x) / self.radius, (y - self.y) / self.radius
        return dx, dy, np.hypot(dx, dy)

    def pixels(self, dx: np.ndarray, dy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Back to pixels."""
        return self.x + dx * self.radius, self.y + dy * self.radius
