"""Chromatic aberration, lateral: red and blue brought over green, where the lens has magnified them differently.

Purpose: the shifts of red and blue along the radius are measured on the frame's own edges (`estimate`), and the samples
of the mosaic are moved by them before it is demosaiced. What is interpolated is the difference between a colour and
green where that colour lies, in which edges cancel. Papers: Lucas and Kanade, An iterative image registration
technique, 1981 (shifts from slopes); Mallon and Whelan, Calibration and removal of lateral chromatic aberration in
images, 2007 (a radial law per colour against green); Beaton and Tukey 1974 (the biweight).
Domain: a Bayer mosaic in stored units; range: the same frame with red and blue where green is, in uint16, or that very
frame where nothing is sure to be seen: 0.25 px at the corner and five standard errors.
Limits: the optical centre is the frame's unless another explains what is seen much better, as in a frame that was
cropped; displacement is r (a + b r^2); up to 6 px, and 1 % of the radius. Colours of different blur (axial aberration,
purple fringes) stay. Frames under some 200 px are left alone.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...kernels.call import Placed, run
from ...photo.frame import RawFrame
from ...photo.levels import as_kernels_read
from ..linearise import cfa_shift

#: No sample is moved further, px.
REACH = 8
#: Samples of a colour in a row that the kernel moves alike: by what their middle has to be moved.
RUN = 16


def without_lateral(frame: RawFrame, neutral: np.ndarray | None = None, recorded: RawFrame | None = None) -> RawFrame:
    """`frame` with red and blue over green; itself where they are, where that is not sure, or where it is no mosaic.

    `neutral` (3,) is the camera's response to white, as-shot unless given. `recorded` is the frame as it was before
    its noise was removed: faint detail that has lost its colour to that seems to lie in one place. Raises
    UnsupportedFileError for a mosaic that is no Bayer one.
    """
    from .blocks import corner_of
    from .estimate import estimate

    if frame.cfa is None:
        return frame
    shift_x, shift_y = cfa_shift(frame.cfa, 0, 0)
    found = estimate(recorded or frame)
    if found is None:
        return frame
    down, right = found[0].centre
    corner = corner_of(frame, found[0].centre)
    law = np.array([[one.linear / corner, one.cubic / corner**3] for one in found], np.float32)
    plain = as_kernels_read(frame)
    white = np.uint16(min(np.ceil(plain.white_level[0]), 65535))
    middle = (frame.width - 1) / 2 + shift_x, (frame.height - 1) / 2 + shift_y
    centre = np.float32(middle[0] + right), np.float32(middle[1] + down)
    moved = np.empty((frame.height + shift_y, frame.width + shift_x), np.uint16)
    placed = Placed(plain.mosaic, (shift_y, shift_x))
    reach = np.int32(min(np.ceil(max(one.greatest for one in found)), REACH))
    run("correct_lateral", placed, *centre, law, reach, _shares(frame, neutral), white, moved)
    return dataclasses.replace(plain, mosaic=moved[shift_y:, shift_x:])


def _shares(frame: RawFrame, neutral: np.ndarray | None) -> np.ndarray:
    """Red and blue of grey as parts of green, (2,) float32."""
    neutral = frame.as_shot_neutral if neutral is None else neutral
    grey = np.ones(3) if neutral is None else np.clip(np.nan_to_num(neutral, nan=1.0), 1e-3, 1e3)
    return np.clip(grey[[0, 2]] / grey[1], 0.05, 4).astype(np.float32)
