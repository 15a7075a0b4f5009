"""Denoising in NumPy float64: every block by itself, added up where it lies."""

from __future__ import annotations

import numpy as np

from ..linearise import cfa_shift
from . import BLOCK, LAST_FINE, NEVER_FLAT, PHASE_OFFSET, RULE, STEP, WINDOW

BORDER = 32
_FLAT = np.ones((BLOCK, BLOCK))


def shrink(mosaic: np.ndarray, cfa: str, mix: np.ndarray, rule: np.ndarray, phases: int = 2) -> np.ndarray:
    """A mosaic (H, W) of stabilised light, at least BORDER on each side, to its denoised self."""
    shift_x, shift_y = cfa_shift(cfa, 0, 0)
    height, width = mosaic.shape
    before = (BORDER + shift_y, BORDER + shift_x)  # the first pixel becomes a red one
    after = [BORDER + (-(side + first)) % (2 * STEP) for side, first in zip(mosaic.shape, before, strict=True)]
    padded = np.pad(mosaic, list(zip(before, after, strict=True)), mode="reflect")
    results = [np.zeros_like(padded) for _ in range(phases)]
    for number, result in enumerate(results):
        start = number * PHASE_OFFSET
        quads = padded[start:, start:]
        quads = quads[: len(quads) // 2 * 2, : quads.shape[1] // 2 * 2]
        places = [np.s_[(s // 2) ^ number :: 2, (s % 2) ^ number :: 2] for s in range(4)]
        planes = np.tensordot(mix.astype(np.float64), np.stack([quads[place] for place in places]), 1)
        sites = np.tensordot(mix.T.astype(np.float64), _shrunk_planes(planes, rule.astype(np.float64)), 1)
        clean = np.zeros_like(quads)
        for place, plane in zip(places, sites, strict=True):
            clean[place] = plane
        result[start : start + quads.shape[0], start : start + quads.shape[1]] = clean
    mean = np.mean(results, axis=0)
    return mean[before[0] : before[0] + height, before[1] : before[1] + width]


def _shrunk_planes(
    planes: np.ndarray,
    rule: np.ndarray,
    window: np.ndarray = _FLAT,
    means: np.ndarray | None = None,
    last: float = 1.0,
) -> np.ndarray:
    """The weighted mean of all denoised blocks, (planes, h, w); of the blocks of `means`, where given, their means."""
    down = np.arange(0, planes.shape[1] - BLOCK + 1, STEP)[:, None, None, None] + np.arange(BLOCK)[:, None]
    across = np.arange(0, planes.shape[2] - BLOCK + 1, STEP)[:, None, None] + np.arange(BLOCK)
    basis = dct_basis()
    brightness = None
    result = np.empty_like(planes)
    for index, plane in enumerate(planes):
        coefficients = basis @ plane[down, across] @ basis.T
        gains = gain(coefficients, brightness, dict(zip(RULE, rule[index], strict=True)), last)
        brightness = coefficients**2 if brightness is None else brightness
        if means is not None:
            coefficients[..., 0, 0] = means[index][down, across].sum((2, 3)) / BLOCK
        weight = window / (gains**2).sum((2, 3), keepdims=True)
        blocks = basis.T @ (coefficients * gains) @ basis
        total, weights = np.zeros_like(plane), np.full_like(plane, 1e-300)
        np.add.at(total, (down, across), blocks * weight)
        np.add.at(weights, (down, across), weight)
        result[index] = total / weights
    return result


def shrink_brightness(mosaic: np.ndarray, rough: np.ndarray, cfa: str, rule: np.ndarray, share: float) -> np.ndarray:
    """`rough`, the `shrink`ed self of the `mosaic`, with a `share` of what its brightness by itself says."""
    shift = cfa_shift(cfa, 0, 0)[::-1]
    around = [
        (BORDER + first, BORDER + (-(side + first)) % STEP) for side, first in zip(mosaic.shape, shift, strict=True)
    ]
    padded = np.pad(rough, around, mode="reflect").astype(np.float64)
    colour = colour_of_pixels(padded)
    brightness = np.pad(mosaic, around, mode="reflect") - colour
    window = np.multiply.outer(WINDOW, WINDOW)
    means = (padded - colour)[None]
    fine = _shrunk_planes(brightness[None], rule.astype(np.float64), window, means, LAST_FINE)[0] + colour
    result = padded + share * (fine - padded)
    return result[tuple(slice(before, -after) for before, after in around)]


def colour_of_pixels(rough: np.ndarray) -> np.ndarray:
    """What each pixel has beyond the brightness around it, as a straight line of that brightness."""

    def near(values: np.ndarray, spacing: int) -> np.ndarray:
        """(9, H, W): the eight neighbours so many pixels away, and the pixel itself."""
        wide = np.pad(values, spacing, mode="reflect")
        rows, columns = (side - 2 * spacing for side in wide.shape)
        return np.stack(
            [
                wide[i : i + rows, j : j + columns]
                for i in range(0, 3 * spacing, spacing)
                for j in range(0, 3 * spacing, spacing)
            ]
        )

    level = np.tensordot(np.outer([1, 2, 1], [1, 2, 1]).ravel() / 16, near(rough, 1), 1)
    levels, excesses = near(level, 2), near(rough - level, 2)
    slope = ((levels * excesses).mean(0) - levels.mean(0) * excesses.mean(0)) / (levels.var(0) + NEVER_FLAT)
    start = excesses.mean(0) - slope * levels.mean(0)
    return near(slope, 2).mean(0) * level + near(start, 2).mean(0)


def dct_basis() -> np.ndarray:
    """The orthonormal DCT-II, (8, 8) float64, frequencies down."""
    k, n = np.arange(BLOCK)[:, None], np.arange(BLOCK)
    basis = np.sqrt(2 / BLOCK) * np.cos(np.pi * (2 * n + 1) * k / (2 * BLOCK))
    basis[0] /= np.sqrt(2)
    return basis


def gain(
    coefficients: np.ndarray, brightness: np.ndarray | None, entry: dict[str, float], last: float = 1.0
) -> np.ndarray:
    """The gains of (..., 8, 8) coefficients; the last frequency's threshold is `last` times the entry's."""
    energy = coefficients**2
    own_brightness = energy.copy() if brightness is None else brightness
    energy[..., 0, 0] = energy[..., 1, 0]
    wide = np.pad(energy, [(0, 0)] * (energy.ndim - 2) + [(1, 1), (1, 1)], mode="reflect")
    side = wide[..., :-2, 1:-1] + wide[..., 2:, 1:-1] + wide[..., 1:-1, :-2] + wide[..., 1:-1, 2:]
    corner = wide[..., :-2, :-2] + wide[..., 2:, :-2] + wide[..., :-2, 2:] + wide[..., 2:, 2:]
    evidence = side * entry["side"] + corner * entry["corner"] + energy * entry["own"]
    evidence = evidence + own_brightness * entry["brightness"]
    threshold = np.array([[entry[f"threshold {k + l}"] for l in range(BLOCK)] for k in range(BLOCK)])  # noqa: E741
    threshold[-1] *= last
    threshold[:-1, -1] *= last
    excess = np.maximum(evidence - threshold, 0)
    gains = (excess + entry["kept"]) / (excess + entry["softness"])
    gains[..., 0, 0] = 1
    return gains
