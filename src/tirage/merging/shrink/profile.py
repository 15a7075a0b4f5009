"""The noise of resampled frames: its power in every coefficient of the shrinking transform."""

from __future__ import annotations

import numpy as np

from ...noise.shrinkage import BLOCK
from ..fuse import COLOURS, Mixing, scaled_filter

#: Fractions of a pixel each way that are averaged over, and the side of the canvas.
_FRACTIONS, _CANVAS = 4, 32


def covariance(mixing: Mixing) -> np.ndarray:
    """Between the sites' noise at lags in quads, mean over shifts, each colour's own being 1.

    (4, 4, 2 BLOCK - 1, 2 BLOCK - 1).
    """
    lags = np.arange(-BLOCK + 1, BLOCK)
    steps = (np.arange(_FRACTIONS) + 0.5) / _FRACTIONS
    total = np.zeros((4, 4, len(lags), len(lags)))
    weights = np.stack([1 - steps, steps])
    for row, column in np.ndindex(2, 2):
        spectra = np.zeros((4, _FRACTIONS, _FRACTIONS, _CANVAS, _CANVAS), complex)
        for site in range(4):
            parts = np.zeros((2, 2, _CANVAS, _CANVAS))
            y, x = site // 2 + row, site % 2 + column
            for i, j in np.ndindex(2, 2):
                place = np.s_[y + i : y + i + 5, x + j : x + j + 5]
                parts[(i, j, *place)] = scaled_filter(COLOURS[site], (y + i) % 2, (x + j) % 2, mixing)
            whole = np.einsum("iv,ju,ijyx->vuyx", weights, weights, parts, optimize=False)
            spectra[site] = np.fft.fft2(whole)
        for one, other in np.ndindex(4, 4):
            power = (np.conj(spectra[one]) * spectra[other]).mean((0, 1)) / 4
            total[one, other] += np.fft.ifft2(power).real[np.ix_(2 * lags % _CANVAS, 2 * lags % _CANVAS)]
    return total


def plane_gain(mixing: Mixing) -> np.ndarray:
    """The variance of resampled noise at the sites R, G, G, B, mean over shifts: (4,) float32."""
    return np.diagonal(covariance(mixing)[:, :, BLOCK - 1, BLOCK - 1]).astype(np.float32)


def noise_power(mix: np.ndarray, mixing: Mixing) -> np.ndarray:
    """The power of resampled noise in the DCT of the opponent planes, (4, BLOCK down, BLOCK across) float32.

    In parts of its variance at each site.
    """
    k, n = np.arange(BLOCK)[:, None], np.arange(BLOCK)
    basis = np.sqrt(2 / BLOCK) * np.cos(np.pi * (2 * n + 1) * k / (2 * BLOCK))
    basis[0] /= np.sqrt(2)
    overlap = np.stack([np.correlate(row, row, "full") for row in basis])
    between = covariance(mixing)
    gain = np.diagonal(between[:, :, BLOCK - 1, BLOCK - 1])
    relative = between / np.sqrt(gain[:, None] * gain)[:, :, None, None]
    mix = mix.astype(np.float64)
    own = np.einsum("cs,ct,stij->cij", mix, mix, relative, optimize=False)
    return np.einsum("li,cij,kj->clk", overlap, own, overlap, optimize=False).astype(np.float32)
