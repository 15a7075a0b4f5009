"""Super-resolution beside what one frame, and the burst merged at scale 1, give when they are interpolated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

import tirage
from tirage.developing.demosaic import demosaic
from tirage.photo.frame import RawFrame, Rectangle
from tirage.photo.image import SceneImage
from tirage.simulating import spline
from tirage.simulating.burst import SimulatedBurst, simulate_burst

from .scenes import SENSOR

#: The star's spokes and side, and cycles per fine pixel at which its contrast is read.
SPOKES, SIDE, FREQUENCIES = 72, 800, (0.2, 0.25, 0.3, 0.35, 0.4)
FRAMES = 8


def star() -> SceneImage:
    """A Siemens star, grey, that ends where a fine pixel's Nyquist frequency begins."""
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    radius = np.maximum(np.hypot(x, y), 1)
    frequency = SPOKES / (2 * np.pi * radius)
    contrast = np.clip((0.45 - frequency) / 0.1, 0, 1) * (radius < 0.47 * SIDE)
    value = 0.4 + 0.36 * np.cos(SPOKES * np.arctan2(y, x)) * contrast
    return SceneImage(np.repeat(value[None], 3, axis=0).astype(np.float32), white=1.4)


def burst_of(scene: Any, scale: float, noise: tuple[float, float], **settings: Any) -> tuple[SimulatedBurst, Any, Any]:
    """Frames whose pixels are `scale` of the scene's, what pixels as fine as these would record, and what is crossed.

    (3, H, W) light of the sensor, (H, W) bool.
    """
    shake = 4 * scale
    large = simulate_burst(scene, frames=FRAMES, shake_px=shake, noise=noise, seed=1, **SENSOR, **settings)
    height, width = large.truth.moving.shape
    y, x = np.mgrid[:height, :width].astype(np.float64)
    inside = (np.arange(4) + 0.5) / 4 * scale - scale / 2  # a pixel gathers light over its whole side
    truth = np.stack([
        np.mean([spline.at(one, x + across, y + down) for down in inside for across in inside], axis=0)
        for one in large._splines
    ])  # fmt: skip
    size = tuple(int(side / scale) // 2 * 2 for side in (height, width))
    middle = (scale - 1) / 2
    larger = np.array([[scale, 0, middle], [0, scale, middle], [0, 0, 1.0]])
    known = replace(large.truth, homographies=large.truth.homographies @ larger)
    blank = replace(large.frame(0), mosaic=np.zeros(size, np.uint16), default_crop=Rectangle(0, 0, size[1], size[0]))
    burst = SimulatedBurst(blank, [spline.coefficients(one) for one in truth], large._recording, known)
    rows, columns = (round(side * scale) for side in size)
    if known.objects:
        truth = np.stack([burst._light(colour, x, y, 0) for colour in range(3)])
    return burst, truth[:, :rows, :columns], large.truth.touched[:rows, :columns]


def light_of(frame: RawFrame) -> np.ndarray:
    """1 = the clip of the reference."""
    black = frame.black_level.reshape(-1)[0]
    light = (frame.mosaic.astype(np.float32) - np.float32(black)) / np.float32(frame.white_level[0] - black)
    return light * np.float32(2.0**frame.baseline_exposure_stops)


def interpolated(frame: RawFrame, size: tuple[int, int]) -> np.ndarray:
    """A mosaic through the learned demosaic and Lanczos."""
    from PIL import Image

    planes = demosaic(light_of(frame), frame.cfa or "", "learned", linear=True)
    to = (size[1], size[0])
    return np.stack([np.asarray(Image.fromarray(one).resize(to, Image.Resampling.LANCZOS)) for one in planes])


def contrasts(planes: np.ndarray, truth: np.ndarray) -> list[float]:
    """Of the star's green, at FREQUENCIES, as shares of the truth's."""
    y, x = np.mgrid[: truth.shape[1], : truth.shape[2]] - (SIDE - 1) / 2
    radius, shares = np.hypot(x, y), []
    for frequency in FREQUENCIES:
        ring = np.abs(radius - SPOKES / (2 * np.pi * frequency)) < 1
        wanted, found = (values[1][ring] - values[1][ring].mean() for values in (truth, planes))
        shares.append(float((wanted * found).sum() / (wanted * wanted).sum()))
    return shares


def contenders(scene: Any, scale: float, noise: tuple[float, float], **settings: Any) -> dict[str, list[float]]:
    """Name -> PSNR in dB of what nothing crosses and of what something does, and for the star its contrasts."""
    burst, truth, touched = burst_of(scene, scale, noise, **settings)
    frames = list(burst)
    size = truth.shape[1:]
    fine = tirage.merge(frames, reference=0, scale=scale)
    found = {"single frame": interpolated(frames[0], size)}
    found["tirage --scale 1"] = interpolated(tirage.merge(frames, reference=0), size)
    found[f"tirage --scale {scale:g}"] = light_of(fine) if fine.cfa is None else interpolated(fine, size)
    rows = {}
    inner = np.zeros(size, bool)
    inner[8:-8, 8:-8] = True
    for name, planes in found.items():
        error = (np.clip(planes, 0, 1) - np.clip(truth, 0, 1)) ** 2
        parts = [error[:, inner & ~touched], error[:, inner & touched]]
        rows[name] = [float(-10 * np.log10(part.mean())) if part.size else float("nan") for part in parts]
        rows[name] += contrasts(planes, truth) if scene.pixels.shape[1:] == (SIDE, SIDE) else []
    return rows
