"""The photograph to be simulated, as the light that was before the lens."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from ..colour.spaces import rgb_to_rgb
from ..colour.transfer import srgb_decode
from ..photo.errors import FileError, UsageError
from ..photo.image import SceneImage

#: What simulate takes: a file, R'G'B' codes, or light.
Picture = str | PathLike[str] | np.ndarray | SceneImage

_FORMATS = ("JPEG", "PNG", "TIFF", "WEBP")
_DNG_VERSION = 50706


def scene_light(picture: Picture) -> np.ndarray:
    """`picture` as scene-linear Rec.2020 D65, (3, H, W) float32, sRGB white = 1.0, sRGB 0.18 = grey.

    A file (JPEG, PNG, TIFF, WebP; 8 bits are used, its ICC profile and orientation honoured, colours outside sRGB
    clipped) or an array (H, W, 3) of uint8 or uint16 sRGB codes is taken to light by the sRGB curve alone: what its
    maker's tone curve did to highlights stays. A SceneImage is light already.
    Raises FileError for a file that can't be read, UsageError for anything else that is no picture.
    """
    if isinstance(picture, SceneImage):
        pixels = picture.pixels
        if pixels.ndim != 3 or pixels.shape[0] != 3 or pixels.shape[1] < 2 or pixels.shape[2] < 2:
            raise UsageError(f"a scene is (3, H, W), at least 2 x 2 pixels, not {pixels.shape}")
        if not np.isfinite(pixels).all():
            raise UsageError("the scene holds values that are not finite numbers; replace them first")
        return pixels.astype(np.float32, copy=False)
    codes = picture if isinstance(picture, np.ndarray) else _codes_of_file(Path(picture))
    if codes.dtype not in (np.uint8, np.uint16):
        raise UsageError(
            f"an array must hold sRGB codes, uint8 or uint16, not {codes.dtype}; wrap light in a SceneImage"
        )
    if codes.ndim != 3 or codes.shape[2] != 3 or codes.shape[0] < 2 or codes.shape[1] < 2:
        raise UsageError(f"a picture is (H, W, 3), at least 2 x 2 pixels, not {codes.shape}")
    highest = np.iinfo(codes.dtype).max
    light = srgb_decode(np.arange(highest + 1) / highest).astype(np.float32)
    return srgb_light(light[np.ascontiguousarray(codes.transpose(2, 0, 1))])


def srgb_light(linear: np.ndarray) -> np.ndarray:
    """Linear sRGB (3, H, W) float32 as linear Rec.2020."""
    return through(rgb_to_rgb("srgb", "rec2020"), linear)


def through(matrix: np.ndarray, planes: np.ndarray) -> np.ndarray:
    """(3, H, W) float32 `planes` through a (3, 3) matrix, added up in a fixed order."""
    weights = matrix.astype(np.float32)
    mixed = np.empty_like(planes)
    for row in range(3):
        mixed[row] = planes[0] * weights[row, 0] + planes[1] * weights[row, 1] + planes[2] * weights[row, 2]
    return mixed


def _codes_of_file(path: Path) -> np.ndarray:
    """The upright picture of a file, (H, W, 3) uint8 sRGB codes."""
    from PIL import Image, ImageOps

    if path.is_dir():
        raise FileError(f"{path} is a folder; name a picture in it")
    try:
        with Image.open(path, formats=_FORMATS) as image:
            if _DNG_VERSION in getattr(image, "tag_v2", {}):
                raise FileError(f"{path} is a RAW file already; develop it, or name a finished picture")
            if image.mode.startswith(("I", "F")):
                raise FileError(f"{path} holds more than 8 bits in one channel; save it as 8-bit RGB first")
            return np.asarray(_in_srgb(ImageOps.exif_transpose(image)))
    except Image.UnidentifiedImageError as error:
        raise FileError(f"{path} is no picture that can be read; give a JPEG, PNG, TIFF or WebP") from error
    except Image.DecompressionBombError as error:
        raise FileError(f"{path} has too many pixels; make it smaller first") from error
    except (OSError, SyntaxError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FileError(f"{path} can't be read: {reason}") from error


def _in_srgb(image: Any) -> Any:
    """A Pillow image as RGB in sRGB; one whose ICC profile can't be used is taken for sRGB."""
    import io

    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    if image.mode in ("P", "PA", "LA", "RGBA", "1", "La", "RGBa"):
        image = image.convert("RGB")
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if not ImageCms.getProfileDescription(source).startswith("sRGB"):
                target = ImageCms.createProfile("sRGB")
                image = ImageCms.profileToProfile(
                    image, source, target, ImageCms.Intent.RELATIVE_COLORIMETRIC, outputMode="RGB"
                )
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    return image.convert("RGB")
