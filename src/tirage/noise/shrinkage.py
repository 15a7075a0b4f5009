"""What sliding 8x8 DCTs of a mosaic's quads are shrunk by: opponent planes, and the constants of the gain.

Papers: Cai & Silverman (2001), thresholding by neighbouring coefficients; Akiyama et al. (2015), decorrelated planes of
raw data.
"""

from __future__ import annotations

import numpy as np

from .model import Noise

BLOCK = 8
STEP = 4  #: quads from one block to the next

#: What the gain goes by, per opponent plane; `threshold` for each sum of the two frequencies.
RULE = ("side", "corner", "own", "brightness", "softness", "kept", *(f"threshold {n}" for n in range(2 * BLOCK - 1)))

#: side, corner, own, brightness, threshold, its slope, softness of brightness, of red and blue against green, of red
#: against blue, of green against green. Fitted to Kodak and McMaster pictures at three noise levels, four whites.
FITTED = (
    (0.0837, 0.0814, 0.1229, 0.0, 1.9579, -0.0268, 0.2039),
    (0.1498, 0.1235, 0.1367, 0.0513, 3.5323, -0.0337, 2.5287),
    (0.1172, 0.1055, 0.1313, 0.0910, 3.0666, -0.0439, 1.9310),
    (0.1289, 0.1114, 0.1303, 0.0, 2.4431, -0.0388, 1.3812),
)


def opponents(noise: Noise, neutral: np.ndarray | None) -> np.ndarray:
    """(4, 4) float32, orthonormal: rows are brightness, red and blue against green, red against blue, green against
    green; columns the sites R, G, G, B. Grey of the camera's `neutral` has brightness alone.
    """
    grey = np.ones(3) if neutral is None else np.clip(np.nan_to_num(neutral, nan=1.0), 1e-3, 1e3)
    scales = np.array([noise.red[0], noise.green[0], noise.blue[0]])
    r, g, b = np.sqrt(grey / np.maximum(scales, 1e-9))  # stabilised light grows as the root
    length, pair = np.sqrt(r * r + 2 * g * g + b * b), np.hypot(r, b)
    half = np.sqrt(0.5)
    rows = [
        np.array([r, g, g, b]) / length,
        np.array([g * r, -pair * pair / 2, -pair * pair / 2, g * b]) / (pair * length * half),
        np.array([b, 0, 0, -r]) / pair,
        np.array([0, half, -half, 0]),
    ]
    return np.stack(rows).astype(np.float32)


def fitted_rule(brightness: float, colour: float, detail: float) -> np.ndarray:
    """(4, entries) float32, in the order of RULE, for noise of `brightness` and `colour` times 1.

    `detail` is the share of the brightness's grain that is kept, and its detail.
    """
    rows = [
        rule_row(fitted, colour if plane else brightness, 0.0 if plane else detail)
        for plane, fitted in enumerate(FITTED)
    ]
    return np.concatenate(rows)


def rule_row(fitted: tuple[float, ...], strength: float, kept: float) -> np.ndarray:
    """(1, entries) float32: the rule of one plane, from what is `fitted` as in FITTED."""
    side, corner, own, by_brightness, threshold, slope, softness = fitted
    amount = max(strength, 1e-4) ** 2
    soft = amount * softness
    thresholds = amount * threshold * (1 + slope * np.arange(2 * BLOCK - 1))
    return np.array([[side, corner, own, by_brightness, soft, kept * soft, *thresholds]]).astype(np.float32)
