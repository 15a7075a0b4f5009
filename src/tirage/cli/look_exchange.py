"""`tirage look export` and `import`: looks as other programs' files, and those as looks."""

from __future__ import annotations

from pathlib import Path

import click

from ..photo.look import LUT_SPACES
from .options import LookName
from .report import became, remark

_PATH = click.Path(path_type=Path, readable=False)
_SPACE = click.option(
    "--space",
    type=click.Choice(LUT_SPACES),
    default="srgb",
    help="what goes in: srgb: a picture under the look faithful, sRGB-encoded; acescct: scene light, ACEScct-encoded."
    " What comes out is sRGB-encoded  [default: srgb]",
)


@click.command(
    "export",
    epilog="""\b
Examples:
  tirage look export documentary -o documentary.cube
  tirage look export ./street.toml -o street.cube --size 65
  tirage look export lively -o lively.png                    a HaldCLUT
  tirage look export lively -o lively.dcp --camera IMG_0001.dng
""",
)
@click.argument("name", type=LookName())
@click.option("-o", "--output", metavar="PATH", type=_PATH, required=True, help="a .cube, a HaldCLUT .png or a .dcp")
@click.option("--size", metavar="N", type=int, help="nodes along an axis  [default: 33 of a .cube, 64 of a HaldCLUT]")
@_SPACE
@click.option("--camera", metavar="RAW", type=_PATH, help="for a .dcp: a RAW file of the camera it is for")
@click.option("--overwrite", is_flag=True, help="replace a file that exists")
def export(name: str, output: Path, size: int | None, space: str, camera: Path | None, overwrite: bool) -> None:
    """Write the look NAME (or the look file at that path) for other programs.

    A .cube or HaldCLUT goes on a picture developed under the look faithful, here or anywhere, and gives what NAME
    gives. A .dcp goes on RAW files; strongly saturated colours come out near the look's, not equal. What depends on
    more than a colour stays behind, and is named.
    """
    from ..exchanging import export_look
    from ..reading import read

    frame = None if camera is None else read(camera)
    notes = export_look(name, output, nodes=size, space=space, camera=frame, overwrite=overwrite)
    click.echo(became(Path(name), output))
    remark(Path(name), notes)


@click.command(
    "import",
    epilog="""\b
Examples:
  tirage look import film.cube -o film.toml
  tirage look import log.cube -o log.toml --space acescct
""",
)
@click.argument("table", type=_PATH)
@click.option("-o", "--output", metavar="PATH", type=_PATH, required=True, help="the look file, .toml")
@_SPACE
@click.option("--overwrite", is_flag=True, help="replace files that exist")
def import_(table: Path, output: Path, space: str, overwrite: bool) -> None:
    """Make a look of TABLE, a .cube or a HaldCLUT .png. Its values go into a .npz beside the look file."""
    from ..exchanging import import_look

    beside = import_look(table, output, space=space, overwrite=overwrite)
    click.echo(f"{became(table, output)} (and {beside.name})")
