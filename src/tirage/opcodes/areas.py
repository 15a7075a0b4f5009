"""Where operations reach, and the gains that they state there."""

from __future__ import annotations

import numpy as np

from ..photo.operations import AreaSpec, FixVignetteRadial, GainMap

#: Most rows from one that a vignette is computed at to the next, and the error of a gain that this may cost.
_MOST_BETWEEN, _BETWEEN_ERROR = 8, 1e-5


def reached(start: int, stop: int, pitch: int, origin: int, count: int) -> slice:
    """Which of `count` rows or columns from `origin` on are start, start + pitch, ... below `stop`; counted there."""
    first = max(start, origin)
    first += (start - first) % pitch
    last = min(stop, origin + count)
    return slice(first - origin, max(last - origin, first - origin), pitch)


def reach(spec: AreaSpec, origin: tuple[int, int], shape: tuple[int, int]) -> tuple[slice, slice]:
    """The rows and columns that `spec` reaches of a part of `shape` that begins at `origin` (row, column)."""
    area = spec.area
    return (
        reached(area.top, area.bottom, spec.row_pitch, origin[0], shape[0]),
        reached(area.left, area.right, spec.column_pitch, origin[1], shape[1]),
    )


def planes_of(spec: AreaSpec, planes: int) -> range:
    """The planes that `spec` reaches of an image that has `planes`."""
    return range(spec.plane, min(spec.plane + spec.planes, planes))


def grid_positions(pixels: np.ndarray, count: int, points: int, spacing: float, origin: float) -> np.ndarray:
    """Where the centres of `pixels`, of `count`, lie between `points` grid points, 0..points - 1."""
    if points == 1 or spacing <= 0:
        return np.zeros(len(pixels))
    with np.errstate(over="ignore"):  # spacings may be next to nothing
        return np.clip(((pixels + 0.5) / count - origin) / spacing, 0, points - 1)


def between(grid: np.ndarray, position: np.ndarray, axis: int = 0) -> np.ndarray:
    """`grid` (rows, columns) interpolated linearly at `position` (n,) along an axis, row after row in memory."""
    last = grid.shape[axis] - 1
    first = np.minimum(position.astype(np.intp), last)
    second = np.minimum(first + 1, last)
    fraction = np.expand_dims((position - first).astype(grid.dtype), 1 - axis)
    low, high = grid.take(first, axis), grid.take(second, axis)
    high -= low
    high *= fraction
    high += low
    return high


def map_plane(gain_map: GainMap, plane: int) -> np.ndarray:
    """The grid (points_v, points_h) for a plane of the image: its own, or the last (Adobe's SDK counts so)."""
    return gain_map.gains[:, :, min(plane, gain_map.gains.shape[2] - 1)]


def map_lines(gain_map: GainMap, plane: int, columns: np.ndarray, width: int) -> np.ndarray:
    """The map's rows at `columns` of an image of `width`, (points_v, columns), in the dtype of its gains."""
    grid = map_plane(gain_map, plane)
    position = grid_positions(columns, width, grid.shape[1], gain_map.spacing_h, gain_map.origin_h)
    return between(grid, position, axis=1)


def map_gains(
    gain_map: GainMap, plane: int, rows: np.ndarray, columns: np.ndarray, size: tuple[int, int]
) -> np.ndarray:
    """The map's gains at `rows` and `columns` of an image of `size` (height, width), (rows, columns)."""
    grid = map_plane(gain_map, plane)
    down = grid_positions(rows, size[0], grid.shape[0], gain_map.spacing_v, gain_map.origin_v)
    across = grid_positions(columns, size[1], grid.shape[1], gain_map.spacing_h, gain_map.origin_h)
    first, last = int(down.min()), int(down.max()) + 2
    needed, down = grid[first:last], down - first
    if grid.shape[0] > size[0]:  # more points than pixels: the other order would make a larger array
        return between(between(needed, down), across, axis=1)
    return between(between(needed, across, axis=1), down)


def vignette_gains(
    vignette: FixVignetteRadial, rows: np.ndarray, columns: np.ndarray, size: tuple[int, int]
) -> np.ndarray:
    """The gains of FixVignetteRadial at `rows` and `columns` of an image of `size`, (rows, columns) float32."""
    height, width = size
    centre_x, centre_y = vignette.centre[0] * width, vignette.centre[1] * height
    farthest = max(centre_x, width - centre_x) ** 2 + max(centre_y, height - centre_y) ** 2
    down = ((rows + 0.5 - centre_y) ** 2 / farthest).astype(np.float32)
    across = ((columns + 0.5 - centre_x) ** 2 / farthest).astype(np.float32)
    squared = down[:, None] + across
    gains = np.zeros_like(squared)
    for coefficient in np.trim_zeros(vignette.radial, "b")[::-1]:
        gains += np.float32(coefficient)
        gains *= squared
    gains += 1
    return gains


def vignette_gains_of_part(
    vignette: FixVignetteRadial, origin: tuple[int, int], shape: tuple[int, int], size: tuple[int, int]
) -> np.ndarray:
    """The gains at all pixels of a part, (h, w) float32: straight lines between rows where these are as good."""
    columns = origin[1] + np.arange(shape[1])
    powers = 2 * np.arange(1, len(vignette.radial) + 1)
    bend = float((abs(vignette.radial) * powers * (powers - 1)).sum()) * 4 / (size[0] ** 2 + size[1] ** 2)
    step = int(min(_MOST_BETWEEN, np.sqrt(8 * _BETWEEN_ERROR / max(bend, 1e-9)))) if np.isfinite(bend) else 1
    if step <= 1:
        return vignette_gains(vignette, origin[0] + np.arange(shape[0]), columns, size)
    first, last = origin[0] // step, -(-(origin[0] + shape[0]) // step)
    lines = vignette_gains(vignette, step * np.arange(first, last + 1), columns, size)
    between = np.diff(lines, axis=0)[:, None] * (np.arange(step, dtype=np.float32) / np.float32(step))[:, None]
    between += lines[:-1, None]
    start = origin[0] - step * first
    return between.reshape(-1, shape[1])[start : start + shape[0]]
