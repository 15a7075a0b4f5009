"""Merging's kernels against their NumPy references."""

from __future__ import annotations

import numpy as np
import pytest

from oracles import CARRIED_DETAIL, MERGE_SUMS, MERGED_LIGHT, SHRUNK_LIGHT
from tirage.kernels.call import Placed, run
from tirage.merging.align import BESIDE, SUMS, flow, homography, reference
from tirage.merging.align.homography import align, halved, sums_of, with_room
from tirage.merging.align.mapping import piecewise_map, smooth_map
from tirage.merging.fuse import CLIPPED, FAINT_NOISE, Mixing, filter_of, gain_table
from tirage.merging.fuse import reference as fusing
from tirage.merging.shrink import reference as shrinking
from tirage.merging.shrink.profile import carried, noise_power, plane_gain
from tirage.noise.model import Noise
from tirage.noise.shrinkage import fitted_rule, opponents

LEVELS = np.array([256, 256, 256, 256, 1 / 3839], np.float32)


def _picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Greys of smooth shades and noise."""
    y, x = np.mgrid[:height, :width]
    shade = 40 + 12 * np.sin(x / 9) * np.cos(y / 7) + 6 * np.sin((x + 2 * y) / 23)
    return (shade + np.random.default_rng(seed).standard_normal((height, width))).astype(np.float32)


def _turn(angle: float, down: float, across: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, across], [s, c, down], [1e-6, -2e-6, 1]])


@pytest.mark.parametrize("shift", [(0, 0), (0, 1), (1, 0), (1, 1)])
@pytest.mark.parametrize("shape", [(2, 2), (33, 50), (97, 131)])
def test_greys(shape: tuple[int, int], shift: tuple[int, int]) -> None:
    stored = np.random.default_rng(1).integers(200, 4096, shape).astype(np.uint16)
    rows, columns = ((side + first + 1) // 2 for side, first in zip(shape, shift, strict=True))
    found = np.empty((rows, columns), np.float32)
    noise = np.array([5e-4, 5e-6], np.float32)
    run("merge_grey", Placed(stored, shift), LEVELS, noise, np.float32(0.8), found)
    around = [(first, 2 * n - first - side) for side, first, n in zip(shape, shift, (rows, columns), strict=True)]
    light = (np.pad(stored, around, mode="reflect") - 256.0) / 3839
    np.testing.assert_allclose(found, reference.grey(light, (5e-4, 5e-6), 0.8), rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("shape", [(1, 1), (2, 7), (50, 33), (128, 200)])
def test_halving(shape: tuple[int, int]) -> None:
    image = _picture(*shape)
    np.testing.assert_allclose(halved(image), reference.halved(image), rtol=1e-5)


@pytest.mark.parametrize("shape", [(9, 17), (64, 80), (75, 131)])
def test_lucas_kanade_sums(shape: tuple[int, int]) -> None:
    one, other = _picture(*shape), _picture(*shape, seed=1)
    mapping = smooth_map(_turn(0.02, 1.3, -2.6), None, shape)
    found = sums_of(one, other, mapping, 1.02, 0.05)
    expected = reference.lucas_kanade(one, other, mapping, 1.02, 0.05)
    scale = np.abs(expected).max((1, 2), keepdims=True) + 1e-9
    np.testing.assert_allclose(found / scale, expected / scale, atol=MERGE_SUMS)
    part = sums_of(one, other, mapping, 1.02, 0.05, np.s_[1:2, 1:])
    np.testing.assert_array_equal(part, found[:, 1:2, 1:])


def test_warped_greys_and_the_costs_of_displaced_tiles() -> None:
    one, other = _picture(70, 90), _picture(70, 90, seed=1)
    mapping = piecewise_map(_turn(0.01, 0.5, 3.2), np.random.default_rng(0).normal(0, 2, (9, 12, 2)), (70, 90))
    warped = homography.warped(other, mapping)
    np.testing.assert_allclose(warped, reference.warped(other, mapping), rtol=1e-4, atol=1e-3)
    for side, radius in ((16, 0), (12, 2), (8, 5)):
        places = np.array([[-4, -4, 1, 0], [20, 30, -3, 2], [40, 20, 0, 0], [80, 60, 0, 0]], np.int32)
        costs = np.empty((len(places), 2 * radius + 1, 2 * radius + 1), np.float32)
        numbers = np.int32(side), np.int32(radius), np.float32(0.1)
        run("merge_tile_costs", with_room(one), with_room(warped), places, *numbers, costs)
        for n, place in enumerate(places):
            expected = reference.tile_costs(one, warped, place, side, radius, 0.1)
            np.testing.assert_allclose(costs[n], expected, rtol=1e-3)


def test_slope_noise_is_what_white_noise_has() -> None:
    noise = np.random.default_rng(0).standard_normal((600, 600)).astype(np.float32)
    for level in range(3):
        across, _ = reference.slopes(noise.astype(np.float64))
        assert noise.std() == pytest.approx(flow.SIGMA[level], rel=0.03)
        assert across.var() == pytest.approx(flow.SLOPE_NOISE[level] * flow.SIGMA[level] ** 2, rel=0.06)
        noise = halved(noise)


def test_a_homography_is_found() -> None:
    from merging.bursts import light

    y, x = np.mgrid[:300, :400].astype(float)
    truth = _turn(0.02, 6.4, -9.7)
    scale = truth[2, 0] * x + truth[2, 1] * y + 1
    u, v = (truth[0, 0] * x + truth[0, 1] * y + truth[0, 2]) / scale, (truth[1, 0] * x + truth[1, 1] * y + truth[1, 2])
    v = v / scale
    random = np.random.default_rng(3)

    def pyramid(values: np.ndarray) -> list[np.ndarray]:
        levels = [(80 * np.sqrt(values) + random.standard_normal(values.shape)).astype(np.float32)]
        for _ in range(3):
            levels.append(halved(levels[-1]))
        return levels

    # The frame shows at T(p) what the reference shows at p.
    inverse = np.linalg.inv(truth)
    scale = inverse[2, 0] * x + inverse[2, 1] * y + inverse[2, 2]
    back_x = (inverse[0, 0] * x + inverse[0, 1] * y + inverse[0, 2]) / scale
    back_y = (inverse[1, 0] * x + inverse[1, 1] * y + inverse[1, 2]) / scale
    found, gain = align(pyramid(light(y, x)[..., 1]), pyramid(light(back_y, back_x)[..., 1] * 1.04))
    scale = found[2, 0] * x + found[2, 1] * y + found[2, 2]
    found_u = (found[0, 0] * x + found[0, 1] * y + found[0, 2]) / scale
    found_v = (found[1, 0] * x + found[1, 1] * y + found[1, 2]) / scale
    assert np.hypot(found_u - u, found_v - v).mean() < 0.2
    assert gain == pytest.approx(1 / np.sqrt(1.04), abs=0.003)


def _from_quads(quads: np.ndarray) -> np.ndarray:
    """Planes (colour, site, rows, columns) as pictures (colour, 2 rows, 2 columns)."""
    colours, _, rows, columns = quads.shape
    return quads.reshape(colours, 2, 2, rows, columns).transpose(0, 3, 1, 4, 2).reshape(colours, 2 * rows, 2 * columns)


def _quads_with_room(planes: np.ndarray) -> Placed:
    """The other way round, with columns of no numbers beside them."""
    quads = np.stack([planes[:, s // 2 :: 2, s % 2 :: 2] for s in range(4)], axis=1)
    room = [(0, 0), (0, 0), (0, 0), (BESIDE, BESIDE)]
    return Placed(np.pad(quads, room, constant_values=np.nan), (0, 0, 0, -BESIDE))


@pytest.mark.parametrize("shape", [(6, 8), (64, 90), (36, 258)])
def test_linear_demosaic(shape: tuple[int, int]) -> None:
    stored = np.random.default_rng(2).integers(200, 4000, shape).astype(np.uint16)
    stored[3, 4] = 4095
    quads = np.empty((3, 4, shape[0] // 2, shape[1] // 2), np.float32)
    balance = np.array([2.1, 1, 1.6], np.float32)
    run("merge_demosaic", stored, LEVELS, np.int32(4095), balance, np.float32(1e-3), quads)
    planes = _from_quads(quads)
    near = np.zeros(shape, bool)
    near[1:6, 2:7] = True
    assert (planes[:, near] == np.float32(CLIPPED)).all()
    expected = fusing.demosaic((stored - 256.0) / 3839, balance)
    np.testing.assert_allclose(planes[:, ~near], expected[:, ~near], atol=1e-5)


@pytest.mark.parametrize("shape", [(24, 40), (66, 200)])
@pytest.mark.parametrize("graph", ["merge_accumulate", "merge_accumulate_objects"])
def test_a_frame_is_added_as_the_reference_adds_it(shape: tuple[int, int], graph: str) -> None:
    height, width = shape
    random = np.random.default_rng(4)
    y, x = np.mgrid[: 2 * height, : 2 * width]
    scene = 0.3 + 0.2 * np.sin(x / 13) * np.cos(y / 17)
    noisy = scene + random.normal(0, 0.02, scene.shape) + 0.2 * ((x > 100) & (y > 30))
    stored, clean = (
        np.rint(v * 3839 + 256).astype(np.uint16) for v in (scene + random.normal(0, 0.02, scene.shape), scene)
    )
    planes = np.stack([noisy, noisy, noisy]).astype(np.float32)
    mapping = smooth_map(_turn(0.003, 0.4, -0.7), None, (2 * height, 2 * width), 16)
    own, other = np.tile([1e-3, 1e-5], (4, 1)).astype(np.float32), np.tile([2e-3, 3e-5], (4, 1)).astype(np.float32)
    gains = plane_gain(Mixing())
    state = np.ones((12, height, width), np.float32)
    maps = [mapping] if graph == "merge_accumulate" else [mapping, mapping]
    area = np.array([0, 2 * width - 1, 0, 2 * height - 1], np.int32)
    run(
        graph,
        _quads_with_room(planes),
        area,
        *maps,
        stored,
        LEVELS,
        clean,
        LEVELS,
        own,
        other,
        gain_table(Mixing()),
        gains,
        np.float32(0.8),
        state,
    )
    light = [
        np.stack([v[s // 2 :: 2, s % 2 :: 2] for s in range(4)]) for v in ((stored - 256) / 3839, (clean - 256) / 3839)
    ]
    expected = 1 + fusing.added(planes, mapping, light[0], light[1], own, other, gains, 0.8, len(maps) > 1)
    inside = np.s_[:, 6:-6, 6:-6]
    different = np.abs(state - expected)[inside] > MERGED_LIGHT
    assert different.mean() < 2e-3  # weights below the least, and fractions, fall to one side or the other


def test_the_gain_of_resampling_is_that_of_its_filters() -> None:
    table = gain_table(Mixing()).reshape(3, 2, 2, 17, 17)
    for colour, row, column in np.ndindex(3, 2, 2):
        kernel = filter_of(colour, row, column)
        assert kernel.sum() == pytest.approx(1)
        assert table[colour, row, column, 0, 0] == pytest.approx((kernel**2).sum(), rel=1e-6)


def test_the_noise_of_resampled_frames_is_as_tabulated() -> None:
    noise = np.random.default_rng(0).standard_normal((400, 400))
    planes = fusing.demosaic(noise + 1000) - 1000
    mix = opponents(Noise((1e-3, 0), (1e-3, 0), (1e-3, 0)), None)
    power, variance = np.zeros((4, 8, 8)), np.zeros(4)
    k, n = np.arange(8)[:, None], np.arange(8)
    basis = np.sqrt(2 / 8) * np.cos(np.pi * (2 * n + 1) * k / 16)
    basis[0] /= np.sqrt(2)
    shifts = [
        (j + b / 4 + 0.125, i + a / 4 + 0.125) for j in (0, 1) for i in (0, 1) for a in range(4) for b in range(4)
    ]
    for v, u in shifts:
        top, left, fv, fu = int(v), int(u), v % 1, u % 1
        sites = []
        for s, colour in enumerate((0, 1, 1, 2)):
            plane = planes[colour][4 + s // 2 + top :, 4 + s % 2 + left :]
            upper, lower = plane[:-1], plane[1:]
            rows = upper[:, :-1] * (1 - fu) + upper[:, 1:] * fu, lower[:, :-1] * (1 - fu) + lower[:, 1:] * fu
            sites.append((rows[0] * (1 - fv) + rows[1] * fv)[:384:2, :384:2])
        quads = np.stack(sites)
        variance += (quads**2).mean((1, 2)) / len(shifts)
        mixed = np.tensordot(mix / np.sqrt(1), quads / np.sqrt(plane_gain(Mixing()))[:, None, None], 1)
        blocks = mixed.reshape(4, 24, 8, 24, 8)
        spectra = np.einsum("li,cyixj,kj->cyxlk", basis, blocks, basis)
        power += (spectra**2).mean((1, 2)) / len(shifts)
    np.testing.assert_allclose(variance, plane_gain(Mixing()), rtol=0.03)
    np.testing.assert_allclose(power, noise_power(mix, Mixing()), rtol=0.25, atol=0.02)


def test_resampled_frames_show_the_detail_that_is_tabulated() -> None:
    """Of a random grey scene, eight samples to a pixel, through the filters at odd eighths of a pixel."""
    random, fine, side = np.random.default_rng(1), 8, 136
    squared = np.add.outer(*[np.fft.fftfreq(fine * side, 1 / fine) ** 2] * 2)
    power = (squared + 0.02**2) ** -1.5 * np.exp(-squared * (2 * np.pi * 0.8) ** 2)
    scene = np.fft.ifft2(np.fft.fft2(random.standard_normal(squared.shape)) * np.sqrt(power)).real
    scene *= 0.1 / scene.std()
    mix = opponents(Noise((1e-3, 0), (1e-3, 0), (1e-3, 0)), None)
    k, n = np.arange(8)[:, None], np.arange(8)
    basis = np.sqrt(2 / 8) * np.cos(np.pi * (2 * n + 1) * k / 16)
    basis[0] /= np.sqrt(2)

    def spectra(sites: np.ndarray) -> np.ndarray:
        blocks = np.tensordot(mix, sites, 1).reshape(4, 8, 8, 8, 8)
        return np.einsum("li,cyixj,kj->cyxlk", basis, blocks, basis)

    own = spectra(np.stack([scene[fine * (4 + s // 2) :: 16, fine * (4 + s % 2) :: 16][:64, :64] for s in range(4)]))
    both, alone = np.zeros((4, 8, 8)), 64 * (own**2).sum((1, 2))
    for down, across in np.ndindex(8, 8):
        v, u = 2 * down + 1, 2 * across + 1
        frame = np.roll(scene, (v, u), (0, 1))[::fine, ::fine] + 1
        planes, (top, fv), (left, fu) = fusing.demosaic(frame) - 1, divmod(v / fine, 1), divmod(u / fine, 1)
        sites = []
        for s, colour in enumerate((0, 1, 1, 2)):
            plane = planes[colour][4 + s // 2 + int(top) :, 4 + s % 2 + int(left) :]
            rows = plane[:-1] * (1 - fv) + plane[1:] * fv
            sites.append((rows[:, :-1] * (1 - fu) + rows[:, 1:] * fu)[:128:2, :128:2])
        both += (own * spectra(np.stack(sites))).sum((1, 2))
    table = carried(mix, Mixing())
    np.testing.assert_allclose(both / alone, table, atol=CARRIED_DETAIL)
    assert table[0, 7, 7] < 0.8 < 0.99 < table[0, 0, 1] <= 1


def test_no_number_stops_the_kernels() -> None:
    grey = np.full((40, 40), np.nan, np.float32)
    assert sums_of(grey, grey, smooth_map(np.full((3, 3), np.nan), None, grey.shape), 1.0, 0.1).shape[0] == len(SUMS)
    halved(np.full((9, 9), np.inf, np.float32))


def test_shrinking_is_that_of_its_reference() -> None:
    random = np.random.default_rng(5)
    row, column = np.mgrid[:40, :64]
    scene = 0.2 + 0.1 * np.sin(0.5 * row) * np.sin(0.7 * column) + 0.1 * (column > 30)
    weight = 1 + 4 * random.random((4, 40, 64))
    light = scene + random.normal(0, 0.02, (4, 40, 64)) / np.sqrt(weight)
    state = np.concatenate([weight * light, weight, 0.8 * (weight - 1)]).astype(np.float32)
    state[8:, 10:12, 20:24] = FAINT_NOISE + 0.1
    noise = np.array([[2e-3, 2e-5], [1.5e-3, 1e-5], [1.5e-3, 1e-5], [2e-3, 3e-5]], np.float32)
    mix = opponents(Noise((2e-3, 2e-5), (1.5e-3, 1e-5), (2e-3, 3e-5)), np.array([0.5, 1, 0.6]))
    rule = fitted_rule(0.9, 0.9, 0.1)
    alone = random.integers(4096, 60000, (80, 128)).astype(np.uint16)
    result = alone.copy()
    rows, columns = (np.linspace(0.2, 0.25, n, dtype=np.float32) for n in (40, 64))
    run(
        "merge_shrink",
        state,
        noise,
        mix,
        noise_power(mix, Mixing()),
        carried(mix, Mixing()),
        rule,
        np.array([4096, 60000, 65535, 2], np.float32),
        np.array([0.3, 0.5], np.float32),
        rows,
        columns,
        result,
    )
    expected, smooth = shrinking.shrunk(state, noise, mix, noise_power(mix, Mixing()), carried(mix, Mixing()), rule)
    for site in range(4):
        found = (result[site // 2 :: 2, site % 2 :: 2] - 4096.0) / 60000
        own = (alone[site // 2 :: 2, site % 2 :: 2] - 4096.0) / 120000
        share = shrinking.share(state[5], rows, columns, smooth, 0.3) * (state[9] >= 0)
        assert 0.1 < (share > 0).mean() < 0.9
        expected[site] += share * (own - expected[site])
        np.testing.assert_allclose(found, expected[site], atol=SHRUNK_LIGHT)


def test_clipped_samples_do_not_count_as_noise() -> None:
    """A site of the reference that nothing else shows, beside fine detail."""
    row, column = np.mgrid[:48, :64]
    detail = np.tile(0.3 + 0.08 * np.sin(1.9 * row) * np.sin(1.3 * column), (4, 1, 1)).astype(np.float32)
    light = (detail * 61439 + 4096).astype(np.uint16)
    mosaic = np.stack([light[:2], light[2:]], 1).transpose(2, 1, 3, 0).reshape(96, 128)
    mosaic[40:44, 60:64] = 65535
    levels = np.array([4096, 4096, 4096, 4096, 1 / 61439], np.float32)
    found = []
    for faint in (1.0, 1e-3):
        state = np.empty((12, 48, 64), np.float32)
        run("merge_begin", mosaic, levels, np.int32(65535), np.float32(faint), state)
        noise = np.tile([2e-4, 1e-6], (4, 1)).astype(np.float32)
        mix = opponents(Noise((2e-4, 1e-6), (2e-4, 1e-6), (2e-4, 1e-6)), None)
        given = np.array([0, 60000, 65535, 0.9995], np.float32)
        result = np.empty(mosaic.shape, np.uint16)
        tables = (noise_power(mix, Mixing()), carried(mix, Mixing()), fitted_rule(1, 1, 0.1))
        usual = [np.ones(side, np.float32) for side in (48, 64)]
        run("merge_shrink", state, noise, mix, *tables, given, np.zeros(2, np.float32), *usual, result)
        found.append(result.astype(np.float64) / 60000)
    assert np.abs(found[0] - found[1]).max() < 5e-4


def test_dark_strokes_of_grey_keep_their_colour() -> None:
    neutral = np.array([0.36, 1, 0.67])
    strokes = np.full((40, 60), 0.6)
    strokes[:, 20:22] = strokes[18:20] = 0.03
    planes = np.stack([neutral[0] * strokes, strokes, neutral[2] * strokes])
    y, x = np.mgrid[:40, :60]
    site = y % 2 * 2 + x % 2
    mosaic = np.take_along_axis(planes, np.array([0, 1, 1, 2])[site][None], 0)[0]
    inside = np.s_[:, 22:38, 20]

    def error(balance: np.ndarray | None) -> float:
        found = fusing.demosaic(mosaic, balance)[inside] / neutral[:, None]
        return float(np.abs(found - 0.03).max())

    assert error(1 / neutral) < 0.5 * error(None)


def test_detail_of_one_colour_is_not_drawn_in_another_that_has_little_of_it() -> None:
    """Red wood's grain: blue is a twelfth of red, and so is its grain."""
    grain = 0.3 + 0.25 * np.sin(np.arange(96)[:, None] * 2.2 + np.arange(96) * 1.7)
    planes = np.stack([grain, grain / 3, grain / 12])
    y, x = np.mgrid[:96, :96]
    mosaic = np.take_along_axis(planes, np.array([0, 1, 1, 2])[y % 2 * 2 + x % 2][None], 0)[0]
    inside = np.s_[:, 16:80, 16:80]
    stored = np.round(mosaic * 3839 + 256).astype(np.uint16)
    quads = np.empty((3, 4, 48, 48), np.float32)
    run("merge_demosaic", stored, LEVELS, np.int32(1 << 20), np.ones(3, np.float32), np.float32(1e-4), quads)
    error = (_from_quads(quads) - planes)[inside]
    green, blue = np.sqrt((error[1:] ** 2).mean((1, 2)))
    plain = _malvar(mosaic)[inside] - planes[inside]
    assert blue < 0.35 * np.sqrt((plain[2] ** 2).mean()) and green < 0.8 * np.sqrt((plain[1] ** 2).mean())


def _malvar(mosaic: np.ndarray) -> np.ndarray:
    """By colour-demosaicing, which mixes colours in full."""
    from colour_demosaicing import demosaicing_CFA_Bayer_Malvar2004

    return np.moveaxis(np.asarray(demosaicing_CFA_Bayer_Malvar2004(mosaic, "RGGB")), 2, 0)
