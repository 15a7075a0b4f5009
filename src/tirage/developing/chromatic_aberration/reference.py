"""Moving red and blue in NumPy float64: slow, obvious, sharing no code with the kernel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import REACH, RUN

#: Mirrored around the frame, px.
MARGIN = 4 * REACH


def corrected(
    mosaic: np.ndarray, centre: tuple[float, float], law: np.ndarray, reach: int, scale: np.ndarray, white: int
) -> np.ndarray:
    """`mosaic` (H, W) uint16 with red at even places of even rows, red and blue moved over green; see kernel.py."""
    stored = np.pad(mosaic.astype(np.float64), MARGIN, mode="reflect")
    green = _green(stored)
    out = mosaic.copy()
    for colour in (0, 1):
        height, width = ((side + 1 - colour) // 2 for side in mosaic.shape)
        lens = _Lens(colour, centre, law[colour], reach)
        own, own_green = (values[colour::2, colour::2] for values in (stored, green))
        rows, columns = np.arange(-REACH, height + REACH), np.arange(-REACH, width + REACH)
        here = (rows + MARGIN // 2)[:, None], (columns + MARGIN // 2)[None]
        difference = own[here] - scale[colour] * _green_under(green, rows, columns, lens)
        out[colour::2, colour::2] = _moved(difference, own, scale[colour] * own_green, (height, width), lens, white)
    return out


def _green_under(green: np.ndarray, rows: np.ndarray, columns: np.ndarray, lens: _Lens) -> np.ndarray:
    """Green as it lies under samples before their light was shifted: first at the height of each, then across."""
    pixels = np.arange(2 * columns[0] - REACH - 2, 2 * columns[-1] + REACH + 5)
    down = -lens.shifts(rows, pixels // 2)[1]
    i, j = (2 * rows + lens.colour + MARGIN)[:, None], (pixels + MARGIN)[None]
    lowered = _cubic(lambda whole: green[i + whole, j], down)
    across = -lens.shifts(rows, columns)[0]
    i, j = np.arange(len(rows))[:, None], (2 * columns + lens.colour - pixels[0])[None]
    return _cubic(lambda whole: lowered[i, j + whole], across)


def _moved(
    difference: np.ndarray, own: np.ndarray, green: np.ndarray, size: tuple[int, int], lens: _Lens, white: int
) -> np.ndarray:
    """The colour's samples, (height, width) = `size`: the difference moved, and green; not far beyond their neighbours.

    `difference` starts REACH samples before the first, `own` and `green` MARGIN pixels.
    """
    rows, columns = np.arange(size[0]), np.arange(size[1])
    wide = np.arange(-REACH, size[1] + REACH)
    i, j = (rows + REACH)[:, None], (wide + REACH)[None]
    fallen = _cubic(lambda whole: difference[i + whole, j], lens.shifts(rows, wide)[1] / 2)
    right, below = (part / 2 for part in lens.shifts(rows, columns))
    smooth = _cubic(lambda whole: fallen[rows[:, None], (columns + REACH)[None] + whole], right)
    i, j = (rows + MARGIN // 2)[:, None], (columns + MARGIN // 2)[None]
    value = smooth + green[i, j]
    i, j = i + np.floor(below).astype(int), j + np.floor(right).astype(int)
    nearest = np.array([own[i + a, j + b] for a in (0, 1) for b in (0, 1)])
    least, most = nearest.min(axis=0), nearest.max(axis=0)
    value = np.clip(value, 2 * least - most, 2 * most - least)
    value = np.where(least >= white, least, np.clip(value, 0, np.maximum(white, most)))
    return np.floor(value + 0.5)


@dataclass(frozen=True, eq=False)
class _Lens:
    colour: int
    centre: tuple[float, float]
    law: np.ndarray
    reach: int

    def shifts(self, rows: np.ndarray, columns: np.ndarray) -> list[np.ndarray]:
        """How far to the right of and below samples their light lies, px: place from the centre (x, y) x (a + b r^2).

        It is that of the middle of each run of samples.
        """
        x = (2 * RUN * (columns // RUN) + RUN + self.colour - self.centre[0])[None]
        y = (2 * rows + self.colour - self.centre[1])[:, None]
        factor = self.law[0] + self.law[1] * (x * x + y * y)
        return [np.clip(part * factor, -self.reach, self.reach) for part in (x, y)]


def _cubic(at: Callable[[np.ndarray], np.ndarray], places: np.ndarray) -> np.ndarray:
    """The samples `at(whole places)`, joined by cubics (Catmull and Rom) at `places`."""
    whole = np.floor(places).astype(int)
    t = places - whole
    return (
        ((2 - t) * t - 1) * t / 2 * at(whole - 1)
        + ((3 * t - 5) * t * t + 2) / 2 * at(whole)
        + ((4 - 3 * t) * t + 1) * t / 2 * at(whole + 1)
        + (t - 1) * t * t / 2 * at(whole + 2)
    )


def _green(stored: np.ndarray) -> np.ndarray:
    """Green everywhere; at red and blue between the neighbours that differ less."""
    green = stored.copy()
    padded = np.pad(stored, 1, mode="reflect")
    up, down, left, right = padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]
    along, aside = (up - down) ** 2 + 1, (left - right) ** 2 + 1
    mixed = ((up + down) * aside + (left + right) * along) / (2 * (along + aside))
    for colour in (0, 1):
        green[colour::2, colour::2] = mixed[colour::2, colour::2]
    return green
