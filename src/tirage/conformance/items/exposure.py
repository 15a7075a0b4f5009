"""BaselineExposure and its offset."""

from __future__ import annotations

from collections.abc import Iterator

from ...reading.tags import Tag
from ..camera import bayer
from ..dng_file import Dng
from ..item import LOOSE, Item
from ..scenes import dim, lit, photograph

GROUP = "Exposure"
_SECTION = "DNG 1.7.1, chapter 4, BaselineExposure, BaselineExposureOffset"


def items() -> Iterator[Item]:
    """Stops on the picture; the twin's pixels hold them, or the other tag."""
    light = lit(dim(photograph, 0.5))
    plain = bayer(light)
    stops, offset = Tag.BaselineExposure, Tag.BaselineExposureOffset
    both = ("BaselineExposure", "BaselineExposureOffset")
    up = bayer(light * 0.5, {stops: 1})
    words = "one stop less light and one stop of BaselineExposure"
    yield _item("baseline-exposure-up", words, both[:1], up, plain, up.without(stops))
    down = bayer(light * 1.6, {stops: -0.678})
    words = "more light and a negative BaselineExposure"
    yield _item("baseline-exposure-down", words, both[:1], down, plain, down.without(stops))
    undefined = plain.but({stops: (0, 0)})
    yield Item("baseline-exposure-0-0", "the undefined 0/0 means 0", _SECTION, both[:1], undefined, plain)
    shifted = bayer(light * 2**-0.75, {offset: 0.75})
    words = "less light and the offset alone"
    yield _item("baseline-exposure-offset", words, both[1:], shifted, plain, shifted.without(offset))
    for name, light_stops, one, two in (("sum", -0.75, 1.25, -0.5), ("sum-down", 0.6, 0.4, -1.0)):
        summed = bayer(light * 2**light_stops, {stops: one, offset: two})
        words = f"{one:+g} stops and an offset of {two:+g}: both add up"
        yield _item(f"baseline-exposure-{name}", words, both, summed, plain, summed.without(offset))


def _item(name: str, words: str, tags: tuple[str, ...], dng: Dng, twin: Dng, ignored: Dng) -> Item:
    return Item(name, words, _SECTION, tags, dng, twin, ignored, bounds=LOOSE)
