"""The usual TIFFs, of 8 or 16 bits of RGB or grey in any compression and order of samples (TIFF 6.0, sections 3 to 6).

Palettes, CMYK, Lab, YCbCr and fewer bits are left to Pillow.
"""

from __future__ import annotations

import io
import math
import struct
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..photo.errors import FileError
from .tags import Tag

if TYPE_CHECKING:
    import tifffile

#: PhotometricInterpretation of TIFF 6.0.
WHITE_IS_ZERO, GREY, RGB, PALETTE, CMYK, YCBCR, LAB = 0, 1, 2, 3, 5, 6, 8
_OLD_JPEG = 6
_SHORT = 3
#: Among so many pages the picture is looked for.
_MOST_PAGES = 20


class TiffPicture(NamedTuple):
    """Which page of a TIFF is its picture, its orientation, remarks, and where it is a usual one its codes and profile.

    `codes` are (H, W, 3) uint8 or uint16 as stored: not yet upright. Where there are none, `file` is the file with its
    orientation taken away: Pillow would turn the picture, some versions wrongly.
    """

    page: int
    orientation: int
    notes: list[str]
    codes: np.ndarray | None = None
    profile: bytes = b""
    file: bytes = b""


def decoded_tiff(data: memoryview, most_pixels: int) -> TiffPicture:
    """The picture in the TIFF file `data`; FileError for a damaged one, or one of more than `most_pixels`."""
    import logging

    import tifffile

    logging.getLogger("tifffile").addHandler(logging.NullHandler())  # it would print what is reported here anyway
    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            pages = [page for page in islice(file.pages, _MOST_PAGES) if isinstance(page, tifffile.TiffPage)]
            whole = [page for page in pages if not (page.is_reduced or page.is_mask)] or pages[:1]
            page = whole[0]
            notes = ["it holds several pictures; this is the first"] if len(whole) > 1 else []
            if page.imagewidth * page.imagelength * page.imagedepth > most_pixels:
                raise FileError("it has too many pixels; make it smaller first")
            orientation = page.tags.valueof(int(Tag.Orientation), 1)
            orientation = orientation if orientation in range(1, 9) else 1
            if not _is_usual(page):
                return TiffPicture(page.index, orientation, notes, file=_unturned(data, page))
            if len(page.dataoffsets) < math.prod(page.chunked):
                raise FileError("it is damaged (it claims more pixels than it holds)")
            if {1, 2} & {int(kind) for kind in page.extrasamples}:
                notes.append("its transparency is dropped")
            return TiffPicture(page.index, orientation, notes, _codes(page), page.iccprofile or b"")
    except FileError:
        raise
    except Exception as error:  # a decoder for every compression, each with errors of its own
        words = " ".join(str(error).split()) if isinstance(error, ValueError | RuntimeError) else ""
        raise FileError(f"it is damaged ({words})" if words else "it is damaged") from None


def _is_usual(page: tifffile.TiffPage) -> bool:
    return (
        page.photometric in (WHITE_IS_ZERO, GREY, RGB)
        and page.dtype in (np.uint8, np.uint16)
        and page.bitspersample == 8 * page.dtype.itemsize
        and page.samplesperpixel >= (3 if page.photometric == RGB else 1)
        and page.imagedepth == 1
        and page.compression != _OLD_JPEG
    )


def _unturned(data: memoryview, page: tifffile.TiffPage) -> bytes:
    """The file with the page's orientation set to 1."""
    copy = bytearray(data)
    tag = page.tags.get(int(Tag.Orientation))
    if tag is not None and tag.dtype == _SHORT:
        struct.pack_into(f"{page.parent.byteorder}H", copy, tag.valueoffset, 1)
    return bytes(copy)


def _codes(page: tifffile.TiffPage) -> np.ndarray:
    """(H, W, 3) codes, whichever order they are stored in, and whichever end is white."""
    codes = page.asarray().reshape(page.shaped)  # separate samples, depth, height, width, contiguous samples
    codes = np.moveaxis(codes[:, 0], 0, -1)[..., 0, :] if page.planarconfig == 2 else codes[0, 0]
    if page.photometric != RGB:
        codes = np.broadcast_to(codes[..., :1], (*codes.shape[:2], 3))
    codes = codes[..., :3]
    return np.iinfo(codes.dtype).max - codes if page.photometric == WHITE_IS_ZERO else codes
