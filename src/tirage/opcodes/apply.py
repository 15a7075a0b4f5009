"""Operations act on pixels. Pointwise ones act here, warps in `developing.geometry`, repairs in `bad_pixels`.

Paper: DNG 1.7.1, chapter 7; where it is silent, what Adobe's SDK does. Light below black, which the specification cuts
off, is kept: curves continue below 0 as they go above it, upside down.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ..photo.operations import (
    FixBadPixelsConstant,
    FixBadPixelsList,
    FixVignetteRadial,
    GainMap,
    MapPolynomial,
    MapTable,
    Operation,
    PerColumn,
    PerRow,
)
from ..photo.threads import for_each
from . import bad_pixels
from .areas import map_gains, planes_of, reach, vignette_gains_of_part

#: Operations whose result at a pixel depends on that pixel alone.
POINTWISE = (MapTable, MapPolynomial, GainMap, FixVignetteRadial, PerRow, PerColumn)
#: Those of them that a table of every value can do.
CURVES = (MapTable, MapPolynomial)
REPAIRS = (FixBadPixelsConstant, FixBadPixelsList)

#: Rows that are worked on together: their intermediates stay in the cache. Vignettes alone have hardly any, and threads
#: wait less for Python's lock with more of them.
_ROWS, _VIGNETTE_ROWS = 64, 512
#: Values above which threads pay.
_LARGE = 1 << 20


def apply_to_planes(
    operations: Iterable[Operation],
    light: np.ndarray,
    origin: tuple[int, int],
    size: tuple[int, int],
    *,
    pin: bool = False,
) -> None:
    """Let the pointwise ones of `operations` act, in order and in place, on a part of an image; pass over the others.

    `light` (planes, h, w) float32 is linear, 0 black, 1 white: a mosaic has one plane. The part begins at `origin`
    (row, column) of an image of `size` (height, width). With `pin` values end at 1, as in the specification; without,
    gains may lift light above 1, and curves go on above 1 in proportion.
    """
    chosen = [one for one in operations if isinstance(one, POINTWISE)]

    rows = _VIGNETTE_ROWS if all(isinstance(one, FixVignetteRadial) for one in chosen) else _ROWS

    def act(index: int) -> None:
        top = index * rows
        part = light[:, top : top + rows]
        with np.errstate(over="ignore", invalid="ignore"):  # absurd gains of a damaged file
            for one in chosen:
                _act(one, part, (origin[0] + top, origin[1]), size, pin)

    count = -(-light.shape[1] // rows)
    if light.size >= _LARGE and chosen:
        for_each(act, count)
    else:
        for index in range(count):
            act(index)


def apply_to_balanced(
    operations: Sequence[Operation],
    light: np.ndarray,
    origin: tuple[int, int],
    size: tuple[int, int],
    gains: np.ndarray,
) -> None:
    """`apply_to_planes` on white-balanced camera RGB (3, h, w) whose clipped colours are still as they were recorded.

    The operations count in units before white balance, whose `gains` (3,) are undone around them. Clipped highlights
    become neutral: no colour may exceed what the light that clips comes to in the colour that gains least.
    """
    balance = np.asarray(gains, np.float32).reshape(3, 1, 1)
    ceiling = np.ones_like(light)
    with np.errstate(over="ignore", invalid="ignore"):
        apply_to_planes(operations, ceiling, origin, size)
        ceiling *= balance
        light /= balance
        apply_to_planes(operations, light, origin, size)
        light *= balance
        np.minimum(light, ceiling.min(axis=0), out=light)


def apply_to_stored(
    operations: Sequence[Operation], stored: np.ndarray, green_parity: int | None, notes: list[str]
) -> np.ndarray:
    """Opcode list 1 on the whole stored image, in stored units; a new array, or `stored` where nothing acts.

    `stored` is (H, W) or (H, W, samples), uint8, uint16 or float32; uint8 becomes uint16, so that values can grow.
    `green_parity` is (row + column) % 2 of a mosaic's green pixels, None where there are none. `notes` gets a line for
    what can't act on stored values.
    """
    if stored.dtype == np.uint8 and operations:
        stored = stored.astype(np.uint16)
    full = 65535.0 if stored.dtype == np.uint16 else 1.0
    for one in operations:
        if isinstance(one, REPAIRS) and stored.ndim == 2 and stored.dtype == np.uint16:
            stored = bad_pixels.repaired(stored, one, green_parity, notes)
        elif isinstance(one, MapPolynomial):
            stored = _act_on_stored(_in_units(one, full), stored, full)
        elif isinstance(one, POINTWISE):
            stored = _act_on_stored(one, stored, full)
        else:
            notes.append(f"OpcodeList1: {type(one).__name__} is not applied")
    return stored


def curve(operation: MapTable | MapPolynomial, light: np.ndarray, *, pin: bool = True) -> np.ndarray:
    """`light`, float32 of 0..1, through the curve of MapTable or MapPolynomial."""
    size = np.fmin(np.abs(light), np.float32(1))  # a number for every light
    if isinstance(operation, MapTable):
        table = np.full(65536, operation.table[-1], np.float32)
        table[: len(operation.table)] = operation.table
        table /= np.float32(65535)
        zero, mapped = table[0], table[(size * np.float32(65535) + np.float32(0.5)).astype(np.uint16)]
    else:
        coefficients = np.clip(operation.coefficients, -1e30, 1e30).astype(np.float32)  # what is clipped is damaged
        zero, mapped = coefficients[0], np.full_like(size, coefficients[-1])
        with np.errstate(over="ignore", invalid="ignore"):
            for coefficient in coefficients[-2::-1]:
                mapped *= size
                mapped += coefficient
        np.clip(mapped, -1, 1, out=mapped)
    if not pin:
        mapped *= np.maximum(light, np.float32(1))
    return np.where(light < 0, 2 * zero - mapped, mapped)


def _act(one: Operation, light: np.ndarray, origin: tuple[int, int], size: tuple[int, int], pin: bool) -> None:
    """One pointwise operation on the part of an image that begins at `origin`, in place."""
    shape = light.shape[1:]
    if isinstance(one, FixVignetteRadial):
        light *= vignette_gains_of_part(one, origin, shape, size)
        if pin:
            np.minimum(light, 1, out=light)
        return
    spec = one.spec  # type: ignore[attr-defined]
    down, across = reach(spec, origin, shape)
    rows, columns = origin[0] + np.arange(shape[0])[down], origin[1] + np.arange(shape[1])[across]
    if not len(rows) or not len(columns):
        return
    gains = None
    for plane in planes_of(spec, len(light)):
        view = light[plane, down, across]
        match one:
            case MapTable() | MapPolynomial():
                view[:] = curve(one, view, pin=pin)
                continue
            case GainMap():
                if gains is None or one.gains.shape[2] > 1:
                    gains = map_gains(one, plane, rows, columns, size)
                view *= gains
            case PerRow():
                _per_line(one, view, one.values[(rows - spec.area.top) // spec.row_pitch, None])
            case PerColumn():
                _per_line(one, view, one.values[(columns - spec.area.left) // spec.column_pitch])
        if pin:
            np.clip(view, -1, 1, out=view)


def _per_line(one: PerRow | PerColumn, view: np.ndarray, values: np.ndarray) -> None:
    if one.multiplies:
        view *= values
    else:
        view += values * np.float32(one.unit)


def _in_units(one: MapPolynomial, full: float) -> MapPolynomial:
    """The polynomial of stored values as one of 0..1."""
    scale = full ** (np.arange(len(one.coefficients)) - 1.0)
    return MapPolynomial(one.spec, one.coefficients * scale)


def _act_on_stored(one: Operation, stored: np.ndarray, full: float) -> np.ndarray:
    """One pointwise operation on stored values, where `full` is 1; curves of integers by table."""
    result = stored.copy()
    planes = result[None] if result.ndim == 2 else np.moveaxis(result, 2, 0)
    is_integer = stored.dtype == np.uint16
    if is_integer and isinstance(one, CURVES):
        table = _rounded(curve(one, np.arange(65536, dtype=np.float32) / np.float32(full)), full)
        down, across = reach(one.spec, (0, 0), planes.shape[1:])
        for plane in planes_of(one.spec, len(planes)):
            view = planes[plane, down, across]
            for top in range(0, len(view), _ROWS):
                view[top : top + _ROWS] = table[view[top : top + _ROWS]]
        return result
    for top in range(0, planes.shape[1], _ROWS):
        part = planes[:, top : top + _ROWS]
        light = part.astype(np.float32) / np.float32(full)
        _act(one, light, (top, 0), planes.shape[1:], is_integer)
        part[:] = _rounded(light, full) if is_integer else light
    return result


def _rounded(light: np.ndarray, full: float) -> np.ndarray:
    with np.errstate(over="ignore", invalid="ignore"):
        stored = np.clip(np.rint(light * np.float32(full)), 0, full)
    return np.nan_to_num(stored, copy=False).astype(np.uint16)
