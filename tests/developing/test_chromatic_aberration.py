"""Chromatic aberration: the kernel against its reference, shifts of known size, what is left alone, and the gain."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tirage
from developing.aberration_scenes import BLACK, NOISE, WHITE, Law, aberrated, frame_of, grown, light, moved_by, shot
from oracles import (
    FAINT_RESIDUAL_PX,
    LATERAL_CODE,
    LATERAL_CURVE_PX,
    LATERAL_ELSEWHERE,
    LATERAL_GAIN_DB,
    LATERAL_RESIDUAL_PX,
)
from tirage.developing.chromatic_aberration import reference, without_lateral
from tirage.developing.chromatic_aberration.estimate import estimate
from tirage.developing.development import prepare
from tirage.kernels.call import run
from tirage.photo.errors import UnsupportedFileError
from tirage.photo.frame import BAYER_PATTERNS, RawFrame
from tirage.photo.operations import WarpRectilinear
from tirage.photo.recipe import Recipe

LAWS = (((0.3, 0), (-0.35, 0)), ((1.0, 0), (-1.0, -0.5)), ((2, 1), (-2, 0)), ((-3, 0), (1, 2)))
SCENES = ("landscape", "drawing", "discs")

# The kernel -----------------------------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(
    height=st.integers(48, 150),
    width=st.integers(48, 210),
    seed=st.integers(0, 1000),
    shifts=st.tuples(*[st.floats(-0.02, 0.02)] * 4),
    white=st.integers(2000, 4200),
)
def test_the_kernel_equals_its_reference(height: int, width: int, seed: int, shifts: tuple, white: int) -> None:
    generator = np.random.default_rng(seed)
    mosaic = np.minimum(generator.integers(0, 4200, (height, width)), white).astype(np.uint16)
    law = np.array(shifts).reshape(2, 2) * [1, (2 / np.hypot(height, width)) ** 2]
    law, scale = law.astype(np.float32), np.array([0.5, 1.3], np.float32)
    centre = np.float32((width - 1) / 2), np.float32((height - 1) / 2)
    found = np.empty_like(mosaic)
    reach = int(np.clip(seed % 9, 1, 8))
    run("correct_lateral", mosaic, *centre, law, np.int32(reach), scale, np.uint16(white), found)
    expected = reference.corrected(mosaic, (float(centre[0]), float(centre[1])), law, reach, scale, white)
    # A place may round to the other side of a whole one; the cubics meet there.
    assert np.abs(found.astype(int) - expected).max() <= LATERAL_CODE


def test_no_shift_changes_nothing() -> None:
    mosaic = np.random.default_rng(0).integers(0, 65536, (90, 101)).astype(np.uint16)
    found = np.empty_like(mosaic)
    law, scale = np.zeros((2, 2), np.float32), np.array([0.5, 0.6], np.float32)
    run("correct_lateral", mosaic, np.float32(50), np.float32(44.5), law, np.int32(1), scale, np.uint16(65535), found)
    np.testing.assert_array_equal(found, mosaic)


# What is measured -----------------------------------------------------------------------------------------------------


def left_at_corner(frame: RawFrame, red: Law, blue: Law) -> list[float]:
    found = estimate(frame)
    assert found is not None
    return [abs(one.at_corner - sum(law)) for one, law in zip(found, (red, blue), strict=True)]


@pytest.mark.parametrize("iso", NOISE)
@pytest.mark.parametrize("scene", SCENES[:2])
@pytest.mark.parametrize("laws", LAWS)
def test_shifts_are_measured(scene: str, laws: tuple[Law, Law], iso: int) -> None:
    frame = frame_of(shot(scene, *laws), iso)
    assert max(left_at_corner(frame, *laws)) < LATERAL_RESIDUAL_PX[iso]


def test_a_curve_that_a_second_look_doubts_is_kept() -> None:
    laws = (1.5, 0.5), (-1.0, 0.0)
    assert max(left_at_corner(frame_of(shot("drawing", *laws)), *laws)) < LATERAL_CURVE_PX


@pytest.mark.parametrize("cfa", BAYER_PATTERNS)
@pytest.mark.parametrize("shape", [(801, 1003), (900, 701)])
def test_every_phase_and_odd_sizes(cfa: str, shape: tuple[int, int]) -> None:
    laws = (1.2, 0.0), (-1.6, 0.0)
    frame = frame_of(aberrated(light("landscape", *shape), *laws), cfa=cfa)
    assert max(left_at_corner(frame, *laws)) < LATERAL_RESIDUAL_PX[100]


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("centre", [(0.35, 0.65), (0.0, 1.0), (-0.2, 0.3)], ids=["aside", "corner", "outside"])
def test_a_centre_elsewhere_is_found(scene: str, centre: tuple[float, float]) -> None:
    """As in a crop of a larger frame, or through a shifted lens."""
    shape, per_px = (600, 800), np.array([1.5, -1.0]) / 500
    frame = frame_of(aberrated(light(scene, *shape), (1.5, 0), (-1.0, 0), centre), 400)
    found = estimate(frame)
    assert found is not None
    for law, growth in zip(found, per_px, strict=True):
        true = grown(frame, growth, centre)
        left = np.sqrt(np.mean((moved_by(frame, law) - true) ** 2))
        assert left < LATERAL_ELSEWHERE * np.sqrt(np.mean(true**2))


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("laws", LAWS)
def test_the_centre_of_the_frame_is_kept_where_it_is_right(scene: str, laws: tuple[Law, Law]) -> None:
    found = estimate(frame_of(shot(scene, *laws), 400))
    assert found is not None and {one.centre for one in found} == {(0.0, 0.0)}


def test_colours_meet_about_a_centre_elsewhere() -> None:
    pixels = light("discs", 600, 800)
    truth = frame_of(pixels, iso=None).mosaic
    recorded = frame_of(aberrated(pixels, (1.5, 0), (-1.5, 0), (1.0, 0.1)), cfa="RGGB")
    moved = without_lateral(recorded)
    gain = psnr_near_corners(moved.mosaic, truth) - psnr_near_corners(recorded.mosaic, truth)
    assert gain > dict(LATERAL_GAIN_DB)[1.5]


@pytest.mark.parametrize("iso", NOISE)
@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("stops", [-2.0, 0.0, 1.5])
def test_no_aberration_is_left_untouched(scene: str, iso: int, stops: float) -> None:
    frame = frame_of(light(scene), iso, BAYER_PATTERNS[int(stops) % 4], stops, seed=iso)
    assert without_lateral(frame) is frame


def test_real_files(shared_data: Path) -> None:
    """Red of the action camera lies 0.3 to 0.6 px beyond green in each quarter of its frame, judged alone; red and blue
    of the chart's camera 0.2 to 0.5 px beyond and within it. No other file may be touched.
    """
    moved = {}
    for path in sorted((shared_data / "raw").rglob("*.dng")):
        try:
            frame = tirage.read(path)
        except tirage.TirageError:
            continue
        if isinstance(frame, RawFrame) and without_lateral(frame) is not frame:
            moved[path.name] = estimate(frame)
    assert set(moved) <= {"gopro_hero6_iso100.dng", "canon_x4_colorchecker.dng"}
    for red, blue in moved.values():
        assert 0 <= red.at_corner < 0.7
        assert -0.7 < blue.at_corner <= 0


def faint_red(scene: str, height: int, width: int) -> np.ndarray:
    """Light whose red is blurred and of little contrast, as in leaves or through smoke."""
    pixels = light(scene, height, width).copy()
    red = pixels[0]
    for axis in (0, 1):
        red = np.mean([np.roll(red, step, axis) for step in range(-2, 3)], axis=0)
    pixels[0] = 0.3 * red + 0.7 * red.mean()
    return pixels


@pytest.mark.parametrize("shift", [0.0, 1.0, 2.0])
def test_faint_detail_bends_no_law(shift: float) -> None:
    found = estimate(frame_of(aberrated(faint_red("landscape", 600, 900), (shift, 0), (0, 0)), 1600))
    assert abs((found[0].at_corner if found else 0) - shift) < FAINT_RESIDUAL_PX


def test_a_few_edges_bend_no_law() -> None:
    """A curve is not read off the few edges that a small frame has far from its middle."""
    found = estimate(frame_of(aberrated(faint_red("discs", 300, 450), (0.5, 0), (0, 0)), 400))
    assert found is None or abs(found[0].at_corner - 0.5) < FAINT_RESIDUAL_PX


@pytest.mark.parametrize("value", [0, int(BLACK), 4000, int(WHITE), 65535])
def test_flat_frames(value: int) -> None:
    frame = frame_of(light("drawing"))
    flat = dataclasses.replace(frame, mosaic=np.full_like(frame.mosaic, value))
    assert without_lateral(flat) is flat


@given(height=st.integers(1, 130), width=st.integers(1, 130), seed=st.integers(0, 99))
def test_tiny_frames(height: int, width: int, seed: int) -> None:
    frame = frame_of(np.random.default_rng(seed).random((3, height, width)))
    assert without_lateral(frame) is frame


def test_floats_that_are_no_numbers() -> None:
    laws = (1.5, 0.0), (-1.5, 0.0)
    frame = frame_of(shot("drawing", *laws))
    values = frame.mosaic.astype(np.float32)
    values[::97, ::53], values[5::211, ::31], values[::301, 7::17] = np.nan, np.inf, -np.inf
    moved = without_lateral(dataclasses.replace(frame, mosaic=values))
    assert moved.mosaic.dtype == np.uint16
    nothing = dataclasses.replace(frame, mosaic=np.full_like(values, np.nan))
    assert without_lateral(nothing) is nothing


def test_what_is_no_bayer_mosaic() -> None:
    frame = frame_of(light("drawing"))
    planes = dataclasses.replace(frame, cfa=None, mosaic=np.stack([frame.mosaic] * 3))
    assert without_lateral(planes) is planes
    with pytest.raises(UnsupportedFileError):
        without_lateral(dataclasses.replace(frame, cfa="RGBW"))


# What is made of it ---------------------------------------------------------------------------------------------------


def psnr_near_corners(mosaic: np.ndarray, truth: np.ndarray) -> float:
    """Of red and blue, beyond 0.6 of the half diagonal and 12 px within the frame, dB of the range."""
    height, width = truth.shape
    y, x = np.mgrid[:height, :width]
    outer = np.hypot(y - (height - 1) / 2, x - (width - 1) / 2) > 0.3 * np.hypot(height, width)
    outer &= (np.minimum(y, height - 1 - y) >= 12) & (np.minimum(x, width - 1 - x) >= 12) & ((y + x) % 2 == 0)
    return float(-10 * np.log10(np.mean(((mosaic.astype(float) - truth) / (WHITE - BLACK))[outer] ** 2)))


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize(("shift", "gain"), LATERAL_GAIN_DB)
def test_red_and_blue_come_nearer_the_truth(scene: str, shift: float, gain: float) -> None:
    truth = frame_of(light(scene), iso=None).mosaic
    recorded = frame_of(shot(scene, (shift, 0), (-shift, 0)))
    moved = without_lateral(recorded)
    assert psnr_near_corners(moved.mosaic, truth) > psnr_near_corners(recorded.mosaic, truth) + gain
    y, x = np.mgrid[: recorded.height, : recorded.width]
    is_green = (y + x) % 2 == 1
    np.testing.assert_array_equal(moved.mosaic[is_green], recorded.mosaic[is_green])


def test_clipped_areas_stay_clipped() -> None:
    pixels = light("discs").copy()
    pixels[:, 300:500, 400:700] = 3
    recorded = frame_of(aberrated(pixels, (2.0, 0), (-2.0, 0)))
    moved = without_lateral(recorded)
    assert moved is not recorded
    assert moved.mosaic.max() == WHITE
    whole = np.ones(recorded.mosaic.shape, bool)
    for y in range(-6, 7):
        for x in range(-6, 7):
            whole &= np.roll(recorded.mosaic >= WHITE, (y, x), (0, 1))
    assert whole.any()
    assert (moved.mosaic[whole] == WHITE).all()


def test_the_recipe_decides() -> None:
    from developing.scenes import COLOUR

    recorded = dataclasses.replace(frame_of(shot("drawing", (1.5, 0), (-1.5, 0))), colour=COLOUR)

    def keeps(frame: RawFrame, choice: str, quality: str = "balanced", lens_correction: str = "embedded") -> bool:
        """Whether the samples that are developed are the recorded ones."""
        recipe = Recipe(
            quality=quality,
            defects="none",
            denoise=0.0,
            highlights="limit",
            aberration=choice,
            lens_correction=lens_correction,
        )
        return prepare(frame, recipe).frame.mosaic is frame.mosaic

    assert keeps(recorded, "none")
    assert keeps(recorded, "auto", "fast")
    assert not keeps(recorded, "auto")
    radial = np.array([[1.0, 0.001 * plane, 0, 0] for plane in (1, 2, 3)])
    own = WarpRectilinear(radial, np.zeros((3, 2)), (0.5, 0.5))
    assert keeps(dataclasses.replace(recorded, opcode_list_3=(own,)), "auto")
    assert not keeps(dataclasses.replace(recorded, opcode_list_3=(own,)), "auto", lens_correction="none")
    shared = dataclasses.replace(own, radial=radial[:1], tangential=np.zeros((1, 2)))
    assert not keeps(dataclasses.replace(recorded, opcode_list_3=(shared,)), "auto")


def test_a_mosaic_that_starts_elsewhere_in_memory_gives_the_same() -> None:
    recorded = frame_of(shot("drawing", (1.5, 0), (-1.5, 0)), cfa="GBRG")
    wide = np.zeros((recorded.height + 3, recorded.width + 5), np.uint16)[3:, 5:]
    wide[:] = recorded.mosaic
    wide.flags.writeable = False
    again = without_lateral(dataclasses.replace(recorded, mosaic=wide))
    np.testing.assert_array_equal(again.mosaic, without_lateral(recorded).mosaic)


def test_a_corrected_frame_has_nothing_left_to_correct() -> None:
    recorded = frame_of(shot("landscape", (1.5, 0.5), (-1.2, 0)))
    moved = without_lateral(recorded)
    assert moved is not recorded
    left = estimate(moved)
    assert left is None or max(abs(one.at_corner) for one in left) < 2 * LATERAL_RESIDUAL_PX[100]
