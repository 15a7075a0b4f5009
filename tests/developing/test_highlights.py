"""Highlights: what a clipped channel held, against simulated light that did not clip."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from developing.aberration_scenes import aberrated, frame_of, light
from developing.highlight_scenes import NEUTRAL, SURFACES, hue_error, lit, recorded
from developing.scenes import COLOUR, frame, gain_maps
from oracles import GREY_EDGE_CHROMA, NEARLY_NEUTRAL, REBUILT_AGAINST_REFERENCE, REBUILT_HUE_DEGREES
from tirage.colour.perception import oklab
from tirage.developing import development, highlights
from tirage.developing.highlights import find_clipping, rebuild
from tirage.developing.highlights import reference as plain_highlights
from tirage.developing.highlights.saturation import levels
from tirage.developing.highlights.shares import PLANES
from tirage.developing.linearise import reference, sensor_tables
from tirage.developing.white_balance import multipliers
from tirage.kernels.call import run
from tirage.photo.frame import BAYER_PATTERNS, RawFrame, Rectangle
from tirage.photo.recipe import Recipe
from tirage.pipeline import render
from tirage.reading import read


def developed(raw: RawFrame, quality: str = "fast", **choices) -> tuple[development.Development, np.ndarray]:
    choices = {"highlights": "rebuild", **choices}
    plan = development.prepare(raw, Recipe(quality=quality, defects="none", denoise=0.0, **choices))
    return plan, plan.scene(Rectangle(0, 0, plan.width, plan.height))


@pytest.mark.parametrize("quality", ["fast", "balanced"])
@pytest.mark.parametrize("surface", SURFACES)
def test_hue_is_that_of_the_light_where_a_channel_survives(surface: str, quality: str) -> None:
    """The brightest channel is a stop over its clip at most; the surface is its own surround."""
    colour = np.array(SURFACES[surface])
    light = lit(SURFACES[surface], 2.0 if colour.argmax() == 1 else 2.2 if colour.argmax() == 2 else 2.6)
    plan, scene = developed(recorded(light), quality)
    truth = np.einsum("oc,chw->ohw", plan.matrix.astype(float), light)
    stored = light * NEUTRAL[:, None, None]
    lost = (stored >= 1).any(axis=0)
    seen = lost & (stored.min(axis=0) < 0.88)
    assert seen.mean() > 0.02
    error = hue_error(scene, truth)[seen]
    print(f"{surface} {quality}: greatest {error.max():.2f}, mean {error.mean():.2f} degrees over {seen.mean():.0%}")
    assert error.max() < REBUILT_HUE_DEGREES
    _, before = developed(recorded(light), quality, highlights="limit")
    assert error.mean() < hue_error(before, truth)[seen].mean()


@pytest.mark.parametrize("neutral", [NEUTRAL, np.array([0.8, 1.0, 0.35])])
@pytest.mark.parametrize("colour", [(1.0, 0.72, 0.58), (0.6, 0.85, 1.15), (1.3, 0.85, 0.45), (0.3, 0.6, 1.9)])
def test_hue_is_kept_with_green_a_stop_over(colour: tuple[float, ...], neutral: np.ndarray) -> None:
    """Skin, sky, a lamp and neon, of which other colours clip too, by up to two stops and more."""
    light = lit(colour, 2.0 * max(colour) / colour[1], around=0.05)
    plan, scene = developed(recorded(light, neutral))
    truth = np.einsum("oc,chw->ohw", plan.matrix.astype(float), light)
    stored = light * neutral[:, None, None]
    seen = (stored >= 1).any(axis=0) & (stored.min(axis=0) < 0.88)
    error = hue_error(scene, truth)[seen]
    print(f"greatest {error.max():.2f}, mean {error.mean():.2f} degrees over {seen.mean():.0%}")
    assert np.percentile(error, 99) < REBUILT_HUE_DEGREES and error.mean() < REBUILT_HUE_DEGREES / 3


def test_greens_that_a_camera_has_smoothed_make_no_magenta_dots() -> None:
    """Lone samples under the clip among clipped ones, where red and blue say that light is far over it."""
    light = np.full((3, 96, 120), 1.5)
    light[:, :, 80:] = 0.1
    raw = recorded(light)
    mosaic = raw.mosaic.copy()
    for row, column in ((20, 71), (41, 60), (60, 75), (71, 30)):
        assert mosaic[row, column] == 16383  # green
        mosaic[row, column] = 512 + 0.87 * 15871
    for quality in ("fast", "balanced"):
        _, scene = developed(dataclasses.replace(raw, mosaic=mosaic), quality, aberration="none")
        inside = scene[:, 10:-10, 10:74]
        assert (np.ptp(inside, axis=0) / inside.mean(axis=0)).max() < 0.02


def test_every_quality_rebuilds() -> None:
    raw = recorded(lit(SURFACES["leaf"], 2.0))
    for quality in ("fast", "balanced", "best"):
        usual, rebuilt, limited = (
            development.prepare(raw, Recipe(quality=quality, highlights=choice))
            for choice in (None, "rebuild", "limit")
        )
        assert usual.white == rebuilt.white > limited.white


def test_of_two_surfaces_each_keeps_its_hue() -> None:
    """Their survivors tell them apart, wherever they lie."""
    leaf, teal = lit(SURFACES["leaf"], 2.0), lit((0.3, 1, 0.6), 2.0)
    column = np.arange(leaf.shape[2])
    is_leaf = (column // 50 % 2 == 0)[None, None, :]
    light = np.where(is_leaf, leaf, teal)
    plan, scene = developed(recorded(light))
    truth = np.einsum("oc,chw->ohw", plan.matrix.astype(float), light)
    inside = (light[1] >= 1) & ((column % 50 > 4) & (column % 50 < 45))[None, :]
    assert hue_error(scene, truth)[inside].max() < REBUILT_HUE_DEGREES


@pytest.mark.parametrize("cfa", BAYER_PATTERNS)
@pytest.mark.parametrize("shape", [(160, 200), (159, 200), (160, 201), (157, 199)])
def test_every_phase_and_odd_sizes_up_to_the_border(cfa: str, shape: tuple[int, int]) -> None:
    light = lit(SURFACES["mint"], 2.0, 320, 400)[:, : shape[0], 200 : 200 + shape[1]]  # the lamp lies at the border
    plan, scene = developed(recorded(light, cfa=cfa))
    truth = np.einsum("oc,chw->ohw", plan.matrix.astype(float), light)
    error = hue_error(scene, truth)
    error[light[1] < 1] = 0
    assert error.max() < REBUILT_HUE_DEGREES


@pytest.mark.parametrize("neutral", [(0.5, 1.0, 0.65), (0.8, 1.0, 0.35), (1.0, 0.8, 0.9), (0.28, 1.0, 0.9)])
@pytest.mark.parametrize(
    "colour", [(1, 1, 1), (1, 0.9, 0.7), (0.6, 0.8, 1), (1, 0.3, 0.6), (0.3, 1, 0.4), (1, 0.2, 0.1)]
)
def test_a_ramp_never_turns_darker_and_ends_neutral(
    neutral: tuple[float, float, float], colour: tuple[float, float, float]
) -> None:
    ramp = np.geomspace(0.05, 40, 600)
    light = np.asarray(colour)[:, None, None] * np.broadcast_to(ramp, (64, 600))
    plan, scene = developed(recorded(light, np.array(neutral)))
    line = scene[:, 32].astype(float)
    assert plan.tables is not None
    sites = plan.tables.mosaic.array[32:34].reshape(2, 300, 2).astype(float)  # before demosaicing, which rings
    sites = np.maximum(sites, sites * plan.tables.steepness - plan.tables.bias)
    quads = sites.sum(axis=(0, 2))
    assert ((np.maximum.accumulate(quads) - quads) / quads.max()).max() < 0.005
    end = line[:, -20:]
    assert (np.ptp(end, axis=0) / end.mean(axis=0)).max() < 0.02
    if colour == (1, 1, 1):  # never magenta, nor any other colour
        assert (np.ptp(line, axis=0) / line.mean(axis=0)).max() < NEARLY_NEUTRAL
    assert end.min() >= plan.white * 0.9999  # white on any display, no grey disc


def test_nothing_changes_without_clipping() -> None:
    light = lit(SURFACES["sky"], 0.95)
    raw = recorded(light)
    assert find_clipping(raw, multipliers(NEUTRAL)) is None
    one, other = developed(raw), developed(raw, highlights="limit")
    np.testing.assert_array_equal(one[1], other[1])
    assert one[0].white == other[0].white


def test_all_clipped_is_neutral_and_white() -> None:
    plan, scene = developed(recorded(np.full((3, 64, 80), 9.0)))
    assert np.ptp(scene) / scene.mean() < 1e-4
    assert scene.min() >= plan.white * 0.9999 * highlights.BRIGHTEST  # a lamp, white three stops down


def test_what_survives_in_one_sample_is_rebuilt_from() -> None:
    light = np.full((3, 64, 80), 9.0)
    light[:, 20:24, 30:34] = 0.3
    plan, scene = developed(recorded(light))
    assert scene[:, :16].min() >= plan.white * 0.9999 * highlights.BRIGHTEST
    assert scene[:, 21:23, 31:33].max() < plan.white


def test_a_clipped_hot_pixel_stays_what_it_was() -> None:
    light = np.full((3, 64, 80), 0.2)
    raw = recorded(light)
    expected = developed(raw)[1]
    for row, column in ((30, 40), (30, 41), (31, 41)):
        hot = raw.mosaic.copy()
        hot[row, column] = 16383
        plan, scene = developed(dataclasses.replace(raw, mosaic=hot))
        assert plan.white == developed(raw)[0].white
        near = scene.copy()
        near[:, row - 4 : row + 5, column - 4 : column + 5] = expected[:, :1, :1]
        np.testing.assert_allclose(near, expected, atol=2e-4)  # of 13 bits
        assert scene.max() < 1.2 * highlights.BRIGHTEST * plan.white


@pytest.mark.filterwarnings("error")
def test_floats_and_what_is_no_number() -> None:
    light = lit(SURFACES["mint"], 2.0)
    raw = recorded(light)
    expected = developed(raw)[1]
    floats = raw.mosaic.astype(np.float32) / np.float32(16383)
    ones = {"black_level": raw.black_level / 16383, "white_level": np.ones(1)}
    near = developed(dataclasses.replace(raw, mosaic=floats, **ones))[1]
    np.testing.assert_allclose(near, expected, atol=2e-3)
    for value in (np.nan, np.inf, -np.inf, 3e38, -3e38):
        bad = floats.copy()
        bad[40, 45], bad[80, 100], bad[0, 0] = value, value, value
        scene = developed(dataclasses.replace(raw, mosaic=bad, **ones))[1]
        assert np.isfinite(scene).all()
        far = np.abs(scene - expected)
        for row, column in ((40, 45), (80, 100), (0, 0)):
            far[:, max(row - 5, 0) : row + 6, max(column - 5, 0) : column + 6] = 0
        assert far.max() < 0.02
    for value in (np.nan, np.inf):
        developed(dataclasses.replace(raw, mosaic=np.full_like(floats, value), **ones))


def test_black_patterns_and_offsets_make_no_difference() -> None:
    light = lit(SURFACES["leaf"], 2.0)
    raw = recorded(light)
    expected = developed(raw)[1]
    rows, columns = np.mgrid[:160, :200]
    pattern = np.array([[0.0, 8.0], [4.0, 12.0], [20.0, 0.0], [16.0, 4.0]])
    down, along = np.arange(160) % 7.0, np.arange(200) % 5.0
    offset = pattern[rows % 4, columns % 2] + down[:, None] + along
    clip = raw.mosaic == 16383
    black = {"black_level": 512 + pattern, "black_level_delta_v": down, "black_level_delta_h": along}
    white = {"white_level": np.array([16383.0 + 30])}
    mosaic = np.where(clip, 16413, raw.mosaic + offset).astype(np.uint16)
    scene = developed(dataclasses.replace(raw, mosaic=mosaic, **black, **white))[1]
    np.testing.assert_allclose(scene, expected, rtol=0.01, atol=0.01)


def test_under_lens_shading_hue_is_kept() -> None:
    maps = gain_maps(160, 200)
    light = lit(SURFACES["mint"], 2.0)
    even = frame(160, 200, opcode_list_2=maps)
    raw = recorded(light / reference.shading_gain(even), opcode_list_2=maps)
    plan, scene = developed(raw)
    truth = np.einsum("oc,chw->ohw", plan.matrix.astype(float), light)
    seen = (raw.mosaic == 16383) & (light.max(axis=0) < 2)
    assert seen.any() and hue_error(scene, truth)[seen].max() < REBUILT_HUE_DEGREES


@pytest.mark.parametrize("shape", [(2, 2), (3, 5), (2, 40), (9, 7)])
def test_tiny_frames(shape: tuple[int, int]) -> None:
    light = np.full((3, *shape), 0.3)
    light[:, 0, 0] = 4.0
    assert np.isfinite(developed(recorded(light))[1]).all()


def test_denoised_frames_are_rebuilt_too() -> None:
    light = lit(SURFACES["leaf"], 2.0)
    raw = recorded(light, noise_profile=np.array([[1e-4, 1e-6]]))
    noise = np.random.default_rng(3).normal(0, 1, raw.mosaic.shape) * np.sqrt(1e-4 * raw.mosaic / 16383.0) * 15871
    raw = dataclasses.replace(
        raw, mosaic=np.clip(np.rint(raw.mosaic + noise * (raw.mosaic < 16383)), 0, 16383).astype(np.uint16)
    )
    plan = development.prepare(raw, Recipe(quality="balanced", defects="none"))
    scene = plan.scene(Rectangle(0, 0, plan.width, plan.height))
    truth = np.einsum("oc,chw->ohw", plan.matrix.astype(float), light)
    seen = light[1] > 1.1
    assert np.percentile(hue_error(scene, truth)[seen], 95) < REBUILT_HUE_DEGREES


def test_saturation_under_the_white_level_is_seen() -> None:
    """Green saturates at 0.94, each pixel a little elsewhere, as action cameras do; one sample is at white."""
    light = lit((1, 1, 1), 3.0)
    raw = recorded(light)
    spread = np.random.default_rng(1).normal(0.94, 0.003, raw.mosaic.shape)
    mosaic = np.minimum(raw.mosaic, 512 + 15871 * spread).astype(np.uint16)
    mosaic[5, 5] = 16383
    for choice in ("rebuild", "limit"):
        plan, scene = developed(dataclasses.replace(raw, mosaic=mosaic), highlights=choice)
        inside = scene[:, 10:-10, 10:-10]
        assert (np.ptp(inside, axis=0) / inside.mean(axis=0)).max() < NEARLY_NEUTRAL
    end = inside[:, 60:80, 80:100]  # where all is clipped
    assert np.ptp(end) / end.mean() < 1e-3 and abs(end.mean() / plan.white - 1) < 0.01


@pytest.mark.parametrize("cfa", BAYER_PATTERNS)
@pytest.mark.parametrize(("shift", "steepness"), [(0, 2.3), (2, 1.0)])
def test_the_kernel_equals_the_reference(cfa: str, shift: int, steepness: float) -> None:
    """Every set of doubted channels, shading, black by site, tiles in a corner and off the others' grid."""
    generator = np.random.default_rng(3)
    light = np.exp(generator.normal(0, 0.8, (3, 48, 70)))
    light[:, :6, :6] = 9.0
    black = np.array([[510.0, 520], [505, 500]])
    raw = recorded(light, cfa=cfa, opcode_list_2=gain_maps(48, 70), black_level=black)
    gains = multipliers(NEUTRAL)
    thresholds = highlights.stored_thresholds(raw, np.array([0.97, 0.94, 1.0]))
    tables = sensor_tables(raw, gains, Rectangle(0, 0, 70, 48), steepness=steepness)
    shares = generator.uniform(0.05, 0.6, (PLANES, 4, 5)).astype(np.float32)
    corners = np.array([[0, 0], [32, 16], [38, 32]], np.int32)
    tiles = np.empty((3, highlights.TILE_HEIGHT, highlights.TILE_WIDTH), np.uint16)
    numbers = (np.float32(1 / 9), np.float32(2.0), np.uint16(shift))
    in_order = thresholds.ravel()[highlights.site_order(tables)]
    run("highlights", raw.mosaic, *tables.arguments[1:], in_order, shares, *numbers, corners, tiles)
    expected = plain_highlights.tiles(raw, gains, thresholds, shares, 1 / 9, 2.0, shift, corners, steepness)
    expected = np.clip(expected, 0, 65535)
    np.testing.assert_allclose(tiles, expected, rtol=REBUILT_AGAINST_REFERENCE, atol=1.0)


def quads(red: np.ndarray, green: np.ndarray, blue: np.ndarray) -> list[np.ndarray]:
    return [np.asarray(one, np.float32).ravel() for one in (red, green, green, blue)]


GAINS = multipliers(NEUTRAL)


def test_a_pile_under_white_is_saturation_where_the_others_go_on() -> None:
    grows = np.linspace(0.3, 1.8, 20_000)
    found = levels(quads(np.minimum(grows * 0.5, 0.94), np.minimum(grows, 0.94), np.minimum(0.65 * grows, 0.93)), GAINS)
    assert 0.9 < found[1] <= 0.94 and 0.9 < found[2] <= 0.93 and found[0] == 1


def test_a_pile_in_all_colours_is_saturation_where_white_would_be_none() -> None:
    found = levels(quads(*(np.full(5_000, one) for one in (0.93, 0.94, 0.93))), GAINS)
    assert (found < 0.95).all() and (found > 0.9).all()


@pytest.mark.parametrize("noise", [0.0, 1e-4, 1e-3])
def test_an_even_thing_is_no_saturation(noise: float) -> None:
    generator = np.random.default_rng(1)
    mosaics = [one * 0.93 + generator.normal(0, 1, 50_000) * np.sqrt(noise * one * 0.93) for one in NEUTRAL]
    stated = np.array([[noise, 0.0]])
    assert (levels(quads(*mosaics), GAINS) == 1).all()
    assert (levels(quads(*mosaics), GAINS, stated) == 1).all()


def test_noise_that_is_seen_in_the_pile_says_that_it_is_light() -> None:
    """A surface of one green on which red changes, with its shot noise."""
    generator = np.random.default_rng(1)
    green = 0.93 + generator.normal(0, 1, 50_000) * np.sqrt(1e-4 * 0.93)
    red = np.linspace(0.2, 0.9, 50_000)
    assert (levels(quads(red, green, red), GAINS, np.array([[1e-4, 0.0]])) == 1).all()


def test_an_action_camera_saturates_under_its_white_level(shared_data: Path) -> None:
    raw = read(shared_data / "raw/gopro_hero6_iso100.dng")
    assert raw.as_shot_neutral is not None
    clipping = find_clipping(raw, multipliers(raw.as_shot_neutral))
    assert clipping is not None
    red, green, blue = clipping.levels
    assert red > 0.95 and 0.9 < green < 0.94 and 0.86 < blue < 0.92  # as its histogram shows


def test_the_sun_is_white_three_stops_down() -> None:
    """Neither grey nor magenta, under every look; the picture's white follows the exposure."""
    y, x = np.mgrid[:200, :240]
    distance = np.hypot(x - 120, y - 100)
    sky = np.array([0.45, 0.7, 1.0])[:, None, None] * 0.4
    light = sky + 60 * np.exp(-((distance / 18) ** 4)) + np.exp(-distance / 40)
    for look in ("faithful", "lively", "documentary"):
        for stops in (0.0, -1.0, -2.0, -3.0):
            pixels = render(recorded(light), Recipe(look=look, exposure_stops=stops)).pixels.astype(int)
            assert pixels[92:109, 112:129].min() >= 254
            seen = distance < 60
            green, others = pixels[..., 1][seen], np.minimum(pixels[..., 0], pixels[..., 2])[seen]
            assert (others - green).max() < 12


@pytest.mark.parametrize("radius", [3, 8, 30])
def test_a_lamp_is_white_three_stops_down(radius: int) -> None:
    """However small it is: no grey disc, no coloured one."""
    y, x = np.mgrid[:200, :240]
    distance = np.hypot(x - 120, y - 100)
    lamp = np.array([1.2, 0.9, 0.6])[:, None, None]
    light = 0.02 + lamp * (30 * np.exp(-((distance / radius) ** 6)) + 0.4 * np.exp(-distance / 30))
    pixels = render(recorded(light), Recipe(exposure_stops=-3.0)).pixels.astype(int)
    assert pixels[distance < radius - 2].min() >= 254
    assert pixels[distance > 3 * radius + 5].max() < 120


def test_a_small_lamp_is_white_beside_a_cloud_too() -> None:
    """What rises slowly elsewhere says nothing of it."""
    y, x = np.mgrid[:480, :640]
    light = 0.02 + 2.6 * np.exp(-(((x - 160) / 80) ** 2 + ((y - 240) / 110) ** 2))
    light = light + 30 * np.exp(-((np.hypot(x - 585, y - 61) / 5) ** 6))
    pixels = render(recorded(np.broadcast_to(light, (3, 480, 640))), Recipe(exposure_stops=-3.0)).pixels
    assert pixels[np.hypot(x - 585, y - 61) < 3].min() >= 254


def test_the_glow_around_the_sun_rises_towards_it() -> None:
    """The sky clips far around the sun: no disc of one grey two stops down, but brighter inwards, and white."""
    y, x = np.mgrid[:480, :640]
    distance = np.hypot(x - 330, y - 200)
    sky = np.array([0.45, 0.7, 1.0])[:, None, None] * 0.5
    glow = np.array([1, 0.97, 0.9])[:, None, None]
    light = sky + glow * (200 * np.exp(-((distance / 18) ** 4)) + 6 * np.exp(-distance / 60))
    lost = (light * NEUTRAL[:, None, None]).min(axis=0) >= 1
    assert distance[lost].max() > 60
    pixels = render(recorded(light), Recipe(exposure_stops=-2.0)).pixels.astype(int)
    assert pixels[distance < 25].min() >= 250
    rings = [pixels[(distance >= r) & (distance < r + 8)].mean() for r in range(0, 160, 8)]
    assert (np.diff(rings) < 2).all()


def test_a_cloud_goes_on_as_it_began() -> None:
    """What rises slowly to where all is clipped rises slowly on: no white patch with a border a few stops down."""
    y, x = np.mgrid[:480, :640]
    light = 0.3 + 2.6 * np.exp(-(((x - 320) / 150) ** 2 + ((y - 240) / 110) ** 2))
    light = np.broadcast_to(light, (3, 480, 640))
    lost = (light * NEUTRAL[:, None, None]).min(axis=0) >= 1
    assert 0.05 < lost.mean() < 0.5
    plan, scene = developed(recorded(light))
    ratio = scene[1] / (plan.matrix.sum(axis=1)[1] * light[1])
    assert 0.65 < ratio[lost].min() and ratio[lost].max() < 1.35
    assert np.abs(np.diff(np.log(scene[1, 240:242].mean(axis=0)))).max() < 0.03  # its own steepest is 0.009


@pytest.mark.parametrize("across", [True, False])
@pytest.mark.parametrize("offset", [0.0, 0.5, 1.0, 1.5])
def test_grey_edges_of_clipped_light_stay_grey(across: bool, offset: float) -> None:
    """A quad's red and blue stand on two rows and columns: at an edge its greens are as unlike."""
    y, x = np.mgrid[:96, :120]
    distance = x - 60 - offset if across else y - 48 - offset
    grey = np.repeat((0.05 + 2.6 / (1 + np.exp(distance / 0.6)))[None], 3, axis=0)
    plan, scene = developed(recorded(grey), "balanced", aberration="none")
    shown = np.clip(scene / plan.white, 0, 1)[:, 12:-12, 12:-12]
    lab = oklab(np.moveaxis(shown, 0, -1).astype(float), "rec2020")
    print(across, offset, np.hypot(lab[..., 1], lab[..., 2]).max())
    assert np.hypot(lab[..., 1], lab[..., 2]).max() < GREY_EDGE_CHROMA


def test_fringes_do_not_colour_what_is_clipped() -> None:
    """A lens that spreads red and blue over dark bars makes quads purple beside a sky whose green has clipped."""
    x = np.arange(400)
    bars = (x % 100 < 30).astype(float)
    channels = []
    for sigma in (3.0, 0.7, 3.0):
        kernel = np.exp(-((np.arange(-15, 16) / sigma) ** 2) / 2)
        line = 1.3 - 1.28 * np.convolve(np.pad(bars, 15, mode="edge"), kernel / kernel.sum(), mode="valid")
        channels.append(np.broadcast_to(line, (300, 400)))
    light = np.stack(channels)
    light[:, 200:] *= 0.6  # the same sky where nothing clips
    plan, scene = developed(recorded(light), aberration="none")
    middle = scene[:, 20:180][..., np.abs(x % 100 - 65) < 8].mean(axis=(1, 2))
    assert np.ptp(middle) / middle.mean() < NEARLY_NEUTRAL


def test_a_frame_cut_and_whole_are_the_same() -> None:
    raw = recorded(lit(SURFACES["leaf"], 2.5))
    plan = development.prepare(raw, Recipe(quality="balanced"))
    whole = plan.scene(Rectangle(0, 0, plan.width, plan.height))
    np.testing.assert_array_equal(plan.scene(Rectangle(32, 50, 101, 37)), whole[:, 50:87, 32:133])


def test_what_was_read_stays_as_it_was() -> None:
    raw = recorded(lit(SURFACES["leaf"], 2.5))
    before = raw.mosaic.copy()
    clipping = find_clipping(raw, GAINS)
    assert clipping is not None
    rebuilt = rebuild(raw, GAINS, clipping)
    assert rebuilt is not None
    after = rebuilt.frame
    np.testing.assert_array_equal(raw.mosaic, before)
    assert after.mosaic.max() > after.white_level[0]
    again = rebuild(raw, GAINS, clipping, in_place=True)
    assert again is not None
    np.testing.assert_array_equal(again.frame.mosaic, after.mosaic)


def test_tiles_around_are_worked_on_where_samples_move(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = light("landscape").copy()
    pixels[:, 96:161, 96:161] = 3
    source = dataclasses.replace(frame_of(aberrated(pixels, (3.0, 0), (-3.0, 0)), iso=None), colour=COLOUR)
    seen = {}

    def spied(
        frame: RawFrame, gains: np.ndarray, clipping: highlights.Clipping, in_place: bool
    ) -> highlights.Rebuilt | None:
        seen[choice] = clipping.tiles
        assert in_place == (choice == "auto")  # the picture's own mosaic stays
        return rebuild(frame, gains, clipping, in_place)

    monkeypatch.setattr(development, "rebuild", spied)
    for choice in ("none", "auto"):
        development.prepare(source, Recipe(defects="none", denoise=0.0, aberration=choice))
    recorded, moved = seen["none"], seen["auto"]
    rows, columns = np.nonzero(recorded)
    assert 0 < len(rows) < recorded.size / 4
    for row, column in np.argwhere(np.ones_like(moved)):
        beside = (np.abs(rows - row) <= 1) & (np.abs(columns - column) <= 1)
        assert moved[row, column] == beside.any()
