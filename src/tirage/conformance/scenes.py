"""What the conformance files show: light as functions of continuous places, so that a warp needs no resampling.

Light is white-balanced camera RGB, (..., 3), 0..1 where 1 is the sensor's clip under equal gains. Pixel (row, column)
is centred on (y, x) = (row + 0.5, column + 0.5). Edges are ten pixels wide, so that demosaicing hardly counts.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

#: Pixels of most pictures of the set.
HEIGHT, WIDTH = 160, 240
Scene = Callable[[np.ndarray, np.ndarray], np.ndarray]

#: Across, down (fractions), radius (of the height), light.
_DISCS = (
    (0.17, 0.24, 0.13, (0.52, 0.12, 0.09)),
    (0.42, 0.20, 0.11, (0.13, 0.36, 0.12)),
    (0.66, 0.26, 0.14, (0.08, 0.14, 0.45)),
    (0.88, 0.34, 0.10, (0.55, 0.46, 0.08)),
    (0.20, 0.62, 0.12, (0.30, 0.10, 0.34)),
    (0.46, 0.58, 0.15, (0.70, 0.70, 0.70)),
    (0.74, 0.66, 0.11, (0.025, 0.025, 0.025)),
    (0.91, 0.78, 0.09, (0.10, 0.38, 0.40)),
)


def photograph(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Sky, ground and coloured discs: broad histogram, no symmetry, no detail finer than ten pixels."""
    u, v = x[..., None] / WIDTH, y[..., None] / HEIGHT
    sky = np.array((0.22, 0.33, 0.50)) * (1.15 - 0.75 * v) + 0.10 * np.exp(-((u - 0.3) ** 2 + (v - 0.1) ** 2) / 0.05)
    ground = np.array((0.17, 0.19, 0.09)) * (1 + 0.45 * np.sin(17 * u + 5 * v) * np.sin(11 * v - 7 * u))
    light = _mix(sky, ground, _soft(20 * (v - 0.48 - 0.06 * np.sin(5 * u))))
    for across, down, radius, colour in _DISCS:
        distance = np.hypot(x - across * WIDTH, y - down * HEIGHT) - radius * HEIGHT
        light = _mix(light, np.array(colour), _soft(-distance / 6)[..., None])
    ramp = np.clip(u, 0, 1) ** 2 * 0.6 + 0.01
    return _mix(light, np.repeat(ramp, 3, axis=-1), _soft((y[..., None] / HEIGHT - 0.88) * 25))


def flat(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """An evenly lit grey wall with a few faint spots, so that it can be told from an empty picture."""
    spots = 0.06 * np.sin(x / 19) * np.sin(y / 17)
    return np.repeat((0.30 + spots)[..., None], 3, axis=-1)


#: Side of a square of the checkerboard, in pixels.
SQUARE = 20


def checkerboard(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Dark and bright squares, edges about two pixels wide."""
    waves = np.sin(np.pi * (x - 0.3 * SQUARE) / SQUARE) * np.sin(np.pi * (y - 0.3 * SQUARE) / SQUARE)
    return np.repeat((0.22 + 0.17 * np.tanh(4 * waves))[..., None], 3, axis=-1)


def dim(scene: Scene, factor: float) -> Scene:
    """`scene` under less light."""
    return lambda x, y: scene(x, y) * factor


def lit(
    scene: Scene = photograph, height: int = HEIGHT, width: int = WIDTH, top: float = 0, left: float = 0
) -> np.ndarray:
    """`scene` on a grid of pixels, (height, width, 3) float64, the first pixel's corner at `top`, `left`."""
    y, x = np.mgrid[0:height, 0:width] + 0.5
    return scene(x + left, y + top)


def _mix(below: np.ndarray, above: np.ndarray, cover: np.ndarray) -> np.ndarray:
    return below + (above - below) * cover


def _soft(signed: np.ndarray) -> np.ndarray:
    """0 far below zero, 1 far above, smooth between -1 and 1."""
    t = np.clip((signed + 1) / 2, 0, 1)
    return t * t * (3 - 2 * t)
