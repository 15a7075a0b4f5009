"""Texture and clarity: the kernel against its reference, edges without halos, noise left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from developing.scenes import frame
from oracles import TEXTURE_AGAINST_REFERENCE
from tirage.colour.spaces import luminance_weights
from tirage.finishing import finish as finishing
from tirage.finishing.grain import NO_GRAIN
from tirage.finishing.local_tone import NO_LOCAL_TONE, acts, local_tone_map
from tirage.finishing.local_tone.curve import area_curve
from tirage.finishing.look.load import load_look
from tirage.finishing.sharpen import NO_SHARPENING
from tirage.finishing.texture import NO_TEXTURE, Texture, texture
from tirage.finishing.texture.reference import texture_step
from tirage.kernels.call import Placed
from tirage.photo.frame import Rectangle
from tirage.photo.look import LocalTone
from tirage.photo.proxy import Proxy, cell_means
from tirage.photo.recipe import Recipe

WHITE = 1.404


def shown(pixels: np.ndarray, given: Texture, size: int = 16) -> np.ndarray:
    """Display values (H, W, 3) of grey scene light (H, W) under "natural" without its sharpening."""
    height, width = pixels.shape
    plan = replace(finishing.prepare(Recipe(look="natural"), WHITE, width, height), sharpening=NO_SHARPENING)
    scene = np.repeat(pixels[None].astype(np.float32), 3, axis=0)
    return replace(plan, texture=given).display(Placed(scene, (0, 0, 0)), Rectangle(0, 0, width, height), size)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 40), st.integers(1, 60), st.integers(0, 99), st.floats(-1, 1), st.sampled_from([0.0, 300.0]))
def test_the_kernel_equals_the_reference(height: int, width: int, seed: int, amount: float, noise: float) -> None:
    generator = np.random.default_rng(seed)
    light = 0.2 * 2.0 ** (generator.normal(0, 0.15, (height, width)) + 2 * (generator.random((height, width)) < 0.1))
    knots = np.array([0.0, 65535.0])
    plain = shown(light, NO_TEXTURE).astype(float) / 65535
    given = texture(amount, knots, np.full(2, noise))
    step = shown(light, given).astype(float) / 65535 - plain
    strength = amount * (1.25 if amount > 0 else 0.9)
    core = 1.2 * noise / 65535 if amount > 0 else 0.0
    expected = texture_step(plain[..., 1], strength, np.full((height, width), core))
    assert np.abs(step - expected[..., None]).max() < TEXTURE_AGAINST_REFERENCE
    assert np.ptp(step, axis=-1).max() < 1e-9


def test_detail_grows_and_shrinks_by_the_amount() -> None:
    rows, columns = np.mgrid[:120, :120]
    light = 0.18 * 2.0 ** (0.06 * np.sin(2 * np.pi * columns / 8))
    contrast = [shown(light, texture(amount))[20:100, 20:100, 1].std() for amount in (-1.0, 0.0, 0.5, 1.0)]
    assert contrast[0] < 0.6 * contrast[1] < 0.5 * contrast[2] and contrast[3] > 1.5 * contrast[1]


@pytest.mark.parametrize("amount", [-1.0, 1.0])
@pytest.mark.parametrize("stops", [1.0, 3.0])
def test_an_edge_has_no_halo(amount: float, stops: float) -> None:
    light = np.where(np.arange(80) < 40, 0.1, 0.1 * 2.0**stops) * np.ones((30, 1))
    assert np.abs(shown(light, texture(amount)).astype(int) - shown(light, NO_TEXTURE)).max() <= 2


def test_noise_that_is_known_does_not_grow() -> None:
    generator = np.random.default_rng(3)
    light = 0.18 * (1 + generator.normal(0, 0.02, (200, 200)))
    plain = shown(light, NO_TEXTURE)[..., 1].astype(float)
    known = texture(1.0, np.array([0.0, 65535.0]), np.full(2, plain.std()))
    assert shown(light, known)[..., 1].std() < 1.35 * plain.std() < shown(light, texture(1.0))[..., 1].std()


def test_no_texture_and_no_light_are_nothing() -> None:
    assert texture(0.0) is NO_TEXTURE and NO_GRAIN.step == 0
    for value in (np.nan, np.inf, -1.0):
        light = np.full((20, 20), 0.18)
        light[9, 9] = value
        assert np.isfinite(shown(light, texture(1.0)).astype(float)).all()


@pytest.mark.parametrize("quality", ["fast", "balanced"])
def test_strips_and_crops_equal_the_whole(quality: str, tmp_path) -> None:
    """With texture, clarity and grain; 16 bits go a strip at a time, 8 in one graph."""
    from tirage.pipeline import develop, finish, render

    raw = frame(310, 77, "GBRG", Rectangle(3, 2, 70, 301), orientation=6)
    path = tmp_path / "all.toml"
    text = 'schema = 1\nname = "all"\nversion = "1"\nauthor = "x"\nlicence = "CC0-1.0"\ndescription = "A test."\n'
    path.write_text(f"{text}[presence]\ntexture = 0.8\nclarity = 0.5\n[film]\ngranularity = 20.0\nframe_mm = 5.0\n")
    recipe = Recipe(look=str(path), quality=quality)
    for bit_depth in (8, 16):
        whole = render(raw, recipe, bit_depth=bit_depth).pixels
        scene = develop(raw, quality=quality)
        np.testing.assert_array_equal(finish(scene, look=str(path), bit_depth=bit_depth).pixels, whole)
        part = render(raw, replace(recipe, crop=(5, 9, 140, 31)), bit_depth=bit_depth).pixels
        np.testing.assert_array_equal(part, whole[9:40, 5:145])


# Clarity -------------------------------------------------------------------------------------------------------------


def _gain(luminance: np.ndarray, clarity: float) -> np.ndarray:
    """Stops by which clarity moves greys."""
    scene = np.repeat(luminance[None].astype(np.float32), 3, axis=0)
    proxy = Proxy(cell_means(scene, luminance_weights("rec2020")))
    height, width = luminance.shape
    plan = finishing.prepare(Recipe(), 16.0, width, height)
    plan = replace(plan, sharpening=NO_SHARPENING)
    local = local_tone_map(LocalTone(), proxy, 1.0, 16.0, clarity)
    area = Rectangle(0, 0, width, height)
    light = [
        plan.compiled.grey(np.array([0.0]))
        if one is None
        else np.interp(
            replace(plan, local_tone=one).display(Placed(scene, (0, 0, 0)), area, 16)[..., 1],
            plan.compiled.grey(np.geomspace(1e-3, 16, 4000)),
            np.geomspace(1e-3, 16, 4000),
        )
        for one in (NO_LOCAL_TONE, local)
    ]
    return np.log2(light[1] / light[0])


def test_clarity_raises_the_contrast_of_forms_most_in_the_middle_tones() -> None:
    rows, columns = np.mgrid[:320, :320]
    form = 0.25 * np.sin(2 * np.pi * columns / 80)
    added = [_gain(0.18 * 2.0 ** (stops + form), 1.0)[100:220, 80:240].std() for stops in (0, -3.5)]
    assert added[0] > 0.3 * form.std() and added[1] < 0.6 * added[0]
    less = _gain(0.18 * 2.0**form, -0.8)[100:220, 80:240]
    assert np.corrcoef(less.ravel(), form[100:220, 80:240].ravel())[0, 1] < -0.9


def test_clarity_leaves_no_halo_at_an_edge() -> None:
    luminance = np.where(np.arange(400) < 200, 0.05, 0.05 * 2.0**4) * np.ones((160, 1))
    gain = _gain(luminance, 1.0)[60:100]
    assert np.abs(np.delete(gain, np.s_[190:210], axis=1)).max() < 0.05


@given(st.floats(-1, 1), st.floats(-0.5, 1.0))
def test_contrast_of_forms_is_never_turned_round(clarity: float, local_contrast: float) -> None:
    assert area_curve(LocalTone(local_contrast=local_contrast), clarity=clarity).detail.min() > -1


def test_clarity_alone_acts() -> None:
    assert acts(LocalTone(), 0.1) and not acts(LocalTone())
    assert load_look("mono-hard").presence.clarity > 0
