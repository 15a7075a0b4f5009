"""Transfer functions between light and code values."""

from __future__ import annotations

import numpy as np


def srgb_encode(linear: np.ndarray) -> np.ndarray:
    """Display-linear to sRGB-encoded (IEC 61966-2-1), any shape, the dtype kept.

    Domain and range 0..1; above 1 the curve goes on, below 0 it is mirrored: f(-x) = -f(x). NaN stays NaN.
    """
    magnitude = np.abs(linear)
    curved = 1.055 * np.maximum(magnitude, 0.0031308) ** (1 / 2.4) - 0.055
    return np.copysign(np.where(magnitude <= 0.0031308, 12.92 * magnitude, curved), linear)


def srgb_decode(encoded: np.ndarray) -> np.ndarray:
    """sRGB-encoded to display-linear, the inverse of `srgb_encode`."""
    magnitude = np.abs(encoded)
    curved = ((np.maximum(magnitude, 0.04045) + 0.055) / 1.055) ** 2.4
    return np.copysign(np.where(magnitude <= 0.04045, magnitude / 12.92, curved), encoded)


def acescct_encode(linear: np.ndarray) -> np.ndarray:
    """Scene-linear AP1 to ACEScct (Academy S-2016-001, section 4.4), any shape; 0.18 becomes 0.4136, 65504 1.468."""
    curved = (np.log2(np.maximum(linear, 0.0078125)) + 9.72) / 17.52
    return np.where(np.asarray(linear) <= 0.0078125, 10.5402377416545 * np.asarray(linear) + 0.0729055341958355, curved)


def acescct_decode(encoded: np.ndarray) -> np.ndarray:
    """ACEScct to scene-linear AP1, the inverse of `acescct_encode`."""
    straight = (np.asarray(encoded) - 0.0729055341958355) / 10.5402377416545
    return np.where(np.asarray(encoded) <= 0.155251141552511, straight, np.exp2(np.asarray(encoded) * 17.52 - 9.72))
