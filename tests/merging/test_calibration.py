"""What files state of their noise may be off: frames' differences tell."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import tirage
from merging.bursts import BLACK, NOISE, SHIFTS, burst, frame_of, light, light_of, mosaic_of, psnr, shifted


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


def test_noise_that_is_cut_off_at_black_says_nothing_of_noise() -> None:
    def night(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        return light(y, x) * (1 / (1 + np.exp((150 - x) / 3)))[..., None]

    frames, cut = [], []
    for seed, shift in enumerate(SHIFTS[:4]):
        frame = frame_of(mosaic_of(384, 512, move=shifted(*shift), scene=night), seed=seed)
        stored = np.clip(frame.mosaic.astype(int) - int(BLACK), 0, None).astype(np.uint16)
        frames.append(frame)
        cut.append(
            dataclasses.replace(
                frame, mosaic=stored, black_level=np.zeros((1, 1)), white_level=frame.white_level - BLACK
            )
        )
    whole, other = (tirage.merge(given, reference=0, denoise=0) for given in (frames, cut))
    assert whole.noise_profile is not None and other.noise_profile is not None
    np.testing.assert_allclose(other.noise_profile, whole.noise_profile, rtol=0.1)
