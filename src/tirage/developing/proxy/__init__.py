"""Proxy: the scene's luminance at 1/8 size, for deciding on exposure and local tone before a pixel is developed.

Method: the mean of the pixels of 8x8 cells (4x4 or 2x2 in a small picture), each by its own colour, after white
balance, lens shading and the clip; no demosaicing, which leaves means as they are. Domain: a mosaic in stored units;
range: scene-linear luminance, 0.18 = grey. Limits: cells at the right and lower end also see the mirrored
pixels beyond it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...colour.spaces import luminance_weights
from ...kernels.call import run
from ...photo.frame import Rectangle
from ...photo.proxy import PROXY_CELL, cell_means, cell_of
from ..geometry import GeometryPlan, bilinear, source_positions
from ..linearise import SensorTables

#: Rows of scene light at a time, where there is no mosaic; whole cells.
STRIP_ROWS = 32 * PROXY_CELL


def proxy_of_mosaic(tables: SensorTables, matrix: np.ndarray, width: int, height: int) -> np.ndarray:
    """Luminance of a mosaic in cells, float32; `matrix` takes its camera RGB to the scene."""
    cell = cell_of(width, height)
    share = channel_shares(matrix)
    pixels_of_site = cell**2 / 4  # red, green, green or blue
    weights = np.array([share[0], share[1] / 2, share[1] / 2, share[2]]) / pixels_of_site
    luminance = np.empty((-(-height // cell), -(-width // cell)), np.float32)
    run("proxy", *tables.arguments, weights.astype(np.float32), np.int32(cell), luminance)
    return luminance


def proxy_of_scene(scene: Callable[[Rectangle], np.ndarray], width: int, height: int) -> np.ndarray:
    """The same of a picture that `scene` develops, for what is no mosaic or is warped; equal to that of its pixels."""
    strips = [Rectangle(0, top, width, min(STRIP_ROWS, height - top)) for top in range(0, height, STRIP_ROWS)]
    weights, cell = luminance_weights("rec2020"), cell_of(width, height)
    return np.concatenate([cell_means(scene(strip), weights, cell) for strip in strips])


def warped_proxy(luminance: np.ndarray, plan: GeometryPlan, crop: Rectangle) -> np.ndarray:
    """The proxy of a warped picture from that of its `crop` as shot: each cell's centre, between four cells.

    What the warp takes from beyond the crop is taken from its edge.
    """
    cell, shot = cell_of(plan.width, plan.height), cell_of(crop.width, crop.height)
    rows, columns = (np.arange(0, side, cell) + (cell - 1) / 2 for side in (plan.height, plan.width))
    x, y = source_positions(plan, columns[None, :] + 0 * rows[:, None], rows[:, None] + 0 * columns[None, :])
    across, down = (x - crop.left + 0.5) / shot - 0.5, (y - crop.top + 0.5) / shot - 0.5
    inside = np.clip(across, 0, luminance.shape[1] - 1), np.clip(down, 0, luminance.shape[0] - 1)
    return bilinear(luminance.astype(np.float64), *inside).astype(np.float32)


def luminance_noise(profile: np.ndarray, gains: np.ndarray, matrix: np.ndarray) -> tuple[float, float]:
    """(scale, offset) of the variance of a grey pixel's luminance, scale Y + offset.

    The variance of a channel, S x + O on 0..1 by the `profile` (3, 2), passes the white balance `gains` (3,) and
    `matrix`.
    """
    share = channel_shares(matrix)
    white = float(share.sum())  # of camera white, so that a channel's x is Y / (white gain)
    weight = (share * gains) ** 2
    return float((weight * profile[:, 0] / (gains * white)).sum()), float((weight * profile[:, 1]).sum())


def channel_shares(matrix: np.ndarray) -> np.ndarray:
    """(3,) luminance of the scene light that each of the camera's channels makes."""
    weights = luminance_weights("rec2020")
    rows = np.asarray(matrix, np.float64)
    return weights[0] * rows[0] + weights[1] * rows[1] + weights[2] * rows[2]
