"""A mean without what contradicts its reference."""

from __future__ import annotations

import numpy as np

from ...kernels.call import run
from ..align.flow_grid import dilated
from ..fuse.mean import Mean
from . import CLOSE, LEAST_WINDOWS, PITCH, WIDE, windows

#: The chi-squares per site of close and of wide windows from which on frames count for less; noise alone has them once
#: in 350 and in 160 windows. So many times that, and they count for nothing.
_LIMITS, _SOFT = (4.0, 3.6), 1.4
#: Quads along the sides of cells that were doubted: those with less than most by so much of one frame's weight. Further
#: off the limits are so many times higher.
_CELL, _DOUBTED, _PATIENCE = 8, 0.8, 2.0


def without_ghosts(mean: Mean) -> None:
    """Take back what was added where it contradicts the reference, in `mean.state`."""
    state, reference = mean.state, mean.reference
    rows, columns = state.shape[1:]
    found = np.empty((2, windows(rows), windows(columns)), np.float32)
    if not len(found[0]) or found.shape[2] < LEAST_WINDOWS:
        return
    run("merge_contradiction", state, reference.placed, reference.levels, reference.noise.astype(np.float32), found)
    share = _agreement(found, _doubted(state), (-(-rows // PITCH), -(-columns // PITCH)))
    steps = np.arange(PITCH)
    down, across = (
        (PITCH * at[:, None, None] + step).repeat(PITCH, axis).ravel()
        for at, step, axis in zip(np.nonzero(share < 1), (steps[:, None], steps), (2, 1), strict=True)
    )
    there = (down < rows) & (across < columns)
    _taken_back(mean, down[there], across[there], share[down[there] // PITCH, across[there] // PITCH])


def _agreement(found: np.ndarray, doubted: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """What share of the added frames each cell keeps, by the chi-squares of the windows that it lies in."""
    share = np.ones(shape, np.float32)
    for chi, limit, side in zip(found, _LIMITS, (CLOSE, WIDE), strict=True):
        rows, columns = np.nonzero(chi > limit)
        ratio = chi[rows, columns] / np.float32(limit)
        patience = np.where(doubted[rows * PITCH // _CELL, columns * PITCH // _CELL], 1, np.float32(_PATIENCE))
        kept = np.clip((_SOFT - ratio / patience) / (_SOFT - 1), 0, 1).astype(np.float32)
        for j, i in np.ndindex(side // PITCH, side // PITCH):
            np.minimum.at(share, (rows + j, columns + i), kept)
    return share


def _doubted(state: np.ndarray) -> np.ndarray:
    """The cells of _CELL quads in which, or beside which, some frame counts for less: (rows, columns) bool."""
    weight, side = state[5, ::2, ::2], _CELL // 2
    starts = [np.arange(0, length, side) for length in weight.shape]
    sums = np.add.reduceat(np.add.reduceat(weight, starts[0], 0), starts[1], 1)
    down, across = (np.minimum(side, length - start) for start, length in zip(starts, weight.shape, strict=True))
    means = sums / np.outer(down, across).astype(np.float32)
    return dilated(means < np.quantile(means, 0.9) - _DOUBTED)


def _taken_back(mean: Mean, rows: np.ndarray, columns: np.ndarray, share: np.ndarray) -> None:
    """Of what was added at these quads, this share stays."""
    state, reference = mean.state, mean.reference
    for site in range(4):
        places = (2 * rows + site // 2 - reference.shift_y, 2 * columns + site % 2 - reference.shift_x)
        stored = reference.mosaic[tuple(map(_mirrored, places, reference.mosaic.shape))].astype(np.float32)
        own = np.minimum((stored - np.float32(reference.black[site])) * np.float32(reference.unit), 1)
        light, weight, noise = (state[n + site, rows, columns] for n in (0, 4, 8))
        kept = np.where(noise < 0, 1, share)  # where the reference is clipped the others are all there is
        state[site, rows, columns] = own + kept * (light - own)
        state[4 + site, rows, columns] = 1 + kept * (weight - 1)
        state[8 + site, rows, columns] = kept * kept * noise


def _mirrored(at: np.ndarray, side: int) -> np.ndarray:
    """As the kernels do beyond a mosaic's edge."""
    return np.clip(np.where(at < 0, -at, np.where(at > side - 1, 2 * (side - 1) - at, at)), 0, side - 1)
