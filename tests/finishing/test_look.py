"""The look: the tables against direct evaluation, and what the rendering keeps."""

from __future__ import annotations

import colorsys
from dataclasses import replace

import numpy as np
import pytest

from oracles import (
    HUE_SWEEP_DEGREES,
    LOOK_TABLE,
    LOOK_TABLE_OTHERS,
    LOOK_TABLE_WORST,
    SAME_COLOUR_OTHER_SPACE,
    SKIN_HUE_DEGREES,
)
from tirage.colour.perception import cie_lab, delta_e_2000, from_oklab, oklab
from tirage.colour.spaces import rgb_to_rgb, rgb_to_xyz, transformed
from tirage.colour.transfer import srgb_decode, srgb_encode
from tirage.finishing import finish as finishing
from tirage.finishing.exposure import clip_white
from tirage.finishing.grain import NO_GRAIN
from tirage.finishing.local_tone import NO_LOCAL_TONE
from tirage.finishing.look.compile import CompiledLook, compile_look, knot_light, shaper_knots
from tirage.finishing.look.load import load_look, shipped_looks
from tirage.finishing.look.reference import render, saturated
from tirage.finishing.look.tone import GREY, LEAST_WHITE
from tirage.finishing.sharpen import NO_SHARPENING
from tirage.finishing.texture import NO_TEXTURE
from tirage.kernels.call import Placed, run
from tirage.photo.frame import Rectangle
from tirage.photo.look import Colour, Optics
from tirage.photo.recipe import Recipe

WHITES = (LEAST_WHITE, 1.404, 4.0, 16.0)
SPACES = ("srgb", "display-p3")
every_look = pytest.mark.parametrize("name", shipped_looks())
#: Looks that give greys a colour, looks without colours, and the looks that promise colours as they were.
TINTING = {"sepia", "cyanotype", "sunlit"}
MONOCHROME = {name for name in shipped_looks() if load_look(name).monochrome.response != "colour"}
neutral_look = pytest.mark.parametrize("name", [name for name in shipped_looks() if name not in TINTING])
coloured_look = pytest.mark.parametrize("name", [name for name in shipped_looks() if name not in MONOCHROME])
#: Looks without spared skin, sectors or filters, which bend along no plane of the table.
HELD_EXACTLY = {"faithful", "documentary", "lively", "natural", "standard", "bright"}
every_space = pytest.mark.parametrize("space", SPACES)


def _colours(white: float) -> np.ndarray:
    """Scene colours (n, 3) up to `white`: every mixture of light and dark channels, moderate ones, hues, greys."""
    generator = np.random.default_rng(7)
    top = np.log2(white)
    level = generator.uniform(-10, top, (40_000, 1))
    hue = np.array([colorsys.hsv_to_rgb(h, s, 1) for h in np.linspace(0, 1, 120) for s in (0.3, 0.7, 0.98)])
    return np.concatenate(
        [
            2.0 ** generator.uniform(-12, top, (40_000, 3)),
            2.0 ** (level + generator.uniform(-3, 0, (40_000, 3))),
            (hue * 2.0 ** np.linspace(-10, top, 60)[:, None, None]).reshape(-1, 3),
            np.repeat(2.0 ** np.linspace(-12, top, 2000)[:, None], 3, axis=1),
        ]
    ).astype(np.float32)


def through_kernel(compiled: CompiledLook, scene: np.ndarray) -> np.ndarray:
    """R'G'B' (n, 3) uint16 of scene colours (n, 3) after exposure: the finishing kernel, without its sharpening."""
    result = np.zeros((1, len(scene), 3), np.uint16)
    run(
        "finish_16_bit",
        np.ascontiguousarray(scene.T[:, None], np.float32),
        compiled.primaries.astype(np.float32),
        *(np.float32(0) for _ in range(4)),  # no corner shading
        compiled.shaper,
        compiled.table,
        np.float32(compiled.gamut_threshold),
        np.int32(0),
        *NO_SHARPENING.arguments,
        np.int32(len(scene)),
        np.int32(1),
        *NO_LOCAL_TONE.arguments,
        *NO_TEXTURE.arguments,
        *NO_GRAIN.arguments,
        result.transpose(2, 0, 1),
    )
    return result[0].astype(int)


@every_look
@every_space
@pytest.mark.parametrize("white", WHITES)
def test_the_tables_equal_direct_evaluation(name: str, space: str, white: float) -> None:
    look = load_look(name)
    scene = _colours(white)
    wrong = np.abs(through_kernel(compile_look(look, white, space), scene) / 65535 - render(scene, look, white, space))
    assert np.quantile(wrong.max(axis=-1), 0.999) < (LOOK_TABLE if name in HELD_EXACTLY else LOOK_TABLE_OTHERS)
    assert wrong.max() < (LOOK_TABLE if name in HELD_EXACTLY else LOOK_TABLE_WORST)


@every_space
@pytest.mark.parametrize("name", ["faithful", "lively"])  # documentary shades the corners
def test_the_kernel_shows_the_look(name: str, space: str) -> None:
    colours = _colours(1.3)[::41]
    scene = np.repeat(np.repeat(colours.T[:, None, :], 5, axis=1), 5, axis=2)  # flat, so that sharpening does nothing
    height, width = scene.shape[1:]
    plan = finishing.prepare(Recipe(look=name, colour_space=space), 1.404, width, height)  # no proxy, no local tone
    pixels = plan.display(Placed(scene, (0, 0, 0)), Rectangle(0, 0, width, height), 16)
    expected = render(colours, load_look(name), clip_white(1.404, 1.0), space)
    assert np.abs(pixels[2, 2::5] / 65535 - expected).max() < LOOK_TABLE


@every_look
@every_space
@pytest.mark.parametrize("white", [*WHITES, 1.2, 2.345, 11.0])
def test_greys_are_neutral_rise_and_end_at_white(name: str, space: str, white: float) -> None:
    compiled = compile_look(load_look(name), white, space)
    ramp = np.concatenate([[0, white, white * 1.01, 100], np.geomspace(1e-5, 20, 3000)]).astype(np.float32)
    codes = through_kernel(compiled, np.repeat(ramp[:, None], 3, axis=1))
    tone = load_look(name).tone
    ends = [65535 * srgb_encode(np.array(light)) for light in (tone.black, tone.white)]
    assert np.diff(codes[4:], axis=0).min() >= (0 if name not in TINTING else -16)
    if name in TINTING:
        assert np.abs(codes[1:4] - ends[1]).max() < 1
        return
    assert (codes.max(axis=-1) - codes.min(axis=-1)).max() <= 2  # of 65535: the matrix's rows add up in float32
    assert np.abs(codes[0] - ends[0]).max() < 16 and np.abs(codes[1:4] - ends[1]).max() < 1


@pytest.mark.parametrize("curve", ["linear", "sigmoid"])
@pytest.mark.parametrize("white", [*WHITES, 1.2, 2.345, 11.0])
def test_the_shaper_rises_to_the_white_point(curve: str, white: float) -> None:
    tone = replace(load_look("lively").tone, curve=curve)
    knots = shaper_knots(tone, white)
    light = knot_light()
    assert np.diff(knots[light < white]).min() > 0
    assert np.diff(knots).min() >= 0 and knots[0] == 0 and knots[-1] <= 65535


@coloured_look
@every_space
def test_a_hue_sweep_keeps_its_hues(name: str, space: str) -> None:
    hues = srgb_decode(np.array([colorsys.hsv_to_rgb(h, 0.9, 1) for h in np.linspace(0, 1, 180, endpoint=False)]))
    scene = transformed(hues * np.geomspace(0.01, 4.0, 60)[:, None, None], rgb_to_rgb("srgb", "rec2020"))
    for white in (1.404, 4.0, 16.0):
        shown = oklab(srgb_decode(render(scene, load_look(name), white, space)), space)
        true = oklab(scene, "rec2020")
        turn = np.arctan2(shown[..., 2], shown[..., 1]) - np.arctan2(true[..., 2], true[..., 1])
        coloured = np.hypot(shown[..., 1], shown[..., 2]) > 0.02
        assert np.abs(np.angle(np.exp(1j * turn), deg=True))[coloured].mean() < HUE_SWEEP_DEGREES.get(name, 3.0)


@every_space
def test_faithful_is_colorimetry_under_its_shoulder(space: str) -> None:
    """Colours 10 % inside the space and under two stops over grey: the colour itself, encoded."""
    colours = np.random.default_rng(9).uniform(0.1, 1, (2000, 3)) * np.geomspace(1e-3, 0.72, 2000)[:, None]
    scene = transformed(colours, rgb_to_rgb(space, "rec2020"))
    np.testing.assert_allclose(render(scene, load_look("faithful"), 1.404, space), srgb_encode(colours), atol=1e-9)


@coloured_look
def test_highlights_lose_colour_gracefully(name: str) -> None:
    """Up to the white point, chroma has one rise and one fall, and ends low; lightness only rises."""
    for hue in np.linspace(0, 2 * np.pi, 12, endpoint=False):
        colour = from_oklab(np.array([0.6, 0.1 * np.cos(hue), 0.1 * np.sin(hue)]), "rec2020")
        scene = colour / colour.max() * np.geomspace(0.05, 16, 200)[:, None]
        shown = oklab(srgb_decode(render(scene, load_look(name), 8.0, "srgb")), "srgb")
        chroma = np.hypot(shown[:, 1], shown[:, 2])
        peak = int(chroma.argmax())
        assert np.diff(shown[:, 0]).min() > -1e-6
        assert np.diff(chroma[: peak + 1]).min() > -1e-3 and np.diff(chroma[peak:]).max() < 1e-3
        assert chroma[-1] < 0.7 * chroma.max()


@coloured_look
def test_skin_stays_skin(name: str) -> None:
    """Light skin of the ColorChecker (sRGB 194, 150, 130), two stops either way: hue within 4 degrees, no cast."""
    skin = transformed(srgb_decode(np.array([194, 150, 130]) / 255), rgb_to_rgb("srgb", "rec2020"))
    scene = skin * 2.0 ** np.linspace(-2, 1, 10)[:, None]
    shown = oklab(srgb_decode(render(scene, load_look(name), 1.404, "srgb")), "srgb")
    true = oklab(skin, "rec2020")
    turn = np.degrees(np.arctan2(shown[:, 2], shown[:, 1]) - np.arctan2(true[2], true[1]))
    assert np.abs(turn).max() < SKIN_HUE_DEGREES.get(name, 4.0)


@every_look
def test_both_spaces_show_the_same_colour(name: str) -> None:
    generator = np.random.default_rng(10)
    lab = np.stack([generator.uniform(0.3, 0.9, 2000), *generator.uniform(-0.07, 0.07, (2, 2000))], axis=-1)
    scene = from_oklab(lab, "rec2020")
    white = rgb_to_xyz("srgb").sum(axis=1)
    seen = [
        cie_lab(transformed(srgb_decode(render(scene, load_look(name), 1.404, space)), rgb_to_xyz(space)), white)
        for space in SPACES
    ]
    assert delta_e_2000(*seen).mean() < SAME_COLOUR_OTHER_SPACE


@every_space
@pytest.mark.parametrize("gain", [0.0, 0.7, 1.3, 2.0])
def test_saturation_stays_inside_the_space(space: str, gain: float) -> None:
    axis = np.linspace(0, 1, 24) ** 2.2
    cube = np.stack(np.meshgrid(axis, axis, axis), axis=-1)
    result = saturated(cube, Colour(saturation=gain), 1.0, space)
    assert result.min() > -0.003 and result.max() < 1.003  # half an 8-bit code where encoding is steepest
    before, after = oklab(cube, space), oklab(result, space)
    np.testing.assert_allclose(after[..., 0], before[..., 0], atol=1e-9)
    if gain == 0:
        assert np.ptp(result, axis=-1).max() < 1e-9


def test_warmth_leaves_luminance_and_white() -> None:
    look = load_look("faithful")
    warm = replace(look, colour=Colour(white_balance_mired=40.0))
    grey = srgb_decode(render(np.full((1, 3), GREY), warm, 1.404, "srgb"))[0]
    assert grey[0] > 1.05 * grey[1] > 1.1 * grey[2]
    assert grey @ rgb_to_xyz("srgb")[1] == pytest.approx(GREY, rel=1e-3)
    assert render(np.full((1, 3), 1.404), warm, 1.404, "srgb").min() == pytest.approx(1)


@every_look
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -5.0, 3e38])
def test_bad_light_gives_a_colour_all_the_same(name: str, value: float) -> None:
    scene = np.array([[value, 0.2, 0.3], [value] * 3, [0.1, 0.2, value]])
    result = render(scene, load_look(name), 1.404, "srgb")
    assert np.isfinite(result).all() and result.min() >= 0 and result.max() <= 1
    codes = through_kernel(compile_look(load_look(name), 1.404, "srgb"), scene.astype(np.float32))
    assert codes.min() >= 0 and codes.max() <= 65535


def test_tables_are_made_once() -> None:
    look = load_look("lively")
    again = replace(look, description="The same tables.")
    assert compile_look(look, 1.404, "srgb") is compile_look(again, 1.404, "srgb")


@every_look
def test_an_8_bit_gradient_shows_no_banding(name: str) -> None:
    """Over 11 stops and 4096 columns: the mean of 64 rows goes on evenly, never by more than a third of a code."""
    ramp = (GREY * 2.0 ** np.linspace(-8, 3, 4096)).astype(np.float32)
    plan = replace(finishing.prepare(Recipe(look=name), 1.404, 4096, 64), grain=NO_GRAIN)
    scene = Placed(np.broadcast_to(ramp, (3, 64, 4096)).copy(), (0, 0, 0))
    shade = replace(plan, look=replace(plan.look, optics=Optics()))  # corners would darken its ends
    shown = shade.display(scene, Rectangle(0, 0, 4096, 64), 8).mean(axis=0) @ np.array([0.2126, 0.7152, 0.0722])
    assert np.diff(shown).max() < 1 / 3 and np.diff(shown).min() > -0.1
