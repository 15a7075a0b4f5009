"""Finished pictures: JPEG, PNG, TIFF and WebP files, as they are seen.

Domain: a file of R, G and B (or grey) of 8 or 16 bits. Range: `photo.image.DisplayImage`, upright, in sRGB or Display
P3 as its ICC profile says; one without a profile is sRGB. Pictures in another space are converted to Display P3 by
LittleCMS, in 8 bits. Limits: transparency is dropped, gain maps are not read.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np

from ..colour import icc
from ..photo.errors import FileError
from ..photo.frame import Capture, Metadata
from ..photo.image import DisplayImage
from ..photo.orientation import upright
from . import content
from .dng import is_dng
from .metadata import capture, metadata
from .picture_tiff import CMYK, GREY, LAB, PALETTE, RGB, WHITE_IS_ZERO, YCBCR, decoded_tiff
from .tags import Tag
from .tiff import first_directory, is_tiff

_FORMATS = ("JPEG", "PNG", "TIFF", "WEBP")
_COLOURS = (WHITE_IS_ZERO, GREY, RGB, PALETTE, CMYK, YCBCR, LAB)
_OTHER_TIFF = "it is a TIFF, but not of 8 or 16 bits of RGB or grey, or 8 of CMYK; save it as RGB of 8 or 16 bits first"
#: The spaces that tirage writes, and by how many codes of 255 a profile may differ from one and still be it.
_KNOWN_SPACES, _SAME_CODES = ("srgb", "display-p3"), 2
#: More pixels than this are no photograph.
_MOST_PIXELS = 1 << 30


def is_picture(path: Path) -> bool:
    """Whether the file at `path` begins as a finished picture; never raises."""
    try:
        with open(path, "rb") as file:
            head = file.read(16)
    except OSError:
        return False
    if head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return True
    return path.suffix.lower() in (".tif", ".tiff") and is_tiff(memoryview(head)) and _is_picture_tiff(path)


def _is_picture_tiff(path: Path) -> bool:
    """Whether a TIFF holds colours or greys and is no RAW file."""
    try:
        data = content.mapped(path)
        kind = first_directory(data).integer(Tag.PhotometricInterpretation, -1)
        return not is_dng(data) and kind in _COLOURS
    except FileError:
        return False


def read_picture(path: Path) -> DisplayImage:
    """The finished picture in the file at `path`, (H, W, 3) uint8 or uint16, upright.

    Raises FileError, naming the file, when it can't be opened or is damaged.
    """
    with content.named(path):
        data = content.mapped(path)
        codes, profile, exif, orientation, notes = _decoded(data, path)
        codes, colour_space = _in_known_space(codes, profile, notes)
        shot, known = _shot(exif)
    return DisplayImage(
        pixels=np.ascontiguousarray(upright(codes, orientation)),
        colour_space=colour_space,
        capture=shot,
        metadata=known,
        source=str(path),
        notes=tuple(notes),
    )


def _decoded(data: memoryview, path: Path) -> tuple[np.ndarray, bytes, memoryview, int, list[str]]:
    """(H, W, 3) codes as stored, ICC profile, EXIF as a TIFF file, its orientation, remarks."""
    tiff = decoded_tiff(data, _MOST_PIXELS) if is_tiff(data) else None
    if tiff is not None and tiff.codes is not None:
        return tiff.codes, tiff.profile, data, tiff.orientation, tiff.notes
    notes = tiff.notes if tiff else []
    from PIL import Image

    try:
        with Image.open(io.BytesIO(tiff.file) if tiff else path, formats=_FORMATS) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise FileError("it has too many pixels; make it smaller first")
            if tiff and tiff.page:
                image.seek(tiff.page)
            profile = image.info.get("icc_profile") or b""
            exif = data if tiff else memoryview(image.info.get("exif") or b"")
            if image.mode.endswith(("A", "a")):
                notes.append("its transparency is dropped")
            deep = _deep_codes(data, image)
            codes = _eight_bit_codes(data, image) if deep is None else deep
            orientation = tiff.orientation if tiff else image.getexif().get(int(Tag.Orientation), 1)
    except Image.UnidentifiedImageError:
        other = "it is no picture that can be read; give a JPEG, PNG, TIFF or WebP"
        raise FileError(_OTHER_TIFF if is_tiff(data) else other) from None
    except Image.DecompressionBombError:
        raise FileError("it has too many pixels; make it smaller first") from None
    except (OSError, SyntaxError, ValueError, RuntimeError) as error:
        raise FileError(f"it is damaged ({getattr(error, 'strerror', None) or error})") from None
    return codes, profile, exif, orientation if orientation in range(1, 9) else 1, notes


def _deep_codes(data: memoryview, image: Any) -> np.ndarray | None:
    """(H, W, 3) uint16 codes of a PNG of 16 bits, which Pillow would cut to 8; None for others."""
    if image.format != "PNG" or data[24] != 16:
        return None
    import imagecodecs

    codes = imagecodecs.png_decode(bytes(data))
    if codes.ndim == 2:
        codes = codes[..., None]
    return np.broadcast_to(codes[..., :1], (*codes.shape[:2], 3)) if codes.shape[2] < 3 else codes[..., :3]


def _eight_bit_codes(data: memoryview, image: Any) -> np.ndarray:
    """(H, W, 3) uint8 codes."""
    if image.format == "JPEG" and image.mode in ("RGB", "L"):
        import simplejpeg

        return simplejpeg.decode_jpeg(bytes(data), colorspace="RGB")
    if image.mode.startswith(("I", "F")):
        raise FileError(_OTHER_TIFF)
    return np.asarray(image.convert("RGB"))


def _in_known_space(codes: np.ndarray, profile: bytes, notes: list[str]) -> tuple[np.ndarray, str]:
    """`codes` in a colour space that tirage writes, and its name."""
    if not profile:
        return codes, "srgb"
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        chart = _chart()
        for space in _KNOWN_SPACES:
            difference = _converted(chart, source, space).astype(int) - chart
            if np.abs(difference).max() <= _SAME_CODES:
                return codes, space
        if codes.dtype == np.uint16:
            notes.append("its colour space is converted in 8 bits")
            codes = np.rint(codes / 257).astype(np.uint8)
        return _converted(codes, source, "display-p3"), "display-p3"
    except (ImageCms.PyCMSError, OSError, ValueError):
        notes.append("its ICC profile can't be used; its colours are taken for sRGB")
        return codes, "srgb"


def _chart() -> np.ndarray:
    """(6, 36, 3) uint8: colours over the whole cube."""
    steps = np.arange(0, 256, 51)
    return np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(6, 36, 3).astype(np.uint8)


def _converted(codes: np.ndarray, source: Any, space: str) -> np.ndarray:
    """(H, W, 3) uint8 `codes` from the ICC profile `source` to a space of ours, by LittleCMS."""
    from PIL import Image, ImageCms

    target = ImageCms.ImageCmsProfile(io.BytesIO(icc.profile(space)))
    picture = Image.fromarray(np.ascontiguousarray(codes))
    return np.asarray(
        ImageCms.profileToProfile(picture, source, target, ImageCms.Intent.RELATIVE_COLORIMETRIC, outputMode="RGB")
    )


def _shot(exif: memoryview) -> tuple[Capture, Metadata]:
    """The facts of the shot, as far as they can be read; the orientation has been acted on and is left out."""
    data = exif[6:] if exif[:6] == b"Exif\0\0" else exif
    if not is_tiff(data):
        return Capture(), Metadata()
    try:
        main = first_directory(data)
        known = metadata(main)
        known.image.pop(int(Tag.Orientation), None)
        return capture(main, known), known
    except FileError:
        return Capture(), Metadata()
