"""Opcode list 2: what a DNG does to linear light before it is demosaiced.

Purpose: a frame whose list 2 holds GainMaps only, which the kernels do themselves. Paper: DNG 1.7.1, chapters 5 and 7.
Domain: a RawFrame; range: a RawFrame. Integers stay integers, with black at PEDESTAL so that noise below it is kept,
and white at 65535; a step of theirs is 1/61439 of white.
Gains that open list 3 and change slowly all over the picture act here too, for the kernels' sake: to demosaic light
and its gain together, or one after the other, differs by the gain's change between neighbours, 0.1 % or less; where
gains differ between colours, what a demosaic takes of one for another has them already, as after list 2.
Limits: what acted here ends at white, as the specification has it; light that the kernels' GainMaps lift does not.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from ...opcodes.apply import CURVES, POINTWISE, REPAIRS, apply_to_planes, curve
from ...opcodes.areas import map_plane, planes_of, vignette_gains
from ...opcodes.bad_pixels import repaired
from ...photo.frame import RawFrame, Rectangle
from ...photo.levels import PEDESTAL, black_at, greatest_black
from ...photo.operations import (
    AreaSpec,
    FixBadPixelsConstant,
    FixVignetteRadial,
    GainMap,
    MapPolynomial,
    MapTable,
    Operation,
)

_SPAN = np.float32(65535 - PEDESTAL)
#: The largest relative error of straight lines between the gains of a vignette, along each side; and their number.
_VIGNETTE_TOLERANCE, _VIGNETTE_STEPS = 7e-5, 256
#: No lens takes more light from its corners.
_MOST_GAIN = 1e6
#: Pixels between grid points below which a map of list 3 is taken to hold detail.
_LEAST_CELL = 8
_ROWS = 64


def with_list_2_applied(frame: RawFrame, *, vignette: bool = True) -> RawFrame:
    """`frame` with only such GainMaps left in list 2 as the kernels do, and without the gains that open list 3.

    It is `frame` itself where that holds already. Without `vignette` a FixVignetteRadial stays in list 3.
    """
    frame = _with_gains_of_list_3(frame, vignette)
    operations = [_as_gain_map(one, frame) for one in frame.opcode_list_2]
    operations = [one for one in operations if isinstance(one, (*POINTWISE, *REPAIRS))]
    count = max((index + 1 for index, one in enumerate(operations) if not _kernels_do(one, frame)), default=0)
    if not count:
        same = len(operations) == len(frame.opcode_list_2)
        same = same and all(a is b for a, b in zip(operations, frame.opcode_list_2, strict=True))
        return frame if same else dataclasses.replace(frame, opcode_list_2=tuple(operations))
    group: list[Operation] = []
    notes: list[str] = []
    for one in operations[:count]:
        if isinstance(one, REPAIRS):
            frame, group = _with_pointwise(frame, group), []
            frame = _with_repair(frame, one, notes)
        else:
            group.append(one)
    if group:
        frame = _with_pointwise(frame, group)
    return dataclasses.replace(frame, opcode_list_2=tuple(operations[count:]), notes=(*frame.notes, *notes))


def _with_gains_of_list_3(frame: RawFrame, vignette: bool) -> RawFrame:
    """The frame with the smooth gains that open list 3 at the end of list 2."""
    maps: list[GainMap] = []
    count = 0
    for one in frame.opcode_list_3:
        if isinstance(one, FixVignetteRadial) and not vignette:
            break
        found = _as_gain_map(one, frame)
        if not isinstance(found, GainMap) or not (found is not one or _is_smooth(found, frame)):
            break
        maps += _of_sites(found, frame)
        count += 1
    if not count:
        return frame
    return dataclasses.replace(
        frame, opcode_list_2=(*frame.opcode_list_2, *maps), opcode_list_3=frame.opcode_list_3[count:]
    )


def _is_smooth(one: GainMap, frame: RawFrame) -> bool:
    """Whether a map reaches every pixel of its planes, with gains that change slowly."""
    area, (points_v, points_h, _) = one.spec.area, one.gains.shape
    whole = (area.width, area.height, one.spec.row_pitch, one.spec.column_pitch) == (frame.width, frame.height, 1, 1)
    down, across = one.spacing_v * frame.height, one.spacing_h * frame.width
    return whole and (points_v == 1 or down >= _LEAST_CELL) and (points_h == 1 or across >= _LEAST_CELL)


def _of_sites(one: GainMap, frame: RawFrame) -> list[GainMap]:
    """A map of colour planes as maps of the mosaic's sites; itself where the frame holds planes."""
    reached = planes_of(one.spec, 3)
    if frame.cfa is None or (len(reached) == 3 and one.gains.shape[2] == 1):
        return [one]
    maps = []
    for site, letter in enumerate(frame.cfa):
        plane, (top, left) = "RGB".index(letter), divmod(site, 2)
        if plane in reached and top < frame.height and left < frame.width:
            spec = AreaSpec(Rectangle(left, top, frame.width - left, frame.height - top), row_pitch=2, column_pitch=2)
            maps.append(dataclasses.replace(one, spec=spec, gains=map_plane(one, plane)[..., None]))
    return maps


def _kernels_do(one: Operation, frame: RawFrame) -> bool:
    """Whether the kernels' tables can hold it: every other row and column of a mosaic, or all; planes take any map."""
    if not isinstance(one, GainMap):
        return False
    return frame.cfa is None or (one.spec.row_pitch in (1, 2) and one.spec.column_pitch in (1, 2))


def _as_gain_map(one: Operation, frame: RawFrame) -> Operation:
    """A vignette as a grid of gains, which the kernels do without another pass over the pixels."""
    if not isinstance(one, FixVignetteRadial):
        return one
    size = (frame.height, frame.width)
    with np.errstate(over="ignore", invalid="ignore"):  # absurd coefficients of a damaged file
        points = [min(side, steps) + 1 for side, steps in zip(size, _vignette_steps(one, size), strict=True)]
        at = [np.linspace(0, side, count) - 0.5 for side, count in zip(size, points, strict=True)]
        gains = np.nan_to_num(vignette_gains(one, at[0], at[1], size)[..., None], nan=1.0)
    spec = AreaSpec(Rectangle(0, 0, frame.width, frame.height), planes=3)
    return GainMap(spec, 1 / (points[0] - 1), 1 / (points[1] - 1), 0.0, 0.0, np.clip(gains, 0, _MOST_GAIN))


def _vignette_steps(one: FixVignetteRadial, size: tuple[int, int]) -> list[int]:
    """Steps along each side: chords of h err by h^2 / 8 of the curvature."""
    squared = np.linspace(0, 1, 65)  # of the distance from the centre
    gain = np.polynomial.Polynomial([1, *one.radial])
    bend = 2 * abs(gain.deriv()(squared)) + 4 * squared * abs(gain.deriv(2)(squared))
    relative = float((bend / np.maximum(abs(gain(squared)), 1e-3)).max())
    away = [max(part, 1 - part) * side for part, side in zip(one.centre[::-1], size, strict=True)]
    steps = [side / np.hypot(away[0], away[1]) * np.sqrt(relative / (8 * _VIGNETTE_TOLERANCE)) for side in size]
    return [
        int(np.clip(np.ceil(count), 1, _VIGNETTE_STEPS)) if np.isfinite(count) else _VIGNETTE_STEPS for count in steps
    ]


def _with_repair(frame: RawFrame, one: Operation, notes: list[str]) -> RawFrame:
    """The frame, whose values are the pedestal's, with bad pixels of its mosaic replaced."""
    if frame.cfa is None or frame.mosaic.dtype != np.uint16:
        notes.append(f"OpcodeList2: {type(one).__name__} is for mosaics of integers and is not applied")
        return frame
    if isinstance(one, FixBadPixelsConstant):
        constant = round(one.constant / 65535 * float(_SPAN)) + PEDESTAL
        one = dataclasses.replace(one, constant=constant)
    mosaic = repaired(frame.mosaic, one, 1 if frame.cfa[0] != "G" else 0, notes)  # type: ignore[arg-type]
    return dataclasses.replace(frame, mosaic=mosaic)


def _with_pointwise(frame: RawFrame, operations: Sequence[Operation]) -> RawFrame:
    """The frame in linear light, after `operations`; black is one level, white another."""
    stored = frame.mosaic[None] if frame.mosaic.ndim == 2 else frame.mosaic
    is_integer = stored.dtype.kind in "iu"
    light = np.empty(stored.shape, np.uint16 if is_integer else np.float32)
    tables, rest = None, list(operations)
    if is_integer and _black_repeats(frame):
        tables = _linear_tables(frame)
        while rest and isinstance(rest[0], CURVES) and _covers_sites(rest[0].spec, frame):
            _through_curve(tables, rest.pop(0))  # type: ignore[arg-type]
        if not rest:
            tables = _integers(tables)
    for top in range(0, frame.height, _ROWS):
        part = stored[:, top : top + _ROWS]
        if tables is None:
            values = _linear(frame, part, top)
        else:
            values = _looked_up(tables, part)
        if values.dtype == np.float32:
            apply_to_planes(rest, values, (top, 0), (frame.height, frame.width), pin=True)
            values = _integers(values) if is_integer else values
        light[:, top : top + _ROWS] = values
    planes = () if frame.mosaic.ndim == 2 else (len(stored),)
    black, white = (PEDESTAL, 65535) if is_integer else (0, 1)
    return dataclasses.replace(
        frame,
        mosaic=light[0] if frame.mosaic.ndim == 2 else light,
        black_level=np.full((1, 1, *planes), float(black)),
        black_level_delta_h=None,
        black_level_delta_v=None,
        white_level=np.full(len(stored), float(white)),
    )


def _integers(light: np.ndarray) -> np.ndarray:
    """Light as uint16 above the pedestal."""
    with np.errstate(over="ignore", invalid="ignore"):
        codes = np.clip(np.rint(light * _SPAN + np.float32(PEDESTAL)), 0, 65535)
    return np.nan_to_num(codes, copy=False).astype(np.uint16)


def _linear(frame: RawFrame, stored: np.ndarray, top: int) -> np.ndarray:
    """(planes, h, W) rows of stored values from `top` on as light, float32."""
    black = black_at(frame, Rectangle(0, top, frame.width, stored.shape[1]))
    span = (np.asarray(frame.white_level, np.float64) - greatest_black(frame)).reshape(-1, 1, 1)
    light = (stored - black.astype(np.float32)) * (1 / span).astype(np.float32)
    return np.nan_to_num(np.minimum(light, 1, out=light), copy=False)


def _black_repeats(frame: RawFrame) -> bool:
    """Whether black depends on no more than the parities of row and column."""
    rows, columns = frame.black_level.shape[:2]
    return max(rows, columns) <= 2 and frame.black_level_delta_h is None and frame.black_level_delta_v is None


def _linear_tables(frame: RawFrame) -> np.ndarray:
    """The light of every stored value, (planes, 2, 2, 65536) float32 by row and column parity."""
    planes = 1 if frame.mosaic.ndim == 2 else len(frame.mosaic)
    black = np.broadcast_to(black_at(frame, Rectangle(0, 0, 2, 2)), (planes, 2, 2))[..., None]
    span = np.broadcast_to(np.ravel(frame.white_level) - greatest_black(frame), (planes,))[:, None, None, None]
    light = (np.arange(65536) - black) / span
    return np.minimum(light, 1).astype(np.float32)


def _covers_sites(spec: AreaSpec, frame: RawFrame) -> bool:
    """Whether the operation reaches all pixels of the parities that it reaches."""
    area = spec.area
    return (
        max(spec.row_pitch, spec.column_pitch) <= 2
        and area.top < spec.row_pitch
        and area.left < spec.column_pitch
        and area.bottom > frame.height - spec.row_pitch
        and area.right > frame.width - spec.column_pitch
    )


def _through_curve(tables: np.ndarray, one: MapTable | MapPolynomial) -> None:
    """Let the curve act on the tables of the parities that it reaches."""
    area = one.spec.area
    for plane in planes_of(one.spec, len(tables)):
        down, across = slice(area.top, None, one.spec.row_pitch), slice(area.left, None, one.spec.column_pitch)
        tables[plane, down, across] = curve(one, tables[plane, down, across])


def _looked_up(tables: np.ndarray, stored: np.ndarray) -> np.ndarray:
    """(planes, h, W) `stored` values, beginning at an even row, through the tables of their parities."""
    values = np.empty(stored.shape, tables.dtype)
    for plane, table in enumerate(tables):
        if (table == table[0, 0]).all():
            values[plane] = table[0, 0][stored[plane]]
            continue
        for row, column in np.ndindex(2, 2):
            site = (plane, slice(row, None, 2), slice(column, None, 2))
            values[site] = table[row, column][stored[site]]
    return values
