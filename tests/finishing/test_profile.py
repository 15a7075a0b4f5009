"""A camera profile in finishing: its look table and its tone curve."""

from __future__ import annotations

import colorsys
from dataclasses import replace
from pathlib import Path

import colour
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finishing.test_look import _colours, through_kernel
from oracles import HUE_SAT_KERNEL, LOOK_TABLE, PROFILE_CURVE_MEAN
from tirage.colour.hue_saturation import kernel_arguments, through_table
from tirage.colour.spaces import rgb_to_rgb
from tirage.finishing.finish import finish
from tirage.finishing.look.compile import compile_look
from tirage.finishing.look.load import load_look
from tirage.finishing.look.profile import PROFILE_WHITE, ProfileCurve, display, toned_by_profile
from tirage.kernels.call import run
from tirage.photo.image import SceneImage
from tirage.photo.profile import CameraProfile, HueSatTable
from tirage.reading.profile import camera_profile
from tirage.reading.tiff import first_directory

LINE = np.array([[0, 0], [1, 1]], np.float32)
CURVED = np.array([[0, 0], [0.1, 0.06], [0.5, 0.7], [1, 1]], np.float32)
FAITHFUL = load_look("faithful")


def scene(pixels: np.ndarray, profile: CameraProfile | None) -> SceneImage:
    return SceneImage(np.ascontiguousarray(pixels, np.float32), white=PROFILE_WHITE, profile=profile)


def test_a_line_is_a_line() -> None:
    light = np.linspace(0, PROFILE_WHITE, 500)
    np.testing.assert_allclose(ProfileCurve(LINE)(light), light / PROFILE_WHITE, atol=1e-15)
    np.testing.assert_array_equal(ProfileCurve(LINE)(np.array([-1.0, 9.0, np.inf])), [0, 1, 1])


def test_the_curve_is_the_natural_cubic_spline() -> None:
    """Through its points, and twice smooth: second differences of a fine sampling leave no jump, and end at 0."""
    curve = ProfileCurve(CURVED)
    np.testing.assert_allclose(curve(CURVED[:, 0] * PROFILE_WHITE), CURVED[:, 1], atol=1e-7)
    x = np.linspace(0, 1, 10_001)
    second = np.diff(curve(x * PROFILE_WHITE), 2) / 1e-8
    assert np.abs(np.diff(second)).max() < 2e-3 * np.abs(second).max()  # straight between the points: no jumps
    assert np.abs(second[[0, -1]]).max() < 1e-2 * np.abs(second).max()


@given(st.lists(st.tuples(st.floats(0.01, 0.99), st.floats(0, 1)), max_size=12))
def test_any_curve_stays_within_0_and_1(points: list[tuple[float, float]]) -> None:
    inner = sorted(dict(points).items())
    inner = [p for i, p in enumerate(inner) if i == 0 or p[0] - inner[i - 1][0] > 1e-4]
    curve = ProfileCurve(np.array([[0, 0], *inner, [1, 1]], np.float32))
    shown = curve(np.linspace(-0.1, 2, 300))
    assert np.isfinite(shown).all() and shown.min() >= 0 and shown.max() <= 1
    assert compile_look(FAITHFUL, 1.4, "srgb", curve.points).table.shape == (33**3,)


def test_the_tone_curve_keeps_the_hue_of_hsv_in_prophoto() -> None:
    generator = np.random.default_rng(5)
    prophoto = generator.uniform(0.02, 1, (300, 3))
    space = rgb_to_rgb("prophoto", "srgb")
    light = prophoto * PROFILE_WHITE
    curve = ProfileCurve(CURVED)
    for rgb, shown in zip(prophoto, toned_by_profile(light, curve, "srgb"), strict=True):
        low, high = curve(rgb.min() * PROFILE_WHITE), curve(rgb.max() * PROFILE_WHITE)
        hue = colorsys.rgb_to_hsv(*rgb)[0]
        expected = np.array(colorsys.hsv_to_rgb(hue, float(1 - low / high), float(high)))
        inside = (expected @ space.T).min() >= 0 and (expected @ space.T).max() <= 1
        if inside:
            np.testing.assert_allclose(shown, expected @ space.T, atol=1e-7)


@pytest.mark.parametrize("space", ["srgb", "display-p3"])
@pytest.mark.parametrize("points", [LINE, CURVED], ids=["line", "curve"])
def test_the_tables_hold_the_tone_curve(space: str, points: np.ndarray) -> None:
    compiled = compile_look(FAITHFUL, 4.0, space, points)
    colours = _colours(PROFILE_WHITE)
    light = np.maximum(colours.astype(float) @ rgb_to_rgb("rec2020", "prophoto").T, 0)
    wrong = np.abs(
        through_kernel(compiled, colours) / 65535 - display(light, ProfileCurve(points), FAITHFUL.colour, space)
    )
    assert wrong.mean() < PROFILE_CURVE_MEAN
    grey = np.ptp(colours, axis=1) == 0
    assert grey.sum() > 1000 and wrong[grey].max() < LOOK_TABLE


def test_faithful_shows_the_profiles_curve_and_other_looks_their_own() -> None:
    ramp = np.broadcast_to(np.geomspace(0.01, 1.3, 256, dtype=np.float32), (3, 4, 256))
    profile = CameraProfile(tone_curve=CURVED)
    shown = finish(scene(ramp, profile), look="faithful", bit_depth=16).pixels[1, :, 1] / 65535
    expected = colour.cctf_encoding(ProfileCurve(CURVED)(ramp[0, 0]), function="sRGB")
    np.testing.assert_allclose(shown, expected, atol=LOOK_TABLE)
    for look in ("documentary", "lively"):
        plain, profiled = (finish(scene(ramp, one), look=look).pixels for one in (None, profile))
        np.testing.assert_array_equal(profiled, plain)
    without_curve = finish(scene(ramp, replace(profile, tone_curve=None)), look="faithful").pixels
    np.testing.assert_array_equal(without_curve, finish(scene(ramp, None), look="faithful").pixels)


def test_the_look_table_acts_after_exposure() -> None:
    """Its value factor of 2 holds in the upper half of value alone: a stop of exposure brings the light there."""
    data = np.ones((101, 1, 2, 3), np.float32)
    data[..., 0], data[51:, :, 1, 2] = 0, 2
    profile = CameraProfile(look_table=HueSatTable(data), tone_curve=LINE)
    red = np.linalg.inv(rgb_to_rgb("rec2020", "prophoto")) @ [1, 0.2, 0.1] * PROFILE_WHITE
    for stops, value, factor in ((0.0, 0.3, 1), (1.0, 0.15, 1), (1.0, 0.3, 2)):
        given = np.broadcast_to((red * value).reshape(3, 1, 1), (3, 6, 6))
        found = finish(scene(given, profile), exposure_stops=stops, bit_depth=16).pixels
        saturation = 0.9  # its table entry lies between 1 at 0 and `factor` at 1
        gain = 2**stops * (1 + saturation * (factor - 1))
        plain = finish(scene(given * gain, CameraProfile(tone_curve=LINE)), bit_depth=16).pixels
        np.testing.assert_allclose(found, plain, atol=70)


def test_the_look_table_of_a_real_profile(shared_data: Path) -> None:
    data = memoryview((shared_data / "sensors" / "lg_g4.dcp").read_bytes())
    profile = camera_profile(first_directory(data), [])
    assert profile and profile.look_table
    light = np.random.default_rng(0).uniform(0, 1, (3, 40, 50)).astype(np.float32)
    found = np.empty_like(light)
    run("apply_hue_sat_table", light, *kernel_arguments(profile.look_table, PROFILE_WHITE), found)
    matrix = rgb_to_rgb("rec2020", "prophoto") / PROFILE_WHITE
    expected = through_table(np.moveaxis(light, 0, -1) @ matrix.T, profile.look_table) @ np.linalg.inv(matrix).T
    np.testing.assert_allclose(np.moveaxis(found, 0, -1), expected, atol=HUE_SAT_KERNEL)
    shown = finish(scene(light, profile), look="faithful").pixels
    assert shown.std() > 20


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_bad_light_gives_a_colour_all_the_same(value: float) -> None:
    pixels = np.full((3, 5, 5), 0.2, np.float32)
    pixels[1, 2, 2] = value
    profile = CameraProfile(
        look_table=HueSatTable(np.tile(np.array([5, 1.1, 1], np.float32), (1, 6, 2, 1))), tone_curve=CURVED
    )
    assert finish(scene(pixels, profile)).pixels.shape == (5, 5, 3)
