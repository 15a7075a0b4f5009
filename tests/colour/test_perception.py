"""Oklab, CIE Lab and Delta E 2000 against Ottosson, colour-science, and Sharma's published pairs."""

from __future__ import annotations

import colour
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from oracles import FLOAT64, OKLAB_WHITE, PRINTED_3_DIGITS, PRINTED_4_DIGITS
from tirage.colour.perception import cie_lab, delta_e_2000, from_oklab, oklab, rgb_to_cones
from tirage.colour.spaces import D50_XYZ, D65, SPACES, xyz_to_rgb

#: Sharma, Wu & Dalal (2005), table 1: L a b, L a b, Delta E.
SHARMA = """
50.0000   2.6772 -79.7751  50.0000   0.0000 -82.7485  2.0425
50.0000   3.1571 -77.2803  50.0000   0.0000 -82.7485  2.8615
50.0000   2.8361 -74.0200  50.0000   0.0000 -82.7485  3.4412
50.0000  -1.3802 -84.2814  50.0000   0.0000 -82.7485  1.0000
50.0000  -1.1848 -84.8006  50.0000   0.0000 -82.7485  1.0000
50.0000  -0.9009 -85.5211  50.0000   0.0000 -82.7485  1.0000
50.0000   0.0000   0.0000  50.0000  -1.0000   2.0000  2.3669
50.0000  -1.0000   2.0000  50.0000   0.0000   0.0000  2.3669
50.0000   2.4900  -0.0010  50.0000  -2.4900   0.0009  7.1792
50.0000   2.4900  -0.0010  50.0000  -2.4900   0.0010  7.1792
50.0000   2.4900  -0.0010  50.0000  -2.4900   0.0011  7.2195
50.0000   2.4900  -0.0010  50.0000  -2.4900   0.0012  7.2195
50.0000  -0.0010   2.4900  50.0000   0.0009  -2.4900  4.8045
50.0000  -0.0010   2.4900  50.0000   0.0010  -2.4900  4.8045
50.0000  -0.0010   2.4900  50.0000   0.0011  -2.4900  4.7461
50.0000   2.5000   0.0000  50.0000   0.0000  -2.5000  4.3065
50.0000   2.5000   0.0000  73.0000  25.0000 -18.0000 27.1492
50.0000   2.5000   0.0000  61.0000  -5.0000  29.0000 22.8977
50.0000   2.5000   0.0000  56.0000 -27.0000  -3.0000 31.9030
50.0000   2.5000   0.0000  58.0000  24.0000  15.0000 19.4535
50.0000   2.5000   0.0000  50.0000   3.1736   0.5854  1.0000
50.0000   2.5000   0.0000  50.0000   3.2972   0.0000  1.0000
50.0000   2.5000   0.0000  50.0000   1.8634   0.5757  1.0000
50.0000   2.5000   0.0000  50.0000   3.2592   0.3350  1.0000
60.2574 -34.0099  36.2677  60.4626 -34.1751  39.4387  1.2644
63.0109 -31.0961  -5.8663  62.8187 -29.7946  -4.0864  1.2630
61.2901   3.7196  -5.3901  61.4292   2.2480  -4.9620  1.8731
35.0831 -44.1164   3.7933  35.0232 -40.0716   1.5901  1.8645
22.7233  20.0904 -46.6940  23.0331  14.9730 -42.5619  2.0373
36.4612  47.8580  18.3852  36.2715  50.5065  21.2231  1.4146
90.8027  -2.0831   1.4410  91.1528  -1.6435   0.0447  1.4441
90.9257  -0.5406  -0.9208  88.6381  -0.8985  -0.7239  1.5381
 6.7747  -0.2908  -2.4247   5.8714  -0.0985  -2.2286  0.6377
 2.0776   0.0795  -1.1350   0.9033  -0.0636  -0.5514  0.9082
"""

D65_SPACES = [name for name, space in SPACES.items() if space.white == D65]
COLOURS = arrays.arrays(np.float64, (7, 3), elements=st.floats(-0.5, 4))
LABS = arrays.arrays(
    np.float64, (20, 3), elements=st.one_of(st.floats(0, 100), st.sampled_from([0.0, 0.001, 50.0, -60.0]))
)


def test_delta_e_2000_equals_sharmas_table() -> None:
    table = np.array([line.split() for line in SHARMA.strip().splitlines()], float)
    assert len(table) == 34
    one, other, expected = table[:, :3], table[:, 3:6], table[:, 6]
    np.testing.assert_allclose(delta_e_2000(one, other), expected, atol=PRINTED_4_DIGITS)
    np.testing.assert_allclose(delta_e_2000(other, one), expected, atol=PRINTED_4_DIGITS)


@given(one=LABS, other=LABS)
def test_delta_e_2000_equals_colour_sciences(one: np.ndarray, other: np.ndarray) -> None:
    expected = colour.difference.delta_E_CIE2000(one, other)
    np.testing.assert_allclose(delta_e_2000(one, other), expected, rtol=1e-9, atol=1e-6)


def test_cie_lab_equals_colour_sciences() -> None:
    xyz = np.random.default_rng(1).uniform(0, 1.2, (4, 50, 3)) ** 3
    expected = colour.XYZ_to_Lab(xyz, colour.XYZ_to_xy(D50_XYZ))
    np.testing.assert_allclose(cie_lab(xyz, D50_XYZ), expected, atol=1e-10)


def test_oklab_equals_ottossons_table() -> None:
    # https://bottosson.github.io/posts/oklab/, "Table of example XYZ and Oklab pairs".
    pairs = [
        ((0.950, 1.000, 1.089), (1.000, 0.000, 0.000)),
        ((1.000, 0.000, 0.000), (0.450, 1.236, -0.019)),
        ((0.000, 1.000, 0.000), (0.922, -0.671, 0.263)),
        ((0.000, 0.000, 1.000), (0.153, -1.415, -0.449)),
    ]
    for xyz, expected in pairs:
        for space in D65_SPACES:
            found = oklab(xyz_to_rgb(space) @ np.array(xyz), space)
            np.testing.assert_allclose(found, expected, atol=PRINTED_3_DIGITS)


def test_oklab_of_srgb_uses_ottossons_matrix() -> None:
    # The matrix of his reference code, made of ten-digit figures and the primaries of IEC 61966-2-1.
    published = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
    np.testing.assert_allclose(rgb_to_cones("srgb"), published, atol=1e-8)


@given(COLOURS)
def test_oklab_equals_colour_sciences_and_is_undone(rgb: np.ndarray) -> None:
    xyz = colour.RGB_to_XYZ(np.abs(rgb), "ITU-R BT.2020")
    np.testing.assert_allclose(oklab(np.abs(rgb), "rec2020"), colour.XYZ_to_Oklab(xyz), atol=OKLAB_WHITE)
    for space in D65_SPACES:
        np.testing.assert_allclose(from_oklab(oklab(rgb, space), space), rgb, atol=1e-12)


@pytest.mark.parametrize("space", D65_SPACES)
def test_grey_is_grey_in_oklab(space: str) -> None:
    grey = np.geomspace(1e-6, 100, 60)
    lab = oklab(np.repeat(grey[:, None], 3, axis=1), space)
    np.testing.assert_allclose(lab[:, 0], np.cbrt(grey), rtol=16 * FLOAT64)
    np.testing.assert_allclose(lab[:, 1:] / lab[:, :1], 0, atol=32 * FLOAT64)


def test_every_space_sees_the_same_oklab() -> None:
    xyz = np.array([[0.3, 0.2, 0.1], [0.1, 0.3, 0.5], [0.4, 0.4, 0.4]])
    found = [oklab(xyz @ xyz_to_rgb(space).T, space) for space in D65_SPACES]
    np.testing.assert_allclose(found, [found[0]] * len(found), atol=1e-12)


def test_what_is_no_number_stays_in_its_colour() -> None:
    rgb = np.array([[np.nan, 0.1, 0.1], [0.1, np.inf, 0.1], [0.1, 0.2, 0.3]])
    found = oklab(rgb, "rec2020")
    assert np.isnan(found[0]).all() and not np.isfinite(found[1]).all() and np.isfinite(found[2]).all()
    assert np.isfinite(delta_e_2000(np.zeros((2, 3)), np.zeros((2, 3)))).all()
