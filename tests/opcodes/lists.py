"""Operations of every kind for a small image, drawn by hypothesis or plain."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from tirage.photo.operations import (
    AreaSpec,
    FixBadPixelsConstant,
    FixBadPixelsList,
    FixVignetteRadial,
    GainMap,
    MapPolynomial,
    MapTable,
    Operation,
    PerColumn,
    PerRow,
    Rectangle,
    TrimBounds,
    WarpFisheye,
    WarpRectilinear,
)

WIDTH, HEIGHT = 23, 17


@st.composite
def rectangles(draw: st.DrawFn) -> Rectangle:
    left, top = draw(st.integers(0, WIDTH - 1)), draw(st.integers(0, HEIGHT - 1))
    return Rectangle(left, top, draw(st.integers(1, WIDTH - left)), draw(st.integers(1, HEIGHT - top)))


@st.composite
def specs(draw: st.DrawFn) -> AreaSpec:
    pitch = st.integers(1, 4)
    return AreaSpec(draw(rectangles()), draw(st.integers(0, 3)), draw(st.integers(1, 4)), draw(pitch), draw(pitch))


def curves(spec: AreaSpec, generator: np.random.Generator) -> list[Operation]:
    """A table that is too short, a polynomial that leaves 0..1."""
    table = np.sort(generator.integers(0, 65536, 40000)).astype(np.uint16)
    return [MapTable(spec, table), MapPolynomial(spec, np.array([-0.02, 0.7, generator.uniform(0, 1), 0.1]))]


def gains(spec: AreaSpec, generator: np.random.Generator) -> list[Operation]:
    """Maps whose grids lie partly beside the image, a vignette, values per line."""
    rows, columns = -(-spec.area.height // spec.row_pitch), -(-spec.area.width // spec.column_pitch)
    points = tuple(generator.integers(1, 6, 3))
    grid = generator.uniform(0.5, 2, points).astype(np.float32)
    centre = (float(generator.uniform(0, 1)), float(generator.uniform(0, 1)))

    def values(count: int, scale: float) -> np.ndarray:
        return generator.uniform(0, scale, count).astype(np.float32)

    return [
        GainMap(spec, *generator.uniform(0.1, 0.5, 2).tolist(), *generator.uniform(-0.2, 0.3, 2).tolist(), grid),
        FixVignetteRadial(generator.uniform(-0.1, 0.4, 5), centre),
        PerRow(spec, values(rows, 9000) - 4000),
        PerRow(spec, values(rows, 2), multiplies=True),
        PerColumn(spec, values(columns, 9000) - 4000),
        PerColumn(spec, values(columns, 2), multiplies=True),
    ]


def others(generator: np.random.Generator) -> list[Operation]:
    """All that is not pointwise."""
    points = generator.integers(0, (HEIGHT, WIDTH), (5, 2))
    warp = generator.normal(size=(3, 21))
    return [
        FixBadPixelsConstant(int(generator.integers(0, 2**32)), 2),
        FixBadPixelsList(3, points, np.array([[1, 2, 3, 4], [0, 0, HEIGHT, 1]])),
        TrimBounds(Rectangle(2, 1, WIDTH - 2, HEIGHT - 1)),
        WarpRectilinear(warp[:, :4], warp[:, 4:6], (0.5, 0.25)),
        WarpRectilinear(warp[:, :15], warp[:, 15:17], (0.5, 0.25), np.array([[0.0, 1.0]] * 3), True),
        WarpFisheye(warp[:, :4], (0.0, 1.0)),
    ]


@st.composite
def lists(draw: st.DrawFn) -> list[Operation]:
    """A few operations of any kind."""
    generator = np.random.default_rng(draw(st.integers(0, 999)))
    spec = draw(specs())
    every = [*curves(spec, generator), *gains(spec, generator), *others(generator)]
    return draw(st.lists(st.sampled_from(every), max_size=4))


@st.composite
def pointwise_lists(draw: st.DrawFn) -> list[Operation]:
    """A few operations that act on each pixel alone."""
    generator = np.random.default_rng(draw(st.integers(0, 999)))
    found: list[Operation] = []
    for _ in range(draw(st.integers(1, 3))):
        spec = draw(specs())
        found.append(draw(st.sampled_from([*curves(spec, generator), *gains(spec, generator)])))
    return found
