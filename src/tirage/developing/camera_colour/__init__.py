"""Camera colour: a camera's RGB to scene-linear Rec.2020.

Paper: DNG 1.7.1, chapter 6 (mapping camera colour space to CIE XYZ). Domain: white-balanced camera RGB, white =
(1, 1, 1); range: linear Rec.2020 D65, white = (1, 1, 1). Limits: one matrix for the whole picture; a white that no
light has is left to white balance alone.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...colour.adaptation import adaptation, cones, xy_to_xyz, xyz_to_xy
from ...colour.matrices import inverse, product, transformed
from ...colour.spaces import D50, D50_XYZ, SPACES, xyz_to_rgb
from ...colour.temperature import cct_kelvin
from ...photo.errors import FileError
from ...photo.frame import CameraColour, Illuminant
from .calibrations import weights

_IDENTITY = np.eye(3)
_WHITE = np.ones(3)
_UNIT_TAGS = "CameraCalibration or AnalogBalance"

#: Cone responses of a light against those of D50: candles and blue shade lie well inside.
_LEAST_CONE, _MOST_CONE = 0.01, 20.0


def camera_to_scene(colour: CameraColour, neutral: np.ndarray) -> np.ndarray:
    """(3, 3) float64 from white-balanced camera RGB to linear Rec.2020 D65; grey maps to grey, white to white.

    `neutral` (3,) is the camera's response to the scene's white. Where no light could have given it (a coloured spot
    was picked as grey) the matrix is that of D50, so that balancing stays a matter of the three gains. Raises
    FileError naming the tag where a matrix is missing or can't be inverted.
    """
    neutral = np.asarray(neutral, np.float64)
    if neutral.shape != (3,) or not (np.isfinite(neutral).all() and neutral.min() > 0):
        raise FileError("the camera's neutral must be three numbers above 0; choose a white balance such as daylight")
    white = neutral_to_xy(colour, neutral)
    if white is None:
        white, neutral = np.array(D50), xy_to_neutral(colour, D50)
    to_d50 = _camera_to_d50(colour, white, neutral)
    to_scene = product(xyz_to_rgb("rec2020"), adaptation(D50_XYZ, xy_to_xyz(SPACES["rec2020"].white)), to_d50)
    # The iteration ends a little off its goal: what that leaves of a cast in the white is taken off.
    return to_scene / transformed(_WHITE, to_scene)[:, None]


def neutral_to_xy(colour: CameraColour, neutral: np.ndarray) -> np.ndarray | None:
    """Chromaticity (2,) of the white whose camera response is `neutral`; None where it is that of no light.

    Chapter 6, "Translating Camera Neutral Coordinates to White Balance xy Coordinates": guess a white, interpolate
    the matrices there, see which white they give, and repeat until it stays.
    """
    white = np.array(D50)
    for step in range(200):
        xyz = transformed(neutral, _camera_to_xyz(colour, white))
        found = xyz_to_xy(xyz)
        if not (np.isfinite(found).all() and xyz[0] + xyz[1] + xyz[2] > 0):
            return None
        if np.abs(found - white).max() < 1e-12:
            return white if _is_light(white) else None
        white = found if step < 30 else (white + found) / 2  # half steps settle between two whites that alternate
    return None


def xy_to_neutral(colour: CameraColour, xy: tuple[float, float] | np.ndarray) -> np.ndarray:
    """The camera's response (3,) to a white of chromaticity `xy`, largest channel 1.

    Chapter 6, "Translating White Balance xy Coordinates to Camera Neutral Coordinates". Raises FileError where the
    matrices give the white no positive response, or `xy` is no white.
    """
    white = np.asarray(xy, np.float64)
    if not (np.isfinite(white).all() and white.min() > 0):
        raise FileError(
            f"the white {white[0]:g}, {white[1]:g} is no chromaticity of a light; choose another white balance"
        )
    xyz_to_camera = product(_unit(colour, white), _color_matrix(colour, white))
    response = transformed(xy_to_xyz(white), xyz_to_camera)
    if not response.min() > 0:
        raise FileError(
            f"the camera's ColorMatrix has no positive response to a white of {cct_kelvin(white):.0f} K; "
            "choose another white balance"
        )
    return response / response.max()


def _camera_to_d50(colour: CameraColour, white: np.ndarray, neutral: np.ndarray) -> np.ndarray:
    """Chapter 6, "Mapping Camera Color Space to CIE XYZ Space" (D50), after diag(neutral): takes white to D50."""
    balance = np.diag(neutral)
    forward = _at(colour, white, lambda light: light.forward_matrix)
    if forward is not None:
        # CameraToXYZ_D50 = FM x D x Inverse(AB x CC), D = Inverse(diag(Inverse(AB x CC) x CameraNeutral))
        to_reference = _inverse(_unit(colour, white), _UNIT_TAGS)
        reference = transformed(neutral, to_reference)
        given = transformed(_WHITE, forward)
        if not (reference.min() > 0 and given.min() > 0):
            raise FileError("the file's ForwardMatrix and CameraCalibration give white no colour; they can't be used")
        # The tag's four digits of D50 are made exact.
        return product((D50_XYZ / given)[:, None] * forward, np.diag(1 / reference), to_reference, balance)
    # CameraToXYZ_D50 = CA x Inverse(XYZtoCamera), CA from the white to D50 by linear Bradford
    to_xyz = product(_camera_to_xyz(colour, white), balance)
    return product(adaptation(transformed(_WHITE, to_xyz), D50_XYZ), to_xyz)


def _camera_to_xyz(colour: CameraColour, white: np.ndarray) -> np.ndarray:
    """Inverse(XYZtoCamera), where XYZtoCamera = AB x CC x CM under a white."""
    from_reference = _inverse(_color_matrix(colour, white), "ColorMatrix")
    return product(from_reference, _inverse(_unit(colour, white), _UNIT_TAGS))


def _color_matrix(colour: CameraColour, white: np.ndarray) -> np.ndarray:
    """CM under a white."""
    color_matrix = _at(colour, white, lambda light: light.color_matrix)
    if color_matrix is None:
        raise FileError("the file has no ColorMatrix, so its colour can't be known")
    return color_matrix


def _unit(colour: CameraColour, white: np.ndarray) -> np.ndarray:
    """AB x CC: how this unit differs from the reference camera; a calibration that is absent is the identity."""
    calibration = _at(colour, white, lambda light: _or_identity(light.camera_calibration))
    return _IDENTITY if calibration is None else np.asarray(colour.analog_balance, float)[:, None] * calibration


def _or_identity(matrix: np.ndarray | None) -> np.ndarray:
    return _IDENTITY if matrix is None else matrix


def _at(
    colour: CameraColour, white: np.ndarray, matrix_of: Callable[[Illuminant], np.ndarray | None]
) -> np.ndarray | None:
    """A tag's matrix under a white, between the illuminants that have the tag; None where all are without."""
    known = [
        (light.cct_kelvin, light.white_xy, matrix)
        for light in colour.illuminants
        if (matrix := matrix_of(light)) is not None
    ]
    if not known:
        return None
    shares = weights([(kelvin, xy) for kelvin, xy, _ in known], white)
    return sum((share * matrix for share, (_, _, matrix) in zip(shares, known, strict=True)), np.zeros((3, 3)))


def _is_light(white: np.ndarray) -> bool:
    """Whether a chromaticity could be that of a light one photographs by."""
    if not (white.min() > 0 and white.max() < 1):
        return False
    responses = cones(xy_to_xyz(white)) / cones(D50_XYZ)
    return bool(responses.min() > _LEAST_CONE and responses.max() < _MOST_CONE)


def _inverse(matrix: np.ndarray, tag: str) -> np.ndarray:
    try:
        return inverse(matrix)
    except ValueError:
        raise FileError(f"the file's {tag} can't be inverted, so its colour can't be known") from None
