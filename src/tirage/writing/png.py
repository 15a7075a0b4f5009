"""PNG of 8 or 16 bits with ICC profile, EXIF and XMP (PNG third edition: iCCP, eXIf, iTXt)."""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO

import numpy as np

from ..colour import icc
from .ifd import Directory, encode_file
from .provenance import PNG_KEYWORD

_HEAD = 33  # bytes of signature and IHDR


def save(file: BinaryIO, pixels: np.ndarray, directory: Directory, xmp: bytes, colour_space: str) -> None:
    """Write `pixels` (H, W, 3) uint8 or uint16 R'G'B'."""
    from imagecodecs import PNG, png_encode

    # Measured on 12 MP: nine times as fast as zlib's default level, and as small.
    encoded = png_encode(np.ascontiguousarray(pixels), level=1, strategy=PNG.STRATEGY.RLE, filter=PNG.FILTER.SUB)
    profile = icc.name(colour_space).encode() + b"\0\0" + zlib.compress(icc.profile(colour_space), 9)
    file.write(memoryview(encoded)[:_HEAD])
    file.write(_chunk(b"iCCP", profile))
    file.write(_chunk(b"eXIf", encode_file(directory)))
    file.write(_chunk(b"iTXt", PNG_KEYWORD + b"\0\0\0\0" + xmp))
    file.write(memoryview(encoded)[_HEAD:])


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
