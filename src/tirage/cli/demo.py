"""`tirage demo`: the whole way with no file at hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .plan import prepare_folder

if TYPE_CHECKING:
    import numpy as np

RAW_NAME = "scene.dng"
PLAIN_NAME = "plain-rawpy.jpg"
ISO = 100


@click.command(
    epilog="""\b
Examples:
  tirage demo
  tirage demo -o /tmp/pictures
"""
)
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    type=click.Path(path_type=Path),
    default=Path("tirage-demo"),
    help="directory for the pictures; those of an earlier demo are replaced  [default: tirage-demo]",
)
def demo(output: Path) -> None:
    """Make a RAW file and develop it under every look.

    Draws a landscape, records it as a phone's sensor would, develops that RAW file under the looks that come with
    tirage, and writes the plain rendering of rawpy beside them to compare.
    """
    prepare_folder(output, make=True)
    from ..finishing.look.load import load_look, shipped_looks
    from ..photo.image import DisplayImage
    from ..pipeline import photograph, write
    from ..simulating import simulate
    from ..simulating.scene import demo_scene

    raw = output / RAW_NAME
    write(simulate(demo_scene(), iso=ISO), raw)
    _say(raw, f"the RAW file: a landscape as a phone's sensor records it at ISO {ISO}")
    for name in shipped_looks():
        picture = output / f"{name}.jpg"
        photograph(raw, output=picture, look=name)
        _say(picture, load_look(name).description)
    plain = output / PLAIN_NAME
    write(DisplayImage(plain_rawpy(raw)), plain)
    _say(plain, "the same RAW file as rawpy renders it by default, to compare")


def plain_rawpy(path: Path) -> np.ndarray:
    """The default rendering of LibRaw through rawpy with the camera's white balance, (H, W, 3) uint8."""
    import rawpy

    with rawpy.imread(str(path)) as raw:
        return raw.postprocess(use_camera_wb=True)


def _say(path: Path, text: str) -> None:
    click.echo(f"{str(path):{len(str(path.parent)) + 18}}  {text}")
