"""Files that no picture can be made of: refused in time, with nothing written."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np

from ...reading.tags import Tag
from ..camera import COLOR_MATRIX, DNG_1_3, NEUTRAL, bayer
from ..dng_file import FLOAT, LONG, SHORT, SRATIONAL, Dng, Typed
from ..item import Item
from ..opcode_list import GAIN_MAP, MAP_TABLE, Area, Gains, gain_map, opcode, opcode_list
from ..scenes import HEIGHT, WIDTH, lit
from .gain_map import WHOLE, bowl, grid

GROUP = "Must be refused"


def items() -> Iterator[Item]:
    """Opcodes, layout, numbers, structure."""
    yield from _opcodes()
    yield from _layout()
    yield from _numbers()
    yield from _structure()


def _refused(
    name: str, words: str, tags: tuple[str, ...], dng: Dng | None, data: bytes = b"", twin: Dng | None = None
) -> Item:
    return Item(name, words, "DNG 1.7.1", tags, dng, twin, judge="refused", data=data)


def _opcodes() -> Iterator[Item]:
    plain = bayer(lit())
    for number, tag in ((1, Tag.OpcodeList1), (2, Tag.OpcodeList2), (3, Tag.OpcodeList3)):
        dng = plain.but({**DNG_1_3, tag: opcode_list(opcode(4242, b"what nobody knows"))})
        yield _refused(
            f"unknown-mandatory-{number}", f"list {number}: an unknown opcode that is mandatory", (tag.name,), dng
        )
    right = opcode(GAIN_MAP, WHOLE.packed() + grid(bowl()).packed())
    huge = WHOLE.packed() + struct.pack(">2I4dI", 31623, 31623, 1e-5, 1e-5, 0, 0, 1)
    not_a_number = Gains(np.full((2, 2, 1), np.nan), (1.0, 1.0))
    cases = {
        "gain-map-1e9-points": ("a gain map that claims 10^9 points", opcode_list(opcode(GAIN_MAP, huge))),
        "gain-map-short": ("a gain map shorter than its points", opcode_list(opcode(GAIN_MAP, right[16:-40]))),
        "gain-map-no-points": (
            "a gain map of no points",
            opcode_list(opcode(GAIN_MAP, WHOLE.packed() + struct.pack(">2I4dI", 0, 0, 1, 1, 0, 0, 1))),
        ),
        "gain-map-nan": ("gains that are not numbers", opcode_list(gain_map(Area(0, 0, HEIGHT, WIDTH), not_a_number))),
        "opcode-longer-than-list": ("an opcode that claims more bytes than the list has", opcode_list(right)[:-100]),
        "opcode-count-too-high": ("a list that claims 10^6 opcodes", struct.pack(">I", 10**6) + right),
        "map-table-too-long": (
            "a table that claims 2^31 values",
            opcode_list(opcode(MAP_TABLE, WHOLE.packed() + struct.pack(">I", 2**31) + bytes(64))),
        ),
    }
    for name, (words, value) in cases.items():
        yield _refused(name, f"list 2: {words}", ("OpcodeList2",), plain.but({**DNG_1_3, Tag.OpcodeList2: value}))


def _layout() -> Iterator[Item]:
    plain = bayer(lit())
    size = len(plain.encoded())
    cases = {
        "truncated-pixels": ("the file ends before its pixels do", {Tag.StripOffsets: Typed(LONG, size - 2000)}),
        "pixels-outside": ("pixels beyond the end of the file", {Tag.StripOffsets: Typed(LONG, 2**31)}),
        "pixels-2e31": (
            "2^31 pixels claimed",
            {Tag.ImageWidth: 65536, Tag.ImageLength: 32768, Tag.RowsPerStrip: Typed(LONG, 32768)},
        ),
        "no-width": ("no columns", {Tag.ImageWidth: 0}),
        "bits-0": ("samples of 0 bits", {Tag.BitsPerSample: Typed(SHORT, 0)}),
        "compression-unknown": ("a compression that does not exist", {Tag.Compression: Typed(SHORT, 54321)}),
        "active-area-outside": ("ActiveArea outside the pixels", {Tag.ActiveArea: [0, 0, HEIGHT + 500, WIDTH]}),
        "active-area-empty": ("ActiveArea without pixels", {Tag.ActiveArea: [40, 40, 40, 40]}),
        "cfa-pattern-short": ("CFAPattern shorter than its size", {Tag.CFAPattern: b"\0\1\1"}),
    }
    for name, (words, tags) in cases.items():
        yield _refused(name, words, tuple(Tag(tag).name for tag in tags), plain.but(tags))
    for name, compression in (("jpeg-damaged", 7), ("jpeg-xl-damaged", 52546)):
        garbage = np.random.Generator(np.random.Philox(3)).integers(0, 65535, (HEIGHT, WIDTH), np.uint16)
        dng = plain.but({Tag.Compression: Typed(SHORT, compression)}, pixels=garbage)
        yield _refused(name, "compressed pixels that are garbage", ("Compression",), dng)
    floats = plain.but({Tag.DNGBackwardVersion: b"\1\4\0\0", Tag.WhiteLevel: 1, Tag.Compression: Typed(SHORT, 8)})
    yield _refused(
        "deflate-damaged",
        "compressed pixels that are garbage",
        ("Compression",),
        floats.but(pixels=np.full((HEIGHT, WIDTH), 0.5, np.float32)),
    )


def _numbers() -> Iterator[Item]:
    plain = bayer(lit())
    singular = COLOR_MATRIX.copy()
    singular[2] = singular[0] + singular[1]
    nan = [(0, 0), *[(1, 2)] * 8]
    cases = {
        "color-matrix-singular": ("a ColorMatrix that can't be inverted", {Tag.ColorMatrix1: singular}),
        "color-matrix-zero": ("a ColorMatrix of zeros", {Tag.ColorMatrix1: np.zeros(9)}),
        "color-matrix-0-0": ("a ColorMatrix with 0/0 in it", {Tag.ColorMatrix1: nan}),
        "color-matrix-nan": (
            "a ColorMatrix with a float that is no number",
            {Tag.ColorMatrix1: Typed(FLOAT, [float("nan")] + [0.5] * 8)},
        ),
        "color-matrix-short": ("a ColorMatrix of eight numbers", {Tag.ColorMatrix1: COLOR_MATRIX.ravel()[:8]}),
        "color-matrix-absent": ("no ColorMatrix", {Tag.ColorMatrix1: None}),
        "white-below-black": ("WhiteLevel below BlackLevel", {Tag.WhiteLevel: 1000, Tag.BlackLevel: 2000}),
        "white-is-black": ("WhiteLevel equal to BlackLevel", {Tag.WhiteLevel: 2000, Tag.BlackLevel: 2000}),
        "white-level-0": ("WhiteLevel 0", {Tag.WhiteLevel: 0}),
        "black-level-negative": ("a negative BlackLevel", {Tag.BlackLevel: Typed(SRATIONAL, [(-300, 1)])}),
        "black-level-0-0": ("BlackLevel 0/0", {Tag.BlackLevel: (0, 0)}),
        "neutral-zero": ("AsShotNeutral with a zero", {Tag.AsShotNeutral: [NEUTRAL[0], 0, NEUTRAL[2]]}),
        "neutral-0-0": ("AsShotNeutral with 0/0", {Tag.AsShotNeutral: [(0, 0), (1, 1), (1, 2)]}),
    }
    for name, (words, tags) in cases.items():
        twin = plain if name == "black-level-0-0" else None
        yield _refused(name, words, tuple(Tag(tag).name for tag in tags), plain.but(tags), twin=twin)


def _structure() -> Iterator[Item]:
    plain = bayer(lit())
    data = plain.encoded()
    (at,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, at)
    following = at + 2 + 12 * count
    looped = data[:following] + data[4:8] + data[following + 4 :]
    yield _refused("ifd-loop", "the directory names itself as the next one", (), None, looped, plain)
    outside = data[:4] + struct.pack("<I", 0x7F000000) + data[8:]
    yield _refused("ifd-outside", "the directory is beyond the end of the file", (), None, outside)
    yield _refused("ifd-cut", "the file ends inside its directory", (), None, data[: at + 60])
    preview = plain.but(previews=(np.zeros((8, 8, 3), np.uint8),)).but({Tag.NewSubfileType: 1})
    yield _refused("no-raw-image", "previews and no RAW image", ("NewSubfileType",), preview)
    newer = plain.but({Tag.DNGVersion: b"\x09\0\0\0", Tag.DNGBackwardVersion: b"\x09\0\0\0"})
    yield _refused("newer-version", "DNGBackwardVersion 9.0", ("DNGBackwardVersion",), newer)
    yield _refused("header-only", "nothing but a header", (), None, data[:8])
    yield _refused("empty", "an empty file", (), None, b"")
