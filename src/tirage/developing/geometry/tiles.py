"""What the kernel's tiles need of the image as shot, told by the nodes around them."""

from __future__ import annotations

import numpy as np

from ...photo.operations import Rectangle
from .plan import GeometryPlan, Mesh
from .sampling import PITCH

#: Of the kernel.
TILE_ROWS, TILE_BLOCKS = 128, 16

#: Rows or columns that the filter reaches back and on.
BACK, ON = 2, 3

#: Columns from the first that a block of pixels is read from to the last, where it is neither stretched nor squeezed.
BLOCK = PITCH - 1 + BACK + ON

#: For rounding: the kernel's whole displacements leave as much.
_ROUNDING = 0.02


def tiles(plan: GeometryPlan, area: Rectangle) -> np.ndarray:
    """The parts of the active area that the tiles of `area` are drawn from: (down, across, planes, 4) int32.

    The four are the first and the last row, the same for every plane, and the least and the greatest column at which
    reading a block of 16 pixels begins; it goes on for `BLOCK` columns. They may lie beyond the edges a little.
    """
    last_x, last_y = plan.active.width - 1, plan.active.height - 1
    tops = range(area.top, area.bottom, TILE_ROWS)
    rows = [_of_tiles(plan.down, area, top, min(top + TILE_ROWS, area.bottom) - 1, PITCH, 0) for top in tops]
    least, most = (np.stack([row[end] for row in rows]) for end in (0, 1))
    first = np.clip(least.min(axis=1, keepdims=True), 0, last_y) - BACK
    last = np.clip(most.max(axis=1, keepdims=True), 0, last_y) + ON
    spans = zip(first.min(axis=(1, 2)), last.max(axis=(1, 2)), strict=True)
    columns = [_of_tiles(plan.across, area, int(top), int(bottom), 0, PITCH) for top, bottom in spans]
    least, most = (np.stack([row[end] for row in columns]) for end in (0, 1))
    begin, end = np.clip(least, 1 - PITCH, max(0, last_x - PITCH)) - BACK, np.clip(most, 0, last_x) - BACK
    parts = np.stack(np.broadcast_arrays(first, last, begin, end), axis=-1)
    return np.ascontiguousarray(parts.transpose(0, 2, 1, 3), np.int32)


def _of_tiles(
    mesh: Mesh, area: Rectangle, top: int, bottom: int, down: int, across: int
) -> tuple[np.ndarray, np.ndarray]:
    """The least and the greatest place of a row of tiles, (planes, tiles) float32 of whole numbers.

    The tiles' rows are `top` to `bottom`. Places are displacements and `down` for every line, `across` for every block.
    """
    lines, nodes = mesh.values.shape[1:]
    first, last = np.clip([top // PITCH - mesh.origin[0], bottom // PITCH + 1 - mesh.origin[0]], 0, lines - 1)
    block, end = area.left // PITCH, -(-area.right // PITCH)
    count = -(-(end - block) // TILE_BLOCKS)
    blocks = np.arange(block, block + TILE_BLOCKS * count)
    node = np.minimum([*blocks, blocks[-1] + 1], end) - mesh.origin[1]
    blocks = np.minimum(blocks, end - 1)
    part = mesh.values[:, first : last + 1, node[0] : node[-1] + 1]
    if down:
        part = part + down * np.arange(first + mesh.origin[0], last + mesh.origin[0] + 1)[:, None]
    found = []
    for extreme in (np.minimum, np.maximum):
        ends = extreme.reduce(part, axis=1)[:, node - node[0]]
        ends = extreme(ends[:, :-1], ends[:, 1:]) + across * np.minimum(
            np.arange(block, block + len(node) - 1), end - 1
        )
        found.append(extreme.reduce(ends.reshape(-1, count, TILE_BLOCKS), axis=2))
    slack = mesh.bulge + _ROUNDING
    return np.floor(found[0] - slack), np.floor(found[1] + slack)
