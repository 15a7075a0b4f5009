"""Colour tags: the twin states in one ColorMatrix what the item's tags amount to at its white."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np

from ...reading.tags import Tag
from ..camera import COLOR_MATRIX, DAYLIGHT_XY, NEUTRAL, bayer, neutral_of
from ..dng_file import Dng, Tags
from ..item import Bounds, Item, Patch
from ..scenes import HEIGHT, WIDTH, lit

GROUP = "Camera colour"
_CHAPTER = "DNG 1.7.1, chapter 6"
_AS_SHOT = "DNG 1.7.1, chapter 4, AsShotNeutral, AsShotWhiteXY"
D50_XY = (0.3457, 0.3585)
#: EXIF LightSource -> name, temperature that DNG takes it for, chromaticity.
LIGHTS = {
    17: ("a", 2850.0, (0.4476, 0.4074)),
    20: ("d55", 5500.0, (0.3324, 0.3474)),
    21: ("d65", 6500.0, (0.3127, 0.3290)),
    22: ("d75", 7500.0, (0.2990, 0.3149)),
    23: ("d50", 5000.0, D50_XY),
}
#: Another camera: mixes channels so that one matrix taken for the other is seen.
_MIX = np.array([[0.80, 0.25, -0.05], [-0.12, 1.05, 0.07], [0.10, -0.22, 1.12]])
_OTHER_MATRIX = _MIX @ COLOR_MATRIX
_UNIT = np.array([[1.06, 0.10, -0.04], [-0.10, 0.98, 0.06], [0.03, -0.16, 1.09]])
_BOUNDS = Bounds(mean=0.01, high=0.05)


def items() -> Iterator[Item]:
    """White, illuminants, matrices, calibrations."""
    yield from _as_shot()
    yield from _two_illuminants()
    yield from _three_illuminants()
    yield from _forward_matrix()
    yield from _unit()


def _item(name: str, words: str, tags: tuple[str, ...], dng: Dng, twin: Dng, ignored: Dng | None) -> Item:
    return Item(name, words, _CHAPTER, tags, dng, twin, ignored, bounds=_BOUNDS)


def _as_shot() -> Iterator[Item]:
    light = lit()
    plain = bayer(light)
    above = plain.but({Tag.AsShotNeutral: NEUTRAL * 1.7})
    yield Item(
        "as-shot-neutral-above-1",
        "the same neutral, its green above 1",
        _AS_SHOT,
        ("AsShotNeutral",),
        above,
        plain,
        plain.but({Tag.AsShotNeutral: np.minimum(NEUTRAL * 1.7, 1)}),
    )
    small = plain.but({Tag.AsShotNeutral: NEUTRAL * 0.3})
    yield Item(
        "as-shot-neutral-small",
        "the same neutral, all of it below 0.31",
        _AS_SHOT,
        ("AsShotNeutral",),
        small,
        plain,
        small.but({Tag.AsShotNeutral: [1, 1, 1]}),
    )
    for name, xy in (("daylight", DAYLIGHT_XY), ("tungsten", (0.4476, 0.4074))):
        neutral = neutral_of(xy)
        twin = bayer(light * 0.7, {Tag.AsShotNeutral: neutral}, neutral=neutral)
        dng = twin.but({Tag.AsShotNeutral: None, Tag.AsShotWhiteXY: list(xy)})
        other = dng.but({Tag.AsShotWhiteXY: [0.25, 0.25]})
        yield Item(
            f"as-shot-white-xy-{name}", "the white as a chromaticity", _AS_SHOT, ("AsShotWhiteXY",), dng, twin, other
        )
    ramp = np.broadcast_to((0.02 + 0.6 * np.linspace(0, 1, WIDTH) ** 2)[None, :, None], (HEIGHT, WIDTH, 3))
    none = bayer(ramp).without(Tag.AsShotNeutral)
    patches = tuple(Patch(left, 0.2, left + 0.15, 0.8, "nearly neutral") for left in (0.05, 0.3, 0.55, 0.8))
    yield Item(
        "as-shot-none",
        "no white stated: a picture in daylight is about grey",
        _AS_SHOT,
        (),
        none,
        None,
        none.but({Tag.AsShotNeutral: [1, 1, 1]}),
        "patches",
        patches=patches,
    )


def interpolated(kelvin: float, first: float, second: float) -> np.ndarray:
    """`_OTHER_MATRIX` at the temperature `first`, `COLOR_MATRIX` at `second`, linear in reciprocal temperature."""
    share = np.clip((1 / kelvin - 1 / second) / (1 / first - 1 / second), 0, 1)
    return share * _OTHER_MATRIX + (1 - share) * COLOR_MATRIX


def _two_illuminants() -> Iterator[Item]:
    """Whites between, at and beyond two lights; lights by number and by chromaticity."""
    cases = (
        # name, first light, second light, kelvin and chromaticity of the white
        ("a-d65-between", 17, 21, 5000.0, D50_XY),
        ("a-d65-at-a", 17, 21, 2850.0, (0.4476, 0.4074)),
        ("a-d65-at-d65", 17, 21, 6500.0, (0.3127, 0.3290)),
        ("a-d65-beyond", 17, 21, 7500.0, (0.2990, 0.3149)),
        ("a-d50", 17, 23, 3900.0, (0.3855, 0.3830)),
        ("a-d55", 17, 20, 3900.0, (0.3855, 0.3830)),
        ("a-d75", 17, 22, 5000.0, D50_XY),
        ("d50-d75", 23, 22, 6500.0, (0.3127, 0.3290)),
        ("d65-a-reversed", 21, 17, 5000.0, D50_XY),
    )
    for name, one, two, kelvin, xy in cases:
        matrix = interpolated(kelvin, LIGHTS[one][1], LIGHTS[two][1])
        words = f"matrices under {LIGHTS[one][0].upper()} and {LIGHTS[two][0].upper()}, a white of {kelvin:.0f} K"
        yield _dual(
            f"illuminants-{name}", words, {Tag.CalibrationIlluminant1: one, Tag.CalibrationIlluminant2: two}, matrix, xy
        )
    data = {
        Tag.CalibrationIlluminant1: 255,
        Tag.CalibrationIlluminant2: 255,
        Tag.IlluminantData1: _light(0.4476, 0.4074),
        Tag.IlluminantData2: _light(0.3127, 0.3290),
        Tag.DNGVersion: b"\1\6\0\0",
        Tag.DNGBackwardVersion: b"\1\6\0\0",
    }
    words = "two lights stated by chromaticity (255, IlluminantData)"
    yield _dual("illuminants-other-xy", words, data, interpolated(5000.0, 2856.0, 6504.0), D50_XY)


def _light(x: float, y: float) -> bytes:
    """IlluminantData: a chromaticity, little-endian as the file."""
    return struct.pack("<HIIII", 0, round(x * 10000), 10000, round(y * 10000), 10000)


def _dual(name: str, words: str, lights: Tags, matrix: np.ndarray, xy: tuple[float, float]) -> Item:
    neutral = neutral_of(xy, matrix)
    light = lit() * 0.75
    white = {Tag.AsShotNeutral: neutral}
    twin = bayer(light, {Tag.ColorMatrix1: matrix, **white}, neutral=neutral)
    dng = bayer(
        light, {**lights, Tag.ColorMatrix1: _OTHER_MATRIX, Tag.ColorMatrix2: COLOR_MATRIX, **white}, neutral=neutral
    )
    alone = (
        COLOR_MATRIX if np.abs(matrix - _OTHER_MATRIX).max() < np.abs(matrix - COLOR_MATRIX).max() else _OTHER_MATRIX
    )
    ignored = dng.but({Tag.ColorMatrix1: alone, Tag.ColorMatrix2: None})
    used = ("CalibrationIlluminant1", "CalibrationIlluminant2", "ColorMatrix1", "ColorMatrix2")
    if Tag.IlluminantData1 in lights:
        used = (*used, "IlluminantData1", "IlluminantData2")
    return _item(name, words, used, dng, twin, ignored)


def _three_illuminants() -> Iterator[Item]:
    """At one of three lights that light's matrix alone counts, however the others are weighted."""
    matrices = (
        _OTHER_MATRIX,
        np.array([[1.0, 0.12, -0.1], [0.1, 0.85, 0.1], [-0.2, 0.15, 1.0]]) @ COLOR_MATRIX,
        COLOR_MATRIX,
    )
    lights = (17, 23, 22)
    tags: Tags = {
        Tag.DNGVersion: b"\1\6\0\0",
        Tag.DNGBackwardVersion: b"\1\6\0\0",
        Tag.CalibrationIlluminant1: lights[0],
        Tag.CalibrationIlluminant2: lights[1],
        Tag.CalibrationIlluminant3: lights[2],
        Tag.ColorMatrix1: matrices[0],
        Tag.ColorMatrix2: matrices[1],
        Tag.ColorMatrix3: matrices[2],
    }
    for which, matrix in enumerate(matrices):
        name, kelvin, xy = LIGHTS[lights[which]]
        neutral = neutral_of(xy, matrix)
        light = lit() * 0.75
        twin = bayer(light, {Tag.ColorMatrix1: matrix, Tag.AsShotNeutral: neutral}, neutral=neutral)
        dng = bayer(light, {**tags, Tag.AsShotNeutral: neutral}, neutral=neutral)
        others = [other for number, other in enumerate(matrices) if number != which]
        ignored = twin.but({Tag.ColorMatrix1: others[0]})
        words = f"matrices under A, D50 and D75, a white of {kelvin:.0f} K"
        used = ("CalibrationIlluminant3", "ColorMatrix3")
        yield _item(f"illuminants-3-at-{name}", words, used, dng, twin, ignored)


def _forward_matrix() -> Iterator[Item]:
    """ForwardMatrix goes before ColorMatrix; the white is D50, so that no adaptation hides in the twin."""
    d50 = np.array([0.9642, 1.0, 0.8251])
    light = lit() * 0.75
    neutral = neutral_of(D50_XY)
    base = bayer(light, {Tag.AsShotNeutral: neutral}, neutral=neutral)
    # White-balanced camera to XYZ D50 of a camera that is not the one of ColorMatrix.
    forward = np.linalg.inv(_OTHER_MATRIX) @ np.diag(_OTHER_MATRIX @ d50)
    forward *= (d50 / forward.sum(axis=1))[:, None]
    to_camera = np.diag(neutral) @ np.linalg.inv(forward)
    twin = base.but({Tag.ColorMatrix1: to_camera})
    dng = base.but({Tag.ForwardMatrix1: forward})
    used = ("ForwardMatrix1", "ColorMatrix1")
    words = "a ForwardMatrix that differs from what ColorMatrix says"
    yield _item("forward-matrix", words, used, dng, twin, dng.without(Tag.ForwardMatrix1))
    second = np.linalg.inv(COLOR_MATRIX) @ np.diag(COLOR_MATRIX @ d50)
    share = (1 / 5000 - 1 / 6500) / (1 / 2850 - 1 / 6500)
    mixed = share * forward + (1 - share) * second
    tags = {Tag.CalibrationIlluminant1: 17, Tag.CalibrationIlluminant2: 21, Tag.ColorMatrix2: COLOR_MATRIX}
    # Light A has the matrix that differs most, so its share is a quarter only: make it the cooler light as well.
    for name, forwards, result in (
        ("a-d65", (forward, second), mixed),
        ("d65-a", (second, forward), share * second + (1 - share) * forward),
    ):
        dng = base.but({**tags, Tag.ForwardMatrix1: forwards[0], Tag.ForwardMatrix2: forwards[1]})
        twin = base.but({Tag.ColorMatrix1: np.diag(neutral) @ np.linalg.inv(result)})
        first_alone = dng.but({Tag.ForwardMatrix2: forwards[0]})
        words = "two ForwardMatrices, a white between their lights"
        yield _item(f"forward-matrix-2-{name}", words, ("ForwardMatrix1", "ForwardMatrix2"), dng, twin, first_alone)
    # With a calibration the forward matrix sees the reference camera: D = Inverse(diag(Inverse(CC) x neutral)).
    reference = np.linalg.solve(_UNIT, neutral)
    unit = base.but({Tag.ForwardMatrix1: forward, Tag.CameraCalibration1: _UNIT})
    twin = base.but({Tag.ColorMatrix1: _UNIT @ np.diag(reference) @ np.linalg.inv(forward)})
    words = "ForwardMatrix with a CameraCalibration"
    yield _item(
        "forward-matrix-calibrated",
        words,
        ("ForwardMatrix1", "CameraCalibration1"),
        unit,
        twin,
        unit.without(Tag.CameraCalibration1),
    )


def _unit() -> Iterator[Item]:
    """What makes this unit differ from the reference camera."""
    light = lit() * 0.75
    used = ("CameraCalibration1", "CameraCalibrationSignature", "ProfileCalibrationSignature")
    matrix = _UNIT @ COLOR_MATRIX
    neutral = neutral_of(DAYLIGHT_XY, matrix)
    white = {Tag.AsShotNeutral: neutral}
    twin = bayer(light, {Tag.ColorMatrix1: matrix, **white}, neutral=neutral)
    dng = bayer(light, {Tag.CameraCalibration1: _UNIT, **white}, neutral=neutral)
    uncalibrated = dng.without(Tag.CameraCalibration1)
    signed = {Tag.CameraCalibrationSignature: "com.example", Tag.ProfileCalibrationSignature: "com.example"}
    words = "calibration of one unit, no signatures"
    yield _item("camera-calibration", words, used[:1], dng, twin, uncalibrated)
    words = "calibration whose signature is the profile's"
    yield _item("camera-calibration-signed", words, used, dng.but(signed), twin, uncalibrated)
    other = dng.but({**signed, Tag.ProfileCalibrationSignature: "com.example.other"})
    words = "calibration whose signature is not the profile's: it must be ignored"
    yield _item("camera-calibration-other-signature", words, used, other, uncalibrated, dng.but(signed))
    missing = dng.but({Tag.CameraCalibrationSignature: "com.example"})
    words = "calibration with a signature, the profile has none: it must be ignored"
    yield _item("camera-calibration-unmatched", words, used[:2], missing, uncalibrated, dng)
    balance = np.array([1.35, 1.0, 0.75])
    matrix = np.diag(balance) @ _UNIT @ COLOR_MATRIX
    neutral = neutral_of(DAYLIGHT_XY, matrix)
    white = {Tag.AsShotNeutral: neutral}
    twin = bayer(light, {Tag.ColorMatrix1: matrix, **white}, neutral=neutral)
    dng = bayer(light, {Tag.CameraCalibration1: _UNIT, Tag.AnalogBalance: balance, **white}, neutral=neutral)
    words = "AnalogBalance beside a CameraCalibration"
    yield _item(
        "analog-balance", words, ("AnalogBalance", "CameraCalibration1"), dng, twin, dng.without(Tag.AnalogBalance)
    )
    # With AsShotWhiteXY the balance counts for the neutral as well.
    dng = dng.but({Tag.AsShotNeutral: None, Tag.AsShotWhiteXY: list(DAYLIGHT_XY)})
    words = "AnalogBalance with AsShotWhiteXY: it is part of the neutral"
    yield _item(
        "analog-balance-white-xy", words, ("AnalogBalance", "AsShotWhiteXY"), dng, twin, dng.without(Tag.AnalogBalance)
    )
