"""EXIF orientation: from the sensor's rows and columns to the upright picture and back (EXIF 2.32, tag 274)."""

from __future__ import annotations

import numpy as np

from .frame import Rectangle

# Orientation -> (transposed, flipped left to right, flipped top to bottom), transposing first.
_STEPS = {
    1: (False, False, False),
    2: (False, True, False),
    3: (False, True, True),
    4: (False, False, True),
    5: (True, False, False),
    6: (True, True, False),
    7: (True, True, True),
    8: (True, False, True),
}


def upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """`pixels` (H, W, ...) turned upright: a view."""
    transposed, mirrored, flipped = _STEPS[orientation]
    if transposed:
        pixels = np.swapaxes(pixels, 0, 1)
    return pixels[:: -1 if flipped else 1, :: -1 if mirrored else 1]


def upright_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """(width, height) of the upright picture from the sensor's (width, height)."""
    return (size[1], size[0]) if _STEPS[orientation][0] else size


def to_sensor(area: Rectangle, size: tuple[int, int], orientation: int) -> Rectangle:
    """The sensor's rectangle that becomes `area` of the upright picture; `size` is the sensor's (width, height)."""
    transposed, mirrored, flipped = _STEPS[orientation]
    width, height = upright_size(size, orientation)
    left = width - area.right if mirrored else area.left
    top = height - area.bottom if flipped else area.top
    if transposed:
        return Rectangle(top, left, area.height, area.width)
    return Rectangle(left, top, area.width, area.height)


def to_upright(area: Rectangle, size: tuple[int, int], orientation: int) -> Rectangle:
    """The rectangle of the upright picture that shows the sensor's `area`, the inverse of `to_sensor`."""
    # A quarter turn is undone by the other one; every other orientation undoes itself.
    undone = {6: 8, 8: 6}.get(orientation, orientation)
    return to_sensor(area, upright_size(size, orientation), undone)
