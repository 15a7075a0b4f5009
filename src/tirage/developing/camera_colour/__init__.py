"""Camera colour: a camera's RGB to scene-linear Rec.2020.

Paper: DNG 1.7.1, chapter 6 (mapping camera colour space to CIE XYZ). Domain: white-balanced camera RGB, white =
(1, 1, 1); range: linear Rec.2020 D65, white = (1, 1, 1). Limits: of three illuminants the two around the white count.
"""

from __future__ import annotations

import numpy as np

from ...colour.adaptation import adaptation, xy_to_xyz, xyz_to_xy
from ...colour.spaces import D50_XYZ, SPACES, xyz_to_rgb
from ...colour.temperature import cct_kelvin
from ...photo.errors import FileError
from ...photo.frame import CameraColour


def camera_to_scene(colour: CameraColour, neutral: np.ndarray) -> np.ndarray:
    """(3, 3) float64 from white-balanced camera RGB to linear Rec.2020 D65; grey maps to grey, white to white.

    `neutral` (3,) is the camera's response to the scene's white. Raises FileError where a matrix can't be inverted.
    """
    neutral = np.asarray(neutral, np.float64)
    white = neutral_to_xy(colour, neutral)
    color_matrix, unit, forward = _at(colour, white)
    if forward is not None:
        # (1, 1, 1) is the reference neutral whatever the unit's calibration: section "forward matrices".
        reference = _inverse(unit, "CameraCalibration") @ neutral
        to_d50 = _normalised(forward) @ np.diag(1 / reference) @ _inverse(unit, "CameraCalibration") @ np.diag(neutral)
    else:
        to_xyz = _inverse(unit @ color_matrix, "ColorMatrix") @ np.diag(neutral)
        to_d50 = adaptation(to_xyz @ np.ones(3), D50_XYZ) @ to_xyz
    d65 = xy_to_xyz(SPACES["rec2020"].white)
    matrix = xyz_to_rgb("rec2020") @ adaptation(D50_XYZ, d65) @ to_d50
    # What rounding and forward matrices leave of a cast in the white is taken off, so that grey is exactly grey.
    matrix = matrix / (matrix @ np.ones(3))[:, None]
    if not np.isfinite(matrix).all():
        raise FileError("the file's ColorMatrix and AsShotNeutral do not describe a white; its colour can't be used")
    return matrix


def neutral_to_xy(colour: CameraColour, neutral: np.ndarray) -> np.ndarray:
    """Chromaticity (2,) of the white whose camera response is `neutral`, by the specification's iteration."""
    white = np.array([0.3457, 0.3585])
    for _ in range(30):
        color_matrix, unit, _ = _at(colour, white)
        found = xyz_to_xy(_inverse(unit @ color_matrix, "ColorMatrix") @ neutral)
        if not np.isfinite(found).all() or found.min() <= 0 or found.sum() >= 1:
            return white  # a neutral outside all colours: the last sensible white
        if np.abs(found - white).sum() < 1e-7:
            return found
        white = found
    return white


def xy_to_neutral(colour: CameraColour, xy: np.ndarray) -> np.ndarray:
    """The camera's response (3,) to a white of chromaticity `xy`, largest channel 1; FileError where it has none."""
    color_matrix, unit, _ = _at(colour, np.asarray(xy, float))
    response = unit @ color_matrix @ xy_to_xyz(xy)
    if not np.isfinite(response).all() or response.min() <= 0:
        raise FileError("the file's ColorMatrix gives white a negative response; its colour can't be used")
    return response / response.max()


def _at(colour: CameraColour, white: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """ColorMatrix, AnalogBalance x CameraCalibration and ForwardMatrix under a white, linear in 1 / temperature."""
    if not colour.illuminants:
        raise FileError("the file has no ColorMatrix; its colour can't be used")
    lights = sorted(colour.illuminants, key=lambda light: light.cct_kelvin)
    kelvin = cct_kelvin(white)
    upper = next((i for i, light in enumerate(lights) if light.cct_kelvin >= kelvin), len(lights) - 1)
    warm, cool = lights[max(upper - 1, 0)], lights[upper]
    if warm.cct_kelvin == cool.cct_kelvin:
        share = 0.0
    else:
        share = (1 / kelvin - 1 / cool.cct_kelvin) / (1 / warm.cct_kelvin - 1 / cool.cct_kelvin)
    share = min(max(share, 0.0), 1.0)

    def between(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        return share * one + (1 - share) * other

    identity = np.eye(3)
    unit = between(
        identity if warm.camera_calibration is None else warm.camera_calibration,
        identity if cool.camera_calibration is None else cool.camera_calibration,
    )
    forward = None
    if warm.forward_matrix is not None and cool.forward_matrix is not None:
        forward = between(warm.forward_matrix, cool.forward_matrix)
    return between(warm.color_matrix, cool.color_matrix), np.diag(colour.analog_balance) @ unit, forward


def _normalised(forward: np.ndarray) -> np.ndarray:
    """A ForwardMatrix that takes (1, 1, 1) to D50 exactly."""
    white = forward @ np.ones(3)
    if (np.abs(white) < 1e-6).any():
        raise FileError("the file's ForwardMatrix gives white no colour; its colour can't be used")
    return (D50_XYZ / white)[:, None] * forward


def _inverse(matrix: np.ndarray, tag: str) -> np.ndarray:
    if not np.isfinite(matrix).all() or np.linalg.cond(matrix) > 1e8:
        raise FileError(f"the file's {tag} is singular; its colour can't be used")
    return np.linalg.inv(matrix)
