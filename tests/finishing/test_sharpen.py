"""Sharpening: the kernel against its reference, and the issue's bounds on simulated sensors and lenses."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tirage
from oracles import (
    FLAT_NOISE_RISE,
    LUMA_NOISE_AGAINST_MEASURED,
    SHARPENED_APART,
    SHARPENED_MTF50,
    SHARPENED_OVERSHOOT,
    SHARPENED_ROUNDING,
    SHARPENED_WAVE,
    STEP_OVERSHOOT,
)
from tirage.developing import development
from tirage.finishing import finish as finishing
from tirage.finishing.grain import NO_GRAIN
from tirage.finishing.local_tone import NO_LOCAL_TONE
from tirage.finishing.look.load import load_look, shipped_looks
from tirage.finishing.sharpen import BLUR_PX, KNOT_LUMA, MOST_LEAST, NO_SHARPENING, Sharpening, sharpening
from tirage.finishing.sharpen.noise import luma_noise
from tirage.finishing.sharpen.reference import sharpen
from tirage.finishing.texture import NO_TEXTURE
from tirage.kernels.call import Placed, run
from tirage.photo.frame import RawFrame, Rectangle
from tirage.photo.image import SceneImage
from tirage.photo.recipe import Recipe
from tirage.simulating import simulate

LUMA = np.array([17, 44, 3]) / 64


def _through_kernel(codes: np.ndarray, sharp: Sharpening, bits: int = 16) -> np.ndarray:
    """Display codes (H, W, 3) of 0..30000 through finishing whose look is a line: they come back, but sharpened."""
    height, width = codes.shape[:2]
    node = np.minimum(np.arange(33) * 2048, 65535).astype(np.uint64)
    blue, green, red = np.meshgrid(node, node, node, indexing="ij")
    table = (red | green << np.uint64(16) | blue << np.uint64(32)).ravel()
    first = int(np.float32(2.0**-11).view(np.int32))
    light = (first + 2**17 * np.arange(962, dtype=np.int32)).view(np.float32).astype(float) - 2.0**-11
    knots = np.rint(light / 16 * 63000).clip(0, 63000).astype(np.uint32)
    shaper = knots[:-1] | np.diff(knots.astype(int)).astype(np.uint32) << 16
    scene = np.ascontiguousarray(codes.transpose(2, 0, 1) * (16 / 63000), np.float32)
    result = np.zeros((height, width, 3), np.uint8 if bits == 8 else np.uint16)
    arguments = [np.eye(3, dtype=np.float32), *[np.float32(0)] * 4, shaper, table, np.float32(0.95), np.int32(0)]
    arguments += [*sharp.arguments, np.int32(width), np.int32(height), *NO_LOCAL_TONE.arguments]
    arguments += [*NO_TEXTURE.arguments, *NO_GRAIN.arguments]
    run(f"finish_{bits}_bit", scene, *arguments, result.transpose(2, 0, 1))
    return result


def _plain_and_sharp(
    raw: RawFrame, strength: float | None, blur_px: float | None = None, **choices
) -> tuple[np.ndarray, np.ndarray]:
    """The 16-bit luma of a frame without sharpening and with it; the look's own where `strength` is None.

    What is taken back is `blur_px`, where that is None the default's.
    """
    recipe = Recipe(**choices)
    light = development.prepare(raw, recipe)
    place = recipe, light.white, light.width, light.height, None, light.proxy
    plan = finishing.prepare(*place, noise=light.luminance_noise, blur_sigma_px=blur_px)
    if strength is not None:
        stronger = replace(plan.look, presence=replace(plan.look.presence, sharpening=strength))
        of_luma = luma_noise(light.luminance_noise, plan.exposure_gain, plan.local_tone.area_factor, plan.compiled.grey)
        plan = replace(plan, look=stronger, sharpening=sharpening(strength, *of_luma, blur_px))
    area = Rectangle(0, 0, light.width, light.height)
    scene = Placed(light.scene(area), (0, 0, 0))
    plain, sharp = (replace(plan, sharpening=one).display(scene, area, 16) for one in (NO_SHARPENING, plan.sharpening))
    return plain @ LUMA, sharp @ LUMA


def _edge(size: int, blur_px: float, low: float, high: float, angle: float = 5.0) -> np.ndarray:
    """Light of a slanted edge behind a Gaussian blur, averaged over pixels: 8x8 points in each."""
    steps = np.linspace(-10, 10, 4001)
    profile = np.array([0.5 + 0.5 * math.erf(step / (math.sqrt(2) * blur_px)) for step in steps])
    place = (np.arange(8 * size) + 0.5) / 8 - size / 2
    slant = math.radians(angle)
    distance = place[None, :] * math.cos(slant) + place[:, None] * math.sin(slant)
    light = np.interp(distance, steps, profile).reshape(size, 8, size, 8).mean(axis=(1, 3))
    return low + (high - low) * light


def _mtf50(luma: np.ndarray, angle: float = 5.0) -> float:
    """Cycles per pixel at half contrast by ISO 12233: the edge's profile in quarters of a pixel, its derivative."""
    size, slant = luma.shape[0], math.radians(angle)
    place = np.arange(size) - (size - 1) / 2
    distance = place[None, :] * math.cos(slant) + place[:, None] * math.sin(slant)
    inside = np.abs(distance) < 14
    inside[:20], inside[-20:] = False, False
    bins = np.floor(4 * distance[inside]).astype(int) + 56
    profile = np.bincount(bins, luma[inside]) / np.bincount(bins)
    line = np.diff(profile) * np.hanning(len(profile) - 1)
    contrast = np.abs(np.fft.rfft(line, 8 * len(line)))
    frequency = np.fft.rfftfreq(8 * len(line), 0.25)
    contrast /= contrast[0] * np.sinc(frequency / 4)
    below = int(np.argmax(contrast < 0.5))
    return float(np.interp(-0.5, -contrast[[below - 1, below]], frequency[[below - 1, below]]))


def _grey_scene(luminance: np.ndarray) -> SceneImage:
    return SceneImage(np.repeat(luminance[None].astype(np.float32), 3, axis=0), white=1.404)


# Kernel and reference ----------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 40),
    st.integers(1, 70),
    st.integers(0, 999),
    st.floats(0, 1.5),
    st.sampled_from([0, 20, 3000, 65535]),
    st.sampled_from([8, 400, 30000]),
)
def test_the_kernel_equals_the_reference(
    height: int, width: int, seed: int, strength: float, most: int, spread: int
) -> None:
    generator = np.random.default_rng(seed)
    codes = (15000 + generator.uniform(-spread / 2, spread / 2, (height, width, 3))).clip(0, 30000)
    sharp = sharpening(strength, KNOT_LUMA, generator.integers(0, most + 1, 5))
    plain = _through_kernel(codes, NO_SHARPENING)
    np.testing.assert_array_equal(_through_kernel(codes, sharp), sharpen(plain, *sharp.arguments))


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 1), (1, 9), (17, 1), (3, 3)])
def test_tiny_pictures_and_the_whole_range(shape: tuple[int, int]) -> None:
    codes = np.random.default_rng(1).choice([0, 10, 16383, 16384, 32768, 49152, 60000], (*shape, 3))
    sharp = sharpening(1.5, KNOT_LUMA, np.array([900, 0, 30, 4, 100]))
    plain = _through_kernel(codes, NO_SHARPENING)
    np.testing.assert_array_equal(_through_kernel(codes, sharp), sharpen(plain, *sharp.arguments))


def test_strength_0_changes_nothing_whatever_the_noise() -> None:
    codes = np.random.default_rng(2).integers(0, 60000, (50, 70, 3))
    none = sharpening(0.0, KNOT_LUMA, np.full(5, 300.0))
    assert none.filter[0] == 0 and not none.least.any()
    for bits in (8, 16):
        np.testing.assert_array_equal(_through_kernel(codes, none, bits), _through_kernel(codes, NO_SHARPENING, bits))


@pytest.mark.parametrize("strength", [0.1, 0.35, 1.0, 1.5])
def test_the_filter_is_two_steps_of_van_cittert(strength: float) -> None:
    """Its response is strength (H + H^2), H one less the blur's; a shade is no detail, and the blur is `BLUR_PX`."""
    amplitude, centre = 3000, 15000
    sharp = sharpening(strength)
    rows, columns = np.mgrid[:64, :64]
    for u, v in np.array([(0, 4), (0, 16), (9, 9), (25, 3), (27, 0), (20, 25)]) * np.pi / 32:
        wave = np.cos(u * columns + v * rows)
        codes = np.repeat(np.rint(centre + amplitude * wave)[..., None], 3, axis=2).astype(np.int64)
        blur = (1 - BLUR_PX**2 * (1 - np.cos(u))) * (1 - BLUR_PX**2 * (1 - np.cos(v)))
        response = strength * (1 - blur) * (2 - blur)
        wanted = codes[..., 0] + amplitude * response * wave
        near = np.lib.stride_tricks.sliding_window_view(np.pad(codes[..., 0], 1, mode="edge"), (3, 3))
        inside = (wanted > near.min(axis=(2, 3))) & (wanted < near.max(axis=(2, 3)))
        inside[[0, 1, -2, -1]] = inside[:, [0, 1, -2, -1]] = False
        shown = sharpen(codes, *sharp.arguments)[..., 0]
        assert inside.mean() > 0.05
        np.testing.assert_allclose(shown[inside], wanted[inside], atol=SHARPENED_WAVE)


def test_neutrals_stay_neutral_and_colours_move_alike() -> None:
    generator = np.random.default_rng(4)
    sharp = sharpening(1.5)
    grey = np.repeat(generator.integers(0, 30000, (40, 60, 1)), 3, axis=2)
    assert np.ptp(_through_kernel(grey, sharp).astype(int), axis=-1).max() == 0
    colours = generator.integers(15000, 30000, (40, 60, 3))
    moved = _through_kernel(colours, sharp).astype(int) - _through_kernel(colours, NO_SHARPENING)
    assert np.ptp(moved, axis=-1).max() == 0 and np.abs(moved).max() > 1000


# What it must not do ------------------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 999), st.floats(0.1, 1.5), st.sampled_from(["noise", "steps", "lines"]))
def test_no_pixel_leaves_the_range_of_its_neighbours(seed: int, strength: float, kind: str) -> None:
    """By more than 1/64 of it; where no pixel is the end of both sides of a line, as beside edges."""
    luma = np.random.default_rng(seed).integers(0, 30000, (30, 40))
    if kind == "steps":
        luma[:] = np.sort(luma[0])
    if kind == "lines":
        luma[:, 1::3] = luma[:, :-1:3]
    grey = np.repeat(luma[..., None], 3, axis=2)
    plain, sharp = (_through_kernel(grey, one)[..., 0].astype(int) for one in (NO_SHARPENING, sharpening(strength)))
    near = np.lib.stride_tricks.sliding_window_view(np.pad(plain, 1, mode="edge"), (3, 3))
    lowest, highest = near.min(axis=(2, 3)), near.max(axis=(2, 3))
    share = 1 / 64 if kind == "steps" else 1 / 64 + 1 / 4  # a ridge or valley may gain a quarter of its own height
    assert (np.maximum(sharp - highest, lowest - sharp) <= share * (highest - lowest) + SHARPENED_ROUNDING).all()


@pytest.mark.parametrize("quality", ["fast", "balanced"])
@pytest.mark.parametrize("iso", [100, 400, 1600, 6400])
@pytest.mark.parametrize("look", shipped_looks())
def test_noise_on_flats_rises_by_less_than_a_tenth(quality: str, iso: int, look: str) -> None:
    _check_flats(iso, None, None, quality=quality, look=look)


@pytest.mark.parametrize("strength", [0.35, 0.7, 1.5])
@pytest.mark.parametrize("blur_px", [0.4, 0.65, 0.8, 1.0, 1.2])
@pytest.mark.parametrize("iso", [100, 400, 1600, 6400])
def test_so_it_does_whatever_the_blur(iso: int, blur_px: float, strength: float) -> None:
    for quality in ("fast", "balanced"):
        _check_flats(iso, strength, blur_px, quality=quality)


def _check_flats(iso: int, strength: float | None, blur_px: float | None, **choices) -> None:
    """In the middle of the picture and in its corners, whose shading the lens correction has lifted."""
    for level in (0.005, 0.03, 0.18, 0.6):
        raw = simulate(_grey_scene(np.full((160, 192), level)), iso=iso)
        plain, sharp = _plain_and_sharp(raw, strength, blur_px, **choices)
        for part in (np.s_[60:100, 70:120], np.s_[4:30, 4:30]):
            rise = _deviation(sharp[part]) / max(_deviation(plain[part]), 1)
            print(iso, strength, blur_px, choices, level, f"{rise:.3f}")
            assert rise < FLAT_NOISE_RISE


def _deviation(luma: np.ndarray) -> float:
    """Of what is not a straight slope."""
    rows, columns = np.mgrid[: luma.shape[0], : luma.shape[1]]
    terms = np.stack([np.ones(luma.size), rows.ravel(), columns.ravel()], axis=1)
    rest = luma.ravel() - terms @ np.linalg.lstsq(terms, luma.ravel(), rcond=None)[0]
    return float(rest.std())


@pytest.mark.parametrize("strength", [0.35, 1.0, 1.5])
@pytest.mark.parametrize("blur_px", [0.4, 0.65, 1.2])
@pytest.mark.parametrize("light", [(0.05, 0.6), (0.1, 0.3), (0.01, 0.18)])
@pytest.mark.parametrize("known_px", [None, 0.4, 0.9, 1.2])
def test_an_edge_has_no_overshoot(
    strength: float, blur_px: float, light: tuple[float, float], known_px: float | None
) -> None:
    """Even where the blur is taken for twice of what it is."""
    raw = simulate(_grey_scene(_edge(120, blur_px, *light)), noise=False, shading=False)
    plain, sharp = (luma[20:-20, 20:-20] for luma in _plain_and_sharp(raw, strength, known_px, quality="balanced"))
    dark, bright = (np.median(part) for part in (plain[:, :20], plain[:, -20:]))
    assert sharp.max() < bright + SHARPENED_OVERSHOOT * (bright - dark)
    assert sharp.min() > dark - SHARPENED_OVERSHOOT * (bright - dark)


@pytest.mark.parametrize("quality", ["fast", "balanced", "best"])
@pytest.mark.parametrize("fine", [1, 8])
@pytest.mark.parametrize("angle", [0.0, 5.0, 22.5, 45.0, 67.5])
def test_nor_has_one_that_no_lens_has_blurred(quality: str, fine: int, angle: float) -> None:
    """Light and luma, through the whole process: of stairs (one point a pixel), and of pixels of mixed light."""
    place = (np.arange(80 * fine) + 0.5) / fine - 40
    slant = math.radians(angle)
    distance = place[None] * math.cos(slant) + place[:, None] * math.sin(slant) - 0.23
    edge = (distance > 0).reshape(80, fine, 80, fine).mean(axis=(1, 3))
    for low, high in ((0.09, 0.18), (0.05, 0.5), (0.006, 0.6)):
        scene = _grey_scene(low + (high - low) * edge)
        light = tirage.develop(
            simulate(scene, noise=False, shading=False, sensor="generic-camera", cfa="GRBG"), quality=quality
        )
        luma = tirage.finish(light, bit_depth=16).pixels @ LUMA
        for shown in (*light.pixels, luma):
            inside = shown[14:-14, 14:-14]
            dark, bright = np.median(inside[edge[14:-14, 14:-14] == 0]), np.median(inside[edge[14:-14, 14:-14] == 1])
            assert max(inside.max() - bright, dark - inside.min()) < STEP_OVERSHOOT * (bright - dark)


@pytest.mark.parametrize("strength", [0.2, 0.35, 0.45])
@pytest.mark.parametrize("light", [(0.05, 0.6), (0.1, 0.3)])
def test_an_edge_becomes_sharper(strength: float, light: tuple[float, float]) -> None:
    raw = simulate(_grey_scene(_edge(160, 0.5, *light)), iso=100, shading=False)
    before, after = (_mtf50(luma) for luma in _plain_and_sharp(raw, strength, quality="balanced"))
    print(f"MTF50 {before:.3f} -> {after:.3f}")
    low, high = SHARPENED_MTF50
    assert low < (after / before - 1) * 0.35 / strength < high


@pytest.mark.parametrize("strength", [0.35, 1.0])
def test_lenses_come_nearer_to_each_other(strength: float) -> None:
    """Edges behind four blurs, of lens and pixels: each becomes sharper, the softer ones by more."""
    before, after = [], []
    for blur_px in (0.45, 0.65, 0.9, 1.2):
        lens = math.sqrt(blur_px**2 - 1 / 12)  # a pixel's area has the variance of 1/12
        raw = simulate(_grey_scene(_edge(160, lens, 0.05, 0.6)), iso=100, shading=False)
        plain, sharp = (_mtf50(luma) for luma in _plain_and_sharp(raw, strength, blur_px, quality="balanced"))
        print(f"{blur_px} px: MTF50 {plain:.3f} -> {sharp:.3f}")
        assert sharp > (1 + 0.05 * strength) * plain
        before.append(plain)
        after.append(sharp)
    assert after[0] / after[2] < (1 - SHARPENED_APART * strength) * before[0] / before[2]
    assert after[0] / after[3] < before[0] / before[3]


def test_a_blur_as_narrow_as_pixels_show_is_left_and_an_absurd_one_is_bounded() -> None:
    for narrow in (0.0, 0.2, 0.4):
        assert sharpening(1.5, blur_sigma_px=narrow).filter[0] == 0
    for wide in (1.2, 5.0, math.inf):
        np.testing.assert_array_equal(
            sharpening(0.35, blur_sigma_px=wide).filter, sharpening(0.35, blur_sigma_px=1.2).filter
        )
    np.testing.assert_array_equal(sharpening(0.35, blur_sigma_px=BLUR_PX).filter, sharpening(0.35).filter)
    np.testing.assert_array_equal(sharpening(0.35, blur_sigma_px=math.nan).filter, sharpening(0.35).filter)


def test_more_blur_is_taken_back_without_a_jump() -> None:
    wide = np.arange(0.4, 1.2, 0.01)
    response = []
    for blur_px in wide:
        strength, sides, corners = sharpening(0.35, blur_sigma_px=blur_px).filter.tolist()
        half = (sides + 2 * corners) / 32768  # one less G of a wave of four pixels across
        response.append(strength / 16384 * (half / 2) * (1 + half / 2))
    steps = np.diff(response)
    assert (steps > 0).all() and steps.max() < 0.03


def test_hairs_gain_contrast() -> None:
    """Lines a pixel wide, slanted, under the same blur: peaks come back too, not edges alone."""
    lines = sum(_edge(160, 0.5, 0, 1, angle) * (1 - np.roll(_edge(160, 0.5, 0, 1, angle), 1, 1)) for angle in (5, 80))
    raw = simulate(_grey_scene(0.4 - 0.25 * np.clip(lines, 0, 1)), noise=False, shading=False)
    plain, sharp = (luma[40:-40, 40:-40] for luma in _plain_and_sharp(raw, 0.35, quality="balanced"))
    assert sharp.std() > 1.05 * plain.std()


# The noise that it knows --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("look", shipped_looks())
@pytest.mark.parametrize("exposure_stops", [0.0, 1.0])
def test_the_noise_of_luma_is_what_the_look_makes_of_the_scenes(look: str, exposure_stops: float) -> None:
    """Against grey scenes with noise of that variance, through all of finishing but sharpening."""
    generator, noise = np.random.default_rng(6), (1e-4, 1e-6)
    recipe = Recipe(look=look, exposure_stops=exposure_stops)
    plan = finishing.prepare(recipe, 1.404, 4000, 4000)  # of which the middle is looked at: no corner shading
    luma, deviation = luma_noise(noise, 2.0**exposure_stops, plan.local_tone.area_factor, plan.compiled.grey)
    for level in (0.003, 0.02, 0.1, 0.3):
        pixels = level + np.sqrt(noise[0] * level + noise[1]) * generator.normal(size=(68, 68))
        scene = Placed(_grey_scene(pixels).pixels, (0, 1966, 1966))
        shown = replace(plan, sharpening=NO_SHARPENING, texture=NO_TEXTURE, grain=NO_GRAIN).display(
            scene, Rectangle(1968, 1968, 64, 64), 16
        )
        wanted = np.interp((shown @ LUMA).mean(), luma, deviation)
        assert (shown @ LUMA).std() == pytest.approx(wanted, rel=LUMA_NOISE_AGAINST_MEASURED)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.01, 100))
def test_absurd_noise_gives_numbers(scale: float, offset: float, gain: float) -> None:
    plan = finishing.prepare(Recipe(), 1.404, 8, 8)
    sharp = sharpening(1.5, *luma_noise((scale, offset), gain, plan.local_tone.area_factor, plan.compiled.grey))
    knots = sharp.least[0] + 8192 / 32768 * np.array([0, *np.cumsum(np.cumsum(sharp.least[1:], dtype=int))])
    assert (knots >= 0).all() and (knots <= MOST_LEAST).all()


def test_a_scene_without_noise_is_sharpened_whole() -> None:
    assert finishing.prepare(Recipe(), 1.404, 8, 8).sharpening.least.tolist() == [0] * 5


@pytest.mark.parametrize("name", shipped_looks())
def test_looks_say_how_much(name: str) -> None:
    plan = finishing.prepare(Recipe(look=name), 1.404, 8, 8)
    np.testing.assert_array_equal(plan.sharpening.filter, sharpening(load_look(name).presence.sharpening).filter)


def test_a_crop_and_strips_show_the_pixels_of_the_whole() -> None:
    generator = np.random.default_rng(8)
    scene = SceneImage(generator.uniform(0, 0.6, (3, 200, 90)).astype(np.float32), white=1.404)
    whole = tirage.finish(scene).pixels
    for crop in ((0, 0, 90, 65), (1, 63, 40, 3), (37, 21, 50, 167), (89, 199, 1, 1)):
        left, top, width, height = crop
        part = tirage.finish(scene, crop=crop).pixels
        np.testing.assert_array_equal(part, whole[top : top + height, left : left + width])
    plan = finishing.prepare(Recipe(look="documentary"), 1.404, 90, 200)
    area = Rectangle(0, 0, 90, 200)
    at_once = plan.display(Placed(scene.pixels, (0, 0, 0)), area, 16)
    for top in range(0, 200, 37):
        strip = Rectangle(0, top, 90, min(37, 200 - top))
        around = finishing.grown(strip, 90, 200)
        cut = np.ascontiguousarray(scene.pixels[:, around.top : around.bottom])
        shown = plan.display(Placed(cut, (0, around.top, 0)), strip, 16)
        np.testing.assert_array_equal(shown, at_once[strip.top : strip.bottom])
