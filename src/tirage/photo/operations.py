"""The operations of DNG opcode lists as plain data (DNG 1.7.1, chapter 7). Names and fields are the specification's.

Coordinates are pixels of the image that a list belongs to: the whole stored image for list 1, the active area for
lists 2 and 3. An area is cut to that image when a file is read; `bottom` and `right` are one past the last.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Rectangle:
    """A pixel rectangle: `left`, `top` of its first pixel, `width` and `height`."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """One past the last column."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """One past the last row."""
        return self.top + self.height


@dataclass(frozen=True)
class AreaSpec:
    """The pixels that an operation reaches.

    Rows top, top + row_pitch, ... and columns left, left + column_pitch, ... of `area`, in `planes` planes from
    `plane` on; planes that the image does not have are left out.
    """

    area: Rectangle
    plane: int = 0
    planes: int = 1
    row_pitch: int = 1
    column_pitch: int = 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Operation:
    """What every operation states: the DNG version it needs, and whether it may be skipped."""

    dng_version: tuple[int, int, int, int] = (1, 3, 0, 0)
    optional: bool = False
    preview_skip: bool = False


@dataclass(frozen=True, eq=False)
class WarpRectilinear(Operation):
    """Opcodes 1 and 14: where a pixel of the corrected image lies in the image as shot.

    `radial` (planes, n) are the coefficients of r^0, r^2, r^4, r^6 (opcode 1, n = 4) or of r^0, r^1, ... r^14
    (opcode 14, n = 15); `tangential` (planes, 2). `centre` is (x, y) of the optical centre, 0..1 over the image.
    `radius` (planes, 2) are the radii where a plane of opcode 14 is valid; None for opcode 1. `reciprocal` says that
    opcode 14's polynomial divides.
    One plane of coefficients serves every plane of the image.
    """

    radial: np.ndarray
    tangential: np.ndarray
    centre: tuple[float, float]
    radius: np.ndarray | None = None
    reciprocal: bool = False


@dataclass(frozen=True, eq=False)
class WarpFisheye(Operation):
    """Opcode 2: a fisheye's image made rectilinear. `radial` (planes, 4): coefficients of theta^1, ^3, ^5, ^7."""

    radial: np.ndarray
    centre: tuple[float, float]


@dataclass(frozen=True, eq=False)
class FixVignetteRadial(Operation):
    """Opcode 3: gain 1 + sum of `radial` (5,) times r^2, r^4, ... r^10, r = 1 at the farthest corner from `centre`."""

    radial: np.ndarray
    centre: tuple[float, float]


@dataclass(frozen=True, eq=False)
class FixBadPixelsConstant(Operation):
    """Opcode 4: pixels of a Bayer mosaic that hold the value `constant` are bad. `bayer_phase` 0..3 as in the list."""

    constant: int
    bayer_phase: int


@dataclass(frozen=True, eq=False)
class FixBadPixelsList(Operation):
    """Opcode 5: bad points (n, 2) as row, column, and bad rectangles (n, 4) as top, left, bottom, right.

    `bayer_phase` says what the top-left pixel is: 0 red, 1 green in a red row, 2 green in a blue row, 3 blue.
    """

    bayer_phase: int
    points: np.ndarray = field(repr=False)
    rectangles: np.ndarray = field(repr=False)


@dataclass(frozen=True, eq=False)
class TrimBounds(Operation):
    """Opcode 6: only `area` of the image holds a picture."""

    area: Rectangle


@dataclass(frozen=True, eq=False)
class MapTable(Operation):
    """Opcode 7: 16-bit values through `table`; values beyond it take its last entry."""

    spec: AreaSpec
    table: np.ndarray = field(repr=False)


@dataclass(frozen=True, eq=False)
class MapPolynomial(Operation):
    """Opcode 8: sum of `coefficients` (degree + 1,) times x^0, x^1, ..., clipped to 0..1, on values of 0..1."""

    spec: AreaSpec
    coefficients: np.ndarray


@dataclass(frozen=True, eq=False)
class GainMap(Operation):
    """Opcode 9: a grid of gains over an area.

    `gains` is (points_v, points_h, map_planes) float32. Grid point (j, i) sits at
    (origin_v + j * spacing_v, origin_h + i * spacing_h) in coordinates where 0..1 spans the image.
    Planes beyond map_planes take the last one's gains.
    """

    spec: AreaSpec
    spacing_v: float
    spacing_h: float
    origin_v: float
    origin_h: float
    gains: np.ndarray = field(repr=False)


@dataclass(frozen=True, eq=False)
class PerRow(Operation):
    """Opcodes 10 (DeltaPerRow) and 12 (ScalePerRow): `values`, one for each row that `spec` reaches.

    `values` x `unit` are added to values of 0..1, or `values` multiply them where `multiplies`. Files state additions
    in the image's own units: 1/65535 where it holds integers, 1 where it holds floats.
    """

    spec: AreaSpec
    values: np.ndarray = field(repr=False)
    multiplies: bool = False
    unit: float = 1 / 65535


@dataclass(frozen=True, eq=False)
class PerColumn(Operation):
    """Opcodes 11 (DeltaPerColumn) and 13 (ScalePerColumn): `values`, one for each column that `spec` reaches.

    `values`, `multiplies` and `unit` are those of PerRow.
    """

    spec: AreaSpec
    values: np.ndarray = field(repr=False)
    multiplies: bool = False
    unit: float = 1 / 65535
