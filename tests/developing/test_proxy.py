"""The proxy: a mosaic's luminance at 1/8 size, against the mosaic itself and the developed scene."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import tirage
from developing.scenes import frame, gain_maps
from oracles import MEASURED_NOISE, PROXY_AGAINST_SCENE, SCENE_AGAINST_REFERENCE
from tirage.colour.spaces import luminance_weights
from tirage.developing import development
from tirage.developing.linearise import reference
from tirage.developing.proxy import channel_shares, luminance_noise, proxy_of_mosaic, proxy_of_scene
from tirage.noise.model import noise_of
from tirage.photo.frame import BAYER_PATTERNS, Rectangle
from tirage.photo.proxy import Proxy, cell_means, cell_of
from tirage.photo.recipe import Recipe
from tirage.simulating.scene import demo_scene

WEIGHTS = luminance_weights("rec2020")


@pytest.mark.parametrize("cfa", BAYER_PATTERNS)
@pytest.mark.parametrize("corner", [(0, 0), (3, 2), (4, 5)])
def test_cells_are_the_mean_of_each_colour(cfa: str, corner: tuple[int, int]) -> None:
    crop = Rectangle(*corner, 64, 48)
    raw = frame(61, 77, cfa, crop, opcode_list_2=gain_maps(61, 77))
    plan = development.prepare(raw, Recipe(defects="none", highlights="limit"))
    assert plan.tables is not None
    luminance = proxy_of_mosaic(plan.tables, plan.matrix, 64, 48)
    light = reference.light(raw, plan.gains)
    fields = reference.shading_fields(raw)
    colours = np.array([["RGB".index(cfa[2 * i + j]) for j in (0, 1)] for i in (0, 1)])
    limits = [plan.gains[colours[i, j]] * fields[i, j] for i in (0, 1) for j in (0, 1)]
    light = np.minimum(light, np.min(limits, axis=0))
    rows, columns = np.mgrid[:61, :77]
    colour = colours[rows % 2, columns % 2]
    expected = np.zeros((24, 32))
    for row in range(24):
        for column in range(32):
            cell = np.s_[crop.top + 2 * row :, crop.left + 2 * column :]
            block, found = light[cell][:2, :2], colour[cell][:2, :2]
            camera = np.array([block[found == channel].mean() for channel in range(3)])
            expected[row, column] = WEIGHTS @ (plan.matrix.astype(float) @ camera)
    np.testing.assert_allclose(luminance, expected, atol=SCENE_AGAINST_REFERENCE)


def test_the_mosaic_and_the_developed_scene_agree() -> None:
    raw = tirage.simulate(demo_scene(300, 411), iso=200)
    plan = development.prepare(raw, Recipe(defects="none"))
    assert plan.tables is not None
    small = proxy_of_mosaic(plan.tables, plan.matrix, plan.width, plan.height)
    whole = plan.scene(Rectangle(0, 0, plan.width, plan.height))
    binned = cell_means(whole, WEIGHTS, 2)
    assert small.shape == binned.shape == (150, 206)
    small, binned = (Proxy(one, cell=2).at_one_eighth() for one in (small, binned))
    assert small.shape == (38, 52)
    error = np.abs(small - binned) / binned
    print(np.median(error), error.max())
    assert np.median(error) < PROXY_AGAINST_SCENE
    assert small.mean() == pytest.approx(binned.mean(), rel=PROXY_AGAINST_SCENE)


def test_a_scene_in_strips_equals_the_whole() -> None:
    colours = np.random.default_rng(1).integers(0, 4000, (3, 530, 50)).astype(np.uint16)
    raw = frame(530, 50, mosaic=colours, cfa=None, black_level=np.full((1, 1), 100.0), white_level=np.array([4000.0]))
    plan = development.prepare(raw, Recipe())
    whole = plan.scene(Rectangle(0, 0, 50, 530))
    np.testing.assert_array_equal(proxy_of_scene(plan.scene, 50, 530), cell_means(whole, WEIGHTS, cell_of(50, 530)))


@pytest.mark.parametrize("shape", [(1, 1), (1, 20), (7, 9), (8, 8), (9, 16), (30, 25)])
@pytest.mark.parametrize("cell", [8, 4, 2])
def test_cell_means_are_means(shape: tuple[int, int], cell: int) -> None:
    pixels = np.random.default_rng(2).uniform(-0.01, 2, (3, *shape)).astype(np.float32)
    light = np.tensordot(WEIGHTS, pixels.astype(float), 1)
    cells = cell_means(pixels, WEIGHTS, cell)
    assert cells.shape == tuple(-(-side // cell) for side in shape)
    for row in range(cells.shape[0]):
        for column in range(cells.shape[1]):
            block = light[cell * row : cell * (row + 1), cell * column : cell * (column + 1)]
            assert cells[row, column] == pytest.approx(block.mean(), abs=1e-6)


def test_light_that_is_no_number_counts_as_none() -> None:
    pixels = np.full((3, 16, 16), 0.5, np.float32)
    pixels[0, 3, 3], pixels[1, 3, 4], pixels[2, 4, 4] = np.nan, np.inf, -np.inf
    cells = cell_means(pixels, WEIGHTS)
    np.testing.assert_allclose(cells, [[0.5 * 61 / 64, 0.5], [0.5, 0.5]], rtol=1e-6)


def test_noise_that_no_profile_states_is_measured() -> None:
    raw = tirage.simulate(demo_scene(480, 640), iso=1600)
    plan = development.prepare(raw, Recipe(defects="none"))
    unsaid = replace(raw, noise_profile=None)
    stated, measured = (luminance_noise(noise_of(one).profile, plan.gains, plan.matrix) for one in (raw, unsaid))
    for grey in (0.02, 0.18):
        deviations = [np.sqrt(scale * grey + offset) for scale, offset in (stated, measured)]
        print(grey, deviations)
        assert deviations[1] == pytest.approx(deviations[0], rel=MEASURED_NOISE)


def test_the_noise_of_luminance_is_that_of_noisy_pixels() -> None:
    profile = np.array([[2e-4, 1e-6], [1e-4, 2e-6], [3e-4, 4e-6]])
    raw = frame(noise_profile=profile)
    plan = development.prepare(raw, Recipe(defects="none"))
    scale, offset = luminance_noise(profile, plan.gains, plan.matrix)
    generator = np.random.default_rng(3)
    for grey in (0.02, 0.4):
        level = grey / (plan.gains * channel_shares(plan.matrix).sum())  # what a grey leaves on the sensor, 0..1
        deviation = np.sqrt(profile[:, 0] * level + profile[:, 1])
        stored = generator.normal(level[:, None], deviation[:, None], (3, 200_000))
        luminance = WEIGHTS @ (plan.matrix.astype(float) @ (stored * plan.gains[:, None]))
        assert luminance.mean() == pytest.approx(grey, rel=1e-3)
        assert luminance.var() == pytest.approx(scale * grey + offset, rel=0.02)
