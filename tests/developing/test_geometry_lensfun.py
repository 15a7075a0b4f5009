"""Lens corrections from lensfun's database: found surely or not at all, and as lensfun itself draws them."""

from __future__ import annotations

import dataclasses
import sys

import numpy as np
import pytest

from developing.scenes import COLOUR
from tirage.developing.geometry import lensfun, reference
from tirage.photo.frame import Capture, RawFrame
from tirage.photo.operations import Rectangle

lensfunpy = pytest.importorskip("lensfunpy")
SIZE = Rectangle(0, 0, 1500, 1000)
KNOWN = Capture(
    make="Canon",
    model="Canon EOS 5D Mark III",
    lens="Canon EF 24-70mm f/2.8L II USM",
    focal_length_mm=24.0,
    f_number=2.8,
)


def frame(**changes) -> RawFrame:
    """A full-frame picture by a known lens, but for `changes`."""
    return RawFrame(
        np.zeros((3, SIZE.height, SIZE.width), np.uint16), None, np.zeros((1, 1, 3)), np.full(3, 65535.0), SIZE, COLOUR,
        capture=dataclasses.replace(KNOWN, **changes),
    )  # fmt: skip


def test_a_known_lens_is_drawn_as_lensfun_draws_it() -> None:
    found, note = lensfun.correction(frame(), SIZE)
    assert found is not None and found.geometry is not None
    assert "EF 24-70mm f/2.8L II" in note
    camera = lensfunpy.Database().find_cameras(KNOWN.make, KNOWN.model)[0]
    lens = lensfunpy.Database().find_lenses(camera, None, KNOWN.lens)[0]
    modifier = lensfunpy.Modifier(lens, camera.crop_factor, SIZE.width, SIZE.height)
    flags = lensfunpy.ModifyFlags.DISTORTION | lensfunpy.ModifyFlags.TCA
    modifier.initialize(24.0, 2.8, 1000.0, scale=1.0, flags=int(flags))
    theirs = modifier.apply_subpixel_geometry_distortion()
    moved = 0.0
    for plane in range(3):
        x, y = reference.positions(found.geometry, plane)
        inside = (x > 0) & (y > 0) & (x < SIZE.width - 1) & (y < SIZE.height - 1)
        off = np.hypot(x - theirs[:, :, plane, 0], y - theirs[:, :, plane, 1])[inside]
        assert np.median(off) < 0.15 and np.percentile(off, 99) < 0.6  # lensfun's own positions scatter by tenths
        moved = max(moved, abs(theirs[:, :, plane, 0] - np.arange(SIZE.width)).max())
    assert moved > 5


def test_vignetting_brightens_as_lensfun_does() -> None:
    found, _ = lensfun.correction(frame(), SIZE)
    assert found is not None and len(found.vignetting) == 1
    flat = np.full((SIZE.height, SIZE.width, 3), 0.25, np.float32)
    camera = lensfunpy.Database().find_cameras(KNOWN.make, KNOWN.model)[0]
    lens = lensfunpy.Database().find_lenses(camera, None, KNOWN.lens)[0]
    modifier = lensfunpy.Modifier(lens, camera.crop_factor, SIZE.width, SIZE.height)
    modifier.initialize(24.0, 2.8, 1000.0, pixel_format=np.float32, flags=int(lensfunpy.ModifyFlags.VIGNETTING))
    assert modifier.apply_color_modification(flat)
    (one,) = found.vignetting
    y, x = np.mgrid[: SIZE.height, : SIZE.width]
    centre_x, centre_y = one.centre[0] * SIZE.width, one.centre[1] * SIZE.height
    r2 = ((x + 0.5 - centre_x) ** 2 + (y + 0.5 - centre_y) ** 2) / (centre_x**2 + centre_y**2)
    gain = 1 + sum(k * r2**power for power, k in enumerate(one.radial, 1))
    assert flat.max() > 0.4
    assert abs(gain / (flat[:, :, 0] / 0.25) - 1).max() < 0.02


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"lens": "Canon EF 85mm f/7.1 XYZ"}, "does not know the lens"),
        ({"lens": "EF50mm f/1.8 II"}, "does not know the lens"),  # 24 mm is none of its focal lengths
        ({"lens": ""}, "does not know the lens"),
        ({"model": "Canon EOS 5D Mark XLII"}, "does not know the camera"),
        ({"make": "Nobody", "model": "Nothing"}, "does not know the camera"),
        ({"focal_length_mm": None}, "no focal length"),
        ({"focal_length_mm": 300.0}, "does not know the lens"),
    ],
)
def test_what_is_not_surely_known_is_left_alone(changes: dict, words: str) -> None:
    found, note = lensfun.correction(frame(**changes), SIZE)
    assert found is None
    assert words in note


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lensfunpy", None)
    found, note = lensfun.correction(frame(), SIZE)
    assert found is None and "not installed" in note
