"""Opcode lists: what is in them comes out, and no bytes whatever bring the reader down."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dng_maker import BYTE, SHORT, UNDEFINED, make_dng
from tirage.photo.errors import FileError, TirageError, UnsupportedFileError
from tirage.photo.frame import Opcode, Rectangle
from tirage.reading import opcodes, read

WIDTH, HEIGHT = 34, 21


def gain_map_data(
    gains: np.ndarray,
    area: tuple[int, int, int, int] = (0, 0, HEIGHT, WIDTH),
    plane: tuple[int, int] = (0, 1),
    pitch: tuple[int, int] = (1, 1),
    spacing: tuple[float, float] = (0.25, 0.5),
    origin: tuple[float, float] = (0.0, 0.0),
) -> bytes:
    """The data of a GainMap as DNG 1.7.1 lays it out; `area` is top, left, bottom, right."""
    points_v, points_h, planes = gains.shape
    head = struct.pack(">10I", *area, *plane, *pitch, points_v, points_h)
    return head + struct.pack(">4dI", *spacing, *origin, planes) + gains.astype(">f4").tobytes()


def opcode(code: int, data: bytes, flags: int = 0, version: bytes = b"\1\3\0\0") -> bytes:
    """One operation of an opcode list."""
    return struct.pack(">I", code) + version + struct.pack(">II", flags, len(data)) + data


def opcode_list(*operations: bytes) -> bytes:
    """A whole list."""
    return struct.pack(">I", len(operations)) + b"".join(operations)


GAINS = (1 + np.arange(5 * 3 * 2).reshape(5, 3, 2) / 8).astype(np.float32)


def test_a_map_of_a_sensor_without_colours_is_for_its_three_equal_planes(tmp_path: Path, mosaic: np.ndarray) -> None:
    tags = {51009: (UNDEFINED, opcode_list(opcode(9, gain_map_data(GAINS[..., :1]))))}
    (only,) = read(make_dng(tmp_path / "a.dng", mosaic, tags=tags, cfa="")).lens_shading
    assert (only.plane, only.planes) == (0, 3)


def test_maps_of_a_mosaic_that_libraw_demosaics_are_left_out_with_a_note(tmp_path: Path) -> None:
    filters = bytes("RGB".index(name) for name in "GGRGGBGGBGGRBRGRBGGGBGGRGGRGGBRBGBRG")  # Fujifilm's X-Trans
    tags = {33421: (SHORT, (6, 6)), 33422: (BYTE, filters)}
    tags |= {51009: (UNDEFINED, opcode_list(opcode(9, gain_map_data(GAINS[..., :1], (0, 0, 600, 606)))))}
    frame = read(make_dng(tmp_path / "a.dng", np.full((600, 606), 2000, np.uint16), tags=tags))
    assert frame.cfa is None and frame.lens_shading == () and "OpcodeList2: GainMap is not applied" in frame.notes


@pytest.mark.parametrize("order", ["<", ">"])
def test_gain_maps_of_list_2(tmp_path: Path, mosaic: np.ndarray, order: str) -> None:
    """They are big-endian in files of either byte order."""
    data = [
        gain_map_data(GAINS[..., :1], (0, 1, HEIGHT, WIDTH), pitch=(2, 2), origin=(-0.125, 0.25)),
        gain_map_data(GAINS, (3, 4, 9, 10), plane=(1, 2)),
    ]
    tags = {51009: (UNDEFINED, opcode_list(*(opcode(9, one) for one in data)))}
    first, second = read(make_dng(tmp_path / "a.dng", mosaic, tags=tags, order=order)).lens_shading
    assert first.area == Rectangle(1, 0, WIDTH - 1, HEIGHT) and (first.row_pitch, first.column_pitch) == (2, 2)
    assert (first.spacing_v, first.spacing_h, first.origin_v, first.origin_h) == (0.25, 0.5, -0.125, 0.25)
    assert first.gains.dtype == np.float32 and np.array_equal(first.gains, GAINS[..., :1])
    assert second.area == Rectangle(4, 3, 6, 6) and (second.plane, second.planes) == (1, 2)
    assert np.array_equal(second.gains, GAINS)


def test_an_area_is_cut_to_the_picture_and_dropped_outside_it() -> None:
    def area(*edges: int) -> Rectangle | None:
        found = opcodes.gain_map(
            Opcode(9, (1, 3, 0, 0), False, False, gain_map_data(GAINS, edges)),  # type: ignore[arg-type]
            WIDTH,
            HEIGHT,
            "OpcodeList2",
        )
        return found.area if found else None

    assert area(2, 3, 1000, 2**32 - 1) == Rectangle(3, 2, WIDTH - 3, HEIGHT - 2)
    assert area(HEIGHT, 0, HEIGHT + 9, WIDTH) is None and area(5, 5, 5, 9) is None and area(9, 0, 3, 5) is None


def test_other_operations_are_carried_as_they_are(tmp_path: Path, mosaic: np.ndarray) -> None:
    vignette, unknown = bytes(range(56)), b"secret"
    list_2 = opcode_list(opcode(3, vignette, flags=3, version=b"\1\3\0\1"), opcode(9, gain_map_data(GAINS)))
    list_3 = opcode_list(opcode(4711, unknown, flags=1), opcode(9, gain_map_data(GAINS)), opcode(1, b""))
    list_1 = opcode_list(opcode(4, bytes(8)))
    tags = {51008: (UNDEFINED, list_1), 51009: (UNDEFINED, list_2), 51022: (UNDEFINED, list_3)}
    frame = read(make_dng(tmp_path / "a.dng", mosaic, tags=tags))
    assert frame.opcodes_2 == (Opcode(3, (1, 3, 0, 1), True, True, vignette),)
    assert [one.code for one in frame.opcodes_3] == [4711, 9, 1] and frame.opcodes_3[0].data == unknown
    assert len(frame.lens_shading) == 1
    assert frame.notes == (
        "OpcodeList1: FixBadPixelsConstant is not applied",
        "OpcodeList2: FixVignetteRadial is not applied",
        "OpcodeList3: opcode 4711 is not applied",
        "OpcodeList3: GainMap is not applied",
        "OpcodeList3: WarpRectilinear is not applied",
    )


def test_a_mandatory_unknown_operation_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedFileError, match="OpcodeList3 holds the mandatory opcode 4711"):
        opcodes.opcode_list(opcode_list(opcode(4711, b"")), "OpcodeList3")


@pytest.mark.parametrize(("data", "problem"), [
    (b"\0\0\0", "3 bytes long, too short"),
    (struct.pack(">I", 10**9), "claims 1000000000 opcodes"),
    (opcode_list(opcode(9, bytes(90)))[:-1], "GainMap claims 90 bytes where 89 are left"),
    (opcode_list(opcode(9, bytes(90))) + b"\0", "1 bytes left over"),
    (struct.pack(">I", 2) + opcode(3, bytes(56)), "ends in the head of opcode 2 of 2"),
    (opcode_list(struct.pack(">4I", 3, 0x01030000, 0, 2**32 - 1)), "FixVignetteRadial claims 4294967295 bytes"),
])  # fmt: skip
def test_lists_whose_lengths_do_not_add_up(data: bytes, problem: str) -> None:
    with pytest.raises(FileError, match=f"OpcodeList2.* {problem}"):
        opcodes.opcode_list(data, "OpcodeList2")


def _patched(at: int, value: bytes) -> bytes:
    data = bytearray(gain_map_data(GAINS))
    data[at : at + len(value)] = value
    return bytes(data)


@pytest.mark.parametrize(("data", "problem"), [
    (bytes(75), "75 bytes long, too short for its head"),
    (gain_map_data(GAINS)[:-4], "needs 196 bytes and has 192"),
    (gain_map_data(GAINS) + b"\0", "needs 196 bytes and has 197"),
    (_patched(32, struct.pack(">II", 10**9, 10**9)), "of 1000000000 x 1000000000 points"),
    (_patched(32, struct.pack(">I", 2**32 - 1)), "of 4294967295 x 3 points"),
    (_patched(24, bytes(4)), "a zero among"),
    (_patched(28, bytes(4)), "a zero among"),
    (_patched(20, bytes(4)), "a zero among"),
    (_patched(40, struct.pack(">d", 0.0)), "grid spacing"),
    (_patched(40, struct.pack(">d", np.nan)), "grid spacing"),
    (_patched(48, struct.pack(">d", np.inf)), "grid spacing"),
    (_patched(56, struct.pack(">d", np.nan)), "grid spacing or origin"),
    (_patched(76, struct.pack(">f", np.nan)), "a gain that is negative or not a number"),
    (_patched(76, struct.pack(">f", np.inf)), "a gain that is negative or not a number"),
    (_patched(76, struct.pack(">f", -0.5)), "a gain that is negative or not a number"),
])  # fmt: skip
def test_gain_maps_that_make_no_sense(tmp_path: Path, mosaic: np.ndarray, data: bytes, problem: str) -> None:
    path = make_dng(tmp_path / "a.dng", mosaic, tags={51009: (UNDEFINED, opcode_list(opcode(9, data)))})
    with pytest.raises(FileError, match=f"OpcodeList2: GainMap .*{problem}"):
        read(path)


VALID = opcode_list(opcode(9, gain_map_data(GAINS)), opcode(3, bytes(56), 1), opcode(9, gain_map_data(GAINS[..., :1])))


def _read_all(data: bytes) -> None:
    """Decode the list and its maps; TirageError is the only way to fail."""
    try:
        for one in opcodes.opcode_list(data, "OpcodeList2"):
            if one.code == opcodes.GAIN_MAP:
                found = opcodes.gain_map(one, WIDTH, HEIGHT, "OpcodeList2")
                assert found is None or found.gains.nbytes <= len(data)
    except TirageError as error:
        assert "OpcodeList2" in str(error) and "\n" not in str(error)


@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    _read_all(data)


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, len(VALID) - 1), st.integers(0, 255)), max_size=8), st.integers(0, len(VALID)))
def test_mutations_of_a_valid_list(changes: list[tuple[int, int]], length: int) -> None:
    data = bytearray(VALID)
    for at, value in changes:
        data[at] = value
    _read_all(bytes(data))
    _read_all(bytes(data[:length]))
