"""Scenes with known light, and what is done to bursts of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import tirage
from tirage.photo.image import SceneImage
from tirage.simulating import spline
from tirage.simulating.burst import SimulatedBurst, simulate_burst
from tirage.simulating.photograph import scene_light
from tirage.simulating.scene import demo_scene

DATA = Path(os.environ.get("TIRAGE_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))

#: Scale and offset of the variance on 0..1; the first is that of the issue's table.
NOISES = ((2e-3, 2e-5), (5e-4, 5e-6), (8e-3, 8e-5))
#: 14 bits and no shading: nothing but noise and motion between a frame and its light.
SENSOR: dict[str, Any] = {"sensor": "generic-camera", "shading": False}
FRAMES = 6


def drawn() -> SceneImage:
    """A drawn landscape of three megapixels: flat sky, fine grass, print."""
    return demo_scene(1536, 2048)


def small() -> SceneImage:
    """The same on a megapixel."""
    return demo_scene(900, 1200)


def soft() -> SceneImage:
    """The drawn landscape as softly as a finished photograph enlarged: three megapixels without finest detail."""
    light = demo_scene(768, 1024)
    planes = [spline.coefficients(np.ascontiguousarray(plane)) for plane in light.pixels]
    y, x = np.mgrid[:1536, :2048].astype(np.float32) / 2
    return SceneImage(np.stack([np.maximum(spline.at(plane, x, y), 0) for plane in planes]), white=light.white)


def photograph() -> SceneImage | None:
    """The middle of a finished photograph from a phone, three megapixels of twelve; None without the shared data."""
    from PIL import Image

    path = DATA / "gainmap" / "mishaal_05.jpg"
    if not path.exists():
        return None
    pixels = np.asarray(Image.open(path).convert("RGB"))
    top, left = (pixels.shape[0] - 1536) // 2, (pixels.shape[1] - 2048) // 2
    return SceneImage(scene_light(pixels[top : top + 1536, left : left + 2048]), white=1.4)


def binned() -> SceneImage | None:
    """A phone-like photograph as its sensor saw it: quads of a 12 MP frame as pixels; None without the shared data."""
    path = DATA / "raw" / "gopro_hero6_iso100.dng"
    if not path.exists():
        return None
    raw = tirage.read(path)
    assert raw.cfa is not None and raw.as_shot_neutral is not None
    light = (raw.mosaic.astype(np.float32) - raw.black_level.mean()) / (raw.white_level[0] - raw.black_level.mean())
    sites = {letter: [] for letter in "RGB"}
    for site, letter in enumerate(raw.cfa):
        sites[letter].append(light[site // 2 :: 2, site % 2 :: 2])
    rows, columns = raw.height // 2, raw.width // 2
    planes = [np.mean([one[:rows, :columns] for one in sites[letter]], axis=0) for letter in "RGB"]
    white = np.float32(1.4) / raw.as_shot_neutral.astype(np.float32)
    pixels = np.stack([plane * gain for plane, gain in zip(planes, white / white.min() * 0.7, strict=True)])
    return SceneImage(np.clip(pixels, 0, 1.4).astype(np.float32), white=1.4)


def kodak(number: int = 0) -> SceneImage | None:
    """A photograph of the Kodak set as a lens leaves it: pixel-sharp scans alias as no camera's pictures do."""
    from PIL import Image

    files = sorted((DATA / "truth" / "kodak").glob("*.png"))
    if not files:
        return None
    light = scene_light(np.asarray(Image.open(files[number]).convert("RGB")))
    for axis in (1, 2):
        light = (np.roll(light, 1, axis) + 3 * light + np.roll(light, -1, axis)) / np.float32(5)
    return SceneImage(light, white=1.4)


#: Of what is painted: light of red, green and blue.
PAINTS = ((0.9, 0.02, 0.02), (0.02, 0.8, 0.02), (0.02, 0.03, 0.9), (0.9, 0.8, 0.02), (0.8, 0.02, 0.7),
          (0.02, 0.7, 0.8), (0.7, 0.3, 0.02), (0.3, 0.02, 0.5))  # fmt: skip


def colourful(height: int = 900, width: int = 1200) -> SceneImage:
    """Discs and bars of saturated paint, bright and dark, plain and rippled, behind a good lens: a megapixel."""
    random = np.random.default_rng(3)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    light = np.full((3, height, width), 0.2, np.float32)
    for number in range(270):
        paint = np.array(PAINTS[number % len(PAINTS)], np.float32) * np.float32(random.uniform(0.15, 1))
        down, across = y - np.float32(random.uniform(0, height)), x - np.float32(random.uniform(0, width))
        size, thin, angle = random.uniform(10, 70), random.uniform(0.1, 1), random.uniform(0, np.pi)
        along = across * np.float32(np.cos(angle)) + down * np.float32(np.sin(angle))
        beside = down * np.float32(np.cos(angle)) - across * np.float32(np.sin(angle))
        bar = np.minimum(size - np.abs(along), size * thin - np.abs(beside))
        cover = np.clip((size - np.hypot(down, across) if number % 2 else bar) + 0.5, 0, 1).astype(np.float32)
        ripples = 1 + np.float32(0.3) * np.sin(along * np.float32(random.uniform(0.2, 1.2)))
        shade = ripples if number % 4 < 2 else np.ones_like(ripples)
        light += cover * (paint[:, None, None] * shade - light)
    for axis in (1, 2):
        light = (np.roll(light, 1, axis) + 3 * light + np.roll(light, -1, axis)) / np.float32(5)
    return SceneImage(light.astype(np.float32), white=1.4)


SCENES: dict[str, Callable[[], Any]] = {
    "small": small,
    "drawn": drawn,
    "soft": soft,
    "photograph": photograph,
    "binned": binned,
    "kodak": kodak,
    "colourful": colourful,
}


@dataclass(frozen=True)
class Case:
    """A kind of burst: what it is called, and how it is simulated."""

    name: str
    settings: dict[str, Any] = field(default_factory=dict)
    stated_noise: float = 1.0
    """The NoiseProfile that the files state, as a share of the true one."""


#: A disc as large as a seventh of the side, 9 px a frame.
MOVING: dict[str, Any] = {"moving": True}
CASES = (
    Case("static"),
    Case("moving", MOVING),
    Case("rotation 1 degree", {"rotation_degrees": 1.0}),
    Case("perspective 6 px", {"perspective_px": 6.0}),
    Case("bracket 0,-2,2", {"exposure_steps": (0.0, -2.0, 2.0)}),
    Case("under-exposed -2", {"exposure_stops": -2.0}),
    Case("flicker 5 %", {"flicker": 0.05}),
    Case("faint object 3 %", {**MOVING, "object_contrast": 0.03}),
    Case("rolling shutter 3 px", {"rolling_shutter_px": 3.0}),
    Case("sixty movers of 10 px", {**MOVING, "objects": 60, "object_size_px": 10.0}),
    Case("shake 80 px", {"shake_px": 80.0}),
    Case("noise stated x 0.7", stated_noise=0.7),
)


def burst_of(scene: Any, case: Case, noise: tuple[float, float], frames: int = FRAMES, seed: int = 1) -> SimulatedBurst:
    """A burst of `scene`."""
    settings = {"shake_px": 12.0, **case.settings}
    return simulate_burst(scene, frames=frames, noise=noise, seed=seed, **SENSOR, **settings)


def oracle_mean(clean: np.ndarray, noise: tuple[float, float], frames: int = FRAMES) -> np.ndarray:
    """What the mean of so many frames would be if nothing had moved: `clean` light with that much less noise."""
    deviation = np.sqrt((noise[0] * np.maximum(clean, 0) + noise[1]) / frames, dtype=np.float32)
    return clean + deviation * np.random.default_rng(1).standard_normal(clean.shape, np.float32)
