"""A picture with every fact a picture can carry, and exiftool to read it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from tirage.photo.frame import Capture, Metadata
from tirage.photo.image import DisplayImage
from tirage.photo.recipe import Recipe


class Kind(NamedTuple):
    """A format, a file name for it, and the bits it holds."""

    format: str
    file: str
    bits: int


KINDS = [Kind("jpeg", "a.jpg", 8), Kind("png", "a.png", 8), Kind("png16", "deep.png", 16), Kind("tiff16", "a.tif", 16)]

METADATA = Metadata(
    image={
        0x010E: "Kirschblüte, 桜 🌸",
        0x010F: "Zürich Optik",
        0x0110: "Model Ω",
        0x0112: 6,  # Orientation of the sensor; the picture is upright
        0x0131: "camera firmware 1.2",
        0x0132: "2024:05:06 09:00:00",
        0x013B: "Łukasz Żółć",
        0x8298: "© 2024 Łukasz",
        0x0111: 4096,  # StripOffsets, and more that speaks of the RAW file only
        0x014A: (1000, 2000),
        0xC612: b"\1\4\0\0",
        0xC621: ((1, 2),) * 9,
    },
    exif={
        0x829A: (1, 60),
        0x829D: (28, 10),
        0x8822: 3,
        0x8827: 3200,
        0x9003: "2024:05:06 07:08:09",
        0x9010: "+02:00",
        0x9011: "+05:45",
        0x9204: (-1, 3),
        0x9203: (-113, 100),
        0x9207: 5,
        0x9209: 16,
        0x920A: (4250, 1000),
        0x9286: b"ASCII\0\0\0well seen",
        0x9291: "123",
        0x927C: b"MAKERNOTE" * 100,
        0xA002: 9999,
        0xA302: b"\2\0\2\0\0\1\1\2",
        0x9214: (2000, 1500, 100, 100),  # SubjectArea, in the sensor's coordinates
        0xA300: b"\3",
        0xA301: b"\1",
        0xA405: 26,
        0xA432: ((24, 1), (70, 1), (28, 10), (28, 10)),
        0xA433: "Optik",
        0xA434: "24-70 mm ƒ/2.8",
        0xA431: "SN-0042",
    },
    gps={
        0x01: "S",
        0x02: ((33, 1), (51, 1), (2490, 100)),
        0x03: "E",
        0x04: ((151, 1), (12, 1), (3456, 100)),
        0x05: 0,
        0x06: (584, 10),
        0x07: ((21, 1), (8, 1), (9, 1)),
        0x10: "T",
        0x11: (27182, 100),
        0x1B: b"ASCII\0\0\0GPS",
        0x1D: "2024:05:05",
    },
)
CAPTURE = Capture(
    make="Zürich Optik",
    model="Model Ω",
    lens="24-70 mm ƒ/2.8",
    exposure_s=1 / 60,
    f_number=2.8,
    iso=3200,
    focal_length_mm=4.25,
    time=dt.datetime(2024, 5, 6, 7, 8, 9, 123000, dt.timezone(dt.timedelta(hours=5, minutes=45))),
)
RECIPE = Recipe(
    look='mine & <yours> "ours"',
    quality="best",
    exposure_stops=0.1 + 0.2,
    white_balance="pick:12,34",
    colour_space="srgb",
    crop=(1, 2, 30, 20),
    size=2048,
)


def make_photo(bits: int = 8, shape: tuple[int, int] = (40, 60), **changes: Any) -> DisplayImage:
    """A smooth, colourful picture."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    ramps = [x / max(shape[1] - 1, 1), y / max(shape[0] - 1, 1), (np.sin(x / 9) * np.cos(y / 7) + 1) / 2]
    pixels = np.rint(np.stack(ramps, axis=-1) * (2**bits - 1)).astype(f"u{bits // 8}")
    facts = {"metadata": METADATA, "capture": CAPTURE, "recipe": RECIPE, "source": "shoot/IMG_0001 ä.dng"}
    return DisplayImage(pixels, **{**facts, **changes})


@pytest.fixture
def photo() -> Callable[..., DisplayImage]:
    """Makes a picture: `photo(bits=16, colour_space="display-p3")`."""
    return make_photo


@pytest.fixture(params=KINDS, ids=lambda kind: kind.format)
def kind(request: pytest.FixtureRequest) -> Kind:
    """Every format in turn."""
    return request.param


@pytest.fixture
def written(kind: Kind, tmp_path: Path) -> Path:
    """A file of every format in turn."""
    from tirage.writing import write

    return write(make_photo(kind.bits), tmp_path / kind.file)
