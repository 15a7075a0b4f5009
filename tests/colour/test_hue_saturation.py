"""Hue, saturation and value: against the standard library, and tables whose effect has a closed form."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tirage.colour.hue_saturation import hsv_to_rgb, rgb_to_hsv, table_at, through_table
from tirage.colour.transfer import srgb_decode, srgb_encode
from tirage.photo.profile import HueSatTable

COLOURS = np.random.default_rng(4).uniform(0, 1, (200, 3))
light = arrays.arrays(np.float64, (5, 3), elements=st.floats(-1, 4, width=32))
divisions = st.tuples(st.integers(1, 4), st.integers(1, 7), st.integers(2, 5))


def constant(
    shift: float, saturation: float, value: float, shape: tuple = (1, 6, 2), srgb: bool = False
) -> HueSatTable:
    return HueSatTable(np.tile(np.array([shift, saturation, value], np.float32), (*shape, 1)), srgb)


def test_hsv_is_that_of_the_standard_library() -> None:
    for rgb in [*COLOURS, [0, 0, 0], [1, 1, 1], [0.2, 0.2, 0.1], [0.1, 0.2, 0.2], [0.2, 0.1, 0.2]]:
        hue, saturation, value = rgb_to_hsv(np.array(rgb, float))
        assert (hue / 6, saturation, value) == pytest.approx(colorsys.rgb_to_hsv(*rgb), abs=1e-14)


@given(light)
def test_hsv_and_back(rgb: np.ndarray) -> None:
    rgb = np.where(rgb.max(axis=-1, keepdims=True) > 1e-3, rgb, 1)
    np.testing.assert_allclose(hsv_to_rgb(rgb_to_hsv(rgb)), rgb, atol=1e-12)


@given(light, divisions, st.booleans())
def test_an_identity_table_changes_nothing(rgb: np.ndarray, shape: tuple[int, int, int], srgb: bool) -> None:
    np.testing.assert_allclose(through_table(rgb, constant(0, 1, 1, shape, srgb)), rgb, atol=1e-9)


@pytest.mark.parametrize("degrees", [30, -90, 400])
def test_every_hue_is_turned(degrees: float) -> None:
    for rgb, found in zip(COLOURS, through_table(COLOURS, constant(degrees, 1, 1)), strict=True):
        hue, saturation, value = colorsys.rgb_to_hsv(*rgb)
        assert found == pytest.approx(colorsys.hsv_to_rgb((hue + degrees / 360) % 1, saturation, value), abs=1e-12)


def test_saturation_is_halved_and_never_above_1() -> None:
    for factor in (0.5, 3.0):
        for rgb, found in zip(COLOURS, through_table(COLOURS, constant(0, factor, 1)), strict=True):
            hue, saturation, value = colorsys.rgb_to_hsv(*rgb)
            assert found == pytest.approx(colorsys.hsv_to_rgb(hue, min(saturation * factor, 1), value), abs=1e-12)


@given(light)
def test_a_value_factor_is_a_gain_for_light_of_any_strength(rgb: np.ndarray) -> None:
    counts = rgb.max(axis=-1, keepdims=True) >= 1e-12
    np.testing.assert_allclose(through_table(rgb, constant(0, 1, 2)), np.where(counts, 2 * rgb, rgb), atol=1e-12)


def test_an_encoded_value_factor_acts_on_the_encoded_value() -> None:
    value = np.array([0.0, 0.002, 0.18, 1.0, 1.5])
    grey = np.repeat(value[:, None], 3, axis=1)
    found = through_table(grey, constant(0, 1, 1.2, (2, 1, 2), srgb=True))[:, 0]
    expected = srgb_decode(1.2 * srgb_encode(np.minimum(value, 1))) * np.maximum(value, 1)
    np.testing.assert_allclose(found, expected, atol=1e-15)
    flat = through_table(grey, constant(0, 1, 1.2, (1, 1, 2), srgb=True))[:, 0]
    np.testing.assert_allclose(flat, 1.2 * value)  # one division: nothing is indexed by value, nor encoded


def test_a_table_is_read_trilinearly_and_hue_wraps_around() -> None:
    data = np.zeros((3, 3, 2, 3), np.float32)
    data[..., 0] = np.arange(3)[:, None, None] * 100 + np.array([10, 20, 60])[:, None] + np.array([0, 5])
    table = HueSatTable(data)
    hues = np.array([0, 1, 2, 5, 6 - 1e-9])  # of samples at 0 (red), 2 (green) and 4 (blue)
    expected = np.array([10, 15, 20, 35, 10]) + 0.5 * 5 + 0.25 * 2 * 100
    shift, _, _ = table_at(table, np.stack([hues, np.full(5, 0.5), np.full(5, 0.25)], -1))
    np.testing.assert_allclose(shift, expected, atol=1e-6)
    shift, _, _ = table_at(table, np.array([[0.0, 7.0, 9.0]]))  # held at the ends
    np.testing.assert_allclose(shift, 10 + 5 + 200)


@given(light, st.integers(0, 2**32 - 1), divisions, st.booleans())
def test_greys_stay_and_light_scales(rgb: np.ndarray, seed: int, shape: tuple[int, int, int], srgb: bool) -> None:
    generator = np.random.default_rng(seed)
    data = generator.uniform([-60, 0.5, 0.7], [60, 2, 1.4], (*shape, 3)).astype(np.float32)
    data[:, :, 0, 2] = 1  # as the specification requires of entries without saturation
    table = HueSatTable(data, srgb)
    grey = np.repeat(rgb[:, :1], 3, axis=1)
    np.testing.assert_allclose(through_table(grey, table), grey, atol=1e-9)
    assert np.isfinite(through_table(rgb, table)).all()
    if shape[0] == 1:  # not indexed by value: a stop more light is a stop more light
        counts = rgb.max(axis=-1, keepdims=True) > 1e-9
        np.testing.assert_allclose(
            through_table(np.where(counts, 2 * rgb, rgb), table),
            through_table(rgb, table) * np.where(counts, 2, 1),
            atol=1e-9,
        )
