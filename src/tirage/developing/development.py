"""Developing: decide everything first, then make any part of the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..kernels.call import Placed, run
from ..photo.errors import UsageError
from ..photo.frame import RawFrame, Rectangle
from ..photo.image import GREY_OFFSET_STOPS, SceneImage
from ..photo.recipe import Recipe
from .camera_colour import camera_to_scene
from .lens_shading import plane_gains
from .linearise import SensorTables, black_at, sensor_tables
from .white_balance import multipliers, neutral_for

#: The demosaic of each quality level.
METHOD_OF_QUALITY = {"fast": "malvar2004", "balanced": "menon2007", "best": "menon2007"}


@dataclass(frozen=True, eq=False)
class Development:
    """Every decision of developing, made before a pixel is touched; `scene` then makes any part of the picture.

    `crop` is the picture's place in the active area; `matrix` (3, 3) float32 takes white-balanced camera RGB to
    scene-linear Rec.2020; `white` is the scene value of the sensor's clip.
    """

    frame: RawFrame
    method: str
    crop: Rectangle
    gains: np.ndarray
    matrix: np.ndarray
    white: float
    tables: SensorTables | None

    @property
    def arguments(self) -> list:
        """The developing kernels' arguments, in call order; for mosaics only."""
        assert self.tables is not None
        return [*self.tables.arguments, self.matrix]

    def scene(self, area: Rectangle) -> np.ndarray:
        """Scene-linear Rec.2020 of `area` of the picture, (3, height, width) float32; equal for any cut into areas."""
        if self.tables is None:
            return self._scene_of_colours(area)
        pixels = np.empty((3, area.height, area.width), np.float32)
        run(f"develop_{self.method}", *self.arguments, Placed(pixels, (0, area.top, area.left)))
        return pixels

    def _scene_of_colours(self, area: Rectangle) -> np.ndarray:
        """The same for a frame that already holds three colours per pixel."""
        active = Rectangle(area.left + self.crop.left, area.top + self.crop.top, area.width, area.height)
        stored = self.frame.mosaic[:, active.top : active.bottom, active.left : active.right]
        black = black_at(self.frame, active).astype(np.float32)
        balanced = _per_plane(self.gains) * plane_gains(self.frame, active)
        scale = balanced / (_per_plane(self.frame.white_level) - black)
        scene = np.empty(stored.shape, np.float32)
        with np.errstate(invalid="ignore", over="ignore"):  # what is no number stays none; finish makes it black
            camera = np.minimum((stored.astype(np.float32) - black) * scale, balanced.min(axis=0))
            for channel in range(3):  # no BLAS: its order of additions differs between machines
                weights = self.matrix[channel]
                scene[channel] = camera[0] * weights[0] + camera[1] * weights[1] + camera[2] * weights[2]
        return scene


def _per_plane(values: np.ndarray) -> np.ndarray:
    """One float32 per colour plane, (3, 1, 1), from one value or three."""
    return np.broadcast_to(np.asarray(values, np.float64).ravel(), (3,)).astype(np.float32).reshape(3, 1, 1)


def prepare(frame: RawFrame, *, quality: str = "balanced", white_balance: str = "as-shot") -> Development:
    """Decide how `frame` is developed: see `develop` for the choices, which are those of a checked recipe."""
    neutral = neutral_for(frame, white_balance)
    gains = multipliers(neutral)
    scale = 2.0 ** (frame.baseline_exposure_stops + GREY_OFFSET_STOPS)
    matrix = (camera_to_scene(frame.colour, neutral) * scale).astype(np.float32)
    tables = sensor_tables(frame, gains, frame.default_crop) if frame.cfa else None
    return Development(frame, METHOD_OF_QUALITY[quality], frame.default_crop, gains, matrix, scale, tables)


def develop(raw: RawFrame, *, quality: str = "balanced", white_balance: str = "as-shot") -> SceneImage:
    """Turn a sensor's record into light: the default crop of `raw` as scene-linear Rec.2020 D65, 0.18 = grey.

    `quality` "fast" demosaics with Malvar 2004, "balanced" and "best" with Menon 2007. `white_balance` is "as-shot",
    "daylight", a temperature in kelvin ("5200"), or "pick:x,y", a grey spot of the upright picture. The result's
    pixels are (3, H, W) float32 in the sensor's orientation. Raises UsageError for an unknown choice, FileError where
    the frame's matrices can't be used.
    """
    recipe = Recipe(quality=quality, white_balance=white_balance).checked()
    if not isinstance(raw, RawFrame):
        raise UsageError(f"a {type(raw).__name__} can't be developed; read a RAW file first")
    development = prepare(raw, quality=quality, white_balance=white_balance)
    crop = development.crop
    return SceneImage(
        pixels=development.scene(Rectangle(0, 0, crop.width, crop.height)),
        white=development.white,
        orientation=raw.orientation,
        capture=raw.capture,
        metadata=raw.metadata,
        source=raw.source,
        notes=raw.notes,
        recipe=recipe,
    )
