"""Linearising, lens shading and clipping, seen through the developing kernels."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from developing.scenes import frame, gain_maps
from oracles import (
    DECIDED_BY_ROUNDING,
    FLAT_FIELD_CORNER,
    LEARNED_FLAT_COLOUR,
    LEARNED_ROUNDING,
    SCENE_AGAINST_REFERENCE,
    SHADING_BETWEEN_SAMPLES,
)
from tirage.developing import development
from tirage.developing.camera_colour import camera_to_scene
from tirage.developing.demosaic import demosaic
from tirage.developing.demosaic.malvar2004 import reference as malvar2004
from tirage.developing.lens_shading import shading_grid
from tirage.developing.linearise import reference
from tirage.developing.white_balance import multipliers, neutral_for
from tirage.photo.errors import UnsupportedFileError, UsageError
from tirage.photo.frame import BAYER_PATTERNS, RawFrame, Rectangle
from tirage.photo.image import GREY_OFFSET_STOPS, SceneImage
from tirage.photo.operations import AreaSpec, GainMap
from tirage.photo.recipe import Recipe


def plain_scene(raw: RawFrame, quality: str) -> SceneImage:
    """Developing without what looks at the picture first: defects, noise and highlights."""
    return development.develop(raw, quality=quality, defects="none", denoise=0.0, highlights="limit")


def demosaiced(light: np.ndarray, raw: RawFrame, quality: str) -> np.ndarray:
    """R, G, B by the quality's method: Malvar's in NumPy; the learned one by itself, which has tests of its own."""
    if quality == "fast":
        return malvar2004.demosaic(light, raw.cfa, room=0.0)
    noise = development.prepare(raw, Recipe(quality=quality, defects="none", denoise=0.0)).noise
    return demosaic(light, raw.cfa, "learned_one_pass", linear=True, noise=noise).astype(np.float64)


def reference_scene(raw: RawFrame, quality: str) -> np.ndarray:
    """Developing stage by stage, in float64; (3, H, W) of the default crop."""
    neutral = neutral_for(raw, "as-shot")
    gains = multipliers(neutral)
    light = reference.light(raw, gains)
    shading = reference.shading_fields(raw)
    colours = np.array([["RGB".index(raw.cfa[2 * i + j]) for j in (0, 1)] for i in (0, 1)])
    limit = np.min([gains[colours[i, j]] * shading[i, j] for i in (0, 1) for j in (0, 1)], axis=0)
    camera = demosaiced(np.minimum(light, limit), raw, quality)
    matrix = camera_to_scene(raw.colour, neutral) * 2.0 ** (raw.baseline_exposure_stops + GREY_OFFSET_STOPS)
    scene = np.einsum("oc,chw->ohw", matrix, camera)
    crop = raw.default_crop
    return scene[:, crop.top : crop.bottom, crop.left : crop.right]


@pytest.mark.parametrize("quality", ["fast", "balanced"])
@settings(max_examples=25, deadline=None)
@given(
    height=st.integers(40, 80),
    width=st.integers(40, 140),
    cfa=st.sampled_from(BAYER_PATTERNS),
    left=st.integers(0, 9),
    top=st.integers(0, 9),
    shaded=st.booleans(),
    seed=st.integers(0, 50),
)
def test_scene_equals_the_references(
    quality: str, height: int, width: int, cfa: str, left: int, top: int, shaded: bool, seed: int
) -> None:
    crop = Rectangle(left, top, width - left - 3, height - top - 5)
    # The learned method called alone chooses its own white; light that shading lifts above 1 would change that.
    maps = gain_maps(height, width) if shaded and quality == "fast" else ()
    raw = frame(height, width, cfa, crop, seed, opcode_list_2=maps, baseline_exposure_stops=0.5)
    scene = plain_scene(raw, quality)
    assert scene.pixels.shape == (3, crop.height, crop.width)
    assert scene.white == pytest.approx(2 ** (0.5 + GREY_OFFSET_STOPS))
    allowed = LEARNED_ROUNDING if quality == "balanced" else SCENE_AGAINST_REFERENCE
    differs = np.abs(scene.pixels - reference_scene(raw, quality)) > allowed
    assert differs.mean() <= (DECIDED_BY_ROUNDING if quality == "balanced" else 0)


@pytest.mark.parametrize("quality", ["fast", "balanced"])
def test_any_area_equals_the_whole(quality: str) -> None:
    raw = frame(90, 131, "GRBG", Rectangle(3, 5, 120, 80), opcode_list_2=gain_maps(90, 131))
    plan = development.prepare(raw, Recipe(quality=quality))
    whole = plan.scene(Rectangle(0, 0, 120, 80))
    generator = np.random.default_rng(0)
    for _ in range(20):
        left, top = int(generator.integers(0, 119)), int(generator.integers(0, 79))
        width, height = int(generator.integers(1, 121 - left)), int(generator.integers(1, 81 - top))
        part = plan.scene(Rectangle(left, top, width, height))
        np.testing.assert_array_equal(part, whole[:, top : top + height, left : left + width])


def flat_field(maps: tuple[GainMap, ...], height: int = 300, width: int = 400) -> RawFrame:
    """What a sensor records of an even grey through the falloff that `maps` undo."""
    even = frame(height, width, opcode_list_2=maps, black_level=np.full((1, 1), 512.0))
    light = 0.2 / reference.shading_gain(even)
    return frame(
        height,
        width,
        opcode_list_2=maps,
        black_level=np.full((1, 1), 512.0),
        as_shot_neutral=np.ones(3),
    ).__class__(**{**even.__dict__, "mosaic": np.rint(512 + light * 15871).astype(np.uint16)})


@pytest.mark.parametrize("kind", ["four maps", "one map", "two on top of each other", "half the frame"])
def test_a_shaded_flat_field_comes_out_flat(kind: str) -> None:
    four = gain_maps(300, 400, (13, 17))
    rows, columns = np.mgrid[-1:1:9j, -1:1:11j]
    gains = (1 + 0.8 * (rows**2 + columns**2) / 2).astype(np.float32)[:, :, None]
    every = GainMap(AreaSpec(Rectangle(0, 0, 400, 300)), 1 / 8, 1 / 10, 0.0, 0.0, gains)
    half = GainMap(AreaSpec(Rectangle(100, 50, 300, 201)), 1 / 8, 1 / 10, 0.0, 0.0, gains)
    maps = {
        "four maps": four,
        "one map": (every,),
        "two on top of each other": (*four, every),
        "half the frame": (half,),
    }
    scene = development.develop(flat_field(maps[kind]), quality="fast").pixels
    for channel in scene:
        inner = channel if kind != "half the frame" else channel[60:240, 110:390]
        centre = inner[inner.shape[0] // 2 - 8 :][:16, inner.shape[1] // 2 - 8 :][:, :16].mean()
        for corner in (inner[:16, :16], inner[:16, -16:], inner[-16:, :16], inner[-16:, -16:]):
            assert abs(corner.mean() / centre - 1) < FLAT_FIELD_CORNER


def test_real_gain_maps_flatten_a_simulated_field(shared_data) -> None:
    from tirage.reading import read

    maps = read(shared_data / "raw" / "gopro_hero6_iso100.dng").lens_shading
    assert len(maps) == 4
    # The same grids on a smaller sensor, to keep the pixel-by-pixel reference quick.
    small = tuple(
        dataclasses.replace(m, spec=dataclasses.replace(m.spec, area=Rectangle(left, top, 400 - left, 300 - top)))
        for m in maps
        for left, top in [(m.spec.area.left % 2, m.spec.area.top % 2)]
    )
    scene = development.develop(flat_field(small), quality="fast").pixels
    centre = scene[:, 142:158, 192:208].mean(axis=(1, 2))
    for rows in (slice(0, 8), slice(-8, None)):
        for columns in (slice(0, 8), slice(-8, None)):
            assert np.abs(scene[:, rows, columns].mean(axis=(1, 2)) / centre - 1).max() < FLAT_FIELD_CORNER


def corner_map(height: int, width: int, gains: np.ndarray | None = None, **fields) -> GainMap:
    """One map of gain 3 in the corners, for every pixel unless the fields of its AreaSpec are given."""
    rows, columns = np.mgrid[-1:1:9j, -1:1:11j]
    gains = (1 + rows**2 + columns**2).astype(np.float32)[:, :, None] if gains is None else gains
    spec = AreaSpec(**{"area": Rectangle(0, 0, width, height), **fields})
    return GainMap(spec, 1 / 8, 1 / 10, 0.0, 0.0, gains)


def test_maps_on_top_of_each_other_equal_the_references() -> None:
    """Highlights too: they are limited by the gains of all four sites."""
    raw = frame(52, 70, "GBRG", opcode_list_2=(*gain_maps(52, 70), corner_map(52, 70)))
    scene = plain_scene(raw, "fast").pixels
    expected = reference_scene(raw, "fast")
    np.testing.assert_allclose(scene, expected, atol=4 * SCENE_AGAINST_REFERENCE, rtol=SHADING_BETWEEN_SAMPLES)


@pytest.mark.parametrize("pitch", [(1, 1), (2, 2), (1, 2), (3, 2), (4, 3)])
@pytest.mark.parametrize("area", [Rectangle(0, 0, 40, 30), Rectangle(3, 6, 21, 17), Rectangle(2, 5, 20, 16)])
def test_a_map_applies_to_every_pixel_that_it_names(pitch: tuple[int, int], area: Rectangle) -> None:
    gain_map = corner_map(30, 40, area=area, row_pitch=pitch[0], column_pitch=pitch[1])
    raw = frame(30, 40, opcode_list_2=(gain_map, gain_map))
    grid = shading_grid(raw)
    rows, columns = np.mgrid[:30, :40]
    first = np.minimum(grid.position.astype(int), grid.gains.shape[2] - 1)
    second = np.minimum(first + 1, grid.gains.shape[2] - 1)
    above, below = (grid.gains[rows % 2, columns % 2, at[rows], columns] for at in (first, second))
    found = above + (below - above) * (grid.position - first)[:, None]
    np.testing.assert_allclose(found, reference.shading_gain(raw), rtol=SHADING_BETWEEN_SAMPLES)


def test_maps_and_black_offsets_of_three_colours() -> None:
    """Each plane gets the maps that name it, every pixel the black of its row and column."""
    height, width = 45, 60
    planes = np.stack([1 + 0.2 * plane * corner_map(1, 1).gains[:, :, 0] for plane in range(3)], axis=2)
    maps = (
        corner_map(height, width, planes=3),
        corner_map(height, width, plane=1, area=Rectangle(5, 7, 30, 20), column_pitch=2),
        corner_map(height, width, planes=3, gains=planes.astype(np.float32)),
    )
    along, down = np.arange(width) * 2.0, np.arange(height) * 3.0
    black = np.arange(6).reshape(2, 1, 3) * 10.0
    stored = np.empty((3, height, width), np.float32)
    for plane in range(3):
        own = [
            dataclasses.replace(
                one, gains=one.gains[:, :, -1 if one.spec.plane else min(plane, one.gains.shape[2] - 1), None]
            )
            for one in maps
            if one.spec.plane <= plane < one.spec.plane + one.spec.planes
        ]
        gain = reference.shading_gain(frame(height, width, opcode_list_2=tuple(own)))
        dark = black[np.arange(height) % 2, :, plane] + along + down[:, None]
        stored[plane] = dark + 0.3 / gain * (10000 - black[:, :, plane].max() - along.max() - down.max())
    raw = frame(
        *(height, width),
        mosaic=stored,
        cfa=None,
        crop=Rectangle(3, 1, 50, 41),
        black_level=black,
        black_level_delta_h=along,
        black_level_delta_v=down,
        white_level=np.full(3, 10000.0),
        as_shot_neutral=np.ones(3),
        opcode_list_2=maps,
    )
    scene = development.develop(raw).pixels
    np.testing.assert_allclose(scene, 0.3 * 2.0**GREY_OFFSET_STOPS, atol=SCENE_AGAINST_REFERENCE)


def test_one_plane_for_three_colours_stays_grey_under_every_white_balance() -> None:
    plane = np.random.default_rng(2).integers(0, 4000, (40, 50)).astype(np.uint16)
    grey = np.broadcast_to(plane, (3, 40, 50))
    raw = frame(40, 50, mosaic=grey, cfa=None, black_level=np.zeros((1, 1, 3)), white_level=np.full(3, 4095.0))
    for choice in ("as-shot", "daylight", "3000"):
        scene = development.develop(dataclasses.replace(raw, as_shot_neutral=np.ones(3)), white_balance=choice).pixels
        assert np.ptp(scene, axis=0).max() < 1e-5


@pytest.mark.parametrize("shaded", [False, True])
def test_clipped_highlights_are_neutral(shaded: bool) -> None:
    maps = gain_maps(128, 160) if shaded else ()
    raw = frame(128, 160, opcode_list_2=maps)
    raw.mosaic[:] = 16383
    scene = development.develop(raw, quality="balanced").pixels
    spread = scene.max(axis=0) - scene.min(axis=0)
    assert (spread / scene.mean(axis=0)).max() < (0.02 if shaded else 3e-5)  # a step of 16 bits


def test_exposure_is_linear() -> None:
    raw = frame(48, 64, black_level=np.zeros((1, 1)), white_level=np.array([65535.0]))
    dim = RawFrame(**{**raw.__dict__, "mosaic": raw.mosaic // 4 * 2})
    bright = RawFrame(**{**raw.__dict__, "mosaic": raw.mosaic // 4 * 4})
    one, two = (development.develop(each, quality="fast").pixels for each in (dim, bright))
    np.testing.assert_allclose(one * 2, two, atol=1e-6)


def test_black_patterns_and_offsets() -> None:
    """A tall black pattern and row and column offsets give what the same light without them gives."""
    generator = np.random.default_rng(7)
    plain = frame(64, 80, black_level=np.full((1, 1), 600.0))
    pattern = generator.integers(-40, 40, (4, 2)).astype(float)
    down, along = generator.integers(-20, 20, 64).astype(float), generator.integers(-20, 20, 80).astype(float)
    rows, columns = np.mgrid[:64, :80]
    offset = pattern[rows % 4, columns % 2] + down[:, None] + along[None, :]
    shifted = RawFrame(
        **{
            **plain.__dict__,
            "mosaic": (np.minimum(plain.mosaic, 16000) + offset).astype(np.uint16),
            "black_level": 600.0 + pattern,
            "black_level_delta_h": along,
            "black_level_delta_v": down,
        }
    )
    plain.mosaic[:] = np.minimum(plain.mosaic, 16000)
    expected, result = (plain_scene(each, "fast").pixels for each in (plain, shifted))
    assert np.abs(result - expected).max() < 0.02  # the white level stays, so the scale differs by black / white
    flat = RawFrame(**{**shifted.__dict__, "mosaic": (3000 + offset).astype(np.uint16)})
    even = plain_scene(flat, "fast").pixels
    assert np.ptp(even, axis=(1, 2)).max() < 2e-3


def test_three_colour_frames() -> None:
    colours = np.random.default_rng(1).integers(0, 4000, (3, 40, 50)).astype(np.uint16)
    raw = frame(40, 50, mosaic=colours, cfa=None, black_level=np.full((1, 1), 100.0), white_level=np.array([4000.0]))
    gains = multipliers(raw.as_shot_neutral)
    camera = np.minimum((colours - 100.0) / 3900 * gains[:, None, None], 1)
    matrix = camera_to_scene(raw.colour, neutral_for(raw, "as-shot")) * 2.0**GREY_OFFSET_STOPS
    expected = np.einsum("oc,chw->ohw", matrix, camera)
    np.testing.assert_allclose(development.develop(raw).pixels, expected, atol=SCENE_AGAINST_REFERENCE)


def test_float_and_strided_mosaics() -> None:
    whole = frame(60, 80)
    expected = development.develop(whole, quality="fast", denoise=0.0, highlights="limit").pixels
    double = np.zeros((60, 160), np.uint16)
    double[:, ::2] = whole.mosaic
    strided = RawFrame(**{**whole.__dict__, "mosaic": double[:, ::2]})
    np.testing.assert_array_equal(
        development.develop(strided, quality="fast", denoise=0.0, highlights="limit").pixels, expected
    )
    light = RawFrame(
        **{
            **whole.__dict__,
            "mosaic": whole.mosaic.astype(np.float32) / np.float32(16383),
            "black_level": whole.black_level / 16383,
            "white_level": np.ones(1),
        }
    )
    light.mosaic[7, 9] = np.nan
    near = np.abs(development.develop(light, quality="fast", denoise=0.0, highlights="limit").pixels - expected)
    near[:, 4:11, 6:13] = 0
    assert near.max() < 1e-3  # 16 bits for 14


@pytest.mark.parametrize("shape", [(2, 2), (3, 5), (2, 40), (9, 7), (15, 16)])
@pytest.mark.parametrize("quality", ["fast", "balanced"])
def test_tiny_frames(shape: tuple[int, int], quality: str) -> None:
    raw = frame(*shape, mosaic=np.full(shape, 4000, np.uint16), black_level=np.full((1, 1), 500.0))
    scene = development.develop(raw, quality=quality).pixels
    assert scene.shape == (3, *shape)
    camera = 3500 / 15883 * multipliers(raw.as_shot_neutral)
    assert np.isfinite(scene).all() and 0.1 * camera.min() < scene.min() and scene.max() < 3 * camera.max()


@pytest.mark.parametrize("shape", [(2, 2), (2, 9), (3, 5), (4, 4), (5, 40)])
@pytest.mark.parametrize("cfa", BAYER_PATTERNS)
@pytest.mark.parametrize("quality", ["fast", "balanced"])
def test_tiny_mosaics_keep_their_colour(shape: tuple[int, int], cfa: str, quality: str) -> None:
    light = {"R": 4000, "G": 2000, "B": 1000}
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    mosaic = np.array([light[letter] for letter in cfa], np.uint16)[rows % 2 * 2 + columns % 2]
    raw = frame(*shape, cfa, mosaic=mosaic, black_level=np.zeros((1, 1)), as_shot_neutral=np.ones(3))
    plan = development.prepare(raw, Recipe(quality=quality, denoise=0.0))
    expected = plan.matrix @ np.array([4000, 2000, 1000]) / 16383
    scene = plan.scene(Rectangle(0, 0, shape[1], shape[0]))
    tolerance = LEARNED_FLAT_COLOUR if quality == "balanced" else 1e-5
    np.testing.assert_allclose(scene, np.broadcast_to(expected[:, None, None], scene.shape), rtol=tolerance)


def test_a_float_mosaic_keeps_its_noise_below_black() -> None:
    noise = np.random.default_rng(3).normal(0, 0.01, (200, 300)).astype(np.float32)
    raw = frame(
        200, 300, mosaic=noise, black_level=np.zeros((1, 1)), white_level=np.ones(1), as_shot_neutral=np.ones(3)
    )
    assert abs(development.develop(raw, quality="fast").pixels.mean()) < 3e-4  # cut off at black it would be 0.0056


@pytest.mark.parametrize(
    ("cfa", "quality", "reach"), [("RGGB", "fast", 8), ("RGGB", "balanced", 28), (None, "fast", 8)]
)
@pytest.mark.filterwarnings("error")
def test_what_is_no_number_stays_local(cfa: str | None, quality: str, reach: int) -> None:
    shape = (90, 100) if cfa else (3, 90, 100)
    mosaic = np.random.default_rng(4).random(shape, np.float32)
    raw = frame(*shape[-2:], mosaic=mosaic, cfa=cfa, black_level=np.zeros((1, 1)), white_level=np.ones(1))
    raw = dataclasses.replace(raw, noise_profile=np.array([[1e-3, 1e-5]]))
    expected = plain_scene(raw, quality).pixels
    for value in (np.nan, np.inf, -np.inf, 3e38):
        bad = mosaic.copy()
        bad[..., 40, 45] = value
        scene = plain_scene(dataclasses.replace(raw, mosaic=bad), quality).pixels
        same = scene == expected
        same[:, 40 - reach : 41 + reach, 45 - reach : 46 + reach] = True
        assert same.all()


def test_what_is_refused() -> None:
    with pytest.raises(UnsupportedFileError, match="1 x 9"):
        development.develop(frame(9, 1))
    with pytest.raises(UsageError, match="balanced"):
        development.develop(frame(), quality="balenced")
    with pytest.raises(UnsupportedFileError, match="Bayer"):
        development.develop(frame(cfa="RGBE"))


def test_steps_over_white_count_for_more() -> None:
    raw = frame(40, 56)
    plan = development.prepare(raw, Recipe(quality="fast", defects="none", denoise=0.0, highlights="limit"))
    assert plan.tables is not None
    white, whole = int(raw.white_level[0]), Rectangle(0, 0, plan.width, plan.height)
    over = np.random.default_rng(2).integers(0, 3000, raw.mosaic.shape)
    limit = plan.tables.limit._replace(array=plan.tables.limit.array * np.float32(8))
    values = {"plain": (white + 3 * over, 1.0), "steep": (white + over, 3.0)}
    scenes = {}
    for name, (mosaic, steepness) in values.items():
        placed = plan.tables.mosaic._replace(array=mosaic.astype(np.uint16))
        bias = np.float32((steepness - 1) * white)
        tables = dataclasses.replace(
            plan.tables, mosaic=placed, limit=limit, steepness=np.float32(steepness), bias=bias
        )
        scenes[name] = dataclasses.replace(plan, tables=tables).scene(whole)
    assert scenes["plain"].max() > 2 * plan.white
    np.testing.assert_allclose(scenes["steep"], scenes["plain"], rtol=1e-5)
