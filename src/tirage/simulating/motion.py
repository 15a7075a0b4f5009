"""How a hand shakes, a shutter rolls and objects move while a burst is taken: every number drawn from the seed.

Places are in pixels of the reference, x to the right, y down, the centre of the first pixel at 0, 0. Frame 0 is the
reference: neither shaken nor wobbling.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .drawing import smoothstep

#: An object's edge is this wide, so that it is no sharper than a lens draws.
_EDGE_PX = 1.5
#: Rolling shutters wobble with what shakes the hand: some cycles while the frame is read.
_WOBBLES = (0.7, 1.9)


@dataclass(frozen=True)
class MovingObject:
    """A disc at (`x`, `y`) in frame 0 that moves by (`step_x`, `step_y`) from one frame to the next.

    It carries the light that lies `away` (x, y) from it in frame 0, times `gain` of red, green and blue; without, it is
    what lies behind it, times `gain`.
    """

    x: float
    y: float
    radius_px: float
    step_x: float
    step_y: float
    away: tuple[float, float] | None
    gain: tuple[float, float, float]

    def cover(self, x: np.ndarray, y: np.ndarray, frame: int) -> np.ndarray:
        """How far the object hides what lies at (`x`, `y`) of the scene while `frame` is taken, 0..1."""
        across, down = x - (self.x + frame * self.step_x), y - (self.y + frame * self.step_y)
        half = _EDGE_PX / 2
        return smoothstep(self.radius_px + half, self.radius_px - half, np.hypot(across, down)).astype(np.float32)

    def picture(self, x: np.ndarray, y: np.ndarray, frame: int) -> tuple[np.ndarray, np.ndarray]:
        """Where in the scene its own light at (`x`, `y`) comes from."""
        if self.away is None:
            return x, y
        return x - frame * self.step_x + self.away[0], y - frame * self.step_y + self.away[1]

    def bounds(self, frame: int) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of what it may hide."""
        x, y, reach = self.x + frame * self.step_x, self.y + frame * self.step_y, self.radius_px + _EDGE_PX
        return x - reach, y - reach, x + reach, y + reach


def shaken(
    frames: int, size: tuple[int, int], shake_px: float, rotation_degrees: float, perspective_px: float, seed: int
) -> np.ndarray:
    """(frames, 3, 3) homographies from pixels of each frame to those of frame 0, whose own is the identity.

    Shifts and rotations about the centre are uniform within plus and minus what is given; perspective moves the
    corners of the picture by up to `perspective_px`.
    """
    height, width = size
    random = _random(seed, 1)
    found = [np.eye(3)]
    centre = np.array([[1, 0, (width - 1) / 2], [0, 1, (height - 1) / 2], [0, 0, 1.0]])
    for _ in range(1, frames):
        shift_x, shift_y, angle, tilt_x, tilt_y = random.uniform(-1, 1, 5)
        turn = np.radians(rotation_degrees * angle)
        rigid = np.array(
            [
                [np.cos(turn), -np.sin(turn), shake_px * shift_x],
                [np.sin(turn), np.cos(turn), shake_px * shift_y],
                [0, 0, 1],
            ]
        )
        # x / (1 + p x) moves a corner at x by p x^2; both tilts together reach it at most.
        tilt = np.eye(3)
        tilt[2, :2] = perspective_px * np.array([tilt_x, tilt_y]) / 2**0.5 / (np.hypot(width, height) / 2) ** 2
        found.append(centre @ rigid @ tilt @ np.linalg.inv(centre))
    return np.stack(found)


def wobbling(frames: int, height: int, rolling_shutter_px: float, seed: int) -> np.ndarray:
    """(frames, height, 2) by which rows are displaced, x and y, beside the homographies; 0 in frame 0."""
    random = _random(seed, 2)
    down = np.arange(height) / max(height, 1)
    displaced = np.zeros((frames, height, 2))
    for frame in range(1, frames):
        for axis, share in ((0, 1.0), (1, 0.5)):
            wobbles, phase = random.uniform(*_WOBBLES), random.uniform(0, 1)
            displaced[frame, :, axis] = rolling_shutter_px * share * np.sin(2 * np.pi * (wobbles * down + phase))
    return displaced


def moving_objects(
    count: int,
    size: tuple[int, int],
    frames: int,
    *,
    step_px: float,
    diameter_px: float | None,
    contrast: float | None,
    seed: int,
) -> tuple[MovingObject, ...]:
    """`count` objects that stay within the picture where there is room.

    `diameter_px` is a seventh of the shorter side unless given. With `contrast` an object is what lies behind it,
    that much brighter; without, it carries another part of the picture in another colour.
    """
    height, width = size
    random = _random(seed, 3)
    radius = (min(size) / 7 if diameter_px is None else diameter_px) / 2
    found = []
    for _ in range(count):
        place, direction, *rest = random.uniform(0, 1, 7)
        step_x, step_y = step_px * np.cos(2 * np.pi * direction), step_px * np.sin(2 * np.pi * direction)
        across, down = (frames - 1) * step_x, (frames - 1) * step_y
        x = _between(place, radius, width - radius, across)
        y = _between(rest[0], radius, height - radius, down)
        if contrast is None:
            away = float((0.25 + 0.2 * rest[1]) * width), float((0.25 + 0.2 * rest[2]) * height)
            gain = float(0.55 + 0.9 * rest[3]), 1.0, float(0.55 + 0.9 * rest[4])
        else:
            away, gain = None, (1 + contrast, 1 + contrast, 1 + contrast)
        found.append(MovingObject(x, y, radius, float(step_x), float(step_y), away, gain))
    return tuple(found)


def shown(
    x: np.ndarray, y: np.ndarray, objects: tuple[MovingObject, ...], frame: int
) -> Iterator[tuple[MovingObject, tuple[np.ndarray, ...], np.ndarray]]:
    """Each object that `frame` shows at the places (`x`, `y`) of the scene: itself, where, and how far it covers."""
    left, top, right, bottom = x.min(), y.min(), x.max(), y.max()
    for one in objects:
        x0, y0, x1, y1 = one.bounds(frame)
        if x1 < left or x0 > right or y1 < top or y0 > bottom:
            continue
        where = np.nonzero((x >= x0) & (x <= x1) & (y >= y0) & (y <= y1))
        if where[0].size:
            yield one, where, one.cover(x[where], y[where], frame)


def _between(place: float, low: float, high: float, travel: float) -> float:
    """A start from which something that travels so far stays between `low` and `high`, the middle if there is none."""
    first, last = low - min(travel, 0), high - max(travel, 0)
    return float(first + place * (last - first) if last > first else (low + high - travel) / 2)


def _random(seed: int, purpose: int) -> np.random.Generator:
    """Numbers of their own for each purpose: what one setting draws does not change another's."""
    return np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, purpose, 0]))
