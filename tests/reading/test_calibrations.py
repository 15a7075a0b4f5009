"""The lights of calibrations, and neutrals, as files give them."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import colour
import numpy as np
import pytest

from dng_maker import RATIONAL, SHORT, SRATIONAL, UNDEFINED, Tags, make_dng
from oracles import SPECTRUM_XY
from tirage.photo.errors import FileError
from tirage.photo.frame import Illuminant, RawFrame
from tirage.pipeline import photograph
from tirage.reading import read


def read_tags(folder: Path, tags: Tags, order: str = "<") -> RawFrame:
    return read(make_dng(folder / "a.dng", np.full((8, 10), 500, np.uint16), tags=tags, order=order))


def light_of(folder: Path, tags: Tags, order: str = "<") -> Illuminant:
    (light,) = read_tags(folder, tags, order).colour.illuminants
    return light


@pytest.mark.parametrize("code, name", [(17, "A"), (23, "D50"), (20, "D55"), (21, "D65"), (22, "D75"), (19, "C")])
def test_standard_lights_have_their_chromaticity(tmp_path: Path, code: int, name: str) -> None:
    expected = colour.CCS_ILLUMINANTS["CIE 1931 2 Degree Standard Observer"][name]
    assert light_of(tmp_path, {50778: (SHORT, code)}).white_xy == pytest.approx(expected, abs=SPECTRUM_XY)


def spectrum(name: str, order: str, count: int | None = None) -> bytes:
    """IlluminantData of a standard illuminant in steps of 5 nm, claiming `count` values."""
    values = colour.SDS_ILLUMINANTS[name].values
    first, step = (int(x) for x in colour.SDS_ILLUMINANTS[name].wavelengths[:2])
    data = struct.pack(order + "HI4I", 1, count or len(values), first, 1, (step - first) * 10, 10)
    return data + b"".join(struct.pack(order + "2I", round(value * 1000), 1000) for value in values)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("name", ["A", "D65", "FL11"])
def test_a_light_by_its_spectrum(tmp_path: Path, name: str, order: str) -> None:
    tags = {50778: (SHORT, 255), 52533: (UNDEFINED, spectrum(name, order))}
    light = light_of(tmp_path, tags, order)
    expected = colour.CCS_ILLUMINANTS["CIE 1931 2 Degree Standard Observer"][name]
    assert light.white_xy == pytest.approx(expected, abs=SPECTRUM_XY)
    uv = colour.UCS_to_uv(colour.XYZ_to_UCS(colour.xy_to_XYZ(expected)))
    assert light.cct_kelvin == pytest.approx(colour.temperature.uv_to_CCT_Robertson1968(uv)[0], rel=2e-3)


@pytest.mark.parametrize("data, message", [
    (spectrum("A", "<", 2**31), "IlluminantData1: a spectrum of 2147483648 values needs"),
    (struct.pack("<HI6I", 1, 1, 400, 1, 5, 1, 1, 1), "IlluminantData1 holds a spectrum"),
    (struct.pack("<HI8I", 1, 2, 400, 1, 0, 1, 1, 1, 1, 1), "IlluminantData1 holds a spectrum"),
    (struct.pack("<HI8I", 1, 2, 400, 1, 5, 1, 1, 0, 1, 1), "IlluminantData1 holds a spectrum"),
    (struct.pack("<HI8I", 1, 2, 400, 1, 5, 1, 0, 1, 0, 1), "IlluminantData1 holds a chromaticity"),
])  # fmt: skip
def test_a_spectrum_of_no_light_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(FileError, match=message):
        read_tags(tmp_path, {50778: (SHORT, 255), 52533: (UNDEFINED, data)})


def test_lights_of_one_temperature_are_told_apart_by_their_chromaticity(tmp_path: Path) -> None:
    codes: dict[int, tuple[int, Any]] = {50778: (SHORT, 255), 50779: (SHORT, 255), 52529: (SHORT, 255)}
    whites = [(0.38, 0.3767), (0.37, 0.3500), (0.38, 0.3767)]
    for tag, (x, y) in zip((52533, 52534, 52535), whites, strict=True):
        codes[tag] = (UNDEFINED, struct.pack("<H4I", 0, round(x * 10000), 10000, round(y * 10000), 10000))
    matrices = {tag: (SRATIONAL, np.diag([1, 1, 0.9]).ravel()) for tag in (50722, 52531)}
    lights = read_tags(tmp_path, {**codes, **matrices}).colour.illuminants
    assert [light.white_xy for light in lights] == whites[:2]  # the third is the first again


def test_neutrals_above_1_are_the_same_picture(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(100, 60000, (16, 20)).astype(np.uint16)
    shown = [
        photograph(make_dng(tmp_path / f"{scale}.dng", pixels, tags={50728: (RATIONAL, neutral)})).pixels
        for scale, neutral in ((1, (0.5, 1, 0.625)), (4, (2, 4, 2.5)))
    ]
    np.testing.assert_array_equal(shown[0], shown[1])
