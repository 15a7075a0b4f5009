"""Camera profile: what a file's own profile adds to its matrices, before exposure is chosen.

Paper: DNG 1.7.1, chapter 6, "Applying the Hue/Saturation/Value Mapping Table", and ProfileGainTableMap2 (chapter 4).
Domain and range: scene-linear Rec.2020. The hue and saturation map acts on linear ProPhoto D50 where the sensor's white
is 1; then the gain table map, for which BaselineExposure counts, over the active area. A profile's look table and tone
curve belong to finishing. Limits: profiles made for HDR displays are not applied, nor RGBTables; light above the
sensor's white or outside ProPhoto keeps its sense instead of being clipped (colour/hue_saturation.py).
12 MP on two cores of a Xeon with AVX-512, 2026-11-22, `python benchmarks/kernels.py`: 97 ms for a map of any size, 64
ms for a gain table map.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...colour.hue_saturation import kernel_arguments
from ...colour.spaces import D50, rgb_to_rgb
from ...kernels.call import Placed, run
from ...photo.frame import RawFrame, Rectangle
from ...photo.image import GREY_OFFSET_STOPS
from ...photo.profile import CameraProfile, GainTableMap, HueSatTable
from ..camera_colour import neutral_to_xy
from ..camera_colour.calibrations import weights

#: Steps of the kernel's table from the gain table map's input to the power of gamma.
_STEPS = 2048


@dataclass(frozen=True, eq=False)
class ProfilePlan:
    """A profile made ready for one picture: the arguments of each kernel, None where there is nothing to do.

    `white_gain` is the factor on the scene value of the sensor's clip, the least anywhere in the picture.
    """

    hue_sat: list | None
    gain_table: list | None
    white_gain: float = 1.0


def plan(
    profile: CameraProfile | None,
    frame: RawFrame,
    neutral: np.ndarray,
    crop: Rectangle,
    size: tuple[int, int] | None = None,
) -> ProfilePlan | None:
    """Decide how `profile` changes the scene of `frame` under the white `neutral` (3,); None where it doesn't.

    `crop` is the picture's place in the active area, `size` its width and height where DefaultScale stretches it.
    """
    if profile is None or not (profile.hue_sat_maps or profile.gain_table_map):
        return None
    grey = 2.0**GREY_OFFSET_STOPS
    hue_sat, gain_table, white_gain = None, None, 1.0
    if profile.hue_sat_maps:
        white = neutral_to_xy(frame.colour, np.asarray(neutral, np.float64))
        table = hue_sat_map(profile, np.array(D50) if white is None else white)
        hue_sat = kernel_arguments(table, 2.0**frame.baseline_exposure_stops * grey)
    if profile.gain_table_map:
        gain_table = gain_arguments(profile.gain_table_map, frame.width, frame.height, crop, grey, size)
        white_gain = _gain_of_white(profile.gain_table_map, 2.0**frame.baseline_exposure_stops)
    return ProfilePlan(hue_sat, gain_table, white_gain)


def apply(plan: ProfilePlan | None, pixels: np.ndarray, area: Rectangle) -> np.ndarray:
    """Scene-linear Rec.2020 (3, h, w) float32 of `area` of the picture as the profile has it; equal for any cut.

    The result may be `pixels` themselves, unchanged.
    """
    if plan is None:
        return pixels
    origin = (0, area.top, area.left)
    for name, arguments in (("apply_hue_sat_table", plan.hue_sat), ("apply_gain_table_map", plan.gain_table)):
        if arguments is not None:
            given, pixels = pixels, np.empty(pixels.shape, np.float32)
            run(name, Placed(given, origin), *arguments, Placed(pixels, origin))
    return pixels


def remarks(profile: CameraProfile | None, choice: str) -> tuple[str, ...]:
    """What is worth saying of a file's profile under the recipe's choice, "none" or "embedded"."""
    if choice == "embedded" and profile is None:
        return ("the file has no camera profile beyond its matrices; there is none to apply",)
    if choice == "none" and profile and profile.gain_table_map:
        return ("its ProfileGainTableMap is not applied; --profile embedded applies it",)
    return ()


def hue_sat_map(profile: CameraProfile, white: np.ndarray) -> HueSatTable:
    """The profile's tables interpolated under a white of chromaticity `white`, as its matrices are."""
    tables = profile.hue_sat_maps
    if len(tables) == 1:
        return tables[0]
    shares = weights(list(zip(profile.cct_kelvin, profile.white_xy, strict=True)), white)
    data = sum(
        (share * table.data for share, table in zip(shares, tables, strict=True)), np.zeros(tables[0].data.shape)
    )
    return HueSatTable(data.astype(np.float32), tables[0].srgb_encoded)


def gain_arguments(
    table: GainTableMap,
    width: int,
    height: int,
    crop: Rectangle,
    white: float,
    size: tuple[int, int] | None = None,
) -> list:
    """The arguments of the kernel "apply_gain_table_map" after its scene, for light in which `white` counts as 1.

    The map spans an active area of `width` x `height`, of which the picture shows `crop` in `size` pixels.
    The matrix to ProPhoto, the input's weights, scale and offset from a pixel to the grid across and down, the input to
    the power of gamma at even steps, whether those are steps of its fourth root (which makes any gamma below 1 smooth
    at black), and the gains.
    """
    points_v, points_h, _ = table.gains.shape
    columns, rows = size or (crop.width, crop.height)
    rooted = table.gamma < 1
    steps = np.arange(_STEPS + 2) / _STEPS
    return [
        (rgb_to_rgb("rec2020", "prophoto") / white).astype(np.float32),
        np.asarray(table.weights, np.float32),
        _line(points_h, table.spacing_h, table.origin_h, crop.left / width, crop.width / (width * columns)),
        _line(points_v, table.spacing_v, table.origin_v, crop.top / height, crop.height / (height * rows)),
        (np.minimum(steps, 1) ** (table.gamma * (4 if rooted else 1))).astype(np.float32),
        np.int32(rooted),
        np.ascontiguousarray(table.gains, np.float32),
    ]


def _gain_of_white(table: GainTableMap, white: float) -> float:
    """The least gain that the map gives a grey of `white`, after BaselineExposure."""
    points = table.gains.shape[2]
    tone = min(max(white * float(np.sum(table.weights)), 0.0), 1.0) ** table.gamma * points
    cell = min(int(tone), points - 1)
    share = tone - cell if cell < points - 1 else 0.0
    gains = (1 - share) * table.gains[..., cell] + share * table.gains[..., min(cell + 1, points - 1)]
    return max(float(gains.min()), 2.0**-10)


def _line(points: int, spacing: float, origin: float, start: float, pixel: float) -> np.ndarray:
    """Scale and offset from a pixel to the grid: its centre counts; `start` and `pixel` are in sides of the area."""
    if points == 1:
        return np.zeros(2, np.float32)
    return np.array([pixel / spacing, (start + 0.5 * pixel - origin) / spacing], np.float32)
