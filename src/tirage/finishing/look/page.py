"""Look files and their reference page, written from the declarations in `photo.look`."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

from ...photo.look import SCHEMA, SECTIONS, Hues, HueSector, Look

COLUMN = 34


def look_file(look: Look, stated: dict[str, str]) -> str:
    """A look file of `look` with every parameter and what it is; those left as declared are commented out.

    `stated` are name, version, author, licence and description.
    """
    lines = [f"schema = {SCHEMA}"]
    lines += [f"{key} = {json.dumps(text, ensure_ascii=False)}" for key, text in stated.items()]
    for name, declared in SECTIONS.items():
        lines += ["", f"# {_first_line(declared)}"]
        if declared is Hues:
            lines += _hues(look.hues)
            continue
        lines.append(f"[{name}]")
        lines += [_entry(field, getattr(getattr(look, name), field.name)) for field in dataclasses.fields(declared)]
    return "\n".join(lines) + "\n"


def _hues(hues: Hues) -> Iterator[str]:
    for sector in dataclasses.fields(Hues):
        values = getattr(hues, sector.name)
        yield f"[hues.{sector.name}]"
        yield from (_entry(field, getattr(values, field.name)) for field in dataclasses.fields(HueSector))


def _entry(field: dataclasses.Field[Any], value: Any) -> str:
    """A parameter's line: commented out where it has its default."""
    hidden = "# " if value == field.default else ""
    return f"{hidden + field.name + ' = ' + toml_value(value):{COLUMN}}  # {field.metadata['text']}{_bounds(field)}"


def toml_value(value: Any) -> str:
    """A parameter's value as TOML."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return repr(float(value))


def _bounds(field: dataclasses.Field[Any]) -> str:
    meta = field.metadata
    if meta["low"] is None:
        return ""
    return f"; {meta['low']:g} to {meta['high']:g}" + (f" {meta['unit']}" if meta["unit"] else "")


def _first_line(declared: Any) -> str:
    return str(declared.__doc__).strip().split("\n")[0]


def reference_page() -> str:
    """docs/look-parameters.md: every section and parameter of a look file."""
    lines = [
        "# Parameters of a look file",
        "",
        "Written from the declarations in `src/tirage/photo/look.py`; a test holds this page to them. Every section",
        "and every key may be left out; `tirage look new FILE` writes a file that holds them all.",
        "",
        f"A file begins with `schema = {SCHEMA}`, `name`, `version`, `author`, `licence` and `description`. A table",
        "`[character]` may follow: promises like `mid_tone_contrast = [1.25, 0.03]`, a value and its tolerance.",
    ]
    for name, declared in SECTIONS.items():
        title = "[hues.red], orange, yellow, green, aqua, blue, purple, magenta" if declared is Hues else f"[{name}]"
        lines += ["", f"## {title}", "", _first_line(HueSector if declared is Hues else declared), ""]
        lines += ["| key | default | range | what it does |", "|---|---|---|---|"]
        for field in dataclasses.fields(HueSector if declared is Hues else declared):
            meta = field.metadata
            allowed = (
                ", ".join(meta["choices"] or ()) if meta["low"] is None else f"{meta['low']:g} to {meta['high']:g}"
            )
            unit = f" {meta['unit']}" if meta["unit"] else ""
            lines.append(f"| `{field.name}` | {_shown(field.default)} | {allowed}{unit} | {meta['text']} |")
    return "\n".join(lines) + "\n"


def _shown(default: Any) -> str:
    return f"{default:g}" if isinstance(default, float) else default
