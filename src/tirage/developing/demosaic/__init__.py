"""Demosaic: one colour per pixel to three.

Purpose: estimate the two colours that a Bayer sensor did not record at each pixel; what it recorded is kept exactly.
Papers: `malvar2004` (linear, 5x5, fast), `menon2007` (directional, with the refining step), `learned` and
`learned_one_pass` (filters chosen by local structure; see their folder).
Domain: float32, any range, linear light (the learned ones work on any range too, and are told what is encoded);
range: the same. Limits: Bayer patterns only; a NaN spreads to its neighbourhood and no further.
"""

from __future__ import annotations

from numbers import Real

import numpy as np

from ...kernels.call import Placed, run_in_columns
from ...photo.errors import UsageError, nearest
from ...photo.frame import BAYER_PATTERNS
from ..linearise import cfa_shift, extended
from . import learned

METHODS = ("malvar2004", "menon2007", *learned.PASSES)

#: Deviations of noise by which estimates of `malvar2004` may exceed their nearest samples: closer bounds would make
#: colour of noise, wider ones dark lines beside edges and dots beside lamps.
NOISE_ROOM = 1.0


def check_method(method: str) -> str:
    """`method` itself; UsageError naming the known ones where it isn't one."""
    if method not in METHODS:
        raise UsageError(
            f"unknown demosaic method {method!r}; it may be {', '.join(METHODS)}{nearest(str(method), list(METHODS))}"
        )
    return method


def method_arguments(method: str, noise: float = 0.0) -> list:
    """What the kernels of `method` take after a mosaic's own arguments, for linear light with white at 1.

    `noise` is the deviation of the encoded light: see `learned.encoded_noise`. Raises FileError where the learned
    weights can't be read.
    """
    return learned.arguments(method, noise) if method in learned.PASSES else []


def demosaic(
    mosaic: np.ndarray,
    cfa: str = "RGGB",
    method: str = "malvar2004",
    *,
    linear: bool = False,
    noise: float | None = None,
) -> np.ndarray:
    """A Bayer mosaic `(H, W)`, any real dtype, to R, G, B `(3, H, W)` float32 in the same units.

    `cfa` names the colours of the top-left 2x2 in reading order. Borders are mirrored, so every pixel is filled.
    The `learned` methods work best on values that are even to the eye: `linear` says that these are linear light,
    and has them encoded inside. `noise` is the deviation of the noise of the (encoded) values, in parts of white,
    and is estimated where it is not given. Raises UsageError for another shape, pattern or method, or a side under
    2 pixels; FileError where the learned weights can't be read.
    """
    check_method(method)
    pattern = str(cfa).upper()
    if pattern not in BAYER_PATTERNS:
        raise UsageError(f"unknown CFA pattern {cfa!r}; it may be {', '.join(BAYER_PATTERNS)}")
    mosaic = np.asarray(mosaic)
    if mosaic.ndim != 2 or min(mosaic.shape) < 2 or mosaic.dtype.kind not in "uif":
        raise UsageError(f"a mosaic is (H, W) of real numbers, at least 2x2, not {mosaic.dtype} {mosaic.shape}")
    if noise is not None and not (isinstance(noise, Real) and 0 <= noise < np.inf):
        raise UsageError(f"the noise of a mosaic is a deviation of 0 or more, not {noise!r}")
    height, width = mosaic.shape
    light = extended(np.ascontiguousarray(mosaic, np.float32))
    result = np.empty((3, *light.shape), np.float32)
    shift_x, shift_y = cfa_shift(pattern, 0, 0)
    extra = []
    if method in learned.PASSES:
        toe, white = learned.TOE if linear else 0.0, learned.white_of(light)
        if noise is None:
            noise = learned.estimated_noise(light, pattern, toe, white)
        extra = learned.arguments(method, noise, toe, white)
    placed = Placed(result, (0, 0, 0))
    run_in_columns(f"demosaic_{method}", light, np.int32(shift_x), np.int32(shift_y), *extra, output=placed)
    return result[:, :height, :width]
