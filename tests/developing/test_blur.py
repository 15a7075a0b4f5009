"""The blur of a frame: known Gaussians behind every filter pattern, noise, soft backgrounds, and what tells nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import tirage
from oracles import BLUR_OF_SCENES, BLUR_OF_SLANTED_EDGES
from tirage.developing import development
from tirage.developing.blur import blur_of, edges
from tirage.photo.cfa import BAYER_PATTERNS
from tirage.photo.frame import RawFrame
from tirage.photo.image import SceneImage
from tirage.photo.recipe import Recipe
from tirage.simulating import simulate
from tirage.simulating.scene import demo_scene

#: Points of a drawn scene in a pixel, along each side.
FINE = 4


def _blurred(light: np.ndarray, sigma: float) -> np.ndarray:
    """`light` (..., H, W) through a Gaussian of `sigma` points, by its definition; the ends are repeated."""
    reach = int(np.ceil(4 * sigma))
    taps = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    for axis in (-2, -1):
        around = np.pad(
            light, [(reach, reach) if a == axis % light.ndim else (0, 0) for a in range(light.ndim)], "edge"
        )
        side = light.shape[axis]
        parts = (np.take(around, range(k, k + side), axis) * tap for k, tap in enumerate(taps / taps.sum()))
        light = np.sum(list(parts), axis=0)
    return light


@pytest.fixture(scope="module")
def scenes() -> dict[float, SceneImage]:
    """The demo's landscape under known blurs, px; its own, at four times the size, is a sixth of a pixel."""
    fine = np.minimum(demo_scene(1600, 2400).pixels, 2)
    own = 0.63 / FINE
    light = {px: _blurred(fine, FINE * np.sqrt(px**2 - own**2))[:, 2::FINE, 2::FINE] for px in (0.45, 0.65, 0.9, 1.2)}
    return {px: SceneImage(one.astype(np.float32), white=1.404) for px, one in light.items()}


def _lines(sigma_px: float, size: int = 400, seed: int = 1) -> np.ndarray:
    """Grey in (size, size) pixels, of two levels that change places at each of some straight lines."""
    generator = np.random.default_rng(seed)
    rows, columns = np.mgrid[:size, :size].astype(float)
    table = np.linspace(-9, 9, 20001)
    integral = np.cumsum(np.exp(-0.5 * table**2))
    light = np.ones((size, size))
    for _ in range(12):
        angle, middle = generator.uniform(0, 2 * np.pi), generator.uniform(0, size, 2)
        across = (columns - middle[0]) * np.cos(angle) + (rows - middle[1]) * np.sin(angle)
        light *= 2 * np.interp(np.clip(across / sigma_px, -9, 9), table, integral / integral[-1]) - 1
    return 0.3 + 0.2 * light


def _frame(light: np.ndarray, **choices) -> RawFrame:
    return simulate(SceneImage(np.repeat(light[None].astype(np.float32), 3, axis=0), white=1.404), **choices)


@pytest.mark.parametrize("cfa", BAYER_PATTERNS)
@pytest.mark.parametrize("sigma_px", [0.45, 0.65, 0.9, 1.2])
def test_slanted_edges_tell_the_blur_under_every_pattern(sigma_px: float, cfa: str) -> None:
    raw = _frame(_lines(sigma_px), cfa=cfa, iso=100, shading=False)
    assert blur_of(raw) == pytest.approx(sigma_px, rel=BLUR_OF_SLANTED_EDGES)
    odd = replace(raw, mosaic=raw.mosaic[1:, 1:], cfa=cfa[::-1])
    assert blur_of(odd) == pytest.approx(sigma_px, rel=BLUR_OF_SLANTED_EDGES)


@pytest.mark.parametrize("iso", [100, 200, 400, 800])
@pytest.mark.parametrize("sigma_px", [0.45, 0.65, 0.9, 1.2])
def test_a_scene_tells_its_blur(scenes: dict[float, SceneImage], sigma_px: float, iso: int) -> None:
    found = blur_of(simulate(scenes[sigma_px], iso=iso))
    print(sigma_px, iso, found)
    assert found == pytest.approx(sigma_px, rel=BLUR_OF_SCENES)


@pytest.mark.parametrize("iso", [1600, 3200])
@pytest.mark.parametrize("sigma_px", [0.45, 0.65, 0.9, 1.2])
def test_much_noise_hides_the_blur_but_does_not_change_it_much(
    scenes: dict[float, SceneImage], sigma_px: float, iso: int
) -> None:
    found = blur_of(simulate(scenes[sigma_px], iso=iso))
    assert found is None or found == pytest.approx(sigma_px, rel=2 * BLUR_OF_SCENES)


@pytest.mark.parametrize("sigma_px", [0.45, 0.65, 0.9])
def test_a_background_out_of_focus_is_not_the_lens(scenes: dict[float, SceneImage], sigma_px: float) -> None:
    light = scenes[sigma_px].pixels.copy()
    light[:, :, : light.shape[2] * 6 // 10] = _blurred(light, 2.5)[:, :, : light.shape[2] * 6 // 10]
    found = blur_of(simulate(SceneImage(light, white=1.404), iso=100))
    assert found == pytest.approx(sigma_px, rel=BLUR_OF_SCENES)


def test_an_unstated_noise_is_estimated(scenes: dict[float, SceneImage]) -> None:
    raw = replace(simulate(scenes[0.65], iso=400), noise_profile=None)
    assert blur_of(raw) == pytest.approx(0.65, rel=BLUR_OF_SCENES)


def test_frames_of_floats_are_as_good(scenes: dict[float, SceneImage]) -> None:
    raw = simulate(scenes[0.65], iso=100)
    span = raw.white_level - raw.black_level[0, 0]
    floats = ((raw.mosaic - raw.black_level[0, 0]) / span).astype(np.float32)
    same = replace(raw, mosaic=floats, black_level=np.zeros((1, 1)), white_level=np.ones(1))
    assert blur_of(same) == pytest.approx(blur_of(raw), abs=0.02)


@pytest.mark.parametrize("iso", [100, 1600, 6400])
def test_noise_on_a_flat_tells_nothing(iso: int) -> None:
    for level in (0.0, 0.01, 0.2, 3.0):
        assert blur_of(_frame(np.full((400, 600), level), iso=iso)) is None


def test_fine_texture_and_lines_are_no_edges() -> None:
    generator = np.random.default_rng(3)
    found = edges(_frame(generator.uniform(0.05, 0.6, (400, 600)), iso=100))
    assert found is None or len(found[0]) < 8
    lines = np.where((np.add.outer(np.arange(400), 2 * np.arange(600)) % 23) < 3, 0.5, 0.1)
    found = edges(_frame(lines, iso=100))
    assert found is None or len(found[0]) < 8


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (17, 40), (64, 64), (65, 301), (63, 4000)])
@pytest.mark.parametrize("value", [0.0, 1.0, np.nan, np.inf, -np.inf])
def test_any_size_and_no_numbers(shape: tuple[int, int], value: float) -> None:
    raw = _frame(np.full((8, 8), 0.2))
    mosaic = np.random.default_rng(4).uniform(0, 1, shape).astype(np.float32)
    mosaic[shape[0] // 3 :: 2, ::3] = value
    for profile in (raw.noise_profile, None):
        odd = replace(raw, mosaic=mosaic, black_level=np.zeros((1, 1)), white_level=np.ones(1), noise_profile=profile)
        found = blur_of(odd)
        assert found is None or 0.2 < found < 3


def test_three_colours_per_pixel_and_no_range_tell_nothing() -> None:
    raw = _frame(_lines(0.65))
    assert blur_of(replace(raw, cfa=None, mosaic=np.repeat(raw.mosaic[None], 3, axis=0))) is None
    assert blur_of(replace(raw, white_level=np.array([raw.black_level[0, 0]]))) is None


def test_it_goes_from_the_frame_to_the_finished_picture() -> None:
    raw = _frame(_lines(1.0), iso=100)
    light = tirage.develop(raw)
    assert light.blur_sigma_px == pytest.approx(1.0, rel=BLUR_OF_SLANTED_EDGES)
    shown = tirage.finish(light).pixels
    np.testing.assert_array_equal(shown, tirage.photograph(raw).pixels)
    plain = tirage.finish(replace(light, blur_sigma_px=None)).pixels
    assert np.abs(shown.astype(int) - plain).max() > 3


def test_fast_takes_a_good_lens_for_granted() -> None:
    raw = _frame(_lines(1.0), iso=100)
    assert development.prepare(raw, Recipe(quality="fast")).blur_sigma_px is None
    assert development.prepare(raw, Recipe(quality="best")).blur_sigma_px == blur_of(raw)


def test_the_blur_is_read_before_noise_is_removed_and_the_same_at_any_strength() -> None:
    raw = _frame(_lines(0.65), iso=800)
    found = {development.prepare(raw, Recipe(denoise=strength)).blur_sigma_px for strength in (0.0, 1.0, 2.0)}
    assert len(found) == 1


def test_real_frames(shared_data) -> None:
    """An action camera in the sun is sharp; a chart that was out of focus is not."""
    sharp = tirage.read(shared_data / "raw/gopro_hero6_iso100.dng")
    soft = tirage.read(shared_data / "raw/canon_x4_colorchecker.dng")
    found = blur_of(sharp), blur_of(soft)
    assert found[0] is not None and 0.5 < found[0] < 0.8
    assert found[1] is not None and found[1] > 1.4
