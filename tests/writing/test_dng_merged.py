"""A DNG with a preview, as a merge is written: the same frame to tirage, LibRaw, exiftool, dcraw, darktable,
RawTherapee and Adobe's SDK.
"""

from __future__ import annotations

import io
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
from PIL import Image

import oracles
import tirage
from tirage.photo.frame import CameraColour, Illuminant, Metadata, RawFrame, Rectangle
from tirage.photo.image import DisplayImage
from tirage.photo.operations import WarpRectilinear
from tirage.photo.profile import CameraProfile, GainTableMap, HueSatTable
from tirage.simulating.scene import demo_scene
from tirage.writing.dng import _rationals, write_dng

#: A pedestal far above what a sensor's is, and the highest code of 16 bits.
BLACK, WHITE = 4096, 65535
PREVIEW = DisplayImage(np.random.default_rng(2).integers(0, 256, (30, 41, 3), dtype=np.uint8))
MERGED = {"frames": ["a.dng", "b.dng"], "left_out": ["c & d.dng"], "reference": "a.dng", "robustness": 1.0}


@pytest.fixture(scope="module")
def pair() -> tuple[RawFrame, RawFrame]:
    """A simulated frame, and the same light in 16 bits over a pedestal, merged as far as the file can tell."""
    frame = tirage.simulate(demo_scene(240, 320), iso=100, noise=False)
    light = (frame.mosaic - frame.black_level[0, 0]) / (frame.white_level[0] - frame.black_level[0, 0])
    mosaic = np.rint(light * (WHITE - BLACK) + BLACK).astype(np.uint16)
    crop = Rectangle(2, 2, 316, 236)
    frame = replace(frame, default_crop=crop, metadata=Metadata(gps={0x01: "N", 0x02: ((48, 1), (51, 1), (0, 1))}))
    levels: dict[str, Any] = {"black_level": np.full((1, 1), float(BLACK)), "white_level": np.array([float(WHITE)])}
    noise = np.array([[1.25e-4, 3.1e-8]])
    return frame, replace(frame, mosaic=mosaic, noise_profile=noise, merged=MERGED, **levels)


@pytest.fixture(scope="module")
def file(pair: tuple[RawFrame, RawFrame], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tirage.write(pair[1], tmp_path_factory.mktemp("merged") / "merged.dng")


def test_it_comes_back_as_in_memory_and_develops_alike(pair: tuple[RawFrame, RawFrame], file: Path) -> None:
    back = tirage.read(file)
    assert np.array_equal(back.mosaic, pair[1].mosaic) and back.notes == ()
    assert np.array_equal(back.noise_profile, pair[1].noise_profile)
    assert back.default_crop == pair[1].default_crop and len(back.opcode_list_2) == 4
    assert back.metadata.gps[0x01] == "N"
    assert np.array_equal(tirage.develop(back).pixels, tirage.develop(pair[1]).pixels)


def test_the_preview_is_the_picture_developed(pair: tuple[RawFrame, RawFrame], file: Path) -> None:
    with rawpy.imread(str(file)) as raw:
        thumb = raw.extract_thumb()
    assert thumb.format == rawpy.ThumbFormat.JPEG
    shown = np.asarray(Image.open(io.BytesIO(thumb.data))).astype(float)
    wanted = tirage.finish(tirage.develop(pair[1])).pixels.astype(float)
    assert shown.shape == wanted.shape == (236, 316, 3)
    assert np.abs(shown - wanted).mean() < oracles.PREVIEW_CODES


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_preview_lies_as_the_sensor_does(pair: tuple[RawFrame, RawFrame], tmp_path: Path, orientation: int) -> None:
    path = tirage.write(replace(pair[1], orientation=orientation), tmp_path / "a.dng")
    with rawpy.imread(str(path)) as raw:
        image = Image.open(io.BytesIO(raw.extract_thumb().data))
    assert image.size == (316, 236)
    assert tirage.read(path).orientation == orientation


def test_libraw_reads_it(pair: tuple[RawFrame, RawFrame], file: Path) -> None:
    with rawpy.imread(str(file)) as raw:
        assert np.array_equal(raw.raw_image_visible, pair[1].mosaic)
        assert raw.black_level_per_channel == [BLACK] * 4 and raw.white_level == WHITE
        np.testing.assert_allclose(
            raw.camera_whitebalance[:3] / np.float64(raw.camera_whitebalance[1]), 1 / pair[1].as_shot_neutral, rtol=1e-6
        )


def test_exiftool_finds_a_valid_file_with_every_fact(file: Path) -> None:
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed")

    def exif(*options: str) -> dict[str, Any]:
        command = ["exiftool", "-j", "-n", "-u", *options, str(file)]
        return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)[0]

    assert exif("-validate", "-warning", "-error", "-a") == {"SourceFile": str(file), "Validate": "0 0 0"}
    found = exif("-G1")
    assert found["IFD0:SubfileType"] == 1 and found["SubIFD:SubfileType"] == 0
    assert found["SubIFD:BlackLevel"] == BLACK and found["SubIFD:WhiteLevel"] == WHITE
    assert found["SubIFD:NoiseProfile"] == "0.000125 3.1e-08"
    for name in ("ColorMatrix1", "ColorMatrix2", "ForwardMatrix1", "ForwardMatrix2", "AnalogBalance", "AsShotNeutral"):
        assert f"IFD0:{name}" in found, name
    assert found["ExifIFD:CompositeImage"] == 2 and found["ExifIFD:CompositeImageCount"] == "3 2"
    assert found["GPS:GPSLatitudeRef"] == "N"
    assert json.loads(found["XMP-tirage:Merge"]) == MERGED


def test_adobes_sdk_reads_it_and_warns_of_nothing(
    pair: tuple[RawFrame, RawFrame], file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    dngpy = pytest.importorskip("dngpy")
    assert np.array_equal(dngpy.Dng(str(file)).raw_pixels[..., 0], pair[1].mosaic)
    assert capfd.readouterr() == ("", "")
    close = replace(pair[1], default_crop=Rectangle(0, 0, 320, 240))  # that it would warn of
    dngpy.Dng(str(tirage.write(close, file.with_name("close.dng"))))
    assert "Too little padding" in "".join(capfd.readouterr())


@pytest.mark.parametrize("program", ["dcraw", "darktable-cli", "rawtherapee-cli"])
def test_other_developers_see_the_light_that_the_sensors_own_levels_hold(
    pair: tuple[RawFrame, RawFrame], file: Path, tmp_path: Path, program: str
) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    plain = write_dng(pair[0], tmp_path / "plain.dng")
    one, other = (rendered(program, path, tmp_path) for path in (plain, file))
    assert one.shape == other.shape and one.std() > 20
    assert np.abs(one - other).mean() < oracles.OTHER_DEVELOPERS_CODES


def rendered(program: str, path: Path, folder: Path) -> np.ndarray:
    """The picture of a developer as it renders by default."""
    out = folder / f"{path.stem}.tif"
    commands = {
        "dcraw": ["dcraw", "-w", "-W", "-T", "-c", str(path)],
        "darktable-cli": ["darktable-cli", str(path), str(out), "--core", "--configdir", str(folder / "dt")],
        "rawtherapee-cli": ["rawtherapee-cli", "-o", str(out), "-t", "-b8", "-Y", "-c", str(path)],
    }
    environment = {"HOME": str(folder), "PATH": "/usr/bin:/bin:/usr/local/bin"}
    done = subprocess.run(commands[program], capture_output=True, check=True, env=environment, timeout=300)
    if program == "dcraw":
        out.write_bytes(done.stdout)
    return np.asarray(Image.open(out).convert("RGB")).astype(float)


def test_an_exposure_of_zero_is_unknown(
    pair: tuple[RawFrame, RawFrame], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    dngpy = pytest.importorskip("dngpy")
    facts = Metadata(exif={0x829A: (0, 1000000), 0x829D: (0, 10), 0x8827: 0})
    frame = replace(pair[1], metadata=facts, capture=replace(pair[1].capture, exposure_s=None))
    path = tirage.write(frame, tmp_path / "a.dng")
    dngpy.Dng(str(path))
    assert capfd.readouterr() == ("", "")
    assert not {0x829A, 0x829D} & tirage.read(path).metadata.exif.keys()


# What a frame may hold beside --------------------------------------------------------------------------------------


def profile(gamma: float) -> CameraProfile:
    random = np.random.default_rng(7)
    tables = [
        HueSatTable(random.uniform(0.9, 1.1, (2, 6, 3, 3)).astype(np.float32), srgb_encoded=True) for _ in range(3)
    ]
    for table in tables:
        table.data[:, :, 0, 2] = 1  # as the specification has it where there is no saturation
    curve = np.array([[0, 0], [0.5, 0.6], [1, 1]], np.float32)
    gains = random.uniform(0.5, 2, (3, 4, 5)).astype(np.float32)
    weights = np.array([0.2, 0.4, 0.2, 0.1, 0.1], np.float32).astype(float)
    found = GainTableMap(gains, weights, 1 / 2, 1 / 3, 0.0, 0.0, gamma)
    return CameraProfile(
        "Velvet", "nobody", (2850.0, 6500.0), (None, None), tuple(tables[:2]), tables[2], curve, found, 0.25
    )


@pytest.mark.parametrize("gamma, version", [(1.0, 6), (2.0, 7)])
def test_the_camera_profile_comes_back(pair: tuple[RawFrame, RawFrame], tmp_path: Path, gamma: float, version: int):
    frame = replace(pair[1], profile=profile(gamma), baseline_exposure_stops=0.75)
    path = write_dng(frame, tmp_path / "a.dng", preview=lambda frame: PREVIEW)
    back = tirage.read(path)
    assert back.profile is not None and frame.profile is not None and frame.profile.gain_table_map is not None
    assert (back.profile.name, back.profile.copyright) == ("Velvet", "nobody")
    assert back.baseline_exposure_stops == 0.75 and back.profile.baseline_exposure_offset_stops == 0.25
    for ours, theirs in zip(frame.profile.hue_sat_maps, back.profile.hue_sat_maps, strict=True):
        assert np.array_equal(ours.data, theirs.data) and theirs.srgb_encoded
    assert frame.profile.look_table is not None and back.profile.look_table is not None
    assert np.array_equal(back.profile.look_table.data, frame.profile.look_table.data)
    assert np.array_equal(back.profile.tone_curve, frame.profile.tone_curve)
    theirs = back.profile.gain_table_map
    assert theirs is not None and np.array_equal(theirs.gains, frame.profile.gain_table_map.gains)
    assert np.array_equal(theirs.weights, frame.profile.gain_table_map.weights) and theirs.gamma == gamma
    assert np.array_equal(
        tirage.develop(back, profile="embedded").pixels, tirage.develop(frame, profile="embedded").pixels
    )
    assert path.read_bytes().count(bytes((1, version, 0, 0))) >= 1


def test_lights_come_back_by_name_or_by_chromaticity(pair: tuple[RawFrame, RawFrame], tmp_path: Path) -> None:
    frame = pair[1]
    matrix, other = (one.color_matrix for one in frame.colour.illuminants)
    for kelvin, xy in ((5500.0, (0.3484, 0.3516)), (6500.0, (0.3101, 0.3162)), (6400.0, None), (3525.0, None)):
        lights = Illuminant(2850.0, matrix, white_xy=(0.4476, 0.4074)), Illuminant(kelvin, other, white_xy=xy)
        back = tirage.read(write_dng(replace(frame, colour=CameraColour(lights)), tmp_path / "a.dng"))
        assert [(one.cct_kelvin, one.white_xy) for one in back.colour.illuminants] == [
            (2850.0, (0.4476, 0.4074)),
            (kelvin, xy),
        ]
    led = CameraColour((lights[0], Illuminant(4321.0, other, white_xy=(0.3671, 0.3712))), calibration_signature="us")
    back = tirage.read(write_dng(replace(frame, colour=led), tmp_path / "a.dng"))
    assert back.colour.illuminants[1].white_xy == (0.3671, 0.3712) and back.colour.calibration_signature == "us"


@given(st.floats(1e-3, 8) | st.floats(-8, -1e-3))
def test_any_matrix_comes_back_to_fourteen_places(value: float) -> None:
    [(numerator, denominator)] = _rationals([value], signed=True)
    assert abs(numerator / denominator - value) <= 1e-14


def test_equal_frames_make_equal_bytes(pair: tuple[RawFrame, RawFrame], file: Path) -> None:
    assert tirage.write(pair[1], file.with_name("again.dng")).read_bytes() == file.read_bytes()


def test_lossless_jpeg_holds_16_bits_over_a_preview(pair: tuple[RawFrame, RawFrame], tmp_path: Path) -> None:
    path = write_dng(pair[1], tmp_path / "a.dng", preview=lambda frame: PREVIEW, compression="lossless-jpeg")
    assert np.array_equal(tirage.read(path).mosaic, pair[1].mosaic)
    with rawpy.imread(str(path)) as raw:
        assert np.array_equal(raw.raw_image_visible, pair[1].mosaic)


def test_three_planes_have_a_preview_too(tmp_path: Path) -> None:
    planes = np.random.default_rng(6).integers(0, 65536, (3, 40, 51), dtype=np.uint16)
    frame = tirage.simulate(demo_scene(40, 51))
    levels = {"black_level": np.zeros((1, 1, 3)), "white_level": np.full(3, 65535.0)}
    frame = replace(frame, mosaic=planes, cfa=None, opcode_list_2=(), **levels)
    assert np.array_equal(tirage.read(tirage.write(frame, tmp_path / "a.dng")).mosaic, planes)


def test_a_frame_that_cant_be_developed_is_written_without_a_preview(
    pair: tuple[RawFrame, RawFrame], tmp_path: Path
) -> None:
    warp = WarpRectilinear(np.array([[-1.0, 9, 9, 9]]), np.zeros((1, 2)), (0.5, 0.5))
    black = np.arange(15.0).reshape(3, 5) + 4000
    frame = replace(pair[1], opcode_list_3=(warp,), black_level=black)
    assert np.array_equal(tirage.read(tirage.write(frame, tmp_path / "a.dng")).mosaic, frame.mosaic)
