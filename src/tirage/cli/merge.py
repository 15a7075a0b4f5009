"""`tirage merge`: a burst in, one RAW file out; and the flags that merging has wherever it is asked for."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from ..photo.errors import FileError, UsageError
from .plan import distinct_files, prepare_folder
from .report import became_of_burst, remark, shown

SCALES = ("1", "1.5", "2")

#: Names of `writing.dng.COMPRESSIONS`, here because that module takes NumPy along (a test compares the two).
COMPRESSIONS = ("none", "lossless-jpeg")


class Reference(click.ParamType):
    """ "auto", or the number of a frame, from 0."""

    name = "auto|N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """ "auto" or an int."""
        if value == "auto" or isinstance(value, int):
            return value
        try:
            return int(value)
        except ValueError:
            self.fail(f"{value!r} is neither auto nor the number of a frame, counted from 0.", param, ctx)


def merge_options(command: Any) -> Any:
    """Give `command` the flags of merging; each is None where the user does not give it."""
    for option in (
        click.option("--scale", type=click.Choice(SCALES), help="finer pixels from the frames' shifts  [default: 1]"),
        click.option(
            "--robustness",
            metavar="STRENGTH",
            type=click.FloatRange(0, 100),
            help="more leaves out more of what moved; 0 believes every frame  [default: 1]",
        ),
        click.option(
            "--reference",
            type=Reference(),
            help="the frame whose geometry the result takes: the sharpest, or by number from 0  [default: auto]",
        ),
    ):
        command = option(command)
    return command


def chosen(reference: Any, robustness: float | None, scale: str | None, denoise: float | None) -> dict[str, Any]:
    """The arguments of `tirage.merge` that the user gave."""
    given = {"reference": reference, "robustness": robustness, "denoise": denoise}
    given["scale"] = None if scale is None else float(scale)
    return {name: value for name, value in given.items() if value is not None}


@click.command(
    epilog="""\b
Examples:
  tirage merge burst/*.dng -o merged.dng
  tirage merge burst/ -o merged.dng --reference 0 --denoise 0.5
  tirage develop --merge burst/*.dng -o night.jpg      merged and developed in one go
"""
)
@click.argument("frames", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False))
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="the DNG to write  [default: beside the first frame, its name ending in -merged.dng]",
)
@merge_options
@click.option(
    "--denoise",
    metavar="STRENGTH",
    type=click.FloatRange(0, 4),
    help="how much of what noise the frames leave is removed, 0 for none  [default: 1]",
)
@click.option(
    "--compression",
    type=click.Choice(COMPRESSIONS),
    default="none",
    show_default=True,
    help="how the pixels are stored: as they are, or smaller, for a little more time",
)
@click.option("--strip-gps", is_flag=True, help="leave out where the frames were taken")
@click.option("--overwrite", is_flag=True, help="replace FILE if it exists; frames are never overwritten")
def merge(
    frames: tuple[Path, ...],
    output: Path | None,
    reference: Any,
    robustness: float | None,
    scale: str | None,
    denoise: float | None,
    compression: str,
    strip_gps: bool,
    overwrite: bool,
) -> None:
    """Merge a burst of FRAMES into one clean RAW file.

    FRAMES are RAW files of one scene, or directories: those stand for the RAW files directly in them. The result has
    the size and the geometry of one of them, the reference, 16 bits, and opens in any RAW editor. Frames that can't be
    used (damaged, of another camera, size or scene, blurred) are left out and named.
    """
    sources = distinct_files(frames)
    output = output or sources[0].with_name(f"{sources[0].stem}-merged.dng")
    _check(sources, output, overwrite)
    from ..pipeline import merge as merged
    from ..pipeline import write

    with progress_bar("merging") as progress:
        names = [str(source) for source in sources]
        raw = merged(names, progress=progress, **chosen(reference, robustness, scale, denoise))
    write(raw, output, overwrite=overwrite, strip_gps=strip_gps, compression=compression)
    click.echo(became_of_burst(sources, output))
    remark(Path(raw.source), list(raw.notes))


def _check(sources: list[Path], output: Path, overwrite: bool) -> None:
    """Refuse, before any work, what must not or can't be written."""
    if output.suffix.lower() != ".dng":
        raise UsageError(
            f"'{output}' would be a DNG, so its name must end in .dng; 'tirage develop --merge' makes pictures"
        )
    if any(source.exists() and output.exists() and source.samefile(output) for source in sources):
        raise UsageError(
            f"'{output}' is itself a frame, and tirage never writes over those; choose another name with -o"
        )
    if output.exists() and not overwrite:
        raise FileError(f"'{output}' exists; give --overwrite to replace it")
    prepare_folder(output.parent, make=False)


@contextlib.contextmanager
def progress_bar(text: str) -> Iterator[Callable[[int, int, str], None] | None]:
    """What to call with (done, total, text) to move a bar on a terminal; None elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(text, total=None)
        yield lambda done, total, what: bar.update(task, completed=done, total=total, description=shown(what))
