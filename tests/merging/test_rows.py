"""Rows that a rolling shutter and a trembling hand shift: found as they were, and only where they were."""

from __future__ import annotations

import numpy as np
import pytest

import tirage
from merging.bursts import burst, frame_of, light, light_of, mosaic_of, psnr, shifted
from oracles import ROWS_PX, WOBBLE_DB
from tirage.merging.align.rows import row_flow
from tirage.merging.alignment import Aligned, aligned_frame, reference_of
from tirage.merging.light import light_of as light_of_frame
from tirage.photo.frame import RawFrame

SIZE = 384, 512
WOBBLES = [(0.0, 0.0), (3.0, 1.4), (-2.6, 0.4), (2.2, -1.8)]


def wobbling(amplitude: float, phase: float):
    """Where pixels look: rows go across and down by so many pixels, one and a half times to and fro."""

    def move(y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        across = amplitude * np.sin(3 * np.pi * y / SIZE[0] + phase)
        return y + 2.3 + amplitude / 3 * np.cos(3 * np.pi * y / SIZE[0]), x - 3.6 + across

    return move


def frames_of(moves: list) -> list[RawFrame]:
    return [frame_of(mosaic_of(*SIZE, move=move), seed=n) for n, move in enumerate(moves)]


def aligned(reference: RawFrame, frame: RawFrame) -> Aligned:
    return aligned_frame(reference_of(light_of_frame(reference), 0.0), light_of_frame(frame), 1.0)


def test_rows_are_found_where_they_were() -> None:
    move = wobbling(*WOBBLES[1])
    found = aligned(*frames_of([shifted(0, 0), move])).mapping
    y, x = np.meshgrid(16.0 * np.arange(found.shape[1]), 16.0 * np.arange(found.shape[2]), indexing="ij")
    v, u = y, x
    for _ in range(20):  # the pixel of the frame that looks at y, x
        there = move(v, u)
        v, u = v + (y - there[0]), u + (x - there[1])
    error = np.hypot(found[0] - (u - x), found[4] - (v - y))[2:-2, 2:-2]
    assert np.quantile(error, 0.9) < ROWS_PX


def test_a_rolling_shutter_costs_little() -> None:
    still = frames_of([shifted(2.3 * (n > 0), -3.6 * (n > 0)) for n in range(4)])
    wobbled = frames_of([shifted(0, 0), *(wobbling(*wobble) for wobble in WOBBLES[1:])])
    truth = mosaic_of(*SIZE)
    inside = np.s_[16:-16, 16:-16]
    whole, ours = (
        psnr(light_of(tirage.merge(frames, reference=0, denoise=0))[inside], truth[inside])
        for frames in (still, wobbled)
    )
    assert ours > whole - WOBBLE_DB


@pytest.mark.parametrize("moves", [False, True])
def test_where_no_row_moved_by_itself_the_homography_stays(moves: bool) -> None:
    def scene(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        disc = np.hypot(y - 190, x - 300) < 70
        return np.where((disc & moves)[..., None], light(1.3 * y + 90, x + 20), light(y, x))

    frames = [frame_of(mosaic_of(*SIZE, scene=light), seed=0), frame_of(mosaic_of(*SIZE, scene=scene), seed=1)]
    reference = reference_of(light_of_frame(frames[0]), 0.0)
    other = reference_of(light_of_frame(frames[1]), 0.0)
    homography, rows = row_flow(reference.pyramid, other.pyramid, np.eye(3))
    assert rows is None
    assert np.array_equal(homography, np.eye(3))


def test_small_frames_have_no_rows() -> None:
    frames, _ = burst(64, 96, count=2)
    first, second = (reference_of(light_of_frame(frame), 0.0).pyramid for frame in frames)
    assert row_flow(first, second, np.eye(3))[1] is None


def test_a_frame_like_the_reference_has_no_rows() -> None:
    one = reference_of(light_of_frame(frame_of(mosaic_of(*SIZE, scene=light), noise=None)), 0.0).pyramid
    homography, rows = row_flow(one, one, np.eye(3))
    assert rows is None
    assert np.array_equal(homography, np.eye(3))
