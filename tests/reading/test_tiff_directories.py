"""The directory reader against tifffile, an independent one, and against files that lie."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile

from dng_maker import ASCII, BYTE, LONG, RATIONAL, SHORT, SRATIONAL, UNDEFINED, Writer, make_dng
from tirage.photo.errors import FileError
from tirage.reading import tiff

#: tifffile turns these into something else than the field as stored.
_INTERPRETED = {700, 33723, 34377, 34665, 34675, 34853, 37500, 40965, 50341}


def _directories(path: Path) -> list[tiff.Directory]:
    return tiff.directories(memoryview(path.read_bytes()))


def _same(ours: object, theirs: object) -> bool:
    if isinstance(theirs, (bytes, str)):
        ours = ours.encode() if isinstance(ours, str) else ours
        theirs = theirs.encode() if isinstance(theirs, str) else theirs
        return isinstance(ours, bytes) and ours.strip(b" \0") == theirs.strip(b" \0")
    if isinstance(ours, bytes):
        ours = tuple(ours)
    return np.array_equal(np.ravel(ours), np.ravel(theirs))  # type: ignore[arg-type]


def test_every_field_of_the_real_files_equals_tifffiles(raw_files: Path) -> None:
    compared = 0
    for path in sorted(raw_files.rglob("*.dng")):
        ours = _directories(path)
        with tifffile.TiffFile(path) as file:
            main = file.pages[0]
            theirs = [main, *(main.pages or [])]  # type: ignore[union-attr]
            assert len(ours) == len(theirs)
            for directory, page in zip(ours, theirs, strict=True):
                assert set(directory) == {tag.code for tag in page.tags}  # type: ignore[union-attr]
                for tag in page.tags:  # type: ignore[union-attr]
                    if tag.code in _INTERPRETED:
                        continue
                    assert _same(directory.value(tag.code), tag.value), (path.name, tag.name)
                    compared += 1
    assert compared > 500


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("bigtiff", [False, True])
def test_tifffiles_files_are_read_in_both_orders_and_sizes(tmp_path: Path, order: str, bigtiff: bool) -> None:
    path = tmp_path / "a.tif"
    extra = [(50708, "s", 0, "Model", True), (50721, "2i", 2, (-1, 2, 3, 4), True), (51041, "d", 2, (1e-5, 2.0), True)]
    tifffile.imwrite(path, np.zeros((3, 5), np.uint16), byteorder=order, bigtiff=bigtiff, extratags=extra)  # type: ignore[arg-type]
    (directory,) = _directories(path)
    assert directory.integer(256, 0) == 5 and directory.integer(257, 0) == 3
    assert directory.text(50708) == "Model"
    assert directory.numbers(50721).tolist() == [-0.5, 0.75]  # type: ignore[union-attr]
    assert directory.value(50721) == ((-1, 2), (3, 4))
    assert directory.numbers(51041).tolist() == [1e-5, 2.0]  # type: ignore[union-attr]


def _file(tags: dict, order: str = "<") -> list[tiff.Directory]:
    writer = Writer(order)
    return tiff.directories(memoryview(writer.finish(writer.directory(tags))))


@pytest.mark.parametrize("order", ["<", ">"])
def test_values_by_type(order: str) -> None:
    tags = {
        1: (BYTE, 7),
        2: (BYTE, b"\1\2\3"),
        3: (ASCII, "hé"),
        4: (SHORT, (1, 65535)),
        5: (LONG, 2**32 - 1),
        6: (RATIONAL, ((1, 0), (0, 0))),
        7: (UNDEFINED, b"\0\1"),
        8: (SRATIONAL, ((-7, 3),)),
    }
    (directory,) = _file(tags, order)
    assert [directory.value(tag) for tag in range(1, 9)] == [
        *(7, b"\1\2\3", "hé", (1, 65535), 2**32 - 1),
        *(((1, 0), (0, 0)), b"\0\1", (-7, 3)),
    ]
    assert np.isposinf(directory.numbers(6)[0]) and np.isnan(directory.numbers(6)[1])  # type: ignore[index]
    assert directory.numbers(99) is None and directory.integer(99, 4) == 4 and directory.text(99) == ""


def test_numbers_say_what_is_wrong_with_them() -> None:
    (directory,) = _file({50714: (ASCII, "many"), 50717: (SHORT, (1, 2)), 50829: (RATIONAL, ((1, 2), (3, 1)))})
    with pytest.raises(FileError, match="BlackLevel holds text"):
        directory.numbers(50714)
    with pytest.raises(FileError, match="WhiteLevel has 2 values where 1 or 3 belong"):
        directory.numbers(50717, 1, 3)
    with pytest.raises(FileError, match="ActiveArea must be whole numbers"):
        directory.integers(50829)


def test_a_value_beyond_the_end_fails_only_when_asked_for() -> None:
    writer = Writer()
    data = bytearray(writer.finish(writer.directory({50708: (ASCII, "A long name of a camera"), 256: (LONG, 9)})))
    at = data.index(struct.pack("<HH", 50708, ASCII))
    data[at + 8 : at + 12] = struct.pack("<I", len(data) - 3)
    (directory,) = tiff.directories(memoryview(bytes(data)))
    assert directory.integer(256, 0) == 9
    assert directory.text(50708) == ""
    with pytest.raises(FileError, match="UniqueCameraModel lies beyond the end of the file"):
        directory.bytes(50708)


def test_sub_directories_that_are_listed_and_chained_count_once(tmp_path: Path) -> None:
    """As tifffile writes them."""
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as file:
        for number in range(4):
            file.write(np.full((4, 4 + number), number, np.uint8), subifds=0 if number else 3, photometric="minisblack")
    assert [one.integer(256, 0) for one in _directories(path)] == [4, 5, 6, 7]


def test_loops_of_directories_are_refused() -> None:
    writer = Writer()
    first = writer.directory({256: (LONG, 1)})
    data = bytearray(writer.finish(first))
    data[-4:] = struct.pack("<I", first)  # the next directory is this one
    with pytest.raises(FileError, match="loop"):
        tiff.directories(memoryview(bytes(data)))
    writer = Writer()
    at = len(writer.data)
    data = writer.finish(writer.directory({330: (LONG, at)}))  # a sub-directory that is its own parent
    with pytest.raises(FileError, match="loop"):
        tiff.directories(memoryview(data))


def test_a_file_of_directories_without_end_is_refused_at_once() -> None:
    writer = Writer()
    following = 0
    for _ in range(300):
        following = writer.directory({256: (LONG, 1)}, following)
    with pytest.raises(FileError, match="more than 100 directories"):
        tiff.directories(memoryview(writer.finish(following)))
    writer = Writer()
    child = writer.directory({256: (LONG, 1)})
    with pytest.raises(FileError, match="more than 100 directories"):
        tiff.directories(memoryview(writer.finish(writer.directory({330: (LONG, [child] * 200_000)}))))
    with pytest.raises(FileError, match="claims 65535 fields"):
        tiff.directories(memoryview(b"II*\0\x08\0\0\0\xff\xff" + bytes(12 * 65535 + 4)))


def test_cut_anywhere_it_is_an_error_or_the_same(tmp_path: Path, mosaic: np.ndarray) -> None:
    data = make_dng(tmp_path / "a.dng", mosaic).read_bytes()
    whole = tiff.directories(memoryview(data))
    for length in range(4, len(data)):
        try:
            cut = tiff.directories(memoryview(data[:length]))
        except FileError:
            continue
        assert [set(one) for one in cut] == [set(one) for one in whole]
