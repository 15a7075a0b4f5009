"""Resize: a finished picture to a smaller one, in display-linear light.

Purpose: a size for the web. Method: separable Lanczos of three lobes, widened by the scale (Pillow's, in float32 per
channel); display-linear, so that fine bright structure keeps its brightness and bounded values ring little.
Domain and range: display-encoded uint8 or uint16, sRGB transfer function. Limits: never enlarges.
"""

from __future__ import annotations

import numpy as np

from ..colour.transfer import srgb_decode, srgb_encode

#: Rows looked up at a time; NumPy makes an index of eight bytes per pixel.
_ROWS = 256


def resized(pixels: np.ndarray, size: int | None) -> np.ndarray:
    """`pixels` (H, W, 3) with `size` as the longer side; `pixels` itself where that isn't smaller."""
    height, width = pixels.shape[:2]
    if size is None or size >= max(height, width):
        return pixels
    from PIL import Image

    scale = size / max(height, width)
    target = max(1, round(width * scale)), max(1, round(height * scale))
    peak = np.iinfo(pixels.dtype).max
    linear = srgb_decode(np.arange(peak + 1) / peak).astype(np.float32)
    result = np.empty((target[1], target[0], 3), pixels.dtype)
    plane = np.empty((height, width), np.float32)
    for channel in range(3):
        for top in range(0, height, _ROWS):
            plane[top : top + _ROWS] = linear[pixels[top : top + _ROWS, :, channel]]
        light = np.asarray(Image.fromarray(plane).resize(target, Image.Resampling.LANCZOS), np.float64)
        result[:, :, channel] = np.rint(srgb_encode(np.clip(light, 0, 1)) * peak)
    return result
