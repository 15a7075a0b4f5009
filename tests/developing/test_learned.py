"""The learned demosaic: its kernel against NumPy, what any demosaic must keep, and its figures on unseen pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tirage
from oracles import (
    BOUNDS_COST_DB,
    EDGE_OVERSHOOT,
    GREY_EDGE_COLOUR,
    LEARNED_AGAINST_REFERENCE,
    LEARNED_FLIPPED,
    LEARNED_NOISY_OVER_MALVAR_DB,
    LEARNED_OVER_MENON_DB,
)
from tirage.developing.demosaic import learned
from tirage.developing.demosaic.learned import kernel, reference
from tirage.kernels.call import Placed, run
from tirage.photo.frame import BAYER_PATTERNS

METHODS = tuple(learned.PASSES)

#: Pixels beyond which a sample changes nothing.
REACH = 40


def passes_of(method: str, noise: float) -> list[reference.Pass]:
    """The weights of a method as the reference takes them."""
    weights = learned.weights()
    level = weights.level(noise)

    def tree(index: int, kind: int) -> reference.Tree:
        names = [learned.FEATURES[test] for test in weights.tests[level, index, kind]]
        thresholds = [float(threshold) for threshold in weights.thresholds[level, index, kind]]
        filters = weights.filters[level, index, kind] / learned.ONE
        return reference.Tree(tuple(zip(names, thresholds, strict=True)), filters)

    return [(tree(index, 0), tree(index, 1), tree(index, 2)) for index in range(learned.PASSES[method])]


def smooth_noise(height: int, width: int, seed: int) -> np.ndarray:
    """Structure at several scales, in 0..1."""
    random = np.random.default_rng(seed)
    picture = np.zeros((height, width))
    for size in (1, 2, 5, 11):
        coarse = random.random((height // size + 2, width // size + 2))
        picture += np.kron(coarse, np.ones((size, size)))[:height, :width] * size
    return (picture / 19).astype(np.float32)


def close(result: np.ndarray, expected: np.ndarray) -> None:
    """Equal but for rounding, and for the few quads where rounding decides a comparison or a patch's value: one such
    value reaches 5 x 5 pixels of three colours, much of a small picture."""
    different = np.abs(result - expected) > LEARNED_AGAINST_REFERENCE
    assert different.sum() < LEARNED_FLIPPED * different.size + 75
    assert np.abs(result - expected).max() < 0.2


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=25, deadline=None)
@given(
    height=st.integers(24, 110),
    width=st.integers(24, 150),
    cfa=st.sampled_from(BAYER_PATTERNS),
    seed=st.integers(0, 99),
    linear=st.booleans(),
    noise=st.sampled_from([0.0, 0.006, 0.02, 0.2]),
)
def test_kernel_equals_reference(
    method: str, height: int, width: int, cfa: str, seed: int, linear: bool, noise: float
) -> None:
    mosaic = 2 * smooth_noise(height, width, seed) - np.float32(0.2)
    result = tirage.demosaic(mosaic, cfa, method, linear=linear, noise=noise)
    assert result.shape == (3, height, width) and result.dtype == np.float32
    toe = learned.TOE if linear else 0.0
    close(result, reference.demosaic(mosaic, cfa, passes_of(method, noise), toe, learned.white_of(mosaic)))


def test_products_of_patches_and_filters_fit_32_bits() -> None:
    filters = learned.weights().filters.astype(np.int64)
    own_green = np.abs(filters.sum((-3, -2, -1)))  # what the patch's middle is taken off by
    assert own_green.max() < 2**15
    assert (np.abs(filters).sum((-3, -2, -1)) + own_green).max() * kernel.PATCH_LIMIT < 2**31


@pytest.mark.parametrize("method", METHODS)
def test_the_four_layouts_agree(method: str) -> None:
    mosaic = smooth_noise(161, 203, 1)
    for index, cfa in enumerate(BAYER_PATTERNS):
        top, left = divmod(cfa.index("R"), 2)
        part = tirage.demosaic(mosaic[top:, left:], "RGGB", method, noise=0.0)  # the same sensor from another pixel
        same = tirage.demosaic(mosaic, cfa, method, noise=0.0)
        inside = slice(REACH + 2, -REACH - 2)
        np.testing.assert_array_equal(same[:, top:, left:][:, inside, inside], part[:, inside, inside], str(index))


@pytest.mark.parametrize("method", METHODS)
def test_a_part_equals_the_whole(method: str) -> None:
    mosaic = smooth_noise(300, 220, 7)
    arguments = [mosaic, np.int32(1), np.int32(0), *learned.arguments(method)]
    whole, part = np.empty((3, 300, 220), np.float32), np.empty((3, 77, 91), np.float32)
    run(f"demosaic_{method}", *arguments, whole)
    run(f"demosaic_{method}", *arguments, Placed(part, (0, 131, 47)))
    np.testing.assert_array_equal(part, whole[:, 131:208, 47:138])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize("cfa", BAYER_PATTERNS)
@pytest.mark.parametrize("shape", [(2, 2), (2, 9), (3, 3), (7, 40), (17, 2), (33, 51)])
def test_any_size_keeps_its_samples(method: str, linear: bool, cfa: str, shape: tuple[int, int]) -> None:
    mosaic = np.random.default_rng(2).random(shape).astype(np.float32) * 3 - 1
    result = tirage.demosaic(mosaic, cfa, method, linear=linear)
    assert np.isfinite(result).all()
    for row in range(shape[0]):
        for column in range(shape[1]):
            channel = "RGB".index(cfa[2 * (row % 2) + column % 2])
            assert result[channel, row, column] == mosaic[row, column]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("value", [0.0, 0.1, 0.7354, 1.0, 2.9, -0.03])
def test_a_flat_field_is_exactly_flat(method: str, value: float) -> None:
    flat = np.full((64, 80), value, np.float32)
    np.testing.assert_array_equal(tirage.demosaic(flat, "GRBG", method), np.broadcast_to(flat, (3, 64, 80)))
    light = tirage.demosaic(flat, "GRBG", method, linear=True)
    np.testing.assert_allclose(light, np.broadcast_to(flat, (3, 64, 80)), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_scale_is_free(method: str) -> None:
    mosaic = smooth_noise(70, 90, 3)
    for linear in (False, True):
        expected = tirage.demosaic(mosaic, "RGGB", method, linear=linear)
        np.testing.assert_array_equal(tirage.demosaic(mosaic * 256, "RGGB", method, linear=linear), expected * 256)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38])
def test_a_bad_sample_stays_local(method: str, value: float) -> None:
    clean = np.random.default_rng(4).random((160, 160)).astype(np.float32)
    spoilt = clean.copy()
    spoilt[80, 81] = value
    far = np.ones((160, 160), bool)
    far[80 - REACH : 81 + REACH, 81 - REACH : 82 + REACH] = False
    for linear in (False, True):
        before = tirage.demosaic(clean, "RGGB", method, linear=linear)
        after = tirage.demosaic(spoilt, "RGGB", method, linear=linear)
        np.testing.assert_array_equal(before[:, far], after[:, far])
    assert np.isnan(tirage.demosaic(np.full((20, 30), np.nan, np.float32), "RGGB", method)).all()


def test_the_encoding_has_an_inverse_and_meets_its_ends() -> None:
    light = np.concatenate([np.linspace(-0.2, 3, 1001), [0.0, 1.0]])
    code = learned.encode(light, learned.TOE)
    np.testing.assert_allclose(reference.decode(code, learned.TOE), light, atol=1e-12)
    np.testing.assert_allclose(code, reference.encode(light, learned.TOE), atol=1e-12)
    assert code[-2] == 0 and code[-1] == pytest.approx(1)
    assert (np.diff(code[:-2]) > 0).all()


@pytest.mark.parametrize("deviation", [0.0, 0.02, 0.08])
def test_noise_is_estimated_from_noise(deviation: float) -> None:
    random = np.random.default_rng(5)
    rows, columns = np.mgrid[:400, :600]
    mosaic = 0.4 + 0.2 * np.sin(rows / 37) * np.cos(columns / 51) + deviation * random.standard_normal((400, 600))
    assert learned.estimated_noise(mosaic, "RGGB") == pytest.approx(deviation, rel=0.2)
    assert learned.encoded_noise(0.0, 0.0) == 0
    scale, offset = 4e-4, 1e-6
    light = 0.18 + np.sqrt(scale * 0.18 + offset) * random.standard_normal(100_000)
    assert learned.encoded_noise(scale, offset) == pytest.approx(learned.encode(light, learned.TOE).std(), rel=0.02)


def test_the_noise_of_a_frame_is_that_of_its_encoded_light() -> None:
    random = np.random.default_rng(8)
    scale, offset, gains = 2e-3, 1e-5, np.array([2.0, 1.25, 1.6])
    light = 0.18 / gains[1]
    light = light + np.sqrt(scale * light + offset) * random.standard_normal(100_000)
    shown = learned.encode(gains[1] * light, learned.TOE).std()
    assert learned.frame_noise(np.array([[1, 1], [scale, offset], [1, 1]]), gains) == pytest.approx(shown, rel=0.02)


def test_texture_is_not_taken_for_noise() -> None:
    random = np.random.default_rng(9)
    for letters in ("RGGB", "GBRG"):
        empty = learned.estimated_noise(np.zeros((64, 64), np.float32), letters)
        tiny = learned.estimated_noise(random.random((9, 9)).astype(np.float32), letters)
        assert empty == tiny == 0
    rows, columns = np.mgrid[:400, :600]
    texture = (0.5 + 0.005 * np.sign(np.sin(rows * 1.3) * np.sin(columns * 1.9))).astype(np.float32)
    assert learned.weights().level(learned.estimated_noise(texture, "RGGB")) == 0


@pytest.mark.parametrize("method", METHODS)
def test_noise_is_not_sharpened(method: str) -> None:
    """On a flat field, estimated values carry no more noise than measured ones, at every noise level."""
    random = np.random.default_rng(6)
    for deviation in (0.006, 0.018, 0.054, 0.1):
        mosaic = (0.5 + deviation * random.standard_normal((200, 200))).astype(np.float32)
        result = tirage.demosaic(mosaic, "RGGB", method)
        for channel in range(3):
            assert result[channel].std() < 1.02 * deviation
            assert abs(result[channel].mean() - 0.5) < 0.05 * deviation


def step(angle: float, fine: int) -> np.ndarray:
    """A slanted step from 0 to 1, 72 x 72, of `fine` x `fine` points a pixel."""
    place = (np.arange(72 * fine) + 0.5) / fine - 36
    slant = np.radians(angle)
    bright = place[None] * np.cos(slant) + place[:, None] * np.sin(slant) > 0.3
    return bright.reshape(72, fine, 72, fine).mean((1, 3))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("fine", [1, 8])
@pytest.mark.parametrize("angle", [0, 5, 22.5, 45, 70, 90])
def test_a_lone_edge_has_no_overshoot_and_a_grey_one_little_colour(method: str, fine: int, angle: float) -> None:
    """No lens has blurred it, neither stairs (one point a pixel) nor pixels of mixed light."""
    edge = step(angle, fine)
    inside = np.s_[12:-12, 12:-12]  # mirrored at the border, an edge is a corner

    def overshoot(shown: np.ndarray, low: float, high: float) -> float:
        return max(shown[inside].max() - max(low, high), min(low, high) - shown[inside].min()) / abs(high - low)

    for low, high in ((0.05, 0.5), (0.09, 0.18), (0.6, 0.006)):
        grey = tirage.demosaic((low + (high - low) * edge).astype(np.float32), "RGGB", method, linear=True, noise=0.0)
        assert max(overshoot(channel, low, high) for channel in grey) < EDGE_OVERSHOOT
        code = learned.encode(grey, learned.TOE)[:, *inside]
        print(f"colour {np.ptp(code, axis=0).max() / np.ptp(code):.3f}")
        assert np.ptp(code, axis=0).max() < GREY_EDGE_COLOUR * np.ptp(code)
    dark, bright = (0.4, 0.1, 0.05), (0.5, 0.5, 0.5)
    truth = np.stack([low + (high - low) * edge for low, high in zip(dark, bright, strict=True)]).astype(np.float32)
    red = tirage.demosaic(mosaicked(truth), "RGGB", method, linear=True, noise=0.0)
    assert max(map(overshoot, red, dark, bright)) < EDGE_OVERSHOOT


def test_bounds_leave_lines_dots_and_colours_alone() -> None:
    """What an edge alone may not do, others need: figures are the unbounded ones."""
    random = np.random.default_rng(12)
    rows, columns = np.mgrid[:96, :96]
    hairs = 0.7 - 0.5 * (np.abs((rows * 0.9 + columns * 0.5) % 11 - 5) < 0.7)
    dots = np.where((rows % 8 == 3) & (columns % 7 == 2), 0.8, 0.3)
    colours = np.array([[0.7, 0.2, 0.2], [0.2, 0.6, 0.25], [0.3, 0.3, 0.8], [0.6, 0.6, 0.2]])
    patches = colours[random.integers(0, 4, (12, 12))].repeat(8, 0).repeat(8, 1).transpose(2, 0, 1)
    stripes = colours[(rows + 2 * columns) // 9 % 4].transpose(2, 0, 1)
    for truth in (np.stack([hairs] * 3), np.stack([dots] * 3), patches, stripes, np.stack([hairs, dots, hairs])):
        code = np.pad(mosaicked(truth), 16, mode="reflect")
        estimate = reference.start(code)
        for trees in passes_of("learned", 0.0):
            estimate = reference.corrected(estimate, trees)
        free, bound = (found[:, 16:-16, 16:-16] for found in (estimate, reference.bounded(estimate, code)))
        assert cpsnr(truth, bound) > cpsnr(truth, free) - BOUNDS_COST_DB


def damaged(folder: Path, **changes) -> Path:
    with np.load(learned.WEIGHTS) as file:
        arrays = {**file, **changes}
    np.savez(folder / "weights.npz", **{name: array for name, array in arrays.items() if array is not None})
    return folder / "weights.npz"


def test_unusable_weights_are_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(tirage.FileError, match=r"missing.*reinstall"):
        learned.weights(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("not a file of arrays")
    with pytest.raises(tirage.FileError, match=r"damaged.*reinstall"):
        learned.weights(tmp_path / "text.npz")
    kept = learned.weights()
    for change in (
        {"version": np.int32(99)},
        {"tests": np.zeros((1, 2, 3, 5), np.int8)},
        {"noise": np.zeros(0)},
        {"noise": kept.noise[::-1]},
        {"tests": kept.tests + np.int8(len(learned.FEATURES))},
        {"tests": -1 - kept.tests},
        {"thresholds": kept.thresholds * np.float32(np.nan)},
    ):
        learned.weights.cache_clear()
        with pytest.raises(tirage.FileError, match=r"another version.*reinstall"):
            learned.weights(damaged(tmp_path, **change))
    learned.weights.cache_clear()
    with pytest.raises(tirage.FileError, match="damaged"):
        learned.weights(damaged(tmp_path, filters=None))


@pytest.mark.parametrize("noise", [-1.0, float("nan"), float("inf"), "much"])
def test_absurd_noise_is_refused(noise: float) -> None:
    with pytest.raises(tirage.UsageError, match="deviation"):
        tirage.demosaic(np.zeros((8, 8)), "RGGB", "learned", noise=noise)


def mosaicked(truth: np.ndarray) -> np.ndarray:
    mosaic = truth[1].copy()
    mosaic[0::2, 0::2], mosaic[1::2, 1::2] = truth[0, 0::2, 0::2], truth[2, 1::2, 1::2]
    return mosaic


def cpsnr(truth: np.ndarray, estimate: np.ndarray) -> float:
    """CPSNR of pictures (3, H, W) of 0..1 in 8 bits, 10 px border left out."""
    inside = (slice(None), slice(10, -10), slice(10, -10))
    error = np.rint(255 * truth[inside]) - np.clip(np.rint(255 * estimate[inside]), 0, 255)
    return float(10 * np.log10(255**2 / np.mean(error**2)))


def scores(pictures: list[np.ndarray], noise: tuple[float, float] = (0, 0)) -> dict[str, float]:
    """Mean CPSNR by method; `noise` is (scale, offset) of its variance."""
    result: dict[str, list[float]] = {name: [] for name in ("malvar2004", "menon2007", *METHODS)}
    for number, truth in enumerate(pictures):
        mosaic = mosaicked(truth)
        grain = np.random.default_rng(number).standard_normal(mosaic.shape)
        mosaic = (mosaic + np.sqrt(noise[0] * mosaic + noise[1]) * grain).astype(np.float32)
        for name, values in result.items():
            values.append(cpsnr(truth, tirage.demosaic(mosaic, "RGGB", name)))
    means = {name: float(np.mean(values)) for name, values in result.items()}
    print(", ".join(f"{name} {mean:.2f}" for name, mean in means.items()), "dB")
    return means


def sets(shared: Path | None) -> dict[str, list[np.ndarray]]:
    """Pictures that nothing was trained on: of scikit-image, or of the two usual sets."""
    from PIL import Image

    if shared is None:
        data = Path(pytest.importorskip("skimage").__file__).parent / "data"
        paths = {"scikit-image": [data / name for name in ("astronaut.png", "coffee.png", "chelsea.png")]}
    else:
        folders = {"kodak": "png", "mcmaster": "tif"}
        paths = {name: sorted((shared / "truth" / name).glob(f"*.{suffix}")) for name, suffix in folders.items()}
    result = {}
    for name, files in paths.items():
        arrays = [np.asarray(Image.open(path).convert("RGB"), np.float32).transpose(2, 0, 1) / 255 for path in files]
        result[name] = [array[:, : array.shape[1] // 2 * 2, : array.shape[2] // 2 * 2] for array in arrays]
    return result


def judged(pictures: dict[str, list[np.ndarray]]) -> None:
    for name, members in pictures.items():
        clean, noisy = scores(members), scores(members, (1e-3, 1e-5))
        assert clean["learned_one_pass"] > clean["menon2007"] + LEARNED_OVER_MENON_DB[name]
        assert clean["learned"] > clean["learned_one_pass"]
        for method in METHODS:
            assert noisy[method] > noisy["malvar2004"] + LEARNED_NOISY_OVER_MALVAR_DB


def test_figures_on_unseen_photographs() -> None:
    judged(sets(None))


def test_figures_on_the_usual_sets(shared_data: Path) -> None:
    judged(sets(shared_data))


@pytest.mark.parametrize("method", METHODS)
def test_light_is_encoded_for_its_own_good(shared_data: Path, method: str) -> None:
    """In linear light, seen through sRGB: the encoding gains, and the picture stays above Menon's."""
    truth = sets(shared_data)["kodak"][2]
    light = np.where(truth <= 0.04045, truth / 12.92, ((truth + 0.055) / 1.055) ** 2.4).astype(np.float32)

    def seen(name: str, **options) -> float:
        estimate = np.clip(tirage.demosaic(mosaicked(light), "RGGB", name, **options), 0, 1)
        return cpsnr(truth, np.where(estimate <= 0.0031308, 12.92 * estimate, 1.055 * estimate ** (1 / 2.4) - 0.055))

    assert seen(method, linear=True) > seen(method) > seen("menon2007") - 1
    assert seen(method, linear=True) > seen("menon2007") + 1
