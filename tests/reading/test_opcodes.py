"""Opcode lists: what is in them comes out, and no bytes whatever bring the reader down."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dng_maker import BYTE, SHORT, UNDEFINED, make_dng
from tirage.opcodes import decode
from tirage.photo.errors import FileError, TirageError, UnsupportedFileError
from tirage.photo.operations import AreaSpec, FixVignetteRadial, GainMap, Rectangle, WarpFisheye
from tirage.reading import read

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
    assert (only.spec.plane, only.spec.planes) == (0, 3)


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
    assert first.spec == AreaSpec(Rectangle(1, 0, WIDTH - 1, HEIGHT), 0, 1, 2, 2)
    assert (first.spacing_v, first.spacing_h, first.origin_v, first.origin_h) == (0.25, 0.5, -0.125, 0.25)
    assert first.gains.dtype == np.float32 and np.array_equal(first.gains, GAINS[..., :1])
    assert second.spec.area == Rectangle(4, 3, 6, 6) and (second.spec.plane, second.spec.planes) == (1, 2)
    assert np.array_equal(second.gains, GAINS)


def operations(data: bytes, notes: list[str] | None = None) -> tuple:
    """The operations of the bytes of a list, for an image of WIDTH x HEIGHT."""
    return decode.operations(data, "OpcodeList2", WIDTH, HEIGHT, [] if notes is None else notes)


def test_an_area_is_cut_to_the_picture_and_dropped_outside_it() -> None:
    def area(*edges: int) -> Rectangle | None:
        found = operations(opcode_list(opcode(9, gain_map_data(GAINS, edges))))  # type: ignore[arg-type]
        return found[0].spec.area if found else None

    assert area(2, 3, 1000, 2**32 - 1) == Rectangle(3, 2, WIDTH - 3, HEIGHT - 2)
    assert area(HEIGHT, 0, HEIGHT + 9, WIDTH) is None and area(0, WIDTH, 4, WIDTH + 2) is None


def test_an_area_without_pixels_is_the_whole_image_as_adobes_sdk_has_it() -> None:
    (only,) = operations(opcode_list(opcode(9, gain_map_data(GAINS, (0, 0, 0, 0)))))
    assert only.spec.area == Rectangle(0, 0, WIDTH, HEIGHT)


def test_the_lists_of_a_file(tmp_path: Path, mosaic: np.ndarray) -> None:
    """In order; optional unknown operations, and those of a newer DNG, are left out with a note."""
    vignette = struct.pack(">7d", 0.5, 0.25, 0, 0, 0, 0.5, 0.25)
    fisheye = struct.pack(">I6d", 1, 1, 0, 0, 0, 0.5, 0.5)
    list_2 = opcode_list(opcode(3, vignette, flags=3, version=b"\1\3\0\1"), opcode(9, gain_map_data(GAINS)))
    list_3 = opcode_list(
        opcode(4711, b"secret", flags=1),
        opcode(9, gain_map_data(GAINS)),
        opcode(2, fisheye),
        opcode(3, vignette, flags=1, version=b"\1\x08\0\0"),
    )
    tags = {51009: (UNDEFINED, list_2), 51022: (UNDEFINED, list_3)}
    frame = read(make_dng(tmp_path / "a.dng", mosaic, tags=tags))
    first, second = frame.opcode_list_2
    assert isinstance(first, FixVignetteRadial) and isinstance(second, GainMap)
    assert (first.dng_version, first.optional, first.preview_skip) == ((1, 3, 0, 1), True, True)
    assert first.radial.tolist() == [0.5, 0.25, 0, 0, 0] and first.centre == (0.5, 0.25)
    assert [type(one) for one in frame.opcode_list_3] == [GainMap, WarpFisheye]
    assert frame.lens_shading == (second,)
    assert frame.notes == (
        "OpcodeList3: opcode 4711 is skipped, which tirage does not know",
        "OpcodeList3: FixVignetteRadial is skipped, which needs DNG 1.8.0.0; tirage reads 1.7.1",
    )


def test_a_mandatory_unknown_operation_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedFileError, match="OpcodeList2 holds the mandatory opcode 4711"):
        operations(opcode_list(opcode(4711, b"")))
    with pytest.raises(UnsupportedFileError, match="OpcodeList2 holds the mandatory TrimBounds, which needs DNG 2"):
        operations(opcode_list(opcode(6, bytes(16), version=b"\2\0\0\0")))


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
        operations(data)


def _patched(at: int, value: bytes) -> bytes:
    data = bytearray(gain_map_data(GAINS))
    data[at : at + len(value)] = value
    return bytes(data)


@pytest.mark.parametrize(("data", "problem"), [
    (gain_map_data(GAINS)[:75], "75 bytes long, too short for its head"),
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
    (_patched(76, struct.pack(">f", np.nan)), "a value that is not a number"),
    (_patched(76, struct.pack(">f", np.inf)), "a value that is not a number"),
    (_patched(76, struct.pack(">f", -0.5)), "a gain that is not 0 to 10000"),
])  # fmt: skip
def test_gain_maps_that_make_no_sense(tmp_path: Path, mosaic: np.ndarray, data: bytes, problem: str) -> None:
    path = make_dng(tmp_path / "a.dng", mosaic, tags={51009: (UNDEFINED, opcode_list(opcode(9, data)))})
    with pytest.raises(FileError, match=f"OpcodeList2: GainMap .*{problem}"):
        read(path)


LISTS = [
    opcode_list(opcode(9, gain_map_data(GAINS)), opcode(3, bytes(56), 1), opcode(9, gain_map_data(GAINS[..., :1]))),
    opcode_list(
        opcode(5, struct.pack(">13I", 1, 3, 1, *range(10))),
        opcode(4, bytes(8)),
        opcode(6, struct.pack(">4I", 1, 2, 9, 8)),
    ),
    opcode_list(opcode(1, struct.pack(">I8d", 1, *[0.5] * 8)), opcode(2, struct.pack(">I6d", 1, *[0.5] * 6))),
    opcode_list(opcode(14, struct.pack(">I21dI", 1, *[0.5] * 18, 2, 0.5, 0.5, 1))),
    opcode_list(opcode(7, struct.pack(">9I3H", 0, 0, 9, 9, 0, 1, 1, 1, 3, 5, 6, 7))),
    opcode_list(opcode(8, struct.pack(">9I2d", 0, 0, 9, 9, 0, 1, 1, 1, 1, 0, 1))),
    opcode_list(
        *(opcode(code, struct.pack(">9I9f", 0, 0, 9, 9, 0, 1, 1, 1, 9, *range(9))) for code in (10, 11, 12, 13))
    ),
]


def _read_all(data: bytes) -> None:
    """Decode the list; TirageError is the only way to fail."""
    try:
        for one in operations(data):
            arrays = [value for value in vars(one).values() if isinstance(value, np.ndarray)]
            assert sum(array.nbytes for array in arrays) <= 2 * len(data)
    except TirageError as error:
        assert "OpcodeList2" in str(error) and "\n" not in str(error)


@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    _read_all(data)


@settings(max_examples=300)
@given(st.sampled_from(LISTS), st.lists(st.tuples(st.integers(0, 999), st.integers(0, 255)), max_size=8))
def test_mutations_of_a_valid_list(valid: bytes, changes: list[tuple[int, int]]) -> None:
    data = bytearray(valid)
    for at, value in changes:
        data[at % len(data)] = value
    _read_all(bytes(data))
    _read_all(bytes(data[: changes[0][0] % len(data)] if changes else data))


@pytest.mark.parametrize("valid", LISTS)
def test_the_mutated_lists_are_valid(valid: bytes) -> None:
    assert operations(valid)
