"""The scan for outliers in NumPy, with the kernel's own arithmetic in float32."""

from __future__ import annotations

import numpy as np

#: Neighbours of the same colour: two pixels away.
_AROUND = ((-2, -2), (-2, 0), (-2, 2), (0, -2), (0, 2), (2, -2), (2, 0), (2, 2))


def find_outliers(
    mosaic: np.ndarray,
    black: np.float32,
    slope: np.float32,
    offset: np.float32,
    margin: np.float32,
    ratio: np.float32,
    contrast: np.uint16,
) -> np.ndarray:
    """Which pixels of `mosaic` (H, W) uint16, at least 3 x 3, stand out from the others of their colour: bool (H, W).

    A pixel's excess is how far it lies over the second greatest of its eight neighbours, or under the second least. It
    must be more than `contrast` (stored units), 1.5 times the neighbours' spread, `ratio` times their light over
    `black`, and its square more than `margin` times the variance, slope * light + offset.
    """
    height, width = mosaic.shape
    padded = np.pad(mosaic, 2, mode="reflect").astype(np.int32)
    ranked = np.sort([padded[2 + dy :, 2 + dx :][:height, :width] for dy, dx in _AROUND], axis=0)
    own, high, low = mosaic.astype(np.int32), ranked[-2], ranked[1]
    is_hot = own > high
    excess = np.maximum(np.where(is_hot, own - high, low - own), 0)
    size = excess.astype(np.float32)
    light = np.maximum(np.where(is_hot, high, low).astype(np.float32) - black, np.float32(0))
    variance = light * slope + offset
    spread = high - low
    in_stored_units = (excess > contrast) & (excess - spread > spread >> 1)
    return in_stored_units & (size > light * ratio) & (size * size > margin * variance)
