"""Bursts against the truth they were made from, and what a user may get wrong."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import tirage
from merging.bursts import BLACK, NOISE, SHIFTS, WHITE, burst, frame_of, light_of, mosaic_of, psnr, shifted
from oracles import MERGED_GAIN_DB, NOISE_FREE_DB, SHRUNK_GAIN_DB, STATED_NOISE
from tirage.photo.cfa import BAYER_PATTERNS
from tirage.photo.errors import UsageError


@pytest.mark.parametrize("cfa", BAYER_PATTERNS)
def test_a_mean_of_six_and_its_shrinking_gain_what_they_should(cfa: str) -> None:
    frames, truth = burst(cfa=cfa)
    alone = psnr(light_of(frames[0]), truth)
    mean = tirage.merge(frames, reference=0, denoise=0)
    assert psnr(light_of(mean), truth) > alone + MERGED_GAIN_DB
    clean = tirage.merge(frames, reference=0)
    assert psnr(light_of(clean), truth) > alone + SHRUNK_GAIN_DB
    assert (clean.cfa, clean.mosaic.shape, clean.mosaic.dtype) == (cfa, truth.shape, np.uint16)
    assert clean.notes == ()


@pytest.mark.parametrize("shape", [(2, 2), (3, 5), (17, 33), (65, 48), (131, 259)])
@pytest.mark.parametrize("denoise", [0, 1])
def test_any_size_is_merged(shape: tuple[int, int], denoise: float) -> None:
    frames = [frame_of(mosaic_of(*shape, "GBRG", shifted(n / 4, 0)), "GBRG", seed=n) for n in range(3)]
    merged = tirage.merge(frames, denoise=denoise)
    assert merged.mosaic.shape == shape
    assert np.abs(light_of(merged) - mosaic_of(*shape, "GBRG")).mean() < 0.05


@pytest.mark.parametrize("neutral", [(0.5, 1, 0.6), (0.9, 1, 0.25), (1, 1, 1)])
@pytest.mark.parametrize("colour", [(1, 0.3, 0.15), (0.15, 0.3, 1), (0.3, 1, 0.2), (1, 0.8, 0.15)])
def test_saturated_areas_keep_their_colour(neutral: tuple[float, ...], colour: tuple[float, ...]) -> None:
    """The mean of every site is that of the scene, within what its noise allows."""

    def scene(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        ripples = 0.06 * np.sin(x / 6.3) * np.cos(y / 7.1) + 0.04 * np.sin(x / 2.9 + y / 3.7)
        return (1 + ripples)[..., None] * 0.5 * np.array(neutral) * np.array(colour)

    moves = [(0, 0), (1.6, -0.7), (-0.4, 2.8), (0.2, 0.5), (3.3, 1.2), (-2.2, 0.3)]
    truths = [mosaic_of(192, 256, move=shifted(*move), scene=scene) for move in moves]
    frames = [
        frame_of(truth, noise=(5e-4, 5e-6), seed=n, as_shot_neutral=np.array(neutral)) for n, truth in enumerate(truths)
    ]
    merged, truth = light_of(tirage.merge(frames, reference=0)), truths[0]
    for site in np.ndindex(2, 2):
        inside = np.s_[16 + site[0] : -16 : 2, 16 + site[1] : -16 : 2]
        assert merged[inside].mean() == pytest.approx(truth[inside].mean(), rel=0.002)


def test_identical_frames_without_noise_give_the_frame() -> None:
    frame = frame_of(mosaic_of(96, 128), noise=None)
    others = [dataclasses.replace(frame, mosaic=frame.mosaic.copy()) for _ in range(4)]
    for denoise in (0, 1):
        merged = tirage.merge([frame, *others], denoise=denoise)
        np.testing.assert_array_equal(light_of(merged), light_of(frame))


@pytest.mark.parametrize("profile", [None, np.zeros((1, 2)), np.array([[1e-9, 1e-10]])])
def test_shifted_frames_without_noise_are_merged(profile: np.ndarray | None) -> None:
    """Interpolation errs by what noise does not hide; that is no other scene."""
    frames, truth = burst(noise=None, count=4)
    frames = [dataclasses.replace(frame, noise_profile=profile) for frame in frames]
    for denoise in (0, 1):
        merged = tirage.merge(frames, reference=0, denoise=denoise)
        assert merged.notes == ()
        assert psnr(light_of(merged), truth) > NOISE_FREE_DB


def test_one_frame_is_returned_as_it_is() -> None:
    frame = frame_of(mosaic_of(32, 32))
    merged = tirage.merge([frame])
    np.testing.assert_array_equal(merged.mosaic, frame.mosaic)
    assert any("one frame" in note for note in merged.notes)


@pytest.mark.parametrize(
    "wrong",
    [{"reference": 9}, {"reference": "-1"}, {"reference": "best"}, {"robustness": -1}, {"denoise": float("nan")},
     {"scale": 3}, {"scale": float("nan")}, {"robustness": "1"}, {"denoise": None}, {"scale": "2"},
     {"robustness": np.ones(2)}, {"reference": None}],
)  # fmt: skip
def test_requests_that_make_no_sense_are_refused(wrong: dict) -> None:
    with pytest.raises(UsageError):
        tirage.merge([frame_of(mosaic_of(32, 32))] * 2, **wrong)


def test_no_frames_and_a_lone_frame_instead_of_a_list_are_refused() -> None:
    for frames in ([], "IMG_1.dng", frame_of(mosaic_of(32, 32))):
        with pytest.raises(UsageError):
            tirage.merge(frames)  # type: ignore[arg-type]


@pytest.mark.parametrize("frames", [None, 5, [1, 2], [None], [np.zeros((4, 4))], np.zeros((2, 4, 4)), b"a.dng"])
def test_what_is_no_list_of_frames_is_refused_in_a_sentence(frames) -> None:
    with pytest.raises(UsageError, match=r"frame.*, not an? \w+$"):
        tirage.merge(frames)


def test_the_result_says_how_noisy_it_is_and_keeps_what_was_stored_exact() -> None:
    frames, _ = burst()
    merged = tirage.merge(frames, reference=0, denoise=0)
    assert merged.noise_profile is not None and merged.noise_profile.shape == (3, 2)
    assert (merged.noise_profile < np.array(NOISE) / 3).all()
    steps = (merged.white_level[0] - merged.black_level[0, 0]) / (WHITE - BLACK)
    assert steps == round(steps) and merged.white_level[0] <= 65535 and merged.black_level[0, 0] > 1000


@pytest.mark.parametrize("denoise", [0.0, 0.25, 0.5, 1.0])
@pytest.mark.parametrize("count", [3, 6])
def test_the_noise_of_flats_is_stated(denoise: float, count: int) -> None:
    def scene(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        flat = np.where(x < 130, 0.06 * np.sin(x / 3.1) * np.cos(y / 4.3), 0)
        return np.stack([0.2 + 0.5 * flat, 0.3 + flat, 0.15 + 0.5 * flat], -1)

    frames = [
        frame_of(mosaic_of(288, 448, move=shifted(*SHIFTS[n]), scene=scene), seed=n, as_shot_neutral=None)
        for n in range(count)
    ]
    merged = tirage.merge(frames, reference=0, denoise=denoise)
    found = light_of(merged)[32:-32, 192:-32]
    assert merged.noise_profile is not None
    ratios = []
    for site, colour in ((0, 0), (1, 1), (3, 2)):
        flat = found[site // 2 :: 2, site % 2 :: 2]
        scale, offset = merged.noise_profile[colour]
        ratios.append((scale * flat.mean() + offset) / flat.var())
    assert ratios == pytest.approx(np.ones(3), rel=STATED_NOISE)
    assert np.mean(ratios) == pytest.approx(1, rel=STATED_NOISE / 2)


@pytest.mark.parametrize("denoise", [0, 1])
def test_hot_and_dead_pixels_vanish(denoise: float) -> None:
    frames, truth = burst()
    rows, columns = 9 + 17 * np.arange(10), 12 + 53 * np.arange(10) % 230
    broken = []
    for frame in frames:
        mosaic = frame.mosaic.copy()
        mosaic[rows, columns] = np.where(np.arange(10) % 3 == 0, 0, 4000)
        broken.append(dataclasses.replace(frame, mosaic=mosaic))
    merged = light_of(tirage.merge(broken, reference=0, denoise=denoise))
    clean = light_of(tirage.merge(frames, reference=0, denoise=denoise))
    assert np.abs(merged - truth)[rows, columns].max() < 0.1
    assert psnr(merged, truth) > psnr(clean, truth) - 0.3


def test_dead_pixels_vanish_though_noise_and_texture_hide_them_in_single_frames() -> None:
    def sand(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        value = 0.16 + 0.07 * np.sin(x / 1.9 + y / 2.3) * np.sin(y / 2.1 - x / 3.1)
        return np.stack([0.5 * value, value, 0.7 * value], -1)

    rows, columns = 9 + 17 * np.arange(10), 12 + 53 * np.arange(10) % 230
    frames = []
    for seed, shift in enumerate(SHIFTS):
        frame = frame_of(mosaic_of(192, 256, move=shifted(*shift), scene=sand), seed=seed)
        frame.mosaic[rows, columns] = 150
        frames.append(frame)
    merged = light_of(tirage.merge(frames, reference=0, denoise=0))
    dead = (150 - BLACK) / (WHITE - BLACK)
    assert (np.abs(merged - dead)[rows, columns] < 0.05).sum() <= 1  # where texture is as dark as the fault


@pytest.mark.parametrize("shape", [(96, 128), (256, 320)])
def test_a_wall_without_texture_is_averaged_whole(shape: tuple[int, int]) -> None:
    """Noise has nothing to align; where it leads, frames are shifted out of each other."""
    frames = [frame_of(np.full(shape, 0.3), seed=seed) for seed in range(6)]
    merged = tirage.merge(frames, reference=0, denoise=0)
    assert not merged.notes
    assert light_of(merged).var() <= 1.05 / 6 * light_of(frames[0]).var()
