"""Everything that is not a DNG, through LibRaw (rawpy): CR2, CR3, NEF, ARW, RAF, RW2, ORF and some forty more.

LibRaw's stored values keep their black level: `raw_image` is what the sensor's converter gave, so black is left for
develop to subtract. A layout other than Bayer's comes demosaiced by LibRaw, in camera RGB, black already subtracted.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..photo import threads
from ..photo.errors import FileError, UnsupportedFileError
from ..photo.frame import BAYER_PATTERNS, CameraColour, Capture, Illuminant, Metadata, RawFrame, Rectangle
from .metadata import capture, metadata
from .pixels import MOST_PIXELS
from .tags import Tag
from .tiff import first_directory, is_tiff

if TYPE_CHECKING:
    import rawpy

#: LibRaw's matrices are Adobe's for daylight, D65; see `camera_colour.CCT_KELVIN` for the number.
_DAYLIGHT_KELVIN = 6500.0
#: LibRaw flip: bit 0 mirrors left-right, bit 1 up-down, bit 2 transposes, in that order. -> EXIF orientation.
_ORIENTATIONS = {0: 1, 1: 2, 2: 4, 3: 3, 4: 5, 5: 8, 6: 6, 7: 7}


def read(data: memoryview, path: Path) -> RawFrame:
    """The RAW image of a file that LibRaw knows. Raises FileError, with no path in its message."""
    if is_tiff(data) and Tag.Make not in first_directory(data):
        raise UnsupportedFileError("it is a TIFF picture, not a RAW file")
    notes: list[str] = []
    with _opened(path) as raw:
        cfa = _cfa(raw)
        if cfa is None:
            mosaic, black, white = _demosaiced(raw), np.zeros((1, 1, 3)), np.full(3, 65535.0)
            notes.append("demosaiced by LibRaw: its colour filters are not laid out as Bayer's")
        else:
            mosaic, black, white = _visible(raw), *_levels(raw)
        known, shot = _shot(data, raw)
        return RawFrame(
            mosaic=mosaic,
            cfa=cfa,
            black_level=black,
            white_level=white,
            default_crop=Rectangle(0, 0, mosaic.shape[-1], mosaic.shape[-2]),
            colour=_colour(raw),
            orientation=_ORIENTATIONS.get(raw.sizes.flip, 1),
            as_shot_neutral=_neutral(raw, notes),
            capture=shot,
            metadata=known,
            source=str(path),
            notes=tuple(notes),
        )


def shot_and_size(data: memoryview, path: Path) -> tuple[Capture, tuple[int, int]]:
    """The facts of the shot, and width and height of the visible pixels, without decoding them."""
    with _opened(path) as raw:
        return _shot(data, raw)[1], (raw.sizes.width, raw.sizes.height)


def stored_values(path: Path) -> np.ndarray:
    """All stored values of a DNG's mosaic, margins included, after its LinearizationTable: (H, W) uint16."""
    with _opened(path) as raw:
        if raw.raw_image is None or raw.raw_image.ndim != 2:
            raise UnsupportedFileError("LibRaw gives no stored values for it")
        return raw.raw_image.copy()


def demosaiced(path: Path) -> np.ndarray:
    """The visible pixels of a DNG, demosaiced: (3, H, W) uint16 camera RGB, linear, 0 = black, 65535 = white."""
    with _opened(path) as raw:
        return _demosaiced(raw)


@contextmanager
def _opened(path: Path) -> Iterator[rawpy.RawPy]:
    """The file, open in LibRaw; what goes wrong in LibRaw while it is open becomes a FileError."""
    import rawpy

    try:
        with _quiet(), rawpy.imread(str(path)) as raw:
            size = raw.sizes
            if size.raw_width * size.raw_height > MOST_PIXELS:
                raise FileError(f"it claims {size.raw_width} x {size.raw_height} pixels, more than tirage reads")
            yield raw
    except rawpy.LibRawFileUnsupportedError:
        raise UnsupportedFileError("it is not a RAW file that tirage knows") from None
    except (rawpy.NotSupportedError, NotImplementedError):
        raise UnsupportedFileError("its sensor has a layout that tirage can't develop") from None
    except rawpy.LibRawError as error:
        raise FileError("its pixels are truncated or damaged") from error


_one_at_a_time = threads.lock()

#: LibRaw's interpolation of X-Trans refuses pictures with a shorter side.
_LEAST_SIDE = 512


@contextmanager
def _quiet() -> Iterator[None]:
    """Standard error closed to LibRaw, which prints there what it also reports. One thread may do so at a time."""
    with _one_at_a_time:
        try:
            kept = os.dup(2)
        except OSError:  # there is no standard error
            yield
            return
        silence = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(silence, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(silence)
            os.close(kept)


def _cfa(raw: rawpy.RawPy) -> str | None:
    """The Bayer layout of the visible pixels, None for any other sensor with three colours."""
    import rawpy

    names = raw.color_desc.decode("ascii", "replace")
    if raw.num_colors != 3:
        raise UnsupportedFileError(f"its colour filters are {names}; tirage reads red, green and blue")
    if raw.raw_type != rawpy.RawType.Flat or raw.raw_pattern is None or raw.raw_pattern.shape != (2, 2):
        return None
    cfa = "".join(names[site] for site in _sites(raw))
    return cfa if cfa in BAYER_PATTERNS else None


def _sites(raw: rawpy.RawPy) -> list[int]:
    """LibRaw's colour indices of the first 2x2 visible pixels, in reading order; 1 and 3 are the two greens."""
    top, left = raw.sizes.top_margin, raw.sizes.left_margin
    return [raw.raw_color(top + y, left + x) for y in (0, 1) for x in (0, 1)]


def _visible(raw: rawpy.RawPy) -> np.ndarray:
    """The mosaic without its margins, copied: LibRaw's memory goes when the file is closed."""
    size = raw.sizes
    rows, columns = (
        slice(size.top_margin, size.top_margin + size.height),
        slice(size.left_margin, size.left_margin + size.width),
    )
    return raw.raw_image[rows, columns].copy()


def _demosaiced(raw: rawpy.RawPy) -> np.ndarray:
    """Camera RGB (3, H, W) uint16 without white balance; LibRaw takes black off and scales white to 65535."""
    import rawpy

    small = min(raw.sizes.height, raw.sizes.width) < _LEAST_SIDE
    rgb = raw.postprocess(
        demosaic_algorithm=rawpy.DemosaicAlgorithm.LINEAR if small else None,  # type: ignore[arg-type]
        output_color=rawpy.ColorSpace.raw,  # type: ignore[arg-type]
        output_bps=16,
        gamma=(1, 1),
        user_wb=[1.0, 1.0, 1.0, 1.0],
        no_auto_bright=True,
        adjust_maximum_thr=0.0,  # white is where the file says, not where this picture ends
        user_flip=0,
    )
    return rgb.transpose(2, 0, 1)


def _levels(raw: rawpy.RawPy) -> tuple[np.ndarray, np.ndarray]:
    """Black level (2, 2) and white level (1,)."""
    black = np.array([raw.black_level_per_channel[site] for site in _sites(raw)], float).reshape(2, 2)
    white = np.array([raw.white_level], float)
    if not white.min() > black.max():
        raise FileError(f"its white level ({white.min():g}) is not above its black level ({black.max():g})")
    return black, white


def _colour(raw: rawpy.RawPy) -> CameraColour:
    """LibRaw's matrix from XYZ to camera for daylight."""
    matrix = np.array(raw.rgb_xyz_matrix[:3], float)
    if np.isfinite(matrix).all() and np.linalg.cond(matrix) < 1e5:
        return CameraColour((Illuminant(_DAYLIGHT_KELVIN, matrix),))
    raise UnsupportedFileError("LibRaw knows no colour matrix for its camera; convert it with a DNG converter")


def _neutral(raw: rawpy.RawPy, notes: list[str]) -> np.ndarray | None:
    """The camera's response to the white it chose, from its white-balance multipliers."""
    multipliers = np.array(raw.camera_whitebalance[:3], float)
    if np.isfinite(multipliers).all() and (multipliers > 0).all():
        return multipliers.min() / multipliers
    notes.append("the camera's white balance is unknown")
    return None


def _shot(data: memoryview, raw: rawpy.RawPy) -> tuple[Metadata, Capture]:
    """EXIF of files that are a kind of TIFF, as even ORF and RW2 are; else the few facts that LibRaw tells."""
    if bytes(data[:2]) in (b"II", b"MM"):
        try:
            main = first_directory(data)
        except FileError:
            pass
        else:
            known = metadata(main)
            return known, capture(main, known)
    other, lens = raw.other, raw.lens
    time = other.timestamp if isinstance(other.timestamp, dt.datetime) and other.timestamp.year > 1970 else None
    return Metadata(), Capture(
        lens=lens.model,
        exposure_s=other.shutter_speed or None,
        f_number=other.aperture or None,
        iso=other.iso_speed or None,
        focal_length_mm=other.focal_length or None,
        time=time,
    )
