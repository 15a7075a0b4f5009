"""RawFrame: what a sensor recorded, with everything needed to interpret it. Plain data, no image science."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .cfa import BAYER_PATTERNS
from .operations import GainMap, Operation, Rectangle
from .profile import CameraProfile

__all__ = [
    "BAYER_PATTERNS",
    "Burst",
    "CameraColour",
    "Capture",
    "Illuminant",
    "Metadata",
    "RawFrame",
    "Rectangle",
]


#: Pixels of a mosaic that surround a picture, so that nothing has to be guessed beyond its border.
MARGIN = 2
#: Characters of JSON that say in a file what a frame was merged of: in XML no more than a JPEG's segment takes.
LONGEST_MERGE_HISTORY = 12_000


@dataclass(frozen=True, eq=False)
class Illuminant:
    """One calibration of a camera: the light it was made under, and its matrices (DNG 1.7.1, chapter 6).

    `cct_kelvin` is the light's correlated colour temperature, `color_matrix` (3, 3) maps XYZ to camera,
    `forward_matrix` (3, 3) maps white-balanced camera to XYZ D50, `camera_calibration` (3, 3) corrects one unit.
    `white_xy` is the light's CIE chromaticity, that of a black body of its temperature where it is None.
    """

    cct_kelvin: float
    color_matrix: np.ndarray
    forward_matrix: np.ndarray | None = None
    camera_calibration: np.ndarray | None = None
    white_xy: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False)
class CameraColour:
    """How a camera sees colour: one to three calibrations and the analogue gains (DNG 1.7.1, chapter 6).

    `calibration_signature` is CameraCalibrationSignature: profiles that carry the same count on CameraCalibration.
    """

    illuminants: tuple[Illuminant, ...]
    analog_balance: np.ndarray = field(default_factory=lambda: np.ones(3))
    calibration_signature: str = ""


@dataclass(frozen=True)
class Capture:
    """How the picture was taken. Absent facts are None or ''."""

    make: str = ""
    model: str = ""
    lens: str = ""
    exposure_s: float | None = None
    f_number: float | None = None
    iso: float | None = None
    focal_length_mm: float | None = None
    time: dt.datetime | None = None
    """Local time of the shutter; aware when the file states an offset."""


@dataclass(frozen=True, eq=False)
class Metadata:
    """The EXIF that travels from the source file to the finished one. MakerNote is not carried.

    Keys are EXIF tag numbers, values are str, bytes, int, (numerator, denominator) or tuples of these.
    """

    image: dict[int, Any] = field(default_factory=dict)
    exif: dict[int, Any] = field(default_factory=dict)
    gps: dict[int, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class RawFrame:
    """One frame of a sensor.

    `mosaic` is (H, W) uint16 or float32, the active area in stored units (after opcode list 1 and the
    LinearizationTable, before black is subtracted); with `cfa` None it is (3, H, W), already demosaiced.
    It may be a view of a memory map of the file; what is written there stays in memory.

    `cfa` names the 2x2 colours of the active area's top-left corner in reading order, "RGGB" for instance.
    `black_level` (rows, columns) or (rows, columns, 3) float64 repeats from the active area's top-left;
    `black_level_delta_h` (W,) and `black_level_delta_v` (H,) are added to it. `white_level` (planes,) float64.
    `default_crop` lies inside the active area. `orientation` is the EXIF value 1..8.
    `as_shot_neutral` (3,) is the camera's response to white, `as_shot_white_xy` (2,) its chromaticity; either or none.
    `noise_profile` (n, 2) float64, n = 1 or planes: variance = scale * x + offset on 0..1 (DNG NoiseProfile).
    `opcode_list_2` acts on linearised values, before demosaicing, `opcode_list_3` on demosaiced camera RGB; both in
    order, in coordinates of the active area. Optional operations that tirage does not know are not among them.
    `profile` is the embedded camera profile, beyond its matrices. `default_user_crop` is top, left, bottom, right as
    fractions of the default crop; `default_scale` is (horizontal, vertical), for pixels that are not square.
    `notes` are one-line remarks worth showing to the user.
    `merged` says how several frames became this one: "frames" and "left_out" (names of files), "reference" (a name),
    and the merge's parameters; it is empty for a frame of a sensor.
    """

    mosaic: np.ndarray = field(repr=False)
    cfa: str | None
    black_level: np.ndarray
    white_level: np.ndarray
    default_crop: Rectangle
    colour: CameraColour
    orientation: int = 1
    as_shot_neutral: np.ndarray | None = None
    as_shot_white_xy: np.ndarray | None = None
    black_level_delta_h: np.ndarray | None = field(default=None, repr=False)
    black_level_delta_v: np.ndarray | None = field(default=None, repr=False)
    baseline_exposure_stops: float = 0.0
    noise_profile: np.ndarray | None = None
    opcode_list_2: tuple[Operation, ...] = field(default=(), repr=False)
    opcode_list_3: tuple[Operation, ...] = field(default=(), repr=False)
    profile: CameraProfile | None = field(default=None, repr=False)
    default_user_crop: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    default_scale: tuple[float, float] = (1.0, 1.0)
    capture: Capture = Capture()
    metadata: Metadata = field(default_factory=Metadata, repr=False)
    source: str = ""
    notes: tuple[str, ...] = ()
    merged: Mapping[str, Any] = field(default_factory=dict)

    @property
    def lens_shading(self) -> tuple[GainMap, ...]:
        """The GainMaps of opcode list 2."""
        return tuple(one for one in self.opcode_list_2 if isinstance(one, GainMap))

    @property
    def picture(self) -> Rectangle:
        """The part of the active area that makes the picture: the default user crop of the default crop."""
        top, left, bottom, right = self.default_user_crop
        crop = self.default_crop
        first_row, last_row = (min(int(side * crop.height + 0.5), crop.height) for side in (top, bottom))
        first, last = (min(int(side * crop.width + 0.5), crop.width) for side in (left, right))
        width, height = max(last - first, 1), max(last_row - first_row, 1)
        return Rectangle(
            crop.left + min(first, crop.width - 1), crop.top + min(first_row, crop.height - 1), width, height
        )

    @property
    def margined_crop(self) -> Rectangle:
        """The default crop without the `MARGIN` of pixels along the sides of a mosaic, which Adobe's SDK asks for."""
        crop = self.default_crop
        left, top = max(crop.left, MARGIN), max(crop.top, MARGIN)
        right, bottom = min(crop.right, self.width - MARGIN), min(crop.bottom, self.height - MARGIN)
        if self.cfa is None or right <= left or bottom <= top:
            return crop
        return Rectangle(left, top, right - left, bottom - top)

    @property
    def height(self) -> int:
        """Rows of the active area."""
        return self.mosaic.shape[-2]

    @property
    def width(self) -> int:
        """Columns of the active area."""
        return self.mosaic.shape[-1]


@dataclass(frozen=True, eq=False)
class Burst:
    """Frames of one scene; `reference` indexes the frame whose geometry the result takes."""

    frames: tuple[RawFrame, ...]
    reference: int = 0
