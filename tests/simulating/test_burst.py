"""Simulated bursts, held to geometry: every frame is the same continuous light, seen from where the truth says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracles
import tirage
from tirage.photo.errors import UsageError
from tirage.photo.frame import RawFrame
from tirage.photo.image import SceneImage
from tirage.simulating import simulate, spline
from tirage.simulating.burst import SimulatedBurst, simulate_burst, write_truth

#: One code of the 14 bits of generic-camera, where frames are held to an analytic scene.
CODE = 1 / (16383 - 512)
PLAIN: dict[str, Any] = {"sensor": "generic-camera", "shading": False, "noise": False}


def waves(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Light whose finest wave is 9 pixels long."""
    return 0.5 + 0.2 * np.sin(2 * np.pi * x / 11) * np.cos(2 * np.pi * y / 9) + 0.1 * np.sin((x + 2 * y) / 30)


def scene(height: int = 130, width: int = 170) -> SceneImage:
    y, x = np.mgrid[:height, :width].astype(float)
    return SceneImage(np.repeat(waves(x, y)[None], 3, axis=0).astype(np.float32), white=1.0)


def light(frame: RawFrame) -> np.ndarray:
    """The frame's grey: every sample by its colour's response to a flat grey."""
    flat = simulate(SceneImage(np.full((3, frame.height, frame.width), 0.5, np.float32), white=1.0), **PLAIN)
    black = frame.black_level[0, 0]
    return (frame.mosaic - black) / (flat.mosaic - black) * 0.5


# The spline ----------------------------------------------------------------------------------------------------------


@given(st.integers(2, 40), st.integers(2, 40), st.integers(0, 99))
def test_the_spline_passes_through_every_pixel(height: int, width: int, seed: int) -> None:
    plane = np.random.default_rng(seed).random((height, width), np.float32)
    y, x = np.mgrid[:height, :width].astype(float)
    np.testing.assert_allclose(spline.at(spline.coefficients(plane), x, y), plane, atol=4e-6)


def test_between_pixels_it_is_the_wave_that_was_sampled() -> None:
    y, x = np.mgrid[:80, :90].astype(float)
    curve = spline.coefficients(waves(x, y).astype(np.float32))
    inner = np.s_[12:-12, 12:-12]
    for shift_x, shift_y in ((0.5, 0.5), (0.25, -0.4), (-3.3, 2.71)):
        found = spline.at(curve, x[inner] + shift_x, y[inner] + shift_y)
        np.testing.assert_allclose(found, waves(x[inner] + shift_x, y[inner] + shift_y), atol=oracles.SPLINE_BETWEEN)


def test_beyond_the_border_it_is_mirrored() -> None:
    curve = spline.coefficients(np.random.default_rng(2).random((9, 7), np.float32))
    y, x = np.mgrid[-20:20, -20:20] + 0.3
    np.testing.assert_allclose(spline.at(curve, -x, y), spline.at(curve, x, y), atol=1e-5)
    np.testing.assert_allclose(spline.at(curve, x, 16 - y), spline.at(curve, x, y), atol=1e-5)


# The burst -----------------------------------------------------------------------------------------------------------


def test_frame_0_is_what_simulate_makes() -> None:
    picture = np.random.default_rng(3).integers(0, 256, (70, 91, 3), dtype=np.uint8)
    burst = simulate_burst(picture, frames=2, moving=False, **PLAIN)
    single = simulate(picture, **PLAIN)
    assert np.abs(burst.frame(0).mosaic.astype(int) - single.mosaic).max() <= 1
    assert np.array_equal(burst.clean.mosaic, burst.frame(0).mosaic)
    assert burst.frame(0).cfa == single.cfa and burst.frame(0).mosaic.shape == (70, 91)


@pytest.mark.parametrize("cfa", ["RGGB", "GBRG"])
def test_every_frame_sees_the_scene_where_the_truth_says(cfa: str) -> None:
    settings = {**PLAIN, "cfa": cfa}
    burst = simulate_burst(
        scene(), frames=4, shake_px=6, rotation_degrees=1.5, perspective_px=3, rolling_shutter_px=2, seed=5, **settings
    )
    y, x = np.mgrid[:130, :170].astype(float)
    inner = np.s_[24:-24, 24:-24]
    flat = simulate(SceneImage(np.full((3, 130, 170), 0.5, np.float32), white=1.0), **settings)
    for index, frame in enumerate(burst):
        across = x + burst.truth.displacements[index, :, 0][:, None]
        down = y + burst.truth.displacements[index, :, 1][:, None]
        moved = np.einsum("ij,jyx->iyx", burst.truth.homographies[index], np.stack([across, down, np.ones_like(x)]))
        wanted = waves(moved[0] / moved[2], moved[1] / moved[2])
        found = (frame.mosaic - 512.0) / (flat.mosaic - 512.0) * 0.5
        np.testing.assert_allclose(found[inner], wanted[inner], atol=oracles.SPLINE_BETWEEN + 4 * CODE)


def test_the_hand_stays_within_what_was_asked() -> None:
    burst = simulate_burst(scene(60, 80), frames=200, shake_px=7, rotation_degrees=0.5, seed=1, **PLAIN)
    centre = np.array([39.5, 29.5, 1])
    moved = burst.truth.homographies @ centre - centre
    assert np.abs(moved).max() <= 7 and np.abs(moved).max() > 6.5 and not moved[0].any()
    angles = np.degrees(np.arcsin(burst.truth.homographies[:, 1, 0]))
    assert np.abs(angles).max() <= 0.5 and np.abs(angles).max() > 0.45
    tilted = simulate_burst(scene(60, 80), frames=50, shake_px=0, perspective_px=3, **PLAIN).truth.homographies
    corner = tilted @ np.array([0, 0, 1.0])
    assert 1.5 < np.hypot(*(corner[:, :2] / corner[:, 2:]).T).max() <= 3.3


def test_frames_have_noise_of_their_own_of_the_stated_variance() -> None:
    flat = SceneImage(np.full((3, 256, 256), 0.4, np.float32), white=1.0)
    burst = simulate_burst(
        flat, frames=3, shake_px=2, sensor="generic-camera", shading=False, noise=(2e-3, 2e-5), seed=9
    )
    values = [(frame.mosaic - 512.0) * CODE for frame in burst]
    clean = (burst.clean.mosaic - 512.0) * CODE
    for value in values:
        assert (value - clean).var() == pytest.approx((2e-3 * clean + 2e-5).mean(), rel=0.03)
    for one, other in ((0, 1), (1, 2)):
        correlation = np.corrcoef((values[one] - clean).ravel(), (values[other] - clean).ravel())[0, 1]
        assert abs(correlation) < 4 / 256
    assert burst.frame(1).noise_profile == pytest.approx(np.array([[2e-3, 2e-5]]), rel=1e-3)


def test_exposures_are_stated_and_flicker_is_not() -> None:
    burst = simulate_burst(scene(), frames=5, shake_px=0, exposure_steps=(0, -2, 1), flicker=0.05, **PLAIN)
    assert burst.truth.exposure_stops.tolist() == [0, -2, 1, 0, -2] and burst.truth.light_gains[0] == 1
    frames = list(burst)
    exposures = [frame.capture.exposure_s for frame in frames]
    assert exposures == pytest.approx([1 / 30, 1 / 120, 1 / 15, 1 / 30, 1 / 120])
    times = [frame.capture.time for frame in frames]
    for before, after, exposure in zip(times, times[1:], exposures, strict=False):
        assert before and after and exposure and (after - before).total_seconds() > exposure
    ratio = (frames[1].mosaic - 512.0) / (frames[0].mosaic - 512.0)
    gain = burst.truth.light_gains[1]
    assert 0.95 <= gain <= 1.05 and gain != 1 and np.median(ratio) == pytest.approx(gain / 4, rel=1e-3)


def test_objects_move_where_the_masks_say_and_nowhere_else() -> None:
    still = simulate_burst(scene(), frames=3, shake_px=0, seed=4, **PLAIN)
    settings = {**PLAIN, "seed": 4, "object_step_px": 10, "object_size_px": 24}
    burst = simulate_burst(scene(), frames=3, shake_px=0, moving=True, **settings)
    changed = [one.mosaic != other.mosaic for one, other in zip(burst, still, strict=True)]
    assert changed[0].any() and not (changed[0] & ~burst.truth.moving).any()
    assert not (np.any(changed, axis=0) & ~burst.truth.touched).any()
    assert changed[0].sum() > 0.5 * burst.truth.moving.sum()
    places = [np.argwhere(mask).mean(axis=0) for mask in changed]
    assert np.hypot(*(places[1] - places[0])) == pytest.approx(10, abs=1.5)
    veil = simulate_burst(scene(), frames=2, shake_px=0, moving=True, object_contrast=0.03, **settings)
    ratio = (veil.frame(0).mosaic - 512.0) / (still.frame(0).mosaic - 512.0)
    assert np.median(ratio[veil.truth.moving]) == pytest.approx(1.03, abs=2e-3)
    many = simulate_burst(scene(), frames=2, moving=True, objects=60, **PLAIN | {"object_size_px": 10})
    assert len(many.truth.objects) == 60


def test_equal_arguments_give_equal_bits_and_seeds_differ() -> None:
    def made(seed: int) -> SimulatedBurst:
        return simulate_burst(scene(40, 50), frames=2, moving=True, iso=800, seed=seed)

    assert np.array_equal(made(1).frame(1).mosaic, made(1).frame(1).mosaic)
    assert not np.array_equal(made(1).frame(1).mosaic, made(2).frame(1).mosaic)


def test_the_truth_is_written(tmp_path: Path) -> None:
    burst = simulate_burst(scene(40, 50), frames=2, moving=True, object_step_px=4)
    assert [path.name for path in write_truth(burst, ["a.dng", "b.dng"], tmp_path)] == [
        *("truth.dng", "truth.npz", "truth.json"),
    ]
    assert np.array_equal(tirage.read(tmp_path / "truth.dng").mosaic, burst.clean.mosaic)
    with np.load(tmp_path / "truth.npz") as arrays:
        assert np.array_equal(arrays["homographies"], burst.truth.homographies)
        assert np.array_equal(arrays["moving"], burst.truth.moving)


@pytest.mark.parametrize(
    "wrong",
    [
        {"frames": 0},
        {"shake_px": -1.0},
        {"shake_px": float("nan")},
        {"flicker": 1.0},
        {"exposure_steps": ()},
        {"exposure_steps": (float("nan"),)},
        {"moving": True, "objects": 0},
        {"moving": False, "objects": 0},
        {"object_size_px": float("nan")},
        {"object_step_px": -1.0},
        {"moving": True, "object_size_px": -3.0},
        {"moving": True, "object_contrast": float("inf")},
        {"noise": (-1.0, 0.0)},
        {"iso": 0},
    ],
)
def test_nonsense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        simulate_burst(scene(20, 20), **wrong)
