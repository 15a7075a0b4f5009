"""Colour noise in NumPy: slow, obvious, sharing no code with the kernel."""

from __future__ import annotations

import numpy as np


def clean(light: np.ndarray, gain: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """An RGGB mosaic (H, W) of light, its sides even, with less noise of colour; right from 14 pixels inside its edges.

    `gain` (H, W) is light per stored value; `noise` (6,) as in `ColourNoise`.
    """
    wide = np.asarray(light, np.float64)
    green = (np.roll(wide, 1, 0) + np.roll(wide, -1, 0) + np.roll(wide, 1, 1) + np.roll(wide, -1, 1)) / 4
    red, blue = (wide - green)[0::2, 0::2], (wide - green)[1::2, 1::2]
    fine, coarse, base = zip(*(_scales(difference) for difference in (red, blue)), strict=True)
    levels = [green[0::2, 0::2]] + [green[0::2, 0::2] + one for one in base]
    variance = [_variance(level, gain, noise[2 * k : 2 * k + 2]) for k, level in enumerate(levels)]
    of_difference = [variance[1] + variance[0] / 4, variance[2] + variance[0] / 4]
    lost = []
    for pair, threshold in ((fine, 4.5), (coarse, 0.8)):
        energy = sum(part**2 / one for part, one in zip(pair, of_difference, strict=True))
        lost.append(np.minimum(threshold / energy, 1) ** 2)
    result = wide.copy()
    for start, k in ((0, 0), (1, 1)):
        result[start::2, start::2] -= lost[0] * fine[k] + lost[1] * coarse[k]
    return result


def deviation(light: np.ndarray, gain: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Of the noise of a quad's green, at its four pixels (H, W); arguments as those of `clean`."""
    green = np.asarray(light, np.float64)
    quads = np.sqrt(_variance((green[0::2, 1::2] + green[1::2, 0::2]) / 2, gain, noise[:2]))
    return np.repeat(np.repeat(quads, 2, 0), 2, 1)


def _variance(light: np.ndarray, gain: np.ndarray, noise: np.ndarray) -> np.ndarray:
    of_green = np.abs(np.asarray(gain, np.float64)[0::2, 1::2])
    return of_green * (np.maximum(light, 0) * noise[0] + of_green * noise[1])


def _scales(difference: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What a narrow mean leaves, what a wide one leaves of that, and that."""
    narrow = _filtered(difference, [1 / 4, 1 / 2, 1 / 4])
    base = _filtered(narrow, [1 / 5, 0, 1 / 5, 0, 1 / 5, 0, 1 / 5, 0, 1 / 5])
    return difference - narrow, narrow - base, base


def _filtered(image: np.ndarray, taps: list[float]) -> np.ndarray:
    half = len(taps) // 2
    for axis in (0, 1):
        image = sum(tap * np.roll(image, index - half, axis) for index, tap in enumerate(taps))  # type: ignore[assignment]
    return image
