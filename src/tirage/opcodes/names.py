"""What operations are called, in the specification and by people."""

from __future__ import annotations

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

#: The specification's names by opcode.
NAMES = {
    1: "WarpRectilinear",
    2: "WarpFisheye",
    3: "FixVignetteRadial",
    4: "FixBadPixelsConstant",
    5: "FixBadPixelsList",
    6: "TrimBounds",
    7: "MapTable",
    8: "MapPolynomial",
    9: "GainMap",
    10: "DeltaPerRow",
    11: "DeltaPerColumn",
    12: "ScalePerRow",
    13: "ScalePerColumn",
    14: "WarpRectilinear2",
}

_CODES = {
    WarpFisheye: 2,
    FixVignetteRadial: 3,
    FixBadPixelsConstant: 4,
    FixBadPixelsList: 5,
    TrimBounds: 6,
    MapTable: 7,
    MapPolynomial: 8,
    GainMap: 9,
}


def code(operation: Operation) -> int:
    """The opcode that states `operation`."""
    match operation:
        case WarpRectilinear(radius=radius):
            return 1 if radius is None else 14
        case PerRow(multiplies=multiplies):
            return 12 if multiplies else 10
        case PerColumn(multiplies=multiplies):
            return 13 if multiplies else 11
    return _CODES[type(operation)]


def name_of_code(opcode: int) -> str:
    """The name of an opcode, or "opcode 99" for an unknown one."""
    return NAMES.get(opcode, f"opcode {opcode}")


def name(operation: Operation) -> str:
    """The specification's name of an operation, "GainMap" for instance."""
    return NAMES[code(operation)]


def described(operation: Operation) -> str:
    """An operation and its parameters in one line, for people."""
    words = [name(operation)]
    match operation:
        case WarpRectilinear():
            words.append(f"radial {_numbers(operation.radial)}, tangential {_numbers(operation.tangential)}")
            if operation.radius is not None:
                words.append(f"radius {_numbers(operation.radius)}" + ", reciprocal" * operation.reciprocal)
            words.append(_centre(operation.centre))
        case WarpFisheye():
            words += [f"radial {_numbers(operation.radial)}", _centre(operation.centre)]
        case FixVignetteRadial():
            words += [f"gain 1 + {_numbers(operation.radial)} of r^2, r^4, ...", _centre(operation.centre)]
        case FixBadPixelsConstant():
            words.append(f"pixels of value {operation.constant}")
        case FixBadPixelsList():
            words.append(f"{len(operation.points)} points and {len(operation.rectangles)} rectangles")
        case TrimBounds():
            words.append(_area(operation.area))
        case MapTable():
            words += [f"{len(operation.table)} values", _spec(operation.spec)]
        case MapPolynomial():
            words += [f"coefficients {_numbers(operation.coefficients)} of x^0, x^1, ...", _spec(operation.spec)]
        case GainMap():
            points_v, points_h, _ = operation.gains.shape
            least, most = float(operation.gains.min()), float(operation.gains.max())
            words += [f"{points_h} x {points_v} gains of {least:.3g} to {most:.3g}", _spec(operation.spec)]
        case PerRow() | PerColumn():
            least, most = float(operation.values.min()), float(operation.values.max())
            words += [f"{len(operation.values)} values of {least:.3g} to {most:.3g}", _spec(operation.spec)]
    return f"{words[0]}: {'; '.join(words[1:])}" + "; optional" * operation.optional


def _numbers(values: np.ndarray) -> str:
    return ", ".join(f"{value:.6g}" for value in np.ravel(values))


def _centre(centre: tuple[float, float]) -> str:
    return f"centre {centre[0]:.4g}, {centre[1]:.4g}"


def _area(area: Rectangle) -> str:
    return f"{area.width} x {area.height} at {area.left}, {area.top}"


def _spec(spec: AreaSpec) -> str:
    words = [_area(spec.area)]
    if (spec.row_pitch, spec.column_pitch) != (1, 1):
        words.append(f"steps of {spec.row_pitch} rows and {spec.column_pitch} columns")
    last = spec.plane + spec.planes - 1
    words.append(f"plane {spec.plane}" if spec.planes == 1 else f"planes {spec.plane} to {last}")
    return ", ".join(words)
