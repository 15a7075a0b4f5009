"""Lens shading: the GainMap opcodes of DNG opcode list 2 as gains along the rows of one grid.

Purpose: undo the light and colour falloff of a lens. Paper: DNG 1.7.1, chapter 7, GainMap; the position of a pixel is
its centre, (row + 0.5) / height. Domain: a RawFrame's maps; range: gains, float64, mostly 1 to 4.
Limits: maps are exact where every CFA site has at most one, all over the active area and on the same rows of the grid
(as phones write them); any other set is sampled at each picture row, which costs memory but is exact too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...photo.frame import GainMap, RawFrame


@dataclass(frozen=True, eq=False)
class ShadingGrid:
    """Gains `(2, 2, rows, W)` float64 of the CFA sites [row parity][column parity], along the rows of a grid.

    `position` (H,) float64 is where each row of the active area lies in the grid, 0..rows - 1: gains between grid
    rows are interpolated linearly. Every site's gain is given at every column.
    """

    gains: np.ndarray
    position: np.ndarray


def shading_grid(frame: RawFrame) -> ShadingGrid:
    """The gains of `frame.lens_shading`; one row of ones where there are none."""
    maps = [gain_map for gain_map in frame.lens_shading if gain_map.plane == 0]
    if not maps:
        return ShadingGrid(np.ones((2, 2, 1, frame.width)), np.zeros(frame.height))
    sites = {(row, column): [m for m in maps if _applies(m, row, column)] for row in (0, 1) for column in (0, 1)}
    whole = all(_covers(m, frame) for m in maps)
    grids = {(m.gains.shape[0], m.spacing_v, m.origin_v) for m in maps}
    if whole and len(grids) == 1 and all(len(found) <= 1 for found in sites.values()):
        return _on_own_rows(frame, maps[0], sites)
    return _on_every_row(frame, sites)


def _applies(gain_map: GainMap, row: int, column: int) -> bool:
    """Whether the map reaches pixels of this parity."""
    return (gain_map.row_pitch == 1 or (gain_map.area.top - row) % 2 == 0) and (
        gain_map.column_pitch == 1 or (gain_map.area.left - column) % 2 == 0
    )


def _covers(gain_map: GainMap, frame: RawFrame) -> bool:
    """Whether the map reaches every pixel of its sites."""
    area = gain_map.area
    pitches = gain_map.row_pitch in (1, 2) and gain_map.column_pitch in (1, 2)
    starts = area.top < gain_map.row_pitch and area.left < gain_map.column_pitch
    ends = area.bottom > frame.height - gain_map.row_pitch and area.right > frame.width - gain_map.column_pitch
    return pitches and starts and ends


def _positions(count: int, points: int, spacing: float, origin: float) -> np.ndarray:
    """Where the centres of `count` pixels lie between `points` grid points, 0..points - 1."""
    if points == 1 or spacing <= 0:
        return np.zeros(count)
    return np.clip(((np.arange(count) + 0.5) / count - origin) / spacing, 0, points - 1)


def _between(grid: np.ndarray, position: np.ndarray) -> np.ndarray:
    """`grid` (..., points) interpolated linearly at `position`."""
    first = np.minimum(position.astype(np.intp), grid.shape[-1] - 1)
    second = np.minimum(first + 1, grid.shape[-1] - 1)
    fraction = position - first
    return grid[..., first] * (1 - fraction) + grid[..., second] * fraction


def _along_columns(gain_map: GainMap, width: int) -> np.ndarray:
    """The map's rows at every column, (points_v, W)."""
    grid = gain_map.gains[:, :, 0].astype(np.float64)
    return _between(grid, _positions(width, grid.shape[1], gain_map.spacing_h, gain_map.origin_h))


def _on_own_rows(frame: RawFrame, first: GainMap, sites: dict[tuple[int, int], list[GainMap]]) -> ShadingGrid:
    rows = first.gains.shape[0]
    gains = np.ones((2, 2, rows, frame.width))
    for site, found in sites.items():
        for gain_map in found:
            gains[site] = _along_columns(gain_map, frame.width)
    return ShadingGrid(gains, _positions(frame.height, rows, first.spacing_v, first.origin_v))


def _on_every_row(frame: RawFrame, sites: dict[tuple[int, int], list[GainMap]]) -> ShadingGrid:
    gains = np.ones((2, 2, frame.height, frame.width), np.float32)
    for (row, column), found in sites.items():
        for gain_map in found:
            along = _along_columns(gain_map, frame.width)
            down = _positions(frame.height, along.shape[0], gain_map.spacing_v, gain_map.origin_v)
            area = gain_map.area
            every_row = area.top + (row - area.top) % 2 if gain_map.row_pitch == 1 else area.top
            every_column = area.left + (column - area.left) % 2 if gain_map.column_pitch == 1 else area.left
            rows = slice(every_row, area.bottom, max(2, gain_map.row_pitch))
            columns = slice(every_column, area.right, max(2, gain_map.column_pitch))
            field = _between(along.T, down[rows]).T
            gains[row, column, rows, columns] *= field[:, columns]
    return ShadingGrid(gains, np.arange(frame.height, dtype=np.float64))
