"""TIFFs as tifffile, an independent writer, makes them: every kind is read right, or refused in fitting words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

import tirage
from tirage.photo.errors import FileError
from tirage.photo.orientation import upright
from tirage.reading.picture import is_picture, read_picture

HEIGHT, WIDTH = 40, 60
ROWS, COLUMNS = np.mgrid[:HEIGHT, :WIDTH]
RGB = np.stack([COLUMNS * 4, ROWS * 6, ROWS + COLUMNS], axis=-1).astype(np.uint8)
DEEP = RGB.astype(np.uint16) * 257
GREY, DEEP_GREY = RGB[..., 0], DEEP[..., 0]
ALPHA = {"extrasamples": ["unassalpha"]}
PLANAR = {"planarconfig": "separate"}


def three(grey: np.ndarray) -> np.ndarray:
    return np.repeat(grey[..., None], 3, axis=-1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.tif"


@pytest.mark.parametrize(
    ("right", "stored", "how"),
    [
        (RGB, RGB, {}),
        (DEEP, DEEP, {"byteorder": ">", "compression": "lzw", "predictor": True}),
        (DEEP, DEEP, {"compression": "zstd", "tile": (16, 16), "bigtiff": True}),
        (RGB, np.moveaxis(RGB, -1, 0), PLANAR),
        (DEEP, np.moveaxis(DEEP, -1, 0), {**PLANAR, "tile": (16, 16)}),
        (DEEP, np.dstack([DEEP, DEEP_GREY]), ALPHA),
        (DEEP, np.dstack([DEEP, DEEP_GREY, DEEP_GREY]), {"extrasamples": ["unassalpha", "unspecified"]}),
        (RGB, RGB, {"compression": "jpegxl", "compressionargs": {"lossless": True}}),
        (three(DEEP_GREY), DEEP_GREY, {"photometric": "minisblack"}),
        (three(255 - GREY), GREY, {"photometric": "miniswhite"}),
        (three(65535 - DEEP_GREY), DEEP_GREY, {"photometric": "miniswhite"}),
        (three(GREY), np.dstack([GREY, GREY]), {"photometric": "minisblack", **ALPHA}),
        (three(DEEP_GREY), np.dstack([DEEP_GREY] * 2), {"photometric": "minisblack", **ALPHA}),
        (three(DEEP_GREY), np.stack([DEEP_GREY] * 2), {"photometric": "minisblack", **ALPHA, **PLANAR}),
        (three(np.where(GREY > 99, 255, 0).astype(np.uint8)), GREY > 99, {"photometric": "minisblack"}),
        (
            RGB[..., [1, 1, 1]],
            RGB[..., 1],
            {"photometric": "palette", "colormap": np.stack([np.arange(256) * 257] * 3)},
        ),
        (255 - RGB, np.dstack([RGB, 0 * GREY]), {"photometric": "separated"}),
        (255 - RGB, np.dstack([DEEP, 0 * DEEP_GREY]), {"photometric": "separated"}),
    ],
)
def test_kinds_that_are_read(right: np.ndarray, stored: np.ndarray, how: dict, path: Path) -> None:
    tifffile.imwrite(path, stored, **{"photometric": "rgb", **how})
    picture = read_picture(path)
    assert is_picture(path) and picture.pixels.dtype == right.dtype
    np.testing.assert_array_equal(picture.pixels, right)
    assert [note for note in picture.notes if "transparency" in note] == list(picture.notes)
    assert bool(picture.notes) == ("unassalpha" in how.get("extrasamples", []))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("codes", [RGB, DEEP, three(GREY)], ids=["8 bits", "16 bits", "palette"])
def test_every_orientation_comes_upright(codes: np.ndarray, orientation: int, path: Path) -> None:
    turned: dict[str, Any] = {"extratags": [(274, "H", 1, orientation, True)]}
    if codes is RGB or codes is DEEP:
        tifffile.imwrite(path, codes, photometric="rgb", **turned)
    else:
        ramp = np.stack([np.arange(256) * 257] * 3)
        tifffile.imwrite(path, codes[..., 0], photometric="palette", colormap=ramp, **turned)
    np.testing.assert_array_equal(read_picture(path).pixels, upright(codes, orientation))


def test_of_several_pages_the_first_that_is_no_thumbnail(path: Path) -> None:
    with tifffile.TiffWriter(path) as file:
        file.write(DEEP[::4, ::4], photometric="rgb", subfiletype=1)
        file.write(DEEP, photometric="rgb")
    picture = read_picture(path)
    np.testing.assert_array_equal(picture.pixels, DEEP)
    assert not picture.notes
    tifffile.imwrite(path, np.stack([DEEP, 65535 - DEEP]), photometric="rgb")
    picture = read_picture(path)
    np.testing.assert_array_equal(picture.pixels, DEEP)
    assert picture.notes == ("it holds several pictures; this is the first",)


@pytest.mark.parametrize(
    ("stored", "how"),
    [
        (RGB / np.float32(255), {}),
        (RGB / 255, {}),
        (GREY.astype(np.float32), {"photometric": "minisblack"}),
        (RGB.astype(np.uint32), {}),
        (RGB.view(np.int8), {}),
        (DEEP_GREY >> 4, {"photometric": "minisblack", "bitspersample": 12}),
        (DEEP, {"photometric": "cielab"}),
        (np.stack([DEEP_GREY] * 16), {"photometric": "minisblack", "volumetric": True, "tile": (16, 16, 16)}),
    ],
)
def test_kinds_that_are_refused(stored: np.ndarray, how: dict, path: Path) -> None:
    tifffile.imwrite(path, stored, **{"photometric": "rgb", **how})
    with pytest.raises(FileError, match="TIFF, but not of 8 or 16 bits") as caught:
        tirage.photograph(path)
    assert str(caught.value).count("\n") == 0


def test_more_pixels_claimed_than_held(path: Path) -> None:
    tifffile.imwrite(path, RGB, photometric="rgb", compression="deflate")
    data = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as file:
        place = file.pages[0].tags[257].valueoffset  # type: ignore[union-attr]
    data[place : place + 4] = (5_000_000).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(FileError, match="claims more pixels than it holds"):
        read_picture(path)
