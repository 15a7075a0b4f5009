"""TIFF 6.0 and BigTIFF directories, read from the bytes of a file; no byte is used before its bounds are checked."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..photo.errors import FileError
from .tags import Tag, tag_name

#: Directories in one file; cameras write fewer than ten.
_MOST_DIRECTORIES = 100
#: Fields in one directory; cameras write fewer than three hundred.
_MOST_FIELDS = 4096

#: Field type -> NumPy type of one number (TIFF 6.0, section 2; BigTIFF adds 16 to 18). Rationals are two of them.
_NUMBERS = {1: "u1", 2: "u1", 3: "u2", 4: "u4", 5: "u4", 6: "i1", 7: "u1", 8: "i2", 9: "i4", 10: "i4"}
_NUMBERS |= {11: "f4", 12: "f8", 13: "u4", 16: "u8", 17: "i8", 18: "u8"}
_BYTE, _ASCII, _UNDEFINED = 1, 2, 7
_RATIONALS = (5, 10)
_FLOATS = (11, 12)


class Entry(NamedTuple):
    """One field of a directory: its type, its count, and where in the file its value begins."""

    type: int
    count: int
    offset: int


class Directory:
    """An image file directory (IFD): tags and their values. Values are decoded, and can fail, only when asked for."""

    def __init__(self, data: memoryview, order: str, entries: dict[int, Entry]) -> None:
        self.data, self.order, self._entries = data, order, entries

    def __contains__(self, tag: int) -> bool:
        return tag in self._entries

    def __iter__(self) -> Iterator[int]:
        return iter(self._entries)

    def over(self, other: Directory) -> Directory:
        """Both directories in one; where both have a tag, this one's counts."""
        return Directory(self.data, self.order, {**other._entries, **self._entries})

    def array(self, tag: int) -> np.ndarray | None:
        """The field as stored, (count,) or for rationals (count, 2), in the file's byte order; None when absent.

        Raises FileError when the value does not lie inside the file.
        """
        entry = self._entries.get(tag)
        if entry is None:
            return None
        dtype = np.dtype(self.order + _NUMBERS[entry.type])
        count = entry.count * (2 if entry.type in _RATIONALS else 1)
        if entry.offset + count * dtype.itemsize > len(self.data):
            raise FileError(f"{tag_name(tag)} lies beyond the end of the file, which is truncated or damaged")
        array = np.frombuffer(self.data, dtype, count, entry.offset)
        return array.reshape(-1, 2) if entry.type in _RATIONALS else array

    def numbers(self, tag: int, *counts: int) -> np.ndarray | None:
        """The field as (count,) float64; x/0 is infinite and 0/0 NaN. `counts` are the counts that are right."""
        array = self.array(tag)
        if array is None:
            return None
        if self._entries[tag].type == _ASCII:
            raise FileError(f"{tag_name(tag)} holds text where numbers belong")
        if counts and len(array) not in counts:
            right = " or ".join(map(str, counts))
            raise FileError(f"{tag_name(tag)} has {len(array)} values where {right} belong")
        numbers = array.astype(np.float64)
        if numbers.ndim == 2:
            with np.errstate(divide="ignore", invalid="ignore"):
                numbers = numbers[:, 0] / numbers[:, 1]
        return numbers

    def integers(self, tag: int, *counts: int) -> list[int] | None:
        """The field as whole numbers; FileError when it isn't."""
        numbers = self.numbers(tag, *counts)
        if numbers is None:
            return None
        if not (np.isfinite(numbers).all() and (numbers == np.floor(numbers)).all()):
            raise FileError(f"{tag_name(tag)} must be whole numbers")
        return [int(number) for number in numbers]

    def integer(self, tag: int, default: int) -> int:
        """The field's first whole number, `default` when it is absent or empty."""
        return (self.integers(tag) or [default])[0]

    def bytes(self, tag: int) -> bytes:
        """The field's bytes, empty when it is absent."""
        array = self.array(tag)
        return b"" if array is None else array.tobytes()

    def text(self, tag: int) -> str:
        """The field up to its first NUL as text, "" when it is absent or lies outside the file."""
        try:
            data = self.bytes(tag)
        except FileError:
            return ""
        data = data.split(b"\0", 1)[0]
        try:
            return data.decode().strip()
        except UnicodeDecodeError:
            return data.decode("latin-1").strip()

    def value(self, tag: int) -> Any:
        """The field as `Metadata` keeps it: str, bytes, int, float, (numerator, denominator), or a tuple of these."""
        entry, array = self._entries[tag], self.array(tag)
        assert array is not None
        if entry.type == _ASCII:
            return self.text(tag)
        if entry.type == _UNDEFINED or (entry.type == _BYTE and entry.count != 1):
            return array.tobytes()
        items = tuple(tuple(item) if isinstance(item, list) else item for item in array.tolist())
        return items[0] if len(items) == 1 else items

    def child(self, tag: int) -> Directory | None:
        """The directory that `tag` points to, None when there is none that can be read."""
        try:
            offset = self.integer(tag, 0)
            return _directory(self.data, _layout(self.data), offset)[0] if offset else None
        except FileError:
            return None


class _Layout(NamedTuple):
    """How this file writes a directory: byte order, and the formats of the entry count, an entry and an offset."""

    order: str
    count: struct.Struct
    entry: struct.Struct
    offset: struct.Struct
    first: int


def is_tiff(data: memoryview) -> bool:
    """Whether the bytes begin a TIFF or BigTIFF file."""
    return bytes(data[:4]) in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def is_profile(data: memoryview) -> bool:
    """Whether the bytes begin a camera profile, whose magic number is 0x4352 (DNG 1.7.1, chapter 6)."""
    return bytes(data[:4]) in (b"IIRC", b"MMCR")


def _layout(data: memoryview) -> _Layout:
    order = "<" if data[0] == 0x49 else ">"
    big = 43 in (data[2], data[3])
    if len(data) < 16:
        raise FileError("it ends in the middle of its header; the file is truncated")
    count, entry, offset = ("Q", "HHQ", "Q") if big else ("H", "HHI", "I")
    structs = [struct.Struct(order + code) for code in (count, entry, offset)]
    return _Layout(order, structs[0], structs[1], structs[2], 8 if big else 4)


def _directory(data: memoryview, layout: _Layout, offset: int) -> tuple[Directory, int]:
    """The directory at `offset`, and the offset of the next one in its chain (0 after the last)."""
    start = offset + layout.count.size
    if start > len(data):
        raise FileError("one of its directories lies beyond the end of the file, which is truncated or damaged")
    (count,) = layout.count.unpack_from(data, offset)
    if count > _MOST_FIELDS:
        raise FileError(f"one of its directories claims {count} fields; the file is damaged")
    size = layout.entry.size + layout.offset.size
    end = start + count * size
    if end > len(data):
        raise FileError("it ends in the middle of its tags; the file is truncated or damaged")
    entries: dict[int, Entry] = {}
    for position in range(start, end, size):
        tag, kind, length = layout.entry.unpack_from(data, position)
        if kind not in _NUMBERS:
            continue  # TIFF 6.0: readers skip fields of a type they don't know
        place = position + layout.entry.size
        width = np.dtype(_NUMBERS[kind]).itemsize * (2 if kind in _RATIONALS else 1)
        if length * width > layout.offset.size:
            (place,) = layout.offset.unpack_from(data, place)
        entries.setdefault(tag, Entry(kind, length, place))
    following = layout.offset.unpack_from(data, end)[0] if end + layout.offset.size <= len(data) else 0
    return Directory(data, layout.order, entries), following


def first_directory(data: memoryview) -> Directory:
    """The main directory alone, of a file that `is_tiff` or `is_profile`."""
    layout = _layout(data)
    return _directory(data, layout, layout.offset.unpack_from(data, layout.first)[0])[0]


def directories(data: memoryview) -> list[Directory]:
    """Every image directory of the file: the main one first, then those of its chain and all sub-directories.

    One that is reached twice, as sub-directories that are listed and also chained, counts once. Raises FileError when
    the file ends inside a directory or its directories run in a loop.
    """
    layout = _layout(data)
    found: dict[int, Directory] = {}
    #: Offsets with those of the directories that lead to them.
    pending: list[tuple[int, frozenset[int]]] = [(layout.offset.unpack_from(data, layout.first)[0], frozenset())]
    while pending:
        offset, before = pending.pop(0)
        if offset in before:
            raise FileError("its directories point at each other in a loop; the file is damaged")
        if not offset or offset in found:
            continue
        found[offset], following = _directory(data, layout, offset)
        below = [following, *(found[offset].integers(Tag.SubIFDs) or [])]
        if len(found) > _MOST_DIRECTORIES or len(below) > _MOST_DIRECTORIES:
            raise FileError(f"it has more than {_MOST_DIRECTORIES} directories; the file is damaged")
        pending += [(one, before | {offset}) for one in below]
    if not found:
        raise FileError("it has no image directory; the file is damaged")
    return list(found.values())
