"""A landscape rendered by numbers: the photograph of the demo and the tests when no file is at hand.

Drawn in linear light, with what a developer finds hard: a sun far beyond the clip, smooth skies, snow, leaves and
grass at the pixel's scale, saturated balloons, lettering, a zone plate, a chart of skins, colours and greys.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..photo.errors import UsageError
from ..photo.image import GREY_OFFSET_STOPS, SceneImage
from .drawing import colour, fractal_noise, lerp, over, smoothstep, to_rec2020

#: Places are (across, down) in picture heights; across, 0 is the middle of the picture.
SUN = (-0.40, 0.27)
SUN_LIGHT = (1.0, 0.90, 0.74)
SKY_LIGHT = (0.42, 0.62, 1.0)
WATERLINE = 0.60
SHORE = 0.81

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


def demo_scene(height: int = 1500, width: int = 2000) -> SceneImage:
    """A lake under mountains, with balloons and a test board, at any size from 32 x 32; always the same.

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
    _board(light, down, across, left=-0.86 * half)
    return SceneImage(to_rec2020(light), white=2.0**GREY_OFFSET_STOPS)


def _sky(down: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Blue that pales towards the horizon, warm about the sun, with clouds that thin out on high."""
    height = smoothstep(WATERLINE, -0.15, down)[:, None]
    distance = np.hypot(across[None] - SUN[0], 1.15 * (down[:, None] - SUN[1]))
    glow = 0.55 / (1.0 + (distance / 0.13) ** 2) + 0.10 * np.exp(-distance / 0.5)
    light = np.empty((3, down.size, across.size), np.float32)
    low, high = (0.52, 0.54, 0.52), (0.055, 0.150, 0.40)
    for c in range(3):
        light[c] = low[c] * (high[c] / low[c]) ** height
        light[c] += SUN_LIGHT[c] * glow
    clouds = np.log2(1.0 + 2.2 * np.maximum(WATERLINE + 0.06 - down, 0.02)) * 9.0  # they flatten with distance
    texture = fractal_noise(clouds, across * 3.0, octaves=7, seed=11)
    towards_sun = fractal_noise(clouds + 0.10, across * 3.0 + 0.16, octaves=4, seed=11)
    density = smoothstep(0.50, 0.78, texture) * smoothstep(0.58, 0.40, down)[:, None]
    lit = smoothstep(-0.20, 0.22, texture - towards_sun)
    for c in range(3):
        cloud = lerp(0.30 * SKY_LIGHT[c] + 0.10, 0.92 * SUN_LIGHT[c] + 0.06, lit) + 0.6 * SUN_LIGHT[c] * glow
        light[c] = lerp(light[c], cloud, 0.9 * density)
        light[c] += 60.0 * SUN_LIGHT[c] * smoothstep(0.0225, 0.0215, distance)
        light[c] += 3.0 * SUN_LIGHT[c] * np.exp(-distance / 0.012)
    return light


def _mountains(light: np.ndarray, down: np.ndarray, across: np.ndarray) -> None:
    """Ridges one before the other, from snow in the haze to woods by the water, lit from the sun's side."""
    pixel = 1.0 / down.size
    ridges = (  # crest, relief, cells, haze, rock or wood, snow
        (0.415, 0.30, 2.2, 0.50, (0.16, 0.15, 0.15), 1.0),
        (0.500, 0.16, 3.5, 0.34, (0.085, 0.085, 0.085), 0.25),
        (0.545, 0.10, 5.0, 0.17, (0.040, 0.065, 0.030), 0.0),
        (0.585, 0.050, 9.0, 0.06, (0.022, 0.042, 0.014), 0.0),
    )
    for number, (crest, relief, cells, haze, ground, snow) in enumerate(ridges):
        profile = fractal_noise(np.zeros(1), across * cells, octaves=9, seed=30 + number)[0]
        top = crest - relief * (profile - 0.42)
        if not snow:  # tree tops
            top -= 0.010 * fractal_noise(np.zeros(1), across * 150.0, octaves=3, seed=40 + number)[0] / (1 + haze * 6)
        first = int(np.clip(top.min() * down.size - 1, 0, down.size))
        last = int(np.clip((WATERLINE + 2 * pixel) * down.size, 0, down.size))
        if first >= last:
            continue
        y = down[first:last, None]
        depth = y - top[None]
        # Slopes run down from the crest, so the texture is sheared by the profile.
        texture = fractal_noise(down[first:last] * cells * 5, across * cells * 2.2, octaves=8, seed=50 + number)
        lower = fractal_noise(down[first:last] * cells * 5 + 0.12, across * cells * 2.2 + 0.22, octaves=8, seed=50 + number)
        lit = smoothstep(-0.10, 0.13, texture - lower)
        leaves = fractal_noise(down[first:last] * 260.0, across * 170.0, octaves=2, seed=60 + number)
        line = smoothstep(0.03, -0.06, depth - relief * 0.55 * snow + 0.22 * (texture - 0.5)) * min(snow * 3, 1.0)
        # Haze thickens towards the valley.
        veil = np.clip(haze + 0.5 * haze * smoothstep(crest - relief / 2, WATERLINE, y), 0, 1)
        distance_to_sun = np.exp(-np.abs(across[None] - SUN[0]) / 0.5)
        cover = smoothstep(-0.7 * pixel, 0.7 * pixel, depth)
        for c in range(3):
            albedo = lerp(ground[c] * (0.45 + 1.1 * leaves if not snow else 0.8 + 0.4 * leaves), (0.80, 0.82, 0.86)[c], line)
            shade = 0.34 * SKY_LIGHT[c] + 1.25 * SUN_LIGHT[c] * lit
            air = 0.26 * SKY_LIGHT[c] + 0.12 + (0.10 + 0.30 * distance_to_sun) * SUN_LIGHT[c]
            over(light[c, first:last], lerp(albedo * shade, air, veil), cover)


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
        over(light[c, rows, columns], np.float32(0.03), 0.8 * ropes)
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
    near = np.clip(depth / (1 - SHORE), 0, 1)
    stretch = 9.0 * np.log(rows - SHORE + 0.06)
    hills = fractal_noise(stretch * 0.7, across * 2.5, octaves=4, seed=82)
    tufts = fractal_noise(stretch * 4.0, across * 30.0, octaves=4, seed=83)
    grass = fractal_noise(stretch * 9.0, across * 210.0, octaves=3, seed=84)
    straw = fractal_noise(stretch * 6.0, across * 150.0, octaves=3, seed=85)
    lit = (0.25 + 0.55 * hills) * (0.22 + 1.5 * tufts**2) * (0.30 + 1.6 * grass**2) * 2.1
    cover = smoothstep(-pixel, pixel, depth + blades[None])
    dry = smoothstep(0.52, 0.72, straw * 0.6 + hills * 0.4)
    for c in range(3):
        blade = lerp((0.115, 0.215, 0.030)[c], (0.42, 0.36, 0.13)[c], 0.65 * dry)
        over(light[c, first:], blade * lit * (1.15 * SUN_LIGHT[c] + 0.45 * SKY_LIGHT[c]), cover)
    _flowers(light, down, across)


def _flowers(light: np.ndarray, down: np.ndarray, across: np.ndarray) -> None:
    """Poppies, buttercups, daisies and cornflowers: small discs of petals, in drifts."""
    random = np.random.Generator(np.random.Philox(90)).random((700, 5))
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


def _board(light: np.ndarray, down: np.ndarray, across: np.ndarray, left: float) -> None:
    """A wooden board in the meadow: lettering, a zone plate to the pixel's limit, the chart."""
    pixel = 1.0 / down.size
    top, wide, tall = 0.655, 0.46, 0.235
    rows = slice(*np.searchsorted(down, (top - 0.02, top + tall + 0.13)))
    columns = slice(*np.searchsorted(across, (left - 0.02, left + wide + 0.02)))
    y, x = (down[rows] - top)[:, None], (across[columns] - left)[None]
    if y.size == 0 or x.size == 0:
        return
    window = light[:, rows, columns]
    grain = fractal_noise(y[:, 0] * 26.0 + 3.0, x[0] * 320.0 + 40.0, octaves=3, seed=96)
    plank = fractal_noise(y[:, 0] * 300.0 + 30.0, x[0] * 22.0 + 3.0, octaves=4, seed=97)
    sun = np.array(SUN_LIGHT) * 0.86 + np.array(SKY_LIGHT) * 0.24

    def box(x0: float, y0: float, w: float, h: float) -> np.ndarray:
        horizontal = np.abs(x - (x0 + w / 2)) - w / 2
        vertical = np.abs(y - (y0 + h / 2)) - h / 2
        return smoothstep(pixel / 2, -pixel / 2, horizontal) * smoothstep(pixel / 2, -pixel / 2, vertical)

    def paint(reflectance: Sequence[float | np.ndarray], cover: np.ndarray) -> None:
        for c in range(3):
            over(window[c], reflectance[c] * sun[c], cover)

    wood = [tone * (0.5 + grain) for tone in (0.17, 0.105, 0.058)]
    for post in (0.06, wide - 0.085):
        fade = smoothstep(tall + 0.118 + 0.012 * plank, tall + 0.085 + 0.012 * plank, y + 0 * x)
        paint([0.8 * tone for tone in wood], box(post, 0.0, 0.025, tall + 0.13) * fade)
    paint([tone * (0.45 + plank) for tone in (0.22, 0.145, 0.085)], box(0, 0, wide, tall))
    margin = 0.012
    paint((0.76, 0.75, 0.71), box(margin, margin, wide - 2 * margin, tall - 2 * margin))

    dot = 0.0063
    for index, letter in enumerate("TIRAGE"):
        for row, bits in enumerate(LETTERS[letter]):
            for column in range(5):
                if bits >> (4 - column) & 1:
                    paint((0.035, 0.035, 0.04), box(0.026 + (6 * index + column) * dot, 0.028 + row * dot, dot, dot))
    for index in range(14):  # lines from 4 pixels of the default size down to 1
        thin = (4.0 - 3.0 * index / 13) / 1500
        lines = 0.5 + 0.5 * np.sign(np.sin(np.pi * x / thin)) + 0 * y
        paint((0.035, 0.035, 0.04), lines * box(0.026 + 0.0158 * index, 0.084, 0.0145, 0.012))

    centre, radius = (wide - 0.11, tall / 2), 0.092
    r = np.hypot(x - centre[0], y - centre[1])
    zone = 0.5 + 0.5 * np.cos(np.pi * r * r / (2 * radius * 2 / 1500))  # half a cycle per pixel at the rim at 1500 rows
    paint([0.04 + 0.70 * zone] * 3, smoothstep(pixel / 2, -pixel / 2, r - radius))

    side = 0.0275
    for row, codes in enumerate(CHART):
        for column, code in enumerate(codes):
            paint(colour(code), box(0.026 + column * 0.0368, 0.104 + row * 0.0302, side + 0.004, side))
