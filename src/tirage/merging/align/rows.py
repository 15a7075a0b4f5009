"""What a rolling shutter makes of a hand's tremor: a shift of each row, by Lucas-Kanade over whole rows of cells."""

from __future__ import annotations

import numpy as np

from .flow import SIGMA, SLOPE_NOISE
from .flow_grid import enlarged, gaussian
from .homography import DOUBT, Pyramid, refined, sums_of
from .mapping import CELL, rescaled, smooth_map

#: Levels, and how often rows and then the homography are found there, each by what the other leaves.
_STEPS = ((2, 3), (1, 1))
#: A row of cells is told by those beside it, too.
_SMOOTH = gaussian(0.7)
#: Steadiness: added to the normal matrix. The most a step and the whole may be, in pixels of their level.
_LEAST, _STEP, _MOST = 100.0, 2.0, 4.0
#: Of the share of pixels that disagree under the homography alone the first step must take so much, by itself and in
#: parts of it: tremor's took more of five bursts in six, what moves by itself less of all.
_TAKEN, _TAKEN_OF_IT = 0.002, 0.04


def row_flow(reference: Pyramid, image: Pyramid, homography: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """The homography after a flow of rows, and that: (rows, 1, 2) float32, (down, across) at rows of cells of level 0.

    The flow is None, and the homography as it was, where that says it all.
    """
    if len(reference) <= _STEPS[0][0]:
        return homography, None
    found, flow, disagreeing = homography, None, None
    for level, steps in _STEPS:
        shape, start = reference[level].shape, rescaled(found, 0.5**level)
        rows, columns = (-(-side // CELL) for side in shape)
        flow = np.zeros((rows, 1, 2), np.float32) if flow is None else finer(flow, rows)
        for step in range(steps):
            wide = flow.repeat(columns, 1)
            sums = sums_of(reference[level], image[level], smooth_map(start, wide, shape), 1.0, DOUBT)
            sums = sums.sum(2, dtype=np.float64)
            if disagreeing is None:
                disagreeing = _disagreeing(sums)
            elif step == 1 and disagreeing - _disagreeing(sums) < max(_TAKEN, _TAKEN_OF_IT * disagreeing):
                return homography, None
            flow = np.clip(flow + _step(sums, level)[:, None], -_MOST, _MOST)
            if step or level < _STEPS[0][0]:
                start, _ = refined(reference[level], image[level], start, 1.0, 8, 1, flow.repeat(columns, 1))
        found = rescaled(start, 2.0**level)
    assert flow is not None
    return found, finer(flow, -(-reference[0].shape[0] // CELL))


def finer(flow: np.ndarray, rows: int) -> np.ndarray:
    """A flow (.., 1, 2) at so many rows of cells of an image twice as large."""
    return (2 * enlarged(flow, (rows, 1))).astype(np.float32)


def _disagreeing(sums: np.ndarray) -> float:
    """The share of the pixels, by the sums (len(SUMS), rows)."""
    return 1 - float(sums[9].sum()) / max(float(sums[10].sum()), 1.0)


def _step(sums: np.ndarray, level: int) -> np.ndarray:
    """How much further rows lie, (rows, 2) float32, by their sums (len(SUMS), rows)."""
    noise = SLOPE_NOISE[level] * SIGMA[level] ** 2
    xx, xy, yy, xd, yd, weight = sums[[0, 1, 2, 3, 4, 9]] / (2 * SIGMA[level] ** 2)
    reach, count = len(_SMOOTH) // 2, len(weight)
    fields = np.pad(np.stack([xx - noise * weight, xy, yy - noise * weight, xd, yd]), [(0, 0), (reach, reach)], "edge")
    xx, xy, yy, xd, yd = (sum(share * field[n : n + count] for n, share in enumerate(_SMOOTH)) for field in fields)
    xx, yy = np.maximum(xx, 0) + _LEAST, np.maximum(yy, 0) + _LEAST
    determinant = xx * yy - np.minimum(xy * xy, 0.9 * xx * yy)
    step = np.stack([-(xx * yd - xy * xd), -(yy * xd - xy * yd)], -1) / determinant[:, None]
    return np.clip(step, -_STEP, _STEP).astype(np.float32)
