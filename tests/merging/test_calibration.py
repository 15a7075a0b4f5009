"""What files state of their noise may be off: frames' differences tell."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import tirage
from merging.bursts import BLACK, NOISE, SHIFTS, burst, frame_of, light, light_of, mosaic_of, psnr, shifted
from tirage.photo.errors import TirageError


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


def test_what_was_measured_stays_though_the_frame_can_not_be_aligned_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the next one says is in parts of it."""
    from tirage.merging import burst as merging

    aligned, reference, ratios, taken, calls = merging.aligned_frame, merging.reference_of, [0.5, 1.5], [], []

    def align(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise TirageError("another scene")
        return aligned(*arguments)

    def begin(light, least_noise):
        taken.append(float(light.noise[0, 0]))
        return reference(light, least_noise)

    monkeypatch.setenv("TIRAGE_THREADS", "1")
    monkeypatch.setattr(merging, "aligned_frame", align)
    monkeypatch.setattr(merging, "reference_of", begin)
    monkeypatch.setattr(merging, "noise_ratio", lambda *_: ratios.pop(0))
    frames, _ = burst(count=3)
    merged = tirage.merge(frames, reference=0, denoise=0)
    assert merged.notes == ("IMG_1.dng left out: another scene",)
    np.testing.assert_allclose(np.array(taken) / taken[0], [1, 0.5, 0.75])
