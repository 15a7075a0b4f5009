"""Encoding in NumPy: slow, obvious, sharing no code with the kernel."""

from __future__ import annotations

import numpy as np


def to_8_bit(values: np.ndarray) -> np.ndarray:
    """`values` (H, W, 3) integers 0..65535 to uint8, dithered."""
    rows, columns = np.mgrid[: values.shape[0], : values.shape[1]]
    threshold = ((columns * 49471 + rows * 37345) % 65536) / 65536
    full = np.where(values >= 32768, values + 1, values)  # 65535 becomes 65536: exactly 255
    return np.minimum(np.floor(full * 255 / 65536 + threshold[:, :, None]), 255).astype(np.uint8)
