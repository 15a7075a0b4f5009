"""The preview in a DNG's first directory: a JPEG that viewers show at once (DNG 1.7.1, chapter 4, "Preview Images")."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import __version__
from ..photo.errors import UsageError
from ..photo.image import DisplayImage
from .ifd import ASCII, LONG, SHORT

QUALITY = 90
_JPEG, _YCBCR = 7, 6
#: PreviewColorSpace.
_SRGB = 2


def encoded(preview: DisplayImage) -> bytes:
    """The picture as a baseline JPEG, colour at half resolution."""
    from simplejpeg import encode_jpeg

    pixels = preview.pixels
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.size == 0 or preview.colour_space != "srgb":
        raise UsageError(f"a preview is 8-bit sRGB, (H, W, 3), not {pixels.shape} of {pixels.dtype}")
    return encode_jpeg(np.ascontiguousarray(pixels), QUALITY, "RGB", "420", fastdct=False)


def tags(preview: DisplayImage) -> dict[int, tuple[int, Any]]:
    """How the preview lies in the file, and who made it."""
    height, width = preview.pixels.shape[:2]
    return {
        0x00FE: (LONG, 1),  # NewSubfileType: a preview
        0x0100: (LONG, width),
        0x0101: (LONG, height),
        0x0102: (SHORT, [8, 8, 8]),  # BitsPerSample
        0x0103: (SHORT, _JPEG),
        0x0106: (SHORT, _YCBCR),
        0x0115: (SHORT, 3),  # SamplesPerPixel
        0x0116: (LONG, height),  # RowsPerStrip
        0x011C: (SHORT, 1),  # PlanarConfiguration
        0x0212: (SHORT, [2, 2]),  # YCbCrSubSampling
        0x0213: (SHORT, 1),  # YCbCrPositioning: centred, as JPEG has it
        50966: (ASCII, "tirage"),  # PreviewApplicationName
        50967: (ASCII, __version__),  # PreviewApplicationVersion
        50970: (LONG, _SRGB),
    }
