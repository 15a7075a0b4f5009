"""What part of the pixels is the picture, and which way up."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...reading.tags import Tag
from ..camera import bayer
from ..dng_file import RATIONAL, Typed
from ..item import Bounds, Item
from ..scenes import HEIGHT, WIDTH, lit, photograph

GROUP = "Crop, scale, orientation"

#: EXIF orientation -> the stored picture of an upright one, rows first.
_STORED = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.transpose(1, 0, 2),
    6: lambda upright: upright.transpose(1, 0, 2)[::-1],
    7: lambda upright: upright.transpose(1, 0, 2)[::-1, ::-1],
    8: lambda upright: upright.transpose(1, 0, 2)[:, ::-1],
}


def items() -> Iterator[Item]:
    """Crops, scales, eight orientations."""
    yield from _crops()
    yield from _user_crops()
    yield from _scales()
    upright = lit()
    plain = bayer(upright)
    section = "TIFF 6.0, Orientation; DNG 1.7.1, chapter 3"
    for orientation, turned in _STORED.items():
        dng = bayer(np.ascontiguousarray(turned(upright)), {Tag.Orientation: orientation})
        ignored = dng.but({Tag.Orientation: 1 if orientation > 1 else 3})
        words = f"orientation {orientation}; the twin is stored upright"
        twin = plain if orientation > 1 else plain.without(Tag.Orientation)
        yield Item(f"orientation-{orientation}", words, section, ("Orientation",), dng, twin, ignored)
    dng = bayer(np.ascontiguousarray(_STORED[6](lit(height=180, width=240))), {Tag.Orientation: 6})
    dng = dng.but({Tag.DefaultCropOrigin: [14, 0], Tag.DefaultCropSize: [160, 230]})
    # The stored picture is 180 wide; its column 14 is the upright picture's row 14, its last row the first column.
    twin = bayer(lit(height=160, width=230, top=14, left=10))
    words = "a crop of the stored pixels, then turned"
    yield Item(
        "orientation-6-crop",
        words,
        section,
        ("Orientation", "DefaultCropOrigin"),
        dng,
        twin,
        dng.without(Tag.DefaultCropOrigin),
    )


def _crops() -> Iterator[Item]:
    section, tags = "DNG 1.7.1, chapter 4, DefaultCropOrigin, DefaultCropSize", ("DefaultCropOrigin", "DefaultCropSize")
    for name, left, top, right, bottom in (("even", 12, 8, 16, 20), ("odd", 7, 11, 9, 5)):
        height, width = HEIGHT + top + bottom, WIDTH + left + right
        whole = lit(height=height, width=width, top=-top, left=-left)
        dng = bayer(whole, {Tag.DefaultCropOrigin: [left, top], Tag.DefaultCropSize: [WIDTH, HEIGHT]})
        words = f"the picture begins {left} columns and {top} rows inside"
        yield Item(
            f"default-crop-{name}",
            words,
            section,
            tags,
            dng,
            bayer(lit()),
            dng.without(Tag.DefaultCropOrigin, Tag.DefaultCropSize),
        )
    rational = bayer(lit(height=180, width=260, top=-8, left=-10)).but(
        {
            Tag.DefaultCropOrigin: Typed(RATIONAL, [(20, 2), (16, 2)]),
            Tag.DefaultCropSize: Typed(RATIONAL, [(WIDTH, 1), (HEIGHT, 1)]),
        }
    )
    words = "crop stated in rationals"
    ignored = rational.without(Tag.DefaultCropOrigin, Tag.DefaultCropSize)
    yield Item("default-crop-rational", words, section, tags, rational, bayer(lit()), ignored)
    framed = bayer(lit(height=HEIGHT + 24, width=WIDTH + 30, top=-13, left=-15)).but(
        {
            Tag.ActiveArea: [5, 7, HEIGHT + 24, WIDTH + 30],
            Tag.DefaultCropOrigin: [8, 8],
            Tag.DefaultCropSize: [WIDTH, HEIGHT],
            Tag.CFAPattern: b"\2\1\1\0",
        }
    )
    words = "crop counted from an odd active area"
    ignored = framed.without(Tag.DefaultCropOrigin, Tag.DefaultCropSize)
    yield Item("default-crop-active-area", words, section, (*tags, "ActiveArea"), framed, bayer(lit()), ignored)


def _user_crops() -> Iterator[Item]:
    section, tags = "DNG 1.7.1, chapter 4, DefaultUserCrop", ("DefaultUserCrop",)
    whole = bayer(lit())
    dng = whole.but({Tag.DefaultUserCrop: [(1, 8), (1, 10), (7, 8), (4, 5)]})
    twin = bayer(lit(height=120, width=168, top=20, left=24))
    yield Item("default-user-crop", "a crop by fractions of the default crop", section, tags, dng, twin, whole)
    all_of_it = whole.but({Tag.DefaultUserCrop: [0, 0, 1, 1]})
    yield Item("default-user-crop-all", "a crop that keeps everything", section, tags, all_of_it, whole)
    both = bayer(lit(height=200, width=260, top=-20, left=-10)).but(
        {
            Tag.DefaultCropOrigin: [10, 20],
            Tag.DefaultCropSize: [WIDTH, HEIGHT],
            Tag.DefaultUserCrop: [(1, 8), (1, 10), (7, 8), (4, 5)],
        }
    )
    yield Item(
        "default-user-crop-of-crop",
        "a crop of the default crop",
        section,
        (*tags, "DefaultCropOrigin"),
        both,
        twin,
        both.without(Tag.DefaultUserCrop),
    )


def _scales() -> Iterator[Item]:
    """Pixels that are not square: the picture is as large as the specification says, and shows the same."""
    section, tags = "DNG 1.7.1, chapter 4, DefaultScale", ("DefaultScale",)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    bounds = Bounds(mean=0.012, high=0.09)
    for name, scale, stretch_x, stretch_y in (
        ("wide", (2, 1), 2, 1),
        ("tall", (1, 2), 1, 2),
        ("3-2", (1.5, 1), 1.5, 1),
    ):
        rows, columns = round(HEIGHT / stretch_y), round(WIDTH / stretch_x)
        dng = bayer(
            photograph(x[:rows, :columns] * stretch_x, y[:rows, :columns] * stretch_y), {Tag.DefaultScale: list(scale)}
        )
        words = f"pixels to be scaled by {scale[0]:g} across and {scale[1]:g} down"
        yield Item(
            f"default-scale-{name}",
            words,
            section,
            tags,
            dng,
            bayer(lit()),
            dng.without(Tag.DefaultScale),
            bounds=bounds,
        )
