"""DNG files (Adobe DNG specification 1.7.1): tags and pixels become a RawFrame.

Not applied but carried: DefaultScale, DefaultUserCrop, the operations of opcode lists 2 and 3. Not applied and not
carried: opcode list 1, embedded profiles beyond matrices, gain table maps, masks and depth maps; notes name what a file
has of these.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..photo.errors import FileError, UnsupportedFileError
from ..photo.frame import BAYER_PATTERNS, CameraColour, GainMap, Illuminant, Opcode, RawFrame, Rectangle
from . import camera_colour, levels, opcodes, pixels
from .metadata import capture, metadata
from .tags import Tag
from .tiff import Directory, directories, first_directory, is_tiff

MOSAIC, LINEAR = 32803, 34892
#: The newest DNGBackwardVersion that may be read.
_NEWEST = (1, 7, 1, 0)
_MAIN_IMAGE = 0
_RECTANGULAR = 1
#: A sensor without colours: any matrix will do, since its three equal planes are neutral under every one.
_GREY = CameraColour((Illuminant(5000.0, np.eye(3)),))


class Filters(NamedTuple):
    """The colour filters of a mosaic: `names` in reading order, None where tirage can't interpolate their layout.

    `order` holds, for red, green and blue, the plane that the colour tags count it as (CFAPlaneColor).
    """

    names: str | None
    order: list[int]
    repeat: tuple[int, int] = (2, 2)


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


def read(data: memoryview, path: Path) -> RawFrame:
    """The RAW image of a DNG file whose bytes are `data`. Raises FileError, with no path in its message."""
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
    shading, opcodes_2, opcodes_3 = _operations(image, area, notes)
    if filters is None and storage.samples == 1:
        shading = tuple(dataclasses.replace(one, planes=3) for one in shading)
    elif filters and filters.names is None and shading:
        notes.append("OpcodeList2: GainMap is not applied")
        shading = ()
    _notice(found, profile, notes)
    known = metadata(main)
    return RawFrame(
        **_sensed(image, storage, area, filters, data, path)._asdict(),
        default_crop=default_crop(image, area, notes),
        colour=colour,
        orientation=_orientation(main, notes),
        as_shot_neutral=neutral,
        as_shot_white_xy=white_xy,
        baseline_exposure_stops=levels.baseline_exposure(profile),
        noise_profile=levels.noise_profile(image.over(main), order, notes),
        lens_shading=shading,
        opcodes_2=opcodes_2,
        opcodes_3=opcodes_3,
        default_user_crop=_default_user_crop(image, notes),
        default_scale=_default_scale(image, notes),
        capture=capture(main, known),
        metadata=known,
        source=str(path),
        notes=tuple(dict.fromkeys(notes)),
    )


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


def _sensed(
    image: Directory, storage: pixels.Storage, area: Rectangle, filters: Filters | None, data: memoryview, path: Path
) -> Sensed:
    """The active area's pixels, uint16 or float32, after the LinearizationTable; and their levels."""
    if filters and storage.samples != 1:
        raise UnsupportedFileError(f"its mosaic has {storage.samples} samples per pixel; 1 belongs")
    black, white = levels.black_level(image, storage.samples), levels.white_level(image, storage)
    delta_h = levels.black_level_delta(image, Tag.BlackLevelDeltaH, area.width)
    delta_v = levels.black_level_delta(image, Tag.BlackLevelDeltaV, area.height)
    levels.check(black, [delta_h, delta_v], white)
    if filters and filters.names is None:
        return _demosaiced_by_libraw(area, filters, path)
    active = _active_pixels(image, storage, area, data, path)
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


def _active_pixels(
    image: Directory, storage: pixels.Storage, area: Rectangle, data: memoryview, path: Path
) -> np.ndarray:
    """The active area, (H, W) or (H, W, 3), uint16 or float32, after the LinearizationTable."""
    try:
        whole, is_linear = pixels.decode(storage, data), False
    except UnsupportedFileError as error:
        whole, is_linear = _pixels_from_libraw(storage, path, error), True  # LibRaw applies the table itself
    whole = _deinterleaved(image, whole)
    active = whole[area.top : area.bottom, area.left : area.right]
    if not is_linear:
        active = levels.linearised(image, active)
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
        if (top, left, bottom, right) != (0, 0, 1, 1):
            notes.append("DefaultUserCrop is not applied")
        return top, left, bottom, right
    notes.append("DefaultUserCrop makes no sense and is ignored")
    return 0.0, 0.0, 1.0, 1.0


def _default_scale(image: Directory, notes: list[str]) -> tuple[float, float]:
    """DefaultScale: horizontal and vertical, for sensors whose pixels are not square."""
    scale = image.numbers(Tag.DefaultScale)
    if scale is None:
        return 1.0, 1.0
    if len(scale) == 2 and (scale > 0.1).all() and (scale < 10).all():
        if scale[0] != scale[1]:
            notes.append("DefaultScale is not applied: its pixels are not square")
        return float(scale[0]), float(scale[1])
    notes.append("DefaultScale makes no sense and is ignored")
    return 1.0, 1.0


def _operations(
    image: Directory, area: Rectangle, notes: list[str]
) -> tuple[tuple[GainMap, ...], tuple[Opcode, ...], tuple[Opcode, ...]]:
    """The GainMaps of opcode list 2, its other operations, and opcode list 3; a note for all that is not applied."""
    list_1, list_2, list_3 = (
        opcodes.opcode_list(image.bytes(tag), tag.name) for tag in (Tag.OpcodeList1, Tag.OpcodeList2, Tag.OpcodeList3)
    )
    where = Tag.OpcodeList2.name
    maps = [opcodes.gain_map(one, area.width, area.height, where) for one in list_2 if one.code == opcodes.GAIN_MAP]
    others = tuple(one for one in list_2 if one.code != opcodes.GAIN_MAP)
    for tag, operations in ((Tag.OpcodeList1, list_1), (Tag.OpcodeList2, others), (Tag.OpcodeList3, list_3)):
        notes += [f"{tag.name}: {opcodes.name(one.code)} is not applied" for one in operations]
    return tuple(one for one in maps if one is not None), others, list_3


def _notice(found: list[Directory], profile: Directory, notes: list[str]) -> None:
    """Name what the file holds beside the RAW image and tirage leaves alone."""
    if Tag.ProfileGainTableMap in profile or Tag.ProfileGainTableMap2 in profile:
        notes.append("ProfileGainTableMap is not applied")
    kinds = {4: "a transparency mask", 8: "a depth map", 16: "an enhanced image", 0x10004: "a semantic mask"}
    for directory in found:
        kind = kinds.get(directory.integer(Tag.NewSubfileType, 0))
        if kind:
            notes.append(f"it also holds {kind}, which is not used")
