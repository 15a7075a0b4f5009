"""3x3 matrices against NumPy's own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from oracles import FLOAT64
from tirage.colour.matrices import inverse, product, transformed

MATRICES = arrays.arrays(np.float64, (3, 3), elements=st.floats(-4, 4))


@given(matrix=MATRICES, other=MATRICES)
def test_products_equal_numpys(matrix: np.ndarray, other: np.ndarray) -> None:
    np.testing.assert_allclose(product(matrix, other), matrix @ other, atol=64 * FLOAT64)
    np.testing.assert_allclose(product(matrix, other, matrix), matrix @ other @ matrix, atol=1024 * FLOAT64)


@given(matrix=MATRICES, scale=st.sampled_from([1e-6, 1.0, 1e6]))
def test_an_inverse_undoes_or_is_refused(matrix: np.ndarray, scale: float) -> None:
    try:
        undone = inverse(scale * matrix)
    except ValueError:
        lengths = np.linalg.norm(matrix, axis=1)
        assert abs(np.linalg.det(matrix)) <= 1.01e-6 * lengths.prod() or lengths.min() < 1e-12
        return
    np.testing.assert_allclose(product(undone, scale * matrix), np.eye(3), atol=1e-6)


@pytest.mark.parametrize("bad", [np.zeros((3, 3)), np.ones((3, 3)), np.full((3, 3), np.nan), np.full((3, 3), np.inf)])
def test_what_has_no_inverse_is_refused(bad: np.ndarray) -> None:
    with pytest.raises(ValueError):
        inverse(bad)


def test_nan_and_infinity_stay_in_their_colour() -> None:
    matrix = np.array([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6]])
    colours = np.array([[[0.2, 0.4, 0.6], [np.nan, 0, 0]], [[np.inf, 1, 1], [1, 1, 1]]])
    found = transformed(colours, matrix)
    assert found.shape == colours.shape
    np.testing.assert_allclose(found[0, 0], matrix @ colours[0, 0], rtol=4 * FLOAT64)
    assert np.isnan(found[0, 1]).all() and np.isinf(found[1, 0]).all()
    np.testing.assert_allclose(found[1, 1], 1, rtol=4 * FLOAT64)
