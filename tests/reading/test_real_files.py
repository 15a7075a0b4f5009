"""Real files against exiftool, which reads the same tags on its own, and against LibRaw's pixels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import oracles
from tirage.photo.frame import RawFrame
from tirage.photo.operations import MapPolynomial
from tirage.reading import read

READABLE = [
    "gopro_hero6_iso100.dng",
    "canon_x4_colorchecker.dng",
    "lg_g4_linear_lossy.dng",
    "lg_g4_linear_lossy_preview.dng",
    *("dng17/" + name for name in (
        "05_PGTM2_unsigned8.dng", "07_PGTM2_float16.dng", "08_PGTM2_float32.dng", "09_ImageSequenceInfo_1_of_3.dng",
        "10_ImageSequenceInfo_2_of_3.dng", "11_ImageSequenceInfo_3_of_3.dng", "14_hdr_sdr_profiles.dng",
    )),
]  # fmt: skip
#: exiftool's name of a light -> what DNG takes for its temperature.
KELVIN = {3: 2850, 17: 2850, 21: 6500, 23: 5000}

Tags = dict[str, Any]


@pytest.fixture(params=READABLE)
def pair(request: pytest.FixtureRequest, raw_files: Path, exiftool: Callable[[Path], Tags]) -> tuple[RawFrame, Tags]:
    """A real file as tirage and as exiftool read it."""
    path = raw_files / request.param
    return read(path), exiftool(path)


def numbers(tags: Tags, name: str) -> np.ndarray | None:
    """A tag's numbers, of the RAW image's directory before the main one; None when absent or undefined."""
    for group in ("SubIFD", "IFD0"):
        value = tags.get(f"{group}:{name}")
        if value is not None and "undef" not in str(value):
            return np.array(str(value).split(), float)
    return None


def _equal(ours: np.ndarray | None, theirs: np.ndarray | None) -> bool:
    if ours is None or theirs is None:
        return ours is None and theirs is None
    return np.allclose(np.ravel(ours), theirs, rtol=oracles.EXIFTOOL_DIGITS, atol=1e-10)


def test_size_and_orientation(pair: tuple[RawFrame, Tags]) -> None:
    frame, tags = pair
    width, height = (numbers(tags, name) for name in ("ImageWidth", "ImageHeight"))
    area = numbers(tags, "ActiveArea")
    area = np.array([0, 0, height[0], width[0]]) if area is None else area  # type: ignore[index]
    assert (frame.height, frame.width) == (area[2] - area[0], area[3] - area[1])
    crop = np.array([*numbers(tags, "DefaultCropOrigin"), *numbers(tags, "DefaultCropSize")])  # type: ignore[misc]
    ours = frame.default_crop
    assert [ours.left, ours.top, ours.width, ours.height] == crop.tolist()
    assert frame.orientation == tags.get("IFD0:Orientation", 1)
    pattern = numbers(tags, "CFAPattern2")
    assert frame.cfa == (None if pattern is None else "".join("RGB"[int(colour)] for colour in pattern))


def test_levels(pair: tuple[RawFrame, Tags]) -> None:
    frame, tags = pair
    black = numbers(tags, "BlackLevel")
    assert not frame.black_level.any() if black is None else _equal(frame.black_level, black)
    white = numbers(tags, "WhiteLevel")
    assert _equal(frame.white_level, np.ones(3) if white is None else white)
    exposures = [numbers(tags, name) for name in ("BaselineExposure", "BaselineExposureOffset")]
    expected = sum(one[0] for one in exposures if one is not None)
    assert frame.baseline_exposure_stops == pytest.approx(expected, abs=oracles.EXIFTOOL_DIGITS)
    assert _equal(frame.noise_profile, numbers(tags, "NoiseProfile"))


def test_colour(pair: tuple[RawFrame, Tags]) -> None:
    frame, tags = pair
    assert _equal(frame.as_shot_neutral, numbers(tags, "AsShotNeutral"))
    assert _equal(frame.colour.analog_balance, numbers(tags, "AnalogBalance"))
    for index, one in enumerate(frame.colour.illuminants, 1):
        assert _equal(one.color_matrix, numbers(tags, f"ColorMatrix{index}"))
        assert _equal(one.forward_matrix, numbers(tags, f"ForwardMatrix{index}"))
        assert _equal(one.camera_calibration, numbers(tags, f"CameraCalibration{index}"))
        light = tags.get(f"IFD0:CalibrationIlluminant{index}")
        assert one.cct_kelvin == (5000 if light is None else KELVIN[light])
    assert f"IFD0:ColorMatrix{len(frame.colour.illuminants) + 1}" not in tags


def test_capture(pair: tuple[RawFrame, Tags]) -> None:
    frame, tags = pair
    shot = frame.capture
    assert shot.make == tags.get("IFD0:Make", "")
    assert shot.model == tags.get("IFD0:Model", tags["IFD0:UniqueCameraModel"])
    for ours, name in (
        (shot.exposure_s, "ExposureTime"),
        (shot.f_number, "FNumber"),
        (shot.iso, "ISO"),
        (shot.focal_length_mm, "FocalLength"),
    ):
        theirs = tags.get(f"ExifIFD:{name}") or None  # zero is unknown
        assert ours == (theirs if theirs is None else pytest.approx(theirs, rel=oracles.EXIFTOOL_DIGITS)), name
    stated = tags.get("ExifIFD:DateTimeOriginal") or None
    assert (shot.time and shot.time.strftime("%Y:%m:%d %H:%M:%S")) == stated


def test_exif_values_of_the_gopro(raw_files: Path, exiftool: Callable[[Path], Tags]) -> None:
    path = raw_files / "gopro_hero6_iso100.dng"
    known, tags = read(path).metadata, exiftool(path)
    degrees, minutes, seconds = (n / d for n, d in known.gps[2])
    assert degrees + minutes / 60 + seconds / 3600 == pytest.approx(tags["GPS:GPSLatitude"], abs=1e-7)
    assert known.gps[1] == tags["GPS:GPSLatitudeRef"] and known.gps[0] == bytes([2, 2, 0, 0])
    assert known.image[305] == tags["IFD0:Software"]
    simple = {
        34850: "ExposureProgram", 37383: "MeteringMode", 37385: "Flash", 41495: "SensingMethod", 41986: "ExposureMode",
        41989: "FocalLengthIn35mmFormat", 41990: "SceneCaptureType", 41994: "Sharpness",
    }  # fmt: skip
    assert {name: known.exif[tag] for tag, name in simple.items()} == {
        name: tags[f"ExifIFD:{name}"] for name in simple.values()
    }
    assert 37500 not in known.exif


def test_the_gopros_lens_shading(raw_files: Path) -> None:
    maps = read(raw_files / "gopro_hero6_iso100.dng").lens_shading
    assert [(one.spec.area.top, one.spec.area.left) for one in maps] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    for one in maps:
        points_v, points_h, planes = one.gains.shape
        assert (one.spec.row_pitch, one.spec.column_pitch, planes) == (2, 2, 1)
        # the grid spans the picture, and a lens darkens its corners
        assert one.origin_v + one.spacing_v * (points_v - 1) == pytest.approx(1)
        assert one.origin_h + one.spacing_h * (points_h - 1) == pytest.approx(1)
        corners = one.gains[[0, 0, -1, -1], [0, -1, 0, -1], 0]
        assert corners.min() > 1.3 > one.gains[points_v // 2, points_h // 2, 0] >= 1


def test_lossy_pixels_and_their_polynomials_against_libraw(raw_files: Path) -> None:
    """LibRaw applies MapPolynomial while decoding; ours, applied to what we decoded and carried, gives the same."""
    import rawpy

    path = raw_files / "lg_g4_linear_lossy.dng"
    frame = read(path)
    assert frame.notes == ()
    with rawpy.imread(str(path)) as raw:
        theirs = raw.raw_image.copy()
    assert len(frame.opcode_list_2) == 3
    for plane, one in enumerate(frame.opcode_list_2):
        assert isinstance(one, MapPolynomial) and one.spec.plane == plane
        ours = np.polynomial.polynomial.polyval(frame.mosaic[plane] / 255, one.coefficients) * 65535
        assert np.abs(ours - theirs[..., plane]).max() <= oracles.LIBRAW_TRUNCATION


def test_floating_point_pixels_against_tifffile(raw_files: Path) -> None:
    import tifffile

    path = raw_files / "dng17" / "14_hdr_sdr_profiles.dng"
    frame = read(path)
    assert frame.mosaic.dtype == np.float32
    assert np.array_equal(frame.mosaic.transpose(1, 2, 0), tifffile.imread(path))


def test_reading_is_quick(raw_files: Path) -> None:
    """12 MP as the sensor gave it: nothing is read until it is used."""
    import time

    path = raw_files / "gopro_hero6_iso100.dng"
    read(path)
    best = min(_cpu(read, path, time.process_time) for _ in range(5))
    assert best < 0.03


def _cpu(function: Callable[[Path], object], path: Path, clock: Callable[[], float]) -> float:
    started = clock()
    function(path)
    return clock() - started


def test_importing_reading_is_cheap() -> None:
    import subprocess
    import sys

    code = "import sys, tirage.reading; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"tifffile", "rawpy", "imagecodecs", "PIL", "concurrent.futures"} & set(loaded)
