"""The formats that a finished picture can be written in, and which one a file name asks for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..photo.errors import UsageError, nearest


@dataclass(frozen=True)
class Format:
    """A format: its name, the suffixes of its files, bits per channel, and the longest side it can have in pixels."""

    name: str
    suffixes: tuple[str, ...]
    bits: int
    largest_side: int


FORMATS = {
    "jpeg": Format("jpeg", (".jpg", ".jpeg", ".jpe"), 8, 65_500),  # libjpeg's JPEG_MAX_DIMENSION
    "png": Format("png", (".png",), 8, 1_000_000),  # libpng's PNG_USER_WIDTH_MAX
    "png16": Format("png16", (".png",), 16, 1_000_000),
    "tiff16": Format("tiff16", (".tif", ".tiff"), 16, 1_000_000),
}


def choose(path: Path | str, name: str | None = None, *, bits: int = 8) -> Format:
    """The format `name`, or else the one that the suffix of `path` means; `bits` decides where it means two.

    Raises UsageError for an unknown format, a suffix that means none, and a suffix that contradicts `name`.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    meant = [known for known in FORMATS.values() if suffix in known.suffixes]
    if suffix == ".dng":
        raise UsageError(
            f"'{path}': a DNG holds a RAW frame, not a finished picture; end the name in .jpg, .png or .tif"
        )
    if name is None:
        if not meant:
            raise UsageError(f"'{path}' does not say which format to write; end the name in .jpg, .png or .tif")
        return next((known for known in meant if known.bits == bits), meant[0])
    if name not in FORMATS:
        raise UsageError(f"unknown format {name!r}; it may be {', '.join(FORMATS)}{nearest(name, list(FORMATS))}")
    if meant and FORMATS[name] not in meant:
        raise UsageError(f"'{path}' is a name for {meant[0].name}, but the format asked for is {name}; change either")
    return FORMATS[name]


def check_fit(chosen: Format, pixels: np.ndarray) -> None:
    """Raise UsageError when `pixels` (H, W, 3) have other bits than the format holds, or a side too long for it."""
    bits = 8 * pixels.itemsize
    if bits != chosen.bits:
        fitting = " or ".join(known.name for known in FORMATS.values() if known.bits == bits)
        raise UsageError(
            f"a {chosen.name} holds {chosen.bits} bits a channel and this picture has {bits}; "
            f"write it as {fitting}, or finish it with {chosen.bits} bits"
        )
    if max(pixels.shape) > chosen.largest_side:
        raise UsageError(f"a {chosen.name} is at most {chosen.largest_side} pixels long; ask for a smaller size")
