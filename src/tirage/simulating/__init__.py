"""Simulating: the RAW frame that a sensor would have recorded of a photograph, with the ground truth.

Photograph -> light (sRGB curve) -> the sensor's colour (inverse of what developing does, under daylight) -> lens
shading (with the GainMaps that undo it) -> Bayer filters -> noise of the ISO -> stored integers. Developing the frame
gives `ground_truth` back, but for noise, interpolation and clipping.

Model: Foi et al. (2008), "Practical Poissonian-Gaussian noise modeling and fitting for single-image raw-data";
cosine-fourth falloff. Domain: sRGB pictures, or scene-linear Rec.2020; range: RawFrame. Limits: highlights that
the picture has lost stay lost (its white lies half a stop under the sensor's clip); no blur, no fixed pattern.
`burst` makes handheld bursts of such frames.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__
from ..photo.errors import UsageError
from ..photo.frame import BAYER_PATTERNS, Capture, Metadata, RawFrame, Rectangle
from ..photo.image import GREY_OFFSET_STOPS, SceneImage
from ..photo.sensor import load_sensor
from .exposure import expose, noise_at, scene_to_sensor, sensor_light, shading_maps
from .photograph import Picture, scene_light, through

DEFAULT_SENSOR = "generic-phone"


def simulate(
    picture: Picture,
    *,
    sensor: str | Path = DEFAULT_SENSOR,
    iso: float = 100,
    seed: int = 0,
    exposure_stops: float = 0.0,
    shading: bool = True,
    noise: bool = True,
    cfa: str | None = None,
) -> RawFrame:
    """The frame that `sensor` records of `picture`: the same picture, settings and `seed` give the same frame.

    `picture` is a file (JPEG, PNG, TIFF, WebP), an array (H, W, 3) of uint8 or uint16 sRGB codes, or a SceneImage.
    `sensor` names a sensor or its TOML file. `iso` chooses the noise alone; `exposure_stops` the light: at 0 sRGB
    white reaches 1 / 1.404 of the sensor's clip. `shading`: the lens darkens the corners, and GainMaps undo it.
    `cfa` goes before the sensor's own filters. The frame's NoiseProfile includes rounding.

    Raises FileError for a file that can't be read, UsageError for any other request that makes no sense.
    """
    settings = {"sensor": sensor, "iso": iso, "exposure_stops": exposure_stops, "shading": shading, "cfa": cfa}
    blank, scene, to_sensor, made = prepared(picture, noise=noise, seed=seed, **settings)
    light = to_sensor, made["profile"], made["cfa"], made["maps"], made["noise"], made["seed"]
    return replace(blank, mosaic=expose(scene, *light))


def prepared(
    picture: Picture,
    *,
    sensor: str | Path = DEFAULT_SENSOR,
    iso: float = 100,
    seed: int = 0,
    exposure_stops: float = 0.0,
    shading: bool = True,
    noise: bool | tuple[float, float] = True,
    cfa: str | None = None,
) -> tuple[RawFrame, np.ndarray, np.ndarray, dict[str, Any]]:
    """What frames of `picture` share: a frame with no light on it, the scene's light, (3, 3) from that to the sensor's,
    and the profile, filters, gain maps, noise, seed and rounding that recording takes.
    """
    profile = load_sensor(sensor)
    cfa = cfa or profile.cfa
    if cfa not in BAYER_PATTERNS:
        raise UsageError(f"unknown colour filters {cfa!r}; they may be {', '.join(BAYER_PATTERNS)}")
    if not 0 <= seed < 2**64:
        raise UsageError(f"seed {seed} is out of range; it may be 0 to {2**64 - 1}")
    if not 0 < iso < math.inf:
        raise UsageError(f"ISO {iso:g} makes no sense; give one above 0")
    _check_exposure(exposure_stops)
    scale, offset = noise if isinstance(noise, tuple) else noise_at(profile, iso) if noise else (0.0, 0.0)
    if not (0 <= scale < 1 and 0 <= offset < 1):
        raise UsageError(f"noise of variance {scale:g} x + {offset:g} makes no sense; give a scale and an offset, 0..1")
    scene = scene_light(picture)
    height, width = scene.shape[1:]
    maps = shading_maps(profile, cfa, height, width) if shading else ()
    to_sensor, _ = scene_to_sensor(profile, exposure_stops)
    rounding = 1 / 12 / (profile.white_level - profile.black_level) ** 2
    blank = RawFrame(
        mosaic=np.broadcast_to(np.uint16(profile.black_level), (height, width)),
        cfa=cfa,
        black_level=np.full((1, 1), profile.black_level),
        white_level=np.array([profile.white_level]),
        default_crop=Rectangle(0, 0, width, height),
        colour=profile.colour,
        orientation=getattr(picture, "orientation", 1),
        as_shot_neutral=profile.daylight_neutral,
        noise_profile=np.array([[scale, offset + rounding]]),
        opcode_list_2=maps,
        capture=Capture(make="tirage", model=profile.name, iso=iso),
        metadata=Metadata(image={0x0131: f"tirage {__version__}"}),
    )
    sampling = {"profile": profile, "cfa": cfa, "maps": maps, "noise": (scale, offset) if noise else None}
    return blank, scene, to_sensor, {**sampling, "seed": seed, "rounding": rounding}


def ground_truth(picture: Picture, *, sensor: str | Path = DEFAULT_SENSOR, exposure_stops: float = 0.0) -> SceneImage:
    """What developing the frame of `simulate` should give: the light of `picture` as `sensor` sees it, unclipped.

    `pixels` (3, H, W) float32, scene-linear Rec.2020 D65, scaled as `develop` scales; colours that the sensor can't
    see are the nearest it can. `white` is where the sensor clips. Raises as `simulate` does.
    """
    _check_exposure(exposure_stops)
    to_sensor, to_scene = scene_to_sensor(load_sensor(sensor), exposure_stops)
    pixels = through(to_scene, sensor_light(to_sensor, scene_light(picture)))
    return SceneImage(pixels, white=2.0**GREY_OFFSET_STOPS, orientation=getattr(picture, "orientation", 1))


def _check_exposure(stops: float) -> None:
    if not (math.isfinite(stops) and abs(stops) <= 20):
        raise UsageError(f"exposure_stops = {stops:g} is out of range; it may be -20..20 stops")
