"""White-balanced camera RGB to linear Rec.2020: one 3x3 matrix (DNG 1.7.1, chapter 6)."""

from __future__ import annotations

import halide as hl

Colour = tuple[hl.Expr, hl.Expr, hl.Expr]


def camera_to_scene(camera: Colour, matrix: hl.ImageParam) -> Colour:
    """`camera` times `matrix[in, out]`, which also carries the baseline exposure and the grey offset."""

    def row(out: int) -> hl.Expr:
        return camera[0] * matrix[0, out] + camera[1] * matrix[1, out] + camera[2] * matrix[2, out]

    return row(0), row(1), row(2)
