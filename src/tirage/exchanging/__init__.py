"""Exchanging: looks as other programs' files, and those files as looks.

Method: the pointwise part of a look as one 3D table (`table.py`), written as .cube (`cube.py`), as a HaldCLUT picture
(`hald_clut.py`) or as a camera profile (`camera_profile.py`); .cube and HaldCLUT files become a look's own table.
Domain: "srgb", a picture under `faithful`, sRGB-encoded; or "acescct", scene light, ACEScct-encoded. Range: the look,
sRGB-encoded. Limits: local tone, texture, clarity, sharpening, corner shading and grain depend on more than a colour,
and stay behind.
"""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np

from ..finishing.look.load import load_look
from ..finishing.look.lut import lut_table, write_table
from ..finishing.look.page import look_file
from ..photo.errors import FileError, UsageError, nearest
from ..photo.frame import RawFrame
from ..photo.look import LUT_SPACES, Look, Lut
from ..writing.atomic import replacing
from . import camera_profile, cube, hald_clut
from .table import table_of

#: Nodes along an axis of a table, unless more are asked for.
DEFAULT_NODES = 33
#: What a file name's end asks for.
SUFFIXES = (".cube", ".png", ".dcp")


def export_look(
    look: Look | str,
    path: str | Path,
    *,
    nodes: int | None = None,
    space: str = "srgb",
    camera: RawFrame | None = None,
    overwrite: bool = True,
) -> list[str]:
    """Write `look` as the file that the end of `path` asks for, and say what of it stays behind.

    `nodes` are those along an axis of a .cube (33 unless given) or a HaldCLUT (a square number, 64 unless given).
    `space` is "srgb" or "acescct". A .dcp takes its matrices from `camera`, or is made for a generic one. Raises
    UsageError for what can't be asked for, FileError where it can't be written.
    """
    path = Path(path)
    look = look if isinstance(look, Look) else load_look(look)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageError(
            f"a look is exported as {', '.join(SUFFIXES)}, not {path.suffix or 'a file without a suffix'!r}"
        )
    if space not in LUT_SPACES:
        raise UsageError(
            f"space must be one of {', '.join(LUT_SPACES)}, not {space!r}{nearest(space, list(LUT_SPACES))}"
        )
    if suffix == ".dcp":
        if space != "srgb" or nodes is not None:
            raise UsageError("a .dcp has neither a size nor a space of its own; leave them out")
        content = camera_profile.encoded(look, camera)
    elif camera is not None:
        raise UsageError("a camera is for a .dcp alone; leave it out")
    elif suffix == ".png":
        content = hald_clut.encoded(table_of(look, hald_clut.nodes_of(nodes), space))
    else:
        content = cube.encoded(
            table_of(look, cube.checked_nodes(DEFAULT_NODES if nodes is None else nodes), space), look, space
        )
    with replacing(path, overwrite=overwrite) as file:
        file.write(content)
    return left_behind(look)


def left_behind(look: Look) -> list[str]:
    """What of `look` no table of colours can hold, beyond what `faithful` does too."""
    plain = load_look("faithful")
    parts = {
        "local tone": look.local_tone != plain.local_tone,
        "texture, clarity and sharpening": look.presence != plain.presence,
        "corner shading": look.optics.corner_shading_stops != 0,
        "grain": look.film.granularity != 0,
    }
    kept = [name for name, differs in parts.items() if differs]
    return [f"its {', '.join(kept)} can't be part of a table of colours and stay behind"] if kept else []


def import_look(
    path: str | Path, output: str | Path, *, space: str = "srgb", name: str | None = None, overwrite: bool = True
) -> Path:
    """Write the .cube or HaldCLUT at `path` as a look: `output`, a .toml, and its table (.npz) beside it; the latter.

    Raises FileError where the file can't be read or is damaged, UsageError for an output that is no .toml.
    """
    path, output = Path(path), Path(output)
    if output.suffix.lower() != ".toml":
        raise UsageError(f"a look is a .toml file; call the output {output.with_suffix('.toml').name!r}")
    if space not in LUT_SPACES:
        raise UsageError(
            f"space must be one of {', '.join(LUT_SPACES)}, not {space!r}{nearest(space, list(LUT_SPACES))}"
        )
    values = read_table_of(path)
    lut_table(values, f"'{path}'")
    return write_look_of_table(values, output, space, name or output.stem, f"imported from {path.name}", overwrite)


def read_table_of(path: Path) -> np.ndarray:
    """The table (n, n, n, 3) float64 in a .cube or a HaldCLUT, told by content; FileError where it is neither."""
    try:
        head = path.open("rb").read(8)
    except OSError as error:
        raise FileError(f"can't read '{path}': {(error.strerror or str(error)).lower()}") from None
    if head == b"\x89PNG\r\n\x1a\n":
        return hald_clut.read(path)
    return cube.read(path)


def write_look_of_table(
    values: np.ndarray, output: Path, space: str, name: str, description: str, overwrite: bool
) -> Path:
    """Write a look that is `values` (n, n, n, 3) under local tone and sharpening of `faithful`; the table's path."""
    table = output.with_suffix(".npz")
    if not overwrite:
        for target in (output, table):
            if target.exists():
                raise FileError(f"'{target}' exists; allow overwriting or choose another name")
    look = dataclasses.replace(load_look("faithful"), lut=Lut(file=table.name, space=space))
    stated = {
        "name": re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-") or "imported",
        "version": "1.0",
        "author": description,
        "licence": "unknown: that of what it was made from",
        "description": description,
    }
    with replacing(output, overwrite=overwrite) as file:
        file.write(look_file(look, stated).encode())
        with replacing(table, overwrite=overwrite) as beside:
            write_table(beside, values)
    return table
