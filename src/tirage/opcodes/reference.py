"""Operations in float64, pixel by pixel: slow, obvious, sharing no code with `apply`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..photo.operations import (
    AreaSpec,
    FixVignetteRadial,
    GainMap,
    MapPolynomial,
    MapTable,
    Operation,
    PerColumn,
    PerRow,
)


def applied(operations: Sequence[Operation], light: np.ndarray) -> np.ndarray:
    """The pointwise operations on a whole image (planes, H, W) of values 0..1, which are kept to 0..1."""
    light = np.array(light, np.float64)
    for one in operations:
        for plane, row, column in _pixels(one, light.shape):
            value = _value(one, float(light[plane, row, column]), plane, row, column, light.shape)
            light[plane, row, column] = min(max(value, 0.0), 1.0)
    return light


def _pixels(one: Operation, shape: tuple[int, ...]) -> Iterator[tuple[int, int, int]]:
    spec: AreaSpec | None = getattr(one, "spec", None)
    for plane in range(shape[0]):
        for row in range(shape[1]):
            for column in range(shape[2]):
                if spec is None or (
                    spec.plane <= plane < spec.plane + spec.planes
                    and spec.area.top <= row < spec.area.bottom
                    and spec.area.left <= column < spec.area.right
                    and (row - spec.area.top) % spec.row_pitch == 0
                    and (column - spec.area.left) % spec.column_pitch == 0
                ):
                    yield plane, row, column


def _value(one: Operation, x: float, plane: int, row: int, column: int, shape: tuple[int, ...]) -> float:
    _, height, width = shape
    if isinstance(one, MapTable):
        index = round(x * 65535)
        return float(one.table[min(index, len(one.table) - 1)]) / 65535
    if isinstance(one, MapPolynomial):
        return sum(float(c) * x**power for power, c in enumerate(one.coefficients))
    if isinstance(one, GainMap):
        return x * _gain(one, plane, (row + 0.5) / height, (column + 0.5) / width)
    if isinstance(one, PerRow):
        value = float(one.values[(row - one.spec.area.top) // one.spec.row_pitch])
        return x * value if one.multiplies else x + value * one.unit
    if isinstance(one, PerColumn):
        value = float(one.values[(column - one.spec.area.left) // one.spec.column_pitch])
        return x * value if one.multiplies else x + value * one.unit
    assert isinstance(one, FixVignetteRadial)
    centre_x, centre_y = one.centre[0] * width, one.centre[1] * height
    corners = [(0, 0), (0, height), (width, 0), (width, height)]
    farthest = max(np.hypot(a - centre_x, b - centre_y) for a, b in corners)
    r = np.hypot(column + 0.5 - centre_x, row + 0.5 - centre_y) / farthest
    return x * (1 + sum(float(k) * r ** (2 * power + 2) for power, k in enumerate(one.radial)))


def _gain(one: GainMap, plane: int, v: float, h: float) -> float:
    points_v, points_h, planes = one.gains.shape
    grid = one.gains[:, :, min(plane, planes - 1)].astype(np.float64)
    y = 0.0 if points_v == 1 else min(max((v - one.origin_v) / one.spacing_v, 0.0), points_v - 1.0)
    x = 0.0 if points_h == 1 else min(max((h - one.origin_h) / one.spacing_h, 0.0), points_h - 1.0)
    top, left = min(int(y), points_v - 1), min(int(x), points_h - 1)
    bottom, right = min(top + 1, points_v - 1), min(left + 1, points_h - 1)
    above = grid[top, left] * (1 - (x - left)) + grid[top, right] * (x - left)
    below = grid[bottom, left] * (1 - (x - left)) + grid[bottom, right] * (x - left)
    return float(above * (1 - (y - top)) + below * (y - top))
