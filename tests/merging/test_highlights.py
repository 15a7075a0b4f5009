"""What clipped noise takes from the mean, by the normal distribution; frames without noise are given nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest

import tirage
from merging.bursts import frame_of, light_of
from tirage.merging import light as stored
from tirage.merging.highlights import give_back, keep_edges

BLACK, WHITE, SIGMA = 4096.0, 65535.0, 0.045


def clipped_mean(light: float) -> float:
    """Of a normal variable cut off at 1."""
    u = (1 - light) / SIGMA
    density, beyond = math.exp(-u * u / 2) / math.sqrt(2 * math.pi), 0.5 * math.erfc(u / math.sqrt(2))
    return light - SIGMA * (density - u * beyond)


@pytest.mark.parametrize("light", [0.8, 0.9, 0.93, 0.95, 0.97, 0.985, 1.0, 1.05, 1.2])
def test_the_mean_of_clipped_noise_becomes_the_light(light: float) -> None:
    mosaic = np.full((6, 10), np.rint(BLACK + clipped_mean(light) * (WHITE - BLACK)), np.uint16)
    give_back(mosaic, np.full(4, SIGMA), BLACK, WHITE)
    assert np.abs((mosaic - BLACK) / (WHITE - BLACK) - min(light, 1)).max() < 0.02 * SIGMA


@pytest.mark.parametrize("size", [(2, 2), (2, 6), (300, 4)])
def test_odd_shapes_and_no_noise(size: tuple[int, int]) -> None:
    mosaic = np.random.default_rng(1).integers(4096, 65535, size, np.uint16, endpoint=True)
    given = mosaic.copy()
    give_back(mosaic, np.zeros(4), BLACK, WHITE)
    np.testing.assert_array_equal(mosaic, given)
    give_back(mosaic, np.full(4, SIGMA), BLACK, WHITE)
    assert (mosaic >= given).all()


@pytest.mark.parametrize("denoise", [0, 1])
def test_a_white_wall_is_white(denoise: float) -> None:
    frames = [frame_of(np.full((96, 128), 1.0), seed=seed) for seed in range(4)]
    merged = light_of(tirage.merge(frames, reference=0, denoise=denoise))
    assert abs(float(merged.mean()) - 1) < 0.2 * SIGMA  # 0.4 of it without


@pytest.mark.parametrize("cfa", ["RGGB", "GRBG", "BGGR"])
def test_the_edge_of_what_is_clipped_stays_white(cfa: str) -> None:
    """A disc; and samples here and there that noise has clipped, which are none of its business."""
    y, x = np.mgrid[:300, :70]
    values = np.where(np.hypot(y - 150, x - 30) < 20, 1.0, 0.9)
    values[::40, 3::20] = 1
    reference = stored.light_of(frame_of(values, cfa, noise=None))
    shift_y, shift_x = reference.shift_y, reference.shift_x
    mosaic = np.full((300 + 2 * shift_y, 70 + 2 * shift_x), np.uint16(BLACK + 0.93 * (WHITE - BLACK)))
    keep_edges(mosaic, np.full(4, SIGMA), BLACK, WHITE, reference)
    found = mosaic[shift_y:, shift_x:][:300, :70] == WHITE
    assert not found[np.hypot(y - 150, x - 30) >= 20].any()
    assert found[np.hypot(y - 150, x - 30) < 17].all()
    assert found.sum() > 0.95 * (np.hypot(y - 150, x - 30) < 20).sum()
    nearly = np.full_like(mosaic, np.uint16(BLACK + (1 - SIGMA) * (WHITE - BLACK)))
    keep_edges(nearly, np.full(4, SIGMA), BLACK, WHITE, reference)
    assert not (nearly == WHITE).any()
