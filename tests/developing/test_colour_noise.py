"""Colour noise: the kernel against its reference, noise of simulated sensors, colours that have to stay."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from developing.scenes import frame, gain_maps
from oracles import BLED, COLOUR_NOISE_AGAINST_REFERENCE, COLOUR_NOISE_LEFT, COLOUR_NOISE_MEAN, SPOT_KEPT
from tirage.colour.perception import oklab
from tirage.developing.colour_noise import ColourNoise, colour_noise
from tirage.developing.colour_noise.reference import clean, deviation
from tirage.developing.demosaic import NOISE_ROOM
from tirage.developing.demosaic.malvar2004 import reference as malvar2004
from tirage.developing.development import Development, develop, prepare
from tirage.developing.linearise import sensor_tables
from tirage.kernels.call import run
from tirage.photo.frame import BAYER_PATTERNS, RawFrame, Rectangle
from tirage.photo.image import SceneImage
from tirage.photo.levels import black_at
from tirage.photo.recipe import Recipe
from tirage.simulating import simulate

GAINS = np.array([1.9, 1.0, 1.5])


def _camera(raw: RawFrame, noise: ColourNoise, gains: np.ndarray = GAINS) -> np.ndarray:
    crop = Rectangle(0, 0, raw.width, raw.height)
    result = np.empty((3, raw.height, raw.width), np.float32)
    tables = sensor_tables(raw, gains, crop)
    run("develop_malvar2004", *tables.arguments, *noise.arguments, np.eye(3, dtype=np.float32), result)
    return result


@pytest.mark.parametrize("cfa", BAYER_PATTERNS)
@pytest.mark.parametrize("size", [(64, 78), (61, 77), (270, 35)])
@pytest.mark.parametrize("noise", [1e-4, 3e-3])
def test_the_kernel_equals_the_reference(cfa: str, size: tuple[int, int], noise: float) -> None:
    """At red pixels and at blue ones: the demosaic leaves what is recorded."""
    raw = frame(*size, cfa, opcode_list_2=gain_maps(*size))
    off, on = (
        ColourNoise(np.array([2, 9, 3, 20, 2, 8], np.float32) * np.float32(noise * 1e3), k) for k in (False, True)
    )
    plain, shown = _camera(raw, off), _camera(raw, on)
    rows, columns = np.mgrid[: size[0], : size[1]]
    colour = np.array(["RGB".index(letter) for letter in cfa])[rows % 2 * 2 + columns % 2]
    light = np.take_along_axis(plain, colour[None], axis=0)[0]
    tables = sensor_tables(raw, GAINS, Rectangle(0, 0, size[1], size[0]))
    gain = _gain(tables, size)
    top, left = 16 + int(tables.shift_y), 16 + int(tables.shift_x)
    around = [(top, 17 + (top + size[0]) % 2), (left, 17 + (left + size[1]) % 2)]
    around = [(first, last + (first + side + last) % 2) for (first, last), side in zip(around, size, strict=True)]
    wide = np.pad(light, around, mode="reflect"), np.pad(gain, around, mode="reflect"), on.noise
    wanted, noisy = (found[top : top + size[0], left : left + size[1]] for found in (clean(*wide), deviation(*wide)))
    own = np.take_along_axis(shown, colour[None], axis=0)[0]
    np.testing.assert_allclose(own, wanted, atol=COLOUR_NOISE_AGAINST_REFERENCE)
    np.testing.assert_array_equal(own[colour == 1], light[colour == 1])
    assert np.abs(own - light).max() > 1e-3
    inside = np.s_[:, 8:-8, 8:-8]  # beyond the border cleaned samples are not mirrored ones
    rgb = malvar2004.demosaic(own, cfa, NOISE_ROOM * noisy)
    np.testing.assert_allclose(shown[inside], rgb[inside], atol=COLOUR_NOISE_AGAINST_REFERENCE)
    assert np.abs(rgb - malvar2004.demosaic(own, cfa)).max() > 0.01  # something is bounded


def _gain(tables, size: tuple[int, int]) -> np.ndarray:
    row, column = np.mgrid[: size[0], : size[1]]
    y0, x0 = -tables.grid_row.origin[0], -tables.gain.origin[-1]
    first, share = tables.grid_row.array[row + y0], tables.grid_fraction.array[row + y0]
    parity = (row + int(tables.shift_y)) % 2
    table = tables.gain.array
    last = table.shape[1] - 1
    above, below = (table[parity, np.minimum(index, last), column + x0] for index in (first, first + 1))
    return above + (below - above) * share


# What it does to pictures ------------------------------------------------------------------------------------------


def _grey(luminance: np.ndarray) -> SceneImage:
    return SceneImage(np.repeat(luminance[None].astype(np.float32), 3, axis=0), white=1.404)


def _colour_deviation(pixels: np.ndarray) -> float:
    """Of Oklab a and b, in the middle."""
    lab = oklab(np.maximum(pixels[:, 40:-40, 40:-40], 0).transpose(1, 2, 0).astype(float), "rec2020")
    return float(np.hypot(lab[..., 1].std(), lab[..., 2].std()))


@pytest.mark.parametrize("iso", [800, 3200, 6400])
@pytest.mark.parametrize("level", [0.02, 0.18])
def test_colour_noise_is_less(iso: int, level: float) -> None:
    raw = simulate(_grey(np.full((256, 256), level)), iso=iso)
    before, after = (_colour_deviation(develop(raw, quality="fast", denoise=k).pixels) for k in (0.0, None))
    print(iso, level, f"{before:.4f} -> {after:.4f}")
    assert after < COLOUR_NOISE_LEFT * before


def test_brightness_stays() -> None:
    raw = simulate(_grey(np.full((256, 256), 0.18)), iso=1600)
    before, after = (develop(raw, quality="fast", denoise=k).pixels for k in (0.0, None))
    for row, other in zip(before, after, strict=True):
        assert abs(other.mean() / row.mean() - 1) < COLOUR_NOISE_MEAN


def _patches(iso: int, spot: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Red beside blue of like brightness, or a small red spot on grey: with cleaning, and without noise."""
    scene = np.full((3, 192, 192), 0.18, np.float32)
    if spot:
        scene[:, 90:98, 90:98] = np.array([0.4, 0.08, 0.06])[:, None, None]
    else:
        scene[:, :, :96] = np.array([0.35, 0.12, 0.06])[:, None, None]
        scene[:, :, 96:] = np.array([0.08, 0.16, 0.45])[:, None, None]
    image = SceneImage(scene, white=1.404)
    results = []
    for noise, denoise in ((True, None), (True, 0.0), (False, 0.0)):
        raw = simulate(image, iso=iso, noise=noise, shading=False)
        results.append(develop(raw, quality="fast", denoise=denoise).pixels)
    return results[0], results[1], results[2]


@pytest.mark.parametrize("iso", [800, 3200])
def test_colour_edges_do_not_bleed(iso: int) -> None:
    """Mean colours of columns, over the noise's: as without noise, up to the edge."""
    shown, noisy, truth = (one[:, 20:-20].mean(axis=1) for one in _patches(iso, spot=False))
    beside = np.r_[80:94, 98:112]
    contrast = np.abs(truth[:, 60] - truth[:, 130])[:, None]
    by_chance = np.abs(noisy - truth)[:, beside].max(axis=1)[:, None]
    bled = (np.abs(shown - truth)[:, beside] - by_chance) / contrast
    assert (bled < BLED[iso]).all()


@pytest.mark.parametrize("iso", [800, 3200])
def test_small_coloured_things_survive(iso: int) -> None:
    shown, _, truth = (one[0, 91:97, 91:97].mean() - one[1, 91:97, 91:97].mean() for one in _patches(iso, spot=True))
    print(iso, f"{shown / truth:.3f}")
    assert shown > SPOT_KEPT * truth


# Where it acts ------------------------------------------------------------------------------------------------------


def _plan(raw: RawFrame, **choices) -> Development:
    return prepare(raw, Recipe(**{"quality": "fast", **choices}))


def test_it_acts_where_noise_is_seen_and_nothing_else_was_asked_for() -> None:
    scene = _grey(np.linspace(0.02, 0.6, 200 * 200).reshape(200, 200))
    loud, quiet = (simulate(scene, iso=iso) for iso in (3200, 100))
    assert _plan(loud).colour_noise.applied
    assert not _plan(quiet).colour_noise.applied
    assert not _plan(loud, denoise=0.0).colour_noise.applied
    assert not _plan(loud, denoise=1.0).colour_noise.applied
    assert not _plan(loud, quality="balanced").colour_noise.applied
    unstated = dataclasses.replace(loud, noise_profile=None)
    np.testing.assert_allclose(_plan(unstated).colour_noise.noise, _plan(loud).colour_noise.noise, rtol=3, atol=1e-3)


@pytest.mark.parametrize("profile", [(np.nan, 1e-4), (-1.0, 0.0), (1e9, 1e9), (np.inf, 1.0)])
def test_absurd_profiles_take_no_colour_away(profile: tuple[float, float]) -> None:
    scene = np.full((3, 400, 400), 0.2, np.float32)
    scene[0, :, 40:60] = 0.4
    raw = simulate(SceneImage(scene, white=1.404), iso=100)
    absurd = dataclasses.replace(raw, noise_profile=np.array([profile]))
    plain, shown = develop(raw, quality="fast", denoise=0.0).pixels, develop(absurd, quality="fast").pixels
    contrast = (one[0, :, 42:58].mean() - one[0, :, :38].mean() for one in (shown, plain))
    assert next(contrast) > 0.97 * next(contrast)


@pytest.mark.parametrize("shape", [(2, 2), (3, 2), (2, 9), (17, 5)])
def test_tiny_frames(shape: tuple[int, int]) -> None:
    raw = frame(*shape, noise_profile=np.array([[1e-2, 1e-3]]))
    noise = colour_noise(raw, GAINS)
    assert np.isfinite(_camera(raw, dataclasses.replace(noise, applied=True))).all()
    assert black_at(raw, Rectangle(0, 0, 2, 2)).shape
