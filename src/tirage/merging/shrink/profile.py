"""The noise of resampled frames: its power in every coefficient of the shrinking transform."""

from __future__ import annotations

from functools import cache

import numpy as np

from ...noise.shrinkage import BLOCK
from ..fuse import COLOURS, filter_of

#: Fractions of a pixel each way that are averaged over, and the side of the canvas.
_FRACTIONS, _CANVAS = 4, 32


@cache
def covariance() -> np.ndarray:
    """Between the sites' noise at lags in quads, mean over shifts, white being 1: (4, 4, 2 BLOCK - 1, 2 BLOCK - 1)."""
    lags = np.arange(-BLOCK + 1, BLOCK)
    total = np.zeros((4, 4, len(lags), len(lags)))
    steps = (np.arange(_FRACTIONS) + 0.5) / _FRACTIONS
    shifts = [(row, column, v, u) for row in (0, 1) for column in (0, 1) for v in steps for u in steps]
    for row, column, v, u in shifts:
        spectra = []
        for site in range(4):
            canvas = np.zeros((_CANVAS, _CANVAS))
            y, x = site // 2 + row, site % 2 + column
            for i, down in enumerate((1 - v, v)):
                for j, across in enumerate((1 - u, u)):
                    part = filter_of(COLOURS[site], (y + i) % 2, (x + j) % 2)
                    canvas[y + i : y + i + 5, x + j : x + j + 5] += down * across * part
            spectra.append(np.fft.fft2(canvas))
        for one in range(4):
            for other in range(4):
                correlation = np.fft.ifft2(np.conj(spectra[one]) * spectra[other]).real
                total[one, other] += correlation[np.ix_(2 * lags % _CANVAS, 2 * lags % _CANVAS)]
    return total / len(shifts)


def plane_gain() -> np.ndarray:
    """The variance of resampled white noise at the sites R, G, G, B, mean over shifts: (4,) float32."""
    return np.diagonal(covariance()[:, :, BLOCK - 1, BLOCK - 1]).astype(np.float32)


def noise_power(mix: np.ndarray) -> np.ndarray:
    """The power of resampled white noise in the DCT of the opponent planes, (4, BLOCK down, BLOCK across) float32.

    In parts of its variance at each site.
    """
    k, n = np.arange(BLOCK)[:, None], np.arange(BLOCK)
    basis = np.sqrt(2 / BLOCK) * np.cos(np.pi * (2 * n + 1) * k / (2 * BLOCK))
    basis[0] /= np.sqrt(2)
    overlap = np.stack([np.correlate(row, row, "full") for row in basis])
    gain = plane_gain().astype(np.float64)
    relative = covariance() / np.sqrt(gain[:, None] * gain)[:, :, None, None]
    mix = mix.astype(np.float64)
    own = np.einsum("cs,ct,stij->cij", mix, mix, relative, optimize=False)
    return np.einsum("li,cij,kj->clk", overlap, own, overlap, optimize=False).astype(np.float32)
