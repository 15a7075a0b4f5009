"""Malvar, He & Cutler (2004) in NumPy float64: the 5x5 filters of figure 2, as printed, divided by 8."""

from __future__ import annotations

import numpy as np

from ..learned.reference import bounded

#: An even number of pixels, more than the bounds look at.
MARGIN = 8

GREEN_AT_COLOUR = np.array([[0, 0, -1, 0, 0], [0, 0, 2, 0, 0], [-1, 2, 4, 2, -1], [0, 0, 2, 0, 0], [0, 0, -1, 0, 0]])
COLOUR_AT_GREEN_IN_ROW = np.array(
    [[0, 0, 0.5, 0, 0], [0, -1, 0, -1, 0], [-1, 4, 5, 4, -1], [0, -1, 0, -1, 0], [0, 0, 0.5, 0, 0]]
)
COLOUR_AT_OPPOSITE = np.array(
    [[0, 0, -1.5, 0, 0], [0, 2, 0, 2, 0], [-1.5, 0, 6, 0, -1.5], [0, 2, 0, 2, 0], [0, 0, -1.5, 0, 0]]
)


def _filtered(mosaic: np.ndarray, weights: np.ndarray) -> np.ndarray:
    padded = np.pad(mosaic, 2, mode="reflect")
    height, width = mosaic.shape
    taps = [
        weights[row, column] * padded[row : row + height, column : column + width]
        for row in range(5)
        for column in range(5)
    ]
    return np.sum(taps, axis=0) / 8


def _nearest(
    mosaic: np.ndarray, places: list[tuple[int, int]], room: np.ndarray | float
) -> tuple[np.ndarray, np.ndarray]:
    """What is `room` under the least and over the greatest of the samples at `places` around each, rows first."""
    padded, (height, width) = np.pad(mosaic, 1, mode="reflect"), mosaic.shape
    around = [padded[1 + row : 1 + row + height, 1 + column : 1 + column + width] for row, column in places]
    return np.min(around, axis=0) - room, np.max(around, axis=0) + room


IN_ROW, IN_COLUMN, ASLANT = [(0, -1), (0, 1)], [(-1, 0), (1, 0)], [(-1, -1), (-1, 1), (1, -1), (1, 1)]


def demosaic(mosaic: np.ndarray, cfa: str, room: np.ndarray | float | None = None) -> np.ndarray:
    """`(H, W)` to `(3, H, W)` float64; unless `room` is None, within the nearest samples of each colour and that, and
    lone edges bounded.
    """
    mosaic = np.asarray(mosaic, np.float64)
    colours = np.array([["RGB".index(cfa[2 * i + j]) for j in (0, 1)] for i in (0, 1)])
    rows, columns = np.mgrid[: mosaic.shape[0], : mosaic.shape[1]]
    own = colours[rows % 2, columns % 2]
    in_row = colours[rows % 2, (columns + 1) % 2]
    green = _filtered(mosaic, GREEN_AT_COLOUR)
    along_row, along_column = _filtered(mosaic, COLOUR_AT_GREEN_IN_ROW), _filtered(mosaic, COLOUR_AT_GREEN_IN_ROW.T)
    opposite = _filtered(mosaic, COLOUR_AT_OPPOSITE)
    if room is not None:
        green = np.clip(green, *_nearest(mosaic, IN_ROW + IN_COLUMN, room))
        along_row = np.clip(along_row, *_nearest(mosaic, IN_ROW, room))
        along_column = np.clip(along_column, *_nearest(mosaic, IN_COLUMN, room))
        opposite = np.clip(opposite, *_nearest(mosaic, ASLANT, room))
    result = np.empty((3, *mosaic.shape))
    result[1] = np.where(own == 1, mosaic, green)
    for colour in (0, 2):
        at_green = np.where(in_row == colour, along_row, along_column)
        result[colour] = np.where(own == colour, mosaic, np.where(own == 1, at_green, opposite))
    return result if room is None else _bounded(result, mosaic, cfa)


def _bounded(estimate: np.ndarray, mosaic: np.ndarray, cfa: str) -> np.ndarray:
    """Lone edges bounded, as the learned demosaic's are."""
    height, width = mosaic.shape
    top, left = divmod(cfa.index("R"), 2)
    margins = ((MARGIN + top, MARGIN + (height + top) % 2), (MARGIN + left, MARGIN + (width + left) % 2))
    wide = np.pad(estimate, ((0, 0), *margins), mode="reflect")
    result = bounded(wide, np.pad(mosaic, margins, mode="reflect"))
    return result[:, MARGIN + top :, MARGIN + left :][:, :height, :width]
