"""Maps by cells: where pixels of the reference lie in a frame."""

from __future__ import annotations

import numpy as np

from .flow_grid import at_corners

CELL = 8

#: From grey pixels to those of the mosaic: a grey pixel's centre is that of its quad.
TO_MOSAIC = np.array([[2, 0, 0.5], [0, 2, 0.5], [0, 0, 1.0]])


def rescaled(homography: np.ndarray, factor: float) -> np.ndarray:
    """The homography (3, 3) of an image `factor` as large."""
    scale = np.diag([factor, factor, 1.0])
    return scale @ homography @ np.linalg.inv(scale)


def on_mosaic(homography: np.ndarray) -> np.ndarray:
    """The homography between mosaics from that between greys."""
    return TO_MOSAIC @ homography @ np.linalg.inv(TO_MOSAIC)


def applied(homography: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the points go."""
    a = homography
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 1 / (a[2, 0] * x + a[2, 1] * y + a[2, 2])
    return (a[0, 0] * x + a[0, 1] * y + a[0, 2]) * scale, (a[1, 0] * x + a[1, 1] * y + a[1, 2]) * scale


def smooth_map(homography: np.ndarray, flow: np.ndarray | None, shape: tuple[int, int], cell: int = CELL) -> np.ndarray:
    """The kernels' map (8, rows, columns) float32 of an image of `shape`: the homography after a residual flow.

    `flow` (rows, columns, 2) holds (down, across) at the middles of cells, in pixels of the image.
    """
    rows, columns = (-(-side // cell) for side in shape)
    y, x = cell * np.arange(rows + 1.0)[:, None], cell * np.arange(columns + 1.0)
    if flow is None:
        u, v = applied(homography, x, y)
    else:
        down, across = at_corners(flow)
        u, v = applied(homography, x + across, y + down)
    return _entries([[d[:-1, :-1], d[:-1, 1:], d[1:, :-1], d[1:, 1:]] for d in (u - x, v - y)], cell)


def piecewise_map(homography: np.ndarray, flow: np.ndarray, shape: tuple[int, int], cell: int = CELL) -> np.ndarray:
    """The same for a flow that is constant over each cell and jumps between them."""
    rows, columns = (-(-side // cell) for side in shape)
    return of_cells(homography, flow, np.arange(rows)[:, None], np.arange(columns), cell)


def of_cells(homography: np.ndarray, flow: np.ndarray, row: np.ndarray, column: np.ndarray, cell: int) -> np.ndarray:
    """The entries (8, ...) of a piecewise map for the cells at `row` and `column`, whose `flow` is (..., 2)."""
    corners: list[list[np.ndarray]] = [[], []]
    for j in (0, 1):
        for i in (0, 1):
            y, x = np.broadcast_arrays(cell * (row + float(j)), cell * (column + float(i)))
            u, v = applied(homography, x + flow[..., 1], y + flow[..., 0])
            corners[0].append(u - x)
            corners[1].append(v - y)
    return _entries(corners, cell)


def without(entries: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """A map with these `cells` (rows, columns) bool beside any image."""
    entries = entries.copy()
    entries[:4, cells] = np.array([1e6, 0, 0, 0], np.float32)[:, None]
    return entries


def _entries(displacements: list[list[np.ndarray]], cell: int) -> np.ndarray:
    """From displacements across and down, each at the upper left, upper right, lower left and lower right corners."""
    found = np.empty((8, *displacements[0][0].shape), np.float32)
    for part, (upper_left, upper_right, lower_left, lower_right) in zip(
        (found[:4], found[4:]), displacements, strict=True
    ):
        across, down = upper_right - upper_left, lower_left - upper_left
        both = lower_right - lower_left - across
        part[0], part[1], part[2], part[3] = upper_left, across / cell, down / cell, both / cell**2
    # What is no number, or far away, lies outside any image.
    return np.fmax(np.fmin(found, np.float32(1e6), out=found), np.float32(-1e6), out=found)
