"""EXIF of a finished picture: the facts of the shot carried over, the facts of the picture stated anew (CIPA DC-008).

Only tags named here travel. What spoke of the RAW file's pixels (CFAPattern, strips, previews, DNG tags, subject
positions, MakerNote) does not, and a value that contradicts its tag's type is left out: it comes from a stranger.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Mapping
from numbers import Integral
from typing import Any

from .. import __version__
from ..photo.frame import Capture, Metadata
from ..photo.image import DisplayImage
from .ifd import ASCII, BYTE, DIRECTORY, LONG, RATIONAL, SHORT, SRATIONAL, UNDEFINED, encode_value

SOFTWARE = f"tirage {__version__}"
EXIF_IFD, GPS_IFD = 0x8769, 0x8825
ORIENTATION, YCBCR_POSITIONING, COMPONENTS_CONFIGURATION = 0x0112, 0x0213, 0x9101
#: PixelXDimension and PixelYDimension, which a TIFF states in its own tags alone.
PIXEL_DIMENSIONS = (0xA002, 0xA003)
#: Long values that may be carried in all: a JPEG holds EXIF in one segment of 65,533 bytes.
_BUDGET = 60_000

#: Tag -> (type, count); count 0 is any.
_Table = Mapping[int, tuple[int, int]]
#: Tag -> (type, value), as `ifd` writes it.
_Fields = dict[int, tuple[int, Any]]
_IMAGE: _Table = {
    0x010E: (ASCII, 0),  # ImageDescription
    0x010F: (ASCII, 0),  # Make
    0x0110: (ASCII, 0),  # Model
    0x0132: (ASCII, 0),  # DateTime
    0x013B: (ASCII, 0),  # Artist
    0x013C: (ASCII, 0),  # HostComputer
    0x8298: (ASCII, 0),  # Copyright
}
#: UniqueCameraModel, of a DNG alone: programs choose a profile by it.
_CAMERA: _Table = {0xC614: (ASCII, 0)}
_EXIF: _Table = {
    0x829A: (RATIONAL, 1),  # ExposureTime
    0x829D: (RATIONAL, 1),  # FNumber
    0x8822: (SHORT, 1),  # ExposureProgram
    0x8827: (SHORT, 0),  # PhotographicSensitivity
    0x8830: (SHORT, 1),  # SensitivityType
    0x8831: (LONG, 1),  # StandardOutputSensitivity
    0x8832: (LONG, 1),  # RecommendedExposureIndex
    0x8833: (LONG, 1),  # ISOSpeed
    0x8834: (LONG, 1),  # ISOSpeedLatitudeyyy
    0x8835: (LONG, 1),  # ISOSpeedLatitudezzz
    0x9003: (ASCII, 0),  # DateTimeOriginal
    0x9004: (ASCII, 0),  # DateTimeDigitized
    0x9010: (ASCII, 0),  # OffsetTime
    0x9011: (ASCII, 0),  # OffsetTimeOriginal
    0x9012: (ASCII, 0),  # OffsetTimeDigitized
    0x9201: (SRATIONAL, 1),  # ShutterSpeedValue
    0x9202: (RATIONAL, 1),  # ApertureValue
    0x9203: (SRATIONAL, 1),  # BrightnessValue
    0x9204: (SRATIONAL, 1),  # ExposureBiasValue
    0x9205: (RATIONAL, 1),  # MaxApertureValue
    0x9206: (RATIONAL, 1),  # SubjectDistance
    0x9207: (SHORT, 1),  # MeteringMode
    0x9208: (SHORT, 1),  # LightSource
    0x9209: (SHORT, 1),  # Flash
    0x920A: (RATIONAL, 1),  # FocalLength
    0x9286: (UNDEFINED, 0),  # UserComment
    0x9290: (ASCII, 0),  # SubSecTime
    0x9291: (ASCII, 0),  # SubSecTimeOriginal
    0x9292: (ASCII, 0),  # SubSecTimeDigitized
    0x9400: (SRATIONAL, 1),  # Temperature
    0x9401: (RATIONAL, 1),  # Humidity
    0x9402: (RATIONAL, 1),  # Pressure
    0x9403: (SRATIONAL, 1),  # WaterDepth
    0x9404: (RATIONAL, 1),  # Acceleration
    0x9405: (SRATIONAL, 1),  # CameraElevationAngle
    0xA20B: (RATIONAL, 1),  # FlashEnergy
    0xA215: (RATIONAL, 1),  # ExposureIndex
    0xA217: (SHORT, 1),  # SensingMethod
    0xA300: (UNDEFINED, 1),  # FileSource
    0xA301: (UNDEFINED, 1),  # SceneType
    0xA402: (SHORT, 1),  # ExposureMode
    0xA403: (SHORT, 1),  # WhiteBalance
    0xA404: (RATIONAL, 1),  # DigitalZoomRatio
    0xA405: (SHORT, 1),  # FocalLengthIn35mmFilm
    0xA406: (SHORT, 1),  # SceneCaptureType
    0xA407: (SHORT, 1),  # GainControl
    0xA40C: (SHORT, 1),  # SubjectDistanceRange
    0xA420: (ASCII, 0),  # ImageUniqueID
    0xA430: (ASCII, 0),  # CameraOwnerName
    0xA431: (ASCII, 0),  # BodySerialNumber
    0xA432: (RATIONAL, 4),  # LensSpecification
    0xA433: (ASCII, 0),  # LensMake
    0xA434: (ASCII, 0),  # LensModel
    0xA435: (ASCII, 0),  # LensSerialNumber
    0xA436: (ASCII, 0),  # ImageTitle
    0xA437: (ASCII, 0),  # Photographer
    0xA43A: (ASCII, 0),  # CameraFirmware
    0xA460: (SHORT, 1),  # CompositeImage
    0xA461: (SHORT, 2),  # SourceImageNumberOfCompositeImage
}
_GPS: _Table = {
    0x00: (BYTE, 4),  # GPSVersionID
    0x01: (ASCII, 0),  # GPSLatitudeRef
    0x02: (RATIONAL, 3),  # GPSLatitude
    0x03: (ASCII, 0),  # GPSLongitudeRef
    0x04: (RATIONAL, 3),  # GPSLongitude
    0x05: (BYTE, 1),  # GPSAltitudeRef
    0x06: (RATIONAL, 1),  # GPSAltitude
    0x07: (RATIONAL, 3),  # GPSTimeStamp
    0x08: (ASCII, 0),  # GPSSatellites
    0x09: (ASCII, 0),  # GPSStatus
    0x0A: (ASCII, 0),  # GPSMeasureMode
    0x0B: (RATIONAL, 1),  # GPSDOP
    0x0C: (ASCII, 0),  # GPSSpeedRef
    0x0D: (RATIONAL, 1),  # GPSSpeed
    0x0E: (ASCII, 0),  # GPSTrackRef
    0x0F: (RATIONAL, 1),  # GPSTrack
    0x10: (ASCII, 0),  # GPSImgDirectionRef
    0x11: (RATIONAL, 1),  # GPSImgDirection
    0x12: (ASCII, 0),  # GPSMapDatum
    0x13: (ASCII, 0),  # GPSDestLatitudeRef
    0x14: (RATIONAL, 3),  # GPSDestLatitude
    0x15: (ASCII, 0),  # GPSDestLongitudeRef
    0x16: (RATIONAL, 3),  # GPSDestLongitude
    0x17: (ASCII, 0),  # GPSDestBearingRef
    0x18: (RATIONAL, 1),  # GPSDestBearing
    0x19: (ASCII, 0),  # GPSDestDistanceRef
    0x1A: (RATIONAL, 1),  # GPSDestDistance
    0x1B: (UNDEFINED, 0),  # GPSProcessingMethod
    0x1C: (UNDEFINED, 0),  # GPSAreaInformation
    0x1D: (ASCII, 0),  # GPSDateStamp
    0x1E: (SHORT, 1),  # GPSDifferential
    0x1F: (RATIONAL, 1),  # GPSHPositioningError
}


def directory(photo: DisplayImage, *, strip_gps: bool = False) -> dict[int, tuple[int, Any]]:
    """The picture's main directory with its EXIF and, unless `strip_gps`, GPS directories: all that `ifd` needs."""
    height, width = photo.pixels.shape[:2]
    image, exif, gps = shot(photo.metadata, photo.capture, strip_gps=strip_gps)
    exif |= composite(photo.merged)
    image |= {
        ORIENTATION: (SHORT, 1),
        0x011A: (RATIONAL, (72, 1)),  # XResolution: unknown, so 72, as the standard asks
        0x011B: (RATIONAL, (72, 1)),  # YResolution
        0x0128: (SHORT, 2),  # ResolutionUnit: inch
        0x0131: (ASCII, SOFTWARE),
    }
    exif |= {
        0x9000: (UNDEFINED, b"0232"),  # ExifVersion
        0xA000: (UNDEFINED, b"0100"),  # FlashpixVersion
        0xA001: (SHORT, 1 if photo.colour_space == "srgb" else 0xFFFF),  # ColorSpace: sRGB or "the profile says"
        PIXEL_DIMENSIONS[0]: (LONG, width),
        PIXEL_DIMENSIONS[1]: (LONG, height),
    }
    image[EXIF_IFD] = (DIRECTORY, exif)
    if gps:
        image[GPS_IFD] = (DIRECTORY, gps)
    return image


def shot(metadata: Metadata, capture: Capture, *, strip_gps: bool = False) -> tuple[_Fields, _Fields, _Fields]:
    """What travels of a shot: the fields of the main, the EXIF and the GPS directory, in the form that `ifd` writes."""
    carried = {**metadata.image, **metadata.exif}
    image, exif = _checked(_IMAGE, carried), _checked(_EXIF, carried)
    for group in _shot(capture):
        if next(iter(group)) not in image.keys() | exif.keys():
            image |= _checked(_IMAGE, group)
            exif |= _checked(_EXIF, group)
    gps = {} if strip_gps else _checked(_GPS, metadata.gps)
    _keep_within_budget(image, exif, gps)
    return image, exif, {0x00: (BYTE, b"\2\3\0\0"), **gps} if gps else {}


def camera(metadata: Metadata) -> _Fields:
    """What a DNG calls the camera, as the source did."""
    return _checked(_CAMERA, metadata.image)


def composite(merged: Mapping[str, Any]) -> _Fields:
    """CompositeImage and how many images there were and were used (CIPA DC-008 4.6.6.2), of a frame merged of some."""
    if not merged:
        return {}
    used = len(merged.get("frames", ()))
    return {0xA460: (SHORT, 2), 0xA461: (SHORT, [used + len(merged.get("left_out", ())), used])}


def _shot(capture: Capture) -> list[dict[int, Any]]:
    """What `capture` knows, in groups; a group serves where the source's metadata lacks its first tag."""
    iso: dict[int, Any] = {0x8827: capture.iso}
    if capture.iso and 65535 <= capture.iso < 2**32:  # the standard's way to say more: RecommendedExposureIndex
        iso = {0x8827: 65535, 0x8830: 2, 0x8832: capture.iso}
    facts = {0x010F: capture.make, 0x0110: capture.model, 0xA434: capture.lens}
    facts |= {0x829A: capture.exposure_s, 0x829D: capture.f_number, 0x920A: capture.focal_length_mm}
    return (
        [{tag: fact} for tag, fact in facts.items() if fact] + [iso] + ([_time(capture.time)] if capture.time else [])
    )


def _time(time: dt.datetime) -> dict[int, Any]:
    """When the shutter opened, which is when the picture was digitised too."""
    tags: dict[int, Any] = {}
    tags[0x9003] = tags[0x9004] = time.isoformat(" ", "seconds")[:19].replace("-", ":")
    if time.microsecond:
        tags[0x9291] = tags[0x9292] = f"{time.microsecond:06}".rstrip("0")
    if offset := time.strftime("%z"):
        tags[0x9011] = tags[0x9012] = f"{offset[:3]}:{offset[3:5]}"
    return tags


def _checked(table: _Table, facts: Mapping[int, Any]) -> dict[int, tuple[int, Any]]:
    """The `facts` that `table` names, in the form that `ifd` writes; those of a wrong type or count are left out."""
    fields = {}
    for tag, (kind, count) in table.items():
        try:
            value = _CONVERT.get(kind, _numbers)(facts[tag], count)
            written, _ = encode_value(kind, value)
        except (KeyError, IndexError, TypeError, ValueError, OverflowError, struct.error):
            continue
        if written == (count or written):
            fields[tag] = (kind, value)
    return fields


def _text(value: Any, count: int) -> str:
    """Text up to its first NUL, in UTF-8 whatever it was."""
    if isinstance(value, bytes):
        try:
            value = value.decode()
        except UnicodeDecodeError:
            value = value.decode("latin-1")
    if not isinstance(value, str):
        raise TypeError("not text")
    text = value.split("\0")[0].strip().encode(errors="replace").decode()
    if not text:
        raise ValueError("empty")
    return text


def _octets(value: Any, count: int) -> bytes:
    """Bytes; text gets the character code that UserComment and the GPS texts begin with (CIPA DC-008, 4.6.6.3)."""
    if isinstance(value, str):
        code = b"ASCII\0\0\0" if value.isascii() else b"UNICODE\0"
        return code + (value.encode() if value.isascii() else value.encode("utf-16-le", errors="replace"))
    if not isinstance(value, bytes):
        value = bytes(_numbers(value, count))
    if not value:
        raise ValueError("empty")
    return value


def _numbers(value: Any, count: int) -> tuple[int, ...]:
    items = value if isinstance(value, (tuple, list, bytes)) else (value,)
    return tuple(int(item) for item in items)


def _rationals(value: Any, count: int) -> tuple[tuple[int, int], ...]:
    """(numerator, denominator) pairs from pairs, numbers, or numerators and denominators in one flat row."""
    items = value if isinstance(value, (tuple, list)) else (value,)
    if len(items) == 2 * count and all(isinstance(item, Integral) for item in items):
        items = tuple(zip(items[::2], items[1::2], strict=True))
    return tuple(_rational(item) for item in items)


def _rational(value: Any) -> tuple[int, int]:
    """A fraction as a photographer writes it: 1/60, 2.8; pairs stay as they are."""
    if isinstance(value, (tuple, list)):
        numerator, denominator = value
        return int(numerator), int(denominator)
    from fractions import Fraction

    is_short = 0 < abs(value) < 0.25  # such exposures are one over a round number
    # Six digits, since decoders hand over single precision.
    fraction = Fraction(f"{1 / value if is_short else value:.6g}").limit_denominator(1000)
    return (1 / fraction if is_short else fraction).as_integer_ratio()


_CONVERT = {ASCII: _text, UNDEFINED: _octets, RATIONAL: _rationals, SRATIONAL: _rationals}


def _keep_within_budget(*directories: dict[int, tuple[int, Any]]) -> None:
    """Drop the longest values until all fit together."""
    sizes = [(len(encode_value(*entries[tag])[1]), tag, entries) for entries in directories for tag in entries]
    sizes.sort(key=lambda item: item[0])
    while sum(size for size, _, _ in sizes) > _BUDGET:
        _, tag, entries = sizes.pop()
        del entries[tag]
