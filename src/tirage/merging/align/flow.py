"""What the homography leaves: a smooth flow, by Lucas-Kanade over overlapping tiles, shrunk where noise explains it."""

from __future__ import annotations

import numpy as np

from . import SUMS
from .flow_grid import coarser, enlarged, filtered, gaussian
from .homography import Pyramid, sums_of
from .mapping import rescaled, smooth_map

#: Standard deviation of unit noise at each level of a pyramid, and the variance of its slopes, in that of the noise.
SIGMA = (1.0, 0.2734, 0.1235)
SLOPE_NOISE = (0.0366, 0.08, 0.0894)
#: Levels and iterations.
STEPS = ((2, 2), (1, 2), (0, 1))
#: Tiles are twice a cell wide and overlap by half; then a Gaussian.
_TILE = np.convolve(np.array([0.5, 1.0, 0.5]), gaussian(1.2))
#: Steadiness: added to the normal matrix, of its trace too.
_LEAST, _SHARE = 4.0, 0.02
#: The most a step and the whole flow may be, in pixels of their level.
_STEP, _MOST = 1.0, 4.0
#: Evidence below which a flow counts as noise.
_INSIGNIFICANT = 3.0


def smooth_flow(
    reference: Pyramid, image: Pyramid, homography: np.ndarray, leave_out: np.ndarray, rows: np.ndarray | None = None
) -> tuple[np.ndarray | None, np.ndarray]:
    """(rows, columns, 2) float32, (down, across) at the cells of level 0, None where the homography says it all.

    And the last sums over these cells.

    `leave_out` (rows, columns) bool: cells that follow an object. `rows` (rows, 1, 2): the flow that is shrunk to.
    """
    flow, sums, keep = None, np.zeros((len(SUMS), 1, 1), np.float32), [1 - leave_out.astype(np.float32)]
    for _ in range(2):
        keep.append(_halved(keep[-1]))
    grounds = [np.zeros((len(leave_out), 1, 2), np.float32) if rows is None else rows]
    for _ in range(2):
        grounds.append(coarser(grounds[-1]))
    evidence = np.zeros((1, 1), np.float32)
    for level, steps in STEPS:
        if level >= len(reference):
            continue
        shape = reference[level].shape
        cells = (-(-shape[0] // 8), -(-shape[1] // 8))
        start = rescaled(homography, 0.5**level)
        sharpness = 1 / (2 * SIGMA[level] ** 2)
        slope_noise = np.float32(SLOPE_NOISE[level] * SIGMA[level] ** 2)
        flow = np.zeros((*cells, 2), np.float32) + grounds[level] if flow is None else 2 * enlarged(flow, cells)
        flow = flow.astype(np.float32)
        for _ in range(steps):
            sums = sums_of(reference[level], image[level], smooth_map(start, flow, shape), 1.0, sharpness / 9)
            xx, xy, yy, xd, yd = sums[:5] * np.float32(sharpness) * keep[level][: cells[0], : cells[1]]
            weight = sums[9] * np.float32(sharpness) * keep[level][: cells[0], : cells[1]]
            stacked = np.stack([xx - slope_noise * weight, xy, yy - slope_noise * weight, xd, yd], -1)
            xx, xy, yy, xd, yd = np.moveaxis(filtered(stacked, _TILE), -1, 0)
            steady = _LEAST + _SHARE * np.maximum(xx + yy, 0)
            plain_xx, plain_yy = np.maximum(xx, 0), np.maximum(yy, 0)
            xx, yy = plain_xx + steady, plain_yy + steady
            determinant = xx * yy - np.minimum(xy * xy, 0.9 * xx * yy)
            step = np.stack([-(xx * yd - xy * xd), -(yy * xd - xy * yd)], -1) / determinant[..., None]
            ground = grounds[level]
            flow = ground + np.clip(flow - ground + np.clip(step, -_STEP, _STEP), -_MOST, _MOST)
        down, across = (flow - grounds[level])[..., 0], (flow - grounds[level])[..., 1]
        evidence = plain_xx * across**2 + 2 * xy * across * down + plain_yy * down**2
    if flow is None:
        return rows, sums
    evidence = filtered(np.minimum(evidence, 100.0), gaussian(3.0))
    flow = grounds[0] + (flow - grounds[0]) * np.maximum(0, 1 - _INSIGNIFICANT / np.maximum(evidence, 1e-6))[..., None]
    return flow.astype(np.float32) if flow.any() else None, sums


def _halved(mask: np.ndarray) -> np.ndarray:
    """The mean of 2 x 2 cells."""
    padded = np.pad(mask, [(0, side % 2) for side in mask.shape], mode="edge")
    return (padded[::2, ::2] + padded[1::2, ::2] + padded[::2, 1::2] + padded[1::2, 1::2]) / 4
