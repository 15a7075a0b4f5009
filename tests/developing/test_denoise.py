"""Denoising against its NumPy reference, the laws of noise and clean truth."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from oracles import DENOISED_CODE, DENOISED_FLAT_MEAN, DENOISED_GAIN_DB, DENOISED_RESIDUE, SIGMAS
from tirage.developing import denoise as stage
from tirage.developing.denoise import FITTED_FINE, GRAPHS, Strength, denoise, opponents, reference, rule
from tirage.developing.denoise.spots import reference as spots
from tirage.kernels.call import Placed, run
from tirage.noise.blotches import smoothed, smoothed_imbalance
from tirage.noise.model import Noise
from tirage.noise.shrinkage import rule_row
from tirage.photo.errors import UnsupportedFileError
from tirage.photo.frame import BAYER_PATTERNS, CameraColour, RawFrame, Rectangle

BLACK, WHITE = 600.0, 15600.0


def raw_frame(light: np.ndarray, noise: tuple[float, float] | None = (2e-3, 2e-5), **changes) -> RawFrame:
    """A 14-bit RGGB frame of `light` (H, W), which holds its noise already."""
    stored = np.clip(np.rint(np.nan_to_num(light, posinf=1, neginf=0) * (WHITE - BLACK) + BLACK), 0, WHITE).astype(
        np.uint16
    )
    frame = RawFrame(
        mosaic=stored,
        cfa="RGGB",
        black_level=np.full((1, 1), BLACK),
        white_level=np.array([WHITE]),
        default_crop=Rectangle(0, 0, light.shape[1], light.shape[0]),
        colour=CameraColour(()),
        noise_profile=None if noise is None else np.array([noise]),
    )
    return dataclasses.replace(frame, **changes)


def noisy(light: np.ndarray, scale: float, offset: float, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    return scale * random.poisson(light / scale) + random.normal(0, np.sqrt(offset), light.shape)


def light_of(frame: RawFrame) -> np.ndarray:
    return (frame.mosaic - frame.black_level[0, 0]) / (frame.white_level[0] - frame.black_level[0, 0])


def scene(height: int, width: int) -> np.ndarray:
    """Smooth shades, edges and lines, with colour: a mosaic of 0..0.8."""
    rows, columns = np.mgrid[:height, :width]
    shade = 0.2 + 0.15 * np.sin(columns / 37) * np.cos(rows / 23)
    shade = np.where((columns - 3 * rows) % 160 < 50, 1.8 * shade, shade) + 0.05 * (columns % 40 < 2)
    colour = np.array([[0.5, 1.0], [1.0, 0.7]])[rows % 2, columns % 2]
    red = ((rows // 48 + columns // 64) % 3 == 0) & (rows % 2 == 0) & (columns % 2 == 0)
    return np.where(red, 1.5, 1.0) * colour * shade


@pytest.mark.parametrize("cfa", BAYER_PATTERNS)
@pytest.mark.parametrize("shape", [(32, 33), (67, 90), (280, 131), (45, 930)])
@pytest.mark.parametrize("phases", [1, 2])
def test_kernel_equals_reference(cfa: str, shape: tuple[int, int], phases: int) -> None:
    values = np.random.default_rng(1).integers(0, 3000, shape).astype(np.uint16)
    values[shape[0] // 4 :, : shape[1] // 2] //= 8
    sites = (np.arange(shape[0])[:, None] % 2 * 2 + np.arange(shape[1]) % 2) ^ {
        "RGGB": 0,
        "GRBG": 1,
        "GBRG": 2,
        "BGGR": 3,
    }[cfa]
    stabilised = np.stack([np.sqrt(np.arange(3001)) * factor for factor in (1, 1.1, 1.1, 0.9)]).astype(np.float32)
    restored = np.broadcast_to(np.arange(16384, dtype=np.uint16), (4, 16384)).copy()
    noise = Noise((1e-3, 1e-5), (2e-3, 1e-5), (1e-3, 1e-5))
    mix, constants = opponents(noise, np.array([0.4, 1, 0.6])), rule(Strength(1.2, 0.8, 0.15))
    shift_y, shift_x = divmod({"RGGB": 0, "GRBG": 1, "GBRG": 2, "BGGR": 3}[cfa], 2)
    result = np.empty((shape[0] + shift_y, shape[1] + shift_x), np.uint16)
    planes = [Placed(values, (shift_y, shift_x)), stabilised, mix]
    nothing = Placed(np.zeros((2, 4, 1, 1), np.float32), (0, 0, 0, 0))
    run(GRAPHS[phases], *planes, np.uint16(3001), restored, np.float32(200), constants, nothing, result)
    expected = reference.shrink(stabilised[sites, values].astype(np.float64), cfa, mix, constants, phases) * 200
    error = np.abs(result[shift_y:, shift_x:] - np.rint(np.clip(expected, 0, 16383)))
    assert error.max() <= DENOISED_CODE and (error > 0).mean() < 0.01


def test_cells_are_means_of_their_quads_and_take_corrections() -> None:
    """A correction of all cells by 4 d moves a plane by d everywhere: cells are sums of 16 quads over 4."""
    values = np.random.default_rng(2).integers(0, 3000, (80, 112)).astype(np.uint16)
    stabilised = np.stack([np.sqrt(np.arange(3001)) + 50] * 4).astype(np.float32)
    restored = np.broadcast_to(np.arange(16384, dtype=np.uint16), (4, 16384)).copy()
    mix = opponents(Noise((1e-3, 0), (1e-3, 0), (1e-3, 0)), None)
    planes = [values, stabilised, mix]
    cells = np.empty((2, 4, 10, 14), np.float32)
    run("denoise_cells", *planes, cells)
    light = stabilised[0][values].astype(np.float64)
    sites = np.stack([light[i::2, j::2] for i in (0, 1) for j in (0, 1)])
    quads = np.tensordot(mix.astype(np.float64), sites, 1).reshape(4, 10, 4, 14, 4).sum((2, 4)) / 4
    np.testing.assert_allclose(cells[0], quads, atol=1e-3)
    swapped = np.stack(
        [light[3 + (1 - i) : 3 + (1 - i) + 72 : 2, 3 + (1 - j) : 3 + (1 - j) + 104 : 2] for i in (0, 1) for j in (0, 1)]
    )
    quads = np.tensordot(mix.astype(np.float64), swapped, 1).reshape(4, 9, 4, 13, 4).sum((2, 4)) / 4
    np.testing.assert_allclose(cells[1, :, :9, :13], quads, atol=1e-3)

    results = []
    for change in (0.0, 4 * 0.5):
        correction = np.zeros((2, 4, 1, 1), np.float32)
        correction[:, 2] = change  # red against blue
        results.append(np.empty((80, 112), np.uint16))
        constants = rule(Strength())
        run(GRAPHS[2], *planes, np.uint16(3001), restored, np.float32(100), constants, correction, results[-1])
    moved = results[1].astype(int) - results[0]
    for site, expected in enumerate(100 * 0.5 * mix[2]):
        np.testing.assert_allclose(moved[site // 2 :: 2, site % 2 :: 2], expected, atol=1)


def test_blotches_vanish_and_coloured_areas_stay() -> None:
    cells = np.random.default_rng(4).normal(0, 1, (60, 80)).astype(np.float32)
    assert smoothed(cells, 1.0)[5:-5, 5:-5].var() < 0.15
    cells[20:40, 30:50] += 12
    after = smoothed(cells, 1.0)
    assert after[22:38, 32:48].mean() - after[:15].mean() == pytest.approx(12, abs=0.5)
    rim = after[20:40, 30:50][[0, -1]].mean() - after[:15].mean()
    assert rim == pytest.approx(12, abs=1)


def test_wide_blotches_vanish_too_and_wide_faint_colours_stay() -> None:
    """What is left over 40 pixels, of which 0.04 was noise; a colour as faint as a cell's noise."""
    cells = np.random.default_rng(5).normal(0, 1, (100, 120)).astype(np.float32)
    inside = np.s_[10:-10, 10:-10]
    assert smoothed(cells, 1.0)[inside].reshape(16, 5, 20, 5).mean(axis=(1, 3)).var() < 0.015
    cells[:, 60:] += 1
    after = smoothed(cells, 1.0)[inside].mean(axis=0)
    assert after[58:].mean() - after[:42].mean() == pytest.approx(1, abs=0.1)
    assert after[53:57].mean() - after[43:47].mean() > 0.6


def test_the_transform_is_orthonormal_and_grey_is_brightness_alone() -> None:
    neutral = np.array([0.4, 1.0, 0.7])
    noise = Noise((1e-3, 1e-5), (2e-3, 1e-5), (3e-3, 1e-5))
    mix = opponents(noise, neutral).astype(np.float64)
    np.testing.assert_allclose(mix @ mix.T, np.eye(4), atol=1e-6)
    grey = np.sqrt(neutral / np.array([1e-3, 2e-3, 3e-3]))[[0, 1, 1, 2]]
    np.testing.assert_allclose((mix @ grey)[1:] / np.linalg.norm(grey), 0, atol=1e-6)
    basis = reference.dct_basis()
    np.testing.assert_allclose(basis @ basis.T, np.eye(8), atol=1e-12)


@pytest.mark.parametrize("scale, offset", [(2e-4, 2e-7), (2e-3, 2e-5), (1e-2, 3e-4)])
@pytest.mark.parametrize("level", [0.0, 0.001, 0.004, 0.02, 0.1, 0.5])
def test_a_flat_field_keeps_its_mean_and_loses_its_noise(scale: float, offset: float, level: float) -> None:
    flat = np.full((700, 900), level)
    before = noisy(flat, scale, offset)
    frame = raw_frame(before, (scale, offset))
    frame = dataclasses.replace(frame, black_level=np.full((1, 1), BLACK))
    after = light_of(denoise(frame, Strength(detail=0)))
    kept = light_of(frame).mean()  # the dark clips at stored 0, which is no fault of denoising
    chance = SIGMAS * np.sqrt((scale * level + offset) / flat.size)
    assert abs(after.mean() - kept) < DENOISED_FLAT_MEAN * max(level, 0.001) + chance
    assert after.var() < 0.1 * before.var()


@pytest.mark.parametrize("scale, offset, gain_db", DENOISED_GAIN_DB)
def test_a_noisy_scene_comes_closer_to_the_truth(scale: float, offset: float, gain_db: float) -> None:
    truth = scene(480, 640)
    frame = raw_frame(noisy(truth, scale, offset), (scale, offset))
    neutral = np.array([0.5, 1.0, 0.7])
    after = light_of(denoise(frame, neutral=neutral))

    def error(light: np.ndarray) -> float:
        return float(np.mean((np.sqrt(np.maximum(light, 0)) - np.sqrt(truth)) ** 2))

    gained = 10 * np.log10(error(light_of(frame)) / error(after))
    print(f"{scale:g} {offset:g}: {gained:.2f} dB")
    assert gained > gain_db


def test_small_coloured_things_survive() -> None:
    truth = np.full((128, 128), 0.2)
    truth[60:66, 60:66:2] = 0.35  # a red and green spot, six pixels wide
    frame = raw_frame(noisy(truth, 5e-4, 5e-6), (5e-4, 5e-6))
    after = light_of(denoise(frame))
    rise = (after[60:66:2, 60:66:2].mean() - 0.2) / 0.15
    assert rise > 0.85


def test_strength_zero_is_the_identity() -> None:
    frame = raw_frame(noisy(scene(64, 64), 2e-3, 2e-5))
    assert denoise(frame, Strength(0, 0)) is frame


def test_all_detail_keeps_the_brightness_and_half_strength_lies_between() -> None:
    truth = np.full((200, 200), 0.2)
    frame = raw_frame(noisy(truth, 2e-3, 2e-5))
    spread = [light_of(denoise(frame, Strength(s, s, 0))).std() for s in (0.3, 0.6, 1.0)]
    assert light_of(frame).std() > spread[0] > spread[1] > spread[2]
    kept = [light_of(denoise(frame, Strength(1, 1, detail))).std() for detail in (0, 0.3, 1)]
    assert kept[0] < kept[1] < kept[2]


@pytest.mark.parametrize("cfa, down, right", [("GRBG", 0, 1), ("GBRG", 1, 0), ("BGGR", 1, 1)])
def test_a_shifted_mosaic_gives_the_shifted_result(cfa: str, down: int, right: int) -> None:
    frame = raw_frame(noisy(scene(480, 512), 2e-3, 2e-5))
    rows, columns = np.s_[down : down + 464], np.s_[right : right + 496]
    cut = dataclasses.replace(frame, mosaic=frame.mosaic[rows, columns], cfa=cfa)
    inside = np.s_[190:-190, 190:-190]  # beyond the reach of the coarser scale's widest window from a border
    np.testing.assert_array_equal(denoise(cut).mosaic[inside], denoise(frame).mosaic[rows, columns][inside])


def test_clipped_stays_clipped_and_nothing_else_becomes_so() -> None:
    light = noisy(np.linspace(0.7, 1.1, 200)[None] * np.ones((120, 1)), 2e-3, 2e-5)
    frame = raw_frame(light)
    wide = dataclasses.replace(frame, mosaic=frame.mosaic + np.uint16(65535 - WHITE), white_level=np.array([65535.0]))
    wide = dataclasses.replace(wide, black_level=frame.black_level + 65535 - WHITE)
    for given, finely in ((frame, 0), (frame, 2), (wide, 0), (wide, 2)):
        after = denoise(given, finely=finely)
        np.testing.assert_array_equal(after.mosaic == after.white_level[0], given.mosaic == given.white_level[0])
    np.testing.assert_allclose(light_of(after), light_of(denoise(frame, finely=2)), atol=5e-4)


def test_threads_do_not_matter() -> None:
    from tirage.kernels.call import library

    frame = raw_frame(noisy(scene(600, 1000), 2e-3, 2e-5))
    results = []
    for threads in (1, 2, 5):
        library().set_threads(threads)
        results.append(denoise(frame).mosaic)
    library().set_threads(2)
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


@pytest.mark.parametrize("shape", [(2, 2), (2, 9), (3, 3), (7, 40), (31, 33), (17, 2)])
@pytest.mark.parametrize("cfa", BAYER_PATTERNS)
def test_tiny_frames(shape: tuple[int, int], cfa: str) -> None:
    frame = raw_frame(noisy(np.full(shape, 0.3), 2e-3, 2e-5), cfa=cfa)
    for finely in (0, 2):
        after = denoise(frame, finely=finely)
        assert after.mosaic.shape == shape
        assert abs(light_of(after).mean() - 0.3) < 0.1


@pytest.mark.parametrize("profile", [None, (2e-3, 2e-5), (0.0, 0.0), (np.nan, 1e-5), (-1.0, 0.0), (1e9, 1e9)])
@pytest.mark.parametrize("level", [0.0, 1.0, 5.0])
def test_black_and_white_frames_stay_so(profile: tuple[float, float] | None, level: float) -> None:
    frame = raw_frame(np.full((64, 80), level), profile)
    for finely in (0, 2):
        after = light_of(denoise(frame, finely=finely))
        np.testing.assert_allclose(after, min(level, 1.0), atol=2e-3)


def test_a_float_mosaic_with_nan_and_infinity() -> None:
    light = noisy(scene(96, 96), 2e-3, 2e-5).astype(np.float32)
    light[10, 10], light[20, 21], light[30, 31] = np.nan, np.inf, -np.inf
    frame = raw_frame(light, mosaic=light, black_level=np.zeros((1, 1)), white_level=np.ones(1))
    truth = scene(96, 96)
    far = np.s_[50:, 50:]
    for finely in (0, 2):
        after = denoise(frame, finely=finely)
        assert after.mosaic.dtype == np.uint16 and after.mosaic[20, 21] == stage.WHITE
        assert np.mean((light_of(after)[far] - truth[far]) ** 2) < 0.5 * np.mean((light[far] - truth[far]) ** 2)


def test_black_patterns_and_offsets_give_the_same_light() -> None:
    light = noisy(scene(96, 128), 2e-3, 2e-5)
    plain = denoise(raw_frame(light))
    rows, columns = np.mgrid[:96, :128]
    pattern = np.array([[0.0, 16.0], [32.0, 48.0]])
    raised = raw_frame(light).mosaic + pattern[rows % 2, columns % 2]
    white = np.array([WHITE + 48])
    frame = raw_frame(light, mosaic=raised.astype(np.uint16), black_level=BLACK + pattern, white_level=white)
    np.testing.assert_allclose(light_of(denoise(frame)), light_of(plain), atol=5e-4)
    tilted = raw_frame(light).mosaic + np.arange(128)
    frame = raw_frame(light, mosaic=tilted.astype(np.uint16), white_level=np.array([WHITE + 127.0]))
    frame = dataclasses.replace(frame, black_level_delta_h=np.arange(128.0))
    np.testing.assert_allclose(light_of(denoise(frame)), light_of(plain), atol=5e-4)


def test_what_is_no_bayer_mosaic_is_left_or_refused() -> None:
    colours = raw_frame(np.full((40, 40), 0.3), cfa=None, mosaic=np.zeros((3, 40, 40), np.uint16))
    assert denoise(colours) is colours
    with pytest.raises(UnsupportedFileError, match="Bayer"):
        denoise(raw_frame(np.full((40, 40), 0.3), cfa="RGBG"))


def test_noise_that_nobody_sees_costs_nothing() -> None:
    frame = raw_frame(noisy(scene(64, 64), 1e-5, 1e-8), (1e-5, 1e-8))
    assert denoise(frame) is frame


@pytest.mark.parametrize("phases, finely", [(1, 0), (2, 0), (2, 1), (2, 2)])
@pytest.mark.parametrize("strength", [0.02, 0.1, 0.25, 0.5, 0.65, 1.0, 2.0])
def test_the_result_states_the_noise_that_is_left(phases: int, finely: int, strength: float) -> None:
    """Whoever reads the profile next must take a weakly denoised frame for the noisy one it is."""
    frame = raw_frame(noisy(np.full((400, 400), 0.2), 1e-3, 1e-5), (1e-3, 1e-5))
    after = denoise(frame, Strength(strength, strength), phases=phases, finely=finely)
    (scale, offset), *_ = after.noise_profile  # type: ignore[misc]
    ratio = light_of(after).var() / (0.2 * scale + offset)
    print(f"strength {strength}, {phases} phases, {finely} passes: {ratio:.2f}")
    assert 1 / DENOISED_RESIDUE < ratio < DENOISED_RESIDUE


def test_greens_are_alike_on_flats_and_a_slow_imbalance_of_them_stays() -> None:
    """Means of green against green are a crosshatch in the picture: both greens are one in truth."""
    columns = np.arange(800)
    imbalance = 0.05 * np.sin(columns / 200)  # of the light; a sensor's, corner to corner
    truth = np.full((640, 800), 0.1)
    truth[0::2, 1::2] *= 1 + imbalance[1::2]
    truth[1::2, 0::2] *= 1 - imbalance[0::2]
    frame = raw_frame(noisy(truth, 8e-3, 2e-4), (8e-3, 2e-4))

    def cells(light: np.ndarray) -> np.ndarray:
        """Half of what greens differ by, means over 16 x 16 pixels, without the border."""
        half = (light[0::2, 1::2] - light[1::2, 0::2]) / 2
        return half.reshape(40, 8, 50, 8).mean((1, 3))[5:-5, 5:-5]

    left = cells(light_of(denoise(frame))) - cells(truth)
    assert left.std() < 0.2 * (cells(light_of(frame)) - cells(truth)).std()
    assert left.std() < 0.2 * cells(truth).std()


def test_greens_that_differ_in_detail_stay_different() -> None:
    cells = np.random.default_rng(4).normal(0, 1, (60, 80)).astype(np.float32)
    assert smoothed_imbalance(cells, 1.0)[5:-5, 5:-5].var() < 0.02
    cells[20:30, 30:40] += 12
    after = smoothed_imbalance(cells, 1.0)
    assert after[21:29, 31:39].mean() == pytest.approx(12, abs=1)


@pytest.mark.parametrize("cfa", BAYER_PATTERNS)
@pytest.mark.parametrize("shape", [(32, 33), (67, 90), (280, 131), (45, 530)])
def test_the_kernel_of_brightness_equals_its_reference(cfa: str, shape: tuple[int, int]) -> None:
    random = np.random.default_rng(1)
    values = random.integers(0, 3000, shape).astype(np.uint16)
    values[shape[0] // 4 :, : shape[1] // 2] //= 8
    shift_y, shift_x = divmod({"RGGB": 0, "GRBG": 1, "GBRG": 2, "BGGR": 3}[cfa], 2)
    sites = (np.arange(shape[0]) + shift_y)[:, None] % 2 * 2 + (np.arange(shape[1]) + shift_x) % 2
    stabilised = np.stack([np.sqrt(np.arange(3001)) * factor for factor in (1, 1.1, 1.1, 0.9)]).astype(np.float32)
    light = stabilised[sites, values].astype(np.float64)
    rough = np.rint(200 * (0.9 * light + random.normal(2, 0.3, shape))).clip(0, 16383).astype(np.uint16)
    restored = np.broadcast_to(np.arange(16384, dtype=np.uint16), (4, 16384)).copy()
    constants, share = rule_row(FITTED_FINE, 1.2, 0.1), np.float32(0.6)
    result = np.empty((shape[0] + shift_y, shape[1] + shift_x), np.uint16)
    placed = [Placed(each, (shift_y, shift_x)) for each in (values, rough)]
    levels = [np.uint16(3001), restored, np.float32(200)]
    run("denoise_brightness", placed[0], stabilised, placed[1], *levels, constants, share, result)
    expected = 200 * reference.shrink_brightness(light, rough / 200, cfa, constants, share)
    error = np.abs(result[shift_y:, shift_x:] - np.rint(np.clip(expected, 0, 16383)))
    assert error.max() <= DENOISED_CODE and (error > 0).mean() < 0.01


def test_colour_that_goes_with_brightness_is_told_from_it() -> None:
    """Edges of one colour: what is left once colour is taken off is the brightness alone, whatever the site."""
    rows, columns = np.mgrid[:64, :64]
    brightness = 30 + 10 * ((rows + 2 * columns) % 40 < 20) + 3 * np.sin(columns / 5)
    sites = np.array([[0.7, 1.1], [1.1, 0.9]])[rows % 2, columns % 2]
    left = brightness * sites - reference.colour_of_pixels(brightness * sites)
    even, odd = left[:, 0::2] - left[:, 1::2], brightness[:, 0::2] - brightness[:, 1::2]
    inside = np.s_[8:-8, 4:-4]
    assert np.abs(even - odd)[inside].mean() < 0.15 * np.abs(np.diff(brightness * sites))[8:-8, 8:-8].mean()


def test_two_passes_over_brightness_are_the_mean_of_one_twice_over() -> None:
    light = noisy(scene(320, 480), 2e-3, 2e-5)
    light[100:110, 100:110] = 1.2
    frame = raw_frame(light)
    one, two = (denoise(frame, finely=passes).mosaic.astype(np.float64) for passes in (1, 2))
    none = denoise(frame).mosaic.astype(np.float64)
    np.testing.assert_array_equal(two == stage.WHITE, none == stage.WHITE)
    assert 0 < np.abs(one - two).mean() < np.abs(one - none).mean()


@pytest.mark.parametrize("scale, offset", [(5e-4, 5e-6), (8e-3, 8e-5)])
def test_brightness_by_itself_leaves_less_noise_on_flats(scale: float, offset: float) -> None:
    """Of what lies in 4 x 4 pixels too: a block of pixels is half as wide as one of quads."""
    frame = raw_frame(noisy(np.full((400, 480), 0.2), scale, offset), (scale, offset))
    left = [light_of(denoise(frame, phases=2, finely=passes))[24:-24, 24:-24] for passes in (0, 1, 2)]
    for of_size in (left, [light.reshape(88, 4, 108, 4).mean((1, 3)) for light in left]):
        without, one, two = (float(light.var()) for light in of_size)
        assert without > one > two


def test_strengths_that_differ_leave_brightness_as_the_quads_have_it() -> None:
    """A pixel's noise of colour is noise of its brightness too: it would come back."""
    frame = raw_frame(noisy(np.full((96, 96), 0.2), 2e-3, 2e-5))
    for strength in (Strength(0, 1), Strength(1, 0)):
        np.testing.assert_array_equal(denoise(frame, strength, finely=2).mosaic, denoise(frame, strength).mosaic)


@pytest.mark.parametrize("scale, offset", [(2e-3, 2e-5), (8e-3, 8e-5)])
def test_more_work_comes_closer_to_the_truth(scale: float, offset: float) -> None:
    truth = scene(480, 640)
    frame = raw_frame(noisy(truth, scale, offset), (scale, offset))
    ways = ((1, 0), (2, 0), (2, 1), (2, 2))
    errors = [float(np.mean((light_of(denoise(frame, phases=p, finely=f)) - truth) ** 2)) for p, f in ways]
    print(errors)
    assert errors[0] > 1.02 * errors[1] > 1.02**2 * errors[2] > 1.02**3 * errors[3]


@pytest.mark.parametrize("neutral", [(0.05, 1.0, 0.9), (0.2, 1.0, 0.05), (1.0, 0.05, 1.0)])
@pytest.mark.parametrize("scale, offset", [(5e-4, 5e-6), (8e-3, 8e-5)])
def test_more_work_is_not_worse_in_light_of_one_colour(
    neutral: tuple[float, float, float], scale: float, offset: float
) -> None:
    """By candles or under water; judged as seen, white-balanced."""
    rows, columns = np.mgrid[:480, :640]
    grey = np.array([[neutral[0], neutral[1]], [neutral[1], neutral[2]]])[rows % 2, columns % 2]
    seen = scene(480, 640)
    frame = raw_frame(noisy(seen * grey, scale, offset), (scale, offset), as_shot_neutral=np.array(neutral))

    def error(finely: int) -> float:
        after = light_of(denoise(frame, phases=2, finely=finely)) / grey
        return float(np.mean((np.sqrt(np.clip(after, 0, 1)) - np.sqrt(np.clip(seen, 0, 1))) ** 2))

    without, twice = error(0), error(2)
    print(without, twice)
    assert twice < without


@pytest.mark.parametrize("cfa", BAYER_PATTERNS)
@pytest.mark.parametrize("shape", [(32, 33), (67, 90), (141, 530)])
def test_the_kernel_of_spots_equals_its_reference(cfa: str, shape: tuple[int, int]) -> None:
    random = np.random.default_rng(1)
    values = random.integers(900, 1400, shape).astype(np.uint16)
    values[shape[0] // 3 : shape[0] // 3 + 9, 8:17] += random.integers(0, 900, (9, 9)).astype(np.uint16)
    shift_y, shift_x = divmod({"RGGB": 0, "GRBG": 1, "GBRG": 2, "BGGR": 3}[cfa], 2)
    sites = (np.arange(shape[0]) + shift_y)[:, None] % 2 * 2 + (np.arange(shape[1]) + shift_x) % 2
    stabilised = np.stack([np.sqrt(np.arange(3001)) * factor for factor in (1, 1.1, 1.1, 0.9)]).astype(np.float32)
    light = stabilised[sites, values].astype(np.float64)
    rough = np.rint(200 * (light.mean() + random.normal(0, 0.3, shape))).clip(0, 16383).astype(np.uint16)
    mix = opponents(Noise((1e-3, 1e-5), (2e-3, 1e-5), (1e-3, 1e-5)), np.array([0.4, 1, 0.6]))
    restored = np.broadcast_to(np.arange(16384, dtype=np.uint16), (4, 16384)).copy()
    result = np.empty((shape[0] + shift_y, shape[1] + shift_x), np.uint16)
    placed = [Placed(each, (shift_y, shift_x)) for each in (values, rough)]
    rest = [mix, np.uint16(0), restored, np.float32(200), np.float32(1.5)]
    run("denoise_spots", placed[0], stabilised, placed[1], *rest, result)
    expected = 200 * spots.with_spots(light, rough / 200, cfa, mix, 1.5)
    assert np.abs(expected - rough).max() > 200
    error = np.abs(result[shift_y:, shift_x:] - np.rint(np.clip(expected, 0, 16383)))
    assert error.max() <= DENOISED_CODE and (error > 0).mean() < 0.01


def test_small_coloured_dots_come_back_out_of_strong_noise() -> None:
    """Red dots of two pixels' radius on grey, ISO 1600 of a phone; a hot pixel is none, and flats stay as calm."""
    rows, columns = np.mgrid[:256, :256]
    dot = np.hypot(rows % 32 - 16, columns % 32 - 16) <= 2.3
    truth = np.full((256, 256), 0.1)
    red = (rows % 2 == 0) & (columns % 2 == 0)
    truth[dot & red], truth[dot & ~red] = 0.3, 0.04
    light = noisy(truth, 2.4e-3, 2e-5)
    frame = raw_frame(light, (2.4e-3, 2e-5))
    inside = np.hypot(rows % 32 - 16, columns % 32 - 16) <= 1.5
    after = light_of(denoise(frame))
    assert (after[inside & red].mean() - after[inside & ~red].mean()) / 0.26 > 0.6
    flat = noisy(np.full((256, 256), 0.1), 2.4e-3, 2e-5)
    hot = flat.copy()
    hot[16::32, 16::32] += 0.08  # five deviations, on red sites
    calm, spotted = (light_of(denoise(raw_frame(each, (2.4e-3, 2e-5)))) for each in (flat, hot))
    assert (spotted - calm)[16::32, 16::32].mean() < 0.15 * 0.08
