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


def over(canvas: np.ndarray, paint: np.ndarray, cover: np.ndarray) -> None:
    """Lay `paint` over `canvas`, in place, as far as `cover` (0..1) says."""
    canvas += (paint - canvas) * cover


def fractal_noise(down: np.ndarray, across: np.ndarray, octaves: int, seed: int) -> np.ndarray:
    """Value noise (len(down), len(across)), 0..1 about 0.5: octaves of random lattices, each finer and half as strong.

    `down` and `across` are the lattice coordinates of the rows and of the columns.
    """
    down, across = np.asarray(down) - np.min(down), np.asarray(across) - np.min(across)
    total = np.zeros((down.size, across.size), np.float32)
    for octave in range(octaves):
        scale = 2.0**octave
        total += 0.5**octave * _lattice_noise(down * scale, across * scale, seed + 1000 * octave)
    return total / (2.0 - 0.5 ** (octaves - 1))


def _lattice_noise(down: np.ndarray, across: np.ndarray, seed: int) -> np.ndarray:
    shape = int(down.max()) + 2, int(across.max()) + 2
    lattice = np.random.Generator(np.random.Philox(seed)).random(shape, dtype=np.float32)
    row, column = down.astype(np.intp), across.astype(np.intp)
    v = smoothstep(0.0, 1.0, (down - row).astype(np.float32))[:, None]
    h = smoothstep(0.0, 1.0, (across - column).astype(np.float32))[None]
    wide = lerp(lattice[:, column], lattice[:, column + 1], h)
    return lerp(wide[row], wide[row + 1], v)


def colour(code: int) -> tuple[float, float, float]:
    """The linear light of an sRGB code 0xRRGGBB (IEC 61966-2-1)."""
    encoded = [(code >> shift & 255) / 255 for shift in (16, 8, 0)]
    red, green, blue = (e / 12.92 if e <= 0.04045 else ((e + 0.055) / 1.055) ** 2.4 for e in encoded)
    return red, green, blue


#: Linear sRGB to linear Rec.2020, both D65 (ITU-R BT.2087-0, M1).
