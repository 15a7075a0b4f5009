"""Lens shading: GainMaps in both lists, radial vignetting. The item stores a shaded picture, the twin an even one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...reading.tags import Tag
from ..camera import DNG_1_3, bayer, linear
from ..dng_file import Dng
from ..item import Bounds, Item
from ..opcode_list import FIX_VIGNETTE, Area, Gains, Lens, gain_map, opcode, opcode_list
from ..scenes import HEIGHT, WIDTH, Scene, flat, lit, photograph

GROUP = "Shading"
_SECTION = "DNG 1.7.1, chapter 7, GainMap"
WHOLE = Area(0, 0, HEIGHT, WIDTH)
_BOUNDS = Bounds(mean=0.01, high=0.045)


def items() -> Iterator[Item]:
    """Lists 2 and 3; planes, pitches, areas, origins; FixVignetteRadial."""
    yield from _list_2()
    yield from _list_3()
    yield from _vignette()


def bowl(points_v: int = 9, points_h: int = 13, most: float = 1.9, tilt: float = 0.0) -> np.ndarray:
    """Gains that grow towards the corners, (points_v, points_h, 1); `tilt` more on the right."""
    v, h = np.linspace(-1, 1, points_v)[:, None], np.linspace(-1, 1, points_h)[None]
    return (1 + (most - 1) * (v**2 + h**2) / 2 + tilt * (h + 1) / 2)[..., None]


def grid(values: np.ndarray) -> Gains:
    """`values` from edge to edge."""
    points_v, points_h = values.shape[:2]
    return Gains(values, (1 / max(points_v - 1, 1), 1 / max(points_h - 1, 1)))


def _list_2() -> Iterator[Item]:
    """Before demosaicing."""
    four = tuple(Area(row, column, HEIGHT, WIDTH, 0, 1, 2, 2) for row in (0, 1) for column in (0, 1))
    tilts = (0.5, 0.0, -0.25, 0.3)
    per_filter = [(area, grid(bowl(tilt=tilt))) for area, tilt in zip(four, tilts, strict=True)]
    even = [(WHOLE, grid(bowl()))]
    yield _item("gain-map-2", "one gain map for all filters", flat, 2, even, judge="shading")
    yield _item("gain-map-2-scene", "one gain map for all filters, a picture", photograph, 2, even)
    yield _item("gain-map-2-four", "a gain map for each filter of the mosaic", flat, 2, per_filter, judge="shading")
    yield _item("gain-map-2-four-scene", "a gain map for each filter, a picture", photograph, 2, per_filter)
    green = [(area, grid(bowl(most=1.6))) for area in four[1:3]]
    yield _item("gain-map-2-green", "gain maps for the green filters alone", photograph, 2, green)
    part = Area(20, 30, HEIGHT - 16, WIDTH - 40)
    yield _item(
        "gain-map-2-area", "a gain map over a part of the picture", photograph, 2, [(part, grid(bowl(most=2.2)))]
    )
    coarse = Gains(bowl(3, 3), (0.35, 0.3), (0.15, 0.2))
    yield _item(
        "gain-map-2-origin",
        "grid points that begin inside: gains are held beyond them",
        photograph,
        2,
        [(WHOLE, coarse)],
    )
    one = Gains(np.full((1, 1, 1), 1.6), (1.0, 1.0))
    yield _item("gain-map-2-one-point", "a gain map of one point", photograph, 2, [(WHOLE, one)])
    fine = [(WHOLE, grid(bowl(33, 47)))]
    yield _item("gain-map-2-fine", "a gain map of 33 x 47 points", photograph, 2, fine)
    twice = [(WHOLE, grid(bowl(most=1.4))), (WHOLE, grid(bowl(most=1.3, tilt=0.2)))]
    yield _item("gain-map-2-twice", "two gain maps one after the other", photograph, 2, twice)
    below = [(WHOLE, grid(1.0 / bowl()))]
    yield _item("gain-map-2-below-1", "gains below 1", photograph, 2, below, scale=0.5)
    yield from _framed()
    yield _over_black()
    three = np.concatenate([bowl(tilt=0.5), bowl(), bowl(most=1.4)], axis=2)
    planes = Area(0, 0, HEIGHT, WIDTH, 0, 3)
    yield _item(
        "gain-map-2-linear-raw",
        "list 2 of three samples per pixel",
        photograph,
        2,
        [(planes, grid(three))],
        make=linear,
    )


def _list_3() -> Iterator[Item]:
    """After demosaicing."""
    planes = Area(0, 0, HEIGHT, WIDTH, 0, 3)
    three = np.concatenate([bowl(tilt=0.5), bowl(), bowl(most=1.4)], axis=2)
    yield _item("gain-map-3", "one gain map for three planes", flat, 3, [(planes, grid(bowl()))], judge="shading")
    yield _item("gain-map-3-scene", "one gain map for three planes, a picture", photograph, 3, [(planes, grid(bowl()))])
    yield _item(
        "gain-map-3-planes", "a gain map with three planes of gains", flat, 3, [(planes, grid(three))], judge="shading"
    )
    yield _item("gain-map-3-planes-scene", "three planes of gains, a picture", photograph, 3, [(planes, grid(three))])
    red = planes._replace(planes=1)
    yield _item("gain-map-3-red", "a gain map for the red plane alone", photograph, 3, [(red, grid(bowl()))])
    two = planes._replace(plane=1, planes=2)
    yield _item("gain-map-3-green-blue", "one for green and blue", photograph, 3, [(two, grid(bowl()))])
    fewer = np.concatenate([bowl(most=1.3), bowl(tilt=0.3)], axis=2)
    yield _item(
        "gain-map-3-fewer-planes",
        "two planes of gains for three planes: the last one serves the third",
        photograph,
        3,
        [(planes, grid(fewer))],
    )
    part = Area(24, 32, HEIGHT - 20, WIDTH - 36, 0, 3)
    yield _item(
        "gain-map-3-area",
        "a gain map over a part of the picture",
        photograph,
        3,
        [(part, grid(bowl(most=2.2)))],
        make=linear,
    )
    yield _item(
        "gain-map-3-linear-raw",
        "list 3 of three samples per pixel",
        photograph,
        3,
        [(planes, grid(three))],
        make=linear,
    )


def _item(
    name: str,
    words: str,
    scene: Scene,
    number: int,
    maps: list[tuple[Area, Gains]],
    *,
    judge: str = "same",
    scale: float = 0.85,
    make=bayer,
) -> Item:
    """Light divided by the gains, and the list that multiplies by them."""
    light = lit(scene) * scale
    cfa_planes = make is bayer and number == 2
    shaded = light / product_of(maps, light.shape, cfa_planes)
    tag = (Tag.OpcodeList2, Tag.OpcodeList3)[number - 2]
    value = opcode_list(*(gain_map(area, gains) for area, gains in maps))
    dng = make(shaded, {**DNG_1_3, tag: value})
    twin = make(light)
    return Item(name, f"list {number}: {words}", _SECTION, (tag.name,), dng, twin, dng.without(tag), judge, _BOUNDS)


def product_of(maps: list[tuple[Area, Gains]], shape: tuple[int, ...], is_mosaic: bool) -> np.ndarray:
    """The gains of every pixel and plane; a mosaic's one plane is that of the filter in its place."""
    product = np.ones(shape)
    for area, gains in maps:
        field = gains.over(*shape[:2])
        if is_mosaic:
            product[area.rows, area.columns] *= field[area.rows, area.columns, :1]
            continue
        for plane in range(area.plane, min(area.plane + area.planes, 3)):
            used = min(plane - area.plane, field.shape[2] - 1)
            product[area.rows, area.columns, plane] *= field[area.rows, area.columns, used]
    return product


def _framed() -> Iterator[Item]:
    """Coordinates are those of the active area, whatever is cropped or turned afterwards."""
    top, left = 11, 7
    light = lit() * 0.85
    gains = grid(bowl(tilt=0.6))
    shaded = bayer(light / gains.over(HEIGHT, WIDTH), {**DNG_1_3, Tag.OpcodeList2: opcode_list(gain_map(WHOLE, gains))})
    area = {Tag.ActiveArea: [top, left, top + HEIGHT, left + WIDTH]}
    crop = {Tag.DefaultCropOrigin: [20, 30], Tag.DefaultCropSize: [200, 100]}
    even = bayer(light)
    cases = (
        ("active-area", "counted from the active area", area, np.pad(shaded.pixels, ((top, 30), (left, 20))), even),
        ("crop", "over the whole picture, not the default crop", crop, shaded.pixels, bayer(light[30:130, 20:220])),
        (
            "turned",
            "over the pixels as stored; the picture is turned",
            {Tag.Orientation: 6},
            shaded.pixels,
            even.but({Tag.Orientation: 6}),
        ),
    )
    for name, words, tags, pixels, twin in cases:
        dng = shaded.but(tags, pixels=pixels)
        used = ("OpcodeList2", *(Tag(tag).name for tag in tags))
        ignored = dng.without(Tag.OpcodeList2)
        yield Item(
            f"gain-map-2-{name}", f"list 2: a gain map {words}", _SECTION, used, dng, twin, ignored, bounds=_BOUNDS
        )


def _over_black() -> Item:
    """Gains count after black is subtracted."""
    light = lit() * 0.85
    gains = grid(bowl(most=2.4))
    shaded = light / gains.over(HEIGHT, WIDTH)
    dng: Dng = bayer(shaded, {**DNG_1_3, Tag.BlackLevel: 6000}, black=6000)
    dng = dng.but({Tag.OpcodeList2: opcode_list(gain_map(WHOLE, gains))})
    words = "list 2: a gain map over a large black level, subtracted first"
    used = ("OpcodeList2", "BlackLevel")
    return Item(
        "gain-map-2-black", words, _SECTION, used, dng, bayer(light), dng.without(Tag.OpcodeList2), bounds=_BOUNDS
    )


def _vignette() -> Iterator[Item]:
    section = "DNG 1.7.1, chapter 7, FixVignetteRadial"
    cases = (
        ("", "gain that grows with the radius", (0.6, 0.2, 0.1, 0.0, 0.0), (0.5, 0.5), flat, "shading"),
        (
            "-scene",
            "gain that grows with the radius, a picture",
            (0.6, 0.2, 0.1, 0.0, 0.0),
            (0.5, 0.5),
            photograph,
            "same",
        ),
        (
            "-centre",
            "another optical centre, all five powers",
            (0.4, 0.3, -0.2, 0.3, 0.1),
            (0.38, 0.6),
            photograph,
            "same",
        ),
    )
    for name, words, coefficients, centre, scene, judge in cases:
        light = lit(scene) * 0.85
        y, x = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
        radius = Lens.over(WIDTH, HEIGHT, centre).normalised(x, y)[2]
        gain = 1 + np.sum([k * radius ** (2 * power) for power, k in enumerate(coefficients, 1)], axis=0)
        body = np.array([*coefficients, *centre], ">f8").tobytes()
        tags = {**DNG_1_3, Tag.OpcodeList3: opcode_list(opcode(FIX_VIGNETTE, body))}
        dng = bayer(light / gain[..., None], tags)
        yield Item(
            f"fix-vignette-radial{name}",
            f"list 3: {words}",
            section,
            ("OpcodeList3",),
            dng,
            bayer(light),
            dng.without(Tag.OpcodeList3),
            judge,
            _BOUNDS,
        )
