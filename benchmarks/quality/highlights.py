"""Clipped highlights: the hue of what survives, what is neutral, and what is coloured that should not be.

The simulated scenes are the tests' own; the photographs are truth/kodak and truth/mcmaster of the shared data as light,
and raw/gopro_hero6_iso100.dng.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import tirage
from tirage.colour.perception import oklab
from tirage.colour.transfer import srgb_decode
from tirage.developing import development
from tirage.developing.highlights import find_clipping, stored_thresholds
from tirage.developing.white_balance import multipliers
from tirage.photo.frame import RawFrame, Rectangle
from tirage.photo.recipe import Recipe
from tirage.pipeline import render

from .pictures import DATA, pictures
from .report import Row, Table

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
from developing.highlight_scenes import hue_error, lit, recorded  # noqa: E402

QUALITIES = ("fast", "balanced", "best")
#: What a sensor records of white, and things' colours in light that is white.
LIGHTS = {"daylight": (0.5, 1, 0.65), "tungsten": (0.8, 1, 0.35)}
THINGS = {
    "skin": (1.0, 0.72, 0.58),
    "dark skin": (1.0, 0.6, 0.42),
    "sky": (0.6, 0.85, 1.15),
    "foliage": (0.5, 1.0, 0.3),
    "sand": (1.1, 0.95, 0.7),
    "warm lamp": (1.3, 0.85, 0.45),
    "red neon": (1.6, 0.25, 0.35),
    "green neon": (0.25, 1.5, 0.4),
    "blue neon": (0.3, 0.6, 1.9),
    "pink neon": (1.4, 0.4, 1.2),
}
#: Of its clip, where the last survivor begins to turn neutral; and what of a thing's light lies around it.
SURVIVES, AROUND = 0.88, 0.05
DEGREES = [3.0, 3.0, 3.0]
#: Of photographs: the quantile of green that is a stop over its clip; the Oklab chroma, in parts of lightness, from
#: which a hue is looked at; pixels that make a figure; how much darker the frame is that doesn't clip.
BRIGHT, COLOURED, ENOUGH, DARKER = 99.5, 0.08, 300, 8
LOST = ("green alone", "red or blue", "two")
#: Of the photograph: how dark, how far from clipped light, px, which differences of codes count, from what code on.
STOPS, NEAR_PX, CODES, FROM_CODE = -2.0, 6, (12, 20, 30), 120


def tables(count: int | None) -> list[Table]:
    """Everything; with a `count`, of so many pictures of each set and without the photograph."""
    found = [hues(True), hues(False), photographs(count), discs()]
    return found if count else [*found, *([photograph()] if PHOTOGRAPH.exists() else [])]


PHOTOGRAPH = DATA / "raw" / "gopro_hero6_iso100.dng"


def hues(green: bool) -> Table:
    """Oklab hue of rebuilt pixels against light that did not clip, where a channel survives.

    Green is a stop over its clip, or what clips most is.
    """
    rows = []
    for light, neutral in LIGHTS.items():
        for thing, colour in THINGS.items():
            values: list[float | None] = []
            for quality in ("balanced", "fast"):
                error = _hue_errors(np.array(colour), np.array(neutral), quality, green)
                part = [error.mean(), np.percentile(error, 98), error.max()] if len(error) else [None] * 3
                values += part if quality == "balanced" else part[2:]
            rows.append(Row(f"tirage, {thing}, {light}", values, DEGREES, DEGREES))
    over = "green" if green else "what clips most"
    title = f"Highlights, {over} a stop over: degrees of hue where a channel survives"
    return Table(title, ["mean", "98 %", "worst", "worst, fast"], rows, less_is_better=True)


def _hue_errors(colour: np.ndarray, neutral: np.ndarray, quality: str, green: bool) -> np.ndarray:
    most = 2 * colour.max() / (colour[1] if green else (colour * neutral).max())
    light = lit(tuple(colour), most, around=AROUND)
    recipe = Recipe(quality=quality, defects="none", denoise=0.0)
    plan = development.prepare(recorded(light, neutral), recipe)
    scene = plan.scene(Rectangle(0, 0, plan.width, plan.height))
    truth = np.einsum("oc,chw->ohw", plan.matrix.astype(float), light)
    stored = light * neutral[:, None, None]
    return hue_error(scene, truth)[(stored >= 1).any(axis=0) & (stored.min(axis=0) < SURVIVES)]


def photographs(count: int | None) -> Table:
    """Oklab hue of textured photographs whose green is a stop over its clip, by the channels that are lost."""
    light = [srgb_decode(one.astype(np.float64)) for name in ("kodak", "mcmaster") for one in pictures(name, count)]
    light = [2 * one / np.percentile(one[1], BRIGHT) for one in light]
    rows = []
    for name, neutral in LIGHTS.items():
        for choice in ("rebuild", "limit", "not clipped"):
            found = np.array([_errors_by_loss(one, np.array(neutral), choice) for one in light])
            rows.append(Row(f"tirage balanced, {name}, {choice}", list(np.nanmean(found, axis=0))))
    title = "Highlights, photographs, green up to a stop over: mean degrees of hue where a channel survives"
    notes = [f"Means of pictures, of pixels whose chroma is over {COLOURED:g} of their lightness."]
    return Table(title, LOST, rows, less_is_better=True, notes=notes)


def _errors_by_loss(light: np.ndarray, neutral: np.ndarray, choice: str) -> list[float]:
    """Mean degrees of hue by LOST, NaN where too little is."""
    darker, choice = (DARKER, "limit") if choice == "not clipped" else (1, choice)
    recipe = Recipe(defects="none", denoise=0.0, aberration="none", highlights=choice)
    plan = development.prepare(recorded(light / darker, neutral), recipe)
    scene = plan.scene(Rectangle(0, 0, plan.width, plan.height))
    truth = np.einsum("oc,chw->ohw", plan.matrix.astype(float), light)
    lab = oklab(np.moveaxis(np.maximum(truth, 0), 0, -1), "rec2020")
    stored = light * neutral[:, None, None]
    lost = (stored >= 1).sum(axis=0)
    seen = (np.hypot(lab[..., 1], lab[..., 2]) > COLOURED * lab[..., 0]) & (stored.min(axis=0) < SURVIVES)
    green = stored[1] >= 1
    error = hue_error(scene, truth)
    parts = [error[seen & where] for where in ((lost == 1) & green, (lost == 1) & ~green, lost == 2)]
    return [float(part.mean()) if len(part) >= ENOUGH else np.nan for part in parts]


def discs() -> Table:
    """The darkest code in the disc of a sun and of a lamp, three stops down, and the most magenta beside it.

    Magenta is what the lesser of red and blue has over green, in codes.
    """
    y, x = np.mgrid[:200, :240]
    distance = np.hypot(x - 120, y - 100)
    sky = np.array([0.45, 0.7, 1.0])[:, None, None] * 0.4 + np.exp(-distance / 40)
    room = 0.02 + np.array([1.2, 0.9, 0.6])[:, None, None] * 0.4 * np.exp(-distance / 30)
    scenes = {"sun": sky + 60 * np.exp(-((distance / 18) ** 4)), "lamp": room + 30 * np.exp(-((distance / 20) ** 6))}
    rows = []
    for name, light in scenes.items():
        for look in ("faithful", "documentary", "lively"):
            for quality in QUALITIES:
                shown = []
                for stops in (0.0, -1.0, -2.0, -3.0):
                    recipe = Recipe(quality=quality, look=look, exposure_stops=stops)
                    shown.append(render(recorded(light), recipe).pixels.astype(int)[distance < 50])
                darkest = min(int(codes[distance[distance < 50] < 12].min()) for codes in shown)
                magenta = max(int((np.minimum(codes[:, 0], codes[:, 2]) - codes[:, 1]).max()) for codes in shown)
                rows.append(Row(f"tirage {quality}, {name}, {look}", [darkest, magenta]))
    return Table("Highlights: a disc at 0 to -3 EV, codes of 255", ["darkest", "magenta"], rows, digits=0)


def photograph() -> Table:
    """Pixels unlike their neighbours in colour beside clipped light of a photograph, two stops down."""
    frame = tirage.read(PHOTOGRAPH)
    near = _near_clipped(frame)
    near = near[:, ::-1] if frame.orientation == 2 else near
    rows = []
    for quality in QUALITIES:
        recipe = Recipe(quality=quality, look="faithful", exposure_stops=STOPS)
        codes = render(frame, recipe).pixels.astype(np.int16)
        unlike = _unlike_neighbours(codes)
        seen = near & (codes.max(axis=2) > FROM_CODE)
        purple = np.minimum(codes[..., 0], codes[..., 2]) - codes[..., 1]
        counts = [int((seen & (unlike > least)).sum()) for least in CODES]
        rows.append(Row(f"tirage {quality}", [*counts, int((seen & (unlike > CODES[0]) & (purple > CODES[0])).sum())]))
    columns = [*(f"over {least}" for least in CODES), "purple"]
    title = f"Highlights: pixels of a colour of their own beside clipped light at {STOPS:g} EV, of 12 MP"
    return Table(title, columns, rows, digits=0, less_is_better=True)


def _near_clipped(frame: RawFrame) -> np.ndarray:
    """The pixels within NEAR_PX of a clipped sample, (H, W)."""
    assert frame.as_shot_neutral is not None
    clipping = find_clipping(frame, multipliers(frame.as_shot_neutral))
    assert clipping is not None
    thresholds = stored_thresholds(frame, clipping.levels)
    clipped = frame.mosaic >= np.tile(thresholds, (frame.height // 2, frame.width // 2))
    for axis in (0, 1):
        reach = [np.roll(clipped, by, axis) for by in range(-NEAR_PX, NEAR_PX + 1)]
        clipped = np.logical_or.reduce(reach)
    return clipped


def _unlike_neighbours(codes: np.ndarray) -> np.ndarray:
    """How far red less green, or blue less green, is from its median among 3 x 3 pixels, (H, W)."""
    result = np.zeros(codes.shape[:2], np.int16)
    for colour in (0, 2):
        own = codes[..., colour] - codes[..., 1]
        padded = np.pad(own, 1, mode="edge")
        height, width = own.shape
        for top in range(0, height, 256):
            rows = padded[top : min(top + 258, height + 2)]
            shifted = [rows[j : len(rows) - 2 + j, i : width + i] for j in range(3) for i in range(3)]
            middle = np.median(np.stack(shifted), axis=0)
            part = result[top : top + 256]
            np.maximum(part, np.abs(own[top : top + 256] - middle).astype(np.int16), out=part)
    return result
