"""Colour spaces against colour-science, and against the figures that the standards print."""

from __future__ import annotations

import colour
import numpy as np
import pytest

from oracles import D50_DIGITS, FLOAT64, PRINTED_4_DIGITS
from tirage.colour.adaptation import adaptation, xy_to_xyz, xyz_to_xy
from tirage.colour.spaces import D50, D50_XYZ, D65, SPACES, luminance_weights, rgb_to_rgb, rgb_to_xyz, xyz_to_rgb

NAMES = {
    "srgb": "sRGB",
    "display-p3": "Display P3",
    "rec2020": "ITU-R BT.2020",
    "prophoto": "ROMM RGB",
    "acescg": "ACEScg",
}


def theirs(name: str) -> colour.RGB_Colourspace:
    """colour-science's space, its matrices derived from the primaries too."""
    space = colour.RGB_COLOURSPACES[NAMES[name]].copy()
    space.use_derived_transformation_matrices(True)
    return space


@pytest.mark.parametrize("name", SPACES)
def test_matrices_equal_colour_sciences(name: str) -> None:
    space = theirs(name)
    np.testing.assert_allclose(rgb_to_xyz(name), space.matrix_RGB_to_XYZ, atol=8 * FLOAT64)
    np.testing.assert_allclose(xyz_to_rgb(name), space.matrix_XYZ_to_RGB, atol=32 * FLOAT64)
    np.testing.assert_allclose(rgb_to_xyz(name) @ np.ones(3), xy_to_xyz(SPACES[name].white), atol=8 * FLOAT64)


def test_matrices_equal_the_standards_print() -> None:
    # IEC 61966-2-1:1999, equation 7; ITU-R BT.2020-2, table 4, Y'C: the weights of luminance.
    srgb = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    np.testing.assert_allclose(rgb_to_xyz("srgb"), srgb, atol=PRINTED_4_DIGITS)
    np.testing.assert_allclose(luminance_weights("rec2020"), [0.2627, 0.6780, 0.0593], atol=PRINTED_4_DIGITS)
    # ITU-R BT.2087-0, equation for BT.709 to BT.2020.
    bt2087 = [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]
    np.testing.assert_allclose(rgb_to_rgb("srgb", "rec2020"), bt2087, atol=PRINTED_4_DIGITS)


@pytest.mark.parametrize("source", SPACES)
@pytest.mark.parametrize("target", SPACES)
def test_between_spaces_equals_colour_science(source: str, target: str) -> None:
    expected = colour.matrix_RGB_to_RGB(theirs(source), theirs(target), chromatic_adaptation_transform="Bradford")
    np.testing.assert_allclose(rgb_to_rgb(source, target), expected, atol=64 * FLOAT64)
    np.testing.assert_allclose(rgb_to_rgb(source, target) @ np.ones(3), 1, atol=16 * FLOAT64)


@pytest.mark.parametrize("one", [D50, D65, (0.4476, 0.4074), (0.25, 0.25)])
@pytest.mark.parametrize("other", [D50, D65])
def test_adaptation_equals_colour_sciences(one: tuple[float, float], other: tuple[float, float]) -> None:
    before, after = xy_to_xyz(one), xy_to_xyz(other)
    expected = colour.adaptation.matrix_chromatic_adaptation_VonKries(before, after, transform="Bradford")
    found = adaptation(before, after)
    np.testing.assert_allclose(found, expected, atol=64 * FLOAT64)
    np.testing.assert_allclose(found @ before, after, atol=16 * FLOAT64)
    np.testing.assert_allclose(xyz_to_xy(before), one, rtol=4 * FLOAT64)


def test_the_profile_white_is_d50() -> None:
    np.testing.assert_allclose(D50_XYZ, xy_to_xyz(D50), atol=D50_DIGITS)


@pytest.mark.parametrize("white", [np.array([0.1, 0.0, 2.0]), np.zeros(3), np.array([np.nan, 1, 1])])
def test_a_white_that_is_no_light_is_refused(white: np.ndarray) -> None:
    with pytest.raises(ValueError):
        adaptation(white, D50_XYZ)
