"""The opcode lists of a DNG (DNG 1.7.1, chapter 7): list 1 acts while reading, lists 2 and 3 are for developing."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np

from ..opcodes import apply, decode
from ..opcodes.names import name
from ..photo.frame import Rectangle
from ..photo.operations import (
    AreaSpec,
    FixBadPixelsConstant,
    FixBadPixelsList,
    GainMap,
    Operation,
    TrimBounds,
    WarpFisheye,
    WarpRectilinear,
)
from .pixels import Storage
from .tags import Tag
from .tiff import Directory

OPCODE_LISTS = (Tag.OpcodeList1, Tag.OpcodeList2, Tag.OpcodeList3)
_WARPS = (WarpRectilinear, WarpFisheye)
_REPAIRS = (FixBadPixelsConstant, FixBadPixelsList)


class OpcodeLists(NamedTuple):
    """The operations of the three lists, in order, and the part of the active area that they leave (TrimBounds)."""

    first: tuple[Operation, ...]
    second: tuple[Operation, ...]
    third: tuple[Operation, ...]
    kept: Rectangle


def opcode_list(
    image: Directory, tag: Tag, area: Rectangle, storage: Storage, notes: list[str]
) -> tuple[Operation, ...]:
    """The operations of the list `tag`: those of list 1 reach the stored image, the others the active area."""
    reached = storage if tag == Tag.OpcodeList1 else area
    unit = 1.0 if storage.is_float else decode.INTEGER_UNIT
    return decode.operations(image.bytes(tag), tag.name, reached.width, reached.height, notes, unit=unit)


def opcode_lists(
    image: Directory, area: Rectangle, storage: Storage, notes: list[str], *, mosaic: bool, by_libraw: bool
) -> OpcodeLists:
    """All three lists, fit for a frame: a mosaic, one that LibRaw demosaics, or colours; notes name what is left out.

    A warp of list 2 moves to list 3, with all that follows it, where nothing is demosaiced between them.
    """
    first, second, third = (opcode_list(image, tag, area, storage, notes) for tag in OPCODE_LISTS)
    kept = _kept(first, (*second, *third), area, notes)
    first, second, third = (
        tuple(one for one in operations if not isinstance(one, TrimBounds)) for operations in (first, second, third)
    )
    if by_libraw:
        _note_left_out(Tag.OpcodeList1, first, notes)
        _note_left_out(Tag.OpcodeList2, second, notes)
        first = second = ()
    elif mosaic:
        _note_left_out(Tag.OpcodeList2, [one for one in second if isinstance(one, _WARPS)], notes)
        second = tuple(one for one in second if not isinstance(one, _WARPS))
    else:
        start = next((index for index, one in enumerate(second) if isinstance(one, _WARPS)), len(second))
        second, third = second[:start], (*second[start:], *third)
        if storage.samples == 1:
            second, third = (tuple(map(_for_all_planes, operations)) for operations in (second, third))
    _note_left_out(Tag.OpcodeList3, [one for one in third if isinstance(one, _REPAIRS)], notes)
    return OpcodeLists(first, second, tuple(one for one in third if not isinstance(one, _REPAIRS)), kept)


def applied_to_stored(
    operations: tuple[Operation, ...], stored: np.ndarray, cfa: str | None, area: Rectangle, notes: list[str]
) -> np.ndarray:
    """List 1 on the whole stored image; `cfa` names the colours from the active area's corner on."""
    green = None if cfa is None else ((cfa[0] != "G") + area.top + area.left) % 2
    return apply.apply_to_stored(operations, stored, green, notes)


def trimmed(crop: Rectangle, kept: Rectangle, notes: list[str]) -> Rectangle:
    """The part of the default crop that TrimBounds leaves."""
    left, top = max(crop.left, kept.left), max(crop.top, kept.top)
    right, bottom = min(crop.right, kept.right), min(crop.bottom, kept.bottom)
    if left < right and top < bottom:
        return Rectangle(left, top, right - left, bottom - top)
    notes.append("TrimBounds leaves nothing of the default crop and is ignored")
    return crop


def _kept(stored: tuple[Operation, ...], active: tuple[Operation, ...], area: Rectangle, notes: list[str]) -> Rectangle:
    kept = Rectangle(0, 0, area.width, area.height)
    for one in stored:
        if isinstance(one, TrimBounds):
            moved = dataclasses.replace(one.area, left=one.area.left - area.left, top=one.area.top - area.top)
            kept = trimmed(kept, moved, notes)
    for one in active:
        if isinstance(one, TrimBounds):
            kept = trimmed(kept, one.area, notes)
    return kept


def _note_left_out(tag: Tag, operations: list[Operation] | tuple[Operation, ...], notes: list[str]) -> None:
    notes += [f"{tag.name}: {name(one)} is not applied" for one in operations]


def _for_all_planes(operation: Operation) -> Operation:
    """An operation on the one plane of a sensor without colours, for the three equal planes that stand for it."""
    spec: AreaSpec | None = getattr(operation, "spec", None)
    if spec is None or spec.plane > 0:
        return operation
    if isinstance(operation, GainMap):
        operation = dataclasses.replace(operation, gains=operation.gains[:, :, :1])
    return dataclasses.replace(operation, spec=dataclasses.replace(spec, planes=3))  # type: ignore[call-arg]
