"""Defects: the kernel against its reference, what is found, what is left alone, and how it is filled in."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracles
from developing import defect_scenes as scenes
from tirage.developing.defects import Defects, find, find_in_several, reference, repair
from tirage.kernels.call import run
from tirage.photo.errors import UsageError
from tirage.photo.frame import BAYER_PATTERNS, CameraColour, RawFrame, Rectangle
from tirage.photo.image import SceneImage
from tirage.simulating import simulate
from tirage.simulating.scene import demo_scene

BLACK, WHITE = 64, 1023


def bare(mosaic: np.ndarray, cfa: str | None = "RGGB", **fields: object) -> RawFrame:
    height, width = mosaic.shape[-2:]
    values = {
        "black_level": np.full((1, 1), float(BLACK)),
        "white_level": np.array([float(WHITE)]),
        "default_crop": Rectangle(0, 0, width, height),
        "colour": CameraColour(()),
        "noise_profile": np.array([[1e-4, 1e-6]]),
    }
    return RawFrame(mosaic, cfa, **{**values, **fields})  # type: ignore[arg-type]


def even(height: int, width: int, light: float = 0.2, seed: int = 0) -> np.ndarray:
    """A grey card through a Bayer sensor whose green is twice as sensitive, with the noise of `bare`."""
    generator = np.random.default_rng(seed)
    response = np.tile([[0.5, 1.0], [1.0, 0.6]], (-(-height // 2), -(-width // 2)))[:height, :width]
    noisy = light * response + generator.normal(0, 1, (height, width)) * np.sqrt(1e-4 * light * response + 1e-6)
    return np.clip(np.rint(BLACK + (WHITE - BLACK) * noisy), 0, WHITE).astype(np.uint16)


def places(defects: Defects) -> list[tuple[int, int]]:
    return list(zip(defects.rows.tolist(), defects.columns.tolist(), strict=True))


# The kernel -----------------------------------------------------------------------------------------------------------


@given(
    height=st.integers(3, 70),
    width=st.integers(3, 150),
    seed=st.integers(0, 1000),
    contrast=st.integers(0, 300),
    highest=st.sampled_from([255, 1023, 65535]),
)
def test_the_kernel_equals_its_reference(height: int, width: int, seed: int, contrast: int, highest: int) -> None:
    generator = np.random.default_rng(seed)
    mosaic = generator.integers(0, highest + 1, (height, width), dtype=np.uint16, endpoint=False)
    mosaic = np.where(generator.random((height, width)) < 0.7, mosaic // 8, mosaic).astype(np.uint16)
    numbers = [np.float32(value) for value in (highest / 16, 0.3, 9.0, 4.0, 0.05)]
    flags = np.zeros((-(-height // 8), width), np.uint8)
    run("find_outliers", mosaic, *numbers, np.uint16(contrast), flags)
    bits = np.unpackbits(flags[:, None], axis=1, bitorder="little").reshape(-1, width)[:height]
    expected = reference.find_outliers(mosaic, *numbers, contrast=np.uint16(contrast))
    np.testing.assert_array_equal(bits.astype(bool), expected)


def test_the_reference_finds_something() -> None:
    mosaic = np.full((20, 20), 100, np.uint16)
    mosaic[9, 4], mosaic[3, 15] = 500, 0
    numbers = [np.float32(value) for value in (0, 0, 1, 36, 0.1)]
    found = reference.find_outliers(mosaic, *numbers, contrast=np.uint16(20))
    assert np.argwhere(found).tolist() == [[3, 15], [9, 4]]


# What is found --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("height", [40, 57])
@pytest.mark.parametrize("width", [40, 75])
def test_hot_and_dead_pixels_are_found_at_every_phase(height: int, width: int) -> None:
    clean = even(height, width)
    assert not len(find(bare(clean)))
    for row in range(16, 18):
        for column in range(20, 22):
            for value in (BLACK, WHITE):
                mosaic = clean.copy()
                mosaic[row, column] = value
                assert places(find(bare(mosaic))) == [(row, column)]


def test_every_place_counts_up_to_the_border() -> None:
    """But for the four pixels next to a corner on both axes: mirrored, these are their own neighbours."""
    clean = even(23, 26)
    corners = {(row, column) for row in (1, 21) for column in (1, 24)}
    for row in range(23):
        for column in range(26):
            mosaic = clean.copy()
            mosaic[row, column] = WHITE
            assert places(find(bare(mosaic))) == ([] if (row, column) in corners else [(row, column)])


@pytest.mark.parametrize("second", [(0, 2), (2, 0), (2, 2), (2, -2)])
def test_pairs_are_found(second: tuple[int, int]) -> None:
    mosaic = even(50, 60)
    mosaic[20, 30] = mosaic[20 + second[0], 30 + second[1]] = 900
    assert sorted(places(find(bare(mosaic)))) == sorted([(20, 30), (20 + second[0], 30 + second[1])])


@pytest.mark.parametrize("shape", [(2, 2), (2, 9), (3, 3), (5, 4), (1, 1), (9, 1)])
def test_tiny_frames(shape: tuple[int, int]) -> None:
    mosaic = np.full(shape, 200, np.uint16)
    frame = bare(mosaic)
    assert not len(find(frame)) and repair(frame, find(frame)) is frame
    mosaic[0, 0] = WHITE
    frame = bare(mosaic)
    repair(frame, find(frame))


@pytest.mark.parametrize("value", [0, BLACK, WHITE, 65535])
def test_even_frames_have_no_defects(value: int) -> None:
    assert not len(find(bare(np.full((64, 80), value, np.uint16))))
    assert not len(find(bare(np.full((64, 80), value, np.uint16), noise_profile=None)))


def test_clipped_regions_have_no_defects() -> None:
    mosaic = even(60, 60, light=3.0)
    mosaic[30, 30] = 300
    assert not len(find(bare(mosaic)))


def test_frames_of_three_colours_have_none() -> None:
    assert not len(find(bare(np.zeros((3, 40, 40), np.uint16), None)))


def test_floating_point_frames_and_what_is_no_number() -> None:
    light = (even(50, 60).astype(np.float32) - BLACK) / (WHITE - BLACK)
    light[20, 30], light[31, 41], light[40, 11] = 0.9, np.nan, np.inf
    frame = bare(light, black_level=np.zeros((1, 1)), white_level=np.ones(1))
    assert places(find(frame)) == [(20, 30), (31, 41), (40, 11)]
    mended = repair(frame, find(frame))
    assert mended.mosaic.dtype == np.float32 and np.isfinite(mended.mosaic).all()
    assert np.abs(mended.mosaic[[20, 31, 40], [30, 41, 11]] - 0.16).max() < 0.06
    nothing = dataclasses.replace(frame, mosaic=np.full_like(light, np.nan))
    assert not len(find(nothing))


def test_noise_is_measured_where_it_is_not_stated() -> None:
    mosaic = even(300, 400)
    for row in range(20, 280, 20):
        mosaic[row, 31] = 600
    assert len(find(bare(mosaic, noise_profile=None))) == 13
    noisy = np.clip(np.random.default_rng(3).normal(300, 60, (300, 400)), 0, WHITE).astype(np.uint16)
    assert not len(find(bare(noisy, noise_profile=None)))


def test_the_result_does_not_depend_on_layout() -> None:
    mosaic = even(61, 83)
    mosaic[20, 30] = 900
    wide = np.zeros((61, 100), np.uint16)
    wide[:, 5:88] = mosaic
    for layout in (np.asfortranarray(mosaic), wide[:, 5:88], mosaic[::-1].copy()[::-1]):
        assert places(find(bare(layout))) == [(20, 30)]


# What is left alone ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("iso", [100, 800, 6400])
@pytest.mark.parametrize("scene", ["stars", "drawing", "landscape"])
@pytest.mark.parametrize("cfa", ["BGGR", "GRBG"])
def test_detail_is_not_harmed_and_defects_are_found(iso: int, scene: str, cfa: str) -> None:
    light = {"stars": scenes.stars, "drawing": scenes.drawing, "landscape": demo_scene}[scene](800, 1200)
    frame = simulate(light, iso=iso, cfa=cfa)
    harmed = len(find(frame)) / (frame.mosaic.size / 1e6)
    assert harmed <= oracles.HARMED_PER_MEGAPIXEL
    broken, injected = scenes.with_defects(frame, seed=iso)
    found = scenes.share_found(find(broken), injected, frame.width)
    assert found >= oracles.DEFECTS_FOUND[scene]


@pytest.mark.parametrize("sigma_px", [0.5, 0.65, 0.8])
def test_a_star_is_never_a_defect_whatever_its_place_and_brightness(sigma_px: float) -> None:
    for brightness in (0.15, 0.5, 2.0, 20.0):
        pixels = np.full((3, 200, 200), 0.003, np.float32)
        place = np.random.default_rng(7)
        for row in range(12, 190, 12):
            for column in range(12, 190, 12):
                at = (row + place.uniform(-1, 1), column + place.uniform(-1, 1))
                scenes.add_star(pixels, at, sigma_px, brightness, (1, 1, 1))
        frame = simulate(SceneImage(pixels, white=1.0), noise=False, shading=False)
        frame = dataclasses.replace(frame, noise_profile=np.array([[1e-6, 1e-8]]))
        assert not len(find(frame))


@pytest.mark.parametrize("cfa", BAYER_PATTERNS)
@pytest.mark.parametrize("radius_px", [1.5, 2.0])
def test_small_coloured_things_are_no_defects(cfa: str, radius_px: float) -> None:
    """Berries, lamps and letters three and four pixels wide, wherever they lie among the colour filters."""
    for background in (0.1, 0.3):
        colours = ((0.5, 0.01, 0.01), (0.02, 0.5, 0.02), (0.01, 0.03, 0.5), (0.6, 0.5, 0.01))
        pixels = scenes.coloured_dots(120, 160, radius_px, background, colours)
        mosaic = np.empty(pixels.shape[1:])
        for site, letter in enumerate(cfa):
            part = slice(site // 2, None, 2), slice(site % 2, None, 2)
            mosaic[part] = pixels["RGB".index(letter)][part]
        stored = np.rint(BLACK + (WHITE - BLACK) * mosaic).astype(np.uint16)
        assert not len(find(bare(stored, cfa)))


# Several frames -------------------------------------------------------------------------------------------------------


def test_several_frames_show_weak_defects() -> None:
    scene = demo_scene(300, 400)
    generator = np.random.default_rng(4)
    rows, columns = generator.integers(4, 296, 40), generator.integers(4, 396, 40)
    frames = []
    for number in range(5):
        turned = SceneImage(np.roll(scene.pixels, 71 * number, axis=2)[:, :: (-1) ** number], white=1.0)
        frame = simulate(turned, iso=100, seed=number, exposure_stops=-2.0)
        mosaic = frame.mosaic.copy()
        mosaic[rows, columns] = np.minimum(mosaic[rows, columns] + 60, 1023)
        frames.append(dataclasses.replace(frame, mosaic=mosaic))
    injected = set(zip(rows.tolist(), columns.tolist(), strict=True))
    found = set(places(find_in_several(frames)))
    assert found <= injected and len(found) >= 0.8 * len(injected)
    assert len(set(places(find(frames[0]))) & injected) < len(found)


def test_dark_frames() -> None:
    frames = []
    for seed in range(3):
        mosaic = np.rint(np.random.default_rng(seed).normal(BLACK, 1.5, (200, 300))).astype(np.uint16)
        mosaic[50, 60], mosaic[121, 7] = BLACK + 20, BLACK + 200
        frames.append(bare(mosaic, noise_profile=None))
    assert places(find_in_several(frames)) == [(50, 60), (121, 7)]


def test_frames_of_different_cameras_are_refused() -> None:
    one = bare(even(40, 40))
    for other in (bare(even(40, 42)), bare(even(40, 40), "GRBG")):
        with pytest.raises(UsageError, match="one camera"):
            find_in_several([one, other])
    with pytest.raises(UsageError, match="at least one"):
        find_in_several([])


# Repair ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cfa", BAYER_PATTERNS)
def test_repair_brings_the_scene_back(cfa: str) -> None:
    frame = simulate(demo_scene(400, 500), iso=100, cfa=cfa)
    broken, (rows, columns) = scenes.with_defects(frame, seed=5)
    defects = find(broken)
    mended = repair(broken, defects)
    untouched = np.ones(frame.mosaic.shape, bool)
    untouched[defects.rows, defects.columns] = False
    np.testing.assert_array_equal(mended.mosaic[untouched], broken.mosaic[untouched])
    found = ~untouched[rows, columns]
    before, after = (
        np.abs(one.mosaic[rows, columns].astype(float) - frame.mosaic[rows, columns])[found] for one in (broken, mended)
    )
    assert np.median(after) < 0.05 * np.median(before)
    assert broken.mosaic is not mended.mosaic
    at_once = repair(broken, defects, in_place=True)
    assert at_once.mosaic is broken.mosaic
    np.testing.assert_array_equal(at_once.mosaic, mended.mosaic)


def test_what_can_not_be_written_is_repaired_beside_it() -> None:
    broken = even(40, 40)
    broken[10, 20] = 4000
    broken.flags.writeable = False
    mended = repair(bare(broken), Defects(np.array([10]), np.array([20])), in_place=True)
    assert mended.mosaic is not broken and mended.mosaic[10, 20] < 4000


def test_repair_follows_an_edge() -> None:
    mosaic = np.full((40, 40), 200, np.uint16)
    mosaic[:, 20:] = 800
    broken = mosaic.copy()
    broken[10, 20] = broken[21, 19] = 0
    frame = bare(broken)
    mended = repair(frame, Defects(np.array([10, 21]), np.array([20, 19])))
    np.testing.assert_array_equal(mended.mosaic, mosaic)
    assert frame.mosaic[10, 20] == 0


def test_without_defects_the_frame_is_the_same() -> None:
    frame = bare(even(40, 40))
    assert repair(frame, find(frame)) is frame
