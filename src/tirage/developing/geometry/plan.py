"""Deciding the geometry of a picture before a pixel is touched: the output's size, and the meshes of the two passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ...photo.errors import FileError
from ...photo.frame import RawFrame
from ...photo.operations import Operation, Rectangle, WarpFisheye, WarpRectilinear
from .mapping import Map, composed, planes_of, warps

#: Output pixels between nodes; the kernel's PITCH.
PITCH = 16

#: Rows and columns of the kernel's tiles.
TILE_ROWS, TILE_COLUMNS = 96, 256

#: A picture may be shrunk or sheared by this much; the kernel's buffers hold no more.
STEEPEST = 3.0


@dataclass(frozen=True, eq=False)
class Mesh:
    """Displacements in pixels at every 16th column and row, (planes, nodes down, nodes across) float32.

    `origin` is (first row, first column) of the nodes, in units of 16 pixels.
    """

    values: np.ndarray = field(repr=False)
    origin: tuple[int, int]


@dataclass(frozen=True, eq=False)
class GeometryPlan:
    """How a picture of `width` x `height` pixels is drawn from an active area of `active` pixels.

    `down` says how far below itself a pixel of the picture lies in the active area; its rows and columns are the
    picture's. `across` says how far to the right a pixel lies, by the picture's columns and the active area's rows.
    Both have one plane where the planes share a map, else three. No tile of the kernel needs more than `tile_rows`.
    """

    width: int
    height: int
    active: Rectangle
    across: Mesh
    down: Mesh
    tile_rows: int

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
    return plan_of(frame.opcode_list_3 if embedded else (), frame, crop)


def plan_of(operations: Sequence[Operation], frame: RawFrame, crop: Rectangle) -> GeometryPlan | None:
    """The same with the warps among `operations` in place of the frame's."""
    moving = warps(operations)
    size = scaled_size(crop, frame.default_scale)
    if not moving and size == (crop.width, crop.height):
        return None
    aspect = frame.default_scale[0] / frame.default_scale[1]
    whole = Rectangle(0, 0, frame.width, frame.height)
    mapped = composed(moving, frame.width, frame.height, aspect)
    return meshed(mapped, planes_of(moving), whole, crop, size, _name(moving))


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
        with np.errstate(all="ignore"):
            return mapped(x, y, plane)

    first, last_column, last_row = -2, -(-width // PITCH) + 2, -(-height // PITCH) + 2
    columns = PITCH * np.arange(first, last_column + 1, dtype=np.float64)
    rows = PITCH * np.arange(first, last_row + 1, dtype=np.float64)
    places = [
        place(columns[None, :] + 0 * rows[:, None], rows[:, None] + 0 * columns[None, :], k) for k in range(planes)
    ]
    for u, v in places:
        _check(u, v, active, name)
    reach = 3
    tops = max(0.0, min(v[2:-2, 2:-2].min() for _, v in places)) - reach
    bottoms = min(active.height - 1.0, max(v.max() for _, v in places)) + reach
    lines = np.arange(int(tops // PITCH) - 1, int(bottoms // PITCH) + 3)
    across = [_across(place, u, v, columns, rows, PITCH * lines, plane) for plane, (u, v) in enumerate(places)]
    down = np.stack([v - rows[:, None] for _, v in places])
    return GeometryPlan(
        width,
        height,
        active,
        Mesh(np.stack(across).astype(np.float32), (int(lines[0]), first)),
        Mesh(down.astype(np.float32), (first, first)),
        _tile_rows(down),
    )


def _tile_rows(down: np.ndarray) -> int:
    """No tile of the kernel needs more rows of the active area than this."""
    steepest = 1 + np.diff(down, axis=1).max() / PITCH
    sheared = abs(np.diff(down, axis=2)).max() / PITCH
    apart = np.ptp(down, axis=0).max()
    return int(np.ceil(TILE_ROWS * steepest + TILE_COLUMNS * sheared + apart)) + 12


def _across(place, u, v, columns, rows, lines, plane) -> np.ndarray:
    """How far right of `columns` a pixel lies that lands on the active area's rows `lines`: (lines, columns)."""
    row = np.stack([_inverse(lines, v[:, i], rows) for i in range(len(columns))], axis=1)
    column = np.broadcast_to(columns, row.shape)
    at_u, at_v = place(column, row, plane)
    # One step of Newton's method; the slopes of the mesh are good enough for what is left to correct.
    k = np.clip(np.searchsorted(rows, row.ravel(), "right") - 1, 0, len(rows) - 2).reshape(row.shape)
    i = np.arange(len(columns))
    slope_u, slope_v = u[k + 1, i] - u[k, i], v[k + 1, i] - v[k, i]
    return at_u + (lines[:, None] - at_v) * slope_u / slope_v - columns


def _inverse(values: np.ndarray, increasing: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Where `increasing`, known at `at`, takes `values`: straight lines, prolonged at both ends."""
    found = np.interp(values, increasing, at)
    for end, inner, beyond in ((0, 1, values < increasing[0]), (-1, -2, values > increasing[-1])):
        slope = (at[end] - at[inner]) / (increasing[end] - increasing[inner])
        found[beyond] = at[end] + (values[beyond] - increasing[end]) * slope
    return found


def _check(u: np.ndarray, v: np.ndarray, active: Rectangle, name: str) -> None:
    """FileError where a map can't make a picture."""
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
