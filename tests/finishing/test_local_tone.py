"""Local tone: the kernels against the reference, the reference against full resolution, and what must not happen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tirage
from oracles import (
    EDGE_GAIN_VARIATION_STOPS,
    LOCAL_TONE_AGAINST_FULL_DB,
    LOCAL_TONE_COEFFICIENTS,
    LOCAL_TONE_GAIN_STOPS,
)
from tirage.colour.spaces import luminance_weights
from tirage.colour.transfer import srgb_encode
from tirage.finishing.finish import prepare
from tirage.finishing.grain import NO_GRAIN
from tirage.finishing.local_tone import NO_LOCAL_TONE, LocalToneMap, acts, local_tone_map, reference
from tirage.finishing.local_tone.curve import GREY_LEVEL, KNOT_LIGHT, area_curve
from tirage.finishing.look.load import load_look, shipped_looks
from tirage.finishing.sharpen import NO_SHARPENING
from tirage.finishing.texture import NO_TEXTURE
from tirage.kernels.call import run
from tirage.photo.image import SceneImage
from tirage.photo.look import LocalTone
from tirage.photo.proxy import Proxy, cell_means, cell_of
from tirage.photo.recipe import Recipe
from tirage.simulating import ground_truth
from tirage.simulating.scene import demo_scene

STRONG = LocalTone(shadows_stops=0.8, highlights_stops=-0.5, local_contrast=0.2)
WEIGHTS = luminance_weights("rec2020")
LOOKS = {name: load_look(name).local_tone for name in shipped_looks()}
every_look = pytest.mark.parametrize("amounts", LOOKS.values(), ids=LOOKS)


def _power_shaper() -> np.ndarray:
    """The kernel's shaper for light -> light^0.4, which `_light` takes back."""
    first = int(np.float32(2.0**-11).view(np.int32))
    light = (first + 2**17 * np.arange(962, dtype=np.int32)).view(np.float32).astype(float) - 2.0**-11
    knots = np.minimum(np.rint(60000 * (light / 16) ** 0.4), 60000).astype(np.uint32)
    return knots[:-1] | np.diff(knots.astype(int)).astype(np.uint32) << 16


def _identity_table() -> np.ndarray:
    node = np.minimum(np.arange(33) * 2048, 65535).astype(np.uint64)
    blue, green, red = np.meshgrid(node, node, node, indexing="ij")
    return (red | green << np.uint64(16) | blue << np.uint64(32)).ravel()


def _coordinates(scene: np.ndarray, local: LocalToneMap) -> np.ndarray:
    """What the finishing kernel makes of a scene (3, H, W) before the look: light^0.4, (H, W, 3) of 60000."""
    height, width = scene.shape[1:]
    result = np.zeros((height, width, 3), np.uint16)
    no_shading = [np.float32(0)] * 4
    tables = [_power_shaper(), _identity_table(), np.float32(0.95), np.int32(0), *NO_SHARPENING.arguments]
    tables += [np.int32(width), np.int32(height)]
    identity = np.eye(3, dtype=np.float32)
    run(
        "finish_16_bit",
        scene,
        identity,
        *no_shading,
        *tables,
        *local.arguments,
        *NO_TEXTURE.arguments,
        *NO_GRAIN.arguments,
        result.transpose(2, 0, 1),
    )
    return result


def _gain(luminance: np.ndarray, local: LocalToneMap) -> np.ndarray:
    """Stops by which the kernel changes grey pixels (H, W)."""
    scene = np.repeat(luminance[None].astype(np.float32), 3, axis=0)
    with_it, without = (_coordinates(scene, one)[..., 1].astype(float) for one in (local, NO_LOCAL_TONE))
    return np.log2(with_it / without) / 0.4


def _cells(luminance: np.ndarray, cell: int = 8) -> np.ndarray:
    return cell_means(np.repeat(luminance[None].astype(np.float32), 3, axis=0), WEIGHTS, cell)


def _grey_map(
    luminance: np.ndarray, amounts: LocalTone, white: float = 16.0, cell: int | None = None, **proxy
) -> LocalToneMap:
    cell = cell or cell_of(luminance.shape[1], luminance.shape[0])
    return local_tone_map(amounts, Proxy(_cells(luminance, cell), cell=cell, **proxy), 1.0, white)


def _edge(stops: float, middle: float, column: int = 256, width: int = 512, height: int = 64) -> np.ndarray:
    """An edge of `stops` about `middle` stops from grey, with a little texture."""
    side = np.where(np.arange(width) < column, -stops / 2, stops / 2)
    texture = np.random.default_rng(0).normal(0, 0.02, (height, width))
    return 0.18 * 2.0 ** (middle + side + texture)


# Kernel and reference ----------------------------------------------------------------------------------------------


@settings(max_examples=15)
@given(
    st.integers(1, 40),
    st.integers(1, 70),
    st.integers(0, 99),
    st.sampled_from([0.3, 1.0, 2.5]),
    st.sampled_from([1, 2, 4]),
)
def test_coefficients_equal_the_reference(height: int, width: int, seed: int, exposure: float, beside: int) -> None:
    small = (0.18 * 2.0 ** np.random.default_rng(seed).normal(-1, 3, (height, width))).astype(np.float32)
    small.flat[0] = [np.nan, np.inf, -1.0, 0.0, 1e30][seed % 5]
    curve = area_curve(STRONG, (1e-4, 1e-7), exposure)
    result = np.empty((2, -(-height // beside), -(-width // beside)), np.float32)
    run("local_tone", small, np.float32(exposure), curve.gain, curve.detail, np.int32(beside), result)
    expected = reference.coefficients(small * np.float32(exposure), curve, beside)
    np.testing.assert_allclose(result, expected, atol=LOCAL_TONE_COEFFICIENTS)


@pytest.mark.parametrize("shape", [(1, 1), (7, 9), (64, 100), (131, 77)])
@pytest.mark.parametrize("cell", [8, 4, 2])
def test_gains_of_pixels_equal_the_reference(shape: tuple[int, int], cell: int) -> None:
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    luminance = 0.3 * 2.0 ** (2.5 * np.sin(rows / 9) * np.cos(columns / 13) + 0.2 * np.sin(columns))
    local = _grey_map(luminance, STRONG, white=1.404, cell=cell)
    clip = np.log2(1.404 + 2.0**-10)
    curve = area_curve(STRONG, clip_level=clip)
    expected = reference.pixel_gain(luminance, _cells(luminance, cell), curve, clip, 8 // cell)
    np.testing.assert_allclose(_gain(luminance, local), expected, atol=LOCAL_TONE_GAIN_STOPS)


def test_gains_come_close_to_full_resolution() -> None:
    height, width = 480, 640
    light = np.tensordot(WEIGHTS, ground_truth(demo_scene(height, width)).pixels.astype(float), 1)
    cell = cell_of(width, height)
    for name in shipped_looks():
        curve = area_curve(load_look(name).local_tone)
        level = reference.level_of(light)
        full = reference.bounded_gain(reference.local_laplacian(level, curve, levels=9), level, 10.0)
        carried = reference.pixel_gain(light, _cells(light, cell), curve, 10.0, 8 // cell)
        shown, wanted = (srgb_encode(np.minimum(light * 2.0**gain, 1)) for gain in (carried, full))
        psnr = -10 * np.log10(np.mean((shown - wanted) ** 2))
        print(f"{name}: {psnr:.1f} dB")
        assert psnr > LOCAL_TONE_AGAINST_FULL_DB


# What it does -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stops", [-6, -4, -2, 0, 1, 2.5, 3.5])
def test_even_areas_move_by_the_amounts(stops: float) -> None:
    gain = _gain(np.full((40, 60), 0.18 * 2.0**stops), _grey_map(np.full((40, 60), 0.18 * 2.0**stops), STRONG))
    expected = {-6: 0.8, -4: 0.8, -2: 0.4, 0: 0, 1: -0.176, 2.5: -0.5, 3.5: -0.5}[stops]
    np.testing.assert_allclose(gain, expected, atol=0.03)  # 2^-10 is added to all light


def test_forms_keep_their_contrast_and_gain_the_looks() -> None:
    """A wave of a third of a stop on dark ground, where the curve alone would flatten it to 0.7."""
    wave = 0.15 * np.sin(np.arange(512) / 20)
    luminance = np.repeat(0.18 * 2.0 ** (wave - 2)[None], 64, axis=0)
    for contrast in (0.0, 0.3):
        amounts = LocalTone(shadows_stops=0.8, local_contrast=contrast)
        shown = np.log2(luminance) + _gain(luminance, _grey_map(luminance, amounts))
        ratio = np.ptp(shown[32, 64:448]) / np.ptp(wave)
        print(contrast, ratio)
        assert 0.93 + 0.7 * contrast < ratio < 1.02 + contrast


@every_look
@pytest.mark.parametrize("middle", [-3.0, -2.0, -1.0, 0.0])
@pytest.mark.parametrize("column", [256, 259, 261])
def test_no_halo_beside_an_edge_of_five_stops(amounts: LocalTone, middle: float, column: int) -> None:
    luminance = _edge(5.0, middle, column)
    for cell in (8, 4, 2):
        gain = _gain(luminance, _grey_map(luminance, amounts, cell=cell)).mean(axis=0)
        variation = max(np.ptp(gain[40:column]), np.ptp(gain[column:-40]))
        print(variation)
        assert variation < EDGE_GAIN_VARIATION_STOPS


@every_look
def test_ramps_keep_rising(amounts: LocalTone) -> None:
    for width in (600, 4000):
        ramp = np.repeat(np.geomspace(1e-3, 4, width)[None], 24, axis=0)
        shown = np.log2(ramp) + _gain(ramp, _grey_map(ramp, amounts))
        assert np.diff(shown[12, ::20]).min() > 0


@pytest.mark.parametrize("amounts", [LocalTone(shadows_stops=2.0), LocalTone(highlights_stops=-1.5), STRONG])
def test_the_curve_rises_whatever_the_amounts(amounts: LocalTone) -> None:
    for noise in ((0.0, 0.0), (1e-3, 1e-5), (1e-2, 1e-3)):
        curve = area_curve(amounts, noise, clip_level=0.5)
        assert np.diff(np.log2(KNOT_LIGHT) + curve.gain).min() > 0
        assert np.abs(curve.gain).max() <= 2.5


def test_light_is_not_lifted_into_its_noise() -> None:
    levels = GREY_LEVEL + np.arange(-8, 1)
    for noise in ((3e-4, 3e-7), (3e-3, 1e-4)):
        curve = area_curve(LocalTone(shadows_stops=2.0, local_contrast=0.5), noise)
        gain = reference.area_gain(levels, curve)
        light = np.maximum(np.exp2(levels) - 2.0**-10, 0)
        noisy = np.sqrt(noise[0] * light + noise[1]) * np.exp2(gain)
        assert ((gain < 0.05) | (noisy < 0.55 * light)).all()  # half, but for straight lines between the knots
        assert gain[0] < 0.05  # eight stops under grey there is nothing but noise
    assert reference.area_gain(levels, area_curve(LocalTone(shadows_stops=2.0)))[0] == pytest.approx(2.0)


def test_a_noisy_frame_is_lifted_less() -> None:
    luminance = np.full((40, 60), 0.18 * 2.0**-5)
    clean, noisy = (_gain(luminance, _grey_map(luminance, STRONG, noise=noise)) for noise in ((0.0, 0.0), (1e-3, 3e-5)))
    assert clean.min() > 0.75 and noisy.max() < 0.05


# What must not happen -----------------------------------------------------------------------------------------------


def test_no_amounts_change_nothing_and_ask_for_nothing() -> None:
    def proxy() -> Proxy:
        raise AssertionError("a look without local tone needs no proxy")

    look = load_look("faithful")
    assert not acts(LocalTone()) and acts(LocalTone(local_contrast=0.1))
    scene = np.abs(np.random.default_rng(3).normal(0.2, 0.3, (3, 40, 60))).astype(np.float32)
    planes, curve, weights = (np.full(shape, np.nan, np.float32) for shape in ((2, 5, 8), 129, 3))
    rubbish = LocalToneMap(planes, curve, weights, np.nan, False)
    np.testing.assert_array_equal(_coordinates(scene, rubbish), _coordinates(scene, NO_LOCAL_TONE))
    assert local_tone_map(LocalTone(), Proxy(scene[0]), 1.0, 1.0) is NO_LOCAL_TONE
    assert prepare(Recipe(), 1.4, 8, 8, proxy=None).local_tone is NO_LOCAL_TONE
    if not acts(look.local_tone):
        prepare(Recipe(look="faithful"), 1.4, 8, 8, proxy=proxy)


@every_look
def test_a_clipped_sun_stays_white_and_the_sky_around_it_smooth(amounts: LocalTone) -> None:
    rows, columns = np.mgrid[:200, :200]
    radius = np.hypot(rows - 100, columns - 100)
    luminance = np.minimum(0.9 + 8 * np.exp(-radius / 20), 1.404)
    gain = _gain(luminance, _grey_map(luminance, amounts, white=1.404))
    np.testing.assert_allclose(gain[radius < 30], 0, atol=0.001)
    across = np.log2(luminance[100, 100:]) + gain[100, 100:]
    assert np.diff(across).max() < LOCAL_TONE_GAIN_STOPS  # from the sun outwards light only falls


def test_glints_smaller_than_a_cell_stay_white() -> None:
    luminance = np.full((64, 64), 0.05)
    luminance[30:32, 30:32] = 1.404
    gain = _gain(luminance, _grey_map(luminance, STRONG, white=1.404))
    assert gain[30:32, 30:32].min() > -0.001


def test_colours_move_by_one_gain() -> None:
    rows, columns = np.mgrid[:64, :96]
    light = 0.18 * 2.0 ** (3 * np.sin(rows / 20) * np.sin(columns / 15))
    scene = (light * np.array([1.3, 0.9, 0.6])[:, None, None]).astype(np.float32)
    local = local_tone_map(STRONG, Proxy(cell_means(scene, WEIGHTS)), 1.0, 16.0)
    with_it, without = (_coordinates(scene, one).astype(float) for one in (local, NO_LOCAL_TONE))
    gain = np.log2(with_it / without) / 0.4
    assert np.ptp(gain, axis=-1).max() < LOCAL_TONE_GAIN_STOPS
    assert np.ptp(gain) > 0.5


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -1.0, 3e38])
def test_a_bad_pixel_stays_local(value: float) -> None:
    scene = SceneImage(np.full((3, 200, 320), 0.02, np.float32), white=1.404)
    spoilt = scene.pixels.copy()
    spoilt[:, 100, 150] = value
    results = [tirage.finish(replace(scene, pixels=pixels), look="lively") for pixels in (scene.pixels, spoilt)]
    far = np.hypot(*(np.mgrid[:200, :320] - np.array([100, 150])[:, None, None])) > 24
    np.testing.assert_allclose(results[0].pixels[far].astype(int), results[1].pixels[far], atol=1)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 9), (17, 1), (5, 200)])
@pytest.mark.parametrize("look", shipped_looks())
def test_small_pictures_are_finished(shape: tuple[int, int], look: str) -> None:
    scene = SceneImage(np.full((3, *shape), 0.02, np.float32), white=1.404)
    pixels = tirage.finish(scene, look=look, bit_depth=16).pixels
    assert pixels.shape == (*shape, 3) and 0 < pixels.min() and pixels.max() < 20000


def test_noise_just_under_the_clip_is_not_raised() -> None:
    """A bright sky: its areas fall less the nearer they are to white, its noise stays as it is, nearly."""
    sky = 0.8 * 2.0 ** np.random.default_rng(4).normal(0, 0.02, (96, 160))
    for cell, most in ((8, 1.02), (4, 1.02), (2, 1.03)):  # the mean of four pixels has some of their noise
        shown = np.log2(sky) + _gain(sky, _grey_map(sky, STRONG, white=1.404, cell=cell))
        assert shown.std() < most * np.log2(sky).std()


@pytest.mark.parametrize("look", shipped_looks())
def test_a_crop_shows_the_pixels_of_the_whole(look: str) -> None:
    scene = ground_truth(demo_scene(123, 171))
    whole = tirage.finish(scene, look=look).pixels
    part = tirage.finish(scene, look=look, crop=(37, 21, 90, 67)).pixels
    np.testing.assert_array_equal(part, whole[21:88, 37:127])
