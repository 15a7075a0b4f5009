"""The other opcodes: bad pixels, curves, rows and columns, trimming; lists that hold what nobody knows."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np

from ...reading.tags import Tag
from .. import opcode_list as op
from ..camera import DNG_1_3, NEUTRAL, WHITE, bayer, linear, mosaiced, stored
from ..dng_file import Dng
from ..item import Bounds, Item
from ..opcode_list import Area, opcode, opcode_list
from ..scenes import HEIGHT, WIDTH, lit
from .gain_map import WHOLE, bowl, grid

GROUP = "Other opcodes"
_CHAPTER = "DNG 1.7.1, chapter 7, "
_LISTS = {1: Tag.OpcodeList1, 2: Tag.OpcodeList2, 3: Tag.OpcodeList3}
#: BayerPhase, after what the first pixel is: red, green in a red row, green in a blue row, blue. Adobe's DNG SDK takes
#: it otherwise (0 is green), so that it repairs with the wrong neighbours.
_RGGB, _GRBG, _GBRG, _BGGR = range(4)
_PLANES = Area(0, 0, HEIGHT, WIDTH, 0, 3)


def items() -> Iterator[Item]:
    """Each opcode in the lists it is meant for."""
    yield from _bad_pixels()
    yield from _curves()
    yield from _lines()
    yield from _trim()
    yield from _unknown()


def _item(
    name: str, words: str, number: int, section: str, dng: Dng, twin: Dng, value: bytes, bounds: Bounds | None = None
) -> Item:
    tag = _LISTS[number]
    listed = dng.but({**DNG_1_3, tag: opcode_list(value)})
    return Item(
        name, f"list {number}: {words}", _CHAPTER + section, (tag.name,), listed, twin, dng, bounds=bounds or Bounds()
    )


def _bad_pixels() -> Iterator[Item]:
    """Some pixels hold what they should not; the picture is smooth, so any sound repair gives it back."""
    plain = bayer(lit())
    blocks = _blocks(2)  # of each colour one
    zeros = plain.but(pixels=np.where(blocks, 0, np.maximum(plain.pixels, 1)).astype(np.uint16))
    section = "FixBadPixelsConstant"
    constant = opcode(op.BAD_CONSTANT, struct.pack(">2I", 0, _RGGB))
    yield _item("fix-bad-pixels-constant", "pixels of the value 0 are bad", 1, section, zeros, plain, constant)
    grbg = {Tag.CFAPattern: b"\1\0\2\1"}
    shifted = zeros.but(grbg, pixels=np.roll(zeros.pixels, 1, axis=1))
    twin = plain.but(grbg, pixels=np.roll(plain.pixels, 1, axis=1))
    constant = opcode(op.BAD_CONSTANT, struct.pack(">2I", 0, _GRBG))
    yield _item("fix-bad-pixels-constant-grbg", "the same behind filters GRBG", 1, section, shifted, twin, constant)
    section, blocks = "FixBadPixelsList", _blocks(3)
    points = np.argwhere(blocks)
    warm = plain.but(pixels=np.where(blocks, plain.pixels // 2 + 9000, plain.pixels).astype(np.uint16))
    listed = opcode(op.BAD_LIST, struct.pack(">3I", _RGGB, len(points), 0) + points.astype(">u4").tobytes())
    words = "points that are bad, in clusters of nine"
    yield _item("fix-bad-pixels-list", words, 1, section, warm, plain, listed)
    top, left = 7, 5  # list 1 counts from the first stored pixel
    framed = np.pad(warm.pixels, ((top, 12), (left, 9)), constant_values=WHITE)
    area = {Tag.ActiveArea: [top, left, top + HEIGHT, left + WIDTH]}
    shifted = struct.pack(">3I", _BGGR, len(points), 0) + (points + (top, left)).astype(">u4").tobytes()
    dng, listed_there = warm.but(area, pixels=framed), opcode(op.BAD_LIST, shifted)
    words = "points counted from the stored pixels, not the active area"
    yield _item("fix-bad-pixels-list-active-area", words, 1, section, dng, plain, listed_there)
    rectangles = np.array([[y, x, y + 2, x + 6] for y in range(12, HEIGHT - 12, 16) for x in range(14, WIDTH - 14, 20)])
    rectangles = np.concatenate([rectangles, [[90, 33, 91, 120], [60, 180, 120, 181]]])
    is_bad = np.zeros((HEIGHT, WIDTH), bool)
    for top, left, bottom, right in rectangles:
        is_bad[top:bottom, left:right] = True
    warm = plain.but(pixels=np.where(is_bad, plain.pixels // 2 + 9000, plain.pixels).astype(np.uint16))
    listed = opcode(op.BAD_LIST, struct.pack(">3I", _RGGB, 0, len(rectangles)) + rectangles.astype(">u4").tobytes())
    words = "rectangles that are bad, among them a piece of a row and of a column"
    yield _item("fix-bad-pixels-rectangles", words, 1, section, warm, plain, listed)


def _blocks(size: int) -> np.ndarray:
    """A mask of squares, one in each field of twelve pixels, never in the same place of it."""
    random = np.random.Generator(np.random.Philox(5))
    mask = np.zeros((HEIGHT, WIDTH), bool)
    for row in range(10, HEIGHT - 18, 12):
        for column in range(10, WIDTH - 18, 12):
            y, x = row + random.integers(0, 4), column + random.integers(0, 4)
            mask[y : y + size, x : x + size] = True
    return mask


def _polynomial(values: np.ndarray) -> np.ndarray:
    """The inverse of 0.3 x + 0.7 x^2."""
    return (-0.3 + np.sqrt(0.09 + 2.8 * values)) / 1.4


def _curves() -> Iterator[Item]:
    light = lit()
    values, plain, three = mosaiced(light * NEUTRAL), bayer(light), linear(light)
    body = struct.pack(">I3d", 2, 0.0, 0.3, 0.7)
    curve = opcode(op.MAP_POLYNOMIAL, WHOLE.packed() + body)
    in_stored_units = opcode(op.MAP_POLYNOMIAL, WHOLE.packed() + struct.pack(">I3d", 2, 0.0, 0.3, 0.7 / 65535))
    planes = opcode(op.MAP_POLYNOMIAL, _PLANES.packed() + body)
    table = np.rint((np.arange(4096) / 4095) ** 2 * 65535).astype(">u2")
    # The table's index is the 16-bit value itself, so 4096 entries serve the codes below 4096.
    lookup = struct.pack(">I", len(table)) + table.tobytes()
    codes = np.rint(np.sqrt(values) * 4095).astype(np.uint16)
    mapped = plain.but(pixels=stored(_polynomial(values)))
    section = "MapPolynomial"
    yield _item(
        "map-polynomial-1", "a curve over the mosaic, of stored values", 1, section, mapped, plain, in_stored_units
    )
    yield _item("map-polynomial-2", "a curve over the mosaic, of values 0..1", 2, section, mapped, plain, curve)
    dng = three.but(pixels=stored(_polynomial(light * NEUTRAL)))
    yield _item("map-polynomial-3", "a curve over three planes", 3, section, dng, three, planes)
    red = np.stack([_polynomial(light[..., 0] * NEUTRAL[0]), *(light * NEUTRAL).transpose(2, 0, 1)[1:]], axis=-1)
    alone = opcode(op.MAP_POLYNOMIAL, _PLANES._replace(planes=1).packed() + body)
    yield _item(
        "map-polynomial-3-red", "a curve over the red plane", 3, section, three.but(pixels=stored(red)), three, alone
    )
    part = Area(10, 20, HEIGHT - 30, WIDTH - 21, 0, 1, 2, 2)
    bent = values.copy()
    bent[part.rows, part.columns] = _polynomial(bent[part.rows, part.columns])
    some = opcode(op.MAP_POLYNOMIAL, part.packed() + body)
    words = "a curve over one filter in a part of the picture"
    yield _item("map-polynomial-2-pitch", words, 2, section, plain.but(pixels=stored(bent)), plain, some)
    fine = Bounds(mean=0.01, high=0.05)
    coded = opcode(op.MAP_TABLE, WHOLE.packed() + lookup)
    for number in (1, 2):
        dng = plain.but(pixels=codes)
        yield _item(f"map-table-{number}", "a table over the mosaic", number, "MapTable", dng, plain, coded, fine)
    upside_down = plain.but({Tag.LinearizationTable: table.tolist()}, pixels=4095 - codes)
    mirror = struct.pack(">I", 4096) + np.arange(4095, -1, -1).astype(">u2").tobytes()
    first = opcode(op.MAP_TABLE, WHOLE.packed() + mirror)
    words = "a table over stored values, before the LinearizationTable"
    yield _item("map-table-1-linearization", words, 1, "MapTable", upside_down, plain, first, fine)
    bent = np.rint(np.sqrt(light * NEUTRAL) * 4095).astype(np.uint16)
    coded = opcode(op.MAP_TABLE, _PLANES.packed() + lookup)
    yield _item("map-table-3", "a table over three planes", 3, "MapTable", three.but(pixels=bent), three, coded, fine)


def _lines() -> Iterator[Item]:
    """Banding along rows and columns.

    Additions to an image of integers are in its own units, 1/65535, in all lists: the specification does not say, and
    Adobe's SDK has it so.
    """
    light = lit() * 0.7
    values, plain = mosaiced(light * NEUTRAL), bayer(light)
    down = np.round(0.4 + 0.2 * np.cos(np.arange(HEIGHT) / 3.1), 4)
    across = np.round(0.4 + 0.2 * np.sin(np.arange(WIDTH) / 4.3), 4)
    cases = (
        ("delta-per-row", op.DELTA_PER_ROW, "DeltaPerRow", (down * 20000)[:, None]),
        ("delta-per-column", op.DELTA_PER_COLUMN, "DeltaPerColumn", (across * 20000)[None]),
        ("scale-per-row", op.SCALE_PER_ROW, "ScalePerRow", (1 + down)[:, None]),
        ("scale-per-column", op.SCALE_PER_COLUMN, "ScalePerColumn", (1 + across)[None]),
    )
    for name, code, section, numbers in cases:
        adds = code in (op.DELTA_PER_ROW, op.DELTA_PER_COLUMN)
        change = (lambda x, n: x + n / 65535) if adds else (lambda x, n: x / n)
        sign = -1 if adds else 1  # positive differences are stored, negative ones added
        body = struct.pack(">I", numbers.size) + (sign * numbers).astype(">f4").tobytes()
        value = opcode(code, WHOLE.packed() + body)
        for number in (1, 2):
            dng = plain.but(pixels=stored(change(values, numbers)))
            words = f"{section} over the mosaic{_units(adds)}"
            yield _item(f"{name}-{number}", words, number, section, dng, plain, value)
        value = opcode(code, _PLANES.packed() + body)
        three = linear(light)
        dng = three.but(pixels=stored(change(light * NEUTRAL, numbers[..., None])))
        yield _item(f"{name}-3", f"{section} over three planes{_units(adds)}", 3, section, dng, three, value)
    part = Area(11, 20, HEIGHT - 12, WIDTH - 31, 0, 1, 2, 3)
    numbers = (1 + down)[part.rows][:, None]
    bent = values.copy()
    bent[part.rows, part.columns] /= numbers
    value = opcode(op.SCALE_PER_ROW, part.packed() + struct.pack(">I", numbers.size) + numbers.astype(">f4").tobytes())
    words = "ScalePerRow over every second row and third column of a part"
    yield _item("scale-per-row-2-pitch", words, 2, "ScalePerRow", plain.but(pixels=stored(bent)), plain, value)


def _units(adds: bool) -> str:
    return ", in units of 1/65535 as Adobe's SDK has it" if adds else ""


def _trim() -> Iterator[Item]:
    """What is outside is no picture."""
    inside = lit()
    pixels = np.full((HEIGHT + 28, WIDTH + 36), WHITE, np.uint16)
    plain = bayer(inside)
    pixels[12 : 12 + HEIGHT, 16 : 16 + WIDTH] = plain.pixels
    value = opcode(op.TRIM_BOUNDS, struct.pack(">4I", 12, 16, 12 + HEIGHT, 16 + WIDTH))
    dng = plain.but(pixels=pixels)
    yield _item("trim-bounds-3", "only a part of the pixels is the picture", 3, "TrimBounds", dng, plain, value)


def _unknown() -> Iterator[Item]:
    """Optional opcodes that nobody knows are skipped, those around them are not."""
    light = lit() * 0.85
    plain = bayer(light)
    unknown = opcode(4242, b"what nobody knows", op.OPTIONAL)
    newer = opcode(op.GAIN_MAP, WHOLE.packed() + grid(bowl()).packed(), op.OPTIONAL, (99, 0, 0, 0))
    for number, tag in _LISTS.items():
        dng = plain.but({**DNG_1_3, tag: opcode_list(unknown)})
        words = f"list {number}: an unknown opcode, optional: it is skipped"
        yield Item(f"unknown-optional-{number}", words, _CHAPTER + "flags", (tag.name,), dng, plain)
    dng = plain.but({**DNG_1_3, Tag.OpcodeList2: opcode_list(newer)})
    words = "list 2: an optional opcode that asks for DNG 99.0: it is skipped"
    yield Item("newer-optional-2", words, _CHAPTER + "DNG version", ("OpcodeList2",), dng, plain)
    gains = grid(bowl())
    shaded = bayer(light / gains.over(HEIGHT, WIDTH))
    for name, around in (("before", (unknown,)), ("several", (unknown, opcode(4343, b"", op.OPTIONAL)))):
        dng = shaded.but({**DNG_1_3, Tag.OpcodeList2: opcode_list(*around, op.gain_map(WHOLE, gains))})
        words = "list 2: a gain map after unknown optional opcodes: it is applied"
        yield Item(f"unknown-{name}-gain-map", words, _CHAPTER + "flags", ("OpcodeList2",), dng, plain, shaded)
    dng = shaded.but(
        {**DNG_1_3, Tag.OpcodeList2: opcode_list(op.gain_map(WHOLE, gains, op.OPTIONAL | op.PREVIEW_SKIP))}
    )
    words = "list 2: a gain map that is optional and may be skipped for previews: it is applied"
    yield Item("gain-map-preview-skip", words, _CHAPTER + "flags", ("OpcodeList2",), dng, plain, shaded)
