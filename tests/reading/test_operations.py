"""Opcode list 1 acts while a file is read; lists 2 and 3 come with the frame; TrimBounds cuts the crop."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dng_maker import BYTE, LONG, SHORT, UNDEFINED, make_dng
from tirage.opcodes.encode import encode
from tirage.photo.frame import RawFrame
from tirage.photo.operations import (
    AreaSpec,
    FixBadPixelsConstant,
    FixBadPixelsList,
    GainMap,
    MapPolynomial,
    MapTable,
    Operation,
    PerRow,
    Rectangle,
    TrimBounds,
    WarpFisheye,
)
from tirage.reading import read

HEIGHT, WIDTH = 24, 32
WHOLE = AreaSpec(Rectangle(0, 0, WIDTH, HEIGHT), 0, 3)
FISHEYE = WarpFisheye(np.array([[1.0, 0, 0, 0]]), (0.5, 0.5))


def read_with(
    folder: Path, pixels: np.ndarray, lists: dict[int, list[Operation]], tags: dict | None = None, **options
) -> RawFrame:
    """The frame of a file with these opcode lists, by number."""
    found = {51008: lists.get(1), 51009: lists.get(2), 51022: lists.get(3)}
    entries = {tag: (UNDEFINED, encode(operations)) for tag, operations in found.items() if operations}
    return read(make_dng(folder / "a.dng", pixels, tags={**entries, **(tags or {})}, **options))


def test_list_1_acts_before_the_linearization_table_and_outside_the_active_area(tmp_path: Path) -> None:
    stored = np.full((HEIGHT, WIDTH), 100, np.uint16)
    rows = np.arange(HEIGHT, dtype=np.float32)
    table = (np.arange(1000) * 10).astype(np.uint16)
    tags = {50712: (SHORT, table.tolist()), 50829: (LONG, (4, 6, HEIGHT, WIDTH))}
    frame = read_with(tmp_path, stored, {1: [PerRow(WHOLE, rows)]}, tags)
    expected = (100 + np.arange(4, HEIGHT)) * 10
    np.testing.assert_array_equal(frame.mosaic, np.repeat(expected[:, None], WIDTH - 6, axis=1))


@pytest.mark.parametrize(("left", "top"), [(0, 0), (1, 0), (0, 1), (3, 2)])
@pytest.mark.parametrize("cfa", ["RGGB", "GRBG", "GBRG", "BGGR"])
def test_bad_pixels_have_the_stored_images_colours(tmp_path: Path, left: int, top: int, cfa: str) -> None:
    """CFAPattern counts from the active area, the list from the stored image."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    names = np.array(list(cfa)).reshape(2, 2)[(rows - top) % 2, (columns - left) % 2]
    truth = np.select([names == "R", names == "G"], [1000, 20000], 50000).astype(np.uint16)
    points = np.array([[9, 11], [9, 12], [14, 20], [15, 9], [12, 13]])
    broken = truth.copy()
    broken[points[:, 0], points[:, 1]] = 7
    tags = {50829: (LONG, (top, left, HEIGHT, WIDTH))}
    for one in (FixBadPixelsList(0, points, np.zeros((0, 4), int)), FixBadPixelsConstant(7, 0)):
        frame = read_with(tmp_path, broken, {1: [one]}, tags, cfa=cfa)
        np.testing.assert_array_equal(frame.mosaic, truth[top:, left:])
        assert frame.notes == ()


def test_list_1_of_eight_bits_and_of_three_colours(tmp_path: Path) -> None:
    pixels = np.arange(HEIGHT * WIDTH * 3, dtype=np.uint32).reshape(HEIGHT, WIDTH, 3).astype(np.uint8)
    second = AreaSpec(Rectangle(0, 0, WIDTH, HEIGHT), 1, 1)
    frame = read_with(tmp_path, pixels, {1: [MapTable(second, (np.arange(256) * 3).astype(np.uint16))]})
    expected = pixels.astype(np.uint16).transpose(2, 0, 1) * np.array([1, 3, 1], np.uint16)[:, None, None]
    np.testing.assert_array_equal(frame.mosaic, expected)


def test_what_can_not_act_is_noted(tmp_path: Path) -> None:
    grey = np.full((HEIGHT, WIDTH), 100, np.uint16)
    repair = FixBadPixelsConstant(0, 0)
    frame = read_with(tmp_path, grey, {1: [FISHEYE], 2: [FISHEYE], 3: [repair, FISHEYE]})
    assert frame.notes == (
        "OpcodeList2: WarpFisheye is not applied",
        "OpcodeList3: FixBadPixelsConstant is not applied",
        "OpcodeList1: WarpFisheye is not applied",
    )
    assert frame.opcode_list_2 == () and [type(one) for one in frame.opcode_list_3] == [WarpFisheye]
    colours = np.full((HEIGHT, WIDTH, 3), 100, np.uint16)
    assert read_with(tmp_path, colours, {1: [repair]}).notes == ("OpcodeList1: FixBadPixelsConstant is not applied",)


def test_a_warp_of_list_2_moves_to_list_3_where_nothing_is_demosaiced(tmp_path: Path) -> None:
    shading = GainMap(WHOLE, 1.0, 1.0, 0.0, 0.0, np.ones((1, 1, 1), np.float32))
    polynomial = MapPolynomial(WHOLE, np.array([0.0, 1.0]))
    pixels = np.full((HEIGHT, WIDTH, 3), 100, np.uint16)
    frame = read_with(tmp_path, pixels, {2: [shading, FISHEYE, polynomial], 3: [shading]})
    assert [type(one) for one in frame.opcode_list_2] == [GainMap]
    assert [type(one) for one in frame.opcode_list_3] == [WarpFisheye, MapPolynomial, GainMap]


def test_trim_bounds_cut_the_default_crop(tmp_path: Path) -> None:
    grey = np.full((HEIGHT, WIDTH), 100, np.uint16)
    tags = {50829: (LONG, (2, 4, HEIGHT, WIDTH)), 50719: (LONG, (1, 1)), 50720: (LONG, (26, 20))}
    of_stored, of_active = TrimBounds(Rectangle(7, 3, 20, 15)), TrimBounds(Rectangle(2, 3, 30, 10))
    frame = read_with(tmp_path, grey, {1: [of_stored], 3: [of_active]}, tags)
    assert frame.default_crop == Rectangle(3, 3, 20, 10)
    assert frame.mosaic.shape == (HEIGHT - 2, WIDTH - 4) and frame.opcode_list_3 == () and frame.notes == ()
    frame = read_with(tmp_path, grey, {3: [TrimBounds(Rectangle(0, 0, 1, 1))]}, tags)
    assert frame.default_crop == Rectangle(1, 1, 26, 20)
    assert frame.notes == ("TrimBounds leaves nothing of the default crop and is ignored",)


def test_additions_in_a_file_of_floats_are_plain(tmp_path: Path) -> None:
    rows = np.full(HEIGHT, 0.25, np.float32)
    for pixels, unit in ((np.ones((HEIGHT, WIDTH), np.float32), 1.0), (np.ones((HEIGHT, WIDTH), np.uint16), 1 / 65535)):
        frame = read_with(tmp_path, pixels, {2: [PerRow(WHOLE, rows)]})
        (only,) = frame.opcode_list_2
        assert isinstance(only, PerRow) and only.unit == unit
    frame = read_with(tmp_path, np.full((HEIGHT, WIDTH), 0.5, np.float32), {1: [PerRow(WHOLE, rows)]})
    assert (frame.mosaic == 0.75).all()


def test_nothing_of_lists_1_and_2_acts_on_what_libraw_demosaics(tmp_path: Path) -> None:
    filters = bytes("RGB".index(name) for name in "GGRGGBGGBGGRBRGRBGGGBGGRGGRGGBRBGBRG")  # Fujifilm's X-Trans
    area = AreaSpec(Rectangle(0, 0, 606, 600), 0, 3)
    rows = PerRow(area, np.ones(600, np.float32))
    tags = {33421: (SHORT, (6, 6)), 33422: (BYTE, filters)}
    frame = read_with(tmp_path, np.full((600, 606), 2000, np.uint16), {1: [rows], 2: [rows], 3: [rows]}, tags)
    assert frame.notes == ("OpcodeList1: DeltaPerRow is not applied", "OpcodeList2: DeltaPerRow is not applied")
    assert frame.opcode_list_2 == () and len(frame.opcode_list_3) == 1
