"""3x3 matrices, always added up in the same order: equal to the last bit on every machine, unlike BLAS and LAPACK."""

from __future__ import annotations

import numpy as np

#: Least volume of a matrix's rows, relative to a box of their lengths, that can still be inverted usefully.
_LEAST_VOLUME = 1e-6


def transformed(colours: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """`colours` (..., 3) through `matrix` (3, 3); NaN and infinity stay in the colour they are in."""
    first, second, third = colours[..., 0:1], colours[..., 1:2], colours[..., 2:3]
    with np.errstate(invalid="ignore"):
        return first * matrix[:, 0] + second * matrix[:, 1] + third * matrix[:, 2]


def product(first: np.ndarray, *others: np.ndarray) -> np.ndarray:
    """The matrix product (3, 3) of two or more: the last acts first."""
    for other in others:
        first = transformed(other.T, first).T
    return np.ascontiguousarray(first)


def inverse(matrix: np.ndarray) -> np.ndarray:
    """(3, 3) inverse by cofactors. Raises ValueError where `matrix` is singular, nearly so, or not finite."""
    rows = np.asarray(matrix, np.float64)
    if not np.isfinite(rows).all():
        raise ValueError("the matrix holds a value that is not a number")
    # Rows of length 1, so that neither the scale of the matrix nor that of a row counts.
    length = np.sqrt(rows[:, 0] ** 2 + rows[:, 1] ** 2 + rows[:, 2] ** 2)
    if not length.min() > 0:
        raise ValueError("the matrix is singular")
    unit = rows / length[:, None]
    cofactors = np.stack([np.cross(unit[i - 2], unit[i - 1]) for i in range(3)], axis=1)
    volume = unit[0, 0] * cofactors[0, 0] + unit[0, 1] * cofactors[1, 0] + unit[0, 2] * cofactors[2, 0]
    if not abs(volume) > _LEAST_VOLUME:
        raise ValueError("the matrix is singular")
    return np.ascontiguousarray(cofactors / (volume * length))
