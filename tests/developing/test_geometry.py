"""The warp: its kernel against a direct reference, and against what a resampling must keep."""

from __future__ import annotations

import dataclasses
import importlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from developing.scenes import COLOUR
from oracles import (
    DOT_RESIDUAL_PX,
    MESH_FROM_SAMPLES_PX,
    MESH_PX,
    TAME_WARPS,
    WARP_AGAINST_REFERENCE,
    WARP_FLAT,
    WAVE_BY_LANCZOS,
)
from tirage.developing import geometry
from tirage.developing.geometry import mapping, reference
from tirage.developing.geometry.plan import meshed
from tirage.kernels.call import Placed
from tirage.photo.errors import FileError
from tirage.photo.frame import RawFrame
from tirage.photo.operations import Operation, Rectangle, WarpFisheye, WarpRectilinear

NONE = np.zeros((1, 2))
LATERAL = np.array([[1.0, -0.06, 0.02, 0], [1.001, -0.06, 0.02, 0], [1.0025, -0.06, 0.02, 0]])


def polynomial(*terms: float) -> np.ndarray:
    """The fifteen coefficients of opcode 14, one plane."""
    return np.array([[*terms, *[0.0] * (15 - len(terms))]])


WARPS: dict[str, Operation] = {
    "barrel": WarpRectilinear(np.array([[0.99, -0.08, 0.01, 0]]), NONE, (0.5, 0.5)),
    "pincushion": WarpRectilinear(np.array([[0.9, 0.08, 0.01, 0]]), NONE, (0.5, 0.5)),
    "moustache": WarpRectilinear(np.array([[0.97, -0.12, 0.18, -0.06]]), NONE, (0.5, 0.5)),
    "tangential": WarpRectilinear(np.array([[0.96, 0, 0, 0]]), np.array([[0.006, -0.004]]), (0.5, 0.5)),
    "off-centre": WarpRectilinear(np.array([[0.98, -0.05, 0, 0]]), NONE, (0.42, 0.57)),
    "lateral": WarpRectilinear(LATERAL, np.zeros((3, 2)), (0.5, 0.5)),
    "fisheye": WarpFisheye(np.array([[4 / np.pi, 0, 0, 0]]), (0.5, 0.5)),
    "fifteen": WarpRectilinear(polynomial(0.97, 0.02, -0.1, 0.03, 0.02), NONE, (0.5, 0.5), np.array([[0.0, 1.0]])),
    "reciprocal": WarpRectilinear(
        polynomial(1.03, 0, 0.08, 0, -0.02), NONE, (0.5, 0.5), np.array([[0.0, 1.0]]), reciprocal=True
    ),
}


def plan_of(
    operations: list[Operation], active: tuple[int, int], crop: Rectangle | None = None, scale=(1.0, 1.0)
) -> geometry.GeometryPlan | None:
    """The plan of a frame of `active` (height, width) pixels."""
    whole = Rectangle(0, 0, active[1], active[0])
    frame = RawFrame(
        np.zeros((3, *active), np.uint16), None, np.zeros((1, 1, 3)), np.full(3, 65535.0), crop or whole, COLOUR
    )
    frame = dataclasses.replace(frame, opcode_list_3=tuple(operations), default_scale=scale)
    return geometry.plan(frame, crop or whole)


def draw(plan: geometry.GeometryPlan, planes: np.ndarray, area: Rectangle | None = None) -> np.ndarray:
    """`area` of the picture, through a canvas that is filled just where it must be; all else is no number."""
    area = area or Rectangle(0, 0, plan.width, plan.height)
    canvas = geometry.canvas(plan, area)
    canvas.padded[:] = np.nan
    part = canvas.area
    canvas.pixels[:] = planes[:, part.top : part.bottom, part.left : part.right]
    return geometry.warped(plan, canvas, area)


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Every frequency there is."""
    return np.random.default_rng(seed).random((3, height, width), dtype=np.float32)


@pytest.mark.parametrize("name", WARPS)
def test_the_kernel_equals_the_reference(name: str) -> None:
    height, width = 117, 171
    plan = plan_of([WARPS[name]], (height, width), Rectangle(3, 2, 161, 111))
    assert plan is not None
    planes = noise(height, width)
    drawn, expected = draw(plan, planes), reference.warped(plan, planes)
    assert drawn.shape == (3, 111, 161)
    assert abs(drawn - expected).max() < WARP_AGAINST_REFERENCE


@settings(max_examples=15)
@given(
    height=st.integers(1, 60),
    width=st.integers(1, 90),
    scale_x=st.floats(0.5, 2.2),
    scale_y=st.floats(0.5, 2.2),
    k2=st.floats(-0.08, 0.08),
    seed=st.integers(0, 99),
)
def test_any_size_and_scale(height: int, width: int, scale_x: float, scale_y: float, k2: float, seed: int) -> None:
    warp = WarpRectilinear(np.array([[0.99, k2, 0, 0]]), NONE, (0.5, 0.5))
    plan = plan_of([warp], (height, width), scale=(scale_x, scale_y))
    assert plan is not None
    assert (plan.width, plan.height) == (max(1, round(width * scale_x)), max(1, round(height * scale_y)))
    plan = dataclasses.replace(plan, places=None)  # small pictures of their own do without the kernel
    planes = noise(height, width, seed)
    assert abs(draw(plan, planes) - reference.warped(plan, planes)).max() < WARP_AGAINST_REFERENCE


STRONG = WarpRectilinear(
    np.array([[1.154, -0.25, 0.05, 0], [1.15, -0.25, 0.05, 0], [1.147, -0.25, 0.05, 0]]), np.zeros((3, 2)), (0.5, 0.45)
)


@pytest.mark.parametrize("size", [(7, 16), (16, 16), (33, 24), (50, 50), (128, 128)])
@pytest.mark.parametrize("warp", [STRONG, WARPS["fisheye"]], ids=["strong", "fisheye"])
def test_small_pictures_follow_strong_warps(warp: Operation, size: tuple[int, int]) -> None:
    """A wave is found where the map says, to a thirtieth of a pixel, also where the map bends much in 16 pixels."""
    height, width = size
    plan = plan_of([warp], size)
    assert plan is not None and isinstance(warp, (WarpRectilinear, WarpFisheye))
    column, row = np.meshgrid(np.arange(width, dtype=float), np.arange(height, dtype=float))

    def wave(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return 0.5 + 0.2 * np.cos(2 * np.pi * x / 16) + 0.2 * np.sin(2 * np.pi * y / 16)

    drawn = draw(plan, np.stack([wave(column, row)] * 3).astype(np.float32))
    place = mapping.composed([warp], width, height, 1.0)
    for plane in range(3):
        x, y = place(column, row, plane)
        far = (x >= 3) & (x <= width - 4) & (y >= 2) & (y <= height - 4)  # from edges, which repeat
        assert far.any()
        assert abs(drawn[plane] - wave(x, y))[far].max() < WAVE_BY_LANCZOS
    area = Rectangle(width // 3, height // 3, width // 2, height // 2)
    part = drawn[:, area.top : area.bottom, area.left : area.right]
    np.testing.assert_array_equal(draw(plan, np.stack([wave(column, row)] * 3).astype(np.float32), area), part)


def test_small_pictures_equal_large_ones_where_the_map_is_tame() -> None:
    plan = plan_of([WARPS["lateral"]], (120, 128))
    assert plan is not None and plan.places is not None
    planes = noise(120, 128)
    planes[:, 60, 64] = np.nan
    directly, by_mesh = draw(plan, planes), draw(dataclasses.replace(plan, places=None), planes)
    assert np.isnan(directly).sum() <= 3 * 49 and np.isnan(directly).any()
    known = ~(np.isnan(directly) | np.isnan(by_mesh))
    assert abs(directly - by_mesh)[known].max() < TAME_WARPS


@settings(max_examples=30)
@given(name=st.sampled_from(sorted(WARPS)), data=st.data())
def test_a_part_equals_the_same_part_of_the_whole(name: str, data: st.DataObject) -> None:
    height, width = 231, 347
    plan = plan_of([WARPS[name]], (height, width))
    assert plan is not None
    planes = noise(height, width)
    left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    area = Rectangle(left, top, data.draw(st.integers(1, width - left)), data.draw(st.integers(1, height - top)))
    whole = draw(plan, planes)
    assert np.array_equal(draw(plan, planes, area), whole[:, top : area.bottom, left : area.right])


def test_a_part_of_a_picture_narrower_than_a_block_equals_the_same_part_of_the_whole() -> None:
    plan = plan_of([WarpRectilinear(np.array([[1, 0.05, -0.02, 0]]), np.array([[1e-3, 5e-4]]), (0.5, 0.5))], (6000, 3))
    assert plan is not None
    planes = noise(6000, 3)
    assert np.array_equal(draw(plan, planes, Rectangle(1, 2000, 1, 3000)), draw(plan, planes)[:, 2000:5000, 1:2])


@pytest.mark.parametrize("name", WARPS)
def test_a_flat_picture_stays_flat(name: str) -> None:
    plan = plan_of([WARPS[name]], (140, 200))
    assert plan is not None
    flat = np.ones((3, 140, 200), np.float32) * np.float32([[[0.3]], [[1.0]], [[2.7]]])
    assert abs(draw(plan, flat) / flat[:, :1, :1] - 1).max() < WARP_FLAT


def shift(dx: float, dy: float) -> geometry.GeometryPlan:
    """A plan that takes each pixel from `dx`, `dy` beside it."""
    whole = Rectangle(0, 0, 150, 110)
    return meshed(lambda x, y, plane: (x + dx, y + dy), 1, whole, whole, (150, 110), "shift")


def test_identity_and_whole_shifts_are_exact() -> None:
    planes = noise(110, 150)
    assert np.array_equal(draw(shift(0, 0), planes), planes)
    assert np.array_equal(draw(shift(7, -4), planes)[:, 4:, :-7], planes[:, :-4, 7:])


def test_edges_repeat() -> None:
    planes = noise(110, 150)
    drawn = draw(shift(-40, 0), planes)
    assert np.array_equal(drawn[:, :, :40], np.repeat(planes[:, :, :1], 40, axis=2))


def test_half_a_pixel_is_better_than_bicubic() -> None:
    column = np.arange(150)
    for period in (3.0, 4.0, 6.0, 12.0):
        line = np.sin(2 * np.pi * column / period)
        truth = np.sin(2 * np.pi * (column + 0.5) / period)
        planes = np.broadcast_to(line, (3, 110, 150)).astype(np.float32)
        ours = abs(draw(shift(0.5, 0), planes)[0, 50, 5:-5] - truth[5:-5]).max()
        keys = np.array([-1, 9, 9, -1]) / 16  # Catmull-Rom, Keys 1981, at one half
        bicubic = sum(weight * line[4 + k : 144 + k] for k, weight in enumerate(keys))
        assert ours < 0.75 * abs(bicubic - truth[5:-5]).max() or period == 12.0
        assert ours < abs(bicubic - truth[5:-5]).max() + 2e-3


def test_what_is_no_number_stays_near() -> None:
    planes = noise(110, 150)
    planes[0, 50, 70], planes[1, 20, 30] = np.nan, np.inf
    drawn = draw(shift(0.4, 0.3), planes)
    bad_row, bad_column = np.nonzero(~np.isfinite(drawn).all(axis=0))  # the matrix, identity here, mixes planes
    near = [(abs(bad_row - row) <= 3) & (abs(bad_column - column) <= 3) for row, column in ((50, 70), (20, 30))]
    assert np.all(near[0] | near[1])
    assert near[0].any() and near[1].any()


def test_planes_from_an_array_and_a_matrix() -> None:
    plan = plan_of([WARPS["lateral"]], (90, 130))
    assert plan is not None
    planes, area = noise(90, 130), Rectangle(20, 30, 50, 40)
    matrix = np.array([[1.5, -0.3, -0.2], [0.1, 1.1, -0.2], [0, -0.5, 1.5]], np.float32)
    mixed = geometry.warped(plan, Placed(planes, (0, 0, 0)), area, matrix)
    assert np.allclose(mixed, np.einsum("oc,chw->ohw", matrix, draw(plan, planes, area)), atol=WARP_FLAT * 4)


@pytest.mark.parametrize("name", WARPS)
def test_dots_land_where_they_belong(name: str) -> None:
    """Round dots of the scene, rendered where the lens puts them, are where the scene has them, in every plane."""
    height, width = 480, 640
    warp = WARPS[name]
    assert isinstance(warp, (WarpRectilinear, WarpFisheye))
    mapped = mapping.composed([warp], height=height, width=width, aspect=1.0)
    plan = plan_of([warp], (height, width))
    assert plan is not None
    dots = [(x, y) for y in range(24, height - 16, 48) for x in range(24, width - 16, 48)]
    rows, columns = np.mgrid[:height, :width]
    shot = np.zeros((3, height, width), np.float32)
    seen = []
    for plane in range(3):
        u, v = mapped(np.array([x for x, _ in dots], float), np.array([y for _, y in dots], float), plane)
        for x, y in zip(u, v, strict=True):
            near = (abs(rows - y) < 12) & (abs(columns - x) < 12)
            shot[plane][near] += np.exp(-((rows[near] - y) ** 2 + (columns[near] - x) ** 2) / (2 * 2.0**2))
        seen.append((u > 12) & (u < width - 13) & (v > 12) & (v < height - 13))
    drawn = draw(plan, shot)
    for plane in range(3):
        for (x, y), is_seen in zip(dots, seen[plane], strict=True):
            if is_seen:
                part = drawn[plane, y - 11 : y + 12, x - 11 : x + 12].astype(float)
                around = np.arange(-11, 12)
                found = (part.sum(0) @ around / part.sum(), part.sum(1) @ around / part.sum())
                assert np.hypot(*found) < DOT_RESIDUAL_PX, (plane, x, y)


@pytest.mark.parametrize("name", WARPS)
def test_the_mesh_follows_the_map(name: str) -> None:
    height, width = 3000, 4000
    warp = WARPS[name]
    assert isinstance(warp, (WarpRectilinear, WarpFisheye))
    plan = plan_of([warp], (height, width))
    assert plan is not None
    mapped = mapping.composed([warp], width, height, 1.0)
    columns, rows = np.arange(3, width, 157), np.arange(5, height, 143)
    x, y = np.meshgrid(columns.astype(float), rows.astype(float))
    for plane in range(len(plan.down.values)):
        u, v = mapped(x, y, plane)
        below = rows[:, None] + reference.displacements(plan.down, plane, rows, columns)
        assert abs(below - v).max() < MESH_PX
        inside = (v > 0) & (v < height - 1)
        for j, i in np.argwhere(inside):
            row = int(np.floor(v[j, i]))
            at = reference.displacements(plan.across, plane, np.array([row, row + 1]), columns[i : i + 1])[:, 0]
            right = columns[i] + at[0] + (v[j, i] - row) * (at[1] - at[0])
            assert abs(right - u[j, i]) < MESH_PX


#: Radii within which the ratio stays, and beyond which: a kink that no polynomial follows.
KINKED = WarpRectilinear(polynomial(0.95, 0, 0.2), NONE, (0.5, 0.5), np.array([[0.1, 0.6]]))


@pytest.mark.parametrize("name", [*WARPS, "kinked"])
def test_few_samples_tell_the_mesh(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    map_of = mapping.composed

    def counted(*arguments):
        mapped = map_of(*arguments)

        def place(x, y, plane):
            asked.append(np.broadcast(x, y).size)
            return mapped(x, y, plane)

        return place

    planning = importlib.import_module("tirage.developing.geometry.plan")
    monkeypatch.setattr(planning, "composed", counted)
    operations = [KINKED if name == "kinked" else WARPS[name]]
    plan = plan_of(operations, (3000, 4000))
    few = sum(asked)
    monkeypatch.setattr(planning, "COARSE", ())
    exact = plan_of(operations, (3000, 4000))
    assert plan is not None and exact is not None
    if name in ("barrel", "pincushion", "moustache", "tangential", "off-centre", "lateral", "fisheye"):
        assert 3 * few < sum(asked) - few
    for mesh, truth in ((plan.down, exact.down), (plan.across, exact.across)):
        assert mesh.origin == truth.origin and mesh.values.shape == truth.values.shape
        assert abs(mesh.values - truth.values).max() < MESH_FROM_SAMPLES_PX


def test_warps_compose_in_order() -> None:
    first, second = WARPS["barrel"], WARPS["off-centre"]
    assert isinstance(first, WarpRectilinear) and isinstance(second, WarpRectilinear)
    both = mapping.composed([first, second], 400, 300, 1.0)
    at = np.array([37.0]), np.array([211.0])
    middle = mapping.composed([second], 400, 300, 1.0)(*at, 0)
    assert np.allclose(both(*at, 0), mapping.composed([first], 400, 300, 1.0)(*middle, 0))


def test_nothing_to_do_is_no_plan() -> None:
    identity = WarpRectilinear(np.array([[1.0, 0, 0, 0]]), NONE, (0.5, 0.5))
    assert plan_of([], (60, 80)) is None
    assert plan_of([identity], (60, 80)) is None
    assert plan_of([identity, WARPS["barrel"]], (60, 80)) is not None


@pytest.mark.parametrize(
    ("radial", "words"),
    [
        ([1.0, -0.9, 0, 0], "fold"),
        ([-1.0, 0, 0, 0], "fold"),
        ([np.nan, 0, 0, 0], "finite"),
        ([1.0, np.inf, 0, 0], "finite"),
        ([9.0, 0, 0, 0], "squeeze"),
        ([0.0, 0, 0, 0], "fold"),
        ([1e300, 1e300, 1e300, 1e300], "WarpRectilinear"),
    ],
)
def test_coefficients_that_make_no_picture(radial: list[float], words: str) -> None:
    with pytest.raises(FileError, match=words) as caught:
        plan_of([WarpRectilinear(np.array([radial]), NONE, (0.5, 0.5))], (300, 400))
    assert str(caught.value).startswith("OpcodeList3: WarpRectilinear: ")


def test_a_map_out_of_the_picture() -> None:
    with pytest.raises(FileError, match="out of the picture"):
        shift(-4000, 0)


@settings(max_examples=40)
@given(radial=st.lists(st.floats(-3, 3), min_size=4, max_size=4), centre=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_any_coefficients_make_a_picture_or_an_error(radial: list[float], centre: tuple[float, float]) -> None:
    try:
        plan = plan_of([WarpRectilinear(np.array([radial]), NONE, centre)], (80, 100))
    except FileError:
        return
    if plan is not None:
        drawn = draw(plan, noise(80, 100))
        assert np.isfinite(drawn).all() and drawn.min() > -1 and drawn.max() < 2
