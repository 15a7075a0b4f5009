"""The tags of a camera profile, as a DNG holds them (DNG 1.7.1, chapters 4 and 6)."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from ..photo.frame import Illuminant
from ..photo.profile import CameraProfile, GainTableMap, HueSatTable
from .ifd import ASCII, FLOAT, LONG, UNDEFINED

Tags = dict[int, tuple[int, Any]]

_HUE_SAT_DIMS, _HUE_SAT_DATA, _HUE_SAT_ENCODING = 50937, (50938, 50939, 52537), 51107
_LOOK_DIMS, _LOOK_DATA, _LOOK_ENCODING = 50981, 50982, 51108
_GAIN_TABLE_MAP, _GAIN_TABLE_MAP_2, _FLOAT32 = 52525, 52544, 3

#: EXIF LightSource by temperature and chromaticity, as readers of DNG take it (EXIF names the lights; their round
#: temperatures are those of Adobe's DNG SDK; chromaticities are CIE 15:2018's).
_LIGHTS: dict[tuple[float, tuple[float, float] | None], int] = {
    (2850.0, (0.4476, 0.4074)): 17,
    (5500.0, (0.3484, 0.3516)): 18,
    (6500.0, (0.3101, 0.3162)): 19,
    (5000.0, (0.3457, 0.3585)): 23,
    (5500.0, (0.3324, 0.3474)): 20,
    (6500.0, (0.3127, 0.3290)): 21,
    (7500.0, (0.2990, 0.3149)): 22,
    (5500.0, None): 1,
    (6500.0, None): 10,
    (7500.0, None): 11,
    (3200.0, None): 24,
    (6400.0, None): 12,
    (5050.0, None): 13,
    (4150.0, None): 14,
    (3525.0, None): 15,
    (2925.0, None): 16,
}
#: Where nothing fits, the nearest of these by temperature.
_STANDARD = {2850: 17, 3200: 24, 4150: 14, 5000: 23, 5500: 20, 6500: 21, 7500: 22}
OTHER_LIGHT = 255


def light_source(light: Illuminant) -> int:
    """The EXIF light that a reader takes for `light`; OTHER_LIGHT where its chromaticity has to say; else the nearest.

    A light that is only known by its temperature gets a light of that temperature, even where that has a chromaticity.
    """
    exact = _LIGHTS.get((light.cct_kelvin, light.white_xy))
    if exact is not None and not (light.white_xy is None and light.cct_kelvin in _STANDARD):
        return exact
    if light.white_xy is not None:
        return OTHER_LIGHT
    return _STANDARD[min(_STANDARD, key=lambda kelvin: abs(1 / kelvin - 1 / light.cct_kelvin))]


def profile_tags(profile: CameraProfile) -> Tags:
    """Name, tables and tone curve."""
    tags: Tags = {}
    for tag, text in ((50936, profile.name), (50942, profile.copyright)):
        if text:
            tags[tag] = (ASCII, text)
    for table, data_tag in zip(profile.hue_sat_maps, _HUE_SAT_DATA, strict=False):
        tags |= _table_tags(table, _HUE_SAT_DIMS, data_tag, _HUE_SAT_ENCODING)
    if profile.look_table is not None:
        tags |= _table_tags(profile.look_table, _LOOK_DIMS, _LOOK_DATA, _LOOK_ENCODING)
    if profile.tone_curve is not None:
        tags[50940] = (FLOAT, np.ravel(profile.tone_curve).tolist())
    return tags


def gain_table_map_tags(found: GainTableMap) -> Tags:
    """The gain table map, of the second kind where its input is not linear."""
    points_v, points_h, points_n = found.gains.shape
    head = struct.pack("<2I4dI", points_v, points_h, found.spacing_v, found.spacing_h, *_origin(found), points_n)
    head += struct.pack("<5f", *found.weights)
    gains = np.ascontiguousarray(found.gains, "<f4")
    if found.gamma == 1:
        return {_GAIN_TABLE_MAP: (UNDEFINED, head + gains.tobytes())}
    head += struct.pack("<I3f", _FLOAT32, found.gamma, float(gains.min()), float(gains.max()))
    return {_GAIN_TABLE_MAP_2: (UNDEFINED, head + gains.tobytes())}


def _origin(found: GainTableMap) -> tuple[float, float]:
    return found.origin_v, found.origin_h


def _table_tags(table: HueSatTable, dims_tag: int, data_tag: int, encoding_tag: int) -> Tags:
    values, hues, saturations, _ = table.data.shape
    tags: Tags = {
        dims_tag: (LONG, [hues, saturations, values]),
        data_tag: (FLOAT, np.ravel(table.data).tolist()),
    }
    if table.srgb_encoded:
        tags[encoding_tag] = (LONG, 1)
    return tags


def least_version(profile: CameraProfile) -> tuple[int, int, int, int]:
    """The DNG version that brought what `profile` holds."""
    found = profile.gain_table_map
    return (1, 4, 0, 0) if found is None else (1, 6, 0, 0) if found.gamma == 1 else (1, 7, 0, 0)
