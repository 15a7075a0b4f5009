"""Learning: a look from pairs of pictures, before and after, that it should turn one into the other.

A RAW file with the camera's JPEG of it, or any picture before and after an edit. Pairs are aligned (`aligning`), their
colours sampled where neither is busy (`pairs`), what the corners lack is taken off (`shading`), and one table is fitted
to all (`model`: curves, then a smooth cube, `base` and `lattice`), judged on pairs or areas it was not learned from
(`fitting`).

Domain: a RAW file under `faithful`, or a finished picture taken for one; range: a look whose table goes in after that.
Limits: what depends on more than a colour (local tone, texture, sharpness, grain, shaded corners) is left out.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

from ..photo.errors import FileError, UsageError
from .fitting import Fit, fit
from .pairs import Pair, pairs_in, pairs_of


def fit_look(
    pairs: list[Pair],
    output: str | Path,
    *,
    overwrite: bool = True,
    progress: Callable[[int, int, str], None] | None = None,
) -> Fit:
    """Learn the look of `pairs` and write it: `output`, a .toml, and its table (.npz) beside it.

    Raises UsageError for an output that is no .toml and for pairs that no one look fits, FileError for files that can't
    be read or written and for pairs that don't match. Nothing is written then.
    """
    output = Path(output)
    table = output.with_suffix(".npz")
    if output.suffix.lower() != ".toml":
        raise UsageError(f"a look is a .toml file; call the output {output.with_suffix('.toml').name!r}")
    for target in () if overwrite else (output, table):
        if target.exists():
            raise FileError(f"'{target}' exists; allow overwriting or choose another name")
    if not output.parent.is_dir():
        raise FileError(f"'{output}' can't be written: its folder does not exist; make it first")
    found = fit(pairs, progress or (lambda *_: None))
    _write(found, output, table, overwrite)
    return found


def _write(found: Fit, output: Path, table: Path, overwrite: bool) -> None:
    """The look file and its table."""
    from ..finishing.look.load import load_look
    from ..finishing.look.lut import write_table
    from ..finishing.look.page import look_file
    from ..photo.look import Lut
    from ..writing.atomic import replacing

    look = dataclasses.replace(load_look("faithful"), local_tone=found.local_tone, lut=Lut(file=table.name))
    of = "1 pair of pictures" if found.pairs == 1 else f"{found.pairs} pairs of pictures"
    stated = {
        "name": re.sub(r"[^a-z0-9-]+", "-", output.stem.lower()).strip("-") or "learned",
        "version": "1.0",
        "author": f"learned from {of}",
        "licence": "unknown: that of what it was learned from",
        "description": f"Learned from {of}; held out, Delta E 2000 is {found.median:.2f} in the middle and "
        f"{found.tail:.2f} at 95 %.",
    }
    with replacing(output, overwrite=overwrite) as file:
        file.write(look_file(look, stated).encode())
        with replacing(table, overwrite=overwrite) as beside:
            write_table(beside, found.table)


__all__ = ["Fit", "Pair", "fit_look", "pairs_in", "pairs_of"]
