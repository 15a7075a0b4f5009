"""A look's pointwise part sampled on a cube."""

from __future__ import annotations

import numpy as np

from ..colour.spaces import rgb_to_rgb, transformed
from ..colour.transfer import acescct_decode, srgb_decode
from ..finishing.exposure import clip_white
from ..finishing.look.reference import balance, display, render
from ..finishing.unfinish import WHITE
from ..finishing.unfinish.reference import light_of
from ..photo.look import Look


def table_of(look: Look, nodes: int, space: str) -> np.ndarray:
    """(n, n, n, 3) float64 [blue, green, red, channel]: sRGB-encoded values that `look` gives the colours of a cube.

    `space` "srgb": colours of a picture under `faithful`, sRGB-encoded; "acescct": scene light, ACEScct-encoded.
    """
    steps = np.linspace(0, 1, nodes)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    codes = np.stack([red, green, blue], -1).reshape(-1, 3)
    white = clip_white(WHITE, 1.0)
    if space == "srgb":
        light = light_of(srgb_decode(codes), white) * balance(look.pointwise, white, "srgb")
        shown = display(light, look.pointwise, white, "srgb")
    else:
        scene = transformed(acescct_decode(codes), rgb_to_rgb("acescg", "rec2020"))
        shown = render(scene, look, white, "srgb")
    return np.clip(shown, 0, 1).reshape(nodes, nodes, nodes, 3)
