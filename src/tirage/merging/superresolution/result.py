"""The burst merged at scale 1, and its frames' samples, to one frame of finer pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ...photo.frame import RawFrame
from .scaled import doubts, scaled
from .stage import Samples

#: Sides shorter than that show nothing that finer pixels could.
_LEAST_SIDE = 32
#: The longest side and the most bytes that a DNG of three planes holds.
_LONGEST, _MOST_BYTES = 65500, 2**32 - 2**25
#: The share of white noise that a linear demosaic and cubic interpolation leave.
_RESAMPLED = 0.7


def finer(
    merged: RawFrame,
    samples: Samples,
    scale: float,
    strength: float,
    most: float,
    demosaic: Callable[[np.ndarray, str], np.ndarray],
) -> RawFrame:
    """`merged` as three planes of `scale` times its size, or itself with a note that says why not.

    `most` is the light at which it clips, in units of the reference's clip; `strength` that of denoising.
    """
    reason = samples.doubts() or _too_small_or_large(merged, scale) or doubts(merged)
    if reason:
        return replace(merged, notes=(*merged.notes, f"merged at scale 1, not {scale:g}: {reason}"))
    assert merged.cfa is not None and merged.noise_profile is not None
    black, white = float(merged.black_level.ravel()[0]), float(merged.white_level[0])
    light = (merged.mosaic.astype(np.float32) - np.float32(black)) * np.float32(most / (white - black))
    planes = demosaic(light, merged.cfa)
    fine, left = samples.fine(planes, scale, strength, (black, (white - black) / most, white), most)
    result = scaled(merged, fine, scale)
    noise = samples.reference.noise[[0, 1, 3]] / np.array([most, most * most])
    kept = max(1 - strength, 0.0) ** 2 * left
    floor = merged.noise_profile * _RESAMPLED
    return replace(result, noise_profile=np.maximum(noise * kept, floor if strength > 0 else 0))


def _too_small_or_large(frame: RawFrame, scale: float) -> str:
    height, width = (round(side * scale) for side in frame.mosaic.shape)
    if min(frame.mosaic.shape) < _LEAST_SIDE:
        return "the frames are too small"
    if max(height, width) > _LONGEST or 6 * height * width > _MOST_BYTES:
        return "no DNG holds so many pixels"
    return ""
