"""How pixels lie in the file: depths, byte orders, strips and tiles, compressions, sub-directories."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...reading.tags import Tag
from ..camera import DNG_1_4, DNG_1_7_1, NEUTRAL, bayer, mosaiced
from ..dng_file import DEFLATE, JPEG, JPEG_XL, Dng
from ..item import LOSSY, Bounds, Item
from ..scenes import lit

GROUP = "Storage"
_BITS = "DNG 1.7.1, chapter 3, BitsPerSample"
_COMPRESSION = "DNG 1.7.1, chapter 3, Compression"


def items() -> Iterator[Item]:
    """Everything that must not change the picture."""
    light = lit()
    plain = bayer(light)
    yield from _depths(light, plain)
    yield from _layouts(light, plain)
    yield from _compressions(light, plain)
    yield from _interleaved(plain)
    yield from _previews(plain)


def _depths(light: np.ndarray, plain: Dng) -> Iterator[Item]:
    for bits in (8, 10, 12, 14):
        dng = bayer(light, white=2**bits - 1).but(bits=bits)
        if bits == 8:
            dng = dng.but(pixels=dng.pixels.astype(np.uint8))
        words = f"{bits} bits per sample, packed"
        yield Item(f"bits-{bits}", words, _BITS, ("BitsPerSample",), dng, plain, bounds=Bounds(0.01, 0.05))
    for bits in (10, 12, 14):
        dng = bayer(light[:, :237], white=2**bits - 1).but(bits=bits, order=">", rows_per_strip=23)
        words = f"{bits} bits in rows that end within a byte, big-endian, in strips"
        yield Item(f"bits-{bits}-odd-rows", words, _BITS, ("BitsPerSample",), dng, bayer(light[:, :237]))
    values = mosaiced(light * NEUTRAL)
    for bits in (16, 24, 32):
        for compression, predictor in ((1, 1), (DEFLATE, 3), (DEFLATE, 34894)):
            pixels = values.astype(np.float16 if bits == 16 else np.float32)
            name = f"float-{bits}" + {1: "", 3: "-deflate", 34894: "-deflate-predictor-x2"}[predictor]
            dng = plain.but({**DNG_1_4, Tag.WhiteLevel: 1}, pixels=pixels, bits=bits)
            dng = dng.but(compression=compression, predictor=predictor, tile=(64, 80) if predictor != 1 else None)
            words = f"{bits}-bit floats" + (f", Deflate, predictor {predictor}" if predictor != 1 else "")
            used = ("BitsPerSample", "SampleFormat", "Compression", "Predictor")
            yield Item(name, words, "DNG 1.7.1, chapter 3, SampleFormat, Predictor", used, dng, plain)


def _layouts(light: np.ndarray, plain: Dng) -> Iterator[Item]:
    section = "TIFF 6.0, sections 2 and 15; DNG 1.7.1, chapter 2"
    cases: tuple[tuple[str, str, tuple[str, ...], dict[str, Any]], ...] = (
        ("big-endian", "big-endian byte order", (), {"order": ">"}),
        ("strips", "strips of 16 rows", ("RowsPerStrip",), {"rows_per_strip": 16}),
        ("strips-uneven", "strips of 13 rows, the last one shorter", ("RowsPerStrip",), {"rows_per_strip": 13}),
        ("tiles", "tiles that fit the picture", ("TileWidth", "TileLength"), {"tile": (32, 48)}),
        ("tiles-padded", "tiles that reach beyond the picture", ("TileWidth", "TileLength"), {"tile": (64, 112)}),
        ("big-tiff", "BigTIFF: offsets of 64 bits", ("DNGBackwardVersion",), {"big_tiff": True}),
    )
    for name, words, used, fields in cases:
        tags = DNG_1_7_1 if name == "big-tiff" else {}
        yield Item(name, words, section, used, plain.but(tags, **fields), plain)


def _compressions(light: np.ndarray, plain: Dng) -> Iterator[Item]:
    twelve = bayer(light, white=4095)
    cases: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("jpeg-lossless", "lossless JPEG, one component", {}),
        ("jpeg-lossless-2-components", "lossless JPEG, two components of half the width", {"jpeg_components": 2}),
        ("jpeg-lossless-tiles", "lossless JPEG in tiles, two components", {"jpeg_components": 2, "tile": (64, 112)}),
        ("jpeg-lossless-predictor-6", "lossless JPEG with its predictor 6", {"jpeg_predictor": 6}),
        ("jpeg-lossless-big-endian", "lossless JPEG in a big-endian file", {"order": ">"}),
    )
    for name, words, fields in cases:
        dng = plain.but(compression=JPEG, **fields)
        yield Item(name, words, _COMPRESSION, ("Compression",), dng, plain)
    yield Item(
        "jpeg-lossless-12-bit",
        "lossless JPEG of 12-bit samples",
        _COMPRESSION,
        ("Compression", "BitsPerSample"),
        twelve.but(compression=JPEG, bits=12),
        plain,
    )
    for name, quality in (("jpeg-xl-mosaic", 100), ("jpeg-xl-mosaic-lossy", 99)):
        fields: dict[str, Any] = {"compression": JPEG_XL, "quality": quality, "interleave": (2, 2), "tile": (160, 240)}
        dng = plain.but(DNG_1_7_1, **fields)
        words = f"JPEG XL{' (lossy)' if quality < 100 else ''} of the mosaic, its four filters side by side"
        used = ("Compression", "RowInterleaveFactor", "ColumnInterleaveFactor")
        yield Item(name, words, _COMPRESSION, used, dng, plain, bounds=Bounds() if quality == 100 else LOSSY)


def _interleaved(plain: Dng) -> Iterator[Item]:
    section = "DNG 1.7.1, chapter 4, RowInterleaveFactor, ColumnInterleaveFactor"
    tags = (Tag.RowInterleaveFactor, Tag.ColumnInterleaveFactor)
    for rows, columns in ((2, 1), (3, 1), (1, 2), (2, 2)):
        version = DNG_1_7_1 if columns > 1 else {Tag.DNGBackwardVersion: b"\1\2\0\0"}
        dng = plain.but(version, interleave=(rows, columns))
        used = tuple(tag.name for tag, factor in zip(tags, (rows, columns), strict=True) if factor > 1)
        words = f"stored as {rows} fields of rows and {columns} of columns"
        ignored = plain.but(version, pixels=_fields(plain.pixels, rows, columns))
        yield Item(f"interleave-{rows}-{columns}", words, section, used, dng, plain, ignored)


def _fields(pixels: np.ndarray, rows: int, columns: int) -> np.ndarray:
    by_row = np.concatenate([pixels[first::rows] for first in range(rows)])
    return np.concatenate([by_row[:, first::columns] for first in range(columns)], axis=1)


def _previews(plain: Dng) -> Iterator[Item]:
    """The RAW image in a sub-directory; previews are mirrored, so that they are told from it.

    Bounds are wide, since developers may match their tone to the preview.
    """
    section, used = "DNG 1.7.1, chapter 2, SubIFD trees; chapter 3, NewSubFileType", ("SubIFDs", "NewSubfileType")
    mirrored = np.rint(np.sqrt(np.clip(lit()[:, ::-1], 0, 1)) * 255).astype(np.uint8)
    small, large = mirrored[::4, ::4], mirrored.repeat(2, axis=0).repeat(2, axis=1)
    cases = (
        ("preview", "a small preview comes first, the RAW image is in a sub-directory", (small,)),
        ("preview-larger", "previews before the RAW image, one larger than it", (small, large)),
        ("preview-same-size", "a preview of the RAW image's size", (mirrored,)),
    )
    for name, words, previews in cases:
        yield Item(name, words, section, used, plain.but(previews=previews), plain, bounds=Bounds(0.05, 0.12))
