"""Pictures too small for a mesh: each pixel from the 36 around its own place, in NumPy.

The kernel's parabolas span 16 pixels. Of a picture of 50 that is a third, over which a strong warp is no parabola.
"""

from __future__ import annotations

import numpy as np

from ...photo.operations import Rectangle
from .plan import GeometryPlan

#: Offsets of the six samples around a place, from the whole pixel before it.
TAPS = np.arange(-2, 4)[:, None, None]


def source_area(plan: GeometryPlan, area: Rectangle) -> Rectangle:
    """The part of the active area that `area` of the picture is drawn from."""
    x, y = (_inside(plan, area)[:, k] for k in (0, 1))
    ends = [int(np.floor(end)) + tap for part in (x, y) for end, tap in ((part.min(), -2), (part.max(), 3))]
    left, right = np.clip(ends[:2], 0, plan.active.width - 1)
    top, bottom = np.clip(ends[2:], 0, plan.active.height - 1)
    return Rectangle(int(left), int(top), int(right - left) + 1, int(bottom - top) + 1)


def warped(plan: GeometryPlan, source: np.ndarray, source_area: Rectangle, area: Rectangle) -> np.ndarray:
    """`area` of the picture, (3, height, width) float64, from `source` (3, h, w), which is `source_area` as shot."""
    picture = np.zeros((3, area.height, area.width))
    places = _inside(plan, area)
    for channel, (plane, samples) in enumerate(zip(picture, source, strict=True)):
        x, y = places[0 if plan.shared else channel]
        (column, across), (row, down) = _samples(x), _samples(y)
        column = np.clip(column - source_area.left, 0, source_area.width - 1)
        row = np.clip(row - source_area.top, 0, source_area.height - 1)
        for j in range(6):
            for i in range(6):
                weight = down[j] * across[i]
                plane += np.where(weight != 0, samples[row[j], column[i]], 0) * weight  # may be no number
    return picture


def _inside(plan: GeometryPlan, area: Rectangle) -> np.ndarray:
    """Where the pixels of `area` lie within the active area, (planes, 2, height, width): columns and rows."""
    assert plan.places is not None
    places = plan.places[:, :, area.top : area.bottom, area.left : area.right]
    last = np.array([plan.active.width - 1, plan.active.height - 1])[:, None, None]
    return np.clip(places, 0, last)


def _samples(position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The six samples around positions, and the weights that Lanczos gives them: both (6, height, width)."""
    whole = np.floor(position).astype(np.intp)
    distance = position - whole - TAPS
    weights = np.sinc(distance) * np.sinc(distance / 3)
    weights[(abs(distance) >= 3) | ((distance == np.round(distance)) & (distance != 0))] = 0  # not merely almost
    return whole + TAPS, weights / weights.sum(axis=0)
