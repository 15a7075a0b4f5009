"""Other ways to make one mosaic of several, as mosaics of light: (H, W) float32, 0 = black, 1 = clip."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np

import tirage

HAS_OPENCV = find_spec("cv2") is not None


def mean(frames: list[np.ndarray]) -> np.ndarray:
    """The frames on top of each other as they are."""
    return np.mean(frames, axis=0, dtype=np.float32)


def opencv_mtb(frames: list[np.ndarray]) -> np.ndarray:
    """Shifts of whole quads by median threshold bitmaps (Ward 2003), then the mean."""
    import cv2

    aligner = cv2.createAlignMTB(max_bits=6)
    greys = [_codes(_grey(frame)) for frame in frames]
    total = frames[0].copy()
    for frame, grey in zip(frames[1:], greys[1:], strict=True):
        shift = aligner.calculateShift(greys[0], grey)
        total += np.roll(frame, (2 * int(shift[1]), 2 * int(shift[0])), (0, 1))
    return total / np.float32(len(frames))


def opencv_ecc(frames: list[np.ndarray], cfa: str) -> np.ndarray:
    """Homographies by the enhanced correlation coefficient (Evangelidis & Psarakis 2008) from the MTB shift on.

    Frames are demosaiced (Malvar 2004), warped, and averaged at the filters' sites.
    """
    import cv2

    aligner = cv2.createAlignMTB(max_bits=6)
    grey = cv2.GaussianBlur(_grey(frames[0]), (0, 0), 1.0)
    codes = _codes(_grey(frames[0]))
    total, size = frames[0].copy(), (frames[0].shape[1], frames[0].shape[0])
    for frame in frames[1:]:
        other = cv2.GaussianBlur(_grey(frame), (0, 0), 1.0)
        shift = aligner.calculateShift(codes, _codes(_grey(frame)))
        start = np.eye(3, dtype=np.float32)
        start[0, 2], start[1, 2] = -shift[0], -shift[1]
        criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-7)
        try:
            _, warp = cv2.findTransformECC(grey, other, start, cv2.MOTION_HOMOGRAPHY, criteria, None, 5)
        except cv2.error:
            warp = start
        whole = _doubled(warp.astype(np.float64))
        rgb = tirage.demosaic(np.clip(frame, 0, None), cfa=cfa, method="malvar2004").transpose(1, 2, 0)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        moved = cv2.warpPerspective(
            np.ascontiguousarray(rgb), whole, size, flags=flags, borderMode=cv2.BORDER_REFLECT_101
        )
        for site, letter in enumerate(cfa):
            own = np.s_[site // 2 :: 2, site % 2 :: 2]
            total[own] += moved[..., "RGB".index(letter)][own]
    return total / np.float32(len(frames))


def _grey(frame: np.ndarray) -> np.ndarray:
    """The mean of each quad."""
    height, width = (side // 2 * 2 for side in frame.shape)
    quads = frame[:height, :width].reshape(height // 2, 2, width // 2, 2)
    return np.ascontiguousarray(quads.mean((1, 3), dtype=np.float32))


def _codes(grey: np.ndarray) -> np.ndarray:
    return np.clip(255 * np.sqrt(np.clip(grey, 0, 1)), 0, 255).astype(np.uint8)


def _doubled(warp: np.ndarray) -> np.ndarray:
    """A homography of quads as one of pixels: quad q is centred on pixel 2 q + 1/2."""
    scale = np.array([[2, 0, 0.5], [0, 2, 0.5], [0, 0, 1]])
    return scale @ warp @ np.linalg.inv(scale)
