"""What contradicts the reference is taken back."""

from __future__ import annotations

import numpy as np
import pytest

from merging.bursts import frame_of
from oracles import CONTRADICTION
from tirage.kernels.call import Placed, run
from tirage.merging.fuse import FAINT_NOISE
from tirage.merging.fuse.mean import Mean
from tirage.merging.ghosts import reference, windows
from tirage.merging.ghosts.stage import without_ghosts
from tirage.merging.light import light_of
from tirage.merging.resampling import resampling_of

NOISE = np.tile([2e-3, 2e-5], (4, 1))
LEVELS = np.array([100, 110, 120, 130, 1 / 10000], np.float32)


def _scene(rows: int, columns: int, frames: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A mosaic and the state of a mean of so many more frames; the light of both without noise."""
    random = np.random.default_rng(3)
    y, x = np.mgrid[:rows, :columns]
    scene = np.stack([0.2 + 0.1 * np.sin(0.2 * x + s) * np.cos(0.15 * y) for s in range(4)])
    sigma = np.sqrt(NOISE[0, 0] * scene + NOISE[0, 1])
    own = scene + sigma * random.standard_normal(scene.shape)
    stored = np.rint(own / LEVELS[4] + LEVELS[:4, None, None]).astype(np.uint16)
    mosaic = stored.reshape(2, 2, rows, columns).transpose(2, 0, 3, 1).reshape(2 * rows, 2 * columns)
    own = (stored - LEVELS[:4, None, None]) * LEVELS[4]
    others = scene + sigma / np.sqrt(frames) * random.standard_normal(scene.shape)
    weight, noise = np.full(scene.shape, 1.0 + frames), np.full(scene.shape, float(frames))
    return mosaic, np.concatenate([own + frames * others, weight, noise]).astype(np.float32), scene


@pytest.mark.parametrize("shape", [(34, 90), (41, 75), (64, 128), (9, 200)])
def test_contradiction_is_that_of_its_reference(shape: tuple[int, int]) -> None:
    mosaic, state, _ = _scene(*shape)
    state[:4, 4:14, 30:41] += 0.1
    state[8:, 6, 50] = FAINT_NOISE + 1
    found = np.empty((2, windows(shape[0]), windows(shape[1])), np.float32)
    run("merge_contradiction", state, Placed(mosaic, (0, 0)), LEVELS, NOISE.astype(np.float32), found)
    quads = mosaic.reshape(shape[0], 2, shape[1], 2).transpose(1, 3, 0, 2).reshape(4, *shape)
    expected = reference.contradiction(state, (quads - LEVELS[:4, None, None]) * LEVELS[4], NOISE)
    np.testing.assert_allclose(found, expected, rtol=CONTRADICTION, atol=CONTRADICTION)


def test_noise_alone_contradicts_as_often_as_a_chi_square() -> None:
    """Of four degrees: its quantiles by table, per site."""
    mosaic, state, _ = _scene(256, 320)
    found = np.empty((2, windows(256), windows(320)), np.float32)
    run("merge_contradiction", state, Placed(mosaic, (0, 0)), LEVELS, NOISE.astype(np.float32), found)
    for chi in found:
        assert np.quantile(chi, [0.5, 0.9, 0.99]) == pytest.approx([3.357 / 4, 7.779 / 4, 13.277 / 4], rel=0.12)


def test_a_small_faint_ghost_is_taken_back_and_nothing_else() -> None:
    """A disc of ten pixels, 0.9 sigma darker than what the others saw there, beside something doubted."""
    frame = light_of(frame_of(np.full((256, 320), 0.25), seed=1))
    mean = Mean(frame, resampling_of(frame, None), False)
    state, random = mean.state, np.random.default_rng(2)
    rows, columns = state.shape[1:]
    y, x = np.mgrid[:rows, :columns]
    sigma = np.sqrt(2e-3 * 0.25 + 2e-5)
    others = 0.25 + sigma / np.sqrt(5) * random.standard_normal((4, rows, columns))
    disc, weight = np.hypot(y - 60, x - 70) < 5, np.where((np.abs(y - 60) < 8) & (np.abs(x - 90) < 8), 3.0, 5.0)
    others += 0.9 * sigma * disc
    state[:4] += weight * others
    state[4:8] += weight
    state[8:] += weight
    without_ghosts(mean)
    changed = np.abs(state[4] - 1 - weight) > 0.1
    assert state[4][disc].mean() < 3
    far = np.hypot(y - 60, x - 70) > 16
    assert changed[far].mean() < 0.01
