"""DNG files written from the specification alone: any byte order, layout, compression and tag, mistakes included.

Independent of tirage's reader and writer on purpose: what they misunderstand must not become the measure.
"""

from __future__ import annotations

import dataclasses
import itertools
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from ..reading.tags import Tag

BYTE, ASCII, SHORT, LONG, RATIONAL, SBYTE, UNDEFINED, SSHORT, SLONG, SRATIONAL, FLOAT, DOUBLE = range(1, 13)
LONG8 = 16
_CODES = {BYTE: "B", ASCII: "B", SHORT: "H", LONG: "I", RATIONAL: "I", SBYTE: "b", UNDEFINED: "B", SSHORT: "h"}
_CODES |= {SLONG: "i", SRATIONAL: "i", FLOAT: "f", DOUBLE: "d", LONG8: "Q"}
_RATIONALS = (RATIONAL, SRATIONAL)

MOSAIC, LINEAR = 32803, 34892
UNCOMPRESSED, JPEG, DEFLATE, LOSSY_JPEG, JPEG_XL = 1, 7, 8, 34892, 52546
_PREVIEW = 1
#: Zeros are appended to smaller files: RawTherapee takes those below 100,000 bytes for no RAW.
_LEAST_BYTES = 102_400


class Typed(NamedTuple):
    """A value with a type of its own choice, where `TYPES` does not fit."""

    kind: int
    value: Any


#: Tag -> the type that the specification gives it (the first, where it gives several).
TYPES: dict[int, int] = {
    **dict.fromkeys((Tag.NewSubfileType, Tag.ImageWidth, Tag.ImageLength, Tag.ActiveArea, Tag.WhiteLevel), LONG),
    **dict.fromkeys((Tag.DefaultCropOrigin, Tag.DefaultCropSize), LONG),
    **dict.fromkeys((Tag.CFAPattern, Tag.CFAPlaneColor, Tag.DNGVersion, Tag.DNGBackwardVersion), BYTE),
    **dict.fromkeys((Tag.Make, Tag.Model, Tag.UniqueCameraModel, Tag.ProfileName), ASCII),
    **dict.fromkeys((Tag.CameraCalibrationSignature, Tag.ProfileCalibrationSignature), ASCII),
    **dict.fromkeys((Tag.BlackLevel, Tag.DefaultScale, Tag.AnalogBalance, Tag.AsShotNeutral), RATIONAL),
    **dict.fromkeys((Tag.AsShotWhiteXY, Tag.DefaultUserCrop), RATIONAL),
    **dict.fromkeys((Tag.BlackLevelDeltaH, Tag.BlackLevelDeltaV, Tag.BaselineExposure), SRATIONAL),
    **dict.fromkeys((Tag.ColorMatrix1, Tag.ColorMatrix2, Tag.ColorMatrix3, Tag.BaselineExposureOffset), SRATIONAL),
    **dict.fromkeys((Tag.ForwardMatrix1, Tag.ForwardMatrix2, Tag.ForwardMatrix3), SRATIONAL),
    **dict.fromkeys((Tag.CameraCalibration1, Tag.CameraCalibration2, Tag.CameraCalibration3), SRATIONAL),
    **dict.fromkeys((Tag.OpcodeList1, Tag.OpcodeList2, Tag.OpcodeList3), UNDEFINED),
    **dict.fromkeys((Tag.ProfileGainTableMap, Tag.ProfileGainTableMap2), UNDEFINED),
    **dict.fromkeys((Tag.IlluminantData1, Tag.IlluminantData2, Tag.IlluminantData3), UNDEFINED),
    Tag.NoiseProfile: DOUBLE,
    Tag.ProfileHueSatMapDims: LONG,
    Tag.ProfileLookTableDims: LONG,
    Tag.ProfileToneCurve: FLOAT,
}
#: Tag number -> value; `Any` since a mapping of `Tag` is none of int to type checkers.
Tags = Mapping[Any, Any]


@dataclass(frozen=True, eq=False)
class Dng:
    """A DNG to be: stored `pixels`, (H, W) for a mosaic or one plane, (H, W, 3) for three, and tags.

    `tags` go to the directory of the RAW image, unless there are `previews`: (H, W, 3) uint8 pictures, the first in the
    main directory, the others and then the RAW image in sub-directories. `photometric` is that of the RAW image.
    `bits` per sample where they are fewer than the type's. `tile` is (height, width). `interleave` are
    RowInterleaveFactor and ColumnInterleaveFactor. `big_tiff` writes 64-bit offsets.
    """

    pixels: np.ndarray = field(repr=False)
    tags: Tags
    photometric: int = MOSAIC
    bits: int | None = None
    order: str = "<"
    compression: int = UNCOMPRESSED
    predictor: int = 1
    jpeg_components: int = 1
    jpeg_predictor: int = 1
    quality: int = 98
    tile: tuple[int, int] | None = None
    rows_per_strip: int | None = None
    interleave: tuple[int, int] = (1, 1)
    big_tiff: bool = False
    previews: tuple[np.ndarray, ...] = ()

    def but(self, tags: Tags | None = None, **changes: Any) -> Dng:
        """The same file with `tags` replaced or added (None: left out), and other fields changed."""
        merged = {**self.tags, **(tags or {})}
        present = {tag: value for tag, value in merged.items() if value is not None}
        return dataclasses.replace(self, tags=present, **changes)

    def without(self, *tags: int) -> Dng:
        """The same file as a reader sees it that does not know `tags`."""
        return self.but(dict.fromkeys(tags))

    def encoded(self) -> bytes:
        """The file."""
        writer = _Writer(self.order, self.big_tiff)
        raw = {**self._layout(writer), **self.tags}
        if not self.previews:
            return writer.finish(writer.directory(raw))
        shared = {tag for tag in raw if tag in _OF_THE_FILE}
        first, *others = [_preview(writer, pixels) for pixels in self.previews]
        inner = {tag: value for tag, value in raw.items() if tag not in shared}
        children = [writer.directory(tags) for tags in (*others, inner)]
        main = {**first, **{tag: raw[tag] for tag in shared}, Tag.SubIFDs: Typed(LONG, children)}
        return writer.finish(writer.directory(main))

    def _layout(self, writer: _Writer) -> dict[int, Any]:
        """Tags of the pixels' layout; the pixels themselves are placed in the file."""
        height, width = self.pixels.shape[:2]
        samples = self.pixels.shape[2] if self.pixels.ndim == 3 else 1
        bits = self.bits or self.pixels.dtype.itemsize * 8
        rows, columns = self.tile or (min(self.rows_per_strip or height, height), width)
        pixels = _in_fields(self.pixels, self.interleave)
        blocks = [
            self._encoded_block(_block(pixels, top, left, rows, columns, self.tile is not None), bits)
            for top in range(0, height, rows)
            for left in range(0, width, columns)
        ]
        offsets, lengths = [writer.place(block) for block in blocks], [len(block) for block in blocks]
        places = (
            {322: columns, 323: rows, 324: offsets, 325: lengths}
            if self.tile
            else {273: offsets, 278: rows, 279: lengths}
        )
        tags: dict[int, Any] = {
            Tag.NewSubfileType: 0,
            Tag.ImageWidth: width,
            Tag.ImageLength: height,
            Tag.BitsPerSample: Typed(SHORT, [bits] * samples),
            Tag.Compression: Typed(SHORT, self.compression),
            Tag.PhotometricInterpretation: Typed(SHORT, self.photometric),
            Tag.SamplesPerPixel: Typed(SHORT, samples),
            Tag.PlanarConfiguration: Typed(SHORT, 1),
            Tag.SampleFormat: Typed(SHORT, [3 if self.pixels.dtype.kind == "f" else 1] * samples),
            **{tag: Typed(LONG, value) for tag, value in places.items()},
        }
        if self.predictor != 1:
            tags[Tag.Predictor] = Typed(SHORT, self.predictor)
        for tag, factor in zip((Tag.RowInterleaveFactor, Tag.ColumnInterleaveFactor), self.interleave, strict=True):
            if factor > 1:
                tags[tag] = Typed(SHORT, factor)
        return tags

    def _encoded_block(self, block: np.ndarray, bits: int) -> bytes:
        """A strip or tile."""
        if self.compression in (UNCOMPRESSED, DEFLATE):
            plain = packed(block, bits, self.order) if self.predictor == 1 else _predicted(block, bits, self.predictor)
            return zlib.compress(plain) if self.compression == DEFLATE else plain
        import imagecodecs

        block = np.ascontiguousarray(block)
        if self.compression == JPEG:
            if block.ndim == 2 and self.jpeg_components > 1:
                block = block.reshape(len(block), -1, self.jpeg_components)
            return bytes(
                imagecodecs.jpeg8_encode(block, lossless=True, predictor=self.jpeg_predictor, bitspersample=bits)
            )
        if self.compression == LOSSY_JPEG:
            return bytes(imagecodecs.jpeg8_encode(block, level=self.quality, subsampling="444"))
        if self.compression == JPEG_XL:
            lossless = self.quality == 100
            # effort 1 of the codec writes beyond its buffer
            return bytes(imagecodecs.jpegxl_encode(block, lossless=lossless, level=self.quality, effort=4))
        raise ValueError(f"no encoder for compression {self.compression}")


#: Tags that belong to the main directory even where the RAW image has one of its own.
_OF_THE_FILE = {
    *(Tag.Make, Tag.Model, Tag.Orientation, Tag.DNGVersion, Tag.DNGBackwardVersion, Tag.UniqueCameraModel),
    *(Tag.ColorMatrix1, Tag.ColorMatrix2, Tag.CalibrationIlluminant1, Tag.CalibrationIlluminant2),
    *(Tag.AsShotNeutral, Tag.AsShotWhiteXY, Tag.BaselineExposure, Tag.AnalogBalance),
}


class _Writer:
    """Appends values and directories to the bytes of a TIFF file; directories come last, so offsets are known."""

    def __init__(self, order: str, big: bool) -> None:
        self.order, self.big = order, big
        mark = b"II" if order == "<" else b"MM"
        self.data = bytearray(
            mark + struct.pack(order + "HHHQ" if big else order + "HI", *([43, 8, 0] if big else [42]), 0)
        )

    def place(self, blob: bytes) -> int:
        """Append bytes at an even offset, which is returned."""
        self.data += b"\0" * (len(self.data) % 2)
        offset = len(self.data)
        self.data += blob
        return offset

    def directory(self, tags: Tags) -> int:
        """Append a directory and the values that don't fit into it; its offset is returned."""
        count_code, entry_code, size, place = ("Q", "HHQ", 8, "Q") if self.big else ("H", "HHI", 4, "I")
        entries = b""
        for tag, given in sorted(tags.items()):
            kind, value = given if isinstance(given, Typed) else (TYPES.get(tag, SHORT), given)
            count, blob = encoded_value(kind, value, self.order)
            inline = blob.ljust(size, b"\0") if len(blob) <= size else struct.pack(self.order + place, self.place(blob))
            entries += struct.pack(self.order + entry_code, tag, kind, count) + inline
        head = struct.pack(self.order + count_code, len(tags))
        return self.place(head + entries + b"\0" * size)

    def finish(self, first: int) -> bytes:
        """The file whose main directory is at `first`."""
        at, code = (8, "Q") if self.big else (4, "I")
        self.data[at : at + struct.calcsize(code)] = struct.pack(self.order + code, first)
        return bytes(self.data).ljust(_LEAST_BYTES, b"\0")


def encoded_value(kind: int, value: Any, order: str) -> tuple[int, bytes]:
    """Count and bytes of a TIFF value: a number or (numerator, denominator), a list or array of these, str or bytes."""
    if isinstance(value, str):
        value = value.encode() + b"\0"
    if isinstance(value, bytes):
        return len(value) // struct.calcsize(_CODES[kind]), value
    numbers = list(np.ravel(value)) if isinstance(value, np.ndarray) else value
    numbers = numbers if isinstance(numbers, list) else [numbers]
    if kind in _RATIONALS:
        pairs = [number if isinstance(number, tuple) else _ratio(number) for number in numbers]
        return len(pairs), struct.pack(f"{order}{2 * len(pairs)}{_CODES[kind]}", *itertools.chain(*pairs))
    return len(numbers), struct.pack(f"{order}{len(numbers)}{_CODES[kind]}", *numbers)


def _ratio(number: Any) -> tuple[int, int]:
    return Fraction(float(number)).limit_denominator(1_000_000).as_integer_ratio()


def packed(block: np.ndarray, bits: int, order: str) -> bytes:
    """Uncompressed samples: rows begin on bytes, samples of odd sizes follow each other, highest bit first."""
    if block.dtype.kind == "f" and bits == 24:
        return _float24(block, order)
    if bits == block.dtype.itemsize * 8:
        return block.astype(np.dtype(order + block.dtype.str[1:])).tobytes()
    values = block.reshape(len(block), -1).astype(np.uint32)
    planes = values[:, :, None] >> np.arange(bits - 1, -1, -1, dtype=np.uint32) & 1
    return np.packbits(planes.reshape(len(block), -1).astype(np.uint8), axis=1).tobytes()


def _float24(block: np.ndarray, order: str) -> bytes:
    """1 sign, 7 exponent (bias 63) and 16 mantissa bits; values that need a smaller exponent become 0."""
    codes = np.ascontiguousarray(block, np.float32).view(np.uint32)
    exponent = (codes >> 23 & 0xFF).astype(np.int64) - 127 + 63
    rounded = (codes >> 31 << 23).astype(np.int64) | (exponent << 16) | (codes >> 7 & 0xFFFF)
    values = np.where(exponent > 0, rounded, 0).astype(">u4")
    triples = values.reshape(len(block), -1, 1).view(np.uint8).reshape(len(block), -1, 4)[..., 1:]
    return np.ascontiguousarray(triples if order == ">" else triples[..., ::-1]).tobytes()


def _predicted(block: np.ndarray, bits: int, predictor: int) -> bytes:
    """Floats parted into planes of bytes by significance, then differences with the byte `step` pixels to the left."""
    step = {3: 1, 34894: 2, 34895: 4}[predictor] * (block.shape[2] if block.ndim == 3 else 1)
    size = bits // 8
    bytes_of = np.frombuffer(packed(block, bits, ">"), np.uint8).reshape(len(block), -1, size)
    parted = bytes_of.transpose(0, 2, 1).reshape(len(block), -1)
    differences = parted.copy()
    differences[:, step:] -= parted[:, :-step]
    return differences.tobytes()


def _in_fields(pixels: np.ndarray, interleave: tuple[int, int]) -> np.ndarray:
    """Every n-th row first, then the rows after these, and so on; columns as well."""
    for axis, fields in enumerate(interleave):
        order = np.concatenate([np.arange(first, pixels.shape[axis], fields) for first in range(fields)])
        pixels = np.take(pixels, order, axis=axis)
    return pixels


def _block(pixels: np.ndarray, top: int, left: int, rows: int, columns: int, padded: bool) -> np.ndarray:
    """A strip, or a tile filled up with its last row and column."""
    block = pixels[top : top + rows, left : left + columns]
    if not padded:
        return block
    missing = [(0, rows - block.shape[0]), (0, columns - block.shape[1])]
    return np.pad(block, missing + [(0, 0)] * (pixels.ndim - 2), mode="edge")


def _preview(writer: _Writer, pixels: np.ndarray) -> dict[int, Any]:
    """Tags of a preview: a small RGB picture."""
    height, width = pixels.shape[:2]
    return {
        Tag.NewSubfileType: _PREVIEW,
        Tag.ImageWidth: width,
        Tag.ImageLength: height,
        Tag.BitsPerSample: Typed(SHORT, [8, 8, 8]),
        Tag.Compression: Typed(SHORT, UNCOMPRESSED),
        Tag.PhotometricInterpretation: Typed(SHORT, 2),
        Tag.StripOffsets: Typed(LONG, writer.place(pixels.astype(np.uint8).tobytes())),
        Tag.SamplesPerPixel: Typed(SHORT, 3),
        Tag.RowsPerStrip: Typed(LONG, height),
        Tag.StripByteCounts: Typed(LONG, height * width * 3),
        Tag.PlanarConfiguration: Typed(SHORT, 1),
    }
