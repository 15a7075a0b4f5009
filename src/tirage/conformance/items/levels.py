"""Stored numbers to light: linearisation, black and white."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...reading.tags import Tag
from ..camera import NEUTRAL, bayer, linear, mosaiced, stored
from ..dng_file import LONG, RATIONAL, Dng, Typed
from ..item import Bounds, Item
from ..scenes import HEIGHT, WIDTH, dim, lit, photograph

GROUP = "Levels"
_BLACK = "DNG 1.7.1, chapter 4, BlackLevel; chapter 5, mapping raw values to linear reference values"


def items() -> Iterator[Item]:
    """Tables, black in all its forms, white."""
    yield from _tables()
    yield from _black()
    yield from _black_deltas()
    yield from _white()
    yield from _dark()


def _tables() -> Iterator[Item]:
    section, tags = "DNG 1.7.1, chapter 4, LinearizationTable", ("LinearizationTable",)
    light = lit()
    values, plain = mosaiced(light * NEUTRAL), bayer(light)
    for bits, gamma in ((8, 2.0), (12, 2.0), (10, 3.0)):
        highest = 2**bits - 1
        table = np.rint((np.arange(highest + 1) / highest) ** gamma * 65535).astype(int)
        codes = np.rint(values ** (1 / gamma) * highest).astype(np.uint8 if bits == 8 else np.uint16)
        dng = plain.but({Tag.LinearizationTable: table.tolist()}, pixels=codes, bits=bits)
        name = f"linearization-table-{bits}-bit"
        bounds = Bounds(mean=0.01, high=0.05)
        ignored = dng.but({Tag.LinearizationTable: None, Tag.WhiteLevel: highest})
        words = f"{bits}-bit codes of a power curve, made linear by a table"
        yield Item(name, words, section, tags, dng, plain, ignored, bounds=bounds)
    table = np.minimum(np.arange(3001) * 4 + 1000, 13000)
    codes = np.rint(values * 3000).astype(np.uint16)
    codes[::16, ::16] = 4000  # beyond the table: its last entry
    dng = plain.but({Tag.LinearizationTable: table.tolist(), Tag.BlackLevel: 1000, Tag.WhiteLevel: 13000}, pixels=codes)
    clipped = values.copy()
    clipped[::16, ::16] = 1
    yield Item(
        "linearization-table-short",
        "a table shorter than the codes: larger codes take its last entry; black and white count after the table",
        section,
        (*tags, "BlackLevel", "WhiteLevel"),
        dng,
        plain.but(pixels=stored(clipped)),
        dng.without(Tag.LinearizationTable),
    )


def _black() -> Iterator[Item]:
    """One level, and patterns that repeat from the active area's first pixel."""
    light = lit()
    plain = bayer(light)
    even = bayer(light, {Tag.BlackLevel: 4096}, black=4096)
    yield Item("black-level", "one black level", _BLACK, ("BlackLevel",), even, plain, even.without(Tag.BlackLevel))
    fraction = bayer(light, {Tag.BlackLevel: (8193, 2)}, black=4096.5)
    yield Item(
        "black-level-fraction",
        "a black level that is no whole number",
        _BLACK,
        ("BlackLevel",),
        fraction,
        plain,
        fraction.without(Tag.BlackLevel),
    )
    whole = even.but({Tag.BlackLevel: Typed(LONG, 4096)})
    yield Item(
        "black-level-long",
        "black level of the type LONG",
        _BLACK,
        ("BlackLevel",),
        whole,
        plain,
        whole.without(Tag.BlackLevel),
    )
    for rows, columns in ((2, 2), (1, 2), (2, 1), (4, 4), (3, 5)):
        yield _repeated(light, rows, columns, 0, 0, plain)
    yield _repeated(light, 2, 2, 3, 5, plain)


def _repeated(light: np.ndarray, rows: int, columns: int, top: int, left: int, plain: Dng) -> Item:
    """Levels that differ by thousands over `rows` x `columns`; with a masked border where `top` or `left`."""
    pattern = 2000 + 900 * ((np.arange(rows)[:, None] * 3 + np.arange(columns) * 5) % 7)
    black = pattern[np.arange(HEIGHT)[:, None] % rows, np.arange(WIDTH) % columns]
    tags: dict[int, Any] = {
        Tag.BlackLevelRepeatDim: [rows, columns],
        Tag.BlackLevel: Typed(RATIONAL, pattern.ravel().tolist()),
    }
    dng = bayer(light, tags, black=black)
    name, words = f"black-level-{rows}x{columns}", f"black levels that repeat every {rows} rows and {columns} columns"
    if top or left:
        pixels = np.pad(dng.pixels, ((top, 0), (left, 0)), constant_values=int(pattern.mean()))
        dng = dng.but({Tag.ActiveArea: [top, left, top + HEIGHT, left + WIDTH]}, pixels=pixels)
        name, words = f"{name}-active-area", f"{words}, counted from an odd active area"
    used = ("BlackLevel", "BlackLevelRepeatDim")
    flat = dng.but({Tag.BlackLevelRepeatDim: None, Tag.BlackLevel: None})
    return Item(name, words, _BLACK, used, dng, plain, flat)


def _black_deltas() -> Iterator[Item]:
    light = lit()
    plain = bayer(light)
    across = np.rint(1500 * np.sin(np.arange(WIDTH) / 9)).astype(int)
    down = np.rint(1500 * np.cos(np.arange(HEIGHT) / 7)).astype(int)
    delta_h, delta_v = {Tag.BlackLevelDeltaH: across}, {Tag.BlackLevelDeltaV: down}
    cases = (
        ("h", "column", delta_h, 4096 + across[None]),
        ("v", "row", delta_v, 4096 + down[:, None]),
        ("hv", "column and row", delta_h | delta_v, 4096 + across[None] + down[:, None]),
    )
    for name, words, tags, black in cases:
        dng = bayer(light, {Tag.BlackLevel: 4096, **tags}, black=np.broadcast_to(black, (HEIGHT, WIDTH)))
        used = tuple(Tag(tag).name for tag in tags)
        yield Item(
            f"black-level-delta-{name}", f"black differs by {words}", _BLACK, used, dng, plain, dng.without(*tags)
        )


def _white() -> Iterator[Item]:
    light = lit()
    plain = bayer(light)
    section = "DNG 1.7.1, chapter 4, WhiteLevel"
    for white in (1023, 4095, 15600, 60000):
        dng = bayer(light, white=white)
        yield Item(
            f"white-level-{white}",
            f"white level {white}",
            section,
            ("WhiteLevel",),
            dng,
            plain,
            dng.without(Tag.WhiteLevel),
        )
    full = plain.without(Tag.WhiteLevel)
    yield Item(
        "white-level-absent",
        "no white level: 65535 of 16 bits",
        section,
        ("WhiteLevel",),
        full,
        plain,
        full.but({Tag.WhiteLevel: 16383}),
    )
    whites, blacks = np.array([60000, 50000, 40000]), np.array([1000, 5000, 3000])
    three = linear(lit()).but(
        {
            Tag.WhiteLevel: whites,
            Tag.BlackLevel: Typed(RATIONAL, blacks.tolist()),
            Tag.BlackLevelRepeatDim: [1, 1],
        },
        pixels=np.rint(blacks + light * NEUTRAL * (whites - blacks)).astype(np.uint16),
    )
    yield Item(
        "levels-per-plane",
        "three planes, each with its own black and white",
        section,
        ("WhiteLevel", "BlackLevel"),
        three,
        linear(light),
        three.but({Tag.WhiteLevel: 65535, Tag.BlackLevel: None, Tag.BlackLevelRepeatDim: None}),
    )


def _dark() -> Iterator[Item]:
    """Pictures near black, brought up by BaselineExposure in both files."""
    light = lit(dim(photograph, 1 / 32))
    bright = {Tag.BaselineExposure: 4}
    plain = bayer(light, bright)
    dark = bayer(light, {Tag.BlackLevel: 2048, **bright}, black=2048)
    yield Item(
        "very-dark",
        "five stops underexposed over a black level, brought up by BaselineExposure",
        _BLACK,
        ("BlackLevel", "BaselineExposure"),
        dark,
        plain,
        dark.without(Tag.BlackLevel),
        bounds=Bounds(mean=0.015, high=0.07),
    )
    noise = np.random.Generator(np.random.Philox(7)).normal(0, 120, (HEIGHT, WIDTH))
    noise[:, ::40] = 0
    light = lit(dim(photograph, 0.8)) * np.where(np.arange(WIDTH)[None, :, None] < WIDTH // 3, 0, 1)
    values = mosaiced(light * NEUTRAL) * 60000
    pixels = np.clip(np.rint(2048 + values + noise), 0, 65535).astype(np.uint16)
    under = bayer(light, {Tag.BlackLevel: 2048}, pixels=pixels)
    yield Item(
        "below-black",
        "a third of the picture is black, with noise on both sides of the black level",
        _BLACK,
        ("BlackLevel",),
        under,
        bayer(light, pixels=np.clip(np.rint(values * 65535 / 63487), 0, 65535).astype(np.uint16)),
        under.without(Tag.BlackLevel),
        bounds=Bounds(mean=0.03, high=0.15),
    )
