"""Demosaicing against the NumPy references, colour-demosaicing and the published test sets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tirage
from oracles import CPSNR_AGAINST_PEER_DB, KERNEL_AGAINST_REFERENCE
from tirage.developing.demosaic.malvar2004 import reference as malvar2004
from tirage.developing.demosaic.menon2007 import reference as menon2007
from tirage.photo.frame import BAYER_PATTERNS

REFERENCES = {"malvar2004": malvar2004.demosaic, "menon2007": menon2007.demosaic}
METHODS = tuple(REFERENCES)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=30, deadline=None)
@given(
    height=st.integers(16, 90), width=st.integers(16, 150), cfa=st.sampled_from(BAYER_PATTERNS), seed=st.integers(0, 99)
)
def test_kernel_equals_reference(method: str, height: int, width: int, cfa: str, seed: int) -> None:
    mosaic = np.random.default_rng(seed).random((height, width)).astype(np.float32)
    result = tirage.demosaic(mosaic, cfa, method)
    assert result.shape == (3, height, width) and result.dtype == np.float32
    np.testing.assert_allclose(result, REFERENCES[method](mosaic, cfa), atol=KERNEL_AGAINST_REFERENCE)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("cfa", BAYER_PATTERNS)
def test_reference_equals_colour_demosaicing_away_from_borders(method: str, cfa: str) -> None:
    peer = pytest.importorskip("colour_demosaicing")
    function = {
        "malvar2004": peer.demosaicing_CFA_Bayer_Malvar2004,
        "menon2007": peer.demosaicing_CFA_Bayer_Menon2007,
    }[method]
    mosaic = np.random.default_rng(1).random((50, 64))
    inside = (slice(None), slice(12, -12), slice(12, -12))
    expected = np.moveaxis(function(mosaic, cfa), -1, 0)
    np.testing.assert_allclose(REFERENCES[method](mosaic, cfa)[inside], expected[inside], atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("cfa", BAYER_PATTERNS)
@pytest.mark.parametrize("shape", [(2, 2), (2, 9), (3, 3), (7, 40), (17, 2)])
def test_small_pictures_keep_their_samples(method: str, cfa: str, shape: tuple[int, int]) -> None:
    mosaic = np.random.default_rng(2).random(shape).astype(np.float32)
    result = tirage.demosaic(mosaic, cfa, method)
    assert np.isfinite(result).all()
    for row in range(shape[0]):
        for column in range(shape[1]):
            channel = "RGB".index(cfa[2 * (row % 2) + column % 2])
            assert result[channel, row, column] == mosaic[row, column]


@pytest.mark.parametrize("method", METHODS)
def test_grey_stays_grey_and_a_gradient_is_reproduced(method: str) -> None:
    rows, columns = np.mgrid[:40, :60]
    plane = (0.2 + 0.01 * rows + 0.005 * columns).astype(np.float32)
    inside = (slice(None), slice(12, -12), slice(12, -12))  # at a mirrored border a gradient has a kink
    result = tirage.demosaic(plane, "GBRG", method)
    np.testing.assert_allclose(result[inside], np.broadcast_to(plane, (3, 40, 60))[inside], atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_scale_is_linear(method: str) -> None:
    mosaic = np.random.default_rng(3).random((32, 48)).astype(np.float32)
    np.testing.assert_array_equal(
        tirage.demosaic(mosaic * 4, "RGGB", method), tirage.demosaic(mosaic, "RGGB", method) * 4
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38])
def test_a_bad_sample_stays_local(method: str, value: float) -> None:
    clean = np.random.default_rng(4).random((64, 64)).astype(np.float32)
    spoilt = clean.copy()
    spoilt[30, 31] = value
    far = np.ones((64, 64), bool)
    far[18:44, 18:44] = False
    before, after = tirage.demosaic(clean, "RGGB", method), tirage.demosaic(spoilt, "RGGB", method)
    np.testing.assert_array_equal(before[:, far], after[:, far])


def test_strided_and_integer_input() -> None:
    mosaic = np.random.default_rng(5).integers(0, 60000, (40, 80), dtype=np.uint16)
    view = mosaic[::1, ::2]
    np.testing.assert_array_equal(tirage.demosaic(view), tirage.demosaic(view.astype(np.float32)))


@pytest.mark.parametrize(
    "mosaic, cfa, method, words",
    [
        (np.zeros((8, 8)), "RGBG", "malvar2004", "CFA"),
        (np.zeros((8, 8)), None, "malvar2004", "CFA"),
        (np.zeros((8, 8)), "RGGB", "malvar", "malvar2004"),
        (np.zeros((8, 8)), "RGGB", None, "malvar2004"),
        (np.zeros((8, 8, 3)), "RGGB", "malvar2004", "(H, W)"),
        (np.zeros((1, 8)), "RGGB", "malvar2004", "2x2"),
        (np.zeros((8, 8), complex), "RGGB", "malvar2004", "real"),
    ],
)
def test_bad_requests_are_refused(mosaic: np.ndarray, cfa: str, method: str, words: str) -> None:
    with pytest.raises(tirage.UsageError, match=words.replace("(", r"\(").replace(")", r"\)")):
        tirage.demosaic(mosaic, cfa, method)


def _cpsnr(truth: np.ndarray, estimate: np.ndarray) -> float:
    """CPSNR of 8-bit pictures (3, H, W), 10 px border left out."""
    inside = (slice(None), slice(10, -10), slice(10, -10))
    error = truth[inside] - np.clip(np.rint(estimate), 0, 255)[inside]
    return 10 * np.log10(255**2 / np.mean(error**2))


@pytest.mark.parametrize("folder, suffix", [("kodak", "png"), ("mcmaster", "tif")])
def test_cpsnr_matches_colour_demosaicing(shared_data, folder: str, suffix: str) -> None:
    peer = pytest.importorskip("colour_demosaicing")
    from PIL import Image

    pictures = sorted((shared_data / "truth" / folder).glob(f"*.{suffix}"))
    assert len(pictures) >= 9
    scores: dict[str, list[tuple[float, float]]] = {method: [] for method in METHODS}
    functions = {
        "malvar2004": peer.demosaicing_CFA_Bayer_Malvar2004,
        "menon2007": peer.demosaicing_CFA_Bayer_Menon2007,
    }
    for path in pictures:
        truth = np.asarray(Image.open(path).convert("RGB"), np.float64).transpose(2, 0, 1)
        mosaic = truth[1].copy()
        mosaic[0::2, 0::2], mosaic[1::2, 1::2] = truth[0, 0::2, 0::2], truth[2, 1::2, 1::2]
        for method, function in functions.items():
            theirs = np.moveaxis(function(mosaic, "RGGB"), -1, 0)
            scores[method].append((_cpsnr(truth, tirage.demosaic(mosaic, "RGGB", method)), _cpsnr(truth, theirs)))
    for method, pairs in scores.items():
        ours, theirs = np.mean(pairs, axis=0)
        print(f"{folder} {method}: tirage {ours:.2f} dB, colour-demosaicing {theirs:.2f} dB")
        assert abs(ours - theirs) < CPSNR_AGAINST_PEER_DB
