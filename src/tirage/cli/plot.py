"""A look drawn: its tone curve, and what it does to hues and to saturation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..colour.perception import from_oklab, oklab
from ..colour.transfer import srgb_decode, srgb_encode
from ..finishing.look.character import TYPICAL_WHITE
from ..finishing.look.load import load_look
from ..finishing.look.reference import render
from ..photo.errors import FileError
from ..photo.look import Look

SIZE, MARGIN = (460, 420), (58, 40, 18, 52)  # left, top, right, bottom
PAPER, INK, RULE, PLAIN, LINE = (255, 255, 255), (40, 40, 40), (215, 215, 215), (150, 150, 150), (196, 60, 40)
HUES = np.arange(0, 361, 3)

#: Lightness and chroma (Oklab) of the colours whose hue and saturation are drawn.
LIGHTNESS, CHROMA = 0.6, 0.07


class Panel:
    """One plot of a sheet: axes with ticks, and lines in their units."""

    def __init__(self, drawing, font, left: int, title: str, x: Sequence[float], y: Sequence[float]) -> None:
        """`x` and `y` are the ticks; the first and the last are the ends of the axes."""
        self.drawing, self.left, self.x, self.y = drawing, left, (x[0], x[-1]), (y[0], y[-1])
        for tick in x:
            at = self.place(tick, y[0])
            drawing.line([at, self.place(tick, y[-1])], fill=RULE)
            drawing.text((at[0], at[1] + 6), f"{tick:g}", fill=INK, font=font, anchor="ma")
        for tick in y:
            at = self.place(x[0], tick)
            drawing.line([at, self.place(x[-1], tick)], fill=RULE)
            drawing.text((at[0] - 6, at[1]), f"{tick:g}", fill=INK, font=font, anchor="rm")
        drawing.text((left + MARGIN[0], 12), title, fill=INK, font=font)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Pixels of a point in the panel's units, within its frame."""
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = min(max((y - self.y[0]) / (self.y[1] - self.y[0]), 0.0), 1.0)
        width, height = SIZE[0] - MARGIN[0] - MARGIN[2], SIZE[1] - MARGIN[1] - MARGIN[3]
        return self.left + MARGIN[0] + across * width, MARGIN[1] + (1 - up) * height

    def line(self, x: np.ndarray, y: np.ndarray, colour: tuple[int, int, int], width: int = 3) -> None:
        points = [self.place(float(a), float(b)) for a, b in zip(x, y, strict=True)]
        self.drawing.line(points, fill=colour, width=width, joint="curve")


def draw_plot(path: Path, look: Look, *, overwrite: bool) -> None:
    """Write at `path` the plots of `look` beside those of `faithful`."""
    if path.exists() and not overwrite:
        raise FileError(f"{path} exists already; choose another name or ask to overwrite it")
    from PIL import Image, ImageDraw, ImageFont

    from ..photo.image import DisplayImage
    from ..writing import write

    sheet = Image.new("RGB", (3 * SIZE[0], SIZE[1]), PAPER)
    drawing, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    stops = np.linspace(-8, 3, 221)
    tone = Panel(drawing, font, 0, f"{look.name}: tone (grey: faithful)", range(-8, 4), [0, 0.25, 0.5, 0.75, 1])
    ticks = range(0, 361, 60)
    turn = Panel(drawing, font, SIZE[0], "turn of hue in degrees, by hue", ticks, [-20, -10, 0, 10, 20])
    chroma = Panel(drawing, font, 2 * SIZE[0], "saturation, by hue", ticks, [0, 0.5, 1, 1.5, 2])
    captions = ("scene light, stops over grey", "Oklab hue in degrees", "Oklab hue in degrees")
    for index, caption in enumerate(captions):
        middle = index * SIZE[0] + (SIZE[0] + MARGIN[0]) / 2
        drawing.text((middle, SIZE[1] - 14), caption, fill=INK, font=font, anchor="mm")
    for one, colour in ((load_look("faithful"), PLAIN), (look, LINE)):
        tone.line(stops, _tone(one, stops), colour)
        turned, saturation = _hues(one)
        turn.line(HUES, turned, colour)
        chroma.line(HUES, saturation, colour)
    _hue_bar(drawing, SIZE[0], turn)
    _hue_bar(drawing, 2 * SIZE[0], chroma)
    write(DisplayImage(np.asarray(sheet)), path, overwrite=overwrite)


def _tone(look: Look, stops: np.ndarray) -> np.ndarray:
    """Encoded luma of greys."""
    scene = np.repeat(0.18 * 2.0 ** stops[:, None], 3, axis=1)
    return render(scene, look, TYPICAL_WHITE, "srgb") @ np.array([0.2126, 0.7152, 0.0722])


def _hues(look: Look) -> tuple[np.ndarray, np.ndarray]:
    """Turn in degrees and factor on colourfulness of colours of every hue; no turn where no colour is left."""
    angle = np.radians(HUES)
    lab = np.stack([np.full(len(HUES), LIGHTNESS), CHROMA * np.cos(angle), CHROMA * np.sin(angle)], axis=-1)
    shown = oklab(srgb_decode(render(from_oklab(lab, "rec2020"), look, TYPICAL_WHITE, "srgb")), "srgb")
    chroma = np.hypot(shown[:, 1], shown[:, 2])
    turn = np.degrees(np.angle(np.exp(1j * (np.arctan2(shown[:, 2], shown[:, 1]) - angle))))
    has_hue = (chroma > 0.01) & (look.monochrome.response == "colour")
    return np.where(has_hue, turn, 0), chroma / np.maximum(shown[:, 0], 1e-6) * LIGHTNESS / CHROMA


def _hue_bar(drawing, left: int, panel: Panel) -> None:
    """The hues themselves, under the axis."""
    top = SIZE[1] - MARGIN[3] + 22
    for hue in HUES[:-1]:
        angle = math.radians(hue)
        colour = from_oklab(np.array([0.7, 0.11 * math.cos(angle), 0.11 * math.sin(angle)]), "srgb")
        red, green, blue = (int(value) for value in np.rint(255 * srgb_encode(np.clip(colour, 0, 1))))
        first, last = panel.place(float(hue), 0)[0], panel.place(float(hue) + 3, 0)[0]
        drawing.rectangle([first, top, last, top + 7], fill=(red, green, blue))
