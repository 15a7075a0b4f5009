"""A camera profile's tables, from the tags of a DNG or a .dcp file (DNG 1.7.1, chapters 4 and 6).

Every size is checked before anything is allocated. A table whose length contradicts its dimensions is an error; one
whose values make no sense is left out with a note: pictures can do without.
"""

from __future__ import annotations

import struct

import numpy as np

from ..photo.errors import FileError
from ..photo.profile import CameraProfile, GainTableMap, HueSatTable
from .camera_colour import calibration_light
from .levels import baseline_exposure_offset
from .tags import Tag
from .tiff import Directory

_HUE_SAT_MAPS = (Tag.ProfileHueSatMapData1, Tag.ProfileHueSatMapData2, Tag.ProfileHueSatMapData3)
#: ProfileHueSatMapEncoding, ProfileLookTableEncoding.
_LINEAR, _SRGB = 0, 1
#: Factors of saturation and value beyond this, and shifts beyond full circles, are no colour table.
_MOST_FACTOR, _MOST_DEGREES = 1000.0, 3600.0

#: Points, spacing, origin, points of a table, input weights; of the second kind also type, gamma, least and most gain.
_MAP_HEAD, _MAP_2_HEAD = "2I4dI5f", "2I4dI5fI3f"
#: ProfileGainTableMap2 DataType -> NumPy type, and the value that stands for the most gain.
_GAINS = {0: ("u1", 255.0), 1: ("u2", 65535.0), 2: ("f2", None), 3: ("f4", None)}
_MOST_GAIN = 1e6


def camera_profile(tags: Directory, notes: list[str]) -> CameraProfile | None:
    """The profile in `tags`, those of a DNG's main and RAW directories or of a .dcp; None where it holds no table.

    Remarks are added to `notes`. Raises FileError, naming the tag, when a length contradicts the dimensions.
    """
    gain_table_map = _gain_table_map(tags, notes)
    if _is_high_dynamic_range(tags):
        notes.append("ProfileDynamicRange: the embedded profile is made for HDR displays; its tables are not used")
        maps, look_table, tone_curve = [], None, None
    else:
        maps, tone_curve = _hue_sat_maps(tags, notes), _tone_curve(tags, notes)
        look_table = _table(
            tags,
            Tag.ProfileLookTableDims,
            Tag.ProfileLookTableData,
            Tag.ProfileLookTableEncoding,
            notes,
        )
    if not maps and look_table is None and tone_curve is None and gain_table_map is None:
        return None
    lights = [light for _, light in maps if light is not None]
    return CameraProfile(
        name=tags.text(Tag.ProfileName),
        copyright=tags.text(Tag.ProfileCopyright),
        cct_kelvin=tuple(kelvin for kelvin, _ in lights),
        white_xy=tuple(xy for _, xy in lights),
        hue_sat_maps=tuple(table for table, _ in maps),
        look_table=look_table,
        tone_curve=tone_curve,
        gain_table_map=gain_table_map,
        baseline_exposure_offset_stops=baseline_exposure_offset(tags),
    )


def _is_high_dynamic_range(tags: Directory) -> bool:
    """ProfileDynamicRange: version and range as SHORT, then a hint as FLOAT."""
    data = tags.bytes(Tag.ProfileDynamicRange)
    return len(data) >= 4 and struct.unpack_from(tags.order + "2H", data)[1] == 1


def _hue_sat_maps(tags: Directory, notes: list[str]) -> list[tuple[HueSatTable, tuple | None]]:
    """Each calibration's table and light, as far as they can be interpolated; one alone serves every light."""
    found = []
    for number, data_tag in enumerate(_HUE_SAT_MAPS):
        table = _table(tags, Tag.ProfileHueSatMapDims, data_tag, Tag.ProfileHueSatMapEncoding, notes)
        light = calibration_light(tags, number, notes) if table else None
        if table is None or (found and (light is None or light in [other for _, other in found])):
            break
        found.append((table, light))
        if light is None:
            break
    return found


def _table(tags: Directory, dims_tag: Tag, data_tag: Tag, encoding_tag: Tag, notes: list[str]) -> HueSatTable | None:
    """The table of `data_tag`, None when it is absent or senseless."""
    if dims_tag not in tags or data_tag not in tags:
        return None
    hues, saturations, values = tags.integers(dims_tag, 3) or (0, 0, 0)
    if hues < 1 or saturations < 2 or values < 1:
        notes.append(f"{dims_tag.name} {hues} x {saturations} x {values} makes no sense; the table is ignored")
        return None
    numbers = tags.array(data_tag)
    assert numbers is not None
    if numbers.ndim != 1 or len(numbers) != hues * saturations * values * 3:
        raise FileError(
            f"{data_tag.name} has {numbers.size} values where {dims_tag.name} {hues} x {saturations} x {values} "
            f"asks for {hues * saturations * values * 3}"
        )
    encoding = tags.integer(encoding_tag, _LINEAR)
    data = numbers.astype(np.float32).reshape(values, hues, saturations, 3)
    shift, factors = data[..., 0], data[..., 1:]
    sensible = np.isfinite(data).all() and np.abs(shift).max() <= _MOST_DEGREES
    if not (sensible and factors.min() >= 0 and factors.max() <= _MOST_FACTOR):
        notes.append(f"{data_tag.name} holds values that make no sense and is ignored")
        return None
    if encoding not in (_LINEAR, _SRGB):
        notes.append(f"{encoding_tag.name} {encoding} is unknown; the table is ignored")
        return None
    if (data[:, :, 0, 2] != 1).any():
        notes.append(f"{data_tag.name} would change greys, which it must not; they are left alone")
        data[:, :, 0, 2] = 1
    return HueSatTable(data, encoding == _SRGB)


def _tone_curve(tags: Directory, notes: list[str]) -> np.ndarray | None:
    """ProfileToneCurve (n, 2) float32, from (0, 0) to (1, 1) with rising input."""
    if Tag.ProfileToneCurve not in tags:
        return None
    numbers = tags.array(Tag.ProfileToneCurve)
    if numbers is not None and numbers.dtype.kind == "f" and numbers.size >= 4 and numbers.size % 2 == 0:
        points = numbers.astype(np.float32).reshape(-1, 2)
        rises = np.isfinite(points).all() and (np.diff(points[:, 0]) > 0).all()
        within = rises and points.min() >= 0 and points.max() <= 1
        if within and (points[0] == 0).all() and (points[-1] == 1).all():
            return points
    notes.append("ProfileToneCurve makes no sense and is ignored")
    return None


def _gain_table_map(tags: Directory, notes: list[str]) -> GainTableMap | None:
    """ProfileGainTableMap2, or else ProfileGainTableMap, in the file's byte order."""
    second = Tag.ProfileGainTableMap2 in tags
    tag = Tag.ProfileGainTableMap2 if second else Tag.ProfileGainTableMap
    if tag not in tags:
        return None
    data, head = tags.bytes(tag), struct.Struct(tags.order + (_MAP_2_HEAD if second else _MAP_HEAD))
    if len(data) < head.size:
        raise FileError(f"{tag.name} is {len(data)} bytes long, too short for its head")
    points_v, points_h, spacing_v, spacing_h, origin_v, origin_h, points_n, *rest = head.unpack_from(data)
    kind, gamma, least, most = rest[5:] if second else (3, 1.0, 0.0, 1.0)
    if kind not in _GAINS:
        notes.append(f"{tag.name} stores its gains as type {kind}, which is unknown, and is ignored")
        return None
    dtype, whole = np.dtype(tags.order + _GAINS[kind][0]), _GAINS[kind][1]
    needed = head.size + dtype.itemsize * points_v * points_h * points_n
    if len(data) != needed:
        size = f"{points_v} x {points_h} tables of {points_n}"
        raise FileError(f"{tag.name}: {size} points need {needed} bytes and it has {len(data)}")
    gains = np.frombuffer(data, dtype, offset=head.size).astype(np.float32)
    if whole:
        with np.errstate(invalid="ignore", over="ignore"):
            gains = np.float32(least) + gains / np.float32(whole) * np.float32(most - least)
    spacings = all(count == 1 or 0 < step < np.inf for count, step in ((points_v, spacing_v), (points_h, spacing_h)))
    sensible = gains.size > 0 and spacings and np.isfinite([origin_v, origin_h, *rest[:5]]).all() and 0.25 <= gamma <= 4
    if not (sensible and gains.min() >= 0 and gains.max() <= _MOST_GAIN):
        notes.append(f"{tag.name} holds values that make no sense and is ignored")
        return None
    return GainTableMap(
        gains.reshape(points_v, points_h, points_n),
        np.array(rest[:5]),
        spacing_v,
        spacing_h,
        origin_v,
        origin_h,
        gamma,
    )
