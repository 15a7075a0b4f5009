"""JPEG pixels of a DNG, lossless (ITU-T T.81, annex H) or lossy: the header read here, the rest by libjpeg-turbo."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..photo.errors import FileError
from .pixels import Storage

_START, _END = b"\xff\xd8", b"\xff\xd9"
_FILL, _LOSSLESS = 0xFF, 0xC3
#: Baseline, extended, progressive, lossless, all with Huffman codes.
_FRAMES = (0xC0, 0xC1, 0xC2, _LOSSLESS)


class Header(NamedTuple):
    """What a stream says of its pixels."""

    lossless: bool
    width: int
    height: int
    components: int


def decode(segment: bytes, rows: int, columns: int, image: Storage) -> np.ndarray:
    """The pixels of a segment, (at least `rows`, at least `columns`, samples).

    A lossless mosaic is often stored as a picture of half its width with two components, or of double width with
    two rows in one: only the order of the samples counts. Raises FileError for damage, or another size than `image`'s.
    """
    import imagecodecs

    lossless, width, height, components = header(segment)
    if components != image.samples and not lossless:
        raise FileError(f"a JPEG tile has {components} components where {image.samples} belong; it is damaged")
    unpadded = width * components == columns * image.samples
    row = (columns if unpadded else image.segment_width) * image.samples
    stored, remainder = divmod(height * width * components, row)
    if remainder or not rows <= stored <= image.segment_height:
        raise FileError(
            f"a JPEG tile of {width} x {height} pixels with {components} components lies where one of "
            f"{image.segment_width} x {image.segment_height} belongs; it is damaged"
        )
    if lossless and stored * row > 8 * len(segment):  # a Huffman code is at least one bit
        raise FileError("a JPEG tile has fewer bits than pixels; it is damaged")
    if _END not in segment:  # the decoder would make up what is missing
        raise FileError("a JPEG tile has no end; the file is truncated or damaged")
    try:
        pixels = imagecodecs.jpeg8_decode(segment, tables=image.tables or None)
    except Exception as error:  # whatever the codec raises, the pixels can't be had
        raise FileError("its JPEG-compressed pixels are damaged") from error
    if pixels.dtype.itemsize > image.dtype.itemsize or pixels.size != stored * row:
        raise FileError("a JPEG tile is deeper or larger than the file says; it is damaged")
    return pixels.reshape(stored, -1, image.samples)


def header(segment: bytes) -> Header:
    """The frame header of a stream (ITU-T T.81, B.2.2); FileError when it has none."""
    position = len(_START)
    while segment.startswith(_START) and position + 10 <= len(segment) and segment[position] == _FILL:
        marker = segment[position + 1]
        if marker == _FILL:
            position += 1
        elif marker in _FRAMES:
            height, width = (int.from_bytes(segment[at : at + 2], "big") for at in (position + 5, position + 7))
            return Header(marker == _LOSSLESS, width, height, segment[position + 9])
        else:
            position += 2 + int.from_bytes(segment[position + 2 : position + 4], "big")
    raise FileError("its JPEG-compressed pixels have no frame header; the file is damaged")
