"""A frame of finer pixels: what it says in pixels, scaled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...photo.frame import RawFrame, Rectangle
from ...photo.operations import (
    AreaSpec,
    FixBadPixelsConstant,
    FixBadPixelsList,
    FixVignetteRadial,
    GainMap,
    Operation,
    WarpFisheye,
    WarpRectilinear,
)

_HOLDS = (WarpRectilinear, WarpFisheye, FixVignetteRadial)
_REPAIRS = (FixBadPixelsConstant, FixBadPixelsList)


def scaled(frame: RawFrame, fine: np.ndarray, scale: float) -> RawFrame:
    """`frame`, a mosaic that `doubts` allows, as three planes `fine` (3, H, W) of `scale` times its size."""
    height, width = fine.shape[1:]
    return replace(
        frame,
        mosaic=fine,
        cfa=None,
        black_level=np.repeat(frame.black_level.reshape(1, 1, 1), 3, axis=2),
        white_level=np.repeat(frame.white_level[:1], 3),
        default_crop=_rectangle(frame.margined_crop, scale, height, width),
        opcode_list_2=_for_planes(frame, scale, height, width),
        opcode_list_3=tuple(_same(one, scale, height, width) for one in _lasting(frame.opcode_list_3)),
    )


def doubts(frame: RawFrame) -> str:
    """Why the frame's operations can't act on finer pixels; "" where they can."""
    for one in (*frame.opcode_list_2, *frame.opcode_list_3):
        if not isinstance(one, (*_HOLDS, *_REPAIRS, GainMap)):
            return f"{type(one).__name__} among its corrections is made for the sensor's own pixels"
    return ""


def _lasting(operations: tuple[Operation, ...]) -> list[Operation]:
    return [one for one in operations if not isinstance(one, _REPAIRS)]


def _rectangle(area: Rectangle, scale: float, height: int, width: int) -> Rectangle:
    """The fine pixels of an area, within the frame."""
    left, right = (min(round(side * scale), width) for side in (area.left, area.right))
    top, bottom = (min(round(side * scale), height) for side in (area.top, area.bottom))
    return Rectangle(left, top, max(right - left, 1), max(bottom - top, 1))


def _same(one: Operation, scale: float, height: int, width: int) -> Operation:
    if not isinstance(one, GainMap):
        return one
    return replace(one, spec=replace(one.spec, area=_rectangle(one.spec.area, scale, height, width)))


def _for_planes(frame: RawFrame, scale: float, height: int, width: int) -> tuple[Operation, ...]:
    """Opcode list 2 of a mosaic for three planes: a map of one filter's pixels is that of its colour's plane.

    The two greens' maps, where they lie on one grid, become their mean.
    """
    found: list[Operation] = []
    green: list[int] = []
    for one in _lasting(frame.opcode_list_2):
        if not isinstance(one, GainMap):
            found.append(one)
            continue
        area, spec = _rectangle(one.spec.area, scale, height, width), one.spec
        if (spec.row_pitch, spec.column_pitch) != (2, 2):
            found.append(replace(one, spec=AreaSpec(area, 0, 3)))
            continue
        colour = (frame.cfa or "")[spec.area.top % 2 * 2 + spec.area.left % 2]
        own = Rectangle(0, 0, width, height) if _reaches(frame, spec) else area
        moved = replace(one, spec=AreaSpec(own, "RGB".index(colour), 1))
        if colour == "G" and green and _alike(found[green[0]], one):
            first = found[green[0]]
            assert isinstance(first, GainMap)
            found[green[0]] = replace(first, gains=(first.gains + one.gains) / 2)
            green = []
            continue
        if colour == "G":
            green = [len(found)]
        found.append(moved)
    return tuple(found)


def _reaches(frame: RawFrame, spec: AreaSpec) -> bool:
    """Whether an area of every second pixel is the whole frame."""
    return (
        spec.area.left < 2
        and spec.area.top < 2
        and spec.area.right + 1 >= frame.width
        and (spec.area.bottom + 1 >= frame.height)
    )


def _alike(first: Operation, one: GainMap) -> bool:
    """Whether two maps have one grid."""
    if not isinstance(first, GainMap) or first.gains.shape != one.gains.shape:
        return False
    return all(
        getattr(first, name) == getattr(one, name) for name in ("spacing_v", "spacing_h", "origin_v", "origin_h")
    )
