"""The colour tags of a DNG: calibrations, analogue gains and the shot's white (DNG 1.7.1, chapters 4 and 6)."""

from __future__ import annotations

import numpy as np

from ..photo.errors import FileError
from ..photo.frame import CameraColour, Illuminant
from .tags import Tag
from .tiff import Directory

#: EXIF LightSource -> correlated colour temperature in kelvin. DNG 1.7.1 refers to EXIF for CalibrationIlluminant;
#: EXIF (CIPA DC-008) names the lights and gives fluorescent ones as ranges, of which this is the middle. The round
#: numbers for the rest are those of Adobe's DNG SDK 1.7.1 (dng_camera_profile), which profiles are made against.
CCT_KELVIN = {
    **dict.fromkeys((3, 17), 2850.0),  # tungsten, standard light A
    24: 3200.0,  # ISO studio tungsten
    23: 5000.0,  # D50
    **dict.fromkeys((1, 4, 9, 18, 20), 5500.0),  # daylight, flash, fine weather, standard light B, D55
    **dict.fromkeys((10, 19, 21), 6500.0),  # cloudy, standard light C, D65
    **dict.fromkeys((11, 22), 7500.0),  # shade, D75
    12: (5700.0 + 7100.0) / 2,  # daylight fluorescent
    13: (4600.0 + 5500.0) / 2,  # day white fluorescent
    **dict.fromkeys((2, 14), (3800.0 + 4500.0) / 2),  # fluorescent, cool white fluorescent
    15: (3250.0 + 3800.0) / 2,  # white fluorescent
    16: (2600.0 + 3250.0) / 2,  # warm white fluorescent
}
_OTHER = 255
#: EXIF LightSource -> CIE chromaticity of the standard illuminants among them (CIE 15:2018, tables 1 and T.3).
WHITE_XY = {
    **dict.fromkeys((3, 17), (0.4476, 0.4074)),
    18: (0.3484, 0.3516),
    19: (0.3101, 0.3162),
    23: (0.3457, 0.3585),
    20: (0.3324, 0.3474),
    21: (0.3127, 0.3290),
    22: (0.2990, 0.3149),
}
Light = tuple[float, tuple[float, float] | None]
#: What one calibration of unknown light is taken for; with a single one it has no effect.
_UNKNOWN_KELVIN = 5000.0

LIGHTS = (
    (Tag.CalibrationIlluminant1, Tag.IlluminantData1),
    (Tag.CalibrationIlluminant2, Tag.IlluminantData2),
    (Tag.CalibrationIlluminant3, Tag.IlluminantData3),
)
_CALIBRATIONS = (
    (Tag.ColorMatrix1, Tag.ForwardMatrix1, Tag.CameraCalibration1),
    (Tag.ColorMatrix2, Tag.ForwardMatrix2, Tag.CameraCalibration2),
    (Tag.ColorMatrix3, Tag.ForwardMatrix3, Tag.CameraCalibration3),
)
#: A colour matrix of a real camera has a condition number below 100; beyond this it can't be inverted usefully.
_WORST_CONDITION = 1e5


def camera_colour(profile: Directory, order: list[int], notes: list[str]) -> CameraColour:
    """The calibrations in `profile`, planes put into the order red, green, blue by `order`.

    Calibrations of an unknown light beside others, or of the same light as one before, can't be interpolated and are
    left out. Raises FileError when there is no ColorMatrix1, or a matrix is no invertible one of finite numbers.
    """
    signatures = (Tag.CameraCalibrationSignature, Tag.ProfileCalibrationSignature)
    same_signature = len({profile.text(tag) for tag in signatures}) == 1
    illuminants: list[Illuminant] = []
    for number, (color_tag, forward_tag, calibration_tag) in enumerate(_CALIBRATIONS):
        color = matrix(profile, color_tag)
        if color is None:
            break
        forward = matrix(profile, forward_tag)
        calibration = matrix(profile, calibration_tag) if same_signature else None
        light = calibration_light(profile, number, notes)
        if illuminants and (light is None or light in [(other.cct_kelvin, other.white_xy) for other in illuminants]):
            continue
        kelvin, white_xy = light or (_UNKNOWN_KELVIN, None)
        illuminants.append(
            Illuminant(
                kelvin,
                color[order],
                None if forward is None else forward[:, order],
                None if calibration is None else calibration[order][:, order],
                white_xy,
            )
        )
        if light is None:
            break
    if not illuminants:
        raise FileError("it has no ColorMatrix1, so its colours can't be known")
    balance = profile.numbers(Tag.AnalogBalance, 3)
    gains = np.ones(3) if balance is None else _positive(balance, Tag.AnalogBalance)[order]
    return CameraColour(tuple(illuminants), gains, profile.text(Tag.CameraCalibrationSignature))


def matrix(profile: Directory, tag: Tag) -> np.ndarray | None:
    """A (3, 3) matrix, None when absent; FileError when it isn't one of finite numbers that can be inverted."""
    numbers = profile.numbers(tag, 9)
    if numbers is None:
        return None
    if not np.isfinite(numbers).all():
        raise FileError(f"{tag.name} holds a value that is not a number")
    values = numbers.reshape(3, 3)
    if not np.linalg.cond(values) < _WORST_CONDITION:
        raise FileError(f"{tag.name} is singular: it can't be inverted")
    return values


def calibration_light(profile: Directory, number: int, notes: list[str]) -> Light | None:
    """Temperature and chromaticity of the light of calibration 0, 1 or 2; None, with a note, for one unknown.

    Raises FileError where IlluminantData contradicts itself or is no light's.
    """
    light_tag, data_tag = LIGHTS[number]
    light = profile.integer(light_tag, 0)
    if light == _OTHER and (xy := _illuminant_data(profile, data_tag)) is not None:
        from ..colour.temperature import cct_kelvin

        return cct_kelvin(xy), xy
    if light in CCT_KELVIN:
        return CCT_KELVIN[light], WHITE_XY.get(light)
    if light != 0:
        notes.append(f"{light_tag.name} {light} is a light tirage does not know")
    return None


def _illuminant_data(profile: Directory, tag: Tag) -> tuple[float, float] | None:
    """The chromaticity of a light given by it, or by a spectrum (IlluminantData 0 and 1); None where there is none."""
    data = profile.bytes(tag)
    kind = np.frombuffer(data, profile.order + "u2", 1)[0] if len(data) >= 2 else -1
    if kind == 0 and len(data) >= 18:
        x, y = (float(value) for value in _rationals(data, profile.order, 2, 2))
    elif kind == 1 and len(data) >= 6:
        count = int(np.frombuffer(data, profile.order + "u4", 1, 2)[0])
        if len(data) != 22 + 8 * count:
            raise FileError(
                f"{tag.name}: a spectrum of {count} values needs {22 + 8 * count} bytes and has {len(data)}"
            )
        first, spacing = _rationals(data, profile.order, 6, 2)
        spectrum = _rationals(data, profile.order, 22, count)
        if count < 2 or not (np.isfinite(spectrum).all() and np.isfinite(first) and 0 < spacing < np.inf):
            raise FileError(f"{tag.name} holds a spectrum that no light has")
        from ..colour.observer import spectrum_xy

        x, y = spectrum_xy(first + spacing * np.arange(count), spectrum)
    else:
        return None
    if not (0.2 < x < 0.7 and 0.2 < y < 0.6 and x + y < 1):
        raise FileError(f"{tag.name} holds a chromaticity, {x:.4g}, {y:.4g}, that is no white light")
    return x, y


def _rationals(data: bytes, order: str, offset: int, count: int) -> np.ndarray:
    """`count` RATIONALs at `offset` as (count,) float64; x/0 is infinite and 0/0 NaN."""
    pairs = np.frombuffer(data, order + "u4", 2 * count, offset).reshape(-1, 2).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return pairs[:, 0] / pairs[:, 1]


def as_shot_white(profile: Directory, order: list[int]) -> tuple[np.ndarray | None, np.ndarray | None]:
    """AsShotNeutral (3,), or AsShotWhiteXY (2,); at most one of them. Raises FileError for values no light has."""
    neutral = profile.numbers(Tag.AsShotNeutral, 3)
    if neutral is not None:
        return _positive(neutral, Tag.AsShotNeutral)[order], None
    xy = profile.numbers(Tag.AsShotWhiteXY, 2)
    if xy is not None and not ((xy > 0).all() and xy.sum() < 1):  # also refuses NaN
        raise FileError("AsShotWhiteXY holds a chromaticity that no light has")
    return None, xy


def _positive(numbers: np.ndarray, tag: Tag) -> np.ndarray:
    """`numbers`, when all are positive and finite."""
    if not (np.isfinite(numbers).all() and (numbers > 0).all()):
        shown = ", ".join(f"{number:g}" for number in numbers)
        raise FileError(f"{tag.name} is ({shown}); each value must be above 0")
    return numbers
