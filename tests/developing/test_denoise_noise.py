"""The noise model, its stabiliser, and measuring noise."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from oracles import MEASURED_NOISE, SIGMAS
from tirage.developing.denoise.noise import measure, noise_of
from tirage.developing.denoise.stabilise import algebraic_inverse, expectation, stabilise, unbiased_inverse
from tirage.simulating import simulate
from tirage.simulating.scene import demo_scene

LEVELS = [(1.5e-4, 1.6e-7), (2e-3, 2e-5), (9.7e-3, 3e-4), (1e-9, 1e-5)]


@pytest.mark.parametrize("scale, offset", LEVELS)
def test_noise_becomes_one_and_the_mean_comes_back(scale: float, offset: float) -> None:
    random = np.random.default_rng(3)
    count = 400_000
    for light in (0.0, 0.002, 0.01, 0.1, 0.6):
        samples = scale * random.poisson(light / scale, count) + random.normal(0, np.sqrt(offset), count)
        stable = stabilise(samples, scale, offset)
        assert 0.75 < stable.var() < 1.05
        if scale * light > 10 * (scale**2 + offset):
            assert abs(stable.var() - 1) < 0.03
        ends = stabilise(np.array([-0.05, 1.0]), scale, offset)
        found = unbiased_inverse(np.array([stable.mean(), *ends]), scale, offset)[0]
        assert abs(found - light) < SIGMAS * np.sqrt((scale * light + offset) / count) + 1e-4 * light


@pytest.mark.parametrize("scale, offset", LEVELS)
def test_the_inverses_invert(scale: float, offset: float) -> None:
    light = np.linspace(-0.05, 1, 333)
    np.testing.assert_allclose(algebraic_inverse(stabilise(light, scale, offset), scale, offset), light, atol=1e-12)
    again = unbiased_inverse(expectation(light, scale, offset), scale, offset)
    np.testing.assert_allclose(again, light, atol=5e-5 * np.sqrt(scale + offset))


@pytest.mark.parametrize("iso", [100, 400, 1600, 6400])
def test_measured_noise_is_within_a_fifth(iso: float) -> None:
    frame = simulate(demo_scene(1200, 1600), iso=iso)
    scale, offset = frame.noise_profile[0]  # type: ignore[index]
    found = measure(frame).green
    for light in (0.02, 0.1, 0.4):
        ratio = (found[0] * light + found[1]) / (scale * light + offset)
        print(f"ISO {iso} at {light}: {ratio:.2f}")
        assert abs(ratio - 1) < MEASURED_NOISE


def test_the_frame_is_believed_unless_it_is_absurd() -> None:
    frame = simulate(demo_scene(64, 64), iso=800)
    assert noise_of(frame).red == pytest.approx(tuple(frame.noise_profile[0]))  # type: ignore[index]
    assert not noise_of(frame).measured
    three = dataclasses.replace(frame, noise_profile=np.array([[1e-3, 1e-5], [2e-3, 1e-5], [3e-3, 1e-5]]))
    assert noise_of(three).blue[0] == 3e-3
    for absurd in (
        None,
        np.zeros((1, 2)),
        np.full((1, 2), np.inf),
        np.array([[-1e-3, 1e-5]]),
        np.ones((2, 2)),
        np.ones((3, 2)),
    ):
        assert noise_of(dataclasses.replace(frame, noise_profile=absurd)).measured
