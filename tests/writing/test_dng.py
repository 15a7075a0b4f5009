"""A RawFrame through a DNG and back: by tirage's reader, LibRaw, exiftool, dcraw and Adobe's SDK."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rawpy
from hypothesis import given
from hypothesis import strategies as st

import tirage
from tirage.opcodes.encode import encode
from tirage.photo.errors import FileError, UsageError
from tirage.photo.frame import (
    BAYER_PATTERNS,
    CameraColour,
    Capture,
    Illuminant,
    Metadata,
    RawFrame,
    Rectangle,
)
from tirage.photo.operations import AreaSpec, GainMap, PerRow, WarpRectilinear
from tirage.writing.dng import _rationals, write_dng

COLOR_1 = np.array([[0.8020, -0.2490, -0.0640], [-0.3330, 1.1310, 0.2190], [-0.0390, 0.1490, 0.5550]])
COLOR_2 = np.array([[0.6722, -0.0635, -0.0963], [-0.4287, 1.2460, 0.2028], [-0.0908, 0.2162, 0.5668]])
FORWARD = np.array([[0.7978, 0.1352, 0.0312], [0.2880, 0.7119, 0.0001], [0.0, 0.0, 0.8249]])
UNIT = np.diag([1.01, 1.0, 0.985])
#: WarpRectilinear for one plane: six coefficients and a centre.
WARP = WarpRectilinear(np.array([[1.0, 0.01, 0, 0]]), np.zeros((1, 2)), (0.5, 0.5), optional=True)
#: ScalePerRow over one row, gain 1: legal, and nothing that changes a picture.
SCALE_ROWS = PerRow(
    AreaSpec(Rectangle(0, 0, 2, 1)), np.ones(1, np.float32), multiplies=True, optional=True, preview_skip=True
)
METADATA = Metadata(
    image={0x010F: "Atelier", 0x0110: "Chambre 1", 0x8298: "public domain"},
    exif={0x829A: (1, 250), 0x829D: (28, 10), 0x8827: 400, 0x9003: "2024:05:06 07:08:09", 0x9011: "+02:00"},
    gps={0x01: "N", 0x02: ((48, 1), (51, 1), (2490, 100)), 0x03: "E", 0x04: ((2, 1), (21, 1), (734, 100))},
)


def gain_map(top: int, left: int, height: int, width: int) -> GainMap:
    gains = np.linspace(1, 2.5, 12, dtype=np.float32).reshape(3, 4, 1) + np.float32(0.125 * top)
    return GainMap(
        AreaSpec(Rectangle(left, top, width - left, height - top), 0, 1, 2, 2), 1 / 2, 1 / 3, 0.0, 0.0, gains
    )


def make_frame(height: int = 64, width: int = 96, **changes: Any) -> RawFrame:
    """A frame of noise over all codes, with every fact that a frame can hold."""
    facts: dict[str, Any] = {
        "mosaic": np.random.default_rng(5).integers(0, 4096, (height, width), dtype=np.uint16),
        "cfa": "GRBG",
        "black_level": np.array([[256.0, 257.5], [255.25, 256.0]]),
        "white_level": np.array([4095.0]),
        "default_crop": Rectangle(6, 8, width - 14, height - 16),
        "colour": CameraColour(
            (Illuminant(2850.0, COLOR_1, FORWARD, UNIT), Illuminant(6500.0, COLOR_2, FORWARD, UNIT)),
            np.array([1.0, 1.0, 1.25]),
        ),
        "orientation": 6,
        "as_shot_neutral": np.array([0.4853, 1.0, 0.6214]),
        "baseline_exposure_stops": -0.35,
        "noise_profile": np.array([[6.1e-4, 1.7e-6]]),
        "opcode_list_2": (
            *(gain_map(row, column, height, width) for row in (0, 1) for column in (0, 1)),
            SCALE_ROWS,
        ),
        "opcode_list_3": (WARP,),
        "default_user_crop": (0.0, 0.125, 1.0, 0.875),
        "capture": Capture("Atelier", "Chambre 1", "50 mm", 1 / 250, 2.8, 400),
        "metadata": METADATA,
    }
    return RawFrame(**{**facts, **changes})


def plain_frame(**changes: Any) -> RawFrame:
    """A frame with the least that a DNG must say."""
    return make_frame(
        **{
            "opcode_list_2": (),
            "opcode_list_3": (),
            "orientation": 1,
            "black_level": np.zeros((1, 1)),
            **changes,
        }
    )


def assert_equal(one: Any, other: Any) -> None:
    """Equal numbers, all the way down."""
    assert (one is None) == (other is None)
    if one is not None:
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("compression", ["none", "lossless-jpeg"])
@pytest.mark.parametrize("cfa", BAYER_PATTERNS)
@pytest.mark.parametrize("size", [(64, 96), (65, 97)])
def test_everything_comes_back_through_our_reader(
    tmp_path: Path, compression: str, cfa: str, size: tuple[int, int]
) -> None:
    frame = make_frame(*size, cfa=cfa)
    back = tirage.read(write_dng(frame, tmp_path / "a.dng", compression=compression))
    assert back.mosaic.dtype == np.uint16
    for name in ("mosaic", "black_level", "white_level", "as_shot_neutral", "noise_profile"):
        assert_equal(getattr(back, name), getattr(frame, name))
    for name in ("cfa", "default_crop", "orientation", "baseline_exposure_stops", "default_user_crop", "default_scale"):
        assert getattr(back, name) == getattr(frame, name), name
    assert encode(back.opcode_list_2) == encode(frame.opcode_list_2)
    assert encode(back.opcode_list_3) == encode(frame.opcode_list_3)
    assert len(back.lens_shading) == 4
    for ours, theirs in zip(frame.lens_shading, back.lens_shading, strict=True):
        assert_equal(ours.gains, theirs.gains)
        for name in ("spec", "spacing_v", "spacing_h", "origin_v", "origin_h", "dng_version", "optional"):
            assert getattr(ours, name) == getattr(theirs, name), name
    assert_equal(back.colour.analog_balance, frame.colour.analog_balance)
    for ours, theirs in zip(frame.colour.illuminants, back.colour.illuminants, strict=True):
        assert ours.cct_kelvin == theirs.cct_kelvin
        for name in ("color_matrix", "forward_matrix", "camera_calibration"):
            assert_equal(getattr(ours, name), getattr(theirs, name))
    assert (back.capture.make, back.capture.model, back.capture.iso) == ("Atelier", "Chambre 1", 400)
    assert back.capture.exposure_s == 1 / 250 and back.metadata.gps[0x01] == "N"


def test_rare_facts_come_back_too(tmp_path: Path) -> None:
    third = Illuminant(5000.0, (COLOR_1 + 0.01).round(4))
    frame = plain_frame(
        black_level_delta_h=np.linspace(-2, 2, 96).round(3),
        black_level_delta_v=np.linspace(0, 1, 64).round(3),
        as_shot_neutral=None,
        as_shot_white_xy=np.array([0.3457, 0.3585]),
        noise_profile=np.array([[1e-4, 1e-7], [2e-4, 2e-7], [3e-4, 3e-7]]),
        default_scale=(1.0, 0.5),
        colour=CameraColour((Illuminant(2850.0, COLOR_1), Illuminant(6500.0, COLOR_2), third)),
    )
    back = tirage.read(write_dng(frame, tmp_path / "a.dng"))
    for name in ("black_level_delta_h", "black_level_delta_v", "as_shot_neutral", "as_shot_white_xy", "noise_profile"):
        assert_equal(getattr(back, name), getattr(frame, name))
    assert back.default_scale == (1.0, 0.5)
    assert [one.cct_kelvin for one in back.colour.illuminants] == [2850.0, 6500.0, 5000.0]
    assert_equal(back.colour.illuminants[2].color_matrix, third.color_matrix)


@pytest.mark.parametrize("compression", ["none", "lossless-jpeg"])
def test_three_planes_are_written_as_linear_raw(tmp_path: Path, compression: str) -> None:
    planes = np.random.default_rng(6).integers(0, 65536, (3, 40, 51), dtype=np.uint16)
    frame = plain_frame(
        mosaic=planes,
        cfa=None,
        black_level=np.array([[[10.0, 20.0, 30.0]]]),
        white_level=np.array([65535.0, 65000.0, 64000.0]),
        default_crop=Rectangle(0, 0, 51, 40),
    )
    back = tirage.read(write_dng(frame, tmp_path / "a.dng", compression=compression))
    assert back.cfa is None
    assert_equal(back.mosaic, planes)
    assert_equal(back.black_level, frame.black_level)
    assert_equal(back.white_level, frame.white_level)


@given(st.floats(-2000, 2000))
def test_rationals_are_good_to_a_millionth(value: float) -> None:
    [(numerator, denominator)] = _rationals([value], signed=True)
    assert abs(numerator / denominator - value) <= 1e-6 and abs(numerator) < 2**31 and 0 < denominator < 2**31


@given(st.integers(-(10**7), 10**7), st.sampled_from([1, 10, 10_000, 1_000_000]))
def test_decimal_fractions_come_back_exactly(numerator: int, denominator: int) -> None:
    [(n, d)] = _rationals([numerator / denominator], signed=True)
    assert n * denominator == d * numerator


@pytest.mark.parametrize(
    "kelvin, code", [(2856, 17), (2500, 17), (3100, 24), (4874, 23), (5503, 20), (6774, 21), (9000, 22)]
)
def test_calibrations_are_stated_as_the_nearest_light(tmp_path: Path, kelvin: float, code: int) -> None:
    colour = CameraColour((Illuminant(kelvin, COLOR_1),))
    path = write_dng(plain_frame(colour=colour), tmp_path / "a.dng")
    assert exif(path, "-CalibrationIlluminant1")["CalibrationIlluminant1"] == code


# Others' readers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("compression", ["none", "lossless-jpeg"])
@pytest.mark.parametrize("cfa", BAYER_PATTERNS)
@pytest.mark.parametrize("size", [(64, 96), (65, 97)])
def test_libraw_reads_pixels_levels_and_filters(
    tmp_path: Path, compression: str, cfa: str, size: tuple[int, int]
) -> None:
    frame = plain_frame(mosaic=make_frame(*size).mosaic, cfa=cfa, black_level=np.full((1, 1), 256.0))
    frame = replace(frame, default_crop=Rectangle(0, 0, size[1], size[0]))
    with rawpy.imread(str(write_dng(frame, tmp_path / "a.dng", compression=compression))) as raw:
        assert_equal(raw.raw_image_visible, frame.mosaic)
        assert raw.black_level_per_channel == [256] * 4 and raw.white_level == 4095
        pattern = "".join(raw.color_desc.decode()[i] for i in raw.raw_pattern.ravel())
        assert pattern == cfa
        balance = np.array(raw.camera_whitebalance[:3])
    assert frame.as_shot_neutral is not None
    np.testing.assert_allclose(balance / balance[1], 1 / frame.as_shot_neutral, rtol=1e-6)


def exif(path: Path, *options: str) -> dict[str, Any]:
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed")
    command = ["exiftool", "-j", "-n", "-u", *options, str(path)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)[0]


def floats(text: str) -> list[float]:
    return [float(number) for number in text.split()]


@pytest.mark.parametrize("compression", ["none", "lossless-jpeg"])
def test_exiftool_finds_a_valid_file_and_the_same_facts(tmp_path: Path, compression: str) -> None:
    frame = make_frame()
    path = write_dng(frame, tmp_path / "a.dng", compression=compression)
    assert exif(path, "-validate", "-warning", "-error", "-a") == {"SourceFile": str(path), "Validate": "0 0 0"}
    found = exif(path)
    assert found["DNGVersion"] == "1 4 0 0" and found["DNGBackwardVersion"] == "1 3 0 0"
    assert (found["ImageWidth"], found["ImageHeight"], found["Orientation"]) == (96, 64, 6)
    assert found["UniqueCameraModel"] == "Atelier Chambre 1"
    assert floats(found["ColorMatrix2"]) == COLOR_2.ravel().tolist()
    assert floats(found["ForwardMatrix1"]) == FORWARD.ravel().tolist()
    assert floats(found["AsShotNeutral"]) == [0.4853, 1, 0.6214]
    assert floats(found["BlackLevel"]) == [256, 257.5, 255.25, 256] and found["WhiteLevel"] == 4095
    assert floats(found["DefaultCropOrigin"]) == [6, 8] and floats(found["DefaultCropSize"]) == [82, 48]
    assert floats(found["NoiseProfile"]) == [6.1e-4, 1.7e-6]
    assert found["BaselineExposure"] == -0.35
    assert (found["ExposureTime"], found["FNumber"], found["ISO"]) == (1 / 250, 2.8, 400)
    assert found["GPSLatitude"] == pytest.approx(48 + 51 / 60 + 24.9 / 3600)
    names = subprocess.run(
        ["exiftool", "-s3", "-OpcodeList2", "-OpcodeList3", str(path)], capture_output=True, text=True
    )
    assert names.stdout.split("\n")[:2] == ["GainMap, GainMap, GainMap, GainMap, ScalePerRow", "WarpRectilinear"]


def test_dcraw_reads_the_same_pixels(tmp_path: Path) -> None:
    if shutil.which("dcraw") is None:
        pytest.skip("dcraw is not installed")
    frame = plain_frame()
    for compression in ("none", "lossless-jpeg"):
        path = write_dng(frame, tmp_path / f"{compression}.dng", compression=compression)
        image = subprocess.run(["dcraw", "-D", "-4", "-c", str(path)], capture_output=True, check=True).stdout
        assert image.startswith(b"P5\n96 64\n65535\n")
        assert_equal(np.frombuffer(image[-2 * frame.mosaic.size :], ">u2").reshape(64, 96), frame.mosaic)


@pytest.mark.parametrize("compression", ["none", "lossless-jpeg"])
def test_adobes_sdk_reads_the_same_and_warns_of_nothing(
    tmp_path: Path, compression: str, capfd: pytest.CaptureFixture[str]
) -> None:
    dngpy = pytest.importorskip("dngpy")
    frame = make_frame()
    dng = dngpy.Dng(str(write_dng(frame, tmp_path / "a.dng", compression=compression)))
    assert_equal(dng.raw_pixels[..., 0], frame.mosaic)
    np.testing.assert_allclose(dng.get_white_balance(), frame.as_shot_neutral)
    assert dng.get_baseline_exposure() == frame.baseline_exposure_stops
    first = dng.get_gainmap()
    assert_equal(first.to_numpy(), frame.lens_shading[0].gains)
    assert (first.spacing_v, first.spacing_h) == (1 / 2, 1 / 3)
    assert capfd.readouterr() == ("", "")


def test_a_cameras_file_goes_through(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "raw" / "gopro_hero6_iso100.dng"
    frame = tirage.read(source)
    path = write_dng(frame, tmp_path / "a.dng", compression="lossless-jpeg")
    assert path.stat().st_size < 0.6 * source.stat().st_size
    back = tirage.read(path)
    assert_equal(back.mosaic, frame.mosaic)
    for name in ("black_level", "white_level", "as_shot_neutral", "noise_profile"):
        assert_equal(getattr(back, name), getattr(frame, name))
    assert [one.color_matrix.tolist() for one in back.colour.illuminants] == [
        one.color_matrix.tolist() for one in frame.colour.illuminants
    ]
    assert [one.gains.tolist() for one in back.lens_shading] == [one.gains.tolist() for one in frame.lens_shading]
    assert back.orientation == 2 and back.capture == frame.capture
    assert exif(path, "-validate")["Validate"] == "0 0 0"
    with rawpy.imread(str(path)) as ours, rawpy.imread(str(source)) as theirs:
        assert_equal(ours.raw_image, theirs.raw_image)
        np.testing.assert_allclose(ours.rgb_xyz_matrix, theirs.rgb_xyz_matrix, atol=1e-6)


# The file itself -----------------------------------------------------------------------------------------------------


def test_equal_frames_make_equal_bytes(tmp_path: Path) -> None:
    for compression in ("none", "lossless-jpeg"):
        first = write_dng(make_frame(), tmp_path / "a.dng", compression=compression).read_bytes()
        assert write_dng(make_frame(), tmp_path / "b.dng", compression=compression).read_bytes() == first


def test_gps_stays_out_on_request(tmp_path: Path) -> None:
    path = write_dng(make_frame(), tmp_path / "a.dng", strip_gps=True)
    assert not [tag for tag in exif(path) if tag.startswith("GPS")]
    assert tirage.read(path).metadata.gps == {}


def test_a_frame_needs_no_facts_of_the_shot(tmp_path: Path) -> None:
    path = write_dng(plain_frame(capture=Capture(), metadata=Metadata()), tmp_path / "a.dng")
    assert exif(path)["UniqueCameraModel"] == "unknown camera"
    assert exif(path, "-validate")["Validate"] == "0 0 0"


def test_the_camera_keeps_its_own_name(tmp_path: Path) -> None:
    """Programs choose a camera's profile by it, and it need not be make and model."""
    named = Metadata(image={0xC614: "Chambre 1 (tele)"})
    path = write_dng(replace(make_frame(), metadata=named), tmp_path / "a.dng")
    assert exif(path)["UniqueCameraModel"] == tirage.read(path).metadata.image[0xC614] == "Chambre 1 (tele)"


def test_a_view_of_a_larger_array_is_written_as_seen(tmp_path: Path) -> None:
    whole = np.arange(100 * 120, dtype=">u2").reshape(100, 120)
    frame = plain_frame(mosaic=whole[3:67, 5:101])
    assert_equal(tirage.read(write_dng(frame, tmp_path / "a.dng")).mosaic, whole[3:67, 5:101])


def test_tirage_write_makes_a_dng_of_a_frame(tmp_path: Path) -> None:
    assert tirage.write(make_frame(), tmp_path / "a.dng") == tmp_path / "a.dng"
    assert_equal(tirage.read(tmp_path / "a.dng").mosaic, make_frame().mosaic)


def test_an_existing_file_survives_without_overwrite(tmp_path: Path) -> None:
    path = tmp_path / "a.dng"
    path.write_bytes(b"mine")
    with pytest.raises(FileError, match="exists"):
        write_dng(make_frame(), path, overwrite=False)
    assert path.read_bytes() == b"mine" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"mosaic": np.zeros((64, 96), np.float32)}, "uint16"),
        ({"mosaic": np.zeros((64, 96, 3), np.uint16)}, "shape"),
        ({"mosaic": np.zeros((0, 96), np.uint16)}, "shape"),
        ({"cfa": "RGBG"}, "filters"),
        ({"colour": CameraColour(())}, "calibration"),
        ({"white_level": np.array([np.nan])}, "WhiteLevel"),
        ({"white_level": np.array([np.inf])}, "WhiteLevel"),
        ({"black_level": np.array([[np.nan]])}, "nan"),
        ({"black_level": np.array([[-1.0]])}, "-1"),
        ({"as_shot_neutral": np.array([np.inf, 1, 1])}, "inf"),
        ({"baseline_exposure_stops": float("nan")}, "nan"),
        ({"noise_profile": np.array([[np.nan, 0]])}, "NoiseProfile"),
        ({"colour": CameraColour((Illuminant(5000.0, np.full((3, 3), np.nan)),))}, "nan"),
    ],
)
def test_what_a_dng_cant_hold_is_refused_in_a_sentence(tmp_path: Path, changes: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        write_dng(make_frame(**changes), tmp_path / "a.dng")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_compression_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="lossless-jpeg"):
        write_dng(make_frame(), tmp_path / "a.dng", compression="zip")
