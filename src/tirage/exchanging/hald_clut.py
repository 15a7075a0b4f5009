"""The HaldCLUT: a 3D table as a picture, L^3 pixels square for L^2 nodes along an axis (E. Piotrowski, 2003)."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from ..photo.errors import FileError, UsageError

DEFAULT_NODES = 64
_LEAST_LEVEL, _MOST_LEVEL = 2, 11


def nodes_of(asked: int | None) -> int:
    """Nodes along an axis; UsageError where no HaldCLUT has so many."""
    nodes = DEFAULT_NODES if asked is None else asked
    level = math.isqrt(max(nodes, 0))
    if level**2 != nodes or not _LEAST_LEVEL <= level <= _MOST_LEVEL:
        squares = ", ".join(str(one**2) for one in range(4, 9))
        raise UsageError(f"a HaldCLUT has a square number of nodes along an axis ({squares} are usual), not {nodes}")
    return nodes


def encoded(table: np.ndarray) -> bytes:
    """The PNG, 16 bits, of `table` (n, n, n, 3): red changes fastest, along the rows."""
    import imagecodecs

    side = math.isqrt(len(table)) ** 3
    codes = np.rint(table * 65535).astype(np.uint16).reshape(side, side, 3)
    return bytes(imagecodecs.png_encode(codes))


def read(path: Path) -> np.ndarray:
    """The table (n, n, n, 3) float64 of the picture at `path`; FileError where it is no HaldCLUT."""
    from ..reading.picture import read_picture

    codes = read_picture(path).pixels
    height, width = codes.shape[:2]
    level = round(width ** (1 / 3))
    if height != width or level**3 != width or not _LEAST_LEVEL <= level <= _MOST_LEVEL:
        raise FileError(
            f"'{path}' is no HaldCLUT: those are square, 64, 125, 216, 343 or 512 pixels wide, not {width} x {height}"
        )
    nodes = level**2
    return codes.reshape(nodes, nodes, nodes, 3) / np.iinfo(codes.dtype).max
