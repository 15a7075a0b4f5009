"""Highlights of surfaces that differ little in what survives: each keeps the hue that it has where it is darker."""

from __future__ import annotations

import numpy as np

import tirage
from developing.highlight_scenes import hue_error, recorded
from oracles import REBUILT_HUE_DEGREES

NEUTRAL = np.array([0.45, 1.0, 0.6])
SURFACES = ((1.0, 0.9, 0.7), (0.7, 1.0, 0.6), (0.9, 1.0, 0.5), (0.8, 1.0, 1.1))
HEIGHT, WIDTH = 480, 640


def test_walls_of_different_colours_in_one_light() -> None:
    """Bands lit from one side, up to a stop over green's clip: nothing that is not clipped lies near the brightest."""
    band = np.arange(HEIGHT) * len(SURFACES) // HEIGHT
    light = np.array(SURFACES)[band].T[:, :, None] * np.linspace(0.1, 2.0, WIDTH)
    frames = [recorded(light * factor, NEUTRAL, noise_profile=np.array([[1e-6, 1e-8]])) for factor in (1, 1 / 4)]
    scene, truth = (
        tirage.develop(frame, quality="best", denoise=0.0, defects="none", aberration="none").pixels for frame in frames
    )
    error = hue_error(scene, truth)
    stored = light * NEUTRAL[:, None, None]
    seen = (stored[1] >= 1) & (stored[[0, 2]] < 0.85).all(axis=0)
    rows = np.arange(HEIGHT)
    seen &= (np.abs(rows % (HEIGHT // len(SURFACES)) - HEIGHT // len(SURFACES) / 2) < 50)[:, None]
    assert seen.mean() > 0.2
    assert error[seen].mean() < REBUILT_HUE_DEGREES


def test_a_red_thing_does_not_colour_the_wall_beside_it() -> None:
    """Of the wall two colours clip beside the red thing, of whose colours only red comes near its clip."""
    y, x = np.mgrid[:240, :320]
    wall = np.array([0.8, 1, 0.9])[:, None, None] * np.linspace(0.5, 2, 240)[:, None]
    red = np.array([1.7, 0.15, 0.3])[:, None, None] * (1 + 0.1 * np.sin(x / 3) * np.sin(y / 2))
    light = np.where((x > 200) & (y > 120), red, wall)
    neutral = np.array([0.5, 1.0, 0.65])
    frames = [recorded(light / darker, neutral) for darker in (1, 4)]
    scene, truth = (
        tirage.develop(frame, denoise=0.0, defects="none", aberration="none", highlights=choice).pixels
        for frame, choice in zip(frames, ("rebuild", "limit"), strict=True)
    )
    seen = (light[1] >= 1) & (x > 150) & (x < 196)
    assert hue_error(scene, truth)[seen].mean() < 2 * REBUILT_HUE_DEGREES
