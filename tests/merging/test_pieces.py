"""What merging is made of, where no kernel is: faults, fields over cells, maps."""

from __future__ import annotations

import numpy as np

from tirage.merging import faults
from tirage.merging.align.flow_grid import dilated, enlarged, filtered, gaussian
from tirage.merging.align.mapping import TO_MOSAIC, applied, on_mosaic, rescaled, smooth_map


def found(places: list[int], lone: bool = True, around: np.ndarray | None = None) -> faults.Outliers:
    """Outliers at `places`, on even ground unless told."""
    if around is None:
        around = np.full((5, 5), 10)
        around[2, 2] = 200
    count = len(places)
    return faults.Outliers(np.array(places), np.full(count, lone), np.array([around] * count, np.uint16), (0.0, 4.0))


def test_a_fault_is_what_most_frames_share() -> None:
    np.testing.assert_array_equal(faults.common([found([3, 9]), found([9, 12]), found([3, 9])]), [3, 9])
    assert len(faults.common([found([5])])) == 0
    assert len(faults.common([])) == 0


def test_a_fault_may_be_what_half_of_the_frames_share_where_it_stands_alone_in_each() -> None:
    np.testing.assert_array_equal(faults.common([found([4])] * 3 + [found([20 + n]) for n in range(3)]), [4])
    assert len(faults.common([found([4])] * 2 + [found([20 + n]) for n in range(4)])) == 0
    assert len(faults.common([found([4])] * 2 + [found([4], False)] + [found([20 + n]) for n in range(3)])) == 0


def test_what_stands_alone_in_the_mean_of_frames_alone_is_a_fault() -> None:
    noisy = np.full((5, 5), 10)
    noisy[2, 2] = 200
    frames = []
    for step in (-60, 60):  # beside it, noise that each frame might take for its light
        around = noisy + 60
        around[2, (1, 3)] += step
        frames.append(found([7], False, around))
    np.testing.assert_array_equal(faults.common(frames), [7])
    star = noisy.copy()
    star[2, (1, 3)] = star[(1, 3), 2] = 60
    assert len(faults.common([found([7], False, star)] * 4)) == 0


def test_maps_follow_the_homography_within_a_cell() -> None:
    homography = np.array([[1.001, 0.02, 3.0], [-0.02, 0.999, -4.0], [1e-6, 2e-6, 1]])
    m = smooth_map(homography, None, (100, 130)).astype(float)
    for y, x in ((0, 0), (37, 55), (99, 129)):
        e, i, j = m[:, y // 8, x // 8], x % 8, y % 8
        u, v = applied(homography, np.array(float(x)), np.array(float(y)))
        assert abs(x + e[0] + e[1] * i + e[2] * j + e[3] * i * j - u) < 1e-3
        assert abs(y + e[4] + e[5] * i + e[6] * j + e[7] * i * j - v) < 1e-3


def test_greys_and_mosaics_agree_on_places() -> None:
    shift = np.array([[1, 0, 1.5], [0, 1, -2.0], [0, 0, 1.0]])
    np.testing.assert_allclose(on_mosaic(shift)[:2, 2], [3.0, -4.0])
    np.testing.assert_allclose(rescaled(shift, 0.5)[:2, 2], [0.75, -1.0])
    np.testing.assert_allclose(TO_MOSAIC @ [0, 0, 1], [0.5, 0.5, 1])


def test_fields_over_cells() -> None:
    ramp = np.arange(6.0) * np.ones((4, 1))
    np.testing.assert_allclose(enlarged(ramp, (8, 12))[3, 1:-1], (np.arange(1, 11) - 0.5) / 2)
    np.testing.assert_allclose(filtered(ramp, gaussian(1.0))[:, 3], 3, atol=0.2)
    mask = np.zeros((5, 5), bool)
    mask[0, 2] = True
    assert dilated(mask).sum() == 6
