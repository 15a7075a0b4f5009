"""Finer pixels: the kernels against NumPy, and bursts against the scene they were made of."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import tirage
from merging.bursts import frame_of, light, mosaic_of, psnr, shifted
from oracles import FINE_GAIN_DB, FINE_LEVELS, FINE_LIGHT, FINE_ROUGH
from tirage.kernels.call import Placed, run
from tirage.merging.align.mapping import smooth_map
from tirage.merging.light import light_of as stored_light
from tirage.merging.superresolution import NOTHING, reference
from tirage.merging.superresolution.shapes import kernel_shapes
from tirage.merging.superresolution.stage import evaluated, folded, inverted
from tirage.photo.cfa import BAYER_PATTERNS
from tirage.photo.frame import Capture, RawFrame, Rectangle
from tirage.photo.operations import AreaSpec, FixBadPixelsList, GainMap, PerRow

SHIFTS = [(0, 0), (0.5, 0.27), (1.3, -0.61), (-0.8, 1.2), (2.24, 0.9), (-1.55, -1.4), (0.2, 1.75), (1.7, 2.4)]


def _map(shape: tuple[int, int]) -> np.ndarray:
    return smooth_map(np.array([[1.002, 0.01, 0.7], [-0.008, 0.999, -1.3], [1e-6, 0, 1]]), None, shape, 16)


def _grid(scale: float, shift: tuple[int, int] = (0, 0)) -> tuple[float, float, float]:
    return 1 / scale, shift[1] + 0.5 / scale - 0.5, shift[0] + 0.5 / scale - 0.5


@pytest.mark.parametrize("scale", [1.5, 2.0])
@pytest.mark.parametrize("shape", [(8, 10), (38, 50)])
def test_samples_are_added_as_the_reference_adds_them(shape: tuple[int, int], scale: float) -> None:
    random = np.random.default_rng(0)
    light = random.random(shape).astype(np.float32)
    light[3, 4] = NOTHING
    quads = (shape[0] // 2, shape[1] // 2)
    shares = random.random(quads).astype(np.float32)
    shapes = kernel_shapes(random.normal(0, 6, quads).astype(np.float32))
    size = tuple(int(side * scale) for side in shape)
    state = np.ones((9, *size), np.float32)
    grid = _grid(scale)
    run("merge_add_samples", light, _map(shape), shares, shapes, np.float32(1.3), *map(np.float32, grid), state)
    expected = 1 + reference.added(light, _map(shape), shares, shapes, 1.3, grid, *size)
    # Places half-way between samples may be rounded either way.
    assert (np.abs(state - expected) > FINE_LIGHT).mean() < 2e-3


@pytest.mark.parametrize("shift", [(0, 0), (0, 1), (1, 1)])
def test_what_samples_say_beyond_the_merge(shift: tuple[int, int]) -> None:
    random = np.random.default_rng(1)
    stored = random.integers(200, 4000, (37, 50)).astype(np.uint16)
    stored[5, 6] = 4095
    planes = random.random((3, 37 + shift[0], 50 + shift[1])).astype(np.float32)
    levels = np.array([256, 250, 260, 255, 1 / 3839], np.float32)
    found = np.empty(stored.shape, np.float32)
    run(
        "merge_residual",
        Placed(stored, shift),
        levels,
        np.int32(4095),
        _map(stored.shape),
        planes,
        Placed(found, shift),
    )
    black = np.array([[256, 250], [260, 255]])
    whole = np.zeros(planes.shape[1:])
    rows, columns = np.indices(stored.shape) + np.array(shift)[:, None, None]
    whole[shift[0] :, shift[1] :] = (stored - black[rows % 2, columns % 2].astype(float)) / 3839
    expected = reference.residual(whole, _map(stored.shape), planes)[shift[0] :, shift[1] :]
    expected[5, 6] = NOTHING
    # Maps end at the mosaic's size, so cells beyond it are those of its border for both.
    np.testing.assert_allclose(found, expected, atol=FINE_ROUGH)


@pytest.mark.parametrize("scale", [1.5, 2.0])
def test_fine_pixels_are_finished_as_the_reference_finishes_them(scale: float) -> None:
    random = np.random.default_rng(2)
    planes = random.random((3, 21, 30)).astype(np.float32)
    planes[:, 4, 5] = 1.2
    size = (int(21 * scale), int(30 * scale))
    state = random.random((9, *size)).astype(np.float32)
    state[:3] = random.normal(0, 0.1, (3, *size))
    noise = np.array([[1e-3, 1e-5], [2e-3, 1e-5], [1e-3, 3e-5]], np.float32)
    levels = np.array([4096, 61439 / 1.1, 65535, 1.05, 1.0], np.float32)
    fine = np.empty((3, *size), np.uint16)
    grid = _grid(scale)
    run("merge_finish_samples", state, planes, noise, levels, *map(np.float32, grid), fine)
    expected = reference.finished(state, planes, noise, levels, grid)
    inside = np.s_[:, 3:-3, 3:-3]  # the window repeats the border's pixels
    assert np.abs(fine - expected)[inside].max() <= FINE_LEVELS


def test_a_map_is_inverted() -> None:
    light = stored_light(frame_of(np.zeros((90, 130))))
    back = inverted(_map((90, 130)), light)
    y, x = np.mgrid[5:80:9, 5:120:9].astype(float)
    across, down = evaluated(_map((90, 130)), x, y)
    there = evaluated(back, x + across, y + down)
    np.testing.assert_allclose(there, (-across, -down), atol=1e-3)


def test_shifts_by_whole_pixels_leave_all_folded_and_even_fractions_none() -> None:
    places = np.zeros((9, 2))
    whole = [places + shift for shift in ((0, 0), (3, 1), (-2, 5))]
    assert folded(np.stack(whole)) == pytest.approx(1)
    halves = [places + shift for shift in ((0, 0), (0.5, 0), (0, 0.5), (0.5, 0.5))]
    assert folded(np.stack(halves)) == pytest.approx(0, abs=1e-9)


def fine_scene(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """A scene that a mosaic can carry, and on it rings and an edge that it can't."""
    y, x = np.broadcast_arrays(y, x)
    radius = np.hypot(x - 110, y - 80)
    rings = 0.15 * np.cos(radius * radius * 0.02) * np.exp(-((radius / 60) ** 6))
    edge = 0.2 / (1 + np.exp(-(x + 0.13 * y - 190) / 0.35))
    return light(y, x) * 0.7 + (0.16 + rings + edge)[..., None] * (0.55, 1.0, 0.7)


def frames_of(cfa: str = "RGGB", count: int = 8, height: int = 160, width: int = 224, shifts=SHIFTS, **changes):
    return [
        frame_of(
            mosaic_of(height, width, cfa, shifted(*shifts[n % len(shifts)]), fine_scene),
            cfa, (4e-4, 4e-6), seed=n, **changes,
        )
        for n in range(count)
    ]  # fmt: skip


def fine_truth(scale: float, height: int = 160, width: int = 224) -> np.ndarray:
    y, x = ((np.arange(round(side * scale)) + 0.5) / scale - 0.5 for side in (height, width))
    return fine_scene(y[:, None], x[None]).transpose(2, 0, 1)


def light_of(frame: RawFrame) -> np.ndarray:
    black = frame.black_level.reshape(-1)[0]
    return (frame.mosaic - black) / (frame.white_level[0] - black) * 2.0**frame.baseline_exposure_stops


@pytest.mark.parametrize(("cfa", "scale"), [*((cfa, 2.0) for cfa in BAYER_PATTERNS), ("GRBG", 1.5)])
def test_detail_beyond_the_mosaic_comes_out(cfa: str, scale: float) -> None:
    from tirage.developing.demosaic import demosaic

    frames = frames_of(cfa)
    fine = tirage.merge(frames, reference=0, scale=scale)
    assert fine.notes == () and fine.cfa is None and fine.mosaic.dtype == np.uint16
    truth = fine_truth(scale)
    assert fine.mosaic.shape == truth.shape
    coarse = demosaic(light_of(tirage.merge(frames, reference=0)), cfa, "learned", linear=True)
    y, x = ((np.arange(side) + 0.5) / scale - 0.5 for side in truth.shape[1:])
    upsampled = reference.lanczos(coarse, *np.meshgrid(x, y))
    inside = np.s_[:, 8:-8, 8:-8]
    assert psnr(light_of(fine)[inside], truth[inside]) > psnr(upsampled[inside], truth[inside]) + FINE_GAIN_DB


def test_what_moves_by_itself_leaves_no_ghost() -> None:
    frames = frames_of()
    moved = []
    for n, frame in enumerate(frames):
        mosaic = frame.mosaic.copy()
        mosaic[60:84, 40 + 14 * n : 64 + 14 * n] = 3000
        moved.append(dataclasses.replace(frame, mosaic=mosaic))
    fine = light_of(tirage.merge(moved, reference=0, scale=2.0))
    truth = fine_truth(2.0)
    path = np.s_[:, 116:172, 160:430]  # where it comes later, and is not in the first
    assert np.abs(fine[path] - truth[path]).mean() < 0.02


@pytest.mark.parametrize("shifts", [[(0.0, 0.0)], [(0, 0), (2, 1), (-3, 4)]])
def test_without_fractions_of_pixels_the_scale_is_1(shifts) -> None:
    fine = tirage.merge(frames_of(shifts=shifts), reference=0, scale=2)
    assert fine.cfa == "RGGB" and any("merged at scale 1, not 2" in note for note in fine.notes)


def test_few_frames_small_frames_and_what_is_made_for_single_pixels_stay_at_scale_1() -> None:
    rows = PerRow(spec=AreaSpec(Rectangle(0, 0, 224, 160)), values=np.ones(160), multiplies=True)
    for frames in (frames_of(count=3), frames_of(height=20, width=24), frames_of(opcode_list_2=(rows,))):
        assert any("scale 1" in note for note in tirage.merge(frames, reference=0, scale=1.5).notes)


def test_a_fine_frame_says_what_it_is_and_is_written_and_developed(tmp_path) -> None:
    frames = frames_of(height=128, width=160)
    gains = [GainMap(spec=AreaSpec(Rectangle(i, j, 160 - i, 128 - j), 0, 1, 2, 2), spacing_v=1.0, spacing_h=1.0,
                     origin_v=0.0, origin_h=0.0, gains=np.full((2, 2, 1), 1 + 0.1 * (2 * j + i), np.float32))
             for j in (0, 1) for i in (0, 1)]  # fmt: skip
    bad = FixBadPixelsList(bayer_phase=0, points=np.array([[3, 4]]), rectangles=np.zeros((0, 4), int))
    from tirage.photo.frame import CameraColour, Illuminant

    colour = CameraColour((Illuminant(6500.0, np.eye(3)),))
    crop = Rectangle(10, 20, 100, 90)
    frames = [dataclasses.replace(f, opcode_list_2=(*gains, bad), colour=colour, default_crop=crop,
                                  as_shot_neutral=np.array([0.55, 1, 0.7])) for f in frames]  # fmt: skip
    fine = tirage.merge(frames, reference=0, scale=1.5)
    assert fine.mosaic.shape == (3, 192, 240) and fine.default_crop == Rectangle(15, 30, 150, 135)
    assert fine.black_level.shape == (1, 1, 3) and fine.white_level.shape == (3,)
    found = {one.spec.plane: one for one in fine.lens_shading}
    assert sorted(found) == [0, 1, 2] and all(one.spec.area == Rectangle(0, 0, 240, 192) for one in found.values())
    assert [float(found[c].gains.flat[0]) for c in range(3)] == pytest.approx([1, 1.15, 1.3])
    assert len(fine.opcode_list_2) == 3
    assert fine.noise_profile is not None and (fine.noise_profile[:, 0] < 4e-4).all()
    path = tirage.write(fine, tmp_path / "fine.dng")
    again = tirage.read(path)
    np.testing.assert_array_equal(again.mosaic, fine.mosaic)
    here, there = tirage.develop(fine), tirage.develop(again)
    np.testing.assert_allclose(here.pixels, there.pixels, atol=1e-5)
    assert here.pixels.shape == (3, 135, 150)


def test_highlights_that_short_frames_restore_stay_so_in_finer_pixels() -> None:
    """The reference, which is clipped there, says nothing."""

    def lamp(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        lit = 1.3 / (1 + np.exp((np.hypot(y - 96, x - 128) - 45) / 6))
        return light(y, x) + lit[..., None] * np.array([1.1, 1.5, 1.2])

    frames = []
    for n, gain in enumerate((1.0, *[0.3] * 7)):
        values = mosaic_of(192, 256, move=shifted(*SHIFTS[n]), scene=lamp) * gain
        frames.append(frame_of(values, seed=n, capture=Capture()))
    fine = tirage.merge(frames, reference=0, denoise=0, scale=2.0)
    black, white = float(fine.black_level.ravel()[0]), float(fine.white_level[0])
    found = (fine.mosaic[:, 160:224, 224:288] - black) / (white - black) * 2.0**fine.baseline_exposure_stops
    y, x = (axis.astype(np.float64) for axis in np.mgrid[80:112, 112:144])
    np.testing.assert_allclose(found.mean((1, 2)), lamp(y, x).mean((0, 1)), rtol=0.02)


def test_what_is_no_number_stays_where_it_is() -> None:
    light = np.full((20, 20), np.nan, np.float32)
    state = np.zeros((9, 40, 40), np.float32)
    nothing = np.full((8, 2, 2), np.nan, np.float32)
    run("merge_add_samples", light, nothing, np.ones((10, 10), np.float32), np.ones((3, 10, 10), np.float32),
        np.float32(1), *map(np.float32, _grid(2)), state)  # fmt: skip
    fine = np.empty((3, 40, 40), np.uint16)
    planes = np.full((3, 20, 20), np.inf, np.float32)
    rule = np.array([0, 1, 65535, 1, 1], np.float32)
    run("merge_finish_samples", state, planes, np.ones((3, 2), np.float32), rule, *map(np.float32, _grid(2)), fine)
