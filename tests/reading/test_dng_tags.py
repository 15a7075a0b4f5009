"""Each tag of a DNG that changes how its pixels are understood, with the value that should come out."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import oracles
from dng_maker import (
    ASCII,
    BYTE,
    COLOR_MATRIX,
    DOUBLE,
    LONG,
    NEUTRAL,
    RATIONAL,
    SHORT,
    SRATIONAL,
    UNDEFINED,
    Tags,
    Writer,
    make_dng,
)
from tirage.photo.errors import FileError, UnsupportedFileError
from tirage.photo.frame import BAYER_PATTERNS, RawFrame, Rectangle
from tirage.reading import read

OTHER_MATRIX = (1.1, -0.4, -0.1, -0.3, 1.2, 0.1, 0.0, 0.2, 0.6)
IDENTITY = (1, 0, 0, 0, 1, 0, 0, 0, 1)


def _read(folder: Path, pixels: np.ndarray, tags: Tags | None = None, **options: Any) -> RawFrame:
    return read(make_dng(folder / "a.dng", pixels, tags=tags, **options))


def _square(values: tuple) -> np.ndarray:
    return np.array(values, float).reshape(3, 3)


# --- Geometry -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cfa", BAYER_PATTERNS)
@pytest.mark.parametrize(("top", "left"), [(0, 0), (0, 1), (1, 0), (3, 5)])
def test_the_cfa_is_that_of_the_active_area(tmp_path: Path, cfa: str, top: int, left: int) -> None:
    import rawpy

    mosaic = np.arange(33 * 46, dtype=np.uint16).reshape(33, 46)
    frame = _read(tmp_path, mosaic, {50829: (LONG, (top, left, 32, 45))}, cfa=cfa)
    assert frame.cfa == cfa
    assert np.array_equal(frame.mosaic, mosaic[top:32, left:45])
    with rawpy.imread(str(tmp_path / "a.dng")) as raw:
        theirs = "".join("RGBG"[raw.raw_color(top + y, left + x)] for y in (0, 1) for x in (0, 1))
    assert theirs == cfa


@pytest.mark.parametrize("size", [(2, 2), (1, 1), (3, 5), (7, 2)])
def test_tiny_and_odd_sizes(tmp_path: Path, size: tuple[int, int]) -> None:
    frame = _read(tmp_path, np.full(size, 9, np.uint16))
    assert (frame.height, frame.width) == size and frame.default_crop == Rectangle(0, 0, size[1], size[0])


@pytest.mark.parametrize("area", [(0, 0, 22, 34), (5, 0, 5, 34), (-1, 0, 9, 9), (9, 0, 3, 3), (0, 34, 21, 35)])
def test_an_active_area_outside_the_pixels_is_refused(tmp_path: Path, mosaic: np.ndarray, area: tuple) -> None:
    with pytest.raises(FileError, match="ActiveArea .* is not inside"):
        _read(tmp_path, mosaic, {50829: (9, area)})


@pytest.mark.parametrize(("origin", "size", "expected"), [
    ((2, 3), (20, 10), Rectangle(2, 3, 20, 10)),
    ((2.5, 3.25), (20, 10.5), Rectangle(3, 3, 20, 11)),
    ((0, 0), (100, 100), Rectangle(0, 0, 32, 19)),
    ((30, 18), (20, 10), Rectangle(30, 18, 2, 1)),
])  # fmt: skip
def test_the_default_crop_is_rounded_and_kept_inside_the_active_area(
    tmp_path: Path, mosaic: np.ndarray, origin: tuple, size: tuple, expected: Rectangle
) -> None:
    tags = {50829: (LONG, (1, 1, 20, 33)), 50719: (RATIONAL, origin), 50720: (RATIONAL, size)}
    frame = _read(tmp_path, mosaic, tags)
    assert frame.default_crop == expected and not frame.notes


@pytest.mark.parametrize(("origin", "size"), [((40, 0), (5, 5)), ((0, 0), (0, 9)), (((0, 0), (1, 1)), (5, 5))])
def test_a_default_crop_of_nothing_is_ignored_with_a_note(
    tmp_path: Path, mosaic: np.ndarray, origin: tuple, size: tuple
) -> None:
    frame = _read(tmp_path, mosaic, {50719: (RATIONAL, origin), 50720: (RATIONAL, size)})
    assert frame.default_crop == Rectangle(0, 0, 34, 21)
    assert frame.notes == ("DefaultCropOrigin and DefaultCropSize make no sense and are ignored",)


def test_default_crop_tags_may_be_short_or_long(tmp_path: Path, mosaic: np.ndarray) -> None:
    frame = _read(tmp_path, mosaic, {50719: (SHORT, (1, 2)), 50720: (LONG, (30, 10))})
    assert frame.default_crop == Rectangle(1, 2, 30, 10)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_that_of_the_main_directory(tmp_path: Path, mosaic: np.ndarray, orientation: int) -> None:
    options = {"main_tags": {274: (SHORT, orientation)}, "in_sub_ifd": True}
    assert _read(tmp_path, mosaic, {274: (SHORT, 1)}, **options).orientation == orientation


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_unknown_orientation_turns_nothing(tmp_path: Path, mosaic: np.ndarray, orientation: int) -> None:
    frame = _read(tmp_path, mosaic, {274: (SHORT, orientation)})
    assert frame.orientation == 1 and frame.notes[0].startswith(f"Orientation {orientation} is unknown")


def test_default_scale_and_user_crop(tmp_path: Path, mosaic: np.ndarray) -> None:
    frame = _read(tmp_path, mosaic, {50718: (RATIONAL, (1, 0.5)), 51125: (RATIONAL, (0.1, 0, 0.9, 1))})
    assert frame.default_scale == (1.0, 0.5) and frame.default_user_crop == (0.1, 0.0, 0.9, 1.0)
    assert frame.notes == ()
    plain = _read(tmp_path, mosaic, {50718: (RATIONAL, (1, 1)), 51125: (RATIONAL, (0, 0, 1, 1))})
    assert plain.notes == ()
    nonsense = {50718: (RATIONAL, (0, 1)), 51125: (RATIONAL, (0.9, 0, 0.1, 1))}
    frame = _read(tmp_path, mosaic, nonsense)
    assert frame.default_scale == (1.0, 1.0) and frame.default_user_crop == (0.0, 0.0, 1.0, 1.0)
    assert len(frame.notes) == 2


def test_the_main_image_is_the_mosaic_and_no_preview(tmp_path: Path, mosaic: np.ndarray) -> None:
    frame = _read(tmp_path, mosaic, in_sub_ifd=True)
    assert np.array_equal(frame.mosaic, mosaic) and frame.capture.model == "Phone 1"
    with pytest.raises(UnsupportedFileError, match="without a RAW image"):
        _read(tmp_path, mosaic, {254: (LONG, 1)})
    with pytest.raises(UnsupportedFileError, match="without a RAW image"):
        _read(tmp_path, mosaic, {262: (SHORT, 2)}, in_sub_ifd=True)


@pytest.mark.parametrize(("tags", "problem"), [
    ({33422: (BYTE, b"\0\1\1")}, "CFAPattern has 3 values"),
    ({33421: (SHORT, (0, 2))}, "CFAPattern has 4 values where CFARepeatPatternDim asks for 0 x 2"),
    ({33421: (SHORT, (65535, 65535))}, "CFARepeatPatternDim asks for 65535 x 65535"),
    ({33422: (BYTE, b"\3\4\5\1"), 50710: (BYTE, b"\3\4\5")}, "not red, green and blue"),
    ({33422: (BYTE, b"\0\1\1\5")}, "not red, green and blue"),
    ({50711: (SHORT, 2)}, "CFALayout"),
    ({33422: (BYTE, b"\0\1\2\1")}, "repeat every 2 x 2 pixels, a layout"),
    ({33421: (SHORT, (4, 4)), 33422: (BYTE, bytes([0, 0, 1, 1] * 2 + [1, 1, 2, 2] * 2))}, "repeat every 4 x 4"),
])  # fmt: skip
def test_filters_that_are_damaged_or_not_bayers(tmp_path: Path, mosaic: np.ndarray, tags: Tags, problem: str) -> None:
    with pytest.raises(FileError, match=problem):
        _read(tmp_path, mosaic, tags)


def test_a_pattern_that_repeats_bayers_is_bayers(tmp_path: Path, mosaic: np.ndarray) -> None:
    tags = {33421: (SHORT, (4, 2)), 33422: (BYTE, bytes([1, 2, 0, 1, 1, 2, 0, 1]))}
    assert _read(tmp_path, mosaic, tags).cfa == "GBRG"


# --- Levels ---------------------------------------------------------------------------------------------------------


def test_levels_where_the_file_is_silent(tmp_path: Path, mosaic: np.ndarray) -> None:
    for bits in (12, 14, 16):
        frame = _read(tmp_path, mosaic, bits=bits)
        assert frame.white_level.tolist() == [2**bits - 1] and frame.black_level.tolist() == [[0]]
        assert frame.black_level_delta_h is None and frame.black_level_delta_v is None


@pytest.mark.parametrize("kind", [SHORT, LONG, RATIONAL])
def test_black_level_repeats(tmp_path: Path, mosaic: np.ndarray, kind: int) -> None:
    frame = _read(tmp_path, mosaic, {50713: (SHORT, (2, 3)), 50714: (kind, (1, 2, 3, 4, 5, 6))})
    assert frame.black_level.tolist() == [[1, 2, 3], [4, 5, 6]]
    frame = _read(tmp_path, mosaic, {50713: (SHORT, (2, 2)), 50714: (kind, 64)})
    assert frame.black_level.tolist() == [[64, 64], [64, 64]]


def test_levels_of_three_planes(tmp_path: Path) -> None:
    pixels = np.zeros((4, 6, 3), np.uint16)
    tags = {50713: (SHORT, (1, 2)), 50714: (SHORT, (1, 2, 3, 4, 5, 6)), 50717: (LONG, (100, 200, 300))}
    frame = _read(tmp_path, pixels, tags)
    assert frame.cfa is None and frame.mosaic.shape == (3, 4, 6)
    assert frame.black_level.tolist() == [[[1, 2, 3], [4, 5, 6]]] and frame.white_level.tolist() == [100, 200, 300]


def test_black_level_deltas(tmp_path: Path, mosaic: np.ndarray) -> None:
    across, down = np.arange(30) / 4 - 2, -np.arange(19) / 8
    area = {50829: (LONG, (1, 2, 20, 32))}
    frame = _read(tmp_path, mosaic, {**area, 50715: (SRATIONAL, list(across)), 50716: (SRATIONAL, list(down))})
    assert np.array_equal(frame.black_level_delta_h, across)  # type: ignore[arg-type]
    assert np.array_equal(frame.black_level_delta_v, down)  # type: ignore[arg-type]
    for tag, name in ((50715, "BlackLevelDeltaH"), (50716, "BlackLevelDeltaV")):
        with pytest.raises(FileError, match=f"{name} has 34 values where"):
            _read(tmp_path, mosaic, {**area, tag: (SRATIONAL, [0] * 34)})
        with pytest.raises(FileError, match=f"{name} holds a value that is not a number"):
            _read(tmp_path, mosaic[:, :21], {tag: (SRATIONAL, [(0, 0)] * 21)})


@pytest.mark.parametrize(("tags", "problem"), [
    ({50714: (SHORT, (1, 2))}, "BlackLevel has 2 values where 1 or 1 belong"),
    ({50714: (SRATIONAL, -1)}, "BlackLevel holds a value that is negative"),
    ({50714: (RATIONAL, ((0, 0),))}, "BlackLevel holds a value that is negative or not a number"),
    ({50713: (SHORT, (0, 1))}, "BlackLevelRepeatDim is 0 x 1"),
    ({50713: (SHORT, (60000, 60000)), 50714: (SHORT, 1)}, "BlackLevelRepeatDim is 60000"),
    ({50714: (SHORT, 1024), 50717: (SHORT, 1024)}, r"WhiteLevel \(1024\) is not above BlackLevel \(1024\)"),
    ({50714: (SHORT, 1024), 50717: (SHORT, 1000)}, "is not above BlackLevel"),
    ({50717: (SHORT, 0)}, r"WhiteLevel \(0\) is not above BlackLevel \(0\)"),
    ({50714: (SHORT, 9), 50717: (SHORT, 20), 50715: (SRATIONAL, [11] * 34)}, r"BlackLevel \(20\)"),
    ({50717: (RATIONAL, ((1, 0),))}, "WhiteLevel"),
    ({50717: (RATIONAL, ((0, 0),))}, "WhiteLevel"),
])  # fmt: skip
def test_levels_that_make_no_sense_are_refused(tmp_path: Path, mosaic: np.ndarray, tags: Tags, problem: str) -> None:
    with pytest.raises(FileError, match=problem):
        _read(tmp_path, mosaic, tags)


@pytest.mark.parametrize("bits", [8, 10, 16])
def test_the_linearization_table_is_applied(tmp_path: Path, bits: int) -> None:
    pixels = np.arange(2**8).reshape(16, 16).astype(np.uint8 if bits == 8 else np.uint16)
    table = (np.arange(200) ** 2).astype(int)
    frame = _read(tmp_path, pixels, {50712: (SHORT, list(table)), 50717: (LONG, 39601)}, bits=bits)
    assert frame.mosaic.dtype == np.uint16
    assert np.array_equal(frame.mosaic, table[np.minimum(pixels, 199)])  # beyond the table, its last value


def test_libraw_linearises_the_same(tmp_path: Path) -> None:
    import rawpy

    mosaic = (np.arange(33 * 46) * 2).astype(np.uint16).reshape(33, 46)
    table = np.sqrt(np.arange(4096) * 4096).astype(int)
    frame = _read(tmp_path, mosaic, {50712: (SHORT, list(table))}, bits=12)
    with rawpy.imread(str(tmp_path / "a.dng")) as raw:
        assert np.array_equal(frame.mosaic, raw.raw_image)


def test_an_absurd_linearization_table_is_refused(tmp_path: Path, mosaic: np.ndarray) -> None:
    for value in ((SHORT, []), (LONG, [0, 70000]), (SHORT, [0] * 65537)):
        with pytest.raises(FileError, match="LinearizationTable"):
            _read(tmp_path, mosaic, {50712: value})


def test_a_sensor_without_colours_becomes_three_equal_planes(tmp_path: Path, mosaic: np.ndarray) -> None:
    tags = {50721: None, 50728: None, 50714: (SHORT, 64), 50717: (SHORT, 4095)}
    frame = _read(tmp_path, mosaic, tags, cfa="")
    assert frame.cfa is None and frame.mosaic.shape == (3, 21, 34)
    assert all(np.array_equal(plane, mosaic) for plane in frame.mosaic)
    assert frame.black_level.tolist() == [[[64] * 3]] and frame.white_level.tolist() == [4095] * 3
    assert frame.as_shot_neutral.tolist() == [1, 1, 1]  # type: ignore[union-attr]


@pytest.mark.parametrize(("tags", "expected"), [
    ({}, 0.0),
    ({50730: (SRATIONAL, 0.75)}, 0.75),
    ({50730: (SRATIONAL, ((0, 0),))}, 0.0),
    ({50730: (SRATIONAL, -1.5), 51109: (SRATIONAL, 0.25)}, -1.25),
    ({50730: (SRATIONAL, ((0, 0),)), 51109: (SRATIONAL, 0.25)}, 0.25),
])  # fmt: skip
def test_baseline_exposure(tmp_path: Path, mosaic: np.ndarray, tags: Tags, expected: float) -> None:
    assert _read(tmp_path, mosaic, tags).baseline_exposure_stops == expected


def test_an_absurd_baseline_exposure_is_refused(tmp_path: Path, mosaic: np.ndarray) -> None:
    for value in (((1, 0),), 1000.0):
        with pytest.raises(FileError, match="BaselineExposure is"):
            _read(tmp_path, mosaic, {50730: (SRATIONAL, value)})


def test_noise_profile(tmp_path: Path, mosaic: np.ndarray) -> None:
    one, three = [1e-4, 2e-7], [1e-4, 1e-7, 2e-4, 2e-7, 3e-4, 3e-7]
    assert _read(tmp_path, mosaic).noise_profile is None
    assert _read(tmp_path, mosaic, {51041: (DOUBLE, one)}).noise_profile.tolist() == [one]  # type: ignore[union-attr]
    frame = _read(tmp_path, mosaic, main_tags={51041: (DOUBLE, three)}, in_sub_ifd=True)
    assert np.array_equal(frame.noise_profile, np.reshape(three, (3, 2)))  # type: ignore[arg-type]
    for nonsense in (
        [1e-4],
        [np.nan, 0.0],
        [-1.0, 0.0],
        [np.inf, 0.0],
        [1e-4] * 5,
        [0.06, 0.0],
        [1e-3, 0.011],
        [1e6] * 6,
    ):
        frame = _read(tmp_path, mosaic, {51041: (DOUBLE, nonsense)})
        assert frame.noise_profile is None and frame.notes == ("NoiseProfile makes no sense and is ignored",)


# --- Colour ---------------------------------------------------------------------------------------------------------


def test_one_calibration(tmp_path: Path, mosaic: np.ndarray) -> None:
    colour = _read(tmp_path, mosaic).colour
    (one,) = colour.illuminants
    assert np.allclose(one.color_matrix, _square(COLOR_MATRIX), rtol=0, atol=1e-9)
    assert one.cct_kelvin == 6500 and one.forward_matrix is None and one.camera_calibration is None
    assert colour.analog_balance.tolist() == [1, 1, 1]


def test_three_calibrations(tmp_path: Path, mosaic: np.ndarray) -> None:
    tags = {
        50778: (SHORT, 17), 50779: (SHORT, 23), 52529: (SHORT, 21),
        50722: (SRATIONAL, OTHER_MATRIX), 52531: (SRATIONAL, IDENTITY),
        50964: (SRATIONAL, OTHER_MATRIX), 52532: (SRATIONAL, COLOR_MATRIX),
        50724: (SRATIONAL, (1.5, 0, 0, 0, 1, 0, 0, 0, 0.5)), 50727: (RATIONAL, (1, 2, 0.5)),
    }  # fmt: skip
    colour = _read(tmp_path, mosaic, main_tags=tags, in_sub_ifd=True).colour
    first, second, third = colour.illuminants
    assert [one.cct_kelvin for one in colour.illuminants] == [2850, 5000, 6500]
    assert np.allclose(second.color_matrix, _square(OTHER_MATRIX), rtol=0, atol=1e-9)
    assert np.array_equal(third.color_matrix, np.eye(3))
    assert np.allclose(first.forward_matrix, _square(OTHER_MATRIX)) and second.forward_matrix is None  # type: ignore[arg-type]
    assert np.allclose(third.forward_matrix, _square(COLOR_MATRIX))  # type: ignore[arg-type]
    assert np.array_equal(second.camera_calibration, np.diag([1.5, 1, 0.5]))  # type: ignore[arg-type]
    assert first.camera_calibration is None and colour.analog_balance.tolist() == [1, 2, 0.5]


@pytest.mark.parametrize(("camera", "profile", "used"), [
    (None, None, True), ("a", "a", True), ("a", "b", False), ("a", None, False), (None, "b", False),
])  # fmt: skip
def test_a_calibration_counts_when_the_signatures_agree(
    tmp_path: Path, mosaic: np.ndarray, camera: str | None, profile: str | None, used: bool
) -> None:
    tags = {50723: (SRATIONAL, (2, 0, 0, 0, 1, 0, 0, 0, 1))}
    tags |= {50931: (ASCII, camera)} if camera else {}
    tags |= {50932: (ASCII, profile)} if profile else {}
    (one,) = _read(tmp_path, mosaic, tags).colour.illuminants
    assert (one.camera_calibration is not None) == used


#: EXIF's ranges for fluorescent lights (CIPA DC-008, LightSource); the others by their definition.
EXIF_RANGES = {12: (5700, 7100), 13: (4600, 5500), 14: (3800, 4500), 15: (3250, 3800), 16: (2600, 3250)}
DEFINED = {17: 2856, 18: 4874, 19: 6774, 20: 5503, 21: 6504, 22: 7504, 23: 5003, 24: 3200}


def test_temperatures_of_the_standard_lights(tmp_path: Path, mosaic: np.ndarray) -> None:
    for light in (*EXIF_RANGES, *DEFINED):
        (one,) = _read(tmp_path, mosaic, {50778: (SHORT, light)}).colour.illuminants
        if light in EXIF_RANGES:
            assert one.cct_kelvin == sum(EXIF_RANGES[light]) / 2
        else:  # DNG's table is rounded, and takes B for daylight
            assert abs(1e6 / one.cct_kelvin - 1e6 / DEFINED[light]) < (25 if light == 18 else 7)


#: Chromaticity and temperature of standard illuminants (CIE 15:2018, 2 degree observer).
STANDARD_LIGHTS = {
    "A": (0.44758, 0.40745, 2856),
    "D50": (0.34567, 0.35850, 5003),
    "D55": (0.33243, 0.34744, 5503),
    "D65": (0.31272, 0.32903, 6504),
}


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("light", STANDARD_LIGHTS.values(), ids=STANDARD_LIGHTS)
def test_another_light_by_its_chromaticity(
    tmp_path: Path, mosaic: np.ndarray, order: str, light: tuple[float, float, float]
) -> None:
    x, y, kelvin = light
    data = struct.pack(order + "H4I", 0, round(x * 100000), 100000, round(y * 100000), 100000)
    tags = {50778: (SHORT, 255), 52533: (UNDEFINED, data)}
    (one,) = _read(tmp_path, mosaic, tags, order=order).colour.illuminants
    assert abs(one.cct_kelvin - kelvin) < oracles.ILLUMINANT_KELVIN


@pytest.mark.parametrize("data", [
    b"\0\0" + bytes(16), b"\0\0" + b"\xff" * 16, b"\0\0" + b"\1\0\0\0\0\0\0\0" * 2,
])  # fmt: skip
def test_a_chromaticity_of_no_light_is_refused(tmp_path: Path, mosaic: np.ndarray, data: bytes) -> None:
    with pytest.raises(FileError, match="IlluminantData1 holds a chromaticity"):
        _read(tmp_path, mosaic, {50778: (SHORT, 255), 52533: (UNDEFINED, data)})


@pytest.mark.parametrize(("first", "second", "kelvin"), [
    (0, 21, [5000.0]),  # one light unknown: nothing to interpolate by, the first counts
    (17, 0, [2850.0]),
    (21, 21, [6500.0]),
    (255, 21, [5000.0]),  # "other", and no data about it
    (99, 17, [5000.0]),
])  # fmt: skip
def test_calibrations_that_can_not_be_interpolated(
    tmp_path: Path, mosaic: np.ndarray, first: int, second: int, kelvin: list[float]
) -> None:
    tags = {50778: (SHORT, first), 50779: (SHORT, second), 50722: (SRATIONAL, OTHER_MATRIX)}
    frame = _read(tmp_path, mosaic, tags)
    assert [one.cct_kelvin for one in frame.colour.illuminants] == kelvin
    assert np.allclose(frame.colour.illuminants[0].color_matrix, _square(COLOR_MATRIX))
    assert bool(frame.notes) == (first > 24)


NAMED_MATRICES = {
    50721: "ColorMatrix1", 50722: "ColorMatrix2", 50723: "CameraCalibration1", 50964: "ForwardMatrix1",
}  # fmt: skip


@pytest.mark.parametrize("tag", NAMED_MATRICES)
@pytest.mark.parametrize(("values", "problem"), [
    ([(0, 1)] * 9, "is singular"),
    ([1, 2, 3, 2, 4, 6, 0, 0, 1], "is singular"),
    ([(0, 0)] + [(1, 1)] * 8, "holds a value that is not a number"),
    ([(1, 0)] + [(1, 1)] * 8, "holds a value that is not a number"),
    ([1] * 6, "has 6 values where 9 belong"),
    ([1] * 12, "has 12 values where 9 belong"),
])  # fmt: skip
def test_matrices_that_are_none(tmp_path: Path, mosaic: np.ndarray, tag: int, values: list, problem: str) -> None:
    with pytest.raises(FileError, match=f"{NAMED_MATRICES[tag]} {problem}"):
        _read(tmp_path, mosaic, {50779: (SHORT, 17), tag: (SRATIONAL, values)})


def test_a_camera_of_unknown_colours_is_refused(tmp_path: Path, mosaic: np.ndarray) -> None:
    with pytest.raises(FileError, match="no ColorMatrix1"):
        _read(tmp_path, mosaic, {50721: None})


def test_the_white_of_the_shot(tmp_path: Path, mosaic: np.ndarray) -> None:
    frame = _read(tmp_path, mosaic)
    assert frame.as_shot_neutral.tolist() == list(NEUTRAL) and frame.as_shot_white_xy is None  # type: ignore[union-attr]
    frame = _read(tmp_path, mosaic, {50728: (RATIONAL, (1, 2.5, 1.5))})
    assert frame.as_shot_neutral.tolist() == [1, 2.5, 1.5]  # type: ignore[union-attr]
    frame = _read(tmp_path, mosaic, {50728: None, 50729: (RATIONAL, (0.3127, 0.329))})
    assert frame.as_shot_neutral is None and frame.as_shot_white_xy.tolist() == [0.3127, 0.329]  # type: ignore[union-attr]
    frame = _read(tmp_path, mosaic, {50728: None})
    assert frame.as_shot_neutral is None and frame.as_shot_white_xy is None


@pytest.mark.parametrize(("tags", "problem"), [
    ({50728: (RATIONAL, (0.5, 0, 0.6))}, r"AsShotNeutral is \(0.5, 0, 0.6\); each value must be above 0"),
    ({50728: (RATIONAL, ((1, 2), (1, 1), (0, 0)))}, "AsShotNeutral is"),
    ({50728: (RATIONAL, ((1, 2), (1, 1), (1, 0)))}, "AsShotNeutral is"),
    ({50728: (RATIONAL, (0.5, 1))}, "AsShotNeutral has 2 values where 3 belong"),
    ({50728: (SRATIONAL, (0.5, 1, -1))}, "AsShotNeutral is"),
    ({50728: None, 50729: (RATIONAL, (0, 0))}, "AsShotWhiteXY holds"),
    ({50728: None, 50729: (RATIONAL, (0.9, 0.9))}, "AsShotWhiteXY holds"),
    ({50728: None, 50729: (RATIONAL, ((0, 0), (1, 3)))}, "AsShotWhiteXY holds"),
    ({50727: (RATIONAL, (1, 0, 1))}, "AnalogBalance is"),
])  # fmt: skip
def test_whites_that_no_light_has(tmp_path: Path, mosaic: np.ndarray, tags: Tags, problem: str) -> None:
    with pytest.raises(FileError, match=problem):
        _read(tmp_path, mosaic, tags)


def test_planes_in_another_order_are_put_in_red_green_blue(tmp_path: Path, mosaic: np.ndarray) -> None:
    """CFAPlaneColor (2, 0, 1): colour tags count blue first, then red, then green."""
    to_planes = [2, 0, 1]
    calibration = np.array([[1.5, 0.1, 0], [0, 1, 0.2], [0.3, 0, 0.5]])
    tags = {
        50710: (BYTE, bytes(to_planes)),
        50721: (SRATIONAL, list(_square(COLOR_MATRIX)[to_planes].ravel())),
        50964: (SRATIONAL, list(_square(OTHER_MATRIX)[:, to_planes].ravel())),
        50723: (SRATIONAL, list(calibration[to_planes][:, to_planes].ravel())),
        50727: (RATIONAL, [(1, 1), (2, 1), (3, 1)]),
        50728: (RATIONAL, [NEUTRAL[plane] for plane in to_planes]),
        51041: (DOUBLE, [3e-3, 3e-5, 1e-3, 1e-5, 2e-3, 2e-5]),
    }
    frame = _read(tmp_path, mosaic, tags)
    (one,) = frame.colour.illuminants
    assert frame.cfa == "RGGB" and frame.as_shot_neutral.tolist() == list(NEUTRAL)  # type: ignore[union-attr]
    assert np.allclose(one.color_matrix, _square(COLOR_MATRIX)) and np.allclose(
        one.forward_matrix, _square(OTHER_MATRIX)
    )  # type: ignore[arg-type]
    assert np.allclose(one.camera_calibration, calibration)  # type: ignore[arg-type]
    assert frame.colour.analog_balance.tolist() == [2, 3, 1]
    assert frame.noise_profile.tolist() == [[1e-3, 1e-5], [2e-3, 2e-5], [3e-3, 3e-5]]  # type: ignore[union-attr]


def test_what_is_left_alone_is_noted(tmp_path: Path, mosaic: np.ndarray) -> None:
    writer = Writer()
    writer.data = bytearray(make_dng(tmp_path / "a.dng", mosaic).read_bytes())
    end = len(writer.data) - 4  # the main directory comes last, and ends in the offset of the next
    mask = writer.directory({254: (LONG, 0x10004), 52526: (ASCII, "sky")})
    writer.data[end : end + 4] = mask.to_bytes(4, "little")
    (tmp_path / "b.dng").write_bytes(writer.data)
    assert read(tmp_path / "b.dng").notes == ("it also holds a semantic mask (sky), which is not used",)


def test_a_file_for_newer_readers_is_refused(tmp_path: Path, mosaic: np.ndarray) -> None:
    with pytest.raises(UnsupportedFileError, match="asks for a reader of DNG 1.8.0.0"):
        _read(tmp_path, mosaic, {50707: (BYTE, b"\1\x08\0\0")})
    assert np.array_equal(_read(tmp_path, mosaic, {50706: (BYTE, b"\1\x08\0\0")}).mosaic, mosaic)
