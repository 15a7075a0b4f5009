"""Files that hold demosaiced pixels, and sensors without colours."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...reading.tags import Tag
from ..camera import DNG_1_4, DNG_1_7, NEUTRAL, linear
from ..dng_file import DEFLATE, JPEG, JPEG_XL, LINEAR, LOSSY_JPEG, Dng
from ..item import LOSSY, Bounds, Item
from ..scenes import lit

GROUP = "LinearRaw"


def items() -> Iterator[Item]:
    """Three samples per pixel, and one."""
    light = lit()
    section, used = "DNG 1.7.1, chapter 3, PhotometricInterpretation 34892", ("PhotometricInterpretation",)
    twin = linear(light)
    values = light * NEUTRAL
    yield Item("linear-raw-16", "three 16-bit samples per pixel", section, used, twin, twin.but(order=">"))
    eight = _encoded_8_bit(values)
    yield Item("linear-raw-8", "three 8-bit codes with a LinearizationTable", section, used, eight, twin, bounds=LOSSY)
    for bits in (16, 32):
        pixels = values.astype(np.float16 if bits == 16 else np.float32)
        dng = twin.but({**DNG_1_4, Tag.WhiteLevel: [1, 1, 1]}, pixels=pixels)
        yield Item(f"linear-raw-float-{bits}", f"three {bits}-bit floats", section, used, dng, twin)
    float_tiles = twin.but({**DNG_1_4, Tag.WhiteLevel: [1, 1, 1]}, pixels=values.astype(np.float32))
    float_tiles = float_tiles.but(compression=DEFLATE, predictor=3, tile=(64, 64))
    yield Item(
        "linear-raw-float-deflate", "three floats, Deflate, predictor 3, tiles", section, used, float_tiles, twin
    )
    lossless = twin.but(compression=JPEG)
    yield Item("linear-raw-jpeg-lossless", "lossless JPEG of three components", section, used, lossless, twin)
    tiles = lossless.but(tile=(64, 112), order=">")
    yield Item("linear-raw-jpeg-lossless-tiles", "the same in padded tiles, big-endian", section, used, tiles, twin)
    lossy = eight.but({Tag.DNGBackwardVersion: b"\1\4\0\0"}, compression=LOSSY_JPEG)
    for name, tile in (("", None), ("-tiles", (80, 96))):
        yield Item(
            f"linear-raw-jpeg-lossy{name}",
            "lossy JPEG of three 8-bit codes, made linear by a table",
            section,
            (*used, "LinearizationTable"),
            lossy.but(tile=tile),
            twin,
            bounds=LOSSY,
        )
    for name, quality, tile in (("", 100, None), ("-lossy", 99, None), ("-tiles", 100, (80, 96))):
        dng = twin.but(DNG_1_7, compression=JPEG_XL, quality=quality, tile=tile)
        yield Item(
            f"linear-raw-jpeg-xl{name}",
            "JPEG XL of three 16-bit samples" + name.replace("-", ", "),
            section,
            used,
            dng,
            twin,
            bounds=Bounds() if quality == 100 else LOSSY,
        )
    dng = eight.but(DNG_1_7, compression=JPEG_XL, quality=100)
    yield Item(
        "linear-raw-jpeg-xl-8",
        "JPEG XL of three 8-bit codes with a LinearizationTable",
        section,
        used,
        dng,
        twin,
        bounds=LOSSY,
    )
    grey = np.repeat(light.mean(axis=-1, keepdims=True), 3, axis=-1)
    mono = linear(grey).but({Tag.WhiteLevel: 65535}, pixels=np.rint(grey[..., 0] * 65535).astype(np.uint16))
    for tag in (Tag.AsShotNeutral, Tag.ColorMatrix1, Tag.CalibrationIlluminant1):
        mono = mono.without(tag)
    yield Item(
        "monochrome",
        "a sensor without colours: one sample per pixel, no colour tags",
        section,
        used,
        mono,
        linear(grey),
    )


def _encoded_8_bit(values: np.ndarray) -> Dng:
    """Codes of a square-root curve in 8 bits, and the table that undoes it."""
    codes = np.rint(np.sqrt(np.clip(values, 0, 1)) * 255).astype(np.uint8)
    table = np.rint((np.arange(256) / 255) ** 2 * 65535).astype(int).tolist()
    return linear(np.zeros((2, 2, 3))).but({Tag.LinearizationTable: table}, pixels=codes, photometric=LINEAR)
