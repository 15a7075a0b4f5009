"""Resampled frames in the shrinking transform: the power of their noise and what is left of detail, by coefficient."""

from __future__ import annotations

import numpy as np

from ...noise.shrinkage import BLOCK
from ..fuse import COLOURS, Mixing, filter_of, scaled_filter

#: Fractions of a pixel each way that are averaged over, and the side of the canvas.
_FRACTIONS, _CANVAS = 4, 32

#: The scene whose detail is followed: power by frequency f (cycles/pixel) as (f^2 + corner^2)^-1.5, an exponential
#: covariance, behind a lens that blurs by a Gaussian of so many pixels.
_CORNER, _BLUR_PX = 0.02, 0.8


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
    between = covariance(mixing)
    gain = np.diagonal(between[:, :, BLOCK - 1, BLOCK - 1])
    return _power(mix, between / np.sqrt(gain[:, None] * gain)[:, :, None, None]).astype(np.float32)


def carried(mix: np.ndarray, mixing: Mixing) -> np.ndarray:
    """What the mean of resampled frames shows of a coefficient's detail, (4, BLOCK down, BLOCK across) float32, 0..1.

    The regression of the resampled coefficient on the scene's own, of a grey scene, mean over shifts: interpolation
    takes the finest detail, about a third of it at the corner.
    """
    size, fine = _CANVAS * 2 * _FRACTIONS, 2 * _FRACTIONS
    frequency = np.fft.fftfreq(size, 1 / fine)
    squared = frequency[:, None] ** 2 + frequency**2
    scene = (squared + _CORNER**2) ** -1.5 * np.exp(-squared * (2 * np.pi * _BLUR_PX) ** 2)
    lags = np.arange(-BLOCK + 1, BLOCK)

    def between(covariances: np.ndarray) -> np.ndarray:
        """(4, 4, lags, lags) of each site's value and the grey at each site, as sharp as the opponents see it."""
        found = np.empty((4, 4, len(lags), len(lags)))
        for one, other in np.ndindex(4, 4):
            down, across = (fine * (2 * lags + one // 2 - other // 2), fine * (2 * lags + one % 2 - other % 2))
            found[one, other] = covariances[one][np.ix_(down % size, across % size)] * mix[0, one] * mix[0, other]
        return found

    own = np.fft.ifft2(scene).real
    resampled = np.fft.ifft2(np.conj(np.fft.fft2(_taps(mixing, size))) * scene).real
    share = _power(mix, between(resampled)) / _power(mix, between(np.stack([own] * 4)))
    share[:, 0, 0] = 1  # a block's own colour, which a grey scene doesn't tell of, is resampled as it is
    return np.clip(share, 0, 1).astype(np.float32)


def _taps(mixing: Mixing, size: int) -> np.ndarray:
    """Where resampling looks for each site and how much that counts, mean over shifts, (4, size, size).

    In steps of half a fraction from the site.
    """
    steps = (np.arange(_FRACTIONS) + 0.5) / _FRACTIONS
    weights = np.stack([1 - steps, steps])
    taps = np.zeros((4, size, size))
    for row, column, site in np.ndindex(2, 2, 4):
        y, x, colour = site // 2 + row, site % 2 + column, COLOURS[site]
        parts = np.zeros((2, 2, 6, 6))
        for i, j in np.ndindex(2, 2):
            transfer = mixing.transfer[colour, COLOURS[2 * ((y + i) % 2) + (x + j) % 2]]
            parts[i, j, i : i + 5, j : j + 5] = filter_of(colour, (y + i) % 2, (x + j) % 2, float(transfer))
        whole = np.einsum("iv,ju,ijyx->vuyx", weights, weights, parts, optimize=False) / (2 * _FRACTIONS) ** 2
        for v, u in np.ndindex(_FRACTIONS, _FRACTIONS):
            down, across = ((2 * _FRACTIONS * np.arange(-2, 4) - 2 * n - 1) % size for n in (v, u))
            taps[site][np.ix_(down, across)] += whole[v, u]
    return taps


def _power(mix: np.ndarray, between: np.ndarray) -> np.ndarray:
    """The covariances of coefficients, (4, BLOCK, BLOCK), of sites that vary as `between` (4, 4, lags, lags)."""
    k, n = np.arange(BLOCK)[:, None], np.arange(BLOCK)
    basis = np.sqrt(2 / BLOCK) * np.cos(np.pi * (2 * n + 1) * k / (2 * BLOCK))
    basis[0] /= np.sqrt(2)
    overlap = np.stack([np.correlate(row, row, "full") for row in basis])
    mix = mix.astype(np.float64)
    own = np.einsum("cs,ct,stij->cij", mix, mix, between, optimize=False)
    return np.einsum("li,cij,kj->clk", overlap, own, overlap, optimize=False)
