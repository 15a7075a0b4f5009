"""Where an object went, to a fraction of a pixel, in greys with unit noise."""

from __future__ import annotations

import numpy as np

from tirage.merging.align.homography import halved
from tirage.merging.align.objects import moved_objects

DOWN, ACROSS = 5.3, -4.6


def _greys() -> tuple[np.ndarray, np.ndarray]:
    """A faint still scene with a square before it that moves, as two frames see it."""
    random = np.random.default_rng(7)
    y, x = np.mgrid[:160, :192].astype(np.float64)

    def seen(down: float, across: float) -> np.ndarray:
        v, u = y - down, x - across
        still = 60 + 6 * np.sin(x / 6) * np.cos(y / 9)
        moving = 75 + 5 * np.sin(u / 3.1 + v / 11) + 5 * np.cos(v / 3.7 - u / 13)
        inside = (np.abs(v - 80) < 40) & (np.abs(u - 96) < 40)
        return (np.where(inside, moving, still) + random.standard_normal(x.shape)).astype(np.float32)

    return seen(0, 0), seen(DOWN, ACROSS)


def test_an_object_is_followed_to_a_fraction_of_a_pixel() -> None:
    reference, image = _greys()
    levels = [reference]
    for _ in range(3):
        levels.append(halved(levels[-1]))
    flow, far = moved_objects(levels, image, np.eye(3))
    assert flow is not None
    inside = np.s_[7:13, 9:15]
    assert far[inside].all()
    error = flow[inside] - np.array([DOWN, ACROSS])
    assert float(np.sqrt((error**2).mean())) < 0.16  # a cell by itself: 0.21
    assert not flow[:2].any() and not flow[:, -4:].any()


def test_what_the_frame_does_not_show_has_not_moved() -> None:
    random = np.random.default_rng(5)
    y, x = np.mgrid[:128, :192]
    grey = (20 + 6 * np.sin(x / 5) * np.cos(y / 7)).astype(np.float32)
    one, other = ((grey + random.standard_normal(grey.shape)).astype(np.float32) for _ in range(2))
    levels = [one]
    while len(levels) < 3:
        levels.append(halved(levels[-1]))
    away = np.array([[1, 0, 17.0], [0, 1, -21.0], [0, 0, 1]])
    flow, _ = moved_objects(levels, np.roll(other, (-21, 17), (0, 1)), away)
    assert flow is None or not flow[:2].any()
