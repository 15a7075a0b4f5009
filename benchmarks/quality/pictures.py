"""Pictures whose truth is known, mosaics of them, and how estimates are judged."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

DATA = Path(os.environ.get("TIRAGE_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))

#: Pixels along the sides that no figure counts.
BORDER = 10


def pictures(name: str, count: int | None = None) -> list[np.ndarray]:
    """The set "kodak" or "mcmaster" of the shared data, whole frames (3, H, W) float32 in 0..1, even sides."""
    from PIL import Image

    paths = sorted((DATA / "truth" / name).glob("*.png")) + sorted((DATA / "truth" / name).glob("*.tif"))
    if not paths:
        raise SystemExit(f"no pictures in {DATA / 'truth' / name}: set TIRAGE_DATA to the shared data")
    result = []
    for path in paths[:count]:
        codes = np.asarray(Image.open(path).convert("RGB"), np.float32).transpose(2, 0, 1) / 255
        result.append(codes[:, : codes.shape[1] // 2 * 2, : codes.shape[2] // 2 * 2])
    return result


def mosaicked(picture: np.ndarray) -> np.ndarray:
    """What an RGGB sensor keeps of a picture (3, H, W)."""
    mosaic = picture[1].copy()
    mosaic[0::2, 0::2], mosaic[1::2, 1::2] = picture[0, 0::2, 0::2], picture[2, 1::2, 1::2]
    return mosaic


def cpsnr(truth: np.ndarray, estimate: np.ndarray) -> float:
    """CPSNR of pictures (3, H, W) of 0..1, rounded to 8 bits, without their BORDER."""
    inside = (slice(None), slice(BORDER, -BORDER), slice(BORDER, -BORDER))
    error = np.rint(255 * truth[inside]) - np.clip(np.rint(255 * estimate[inside]), 0, 255)
    return float(10 * np.log10(255**2 / np.mean(error.astype(np.float64) ** 2)))


def psnr(truth: np.ndarray, estimate: np.ndarray) -> float:
    """PSNR of pictures (3, H, W) of 0..1, not rounded, without their BORDER."""
    inside = (slice(None), slice(BORDER, -BORDER), slice(BORDER, -BORDER))
    error = truth[inside].astype(np.float64) - np.clip(estimate[inside], 0, 1)
    return float(-10 * np.log10(np.mean(error**2)))
