"""Sharpening's bounds: what is shown beside an edge beyond what its light shows, and how noise of even areas rises.

Every edge goes through the whole of developing and finishing. Its overshoot is how far encoded luma leaves the range
that the edge's own light, finished alike but not sharpened, has around the edge, in percent of the step of luma.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from itertools import permutations, product

import numpy as np

from tirage.colour.spaces import rgb_to_rgb
from tirage.colour.transfer import srgb_decode
from tirage.developing import development
from tirage.finishing import finish as finishing
from tirage.finishing.sharpen import NO_SHARPENING
from tirage.kernels.call import Placed
from tirage.photo.frame import Rectangle
from tirage.photo.image import SceneImage
from tirage.photo.recipe import Recipe
from tirage.simulating import ground_truth, simulate

from .report import Row, Table

QUALITIES, LOOKS = ("fast", "balanced", "best"), ("faithful", "documentary", "lively")
SENSOR, CFA, WHITE = "generic-camera", "GRBG", 1.404

SIZE, FINE, OFF_PX = 96, 8, 0.23  #: pixels of a side, points of light in one, where the edge passes the middle
BORDER, NEAR_PX, FAR_PX = 16, 6, 16
LUMA = np.array([17, 44, 3]) / 64

ANGLES = (0.0, 90.0, 5.0, 22.5, 45.0, 67.5)  #: degrees: upright, level, slanted, diagonal
CONTRASTS = (0.2, 0.5, 1.0, 2.0, 3.3, 5.0)  #: stops
LENSES = (0.0, 0.2, 0.4, 0.6, 1.0)  #: deviation of the lens's blur, px; pixels average over their area besides
BRIGHTEST = 0.6

ISOS = (100, 400, 1600, 6400)
LONG, BINS_PER_PX = 6, 2  #: noise is averaged along this many edges, across them in parts of a pixel

#: Patches of the ColorChecker, sRGB codes.
COLOURS = {
    "black": (52, 52, 52),
    "grey": (122, 122, 121),
    "white": (230, 230, 230),
    "red": (175, 54, 60),
    "green": (70, 148, 73),
    "blue": (56, 61, 150),
    "yellow": (231, 199, 31),
    "orange": (214, 126, 44),
    "cyan": (8, 133, 161),
    "skin": (194, 150, 130),
}
GREYS = ("black", "grey", "white")
LEAST_STEP = 0.3  #: luma's share of the greatest channel's step, under which a pair has no edge of luma to speak of

COLOUR_LENSES, NOISY_LENS_PX = (0.0, 0.4), 0.5
FLAT_BLURS = (None, 0.5, 0.65, 0.9, 1.2)  #: what a profile states or the edges of a frame tell, px

BOUND, RISE = 5.0, 1.10


@dataclass(frozen=True)
class Edge:
    """Light on both sides (3,), linear Rec.2020, the angle in degrees, the lens's blur in pixels."""

    dark: tuple[float, ...]
    bright: tuple[float, ...]
    angle: float
    blur_px: float

    def light(self) -> np.ndarray:
        """(3, SIZE, SIZE) float32."""
        share = _share(self.angle, self.blur_px)
        sides = zip(self.dark, self.bright, strict=True)
        return np.stack([low + (high - low) * share for low, high in sides]).astype(np.float32)


@cache
def _distance(angle: float, fine: int) -> np.ndarray:
    """Of every point of the square from the edge, px."""
    place = (np.arange(SIZE * fine) + 0.5) / fine - SIZE / 2
    slant = math.radians(angle)
    return place[None] * math.cos(slant) + place[:, None] * math.sin(slant) - OFF_PX


@cache
def _share(angle: float, blur_px: float) -> np.ndarray:
    """How much of every pixel lies on the bright side."""
    distance = _distance(angle, FINE)
    if blur_px:
        steps = np.linspace(-8, 8, 3201)
        rise = [0.5 + 0.5 * math.erf(step / (math.sqrt(2) * blur_px)) for step in steps]
        share = np.interp(distance, steps, rise)
    else:
        share = (distance > 0).astype(float)
    return share.reshape(SIZE, FINE, SIZE, FINE).mean(axis=(1, 3))


def _zones(angle: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the dark side, the edge and the bright side are looked at."""
    distance = _distance(angle, 1)
    inside = np.zeros(distance.shape, bool)
    inside[BORDER:-BORDER, BORDER:-BORDER] = True
    near, far = np.abs(distance) <= NEAR_PX, np.abs(distance) < FAR_PX
    return inside & ~near & far & (distance < 0), inside & near, inside & ~near & far & (distance > 0)


def _shown(
    edge: Edge, quality: str, looks: Iterable[str], *, iso: int | None = None, seed: int = 0, known: bool = False
) -> dict[str, tuple[np.ndarray, ...]]:
    """Luma of 16 bits of the edge's light, and of its frame: without sharpening and with it, for every look.

    `known`: the blur of lens and pixels is stated, rather than looked for.
    """
    scene = SceneImage(edge.light(), white=WHITE)
    frame = simulate(scene, noise=iso is not None, iso=iso or 100, seed=seed, shading=False, sensor=SENSOR, cfa=CFA)
    light = development.prepare(frame, Recipe(quality=quality))
    area = Rectangle(0, 0, light.width, light.height)
    blur_px = math.sqrt(edge.blur_px**2 + 1 / 12) if known else light.blur_sigma_px
    developed, truth = light.scene(area), ground_truth(scene, sensor=SENSOR).pixels
    result = {}
    for look in looks:
        recipe = Recipe(quality=quality, look=look)
        place = recipe, light.white, light.width, light.height, None, light.proxy
        plan = finishing.prepare(*place, noise=light.luminance_noise, blur_sigma_px=blur_px)
        plain = replace(plan, sharpening=NO_SHARPENING)
        pairs = (plain, truth), (plan, developed)
        result[look] = tuple(one.display(Placed(pixels, (0, 0, 0)), area, 16) @ LUMA for one, pixels in pairs)
    return result


def _overshoot(wanted: np.ndarray, shown: np.ndarray, angle: float) -> float:
    """Percent of the step."""
    dark, near, bright = _zones(angle)
    step = abs(np.median(wanted[bright]) - np.median(wanted[dark]))
    beyond = max(shown[near].max() - wanted[near].max(), wanted[near].min() - shown[near].min(), 0)
    return float(100 * beyond / step)


def _grey(stops: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    high = min(BRIGHTEST, 0.18 * 2 ** (stops / 2))
    return (high / 2**stops,) * 3, (high,) * 3


Case = tuple[str, str, float, float, float]


@cache
def _grey_edges(quick: bool) -> dict[Case, float]:
    """Overshoot by quality, look, angle, contrast and lens."""
    result = {}
    for quality, angle, stops, blur_px in product(QUALITIES, ANGLES[2:4] if quick else ANGLES, CONTRASTS, LENSES):
        for look, (wanted, shown) in _shown(Edge(*_grey(stops), angle, blur_px), quality, LOOKS).items():
            result[quality, look, angle, stops, blur_px] = _overshoot(wanted, shown, angle)
    return result


def _row(name: str, values: list[float], bound: float) -> Row:
    """The worst, which is bounded, before the others."""
    return Row(name, [max(values), *values], [bound], [bound])


def _of_greys(quick: bool) -> list[Table]:
    figures = _grey_edges(quick)
    by_lens, by_contrast = [], []
    for quality, look in product(QUALITIES, LOOKS):
        own = {case[2:]: value for case, value in figures.items() if case[:2] == (quality, look)}
        lenses = [max(value for case, value in own.items() if case[2] == px) for px in LENSES]
        by_lens.append(_row(f"tirage {quality}, {look}", lenses, BOUND))
        contrasts = [max(value for case, value in own.items() if case[1] == stops) for stops in CONTRASTS]
        by_contrast.append(_row(f"tirage {quality}, {look}", contrasts, BOUND))
    worst = sorted(figures, key=lambda case: -figures[case])[:3]
    notes = [f"worst: {q}, {look}, {angle:g} degrees, {n:g} stops, {px:g} px" for q, look, angle, n, px in worst]
    title = "Overshoot at grey edges, % of the step of encoded luma, the worst"
    return [
        Table(f"{title}, by the lens's blur", ["worst", *(f"{px:g} px" for px in LENSES)], by_lens, 1, True, notes),
        Table(f"{title}, by contrast", ["worst", *(f"{n:g} stops" for n in CONTRASTS)], by_contrast, 1, True),
    ]


def _light_of(name: str) -> tuple[float, ...]:
    return tuple(rgb_to_rgb("srgb", "rec2020") @ srgb_decode(np.array(COLOURS[name]) / 255))


def _pairs() -> list[tuple[str, str]]:
    """Both orders of the colours that differ in luma."""
    result = []
    for one, other in permutations(COLOURS, 2):
        step = np.array(COLOURS[one]) - COLOURS[other]
        if abs(step @ LUMA) >= LEAST_STEP * np.abs(step).max() and not (one in GREYS and other in GREYS):
            result.append((one, other))
    return result


def _of_colours(quick: bool) -> Table:
    pairs, rows, notes = _pairs()[:: 6 if quick else 1], [], []
    for quality, blur_px in product(QUALITIES, COLOUR_LENSES):
        found = {}
        for (one, other), angle in product(pairs, ANGLES[2:5]):
            edge = Edge(_light_of(one), _light_of(other), angle, blur_px)
            wanted, shown = _shown(edge, quality, LOOKS[:1])[LOOKS[0]]
            found[one, other, angle] = _overshoot(wanted, shown, angle)
        values = sorted(found.values())
        over = float(100 * np.mean([value > BOUND for value in values]))
        rows.append(Row(f"tirage {quality}, {blur_px:g} px", [values[-1], values[len(values) // 2], over]))
        one, other, angle = max(found, key=lambda case: found[case])
        notes.append(f"worst of {quality}, {blur_px:g} px: {one} to {other}, {angle:g} degrees")
    title = f"Overshoot at edges between ColorChecker patches, {len(pairs)} pairs, % of the step of encoded luma"
    return Table(title, ["worst", "median", "% over 5"], rows, 1, True, notes)


def _profile(luma: np.ndarray, angle: float) -> np.ndarray:
    """Means along the edge of pixels (n, SIZE, SIZE) by their distance from it."""
    distance = _distance(angle, 1)
    inside = np.zeros(distance.shape, bool)
    inside[BORDER:-BORDER, BORDER:-BORDER] = True
    bins = np.floor(BINS_PER_PX * (distance[inside] + FAR_PX)).astype(int)
    kept = (bins >= 0) & (bins < 2 * FAR_PX * BINS_PER_PX)
    values = luma.mean(axis=0)[inside][kept]
    count = np.bincount(bins[kept], minlength=2 * FAR_PX * BINS_PER_PX)
    filled = count > 0  # upright edges meet few distances
    return (np.bincount(bins[kept], values, len(count)) / np.maximum(count, 1))[filled]


def _of_noisy_edges(quick: bool) -> Table:
    rows = []
    for quality, known in product(QUALITIES, (False, True)):
        values = []
        for iso in ISOS:
            worst = 0.0
            for stops, angle in product((1.0, 3.3), (5.0, 45.0)):
                edge = Edge(*_grey(stops), angle, NOISY_LENS_PX)
                shown = [
                    _shown(edge, quality, LOOKS[:1], iso=iso, seed=seed, known=known)[LOOKS[0]]
                    for seed in range(1 if quick else LONG)
                ]
                wanted, seen = (_profile(np.stack(part), angle) for part in zip(*shown, strict=True))
                # Even areas as they are: what denoising or rounding moves in them is no overshoot.
                dark, bright = (np.median(part) for part in (seen[: len(seen) // 4], seen[-(len(seen) // 4) :]))
                beyond = max(seen.max() - max(bright, wanted.max()), min(dark, wanted.min()) - seen.min(), 0)
                worst = max(worst, float(100 * beyond / (bright - dark)))
            values.append(worst)
        rows.append(_row(f"tirage {quality}, blur {'stated' if known else 'estimated'}", values, BOUND))
    title = (
        f"Overshoot of noisy edges' mean profile behind {NOISY_LENS_PX:g} px, % of the step of encoded luma, the worst"
    )
    return Table(title, ["worst", *(f"ISO {iso}" for iso in ISOS)], rows, 1, True)


def _deviation(luma: np.ndarray) -> float:
    return float(np.std(luma[BORDER:-BORDER, BORDER:-BORDER]))


def _of_flats() -> Table:
    """The rise of noise's deviation on even areas, the worst of four levels and the looks."""
    rows = []
    for quality, blur_px in product(QUALITIES, FLAT_BLURS):
        values = []
        for iso in ISOS:
            rises = []
            for level in (0.005, 0.03, 0.18, 0.6):
                scene = SceneImage(np.full((3, 160, 192), level, np.float32), white=WHITE)
                light = development.prepare(simulate(scene, iso=iso, shading=False), Recipe(quality=quality))
                area = Rectangle(0, 0, light.width, light.height)
                developed = Placed(light.scene(area), (0, 0, 0))
                for look in LOOKS:
                    place = (
                        Recipe(quality=quality, look=look),
                        light.white,
                        light.width,
                        light.height,
                        None,
                        light.proxy,
                    )
                    plan = finishing.prepare(*place, noise=light.luminance_noise, blur_sigma_px=blur_px)
                    plans = replace(plan, sharpening=NO_SHARPENING), plan
                    plain, sharp = (_deviation(one.display(developed, area, 16) @ LUMA) for one in plans)
                    rises.append(sharp / max(plain, 1))
            values.append(max(rises))
        blur = "unknown" if blur_px is None else f"{blur_px:g} px"
        rows.append(_row(f"tirage {quality}, blur {blur}", values, RISE))
    return Table("Noise of even areas, sharpened to plain", ["worst", *(f"ISO {iso}" for iso in ISOS)], rows, 3, True)


def tables(count: int | None) -> list[Table]:
    """Table 9; `count` asks for a quick look."""
    quick = count is not None
    return [*_of_greys(quick), _of_colours(quick), _of_noisy_edges(quick), _of_flats()]
