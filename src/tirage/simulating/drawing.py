"""What a drawn scene is made of: noise, edges, mixing, colours. Arrays are float32 and linear."""

from __future__ import annotations

import numpy as np


def smoothstep(start: float | np.ndarray, end: float | np.ndarray, x: np.ndarray) -> np.ndarray:
    """0 at `start`, 1 at `end`, smooth between; `end` may be the smaller."""
    t = np.clip((x - start) / (end - start), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def lerp(a: float | np.ndarray, b: float | np.ndarray, share: np.ndarray) -> np.ndarray:
    """`a` where `share` is 0, `b` where it is 1."""
    return a + (b - a) * share


def over(canvas: np.ndarray, paint: float | np.ndarray, cover: np.ndarray) -> None:
    """Lay `paint` over `canvas`, in place, as far as `cover` (0..1) says."""
    canvas += (paint - canvas) * cover


def fractal_noise(down: np.ndarray, across: np.ndarray, octaves: int, seed: int) -> np.ndarray:
    """Value noise (len(down), len(across)), 0..1 about 0.5: octaves of random lattices, each finer and half as strong.

    `down` and `across` are the lattice coordinates of the rows and of the columns; equal ones give equal noise.
    """
    total = np.zeros((np.size(down), np.size(across)), np.float32)
    for octave in range(octaves):
        scale = 2.0**octave
        noise = _lattice_noise(down * scale, across * scale, seed + 1000 * octave)
        noise *= np.float32(0.5**octave)
        total += noise
    return total / np.float32(2.0 - 0.5 ** (octaves - 1))


def _lattice_noise(down: np.ndarray, across: np.ndarray, seed: int) -> np.ndarray:
    """A random number at every lattice point, 0..1, and what lies between."""
    row, column = np.floor(down).astype(np.int64), np.floor(across).astype(np.int64)
    rows, columns = np.arange(row.min(), row.max() + 2), np.arange(column.min(), column.max() + 2)
    lattice = _random(rows[:, None] * 0x10001 + columns[None] + seed * 0x9E3779B1)
    v = smoothstep(0.0, 1.0, (down - row).astype(np.float32))[:, None]
    h = smoothstep(0.0, 1.0, (across - column).astype(np.float32))[None]
    row, column = row - rows[0], column - columns[0]
    wide = lerp(lattice[:, column], lattice[:, column + 1], h)
    above = wide[row]
    above += (wide[row + 1] - above) * v
    return above


def _random(number: np.ndarray) -> np.ndarray:
    """A number 0..1 that looks random, float32, for each integer (Wellons's hash "lowbias32")."""
    x = (number & 0xFFFFFFFF).astype(np.uint32)
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B)
    return ((x ^ (x >> np.uint32(16))) >> np.uint32(8)).astype(np.float32) / np.float32(2**24)


def colour(code: int) -> tuple[float, float, float]:
    """The linear light of an sRGB code 0xRRGGBB (IEC 61966-2-1)."""
    encoded = [(code >> shift & 255) / 255 for shift in (16, 8, 0)]
    red, green, blue = (e / 12.92 if e <= 0.04045 else ((e + 0.055) / 1.055) ** 2.4 for e in encoded)
    return red, green, blue
