"""Defects files: the bad pixels of one sensor, found once from several frames, as readable TOML.

Such a file may also state `blur_sigma_px`, the deviation of the blur of lens and pixels, where it has been measured.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np

from ...photo.errors import FileError
from ...photo.frame import RawFrame
from . import Defects

#: A sensor with more bad pixels than this share of all would not have been sold.
_MOST = 1 / 64

#: What is wider is no lens's blur.
MOST_BLUR_PX = 10.0


def as_toml(defects: Defects, frame: RawFrame) -> str:
    """The text of a file that holds `defects` of the camera that took `frame`."""
    pixels = ", ".join(f"[{row}, {column}]" for row, column in zip(defects.rows, defects.columns, strict=True))
    camera = f"{frame.capture.make} {frame.capture.model}".strip().replace("\\", "").replace('"', "")
    return (
        f'# Defects of a sensor: row and column of each in the active area.\ncamera = "{camera}"\n'
        f"height = {frame.height}\nwidth = {frame.width}\npixels = [{pixels}]\n"
    )


def load_defects(path: str | Path, frame: RawFrame) -> tuple[Defects, float | None]:
    """The defects in the file at `path`, and the blur in pixels if it states one.

    Raises FileError where it can't be read or is for another sensor's frames.
    """
    try:
        table = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"can't read the defects file '{path}': {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileError(f"'{path}' is no defects file: {error}") from None
    size = (table.get("height"), table.get("width"))
    if size != (frame.height, frame.width):
        raise FileError(
            f"the defects file '{path}' is for {size[1]} x {size[0]} pixels, the frame has "
            f"{frame.width} x {frame.height}; make one with tirage defects"
        )
    pixels = table.get("pixels")
    if not _are_places(pixels, frame):
        raise FileError(f"'{path}': pixels must be a list of [row, column] inside the frame")
    places = np.array(pixels, np.int64).reshape(-1, 2)
    blur = table.get("blur_sigma_px")
    if blur is not None and not (type(blur) in (int, float) and 0 <= blur <= MOST_BLUR_PX):
        raise FileError(f"'{path}': blur_sigma_px must be a number, 0 to {MOST_BLUR_PX:g}")
    return Defects(places[:, 0], places[:, 1]), blur


def _are_places(pixels: Any, frame: RawFrame) -> bool:
    if not isinstance(pixels, list) or len(pixels) > _MOST * frame.mosaic.size:
        return False
    return all(
        isinstance(one, list)
        and len(one) == 2
        and all(type(number) is int for number in one)
        and 0 <= one[0] < frame.height
        and 0 <= one[1] < frame.width
        for one in pixels
    )
