"""A frame's black level at any place, and any mosaic in the 16 bits that kernels read."""

from __future__ import annotations

import dataclasses

import numpy as np

from .frame import RawFrame, Rectangle

#: Where black goes, and white, in a mosaic that is put into 16 bits; noise below black is kept.
PEDESTAL, WHITE = 4096, 65535


def black_at(frame: RawFrame, area: Rectangle) -> np.ndarray:
    """The black level in `area` of the active area, (planes, h, w) float64; h or w may be 1 where it is even."""
    rows, columns = np.arange(area.top, area.bottom), np.arange(area.left, area.right)
    level = np.asarray(frame.black_level, np.float64)
    for axis, index in ((0, rows), (1, columns)):
        if level.shape[axis] > 1:
            level = level.take(index % level.shape[axis], axis)
    black = np.moveaxis(level.reshape(*level.shape[:2], -1), -1, 0)
    if frame.black_level_delta_h is not None:
        black = black + frame.black_level_delta_h[columns]
    if frame.black_level_delta_v is not None:
        black = black + frame.black_level_delta_v[rows][:, None]
    return black


def greatest_black(frame: RawFrame) -> np.ndarray:
    """The greatest black level of each plane (planes,): white above it is what counts as 1 (chapter 5, Rescaling)."""
    deltas = (frame.black_level_delta_h, frame.black_level_delta_v)
    pattern = np.asarray(frame.black_level, np.float64).reshape(*frame.black_level.shape[:2], -1)
    return pattern.max(axis=(0, 1)) + sum(float(delta.max()) for delta in deltas if delta is not None)


def as_kernels_read(frame: RawFrame) -> RawFrame:
    """A mosaic's frame in uint16, rows laid out densely, with black that repeats within 2x2; itself where it is so.

    Where light has to be put into 16 bits, black is at PEDESTAL and white at WHITE: a step is 1/61439 of the range. A
    clipped sample is at WHITE, no other is; what is no number has no light.
    """
    mosaic, black = frame.mosaic, frame.black_level
    steady = frame.black_level_delta_h is None and frame.black_level_delta_v is None
    if mosaic.dtype.kind != "f" and steady and max(black.shape[:2]) <= 2:
        ready = mosaic.dtype == np.uint16 and mosaic.strides[1] == mosaic.itemsize and mosaic.flags.aligned
        return frame if ready else dataclasses.replace(frame, mosaic=np.ascontiguousarray(mosaic, np.uint16))
    white = float(frame.white_level[0])
    stored = np.clip(np.nan_to_num(mosaic.astype(np.float32), nan=0.0), -white, white)
    level = black_at(frame, Rectangle(0, 0, frame.width, frame.height))[0].astype(np.float32)
    light = (stored - level) / np.float32(white - greatest_black(frame)[0])
    codes = np.clip(np.rint(light * (WHITE - PEDESTAL) + PEDESTAL), 0, WHITE - 1)
    return dataclasses.replace(
        frame,
        mosaic=np.where(stored >= white, WHITE, codes).astype(np.uint16),
        black_level=np.full((1, 1), float(PEDESTAL)),
        black_level_delta_h=None,
        black_level_delta_v=None,
        white_level=np.array([float(WHITE)]),
    )
