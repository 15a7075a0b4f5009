"""Proxy: a scene at 1/8 size, as exposure and local tone need it to decide on the whole picture."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

#: Pixels of a picture that make one of its proxy, along each side.
PROXY_CELL = 8


@dataclass(frozen=True, eq=False)
class Proxy:
    """The luminance of a scene, small.

    `luminance` (ceil(H / 8), ceil(W / 8)) float32 is the mean Rec.2020 luminance of cells of 8x8 pixels, from the
    first pixel on, before exposure. A pixel's luminance Y has the noise variance noise[0] Y + noise[1]; (0, 0) where
    that isn't known. `of` is the array of pixels that it describes; None where the scene is never held whole.
    """

    luminance: np.ndarray = field(repr=False)
    noise: tuple[float, float] = (0.0, 0.0)
    of: np.ndarray | None = field(default=None, repr=False)


def cell_means(pixels: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean luminance (ceil(H / 8), ceil(W / 8)) float32 of the cells of a scene (3, H, W) float32.

    `weights` (3,) are the channels' shares. Cells at the ends hold what pixels there are. Light that is no number, or
    beyond 10^6 times white, counts as none; sums are in a fixed order, so any cut at a multiple of 8 rows is equal.
    """
    _, height, width = pixels.shape
    rows, columns = np.arange(0, height, PROXY_CELL), np.arange(0, width, PROXY_CELL)
    sums = np.zeros((rows.size, width), np.float32)
    for row in range(min(PROXY_CELL, height)):
        line = pixels[:, row::PROXY_CELL]
        with np.errstate(invalid="ignore", over="ignore"):
            light = line[0] * np.float32(weights[0]) + line[1] * np.float32(weights[1])
            light = light + line[2] * np.float32(weights[2])
        sums[: light.shape[0]] += np.where(np.abs(light) < 1e6, light, np.float32(0))
    cells = np.zeros((rows.size, columns.size), np.float32)
    for column in range(min(PROXY_CELL, width)):
        part = sums[:, column::PROXY_CELL]
        cells[:, : part.shape[1]] += part
    deep, wide = np.minimum(PROXY_CELL, height - rows), np.minimum(PROXY_CELL, width - columns)
    return cells / (deep[:, None] * wide).astype(np.float32)
