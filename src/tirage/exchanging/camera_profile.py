"""A look as a camera profile, .dcp (DNG 1.7.1, chapter 6): the tone of greys as ProfileToneCurve, the rest a LookTable.

The table acts before the curve, on hue, saturation and value of linear ProPhoto, 1 = the sensor's white. For each of
its nodes: the look's colour, back through the curve as the specification applies it (the least and the largest channel
through it, the middle one keeping its place), against the node's own. Limits: greys stay neutral, so a look that tints
them loses its tint; a profile is of one camera, whose matrices it holds.
"""

from __future__ import annotations

import struct

import numpy as np

from ..colour.hue_saturation import hsv_to_rgb, rgb_to_hsv
from ..colour.spaces import luminance_weights, rgb_to_rgb, transformed
from ..colour.transfer import srgb_decode, srgb_encode
from ..finishing.exposure import clip_white
from ..finishing.look.profile import PROFILE_WHITE
from ..finishing.look.reference import render
from ..finishing.unfinish import WHITE
from ..photo.frame import CameraColour, RawFrame
from ..photo.look import Look
from ..photo.profile import CameraProfile, HueSatTable
from ..photo.sensor import load_sensor
from ..writing.dng import calibration_tags
from ..writing.dng_profile import profile_tags
from ..writing.ifd import ASCII, LONG, encode_directory

#: Hues, saturations, values of the table, and points of the curve: a look bends at the hues where its middle channel
#: becomes another, and a coarse circle rounds that off.
DIMENSIONS, CURVE_POINTS = (240, 40, 20), 513
#: Saturation that stands for the first column's, where hue has no sense yet.
_ALMOST_GREY = 2e-3
_MOST_FACTOR = 50.0

_CAMERA, _EMBED_POLICY, _BLACK_RENDER = 50708, 50941, 51110
_HEADER = b"IIRC"


def encoded(look: Look, camera: RawFrame | None) -> bytes:
    """The profile of `look` for `camera`, or for a generic one."""
    colour, name = _camera(camera)
    curve = tone_curve(look)
    profile = CameraProfile(
        name=look.name,
        copyright=f"{look.author}, {look.licence}",
        look_table=HueSatTable(look_table(look, curve), srgb_encoded=True),
        tone_curve=curve,
    )
    tags = {
        **calibration_tags(colour),
        **profile_tags(profile),
        _CAMERA: (ASCII, name),
        _EMBED_POLICY: (LONG, 0),  # may be copied
        _BLACK_RENDER: (LONG, 1),  # none: the look's own black stays
    }
    return _HEADER + struct.pack("<I", 8) + encode_directory(tags, 8)


def _camera(camera: RawFrame | None) -> tuple[CameraColour, str]:
    if camera is None:
        sensor = load_sensor("generic-camera")
        return sensor.colour, sensor.name
    return camera.colour, " ".join(part for part in (camera.capture.make, camera.capture.model) if part) or "camera"


def tone_curve(look: Look) -> np.ndarray:
    """(n, 2) float32: display light of greys, 1 = the sensor's white, from (0, 0) to (1, 1), rising."""
    light = srgb_decode(np.linspace(0, 1, CURVE_POINTS))
    shown = srgb_decode(render(np.repeat(light[:, None] * PROFILE_WHITE, 3, axis=1), look, _white(), "srgb"))
    grey = np.maximum.accumulate(transformed(shown, luminance_weights("srgb")[None])[..., 0])
    curve = np.stack([light, np.clip((grey - grey[0]) / (grey[-1] - grey[0]), 0, 1)], -1).astype(np.float32)
    curve[0], curve[-1] = 0, 1
    return curve


def look_table(look: Look, curve: np.ndarray) -> np.ndarray:
    """(values, hues, saturations, 3) float32: hue shift in degrees, factors of saturation and encoded value."""
    hues, saturations, values = DIMENSIONS
    value = np.linspace(0, 1, values)
    saturation = np.linspace(0, 1, saturations)
    saturation[0] = _ALMOST_GREY
    hue = np.arange(hues) * 6 / hues
    grid = np.stack(np.meshgrid(srgb_decode(value), hue, saturation, indexing="ij"), -1)[..., [1, 2, 0]]
    scene = transformed(hsv_to_rgb(grid) * PROFILE_WHITE, rgb_to_rgb("prophoto", "rec2020"))
    shown = transformed(srgb_decode(render(scene, look, _white(), "srgb")), rgb_to_rgb("srgb", "prophoto"))
    wanted = rgb_to_hsv(_before_curve(np.clip(shown, 0, 1), curve))
    shift = (wanted[..., 0] - grid[..., 0] + 3) % 6 - 3
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = wanted[..., 1] / grid[..., 1]
        brighter = srgb_encode(wanted[..., 2]) / value[:, None, None]
    data = np.stack([shift * 60, np.clip(factor, 0, _MOST_FACTOR), np.clip(brighter, 0, _MOST_FACTOR)], -1)
    data[0] = data[1]  # black has no colour: as the darkest there is
    data[..., 0, 2] = 1
    return np.nan_to_num(data, nan=1.0).astype(np.float32)


def _before_curve(shown: np.ndarray, curve: np.ndarray) -> np.ndarray:
    """ProPhoto light (..., 3) that the curve, applied as the specification says, takes to `shown` (..., 3)."""
    least, largest = shown.min(-1, keepdims=True), shown.max(-1, keepdims=True)
    low, high = (np.interp(one, curve[:, 1], curve[:, 0]) for one in (least, largest))
    place = (shown - least) / np.maximum(largest - least, 1e-9)
    return low + (high - low) * place


def _white() -> float:
    return clip_white(WHITE, 1.0)
