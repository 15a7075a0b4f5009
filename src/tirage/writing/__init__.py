"""Writing: a finished picture becomes a file, whole or not at all.

| format | bits | colour | holds |
|---|---|---|---|
| jpeg | 8 | 4:2:0 up to quality 92, 4:4:4 above | EXIF, XMP, ICC |
| png, png16 | 8, 16 | R'G'B' | EXIF, XMP, ICC |
| tiff16 | 16 | R'G'B', deflated | EXIF, XMP, ICC |

EXIF carries the facts of the shot, XMP the recipe and versions that make the picture again, ICC its colour space.
MakerNotes, thumbnails and the RAW file's own technical tags are dropped. No clock: same picture, same bytes.
A RawFrame becomes a DNG. Domain: (H, W, 3) uint8 or uint16, R'G'B' in `colour_space`; range: files.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..photo.errors import UsageError
from ..photo.frame import RawFrame
from ..photo.image import DisplayImage
from ..photo.recipe import COLOUR_SPACES


def write(
    photo: DisplayImage | RawFrame,
    path: Path | str,
    *,
    format: str | None = None,
    quality: int | None = None,
    overwrite: bool = True,
    strip_gps: bool = False,
    compression: str | None = None,
    preview: Callable[[RawFrame], DisplayImage | None] | None = None,
) -> Path:
    """Write `photo` to `path` and return the path.

    `format` is "jpeg", "png", "png16" or "tiff16"; by default the suffix and the bits of the pixels decide it.
    `quality` 1..100 counts for JPEG; by default it is the recipe's, 92. `strip_gps` leaves out where it was taken.
    `compression` of a RAW frame is "none", the default, or "lossless-jpeg"; a picture takes none.
    `preview` renders the picture that a RAW frame's file shows at once.
    The file appears under its name when it is complete; with `overwrite` False an existing one is never touched.

    Raises UsageError when format, suffix, bits and size do not fit, FileError when the disk refuses.
    """
    path = Path(path)
    if isinstance(photo, RawFrame):
        return _write_raw(photo, path, format, overwrite, strip_gps, compression or "none", preview)
    if not isinstance(photo, DisplayImage):
        raise UsageError(f"a {type(photo).__name__} can't be written; finish it first")
    if compression is not None:
        raise UsageError("compression is for RAW frames; pictures have their formats' own")
    from . import exif, formats, jpeg, png, provenance, tiff
    from .atomic import replacing

    quality = photo.recipe.jpeg_quality if quality is None else quality
    _check(photo, quality)
    photo = dataclasses.replace(photo, recipe=dataclasses.replace(photo.recipe, jpeg_quality=quality))
    chosen = formats.choose(path, format, bits=8 * photo.pixels.itemsize)
    formats.check_fit(chosen, photo.pixels)
    parts = exif.directory(photo, strip_gps=strip_gps), provenance.packet(photo), photo.colour_space
    with replacing(path, overwrite=overwrite) as file:
        if chosen.name == "jpeg":
            jpeg.save(file, photo.pixels, *parts, quality)
        elif chosen.name == "tiff16":
            tiff.save(file, photo.pixels, *parts)
        else:
            png.save(file, photo.pixels, *parts)
    return path


def _check(photo: DisplayImage, quality: int) -> None:
    """Raise UsageError for what no format can hold."""
    pixels = photo.pixels
    if pixels.dtype not in (np.uint8, np.uint16) or pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.size == 0:
        raise UsageError(f"a picture is (H, W, 3) of uint8 or uint16, not {pixels.shape} of {pixels.dtype}")
    if photo.colour_space not in COLOUR_SPACES:
        raise UsageError(f"unknown colour space {photo.colour_space!r}; it may be {', '.join(COLOUR_SPACES)}")
    if not 1 <= quality <= 100:
        raise UsageError(f"JPEG quality {quality} is out of range; it may be 1..100")


def _write_raw(
    frame: RawFrame,
    path: Path,
    format: str | None,
    overwrite: bool,
    strip_gps: bool,
    compression: str,
    preview: Callable[[RawFrame], DisplayImage | None] | None,
) -> Path:
    """A RAW frame becomes a DNG and nothing else."""
    from .dng import write_dng

    if format is not None or path.suffix.lower() != ".dng":
        raise UsageError(f"'{path}': a RAW frame is written as a DNG; end the name in .dng, or develop and finish it")
    if strip_gps:
        frame = dataclasses.replace(frame, metadata=dataclasses.replace(frame.metadata, gps={}))
    return write_dng(frame, path, overwrite=overwrite, compression=compression, preview=preview)
