"""Geometry: a demosaiced picture drawn through the map of its lens, and pixels that are not square made so.

Purpose: WarpRectilinear, WarpFisheye and DefaultScale of a DNG, or lensfun's data. Papers: DNG 1.7.1, chapter 7;
Catmull and Smith, 3-D transformations of images in scanline order, SIGGRAPH 1980 (rows first, then columns);
Duchon, Lanczos filtering, J. Appl. Meteorology 1979 (three lobes: sharper than bicubic with less aliasing).
Domain -> range: camera RGB (3, H, W) float32 of the active area to the picture's (3, height, width), any values; what
is no number stays within three pixels. The map is known at every 16th pixel, with parabolas between: 0.001 px off for
real lenses at 12 MP; pictures up to 128 x 128 ask it for every pixel. Edges repeat. Limits: no filter against aliasing
where a picture shrinks (fisheyes shrink their middle by 1.3); maps that fold over or shrink more than three times are
refused; rows first, then columns, so that the finest diagonal detail alters where a map shears strongly.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ...kernels.call import Placed, run
from ...photo.operations import Rectangle
from . import directly
from .plan import PITCH, GeometryPlan, Mesh, plan
from .tiles import BLOCK, tiles

__all__ = ["Canvas", "GeometryPlan", "bilinear", "canvas", "plan", "source_area", "source_positions", "warped"]

#: Columns beside a canvas: a block and the filter's reach.
MARGIN = 32


def source_area(plan: GeometryPlan, area: Rectangle) -> Rectangle:
    """The part of the active area that `area` of the picture is drawn from."""
    if plan.places is not None:
        return directly.source_area(plan, area)
    needed = tiles(plan, area).reshape(-1, 4)
    (top, _, left, _), (_, bottom, _, right) = needed.min(axis=0), needed.max(axis=0)
    top, bottom = (int(np.clip(row, 0, plan.active.height - 1)) for row in (top, bottom))
    left, right = (int(np.clip(column, 0, plan.active.width - 1)) for column in (left, right + BLOCK))
    return Rectangle(left, top, right + 1 - left, bottom + 1 - top)


def source_positions(plan: GeometryPlan, column: np.ndarray, row: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where pixels of the picture lie in the active area, its second plane's: columns and rows, float64."""
    if plan.places is not None:
        x, y = (bilinear(part, column, row) for part in plan.places[len(plan.places) // 2])
        return np.clip(x, 0, plan.active.width - 1), np.clip(y, 0, plan.active.height - 1)
    y = row + _between(plan.down, column, row)
    x = column + _between(plan.across, column, y)
    return np.clip(x, 0, plan.active.width - 1), np.clip(y, 0, plan.active.height - 1)


def _between(mesh: Mesh, column: np.ndarray, row: np.ndarray) -> np.ndarray:
    """The mesh's displacements between its nodes."""
    values = mesh.values[len(mesh.values) // 2]
    down, across = row / PITCH - mesh.origin[0], column / PITCH - mesh.origin[1]
    return bilinear(values, across, down)


def bilinear(values: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """`values` (rows, columns) at the places x, y between its elements, prolonged beyond the last."""
    j = np.clip(np.floor(y), 0, max(values.shape[0] - 2, 0)).astype(np.intp)
    i = np.clip(np.floor(x), 0, max(values.shape[1] - 2, 0)).astype(np.intp)
    below, beside = np.minimum(j + 1, values.shape[0] - 1), np.minimum(i + 1, values.shape[1] - 1)
    above = values[j, i] + (x - i) * (values[j, beside] - values[j, i])
    under = values[below, i] + (x - i) * (values[below, beside] - values[below, i])
    return above + (y - j) * (under - above)


@dataclass(frozen=True, eq=False)
class Canvas:
    """Room for the camera RGB that a part of the picture is drawn from.

    `pixels` (3, h, w) float32 are `area` of the active area, to be filled; `padded` holds them and room beside them.
    """

    area: Rectangle
    padded: np.ndarray = field(repr=False)

    @property
    def pixels(self) -> np.ndarray:
        """The pixels of `area`, to be filled."""
        return self.padded[:, :, MARGIN : MARGIN + self.area.width]


def canvas(plan: GeometryPlan, area: Rectangle) -> Canvas:
    """An empty canvas for `area` of the picture."""
    needed = source_area(plan, area)
    return Canvas(needed, np.empty((3, needed.height, needed.width + 2 * MARGIN), np.float32))


def warped(
    plan: GeometryPlan, source: Canvas | Placed, area: Rectangle, matrix: np.ndarray | None = None
) -> np.ndarray:
    """`area` of the picture, (3, height, width) float32: `source` resampled, then `matrix` (3, 3) float32."""
    if not isinstance(source, Canvas):
        source = _copied(source)
    matrix = np.eye(3, dtype=np.float32) if matrix is None else matrix
    pixels = source.pixels
    if plan.places is not None:
        camera = directly.warped(plan, pixels, source.area, area).astype(np.float32)
        weighted = [part * weights[:, None, None] for part, weights in zip(camera, matrix.T, strict=True)]
        return weighted[0] + weighted[1] + weighted[2]
    source.padded[:, :, :MARGIN] = pixels[:, :, :1]
    source.padded[:, :, MARGIN + source.area.width :] = pixels[:, :, -1:]
    block = area.left // PITCH
    extra = area.left - PITCH * block
    width = -(-(extra + area.width) // PITCH) * PITCH
    output = np.empty((3, area.height, width), np.float32)
    parts = tiles(plan, area)
    most_rows = (parts[..., 1] - parts[..., 0]).max() + 1
    numbers = (block, area.top, plan.active.width - 1, plan.active.height - 1, most_rows)
    run(
        "warp_shared" if plan.shared else "warp",
        Placed(source.padded, (0, source.area.top, source.area.left - MARGIN)),
        Placed(plan.across.values, (0, *plan.across.origin)),
        Placed(plan.down.values, (0, *plan.down.origin)),
        parts,
        matrix,
        *(np.int32(number) for number in numbers),
        output,
    )
    return output[:, :, extra : extra + area.width]


def _copied(source: Placed) -> Canvas:
    _, top, left = source.origin
    _, height, width = source.array.shape
    copy = Canvas(Rectangle(left, top, width, height), np.empty((3, height, width + 2 * MARGIN), np.float32))
    copy.pixels[:] = source.array
    return copy
