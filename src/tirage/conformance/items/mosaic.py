"""Colour filters: phase, phase after the active area, order of planes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...reading.tags import Tag
from ..camera import COLOR_MATRIX, NEUTRAL, bayer, cfa_tags, mosaiced, stored
from ..dng_file import Dng
from ..item import Item
from ..scenes import HEIGHT, WIDTH, lit

GROUP = "Colour filters"
_SECTION = "DNG 1.7.1, chapter 3, CFAPattern; chapter 4, CFAPlaneColor"


def items() -> Iterator[Item]:
    """Four phases, odd active areas, planes in another order, odd sizes."""
    light = lit()
    plain = bayer(light)
    for cfa in ("RGGB", "GRBG", "GBRG", "BGGR"):
        ignored = bayer(light, cfa=cfa).but(cfa_tags("RGGB" if cfa != "RGGB" else "BGGR"))
        twin = plain if cfa != "RGGB" else bayer(light, cfa="BGGR")
        yield Item(
            f"cfa-{cfa.lower()}",
            f"colour filters {cfa}",
            _SECTION,
            ("CFAPattern",),
            bayer(light, cfa=cfa),
            twin,
            ignored,
        )
    for top, left in ((1, 0), (0, 1), (1, 1), (5, 3), (8, 6)):
        framed = _framed(light, top, left)
        yield Item(
            f"active-area-{top}-{left}",
            f"masked border: the picture begins in row {top}, column {left}; the filters' phase counts from there",
            "DNG 1.7.1, chapter 4, ActiveArea",
            ("ActiveArea", "CFAPattern"),
            framed,
            plain,
            framed.without(Tag.ActiveArea),
        )
    for order in ((2, 1, 0), (1, 0, 2), (1, 2, 0)):
        planes = list(order)
        reordered = plain.but(
            {
                Tag.CFAPlaneColor: bytes(planes),
                Tag.ColorMatrix1: COLOR_MATRIX[planes],
                Tag.AsShotNeutral: NEUTRAL[planes],
            }
        )
        yield Item(
            "cfa-plane-color-" + "".join("rgb"[plane] for plane in order),
            "colour tags count the planes in another order than red, green, blue",
            _SECTION,
            ("CFAPlaneColor", "ColorMatrix1", "AsShotNeutral"),
            reordered,
            plain,
            reordered.but({Tag.CFAPlaneColor: b"\0\1\2"}),
        )
    for height, width in ((161, 240), (160, 241), (161, 241)):
        odd = lit(height=height, width=width)
        larger = bayer(lit(height=height + 3, width=width + 3), {Tag.ActiveArea: [0, 0, height, width]})
        yield Item(
            f"odd-size-{width}x{height}",
            f"{width} x {height} pixels, not whole pairs",
            "DNG 1.7.1, chapter 3, ImageWidth",
            ("ImageWidth", "ImageLength"),
            bayer(odd),
            larger,
        )
    yield from _larger_pattern(light, plain)


def _framed(light: np.ndarray, top: int, left: int) -> Dng:
    """The picture inside masked pixels, which are black; four more rows and columns after it."""
    pixels = np.zeros((HEIGHT + top + 4, WIDTH + left + 4), np.uint16)
    pixels[top : top + HEIGHT, left : left + WIDTH] = stored(mosaiced(light * NEUTRAL))
    return bayer(light, {Tag.ActiveArea: [top, left, top + HEIGHT, left + WIDTH]}, pixels=pixels)


def _larger_pattern(light: np.ndarray, plain: Dng) -> Iterator[Item]:
    """The same filters, stated over four rows and columns."""
    four = bytes("RGB".index(letter) for letter in "RGRGGBGBRGRGGBGB")
    yield Item(
        "cfa-repeat-4x4",
        "the 2x2 filters stated as a pattern of 4x4",
        _SECTION,
        ("CFARepeatPatternDim", "CFAPattern"),
        plain.but({Tag.CFARepeatPatternDim: [4, 4], Tag.CFAPattern: four}),
        plain,
    )
