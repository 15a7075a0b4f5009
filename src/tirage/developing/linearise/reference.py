"""Linearising in NumPy float64: slow, obvious, sharing no code with the kernel."""

from __future__ import annotations

import numpy as np

from ...photo.frame import RawFrame


def shading_gain(frame: RawFrame) -> np.ndarray:
    """The gain of every pixel of the active area, (H, W) float64: one GainMap after the other, pixel by pixel."""
    gain = np.ones((frame.height, frame.width))
    for gain_map in frame.lens_shading:
        points_v, points_h = gain_map.gains.shape[:2]
        spec, area = gain_map.spec, gain_map.spec.area
        for row in range(area.top, min(area.bottom, frame.height), spec.row_pitch):
            v = ((row + 0.5) / frame.height - gain_map.origin_v) / gain_map.spacing_v if points_v > 1 else 0.0
            for column in range(area.left, min(area.right, frame.width), spec.column_pitch):
                h = ((column + 0.5) / frame.width - gain_map.origin_h) / gain_map.spacing_h if points_h > 1 else 0.0
                gain[row, column] *= _bilinear(gain_map.gains[:, :, 0], v, h)
    return gain


def _bilinear(grid: np.ndarray, v: float, h: float) -> float:
    v, h = min(max(v, 0.0), grid.shape[0] - 1.0), min(max(h, 0.0), grid.shape[1] - 1.0)
    top, left = int(v), int(h)
    bottom, right = min(top + 1, grid.shape[0] - 1), min(left + 1, grid.shape[1] - 1)
    above = grid[top, left] * (1 - (h - left)) + grid[top, right] * (h - left)
    below = grid[bottom, left] * (1 - (h - left)) + grid[bottom, right] * (h - left)
    return float(above * (1 - (v - top)) + below * (v - top))


def light(frame: RawFrame, multipliers: np.ndarray) -> np.ndarray:
    """White-balanced light of the active area, (H, W) float64, before any colour is limited."""
    rows, columns = np.mgrid[: frame.height, : frame.width]
    pattern = frame.black_level.reshape(*frame.black_level.shape[:2], -1)[:, :, 0]
    black = pattern[rows % pattern.shape[0], columns % pattern.shape[1]]
    if frame.black_level_delta_h is not None:
        black = black + frame.black_level_delta_h[None, :]
    if frame.black_level_delta_v is not None:
        black = black + frame.black_level_delta_v[:, None]
    colours = np.array([["RGB".index(frame.cfa[2 * i + j]) for j in (0, 1)] for i in (0, 1)])  # type: ignore[index]
    balance = np.asarray(multipliers)[colours[rows % 2, columns % 2]]
    return (frame.mosaic - black) / (frame.white_level[0] - black.max()) * shading_gain(frame) * balance


def shading_fields(frame: RawFrame) -> np.ndarray:
    """The gain that each CFA site's maps would give at every pixel, (2, 2, H, W) float64."""
    fields = np.ones((2, 2, frame.height, frame.width))
    for row in (0, 1):
        for column in (0, 1):
            for gain_map in frame.lens_shading:
                spec = gain_map.spec
                if (spec.area.top - row) % spec.row_pitch or (spec.area.left - column) % spec.column_pitch:
                    continue
                for y in range(frame.height):
                    v = ((y + 0.5) / frame.height - gain_map.origin_v) / gain_map.spacing_v
                    for x in range(frame.width):
                        h = ((x + 0.5) / frame.width - gain_map.origin_h) / gain_map.spacing_h
                        fields[row, column, y, x] *= _bilinear(gain_map.gains[:, :, 0], v, h)
    return fields
