"""Colour edits of a look on display light, in Oklab: saturation, the eight hues, split tone, toners, skin."""

from __future__ import annotations

import dataclasses

import numpy as np

from ...colour.perception import from_oklab, oklab
from ...photo.look import Colour, Hues, Monochrome, SplitTone
from .kernel_reference import inside_gamut
from .tone import eased, extremes

#: Oklab hues, in degrees, of the middles of the eight sectors.
CENTRES = {
    "red": 25.0, "orange": 60.0, "yellow": 105.0, "green": 145.0, "aqua": 195.0, "blue": 255.0, "purple": 305.0,
    "magenta": 345.0,
}  # fmt: skip

#: Oklab chroma from which a hue's sector acts in full; greys have no hue.
FULL_CHROMA = 0.1

#: Skin of all complexions, as ColorCheckers and published measurements have it: Oklab hue, chroma over lightness.
SKIN_HUE, SKIN_COLOURFULNESS = 52.0, (0.09, 0.24)

#: Toners: Oklab hue, chroma at its most, and the exponents of lightness and of darkness that say where that is.
TONERS = {
    "sepia": (63.0, 0.047, 1.0, 1.1),
    "blue": (258.0, 0.05, 1.0, 1.3),
    "selenium": (335.0, 0.022, 1.0, 2.8),
}


def saturated(rgb: np.ndarray, colour: Colour, factor: float, colour_space: str) -> np.ndarray:
    """Display-linear `rgb` (..., 3) with its Oklab chroma changed by `colour` and by `factor`; hue and lightness stay.

    A gain fades where a channel nears 0 or 1, the sooner the larger it is, so that the result stays within them.
    """
    if factor == colour.saturation == colour.saturation_shadows == colour.saturation_highlights == 1:
        return rgb
    lab = oklab(rgb, colour_space)
    lightness = lab[..., :1]
    shadows, highlights = eased((0.5 - lightness) / 0.4), eased((lightness - 0.65) / 0.35)
    gain = colour.saturation * colour.saturation_shadows**shadows * colour.saturation_highlights**highlights
    if colour.skin_protection:
        gain = 1 + (gain - 1) * (1 - colour.skin_protection * skin(lab))
    gain = factor * gain
    boost = factor * colour.saturation * max(colour.saturation_shadows, colour.saturation_highlights, 1.0) - 1
    gain = 1 + (gain - 1) * np.where(gain > 1, room(rgb, boost), 1)
    return from_oklab(np.concatenate([lightness, lab[..., 1:] * gain], axis=-1), colour_space)


def room(rgb: np.ndarray, boost: float) -> np.ndarray:
    """Share (..., 1) of a gain of chroma, of up to 1 + `boost`, that colours have room for: less where a channel nears
    0 or 1, the sooner the larger the boost."""
    least, largest = extremes(rgb)
    above_black = np.minimum(least / np.maximum(max(0.35, 2 * boost) * largest, 1e-12), 1)
    return above_black * (2 - above_black) * (1 - np.clip(largest, 0, 1) ** min(4.0, 1 / max(boost, 0.25)))


def skin(lab: np.ndarray) -> np.ndarray:
    """How much colours (..., 3) in Oklab are like skin, 0 to 1, (..., 1)."""
    lightness, chroma, hue = _polar(lab)
    off = np.abs((hue - SKIN_HUE + 180) % 360 - 180)
    colourfulness = chroma / np.maximum(lightness, 1e-6)
    low, high = SKIN_COLOURFULNESS
    like = eased((56 - off) / 44) * eased(colourfulness / low)
    return like * eased((2 * high - colourfulness) / high)


def sectored(rgb: np.ndarray, hues: Hues, colour: Colour, colour_space: str) -> np.ndarray:
    """Display-linear `rgb` (..., 3) with the colours of each of the eight hues turned, saturated and lightened."""
    if hues == Hues():
        return rgb
    lab = oklab(rgb, colour_space)
    lightness, chroma, hue = _polar(lab)
    turn, saturation, stops = (_by_hue(hue, values) for values in _sector_values(hues))
    _, largest = extremes(rgb)
    acting = eased(chroma / FULL_CHROMA) * (1 - 0.6 * np.clip(largest, 0, 1) ** 3)
    if colour.skin_protection:
        acting = acting * (1 - colour.skin_protection * skin(lab))
    boost = max(float(saturation.max()) - 1, 0.0) if saturation.size else 0.0
    gain = 1 + (saturation - 1) * acting
    gain = 1 + (gain - 1) * np.where(gain > 1, room(rgb, boost), 1)
    lift = stops * acting
    lift = lift * np.where(lift > 0, 1 - np.clip(largest, 0, 1) ** 2, 1)
    factor = np.exp2(lift / 3)  # light goes with the cube of Oklab's axes
    angle = np.radians(hue + turn * acting)
    edited = [lightness, chroma * gain * np.cos(angle), chroma * gain * np.sin(angle)]
    return inside_gamut(from_oklab(np.concatenate(edited, axis=-1) * factor, colour_space))


def _sector_values(hues: Hues) -> list[np.ndarray]:
    """(8,) turns in degrees, factors of chroma, stops of light, in the order of `CENTRES`."""
    sectors = [getattr(hues, name) for name in CENTRES]
    return [np.array(column) for column in zip(*(dataclasses.astuple(sector) for sector in sectors), strict=True)]


def _by_hue(hue: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The sectors' `values` at `hue` in degrees: each sector's own at its middle, eased between two."""
    centres = np.array([*CENTRES.values()])
    starts = np.append(centres, centres[0] + 360)
    place = (hue - starts[0]) % 360 + starts[0]
    first = np.clip(np.searchsorted(starts, place, side="right") - 1, 0, 7)
    share = eased((place - starts[first]) / (starts[first + 1] - starts[first]))
    return values[first] + (values[(first + 1) % 8] - values[first]) * share


def split_toned(rgb: np.ndarray, split: SplitTone, colour_space: str) -> np.ndarray:
    """Display-linear `rgb` (..., 3) with its shadows and its highlights each given a colour; lightness stays."""
    if split.shadows_chroma == split.highlights_chroma == 0:
        return rgb
    lab = oklab(rgb, colour_space)
    lightness = np.clip(lab[..., :1], 0, 1)
    bright = eased((lightness - split.balance) / 0.6 + 0.5)
    amount = 4 * lightness * (1 - lightness)
    amount = amount * room(rgb, 0.3)
    given = np.zeros((1, 2))
    for chroma, hue, share in (
        (split.shadows_chroma, split.shadows_hue_degrees, 1 - bright),
        (split.highlights_chroma, split.highlights_hue_degrees, bright),
    ):
        given = given + chroma * amount * share * _direction(hue)
    return from_oklab(np.concatenate([lab[..., :1], lab[..., 1:] + given], axis=-1), colour_space)


def print_toned(rgb: np.ndarray, monochrome: Monochrome, colour_space: str) -> np.ndarray:
    """Display-linear greys `rgb` (..., 3) in the colours of a toned print; black, white and lightness stay."""
    if monochrome.toning == "none" or monochrome.response == "colour":
        return rgb
    lab = oklab(rgb, colour_space)
    lightness = np.clip(lab[..., :1], 0, 1)
    if monochrome.toning == "split":
        bright = eased((lightness - 0.35) / 0.4)
        given = (1 - bright) * _toner("selenium", lightness) + bright * _toner("sepia", lightness)
    else:
        given = _toner(monochrome.toning, lightness)
    toned = from_oklab(np.concatenate([lab[..., :1], monochrome.toning_strength * given], axis=-1), colour_space)
    # A colour beyond the space is drawn to the grey it was, no further than to the edge.
    away = toned - rgb
    edge = np.where(away < 0, rgb, 1 - rgb)
    share = np.clip(edge / np.maximum(np.abs(away), 1e-12), 0, 1).min(axis=-1, keepdims=True)
    return rgb + share * away


def _toner(name: str, lightness: np.ndarray) -> np.ndarray:
    """Oklab a, b (..., 2) that a toner gives to a print of that `lightness` (..., 1)."""
    hue, chroma, rise, fall = TONERS[name]
    most = rise / (rise + fall)
    shape = (lightness / most) ** rise * ((1 - lightness) / (1 - most)) ** fall
    return chroma * shape * _direction(hue)


def _direction(hue_degrees: float) -> np.ndarray:
    """Oklab a, b (1, 2) of chroma 1 at that hue."""
    return np.array([[np.cos(np.radians(hue_degrees)), np.sin(np.radians(hue_degrees))]])


def _polar(lab: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lightness, chroma and hue in degrees, (..., 1) each."""
    return (
        lab[..., :1],
        np.hypot(lab[..., 1:2], lab[..., 2:3]),
        np.degrees(np.arctan2(lab[..., 2:3], lab[..., 1:2])),
    )
