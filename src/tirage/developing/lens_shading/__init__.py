"""Lens shading: the GainMap opcodes of DNG opcode list 2 as gains along the rows of one grid.

Purpose: undo the light and colour falloff of a lens. Paper: DNG 1.7.1, chapter 7, GainMap; the position of a pixel is
its centre, (row + 0.5) / height. Domain: a RawFrame's maps; range: gains, mostly 1 to 4.
Limits: exact where every CFA site has at most one map, all over the active area and on the same rows of the grid (as
phones write them). Any other set is sampled at the picture rows where a map's gains bend or end; where maps lie on top
of each other also between, so that straight lines for their product, which is curved, err by less than TOLERANCE.
Maps that skip more than every other row (which `opcode_list_2` applies before) are sampled at each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...opcodes.areas import grid_positions, map_gains, map_lines, planes_of, reach
from ...photo.frame import RawFrame, Rectangle
from ...photo.operations import GainMap

#: The largest relative error of a gain.
TOLERANCE = 5e-5


@dataclass(frozen=True, eq=False)
class ShadingGrid:
    """Gains `(2, 2, rows, W)` float32 of the CFA sites [row parity][column parity], along the rows of a grid.

    `position` (H,) float64 is where each row of the active area lies in the grid, 0..rows - 1: gains between grid
    rows are interpolated linearly. Every site's gain is given at every column.
    """

    gains: np.ndarray
    position: np.ndarray


def shading_grid(frame: RawFrame) -> ShadingGrid:
    """The gains of `frame.lens_shading`; one row of ones where there are none."""
    maps = [gain_map for gain_map in frame.lens_shading if gain_map.spec.plane == 0]
    if not maps:
        return ShadingGrid(np.ones((2, 2, 1, frame.width), np.float32), np.zeros(frame.height))
    sites = {(row, column): [m for m in maps if _applies(m, row, column)] for row in (0, 1) for column in (0, 1)}
    whole = all(_covers(m, frame) for m in maps)
    grids = {(m.gains.shape[0], m.spacing_v, m.origin_v) for m in maps}
    few = maps[0].gains.shape[0] <= frame.height
    if whole and few and len(grids) == 1 and all(len(found) <= 1 for found in sites.values()):
        return _on_own_rows(frame, maps[0], sites)
    return _on_sampled_rows(frame, maps, min(_rows_between(frame.height, found) for found in sites.values()))


def plane_gains(frame: RawFrame, area: Rectangle) -> np.ndarray:
    """The gains in `area` of a frame that holds three colours per pixel, (3, h, w) float32, or (1, h, w) where the
    colours share them; (1, 1, 1) without maps."""
    if not frame.lens_shading:
        return np.ones((1, 1, 1), np.float32)
    origin, shape = (area.top, area.left), (area.height, area.width)
    shared = all(one.gains.shape[2] == 1 and len(planes_of(one.spec, 3)) == 3 for one in frame.lens_shading)
    gains = np.ones((1 if shared else 3, *shape), np.float32)
    for gain_map in frame.lens_shading:
        down, across = reach(gain_map.spec, origin, shape)
        rows, columns = area.top + np.arange(shape[0])[down], area.left + np.arange(shape[1])[across]
        if not len(rows) or not len(columns):
            continue
        for plane in planes_of(gain_map.spec, len(gains)):
            gains[plane, down, across] *= map_gains(gain_map, plane, rows, columns, (frame.height, frame.width))
    return gains


def _applies(gain_map: GainMap, row: int, column: int) -> bool:
    """Whether the map reaches pixels of this parity."""
    spec = gain_map.spec
    return (spec.row_pitch == 1 or (spec.area.top - row) % 2 == 0) and (
        spec.column_pitch == 1 or (spec.area.left - column) % 2 == 0
    )


def _covers(gain_map: GainMap, frame: RawFrame) -> bool:
    """Whether the map reaches every pixel of its sites."""
    spec, area = gain_map.spec, gain_map.spec.area
    pitches = spec.row_pitch in (1, 2) and spec.column_pitch in (1, 2)
    starts = area.top < spec.row_pitch and area.left < spec.column_pitch
    ends = area.bottom > frame.height - spec.row_pitch and area.right > frame.width - spec.column_pitch
    return pitches and starts and ends


def _on_own_rows(frame: RawFrame, first: GainMap, sites: dict[tuple[int, int], list[GainMap]]) -> ShadingGrid:
    rows, columns = first.gains.shape[0], np.arange(frame.width)
    applied = {id(m): m for found in sites.values() for m in found}
    lines = {key: map_lines(m, 0, columns, frame.width) for key, m in applied.items()}
    if len(lines) == 1 and all(sites.values()):  # no copy for each site
        gains = np.broadcast_to(np.float32(*lines.values()), (2, 2, rows, frame.width))
    else:
        gains = np.ones((2, 2, rows, frame.width), np.float32)
        for site, found in sites.items():
            for gain_map in found:
                gains[site] = lines[id(gain_map)]
    position = grid_positions(np.arange(frame.height), frame.height, rows, first.spacing_v, first.origin_v)
    return ShadingGrid(gains, position)


def _on_sampled_rows(frame: RawFrame, maps: list[GainMap], most_between: int) -> ShadingGrid:
    """The gains at rows of the picture between which they change evenly."""
    samples = _sampled_rows(frame.height, maps, most_between)
    gains = np.ones((2, 2, len(samples), frame.width), np.float32)
    size = (frame.height, frame.width)
    for gain_map in maps:
        area = gain_map.spec.area
        site_rows, rows = _sites(area.top, area.bottom, gain_map.spec.row_pitch)
        site_columns, columns = _sites(area.left, area.right, gain_map.spec.column_pitch)
        chosen = np.flatnonzero(np.isin(samples, np.arange(frame.height)[rows]))
        along = np.arange(frame.width)[columns]
        if not len(chosen) or not len(along):
            continue
        field = map_gains(gain_map, 0, samples[chosen], along, size)
        first, last = chosen[0], chosen[-1] + 1
        lines = slice(first, last) if last - first == len(chosen) else chosen
        for down in np.arange(2)[site_rows]:
            for across in np.arange(2)[site_columns]:
                gains[down, across, :, columns][lines] *= field
    return ShadingGrid(gains, np.interp(np.arange(frame.height), samples, np.arange(len(samples))))


def _rows_between(height: int, maps: list[GainMap]) -> int:
    """How far samples of the product of `maps` may be apart: its chords err by h^2 / 8 of its curvature."""
    slopes = []
    for one in maps:
        grid = one.gains[:, :, 0].astype(np.float64)
        least = np.maximum(np.minimum(grid[1:], grid[:-1]), 1e-3)
        slopes.append(np.max(np.abs(np.diff(grid, axis=0)) / least, initial=0) / max(one.spacing_v * height, 1e-9))
    curvature = np.sum(slopes) ** 2 - np.sum(np.square(slopes))
    return height if curvature <= 0 else int(np.clip(np.sqrt(8 * TOLERANCE / curvature), 1, height))


def _turns(gain_map: GainMap, height: int) -> np.ndarray:
    """The change of slope at each row of the map's grid, per row of the picture, relative to the gain; (points,)."""
    grid = gain_map.gains[:, :, 0].astype(np.float64)
    turns = abs(np.diff(grid, 2, axis=0, prepend=grid[:1], append=grid[-1:]))  # beyond its ends a map is level
    return (turns / np.maximum(abs(grid), 1e-3)).max(axis=1) / max(gain_map.spacing_v * height, 1e-9)


def _sampled_rows(height: int, maps: list[GainMap], most_between: int) -> np.ndarray:
    """The rows beside every bend and end of the maps, and so many between that none are further apart."""
    rows = {0, height - 1}
    for gain_map in maps:
        area, points = gain_map.spec.area, gain_map.gains.shape[0]
        if gain_map.spec.row_pitch > 2:
            return np.arange(height)
        _, reached = _sites(area.top, area.bottom, gain_map.spec.row_pitch)
        with np.errstate(over="ignore"):
            bends = (gain_map.origin_v + gain_map.spacing_v * np.arange(points)) * height - 0.5
            slight = _turns(gain_map, height) / 2 < TOLERANCE / 2  # a bend half a row off errs by half its turn
        bends = np.where(slight, np.rint(bends), bends)
        bends = np.clip(bends[np.isfinite(bends)], 0, height - 1)
        rows |= {reached.start - 1, reached.start, reached.stop - 1, reached.stop}
        rows |= {*np.floor(bends).astype(int).tolist(), *np.ceil(bends).astype(int).tolist()}
    kept = np.array(sorted(row for row in rows if 0 <= row < height))
    pieces = [
        np.linspace(one, other, -(-(other - one) // most_between), endpoint=False)
        for one, other in zip(kept[:-1], kept[1:], strict=True)
    ]
    return np.unique(np.rint(np.concatenate([*pieces, kept[-1:]])).astype(np.intp))


def _sites(start: int, stop: int, pitch: int) -> tuple[slice, slice]:
    """The parities that a map applies to along an axis, and where: one site's gain counts between its pixels too."""
    if pitch == 2:
        return slice(start % 2, None, 2), slice(max(start - 1, 0), stop + (stop - start) % 2)
    return slice(None), slice(start, stop, pitch)
