"""Tone curves: what they promise at grey, at white and between."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracles import FOUR_DIGITS_OF_CURVE, SLOPE_BY_DIFFERENCE
from tirage.finishing.look.tone import GREY, LEAST_WHITE, lifted, sigmoid_curve, tone_curve, toned
from tirage.photo.look import Tone

WHITES = st.floats(LEAST_WHITE, 16.0)
TONES = st.builds(
    Tone,
    curve=st.sampled_from(["linear", "sigmoid"]),
    contrast=st.floats(0.5, 2.5),
    exposure_stops=st.floats(-2, 2),
    shadows_stops=st.floats(-2, 2),
    shoulder_stops=st.floats(0, 2.2),
)


@pytest.mark.parametrize(
    ("contrast", "power", "half", "ceiling"),
    [(1.3, 1.5841, 0.3026, 1.0037), (1.4, 1.7065, 0.2448, 1.0022), (1.5, 1.8288, 0.1983, 1.0012)],
)
def test_the_sigmoid_agrees_with_another_solver(contrast: float, power: float, half: float, ceiling: float) -> None:
    """Fixed-point iteration for white 16, as the first experiments had it, to four decimals."""
    curve = sigmoid_curve(contrast, 16.0)
    assert (curve.power, curve.half, curve.ceiling) == pytest.approx((power, half, ceiling), abs=FOUR_DIGITS_OF_CURVE)


@given(st.floats(1.01, 2.5), WHITES)
def test_the_sigmoid_keeps_grey_slope_and_white(contrast: float, white: float) -> None:
    curve = sigmoid_curve(contrast, white)
    assert curve(np.array(GREY)) == pytest.approx(GREY, rel=1e-9)
    assert curve(np.array(white)) == pytest.approx(1.0, rel=1e-9)
    step = 1e-4
    around = np.log(curve(GREY * np.exp(np.array([-step, step]))))
    assert (around[1] - around[0]) / (2 * step) == pytest.approx(contrast, rel=SLOPE_BY_DIFFERENCE)


@given(st.floats(0.5, 0.9))
def test_too_little_contrast_to_reach_white_is_raised_until_it_does(contrast: float) -> None:
    curve = sigmoid_curve(contrast, LEAST_WHITE)
    assert curve(np.array([GREY, LEAST_WHITE])) == pytest.approx([GREY, 1.0], rel=1e-9)


@given(TONES, WHITES)
def test_every_curve_rises_from_black_to_white(tone: Tone, white: float) -> None:
    curve = tone_curve(tone, white)
    light = np.concatenate([[0.0], np.geomspace(1e-6, 40, 2000)])
    display = curve(light)
    assert display[0] == 0 and display[-1] == 1
    assert np.diff(display).min() >= 0
    if white * 2.0**tone.exposure_stops >= LEAST_WHITE:
        assert curve(np.array(white)) == pytest.approx(1.0, rel=1e-9)


@given(TONES, WHITES)
def test_every_curve_has_an_inverse(tone: Tone, white: float) -> None:
    curve = tone_curve(tone, white)
    display = np.linspace(0, 1, 301)[:-1]
    np.testing.assert_allclose(curve(curve.inverse(display)), display, rtol=1e-9, atol=1e-12)


@given(st.floats(0, 2.2), WHITES)
def test_the_linear_curve_is_the_identity_to_its_shoulder_and_inverted_exactly(stops: float, white: float) -> None:
    curve = tone_curve(Tone(shoulder_stops=stops), white)
    below = np.linspace(0, GREY * 2.0**stops, 100)
    np.testing.assert_allclose(curve(below), below, rtol=1e-15)
    light = np.linspace(0, white, 500)
    np.testing.assert_allclose(curve.inverse(curve(light)), light, rtol=1e-9, atol=1e-12)
    slope = np.diff(curve(light)) / np.diff(light)
    assert np.diff(slope).max() < 1e-6 and slope.max() < 1 + 1e-9


@given(st.floats(-2, 2))
def test_shadows_are_lifted_four_stops_under_grey_and_not_above_it(stops: float) -> None:
    deep = GREY * 2.0 ** np.array([-9.0, -6.0, -4.0])
    np.testing.assert_allclose(np.log2(lifted(deep, stops) / deep), stops, atol=1e-9)
    bright = GREY * 2.0 ** np.array([0.0, 1.0, 5.0])
    np.testing.assert_allclose(lifted(bright, stops), bright, rtol=1e-12)
    ramp = np.geomspace(1e-5, 1, 500)
    assert np.diff(lifted(ramp, stops)).min() > 0


def test_greys_are_not_touched_by_hue_or_inset() -> None:
    grey = np.repeat(np.geomspace(1e-5, 20, 200)[:, None], 3, axis=1)
    tone = Tone(curve="sigmoid", contrast=1.4, inset=0.2, hue_hold=1.0)
    np.testing.assert_allclose(toned(grey, tone, 4.0), tone_curve(tone, 4.0)(grey), rtol=1e-12)


@given(st.permutations([3.0, 1.2, 0.1]), st.floats(0.1, 1.4))
def test_held_fully_the_middle_channel_keeps_its_place(colour: list[float], brightness: float) -> None:
    light = np.array(colour) * brightness
    display = toned(light, Tone(curve="sigmoid", contrast=1.4, hue_hold=1.0), 2.0)
    least, middle, largest = np.sort(display)
    assert (middle - least) / (largest - least) == pytest.approx((1.2 - 0.1) / (3.0 - 0.1), rel=1e-9)
    assert list(np.argsort(display)) == list(np.argsort(colour))


@given(TONES, WHITES, st.lists(st.floats(0, 30), min_size=3, max_size=3), st.floats(0, 1), st.floats(0, 0.3))
def test_the_result_is_display_light(tone: Tone, white: float, light: list[float], hold: float, inset: float) -> None:
    whole = Tone(**{**tone.__dict__, "hue_hold": hold, "inset": inset})
    display = toned(np.array(light), whole, white)
    assert display.min() >= -1e-12 and display.max() <= 1 + 1e-12


def test_saturated_light_goes_to_white_as_it_brightens() -> None:
    blue = np.array([0.05, 0.05, 1.0])
    tone = Tone(curve="sigmoid", contrast=1.25)
    least = [toned(blue * gain, tone, 16.0)[0] for gain in (0.5, 2, 8, 16)]
    assert np.diff(least).min() > 0.02 and least[-1] > 0.5
