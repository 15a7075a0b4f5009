"""Black levels, and mosaics in the 16 bits of the kernels."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tirage.photo.frame import CameraColour, RawFrame, Rectangle
from tirage.photo.levels import PEDESTAL, WHITE, as_kernels_read, black_at, greatest_black


def raw(mosaic: np.ndarray, **changes) -> RawFrame:
    frame = RawFrame(
        mosaic=mosaic,
        cfa="RGGB",
        black_level=np.full((1, 1), 100.0),
        white_level=np.array([1100.0]),
        default_crop=Rectangle(0, 0, mosaic.shape[1], mosaic.shape[0]),
        colour=CameraColour(()),
    )
    return dataclasses.replace(frame, **changes)


def light_of(frame: RawFrame) -> np.ndarray:
    black = black_at(frame, Rectangle(0, 0, frame.width, frame.height))[0]
    return (frame.mosaic - black) / (frame.white_level[0] - greatest_black(frame)[0])


@pytest.mark.parametrize("black", [np.full((1, 1), 64.0), np.array([[60.0, 61.0], [62.0, 64.0]])])
def test_what_kernels_read_is_left_alone(black: np.ndarray) -> None:
    frame = raw(np.full((6, 8), 300, np.uint16), black_level=black)
    assert as_kernels_read(frame) is frame


def test_any_layout_becomes_rows() -> None:
    values = np.arange(48, dtype=np.uint16).reshape(6, 8)
    for layout in (np.asfortranarray(values), values[:, ::2], values[::-1, ::-1], values.astype(">u2")):
        plain = as_kernels_read(raw(layout))
        assert plain.mosaic.strides[1] == 2 and plain.mosaic.dtype == np.dtype("=u2")
        np.testing.assert_array_equal(plain.mosaic, layout)


@pytest.mark.parametrize(
    "changes",
    [
        {"black_level": np.arange(90.0, 98.0).reshape(4, 2)},
        {"black_level": np.arange(90.0, 99.0).reshape(3, 3)},
        {"black_level_delta_h": np.linspace(-3, 5, 13)},
        {"black_level_delta_v": np.linspace(-3, 5, 11), "black_level_delta_h": np.linspace(0, 1, 13)},
    ],
)
def test_uneven_black_becomes_one_level_and_light_stays(changes: dict) -> None:
    frame = raw(np.random.default_rng(1).integers(80, 1080, (11, 13)).astype(np.uint16), **changes)
    plain = as_kernels_read(frame)
    assert plain.black_level.tolist() == [[PEDESTAL]] and plain.black_level_delta_h is plain.black_level_delta_v is None
    np.testing.assert_allclose(light_of(plain), light_of(frame), atol=0.51 / (WHITE - PEDESTAL))


def test_floats_go_into_16_bits_and_only_clipped_ones_are_white() -> None:
    values = np.array([[-0.05, 0.0, 0.5, np.nextafter(np.float32(1), 0)], [1.0, np.inf, np.nan, -np.inf]], np.float32)
    plain = as_kernels_read(raw(values, black_level=np.zeros((1, 1)), white_level=np.ones(1)))
    assert plain.mosaic.dtype == np.uint16
    np.testing.assert_array_equal(plain.mosaic == WHITE, [[False, False, False, False], [True, True, False, False]])
    np.testing.assert_allclose(
        light_of(plain), [[-0.05, 0, 0.5, 1], [1, 1, 0, -PEDESTAL / (WHITE - PEDESTAL)]], atol=2e-5
    )
