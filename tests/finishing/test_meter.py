"""Metering: where given scenes land, how steady it is, what it ignores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import tirage
from oracles import METERED_FRAMES_STOPS, METERED_SCENE_STOPS
from tirage.finishing import finish as finishing
from tirage.finishing.exposure.meter import metered_stops
from tirage.photo.image import SceneImage
from tirage.photo.proxy import Proxy, cell_means
from tirage.photo.recipe import Recipe
from tirage.simulating import ground_truth
from tirage.simulating.scene import demo_scene

GREY = np.full(3, 1 / 3)


def _street_at_night() -> np.ndarray:
    """A street five stops under grey, its sky darker still, three lamps that clip and the light around them."""
    rows, columns = np.mgrid[:240, :320]
    light = np.where(rows < 90, 0.18 * 2.0**-6.5, 0.18 * 2.0**-5 * (1 + 0.5 * np.sin(columns / 9) * np.cos(rows / 7)))
    for x in (60, 170, 280):
        distance = np.hypot(rows - 70, columns - x)
        light = light + 0.05 / (1 + (distance / 6) ** 2) + 10.0 * (distance < 4)
    return light


def _snow_in_sun() -> np.ndarray:
    """Snow a stop and a half over grey, a sky, a dark hut."""
    rows, columns = np.mgrid[:240, :320]
    light = 0.18 * 2.0 ** (1.6 + 0.2 * np.sin(columns / 11) * np.sin(rows / 8))
    light[:70] = 0.18 * 2.0**0.7
    light[60:110, 40:90] = 0.18 * 2.0**-3
    return light


def _landscape() -> np.ndarray:
    """Sky, lake and meadow, half of it over grey."""
    return ground_truth(demo_scene(240, 320)).pixels.mean(axis=0) / np.sqrt(2)


def _scene(light: np.ndarray, seed: int | None = None) -> SceneImage:
    """A grey scene that clips at 1.404, with noise where there is a seed."""
    if seed is not None:
        light = light + np.random.default_rng(seed).normal(0, 1, light.shape) * np.sqrt(1e-3 * light + 1e-5)
    return SceneImage(np.repeat(np.minimum(light, 1.404)[None], 3, axis=0).astype(np.float32), white=1.404)


def _gain_stops(scene: SceneImage, **choices) -> float:
    """Stops by which `finish` exposes the scene."""
    small = Proxy(cell_means(scene.pixels, GREY))
    height, width = scene.pixels.shape[1:]
    plan = finishing.prepare(Recipe(**choices), scene.white, width, height, proxy=lambda: small)
    return float(np.log2(plan.exposure_gain))


@pytest.mark.parametrize(
    ("light", "as_shot", "stated"),
    [(_street_at_night(), -5.0, -4.0), (_landscape(), 0.0, 0.0), (_snow_in_sun(), 1.3, 0.65)],
    ids=["night", "mean", "snow"],
)
def test_given_scenes_land_at_their_stated_grey(light: np.ndarray, as_shot: float, stated: float) -> None:
    """Stops of the median light from grey: night comes up by a stop and stays night, snow goes half-way."""
    scene = _scene(light, seed=1)
    before = float(np.median(np.log2(np.maximum(light, 1e-6) / 0.18)))
    assert before == pytest.approx(as_shot, abs=METERED_SCENE_STOPS + 0.2)
    landed = before + _gain_stops(scene, metering="auto")
    print(before, landed)
    assert landed == pytest.approx(stated, abs=METERED_SCENE_STOPS)


@pytest.mark.parametrize("light", [_street_at_night(), _landscape(), _snow_in_sun()], ids=["night", "mean", "snow"])
def test_ten_frames_of_a_scene_are_exposed_alike(light: np.ndarray) -> None:
    """Noise, a step to the side, and a passer-by before the camera."""
    stops = []
    for seed in range(10):
        frame = np.roll(light, 2 * seed, axis=1)
        frame[100:200, 20 * seed : 20 * seed + 12] = 0.02
        stops.append(_gain_stops(_scene(frame, seed), metering="auto"))
    assert np.ptp(stops) < METERED_FRAMES_STOPS


def test_exposure_as_shot_is_left_alone() -> None:
    assert _gain_stops(_scene(_street_at_night()), exposure_stops=0.7) == pytest.approx(0.7)
    assert _gain_stops(_scene(_landscape() / 16), exposure_stops=0.7, metering="auto") == pytest.approx(1.7)


def test_finish_meters() -> None:
    scene = _scene(_landscape() / 16)
    brighter = tirage.finish(scene, exposure_stops=1.0).pixels
    np.testing.assert_array_equal(tirage.finish(scene, metering="auto").pixels, brighter)


def test_lamps_dark_frames_and_dead_cells_do_not_decide() -> None:
    light = np.full((60, 80), 0.09)
    assert metered_stops(light) == pytest.approx(0.5)
    light[:2], light[-3:], light[:, :2] = 50.0, 0.0, np.nan
    assert metered_stops(light) == pytest.approx(0.5, abs=1e-9)


def test_the_correction_is_half_the_way_and_a_stop_at_most() -> None:
    for stops, expected in ((-9, 1), (-2, 1), (-1, 0.5), (0, 0), (0.4, -0.2), (2, -1), (6, -1)):
        assert metered_stops(np.full((7, 5), 0.18 * 2.0**stops)) == pytest.approx(expected)


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan])
def test_where_there_is_no_light_there_is_nothing_to_meter(value: float) -> None:
    assert metered_stops(np.full((4, 4), value)) == 0
    assert np.isfinite(metered_stops(np.array([value, np.inf, 0.18])))


def test_the_sensors_own_record_is_metered_where_there_is_one() -> None:
    scene = _scene(_landscape())
    known = replace(scene, proxy=Proxy(np.full((30, 40), 0.09, np.float32), of=scene.pixels))
    expected = tirage.finish(known, exposure_stops=0.5).pixels
    np.testing.assert_allclose(tirage.finish(known, metering="auto").pixels, expected, atol=1)  # 0.09 in float32
    other = replace(known, pixels=(scene.pixels / 4).astype(np.float32))  # new pixels: the old proxy no longer counts
    np.testing.assert_array_equal(
        tirage.finish(other, metering="auto").pixels, tirage.finish(replace(other, proxy=None), metering="auto").pixels
    )
