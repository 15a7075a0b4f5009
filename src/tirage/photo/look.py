"""Look: a photograph's character as a readable file. Declares every parameter of the schema."""

from __future__ import annotations

from dataclasses import dataclass, field

from .parameters import parameter

SCHEMA = 1


@dataclass(frozen=True)
class Tone:
    """How scene light becomes display light."""

    curve: str = parameter(
        "linear", "linear: slope 1 with a shoulder; sigmoid: log-logistic", choices=("linear", "sigmoid")
    )
    contrast: float = parameter(1.0, "log-log slope at grey", low=0.5, high=2.5)
    exposure_stops: float = parameter(
        0.0, "brightness relative to scene grey = display grey", unit="stops", low=-2.0, high=2.0
    )
    shadows_stops: float = parameter(
        0.0, "lift of the shadows, four stops under grey", unit="stops", low=-2.0, high=2.0
    )
    shoulder_stops: float = parameter(
        2.0, "where the linear curve's shoulder starts, above grey", unit="stops", low=0.0, high=2.2
    )
    inset: float = parameter(0.06, "share of each channel drawn to the mean before the curve", low=0.0, high=0.3)
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


@dataclass(frozen=True)
class Presence:
    """Fine detail."""

    sharpening: float = parameter(0.35, "strength of the unsharp mask on encoded luma", low=0.0, high=1.5)


@dataclass(frozen=True)
class Optics:
    """What a lens leaves on a picture."""

    corner_shading_stops: float = parameter(
        0.0, "light at the corners against the centre", unit="stops", low=-3.0, high=0.0
    )


@dataclass(frozen=True, eq=False)
class Look:
    """A look as its file states it. `character` maps a measurable promise to (value, tolerance); tests hold it."""

    name: str
    version: str
    author: str
    licence: str
    description: str
    schema: int = SCHEMA
    tone: Tone = Tone()
    local_tone: LocalTone = LocalTone()
    colour: Colour = Colour()
    presence: Presence = Presence()
    optics: Optics = Optics()
    character: dict[str, tuple[float, float]] = field(default_factory=dict)
