"""Linearise: stored values to white-balanced light, with lens shading undone and clipped colours made neutral.

Purpose: (stored - black) / (white - greatest black) x shading gain x white-balance gain, limited to the light at which
the first of the three colours clips; over the white level, a step may count for more. Paper: DNG 1.7.1, chapter 5
(mapping raw values to linear reference values).
Domain: stored units, uint16; range: float32, small negatives kept (noise below black), the sensor's clip at 1 in the
picture's centre. Limits: what clipped, and `highlights` did not rebuild, turns neutral.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...kernels.call import Placed
from ...photo.errors import UnsupportedFileError
from ...photo.frame import BAYER_PATTERNS, RawFrame, Rectangle
from ...photo.levels import as_kernels_read, greatest_black
from ..lens_shading import shading_grid

#: Pixels that the tables reach beyond the mosaic: more than the reach of every filter plus a vector.
REACH = 160

#: Shorter sides are extended before a kernel sees them: it mirrors pixels at an edge once, not to and fro.
MINIMUM_SIDE = 48


@dataclass(frozen=True, eq=False)
class SensorTables:
    """The kernel's description of a mosaic; see `SensorMosaic` in kernel.py. Coordinates are those of the picture."""

    mosaic: Placed
    shift_x: np.int32
    shift_y: np.int32
    black: Placed
    gain: Placed
    limit: Placed
    grid_row: Placed
    grid_fraction: Placed
    steepness: np.float32
    bias: np.float32

    @property
    def arguments(self) -> list:
        """In the kernel's call order."""
        return [getattr(self, name) for name in self.__dataclass_fields__]


def cfa_shift(cfa: str, left: int, top: int) -> tuple[int, int]:
    """Columns and rows (0 or 1) from the pixel at `left`, `top` back to a red one: 0, 0 where it is red itself."""
    if cfa not in BAYER_PATTERNS:
        raise UnsupportedFileError(f"the CFA pattern {cfa} is not a Bayer pattern ({', '.join(BAYER_PATTERNS)})")
    red_row, red_column = divmod(cfa.index("R"), 2)
    return (left + red_column) % 2, (top + red_row) % 2


def sensor_tables(
    frame: RawFrame,
    multipliers: np.ndarray,
    crop: Rectangle,
    *,
    limited: bool = True,
    headroom: float = 1.0,
    steepness: float = 1.0,
) -> SensorTables:
    """The tables for `frame` under the white-balance gains `multipliers` (3,), least gain 1, with (0, 0) at `crop`.

    Light is limited to `headroom` times the first clip; unless `limited`, clipped colours stay as they were recorded.
    Steps of stored values over the white level count `steepness` times.
    Raises UnsupportedFileError where the mosaic is not a Bayer one.
    """
    shift_x, shift_y = cfa_shift(frame.cfa or "none", crop.left, crop.top)
    if min(frame.height, frame.width) < 2:
        raise UnsupportedFileError(f"a mosaic of {frame.width} x {frame.height} pixels does not hold all three colours")
    frame = as_kernels_read(frame)
    columns = _mirrored(frame.width)
    rows = _mirrored(frame.height)
    grid = shading_grid(frame)
    colour = {"R": 0, "G": 1, "B": 2}
    site_gain = np.array([[multipliers[colour[frame.cfa[2 * i + j]]] for j in (0, 1)] for i in (0, 1)])  # type: ignore[index]
    site_gain = site_gain.astype(np.float32)
    limit = np.full(grid.gains.shape[2:], np.finfo(np.float32).max / 4)
    if limited:
        limit = np.float32(headroom) * _least(grid.gains, site_gain)

    # The kernel counts rows by their parity in the shifted grid.
    parities = [(parity - shift_y + crop.top) % 2 for parity in (0, 1)]
    blacks = np.stack([_black_along(frame, parity) for parity in parities])
    white = np.float32(frame.white_level[0] - greatest_black(frame)[0])
    gains = np.empty((2, *grid.gains.shape[2:]), np.float32)
    for index, parity in enumerate(parities):
        of_parity = gains[index]
        factors = np.resize(site_gain[parity], frame.width)
        if grid.gains.strides[1] == 0:
            np.multiply(grid.gains[parity, 0], factors, out=of_parity)
        else:
            for column in (0, 1):
                every_other = slice(column, None, 2)
                of_site = grid.gains[parity, column, :, every_other]
                np.multiply(of_site, site_gain[parity, column], out=of_parity[:, every_other])
        of_parity /= white

    position = grid.position
    grid_row = np.minimum(position.astype(np.int32), grid.gains.shape[2] - 1).astype(np.int32)
    origin_x, origin_y = -crop.left - REACH, -crop.top - REACH

    def table(array: np.ndarray) -> Placed:
        extended = np.empty((*array.shape[:-1], len(columns)), np.float32)
        extended[..., REACH:-REACH] = array
        for edge in (slice(None, REACH), slice(-REACH, None)):
            extended[..., edge] = array[..., columns[edge]]
        return Placed(extended, (0,) * (array.ndim - 1) + (origin_x,))

    return SensorTables(
        mosaic=Placed(extended(frame.mosaic), (-crop.top, -crop.left)),
        shift_x=np.int32(shift_x),
        shift_y=np.int32(shift_y),
        black=table(blacks),
        gain=table(gains),
        limit=table(limit),
        grid_row=Placed(grid_row[rows], (origin_y,)),
        grid_fraction=Placed((position - grid_row)[rows].astype(np.float32), (origin_y,)),
        steepness=np.float32(steepness),
        bias=np.float32((np.float32(steepness) - 1) * float(frame.white_level[0])),
    )


def _least(gains: np.ndarray, site_gain: np.ndarray) -> np.ndarray:
    """The least of the sites' `gains` (2, 2, rows, W) times `site_gain` (2, 2): (rows, W)."""
    factors = [(gains[site], site_gain[site]) for site in np.ndindex(2, 2)]
    if gains.strides[:2] == (0, 0):  # one map: the extremes decide, below 0 too
        factors = [(gains[0, 0], site_gain.min()), (gains[0, 0], site_gain.max())]
    least = np.multiply(*factors[0])
    product = np.empty_like(least)
    for factor in factors[1:]:
        np.minimum(least, np.multiply(*factor, out=product), out=least)
    return least


def _mirrored(count: int) -> np.ndarray:
    """Indices -REACH..count + REACH - 1 reflected into 0..count - 1, to and fro, as pixels are: parity stays."""
    period = 2 * (count - 1)
    index = np.abs(np.arange(-REACH, count + REACH)) % period
    return np.minimum(index, period - index)


def extended(mosaic: np.ndarray) -> np.ndarray:
    """`mosaic` (H, W), with MINIMUM_SIDE rows or columns mirrored at its end where it has fewer; else itself."""
    extra = [(0, MINIMUM_SIDE if side < MINIMUM_SIDE else 0) for side in mosaic.shape]
    return np.pad(mosaic, extra, mode="reflect") if min(mosaic.shape) < MINIMUM_SIDE else mosaic


def _black_along(frame: RawFrame, parity: int) -> np.ndarray:
    """The black level of a row of this parity at every column, (W,) float64."""
    pattern = frame.black_level.reshape(*frame.black_level.shape[:2], -1)[:, :, 0]
    row = pattern[parity % pattern.shape[0]]
    return row[np.arange(frame.width) % row.shape[0]].astype(np.float64)
