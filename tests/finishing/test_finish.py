"""Finishing kernels against their NumPy references, and finishing as a whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tirage
from developing.scenes import frame, gain_maps
from oracles import SHAPER_AGAINST_REFERENCE
from portability.cases import _shaper as synthetic_shaper
from tirage.developing.development import develop
from tirage.finishing import finish as finishing
from tirage.finishing.encode.reference import to_8_bit
from tirage.finishing.grain import NO_GRAIN
from tirage.finishing.lens_character import falloff
from tirage.finishing.local_tone import NO_LOCAL_TONE
from tirage.finishing.look.compile import GAMUT_THRESHOLD
from tirage.finishing.look.kernel_reference import inside_gamut, through_shaper, through_table
from tirage.finishing.sharpen import sharpening
from tirage.finishing.sharpen.reference import sharpen
from tirage.finishing.texture import NO_TEXTURE
from tirage.kernels.call import Placed, run
from tirage.photo.frame import Rectangle
from tirage.photo.image import SceneImage
from tirage.photo.orientation import upright
from tirage.photo.recipe import Recipe
from tirage.pipeline import render

#: Rec.2020 to some smaller space: no row equals a column.
PRIMARIES = np.array([[1.5, -0.4, -0.1], [-0.15, 1.2, -0.05], [0.02, -0.12, 1.1]])


def _table(seed: int) -> np.ndarray:
    """A random, rough table: every interpolation weight shows."""
    values = np.random.default_rng(seed).integers(0, 65536, (33**3, 3)).astype(np.uint64)
    return values[:, 0] | values[:, 1] << np.uint64(16) | values[:, 2] << np.uint64(32)


def _identity_table() -> np.ndarray:
    node = np.minimum(np.arange(33) * 2048, 65535).astype(np.uint64)
    blue, green, red = np.meshgrid(node, node, node, indexing="ij")
    return (red | green << np.uint64(16) | blue << np.uint64(32)).ravel()


def _run(scene: np.ndarray, table: np.ndarray, gain: float, corner: float, strength: float, bits: int) -> np.ndarray:
    height, width = scene.shape[1:]
    x, y = (width - 1) / 2, (height - 1) / 2
    numbers = [np.float32(v) for v in (falloff(corner), x, y, 1 / np.hypot(x, y))]
    arguments = [
        (gain * PRIMARIES).astype(np.float32),
        *numbers,
        synthetic_shaper(),
        table,
        np.float32(GAMUT_THRESHOLD),
        np.int32(0),
        *sharpening(strength).arguments,
        np.int32(width),
        np.int32(height),
        *NO_LOCAL_TONE.arguments,
        *NO_TEXTURE.arguments,
        *NO_GRAIN.arguments,
    ]
    result = np.zeros((height, width, 3), np.uint8 if bits == 8 else np.uint16)
    run(f"finish_{bits}_bit", scene, *arguments, result.transpose(2, 0, 1))
    return result


def _exposed(scene: np.ndarray, gain: float, corner: float) -> np.ndarray:
    """Scene light after exposure and corner shading, (H, W, 3) float64, in the primaries of the output."""
    height, width = scene.shape[1:]
    rows, columns = np.mgrid[:height, :width]
    square = ((rows - (height - 1) / 2) ** 2 + (columns - (width - 1) / 2) ** 2) / (
        ((height - 1) / 2) ** 2 + ((width - 1) / 2) ** 2
    )
    shading = (1 - falloff(corner) * square**2) ** 2
    return np.moveaxis(scene, 0, -1) @ PRIMARIES.T * gain * shading[..., None]


def _scene(height: int, width: int, seed: int) -> np.ndarray:
    """Light over the whole range, with colours outside the gamut and below zero."""
    generator = np.random.default_rng(seed)
    light = 2.0 ** generator.uniform(-13, 5, (1, height, width)) * generator.normal(1, 0.6, (3, height, width))
    return light.astype(np.float32)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 40), st.integers(1, 70), st.integers(0, 99), st.sampled_from([0.5, 1.0, 3.7]))
def test_light_and_coordinates_equal_the_reference(height: int, width: int, seed: int, gain: float) -> None:
    """Without sharpening and with an identity table, the 16-bit kernel shows the shaper's coordinates."""
    scene = _scene(height + 1, width + 1, seed)
    result = _run(scene, _identity_table(), gain, -0.5, 0.0, 16).astype(np.int64)
    expected = through_shaper(inside_gamut(_exposed(scene, gain, -0.5)), synthetic_shaper())
    # float32 light against float64 may fall on the other side of a rounding
    assert np.abs(result - np.minimum(expected, 65535)).max() <= SHAPER_AGAINST_REFERENCE


@pytest.mark.parametrize("seed", range(3))
def test_the_table_equals_the_reference_exactly(seed: int) -> None:
    scene = np.abs(_scene(21, 40, seed))
    coordinates = _run(scene, _identity_table(), 1.0, 0.0, 0.0, 16).astype(np.int64)
    inside = coordinates.max(axis=-1) < 63488  # in the last cell the identity table itself is bent
    result = _run(scene, _table(seed), 1.0, 0.0, 0.0, 16).astype(np.int64)
    assert inside.mean() > 0.5
    np.testing.assert_array_equal(result[inside], through_table(coordinates, _table(seed))[inside])


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 50), st.integers(2, 90), st.integers(0, 99), st.sampled_from([0.1, 0.35, 1.5]))
def test_sharpening_and_dither_equal_the_reference_exactly(height: int, width: int, seed: int, strength: float) -> None:
    scene = np.abs(_scene(height, width, seed))
    plain = _run(scene, _identity_table(), 1.0, 0.0, 0.0, 16)
    sharpened = sharpen(plain, *sharpening(strength).arguments)
    np.testing.assert_array_equal(_run(scene, _identity_table(), 1.0, 0.0, strength, 16), sharpened)
    np.testing.assert_array_equal(_run(scene, _identity_table(), 1.0, 0.0, strength, 8), to_8_bit(sharpened))


def test_dither_keeps_the_mean_black_and_white() -> None:
    for value in (0, 1, 255, 128 * 257, 30000, 65535):
        codes = to_8_bit(np.full((200, 200, 3), value))
        assert codes.mean() == pytest.approx(value / 65535 * 255, abs=0.02)
    assert to_8_bit(np.full((9, 9, 3), 65535)).min() == 255
    assert to_8_bit(np.zeros((9, 9, 3), int)).max() == 0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38, -3e38])
@pytest.mark.parametrize("bits", [8, 16])
def test_a_bad_pixel_stays_local_and_is_the_same_everywhere(value: float, bits: int) -> None:
    scene = np.abs(_scene(40, 60, 1))
    clean = _run(scene, _identity_table(), 1.0, -0.3, 0.4, bits)
    spoilt = scene.copy()
    spoilt[:, 20, 30] = value
    spoilt[1, 10, 11] = value
    result = _run(spoilt, _identity_table(), 1.0, -0.3, 0.4, bits)
    touched = np.zeros((40, 60), bool)
    touched[18:23, 28:33] = touched[8:13, 9:14] = True
    np.testing.assert_array_equal(result[~touched], clean[~touched])
    if not value > 0:
        assert result[20, 30].max() <= np.iinfo(result.dtype).max // 8  # NaN and darkness are black, but for sharpening


# The whole ---------------------------------------------------------------------------------------------------------


def _grey_scene(levels: np.ndarray) -> SceneImage:
    return SceneImage(np.broadcast_to(levels.astype(np.float32), (3, 4, levels.size)).copy(), white=1.404)


@pytest.mark.parametrize("look", ["faithful", "documentary", "lively"])
@pytest.mark.parametrize("space", ["srgb", "display-p3"])
def test_a_grey_ramp_stays_neutral_and_rises(look: str, space: str) -> None:
    ramp = np.geomspace(1e-4, 20, 400)
    pixels = tirage.finish(_grey_scene(ramp), look=look, colour_space=space, bit_depth=16).pixels.astype(int)
    assert (pixels.max(axis=-1) - pixels.min(axis=-1)).max() <= 33  # 0.13 of an 8-bit code
    eight = tirage.finish(_grey_scene(ramp), look=look, colour_space=space).pixels.astype(int)
    assert (eight.max(axis=-1) - eight.min(axis=-1)).max() <= 1
    plain = pixels[2, :, 1]
    assert np.diff(plain[::4]).min() >= -2  # of 65535: sharpening at the foot of the ramp
    assert plain[-1] == 65535


def test_clipped_light_is_display_white_whatever_the_headroom() -> None:
    for white in (1.02, 1.404, 3.0, 11.0):
        scene = SceneImage(np.full((3, 8, 8), white, np.float32), white=white)
        for look in ("faithful", "documentary", "lively"):
            # the middle: a look may darken corners
            assert tirage.finish(scene, look=look).pixels[3:5, 3:5].min() >= 254, (white, look)


def test_exposure_moves_light_by_stops() -> None:
    ramp = np.geomspace(1e-3, 0.5, 100)
    brighter = tirage.finish(_grey_scene(ramp * 2), bit_depth=16).pixels
    exposed = tirage.finish(_grey_scene(ramp), exposure_stops=1.0, bit_depth=16).pixels
    middle = ramp * 2 < 0.3  # well under the shoulder, and local tone's: exposure also moves the white point
    np.testing.assert_allclose(exposed[:, middle], brighter[:, middle].astype(float), atol=40)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("quality", ["fast", "balanced"])
@pytest.mark.parametrize("bit_depth", [8, 16])
def test_the_fused_graph_the_strips_and_the_two_verbs_are_equal(orientation: int, quality: str, bit_depth: int) -> None:
    crop = Rectangle(3, 2, 70, 301)
    raw = frame(310, 77, "GBRG", crop, opcode_list_2=gain_maps(310, 77), orientation=orientation)
    recipe = Recipe(look="documentary", quality=quality, exposure_stops=0.3, colour_space="display-p3")
    rendered = render(raw, recipe, bit_depth=bit_depth)
    scene = develop(raw, quality=quality)
    finished = tirage.finish(
        scene, look="documentary", exposure_stops=0.3, colour_space="display-p3", bit_depth=bit_depth
    )
    np.testing.assert_array_equal(rendered.pixels, finished.pixels)
    assert rendered.pixels.shape == ((70, 301, 3) if orientation > 4 else (301, 70, 3))
    part = render(raw, Recipe(**{**recipe.__dict__, "crop": (5, 9, 40, 31)}), bit_depth=bit_depth)
    np.testing.assert_array_equal(part.pixels, rendered.pixels[9:40, 5:45])


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (7, 1), (64, 5), (65, 6), (131, 3)])
def test_pictures_are_turned_whole(orientation: int, shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(1).integers(0, 65536, (*shape, 3)).astype(np.uint16)
    shown = finishing.displayed(pixels.copy(), Recipe(), orientation)
    np.testing.assert_array_equal(shown, upright(pixels, orientation))
    assert shown.flags.c_contiguous


def test_three_colour_frames_are_finished_alike() -> None:
    colours = np.random.default_rng(1).integers(0, 4000, (3, 300, 50)).astype(np.uint16)
    raw = frame(300, 50, mosaic=colours, cfa=None, black_level=np.full((1, 1), 100.0), white_level=np.array([4000.0]))
    for bit_depth in (8, 16):
        rendered = render(raw, Recipe(), bit_depth=bit_depth)
        np.testing.assert_array_equal(rendered.pixels, tirage.finish(develop(raw), bit_depth=bit_depth).pixels)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 3), (17, 1), (5, 200)])
def test_small_and_odd_pictures(shape: tuple[int, int]) -> None:
    scene = SceneImage(np.full((3, *shape), 0.18, np.float32), white=1.404)
    pixels = tirage.finish(scene, bit_depth=16).pixels
    assert pixels.shape == (*shape, 3)
    np.testing.assert_allclose(pixels / 65535, 0.4613561, atol=0.001)  # sRGB of 0.18


def test_size_keeps_light() -> None:
    checker = np.indices((200, 300)).sum(axis=0) % 2 * 0.5
    scene = SceneImage(np.broadcast_to(checker.astype(np.float32), (3, 200, 300)).copy(), white=1.404)
    small = tirage.finish(scene, size=100)
    assert small.pixels.shape == (67, 100, 3)
    sharp = tirage.finish(scene).pixels / 255
    light = np.where(sharp <= 0.04045, sharp / 12.92, ((sharp + 0.055) / 1.055) ** 2.4).mean()
    result = small.pixels[5:-5, 5:-5].mean() / 255
    assert ((result + 0.055) / 1.055) ** 2.4 == pytest.approx(light, rel=0.02)
    assert tirage.finish(scene, size=5000).pixels.shape == (200, 300, 3)


@pytest.mark.parametrize(
    "choice, words",
    [
        ({"look": "livley"}, "lively"),
        ({"colour_space": "srgb2"}, "srgb"),
        ({"exposure_stops": float("nan")}, "finite"),
        ({"exposure_stops": 11.0}, "range"),
        ({"bit_depth": 12}, "8 or 16"),
        ({"crop": (0, 0, 99, 1)}, "inside"),
        ({"crop": (0, 0, 0, 1)}, "inside"),
        ({"size": 0}, "range"),
    ],
)
def test_bad_choices_are_refused(choice: dict, words: str) -> None:
    with pytest.raises(tirage.UsageError, match=words):
        tirage.finish(_grey_scene(np.full(20, 0.2)), **choice)


def test_bad_scenes_are_refused() -> None:
    for pixels in (np.zeros((4, 5, 3), np.float32), np.zeros((3, 4, 5)), np.zeros((3, 0, 5), np.float32)):
        with pytest.raises(tirage.UsageError, match="float32"):
            tirage.finish(SceneImage(pixels, white=1.0))


def test_strips_reach_two_pixels_beyond() -> None:
    assert finishing.grown(Rectangle(0, 0, 5, 5), 5, 9) == Rectangle(0, 0, 5, 7)
    assert finishing.grown(Rectangle(2, 3, 1, 1), 9, 9) == Rectangle(0, 1, 5, 5)
    placed = Placed(np.zeros((3, 4, 5), np.float32), (0, 0, 0))
    assert placed.origin == (0, 0, 0)
