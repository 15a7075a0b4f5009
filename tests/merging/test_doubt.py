"""Faint objects are seen by the means of cells; noise, and light that changes by a tenth of a percent, are not."""

from __future__ import annotations

import numpy as np

from tirage.merging.align.doubt import doubtful_cells
from tirage.merging.align.homography import sums_of
from tirage.merging.align.mapping import smooth_map, without


def _sums(contrast: float) -> np.ndarray:
    """Of greys in unit noise, the second with a patch of so many sigma over cells 4 to 7 each way."""
    random = np.random.default_rng(3)
    y, x = np.mgrid[:128, :160]
    light = 60 + 8 * np.sin(x / 5) * np.cos(y / 7)
    one, other = (light + random.standard_normal(light.shape) for _ in range(2))
    other[32:64, 32:64] += contrast
    reference, image = one.astype(np.float32), other.astype(np.float32)
    return sums_of(reference, image, smooth_map(np.eye(3), None, light.shape), 1.0, 0.05)


def test_a_faint_patch_is_doubted_and_noise_is_not() -> None:
    quiet, faint = (doubtful_cells(_sums(contrast), 1.0, 1.0) for contrast in (0.06, 1.0))
    assert quiet.mean() < 0.02
    assert faint[4:8, 4:8].all()
    faint[3:9, 3:9] = False
    assert faint.mean() < 0.02


def test_no_robustness_doubts_nothing_and_noise_explains_differences() -> None:
    assert not doubtful_cells(_sums(1.0), 1.0, 0.0).any()
    assert not doubtful_cells(_sums(1.0), 100.0, 1.0).any()


def test_cells_taken_out_lie_beside_any_image() -> None:
    entries = smooth_map(np.eye(3), None, (32, 48))
    cells = np.zeros(entries.shape[1:], bool)
    cells[1, 2] = True
    found = without(entries, cells)
    np.testing.assert_array_equal(found[:, ~cells], entries[:, ~cells])
    assert (found[0, cells] >= 1e6).all() and (found[4:, cells] == entries[4:, cells]).all()
