"""The pixels of one TIFF/DNG image: strips or tiles, unpacked, decompressed and put together.

Sizes and places are checked against the file before anything is allocated. An uncompressed 16-bit image in the
machine's byte order that lies in one piece is not read at all: it is a view of the mapped file.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..photo.errors import FileError, UnsupportedFileError
from ..photo.threads import for_each
from .tags import Tag
from .tiff import Directory

#: Larger than any sensor; what claims more is damaged, or an attack on memory.
MOST_PIXELS = 2**29

UNCOMPRESSED, JPEG, DEFLATE, LOSSY_JPEG, JPEG_XL = 1, 7, 8, 34892, 52546
COMPRESSIONS = {
    UNCOMPRESSED: "uncompressed",
    5: "LZW",
    JPEG: "lossless JPEG",
    DEFLATE: "Deflate",
    9: "VC-5",
    LOSSY_JPEG: "lossy JPEG",
    JPEG_XL: "JPEG XL",
}

#: The code that Deflate had before TIFF took it up; some writers still use it.
_OLD_DEFLATE = 32946
_FLOAT = 3
#: Predictor -> (works on floats, step in pixels), DNG 1.7.1 "Predictor" and Adobe TIFF Technical Note 3.
_PREDICTORS = {
    1: None,
    2: (False, 1),
    3: (True, 1),
    34892: (False, 2),
    34893: (False, 4),
    34894: (True, 2),
    34895: (True, 4),
}


class Storage(NamedTuple):
    """How an image lies in its file. Segments are strips or tiles, in reading order; `places` are (offset, length).

    `tables` are the quantisation and Huffman tables that JPEG segments share, mostly none.
    """

    width: int
    height: int
    samples: int
    bits: int
    is_float: bool
    compression: int
    predictor: int
    order: str
    tables: bytes
    tiled: bool
    segment_width: int
    segment_height: int
    places: tuple[tuple[int, int], ...]

    @property
    def across(self) -> int:
        """Segments side by side."""
        return -(-self.width // self.segment_width)

    @property
    def dtype(self) -> np.dtype:
        """Of the decoded image: uint8, uint16 or float32."""
        if self.is_float or self.bits > 16:
            return np.dtype(np.float32)
        return np.dtype(np.uint8 if self.bits <= 8 else np.uint16)


def storage(directory: Directory) -> Storage:
    """How the image of `directory` lies in the file.

    Raises FileError where sizes are absurd, contradict each other or reach beyond the end of the file, and
    UnsupportedFileError for layouts that DNG does not use.
    """
    width, height = (directory.integer(tag, 0) for tag in (Tag.ImageWidth, Tag.ImageLength))
    samples = directory.integer(Tag.SamplesPerPixel, 1)
    if width <= 0 or height <= 0:
        raise FileError(f"ImageWidth and ImageLength say {width} x {height}; the file is damaged")
    if width * height > MOST_PIXELS:
        raise FileError(
            f"it claims {width} x {height} pixels, more than the {MOST_PIXELS // 10**6} million tirage reads"
        )
    if samples not in (1, 3):
        raise UnsupportedFileError(f"SamplesPerPixel is {samples}; tirage reads 1 or 3")
    if samples > 1 and directory.integer(Tag.PlanarConfiguration, 1) != 1:
        raise UnsupportedFileError("PlanarConfiguration is not 1 (interleaved), as DNG asks")
    bits = set(directory.integers(Tag.BitsPerSample) or [1])
    is_float = directory.integer(Tag.SampleFormat, 1) == _FLOAT
    right = (16, 24, 32) if is_float else range(1, 33)
    if len(bits) > 1 or not bits <= set(right):
        raise UnsupportedFileError(f"BitsPerSample is {sorted(bits)}; tirage reads one depth of 1 to 32 bits")
    if directory.integer(Tag.FillOrder, 1) != 1:
        raise UnsupportedFileError("FillOrder is not 1, as DNG asks")
    if set(directory.integers(Tag.SubTileBlockSize) or [1]) != {1}:
        raise UnsupportedFileError("SubTileBlockSize is not 1 x 1, which tirage does not read")
    compression = directory.integer(Tag.Compression, UNCOMPRESSED)
    return Storage(
        width,
        height,
        samples,
        bits.pop(),
        is_float,
        DEFLATE if compression == _OLD_DEFLATE else compression,
        directory.integer(Tag.Predictor, 1),
        directory.order,
        directory.bytes(Tag.JPEGTables),
        *_segments(directory, width, height),
    )


def _segments(directory: Directory, width: int, height: int) -> tuple[bool, int, int, tuple[tuple[int, int], ...]]:
    """Whether the image is in tiles, width and height of these or of the strips, and where each lies in the file."""
    tiled = Tag.TileOffsets in directory
    if tiled:
        offsets_tag, lengths_tag, kind = Tag.TileOffsets, Tag.TileByteCounts, "tile"
        across, down = directory.integer(Tag.TileWidth, 0), directory.integer(Tag.TileLength, 0)
    else:
        offsets_tag, lengths_tag, kind = Tag.StripOffsets, Tag.StripByteCounts, "strip"
        across, down = width, min(directory.integer(Tag.RowsPerStrip, height), height)
    if across <= 0 or down <= 0:
        raise FileError(f"its {kind}s are {across} x {down} pixels; the file is damaged")
    if across * down > 2 * width * height + 2**20:
        raise FileError(f"its {kind}s of {across} x {down} pixels are far larger than the picture; the file is damaged")
    offsets, lengths = directory.integers(offsets_tag) or [], directory.integers(lengths_tag) or []
    needed = -(-width // across) * -(-height // down)
    if len(offsets) != needed or len(lengths) != needed:
        raise FileError(
            f"{offsets_tag.name} and {lengths_tag.name} list {len(offsets)} and {len(lengths)} {kind}s where "
            f"the picture has {needed}; the file is truncated or damaged"
        )
    places = tuple(zip(offsets, lengths, strict=True))
    missing = max(offset + length for offset, length in places) - len(directory.data)
    if missing > 0:
        raise FileError(f"its pixels reach {missing} bytes beyond the end of the file; it is truncated")
    if min(min(place) for place in places) <= 0:
        raise FileError(f"{offsets_tag.name} or {lengths_tag.name} holds a zero: a {kind} has no pixels")
    return tiled, across, down, places


def decode(image: Storage, data: memoryview) -> np.ndarray:
    """The image as (H, W) or (H, W, 3) uint8, uint16 or float32, in stored units.

    It may be a view of `data`. Raises FileError when the pixels are damaged, UnsupportedFileError when
    tirage has no decoder for their compression.
    """
    shape = (image.height, image.width) + ((image.samples,) if image.samples > 1 else ())
    decoder = _decoder(image)
    whole = _mapped(image, data)
    if whole is not None:
        return whole.reshape(shape)
    try:
        out = np.empty((image.height, image.width, image.samples), image.dtype)
    except MemoryError:
        raise FileError(f"its {image.width} x {image.height} pixels don't fit into memory") from None

    def place(index: int) -> None:
        row, column = divmod(index, image.across)
        top, left = row * image.segment_height, column * image.segment_width
        offset, length = image.places[index]
        target = out[top : top + image.segment_height, left : left + image.segment_width]
        rows, columns = target.shape[:2]
        segment = decoder(data[offset : offset + length], rows, columns)
        target[...] = segment[:rows, :columns].reshape(target.shape)

    for_each(place, len(image.places))  # decoders let go of Python's lock
    return out.reshape(shape)


def _mapped(image: Storage, data: memoryview) -> np.ndarray | None:
    """All samples as a view of the file, when they lie there as the machine would hold them."""
    native = image.order == ("<" if sys.byteorder == "little" else ">")
    plain = image.compression == UNCOMPRESSED and image.bits == 16 and not image.is_float and native
    if not plain or image.segment_width != image.width or image.places[0][0] % 2:
        return None
    size = image.width * image.height * image.samples * 2
    end = image.places[0][0]
    for offset, length in image.places[:-1]:
        if offset != end or length != image.segment_height * image.width * image.samples * 2:
            return None
        end += length
    last, length = image.places[-1]
    if last != end or end + length < image.places[0][0] + size:
        return None
    return np.frombuffer(data, np.uint16, size // 2, image.places[0][0])


#: Turns the bytes of a segment into (rows, columns, samples); is told how many rows and columns the picture needs.
Decoder = Callable[[memoryview, int, int], np.ndarray]


def _decoder(image: Storage) -> Decoder:
    """The decoder of this image's segments."""
    compression = image.compression
    shape = (image.segment_width, image.samples) if image.samples > 1 else (image.segment_width,)
    name = COMPRESSIONS.get(compression, f"compression {compression}")
    if image.predictor not in _PREDICTORS or (image.predictor != 1 and compression != DEFLATE):
        raise UnsupportedFileError(
            f"Predictor {image.predictor} is unknown, or does not go with pixels stored as {name}"
        )
    if compression == UNCOMPRESSED:
        return lambda segment, rows, columns: _unpacked(segment, rows, image)
    if compression == DEFLATE:
        return lambda segment, rows, columns: _unpacked(_inflated(segment, rows, image), rows, image)
    if compression in (JPEG, LOSSY_JPEG) and image.dtype != np.float32:
        from . import jpeg

        return lambda segment, rows, columns: jpeg.decode(bytes(segment), rows, columns, image)
    if compression == JPEG_XL:
        from . import jpeg_xl

        return lambda segment, rows, columns: jpeg_xl.decode(
            bytes(segment), (image.segment_height if image.tiled else rows, *shape), image.dtype
        )
    kind = f"{image.bits}-bit {'floating-point ' if image.is_float else ''}pixels"
    raise UnsupportedFileError(
        f"its {kind} are stored as {name}, which tirage can't decode; convert it with a DNG converter"
    )


def _row_bytes(image: Storage) -> int:
    """Bytes of one uncompressed row of a segment; rows begin on whole bytes."""
    return -(-image.segment_width * image.samples * image.bits // 8)


def _unpacked(segment: memoryview | bytes, rows: int, image: Storage) -> np.ndarray:
    """The first `rows` of uncompressed bytes as (rows, columns, samples), the predictor undone."""
    needed = rows * _row_bytes(image)
    if len(segment) < needed:
        raise FileError(f"a strip or tile holds {len(segment)} bytes of pixels where {needed} belong; it is damaged")
    segment = segment[:needed]
    shape = (rows, image.segment_width, image.samples)
    predictor = _PREDICTORS[image.predictor]
    on_floats, step = predictor or (False, 1)
    if image.segment_width % step or on_floats > image.is_float:
        raise FileError(f"Predictor {image.predictor} does not go with this picture's size or kind of pixels")
    if on_floats:
        return _floats(_undo_float_predictor(segment, shape, image.bits // 8, step), ">", image.bits)
    if image.is_float:
        raw = np.frombuffer(segment, np.uint8).reshape(*shape, image.bits // 8)
        return _floats(raw, image.order, image.bits)
    if image.bits in (8, 16, 32):
        values = np.frombuffer(segment, f"{image.order}u{image.bits // 8}").reshape(shape)
    else:
        values = _unpack_bits(segment, shape, image.bits)
    if predictor is None:
        return values
    native = values.dtype.newbyteorder("=")
    return np.cumsum(values.reshape(rows, -1, step * image.samples), axis=1, dtype=native).reshape(shape)


def _unpack_bits(segment: memoryview | bytes, shape: tuple[int, int, int], bits: int) -> np.ndarray:
    """Samples of any depth, most significant bit first (DNG 1.7.1, BitsPerSample)."""
    import imagecodecs

    rows, columns, samples = shape
    dtype = np.uint8 if bits < 8 else np.uint16 if bits < 16 else np.uint32
    try:
        values = imagecodecs.packints_decode(segment, dtype, bits, runlen=columns * samples)  # type: ignore[arg-type]
    except Exception as error:  # whatever the codec raises, the pixels can't be had
        raise FileError(f"its {bits}-bit pixels can't be unpacked; the file is damaged") from error
    return values.reshape(shape)


def _floats(raw: np.ndarray, order: str, bits: int) -> np.ndarray:
    """(..., bytes) of 16-, 24- or 32-bit floats as (...) float32."""
    if bits == 24:  # sign 1, exponent 7 biased by 63, fraction 16 (DNG 1.7.1, "Floating point image data")
        raw = raw if order == ">" else raw[..., ::-1]
        top, fraction = raw[..., 0].astype(np.int32), raw[..., 1] * np.float32(256) + raw[..., 2]
        exponent = top & 0x7F
        mantissa = np.where(exponent == 0, fraction / 32768, 1 + fraction / 65536).astype(np.float32)
        value = np.ldexp(mantissa, exponent - 63)
        value[exponent == 0x7F] = np.inf
        return np.where(top & 0x80, -value, value)
    return np.ascontiguousarray(raw).view(f"{order}f{bits // 8}")[..., 0].astype(np.float32)


def _undo_float_predictor(segment: memoryview | bytes, shape: tuple[int, int, int], size: int, step: int) -> np.ndarray:
    """Big-endian bytes (rows, columns, samples, size): differences within byte planes undone (Technical Note 3)."""
    rows, columns, samples = shape
    differences = np.frombuffer(segment, np.uint8, rows * columns * samples * size)
    planes = np.cumsum(differences.reshape(rows, -1, step * samples), axis=1, dtype=np.uint8)
    return planes.reshape(rows, size, columns, samples).transpose(0, 2, 3, 1)


def _inflated(segment: memoryview, rows: int, image: Storage) -> bytes:
    """The bytes of a Deflate segment, never more than its pixels need."""
    try:
        return zlib.decompressobj().decompress(segment, rows * _row_bytes(image))
    except zlib.error as error:
        raise FileError("its Deflate-compressed pixels are damaged") from error
