"""Directories read back by tifffile, which knows nothing of the writer."""

from __future__ import annotations

import io

import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from tirage.writing.ifd import (
    ASCII,
    BYTE,
    DIRECTORY,
    DOUBLE,
    FLOAT,
    LONG,
    RATIONAL,
    SBYTE,
    SHORT,
    SLONG,
    SRATIONAL,
    SSHORT,
    UNDEFINED,
    encode_file,
    encode_value,
)

#: Private tags that tifffile reads as they are (65,420 to 65,458 are another maker's, with offsets of their own kind).
FIRST = 65100


def several(numbers):
    return st.lists(numbers, min_size=1, max_size=6).map(tuple)


def whole(bits, signed):
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return st.integers(low, high)


VALUES = st.one_of(
    st.tuples(st.just(ASCII), st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)),
    st.tuples(st.just(BYTE), several(whole(8, False))),
    st.tuples(st.just(UNDEFINED), st.binary(min_size=1, max_size=20)),
    st.tuples(st.just(SHORT), several(whole(16, False))),
    st.tuples(st.just(LONG), several(whole(32, False))),
    st.tuples(st.just(RATIONAL), several(st.tuples(whole(32, False), whole(32, False)))),
    st.tuples(st.just(SBYTE), several(whole(8, True))),
    st.tuples(st.just(SSHORT), several(whole(16, True))),
    st.tuples(st.just(SLONG), several(whole(32, True))),
    st.tuples(st.just(SRATIONAL), several(st.tuples(whole(32, True), whole(32, True)))),
    st.tuples(st.just(FLOAT), several(st.floats(width=32, allow_nan=False))),
    st.tuples(st.just(DOUBLE), several(st.floats(allow_nan=False))),
)
DIRECTORIES = st.dictionaries(st.integers(FIRST, FIRST + 300), VALUES, min_size=1, max_size=12)


def flat(kind, value):
    """As tifffile gives it: rationals in one row, single numbers alone."""
    if kind in (RATIONAL, SRATIONAL):
        value = tuple(number for pair in value for number in pair)
    if kind == BYTE:
        return bytes(value)
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value


def normal(value):
    return bytes([value]) if isinstance(value, int) else value


@given(DIRECTORIES)
def test_what_is_written_is_read(directory):
    with tifffile.TiffFile(io.BytesIO(encode_file(directory))) as file:
        tags = file.pages.first.tags
        assert [tag.code for tag in tags] == sorted(directory)
        for code, (kind, value) in directory.items():
            found = tags[code]
            assert found.dtype == kind
            if kind == ASCII:
                data = encode_file(directory)[found.valueoffset :][: found.count]
                assert data == value.encode() + b"\0"
            elif kind in (BYTE, UNDEFINED):
                assert normal(found.value) == normal(flat(kind, value))
            else:
                assert found.value == flat(kind, value)


@given(DIRECTORIES, st.lists(DIRECTORIES, min_size=1, max_size=3))
def test_directories_inside_directories(main, children):
    with tifffile.TiffFile(io.BytesIO(encode_file({**main, 0x014A: (DIRECTORY, children)}))) as file:
        pages = file.pages.first.pages
        assert pages is not None and len(pages) == len(children)
        for page, child in zip(pages, children, strict=True):
            assert [tag.code for tag in page.tags] == sorted(child)


@given(DIRECTORIES)
def test_long_values_begin_on_word_boundaries(directory):
    """TIFF 6.0, section 2: "the value offset is expected to begin on a word boundary"."""
    with tifffile.TiffFile(io.BytesIO(encode_file(directory))) as file:
        assert all(tag.valueoffset % 2 == 0 for tag in file.pages.first.tags)


@pytest.mark.parametrize(("kind", "value"), [(SHORT, 65536), (BYTE, -1), (RATIONAL, (-1, 2)), (SSHORT, 40000)])
def test_a_value_too_large_for_its_type_is_refused(kind, value):
    import struct

    with pytest.raises(struct.error):
        encode_value(kind, value)
