"""Objects that moved by themselves: a tile search about the homography, then Lucas-Kanade per cell."""

from __future__ import annotations

import numpy as np

from ...kernels.call import run
from . import NOT_SEEN
from .flow_grid import dilated
from .homography import Pyramid, halved, sums_of, warped, with_room
from .mapping import CELL, of_cells, smooth_map

#: Mean square difference of two unit noises is 2: from here on a tile differs; it must fall to that share.
_DIFFERS, _FALLS = 2.4, 0.75
#: A search: level, side of a tile, cells from one to the next, reach, and what moving must gain.
_COARSE, _MIDDLE, _FINE = (3, 8, 4, 12, 0.05), (1, 12, 8, 2, 0.1), (0, 16, 8, 1, 0.15)
#: Movers by so many grey pixels are no matter for the smooth flow.
_FAR = 3.0
#: Rows of cells that are refined together.
_BAND = 8
#: Cells to each side, and pixels within which their flows are taken for those of one object.
_REACH, _ALIKE = 2, 1.5
_NOTHING = np.zeros((0, 4), np.int32)


def moved_objects(
    reference: Pyramid, image: np.ndarray, homography: np.ndarray, rows: np.ndarray | None = None
) -> tuple[np.ndarray | None, np.ndarray]:
    """The flow (rows, columns, 2) float32 of cells that follow an object (zero elsewhere), and which are far off.

    None where nothing moved. `image` is the frame's grey, `rows` (rows, 1, 2) the flow of what is at rest.
    """
    nothing = np.zeros(_shape_of(reference[0], CELL), bool)
    if len(reference) < 2:
        return None, nothing
    at_rest = warped(
        image, smooth_map(homography, None if rows is None else rows.repeat(nothing.shape[1], 1), reference[0].shape)
    )
    levels = [at_rest]
    for _ in range(min(3, len(reference) - 1)):
        levels.append(halved(levels[-1]))

    cost = _cost_at_rest(reference[0], at_rest, _FINE)
    differs = (cost > _DIFFERS) & (cost < NOT_SEEN)  # what lies beyond the frame is found nowhere in it
    if not differs.any():
        return None, nothing
    parents = _parents(differs, _FINE, _MIDDLE)
    offers = _NOTHING
    if len(levels) > 3:
        grandparents = _parents(parents, _MIDDLE, _COARSE)
        found, _ = _searched(reference[3], levels[3], _COARSE, grandparents, _NOTHING)
        offers = _offered(found, _COARSE, _MIDDLE, parents)
    found, _ = _searched(reference[1], levels[1], _MIDDLE, parents, offers)
    found, least = _searched(reference[0], at_rest, _FINE, differs, _offered(found, _MIDDLE, _FINE, differs))
    moved = differs & (least < _FALLS * cost)
    if not moved.any():
        return None, nothing
    ground = np.float32(0) if rows is None else rows
    flow = ((found + ground) * moved[..., None]).astype(np.float32)
    flow = _refined(reference[0], image, homography, flow, moved)
    flow, _ = _spread(flow, moved)
    return flow, dilated(moved & (np.abs(flow - ground).max(-1) >= _FAR))


def _shape_of(image: np.ndarray, stride: int) -> tuple[int, int]:
    return -(-image.shape[0] // stride), -(-image.shape[1] // stride)


def _costs(
    reference: np.ndarray, image: np.ndarray, search: tuple, places: np.ndarray, radius: int, gain: float
) -> np.ndarray:
    """What tiles cost, (n, rows, columns), at `places` (n, 4): row and column of the tile, (down, across)."""
    _, side, stride, _, _ = search
    first = (side - stride) // 2
    table = np.stack(
        [places[:, 1] * stride - first, places[:, 0] * stride - first, places[:, 3], places[:, 2]], axis=1
    ).astype(np.int32)
    costs = np.empty((len(places), 2 * radius + 1, 2 * radius + 1), np.float32)
    numbers = np.int32(side), np.int32(radius), np.float32(gain)
    run("merge_tile_costs", with_room(reference), with_room(image), table, *numbers, costs)
    return costs


def _cost_at_rest(reference: np.ndarray, image: np.ndarray, search: tuple) -> np.ndarray:
    rows, columns = _shape_of(reference, search[2])
    places = np.zeros((rows * columns, 4), np.int32)
    places[:, :2] = np.indices((rows, columns)).reshape(2, -1).T
    return _costs(reference, image, search, places, 0, 0.0).reshape(rows, columns)


def _searched(
    reference: np.ndarray, image: np.ndarray, search: tuple, wanted: np.ndarray, candidates: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The best displacement of each `wanted` tile, (rows, columns, 2), and its cost; rest is always a candidate."""
    radius, gain = search[3], search[4]
    tiles = np.argwhere(wanted).astype(np.int32)
    places = np.concatenate([tiles, np.zeros_like(tiles)], axis=1)
    places = np.concatenate([places, candidates]).astype(np.int32)
    flat = _costs(reference, image, search, places, radius, gain).reshape(len(places), -1)
    steps = np.arange(-radius, radius + 1)
    down, across = places[:, 2, None] + steps, places[:, 3, None] + steps
    at = flat.argmin(1)
    each = np.arange(len(places))
    row, column = np.divmod(at, len(steps))
    displacement = np.stack([down[each, row], across[each, column]], axis=1)
    order = np.argsort(-flat[each, at], kind="stable")  # the least is written last
    best = np.zeros((*wanted.shape, 2), np.int32)
    least = np.full(wanted.shape, 1e9, np.float32)
    place = tuple(places[order, :2].T)
    best[place] = displacement[order]
    least[place] = flat[each, at][order]
    return best, least


def _parents(wanted: np.ndarray, search: tuple, coarser: tuple) -> np.ndarray:
    """The tiles of the coarser search, three by three, that the wanted ones may take candidates from."""
    ratio = coarser[2] * 2 ** (coarser[0] - search[0]) // search[2]
    shape = tuple(-(-side // ratio) for side in wanted.shape)
    rows, columns = np.nonzero(wanted)
    parents = np.zeros(shape, bool)
    parents[rows // ratio, columns // ratio] = True
    return dilated(parents)


def _offered(found: np.ndarray, coarser: tuple, search: tuple, wanted: np.ndarray) -> np.ndarray:
    """Candidates (n, 4) for the wanted tiles: what the coarser tiles about them found, each once."""
    ratio, up = coarser[2] * 2 ** (coarser[0] - search[0]) // search[2], 2 ** (coarser[0] - search[0])
    tiles = np.argwhere(wanted)
    if not len(tiles) or not found.any():
        return _NOTHING
    rows, columns = found.shape[:2]
    offers = []
    for j in (-1, 0, 1):
        for i in (-1, 0, 1):
            row, column = tiles[:, 0] // ratio + j, tiles[:, 1] // ratio + i
            there = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
            displacement = found[np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)] * up
            there &= displacement.any(1)
            offers.append(np.concatenate([tiles, displacement], axis=1)[there])
    return _each_once(np.concatenate(offers).astype(np.int64))


def _each_once(rows: np.ndarray) -> np.ndarray:
    """The different ones of `rows` (n, 4) in order, int32: a number each is sorted faster than rows are."""
    if not len(rows):
        return _NOTHING
    least = rows.min(0)
    spans = rows.max(0) - least + 1
    numbers = np.sort(np.ravel_multi_index(tuple((rows - least).T), tuple(spans)))  # np.unique would load numpy.ma
    numbers = numbers[np.append(True, numbers[1:] != numbers[:-1])]
    return (np.stack(np.unravel_index(numbers, tuple(spans)), axis=1) + least).astype(np.int32)


def _refined(
    reference: np.ndarray, image: np.ndarray, homography: np.ndarray, flow: np.ndarray, moved: np.ndarray
) -> np.ndarray:
    """Below a pixel: Lucas-Kanade of each cell by itself, in bands of cells where something moved; then they agree."""
    areas = []
    for top in range(0, len(moved), _BAND):
        columns = np.flatnonzero(moved[top : top + _BAND].any(0))
        if len(columns):
            areas.append(np.s_[top : min(top + _BAND, len(moved)), int(columns[0]) : int(columns[-1]) + 1])
    known = np.zeros((3, *moved.shape), np.float32)
    mapping = np.zeros((8, *moved.shape), np.float32)
    row, column = np.nonzero(moved)
    for _ in range(3):
        mapping[:, row, column] = of_cells(homography, flow[row, column], row, column, CELL)
        for area in areas:
            xx, xy, yy, xd, yd = sums_of(reference, image, mapping, 1.0, 0.055, area)[:5] * np.float32(0.5)
            xx, yy = xx + 4, yy + 4
            determinant = xx * yy - xy * xy
            step = np.stack([-(xx * yd - xy * xd), -(yy * xd - xy * yd)], -1) / determinant[..., None]
            flow[area] += moved[area][..., None] * np.clip(step, -0.7, 0.7)
            known[:, *area] = np.stack([xx, xy, yy]) * moved[area]
    return _agreed(flow, known, moved)


def _agreed(flow: np.ndarray, known: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """Each mover's flow as the cells about it that move alike have it, each by its xx, xy, yy in `known`."""
    around = [(_REACH, _REACH), (_REACH, _REACH)]
    fields = np.pad(np.concatenate([known, np.moveaxis(flow, -1, 0)]), [(0, 0), *around])
    rows, columns = np.nonzero(moved)
    own_down, own_across = fields[3:, rows + _REACH, columns + _REACH]
    total = np.zeros((5, len(rows)), np.float32)
    for j, i in np.ndindex(2 * _REACH + 1, 2 * _REACH + 1):
        xx, xy, yy, down, across = fields[:, rows + j, columns + i]
        alike = (np.abs(down - own_down) < _ALIKE) & (np.abs(across - own_across) < _ALIKE)
        total += alike * np.stack([xx, xy, yy, xx * across + xy * down, xy * across + yy * down])
    xx, xy, yy, right_across, right_down = total
    determinant = np.maximum(xx * yy - xy * xy, np.float32(1e-6))
    agreed = np.zeros_like(flow)
    agreed[rows, columns, 0] = (xx * right_down - xy * right_across) / determinant
    agreed[rows, columns, 1] = (yy * right_across - xy * right_down) / determinant
    return agreed


def _spread(flow: np.ndarray, moved: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each mover's flow offered to the cells beside it that have none."""
    flow, taken = flow.copy(), moved.copy()
    rows, columns = moved.shape
    wide_moved, wide_flow = np.pad(moved, 1), np.pad(flow, [(1, 1), (1, 1), (0, 0)])
    for j, i in ((0, -1), (0, 1), (-1, 0), (1, 0), (-1, -1), (1, 1), (-1, 1), (1, -1)):
        there = wide_moved[1 + j : 1 + j + rows, 1 + i : 1 + i + columns] & ~taken
        flow[there] = wide_flow[1 + j : 1 + j + rows, 1 + i : 1 + i + columns][there]
        taken |= there
    return flow, taken
