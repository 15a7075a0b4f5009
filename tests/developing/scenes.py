"""Small frames for the tests of developing, random but structured, with every field that matters."""

from __future__ import annotations

import numpy as np

from tirage.photo.frame import CameraColour, Illuminant, RawFrame, Rectangle
from tirage.photo.operations import AreaSpec, GainMap

#: XYZ to camera of an ordinary sensor under D65 and standard illuminant A (made up, well conditioned).
COLOUR = CameraColour(
    (
        Illuminant(2850.0, np.array([[0.9, -0.2, -0.1], [-0.35, 1.2, 0.15], [-0.05, 0.15, 0.5]])),
        Illuminant(6500.0, np.array([[0.8, -0.25, -0.08], [-0.4, 1.2, 0.2], [-0.08, 0.2, 0.6]])),
    )
)


def structured(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Edges, gradients and noise in 0..1, (H, W) float64."""
    generator = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width]
    smooth = 0.4 + 0.3 * np.sin(columns / 7.3) * np.cos(rows / 5.1)
    edges = 0.3 * ((columns + 2 * rows) % 23 > 11)
    return np.clip(smooth + edges + generator.normal(0, 0.05, (height, width)), 0, 1)


def gain_maps(frame_height: int, frame_width: int, points: tuple[int, int] = (5, 7)) -> tuple[GainMap, ...]:
    """One map per CFA site, each with a corner gain of its own."""
    v, h = np.meshgrid(np.linspace(-1, 1, points[0]), np.linspace(-1, 1, points[1]), indexing="ij")
    maps = []
    for index in range(4):
        top, left = divmod(index, 2)
        gains = (1 + (0.3 + 0.1 * index) * (v**2 + h**2) / 2).astype(np.float32)[:, :, None]
        spec = AreaSpec(Rectangle(left, top, frame_width - left, frame_height - top), row_pitch=2, column_pitch=2)
        maps.append(GainMap(spec, 1 / (points[0] - 1), 1 / (points[1] - 1), 0.0, 0.0, gains))
    return tuple(maps)


def frame(
    height: int = 61, width: int = 77, cfa: str = "RGGB", crop: Rectangle | None = None, seed: int = 0, **fields
) -> RawFrame:
    """A 14-bit frame with a black level per site, clipped highlights and a pixel below black."""
    mosaic = np.rint(500 + structured(height, width, seed) * 17000).clip(0, 16383).astype(np.uint16)
    mosaic[min(3, height - 1), min(5, width - 1)] = 480
    values = {
        "mosaic": mosaic,
        "cfa": cfa,
        "black_level": np.array([[500.0, 504.0], [508.0, 512.0]]),
        "white_level": np.array([16383.0]),
        "default_crop": crop or Rectangle(0, 0, width, height),
        "colour": COLOUR,
        "as_shot_neutral": np.array([0.5, 1.0, 0.6]),
    }
    return RawFrame(**{**values, **fields})
