"""Bursts against the truth they were made from, and what a user may get wrong."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import tirage
from merging.bursts import BLACK, NOISE, SHIFTS, WHITE, burst, frame_of, light, light_of, mosaic_of, psnr, shifted
from oracles import MERGED_GAIN_DB, NOISE_FREE_DB, SHRUNK_GAIN_DB, STATED_NOISE
from tirage.photo.cfa import BAYER_PATTERNS
from tirage.photo.errors import FileError, KernelError, UsageError
from tirage.photo.frame import Capture


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


@pytest.mark.parametrize("shape", [(6, 6), (8, 15), (14, 64)])
def test_tiny_frames_are_not_taken_for_blurred(shape: tuple[int, int]) -> None:
    frames = [frame_of(mosaic_of(*shape, move=shifted(n / 2, 7 * n)), noise=None, seed=n) for n in range(4)]
    assert not any("blurred" in note for note in tirage.merge(frames).notes)


@pytest.mark.parametrize("spread", [(3.0, 3.0), (0.0, 7.0)])
def test_frames_that_are_clearly_blurred_are_left_out(spread: tuple[float, float]) -> None:
    """Texture as strong at every size, as photographs have, through a Gaussian."""

    def texture(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        waves = [np.sin((5 * x + y) / period) + np.sin((5 * y - x) / period) for period in (6, 11, 19, 34)]
        return light(y, x) + 0.06 + 0.006 * np.sum(waves, axis=0)[..., None]

    def blurred(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        places = np.linspace(-2, 2, 9)
        weight = np.exp(-(places**2) / 2) / np.exp(-(places**2) / 2).sum()
        down, across = spread
        return sum(
            (
                a * b * texture(y + down * i, x + across * j)
                for a, i in zip(weight, places, strict=True)
                for b, j in zip(weight, places, strict=True)
            ),
            start=np.zeros((*y.shape, 3)),
        )

    frames = [
        frame_of(mosaic_of(192, 256, move=shifted(*SHIFTS[n]), scene=blurred if n == 0 else texture), seed=n)
        for n in range(4)
    ]
    merged = tirage.merge(frames)
    assert merged.source == "IMG_1.dng" and "IMG_0.dng left out: blurred" in merged.notes
    assert not tirage.merge(frames, reference=0).notes


@pytest.mark.parametrize(("gain", "iso"), [(4.0, 4.0), (1.0, 6.0)])
def test_noisy_and_half_clipped_frames_are_not_taken_for_blurred(gain: float, iso: float) -> None:
    """The same light at another ISO: no more photons, so no more stands out of the noise where nothing clips."""
    frames = []
    for n, (brighter, amplified) in enumerate([(1.0, 1.0), (1.0, 1.0), (gain, iso)]):
        noise = (NOISE[0] * amplified, NOISE[1] * amplified**2)
        capture = Capture(make="Test", model="Phone", exposure_s=0.1 * brighter / amplified, iso=400.0 * amplified)
        frames.append(
            frame_of(mosaic_of(192, 256, move=shifted(*SHIFTS[n])) * brighter, "RGGB", noise, capture=capture, seed=n)
        )
    assert tirage.merge(frames, reference=0, denoise=0).notes == ()


def test_what_does_not_belong_is_left_out_and_named(tmp_path) -> None:
    frames, truth = burst(count=5)
    broken = tmp_path / "broken.dng"
    broken.write_bytes(b"II*\0")
    blurred = mosaic_of(192, 256, move=shifted(2, 1), scene=_blurred)
    camera = dataclasses.replace(frames[1].capture, model="Other")
    strangers = [
        broken,
        frame_of(mosaic_of(100, 256), source="small.dng"),
        frame_of(mosaic_of(192, 256, "BGGR"), "BGGR", source="filters.dng"),
        frame_of(mosaic_of(192, 256), capture=camera, seed=70, source="camera.dng"),
        dataclasses.replace(frames[2], source="twin.dng"),
        frame_of(blurred, seed=71, source="blurred.dng"),
        frame_of(mosaic_of(192, 256, scene=_other), seed=72, source="scene.dng"),
    ]
    merged = tirage.merge([*frames, *strangers], reference=0)
    told = " ".join(merged.notes)
    for name in ("broken", "small", "filters", "camera", "twin", "blurred", "scene"):
        assert f"{name}.dng left out: " in told, (name, merged.notes)
    assert len(merged.notes) == len(strangers)
    assert psnr(light_of(merged), truth) > psnr(light_of(frames[0]), truth) + MERGED_GAIN_DB
    told = " ".join(tirage.merge([*frames, *strangers]).notes)
    assert "scene.dng left out" in told and "blurred.dng left out" in told


def _blurred(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    from merging.bursts import light

    return np.mean([light(y, x + step) for step in np.linspace(-8, 8, 33)], axis=0)


def _other(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    value = np.where((np.floor(x / 17) + np.floor(y / 11)) % 2 == 0, 0.1, 0.8)
    return np.stack([0.5 * value, value, 0.6 * value], -1)


def test_frames_that_cannot_be_read_are_an_error_when_none_is_left(tmp_path) -> None:
    paths = [tmp_path / "a.dng", tmp_path / "b.dng"]
    with pytest.raises(FileError, match="a.dng"):
        tirage.merge(paths)
    with pytest.raises(FileError, match="b.dng"):
        tirage.merge([frame_of(mosaic_of(32, 32)), paths[1]], reference=1)


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


@pytest.mark.parametrize("count", ["1", "2"])
def test_a_frame_that_can_be_read_only_once_is_left_out_and_named(count: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames are aligned ahead of being added: an error must name the frame that it is of."""
    from tirage.merging.burst import Options, merged

    monkeypatch.setenv("TIRAGE_THREADS", count)
    frames, _ = burst(count=4)
    reads = [0] * len(frames)

    def read(index: int):
        reads[index] += 1
        if index == 2 and reads[index] == 2:
            raise FileError("its pixels are truncated or damaged")
        return frames[index]

    sources = [lambda index=index: read(index) for index in range(len(frames))]
    result = merged(sources, [f"{n}.dng" for n in range(4)], 0, Options(), lambda *_: None)
    assert result.notes == ("2.dng left out: its pixels are truncated or damaged",)


@pytest.mark.parametrize("count", ["1", "2"])
@pytest.mark.parametrize("reading", [1, 2])
def test_a_mistake_of_a_kernel_is_no_reason_to_leave_a_frame_out(
    reading: int, count: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tirage.merging.burst import Options, merged

    monkeypatch.setenv("TIRAGE_THREADS", count)
    frames, _ = burst(count=4)
    reads = [0] * len(frames)

    def read(index: int):
        reads[index] += 1
        if index == 2 and reads[index] == reading:
            raise KernelError("merge_lucas_kanade: 'image' is too small")
        return frames[index]

    sources = [lambda index=index: read(index) for index in range(len(frames))]
    with pytest.raises(KernelError, match="too small"):
        merged(sources, [f"{n}.dng" for n in range(4)], 0, Options(), lambda *_: None)


@pytest.mark.parametrize("cfa", BAYER_PATTERNS)
def test_clipped_pixels_of_every_colour_are_counted(cfa: str) -> None:
    from tirage.merging.selection import look_at

    frame = frame_of(mosaic_of(64, 80), cfa, None)
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
        frame.mosaic[:] = BLACK
        frame.mosaic[row::2, column::2] = WHITE
        assert 0.7 < look_at(lambda: frame, 0, "0.dng", {})().unclipped < 0.8


@pytest.mark.parametrize("changed", [{"cfa": "BGGR"}, {"mosaic": np.full((64, 80), 900, np.uint16)}])
@pytest.mark.parametrize("index", [0, 2])
def test_a_frame_that_changes_between_its_readings_is_named(changed: dict, index: int) -> None:
    from tirage.merging.burst import Options, merged

    frames, _ = burst(count=4)
    reads = [0] * len(frames)

    def read(n: int):
        reads[n] += 1
        return dataclasses.replace(frames[n], **changed) if n == index and reads[n] == 2 else frames[n]

    sources = [lambda n=n: read(n) for n in range(len(frames))]
    if index == 0:
        with pytest.raises(FileError, match="'0.dng' changed while it was being merged"):
            merged(sources, [f"{n}.dng" for n in range(4)], 0, Options(), lambda *_: None)
    else:
        result = merged(sources, [f"{n}.dng" for n in range(4)], 0, Options(), lambda *_: None)
        assert result.notes == ("2.dng left out: changed while it was being merged; merge it again",)
