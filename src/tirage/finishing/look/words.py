"""A look in words: what a photographer would notice, said of what `character.measure` finds."""

from __future__ import annotations

from ...photo.look import Look
from .character import measure


def in_words(look: Look) -> list[str]:
    """A sentence for everything about `look` that differs from `faithful` enough to be seen."""
    found = measure(look)
    return [*_tone(found), *_colour(look, found), *_monochrome(look, found), *_detail(look), *_rest(look)]


def _tone(found: dict[str, float]) -> list[str]:
    said = []
    contrast = found["mid_tone_contrast"]
    if abs(contrast - 1) > 0.02:
        said.append(f"Middle tones have {contrast:.2f} times the scene's contrast.")
    grey = found["grey_rendition"] / 0.18
    if abs(grey - 1) > 0.03:
        said.append(f"A middle grey is shown {abs(grey - 1):.0%} {'brighter' if grey > 1 else 'darker'}.")
    shadows = found["shadow_level_stops"] + 4
    if abs(shadows) > 0.1:
        said.append(f"Shadows four stops under grey lie {abs(shadows):.1f} stops {_side(shadows, 'higher', 'deeper')}.")
    if found["black_level"] > 1e-4:
        said.append(f"Black is lifted to {found['black_level']:.1%} of white.")
    return said


def _colour(look: Look, found: dict[str, float]) -> list[str]:
    if look.monochrome.response != "colour":
        return []
    said, saturation = [], found["saturation"]
    if abs(saturation - 1) > 0.02:
        said.append(f"Colours are {abs(saturation - 1):.0%} {_side(saturation - 1, 'stronger', 'weaker')}.")
    if abs(found["skin_saturation"] - saturation) > 0.1:
        said.append(f"Skin keeps {found['skin_saturation']:.2f} of its own saturation.")
    warmer = look.colour.white_balance_mired
    if warmer:
        said.append(f"Light is {abs(warmer):g} mired {_side(warmer, 'warmer', 'cooler')}.")
    for name in ("yellow", "red", "orange", "green", "aqua", "blue", "purple", "magenta"):
        sector = getattr(look.hues, name)
        parts = []
        if sector.hue_degrees:
            parts.append(f"turned by {sector.hue_degrees:g} degrees")
        if sector.saturation != 1:
            parts.append(f"{sector.saturation:g} times as saturated")
        if sector.lightness_stops:
            parts.append(f"{abs(sector.lightness_stops):g} stops {_side(sector.lightness_stops, 'lighter', 'darker')}")
        if parts:
            said.append(f"{name.capitalize()}s are {', '.join(parts)}.")
    if look.split_tone.shadows_chroma or look.split_tone.highlights_chroma:
        said.append("Shadows and highlights get a colour of their own.")
    return said


def _monochrome(look: Look, found: dict[str, float]) -> list[str]:
    response, toning = look.monochrome.response, look.monochrome.toning
    if response == "colour":
        return []
    seen = {
        "luminance": "by the eye's luminance",
        "channels": "by the shares of red, green and blue that it states",
        "panchromatic": "as panchromatic film sees",
        "orthochromatic": "as orthochromatic film sees, blind to red",
    }.get(response, f"as panchromatic film sees through a {response} filter")
    sky = found["sky_stops"]
    said = [f"Black and white, {seen}."]
    if look.monochrome.toning == "none" and abs(sky) > 0.1:
        said.append(f"A blue sky is {abs(sky):.1f} stops {_side(sky, 'lighter', 'darker')} than a grey as bright.")
    return said if toning == "none" else [*said, f"Toned {toning}."]


def _detail(look: Look) -> list[str]:
    said = []
    for name, what in (("texture", "Fine detail"), ("clarity", "Forms")):
        amount = getattr(look.presence, name)
        if amount:
            said.append(f"{what} {'have' if name == 'clarity' else 'has'} {'more' if amount > 0 else 'less'} contrast.")
    if look.presence.sharpening < 0.25:
        said.append("Little sharpening.")
    return said


def _rest(look: Look) -> list[str]:
    said = []
    if look.optics.corner_shading_stops:
        said.append(f"Light falls off by {-look.optics.corner_shading_stops:g} stops to the corners.")
    if look.film.granularity:
        film = look.film
        said.append(f"Grain of {film.grain_um:g} um on a frame of {film.frame_mm:g} mm.")
    if look.lut.file:
        said.append(f"The table '{look.lut.file}' renders.")
    return said


def _side(number: float, above: str, below: str) -> str:
    return above if number > 0 else below
