"""What a file says of the shot: the facts for `Capture`, and the EXIF that travels on (CIPA DC-008)."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from ..photo.errors import FileError
from ..photo.frame import Capture, Metadata
from .tags import Tag
from .tiff import Directory

#: Of the main directory, what tells of the picture and not of how its pixels lie in the file.
_IMAGE = (
    *(Tag.ImageDescription, Tag.Make, Tag.Model, Tag.Orientation, Tag.Software, Tag.DateTime),
    *(Tag.Artist, Tag.HostComputer, Tag.Copyright, Tag.UniqueCameraModel),
)
#: TIFF/EP and DNG writers may keep these in the main directory instead of an EXIF one.
_SHOT = (
    *(Tag.ExposureTime, Tag.FNumber, Tag.PhotographicSensitivity, Tag.RecommendedExposureIndex, Tag.ISOSpeed),
    *(
        Tag.DateTimeOriginal,
        Tag.DateTimeDigitized,
        Tag.OffsetTimeOriginal,
        Tag.SubSecTimeOriginal,
        Tag.FocalLength,
        Tag.LensModel,
    ),
)
#: Private, or about the stored pixels, or a pointer into the old file.
_LEFT_OUT = (Tag.MakerNote, Tag.PixelXDimension, Tag.PixelYDimension, Tag.InteroperabilityIFD, Tag.ExifCFAPattern)
#: A longer value is no fact about a shot, and would not fit into the EXIF of a JPEG.
_LONGEST_BYTES = 16384


def metadata(main: Directory) -> Metadata:
    """The EXIF of the file whose first directory is `main`; values that can't be read are left out."""
    exif, gps = main.child(Tag.ExifIFD), main.child(Tag.GPSInfo)
    shot = _values(main, _SHOT) | (_values(exif, [tag for tag in exif if tag not in _LEFT_OUT]) if exif else {})
    return Metadata(_values(main, _IMAGE), shot, _values(gps, list(gps)) if gps else {})


def _values(directory: Directory, tags: tuple[int, ...] | list[int]) -> dict[int, Any]:
    """The fields that can be read, by plain tag number; empty texts say nothing and are left out."""
    values: dict[int, Any] = {}
    for tag in tags:
        if tag not in directory:
            continue
        try:
            array = directory.array(tag)
            if array is not None and 0 < array.nbytes <= _LONGEST_BYTES and directory.value(tag) != "":
                values[int(tag)] = directory.value(tag)
        except FileError:
            continue
    return values


def capture(main: Directory, known: Metadata) -> Capture:
    """The facts of the shot; what the file leaves at zero is unknown."""
    exif = known.exif
    return Capture(
        make=_text(known.image.get(Tag.Make)),
        model=_text(known.image.get(Tag.Model)) or main.text(Tag.UniqueCameraModel),
        lens=_text(exif.get(Tag.LensModel)),
        exposure_s=_number(exif.get(Tag.ExposureTime)),
        f_number=_number(exif.get(Tag.FNumber)),
        iso=_sensitivity(exif),
        focal_length_mm=_number(exif.get(Tag.FocalLength)),
        time=_time(known),
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    """A positive number, from a number or a rational (numerator, denominator); None for anything else."""
    if isinstance(value, tuple) and len(value) == 2 and all(isinstance(part, int) for part in value) and value[1]:
        value = value[0] / value[1]
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) and value > 0 else None


def _sensitivity(exif: dict[int, Any]) -> float | None:
    """The ISO speed. PhotographicSensitivity stops at 65535; a higher one stands in the other two."""
    stated = (exif.get(tag) for tag in (Tag.PhotographicSensitivity, Tag.RecommendedExposureIndex, Tag.ISOSpeed))
    isos = [iso for iso in (_number(value[0] if isinstance(value, tuple) else value) for value in stated) if iso]
    return None if not isos else max(isos) if isos[0] >= 65535 else isos[0]


def _time(known: Metadata) -> dt.datetime | None:
    """When the shutter opened, with the offset from UTC where the file states it."""
    exif = known.exif  # DateTime, of the main directory, is when the file was last changed
    stated = _text(exif.get(Tag.DateTimeOriginal)) or _text(exif.get(Tag.DateTimeDigitized))
    fraction = _text(exif.get(Tag.SubSecTimeOriginal))
    try:
        time = dt.datetime.fromisoformat(f"{stated[:10].replace(':', '-')}T{stated[11:19]}")
    except ValueError:
        return None
    if fraction.isascii() and fraction.isdigit():
        time = time.replace(microsecond=int(fraction[:6].ljust(6, "0")))
    try:
        return dt.datetime.fromisoformat(time.isoformat() + _text(exif.get(Tag.OffsetTimeOriginal)))
    except ValueError:
        return time
