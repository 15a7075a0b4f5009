"""The noise model, its stabiliser, and measuring noise."""

from __future__ import annotations

import dataclasses
import time
import tracemalloc

import numpy as np
import pytest

from oracles import ESTIMATED_NOISE_DB, LIKELY_NOISE, MEASURED_NOISE, ROUGH_NOISE, SIGMAS, TABLES_MB, TABLES_MS
from tirage import pipeline
from tirage.developing.denoise import reference
from tirage.noise import stabilise as tables
from tirage.noise.model import QUICK, Noise, measure, noise_of
from tirage.noise.stabilise import algebraic_inverse, expectation, stabilise, unbiased_inverse
from tirage.photo.frame import RawFrame
from tirage.photo.image import DisplayImage
from tirage.photo.recipe import Recipe
from tirage.simulating import simulate
from tirage.simulating.scene import demo_scene

LEVELS = [(1.5e-4, 1.6e-7), (2e-3, 2e-5), (9.7e-3, 3e-4), (1e-9, 1e-5)]


@pytest.mark.parametrize("scale, offset", LEVELS)
def test_noise_becomes_one_and_the_mean_comes_back(scale: float, offset: float) -> None:
    random = np.random.default_rng(3)
    count = 400_000
    for light in (0.0, 0.002, 0.01, 0.1, 0.6):
        samples = scale * random.poisson(light / scale, count) + random.normal(0, np.sqrt(offset), count)
        stable = stabilise(samples, scale, offset)
        assert 0.75 < stable.var() < 1.05
        if scale * light > 10 * (scale**2 + offset):
            assert abs(stable.var() - 1) < 0.03
        ends = stabilise(np.array([-0.05, 1.0]), scale, offset)
        found = unbiased_inverse(np.array([stable.mean(), *ends]), scale, offset)[0]
        assert abs(found - light) < SIGMAS * np.sqrt((scale * light + offset) / count) + 1e-4 * light


def test_the_nodes_are_those_of_gauss_and_hermite() -> None:
    nodes, weights = np.polynomial.hermite_e.hermegauss(24)
    np.testing.assert_allclose(tables._NODES, nodes[12:], rtol=1e-13)
    np.testing.assert_allclose(tables._WEIGHTS, weights[12:] / weights.sum(), rtol=1e-11)


@pytest.mark.parametrize("scale, offset", LEVELS)
def test_the_inverses_invert(scale: float, offset: float) -> None:
    light = np.linspace(-0.05, 1, 333)
    np.testing.assert_allclose(algebraic_inverse(stabilise(light, scale, offset), scale, offset), light, atol=1e-12)
    again = unbiased_inverse(expectation(light, scale, offset), scale, offset)
    np.testing.assert_allclose(again, light, atol=5e-5 * np.sqrt(scale + offset))


@pytest.mark.parametrize("iso", [100, 400, 1600, 6400])
def test_measured_noise_is_within_a_fifth(iso: float) -> None:
    frame = simulate(demo_scene(1200, 1600), iso=iso)
    scale, offset = frame.noise_profile[0]  # type: ignore[index]
    found = measure(frame).green
    for light in (0.02, 0.1, 0.4):
        ratio = (found[0] * light + found[1]) / (scale * light + offset)
        print(f"ISO {iso} at {light}: {ratio:.2f}")
        assert abs(ratio - 1) < MEASURED_NOISE


def test_the_frame_is_believed_unless_it_is_absurd() -> None:
    frame = simulate(demo_scene(64, 64), iso=800)
    assert noise_of(frame).red == pytest.approx(tuple(frame.noise_profile[0]))  # type: ignore[index]
    assert not noise_of(frame).measured
    three = dataclasses.replace(frame, noise_profile=np.array([[1e-3, 1e-5], [2e-3, 1e-5], [3e-3, 1e-5]]))
    assert noise_of(three).blue[0] == 3e-3
    for absurd in (
        None,
        np.zeros((1, 2)),
        np.full((1, 2), np.inf),
        np.array([[-1e-3, 1e-5]]),
        np.ones((2, 2)),
        np.ones((3, 2)),
    ):
        assert noise_of(dataclasses.replace(frame, noise_profile=absurd)).measured


@pytest.mark.parametrize("black, white", [(15000, 16383), (2048, 16383), (256, 4095), (65000, 65535), (0, 65535)])
@pytest.mark.parametrize("scale", [0.0, 3.7e-5, 1e-3, 0.05])
@pytest.mark.parametrize("offset", [0.0, 1e-5, 0.01])
def test_tables_cost_little_and_are_spent_on_light(black: int, white: int, scale: float, offset: float) -> None:
    """A file states little noise at black, and has a high black: sigmas below black are many."""
    offset = max(offset, 1 / 12 / (white - black) ** 2)
    noise = Noise((scale, offset), (1.1 * scale, offset), (1.2 * scale, offset))
    levels = noise.at_sites(), [float(black)] * 4, white
    seconds = []
    for _ in range(3):
        start = time.process_time()
        stable, _, index_scale = tables.tables(*levels)
        seconds.append(time.process_time() - start)
    assert 1e3 * min(seconds) < TABLES_MS
    tracemalloc.start()
    tables.tables(*levels)
    assert tracemalloc.get_traced_memory()[1] < TABLES_MB * 1e6
    tracemalloc.stop()
    assert np.isfinite(stable).all() and (np.diff(stable) >= 0).all()
    lit = (stable[:, -1] - stable[:, black]) * index_scale
    assert lit.max() > 0.75 * 16384 or stable[:, -1].max() < 45
    assert (stable[:, black] >= min(9.9, 0.99 * black / (white - black) / np.sqrt(offset + 0.54 * scale**2))).all()


def flat_frame(light: float, scale: float, offset: float, shape: tuple[int, int] = (960, 1280)) -> RawFrame:
    """A 12-bit frame without a noise profile."""
    random = np.random.default_rng(5)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    mean = light * np.array([[0.5, 1.0], [1.0, 0.625]])[rows % 2, columns % 2]
    noisy = scale * random.poisson(mean / scale) + random.normal(0, np.sqrt(offset), shape)
    stored = np.clip(np.rint(200 + 3895 * noisy), 0, 4095).astype(np.uint16)
    frame = simulate(demo_scene(64, 64))
    levels = {"black_level": np.full((1, 1), 200.0), "white_level": np.array([4095.0])}
    return dataclasses.replace(frame, mosaic=stored, cfa="RGGB", noise_profile=None, **levels)


@pytest.mark.parametrize("scale, offset", [(3e-3, 3e-5), (1e-3, 1e-5)])
@pytest.mark.parametrize("light", [0.0, 0.003, 0.01, 0.05, 0.3])
def test_a_picture_of_one_brightness_has_likely_noise(scale: float, offset: float, light: float) -> None:
    """The variance is right where the picture is; elsewhere it grows with light as photons do."""
    found = measure(flat_frame(light, scale, offset)).green
    assert abs((found[0] * light + found[1]) / (scale * light + offset) - 1) < MEASURED_NOISE
    assert scale / LIKELY_NOISE < found[0] < scale * LIKELY_NOISE


def test_a_profile_that_states_far_too_much_is_not_believed() -> None:
    frame = flat_frame(0.2, 3e-3, 3e-5, (480, 640))
    for factor, believed in ((1.0, True), (3.0, True), (10.0, False)):
        stated = dataclasses.replace(frame, noise_profile=factor * np.array([[3e-3, 3e-5]]))
        assert noise_of(stated).measured != believed


def test_a_profile_that_states_next_to_nothing_is_not_believed_where_noise_is_strong() -> None:
    next_to_nothing = np.array([[1e-8, 1e-10]])
    noisy, clean = (simulate(demo_scene(600, 800), iso=iso) for iso in (3200, 100))
    measured = noise_of(dataclasses.replace(noisy, noise_profile=next_to_nothing))
    assert measured == noise_of(dataclasses.replace(noisy, noise_profile=None)) and measured.measured
    assert not noise_of(dataclasses.replace(clean, noise_profile=next_to_nothing)).measured


def test_what_a_frame_says_of_little_noise_is_believed_though_its_picture_is_of_gravel() -> None:
    """Texture as fine as pixels can't be told from strong noise: that a merged burst has none has to be believed."""
    grains = np.random.default_rng(3).normal(0, 1, (480, 640))
    rounder = sum(np.roll(grains, (i, j), (0, 1)) for i, j in np.ndindex(3, 3)) / 3
    fine, coarse = (
        dataclasses.replace(
            flat_frame(0.2, 1e-6, 0, (480, 640)),
            mosaic=np.rint(200 + 3895 * np.minimum(0.2 * np.exp(0.3 * each), 1)).astype(np.uint16),
            noise_profile=np.array([[1e-6, 1e-8]]),
        )
        for each in (grains, rounder)
    )
    assert noise_of(fine).measured
    assert not noise_of(dataclasses.replace(fine, merged={"frames": ["a.dng", "b.dng"]})).measured
    assert not noise_of(coarse).measured
    assert noise_of(dataclasses.replace(coarse, noise_profile=None)).is_blotchy


def test_lossy_compression_is_no_reason_to_distrust_a_profile() -> None:
    """It takes the faint high frequencies of every 8x8 block, where noise is measured."""
    frame = flat_frame(0.2, 3e-3, 3e-5, (480, 640))
    stored = frame.mosaic.astype(np.float64)
    basis = reference.dct_basis()
    frequency = np.add.outer(np.arange(8), np.arange(8))
    for top, left in np.ndindex(2, 2):
        blocks = stored[top::2, left::2].reshape(30, 8, 40, 8).swapaxes(1, 2)
        kept = basis.T @ np.where(frequency < 8, basis @ blocks @ basis.T, 0) @ basis
        stored[top::2, left::2] = kept.swapaxes(1, 2).reshape(240, 320)
    mosaic = np.clip(np.rint(stored), 0, 4095).astype(np.uint16)
    frame = dataclasses.replace(frame, mosaic=mosaic, noise_profile=np.array([[3e-3, 3e-5]]))
    assert measure(frame).green[0] < 1e-4 and not noise_of(frame).measured


def test_a_colour_with_next_to_no_noise_is_not_believed() -> None:
    frame = dataclasses.replace(
        flat_frame(0.2, 3e-3, 3e-5, (64, 64)), noise_profile=np.array([[1e-7, 1e-9], *[[3e-3, 3e-5]] * 2])
    )
    noise = noise_of(frame)
    assert noise.green == (3e-3, 3e-5) and noise.red == pytest.approx((3e-3 / 16, 3e-5 / 16))


def test_floats_patterns_and_three_colours_are_measured_alike() -> None:
    scale, offset = 3e-3, 3e-5
    frame = flat_frame(0.2, scale, offset, (480, 640))
    rows, columns = np.mgrid[:480, :640]
    light = ((frame.mosaic - 200) / 3895).astype(np.float32)
    raised = (frame.mosaic + np.arange(640) // 8 + np.array([[0, 7, 3]])[0, rows % 3]).astype(np.uint16)
    pattern = 200 + np.array([[0.0], [7.0], [3.0]])
    floats = {"black_level": np.zeros((1, 1)), "white_level": np.ones(1)}
    light[100:120, 200:230] = np.nan
    frames = [
        dataclasses.replace(frame, mosaic=light, **floats),
        dataclasses.replace(frame, mosaic=raised, black_level=pattern, black_level_delta_h=np.arange(640) // 8 + 0.0),
        dataclasses.replace(frame, mosaic=np.stack([frame.mosaic * 0, frame.mosaic, frame.mosaic * 0]), cfa=None),
    ]
    for one in frames:
        found = noise_of(one)
        assert found.measured
        assert (found.green[0] * 0.2 + found.green[1]) / (scale * 0.2 + offset) == pytest.approx(1, abs=MEASURED_NOISE)
    with np.errstate(all="raise"):
        for shape in ((1, 1), (2, 3), (15, 40)):
            tiny = dataclasses.replace(frame, mosaic=frame.mosaic[: shape[0], : shape[1]])
            assert noise_of(tiny).green == (0.0, pytest.approx(1 / 12 / 3895**2))


def test_a_rough_estimate_is_within_a_quarter() -> None:
    frame = simulate(demo_scene(1200, 1600), iso=1600)
    (scale, offset), *_ = frame.noise_profile  # type: ignore[misc]
    found = measure(frame, blocks=QUICK).green
    assert (found[0] * 0.1 + found[1]) / (scale * 0.1 + offset) == pytest.approx(1, abs=ROUGH_NOISE)


@pytest.mark.parametrize("quality", ["fast", "balanced", "best"])
def test_a_profile_that_is_missing_or_absurd_is_estimated_and_a_note_says_so(quality: str) -> None:
    """And the picture is nearly that of the true profile."""
    frame = simulate(demo_scene(480, 640), iso=1600)
    told = photographed(frame, quality)
    assert not any("estimated" in note for note in told.notes)
    for absurd, why in (
        (None, "no noise profile"),
        (np.zeros((1, 2)), "makes no sense"),
        (np.full((3, 2), np.nan), "makes no sense"),
        (np.array([[1e6, 1e6]]), "makes no sense"),
        (np.array([[-1e-3, 1e-5]]), "makes no sense"),
    ):
        guessed = photographed(dataclasses.replace(frame, noise_profile=absurd), quality)
        assert [note for note in guessed.notes if why in note and note.endswith("its noise is estimated")]
        difference = guessed.pixels.astype(np.float64) - told.pixels
        assert 10 * np.log10(255**2 / np.mean(difference**2)) > ESTIMATED_NOISE_DB


def photographed(frame: RawFrame, quality: str) -> DisplayImage:
    return pipeline.render(frame, Recipe(quality=quality))
