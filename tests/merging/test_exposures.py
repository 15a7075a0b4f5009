"""Frames of unlike exposure: brackets restore what clips, and what no file states is found."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import tirage
from merging.bursts import BLACK, SHIFTS, WHITE, burst, frame_of, light, light_of, mosaic_of, psnr, shifted
from tirage.photo.frame import Capture


def test_short_exposures_restore_highlights_and_long_ones_lower_the_noise() -> None:
    gains = (1.0, 0.25, 2.0, 1.0, 0.25)

    def scene(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        return light(y, x) * (1 + 2.2 / (1 + np.exp(-(x - 150) / 6))[..., None])

    frames = []
    for n, gain in enumerate(gains):
        values = mosaic_of(192, 256, move=shifted(*SHIFTS[n]), scene=scene) * gain
        capture = Capture(make="Test", model="Phone", exposure_s=0.1 * gain, iso=400.0)
        frames.append(frame_of(values, seed=n, capture=capture))
    truth = mosaic_of(192, 256, scene=scene)
    merged = tirage.merge(frames, reference=0, denoise=0)
    assert merged.notes == ()
    assert merged.baseline_exposure_stops == pytest.approx(2, abs=0.1)
    bright = truth > 1.1
    assert bright.mean() > 0.05
    assert light_of(merged)[bright].mean() == pytest.approx(truth[bright].mean(), rel=0.02)
    middle = (truth > 0.3) & (truth < 0.8)
    assert psnr(light_of(merged)[middle], truth[middle]) > psnr(light_of(frames[0])[middle], truth[middle]) + 4


@pytest.mark.parametrize(("cfa", "sky"), [("RGGB", (1.2, 3.0, 1.7)), ("GBRG", (0.5, 2.2, 2.0))])
@pytest.mark.parametrize("denoise", [0, 1])
def test_a_clipped_sky_keeps_its_colour_beyond_the_edges_of_the_shorter_frames(
    cfa: str, sky: tuple[float, ...], denoise: float
) -> None:
    """The reference alone sees the outermost pixels of a handheld bracket."""

    def bright(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        return (1 + 0.1 * np.sin(x / 40)[..., None] + 0.3 * light(y, x)[..., 1:2]) * np.array(sky)

    frames = []
    for n, gain in enumerate((1.0, 0.2, 0.2)):
        capture = Capture(make="Test", model="Phone", exposure_s=0.1 * gain, iso=400.0)
        values = mosaic_of(191, 255, cfa, shifted(*SHIFTS[n]), bright) * gain
        frames.append(frame_of(values, cfa, noise=(2e-4, 2e-6), seed=n, capture=capture))
    merged = tirage.merge(frames, reference=0, denoise=denoise)
    truth = mosaic_of(191, 255, cfa, scene=bright)
    clipped = frames[0].mosaic >= WHITE
    assert np.abs(light_of(merged)[clipped] / truth[clipped] - 1).max() < 0.25


def test_a_lamp_at_night_is_as_bright_as_the_shortest_exposure_states() -> None:
    """There the dark is all noise, which says less of the exposure than what is stated."""

    def night(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        return 0.05 * light(y, x) + 4 * np.exp(-np.maximum(np.hypot(y - 96, x - 128) - 12, 0) / 1.5)[..., None]

    frames = []
    for n, gain in enumerate((1.0, 0.0625, 0.0625)):
        capture = Capture(make="Test", model="Phone", exposure_s=0.1 * gain, iso=400.0)
        values = mosaic_of(192, 256, move=shifted(*SHIFTS[n]), scene=night) * gain
        frames.append(frame_of(values, seed=n, capture=capture))
    merged, truth = tirage.merge(frames, reference=0, denoise=0), mosaic_of(192, 256, scene=night)
    assert light_of(merged)[truth > 3.9].mean() == pytest.approx(truth[truth > 3.9].mean(), rel=0.03)


@pytest.mark.parametrize(("cfa", "share"), [("RGGB", 0.27), ("GBRG", 0.25)])
@pytest.mark.parametrize("denoise", [0, 1])
def test_what_the_shortest_exposure_clips_too_is_white(cfa: str, share: float, denoise: float) -> None:
    """A lamp that no frame knows is at least as bright as what they show around it."""

    def lamp(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        return 1.2 * light(y, x) + 8 * np.exp(-np.maximum(np.hypot(y - 96, x - 128) - 20, 0) / 3)[..., None]

    frames = []
    for n, gain in enumerate((1.0, share, share)):
        values = mosaic_of(191, 255, cfa, shifted(*SHIFTS[n]), lamp) * gain
        frames.append(frame_of(values, cfa, seed=n, capture=Capture()))
    merged = tirage.merge(frames, reference=0, denoise=denoise)
    truth = mosaic_of(191, 255, cfa, scene=lamp)
    assert (merged.mosaic[truth > 1.05 / share] == merged.white_level[0]).all()
    clipped = frames[0].mosaic >= WHITE
    near = [clipped[j : 189 + j, i : 253 + i] for j in range(3) for i in range(3)]
    survives = ~np.logical_and.reduce(near)  # one colour at least
    assert not (merged.mosaic[1:-1, 1:-1][survives] == merged.white_level[0]).any()


def test_a_white_level_that_16_bits_do_not_hold_does_not_keep_frames_apart() -> None:
    frames, truth = burst()
    levels = {"black_level": np.full((1, 1), 16 * BLACK), "white_level": np.array([70000.0])}
    beyond = [dataclasses.replace(frame, mosaic=frame.mosaic * np.uint16(16), **levels) for frame in frames]
    scale = (70000 - 16 * BLACK) / (16 * WHITE - 16 * BLACK)
    for denoise in (0, 1):
        found = light_of(tirage.merge(beyond, reference=0, denoise=denoise)) * scale
        assert psnr(found, truth) > psnr(light_of(tirage.merge(frames, reference=0, denoise=denoise)), truth) - 0.5


@pytest.mark.parametrize("denoise", [0, 1])
@pytest.mark.parametrize("cfa", ["RGGB", "GBRG"])
def test_a_lamp_that_the_shorter_frames_show_elsewhere_is_not_coloured(cfa: str, denoise: float) -> None:
    neutral = np.array([0.5, 1.0, 0.6])
    values = []
    for n, gain in enumerate((1.0, 0.25, 0.25, 1.0)):

        def lamp(y: np.ndarray, x: np.ndarray, across: float = 60.0 + 60 * (n > 0)) -> np.ndarray:
            return 0.3 * light(y, x) + 12 * neutral * (np.hypot(y - 96, x - across) < 20)[..., None]

        values.append(mosaic_of(192, 256, cfa, shifted(*SHIFTS[n]), lamp) * gain)
    frames = [
        frame_of(value, cfa, seed=n, as_shot_neutral=neutral, capture=Capture()) for n, value in enumerate(values)
    ]
    merged = tirage.merge(frames, reference=0, denoise=denoise)
    found = light_of(merged)[90:102, 54:66]
    sites = np.array(["RGB".index(letter) for letter in cfa]).reshape(2, 2)
    balanced = [found[np.tile(sites, (6, 6)) == colour].mean() / neutral[colour] for colour in range(3)]
    assert merged.notes == () and balanced == pytest.approx([1 / neutral.min()] * 3, rel=0.01)


@pytest.mark.parametrize("white", [382, 454, 943, 14000])
def test_white_is_what_is_clipped(white: int) -> None:
    """Whatever the sensor's steps are."""
    y, x = np.mgrid[:96, :128]
    values = np.where(np.hypot(y - 40, x - 60) < 20, 1.1, 0.3 + 0.1 * np.sin(x / 4))
    frames = []
    for seed in range(3):
        stored = light_of(frame_of(values, noise=(8e-3, 1e-4), seed=seed)) * white
        levels = {"black_level": np.zeros((1, 1)), "white_level": np.array([float(white)])}
        mosaic = np.clip(stored, 0, white).astype(np.uint16)
        frames.append(dataclasses.replace(frame_of(values, seed=seed), mosaic=mosaic, **levels))
    merged = tirage.merge(frames, reference=0, denoise=0)
    assert merged.mosaic.max() == merged.white_level[0]
    assert (merged.mosaic == merged.white_level[0] - 1).sum() < 10  # by chance


def test_exposures_that_nothing_states_are_found_where_nothing_clips() -> None:
    def scene(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        lamps = 1 / (1 + np.exp(-8 * (np.sin(x / 8) * np.sin(y / 9) - 0.55)))  # some clip in most parts of the frame
        return 0.5 * light(y, x) + (0.7 + 0.4 * np.sin(x / 90)[..., None]) * lamps[..., None] * [1.1, 1.5, 1.2]

    frames = [
        frame_of(mosaic_of(384, 512, move=shifted(*SHIFTS[n]), scene=scene) * gain, seed=n, capture=Capture())
        for n, gain in enumerate((1.0, 0.25, 0.5))
    ]
    truth = mosaic_of(384, 512, scene=scene)
    merged = light_of(tirage.merge(frames, reference=0, denoise=0))
    bright = truth > 1.05
    assert bright.mean() > 0.01
    assert merged[bright].mean() == pytest.approx(truth[bright].mean(), rel=0.04)


def test_frames_that_state_no_exposure_and_see_a_brighter_side_are_merged_as_if_they_stated_it() -> None:
    # Sky that the later frames see less and less of: their means are not the exposure's.
    def scene(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        sky = 0.6 / (1 + np.exp((x - 60 - 6 * np.sin(y / 9)) / 1.5))
        return np.clip(light(y, x) * 0.7 + sky[..., None], 0, 0.95)

    places = [(0.0, 0.0), (2.3, 12.6), (-4.4, 21.1), (-3.4, 31.3)]
    mosaics = [mosaic_of(192, 256, "RGGB", shifted(*place), scene) for place in places]
    found = []
    for exposure in (0.1, None):
        capture = Capture(make="Test", model="Phone", exposure_s=exposure)
        frames = [frame_of(values, seed=n, capture=capture) for n, values in enumerate(mosaics)]
        merged = tirage.merge(frames, reference=0, denoise=0)
        assert merged.notes == ()
        found.append(psnr(light_of(merged)[:, 8:216], mosaics[0][:, 8:216]))
    assert found[1] > found[0] - 0.1


def test_a_restored_burst_without_clipping_keeps_its_white() -> None:
    values = [0.5 * mosaic_of(96, 128, move=shifted(*SHIFTS[n])) * (0.5 if n else 1) for n in range(4)]
    captures = [Capture(make="Test", model="Phone", exposure_s=0.05 if n else 0.1, iso=100.0) for n in range(4)]
    frames = [frame_of(v, seed=n, capture=captures[n]) for n, v in enumerate(values)]
    merged = tirage.merge(frames, reference=0)
    assert merged.baseline_exposure_stops == 0
    assert light_of(merged).mean() == pytest.approx(light_of(frames[0]).mean(), rel=0.01)
