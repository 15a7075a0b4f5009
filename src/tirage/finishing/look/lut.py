"""A look's own 3D table: read from its file, and applied to colours.

Domain and range: colours of the table's input encoding, 0..1 per channel; sRGB-encoded R'G'B'. Method: tetrahedral
interpolation between equidistant nodes (Kasson, Plouffe & Nin 1993). Limits: what lies outside 0..1 is clamped to it.
"""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ...photo.errors import FileError, UsageError
from ...photo.look import LutTable

#: Nodes along an axis that a table may have; 129^3 x 3 float32 are 26 MB.
LEAST_NODES, MOST_NODES = 2, 129
MOST_BYTES = MOST_NODES**3 * 3 * 8 + 1024
KEY = "table"


def lut_table(values: np.ndarray, where: str) -> LutTable:
    """`values` (n, n, n, 3), [blue, green, red, channel], as a look's table; UsageError naming `where` for others."""
    shape = values.shape
    nodes = shape[0] if shape else 0
    if shape != (nodes, nodes, nodes, 3) or not LEAST_NODES <= nodes <= MOST_NODES:
        raise UsageError(f"{where}: a table is (n, n, n, 3), n from {LEAST_NODES} to {MOST_NODES}, not {shape}")
    if values.dtype.kind not in "fiu" or not np.isfinite(values).all():
        raise UsageError(f"{where}: a table holds finite numbers only")
    kept = np.ascontiguousarray(values, np.float32)
    return LutTable(kept.astype(np.float64), hashlib.sha256(str(nodes).encode() + kept.tobytes()).hexdigest())


def read_table(path: Path, where: str) -> LutTable:
    """The table in the .npz file `path`; FileError where it can't be read, both errors naming the look, `where`."""
    import zipfile  # here: most looks have no table

    try:
        with zipfile.ZipFile(path) as archive:
            if any(member.file_size > MOST_BYTES for member in archive.infolist()):
                raise FileError(f"{where}: its table '{path}' is larger than any table may be")
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            if not isinstance(arrays, np.lib.npyio.NpzFile) or KEY not in arrays.files:
                raise FileError(f"{where}: its table '{path}' is no .npz file that holds an array named {KEY!r}")
            values = arrays[KEY]
    except OSError as error:
        reason = (error.strerror or "it is damaged").lower()
        raise FileError(f"{where}: its table '{path}' can't be read: {reason}") from None
    except (ValueError, EOFError, zipfile.BadZipFile, zlib.error, KeyError, MemoryError, AttributeError, TypeError):
        raise FileError(f"{where}: its table '{path}' is no .npz file, or a damaged one") from None
    return lut_table(values, f"{where}, '{path}'")


def write_table(file: BinaryIO, values: np.ndarray) -> None:
    """Write `values` (n, n, n, 3) into a look's table file, the same bytes whenever it is written."""
    import zipfile

    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(f"{KEY}.npy", (1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(entry, "w") as member:
            np.lib.format.write_array(member, np.ascontiguousarray(values, np.float32), allow_pickle=False)


def through_lut(colours: np.ndarray, table: np.ndarray) -> np.ndarray:
    """`colours` (..., 3), 0..1, through `table` (n, n, n, 3) [blue, green, red, channel]; NaN counts as 0."""
    nodes = len(table)
    place = np.nan_to_num(np.clip(colours, 0, 1), nan=0.0).reshape(-1, 3) * (nodes - 1)
    corner = np.minimum(place.astype(np.int64), nodes - 2)
    share = place - corner
    strides = np.array([1, nodes, nodes * nodes])
    order = np.argsort(-share, axis=-1, kind="stable")
    sorted_share = np.take_along_axis(share, order, axis=-1)
    flat = table.reshape(-1, 3)
    index = corner @ strides
    result = flat[index] * (1 - sorted_share[:, :1])
    for step in range(3):
        index = index + strides[order[:, step]]
        after = sorted_share[:, step + 1] if step < 2 else 0.0
        result += flat[index] * (sorted_share[:, step] - after)[:, None]
    return result.reshape(np.shape(colours))
