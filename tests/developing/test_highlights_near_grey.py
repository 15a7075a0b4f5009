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
