"""The sRGB curve against colour-science and IEC 61966-2-1."""

from __future__ import annotations

import colour
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracles import FLOAT64, SRGB_KNEE
from tirage.colour.transfer import acescct_decode, acescct_encode, srgb_decode, srgb_encode


def test_the_curve_equals_colour_sciences() -> None:
    light = np.concatenate([np.linspace(0, 0.01, 501), np.linspace(0, 1, 501)])
    np.testing.assert_allclose(srgb_encode(light), colour.models.eotf_inverse_sRGB(light), atol=4 * FLOAT64)
    np.testing.assert_allclose(srgb_decode(light), colour.models.eotf_sRGB(light), atol=4 * FLOAT64)


def test_values_computed_by_hand() -> None:
    assert srgb_encode(np.array([0.0, 0.002, 1.0])) == pytest.approx([0, 0.02584, 1])
    assert srgb_encode(np.array(0.18)) == pytest.approx(1.055 * 0.18 ** (5 / 12) - 0.055)


@given(st.floats(-20, 20))
def test_decode_undoes_encode_and_signs_mirror(light: float) -> None:
    # Between its two pieces the standard leaves a gap of 3e-8.
    assert srgb_decode(srgb_encode(np.array(light))) == pytest.approx(light, rel=1e-12, abs=SRGB_KNEE)
    assert srgb_encode(np.array(-light)) == -srgb_encode(np.array(light))


def test_what_is_no_number_stays_none_and_the_dtype_is_kept() -> None:
    odd = np.array([np.nan, np.inf, -np.inf, 0.5], np.float32)
    for function in (srgb_encode, srgb_decode):
        found = function(odd)
        assert found.dtype == np.float32
        assert np.isnan(found[0]) and found[1] == np.inf and found[2] == -np.inf and np.isfinite(found[3])


def test_acescct_equals_colour_sciences_and_comes_back() -> None:
    light = np.concatenate([np.linspace(-0.01, 0.02, 301), np.geomspace(0.02, 1000, 301)])
    np.testing.assert_allclose(acescct_encode(light), colour.models.log_encoding_ACEScct(light), atol=1e-9)
    np.testing.assert_allclose(acescct_decode(acescct_encode(light)), light, rtol=1e-9, atol=1e-12)
    assert acescct_encode(np.array(0.18)) == pytest.approx(0.4135884, abs=1e-6)  # S-2016-001, table of values
