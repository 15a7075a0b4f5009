"""Where few frames agree, and where noise clips."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from merging.bursts import frame_of
from tirage.merging.fuse.mean import Mean
from tirage.merging.light import light_of
from tirage.merging.resampling import resampling_of
from tirage.merging.shrink.stage import _doubtful, _shrink_alone, _usual, shrunk

LEVELS = (4096.0, 61439.0, 65535.0)


def _alone(values: np.ndarray, noise: tuple[float, float]) -> Mean:
    frame = light_of(frame_of(values, noise=noise, seed=3))
    return Mean(frame, resampling_of(frame, None), False)


@pytest.mark.parametrize("light", [0.8, 0.88])
def test_what_noise_clips_is_not_white(light: float) -> None:
    """A seventh of the samples and more reach the clip by chance."""
    mean = _alone(np.full((96, 160), light), (2e-2, 2e-4))
    assert (mean.reference.mosaic >= mean.reference.clip).mean() > 0.05
    mosaic = shrunk(mean.state, mean.reference, mean.resampling, 1.0, LEVELS, 1.0)
    assert (mosaic == LEVELS[2]).mean() < 0.003


def test_what_is_clipped_is_white() -> None:
    y, x = np.mgrid[:96, :160]
    disc = np.hypot(y - 40, x - 70) < 16
    mean = _alone(np.where(disc, 1.5, 0.4), (2e-3, 2e-5))
    mosaic = shrunk(mean.state, mean.reference, mean.resampling, 1.0, LEVELS, 1.0)
    assert (mosaic[np.hypot(y - 40, x - 70) < 13] == LEVELS[2]).all()
    assert not (mosaic[~disc] == LEVELS[2]).any()


def test_the_usual_weight_is_less_at_edges_that_few_frames_reach() -> None:
    weight = np.full((60, 400), 6.0, np.float32)
    weight[:3] = 4
    weight[:, -5:] = 3
    weight[20:40, 100:300] = 2
    rows, columns = _usual(weight)
    np.testing.assert_allclose(1 / rows, [4] * 3 + [6] * 57, rtol=1e-6)
    np.testing.assert_allclose(1 / columns, [6] * 395 + [3] * 5, rtol=1e-6)


def _stored(light: float) -> np.uint16:
    return np.uint16(LEVELS[0] + light * LEVELS[1])


def _without_and_with_a_clean_reference(light: float, stored: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A mean of even `light`, in one part of half the frames, shrunk alone and beside a clean reference of `stored`."""
    mean = _alone(np.full(stored.shape, light), (2e-3, 2e-5))
    state, reference = mean.state, mean.reference
    state[4:8] = 6
    state[4:8, 20:44, 40:88] = 3
    state[:4] = light * state[4:8]
    state[8:] = state[4:8] - 1
    clean = dataclasses.replace(reference, mosaic=stored, black=np.full(4, LEVELS[0]), unit=1 / LEVELS[1])
    plain, shared = (
        shrunk(state, reference, mean.resampling, 1.0, LEVELS, 1.0, guide).astype(float) for guide in (None, clean)
    )
    return plain, shared


def test_a_share_of_the_clean_reference_stays_in_smooth_shades_that_few_frames_show() -> None:
    plain, shared = _without_and_with_a_clean_reference(0.25, np.full((128, 256), _stored(0.3)))
    inside, outside = np.s_[50:80, 90:160], np.s_[:, 200:]
    taken = (shared - plain)[inside].mean() / (0.05 * LEVELS[1])
    assert 0.4 < taken < 0.8
    np.testing.assert_array_equal(shared[outside], plain[outside])


def test_what_noise_clipped_in_the_reference_whitens_no_mean() -> None:
    stored = np.full((128, 256), _stored(0.95))
    stored[60:64, 100:110] = 65535
    plain, shared = _without_and_with_a_clean_reference(0.95, stored)
    np.testing.assert_allclose(shared, plain, atol=2e-3 * LEVELS[1])


def test_parts_of_the_reference_are_shrunk_as_the_whole_is() -> None:
    y, x = np.mgrid[:300, :420]
    mean = _alone(0.3 + 0.1 * np.sin(x / 3) * np.sin(y / 40) + 0.2 * (x > 200), (2e-3, 2e-5))
    whole = shrunk(mean.state, mean.reference, mean.resampling, 1.0, LEVELS, 1.0)
    found, levels = np.zeros_like(whole), np.array([*LEVELS, 0.9995], np.float32)
    for rows, columns in (((0, 64), (64, 192)), ((64, 128), (128, 210)), ((128, 150), (0, 64))):
        _shrink_alone(found, rows, columns, mean.reference, mean.resampling, levels)
    assert 0.3 < (found > 0).mean() < 0.9
    np.testing.assert_array_equal(found[found > 0], whole[found > 0])


def test_cells_that_miss_weight_are_found_in_runs() -> None:
    weight = np.full((150, 210), 6.0, np.float32)
    weight[70:100, 60:140] = 2
    usual = [np.full(side, 1 / 6, np.float32) for side in weight.shape]
    assert _doubtful(weight, *usual) == [((64, 128), (64, 128))]
    weight[:64, 100:] = 4
    assert _doubtful(weight, *usual) == [((0, 64), (64, 210)), ((64, 128), (64, 128))]
