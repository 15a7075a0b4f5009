"""TIFF of 16 bits, deflated with horizontal differencing (TIFF 6.0; Adobe Photoshop TIFF technical note 2)."""

from __future__ import annotations

import struct
from typing import BinaryIO

import numpy as np

from ..colour import icc
from ..photo.errors import UsageError
from .exif import EXIF_IFD, PIXEL_DIMENSIONS
from .ifd import BYTE, HEADER, LONG, SHORT, UNDEFINED, Directory, encode_directory
from .provenance import TIFF_TAG

#: A strip's pixels stay in the processor's cache while they are differenced and deflated.
_STRIP_BYTES = 1 << 20
_DEFLATE, _RGB, _HORIZONTAL_DIFFERENCING = 8, 2, 2


def save(file: BinaryIO, pixels: np.ndarray, directory: Directory, xmp: bytes, colour_space: str) -> None:
    """Write `pixels` (H, W, 3) uint16 R'G'B': strips first, then the directory that points at them."""
    from imagecodecs import deflate_encode

    height, width, _ = pixels.shape
    if pixels.nbytes >= 4_000_000_000:
        raise UsageError(
            f"{width} x {height} pixels are too many for a TIFF, which ends at 4 GB; ask for a smaller size"
        )
    rows = max(1, _STRIP_BYTES // (width * 6))
    file.write(HEADER + b"\0\0\0\0")
    offsets, lengths = [], []
    for top in range(0, height, rows):
        strip = pixels[top : top + rows].astype("<u2")
        strip[:, 1:] -= pixels[top : top + rows, :-1]
        encoded = deflate_encode(strip.tobytes(), 1)
        offsets.append(file.tell())
        lengths.append(file.write(encoded))
    file.write(b"\0" * (file.tell() % 2))
    place = file.tell()
    kind, exif = directory[EXIF_IFD]
    tags = dict(directory) | {
        EXIF_IFD: (kind, {tag: field for tag, field in exif.items() if tag not in PIXEL_DIMENSIONS}),
        0x00FE: (LONG, 0),  # NewSubfileType: the picture itself
        0x0100: (LONG, width),
        0x0101: (LONG, height),
        0x0102: (SHORT, (16, 16, 16)),  # BitsPerSample
        0x0103: (SHORT, _DEFLATE),  # Compression
        0x0106: (SHORT, _RGB),  # PhotometricInterpretation
        0x0111: (LONG, offsets),  # StripOffsets
        0x0115: (SHORT, 3),  # SamplesPerPixel
        0x0116: (LONG, rows),  # RowsPerStrip
        0x0117: (LONG, lengths),  # StripByteCounts
        0x011C: (SHORT, 1),  # PlanarConfiguration: interleaved
        0x013D: (SHORT, _HORIZONTAL_DIFFERENCING),  # Predictor
        TIFF_TAG: (BYTE, xmp),
        0x8773: (UNDEFINED, icc.profile(colour_space)),
    }
    file.write(encode_directory(tags, place))
    file.seek(4)
    file.write(struct.pack("<I", place))
