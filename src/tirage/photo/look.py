"""Look: a photograph's character as a readable file. Declares every parameter of the schema."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .errors import UsageError
from .parameters import parameter

if TYPE_CHECKING:
    import numpy as np

SCHEMA = 1

CURVES = ("linear", "sigmoid", "film")
GAMUTS = ("output", "srgb")
RESPONSES = (
    "colour", "luminance", "channels", "panchromatic", "orthochromatic", "yellow", "orange", "red", "green", "blue",
)  # fmt: skip
TONINGS = ("none", "sepia", "blue", "selenium", "split")
LUT_SPACES = ("srgb", "acescct")


@dataclass(frozen=True)
class Tone:
    """How scene light becomes display light.

    As declared it is the tone of `faithful`.
    """

    curve: str = parameter(
        "linear",
        "linear: slope 1 with a shoulder; sigmoid: log-logistic; film: straight in density, a toe and a shoulder",
        choices=CURVES,
    )
    contrast: float = parameter(1.0, "log-log slope at grey, of sigmoid and film", low=0.5, high=2.5)
    exposure_stops: float = parameter(
        0.0, "brightness relative to scene grey = display grey", unit="stops", low=-2.0, high=2.0
    )
    shadows_stops: float = parameter(
        0.0, "lift of the shadows, whole at four stops under grey, nothing at grey", unit="stops", low=-2.0, high=2.0
    )
    highlights_stops: float = parameter(
        0.0,
        "lift of highlights, whole half-way from grey to white; white stays",
        unit="stops",
        low=-0.75,
        high=0.75,
    )
    toe_stops: float = parameter(
        0.0,
        "lift of what is darker than the shadows, whole at eight stops under grey, nothing at four",
        unit="stops",
        low=-2.0,
        high=2.0,
    )
    shoulder_stops: float = parameter(
        2.0,
        "linear: where the shoulder starts, over grey; film: how wide its bend is",
        unit="stops",
        low=0.0,
        high=2.2,
    )
    black: float = parameter(0.0, "display light of black, 1 for white", low=0.0, high=0.05)
    white: float = parameter(1.0, "display light of white", low=0.5, high=1.0)
    inset: float = parameter(0.0, "share of each channel drawn to the mean before the curve", low=0.0, high=0.3)
    hue_hold: float = parameter(0.8, "how far the middle channel keeps its relative place", low=0.0, high=1.0)


@dataclass(frozen=True)
class LocalTone:
    """Tone by area: large dark and bright areas move, what is within them keeps its contrast. All 0 does nothing."""

    shadows_stops: float = parameter(
        0.0, "lift of dark areas, whole at four stops under grey; never into noise", unit="stops", low=-2.0, high=2.0
    )
    highlights_stops: float = parameter(
        0.0,
        "change of bright areas, whole at 2.5 stops over grey; clipped light stays",
        unit="stops",
        low=-1.5,
        high=1.0,
    )
    local_contrast: float = parameter(
        0.0, "contrast added to forms within an area, of less than a stop", low=-0.5, high=1.0
    )


@dataclass(frozen=True)
class Colour:
    """Perceptual colour, in Oklab."""

    saturation: float = parameter(1.0, "factor on Oklab chroma at the middle tones", low=0.0, high=2.0)
    saturation_shadows: float = parameter(1.0, "further factor on chroma in the shadows", low=0.0, high=2.0)
    saturation_highlights: float = parameter(1.0, "further factor on chroma in the highlights", low=0.0, high=2.0)
    white_balance_mired: float = parameter(0.0, "warmth; positive is warmer", unit="mired", low=-100.0, high=100.0)
    tint: float = parameter(
        0.0, "green to magenta, in 1/3000 of CIE 1960 uv; positive is more magenta", low=-60.0, high=60.0
    )
    skin_protection: float = parameter(
        0.0, "share of the changes of hue, saturation and lightness that colours of skin are spared", low=0.0, high=1.0
    )
    gamut: str = parameter(
        "output", "output: colours reach as far as the picture's colour space; srgb: never beyond sRGB", choices=GAMUTS
    )


@dataclass(frozen=True)
class HueSector:
    """What happens to the colours of one hue; greys are not touched, and colours between two hues get some of both."""

    hue_degrees: float = parameter(
        0.0, "turn of Oklab hue, towards the next sector where positive", unit="degrees", low=-20.0, high=20.0
    )
    saturation: float = parameter(1.0, "factor on Oklab chroma", low=0.0, high=2.0)
    lightness_stops: float = parameter(0.0, "change of light", unit="stops", low=-1.0, high=1.0)


@dataclass(frozen=True)
class Hues:
    """Eight sectors of hue, in the order of the circle."""

    red: HueSector = HueSector()
    orange: HueSector = HueSector()
    yellow: HueSector = HueSector()
    green: HueSector = HueSector()
    aqua: HueSector = HueSector()
    blue: HueSector = HueSector()
    purple: HueSector = HueSector()
    magenta: HueSector = HueSector()

    def check(self, where: str) -> None:
        """UsageError where two neighbours are turned so far towards each other that hues would change places."""
        names = [sector.name for sector in dataclasses.fields(self)]
        for name, after in zip(names, names[1:] + names[:1], strict=True):
            closing = getattr(self, name).hue_degrees - getattr(self, after).hue_degrees
            if closing > 20:
                raise UsageError(
                    f"{where}: {name} and {after} are turned {closing:g} degrees towards each other; 20 at most"
                )


@dataclass(frozen=True)
class SplitTone:
    """A colour of its own for shadows and for highlights; black and white stay neutral."""

    shadows_hue_degrees: float = parameter(250.0, "Oklab hue given to the shadows", unit="degrees", low=0.0, high=360.0)
    shadows_chroma: float = parameter(0.0, "Oklab chroma given to the shadows", low=0.0, high=0.08)
    highlights_hue_degrees: float = parameter(
        80.0, "Oklab hue given to the highlights", unit="degrees", low=0.0, high=360.0
    )
    highlights_chroma: float = parameter(0.0, "Oklab chroma given to the highlights", low=0.0, high=0.08)
    balance: float = parameter(0.5, "Oklab lightness where one gives way to the other", low=0.2, high=0.8)


@dataclass(frozen=True)
class Monochrome:
    """Black and white: what the emulsion sees of the light, and what the print is toned with."""

    response: str = parameter(
        "colour",
        "colour: no monochrome; luminance: as the eye; channels: by the shares below; panchromatic or orthochromatic"
        " film; or panchromatic film behind a filter of that colour",
        choices=RESPONSES,
    )
    red: float = parameter(0.4, "share of red light (Rec.2020), of channels", low=-2.0, high=2.0)
    green: float = parameter(0.4, "share of green light, of channels", low=-2.0, high=2.0)
    blue: float = parameter(0.2, "share of blue light, of channels", low=-2.0, high=2.0)
    toning: str = parameter("none", "toner of the print; split: selenium shadows, sepia highlights", choices=TONINGS)
    toning_strength: float = parameter(1.0, "share of the toner's colour", low=0.0, high=1.5)

    def check(self, where: str) -> None:
        """UsageError where the channels' shares leave white black."""
        if self.response == "channels" and self.red + self.green + self.blue < 0.1:
            raise UsageError(f"{where}: red, green and blue must add up to 0.1 or more, or white would be black")


@dataclass(frozen=True)
class Presence:
    """Fine detail and forms, without halos."""

    sharpening: float = parameter(0.35, "share of the blur of lens and pixels that is taken back", low=0.0, high=1.5)
    texture: float = parameter(
        0.0, "contrast added to detail of 2 to 16 pixels; below 0 it is smoothed", low=-1.0, high=1.0
    )
    clarity: float = parameter(
        0.0, "contrast added to forms of 16 to 200 pixels, most in the middle tones", low=-1.0, high=1.0
    )


@dataclass(frozen=True)
class Optics:
    """What a lens leaves on a picture."""

    corner_shading_stops: float = parameter(
        0.0, "light at the corners against the centre", unit="stops", low=-3.0, high=0.0
    )


@dataclass(frozen=True)
class Film:
    """Grain of film, its own in every photograph and the same whenever that is developed."""

    granularity: float = parameter(
        0.0, "deviation of density x 1000 at middle grey through 48 um, as film makers measure it", low=0.0, high=50.0
    )
    grain_um: float = parameter(
        10.0, "size of the grain: width at half height of its autocorrelation", unit="um", low=2.0, high=100.0
    )
    frame_mm: float = parameter(
        36.0, "longer side of the frame of film that the whole picture stands for", unit="mm", low=5.0, high=300.0
    )
    shadows: float = parameter(0.6, "grain in black against grain in grey", low=0.0, high=2.0)
    highlights: float = parameter(0.3, "grain in white against grain in grey", low=0.0, high=2.0)


@dataclass(frozen=True)
class Lut:
    """A 3D table that renders instead of the tone; colour, monochrome and the rest follow it."""

    file: str = parameter("", "the table (.npz), beside the look's own file; nothing for none")
    space: str = parameter(
        "srgb",
        "what goes in: srgb: the faithful rendering, sRGB-encoded; acescct: scene light, ACEScct-encoded."
        " What comes out is sRGB-encoded",
        choices=LUT_SPACES,
    )
    strength: float = parameter(1.0, "share of the table over the look's own tone", low=0.0, high=1.0)


@dataclass(frozen=True, eq=False)
class LutTable:
    """The values of a look's LUT: (n, n, n, 3) float64, [blue, green, red, channel], n from 2 to 129; not changed.

    Equal where `digest` is, the SHA-256 of its values.
    """

    values: np.ndarray = field(repr=False)
    digest: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LutTable) and other.digest == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)


@dataclass(frozen=True)
class Pointwise:
    """All of a look that depends on a pixel's colour alone, and so goes into one table."""

    tone: Tone = Tone()
    colour: Colour = Colour()
    hues: Hues = Hues()
    split_tone: SplitTone = SplitTone()
    monochrome: Monochrome = Monochrome()
    lut: Lut = Lut()
    lut_table: LutTable | None = None


@dataclass(frozen=True, eq=False)
class Look:
    """A look as its file states it. `character` maps a measurable promise to (value, tolerance); tests hold it.

    `digest` is the SHA-256 of the file and its table, "" for a shipped look and for one made in Python.
    """

    name: str
    version: str
    author: str
    licence: str
    description: str
    schema: int = SCHEMA
    tone: Tone = Tone()
    local_tone: LocalTone = LocalTone()
    colour: Colour = Colour()
    hues: Hues = Hues()
    split_tone: SplitTone = SplitTone()
    monochrome: Monochrome = Monochrome()
    presence: Presence = Presence()
    optics: Optics = Optics()
    film: Film = Film()
    lut: Lut = Lut()
    lut_table: LutTable | None = field(default=None, repr=False)
    character: dict[str, tuple[float, float]] = field(default_factory=dict)
    digest: str = ""

    @property
    def pointwise(self) -> Pointwise:
        """What goes into the table."""
        return Pointwise(self.tone, self.colour, self.hues, self.split_tone, self.monochrome, self.lut, self.lut_table)


#: The tables of a look file, by name.
SECTIONS = {
    "tone": Tone,
    "local_tone": LocalTone,
    "colour": Colour,
    "hues": Hues,
    "split_tone": SplitTone,
    "monochrome": Monochrome,
    "presence": Presence,
    "optics": Optics,
    "film": Film,
    "lut": Lut,
}
