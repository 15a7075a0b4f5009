"""EXIF orientation against Pillow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from tirage.photo.frame import Rectangle
from tirage.photo.orientation import to_sensor, to_upright, upright, upright_size

ORIENTATIONS = range(1, 9)


def coordinates(height: int, width: int) -> np.ndarray:
    """(H, W, 3) uint8 whose pixels name their row and column."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack([rows, columns, rows * 0 + 7], axis=-1).astype(np.uint8)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_upright_equals_pillows(orientation: int) -> None:
    pixels = coordinates(5, 9)
    image = Image.fromarray(pixels)
    image.getexif()[274] = orientation
    expected = np.asarray(ImageOps.exif_transpose(image))
    found = upright(pixels, orientation)
    np.testing.assert_array_equal(found, expected)
    assert found.base is not None and np.shares_memory(found, pixels)
    assert upright_size((9, 5), orientation) == (expected.shape[1], expected.shape[0])
    np.testing.assert_array_equal(upright(pixels[..., 0], orientation), expected[..., 0])


@given(data=st.data(), orientation=st.sampled_from(ORIENTATIONS))
def test_rectangles_follow_the_pixels(data: st.DataObject, orientation: int) -> None:
    width, height = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 12))
    pixels = coordinates(height, width)
    turned_width, turned_height = upright_size((width, height), orientation)
    left, top = data.draw(st.integers(0, turned_width - 1)), data.draw(st.integers(0, turned_height - 1))
    area = Rectangle(
        left, top, data.draw(st.integers(1, turned_width - left)), data.draw(st.integers(1, turned_height - top))
    )
    wanted = upright(pixels, orientation)[area.top : area.bottom, area.left : area.right]
    on_sensor = to_sensor(area, (width, height), orientation)
    cut = pixels[on_sensor.top : on_sensor.bottom, on_sensor.left : on_sensor.right]
    np.testing.assert_array_equal(upright(cut, orientation), wanted)
    assert to_upright(on_sensor, (width, height), orientation) == area
