"""`tirage simulate`: the RAW file that a sensor would have recorded of a photograph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..photo.errors import FileError, UsageError
from .report import became

#: Suffixes of the files that the truth can be written in.
TRUTH_SUFFIXES = (".tif", ".tiff", ".npy")


@click.command(
    epilog="""\b
Examples:
  tirage simulate photo.jpg -o raw.dng --iso 800
  tirage simulate photo.png -o raw.dng --iso 3200 --seed 7 --truth truth.tiff
  tirage simulate photo.jpg -o raw.dng --sensor ./mine.toml --exposure -1.5
"""
)
@click.argument("photo", type=click.Path(path_type=Path, readable=False))
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="the DNG to write  [default: beside PHOTO, its name ending in .dng]",
)
@click.option("--sensor", metavar="NAME|PATH", help="a sensor that comes with tirage, or a sensor file")
@click.option("--iso", metavar="N", type=float, help="noise of this ISO  [default: 100]")
@click.option("--seed", metavar="N", type=int, help="the same seed gives the same noise  [default: 0]")
@click.option("--exposure", "exposure_stops", metavar="STOPS", type=float, help="more or less light  [default: 0]")
@click.option("--no-noise", is_flag=True, help="record the light without noise")
@click.option("--no-shading", is_flag=True, help="use a lens that does not darken the corners")
@click.option(
    "--truth",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="also write the light that developing should give back, scene-linear Rec.2020 float32: .tiff or .npy",
)
@click.option("--overwrite", is_flag=True, help="replace files that exist; PHOTO is never overwritten")
def simulate(
    photo: Path,
    output: Path | None,
    truth: Path | None,
    no_noise: bool,
    no_shading: bool,
    overwrite: bool,
    **settings: Any,
) -> None:
    """Make the RAW file that a sensor would have recorded of PHOTO, a JPEG, PNG, TIFF or WebP picture."""
    output = output or photo.with_suffix(".dng")
    _check_outputs(photo, output, truth, overwrite)
    from .. import simulating
    from ..writing.dng import write_dng

    given = {name: value for name, value in settings.items() if value is not None}
    frame = simulating.simulate(photo, noise=not no_noise, shading=not no_shading, **given)
    write_dng(frame, output, overwrite=overwrite)
    click.echo(became(photo, output))
    if truth is not None:
        light = {name: given[name] for name in ("sensor", "exposure_stops") if name in given}
        _write_truth(simulating.ground_truth(photo, **light).pixels, truth, overwrite)
        click.echo(became(photo, truth))


def _check_outputs(photo: Path, output: Path, truth: Path | None, overwrite: bool) -> None:
    """Refuse, before any work, outputs that must not or can't be written."""
    if output.suffix.lower() != ".dng":
        raise UsageError(f"'{output}' would be a DNG, so its name must end in .dng")
    if truth is not None and truth.suffix.lower() not in TRUTH_SUFFIXES:
        raise UsageError(f"'{truth}' must end in .tiff or .npy, the formats that the truth can be written in")
    for path in filter(None, (output, truth)):
        if path.exists() and photo.exists() and path.samefile(photo):
            raise UsageError(f"'{path}' is the photograph itself, which is never overwritten; choose another name")
        if path.exists() and not overwrite:
            raise FileError(f"'{path}' exists; give --overwrite to replace it")


def _write_truth(pixels: Any, path: Path, overwrite: bool) -> None:
    """Write `pixels` (3, H, W) float32 as they are to .npy, or interleaved to .tiff."""
    import numpy as np

    from ..writing.atomic import replacing

    with replacing(path, overwrite=overwrite) as file:
        if path.suffix.lower() == ".npy":
            np.save(file, pixels)
        else:
            import tifffile

            interleaved = np.ascontiguousarray(pixels.transpose(1, 2, 0))
            tifffile.imwrite(file, interleaved, photometric="rgb", metadata=None, software=False)
