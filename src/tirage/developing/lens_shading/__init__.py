"""Lens shading: the GainMap opcodes of DNG opcode list 2 as gains along the rows of one grid.

Purpose: undo the light and colour falloff of a lens. Paper: DNG 1.7.1, chapter 7, GainMap; the position of a pixel is
its centre, (row + 0.5) / height. Domain: a RawFrame's maps; range: gains, mostly 1 to 4.
Limits: maps are exact where every CFA site has at most one, all over the active area and on the same rows of the grid
(as phones write them); any other set is sampled at each picture row, which costs memory but is exact too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...photo.frame import GainMap, RawFrame, Rectangle


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
    return _on_every_row(frame, maps)


def plane_gains(frame: RawFrame, area: Rectangle) -> np.ndarray:
    """The gains in `area` of a frame that holds three colours per pixel, (3, h, w) float32; (3, 1, 1) without maps."""
    if not frame.lens_shading:
        return np.ones((3, 1, 1), np.float32)
    rows, columns = slice(area.top, area.bottom), slice(area.left, area.right)
    gains = np.ones((3, area.height, area.width), np.float32)
    for gain_map in frame.lens_shading:
        reached = gain_map.area
        down = _is_reached(frame.height, reached.top, reached.bottom, gain_map.row_pitch)[rows]
        across = _is_reached(frame.width, reached.left, reached.right, gain_map.column_pitch)[columns]
        for plane in range(gain_map.plane, min(gain_map.plane + gain_map.planes, 3)):
            field = _field(gain_map, frame, rows, columns, min(plane - gain_map.plane, gain_map.gains.shape[2] - 1))
            gains[plane] *= np.where(down[:, None] & across, field, 1)
    return gains


def _is_reached(count: int, start: int, stop: int, pitch: int) -> np.ndarray:
    """Which of `count` rows or columns a map applies to."""
    index = np.arange(count)
    return (index >= start) & (index < stop) & ((index - start) % pitch == 0)


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


def _along_columns(gain_map: GainMap, width: int, columns: slice = slice(None), plane: int = 0) -> np.ndarray:
    """The map's rows at these columns of `width`, (points_v, columns)."""
    grid = gain_map.gains[:, :, plane].astype(np.float64)
    return _between(grid, _positions(width, grid.shape[1], gain_map.spacing_h, gain_map.origin_h)[columns])


def _field(gain_map: GainMap, frame: RawFrame, rows: slice, columns: slice, plane: int = 0) -> np.ndarray:
    """The map's gain at these rows and columns of the active area, (rows, columns), wherever it applies."""
    along = _along_columns(gain_map, frame.width, columns, plane)
    down = _positions(frame.height, along.shape[0], gain_map.spacing_v, gain_map.origin_v)[rows]
    return _between(along.T, down).T


def _on_own_rows(frame: RawFrame, first: GainMap, sites: dict[tuple[int, int], list[GainMap]]) -> ShadingGrid:
    rows = first.gains.shape[0]
    gains = np.ones((2, 2, rows, frame.width))
    for site, found in sites.items():
        for gain_map in found:
            gains[site] = _along_columns(gain_map, frame.width)
    return ShadingGrid(gains, _positions(frame.height, rows, first.spacing_v, first.origin_v))


def _on_every_row(frame: RawFrame, maps: list[GainMap]) -> ShadingGrid:
    gains = np.ones((2, 2, frame.height, frame.width), np.float32)
    for gain_map in maps:
        area = gain_map.area
        site_rows, rows = _sites(area.top, area.bottom, gain_map.row_pitch)
        site_columns, columns = _sites(area.left, area.right, gain_map.column_pitch)
        gains[site_rows, site_columns, rows, columns] *= _field(gain_map, frame, rows, columns)
    return ShadingGrid(gains, np.arange(frame.height, dtype=np.float64))


def _sites(start: int, stop: int, pitch: int) -> tuple[slice, slice]:
    """The parities that a map applies to along an axis, and where: one site's gain counts between its pixels too."""
    if pitch == 2:
        return slice(start % 2, None, 2), slice(max(start - 1, 0), stop + (stop - start) % 2)
    return slice(None), slice(start, stop, pitch)
