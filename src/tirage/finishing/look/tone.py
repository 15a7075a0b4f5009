"""Tone: how scene light becomes display light, channel by channel, with hue held.

Curves are increasing, exact at scene 0.18 = display 0.18 (before a look's own exposure and shadows) and take the
scene's white point to display 1, whatever the headroom. All functions take and return arrays of any shape, float64.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...photo.look import Tone

GREY = 0.18

#: A white point lower than this leaves the linear curve no shoulder: 2.5 stops over grey.
LEAST_WHITE = GREY * 2.0**2.5

#: The part of the hue's hold that is let go as the white point goes from 2 to 16. Light there is almost white, and 33
#: steps can't tell its hues apart.
HOLD_EASED = {"linear": 0.38, "sigmoid": 0.33, "film": 0.33}


@dataclass(frozen=True)
class LinearCurve:
    """Slope 1 up to `knee`, above it a hyperbola that leaves with slope 1 and reaches 1 at `white`."""

    knee: float
    white: float

    @property
    def bend(self) -> float:
        """How fast the shoulder turns: y = knee + d / (1 + bend d) for light d over the knee."""
        return 1 / (1 - self.knee) - 1 / (self.white - self.knee)

    def __call__(self, light: np.ndarray) -> np.ndarray:
        """Display light, 0 to 1, of scene light."""
        light = np.maximum(light, 0)
        over = np.maximum(light - self.knee, 0)
        return np.where(over > 0, np.minimum(self.knee + over / (1 + self.bend * over), 1), light)

    def inverse(self, display: np.ndarray) -> np.ndarray:
        """Scene light, 0 to `white`, of display light 0 to 1."""
        over = np.clip(np.asarray(display, float) - self.knee, 0, 1 - self.knee)
        return np.where(over > 0, self.knee + over / (1 - self.bend * over), np.maximum(display, 0))


@dataclass(frozen=True)
class SigmoidCurve:
    """The log-logistic curve W x^n / (x^n + k): Naka & Rushton's (1966) response, with grey, slope and white given."""

    power: float
    half: float
    ceiling: float

    def __call__(self, light: np.ndarray) -> np.ndarray:
        """Display light, 0 to 1, of scene light."""
        raised = np.maximum(light, 0) ** self.power
        return np.minimum(self.ceiling * raised / (raised + self.half), 1)

    def inverse(self, display: np.ndarray) -> np.ndarray:
        """Scene light of display light 0 to 1."""
        display = np.clip(display, 0, 1)
        return (self.half * display / (self.ceiling - display)) ** (1 / self.power)


def sigmoid_curve(contrast: float, white: float) -> SigmoidCurve:
    """The curve through grey with log-log slope `contrast` that takes `white` to 1.

    With s = contrast / power, in 0..1, the two conditions at grey leave
    f(white) = grey / (1 - s + s (grey / white)^(contrast / s)), which rises with s: bisection finds the one s that
    makes it 1. A straight line in the log-log plane (s = 1) is the least contrast that still reaches 1 at `white`; a
    lower one is raised to it.
    """
    stops = math.log(white / GREY)
    contrast = max(contrast, 1.01 * math.log(1 / GREY) / stops)
    low, high = 0.0, 1.0
    for _ in range(60):
        s = (low + high) / 2
        if 1 - s + s * math.exp(-contrast * stops / s) > GREY:
            low = s
        else:
            high = s
    power, ceiling = contrast / high, GREY / (1 - high)
    return SigmoidCurve(power, GREY**power * high / (1 - high), ceiling)


@dataclass(frozen=True)
class FilmCurve:
    """A characteristic curve: straight in density against log exposure, with a soft shoulder.

    log2(y / grey) = slope (s - bend (ln(1 + e^((s - knee) / bend)) - ln(1 + e^(-knee / bend)))), s in stops over grey.
    """

    slope: float
    knee: float
    bend: float

    def __call__(self, light: np.ndarray) -> np.ndarray:
        """Display light, 0 to 1, of scene light."""
        stops = np.log2(np.maximum(light, 1e-12) / GREY)
        softened = np.logaddexp(0, (stops - self.knee) / self.bend) - np.logaddexp(0, -self.knee / self.bend)
        shown = GREY * np.exp2(np.minimum(self.slope * (stops - self.bend * softened), 4))
        return np.where(np.asarray(light) > 1e-12, np.minimum(shown, 1), 0.0)

    def inverse(self, display: np.ndarray) -> np.ndarray:
        """Scene light of display light 0 to 1."""
        return bisected(self, np.asarray(display, float), np.full(np.shape(display), 1e-12), 64.0)


def film_curve(contrast: float, shoulder_stops: float, white: float) -> FilmCurve:
    """The curve through grey with log-log slope `contrast` that takes `white` to 1, its bend `shoulder_stops` wide.

    The wider the bend, the sooner it begins; the knee is where bisection finds that white is reached. A contrast too
    low for that is raised, a bend too wide for it is made narrower.
    """
    stops, wanted = math.log2(white / GREY), math.log2(1 / GREY)
    contrast = max(contrast, 1.01 * wanted / stops)
    bend = min(max(shoulder_stops, 0.2), 0.9 * wanted / contrast)

    def curve(knee: float) -> FilmCurve:
        return FilmCurve(contrast * (1 + math.exp(-knee / bend)), knee, bend)

    low, high = -10 * bend, stops + 20 * bend
    for _ in range(60):
        knee = (low + high) / 2
        if curve(knee)(np.array(white)) < 1:
            low = knee
        else:
            high = knee
    return curve(high)


def bisected(curve, wanted: np.ndarray, low: np.ndarray, high: np.ndarray | float) -> np.ndarray:
    """Where the rising `curve` reaches `wanted`, between `low` and `high`, by halving their ratio; 0 for 0."""
    low, high = np.broadcast_to(low, wanted.shape), np.broadcast_to(high, wanted.shape)
    for _ in range(70):
        middle = np.sqrt(low) * np.sqrt(high)
        under = curve(middle) < wanted
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    return np.where(wanted > 0, np.sqrt(low) * np.sqrt(high), 0.0)


@dataclass(frozen=True)
class ToneCurve:
    """A look's whole curve for one channel: its exposure, its zones, then its base, between its black and its white."""

    tone: Tone
    white: float
    base: LinearCurve | SigmoidCurve | FilmCurve

    def __call__(self, light: np.ndarray) -> np.ndarray:
        """Display light, 0 to 1, of scene light."""
        shown = self.base(self.zoned(np.maximum(light, 0) * 2.0**self.tone.exposure_stops))
        if self.tone.black == 0 and self.tone.white == 1:
            return shown
        return self.tone.black + (self.tone.white - self.tone.black) * shown

    def zoned(self, light: np.ndarray) -> np.ndarray:
        """`light` after exposure, with its shadows, its toe and its highlights moved."""
        tone = self.tone
        light = lifted(light, tone.shadows_stops)
        if not tone.toe_stops and not tone.highlights_stops:
            return light
        return _bent(light, tone, self.white)

    def inverse(self, display: np.ndarray) -> np.ndarray:
        """Scene light of display light between black and white."""
        tone = self.tone
        shown = (np.asarray(display, float) - tone.black) / (tone.white - tone.black)
        exposed = self.base.inverse(shown)
        if tone.shadows_stops or tone.toe_stops or tone.highlights_stops:
            exposed = bisected(self.zoned, exposed, exposed * 2.0**-5, exposed * 2.0**5)
        return exposed / 2.0**tone.exposure_stops


def tone_curve(tone: Tone, white: float) -> ToneCurve:
    """The curve of `tone` that takes scene `white` to the display's white."""
    white = max(white * 2.0**tone.exposure_stops, LEAST_WHITE)
    if tone.curve == "linear":
        base = LinearCurve(GREY * 2.0**tone.shoulder_stops, white)
    elif tone.curve == "film":
        base = film_curve(tone.contrast, tone.shoulder_stops, white)
    else:
        base = sigmoid_curve(tone.contrast, white)
    return ToneCurve(tone, white, base)


def _bent(light: np.ndarray, tone: Tone, white: float) -> np.ndarray:
    """`light`, its shadows lifted already, with its toe and its highlights moved."""
    # The toe lies under what the lift of the shadows has moved as a whole.
    stops = np.log2(np.maximum(light, 1e-12) / GREY)
    under = -(stops - tone.shadows_stops) / 4 - 1
    place = np.clip(stops / math.log2(white / GREY), 0, 1)
    moved = tone.toe_stops * eased(under) + tone.highlights_stops * 16 * (place * (1 - place)) ** 2
    return light * np.exp2(moved)


def lifted(light: np.ndarray, stops: float) -> np.ndarray:
    """`light` raised by `stops` where it is four stops or more under grey, easing to nothing at grey."""
    if not stops:
        return light
    under = -np.log2(np.maximum(light, 1e-12) / GREY) / 4
    return light * np.exp2(stops * eased(under))


def eased(share: np.ndarray) -> np.ndarray:
    """0 below 0, 1 above 1, between them 3 t^2 - 2 t^3."""
    share = np.clip(share, 0, 1)
    return share * share * (3 - 2 * share)


def extremes(rgb: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The least and the largest channel (..., 1) of `rgb` (..., 3); far faster than a reduction over three."""
    red, green, blue = rgb[..., 0:1], rgb[..., 1:2], rgb[..., 2:3]
    return np.minimum(np.minimum(red, green), blue), np.maximum(np.maximum(red, green), blue)


def toned(light: np.ndarray, tone: Tone, white: float) -> np.ndarray:
    """Display-linear RGB (..., 3), 0 to 1, of scene light (..., 3) in the same primaries, not negative.

    Each channel goes through the curve by itself, so that saturated light has a path to white. That alone turns hues
    (orange to yellow, blue to cyan), so the middle channel is drawn back, by `hue_hold`, to where it lay in the scene
    between the least and the largest. A look may first draw every channel to the mean (`inset`).
    """
    curve = tone_curve(tone, white)
    if tone.inset:
        light = light + tone.inset * (light.mean(axis=-1, keepdims=True) - light)
    display = curve(light)
    least, largest = extremes(light)
    darkest, brightest = extremes(display)
    place = (light - least) / np.maximum(largest - least, 1e-12)
    held = darkest + (brightest - darkest) * place
    # Near grey there is no hue to hold, and the curve's end at white would show through.
    saturation = 1 - least / np.maximum(largest, 1e-12)
    return display + hold_at(tone, white) * eased((saturation - 0.05) / 0.5) * (held - display)


def hold_at(tone: Tone, white: float) -> float:
    """How far the middle channel is held in a scene whose `white` becomes display 1."""
    return tone.hue_hold * (1 - HOLD_EASED[tone.curve] * min(max(math.log2(white / 2) / 3, 0), 1))
