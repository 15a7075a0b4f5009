"""A camera profile in developing: kernels against their references, closed forms, strips, and real files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import colour
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from developing.scenes import COLOUR, frame
from oracles import GAIN_TABLE_KERNEL, HUE_SAT_KERNEL
from tirage.colour.hue_saturation import kernel_arguments, through_table
from tirage.developing import camera_profile
from tirage.developing.camera_colour import xy_to_neutral
from tirage.developing.camera_profile.reference import gains
from tirage.kernels.call import Placed, run
from tirage.photo.frame import Rectangle
from tirage.photo.image import GREY_OFFSET_STOPS
from tirage.photo.profile import CameraProfile, GainTableMap, HueSatTable
from tirage.reading import read

HEIGHT, WIDTH = 37, 53
WHITE = 2.0**GREY_OFFSET_STOPS
NEUTRAL = np.array([0.5, 1.0, 0.6])


def _to_prophoto() -> np.ndarray:
    """colour-science's matrix from Rec.2020 to ProPhoto, from the primaries."""
    spaces = [colour.RGB_COLOURSPACES[name].copy() for name in ("ITU-R BT.2020", "ProPhoto RGB")]
    for space in spaces:
        space.use_derived_transformation_matrices(True)
    return colour.matrix_RGB_to_RGB(*spaces, chromatic_adaptation_transform="Bradford")


def scene(seed: int = 0, least: float = -0.1) -> np.ndarray:
    """(3, H, W) float32 light up to 2, with a grey, a black and a saturated row."""
    light = np.random.default_rng(seed).uniform(least, 2, (3, HEIGHT, WIDTH)).astype(np.float32)
    light[:, 1], light[:, 2], light[1:, 3] = light[0, 1], 0, 0
    return light


def table(seed: int, shape: tuple[int, ...], srgb: bool = False) -> HueSatTable:
    """Smooth enough for float32, and leaving greys alone."""
    data = np.random.default_rng(seed).uniform([-15, 0.6, 0.8], [15, 1.4, 1.2], (*shape, 3)).astype(np.float32)
    data[:, :, 0] = [0, 1, 1]
    return HueSatTable(data, srgb)


def gain_map(seed: int, shape: tuple[int, ...], gamma: float = 1.0) -> GainTableMap:
    values = 1 + np.random.default_rng(seed).uniform(-0.2, 0.2, shape).astype(np.float32)
    return GainTableMap(values, np.array([0.2, 0.3, 0.1, 0.15, 0.25]), 0.3, 0.26, 0.1, -0.05, gamma)


def through_kernel(light: np.ndarray, one: HueSatTable, white: float) -> np.ndarray:
    result = np.empty_like(light)
    run("apply_hue_sat_table", light, *kernel_arguments(one, white), result)
    return result


@pytest.mark.parametrize("shape", [(1, 90, 30), (1, 1, 2), (4, 6, 3), (8, 36, 8)])
@pytest.mark.parametrize("srgb", [False, True])
def test_the_kernel_reads_a_table_as_the_reference_does(shape: tuple[int, ...], srgb: bool) -> None:
    light, one = scene(), table(1, shape, srgb)
    matrix = _to_prophoto() / 1.7
    expected = through_table(np.moveaxis(light, 0, -1) @ matrix.T, one) @ np.linalg.inv(matrix).T
    np.testing.assert_allclose(np.moveaxis(through_kernel(light, one, 1.7), 0, -1), expected, atol=HUE_SAT_KERNEL)


def test_an_identity_table_is_the_identity() -> None:
    one = HueSatTable(np.tile(np.array([0, 1, 1], np.float32), (3, 12, 4, 1)), srgb_encoded=True)
    np.testing.assert_allclose(through_kernel(scene(), one, 1.4), scene(), atol=HUE_SAT_KERNEL)


def test_bad_light_stays_in_its_pixel() -> None:
    for bad in (np.nan, np.inf, -np.inf, 1e38):
        light = scene()
        light[1, 5, 7] = bad
        found, expected = (through_kernel(one, table(2, (2, 9, 4), True), 1.4) for one in (light, scene()))
        found[:, 5, 7] = expected[:, 5, 7]
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("shape", [(3, 4, 16), (1, 1, 1), (5, 3, 257), (1, 3, 7), (3, 1, 2)])
@pytest.mark.parametrize("gamma", [0.25, 1.0, 4.0])
def test_the_kernel_gains_as_the_reference_does(shape: tuple[int, ...], gamma: float) -> None:
    light, one, crop = scene(), gain_map(3, shape, gamma), Rectangle(4, 3, WIDTH, HEIGHT)
    result = np.empty_like(light)
    run("apply_gain_table_map", light, *camera_profile.gain_arguments(one, 80, 60, crop, WHITE), result)
    prophoto = np.moveaxis(light, 0, -1) @ (_to_prophoto() / WHITE).T
    np.testing.assert_allclose(result, light * gains(prophoto, one, 80, 60, 4, 3), atol=2 * GAIN_TABLE_KERNEL)


def test_the_reference_gains_as_the_specification_counts() -> None:
    """Grid points at the quarters of a 4 x 2 picture, pixels at their centres; the input times the number of points."""
    grid = np.zeros((1, 2, 4), np.float32)
    grid[0, 0], grid[0, 1] = [1, 2, 3, 4], [11, 12, 13, 14]
    one = GainTableMap(grid, np.array([0, 0, 0, 0, 1.0]), 1.0, 0.5, 0.5, 0.25, 1.0)
    rgb = np.zeros((2, 4, 3))
    rgb[..., 1] = 0.375  # 0.375 * 4 = 1.5: between the gains 2 and 3
    expected = 2.5 + np.array([0, 0.25, 0.75, 1]) * 10  # centres at 1/8, 3/8, 5/8, 7/8
    np.testing.assert_allclose(gains(rgb, one, 4, 2), np.broadcast_to(expected, (2, 4)))
    rgb[..., 1] = [0.0, 0.8, 1.0, 7.0]  # the last point counts from 3/4 on
    np.testing.assert_allclose(gains(rgb, one, 4, 2), np.broadcast_to([1, 4 + 2.5, 4 + 7.5, 4 + 10], (2, 4)))


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), cut=st.tuples(st.integers(1, HEIGHT - 1), st.integers(1, WIDTH - 1)))
def test_parts_equal_the_whole(seed: int, cut: tuple[int, int]) -> None:
    profile = CameraProfile(hue_sat_maps=(table(seed, (1, 7, 3)),), gain_table_map=gain_map(seed, (3, 4, 9), 0.5))
    crop = Rectangle(5, 2, WIDTH, HEIGHT)
    plan = camera_profile.plan(profile, frame(HEIGHT + 9, WIDTH + 8), NEUTRAL, crop)
    light = scene(seed % 1000)
    whole = camera_profile.apply(plan, light, Rectangle(0, 0, WIDTH, HEIGHT))
    rows, columns = cut
    for top, bottom in ((0, rows), (rows, HEIGHT)):
        for left, right in ((0, columns), (columns, WIDTH)):
            part = np.ascontiguousarray(light[:, top:bottom, left:right])
            found = camera_profile.apply(plan, part, Rectangle(left, top, right - left, bottom - top))
            np.testing.assert_array_equal(found, whole[:, top:bottom, left:right])


def test_without_tables_there_is_nothing_to_do() -> None:
    light, area = scene(), Rectangle(0, 0, WIDTH, HEIGHT)
    for profile in (None, CameraProfile(tone_curve=np.eye(2), look_table=table(0, (1, 3, 2)))):
        plan = camera_profile.plan(profile, frame(), NEUTRAL, area)
        assert plan is None and camera_profile.apply(plan, light, area) is light


def test_a_table_counts_the_sensors_white_as_1_and_a_gain_map_baseline_exposure_too() -> None:
    """Value factor 2 in the upper half of value only, gain 3 in the upper half of tone only, edges between."""
    data = np.ones((101, 1, 2, 3), np.float32)
    data[..., 0], data[51:, :, 1, 2] = 0, 2
    gain = np.ones((1, 1, 100), np.float32)
    gain[..., 50:] = 3
    profile = CameraProfile(
        hue_sat_maps=(HueSatTable(data),),
        gain_table_map=GainTableMap(gain, np.array([0, 0, 0, 0, 1.0]), 1, 1, 0, 0),
    )
    stops = 1.0
    plan = camera_profile.plan(profile, frame(baseline_exposure_stops=stops), NEUTRAL, Rectangle(0, 0, 9, 9))
    to_scene = np.linalg.inv(_to_prophoto()) * WHITE * 2**stops
    expected = []
    for value in (0.2, 0.3, 0.6):  # of the sensor's white
        factor = 2 if value > 0.51 else 1
        expected.append(factor * (3 if 2**stops * value * factor > 0.51 else 1))
        red = (to_scene @ [value, 0, 0]).astype(np.float32).reshape(3, 1, 1)
        found = camera_profile.apply(plan, red, Rectangle(0, 0, 1, 1))
        np.testing.assert_allclose(found, red * expected[-1], rtol=1e-4, atol=1e-5)
    assert expected == [1, 3, 6] and plan and plan.white_gain == 3


def test_tables_are_interpolated_like_matrices() -> None:
    warm, cool = (HueSatTable(np.full((1, 1, 2, 3), value, np.float32)) for value in (1, 2))
    profile = CameraProfile(cct_kelvin=(2850.0, 6500.0), white_xy=(None, None), hue_sat_maps=(warm, cool))
    kelvin = 4000
    share = (1 / kelvin - 1 / 2850) / (1 / 6500 - 1 / 2850)
    xy = colour.UCS_uv_to_xy(colour.temperature.CCT_to_uv_Robertson1968([kelvin, 0]))
    found = camera_profile.hue_sat_map(profile, xy).data
    np.testing.assert_allclose(found, 1 + share, atol=1e-3)
    assert camera_profile.hue_sat_map(replace(profile, hue_sat_maps=(warm,)), xy) is warm


def test_the_white_of_the_picture_chooses_the_table() -> None:
    warm, cool = (HueSatTable(np.array([[[[0, 1, 1], [0, 1, gain]]]], np.float32)) for gain in (0.5, 1.5))
    profile = CameraProfile(cct_kelvin=(2850.0, 6500.0), white_xy=(None, None), hue_sat_maps=(warm, cool))
    red = (np.linalg.inv(_to_prophoto()) @ [1, 0, 0]).astype(np.float32).reshape(3, 1, 1)
    for xy, gain in (((0.4476, 0.4074), 0.5), ((0.28, 0.29), 1.5)):
        neutral = xy_to_neutral(COLOUR, xy)
        plan = camera_profile.plan(profile, frame(), neutral, Rectangle(0, 0, 1, 1))
        found = camera_profile.apply(plan, red, Rectangle(0, 0, 1, 1))
        np.testing.assert_allclose(found, gain * red, rtol=1e-2, atol=1e-4)


def test_what_is_said_of_a_profile() -> None:
    mapped = CameraProfile(gain_table_map=gain_map(0, (1, 1, 1)))
    assert camera_profile.remarks(None, "none") == camera_profile.remarks(mapped, "embedded") == ()
    assert "no camera profile" in camera_profile.remarks(None, "embedded")[0]
    assert "--profile embedded" in camera_profile.remarks(mapped, "none")[0]


@pytest.mark.parametrize("name", ["05_PGTM2_unsigned8", "07_PGTM2_float16", "08_PGTM2_float32"])
def test_adobes_files_gain_their_map(shared_data: Path, name: str) -> None:
    """A flat grey, and 3 x 3 tables of two gains; in the middle 4, elsewhere 1."""
    raw = read(shared_data / "raw" / "dng17" / f"{name}.dng")
    assert raw.profile and raw.profile.gain_table_map
    area = Rectangle(0, 0, 200, 200)
    plan = camera_profile.plan(raw.profile, raw, np.ones(3), area)
    flat = np.full((3, 200, 200), 0.1, np.float32)
    found = camera_profile.apply(plan, flat, area)[1] / flat[1]
    low, high = (raw.profile.gain_table_map.gains[1, 1, index] for index in (0, 1))
    middle = low + (high - low) * min(2 * 0.1 / WHITE, 1)
    assert found[99:101, 99:101].mean() == pytest.approx(middle, rel=0.02)
    triangle = 1 - np.abs((np.arange(200) + 0.5) / 100 - 1)
    edge = raw.profile.gain_table_map.gains[0, 0]
    outer = edge[0] + (edge[1] - edge[0]) * min(2 * 0.1 / WHITE, 1)
    expected = outer + np.outer(triangle, triangle) * (middle - outer)
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_placed_scenes_are_told_where_they_are() -> None:
    light, one = scene(), gain_map(5, (3, 4, 9))
    whole, part = np.empty_like(light), np.empty((3, 4, WIDTH), np.float32)
    arguments = camera_profile.gain_arguments(one, WIDTH, HEIGHT, Rectangle(0, 0, WIDTH, HEIGHT), WHITE)
    run("apply_gain_table_map", light, *arguments, whole)
    run("apply_gain_table_map", Placed(light, (0, 0, 0)), *arguments, Placed(part, (0, 7, 0)))
    np.testing.assert_array_equal(part, whole[:, 7:11])


def test_a_picture_of_pixels_that_are_not_square_has_the_same_map() -> None:
    one, crop = gain_map(6, (3, 4, 9)), Rectangle(4, 3, 50, 30)
    light = np.full((3, 30, 100), 0.3, np.float32)
    shown = []
    for width in (50, 100):
        arguments = camera_profile.gain_arguments(one, 80, 60, crop, WHITE, (width, 30))
        shown.append(np.empty((3, 30, width), np.float32))
        run("apply_gain_table_map", np.ascontiguousarray(light[:, :, :width]), *arguments, shown[-1])
    np.testing.assert_allclose(
        (shown[1][..., ::2] + shown[1][..., 1::2])[..., 1:-1] / 2, shown[0][..., 1:-1], atol=2e-3
    )
