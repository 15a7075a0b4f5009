"""What the kernel's tiles need of the image as shot, told by the nodes around them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

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
    blocks = area.left // PITCH, -(-area.right // PITCH)
    rows, columns = _lines(plan.down, *blocks, 0), _lines(plan.across, *blocks, PITCH)
    parts = []
    for top in range(area.top, area.bottom, TILE_ROWS):
        bottom = min(top + TILE_ROWS, area.bottom) - 1
        least, most = rows.between(top, bottom, PITCH)
        first = np.clip(least.min(axis=0), 0, last_y) - BACK
        last = np.clip(most.max(axis=0), 0, last_y) + ON
        least, most = columns.between(int(first.min()), int(last.max()), 0)
        begin, end = np.clip(least, 1 - PITCH, max(1 - PITCH, last_x - PITCH)), np.clip(most, 0, last_x)
        parts.append(np.broadcast_arrays(first, last, begin - BACK, end - BACK))
    return np.ascontiguousarray(np.array(parts).transpose(0, 3, 2, 1), np.int32)


@dataclass(frozen=True)
class _Lines:
    """Extreme displacements of the blocks of tiles on the lines of a mesh: the least and greatest by line, plane, tile.

    `first` is the first line, `slack` how far displacements between lines and nodes may leave these.
    """

    least: np.ndarray
    most: np.ndarray
    first: int
    slack: float

    def between(self, top: int, bottom: int, pitch: int) -> tuple[np.ndarray, np.ndarray]:
        """The least and greatest whole place in the rows `top` to `bottom`, (planes, tiles).

        Places are displacements and `pitch` for every line before them.
        """
        begin, end = (min(max(row - self.first, 0), len(self.least) - 1) for row in (top // PITCH, bottom // PITCH + 1))
        line = pitch * np.arange(begin + self.first, end + self.first + 1)[:, None, None]
        least, most = (self.least[begin : end + 1] + line).min(axis=0), (self.most[begin : end + 1] + line).max(axis=0)
        return np.floor(least - self.slack), np.floor(most + self.slack)


@lru_cache(maxsize=4)
def _lines(mesh: Mesh, begin: int, end: int, pitch: int) -> _Lines:
    """Of the tiles of the blocks `begin` to `end`; displacements count from the first, each block `pitch` on."""
    values = mesh.values[:, :, begin - mesh.origin[1] : end - mesh.origin[1] + 1]
    shifts = pitch * np.arange(begin, end, dtype=np.float32)
    here, beside = values[..., :-1] + shifts, values[..., 1:] + shifts
    starts = np.arange(0, end - begin, TILE_BLOCKS)
    least, most = (
        extreme.reduceat(extreme(here, beside), starts, axis=2).swapaxes(0, 1) for extreme in (np.minimum, np.maximum)
    )
    return _Lines(least, most, mesh.origin[0], mesh.bulge + _ROUNDING)
