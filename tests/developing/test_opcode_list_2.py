"""Opcode list 2 on mosaics and on three colours: against the float64 reference, and against LibRaw."""

from __future__ import annotations

import dataclasses
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from developing.scenes import frame, gain_maps
from opcodes.lists import HEIGHT, WIDTH, curves, pointwise_lists, specs
from oracles import (
    FLAT_FIELD_CORNER,
    GAIN_BEFORE_DEMOSAIC,
    LIBRAW_TRUNCATION,
    LIST_2_CODES,
    SHADING_BETWEEN_SAMPLES,
    VIGNETTE_GRID,
)
from tirage.developing import development
from tirage.developing.lens_shading import plane_gains, shading_grid
from tirage.developing.linearise import sensor_tables
from tirage.developing.opcode_list_2 import with_list_2_applied
from tirage.opcodes import reference
from tirage.opcodes.apply import apply_to_planes
from tirage.photo.frame import RawFrame, Rectangle
from tirage.photo.operations import (
    AreaSpec,
    FixBadPixelsConstant,
    FixBadPixelsList,
    FixVignetteRadial,
    GainMap,
    MapPolynomial,
    Operation,
    PerColumn,
    PerRow,
)
from tirage.photo.recipe import Recipe

WHOLE = AreaSpec(Rectangle(0, 0, WIDTH, HEIGHT), 0, 3)


def light_of(raw: RawFrame) -> np.ndarray:
    """(planes, H, W) of a frame whose black and white are each one level."""
    stored = np.atleast_3d(raw.mosaic.transpose(1, 2, 0) if raw.cfa is None else raw.mosaic).transpose(2, 0, 1)
    return (stored - raw.black_level.ravel()[0]) / (raw.white_level[0] - raw.black_level.ravel()[0])


def linear(raw: RawFrame) -> np.ndarray:
    """The frame's light, pixel by pixel, (planes, H, W)."""
    stored = raw.mosaic[None] if raw.cfa else raw.mosaic
    light = np.zeros(stored.shape)
    pattern = raw.black_level.reshape(*raw.black_level.shape[:2], -1)
    greatest = pattern.max(axis=(0, 1))
    greatest = greatest + (0 if raw.black_level_delta_v is None else raw.black_level_delta_v.max())
    for plane, row, column in np.ndindex(*stored.shape):
        black = pattern[row % pattern.shape[0], column % pattern.shape[1], min(plane, pattern.shape[2] - 1)]
        black += 0 if raw.black_level_delta_v is None else raw.black_level_delta_v[row]
        white = raw.white_level[min(plane, len(raw.white_level) - 1)]
        light[plane, row, column] = min(
            (stored[plane, row, column] - black) / (white - greatest[min(plane, pattern.shape[2] - 1)]), 1
        )
    return light


def colours(seed: int = 0, **fields) -> RawFrame:
    planes = np.random.default_rng(seed).integers(300, 4096, (3, HEIGHT, WIDTH)).astype(np.uint16)
    facts = {"mosaic": planes, "cfa": None, "black_level": np.full((1, 1, 3), 300.0), "white_level": np.full(3, 4095.0)}
    return frame(HEIGHT, WIDTH, **{**facts, **fields})


@settings(max_examples=30)
@given(pointwise_lists(), st.sampled_from(["mosaic", "rows of black", "colours", "floats"]))
def test_a_list_and_a_last_delta_against_the_reference(operations: list[Operation], kind: str) -> None:
    last = PerRow(WHOLE, np.full(HEIGHT, 500, np.float32))  # so that all before it must act here
    operations = [one for one in operations if not _is_steep(one)] + [last]
    raw = {
        "mosaic": frame(HEIGHT, WIDTH, "GBRG"),
        "rows of black": frame(HEIGHT, WIDTH, black_level_delta_v=np.arange(HEIGHT) * 2.0),
        "colours": colours(),
        "floats": colours(mosaic=(colours().mosaic / 4095).astype(np.float32), white_level=np.ones(3),
                          black_level=np.zeros((1, 1, 3))),
    }[kind]  # fmt: skip
    done = with_list_2_applied(dataclasses.replace(raw, opcode_list_2=tuple(operations)))
    assert done.opcode_list_2 == () and done.mosaic.dtype == raw.mosaic.dtype
    expected = reference.applied(operations, linear(raw))
    np.testing.assert_allclose(np.maximum(light_of(done), 0), expected, atol=LIST_2_CODES / 61439)


def _is_steep(one: Operation) -> bool:
    """Tables have steps, and polynomials kept to 0..1 lose what is below black on the way."""
    return not isinstance(one, (GainMap, PerColumn)) or (isinstance(one, PerColumn) and not one.multiplies)


@settings(max_examples=15)
@given(specs(), st.integers(0, 99))
def test_curves_through_tables_against_the_reference(spec: AreaSpec, seed: int) -> None:
    """Over all of the picture, over every other pixel, over a part."""
    for where in (WHOLE, AreaSpec(Rectangle(1, 0, WIDTH - 1, HEIGHT), 0, 3, 2, 2), spec):
        _, polynomial = curves(where, np.random.default_rng(seed))
        for raw in (frame(HEIGHT, WIDTH), colours(seed)):
            done = with_list_2_applied(dataclasses.replace(raw, opcode_list_2=(polynomial,)))
            start = linear(raw)
            expected = reference.applied([polynomial], start)
            above = start > 0
            np.testing.assert_allclose(np.maximum(light_of(done), 0)[above], expected[above], atol=LIST_2_CODES / 61439)


def test_gain_maps_are_left_to_the_kernels() -> None:
    raw = frame(HEIGHT, WIDTH, opcode_list_2=gain_maps(HEIGHT, WIDTH))
    assert with_list_2_applied(raw) is raw
    bare = frame(HEIGHT, WIDTH)
    assert with_list_2_applied(bare) is bare


def test_trailing_gain_maps_stay_for_the_kernels() -> None:
    maps = gain_maps(HEIGHT, WIDTH)
    raw = frame(HEIGHT, WIDTH, opcode_list_2=(PerRow(WHOLE, np.zeros(HEIGHT, np.float32)), *maps))
    done = with_list_2_applied(raw)
    assert done.opcode_list_2 == maps
    both = (done, dataclasses.replace(raw, opcode_list_2=maps))
    scene, expected = (development.develop(one, highlights="limit").pixels for one in both)
    np.testing.assert_allclose(scene, expected, atol=1e-3)  # demosaiced from patches of 16 bits


def test_noise_below_black_survives() -> None:
    noise = np.random.default_rng(1).normal(500, 20, (HEIGHT, WIDTH)).round().astype(np.uint16)
    raw = frame(HEIGHT, WIDTH, mosaic=noise, black_level=np.full((1, 1), 500.0))
    raw = dataclasses.replace(raw, opcode_list_2=(MapPolynomial(WHOLE, np.array([0.0, 1.0])),))
    np.testing.assert_allclose(light_of(with_list_2_applied(raw)), linear(raw), atol=0.51 / 61439)


def test_clipped_stays_clipped() -> None:
    raw = frame(HEIGHT, WIDTH, mosaic=np.full((HEIGHT, WIDTH), 16383, np.uint16))
    raw = dataclasses.replace(raw, opcode_list_2=(MapPolynomial(WHOLE, np.array([0.0, 0.5, 0.5])),))
    done = with_list_2_applied(raw)
    assert (done.mosaic == done.white_level[0]).all()


@pytest.mark.parametrize("cfa", ["RGGB", None])
def test_a_vignette_becomes_gains_for_the_kernels(cfa: str | None) -> None:
    height, width = 150, 201
    vignette = FixVignetteRadial(np.array([0.4, 0.2, -0.1, 0.05, 0.1]), (0.45, 0.6))
    if cfa:
        raw = frame(height, width, opcode_list_2=(vignette,))
    else:
        planes = np.full((3, height, width), 900, np.uint16)
        raw = frame(height, width, mosaic=planes, cfa=None, black_level=np.zeros((1, 1, 3)), opcode_list_2=(vignette,))
    done = with_list_2_applied(raw)
    assert done.mosaic is raw.mosaic
    expected = reference.applied([vignette], np.full((1, height, width), 0.25))[0] / 0.25
    if cfa:
        grid = shading_grid(done)
        first = np.minimum(grid.position.astype(int), grid.gains.shape[2] - 2)
        lines = grid.gains[0, 0]
        found = lines[first] + (lines[first + 1] - lines[first]) * (grid.position - first)[:, None]
    else:
        found = plane_gains(done, Rectangle(0, 0, width, height))[0]
    np.testing.assert_allclose(found, expected, rtol=VIGNETTE_GRID)


@pytest.mark.parametrize("coefficient", [1e30, 1e39, 1e300, -1e300])
def test_absurd_vignettes_develop_without_a_word(coefficient: float) -> None:
    raw = frame(40, 50, opcode_list_2=(FixVignetteRadial(np.full(5, coefficient), (0.5, 0.5)),))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isfinite(development.develop(raw, quality="fast").pixels).all()


def test_tables_of_maps_under_a_vignette_are_few_and_right() -> None:
    """12 MP, maps as phones write them, a vignette on top: no more rows than straight lines need."""
    height, width = 3000, 4000
    vignette = FixVignetteRadial(np.array([0.4, 0.2, -0.1, 0.05, 0.1]), (0.48, 0.53))
    maps = tuple(
        dataclasses.replace(
            one, spec=dataclasses.replace(one.spec, area=Rectangle(left, top, width - left, height - top))
        )
        for one in gain_maps(HEIGHT, WIDTH)
        for left, top in [(one.spec.area.left % 2, one.spec.area.top % 2)]
    )
    mosaic = np.broadcast_to(np.uint16(1000), (height, width))
    raw = frame(2, 2, mosaic=mosaic, default_crop=Rectangle(0, 0, width, height), opcode_list_2=maps)
    raw = dataclasses.replace(raw, opcode_list_3=(vignette,))
    grid = shading_grid(with_list_2_applied(raw))
    assert grid.gains.shape[2] < 160
    pixels = np.random.default_rng(3).integers(0, (height, width), (300, 2))
    radius = np.hypot(max(0.48, 0.52) * width, max(0.53, 0.47) * height)
    for row, column in pixels:
        line = min(int(grid.position[row]), grid.gains.shape[2] - 2)
        above, below = grid.gains[row % 2, column % 2, line : line + 2, column].astype(float)
        found = above + (below - above) * (grid.position[row] - line)
        r = np.hypot(column + 0.5 - 0.48 * width, row + 0.5 - 0.53 * height) / radius
        expected = 1 + sum(k * r ** (2 * n + 2) for n, k in enumerate(vignette.radial))
        (own,) = (m for m in maps if (m.spec.area.top, m.spec.area.left) == (row % 2, column % 2))
        down = np.clip(((row + 0.5) / height - own.origin_v) / own.spacing_v, 0, own.gains.shape[0] - 1)
        across = np.clip(((column + 0.5) / width - own.origin_h) / own.spacing_h, 0, own.gains.shape[1] - 1)
        lines = [np.interp(across, np.arange(own.gains.shape[1]), grid_line) for grid_line in own.gains[:, :, 0]]
        expected *= np.interp(down, np.arange(len(lines)), lines)
        assert abs(found / expected - 1) < VIGNETTE_GRID + SHADING_BETWEEN_SAMPLES


def test_bad_pixels_of_list_2() -> None:
    raw = frame(HEIGHT, WIDTH, mosaic=np.full((HEIGHT, WIDTH), 5000, np.uint16), black_level=np.full((1, 1), 512.0))
    raw.mosaic[5, 6], raw.mosaic[7, 9] = 16383, 512
    operations = (
        FixBadPixelsList(0, np.array([[5, 6]]), np.zeros((0, 4), int)),
        FixBadPixelsConstant(0, 0),
    )
    done = with_list_2_applied(dataclasses.replace(raw, opcode_list_2=operations))
    assert len(np.unique(done.mosaic)) == 1 and done.notes == ()


def test_maps_that_skip_more_than_every_other_row_act_here() -> None:
    spec = AreaSpec(Rectangle(0, 0, WIDTH, HEIGHT), row_pitch=3)
    sparse = GainMap(spec, 1.0, 1.0, 0.0, 0.0, np.full((1, 1, 1), 2, np.float32))
    done = with_list_2_applied(frame(HEIGHT, WIDTH, opcode_list_2=(sparse,)))
    assert done.opcode_list_2 == () and done.mosaic.dtype == np.uint16


def test_tables_of_two_maps_over_12_megapixels_are_small() -> None:
    """They were sampled at every row, in 737 MiB."""
    height, width = 3000, 4000
    bowl = np.add.outer(np.linspace(-1, 1, 17) ** 2, np.linspace(-1, 1, 17) ** 2)
    spec = AreaSpec(Rectangle(0, 0, width, height))
    maps = tuple(
        GainMap(spec, 1 / 16, 1 / 16, 0.0, 0.0, (1 + k * bowl).astype(np.float32)[..., None]) for k in (0.5, 0.3)
    )
    mosaic = np.broadcast_to(np.uint16(1000), (height, width))
    raw = frame(2, 2, mosaic=mosaic, default_crop=Rectangle(0, 0, width, height), opcode_list_2=maps)
    tables = sensor_tables(raw, np.ones(3), raw.default_crop)
    assert tables.gain.array.nbytes < 2e7


def test_the_lossy_file_against_libraw(shared_data: Path) -> None:
    """LibRaw applies MapPolynomial while it decodes."""
    import rawpy

    from tirage.reading import read

    path = shared_data / "raw" / "lg_g4_linear_lossy.dng"
    with rawpy.imread(str(path)) as raw:
        theirs = raw.raw_image[..., :3].transpose(2, 0, 1).copy()
    done = with_list_2_applied(read(path))
    assert done.opcode_list_2 == ()
    assert np.abs(light_of(done) * 65535 - theirs).max() <= LIBRAW_TRUNCATION + 0.55


def coloured_map(height: int, width: int, **fields) -> GainMap:
    """A map with gains of its own for each colour, 17 x 17 points."""
    bowl = np.add.outer(np.linspace(-1, 1, 17) ** 2, np.linspace(-1, 1, 17) ** 2)[..., None]
    spec = AreaSpec(**{"area": Rectangle(0, 0, width, height), "planes": 3, **fields})
    gains = (1 + bowl * np.array([0.5, 0.3, 0.4])).astype(np.float32)
    return GainMap(spec, 1 / 16, 1 / 16, 0.0, 0.0, gains)


@pytest.mark.parametrize("cfa", ["RGGB", "GBRG", None])
@pytest.mark.parametrize("where", ["list 2 planes", "list 3"])
def test_a_flat_field_under_coloured_maps(cfa: str | None, where: str) -> None:
    """Corner against centre, in light that the lens darkened colour by colour."""
    height, width = 240, 320
    coloured = coloured_map(height, width)
    falloff = reference.applied([coloured], np.full((3, height, width), 1 / 3)) * 3
    flat = 4000 * np.array([0.5, 1.0, 0.6])[:, None, None] / falloff
    rows, columns = np.mgrid[:height, :width]
    if cfa:
        plane = np.array(["RGB".index(letter) for letter in cfa]).reshape(2, 2)[rows % 2, columns % 2]
        stored, black, white = flat[plane, rows, columns] + 512, np.full((1, 1), 512.0), np.array([16383.0])
    else:
        stored, black, white = flat + 512, np.full((1, 1, 3), 512.0), np.full(3, 16383.0)
    if where == "list 3":
        lists = {"opcode_list_3": (coloured,)}
    elif cfa is None:
        lists = {"opcode_list_2": (coloured,)}
    else:
        pytest.skip("a mosaic has one plane")
    raw = frame(
        *(height, width),
        mosaic=np.rint(stored).astype(np.uint16), cfa=cfa, black_level=black, white_level=white, **lists,
    )  # fmt: skip
    scene = development.develop(raw, quality="fast", defects="none").pixels
    centre = scene[:, 112:128, 152:168].mean(axis=(1, 2))
    for down in (slice(0, 8), slice(-8, None)):
        for across in (slice(0, 8), slice(-8, None)):
            assert np.abs(scene[:, down, across].mean(axis=(1, 2)) / centre - 1).max() < FLAT_FIELD_CORNER


def test_gains_that_open_list_3_act_with_list_2() -> None:
    """On a picture full of detail they come to what they come to after demosaicing."""
    height, width = 180, 240
    coloured = coloured_map(height, width)
    raw = frame(height, width, "GRBG", white_level=np.array([30000.0]), opcode_list_3=(coloured,))
    done = with_list_2_applied(raw)
    assert done.mosaic is raw.mosaic and len(done.opcode_list_2) == 4 and done.opcode_list_3 == ()
    grey = dataclasses.replace(coloured, gains=coloured.gains[..., :1])
    raw = dataclasses.replace(raw, opcode_list_3=(grey,))
    recipe = Recipe(quality="fast", defects="none", denoise=0, highlights="limit")
    bare = development.prepare(dataclasses.replace(raw, opcode_list_3=()), recipe)
    whole = Rectangle(0, 0, width, height)
    after = bare.scene(whole)
    camera = np.linalg.solve(bare.matrix.astype(float), after.reshape(3, -1)).reshape(after.shape).astype(np.float32)
    apply_to_planes([grey], camera, (0, 0), (height, width))
    expected = np.tensordot(bare.matrix.astype(float), camera, 1)
    scene = development.prepare(raw, recipe).scene(whole)
    assert np.sqrt(np.mean((scene - expected) ** 2)) < GAIN_BEFORE_DEMOSAIC * expected.mean()


@pytest.mark.parametrize("fields", [{"area": Rectangle(20, 20, 100, 100)}, {"row_pitch": 2}])
def test_gains_with_edges_wait_for_list_3(fields: dict) -> None:
    raw = frame(180, 240, opcode_list_3=(coloured_map(180, 240, **fields),))
    assert with_list_2_applied(raw) is raw
    fine = dataclasses.replace(coloured_map(180, 240), spacing_v=1 / 180)
    raw = frame(180, 240, opcode_list_3=(fine,))
    assert with_list_2_applied(raw) is raw
