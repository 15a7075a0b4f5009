"""The test board in the scene's meadow: lettering, lines, a zone plate to the pixel's limit, a chart of colours."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .drawing import colour, fractal_noise, over, smoothstep

#: The chart, four rows of sRGB codes: skins, leaf and sky; mixed colours; primaries; greys.
CHART = (
    (0x735244, 0xC29682, 0xE8C3A8, 0x8A5A3C, 0x576C43, 0x627A9D),
    (0xD67E2C, 0x505BA6, 0xC15A63, 0x5E3C6C, 0x9DBC40, 0xE0A32E),
    (0x383D96, 0x469449, 0xAF363C, 0xE7C71F, 0xBB5695, 0x0885A1),
    (0xF3F3F2, 0xC8C8C8, 0xA0A0A0, 0x7A7A79, 0x555555, 0x343434),
)

#: The lettering, 5 x 7 dots a letter, one number a row, one bit a dot.
LETTERS = {
    "T": (31, 4, 4, 4, 4, 4, 4),
    "I": (14, 4, 4, 4, 4, 4, 14),
    "R": (30, 17, 17, 30, 20, 18, 17),
    "A": (14, 17, 17, 31, 17, 17, 17),
    "G": (14, 17, 16, 23, 17, 17, 14),
    "E": (31, 16, 16, 30, 16, 16, 31),
}


def paint_board(light: np.ndarray, down: np.ndarray, across: np.ndarray, left: float, sun: Sequence[float]) -> None:
    """Put the board into `light` (3, H, W), with its left side at `left`; `sun` is the light on it.

    `down` and `across` are the places of the rows and columns, in picture heights.
    """
    pixel = 1.0 / down.size
    top, wide, tall = 0.655, 0.46, 0.235
    rows = slice(*np.searchsorted(down, (top - 0.02, top + tall + 0.13)))
    columns = slice(*np.searchsorted(across, (left - 0.02, left + wide + 0.02)))
    y, x = (down[rows] - top)[:, None], (across[columns] - left)[None]
    if y.size == 0 or x.size == 0:
        return
    window = light[:, rows, columns]

    def box(x0: float, y0: float, w: float, h: float) -> np.ndarray:
        """How much of each pixel lies in a box: adjoining boxes add up to one."""
        inside_x = np.clip((w / 2 - np.abs(x - x0 - w / 2)) / pixel + 0.5, 0, 1)
        inside_y = np.clip((h / 2 - np.abs(y - y0 - h / 2)) / pixel + 0.5, 0, 1)
        return inside_x * inside_y

    def paint(reflectance: Sequence[float | np.ndarray], cover: np.ndarray) -> None:
        for c in range(3):
            over(window[c], reflectance[c] * sun[c], cover)

    grain = fractal_noise(y[:, 0] * 26.0, x[0] * 320.0, octaves=3, seed=96)
    plank = fractal_noise(y[:, 0] * 300.0, x[0] * 22.0, octaves=4, seed=97)
    grassline = smoothstep(0.118 + 0.012 * plank, 0.085 + 0.012 * plank, y - tall)
    posts = box(0.06, 0.0, 0.025, tall + 0.13) + box(wide - 0.085, 0.0, 0.025, tall + 0.13)
    paint([tone * (0.5 + grain) for tone in (0.136, 0.084, 0.046)], posts * grassline)
    paint([tone * (0.45 + plank) for tone in (0.22, 0.145, 0.085)], box(0, 0, wide, tall))
    margin = 0.012
    paint((0.76, 0.75, 0.71), box(margin, margin, wide - 2 * margin, tall - 2 * margin))
    paint((0.035, 0.035, 0.04), _lettering(box, 0.026, 0.028, 0.0063))
    for index in range(14):  # lines from 4 pixels of the default size down to 1
        thin = (4.0 - 3.0 * index / 13) / 1500
        lines = 0.5 + 0.5 * np.sign(np.sin(np.pi * x / thin))
        paint((0.035, 0.035, 0.04), lines * box(0.026 + 0.0158 * index, 0.084, 0.0145, 0.012))
    radius = 0.092
    r = np.hypot(x - (wide - 0.11), y - tall / 2)
    zone = 0.5 + 0.5 * np.cos(np.pi * r * r / (2 * radius * 2 / 1500))  # half a cycle per pixel at the rim at 1500 rows
    paint([0.04 + 0.70 * zone] * 3, smoothstep(pixel / 2, -pixel / 2, r - radius))
    _chart(paint, x - 0.026, y - 0.104, pixel)


def _chart(paint: Callable[..., None], x: np.ndarray, y: np.ndarray, pixel: float) -> None:
    """The patches of CHART, from (0, 0) on."""
    pitch_x, pitch_y, wide, tall = 0.0368, 0.0302, 0.0315, 0.0275
    column, row = np.floor((x + pixel) / pitch_x), np.floor((y + pixel) / pitch_y)
    inside_x = np.clip((wide / 2 - np.abs(x - column * pitch_x - wide / 2)) / pixel + 0.5, 0, 1)
    inside_y = np.clip((tall / 2 - np.abs(y - row * pitch_y - tall / 2)) / pixel + 0.5, 0, 1)
    inside_x *= (column >= 0) & (column < len(CHART[0]))
    inside_y *= (row >= 0) & (row < len(CHART))
    palette = np.array([[colour(code) for code in codes] for codes in CHART], np.float32)
    which = np.clip(row, 0, len(CHART) - 1).astype(int), np.clip(column, 0, len(CHART[0]) - 1).astype(int)
    paint(np.moveaxis(palette[which], -1, 0), inside_x * inside_y)


def _lettering(box: Callable[..., np.ndarray], left: float, top: float, dot: float) -> np.ndarray:
    """The cover of the word, made of dots of the size `dot`."""
    ink: np.ndarray | float = 0.0
    for index, letter in enumerate("TIRAGE"):
        for row, bits in enumerate(LETTERS[letter]):
            for column in range(5):
                if bits >> (4 - column) & 1:
                    ink = ink + box(left + (6 * index + column) * dot, top + row * dot, dot, dot)
    return np.asarray(ink)
