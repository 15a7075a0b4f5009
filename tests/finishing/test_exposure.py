"""Exposure: one gain, and the white point it leaves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tirage
from tirage.finishing.exposure import WHITE_RANGE, clip_white
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
