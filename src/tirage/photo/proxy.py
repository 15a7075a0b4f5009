"""Proxy: a scene made small, as exposure and local tone need it to decide on the whole picture."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

#: Pixels along the sides of the cells in which the picture is decided on.
PROXY_CELL = 8

#: Pictures of no more pixels than these are looked at in finer cells: an eighth of them shows few of their forms.
HALVES, QUARTERS = 1_000_000, 4_000_000


def cell_of(width: int, height: int) -> int:
    """Pixels of a `width` x `height` picture that make one of its proxy, along each side: 8, or 4 or 2 if small."""
    return 2 if width * height <= HALVES else 4 if width * height <= QUARTERS else PROXY_CELL


@dataclass(frozen=True, eq=False)
class Proxy:
    """The luminance of a scene, small.

    `luminance` (ceil(H / cell), ceil(W / cell)) float32 is the mean Rec.2020 luminance of cells of `cell` x `cell`
    pixels, 8, 4 or 2, from the first pixel on, before exposure. A pixel's luminance Y has the noise variance
    noise[0] Y + noise[1]; (0, 0) where that isn't known. `of` is the array of pixels that it describes; None where the
    scene is never held whole.
    """

    luminance: np.ndarray = field(repr=False)
    noise: tuple[float, float] = (0.0, 0.0)
    of: np.ndarray | None = field(default=None, repr=False)
    cell: int = PROXY_CELL

    def at_one_eighth(self) -> np.ndarray:
        """The mean luminance (ceil(H / 8), ceil(W / 8)) float32 of cells of 8x8 pixels."""
        beside = PROXY_CELL // self.cell
        result = self.luminance
        for axis in (0, 1):
            first = np.arange(0, result.shape[axis], beside)
            count = np.diff(np.append(first, result.shape[axis])).astype(np.float32)
            result = np.add.reduceat(result, first, axis) / (count[:, None] if axis == 0 else count)
        return result


def cell_means(pixels: np.ndarray, weights: np.ndarray, cell: int = PROXY_CELL) -> np.ndarray:
    """Mean luminance (ceil(H / cell), ceil(W / cell)) float32 of the cells of a scene (3, H, W) float32.

    `weights` (3,) are the channels' shares. Cells at the ends hold what pixels there are. Light that is no number, or
    beyond 10^6 times white, counts as none; sums are in a fixed order, so any cut at a multiple of `cell` rows is
    equal.
    """
    _, height, width = pixels.shape
    rows, columns = np.arange(0, height, cell), np.arange(0, width, cell)
    sums = np.zeros((rows.size, width), np.float32)
    for row in range(min(cell, height)):
        line = pixels[:, row::cell]
        with np.errstate(invalid="ignore", over="ignore"):
            light = line[0] * np.float32(weights[0]) + line[1] * np.float32(weights[1])
            light = light + line[2] * np.float32(weights[2])
        sums[: light.shape[0]] += np.where(np.abs(light) < 1e6, light, np.float32(0))
    cells = np.zeros((rows.size, columns.size), np.float32)
    for column in range(min(cell, width)):
        part = sums[:, column::cell]
        cells[:, : part.shape[1]] += part
    deep, wide = np.minimum(cell, height - rows), np.minimum(cell, width - columns)
    return cells / (deep[:, None] * wide).astype(np.float32)
