"""Pictures with a truth of their own: a developer that ignores everything alike does not pass these."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...reading.tags import Tag
from ..camera import NEUTRAL, bayer, linear
from ..item import Item, Patch
from ..scenes import HEIGHT, WIDTH

GROUP = "Colour and tone"
_CHAPTER = "DNG 1.7.1, chapter 6, mapping camera color space to CIE XYZ space"
#: White-balanced camera RGB of four quarters and the middle.
_PAINT = {"red": (0.50, 0.07, 0.05), "green": (0.08, 0.40, 0.10), "blue": (0.05, 0.10, 0.45), "neutral": (0.25,) * 3}
_QUARTERS = {"red": (0, 0), "green": (0, 1), "blue": (1, 0), "neutral": (1, 1)}
_PATCHES = tuple(
    Patch(0.1 + 0.5 * column, 0.1 + 0.5 * row, 0.4 + 0.5 * column, 0.4 + 0.5 * row, name)
    for name, (row, column) in _QUARTERS.items()
)


def items() -> Iterator[Item]:
    """Red is red, neutral is neutral, clipped is white."""
    light = quarters()
    tags = ("ColorMatrix1", "AsShotNeutral", "CFAPattern")
    plain = bayer(light)
    wrong = plain.but({Tag.CFAPattern: b"\2\1\1\0", Tag.AsShotNeutral: [1, 1, 1]})
    words = "red, green, blue and grey quarters"
    yield Item("colours-mosaic", words, _CHAPTER, tags, plain, None, wrong, "patches", patches=_PATCHES)
    three = linear(light)
    unbalanced = three.but({Tag.AsShotNeutral: [1, 1, 1]})
    words = "red, green, blue and grey quarters, three samples per pixel"
    yield Item("colours-linear-raw", words, _CHAPTER, tags[:2], three, None, unbalanced, "patches", patches=_PATCHES)
    yield from _neutral()
    yield from _clipped()


def quarters() -> np.ndarray:
    """Red, green, blue and grey, a quarter each."""
    light = np.zeros((HEIGHT, WIDTH, 3))
    for name, (row, column) in _QUARTERS.items():
        rows, columns = (slice(n * size // 2, (n + 1) * size // 2) for n, size in ((row, HEIGHT), (column, WIDTH)))
        light[rows, columns] = _PAINT[name]
    return light


def _neutral() -> Iterator[Item]:
    """A grey ramp stays grey under the as-shot white, whatever that is."""
    ramp = np.broadcast_to((0.02 + 0.6 * np.linspace(0, 1, WIDTH) ** 2)[None, :, None], (HEIGHT, WIDTH, 3))
    everywhere = tuple(Patch(left, 0.2, left + 0.15, 0.8, "neutral") for left in (0.05, 0.3, 0.55, 0.8))
    lights = {"daylight": NEUTRAL, "tungsten": np.array([0.95, 1.0, 0.36]), "shade": np.array([0.40, 1.0, 0.85])}
    for name, neutral in lights.items():
        dng = bayer(ramp, {Tag.AsShotNeutral: neutral}, neutral=neutral)
        ignored = dng.but({Tag.AsShotNeutral: [1, 1, 1]})
        words = f"a grey ramp under the light `{name}` is grey"
        section = "DNG 1.7.1, chapter 4, AsShotNeutral"
        yield Item(
            f"neutral-{name}", words, section, ("AsShotNeutral",), dng, None, ignored, "patches", patches=everywhere
        )


def _clipped() -> Iterator[Item]:
    """Channels clip at different light; what is clipped in all, or in green alone, must not turn magenta."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    spot = 4.0 * np.exp(-(((x - WIDTH / 2) / 60) ** 2 + ((y - HEIGHT / 2) / 40) ** 2))
    light = np.repeat((0.15 + spot)[..., None], 3, axis=-1)
    section = "DNG 1.7.1, chapter 4, WhiteLevel; chapter 6"
    middle = Patch(0.42, 0.42, 0.58, 0.58, "clipped")
    edge = Patch(0.30, 0.45, 0.34, 0.55, "neutral")
    grey = Patch(0.02, 0.05, 0.10, 0.95, "neutral")
    for name, make in (("mosaic", bayer), ("linear-raw", linear)):
        dng = make(light)
        yield Item(
            f"clipped-highlight-{name}",
            "a grey lamp far beyond the clip under an unequal neutral: white inside, nowhere magenta",
            section,
            ("WhiteLevel", "AsShotNeutral"),
            dng,
            None,
            dng.but({Tag.WhiteLevel: 262140 // 2}),
            "patches",
            patches=(middle, edge, grey),
        )
    white = bayer(light, {Tag.BlackLevel: 2048}, black=2048, white=15000)
    yield Item(
        "clipped-highlight-over-black",
        "the same with a black level and a clip far below 65535",
        section,
        ("WhiteLevel", "BlackLevel"),
        white,
        None,
        white.without(Tag.WhiteLevel),
        "patches",
        patches=(middle, edge, grey),
    )
