"""Defringe: the kernel against its reference, which frames have fringes, what is left of them, and what is harmed."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tirage
from developing.aberration_scenes import NOISE, WHITE, light
from developing.fringe_scenes import (
    BARK,
    BLUE_SKY,
    GREEN,
    GREY,
    LEAVES,
    PETALS,
    PURPLE,
    SHARP,
    SKY,
    backlit,
    neon,
    seen,
)
from oracles import FRINGE_CODE, FRINGE_LEFT
from tirage.developing.defringe import defringed, light_of, reference, without_fringes
from tirage.developing.defringe.scan import scan
from tirage.developing.development import prepare
from tirage.kernels.call import Placed, run
from tirage.photo.errors import UnsupportedFileError
from tirage.photo.frame import BAYER_PATTERNS, RawFrame
from tirage.photo.recipe import Recipe

THINGS = {"grey": GREY, "bark": BARK, "leaves": LEAVES, "petals": PETALS}
SKIES = {"white": SKY, "blue": BLUE_SKY}


def light_planes(frame: RawFrame) -> np.ndarray:
    """Red and blue samples as light up to the clip, (2, h, w)."""
    known, mosaic = light_of(frame, None), frame.mosaic
    (left, top) = known.shift
    planes = []
    for k in (0, 1):
        stored = mosaic[(k - top) % 2 :: 2, (k - left) % 2 :: 2].astype(float)
        planes.append(np.clip((stored - known.black[3 * k]) * known.scale[3 * k], 0, 1))
    shape = np.min([plane.shape for plane in planes], axis=0)
    return np.stack([plane[: shape[0], : shape[1]] for plane in planes])


def off(frame: RawFrame, truth: RawFrame) -> float:
    """Mean error of red and blue light, in parts of the clip."""
    return float(np.abs(light_planes(frame) - light_planes(truth)).mean())


@settings(max_examples=15)
@given(
    height=st.integers(48, 150),
    width=st.integers(48, 210),
    seed=st.integers(0, 1000),
    amount=st.sampled_from([1.0, 0.4, -0.3, -1.0]),
)
def test_the_kernel_equals_its_reference(height: int, width: int, seed: int, amount: float) -> None:
    mosaic = (np.random.default_rng(seed).random((height, width)) ** 3 * 15000 + 490).astype(np.uint16)
    black, scale = np.array([500, 501, 502, 503.0]), np.array([2, 1, 1, 1.6]) / 15000
    found = np.empty_like(mosaic)
    run("defringe", mosaic, black.astype(np.float32), scale.astype(np.float32), np.float32(amount), found)
    expected = reference.defringed(mosaic, black, scale, amount).astype(int)
    assert (expected != mosaic).any()
    assert np.abs(found - expected).max() <= FRINGE_CODE


def test_parts_equal_the_whole() -> None:
    frame = seen(backlit(BARK, BLUE_SKY), PURPLE, cfa="GBRG")
    known = light_of(frame, None)
    whole = np.empty((frame.height + known.shift[1], frame.width + known.shift[0]), np.uint16)
    numbers = known.black.astype(np.float32), known.scale.astype(np.float32), np.float32(1)
    run("defringe", Placed(frame.mosaic, known.shift[::-1]), *numbers, whole)
    np.testing.assert_array_equal(
        defringed(known, 1.0).mosaic, whole[known.shift[1] :, known.shift[0] :][: frame.height, : frame.width]
    )


@pytest.mark.parametrize("iso", NOISE)
@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("sky", SKIES)
def test_a_lens_in_focus_is_left_alone(thing: str, sky: str, iso: int) -> None:
    frame = seen(backlit(THINGS[thing], SKIES[sky]), SHARP, iso)
    assert without_fringes(frame) is frame


def test_neon_flowers_and_purple_ribbons_are_left_alone() -> None:
    for scene in (neon(), backlit(PETALS, SKY, seed=3), light("drawing"), light("discs") * 2):
        frame = seen(scene, SHARP)
        assert without_fringes(frame) is frame


@pytest.mark.parametrize(("sigmas", "sign"), [(PURPLE, 1), (GREEN, -1)])
@pytest.mark.parametrize("thing", ["grey", "bark", "leaves"])
def test_fringes_are_taken_away(thing: str, sigmas: tuple[float, ...], sign: int) -> None:
    scene = backlit(THINGS[thing], SKY)
    frame, truth = seen(scene, sigmas), seen(scene, (sigmas[1],) * 3, iso=None)
    assert sign * scan(light_of(frame, None)) == 1.0
    clean = without_fringes(frame)
    assert off(clean, truth) < FRINGE_LEFT[sign, thing] * off(frame, truth)
    green = np.add.outer(np.arange(frame.height), np.arange(frame.width)) % 2 == 1
    np.testing.assert_array_equal(clean.mosaic[green], frame.mosaic[green])


@pytest.mark.parametrize("cfa", BAYER_PATTERNS)
def test_every_phase_and_odd_sizes(cfa: str) -> None:
    scene = backlit(BARK, SKY)[:, :401, :533]
    frame, truth = seen(scene, PURPLE, cfa=cfa), seen(scene, (0.7,) * 3, iso=None, cfa=cfa)
    assert off(without_fringes(frame), truth) < FRINGE_LEFT[1, "bark"] * off(frame, truth)


def test_purple_away_from_bright_edges_stays() -> None:
    """In a frame that has fringes, a ribbon of 4 px, a flower and a violet sky keep their colour."""
    scene = backlit(BARK, SKY)
    scene[:, 300:] = np.reshape((0.2, 0.2, 0.2), (3, 1, 1))
    scene[:, 380:384], scene[:, 400:440, 100:140] = (np.reshape(PETALS, (3, 1, 1)) * k for k in (1.0, 2.0))
    frame = seen(scene, PURPLE)
    clean = without_fringes(frame)
    assert clean is not frame
    np.testing.assert_array_equal(clean.mosaic[330:], frame.mosaic[330:])
    known = light_of(dataclasses.replace(frame, mosaic=frame.mosaic.copy()), None)
    np.testing.assert_array_equal(defringed(known, scan(known), in_place=True).mosaic, clean.mosaic)


def test_what_is_wide_keeps_its_colour_beside_bright_edges() -> None:
    """A purple wall up to the edge of a window: the wall is touched only where light has leaked on it."""
    scene = np.empty((3, 480, 640))
    scene[:] = np.reshape((0.12, 0.04, 0.2), (3, 1, 1))
    for top in range(60, 420, 120):
        scene[:, top : top + 60, 80:560] = 3.0
    frame = seen(scene, (0.7, 0.7, 0.7))
    changed = light_planes(defringed(light_of(frame, None), 1.0)) - light_planes(frame)
    assert np.abs(changed).mean() < 1e-3


def test_a_real_file_without_fringes(shared_data: Path) -> None:
    frame = tirage.read(shared_data / "raw/canon_x4_colorchecker.dng")
    assert without_fringes(frame) is frame


def test_a_real_file_with_them(shared_data: Path) -> None:
    """Girders before a bright sky, whose blue is spread by a pixel."""
    frame = tirage.read(shared_data / "raw/gopro_hero6_iso100.dng")
    known = light_of(frame, None)
    assert scan(known) > 0.5
    clean = without_fringes(frame)
    assert np.mean(clean.mosaic != frame.mosaic) < 0.02
    assert abs(scan(light_of(clean, None))) < 0.1


@pytest.mark.parametrize("thing", ["grey", "bark", "leaves"])
@pytest.mark.parametrize("sky", SKIES)
def test_faint_fringes_are_seen(thing: str, sky: str) -> None:
    """Blue that is spread by little more than a pixel, as by a small wide lens."""
    assert scan(light_of(seen(backlit(THINGS[thing], SKIES[sky]), (1.0, 0.7, 1.3)), None)) > 0.5


@pytest.mark.parametrize("value", [0, 500, 4000, int(WHITE), 65535])
def test_flat_frames(value: int) -> None:
    frame = seen(backlit(), SHARP)
    flat = dataclasses.replace(frame, mosaic=np.full_like(frame.mosaic, value))
    assert without_fringes(flat) is flat


@settings(max_examples=20)
@given(height=st.integers(1, 90), width=st.integers(1, 90), amount=st.sampled_from([0.0, 1.0, -1.0]))
def test_tiny_frames(height: int, width: int, amount: float) -> None:
    frame = seen(np.random.default_rng(height).random((3, height, width)) * 2, SHARP)
    without_fringes(frame)
    if amount:
        assert defringed(light_of(frame, None), amount).mosaic.shape == (height, width)


def test_floats_that_are_no_numbers() -> None:
    frame = seen(backlit(BARK), PURPLE)
    values = frame.mosaic.astype(np.float32)
    values[::97, ::53], values[5::111, ::31], values[::101, 7::17] = np.nan, np.inf, -np.inf
    clean = without_fringes(dataclasses.replace(frame, mosaic=values))
    assert clean.mosaic.dtype == np.uint16
    nothing = dataclasses.replace(frame, mosaic=np.full_like(values, np.nan))
    assert without_fringes(nothing) is nothing


def test_what_is_no_bayer_mosaic() -> None:
    frame = seen(backlit(), SHARP)
    planes = dataclasses.replace(frame, cfa=None, mosaic=np.stack([frame.mosaic] * 3))
    assert without_fringes(planes) is planes
    with pytest.raises(UnsupportedFileError):
        without_fringes(dataclasses.replace(frame, cfa="RGBW"))


@pytest.mark.parametrize(
    ("aberration", "quality", "kept"),
    [("auto", "balanced", False), ("auto", "best", False), ("none", "best", True), ("auto", "fast", True)],
)
def test_the_recipe_decides(aberration: str, quality: str, kept: bool) -> None:
    frame = seen(backlit(BARK), PURPLE)
    recipe = Recipe(quality=quality, defects="none", denoise=0.0, highlights="limit", aberration=aberration)
    assert (prepare(frame, recipe).frame.mosaic is frame.mosaic) == kept
