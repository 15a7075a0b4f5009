"""Pointwise operations against their float64 reference, and against what they mean."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opcodes.lists import HEIGHT, WIDTH, curves, gains, pointwise_lists, specs
from oracles import KERNEL_AGAINST_REFERENCE, OPCODE_16_BIT
from tirage.opcodes import reference
from tirage.opcodes.apply import apply_to_balanced, apply_to_planes, apply_to_stored
from tirage.photo.operations import (
    AreaSpec,
    FixVignetteRadial,
    GainMap,
    MapPolynomial,
    MapTable,
    Operation,
    PerRow,
    Rectangle,
)

WHOLE = AreaSpec(Rectangle(0, 0, WIDTH, HEIGHT), 0, 3)


def picture(seed: int, planes: int = 3) -> np.ndarray:
    """Codes of 16 bits."""
    return np.random.default_rng(seed).integers(0, 65536, (planes, HEIGHT, WIDTH)).astype(np.uint16)


@settings(max_examples=60)
@given(pointwise_lists(), st.integers(0, 99), st.sampled_from([1, 3]))
def test_a_list_against_the_reference(operations: list[Operation], seed: int, planes: int) -> None:
    """Every step starts from the reference's light: curves may be steep, and rounding is not to add up."""
    light = picture(seed, planes) / 65535
    for one in operations:
        ours = light.astype(np.float32)
        apply_to_planes([one], ours, (0, 0), (HEIGHT, WIDTH), pin=True)
        light = reference.applied([one], light)
        if not isinstance(one, MapTable):  # a table has steps
            np.testing.assert_allclose(np.maximum(ours, 0), light, atol=4 * KERNEL_AGAINST_REFERENCE)


@settings(max_examples=20)
@given(st.integers(0, 99), specs())
def test_tables_are_exact(seed: int, spec: AreaSpec) -> None:
    table = curves(spec, np.random.default_rng(seed))[0]
    light = picture(seed) / 65535
    ours = light.astype(np.float32)
    apply_to_planes([table], ours, (0, 0), (HEIGHT, WIDTH), pin=True)
    np.testing.assert_array_equal(np.rint(ours * 65535), np.rint(reference.applied([table], light) * 65535))


@given(pointwise_lists(), st.integers(0, HEIGHT - 1), st.integers(0, WIDTH - 1))
def test_a_part_is_the_part_of_the_whole(operations: list[Operation], top: int, left: int) -> None:
    whole = (picture(3) / 65535).astype(np.float32)
    part = whole[:, top:, left:].copy()
    apply_to_planes(operations, whole, (0, 0), (HEIGHT, WIDTH))
    apply_to_planes(operations, part, (top, left), (HEIGHT, WIDTH))
    np.testing.assert_array_equal(part, whole[:, top:, left:])


@settings(max_examples=40)
@given(pointwise_lists(), st.integers(0, 99))
def test_list_1_against_the_reference(operations: list[Operation], seed: int) -> None:
    """Stored codes: a polynomial is one of codes, an addition in codes."""
    stored = picture(seed, 1)[0]
    for one in operations:
        ours = apply_to_stored([one], stored, None, [])
        scaled = one
        if isinstance(one, MapPolynomial):  # written for 0..1: as a camera would for codes
            scale = 65535.0 ** (1 - np.arange(len(one.coefficients)))
            ours = apply_to_stored([dataclasses.replace(one, coefficients=one.coefficients * scale)], stored, None, [])
        expected = reference.applied([scaled], stored[None] / 65535)[0] * 65535
        assert ours.dtype == np.uint16 and np.abs(ours - expected).max() <= OPCODE_16_BIT
        stored = ours


def test_a_stored_polynomial_by_hand() -> None:
    stored = np.array([[0, 10, 1000, 65535]], np.uint16)
    spec = AreaSpec(Rectangle(0, 0, 4, 1))
    found = apply_to_stored([MapPolynomial(spec, np.array([5.0, 2.0]))], stored, None, [])
    assert found.tolist() == [[5, 25, 2005, 65535]]


def test_eight_bits_may_grow() -> None:
    table = (np.arange(256) * 257).astype(np.uint16)
    stored = np.arange(256, dtype=np.uint8).reshape(16, 16)
    found = apply_to_stored([MapTable(AreaSpec(Rectangle(0, 0, 16, 16)), table)], stored, None, [])
    np.testing.assert_array_equal(found.ravel(), table)


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_nothing_to_do_is_nothing_done(dtype: type) -> None:
    stored = np.ones((4, 4), dtype)
    assert apply_to_stored([], stored, None, []) is stored


def test_light_below_black_goes_on_as_light_above_it() -> None:
    """So that noise around black keeps its mean: curves are odd about their value at 0."""
    for one in (MapPolynomial(WHOLE, np.array([0.1, 0.5, 0.3])), *curves(WHOLE, np.random.default_rng(1))):
        light = np.zeros((3, HEIGHT, WIDTH), np.float32)
        light[:, 0], light[:, 1] = 0.01, -0.01
        apply_to_planes([one], light, (0, 0), (HEIGHT, WIDTH))
        np.testing.assert_allclose(light[:, 0] + light[:, 1], 2 * light[:, 2], atol=1e-6)


def test_highlights_above_white_stay_apart() -> None:
    light = np.full((3, HEIGHT, WIDTH), 1.5, np.float32)
    apply_to_planes([MapPolynomial(WHOLE, np.array([0.0, 0.5, 0.3]))], light, (0, 0), (HEIGHT, WIDTH))
    np.testing.assert_allclose(light, 1.5 * 0.8, rtol=1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_no_numbers_do_no_harm(value: float) -> None:
    spec = WHOLE
    generator = np.random.default_rng(2)
    for one in (*curves(spec, generator), *gains(spec, generator)):
        light = np.full((3, HEIGHT, WIDTH), 0.5, np.float32)
        light[:, 3, 3] = value
        apply_to_planes([one], light, (0, 0), (HEIGHT, WIDTH))
        light[:, 3, 3] = 0
        assert np.isfinite(light).all()


def test_deltas_in_an_image_of_floats_are_plain() -> None:
    """In one of integers they count its codes."""
    values = np.full(HEIGHT, 0.25, np.float32)
    for unit, expected in ((1.0, 0.75), (1 / 65535, 0.5 + 0.25 / 65535)):
        light = np.full((3, HEIGHT, WIDTH), 0.5, np.float32)
        apply_to_planes([PerRow(WHOLE, values, unit=unit)], light, (0, 0), (HEIGHT, WIDTH))
        np.testing.assert_allclose(light, expected, rtol=1e-6)


def test_a_map_of_two_planes_serves_a_third_with_its_last() -> None:
    """Planes count from the image's first, whatever plane the operation begins at, as in Adobe's SDK."""
    grid = np.array([2.0, 3.0], np.float32).reshape(1, 1, 2)
    light = np.ones((3, 2, 2), np.float32)
    spec = AreaSpec(Rectangle(0, 0, 2, 2), 1, 2)
    apply_to_planes([GainMap(spec, 1.0, 1.0, 0.0, 0.0, grid)], light, (0, 0), (2, 2))
    assert light[:, 0, 0].tolist() == [1, 3, 3]


@pytest.mark.parametrize("radial", [[0.3, 0.1, 0, 0, 0], [0.5, 0.3, 0.2, 0.1, 0.1], [1.0, 1.0, 1.0, 1.0, 1.0]])
def test_a_vignette_of_a_large_picture(radial: list[float]) -> None:
    """Gains between rows that it is computed at; threads; any part is the part of the whole."""
    height, width, centre = 900, 1301, (0.45, 0.6)
    vignette = FixVignetteRadial(np.array(radial), centre)
    whole = np.ones((1, height, width), np.float32)
    apply_to_planes([vignette], whole, (0, 0), (height, width))
    x, y = np.arange(width) + 0.5 - centre[0] * width, np.arange(height) + 0.5 - centre[1] * height
    r2 = np.add.outer(y**2, x**2) / ((0.55 * width) ** 2 + (0.6 * height) ** 2)
    np.testing.assert_allclose(whole[0], 1 + sum(k * r2 ** (n + 1) for n, k in enumerate(radial)), rtol=2e-5)
    part = np.ones((1, 333, 400), np.float32)
    apply_to_planes([vignette], part, (125, 77), (height, width))
    assert np.array_equal(part[0], whole[0, 125:458, 77:477])


def test_white_balance_is_undone_around_curves() -> None:
    polynomial = MapPolynomial(WHOLE, np.array([0.0, 0.5, 0.3]))
    gains = np.array([2.0, 1.0, 1.6])
    camera = np.random.default_rng(4).uniform(0, 0.5, (3, HEIGHT, WIDTH))
    light = (camera * gains[:, None, None]).astype(np.float32)
    apply_to_balanced([polynomial], light, (0, 0), (HEIGHT, WIDTH), gains)
    expected = reference.applied([polynomial], camera) * gains[:, None, None]
    np.testing.assert_allclose(light, expected, atol=4 * KERNEL_AGAINST_REFERENCE)


def test_clipped_highlights_stay_neutral_under_coloured_shading() -> None:
    """As they do under the GainMaps of list 2; what is not clipped gets its own gains."""
    grid = np.array([1.5, 1.2, 2.0], np.float32).reshape(1, 1, 3)
    shading = GainMap(WHOLE, 1.0, 1.0, 0.0, 0.0, grid)
    light = np.full((3, HEIGHT, WIDTH), 0.5, np.float32)
    light[:, 0] = 1
    apply_to_balanced([shading], light, (0, 0), (HEIGHT, WIDTH), np.array([2.0, 1.0, 1.6]))
    np.testing.assert_allclose(light[:, 0], 1.2, rtol=1e-6)
    np.testing.assert_allclose(light[:, 1, 0], [0.75, 0.6, 1.0], rtol=1e-6)
