"""Colour temperature against colour-science, CIE's printed chromaticities, and Planck's law."""

from __future__ import annotations

import colour
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracles import CIE_D_KELVIN, DAYLIGHT_LOCUS, FLOAT64, ROBERTSON_KELVIN, ROBERTSON_UV
from tirage.colour.temperature import cct_kelvin, daylight_xy, light_xy, planckian_xy, temperature_and_tint


def uv(xy: np.ndarray) -> np.ndarray:
    """CIE 1960 uv."""
    return colour.UCS_to_uv(colour.XYZ_to_UCS(colour.xy_to_XYZ(xy)))


@pytest.mark.parametrize("kelvin", [1800, 2000, 2856, 4000, 5003, 6504, 10000, 30000])
@pytest.mark.parametrize("duv", [-0.03, 0.0, 0.01, 0.03])
def test_robertson_equals_colour_sciences(kelvin: float, duv: float) -> None:
    point = colour.temperature.CCT_to_uv_Robertson1968([kelvin, duv])
    xy = colour.UCS_uv_to_xy(point)
    theirs = colour.temperature.uv_to_CCT_Robertson1968(point)[0]
    assert cct_kelvin(xy) == pytest.approx(theirs, rel=1e-4)


def test_cct_of_the_cie_illuminants() -> None:
    # CIE 15:2018, table T.3 and 4.1: chromaticities and correlated colour temperatures of A, D50, D55, D65, D75.
    printed = {
        2856: (0.44758, 0.40745),
        5003: (0.34567, 0.35851),
        5503: (0.33243, 0.34744),
        6504: (0.31272, 0.32903),
        7504: (0.29903, 0.31488),
    }
    for kelvin, xy in printed.items():
        assert cct_kelvin(xy) == pytest.approx(kelvin, abs=ROBERTSON_KELVIN)


@pytest.mark.parametrize("kelvin", [1700, 2500, 4000, 6500, 12000, 25000, 60000])
def test_black_bodies_follow_plancks_law(kelvin: float) -> None:
    observer = colour.MSDS_CMFS["CIE 1931 2 Degree Standard Observer"]
    by_law = colour.temperature.CCT_to_uv_Planck1900(kelvin, observer)
    np.testing.assert_allclose(uv(planckian_xy(kelvin)), by_law, atol=ROBERTSON_UV)


@pytest.mark.parametrize("kelvin", [4000, 5000, 5500, 6504, 7000, 7500, 15000, 25000])
def test_daylight_equals_colour_sciences(kelvin: float) -> None:
    expected = colour.temperature.CCT_to_xy_CIE_D(kelvin)
    np.testing.assert_allclose(daylight_xy(kelvin), expected, atol=16 * FLOAT64)
    if kelvin >= 5000:
        np.testing.assert_array_equal(light_xy(kelvin), daylight_xy(kelvin))


def test_daylight_equals_cies_d65() -> None:
    np.testing.assert_allclose(daylight_xy(6504), [0.31271, 0.32902], atol=DAYLIGHT_LOCUS)


@given(kelvin=st.floats(2000, 25000), tint=st.floats(-100, 100))
def test_temperature_and_tint_undo_light(kelvin: float, tint: float) -> None:
    found, found_tint = temperature_and_tint(light_xy(kelvin, tint))
    assert found == pytest.approx(kelvin, rel=CIE_D_KELVIN)
    assert found_tint == pytest.approx(tint, abs=0.1)


def test_lights_change_smoothly_from_candle_to_sky() -> None:
    steps = np.array([uv(light_xy(1e6 / mired)) for mired in np.linspace(40, 500, 2301)])
    lengths = np.hypot(*np.diff(steps, axis=0).T)
    # A fifth of a mired is at most 0.0001 in uv; a jump between black bodies and daylight would be 0.003.
    assert lengths.max() < 3e-4
    assert (np.diff(steps[:, 0]) > 0).all()


def test_positive_tint_is_a_greener_light() -> None:
    neutral, greener = light_xy(5200), light_xy(5200, 30)
    assert greener[1] > neutral[1]
    assert np.hypot(*(uv(greener) - uv(neutral))) == pytest.approx(30 / 3000)


@pytest.mark.parametrize("xy", [(0.9, 0.05), (0.01, 0.9), (0.2, 0.05), (-1.0, 0.2), (np.nan, 0.3), (1e9, -1e9)])
def test_any_chromaticity_has_a_temperature_within_the_table(xy: tuple[float, float]) -> None:
    assert 1e6 / 600 - 1 <= cct_kelvin(xy) <= 1e5
