"""DNG: a RawFrame as a file that any RAW editor opens (Adobe DNG specification 1.7.1).

With a preview, the first directory holds that, a JPEG, beside all that is said of the shot and its colours, and a
sub-directory the RAW image; without, one directory holds everything. The mosaic (or three planes) are 16-bit integers
in one strip, uncompressed by default, so that readers can map them. No clock: the same frame makes the same bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..opcodes.encode import encode
from ..photo.errors import UsageError
from ..photo.frame import BAYER_PATTERNS, CameraColour, Illuminant, RawFrame
from ..photo.image import DisplayImage
from . import dng_preview, exif, provenance
from .atomic import replacing
from .dng_profile import OTHER_LIGHT, gain_table_map_tags, least_version, light_source, profile_tags
from .ifd import ASCII, BYTE, DIRECTORY, DOUBLE, HEADER, LONG, RATIONAL, SHORT, SRATIONAL, UNDEFINED, encode_directory

#: Compression -> TIFF code.
COMPRESSIONS = {"none": 1, "lossless-jpeg": 7}

STRIP_OFFSETS, STRIP_BYTES, _SUB_IFDS = 0x0111, 0x0117, 0x014A
_MOSAIC, _LINEAR_RAW = 32803, 34892

#: CalibrationIlluminant, IlluminantData, CameraCalibration, ColorMatrix, ForwardMatrix of each of three calibrations.
_CALIBRATIONS = (
    (50778, 52533, 50723, 50721, 50964),
    (50779, 52534, 50724, 50722, 50965),
    (52529, 52535, 52530, 52531, 52532),
)

#: Denominators of rationals: decimal fractions of up to six digits, as DNG writers use, are written as such; all else
#: as finely as 32 bits allow, which is as fine as float64 for numbers about 1.
_FINEST = 1_000_000

#: ExposureTime, FNumber.
_ABOVE_ZERO = {0x829A, 0x829D}

Tags = dict[int, tuple[int, Any]]


def write_dng(
    frame: RawFrame,
    path: str | Path,
    *,
    preview: Callable[[RawFrame], DisplayImage | None] | None = None,
    compression: str = "none",
    overwrite: bool = True,
    strip_gps: bool = False,
) -> Path:
    """Write `frame` to `path` and return the path. `compression` is "none" or "lossless-jpeg".

    The mosaic must be uint16; it comes back equal, as do levels, crops, gains, opcodes and the camera profile. Matrices
    are the nearest rationals, calibrations whose light has neither a name in EXIF nor a chromaticity get the nearest
    that has. `preview` gives `frame` developed, not turned upright: the file's Orientation is for both.
    Raises UsageError for a frame that a DNG can't hold, FileError when the disk refuses.
    """
    if compression not in COMPRESSIONS:
        raise UsageError(f"unknown compression {compression!r}; it may be {', '.join(COMPRESSIONS)}")
    _check(frame)
    shown = None if preview is None else preview(frame)
    pixels = frame.mosaic if frame.cfa else frame.mosaic.transpose(1, 2, 0)
    data = np.ascontiguousarray(pixels, "<u2").data if compression == "none" else _lossless_jpeg(pixels)
    raw = _layout_tags(frame, compression) | _level_tags(frame) | _operation_tags(frame)
    main = _version_tags(frame) | _colour_tags(frame) | _shot_tags(frame, strip_gps)
    pieces = [(raw, memoryview(data))]
    if shown is None:
        main |= raw
        pieces = [(main, memoryview(data))]
    else:
        jpeg = dng_preview.encoded(shown)
        main |= dng_preview.tags(shown)
        pieces.insert(0, (main, memoryview(jpeg)))
        main[_SUB_IFDS] = (DIRECTORY, raw)
    with replacing(path, overwrite=overwrite) as file:
        _save(file, main, pieces)
    return Path(path)


def _save(file: BinaryIO, main: Tags, pieces: list[tuple[Tags, memoryview]]) -> None:
    """The header, the directories, and behind them the strips, whose places their directories learn first."""
    start = len(HEADER) + 4
    for directory, data in pieces:
        directory |= {STRIP_OFFSETS: (LONG, 0), STRIP_BYTES: (LONG, data.nbytes)}
    place = start + len(encode_directory(main, start))
    for directory, data in pieces:
        place += place % 2
        directory[STRIP_OFFSETS] = (LONG, place)
        place += data.nbytes
    file.write(HEADER + struct.pack("<I", start) + encode_directory(main, start))
    for _, data in pieces:
        file.write(b"\0" * (file.tell() % 2))
        file.write(data)


def _check(frame: RawFrame) -> None:
    """Raise UsageError for what the file can't hold."""
    if frame.mosaic.dtype not in ("<u2", ">u2"):
        raise UsageError(f"a DNG holds uint16 pixels here, not {frame.mosaic.dtype}; round the mosaic first")
    if frame.mosaic.ndim != (2 if frame.cfa else 3) or frame.mosaic.size == 0:
        raise UsageError(f"a frame of shape {frame.mosaic.shape} is no mosaic (H, W) and no planes (3, H, W)")
    if frame.cfa is not None and frame.cfa not in BAYER_PATTERNS:
        raise UsageError(f"colour filters {frame.cfa!r} can't be written; they may be {', '.join(BAYER_PATTERNS)}")
    if not 1 <= len(frame.colour.illuminants) <= 3:
        raise UsageError("a DNG needs one to three colour calibrations, each with a ColorMatrix")
    if not ((frame.white_level > 0) & (frame.white_level < 2**32)).all():
        raise UsageError("a WhiteLevel can't be written to a DNG; it may be 1 to 4294967295")
    real = [one.gains for one in frame.lens_shading]
    real += [] if frame.noise_profile is None else [frame.noise_profile]
    if not all(np.isfinite(values).all() for values in real):
        raise UsageError("the frame's NoiseProfile and shading gains must be finite numbers")
    if frame.mosaic.nbytes > 2**32 - 2**24:
        raise UsageError(f"{frame.width} x {frame.height} pixels are too many for a DNG, which ends at 4 GB")


def _layout_tags(frame: RawFrame, compression: str) -> Tags:
    """How the pixels lie in the file and which of them make the picture."""
    samples = 1 if frame.cfa else 3
    crop = frame.default_crop
    tags: Tags = {
        0x00FE: (LONG, 0),  # NewSubfileType: the main image
        0x0100: (LONG, frame.width),
        0x0101: (LONG, frame.height),
        0x0102: (SHORT, [16] * samples),  # BitsPerSample
        0x0103: (SHORT, COMPRESSIONS[compression]),
        0x0106: (SHORT, _MOSAIC if frame.cfa else _LINEAR_RAW),
        0x0115: (SHORT, samples),
        0x0116: (LONG, frame.height),  # RowsPerStrip
        0x011C: (SHORT, 1),  # PlanarConfiguration: samples of a pixel together
        50718: (RATIONAL, _rationals(frame.default_scale)),
        50719: (LONG, [crop.left, crop.top]),  # DefaultCropOrigin
        50720: (LONG, [crop.width, crop.height]),  # DefaultCropSize
        50829: (LONG, [0, 0, frame.height, frame.width]),  # ActiveArea
        51125: (RATIONAL, _rationals(frame.default_user_crop)),
    }
    if frame.cfa:
        tags[0x828D] = (SHORT, [2, 2])  # CFARepeatPatternDim
        tags[0x828E] = (BYTE, bytes("RGB".index(letter) for letter in frame.cfa))  # CFAPattern
        tags[50710] = (BYTE, b"\0\1\2")  # CFAPlaneColor
        tags[50711] = (SHORT, 1)  # CFALayout: rectangular
    return tags


def _version_tags(frame: RawFrame) -> Tags:
    """DNGVersion, and the oldest that a reader must know to render the file right."""
    version, oldest = (1, 4, 0, 0), (1, 1, 0, 0)
    if len(frame.colour.illuminants) > 2 or any(map(_needs_data, frame.colour.illuminants)):
        version = oldest = (1, 6, 0, 0)
    needed = [one.dng_version for one in (*frame.opcode_list_2, *frame.opcode_list_3) if not one.optional]
    brought = [] if frame.profile is None else [least_version(frame.profile)]
    return {
        50706: (BYTE, bytes(max([version, *needed, *brought]))),  # DNGVersion
        50707: (BYTE, bytes(max([oldest, *needed]))),  # DNGBackwardVersion
        0x0112: (SHORT, frame.orientation),
    }


def _needs_data(light: Illuminant) -> bool:
    return light_source(light) == OTHER_LIGHT


def _level_tags(frame: RawFrame) -> Tags:
    """Black, white and noise."""
    tags: Tags = {
        50713: (SHORT, list(frame.black_level.shape[:2])),  # BlackLevelRepeatDim
        50714: (RATIONAL, _rationals(frame.black_level.ravel())),
        50717: (LONG, [round(float(white)) for white in frame.white_level]),
    }
    for tag, delta in ((50715, frame.black_level_delta_h), (50716, frame.black_level_delta_v)):
        if delta is not None:
            tags[tag] = (SRATIONAL, _rationals(delta, signed=True))
    if frame.noise_profile is not None:
        tags[51041] = (DOUBLE, np.ravel(frame.noise_profile).tolist())
    return tags


def _colour_tags(frame: RawFrame) -> Tags:
    """Calibrations, the shot's white and exposure, and the profile's tables."""
    tags: Tags = {50727: (RATIONAL, _rationals(frame.colour.analog_balance)), **calibration_tags(frame.colour)}
    if frame.as_shot_neutral is not None:
        tags[50728] = (RATIONAL, _rationals(frame.as_shot_neutral))
    elif frame.as_shot_white_xy is not None:
        tags[50729] = (RATIONAL, _rationals(frame.as_shot_white_xy))
    offset = 0.0 if frame.profile is None else frame.profile.baseline_exposure_offset_stops
    tags[50730] = (SRATIONAL, _rationals([frame.baseline_exposure_stops - offset], signed=True))
    if offset:
        tags[51109] = (SRATIONAL, _rationals([offset], signed=True))
    return tags if frame.profile is None else tags | profile_tags(frame.profile)


def calibration_tags(colour: CameraColour) -> Tags:
    """The calibrations of a camera, in a DNG or in a profile."""
    tags: Tags = {}
    # Without two colour matrices a reader takes the first as it is; the order of the lights is the file's.
    for numbers, illuminant in zip(_CALIBRATIONS, colour.illuminants, strict=False):
        light, light_data, calibration, color, forward = numbers
        tags[light] = (SHORT, light_source(illuminant))
        if illuminant.white_xy is not None and _needs_data(illuminant):
            x, y = _rationals(illuminant.white_xy)
            tags[light_data] = (UNDEFINED, struct.pack("<H4I", 0, *x, *y))
        matrices = {calibration: illuminant.camera_calibration, color: illuminant.color_matrix}
        matrices[forward] = illuminant.forward_matrix
        for tag, matrix in matrices.items():
            if matrix is not None:
                tags[tag] = (SRATIONAL, _rationals(np.ravel(matrix), signed=True))
    if colour.calibration_signature:
        # Both, so that the profile that the file holds counts on CameraCalibration.
        tags |= dict.fromkeys((50931, 50932), (ASCII, colour.calibration_signature))
    return tags


def _operation_tags(frame: RawFrame) -> Tags:
    """Opcode lists 2 and 3, and the gain table map, whose place is the RAW image's directory."""
    lists = {51009: frame.opcode_list_2, 51022: frame.opcode_list_3}
    tags: Tags = {tag: (UNDEFINED, encode(operations)) for tag, operations in lists.items() if operations}
    if frame.profile is not None and frame.profile.gain_table_map is not None:
        tags |= gain_table_map_tags(frame.profile.gain_table_map)
    return tags


def _shot_tags(frame: RawFrame, strip_gps: bool) -> Tags:
    """EXIF, GPS and the camera's name."""
    image, shot, gps = exif.shot(frame.metadata, frame.capture, strip_gps=strip_gps)
    shot[0x9000] = (UNDEFINED, b"0232")  # ExifVersion
    for tag in _ABOVE_ZERO & shot.keys():
        if 0 in shot[tag][1][0]:  # so some cameras say "unknown", and Adobe's SDK warns of it
            del shot[tag]
    shot |= exif.composite(frame.merged)
    make, model = frame.capture.make.strip(), frame.capture.model.strip()
    name = model if model.lower().startswith(make.lower()) else f"{make} {model}"
    tags = {**image, 0x0131: (ASCII, exif.SOFTWARE), exif.EXIF_IFD: (DIRECTORY, shot)}
    tags |= {50708: (ASCII, name or "unknown camera"), **exif.camera(frame.metadata)}  # UniqueCameraModel
    if frame.merged:
        tags[provenance.TIFF_TAG] = (BYTE, provenance.packet_of_merge(frame))
    if gps:
        tags[exif.GPS_IFD] = (DIRECTORY, gps)
    return tags


def _rationals(values: Iterable[Any], *, signed: bool = False) -> list[tuple[int, int]]:
    """Each value as the nearest fraction that 32 bits hold."""
    largest = 2**31 - 1 if signed else 2**32 - 1
    pairs = []
    for value in values:
        number = float(value)
        if not abs(number) <= largest or (number < 0 and not signed):
            raise UsageError(f"{number:g} can't be written to a DNG, whose rationals are 0 to {largest}")
        finest = max(1, int(largest / max(abs(number), 1)) - 1)
        plain = Fraction(number).limit_denominator(min(_FINEST, finest))
        fraction = plain if float(plain) == number else Fraction(number).limit_denominator(finest)
        pairs.append(fraction.as_integer_ratio())
    return pairs


def _lossless_jpeg(pixels: np.ndarray) -> bytes:
    """Lossless JPEG (ITU-T T.81, process 14), each value predicted from its left neighbour of the same filter."""
    import imagecodecs

    height, width = pixels.shape[:2]
    if max(height, width) > 65500:
        raise UsageError(f"{width} x {height} pixels are too many for one lossless JPEG; use compression 'none'")
    if pixels.ndim == 2 and width % 2 == 0:
        # Two filters share a row: as two components of half the width each is predicted from its own kind.
        pixels = pixels.reshape(height, width // 2, 2)
    return bytes(
        imagecodecs.jpeg8_encode(np.ascontiguousarray(pixels, np.uint16), lossless=True, predictor=1, bitspersample=16)
    )
