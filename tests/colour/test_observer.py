"""The standard observer against the chromaticities that CIE prints."""

from __future__ import annotations

import colour
import numpy as np
import pytest

from oracles import SPECTRUM_XY
from tirage.colour.observer import spectrum_xy


@pytest.mark.parametrize("name", ["A", "D50", "D65", "FL2", "FL11"])
def test_standard_illuminants(name: str) -> None:
    spectrum = colour.SDS_ILLUMINANTS[name]
    expected = colour.CCS_ILLUMINANTS["CIE 1931 2 Degree Standard Observer"][name]
    assert spectrum_xy(spectrum.wavelengths, spectrum.values) == pytest.approx(expected, abs=SPECTRUM_XY)


def test_equal_power_is_equal_energy_however_it_is_given() -> None:
    for wavelengths in (np.array([300.0, 900.0]), np.array([500.0, 510.0]), np.linspace(390, 700, 7)):
        assert spectrum_xy(wavelengths, np.full(len(wavelengths), 3.0)) == pytest.approx((1 / 3, 1 / 3), abs=1e-15)


def test_darkness_has_no_chromaticity() -> None:
    assert np.isnan(spectrum_xy(np.array([400.0, 700.0]), np.zeros(2))).all()
