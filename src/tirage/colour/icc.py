"""ICC profiles of the output colour spaces (ICC.1:2022, version 4): matrix and curve, 600 bytes, always the same."""

from __future__ import annotations

import functools
import struct

import numpy as np

_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_D50 = np.array([0.9642, 1.0, 0.8249])  # the profile connection space, ICC.1:2022 7.2.16
_D65 = (0.3127, 0.3290)
_PRIMARIES = {
    "srgb": ("sRGB", ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060))),
    "display-p3": ("Display P3", ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))),
}
#: IEC 61966-2-1 as parametric curve type 3: (a x + b)^g from d on, c x below.
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def name(colour_space: str) -> str:
    """What people call `colour_space`."""
    return _PRIMARIES[colour_space][0]


@functools.cache
def profile(colour_space: str) -> bytes:
    """The profile of "srgb" or "display-p3", both with the sRGB transfer function; KeyError for another name."""
    label, primaries = _PRIMARIES[colour_space]
    adaptation = _adaptation(_xyz(_D65), _D50)
    columns = np.stack([_xyz(xy) for xy in primaries], axis=1)
    columns = columns * np.linalg.solve(columns, _xyz(_D65))
    colorants = _fixed(adaptation @ columns)
    colorants[:, 1] += _fixed(_D50) - colorants.sum(axis=1)  # after rounding too, white is exactly D50
    curve = b"para" + struct.pack(">IHH", 0, 3, 0) + _fixed(_SRGB_CURVE).tobytes()
    tags = {
        b"desc": _text(label),
        b"cprt": _text("No copyright, use freely"),
        b"wtpt": b"XYZ \0\0\0\0" + _fixed(_D50).tobytes(),
        b"chad": b"sf32\0\0\0\0" + _fixed(adaptation).tobytes(),
        b"rXYZ": b"XYZ \0\0\0\0" + colorants[:, 0].tobytes(),
        b"gXYZ": b"XYZ \0\0\0\0" + colorants[:, 1].tobytes(),
        b"bXYZ": b"XYZ \0\0\0\0" + colorants[:, 2].tobytes(),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    return _assemble(tags)


def _assemble(tags: dict[bytes, bytes]) -> bytes:
    """Header, tag table and tag data; equal data is stored once (ICC.1:2022, 7.2 and 7.3)."""
    body, places, table = b"", {}, struct.pack(">I", len(tags))
    start = 128 + 4 + 12 * len(tags)
    for signature, data in tags.items():
        if data not in places:
            places[data] = start + len(body)
            body += data + b"\0" * (-len(data) % 4)
        table += signature + struct.pack(">II", places[data], len(data))
    header = struct.pack(">I4xI4s4s4s", start + len(body), 0x04400000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H4s", 2025, 1, 1, 0, 0, 0, b"acsp")  # a date of its own, not that of the run
    header = header.ljust(68, b"\0") + _fixed(_D50).tobytes()
    return header.ljust(128, b"\0") + table + body


def _xyz(xy: tuple[float, float]) -> np.ndarray:
    x, y = xy
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _adaptation(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Linear Bradford adaptation between two whites (ICC.1:2022, annex E)."""
    return np.linalg.inv(_BRADFORD) @ np.diag((_BRADFORD @ target) / (_BRADFORD @ source)) @ _BRADFORD


def _fixed(values: object) -> np.ndarray:
    """s15Fixed16Number, big-endian."""
    return np.rint(np.asarray(values, dtype=np.float64) * 65536).astype(">i4")


def _text(text: str) -> bytes:
    """multiLocalizedUnicodeType with one record, en-US."""
    data = text.encode("utf-16-be")
    return b"mluc" + struct.pack(">3I4s2I", 0, 1, 12, b"enUS", len(data), 28) + data
