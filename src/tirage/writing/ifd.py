"""Image file directories: the block that TIFF, EXIF and DNG share (TIFF 6.0, section 2), little-endian."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

BYTE, ASCII, SHORT, LONG, RATIONAL, SBYTE, UNDEFINED, SSHORT, SLONG, SRATIONAL, FLOAT, DOUBLE = range(1, 13)
#: Not a type of the file: the value is a directory, or a list of them, and the file holds their offsets as LONG.
DIRECTORY = -1

#: Tag -> (type, value). A value is str for ASCII, bytes for BYTE and UNDEFINED, (numerator, denominator) or a sequence
#: of these for the rationals, a number or a sequence of numbers for the rest.
Directory = Mapping[int, tuple[int, Any]]

HEADER = b"II*\0"
_CODES = {BYTE: "B", SHORT: "H", LONG: "I", RATIONAL: "I", SBYTE: "b", UNDEFINED: "B"}
_CODES |= {SSHORT: "h", SLONG: "i", SRATIONAL: "i", FLOAT: "f", DOUBLE: "d"}


def encode_value(kind: int, value: Any) -> tuple[int, bytes]:
    """Count and bytes of one value; struct.error or TypeError when it does not fit the type `kind`."""
    if kind == ASCII:
        data = value.encode() + b"\0"
        return len(data), data
    if isinstance(value, bytes):
        return len(value) // struct.calcsize(_CODES[kind]), value
    numbers = list(value) if isinstance(value, Sequence) else [value]
    if kind in (RATIONAL, SRATIONAL):
        pairs = numbers if isinstance(numbers[0], Sequence) else [numbers]
        numbers = [number for numerator, denominator in pairs for number in (numerator, denominator)]
        return len(pairs), struct.pack(f"<{len(numbers)}{_CODES[kind]}", *numbers)
    return len(numbers), struct.pack(f"<{len(numbers)}{_CODES[kind]}", *numbers)


def encode_directory(directory: Directory, offset: int) -> bytes:
    """The bytes of `directory`, its long values and its sub-directories, for a place `offset` bytes into the file."""
    entries, beyond = b"", bytearray()
    beyond_offset = offset + 2 + 12 * len(directory) + 4
    for tag, (kind, value) in sorted(directory.items()):
        if kind == DIRECTORY:
            children = value if isinstance(value, Sequence) else [value]
            kind, value = LONG, []
            for child in children:
                value.append(beyond_offset + len(beyond))
                beyond += encode_directory(child, value[-1])
        count, data = encode_value(kind, value)
        if len(data) > 4:
            data, place = struct.pack("<I", beyond_offset + len(beyond)), data
            beyond += place + b"\0" * (len(place) % 2)  # values begin on a word boundary
        entries += struct.pack("<HHI", tag, kind, count) + data.ljust(4, b"\0")
    return struct.pack("<H", len(directory)) + entries + b"\0\0\0\0" + bytes(beyond)


def encode_file(directory: Directory) -> bytes:
    """A whole TIFF file of `directory` alone: what EXIF segments hold."""
    return HEADER + struct.pack("<I", 8) + encode_directory(directory, 8)
