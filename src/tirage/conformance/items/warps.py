"""Bent lines: the item stores a checkerboard as the lens bends it, the twin the straight one.

A warp says for each pixel of the corrected picture where it lies in the picture as shot. What is stored at a place is
therefore the straight board at the place that the warp sends there: the inverse, found by iteration.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import numpy as np

from ...reading.tags import Tag
from ..camera import DNG_1_3, bayer, linear
from ..item import Bounds, Item
from ..opcode_list import OPTIONAL, Lens, opcode_list, warp_fisheye, warp_rectilinear, warp_rectilinear_2
from ..scenes import HEIGHT, WIDTH, Scene, checkerboard, photograph

GROUP = "Warps"
_SECTION = "DNG 1.7.1, chapter 7, WarpRectilinear, WarpFisheye, WarpRectilinear2"
_MIDDLE = (0.5, 0.5)
#: Corrected place -> place as shot, one of the planes.
Warp = Callable[[np.ndarray, np.ndarray, int], tuple[np.ndarray, np.ndarray]]


def items() -> Iterator[Item]:
    """Each warp, over a checkerboard and over a picture."""
    barrel = [(1.0, -0.10, 0.03, 0.0, 0.0, 0.0)]
    cases = (
        ("", "barrel distortion", barrel, _MIDDLE),
        ("-pincushion", "pincushion distortion", [(0.94, 0.05, 0.01, 0.0, 0.0, 0.0)], _MIDDLE),
        ("-centre", "another optical centre", [(0.98, -0.08, 0.02, 0.01, 0.0, 0.0)], (0.4, 0.58)),
        ("-tangential", "tangential distortion", [(0.96, 0.0, 0.0, 0.0, 0.012, -0.009)], _MIDDLE),
    )
    for name, words, planes, centre in cases:
        value = warp_rectilinear(planes, centre)
        yield _item(f"warp-rectilinear{name}", words, value, _rectilinear(planes, centre))
    value, warp = warp_rectilinear(barrel, _MIDDLE), _rectilinear(barrel, _MIDDLE)
    yield _item("warp-rectilinear-linear-raw", "barrel distortion, three samples per pixel", value, warp, make=linear)
    yield _item("warp-rectilinear-scene", "barrel distortion of a picture", value, warp, scene=photograph)
    planes = [(0.985, -0.02, 0.0, 0.0, 0.0, 0.0), (1.0, -0.02, 0.0, 0.0, 0.0, 0.0), (1.012, -0.02, 0.0, 0.0, 0.0, 0.0)]
    value, warp = warp_rectilinear(planes, _MIDDLE), _rectilinear(planes, _MIDDLE)
    words = "three planes: lateral chromatic aberration"
    yield _item("warp-rectilinear-planes", words, value, warp, judge="same")
    yield _cropped()
    yield from _fisheye()
    yield from _rectilinear_2()


def _cropped() -> Item:
    """The optical centre and the radius are those of the active area, not of the crop."""
    planes = [(1.0, -0.10, 0.03, 0.0, 0.0, 0.0)]
    whole = _item(
        "warp-rectilinear-crop",
        "barrel distortion, then a crop",
        warp_rectilinear(planes, _MIDDLE),
        _rectilinear(planes, _MIDDLE),
    )
    crop = {Tag.DefaultCropOrigin: [40, 0], Tag.DefaultCropSize: [200, 150]}
    dng, twin, ignored = (one.but(crop) if one else None for one in (whole.dng, whole.twin, whole.ignored))
    return dataclasses.replace(whole, dng=dng, twin=twin, ignored=ignored)


def _fisheye() -> Iterator[Item]:
    for name, planes, centre in (
        ("", [(1.0, 0.25, 0.0, 0.0)], _MIDDLE),
        ("-centre", [(0.99, 0.30, -0.03, 0.01)], (0.55, 0.45)),
    ):
        value, warp = warp_fisheye(planes, centre), _of_angle(planes, centre)
        yield _item(f"warp-fisheye{name}", "a fisheye's picture made rectilinear", value, warp)


def _rectilinear_2() -> Iterator[Item]:
    odd = ([0.99, 0.015, -0.06, -0.02, 0.03, 0.01, *[0.0] * 9], [0.0, 0.0])
    cases = (
        ("", "odd and even powers of the radius", [odd], False),
        ("-tangential", "with tangential distortion", [(odd[0], [0.008, -0.006])], False),
        ("-reciprocal", "the polynomial divides", [([1.0, 0.0, 0.09, 0.0, 0.02, *[0.0] * 10], [0.0, 0.0])], True),
    )
    yield _skipped()
    for name, words, planes, reciprocal in cases:
        value = warp_rectilinear_2(planes, _MIDDLE, reciprocal=reciprocal)
        yield _item(
            f"warp-rectilinear-2{name}", words, value, _powers(planes, _MIDDLE, reciprocal), version=b"\1\6\0\0"
        )


def _skipped() -> Item:
    """A warp for old readers after an optional one for new ones: who applies the first must skip the second."""
    old = [(1.0, -0.06, 0.02, 0.0, 0.0, 0.0)]
    new = [([1.0, 0.0, -0.06, 0.0, 0.02, *[0.0] * 10], [0.0, 0.0])]
    value = warp_rectilinear_2(new, _MIDDLE, flags=OPTIONAL), warp_rectilinear(old, _MIDDLE)
    words = "an optional WarpRectilinear2, then a WarpRectilinear for older readers: one of them is applied"
    return _item("warp-rectilinear-2-or-1", words, value, _rectilinear(old, _MIDDLE))


def _item(
    name: str,
    words: str,
    value: bytes | tuple[bytes, ...],
    warp: Warp,
    *,
    scene: Scene = checkerboard,
    judge: str = "",
    make=bayer,
    version: bytes = b"\1\3\0\0",
) -> Item:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    differs = any(not np.array_equal(one, two) for one, two in zip(warp(x, y, 0), warp(x, y, 2), strict=True))
    planes = [scene(*inverse(warp, x, y, plane)) for plane in range(3 if differs else 1)]
    light = np.stack([planes[min(plane, len(planes) - 1)][..., plane] for plane in range(3)], axis=-1)
    tags = {**DNG_1_3, Tag.DNGVersion: b"\1\6\0\0", Tag.DNGBackwardVersion: version}
    dng = make(light, {**tags, Tag.OpcodeList3: opcode_list(*(value if isinstance(value, tuple) else (value,)))})
    twin = make(scene(x, y))
    judge = judge or ("geometry" if scene is checkerboard else "same")
    bounds = Bounds(mean=0.02, high=0.09)
    return Item(
        name, f"list 3: {words}", _SECTION, ("OpcodeList3",), dng, twin, dng.without(Tag.OpcodeList3), judge, bounds
    )


def inverse(warp: Warp, x: np.ndarray, y: np.ndarray, plane: int) -> tuple[np.ndarray, np.ndarray]:
    """The corrected place that `warp` sends to (x, y), by fixed-point iteration."""
    found_x, found_y = x.copy(), y.copy()
    for _ in range(40):
        shot_x, shot_y = warp(found_x, found_y, plane)
        found_x, found_y = found_x + 0.8 * (x - shot_x), found_y + 0.8 * (y - shot_y)
    return found_x, found_y


def _rectilinear(planes: list[tuple[float, ...]], centre: tuple[float, float]) -> Warp:
    """Opcode 1: radial k0 + k1 r^2 + k2 r^4 + k3 r^6, tangential after Brown."""
    powers = [([k[0], 0, k[1], 0, k[2], 0, k[3]], k[4:]) for k in planes]
    return _powers(powers, centre, False)


def _powers(planes: list, centre: tuple[float, float], reciprocal: bool) -> Warp:
    """Radial polynomial of the radius itself (or one over it), and tangential terms."""
    lens = Lens.over(WIDTH, HEIGHT, centre)

    def warp(x: np.ndarray, y: np.ndarray, plane: int) -> tuple[np.ndarray, np.ndarray]:
        radial, (t0, t1) = planes[min(plane, len(planes) - 1)]
        dx, dy, r = lens.normalised(x, y)
        ratio = sum(k * r**power for power, k in enumerate(radial))
        ratio = 1 / ratio if reciprocal else ratio
        shift_x = t0 * 2 * dx * dy + t1 * (r**2 + 2 * dx**2)
        shift_y = t1 * 2 * dx * dy + t0 * (r**2 + 2 * dy**2)
        return lens.pixels(ratio * dx + shift_x, ratio * dy + shift_y)

    return warp


def _of_angle(planes: list[tuple[float, ...]], centre: tuple[float, float]) -> Warp:
    """Opcode 2: a polynomial of the angle atan(r) instead of r."""
    lens = Lens.over(WIDTH, HEIGHT, centre)

    def warp(x: np.ndarray, y: np.ndarray, plane: int) -> tuple[np.ndarray, np.ndarray]:
        k = planes[min(plane, len(planes) - 1)]
        dx, dy, r = lens.normalised(x, y)
        angle = np.arctan(r)
        bent = sum(factor * angle ** (2 * power + 1) for power, factor in enumerate(k))
        ratio = np.where(r > 1e-9, bent / np.maximum(r, 1e-9), k[0])
        return lens.pixels(ratio * dx, ratio * dy)

    return warp
