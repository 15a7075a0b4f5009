"""Whether a pixel stands out alone, as faults do, or with the pixels beside it, as light does."""

from __future__ import annotations

import numpy as np

#: A pixel between differing neighbours may be detail: its excess must be so many times the spread of the diagonal ones.
_CORNERS = 2.0
#: A dark spot of a saturated colour shows in that colour alone; the others need this part of its light to tell.
_LEAST_LIGHT = 0.25
#: So many standard deviations more the adjacent pixels may go the other way, which blur does not make them.
_OTHER_WAY = 1.5


def is_lone(
    mosaic: np.ndarray,
    rows: np.ndarray,
    columns: np.ndarray,
    noise: tuple[float, float],
    black: float,
    clip: float,
    spill: float,
    spill_noise: float,
) -> np.ndarray:
    """Which of the outliers at `rows`, `columns` of `mosaic` (H, W), at least 3 x 3, stand out alone: bool (n,).

    The blur of lens and pixel area spreads a point of light, at the very sharpest a Gaussian of 0.5 px, so that each
    of the four adjacent pixels takes a fifth of the middle one's. So the two on its row and the two on its column, each
    pair against pixels of its own colour on both sides of it, may go the outlier's way by no more than `spill` of its
    excess and `spill_noise` standard deviations of `noise` (slope, offset), together. Nor may they go the other way by
    much more: a berry is as dark in green as it is bright in red. Where adjacent pixels reach `clip`, or differ too
    much among themselves, nobody can tell, and it does not count as alone.
    """
    height, width = mosaic.shape

    def at(dy: int, dx: int) -> np.ndarray:
        y, x = np.abs(rows + dy), np.abs(columns + dx)
        y, x = np.minimum(y, 2 * (height - 1) - y), np.minimum(x, 2 * (width - 1) - x)
        return mosaic[y, x].astype(np.float64)

    ranked = np.sort([at(dy, dx) for dy in (-2, 0, 2) for dx in (-2, 0, 2) if dy or dx], axis=0)
    own, high, low = at(0, 0), ranked[-2], ranked[1]
    is_hot = own > high
    level = np.where(is_hot, high, low)
    excess = np.abs(own - level)

    adjacent = np.array([at(0, -1), at(0, 1), at(-1, 0), at(1, 0)])
    beside, below = adjacent[:2].mean(axis=0), adjacent[2:].mean(axis=0)
    around_beside = np.mean([at(dy, dx) for dy in (-2, 2) for dx in (-1, 1)], axis=0)
    around_below = np.mean([at(dy, dx) for dy in (-1, 1) for dx in (-2, 2)], axis=0)
    way = np.where(is_hot, 1, -1)
    followed = way * np.array([beside - around_beside, below - around_below])
    spilt, against = np.maximum(followed, 0).sum(axis=0), np.maximum(-followed, 0).sum(axis=0)

    slope, offset = noise
    light = np.maximum((around_beside + around_below) / 2 - black, 0)
    deviation = np.sqrt(light * slope + offset)
    is_seen = np.max([*adjacent, level, around_beside, around_below], axis=0) < clip
    is_seen &= is_hot | (light > _LEAST_LIGHT * (level - black))
    is_even = excess > _CORNERS * np.ptp([at(dy, dx) for dy in (-1, 1) for dx in (-1, 1)], axis=0)
    most = spill * excess + spill_noise * deviation
    is_still = (spilt <= most) & (against <= most + _OTHER_WAY * deviation)
    return is_seen & is_even & is_still
