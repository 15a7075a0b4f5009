"""A lens correction from lensfun's database (the extra `lensfun`), as the operations that a DNG would carry.

Lensfun's models are sampled and fitted: lateral colour and distortion as a WarpRectilinear, vignetting as a
FixVignetteRadial. A lens counts as found where camera, focal lengths, apertures and most words of its name agree.
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from ...photo.frame import Capture, RawFrame, Rectangle
from ...photo.operations import FixVignetteRadial, WarpRectilinear
from .mapping import farthest_corner
from .plan import GeometryPlan, plan_of

LEAST_SCORE = 40
TERMS = 7  #: r^0 ... r^6: lensfun's models go to r^4
WORST_FIT_PX = 0.5


@dataclass(frozen=True, eq=False)
class Found:
    """What the database says of a lens: gains for the picture as shot, then its geometry (None: no distortion)."""

    vignetting: tuple[FixVignetteRadial, ...]
    geometry: GeometryPlan | None


def correction(frame: RawFrame, crop: Rectangle) -> tuple[Found | None, str]:
    """The correction for `crop` of a frame, None where there is none, and a note that says what was used or why not."""
    try:
        lensfunpy: Any = importlib.import_module("lensfunpy")
    except ImportError:
        return None, "lensfun is not installed: no lens correction (pip install 'tirage[lensfun]')"
    capture = frame.capture
    if not capture.focal_length_mm:
        return None, "lensfun: the file states no focal length: no lens correction"
    camera, lens = _lens(capture)
    if lens is None:
        what = f"the lens {capture.lens!r} on" if camera else "the camera"
        return None, f"lensfun does not know {what} {capture.make} {capture.model}: no lens correction"
    modifier = lensfunpy.Modifier(lens, camera.crop_factor, frame.default_crop.width, frame.default_crop.height)
    flags = lensfunpy.ModifyFlags.DISTORTION | lensfunpy.ModifyFlags.TCA
    aperture = capture.f_number or 8.0
    modifier.initialize(capture.focal_length_mm, aperture, distance=1000.0, scale=1.0, flags=int(flags))
    warp, error = _fitted(modifier, frame)
    if error > WORST_FIT_PX:
        return None, f"lensfun: the distortion of {lens.model} can't be drawn: no lens correction"
    vignetting = lens.interpolate_vignetting(capture.focal_length_mm, aperture, 1000.0)
    gains = () if vignetting is None else (_gains(vignetting.terms, lens.crop_factor / camera.crop_factor, frame),)
    geometry = plan_of([warp] if warp else [], frame, crop)
    if geometry is None and not gains:
        return None, f"lensfun holds no data for {lens.model} at this focal length: no lens correction"
    return Found(gains, geometry), f"lens correction from lensfun: {lens.maker} {lens.model}"


@cache
def _database() -> Any:
    return importlib.import_module("lensfunpy").Database()


def _lens(capture: Capture) -> tuple[Any, Any]:
    """The camera and the lens in the database; None for what is not surely there."""
    cameras = _database().find_cameras(capture.make, capture.model)
    if not cameras or not capture.lens:
        return (cameras[0] if cameras else None), None
    camera, focal = cameras[0], capture.focal_length_mm or 0.0
    for lens in _database().find_lenses(camera, None, capture.lens):
        in_range = lens.min_focal * 0.98 <= focal <= (lens.max_focal or lens.min_focal) * 1.02
        large_enough = lens.crop_factor <= camera.crop_factor * 1.04
        if lens.score >= LEAST_SCORE and in_range and large_enough and _same_name(lens, capture):
            return camera, lens
    return camera, None


def _same_name(lens: Any, capture: Capture) -> bool:
    """Whether a lens's numbers are those of the file, and most of its words."""
    numbers, words = _parts(lens.model)
    given_numbers, given_words = _parts(capture.lens)
    makers = _parts(f"{lens.maker} {capture.make}")[1]
    words, given_words = words - makers, given_words - makers
    return numbers == given_numbers and 2 * len(words & given_words) >= max(len(words), len(given_words))


def _parts(name: str) -> tuple[set[float], set[str]]:
    name = name.lower()
    return {float(n) for n in re.findall(r"\d+(?:\.\d+)?", name)}, set(re.findall(r"[a-z]+", name)) - {"mm", "f"}


def _fitted(modifier: Any, frame: RawFrame) -> tuple[WarpRectilinear | None, float]:
    """Lensfun's map as polynomials, and how far off they are in pixels. None where it moves nothing."""
    crop, block = frame.default_crop, 8
    centre = np.array([(crop.width - 1) / 2, (crop.height - 1) / 2])
    within = ((crop.left + centre[0]) / frame.width, (crop.top + centre[1]) / frame.height)
    radius = farthest_corner(within, frame.width, frame.height, 1.0)
    at, to = [], []
    for y in np.linspace(0, crop.height - block, 25).astype(int):
        for x in np.linspace(0, crop.width - block, 33).astype(int):
            # Lensfun's positions are some tenths of a pixel off at random; a mean is not.
            found = modifier.apply_subpixel_geometry_distortion(float(x), float(y), block, block)
            if found is None:
                return None, 0.0
            at.append((x + (block - 1) / 2, y + (block - 1) / 2))
            to.append(np.asarray(found, np.float64).mean(axis=(0, 1)))
    offset = np.array(at) - centre
    r = np.hypot(*offset.T) / radius
    powers = r[:, None] ** np.arange(TERMS)
    radial = np.zeros((3, 15))
    worst = 0.0
    for plane in range(3):
        shot = np.array(to)[:, plane] - centre
        along = (shot * offset).sum(axis=1) / radius**2  # r * r * ratio
        radial[plane, :TERMS] = np.linalg.lstsq(powers * r[:, None] ** 2, along, rcond=None)[0].round(9)
        drawn = offset * (powers @ radial[plane, :TERMS])[:, None]
        worst = max(worst, float(np.hypot(*(drawn - shot).T).max()))
    warp = WarpRectilinear(radial, np.zeros((3, 2)), within, np.array([[0.0, 1.0]] * 3))
    return warp, worst


def _gains(terms: Any, scale: float, frame: RawFrame) -> FixVignetteRadial:
    """One over 1 + k1 R^2 + k2 R^4 + k3 R^6 as the polynomial of FixVignetteRadial."""
    crop = frame.default_crop
    centre = ((crop.left + crop.width / 2) / frame.width, (crop.top + crop.height / 2) / frame.height)
    radius = farthest_corner(centre, frame.width, frame.height, 1.0)
    r = np.linspace(0, 1, 101)[1:]
    normalised = r * radius / (np.hypot(crop.width, crop.height) / 2) * scale
    light = 1 + sum(k * normalised ** (2 * power) for power, k in enumerate(terms, 1))
    gain = 1 / np.maximum(light, 0.05)
    powers = r[:, None] ** np.arange(2, 12, 2)
    return FixVignetteRadial(np.linalg.lstsq(powers, gain - 1, rcond=None)[0].round(9), centre)
