"""The bytes of a file, and what kind of file they are."""

from __future__ import annotations

import mmap
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..photo.errors import FileError, UnsupportedFileError

#: Bytes at an offset that tell a kind of file which is no RAW file.
_OTHER_KINDS = (
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (0, b"GIF8", "a GIF picture"),
    (0, b"BM", "a BMP picture"),
    (8, b"WEBP", "a WebP picture"),
    (4, b"ftypheic", "a HEIF picture"),
    (4, b"ftypheix", "a HEIF picture"),
    (4, b"ftypmif1", "a HEIF picture"),
    (4, b"ftypavif", "an AVIF picture"),
    (4, b"ftypisom", "a video"),
    (4, b"ftypmp4", "a video"),
    (4, b"ftypqt", "a video"),
    (0, b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (0, b"\xff\x0a", "a JPEG XL picture"),
    (0, b"8BPS", "a Photoshop file"),
    (0, b"%PDF", "a PDF document"),
    (0, b"PK\3\4", "a ZIP archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
)
_SAMPLE = 4096


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Put the file's name into the message of every FileError raised inside."""
    try:
        yield
    except FileError as error:
        raise type(error)(f"can't read '{path}': {error}") from error


def mapped(path: Path) -> memoryview:
    """The bytes of the file, mapped: nothing is read before it is used, and what is written stays in memory.

    Raises FileError for what is no file, is empty, or may not be read.
    """
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise FileError("it is a directory; give the RAW files in it")
        if not stat.S_ISREG(status.st_mode):
            raise FileError("it is not a regular file")
        with open(path, "rb") as file:
            if not os.fstat(file.fileno()).st_size:
                raise FileError("it is empty")
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
    except FileNotFoundError:
        raise FileError("there is no such file") from None
    except PermissionError:
        raise FileError("its permissions don't allow it") from None
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL in it
        raise FileError(f"{getattr(error, 'strerror', None) or error}") from None


def refuse_other_kinds(data: memoryview) -> None:
    """Raise UnsupportedFileError naming the kind of file, when it is a known one that is not RAW."""
    head = bytes(data[:_SAMPLE])
    for offset, signature, kind in _OTHER_KINDS:
        if head.startswith(signature, offset):
            raise UnsupportedFileError(f"it is {kind}, not a RAW file")
    if _is_text(head):
        raise UnsupportedFileError("it is text, not a RAW file")


def _is_text(head: bytes) -> bool:
    """Whether these bytes are text: no control characters but tabs and line ends, and valid UTF-8 or ASCII."""
    if any(byte < 32 and byte not in b"\t\n\f\r" for byte in head):
        return False
    try:
        head[:-4].decode()  # the sample may end inside a character
    except UnicodeDecodeError:
        return False
    return True
