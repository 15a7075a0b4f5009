"""The noise of a frame's stored values: as its NoiseProfile states it, else as its evenest places show it."""

from __future__ import annotations

import numpy as np

from ...photo.frame import RawFrame

#: Side of the blocks that are looked at, and how many at most down and across the frame.
_BLOCK, _DOWN, _ACROSS = 16, 16, 32
#: Blocks of like brightness that are judged together; of each such group, the share that is taken to be even.
_GROUPS, _EVEN_SHARE = 8, 0.25
#: The variance of rounding to whole numbers alone; floats have next to none.
_ROUNDING, _NONE = 1 / 12, 1e-12


def noise_of(frame: RawFrame, mosaic: np.ndarray, black: float, white: float) -> tuple[float, float]:
    """(slope, offset): variance = slope * (value - black) + offset for the values of `mosaic` (H, W).

    A NoiseProfile with several planes counts as its noisiest.
    """
    rounding = _ROUNDING if mosaic.dtype.kind == "u" else _NONE * white * white
    if frame.noise_profile is None:
        return _measured(
            np.clip(mosaic, -16 * white, 16 * white) if mosaic.dtype.kind == "f" else mosaic, black, rounding
        )
    scale, offset = (float(column.max()) for column in np.asarray(frame.noise_profile, np.float64).T)
    span = white - black
    return scale * span, offset * span * span + rounding


def _measured(mosaic: np.ndarray, black: float, rounding: float) -> tuple[float, float]:
    """A line through the least variances of second differences over brightness (photon transfer)."""
    height, width = (side // 2 * 2 for side in mosaic.shape)
    if min(height, width) < 6:
        return 0.0, rounding
    mosaic = mosaic[:height, :width]
    rows = np.unique(np.linspace(0, max(height - _BLOCK, 0), _DOWN).astype(int) // 2 * 2)
    columns = np.unique(np.linspace(0, max(width - _BLOCK, 0), _ACROSS).astype(int) // 2 * 2)
    blocks = np.stack([mosaic[y : y + _BLOCK, x : x + _BLOCK] for y in rows for x in columns])
    blocks = np.nan_to_num(blocks.astype(np.float32), nan=0)
    sites = np.concatenate([blocks[:, i::2, j::2] for i in (0, 1) for j in (0, 1)])
    second = sites[:, :, :-2] - 2 * sites[:, :, 1:-1] + sites[:, :, 2:]
    deviation = np.abs(second).mean(axis=(1, 2), dtype=np.float64) * np.sqrt(np.pi / 2 / 6)
    level = np.maximum(sites.mean(axis=(1, 2), dtype=np.float64) - black, 0)
    groups = np.array_split(np.argsort(level, kind="stable"), _GROUPS)
    x = np.array([level[group].mean() for group in groups if len(group)])
    y = np.array([np.quantile(deviation[group], _EVEN_SHARE) ** 2 for group in groups if len(group)])
    return _line(x, np.maximum(y, rounding), rounding)


def _line(x: np.ndarray, y: np.ndarray, rounding: float) -> tuple[float, float]:
    """Slope and offset, neither negative, of the line through (x, y), each point weighted by its relative error."""
    weight = 1 / y**2
    total = weight.sum()
    mean_x, mean_y = (weight * x).sum() / total, (weight * y).sum() / total
    spread = (weight * (x - mean_x) ** 2).sum()
    slope = max((weight * (x - mean_x) * (y - mean_y)).sum() / spread, 0.0) if spread > 1e-9 * total else 0.0
    return float(slope), float(max(mean_y - slope * mean_x, rounding))
