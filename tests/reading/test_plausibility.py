"""Tags against pixels: wrong ones are found, right ones never doubted."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import numpy as np
import pytest

import oracles
from dng_maker import LONG, make_dng
from tirage.photo.frame import BAYER_PATTERNS, CameraColour, RawFrame, Rectangle
from tirage.photo.image import SceneImage
from tirage.reading import read
from tirage.reading.plausibility import contradictions, corrected, judged, masked_areas
from tirage.reading.tiff import directories
from tirage.simulating import simulate
from tirage.simulating.scene import demo_scene

DIAGONAL = {"RGGB": 1, "BGGR": 1, "GRBG": 0, "GBRG": 0}
COLOURS = {
    "grey": (0.4, 0.4, 0.4),
    "white, clipped": (2, 2, 2),
    "black": (0, 0, 0),
    "red": (0.5, 0.02, 0.02),
    "blue": (0.02, 0.03, 0.5),
    "foliage": (0.05, 0.2, 0.02),
    "magenta": (0.9, 0.35, 0.5),
    "orange": (0.7, 0.4, 0.1),
}


@pytest.fixture(scope="module")
def landscape() -> SceneImage:
    return demo_scene(600, 800)


def of_one_colour(rgb: tuple[float, ...], textured: bool) -> SceneImage:
    generator = np.random.default_rng(1)
    light = np.kron(generator.normal(0, 0.7, (75, 100)), np.ones((4, 4))) if textured else np.zeros((300, 400))
    return SceneImage((np.exp(light) * np.reshape(rgb, (3, 1, 1))).astype(np.float32), white=1.0)


def with_black(frame: RawFrame, level: float) -> RawFrame:
    return dataclasses.replace(frame, black_level=np.full((1, 1), float(level)))


@pytest.mark.parametrize("true", BAYER_PATTERNS)
@pytest.mark.parametrize("iso", [100, 800, 6400])
def test_wrong_greens_are_found_and_corrected(landscape: SceneImage, true: str, iso: int) -> None:
    frame = simulate(landscape, iso=iso, cfa=true)
    for tag in BAYER_PATTERNS:
        wrong = dataclasses.replace(frame, cfa=tag)
        found = contradictions(wrong)
        if DIAGONAL[tag] == DIAGONAL[true]:  # right, or red for blue, which can't be told
            assert not found.sentences
        else:
            assert found.cfa == true and found.black_level is None
            assert len(found.sentences) == 1 and tag in found.sentences[0] and true in found.sentences[0]
            assert corrected(wrong, found).cfa == true


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("textured", [False, True])
@pytest.mark.parametrize("shading", [False, True])
def test_scenes_of_one_colour_raise_no_alarm(colour: str, textured: bool, shading: bool) -> None:
    scene = of_one_colour(COLOURS[colour], textured)
    for iso in (100, 6400):
        for true in BAYER_PATTERNS:
            for sensor in ("generic-phone", "generic-camera"):
                frame = simulate(scene, iso=iso, cfa=true, sensor=sensor, shading=shading)
                assert not contradictions(frame).sentences, (iso, true, sensor)
                assert not contradictions(dataclasses.replace(frame, noise_profile=None)).sentences


@pytest.mark.parametrize("stops", [-6, -3, 0, 3])
def test_exposure_raises_no_alarm(landscape: SceneImage, stops: float) -> None:
    for iso in (100, 1600, 6400):
        assert not contradictions(simulate(landscape, iso=iso, exposure_stops=stops)).sentences


def test_haze_is_not_a_black_level(landscape: SceneImage) -> None:
    hazy = SceneImage(landscape.pixels * np.float32(0.3) + np.float32(0.2), white=1.0)
    for iso in (100, 6400):
        frame = simulate(hazy, iso=iso)
        assert not contradictions(frame).sentences
        assert not contradictions(dataclasses.replace(frame, noise_profile=None)).sentences


@pytest.mark.parametrize("photograph", ["kodak", "mcmaster"])
def test_photographs_raise_no_alarm(shared_data: Path, photograph: str) -> None:
    from PIL import Image

    files = sorted((shared_data / "truth" / photograph).glob("*.*"))[:6]
    assert files
    for path in files:
        codes = np.asarray(Image.open(path).convert("RGB"))
        for true in BAYER_PATTERNS:
            assert not contradictions(simulate(codes, cfa=true)).sentences, path.name


def test_real_files_raise_no_alarm_and_their_greens_are_found(shared_data: Path) -> None:
    for name in ("gopro_hero6_iso100.dng", "canon_x4_colorchecker.dng"):
        frame = read(shared_data / "raw" / name)
        assert not contradictions(frame).sentences
        for tag in ("GRBG", "GBRG"):
            assert contradictions(dataclasses.replace(frame, cfa=tag)).cfa == frame.cfa == "RGGB"


@pytest.mark.parametrize("name", ["Indoor1", "Outdoor1", "Outdoor2"])
def test_headless_files_show_their_greens(shared_data: Path, name: str) -> None:
    stored = np.fromfile(shared_data / "raw" / "headless" / f"{name}_2592x1536_8bit_GRBG.raw", np.uint8)
    frame = bare(stored.reshape(1536, 2592).astype(np.uint16), white=255)
    for tag in BAYER_PATTERNS:
        assert bool(contradictions(dataclasses.replace(frame, cfa=tag)).sentences) == (DIAGONAL[tag] == 1), tag


def bare(mosaic: np.ndarray, white: float = 1023, **fields: object) -> RawFrame:
    values = {
        "cfa": "RGGB",
        "black_level": np.zeros((1, 1)),
        "white_level": np.array([white], float),
        "default_crop": Rectangle(0, 0, mosaic.shape[1], mosaic.shape[0]),
        "colour": CameraColour(()),
    }
    return RawFrame(mosaic, **{**values, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize("level", [80, 100, 120])
def test_a_black_level_above_the_shadows_is_found(landscape: SceneImage, level: float) -> None:
    frame = simulate(landscape, iso=100, exposure_stops=-3)
    found = contradictions(with_black(frame, level))
    assert found.black_level is not None
    assert found.black_level == pytest.approx(64, abs=oracles.BLACK_LEVEL_UNITS)


@pytest.mark.parametrize("level", [0, 32])
def test_a_bare_floor_is_found(landscape: SceneImage, level: float) -> None:
    pixels = landscape.pixels.copy()
    pixels[:, :100] = 0
    frame = simulate(SceneImage(pixels, white=1.0), iso=100)
    assert not contradictions(frame).sentences
    found = contradictions(with_black(frame, level))
    assert found.black_level == pytest.approx(64, abs=oracles.BLACK_LEVEL_UNITS)
    assert corrected(with_black(frame, level), found).black_level == pytest.approx(found.black_level)


def test_masked_pixels_tell_every_site(landscape: SceneImage) -> None:
    frame = simulate(landscape, iso=100)
    masked = np.rint(np.random.default_rng(2).normal(64, 1.2, (20, 800))).astype(np.uint16)
    assert not contradictions(frame, [masked]).sentences
    for level in (0, 50, 75):
        found = contradictions(with_black(frame, level), [masked])
        assert found.black_level == pytest.approx(64, abs=0.2)
    masked[0::2, 1::2] += 6
    found = contradictions(frame, [masked])
    assert found.black_level == pytest.approx(np.array([[64, 70], [64, 64]]), abs=0.2)
    leaking = np.rint(np.linspace(64, 300, 16000)).reshape(20, 800).astype(np.uint16)
    assert not contradictions(frame, [leaking]).sentences


def test_offsets_of_rows_stay_when_the_level_is_corrected(landscape: SceneImage) -> None:
    frame = simulate(landscape, iso=100, exposure_stops=-3)
    wrong = dataclasses.replace(with_black(frame, 80), black_level_delta_v=np.full(frame.height, 10.0))
    level = corrected(wrong, contradictions(wrong)).black_level
    assert level + 10 == pytest.approx(np.full((2, 2), 64), abs=oracles.BLACK_LEVEL_UNITS)


def test_judged(landscape: SceneImage) -> None:
    frame = simulate(landscape, cfa="RGGB")
    assert judged(frame) is frame and judged(frame, "auto") is frame
    wrong = dataclasses.replace(frame, cfa="GRBG", notes=("before",))
    told, auto = judged(wrong), judged(wrong, "auto")
    assert told.cfa == "GRBG" and auto.cfa == "RGGB"
    assert told.notes == (
        "before", "CFAPattern says GRBG, but the pixels are laid out as RGGB; --cfa auto corrects it"
    )  # fmt: skip
    assert auto.notes == ("before", "CFAPattern says GRBG, but the pixels are laid out as RGGB; corrected")
    assert judged(wrong, "BGGR").cfa == "BGGR" and judged(wrong, "BGGR").notes == ("before",)


def test_two_patterns_that_fit_alike_are_both_named(landscape: SceneImage) -> None:
    frame = dataclasses.replace(simulate(landscape, cfa="RGGB"), cfa="GBRG", as_shot_neutral=None)
    found = contradictions(frame)
    assert found.cfa is None and "RGGB or BGGR" in found.sentences[0]
    assert judged(frame, "auto").cfa == "GBRG" and judged(frame, "auto").notes == found.sentences


@pytest.mark.parametrize("shape", [(2, 2), (1, 50), (31, 400), (33, 32), (3, 33, 33)])
def test_small_and_other_frames_pass(shape: tuple[int, ...]) -> None:
    frame = bare(np.full(shape, 7, np.uint16), cfa=None if len(shape) == 3 else "RGGB")
    assert not contradictions(frame).sentences
    assert judged(frame, "auto") is frame


def test_values_that_are_no_numbers_say_nothing(landscape: SceneImage) -> None:
    frame = simulate(landscape, cfa="RGGB")
    light = (frame.mosaic.astype(np.float32) - 64) / 959
    light[::37, ::11] = np.nan
    light[5::41, 3::7] = np.inf
    frame = dataclasses.replace(frame, mosaic=light, black_level=np.zeros((1, 1)), white_level=np.ones(1))
    assert not contradictions(frame).sentences
    assert contradictions(dataclasses.replace(frame, cfa="GRBG")).cfa == "RGGB"
    assert not contradictions(dataclasses.replace(frame, mosaic=np.full_like(light, np.nan))).sentences


@pytest.mark.filterwarnings("error")
def test_huge_values_overflow_nothing() -> None:
    huge = np.random.default_rng(0).choice(np.array([3e38, -3e38, 0.5], np.float32), (256, 384))
    frame = dataclasses.replace(bare(huge, white=1.0), as_shot_neutral=np.array([0.5, 1.0, 0.6]))
    contradictions(frame)


def test_the_check_is_quick(shared_data: Path) -> None:
    frame = read(shared_data / "raw" / "gopro_hero6_iso100.dng")
    contradictions(frame)
    times = []
    for _ in range(5):
        began = time.process_time()
        contradictions(frame)
        times.append(time.process_time() - began)
    assert min(times) < 0.01


def test_masked_areas_are_cut_in_phase_with_the_active_area(tmp_path: Path) -> None:
    stored = np.arange(40 * 60, dtype=np.uint16).reshape(40, 60)
    tags = {50829: (LONG, (5, 3, 40, 60)), 50830: (LONG, (0, 0, 5, 60, 5, 0, 40, 3, 30, 50, 41, 60))}
    path = make_dng(tmp_path / "masked.dng", stored, tags=tags)
    image = directories(memoryview(path.read_bytes()))[0]
    parts = masked_areas(image, Rectangle(3, 5, 57, 35), stored)
    assert len(parts) == 2  # the third reaches beyond the pixels
    np.testing.assert_array_equal(parts[0], stored[1:5, 1:60])
    np.testing.assert_array_equal(parts[1], stored[5:40, 1:3])
    plain = directories(memoryview(make_dng(path, stored).read_bytes()))[0]
    assert masked_areas(plain, Rectangle(0, 0, 60, 40), stored) == ()
