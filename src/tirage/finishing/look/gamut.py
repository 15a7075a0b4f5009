"""Gamut: light of wide primaries fitted smoothly into a smaller space. Never negative, never above 1, never clipped.

A channel of the smaller space is what the wide space gives it, P, less what the wide space's other two channels take
from it, N. It is P - N while P > 2 N, and P^2 / (4 N) below: the same value and slope where they meet, and 0 only
where P is. The complement (1 - light) is treated likewise, so that a channel bends to 1 instead of passing it. What a
colour can lose at most is thus spread over the colours beside it, in proportion, and near the greys nothing changes.
"""

from __future__ import annotations

import numpy as np

from ...colour.spaces import rgb_to_rgb, transformed


def into_gamut(rgb: np.ndarray, source: str, target: str) -> np.ndarray:
    """Display-linear RGB (..., 3) of `source`, 0 to 1, as `target`, 0 to 1 within rounding."""
    matrix = rgb_to_rgb(source, target)
    given = np.diag(np.diag(matrix))
    taken = np.maximum(given - matrix, 0)
    inside = bent(transformed(rgb, matrix), transformed(rgb, taken))
    return 1 - bent(1 - inside, transformed(1 - rgb, taken))


def bent(value: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """`value`, which is at least -`taken`, bent so that it is at least 0."""
    given = np.maximum(value + taken, 0)
    return np.where(given < 2 * taken, given**2 / np.maximum(4 * taken, 1e-30), value)
