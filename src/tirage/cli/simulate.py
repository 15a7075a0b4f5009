"""`tirage simulate`: the RAW file that a sensor would have recorded of a photograph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..photo.errors import FileError, UsageError
from .plan import prepare_folder
from .report import became

#: Suffixes of the files that the truth can be written in.
TRUTH_SUFFIXES = (".tif", ".tiff", ".npy")


class Steps(click.ParamType):
    """Numbers of stops, separated by commas."""

    name = "S,S,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """A tuple of float."""
        try:
            return value if isinstance(value, tuple) else tuple(float(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is not numbers of stops like -2,0,2.", param, ctx)


#: Flags of a burst: name of the argument of `simulate_burst`, and how its flag is declared. None of them has a default
#: here, so that one alone asks for a burst.
BURST: dict[str, tuple[str, dict[str, Any]]] = {
    "frames": ("--frames", {"metavar": "N", "type": int, "help": "a handheld burst of N frames  [default: 8]"}),
    "shake_px": (
        "--shake",
        {"metavar": "PX", "type": float, "help": "the hand shifts frames by up to PX  [default: 12]"},
    ),
    "rotation_degrees": ("--rotation", {"metavar": "DEG", "type": float, "help": "and turns them by up to DEG"}),
    "perspective_px": ("--perspective", {"metavar": "PX", "type": float, "help": "and tilts them: corners move PX"}),
    "rolling_shutter_px": ("--rolling-shutter", {"metavar": "PX", "type": float, "help": "rows wobble by up to PX"}),
    "exposure_steps": ("--exposure-steps", {"type": Steps(), "help": "stops of the frames' shutter times, in turn"}),
    "flicker": ("--flicker", {"metavar": "SHARE", "type": float, "help": "unstated changes of light; 0.05 is 5 %"}),
    "moving": ("--moving", {"is_flag": True, "default": None, "help": "an object moves, as with any flag below"}),
    "objects": ("--objects", {"metavar": "N", "type": int, "help": "so many objects  [default: 1]"}),
    "object_step_px": ("--object-step", {"metavar": "PX", "type": float, "help": "per frame  [default: 9]"}),
    "object_size_px": ("--object-size", {"metavar": "PX", "type": float, "help": "[default: a seventh of the side]"}),
    "object_contrast": ("--object-contrast", {"metavar": "SHARE", "type": float, "help": "0.03: a veil, 3 % brighter"}),
}


def burst_options(command: Any) -> Any:
    """Give `command` the flags of a burst."""
    for name, (flag, declared) in reversed(BURST.items()):
        command = click.option(flag, name, **declared)(command)
    return command


@click.command(
    epilog="""\b
Examples:
  tirage simulate photo.jpg -o raw.dng --iso 800
  tirage simulate photo.png -o raw.dng --iso 3200 --seed 7 --truth truth.tiff
  tirage simulate photo.jpg -o raw.dng --sensor ./mine.toml --exposure -1.5
  tirage simulate photo.jpg -o burst/ --frames 8 --iso 3200 --shake 12 --rotation 0.5 --moving
  tirage simulate photo.jpg -o bracket/ --frames 3 --exposure-steps 0,-2,2
"""
)
@click.argument("photo", type=click.Path(path_type=Path, readable=False))
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="the DNG to write, or the directory of a burst  [default: beside PHOTO, named after it]",
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
@burst_options
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
    """Make the RAW file that a sensor would have recorded of PHOTO, a JPEG, PNG, TIFF or WebP picture.

    Any of the flags from --frames on asks for a handheld burst instead: frame-00.dng and so on in a directory, and in
    its directory truth/ the first frame without noise (truth.dng) and all that moved (truth.json, truth.npz).
    """
    wanted = {name: settings.pop(name) for name in BURST}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    if wanted:
        if truth is not None:
            raise UsageError("--truth is for a single frame; a burst writes its truth into a directory of its own")
        settings |= {"noise": not no_noise, "shading": not no_shading}
        _burst(photo, output or photo.with_name(f"{photo.stem}-burst"), wanted, settings, overwrite)
        return
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


def _burst(photo: Path, folder: Path, wanted: dict[str, Any], settings: dict[str, Any], overwrite: bool) -> None:
    """Write a burst of `photo` and its truth into `folder`."""
    if folder.suffix.lower() == ".dng":
        raise UsageError(f"a burst is several files; give a directory instead of '{folder}', like -o burst/")
    from ..simulating.burst import simulate_burst, write_truth
    from ..writing.dng import write_dng

    given = {name: value for name, value in settings.items() if value is not None}
    burst = simulate_burst(photo, **wanted, **given)
    digits = max(2, len(str(len(burst) - 1)))
    names = [f"frame-{index:0{digits}}.dng" for index in range(len(burst))]
    truth = folder / "truth"
    planned = [folder / name for name in names] + [truth / f"truth.{suffix}" for suffix in ("dng", "npz", "json")]
    existing = next((path for path in planned if path.exists()), None)
    if existing is not None and not overwrite:
        raise FileError(f"'{existing}' exists; give --overwrite to replace it, or another directory")
    others = sorted(path.name for path in folder.glob("frame-[0-9]*.dng") if path.name not in names)
    if others:
        named = ", ".join(others if len(others) <= 8 else [*others[:3], "...", others[-1]])
        raise UsageError(f"'{folder}' holds more frames than this burst has; remove {named} or choose another")
    prepare_folder(truth, make=True)
    for name, frame in zip(names, burst, strict=True):
        write_dng(frame, folder / name, overwrite=overwrite)
        click.echo(became(photo, folder / name))
    for path in write_truth(burst, names, truth, overwrite=overwrite):
        click.echo(became(photo, path))


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
