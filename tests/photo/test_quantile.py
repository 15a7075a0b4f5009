"""Quantiles against NumPy's."""

from __future__ import annotations

import numpy as np
import pytest

from tirage.photo.quantile import median, quantiles

SHARES = (0.0, 0.02, 0.1, 0.5, 0.77, 1.0)


@pytest.mark.parametrize("shape", [(1,), (2,), (7,), (100,), (9, 4), (40, 2, 3)])
def test_quantiles_are_numpys(shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(1).normal(size=shape)
    np.testing.assert_allclose(quantiles(values, SHARES), np.quantile(values, SHARES, axis=0), rtol=1e-12)
    np.testing.assert_allclose(median(values), np.median(values, axis=0), rtol=1e-12)
