"""What files state of their noise may be off: frames' differences tell."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import tirage
from merging.bursts import NOISE, burst, light_of, psnr


@pytest.mark.parametrize("share", [0.5, 0.7, 1.4, 2.0])
def test_noise_that_is_stated_wrong_is_measured(share: float) -> None:
    frames, truth = burst(384, 512, count=4)
    wrong = [dataclasses.replace(one, noise_profile=np.array([NOISE]) * share) for one in frames]
    for denoise in (0, 1):
        right = tirage.merge(frames, reference=0, denoise=denoise)
        other = tirage.merge(wrong, reference=0, denoise=denoise)
        assert psnr(light_of(other), truth) > psnr(light_of(right), truth) - 0.15
        assert right.noise_profile is not None and other.noise_profile is not None
        np.testing.assert_allclose(other.noise_profile, right.noise_profile, rtol=0.15)
