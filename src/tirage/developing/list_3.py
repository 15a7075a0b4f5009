"""Opcode list 3 and what stands in for it: which operations act on demosaiced camera RGB, before and after the warp."""

from __future__ import annotations

from dataclasses import dataclass

from ..opcodes.apply import POINTWISE
from ..photo.frame import RawFrame, Rectangle
from ..photo.operations import FixVignetteRadial, Operation, WarpFisheye, WarpRectilinear
from . import geometry

_WARPS = (WarpRectilinear, WarpFisheye)


@dataclass(frozen=True, eq=False)
class LensCorrection:
    """`before` acts on the picture as shot, then the `geometry` moves it, then `after` acts."""

    before: tuple[Operation, ...] = ()
    geometry: geometry.GeometryPlan | None = None
    after: tuple[Operation, ...] = ()

    @property
    def has_pointwise(self) -> bool:
        """Whether it changes light, which is then limited where its colours clip by what changes it, not before."""
        return bool(self.before or self.after)

    @property
    def is_nothing(self) -> bool:
        """Whether the picture stays as it is."""
        return not self.before and self.geometry is None and not self.after


def lens_correction(frame: RawFrame, crop: Rectangle, choice: str) -> tuple[LensCorrection, list[str]]:
    """What is done to `crop` of the active area by the recipe's choice, and what is worth saying of it."""
    notes: list[str] = []
    operations = frame.opcode_list_3
    has_warp = any(isinstance(one, _WARPS) for one in operations)
    if choice == "none":
        operations = tuple(one for one in operations if not isinstance(one, (*_WARPS, FixVignetteRadial)))
    if choice == "lensfun" and not has_warp:
        from .geometry import lensfun

        found, note = lensfun.correction(frame, crop)
        notes.append(note)
        if found is not None:
            before = tuple(one for one in operations if isinstance(one, POINTWISE))
            return LensCorrection((*before, *found.vignetting), found.geometry), notes
    plan = geometry.plan(frame, crop, embedded=choice != "none")
    first = next((index for index, one in enumerate(operations) if isinstance(one, _WARPS)), len(operations))
    pointwise = [(index, one) for index, one in enumerate(operations) if isinstance(one, POINTWISE)]
    before = tuple(one for index, one in pointwise if index < first)
    after = tuple(one for index, one in pointwise if index > first)
    if after and plan is not None and (plan.width, plan.height) != (crop.width, crop.height):
        notes.append("OpcodeList3: what follows the warp is not applied to pixels that are not square")
        after = ()
    return LensCorrection(before, plan, after), notes
