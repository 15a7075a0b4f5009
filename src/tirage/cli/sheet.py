"""The contact sheet: one photograph under every look."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..photo.errors import FileError, UsageError

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

COLUMNS, WIDTH, GAP, LABEL = 4, 480, 12, 26
PAPER, INK = (24, 24, 24), (225, 225, 225)


def draw_sheet(path: Path, looks: list[str], photo: Path | None, *, overwrite: bool) -> None:
    """Write at `path` the photograph `photo` (None: a drawn landscape) under every one of `looks`."""
    if path.exists() and not overwrite:
        raise FileError(f"{path} exists already; choose another name or ask to overwrite it")
    if photo is not None and photo.exists() and path.exists() and path.samefile(photo):
        raise UsageError(f"'{path}' is itself the photograph, and tirage never writes over inputs; choose another name")
    import numpy as np
    from PIL import Image, ImageDraw, ImageFont

    from ..photo.image import DisplayImage
    from ..writing import write

    pictures = _pictures(looks, photo)
    cell = max(picture.width for picture in pictures), max(picture.height for picture in pictures) + LABEL
    rows = -(-len(pictures) // COLUMNS)
    size = (COLUMNS * (cell[0] + GAP) + GAP, rows * (cell[1] + GAP) + GAP)
    sheet = Image.new("RGB", size, PAPER)
    drawing, font = ImageDraw.Draw(sheet), ImageFont.load_default(16)
    for index, (name, picture) in enumerate(zip(looks, pictures, strict=True)):
        left, top = GAP + index % COLUMNS * (cell[0] + GAP), GAP + index // COLUMNS * (cell[1] + GAP)
        sheet.paste(picture, (left, top))
        drawing.text((left + 2, top + picture.height + 4), name, fill=INK, font=font)
    write(DisplayImage(np.asarray(sheet)), path, overwrite=overwrite)


def _pictures(looks: list[str], photo: Path | None) -> list[Picture]:
    from PIL import Image

    from ..pipeline import develop, finish, is_picture, read, read_picture
    from ..simulating import simulate
    from ..simulating.scene import demo_scene

    if photo is None:
        scene = develop(simulate(demo_scene(720, 960), iso=100))
    else:
        scene = develop(read_picture(photo) if is_picture(photo) else read(photo))
    return [Image.fromarray(finish(scene, look=name, size=WIDTH).pixels) for name in looks]
