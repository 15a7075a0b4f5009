"""Exposure: the white point it leaves, and what the meter asks for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tirage
from tirage.finishing.exposure import WHITE_RANGE, clip_white
from tirage.finishing.exposure.meter import meter
from tirage.photo.image import SceneImage


@given(st.floats(0.01, 100), st.floats(0.01, 100))
def test_the_white_point_is_at_most_an_eighth_of_a_stop_under_the_clip(white: float, gain: float) -> None:
    result, clip = clip_white(white, gain), white * gain
    assert WHITE_RANGE[0] <= result <= WHITE_RANGE[1]
    if WHITE_RANGE[0] <= clip <= WHITE_RANGE[1]:
        assert -1e-5 < math.log2(clip / result) <= 1 / 8 + 1e-5
        if result < 16:
            eighths = 8 * math.log2(result / 0.18)
            assert eighths == pytest.approx(round(eighths), abs=1e-6)


def test_an_eighth_of_a_stop_itself_stays() -> None:
    for eighths in range(20, 52):
        assert clip_white(0.18 * 2 ** (eighths / 8), 1.0) == pytest.approx(0.18 * 2 ** (eighths / 8))


@pytest.mark.parametrize("white", [0.0, -1.0, math.nan, math.inf])
def test_a_white_point_that_is_none_is_refused(white: float) -> None:
    with pytest.raises(tirage.UsageError, match="positive"):
        clip_white(white, 1.0)


def test_exposure_is_linear() -> None:
    """Twice the light and one stop less make the same picture, bit for bit."""
    light = np.random.default_rng(2).uniform(0, 1, (3, 20, 30)).astype(np.float32)
    as_shot = tirage.finish(SceneImage(light, white=1.404), bit_depth=16)
    brought_back = tirage.finish(SceneImage(light * 2, white=2.808), exposure_stops=-1.0, bit_depth=16)
    np.testing.assert_array_equal(as_shot.pixels, brought_back.pixels)


def test_a_grey_card_asks_for_nothing() -> None:
    assert meter(np.full((40, 60), 0.18)) == pytest.approx(0.0, abs=1e-12)


@given(st.floats(-1.9, 1.9))
def test_the_correction_is_half_of_what_is_missing(stops: float) -> None:
    assert meter(np.full(1000, 0.18 * 2**stops)) == pytest.approx(-stops / 2, abs=1e-9)


def test_night_stays_night() -> None:
    night = 0.18 * 2.0 ** np.random.default_rng(3).normal(-5, 1.5, 5000)
    correction = meter(night)
    assert correction == 1.0
    assert np.log2(np.median(night) * 2**correction / 0.18) < -3.5


def test_lamps_and_black_frames_do_not_decide() -> None:
    scene = 0.18 * 2.0 ** np.random.default_rng(4).normal(-1, 1, 10000)
    spoilt = scene.copy()
    spoilt[:700] = 16.0
    spoilt[700:1400] = 0.0
    spoilt[1400:1420] = np.nan
    spoilt[1420:1430] = np.inf
    assert meter(spoilt) == pytest.approx(meter(scene), abs=0.15)


def test_the_order_of_samples_does_not_matter() -> None:
    scene = np.random.default_rng(5).lognormal(-2, 2, 4001)
    assert meter(scene) == meter(np.random.default_rng(6).permutation(scene))


@pytest.mark.parametrize("light", [[], [0.0, -1.0], [np.nan]])
def test_nothing_to_meter_asks_for_nothing(light: list[float]) -> None:
    assert meter(np.array(light)) == 0.0


@given(st.lists(st.floats(width=32), max_size=50))
def test_the_meter_always_answers_within_a_stop(light: list[float]) -> None:
    assert -1 <= meter(np.array(light)) <= 1
