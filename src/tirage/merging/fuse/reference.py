"""Fusing in NumPy float64, one site after the other."""

from __future__ import annotations

import numpy as np

from . import (
    COLOURS,
    DISTRUSTED,
    FRACTIONS,
    GUIDE_NOISE,
    LEAST_WEIGHT,
    LOCAL_CORRELATION,
    LOCAL_SLOPE,
    LOCAL_THRESHOLD,
    QUAD_SLOPE,
    QUAD_THRESHOLD,
    SINGLE_SLOPE,
    SINGLE_THRESHOLD,
    STRICT_LOCAL_SLOPE,
    STRICT_LOCAL_THRESHOLD,
    STRICT_QUAD_SLOPE,
    STRICT_QUAD_THRESHOLD,
    TRANSFER_CELL,
    TRUSTED,
    Mixing,
    filter_of,
    gain_table,
)

CELL = 16


def demosaic(light: np.ndarray, balance: np.ndarray | None = None, faint: float = 1e-3) -> np.ndarray:
    """Light (H, W) that begins with red to (3, H, W), by the filters of Malvar, He & Cutler (2004).

    Colours are mixed in light that is multiplied by `balance` (3,); what they tell each other of detail is limited by
    their mean light in cells of TRANSFER_CELL, each with `faint` added.
    """
    height, width = light.shape
    gains = np.ones(3) if balance is None else np.asarray(balance, np.float64)
    y, x = np.mgrid[:height, :width]
    balanced = light.astype(np.float64) * gains[np.array(COLOURS)[y % 2 * 2 + x % 2]]
    padded = np.pad(balanced, 2, mode="reflect")
    local = np.maximum(_cell_means(light) * gains, 0) + faint
    result = np.empty((3, height, width))
    for colour, row, column in np.ndindex(3, 2, 2):
        kernel = filter_of(colour, row, column)
        whole = _filtered(padded, kernel)
        plain = _filtered(padded, filter_of(colour, row, column, 0))
        own = COLOURS[2 * row + column]
        detail = np.minimum(local[..., colour] / local[..., own], 1) * (whole - plain)
        result[colour, row::2, column::2] = (plain + detail)[row::2, column::2]
    return result / gains[:, None, None]


def _filtered(padded: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    height, width = (side - 4 for side in padded.shape)
    return np.asarray(sum(kernel[j, i] * padded[j : j + height, i : i + width] for j in range(5) for i in range(5)))


def _cell_means(light: np.ndarray) -> np.ndarray:
    """The mean of each colour in every other row of quads of a pixel's cell, mirrored beyond the edge: (H, W, 3)."""
    height, width = light.shape
    result = np.empty((height, width, 3))
    y, x = np.mgrid[:TRANSFER_CELL, :TRANSFER_CELL]
    colours = np.where(y % 4 < 2, np.array(COLOURS)[y % 2 * 2 + x % 2], -1)
    for top in range(0, height, TRANSFER_CELL):
        for left in range(0, width, TRANSFER_CELL):
            rows, columns = (_mirrored(v, side) for v, side in ((top + y, height), (left + x, width)))
            cell = light[rows, columns]
            means = [cell[colours == n].mean() for n in range(3)]
            result[top : top + TRANSFER_CELL, left : left + TRANSFER_CELL] = means
    return result


def _mirrored(index: np.ndarray, side: int) -> np.ndarray:
    """Reflected once at the last pixel, then held at the first."""
    return np.maximum(np.where(index > side - 1, 2 * (side - 1) - index, index), 0)


def added(
    planes: np.ndarray,
    entries: np.ndarray,
    here: np.ndarray,
    guide: np.ndarray,
    own_noise: np.ndarray,
    other_noise: np.ndarray,
    plane_gain: np.ndarray,
    robustness: float,
    strict: bool = False,
) -> np.ndarray:
    """What a frame's `planes` (3, 2 h, 2 w) add to the state, (12, h, w), by one hypothesis.

    `here` and `guide` (4, h, w) are the reference's light and its denoised light. Exact from 6 quads off the edges.
    """
    height, width = here.shape[1:]
    value, gain, seen = np.zeros((3, 4, height, width))
    for site in range(4):
        y, x = np.mgrid[site // 2 : 2 * height : 2, site % 2 : 2 * width : 2]
        m = entries[:, y // CELL, x // CELL].astype(np.float64)
        i, j = x % CELL, y % CELL
        u, v = (x + m[0] + m[1] * i + m[2] * j + m[3] * i * j, y + m[4] + m[5] * i + m[6] * j + m[7] * i * j)
        inside = (u >= 0) & (v >= 0) & (u <= 2 * width - 1) & (v <= 2 * height - 1)
        u, v = np.where(inside, u, 0), np.where(inside, v, 0)
        left, top = u.astype(int), v.astype(int)
        fu, fv = u - left, v - top
        right, bottom = np.minimum(left + 1, 2 * width - 1), np.minimum(top + 1, 2 * height - 1)
        plane = planes[COLOURS[site]]
        upper = plane[top, left] * (1 - fu) + plane[top, right] * fu
        value[site] = upper * (1 - fv) + (plane[bottom, left] * (1 - fu) + plane[bottom, right] * fu) * fv
        # The gain is that of a cell's middle column.
        middle = CELL // 2 + site % 2
        across, down = m[0] + m[1] * middle + m[2] * j + m[3] * middle * j, m[4] + m[5] * middle + m[6] * j
        down = down + m[7] * middle * j
        step = (down % 1 * FRACTIONS + 0.5).astype(int) * (FRACTIONS + 1) + (across % 1 * FRACTIONS + 0.5).astype(int)
        parity = (y + np.floor(down).astype(int)) % 2 * 2 + (site + np.floor(across).astype(int)) % 2
        gain[site] = gain_table(Mixing())[COLOURS[site], parity, step]
        seen[site] = inside
    light = np.maximum(np.minimum(guide, 1), 0)
    own, other = (n[:, 0, None, None] * light + n[:, 1, None, None] for n in (own_noise, other_noise))
    shown = np.minimum(value, 1)
    quad = ((shown - here) ** 2 * seen / (own + other * gain)).mean(0)
    local = np.stack([_box((shown - guide)[s] * seen[s], 5) for s in range(4)])
    variance = np.stack([_box((own * GUIDE_NOISE + other * gain)[s], 5) for s in range(4)])
    evidence = (local**2 / (variance * LOCAL_CORRELATION)).mean(0)
    rules = [(_box(quad, 3) / 9, QUAD_THRESHOLD, QUAD_SLOPE), (_box(evidence, 3) / 9, LOCAL_THRESHOLD, LOCAL_SLOPE)]
    if strict:
        rules = [
            (_box(quad, 3) / 9, STRICT_QUAD_THRESHOLD, STRICT_QUAD_SLOPE),
            (_box(evidence, 3) / 9, STRICT_LOCAL_THRESHOLD, STRICT_LOCAL_SLOPE),
            (quad, SINGLE_THRESHOLD, SINGLE_SLOPE),
        ]
    excess = np.max([np.maximum(found - threshold, 0) * slope for found, threshold, slope in rules], axis=0)
    weight = 1 / (1 + (robustness * excess) ** 2)
    weight[weight < LEAST_WEIGHT] = 0
    weight = weight * np.clip((_box(weight, 5) / 25 - DISTRUSTED) / (TRUSTED - DISTRUSTED), 0, 1)
    share = weight * seen * own / other
    return np.concatenate([share * value, share, share**2 * gain * other / own / plane_gain[:, None, None]])


def _box(image: np.ndarray, side: int) -> np.ndarray:
    """Sums over side x side, the border reflected."""
    height, width = image.shape
    padded = np.pad(image, side // 2, mode="reflect")
    return np.asarray(sum(padded[j : j + height, i : i + width] for j in range(side) for i in range(side)))
