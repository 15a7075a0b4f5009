"""The judge sees what it must see, and nothing of a developer's taste."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tirage.conformance.item import Bounds, Item, Patch
from tirage.conformance.judge import judged
from tirage.conformance.scenes import HEIGHT, WIDTH, checkerboard, flat, lit, photograph


def item(judge: str, **fields: object) -> Item:
    return dataclasses.replace(Item("name", "feature", "section", (), None, judge=judge), **fields)


def display(light: np.ndarray, gamma: float = 2.2) -> np.ndarray:
    return np.clip(light, 0, 1).astype(np.float32) ** np.float32(1 / gamma)


@pytest.mark.parametrize("shift", [0.0, 0.25, 0.5, 1.5, 4.0])
def test_geometry_measures_a_shift_in_pixels(shift: float) -> None:
    straight = display(lit(checkerboard))
    moved = display(lit(checkerboard, top=0.6 * shift, left=0.8 * shift))
    verdict = judged(item("geometry"), moved, straight)
    assert verdict.measured["residual_px"] == pytest.approx(shift, abs=0.05)
    assert verdict.right == (shift <= 0.3)


def test_geometry_does_not_see_tone_and_sharpness() -> None:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    straight = display(checkerboard(x, y), gamma=1.0)
    sharper = display(np.clip(checkerboard(x, y) * 2 - 0.2, 0, 1), gamma=2.4)
    assert judged(item("geometry"), sharper, straight).right


def test_shading_measures_corners_in_light() -> None:
    even = lit(flat)
    y, x = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    falloff = 1 - 0.4 * (x**2 + y**2) / 2
    dark = even * falloff[..., None]
    verdict = judged(item("shading"), display(dark), display(even))
    assert not verdict.right
    assert verdict.measured["corner"] == pytest.approx(falloff[8:24, 8:32].mean(), abs=0.03)


def test_a_stop_a_shift_a_mirror_and_swapped_colours_are_wrong() -> None:
    picture = display(lit(photograph))
    brighter = display(lit(photograph) * 2)
    for other in (brighter, np.roll(picture, 2, axis=1), picture[:, ::-1], picture[..., ::-1]):
        assert not judged(item("same"), other, picture).right
    assert judged(item("same"), picture, picture).right
    assert not judged(item("same"), picture[:, :-1], picture).right


def test_pictures_that_show_nothing_are_wrong() -> None:
    black = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    for judge in ("same", "shading", "geometry"):
        assert not judged(item(judge), black, black).right
    assert not judged(item("same", bounds=Bounds(1, 1)), black, black).right


def test_not_a_number_is_wrong() -> None:
    picture = display(lit(photograph))
    broken = picture.copy()
    broken[80, 100] = np.nan
    assert not judged(item("same"), broken, picture).right


@pytest.mark.parametrize(
    ("name", "colour", "right"),
    [
        ("red", (0.6, 0.2, 0.2), True),
        ("red", (0.2, 0.2, 0.6), False),
        ("green", (0.2, 0.5, 0.3), True),
        ("blue", (0.3, 0.3, 0.32), False),
        ("neutral", (0.5, 0.51, 0.5), True),
        ("neutral", (0.6, 0.5, 0.6), False),
        ("clipped", (1.0, 1.0, 1.0), True),
        ("clipped", (1.0, 0.8, 1.0), False),
        ("clipped", (0.4, 0.4, 0.4), False),
    ],
)
def test_colours_are_named(name: str, colour: tuple[float, float, float], right: bool) -> None:
    picture = np.broadcast_to(np.float32(colour), (HEIGHT, WIDTH, 3))
    patches = (Patch(0.2, 0.2, 0.8, 0.8, name),)
    assert judged(item("patches", patches=patches), picture, None).right == right
