"""Highlights of surfaces that differ little in what survives: each keeps the hue that it has where it is darker."""

from __future__ import annotations

import numpy as np

import tirage
from developing.scenes import COLOUR
from oracles import REBUILT_HUE_DEGREES
from tirage.colour.perception import oklab
from tirage.photo.frame import RawFrame, Rectangle

NEUTRAL = np.array([0.45, 1.0, 0.6])
BLACK, WHITE = 512, 16383
SURFACES = ((1.0, 0.9, 0.7), (0.7, 1.0, 0.6), (0.9, 1.0, 0.5), (0.8, 1.0, 1.1))
HEIGHT, WIDTH = 480, 640


def shot(light: np.ndarray) -> RawFrame:
    """What a sensor without noise records of white-balanced light (3, H, W) of which 1 is where green clips."""
    mosaic = light[1].copy()
    mosaic[::2, ::2], mosaic[1::2, 1::2] = NEUTRAL[0] * light[0, ::2, ::2], NEUTRAL[2] * light[2, 1::2, 1::2]
    return RawFrame(
        mosaic=np.clip(np.rint(mosaic * (WHITE - BLACK) + BLACK), 0, WHITE).astype(np.uint16),
        cfa="RGGB",
        black_level=np.full((1, 1), float(BLACK)),
        white_level=np.array([float(WHITE)]),
        default_crop=Rectangle(0, 0, WIDTH, HEIGHT),
        colour=COLOUR,
        as_shot_neutral=NEUTRAL,
        noise_profile=np.array([[1e-6, 1e-8]]),
    )


def test_walls_of_different_colours_in_one_light() -> None:
    """Bands lit from one side, up to a stop over green's clip: nothing that is not clipped lies near the brightest."""
    band = np.arange(HEIGHT) * len(SURFACES) // HEIGHT
    light = np.array(SURFACES)[band].T[:, :, None] * np.linspace(0.1, 2.0, WIDTH)
    scene, truth = (
        tirage.develop(shot(light * factor), quality="best", denoise=0.0, defects="none", aberration="none").pixels
        for factor in (1, 1 / 4)
    )
    one, other = (oklab(np.moveaxis(np.maximum(each, 0), 0, -1).astype(float), "rec2020") for each in (scene, truth))
    a, b = one[..., 1] + 1j * one[..., 2], other[..., 1] + 1j * other[..., 2]
    error = np.degrees(np.abs(np.angle(a * np.conj(b))))
    stored = light * NEUTRAL[:, None, None]
    seen = (stored[1] >= 1) & (stored[[0, 2]] < 0.85).all(axis=0)
    rows = np.arange(HEIGHT)
    seen &= (np.abs(rows % (HEIGHT // len(SURFACES)) - HEIGHT // len(SURFACES) / 2) < 50)[:, None]
    assert seen.mean() > 0.2
    assert error[seen].mean() < REBUILT_HUE_DEGREES
