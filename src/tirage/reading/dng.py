"""DNG files (Adobe DNG specification 1.7.1): tags and pixels become a RawFrame.

Opcode list 1 and the LinearizationTable act on the pixels here. Carried, for developing: DefaultScale, DefaultUserCrop,
opcode lists 2 and 3, the embedded profile. Not carried: masks and depth maps; notes name what a file has of these.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..photo.errors import FileError, UnsupportedFileError
from ..photo.frame import BAYER_PATTERNS, CameraColour, Illuminant, RawFrame, Rectangle
from ..photo.operations import Operation
from . import camera_colour, levels, operations, pixels, plausibility
from .merge_history import merge_history
from .metadata import capture, metadata
from .profile import camera_profile
from .tags import Tag
from .tiff import Directory, directories, first_directory, is_tiff

MOSAIC, LINEAR = 32803, 34892
#: The newest DNGBackwardVersion that may be read.
_NEWEST = (1, 7, 1, 0)
_MAIN_IMAGE = 0
_RECTANGULAR = 1
#: A pixel of a sensor is no longer than this, in widths.
_MOST_OBLONG = 4.0
#: Bytes at the start of a JPEG that hold its metadata.
_JPEG_HEAD = 2**18
#: A sensor without colours: any matrix will do, since its three equal planes are neutral under every one.
_GREY = CameraColour((Illuminant(5000.0, np.eye(3)),))


class Filters(NamedTuple):
    """The colour filters of a mosaic: `names` in reading order, None where tirage can't interpolate their layout.

    `order` holds, for red, green and blue, the plane that the colour tags count it as (CFAPlaneColor).
    """

    names: str | None
    order: list[int]
    repeat: tuple[int, int] = (2, 2)


class Recording(NamedTuple):
    """Where the pixels of a file are, what they are, and what acts on them first; `notes` and `masked` get filled."""

    data: memoryview
    path: Path
    image: Directory
    storage: pixels.Storage
    area: Rectangle
    filters: Filters | None
    list_1: tuple[Operation, ...]
    notes: list[str]
    masked: list[np.ndarray]


class Sensed(NamedTuple):
    """Pixels of the active area and the levels that go with them, as `RawFrame` holds them."""

    mosaic: np.ndarray
    cfa: str | None
    black_level: np.ndarray
    white_level: np.ndarray
    black_level_delta_h: np.ndarray | None = None
    black_level_delta_v: np.ndarray | None = None


def is_dng(data: memoryview) -> bool:
    """Whether the file is a DNG: a TIFF whose main directory has a DNGVersion."""
    return is_tiff(data) and Tag.DNGVersion in first_directory(data)


def read(data: memoryview, path: Path, cfa: str = "tag") -> RawFrame:
    """The RAW image of a DNG file whose bytes are `data`, its filters and black as `plausibility.judged` has them.

    Raises FileError, with no path in its message.
    """
    found = directories(data)
    main, image = found[0], raw_image(found)
    asked = tuple(main.bytes(Tag.DNGBackwardVersion)[:4])
    if asked > _NEWEST:
        raise UnsupportedFileError(f"it asks for a reader of DNG {'.'.join(map(str, asked))}; tirage reads 1.7.1")
    profile = main.over(image)
    storage, filters = pixels.storage(image), colour_filters(image)
    area = active_area(image, storage)
    notes: list[str] = []
    if filters is None and storage.samples == 1:
        order, colour, neutral, white_xy = [0, 1, 2], _GREY, np.ones(3), None
    else:
        order = filters.order if filters else [0, 1, 2]
        colour = camera_colour.camera_colour(profile, order, notes)
        neutral, white_xy = camera_colour.as_shot_white(profile, order)
    lists = operations.opcode_lists(
        image, area, storage, notes, mosaic=filters is not None, by_libraw=bool(filters and filters.names is None)
    )
    notes += [f"it also holds {kind}, which is not used" for kind in also_holds(found)]
    known = metadata(main)
    recording = Recording(data, path, image, storage, area, filters, lists.first, notes, [])
    frame = RawFrame(
        **_sensed(recording)._asdict(),
        default_crop=operations.trimmed(default_crop(image, area, notes), lists.kept, notes),
        colour=colour,
        orientation=_orientation(main, notes),
        as_shot_neutral=neutral,
        as_shot_white_xy=white_xy,
        baseline_exposure_stops=levels.baseline_exposure(profile),
        noise_profile=levels.noise_profile(image.over(main), order, notes),
        opcode_list_2=lists.second,
        opcode_list_3=lists.third,
        profile=camera_profile(profile, notes),
        default_user_crop=_default_user_crop(image, notes),
        default_scale=_default_scale(image, notes),
        capture=capture(main, known),
        metadata=known,
        source=str(path),
        notes=tuple(dict.fromkeys(notes)),
        merged=merge_history(main),
    )
    return plausibility.judged(frame, cfa, recording.masked)


def raw_image(found: list[Directory]) -> Directory:
    """The directory of the RAW image itself: a mosaic before demosaiced pixels, previews and masks never."""
    for photometric in (MOSAIC, LINEAR):
        for directory in found:
            is_main = directory.integer(Tag.NewSubfileType, _MAIN_IMAGE) == _MAIN_IMAGE
            if is_main and directory.integer(Tag.PhotometricInterpretation, -1) == photometric:
                return directory
    raise UnsupportedFileError("it is a DNG without a RAW image, only previews are in it")


def colour_filters(image: Directory) -> Filters | None:
    """The colour filter array, relative to the active area; None for an image that is already demosaiced."""
    if image.integer(Tag.PhotometricInterpretation, -1) != MOSAIC:
        return None
    if image.integer(Tag.CFALayout, _RECTANGULAR) != _RECTANGULAR:
        raise UnsupportedFileError("CFALayout is not rectangular; tirage reads sensors with square grids only")
    rows, columns = image.integers(Tag.CFARepeatPatternDim, 2) or (2, 2)
    planes = image.integers(Tag.CFAPlaneColor) or [0, 1, 2]
    pattern = list(image.bytes(Tag.CFAPattern))
    if not (0 < rows <= 16 and 0 < columns <= 16) or len(pattern) != rows * columns:
        raise FileError(f"CFAPattern has {len(pattern)} values where CFARepeatPatternDim asks for {rows} x {columns}")
    if sorted(planes) != [0, 1, 2] or not set(pattern) <= {0, 1, 2}:
        raise UnsupportedFileError("its colour filters are not red, green and blue (CFAPlaneColor, CFAPattern)")
    order = [planes.index(colour) for colour in range(3)]
    layout = np.reshape(pattern, (rows, columns))
    quad = [int(layout[y % rows, x % columns]) for y in (0, 1) for x in (0, 1)]
    names = "".join("RGB"[colour] for colour in quad)
    repeats = all(layout[y, x] == quad[y % 2 * 2 + x % 2] for y in range(rows) for x in range(columns))
    return Filters(names if repeats and names in BAYER_PATTERNS else None, order, (rows, columns))


def active_area(image: Directory, storage: pixels.Storage) -> Rectangle:
    """ActiveArea, the whole image where the file is silent."""
    top, left, bottom, right = image.integers(Tag.ActiveArea, 4) or (0, 0, storage.height, storage.width)
    if not (0 <= top < bottom <= storage.height and 0 <= left < right <= storage.width):
        raise FileError(
            f"ActiveArea ({top}, {left}, {bottom}, {right}) is not inside the {storage.width} x {storage.height} pixels"
        )
    return Rectangle(left, top, right - left, bottom - top)


def default_crop(image: Directory, area: Rectangle, notes: list[str]) -> Rectangle:
    """DefaultCropOrigin and Size, to whole pixels and cut to the active area, relative to which they are."""
    origin, size = (image.numbers(tag, 2) for tag in (Tag.DefaultCropOrigin, Tag.DefaultCropSize))
    whole = Rectangle(0, 0, area.width, area.height)
    origin = np.zeros(2) if origin is None else origin
    size = np.array([area.width, area.height], float) if size is None else size
    if np.isfinite([*origin, *size]).all():
        first = np.clip(np.floor(origin + 0.5), 0, [area.width, area.height]).astype(int)
        last = np.clip(np.floor(origin + size + 0.5), 0, [area.width, area.height]).astype(int)
        if (last > first).all():
            return Rectangle(int(first[0]), int(first[1]), int(last[0] - first[0]), int(last[1] - first[1]))
    notes.append("DefaultCropOrigin and DefaultCropSize make no sense and are ignored")
    return whole


def _sensed(recording: Recording) -> Sensed:
    """The active area's pixels, uint16 or float32, after the LinearizationTable; and their levels."""
    image, storage, area, filters = recording.image, recording.storage, recording.area, recording.filters
    if filters and storage.samples != 1:
        raise UnsupportedFileError(f"its mosaic has {storage.samples} samples per pixel; 1 belongs")
    black, white = levels.black_level(image, storage.samples), levels.white_level(image, storage)
    delta_h = levels.black_level_delta(image, Tag.BlackLevelDeltaH, area.width)
    delta_v = levels.black_level_delta(image, Tag.BlackLevelDeltaV, area.height)
    levels.check(black, [delta_h, delta_v], white)
    if filters and filters.names is None:
        return _demosaiced_by_libraw(area, filters, recording.path)
    active = _active_pixels(recording)
    if filters:
        return Sensed(active, filters.names, black, white, delta_h, delta_v)
    if storage.samples == 1:  # a sensor without colours: its one plane stands for all three
        grey = np.broadcast_to(active, (3, *active.shape))
        return Sensed(grey, None, np.repeat(black[..., None], 3, axis=2), np.repeat(white, 3), delta_h, delta_v)
    return Sensed(active.transpose(2, 0, 1), None, black, white, delta_h, delta_v)


def _demosaiced_by_libraw(area: Rectangle, filters: Filters, path: Path) -> Sensed:
    """A mosaic of another layout than Bayer's, demosaiced by LibRaw, which knows that of Fujifilm X-Trans."""
    rows, columns = filters.repeat
    if (rows, columns) != (6, 6):
        raise UnsupportedFileError(
            f"its colour filters repeat every {rows} x {columns} pixels, a layout tirage can't develop"
        )
    from . import libraw

    planes = libraw.demosaiced(path)
    if planes.shape != (3, area.height, area.width):
        raise UnsupportedFileError("ActiveArea begins or ends where LibRaw can't demosaic its colour filters")
    return Sensed(planes, None, np.zeros((1, 1, 3)), np.full(3, 65535.0))


def _active_pixels(recording: Recording) -> np.ndarray:
    """The active area, (H, W) or (H, W, 3), uint16 or float32, after opcode list 1 and the LinearizationTable."""
    image, storage, area, filters = recording.image, recording.storage, recording.area, recording.filters
    try:
        whole, is_linear = pixels.decode(storage, recording.data), False
    except UnsupportedFileError as error:
        whole, is_linear = _pixels_from_libraw(storage, recording.path, error), True  # it applies the table itself
    whole = _deinterleaved(image, whole)
    if recording.list_1 and is_linear:
        recording.notes.append("OpcodeList1 is not applied: LibRaw decoded the pixels, which are past it")
    elif recording.list_1:
        cfa = filters.names if filters else None
        whole = operations.applied_to_stored(recording.list_1, whole, cfa, area, recording.notes)
    active = whole[area.top : area.bottom, area.left : area.right]
    if not is_linear:
        active = levels.linearised(image, active)
        if filters:
            recording.masked.extend(plausibility.masked_areas(image, area, whole))
    return active.astype(np.uint16) if active.dtype == np.uint8 else active


def _pixels_from_libraw(storage: pixels.Storage, path: Path, error: UnsupportedFileError) -> np.ndarray:
    """The stored values as LibRaw decodes them; `error` where it can't either."""
    from . import libraw

    try:
        whole = libraw.stored_values(path)
    except FileError:
        raise error from None
    if whole.shape[:2] != (storage.height, storage.width):
        raise error
    return whole


def _deinterleaved(image: Directory, pixels: np.ndarray) -> np.ndarray:
    """Rows and columns in their places, where they are stored as fields: every n-th first (RowInterleaveFactor)."""
    for axis, tag in ((0, Tag.RowInterleaveFactor), (1, Tag.ColumnInterleaveFactor)):
        fields, length = image.integer(tag, 1), pixels.shape[axis]
        if not 0 < fields <= length:
            raise FileError(f"{tag.name} is {fields}; the file is damaged")
        if fields > 1:
            stored_at = np.empty(length, np.intp)
            stored_at[np.concatenate([np.arange(field, length, fields) for field in range(fields)])] = np.arange(length)
            pixels = np.take(pixels, stored_at, axis=axis)
    return pixels


def _orientation(main: Directory, notes: list[str]) -> int:
    orientation = main.integer(Tag.Orientation, 1)
    if 1 <= orientation <= 8:
        return orientation
    notes.append(f"Orientation {orientation} is unknown; the picture is not turned")
    return 1


def _default_user_crop(image: Directory, notes: list[str]) -> tuple[float, float, float, float]:
    """DefaultUserCrop: top, left, bottom, right as fractions of the default crop."""
    crop = image.numbers(Tag.DefaultUserCrop)
    if crop is None:
        return 0.0, 0.0, 1.0, 1.0
    if len(crop) == 4 and (crop >= 0).all() and (crop <= 1).all() and (crop[:2] < crop[2:]).all():
        top, left, bottom, right = map(float, crop)
        return top, left, bottom, right
    notes.append("DefaultUserCrop makes no sense and is ignored")
    return 0.0, 0.0, 1.0, 1.0


def _default_scale(image: Directory, notes: list[str]) -> tuple[float, float]:
    """DefaultScale: horizontal and vertical, for sensors whose pixels are not square.

    Scales that would make far more or far fewer pixels than there are keep the shape they give a pixel, no more.
    """
    scale = image.numbers(Tag.DefaultScale)
    if scale is None:
        return 1.0, 1.0
    if len(scale) == 2 and np.isfinite(scale).all() and scale.min() > 0 and scale.max() / scale.min() <= _MOST_OBLONG:
        if not 0.4 <= scale.prod() <= 2.5:
            notes.append("DefaultScale would change the number of pixels; only their shape is corrected")
            scale = scale / np.sqrt(scale.prod())
        return float(scale[0]), float(scale[1])
    notes.append("DefaultScale makes no sense and is ignored")
    return 1.0, 1.0


def also_holds(found: list[Directory]) -> list[str]:
    """What the file holds beside its RAW image and previews."""
    kinds = {4: "a transparency mask", 8: "a depth map", 16: "an enhanced image", 0x10004: "a semantic mask"}
    names = []
    for directory in found:
        kind = directory.integer(Tag.NewSubfileType, 0)
        if kind in kinds:
            name = directory.text(Tag.SemanticName)
            names.append(f"{kinds[kind]} ({name})" if name else kinds[kind])
        elif kind & 1 and _has_gain_map(directory):
            names.append("an HDR gain map in its preview")
    return names


def _has_gain_map(preview: Directory) -> bool:
    """Whether a JPEG preview carries an HDR gain map, by the names that ISO 21496-1, Adobe and Apple give it."""
    try:
        offset = preview.integer(Tag.StripOffsets, 0)
    except FileError:
        return False
    data = bytes(preview.data[offset : offset + _JPEG_HEAD])
    marks = (b"urn:iso:std:iso:ts:21496", b"ns.adobe.com/hdr-gain-map", b"aux:hdrgainmap")
    return data[:2] == b"\xff\xd8" and any(mark in data for mark in marks)
