"""CameraProfile: how a camera's maker, or a .dcp file, wants colours rendered. Plain data (DNG 1.7.1, chapter 6)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class HueSatTable:
    """A table over hue, saturation and value of linear ProPhoto RGB D50 (ProfileHueSatMapData, ProfileLookTableData).

    `data` is (value divisions, hue divisions, saturation divisions, 3) float32: hue shift in degrees, saturation
    factor, value factor. `srgb_encoded` says that the value axis is sRGB-encoded (ProfileHueSatMapEncoding 1), and
    that the value factor applies to the encoded value; it counts only where there are two value divisions or more.
    """

    data: np.ndarray = field(repr=False)
    srgb_encoded: bool = False


@dataclass(frozen=True, eq=False)
class GainTableMap:
    """Gains over the picture and over its tone (ProfileGainTableMap, ProfileGainTableMap2).

    `gains` is (points_v, points_h, points_n) float32; `weights` (5,) of red, green, blue, their least and their
    greatest give the table's input, `gamma` its encoding. Grid point (j, i) sits at
    (origin_v + j * spacing_v, origin_h + i * spacing_h) in coordinates where 0..1 spans the active area.
    """

    gains: np.ndarray = field(repr=False)
    weights: np.ndarray
    spacing_v: float
    spacing_h: float
    origin_v: float
    origin_h: float
    gamma: float = 1.0


@dataclass(frozen=True, eq=False)
class CameraProfile:
    """What a profile holds beyond matrices.

    `baseline_exposure_offset_stops` is already part of the frame's baseline exposure.

    `hue_sat_maps` has one table per calibration, whose lights `cct_kelvin` and `white_xy` (None for a black body) give
    in the same order, or a single one for every light; it is empty where there are none.
    `tone_curve` (n, 2) float32 are points of input and output, 0..1, of a cubic spline.
    """

    name: str = ""
    copyright: str = ""
    cct_kelvin: tuple[float, ...] = ()
    white_xy: tuple[tuple[float, float] | None, ...] = ()
    hue_sat_maps: tuple[HueSatTable, ...] = ()
    look_table: HueSatTable | None = None
    tone_curve: np.ndarray | None = field(default=None, repr=False)
    gain_table_map: GainTableMap | None = None
    baseline_exposure_offset_stops: float = 0.0
