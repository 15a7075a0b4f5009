"""A landscape rendered by numbers: the photograph of the demo and the tests when no file is at hand.

Drawn in linear light and seen through a good lens, with what a developer finds hard: a sun far beyond the clip,
smooth skies, snow, leaves and grass near the pixel's scale, saturated balloons, lettering, a zone plate, a chart.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..photo.errors import UsageError
from ..photo.image import GREY_OFFSET_STOPS, SceneImage
from .board import CHART, paint_board
from .drawing import colour, fractal_noise, lerp, over, smoothstep
from .photograph import srgb_light

#: Places are (across, down) in picture heights; across, 0 is the middle of the picture.
SUN = (-0.40, 0.27)
SUN_LIGHT = (1.0, 0.90, 0.74)
SKY_LIGHT = (0.42, 0.62, 1.0)
MEADOW_LIGHT = (1.34, 1.31, 1.30)
WATERLINE = 0.60
SHORE = 0.81


def demo_scene(height: int = 1500, width: int = 2000) -> SceneImage:
    """A lake under mountains, with balloons and a test board, at any size from 32 x 32; the same every time.

    `pixels` (3, height, width) float32, scene-linear Rec.2020 D65, 0.18 = grey, from 0 to about 60 (the sun).
    Raises UsageError for a smaller size.
    """
    if height < 32 or width < 32:
        raise UsageError(f"the demo scene needs at least 32 x 32 pixels, not {width} x {height}")
    down = ((np.arange(height) + 0.5) / height).astype(np.float32)
    across = ((np.arange(width) + 0.5 - width / 2) / height).astype(np.float32)
    light = _sky(down, across)
    _mountains(light, down, across)
    half = 0.5 * width / height
    _balloon(light, down, across, (0.52 * half, 0.27, 0.165), CHART[2] + CHART[1], gores=24)
    _balloon(light, down, across, (0.10 * half, 0.425, 0.045), (0x161616, 0xF3F3F2), gores=40)
    _balloon(light, down, across, (-0.14 * half, 0.15, 0.032), (0xC29682, 0x735244, 0xE8C3A8), gores=18)
    _lake(light, down, across)
    _meadow(light, down, across)
    sun = [0.86 * direct + 0.24 * sky for direct, sky in zip(SUN_LIGHT, SKY_LIGHT, strict=True)]
    paint_board(light, down, across, left=-0.86 * half, sun=sun)
    return SceneImage(np.maximum(srgb_light(_through_a_lens(light)), 0), white=2.0**GREY_OFFSET_STOPS)


def _through_a_lens(light: np.ndarray) -> np.ndarray:
    """`light` as a good lens and a pixel's area leave it: a fifth of the contrast of one-pixel lines."""
    light = np.pad(light, ((0, 0), (1, 1), (1, 1)), "edge")
    light = (light[:, :-2] + 3 * light[:, 1:-1] + light[:, 2:]) / np.float32(5)
    return (light[:, :, :-2] + 3 * light[:, :, 1:-1] + light[:, :, 2:]) / np.float32(5)


def _sky(down: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Blue that pales towards the horizon, warm about the sun, with clouds that thin out on high."""
    light = np.zeros((3, down.size, across.size), np.float32)
    above = int(np.searchsorted(down, WATERLINE + 2 / down.size))
    sky, down = light[:, :above], down[:above]
    height = smoothstep(WATERLINE, -0.15, down)[:, None]
    distance = np.hypot(across[None] - SUN[0], 1.15 * (down[:, None] - SUN[1]))
    glow = 0.55 / (1.0 + (distance / 0.13) ** 2) + 0.10 * np.exp(-distance / 0.5)
    low, high = np.array((0.62, 0.57, 0.50)), np.array((0.050, 0.140, 0.39))
    clouds = np.log2(1.0 + 2.2 * np.maximum(WATERLINE + 0.06 - down, 0.02)) * 9.0  # they flatten with distance
    texture = fractal_noise(clouds, across * 3.0, octaves=7, seed=11)
    towards_sun = fractal_noise(clouds + 0.10, across * 3.0 + 0.16, octaves=4, seed=11)
    density = smoothstep(0.50, 0.78, texture) * smoothstep(0.58, 0.40, down)[:, None]
    lit = smoothstep(-0.20, 0.22, texture - towards_sun)
    disc = 60.0 * smoothstep(0.0225, 0.0215, distance) + 3.0 * np.exp(-distance / 0.012)
    for c in range(3):
        clear = low[c] * (high[c] / low[c]) ** height + SUN_LIGHT[c] * glow
        cloud = lerp(0.30 * SKY_LIGHT[c] + 0.10, 0.92 * SUN_LIGHT[c] + 0.06, lit) + 0.6 * SUN_LIGHT[c] * glow
        sky[c] = lerp(clear, cloud, 0.9 * density) + SUN_LIGHT[c] * disc
    return light


def _mountains(light: np.ndarray, down: np.ndarray, across: np.ndarray) -> None:
    """Ridges one before the other, from snow in the haze to woods by the water, lit from the sun's side."""
    pixel = 1.0 / down.size
    ridges = (  # crest, relief, cells, haze, rock or wood, snow
        (0.430, 0.40, 1.9, 0.20, (0.135, 0.125, 0.130), 1.0),
        (0.515, 0.17, 3.1, 0.22, (0.100, 0.098, 0.082), 0.0),
        (0.560, 0.10, 4.6, 0.10, (0.042, 0.075, 0.026), 0.0),
        (0.590, 0.045, 8.0, 0.0, (0.013, 0.030, 0.008), 0.0),
    )
    for number, (crest, relief, cells, haze, ground, snow) in enumerate(ridges):
        profile = fractal_noise(np.zeros(1), across * cells, octaves=9, seed=33 + number)[0]
        top = crest - relief * (profile - 0.42)
        if not snow:  # tree tops
            top -= (0.011 - 0.03 * haze) * fractal_noise(np.zeros(1), across * 170.0, octaves=3, seed=40 + number)[0]
        first, last = (int(np.clip(np.searchsorted(down, y), 0, down.size)) for y in (top.min() - pixel, WATERLINE))
        if first >= last:
            continue
        y = down[first:last, None]
        depth = y - top[None]
        # Light from the left: what rises faster than its neighbour on the right is lit.
        texture, lit = _slopes(down[first:last], across, cells, octaves=8 if snow else 6, seed=50 + 2 * number)
        leaves = fractal_noise(down[first:last] * 300.0, across * 240.0, octaves=2, seed=60 + number)
        white = smoothstep(0.10, 0.06, depth + 0.45 * (texture - 0.5)) * snow
        valley = smoothstep(crest - 0.10, WATERLINE, y) * min(3 * haze, 0.7)  # where haze gathers
        veil = haze + (0.75 - haze) * valley
        glare = np.exp(-np.abs(across[None] - SUN[0]) / 0.4)
        cover = smoothstep(-0.7 * pixel, 0.7 * pixel, depth)
        for c in range(3):
            albedo = lerp(ground[c] * 2.6 * leaves**1.5, (0.82, 0.83, 0.86)[c] * (0.85 + 0.3 * leaves), white)
            shade = 0.30 * SKY_LIGHT[c] + 1.20 * SUN_LIGHT[c] * lit
            air = 0.24 * SKY_LIGHT[c] + 0.14 + (0.06 + 0.25 * glare) * SUN_LIGHT[c]
            over(light[c, first:last], lerp(albedo * shade, air, veil), cover)


def _slopes(
    down: np.ndarray, across: np.ndarray, cells: float, octaves: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Texture of a hillside, 0..1, and how far the sun reaches it: spurs that run down to the left and to the right."""
    lean = np.rint(np.arange(down.size) * 0.75).astype(np.intp)
    step = across[1] - across[0]
    wide = across[0] + step * np.arange(-lean[-1], across.size + lean[-1])
    texture, lit = np.zeros((2, down.size, across.size), np.float32)
    for side in (-1, 1):
        at = np.arange(across.size)[None] + lean[-1] + side * lean[:, None]
        rows, columns = down * cells * 2.4, wide * cells * 2.4
        noise = fractal_noise(rows, columns, octaves, seed=seed + (side > 0))
        shifted = fractal_noise(rows - 0.012, columns - 0.035, octaves, seed=seed + (side > 0))
        texture += 0.5 * np.take_along_axis(noise, at, axis=1)
        lit += np.take_along_axis(noise - shifted, at, axis=1)
    return texture, smoothstep(-0.04, 0.055, lit)


def _balloon(
    light: np.ndarray,
    down: np.ndarray,
    across: np.ndarray,
    place: tuple[float, float, float],
    codes: Sequence[int],
    gores: int,
) -> None:
    """A hot-air balloon of `gores` strips in `codes`, at `place` (across, down, radius), sun on its left."""
    centre, middle, radius = place
    pixel = 1.0 / down.size
    rows = slice(*np.searchsorted(down, (middle - 1.1 * radius, middle + 2.3 * radius)))
    columns = slice(*np.searchsorted(across, (centre - 1.1 * radius, centre + 1.1 * radius)))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    y = ((down[rows] - middle) / radius)[:, None]
    x = ((across[columns] - centre) / radius)[None]
    edge = pixel / radius
    # The envelope: a sphere above, drawn in to its mouth below.
    below = np.clip(y / 1.45, 0, 1)
    outline = np.where(y < 0, np.sqrt(np.maximum(1 - y * y, 0)), 1 - 0.78 * below**1.75)
    turn = np.clip(x / np.maximum(outline, 1e-3), -1, 1)
    angle = np.arcsin(turn)
    which = (angle / np.pi + 0.5) * (gores / 2) + 0.3
    fraction = which - np.floor(which)
    strip = np.floor(which).astype(np.int32)
    seam = 1 - 0.35 * smoothstep(0.10, 0.0, np.minimum(fraction, 1 - fraction))
    bulge = 0.10 * np.sin(2 * np.pi * (fraction - 0.25))
    normal_x, normal_y = np.sin(angle + bulge), np.clip(y * 0.85, -1, 0.8)
    facing = np.sqrt(np.maximum(1 - normal_x**2 * (1 - normal_y**2), 0.0))
    sun = np.clip(-0.66 * normal_x * np.sqrt(1 - normal_y**2) - 0.42 * normal_y + 0.55 * facing, 0, None)
    ambient = 0.42 - 0.22 * normal_y
    gap = 1.0 / (gores / 2)
    inside = smoothstep(1.5 + edge, 1.5 - edge, y) * smoothstep(-1 - edge, -1 + edge, y)
    inside = inside * smoothstep(edge, -edge, np.abs(x) - outline)
    band = smoothstep(0.015, 0.0, np.abs(np.abs(y - 0.12) - 0.17) - 0.02)
    glow = np.exp(-((x / 0.5) ** 2) - ((y - 1.5) / 0.55) ** 2)  # the burner shines through the cloth
    palette = np.array([colour(code) for code in codes], np.float32)
    # Two neighbouring strips mix where their border crosses a pixel.
    blur = np.clip(edge / np.maximum(gap * outline * np.cos(angle), 1e-3), 0.01, 1.0)
    mix = 0.5 * smoothstep(1 - blur, 1.0, fraction) - 0.5 * smoothstep(blur, 0.0, fraction)
    here, beside = strip % len(codes), (strip + np.where(mix >= 0, 1, -1)) % len(codes)
    for c in range(3):
        cloth = lerp(palette[here, c], palette[beside, c], np.abs(mix)) * seam
        cloth = lerp(cloth, palette[(here + 2) % len(codes), c] * seam, band)
        lit = cloth * (1.10 * SUN_LIGHT[c] * sun + ambient * SKY_LIGHT[c]) + glow * (0.50, 0.22, 0.04)[c]
        over(light[c, rows, columns], lit, inside)
        # Ropes and basket.
        rope = np.abs(np.abs(x) - (0.22 - 0.10 * (y - 1.5))) * radius
        ropes = smoothstep(0.9 * pixel, 0.2 * pixel, rope) * (y > 1.48) * (y < 1.9)
        over(light[c, rows, columns], 0.03, 0.8 * ropes)
        wicker = (0.14, 0.085, 0.04)[c] * (1.0 + 0.4 * np.sign(np.sin(x * 60) * np.sin(y * 60))) * (0.7 - 1.5 * x)
        basket = smoothstep(edge, -edge, np.abs(x) - 0.17) * smoothstep(edge, -edge, np.abs(y - 2.0) - 0.12)
        over(light[c, rows, columns], wicker, basket)


def _lake(light: np.ndarray, down: np.ndarray, across: np.ndarray) -> None:
    """The water: what is above it upside down, shaken by ripples that grow towards the viewer, and the sun's path."""
    first, last = np.searchsorted(down, (WATERLINE, SHORE + 0.03))
    if first >= last:
        return
    rows = down[first:last]
    near = ((rows - WATERLINE) / (SHORE - WATERLINE)).astype(np.float32)[:, None]
    waves = 14.0 * np.log(rows - WATERLINE + 0.015)
    ripple = fractal_noise(waves * 2.2, across * 9.0, octaves=5, seed=71) - 0.5
    fine = fractal_noise(waves * 7.0, across * 26.0, octaves=4, seed=72) - 0.5
    slope = (ripple + 0.6 * fine) * (0.02 + 0.16 * near)
    mirrored = WATERLINE - 1.25 * (rows[:, None] - WATERLINE) - slope - 0.004
    source_row = np.clip(mirrored * down.size, 0, first - 1).astype(np.intp)
    shift = (fine * 0.03 * near * down.size).astype(np.intp)
    source_column = np.clip(np.arange(across.size)[None] + shift, 0, across.size - 1)
    grazing = 0.82 - 0.42 * near - 0.25 * np.clip(slope * 4, -0.5, 1)
    deep = (0.010, 0.030, 0.040)
    spread = 0.035 + 0.09 * near
    path = np.exp(-(((across[None] - SUN[0]) / spread) ** 2))
    glint = smoothstep(0.16 - 0.1 * path, 0.34, ripple * 0.7 + fine) * path
    shallows = smoothstep(0.75, 1.0, near)
    for c in range(3):
        mirror = np.minimum(light[c][source_row, source_column], 2.5)
        water = grazing * mirror + deep[c] + (0.05, 0.06, 0.04)[c] * shallows
        light[c, first:last] = water + 9.0 * SUN_LIGHT[c] * glint * (1.05 - near)


def _meadow(light: np.ndarray, down: np.ndarray, across: np.ndarray) -> None:
    """Grass down to single blades, and flowers that grow larger towards the viewer."""
    pixel = 1.0 / down.size
    bank = SHORE + 0.035 * (fractal_noise(np.zeros(1), across * 1.7, octaves=5, seed=80)[0] - 0.4)
    blades = 0.014 * fractal_noise(np.zeros(1), across * 190.0, octaves=3, seed=81)[0]
    first = int(np.searchsorted(down, (bank - blades).min() - pixel))
    rows = down[first:]
    if rows.size == 0:
        return
    depth = rows[:, None] - bank[None]
    stretch = 9.0 * np.log(rows - SHORE + 0.06)
    hills = fractal_noise(stretch * 0.7, across * 2.5, octaves=4, seed=82)
    tufts = fractal_noise(stretch * 4.0, across * 60.0, octaves=3, seed=83)
    lit = (0.25 + 0.55 * hills) * (0.30 + 1.2 * tufts**2) * 0.85
    cover = smoothstep(-pixel, pixel, depth + blades[None])
    for c in range(3):
        over(light[c, first:], (0.115, 0.215, 0.030)[c] * lit * MEADOW_LIGHT[c], cover)
    _grass(light, down, across)
    _flowers(light, down, across)


def _grass(light: np.ndarray, down: np.ndarray, across: np.ndarray) -> None:
    """Single blades, far ones first: bent lines a pixel wide, dark at the foot, some dry."""
    height, width = down.size, across.size
    blades = _random_table(95, 26000, 6)
    blades = blades[np.argsort(blades[:, 1])]
    for group in np.array_split(blades, 8):
        place, away, lean, long, tone, dry = group.T[..., None]
        foot_y = SHORE + 0.012 + (1.06 - SHORE) * away**1.3
        foot_x = (place - 0.5) * 1.04 * width / height
        size = (0.006 + 0.034 * (foot_y - SHORE) / (1 - SHORE)) * (0.5 + long)
        t = np.linspace(0, 1, int(size.max() * height) + 2, dtype=np.float32)
        row = ((foot_y - size * t) * height).astype(np.intp)
        column = ((foot_x + size * (lean - 0.5) * 1.3 * t**2) * height + width / 2).astype(np.intp)
        is_inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        patch = 0.75 + 0.35 * np.sin(9 * foot_x + 40 * foot_y) * np.sin(5 * foot_x - 23 * foot_y)
        shade = (0.10 + 1.05 * t) * (0.30 + 1.1 * tone**2) * patch
        is_dry = smoothstep(0.78, 0.95, dry * patch)
        pixels = row[is_inside] * width + column[is_inside]  # the blade that comes last is the nearest
        for c in range(3):
            blade = lerp((0.135, 0.245, 0.035)[c], (0.44, 0.37, 0.14)[c], is_dry) * MEADOW_LIGHT[c] * shade
            light[c].reshape(-1)[pixels] = blade[is_inside]


def _flowers(light: np.ndarray, down: np.ndarray, across: np.ndarray) -> None:
    """Poppies, buttercups, daisies and cornflowers: small discs of petals, in drifts."""
    random = _random_table(90, 700, 5)
    height, width = down.size, across.size
    colours = (0xD8261C, 0xF2C80F, 0xF4F1EA, 0x3D4FC4, 0xC9559A)
    for place, depth, kind, size, tilt in random[np.argsort(random[:, 1])]:
        y = SHORE + 0.025 + (1.03 - SHORE) * depth**1.4
        x = (place - 0.5) * max(width / height, 1.0) * 1.02
        drift = np.sin(7 * x + 3 * y) + np.sin(17 * x - 23 * y + 1.0)
        if drift < -0.4 + tilt:
            continue
        which = int(3.2 * kind * kind + 1.2 * (np.sin(4.3 * x) + 1)) % len(colours)
        radius = (0.0016 + 0.0085 * (y - SHORE) / (1 - SHORE)) * (0.6 + 0.7 * size) * (0.7 if which == 1 else 1.0)
        rows = slice(*np.searchsorted(down, (y - 1.6 * radius, y + 1.6 * radius)))
        columns = slice(*np.searchsorted(across, (x - 1.6 * radius, x + 1.6 * radius)))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            continue
        v = ((down[rows] - y) / (radius * (0.55 + 0.35 * tilt)))[:, None]
        h = ((across[columns] - x) / radius)[None]
        r, angle = np.hypot(v, h), np.arctan2(v, h)
        petals = 0.82 + 0.18 * np.cos((5 + which) * angle + 6 * tilt)
        edge = 1.0 / (height * radius)
        cover = smoothstep(edge, -edge, r - petals)
        heart = smoothstep(edge, -edge, r - 0.28)
        shade = (0.62 - 0.22 * h - 0.20 * v) * (0.75 + 0.35 * r)
        petal, middle = colour(colours[which]), colour((0x201818, 0xC88A10, 0xE8B415, 0x27275A, 0xE8C84A)[which])
        for c in range(3):
            lit = lerp(petal[c], middle[c], heart) * shade * (1.05 * SUN_LIGHT[c] + 0.30 * SKY_LIGHT[c])
            over(light[c, rows, columns], lit, cover)


def _random_table(seed: int, rows: int, columns: int) -> np.ndarray:
    """Numbers 0..1, float32."""
    return np.random.Generator(np.random.Philox(seed)).random((rows, columns), np.float32)
