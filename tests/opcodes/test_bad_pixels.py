"""Bad pixels: made from good ones of their own colour, along edges, and never from bad ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.opcodes.apply import apply_to_stored
from tirage.opcodes.bad_pixels import repair
from tirage.photo.operations import FixBadPixelsConstant, FixBadPixelsList

HEIGHT, WIDTH = 30, 40
NONE = np.zeros((0, 4), int)


def mosaic_of(red: np.ndarray, green: np.ndarray, blue: np.ndarray) -> np.ndarray:
    """RGGB."""
    rows, columns = np.mgrid[: red.shape[0], : red.shape[1]]
    site = rows % 2 * 2 + columns % 2
    return np.choose(site, [red, green, green, blue])


def ramp(a: float = 13.0, b: float = 7.0) -> np.ndarray:
    """A mosaic whose colours are far apart, each a plane over the picture."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    plane = a * rows + b * columns
    return mosaic_of(plane + 1000, plane + 20000, plane + 50000).astype(np.uint16)


@given(st.lists(st.tuples(st.integers(2, HEIGHT - 3), st.integers(2, WIDTH - 3)), min_size=1, max_size=1))
def test_one_pixel_of_a_ramp_comes_back_exactly(points: list[tuple[int, int]]) -> None:
    truth = ramp()
    broken = truth.copy()
    broken[points[0]] = 65535
    found = apply_to_stored([FixBadPixelsList(0, np.array(points), NONE)], broken, 1, [])
    np.testing.assert_array_equal(found, truth)


@given(st.sets(st.tuples(st.integers(0, HEIGHT - 1), st.integers(0, WIDTH - 1)), min_size=1, max_size=60))
def test_scattered_and_clustered_pixels_of_even_colours(points: set[tuple[int, int]]) -> None:
    """At borders and beside other bad ones too: no bad value is ever read."""
    truth = ramp(0, 0)
    broken = truth.copy()
    at = np.array(sorted(points))
    broken[at[:, 0], at[:, 1]] = np.random.default_rng(len(points)).integers(0, 65536, len(at))
    found = apply_to_stored([FixBadPixelsList(0, at, NONE)], broken, 1, [])
    np.testing.assert_array_equal(found, truth)


@pytest.mark.parametrize("rectangle", [(0, 7, HEIGHT, 8), (0, 7, HEIGHT, 10), (11, 0, 12, WIDTH), (9, 12, 15, 15)])
def test_lines_and_blocks_of_a_ramp(rectangle: tuple[int, int, int, int]) -> None:
    truth = ramp()
    broken = truth.copy()
    top, left, bottom, right = rectangle
    broken[top:bottom, left:right] = 0
    found = apply_to_stored([FixBadPixelsList(0, np.zeros((0, 2), int), np.array([rectangle]))], broken, 1, [])
    # Away from the border, where one side is missing, two good sides give a ramp exactly, to rounding.
    inner = (slice(8, -8), slice(8, -8))
    assert np.abs(found.astype(int) - truth)[inner].max() <= 1
    assert np.abs(found.astype(int) - truth).max() <= 13 * 8


def test_edges_stay_sharp() -> None:
    """A hot pixel beside an edge, of each direction and colour, against the mean of four neighbours of Adobe's SDK."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    for distance in (columns - 19.5, rows - 14.5, rows - columns + 4.5, rows + columns - 34.5):
        plane = np.where(distance > 0, 30000, 2000)
        truth = mosaic_of(plane, plane + 1000, plane + 2000).astype(np.uint16)
        for row in range(13, 17):
            for column in range(17, 23):
                is_bad = np.zeros(truth.shape, bool)
                is_bad[row, column] = True
                broken = np.where(is_bad, 65535, truth).astype(np.uint16)
                assert abs(int(repair(broken, is_bad, 1)[row, column]) - int(truth[row, column])) <= 1


def test_a_constant() -> None:
    truth = ramp()
    broken = truth.copy()
    broken[::7, 3::5] = 0
    found = apply_to_stored([FixBadPixelsConstant(0, 0)], broken, 1, [])
    assert np.abs(found.astype(int) - truth)[2:-2, 2:-2].max() <= 1


def test_a_list_that_names_most_of_the_picture_is_left_alone() -> None:
    notes: list[str] = []
    broken = ramp()
    whole = FixBadPixelsList(0, np.zeros((0, 2), int), np.array([[0, 0, HEIGHT, WIDTH]]))
    assert apply_to_stored([whole], broken, 1, notes) is broken
    assert notes == [f"FixBadPixelsList names {HEIGHT * WIDTH} of {HEIGHT * WIDTH} pixels and is not applied"]
