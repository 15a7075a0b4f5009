"""JPEG XL pixels of a DNG 1.7 (ISO/IEC 18181-1): their header, read here, and their samples, decoded by libjxl."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..photo.errors import FileError

_CODESTREAM = b"\xff\x0a"
_CONTAINER = b"\0\0\0\x0cJXL \r\n\x87\n"
#: Header bytes that can matter; a size and a bit depth take less than thirty.
_HEAD = 64


class Header(NamedTuple):
    """What a codestream says of its samples; `bits` is 0 for floating-point ones."""

    width: int
    height: int
    bits: int


class _Bits:
    """Bit fields from the least significant bit on (ISO/IEC 18181-1, annex B)."""

    def __init__(self, data: bytes) -> None:
        self.value, self.left = int.from_bytes(data, "little"), 8 * len(data)

    def take(self, count: int) -> int:
        """The next `count` bits."""
        if count > self.left:
            raise FileError("its JPEG XL-compressed pixels have no header; the file is damaged")
        field = self.value & ((1 << count) - 1)
        self.value, self.left = self.value >> count, self.left - count
        return field

    def u32(self, *choices: tuple[int, int]) -> int:
        """One of four (offset, bits) distributions, chosen by two bits."""
        offset, count = choices[self.take(2)]
        return offset + self.take(count)


def decode(segment: bytes, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """The samples of a segment, `shape` (rows, columns) or (rows, columns, 3), uint8, uint16 or float32.

    Samples of fewer bits are scaled to the whole range of `dtype`: DNG's levels refer to that (Adobe's DNG SDK and
    the WhiteLevel 65535 of Apple's 10-bit ProRAW agree). Raises FileError for damage, or another size than `shape`.
    """
    import imagecodecs

    found = header(segment)
    if (found.height, found.width) != shape[:2]:
        raise FileError(
            f"a JPEG XL tile has {found.width} x {found.height} pixels where {shape[1]} x {shape[0]} belong"
        )
    try:
        if dtype.kind == "f":  # of 16 or 32 bits
            return imagecodecs.jpegxl_decode(segment, numthreads=1).astype(dtype, casting="safe").reshape(shape)
        pixels = imagecodecs.jpegxl_decode(segment, numthreads=1, out=np.empty(shape, dtype))
    except Exception as error:  # whatever the codec raises, the pixels can't be had
        raise FileError("its JPEG XL-compressed pixels are damaged, or not as deep as the file says") from error
    full = 8 * dtype.itemsize
    if not 0 < found.bits < full:
        return pixels
    whole, part = 2**full - 1, 2**found.bits - 1
    table = (np.arange(part + 1, dtype=np.int64) * whole + part // 2) // part
    return table.astype(dtype)[np.minimum(pixels, part)]


def header(segment: bytes) -> Header:
    """Size and bit depth (ISO/IEC 18181-1, SizeHeader and ImageMetadata)."""
    bits = _Bits(_codestream(segment))
    width, height = _size(bits)
    if bits.take(1):  # all_default
        return Header(width, height, 8)
    if bits.take(1):  # extra_fields
        bits.take(3)  # orientation
        if bits.take(1):  # have_intrinsic_size
            _size(bits)
        if bits.take(2):  # have_preview, have_animation
            raise FileError("its JPEG XL-compressed pixels hold a preview or an animation, which DNG has no use for")
    if bits.take(1):  # float_sample
        return Header(width, height, 0)
    return Header(width, height, bits.u32((8, 0), (10, 0), (12, 0), (1, 6)))


def _codestream(segment: bytes) -> bytes:
    """The first bytes of the codestream, bare or in a container of boxes, without its signature."""
    position = 0
    if segment.startswith(_CONTAINER):
        position = len(_CONTAINER)
        while position + 8 <= len(segment):
            size, kind = int.from_bytes(segment[position : position + 4], "big"), segment[position + 4 : position + 8]
            position += 8
            if size == 1:
                size = int.from_bytes(segment[position : position + 8], "big") - 8
                position += 8
            if kind in (b"jxlc", b"jxlp"):
                position += 4 * (kind == b"jxlp")  # its number among the parts
                break
            position += max(size - 8, 0) if size else len(segment)
    if segment[position : position + 2] != _CODESTREAM:
        raise FileError("its JPEG XL-compressed pixels have no header; the file is damaged")
    return segment[position + 2 : position + 2 + _HEAD]


def _size(bits: _Bits) -> tuple[int, int]:
    """SizeHeader: width and height."""
    choices = ((1, 9), (1, 13), (1, 18), (1, 30))
    small = bits.take(1)
    height = 8 * (bits.take(5) + 1) if small else bits.u32(*choices)
    ratio = bits.take(3)
    if ratio:
        over, under = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))[ratio - 1]
        return height * over // under, height
    return (8 * (bits.take(5) + 1) if small else bits.u32(*choices)), height
