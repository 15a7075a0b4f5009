"""The sensor and its lens: light becomes stored numbers, strip by strip."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..developing.camera_colour import camera_to_scene
from ..photo.errors import UsageError
from ..photo.image import GREY_OFFSET_STOPS
from ..photo.operations import AreaSpec, GainMap, Rectangle
from ..photo.sensor import SensorProfile
from .photograph import through

#: Rows that are exposed at a time. Each strip has random numbers of its own, so this is part of the result.
STRIP_ROWS = 64

#: Points of the shading maps down and across, as many as phones write.
MAP_POINTS = (25, 33)

#: Light is cut here, in multiples of the clip: no noise brings it back, and Poisson numbers stay small.
_BRIGHTEST = 8.0

RED_GREEN_BLUE = "RGB"


def scene_to_sensor(profile: SensorProfile, exposure_stops: float) -> tuple[np.ndarray, np.ndarray]:
    """(3, 3) from scene-linear Rec.2020 to the sensor's range 0..1 under daylight, and its inverse."""
    neutral = profile.daylight_neutral / profile.daylight_neutral.max()
    to_scene = camera_to_scene(profile.colour, neutral) @ np.diag(1 / neutral) * 2.0**GREY_OFFSET_STOPS
    to_sensor = np.linalg.inv(to_scene) * 2.0**exposure_stops
    return to_sensor, to_scene


def sensor_light(to_sensor: np.ndarray, scene: np.ndarray) -> np.ndarray:
    """What the sensor receives of `scene` (3, H, W), 1 = clip; colours that it can't tell apart from black are 0."""
    return np.maximum(through(to_sensor, scene), 0)


def noise_at(profile: SensorProfile, iso: float) -> tuple[float, float]:
    """(scale, offset) of the variance scale * x + offset at `iso`, log-log between the profile's rows.

    Raises UsageError outside their range.
    """
    if not profile.noise_per_iso:
        raise UsageError(f"sensor {profile.name!r} states no noise; simulate without")
    isos, scales, offsets = np.array(profile.noise_per_iso).T
    if not isos[0] <= iso <= isos[-1]:
        raise UsageError(f"ISO {iso:g} is out of range; sensor {profile.name!r} has {isos[0]:g}..{isos[-1]:g}")
    position = np.log2(iso)
    scale, offset = (2.0 ** np.interp(position, np.log2(isos), np.log2(column)) for column in (scales, offsets))
    return float(scale), float(offset)


def shading_maps(profile: SensorProfile, cfa: str, height: int, width: int) -> tuple[GainMap, ...]:
    """The gains that undo the lens's falloff, one map for each site of the 2x2 filters.

    Falloff follows the cosine-fourth law, 1 / (1 + k r^2)^2 with r = 1 in the corner, k for the stops that the
    profile loses there in each colour.
    """
    if not any(profile.shading_stops):
        return ()
    points_v, points_h = MAP_POINTS
    v, h = np.linspace(-1, 1, points_v)[:, None], np.linspace(-1, 1, points_h)[None]
    r_squared = (v**2 * height**2 + h**2 * width**2) / (height**2 + width**2)
    maps = []
    for site, letter in enumerate(cfa):
        top, left = divmod(site, 2)
        k = 2.0 ** (profile.shading_stops[RED_GREEN_BLUE.index(letter)] / 2) - 1
        gains = ((1 + k * r_squared) ** 2).astype(np.float32)[..., None]
        spec = AreaSpec(Rectangle(left, top, width - left, height - top), row_pitch=2, column_pitch=2)
        maps.append(GainMap(spec, 1 / (points_v - 1), 1 / (points_h - 1), 0.0, 0.0, gains))
    return tuple(maps)


def gains_of(gain_map: GainMap, rows: np.ndarray, columns: np.ndarray, height: int, width: int) -> np.ndarray:
    """The map's gains at these rows and columns of an active area of `height` x `width` (DNG 1.7.1, GainMap)."""

    def around(pixels: np.ndarray, count: int, points: int) -> tuple[np.ndarray, np.ndarray]:
        position = (pixels + 0.5) / count * (points - 1)
        first = np.minimum(position.astype(np.intp), points - 2)
        return first, (position - first).astype(np.float32)

    grid = gain_map.gains[..., 0]
    row, v = around(rows, height, grid.shape[0])
    column, h = around(columns, width, grid.shape[1])
    lines = grid[row] * (1 - v)[:, None] + grid[row + 1] * v[:, None]
    return lines[:, column] * (1 - h) + lines[:, column + 1] * h


def expose(
    scene: np.ndarray,
    to_sensor: np.ndarray,
    profile: SensorProfile,
    cfa: str,
    maps: tuple[GainMap, ...],
    noise: tuple[float, float] | None,
    seed: int,
) -> np.ndarray:
    """The mosaic (H, W) uint16 that the sensor stores of `scene` (3, H, W)."""

    def filtered(rows: np.ndarray) -> np.ndarray:
        light = sensor_light(to_sensor, scene[:, rows[0] : rows[-1] + 1])
        received = np.empty(light.shape[1:], np.float32)
        for site, letter in enumerate(cfa):
            own = sites_of(site, rows)
            received[own] = light[RED_GREEN_BLUE.index(letter)][own]
        return received

    return record(filtered, scene.shape[1:], profile, cfa, maps, noise, seed)


def sites_of(site: int, rows: np.ndarray) -> tuple[slice, slice]:
    """Where the samples of `site` of the 2x2 filters lie in a strip of `rows`."""
    return slice((site // 2 - rows[0]) % 2, None, 2), slice(site % 2, None, 2)


def record(
    filtered: Callable[[np.ndarray], np.ndarray],
    size: tuple[int, ...],
    profile: SensorProfile,
    cfa: str,
    maps: tuple[GainMap, ...],
    noise: tuple[float, float] | None,
    seed: int,
) -> np.ndarray:
    """The mosaic (H, W) uint16 that the sensor stores, `filtered(rows)` being what its filters let through.

    Through the lens; photons arrive by Poisson's law, the read noise is Gaussian; then black level, rounding, clipping
    to 0..white level.
    """
    height, width = size
    mosaic = np.empty((height, width), np.uint16)
    span = np.float32(profile.white_level - profile.black_level)
    columns = np.arange(width)
    for top in range(0, height, STRIP_ROWS):
        rows = np.arange(top, min(top + STRIP_ROWS, height))
        received = filtered(rows)
        for site, gain_map in enumerate(maps):
            own = sites_of(site, rows)
            received[own] /= gains_of(gain_map, rows[own[0]], columns[own[1]], height, width)
        if noise is not None:
            received = _noisy(np.minimum(received, _BRIGHTEST), *noise, seed=seed, strip=top // STRIP_ROWS)
        stored = np.rint(received * span + np.float32(profile.black_level))
        mosaic[rows] = np.clip(stored, 0, profile.white_level)
    return mosaic


def _noisy(received: np.ndarray, scale: float, offset: float, *, seed: int, strip: int) -> np.ndarray:
    """`received` with variance scale * received + offset. Philox counts up, so every strip has its own numbers."""
    random = np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 0, strip]))
    photons = random.poisson(received / np.float32(scale)) if scale else received
    read_noise = random.standard_normal(received.shape, np.float32) * np.float32(offset**0.5)
    return (photons * (scale or 1.0)).astype(np.float32) + read_noise
