"""Which format a name asks for."""

from __future__ import annotations

import pytest

from tirage.photo.errors import UsageError
from tirage.writing.formats import FORMATS, choose


@pytest.mark.parametrize(
    ("path", "bits", "name"),
    [
        ("a.jpg", 8, "jpeg"),
        ("a.JPEG", 8, "jpeg"),
        ("a.b.jpe", 16, "jpeg"),
        ("a.png", 8, "png"),
        ("a.PNG", 16, "png16"),
        ("a.tif", 16, "tiff16"),
        ("a.tiff", 8, "tiff16"),
    ],
)
def test_the_suffix_decides(path, bits, name):
    assert choose(path, bits=bits) is FORMATS[name]


@pytest.mark.parametrize("path", ["a", "a.0001", "a.jpg.part"])
def test_a_name_that_says_nothing_takes_the_format_asked_for(path):
    assert choose(path, "tiff16") is FORMATS["tiff16"]
    with pytest.raises(UsageError, match="does not say which format"):
        choose(path)


@pytest.mark.parametrize(
    ("path", "name"), [("a.png", "jpeg"), ("a.jpg", "png16"), ("a.tif", "png"), ("a.jpeg", "tiff16")]
)
def test_contradictions_are_refused(path, name):
    with pytest.raises(UsageError, match="change either"):
        choose(path, name)


def test_unknown_formats_and_dng():
    with pytest.raises(UsageError, match="did you mean 'jpeg'"):
        choose("a.jpg", "jpg")
    with pytest.raises(UsageError, match="RAW frame"):
        choose("a.dng")
    with pytest.raises(UsageError, match="RAW frame"):
        choose("a.dng", "jpeg")
