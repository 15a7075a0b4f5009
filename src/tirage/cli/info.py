"""`tirage info`: what a RAW file says, and what tirage will do with it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from .report import shown

#: EXIF orientation -> how the picture is brought upright.
UPRIGHT = {
    2: "mirror it left to right",
    3: "turn it by 180 degrees",
    4: "mirror it top to bottom",
    5: "mirror it along its diagonal",
    6: "turn it to the right",
    7: "mirror it along its other diagonal",
    8: "turn it to the left",
}


@click.command(
    epilog="""\b
Examples:
  tirage info IMG_0001.dng
  tirage info IMG_0001.dng --json | jq .iso
"""
)
@click.argument("file", type=click.Path(path_type=Path, readable=False))
@click.option("--json", "as_json", is_flag=True, help="print every fact as JSON, for programs")
def info(file: Path, as_json: bool) -> None:
    """Print what the RAW FILE says and what tirage will do with it."""
    from ..reading import read
    from ..reading.describe import describe

    facts = describe(read(file), file)
    facts["steps"] = list(steps(facts))
    if as_json:
        import json

        click.echo(json.dumps(facts, indent=2, ensure_ascii=False, default=str))
        return
    rows = [(name, text) for name, text in summary(facts) if text]
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        click.echo(f"{name:{width}}  {text}")
    click.echo("\ntirage will")
    for step in facts["steps"]:
        click.echo(f"  {step}")
    for note in facts["notes"]:
        click.echo(f"note: {note}")


def summary(facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What the file says, as (name, text) rows; the text of absent facts is empty."""
    bits = f"{facts['bits']} bits" if facts.get("bits") else ""
    yield "file", facts["file"]
    yield "format", _listed(facts["format"], facts.get("compression"), bits)
    yield "camera", facts.get("camera") or f"{facts['make']} {facts['model']}".strip()
    yield "merged", _merged(facts["merged"])
    yield "lens", facts["lens"]
    yield "taken", _shot(facts)
    yield "picture", f"{facts['width']} x {facts['height']}"
    yield "colour filters", facts["colour_filters"]
    yield "levels", f"black {_numbers(sorted(set(facts['black_level'])))}, white {_numbers(set(facts['white_level']))}"
    yield "neutral as shot", _numbers(facts["as_shot_neutral"] or facts["as_shot_white_xy"] or [])
    yield "calibrated for", _listed(*(f"{one['cct_kelvin']:.0f} K" for one in facts["illuminants"]))
    yield "profile", _listed(facts.get("profile"), *facts.get("profile_tables", []))
    yield "other profiles", _listed(*facts.get("extra_profiles", []))
    yield "holds beside", _listed(*facts.get("also_holds", []))
    for name, operations in facts.get("opcodes", {}).items():
        for operation, times in Counter(operations).items():
            yield name, operation + f", {times} times" * (times > 1)
    yield "place", "GPS position (--strip-gps leaves it out)" if facts["gps"] else ""


def steps(facts: dict[str, Any]) -> Iterator[str]:
    """What tirage does with a file of these facts, in order, unless told otherwise."""
    opcodes = facts.get("opcodes", {})
    if found := opcodes.get("OpcodeList1"):
        yield f"do on stored values what opcode list 1 asks: {_names(found)}"
    if facts["colour_filters"].isupper():
        yield "find hot and dead pixels and repair them (--defects none leaves them)"
    yield "subtract black and scale to white"
    others = [one for one in opcodes.get("OpcodeList2", []) if not one.startswith("GainMap")]
    if others:
        yield f"do on linear light what opcode list 2 asks: {_names(others)}"
    if maps := facts["gain_maps"]:
        most = math.log2(max(max(one["most_gain"] for one in maps), 1e-6))
        maps_of = "gain map" if len(maps) == 1 else f"{len(maps)} gain maps"
        yield f"even out lens shading by the file's {maps_of}, up to {most:+.1f} stops"
    known = facts["as_shot_neutral"] or facts["as_shot_white_xy"]
    yield "balance white as shot" if known else "balance white for daylight, since the file does not say what was white"
    if facts["colour_filters"].isupper():
        yield "remove noise, as far as it can be seen (--denoise 0 leaves it; so does --quality fast)"
        yield f"demosaic {facts['colour_filters']} by learned filters (by Malvar 2004 with --quality fast)"
    if found := opcodes.get("OpcodeList3"):
        yield f"do on camera RGB what opcode list 3 asks: {_names(found)} (--lens-correction none leaves warps)"
    if facts["default_scale"]:
        yield "make its pixels square"
    yield "bring camera colour to Rec.2020 by the file's own matrices"
    if stops := facts["baseline_exposure_stops"]:
        yield f"expose by {stops:+.2f} stops, as the file asks"
    if facts["orientation"] in UPRIGHT:
        yield UPRIGHT[facts["orientation"]]
    if facts.get("profile_tables"):
        yield "leave the file's own profile alone (--profile embedded applies it)"
    yield f"finish {facts['width']} x {facts['height']} pixels under the look you choose"


def _merged(history: dict[str, Any]) -> str:
    """What a frame was merged of."""
    if not history:
        return ""
    frames, left_out, scale = history["frames"], history.get("left_out", []), history.get("scale", 1)
    told = _listed(
        f"of {len(frames)} frames",
        f"in the place of {history['reference']}" if history.get("reference") else "",
        f"{len(left_out)} left out: {', '.join(left_out)}" if left_out else "",
        f"pixels {scale:g} times as fine" if scale != 1 else "",
    )
    return shown(told)


def _shot(facts: dict[str, Any]) -> str:
    """Time and exposure on one line: 2016-01-01 23:07:27, 1/455 s, f/2.8, ISO 100, 3 mm."""
    seconds = facts["exposure_s"]
    shutter = "" if not seconds else f"1/{1 / seconds:.0f} s" if seconds < 0.3 else f"{seconds:g} s"
    return _listed(
        (facts["time"] or "").replace("T", " "),
        shutter,
        f"f/{facts['f_number']:g}" if facts["f_number"] else "",
        f"ISO {facts['iso']:g}" if facts["iso"] else "",
        f"{facts['focal_length_mm']:g} mm" if facts["focal_length_mm"] else "",
    )


def _names(operations: list[str]) -> str:
    """The operations by name alone, each once."""
    return ", ".join(dict.fromkeys(re.split(r"\W", one)[0] for one in operations))


def _listed(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)


def _numbers(values: Any) -> str:
    return " ".join(f"{value:.5g}" for value in values)
