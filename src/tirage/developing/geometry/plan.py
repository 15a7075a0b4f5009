"""Deciding the geometry of a picture before a pixel is touched: the output's size, and the meshes of the two passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ...photo.errors import FileError
from ...photo.frame import RawFrame
from ...photo.operations import Operation, Rectangle, WarpFisheye, WarpRectilinear
from .mapping import Map, composed, planes_of, warps
from .sampling import FIRST, PITCH, STEEPEST, finer, sampled, spread

#: Pixels of a picture that is small: a strong warp of 128 x 128 bends by 0.02 px between the nodes of a mesh.
SMALL = 128 * 128

#: Nodes between the places where a map is asked for its displacements, if those tell what is between.
COARSE = (6, 4, 2)


@dataclass(frozen=True, eq=False)
class Mesh:
    """Displacements in pixels at every 16th column and row, (planes, nodes down, nodes across) float32.

    `origin` is (first row, first column) of the nodes, in units of 16 pixels.
    """

    values: np.ndarray = field(repr=False)
    origin: tuple[int, int]

    @cached_property
    def bulge(self) -> float:
        """How far the parabolas between nodes may leave the range of the four nodes around.

        Each leaves it by a quarter of a quarter of what the steps beside it differ by; and those down, of which the
        ones across are made, have weights whose sizes add up to 5/4.
        """
        down, across = (max(_unevenness(plane, axis) for plane in self.values) for axis in (0, 1))
        return (down + 1.25 * across) / 16


def _unevenness(values: np.ndarray, axis: int) -> float:
    """By how much the steps before and after a step along `axis` differ at most; beyond the ends there are none."""
    steps = np.diff(values, axis=axis).swapaxes(0, axis)
    differences = [steps[2:] - steps[:-2], steps[:2], steps[-2:]]
    return float(max(max(part.max(initial=0), -part.min(initial=0)) for part in differences))


@dataclass(frozen=True, eq=False)
class GeometryPlan:
    """How a picture of `width` x `height` pixels is drawn from an active area of `active` pixels.

    `down` says how far below itself a pixel of the picture lies in the active area; its rows and columns are the
    picture's. `across` says how far to the right a pixel lies, by the picture's columns and the active area's rows.
    Both have one plane where the planes share a map, else three. Of a small picture `places` (planes, 2, height, width)
    float64 are each pixel's column and row in the active area.
    """

    width: int
    height: int
    active: Rectangle
    across: Mesh
    down: Mesh
    places: np.ndarray | None = field(default=None, repr=False)

    @property
    def shared(self) -> bool:
        """Whether every plane has the same map."""
        return len(self.down.values) == 1


def scaled_size(crop: Rectangle, scale: tuple[float, float]) -> tuple[int, int]:
    """Width and height of the picture: the crop at the DefaultScale."""
    return max(1, round(crop.width * scale[0])), max(1, round(crop.height * scale[1]))


def plan(frame: RawFrame, crop: Rectangle, *, embedded: bool = True) -> GeometryPlan | None:
    """The geometry of `crop` of the active area under the frame's warps and DefaultScale; None where nothing moves.

    Raises FileError where the coefficients make no picture. With `embedded` False the warps are left out.
    """
    return plan_of(frame.opcode_list_3 if embedded else (), frame, crop, "OpcodeList3: ")


def plan_of(operations: Sequence[Operation], frame: RawFrame, crop: Rectangle, where: str = "") -> GeometryPlan | None:
    """The same with the warps among `operations`, which come from `where`, in place of the frame's."""
    moving = warps(operations)
    size = scaled_size(crop, frame.default_scale)
    if not moving and size == (crop.width, crop.height):
        return None
    aspect = frame.default_scale[0] / frame.default_scale[1]
    whole = Rectangle(0, 0, frame.width, frame.height)
    mapped = composed(moving, frame.width, frame.height, aspect)
    return meshed(mapped, planes_of(moving), whole, crop, size, where + _name(moving))


def _name(operations: Sequence[WarpRectilinear | WarpFisheye]) -> str:
    return type(operations[0]).__name__ if operations else "DefaultScale"


def meshed(
    mapped: Map, planes: int, active: Rectangle, crop: Rectangle, size: tuple[int, int], name: str
) -> GeometryPlan:
    """The plan of a map from the corrected to the shot active area; `name` is what an error blames."""
    width, height = size
    scale_x, scale_y = crop.width / width, crop.height / height

    def place(column: np.ndarray, row: np.ndarray, plane: int) -> tuple[np.ndarray, np.ndarray]:
        x, y = crop.left + (column + 0.5) * scale_x - 0.5, crop.top + (row + 0.5) * scale_y - 0.5
        shape = np.broadcast_shapes(column.shape, row.shape)
        with np.errstate(all="ignore"):
            u, v = mapped(x, y, plane)
        return np.broadcast_to(u, shape), np.broadcast_to(v, shape)

    nodes = [PITCH * np.arange(FIRST, -(-side // PITCH) + 3, dtype=np.float64) for side in size]
    drawn = None
    for step in COARSE:
        drawn = drawn or sampled(place, planes, active, *(spread(part, step) for part in nodes))
    if drawn is None:
        for plane in range(planes):
            _check(*place(nodes[0], nodes[1][:, None], plane), active, name)
        drawn = sampled(place, planes, active, *nodes, exactly=True)
    assert drawn is not None
    down = finer(drawn.down, len(nodes[1]), len(nodes[0]))
    across = finer(drawn.across, len(drawn.lines), len(nodes[0]))
    first = int(drawn.lines[0]) // PITCH
    meshes = Mesh(across, (first, FIRST)), Mesh(down, (FIRST, FIRST))
    places = None
    if width * height <= SMALL:
        pixels = np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64)[:, None]
        places = np.array([place(*pixels, plane) for plane in range(planes)])
    return GeometryPlan(width, height, active, *meshes, places)


def _check(u: np.ndarray, v: np.ndarray, active: Rectangle, name: str) -> None:
    """FileError where a map, known at the nodes, can't make a picture."""
    advice = "develop with lens correction none"
    if not (np.isfinite(u).all() and np.isfinite(v).all()):
        raise FileError(f"{name}: its coefficients give no finite positions; {advice}")
    inside = (u > -1) & (u < active.width) & (v > -1) & (v < active.height)
    if not inside.any():
        raise FileError(f"{name}: its coefficients lead out of the picture everywhere; {advice}")
    ux, uy, vx, vy = (np.diff(part, axis=axis) / PITCH for part in (u, v) for axis in (1, 0))
    turn = ux[:-1] * vy[:, :-1] - uy[:, :-1] * vx[:-1]
    if min(ux.min(), vy.min(), turn.min()) <= 0.01:
        raise FileError(f"{name}: its coefficients fold the picture over; {advice}")
    if max(ux.max(), vy.max()) > STEEPEST or max(abs(vx).max(), abs(uy).max()) > STEEPEST / 3:
        raise FileError(f"{name}: its coefficients squeeze the picture more than {STEEPEST:g} times; {advice}")
