"""Demosaic: one colour per pixel to three.

Purpose: estimate the two colours that a Bayer sensor did not record at each pixel; what it recorded is kept exactly.
Papers: `malvar2004` (linear, 5x5, fast), `menon2007` (directional, with the refining step).
Domain: float32, any range, linear light; range: the same. Limits: Bayer patterns only; a NaN spreads to its
neighbourhood and no further.
"""

from __future__ import annotations

import numpy as np

from ...kernels.call import run
from ...photo.errors import UsageError, nearest
from ...photo.frame import BAYER_PATTERNS
from ..linearise import cfa_shift, extended

METHODS = ("malvar2004", "menon2007")


def check_method(method: str) -> str:
    """`method` itself; UsageError naming the known ones where it isn't one."""
    if method not in METHODS:
        raise UsageError(
            f"unknown demosaic method {method!r}; it may be {', '.join(METHODS)}{nearest(method, list(METHODS))}"
        )
    return method


def demosaic(mosaic: np.ndarray, cfa: str = "RGGB", method: str = "malvar2004") -> np.ndarray:
    """A Bayer mosaic `(H, W)`, any real dtype, to R, G, B `(3, H, W)` float32 in the same units.

    `cfa` names the colours of the top-left 2x2 in reading order. Borders are mirrored, so every pixel is filled.
    Raises UsageError for another shape, pattern or method, or a side under 2 pixels.
    """
    check_method(method)
    pattern = cfa.upper()
    if pattern not in BAYER_PATTERNS:
        raise UsageError(f"unknown CFA pattern {cfa!r}; it may be {', '.join(BAYER_PATTERNS)}")
    mosaic = np.asarray(mosaic)
    if mosaic.ndim != 2 or min(mosaic.shape) < 2 or mosaic.dtype.kind not in "uif":
        raise UsageError(f"a mosaic is (H, W) of real numbers, at least 2x2, not {mosaic.dtype} {mosaic.shape}")
    height, width = mosaic.shape
    light = extended(np.ascontiguousarray(mosaic, np.float32))
    result = np.empty((3, *light.shape), np.float32)
    shift_x, shift_y = cfa_shift(pattern, 0, 0)
    run(f"demosaic_{method}", light, np.int32(shift_x), np.int32(shift_y), result)
    return result[:, :height, :width]
