"""Small bursts with known truth: a smooth function sampled where each frame looks, so that shifts are exact."""

from __future__ import annotations

import numpy as np

from tirage.photo.frame import CameraColour, Capture, RawFrame, Rectangle

BLACK, WHITE = 256.0, 4095.0
NOISE = (2e-3, 2e-5)


def light(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The scene at any place, (..., 3) in 0..0.9: shades, an edge and ripples that a mosaic can carry."""
    shade = 0.25 + 0.1 * np.sin(x / 31) * np.cos(y / 23) + 0.06 * np.sin(x / 4.1 + y / 9.7) + 0.05 * np.sin(y / 3.7)
    edge = 0.3 / (1 + np.exp(-(x - 0.4 * y - 40) / 1.2)) - 0.12 / (1 + np.exp(-(y + 0.3 * x - 130) / 1.5))
    blob = 0.2 * np.exp(-((x - 130) ** 2 + (y - 60) ** 2) / 200)
    value = np.clip(shade + edge + blob, 0.01, 0.9)
    return np.stack([0.55 * value, value, 0.7 * value], -1)


def mosaic_of(height: int, width: int, cfa: str = "RGGB", move=None, scene=light) -> np.ndarray:
    """The scene's mosaic (height, width), pixel (y, x) looking at `move(y, x)`."""
    y, x = (axis.astype(np.float64) for axis in np.mgrid[:height, :width])
    if move is not None:
        y, x = move(y, x)
    index = np.array([["RGB".index(cfa[2 * i + j]) for j in (0, 1)] for i in (0, 1)])
    rows, columns = np.mgrid[:height, :width] % 2
    return np.take_along_axis(scene(y, x), index[rows, columns][..., None], -1)[..., 0]


def frame_of(
    values: np.ndarray, cfa: str = "RGGB", noise=NOISE, stated: bool = True, seed: int = 0, **changes
) -> RawFrame:
    """A 12-bit frame of light in 0..1, with noise of (scale, offset) unless None."""
    if noise is not None:
        random = np.random.default_rng(seed)
        values = values + random.standard_normal(values.shape) * np.sqrt(noise[0] * values + noise[1])
    stored = np.clip(np.rint(values * (WHITE - BLACK) + BLACK), 0, WHITE).astype(np.uint16)
    height, width = values.shape
    given = {
        "noise_profile": np.array([noise]) if noise is not None and stated else None,
        "capture": Capture(make="Test", model="Phone", exposure_s=0.1, iso=400.0),
        "source": f"IMG_{seed}.dng",
        **changes,
    }
    return RawFrame(
        mosaic=stored,
        cfa=cfa,
        black_level=np.full((1, 1), BLACK),
        white_level=np.array([WHITE]),
        default_crop=Rectangle(0, 0, width, height),
        colour=CameraColour(()),
        **given,
    )


def shifted(down: float, across: float):
    return lambda y, x: (y + down, x + across)


SHIFTS = [(0.0, 0.0), (3.3, -5.6), (-7.4, 2.1), (11.7, 9.2), (-2.5, -11.4), (0.6, 4.9)]


def burst(height: int = 192, width: int = 256, cfa: str = "RGGB", noise=NOISE, count: int = 6, **changes):
    """(frames, truth): shifted by fractions of pixels up to 12."""
    frames = [
        frame_of(mosaic_of(height, width, cfa, shifted(*SHIFTS[n % 6])), cfa, noise, seed=n, **changes)
        for n in range(count)
    ]
    return frames, mosaic_of(height, width, cfa)


def light_of(frame: RawFrame) -> np.ndarray:
    """A frame's light in units of the reference's clip."""
    black = frame.black_level[0, 0]
    return (frame.mosaic - black) / (frame.white_level[0] - black) * 2.0**frame.baseline_exposure_stops


def psnr(found: np.ndarray, truth: np.ndarray) -> float:
    return float(-10 * np.log10(np.mean((found - truth) ** 2)))
