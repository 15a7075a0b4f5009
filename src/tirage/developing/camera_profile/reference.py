"""A gain table map in NumPy, float64: slow and obvious. That of hue and saturation is colour/hue_saturation.py."""

from __future__ import annotations

import numpy as np

from ...photo.profile import GainTableMap


def gains(rgb: np.ndarray, table: GainTableMap, width: int, height: int, left: int = 0, top: int = 0) -> np.ndarray:
    """The gain (h, w) of each pixel of `rgb` (h, w, 3), linear ProPhoto after BaselineExposure.

    `rgb` begins at `left`, `top` of an active area of `width` x `height` (DNG 1.7.1, ProfileGainTableMap2).
    """
    points_v, points_h, points_n = table.gains.shape
    rows, columns = np.mgrid[: rgb.shape[0], : rgb.shape[1]]
    u, v = (columns + left + 0.5) / width, (rows + top + 0.5) / height
    across = np.clip((u - table.origin_h) / table.spacing_h, 0, points_h - 1) if points_h > 1 else np.zeros(u.shape)
    down = np.clip((v - table.origin_v) / table.spacing_v, 0, points_v - 1) if points_v > 1 else np.zeros(v.shape)
    parts = np.concatenate([rgb, rgb.min(axis=-1, keepdims=True), rgb.max(axis=-1, keepdims=True)], axis=-1)
    given = np.clip((parts * table.weights).sum(axis=-1), 0, 1) ** table.gamma
    tone = given * points_n
    total = np.zeros(rgb.shape[:2])
    for step_v, step_h, step_n in np.ndindex(2, 2, 2):
        weight = np.ones(rgb.shape[:2])
        index = []
        for place, count, step in ((down, points_v, step_v), (across, points_h, step_h), (tone, points_n, step_n)):
            cell = np.minimum(np.floor(place).astype(int), count - 1)
            weight = weight * (place - cell if step else 1 - (place - cell))
            index.append(np.minimum(cell + step, count - 1))
        total += weight * table.gains[tuple(index)]
    return total
