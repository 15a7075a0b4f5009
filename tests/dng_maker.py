"""Small synthetic DNGs for tests: a TIFF writer of its own, so that reading is not tested against itself.

`make_dng(path, pixels)` writes a valid Bayer DNG (or LinearRaw when pixels are (H, W, 3)). Every tag can be replaced,
added, or left out (None), every value can be given as raw bytes, so that a test can make any mistake it wants.
"""

from __future__ import annotations

import itertools
import struct
import zlib
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

BYTE, ASCII, SHORT, LONG, RATIONAL, SBYTE, UNDEFINED, SSHORT, SLONG, SRATIONAL, FLOAT, DOUBLE = range(1, 13)
_CODES = {BYTE: "B", ASCII: "s", SHORT: "H", LONG: "I", RATIONAL: "I", SBYTE: "b", UNDEFINED: "B", SSHORT: "h"}
_CODES |= {SLONG: "i", SRATIONAL: "i", FLOAT: "f", DOUBLE: "d"}

#: A plain XYZ -> camera matrix of a real sensor (row sums near 1 under daylight).
COLOR_MATRIX = (0.8020, -0.2490, -0.0640, -0.3330, 1.1310, 0.2190, -0.0390, 0.1490, 0.5550)
NEUTRAL = (0.5, 1.0, 0.625)
#: Tag -> (type, value); the value is bytes, str, a number, or a sequence of numbers, Fractions or (n, d) pairs.
Tags = Mapping[int, tuple[int, Any] | None]


def encode(kind: int, value: Any, order: str) -> tuple[int, bytes]:
    """Count and bytes of a TIFF value."""
    if isinstance(value, str):
        value = value.encode() + b"\0"
    if isinstance(value, bytes):
        size = struct.calcsize(_CODES[kind]) * (2 if kind in (RATIONAL, SRATIONAL) else 1)
        return len(value) // size, value
    items = list(value) if isinstance(value, (list, tuple, np.ndarray)) else [value]
    if kind in (RATIONAL, SRATIONAL):
        pairs = [item if isinstance(item, tuple) else _ratio(item) for item in items]
        return len(pairs), struct.pack(f"{order}{2 * len(pairs)}{_CODES[kind]}", *itertools.chain(*pairs))
    return len(items), struct.pack(f"{order}{len(items)}{_CODES[kind]}", *items)


def _ratio(number: Any) -> tuple[int, int]:
    fraction = Fraction(float(number)).limit_denominator(1_000_000)
    return fraction.numerator, fraction.denominator


class Writer:
    """Appends values and directories to the bytes of a TIFF file; directories come last, so offsets are known."""

    def __init__(self, order: str = "<") -> None:
        self.order = order
        self.data = bytearray((b"II*\0" if order == "<" else b"MM\0*") + b"\0\0\0\0")

    def place(self, blob: bytes) -> int:
        """Append bytes at an even offset, which is returned."""
        self.data += b"\0" * (len(self.data) % 2)
        offset = len(self.data)
        self.data += blob
        return offset

    def directory(self, tags: Tags, following: int = 0) -> int:
        """Append a directory and the values that don't fit into it; its offset is returned."""
        entries = b""
        present = {tag: entry for tag, entry in tags.items() if entry is not None}
        for tag, (kind, value) in sorted(present.items()):
            count, blob = encode(kind, value, self.order)
            field = blob.ljust(4, b"\0") if len(blob) <= 4 else struct.pack(self.order + "I", self.place(blob))
            entries += struct.pack(self.order + "HHI", tag, kind, count) + field
        head = struct.pack(self.order + "H", len(present))
        return self.place(head + entries + struct.pack(self.order + "I", following))

    def finish(self, first: int) -> bytes:
        """The file whose main directory is at `first`."""
        self.data[4:8] = struct.pack(self.order + "I", first)
        return bytes(self.data)


def make_dng(
    path: Path,
    pixels: np.ndarray,
    *,
    tags: Tags | None = None,
    main_tags: Tags | None = None,
    exif: Tags | None = None,
    gps: Tags | None = None,
    cfa: str = "RGGB",
    bits: int | None = None,
    order: str = "<",
    compression: int = 1,
    predictor: int = 1,
    tile: tuple[int, int] | None = None,
    rows_per_strip: int | None = None,
    in_sub_ifd: bool = False,
) -> Path:
    """Write `pixels`, (H, W) or (H, W, 3), as a DNG at `path`, which is returned.

    `tags` go to the RAW image's directory, `main_tags` to the main one; both are the same unless `in_sub_ifd`, where
    the main one holds a small preview. `tile` is (height, width). `bits` defaults to the dtype's.
    """
    writer = Writer(order)
    bits = bits or pixels.dtype.itemsize * 8
    samples = pixels.shape[2] if pixels.ndim == 3 else 1
    is_cfa = pixels.ndim == 2 and cfa != ""
    height, width = pixels.shape[:2]
    rows, columns = tile or (min(rows_per_strip or height, height), width)
    segments = [
        encode_segment(
            _segment(pixels, top, left, rows, columns, tile is not None), bits, order, compression, predictor
        )
        for top in range(0, height, rows)
        for left in range(0, width, columns)
    ]
    offsets = [writer.place(segment) for segment in segments]
    lengths = [len(segment) for segment in segments]
    image: dict[int, tuple[int, Any] | None] = {
        254: (LONG, 0),
        256: (LONG, width),
        257: (LONG, height),
        258: (SHORT, [bits] * samples),
        259: (SHORT, compression),
        262: (SHORT, 32803 if is_cfa else 34892),
        277: (SHORT, samples),
        284: (SHORT, 1),
        339: (SHORT, [3 if pixels.dtype.kind == "f" else 1] * samples),
    }
    if predictor != 1:
        image[317] = (SHORT, predictor)
    if tile:
        image |= {322: (LONG, columns), 323: (LONG, rows), 324: (LONG, offsets), 325: (LONG, lengths)}
    else:
        image |= {273: (LONG, offsets), 278: (LONG, rows), 279: (LONG, lengths)}
    if is_cfa:
        image |= {33421: (SHORT, (2, 2)), 33422: (BYTE, bytes("RGB".index(name) for name in cfa))}
        image |= {50710: (BYTE, b"\0\1\2"), 50711: (SHORT, 1)}
    main: dict[int, tuple[int, Any] | None] = {
        271: (ASCII, "Maker"),
        272: (ASCII, "Phone 1"),
        274: (SHORT, 1),
        50706: (BYTE, b"\1\4\0\0"),
        50707: (BYTE, b"\1\1\0\0"),
        50708: (ASCII, "Maker Phone 1"),
        50721: (SRATIONAL, COLOR_MATRIX),
        50728: (RATIONAL, NEUTRAL),
        50778: (SHORT, 21),
    }
    if exif:
        main[34665] = (LONG, writer.directory(exif))
    if gps:
        main[34853] = (LONG, writer.directory(gps))
    image |= dict(tags or {})
    if in_sub_ifd:
        preview = writer.place(bytes(range(48)))
        main |= {254: (LONG, 1), 256: (LONG, 4), 257: (LONG, 4), 258: (SHORT, (8, 8, 8)), 259: (SHORT, 1)}
        main |= {262: (SHORT, 2), 273: (LONG, preview), 277: (SHORT, 3), 278: (LONG, 4), 279: (LONG, 48)}
        main[330] = (LONG, writer.directory(image))
        main |= dict(main_tags or {})
    else:
        main |= image | dict(main_tags or {})
    path.write_bytes(writer.finish(writer.directory(main)))
    return path


def _segment(pixels: np.ndarray, top: int, left: int, rows: int, columns: int, padded: bool) -> np.ndarray:
    """A strip, or a tile padded with its last row and column."""
    segment = pixels[top : top + rows, left : left + columns]
    if padded:
        missing = (rows - segment.shape[0], columns - segment.shape[1])
        segment = np.pad(segment, [(0, missing[0]), (0, missing[1])] + [(0, 0)] * (pixels.ndim - 2), mode="edge")
    return segment


def encode_segment(segment: np.ndarray, bits: int, order: str, compression: int, predictor: int = 1) -> bytes:
    """The bytes of a strip or tile: 1 uncompressed, 7 lossless JPEG, 8 Deflate, 34892 lossy JPEG, 52546 JPEG XL."""
    if compression in (1, 8):
        plain = _predicted(segment, order, predictor) if predictor != 1 else _plain(segment, bits, order)
        return zlib.compress(plain) if compression == 8 else plain
    import imagecodecs

    if compression == 7:
        if segment.ndim == 2:  # liblj92 writes, libjpeg-turbo reads
            return imagecodecs.ljpeg_encode(np.ascontiguousarray(segment), bitspersample=bits)
        return imagecodecs.jpeg8_encode(np.ascontiguousarray(segment), lossless=True, bitspersample=bits)
    if compression == 34892:
        import simplejpeg

        return simplejpeg.encode_jpeg(np.ascontiguousarray(segment), quality=95, colorsubsampling="444")
    if compression == 52546:
        return imagecodecs.jpegxl_encode(np.ascontiguousarray(segment), lossless=True)
    raise ValueError(f"no encoder for compression {compression}")


def _plain(segment: np.ndarray, bits: int, order: str) -> bytes:
    if segment.dtype.kind == "f" or bits in (8, 16, 32):
        return segment.astype(segment.dtype.newbyteorder(order)).tobytes()
    values = segment.reshape(len(segment), -1).astype(np.uint32)
    planes = values[:, :, None] >> np.arange(bits - 1, -1, -1, dtype=np.uint32) & 1
    return np.packbits(planes.reshape(len(segment), -1).astype(np.uint8), axis=1).tobytes()


def _predicted(segment: np.ndarray, order: str, predictor: int) -> bytes:
    """Differences with the pixel `step` to the left; for floats, of bytes, after parting them by significance."""
    step = {2: 1, 3: 1, 34892: 2, 34893: 4, 34894: 2, 34895: 4}[predictor]
    samples = segment.shape[2] if segment.ndim == 3 else 1
    if predictor in (2, 34892, 34893):
        rows = segment.reshape(len(segment), -1)
        differences = rows.copy()
        differences[:, step * samples :] -= rows[:, : -step * samples]
        return differences.astype(differences.dtype.newbyteorder(order)).tobytes()
    size = segment.dtype.itemsize
    big = segment.astype(segment.dtype.newbyteorder(">")).reshape(len(segment), -1)
    parted = big.view(np.uint8).reshape(len(segment), -1, size).transpose(0, 2, 1).reshape(len(segment), -1)
    differences = parted.copy()
    differences[:, step * samples :] -= parted[:, : -step * samples]
    return differences.tobytes()
