"""Colour of a merged mosaic's cells: noise goes, colours stay."""

from __future__ import annotations

import numpy as np
import pytest

from tirage.merging.shrink.blotches import are_seen, without_blotches

BLACK, WHITE = 256.0, 65535.0
SPAN = WHITE - BLACK
PROFILE = np.array([[4e-4, 7e-6]] * 3)
NEUTRAL = np.array([0.5, 1.0, 0.7])


def flat(light: float, shape: tuple[int, int] = (240, 320)) -> np.ndarray:
    """A grey mosaic's light, RGGB."""
    colours = np.broadcast_to(light, shape).copy()
    colours[0::2, 0::2] *= NEUTRAL[0]
    colours[1::2, 1::2] *= NEUTRAL[2]
    return colours


def state_of(light: np.ndarray) -> np.ndarray:
    """Sums and weights of a mean of four frames, sites apart."""
    sites = np.stack([light[site // 2 :: 2, site % 2 :: 2] for site in range(4)])
    return np.concatenate([4 * sites, np.full_like(sites, 4), np.ones_like(sites)]).astype(np.float32)


def stored(light: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(light * SPAN + BLACK), 0, WHITE).astype(np.uint16)


def lowpassed(light: np.ndarray) -> np.ndarray:
    """Quads' sites, means over 8 x 8 of them: what shrinking leaves of noise."""
    result = light.copy()
    for site in range(4):
        part = light[site // 2 :: 2, site % 2 :: 2]
        wide = np.pad(part, 4, mode="reflect")[:-1, :-1]
        sums = np.lib.stride_tricks.sliding_window_view(wide, (8, 8)).mean((2, 3))
        result[site // 2 :: 2, site % 2 :: 2] = sums[: part.shape[0], : part.shape[1]]
    return result


def red_less_green(mosaic: np.ndarray) -> np.ndarray:
    """Of means over 16 x 16 pixels, white balanced."""
    light = (mosaic - BLACK) / SPAN
    difference = light[0::2, 0::2] / NEUTRAL[0] - (light[0::2, 1::2] + light[1::2, 0::2]) / 2
    return difference.reshape(difference.shape[0] // 8, 8, difference.shape[1] // 8, 8).mean((1, 3))


@pytest.mark.parametrize("level", [0.0005, 0.01])
def test_blotches_go_and_means_stay(level: float) -> None:
    truth = flat(level)
    spread = np.sqrt(PROFILE[0, 0] * truth + PROFILE[0, 1])
    noisy = truth + np.random.default_rng(1).normal(0, 1, truth.shape) * spread
    mosaic = stored(lowpassed(noisy))
    before = mosaic.copy()
    without_blotches(mosaic, state_of(noisy), PROFILE, NEUTRAL, (BLACK, SPAN, WHITE), 1.0)
    was, left = (red_less_green(each.astype(np.float64)) for each in (before, mosaic))
    assert left.std() < 0.5 * was.std()
    assert abs(left.mean() - was.mean()) < 0.1 * was.std()


def test_a_coloured_area_keeps_its_colour() -> None:
    truth = flat(0.01)
    truth[80:160:2, 96:192:2] *= 2
    noisy = truth + np.random.default_rng(2).normal(0, 1, truth.shape) * np.sqrt(PROFILE[0, 0] * truth + PROFILE[0, 1])
    mosaic = stored(truth)
    without_blotches(mosaic, state_of(noisy), PROFILE, NEUTRAL, (BLACK, SPAN, WHITE), 1.0)
    clean, left = (red_less_green(each.astype(np.float64)) for each in (stored(truth), mosaic))
    np.testing.assert_allclose(left[6:9, 7:11], clean[6:9, 7:11], atol=0.1 * clean.max())
    assert np.abs(left[:4]).max() < 0.1 * clean.max()


def test_white_stays_white_and_little_noise_costs_nothing() -> None:
    truth = flat(0.01)
    noisy = truth + np.random.default_rng(3).normal(0, 1, truth.shape) * 0.01
    mosaic = stored(truth)
    mosaic[40:60, 40:60] = WHITE
    quiet = mosaic.copy()
    without_blotches(quiet, state_of(noisy), PROFILE / 1000, NEUTRAL, (BLACK, SPAN, WHITE), 1.0)
    np.testing.assert_array_equal(quiet, mosaic)
    assert are_seen(PROFILE) and not are_seen(PROFILE / 1000)
    without_blotches(mosaic, state_of(noisy), PROFILE, NEUTRAL, (BLACK, SPAN, WHITE), 1.0)
    np.testing.assert_array_equal(mosaic == WHITE, quiet == WHITE)


@pytest.mark.parametrize("shape", [(2, 2), (16, 18), (30, 34), (42, 16)])
def test_small_mosaics_and_what_is_no_number(shape: tuple[int, int]) -> None:
    truth = flat(0.02, shape)
    state = state_of(truth)
    state[0, 0, 0] = np.nan
    mosaic = stored(truth)
    without_blotches(mosaic, state, PROFILE, None, (BLACK, SPAN, WHITE), 1.0)
    assert np.abs(mosaic[8:] - stored(truth)[8:].astype(float)).max(initial=0) < 0.02 * SPAN
