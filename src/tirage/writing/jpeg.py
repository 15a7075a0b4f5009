"""JPEG through libjpeg-turbo, with EXIF, XMP and ICC segments (CIPA DC-008 4.5; ISO 16684-3; ICC.1:2022 annex B.4)."""

from __future__ import annotations

import struct
from typing import BinaryIO

import numpy as np

from ..colour import icc
from ..photo.errors import UsageError
from .exif import COMPONENTS_CONFIGURATION, EXIF_IFD, YCBCR_POSITIONING
from .ifd import SHORT, UNDEFINED, Directory, encode_file
from .provenance import JPEG_HEADER

#: Up to this quality colour is kept at half resolution, as cameras do.
HALF_COLOUR_QUALITY = 92
_LARGEST_SEGMENT = 65_533


def save(file: BinaryIO, pixels: np.ndarray, directory: Directory, xmp: bytes, colour_space: str, quality: int) -> None:
    """Write `pixels` (H, W, 3) uint8 R'G'B'. Colour samples sit in the centre of their four pixels."""
    from simplejpeg import encode_jpeg

    subsampling = "420" if quality <= HALF_COLOUR_QUALITY else "444"
    if len(JPEG_HEADER + xmp) > _LARGEST_SEGMENT:
        raise UsageError("the recipe is too long for a JPEG; give the look file a shorter path")
    encoded = encode_jpeg(np.ascontiguousarray(pixels), quality, "RGB", subsampling, fastdct=False)
    exif = dict(directory[EXIF_IFD][1]) | {COMPONENTS_CONFIGURATION: (UNDEFINED, b"\1\2\3\0")}  # Y, Cb, Cr
    image = dict(directory) | {EXIF_IFD: (directory[EXIF_IFD][0], exif), YCBCR_POSITIONING: (SHORT, 1)}
    file.write(b"\xff\xd8")
    file.write(_segment(0xE1, b"Exif\0\0" + encode_file(image)))
    file.write(_segment(0xE1, JPEG_HEADER + xmp))
    for segment in _icc_segments(icc.profile(colour_space)):
        file.write(segment)
    jfif = 18 if encoded[2:4] == b"\xff\xe0" else 0  # EXIF takes the place of JFIF's APP0
    file.write(memoryview(encoded)[2 + jfif :])


def _icc_segments(profile: bytes) -> list[bytes]:
    """The profile in as many APP2 segments as it takes."""
    step = _LARGEST_SEGMENT - 14
    pieces = [profile[start : start + step] for start in range(0, len(profile), step)]
    numbered = enumerate(pieces, start=1)
    return [_segment(0xE2, b"ICC_PROFILE\0" + bytes((number, len(pieces))) + piece) for number, piece in numbered]


def _segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data
