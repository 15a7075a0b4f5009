"""The tags of a DNG that say which stored values mean black, white and noise (DNG 1.7.1, chapter 4)."""

from __future__ import annotations

import numpy as np

from ..photo.errors import FileError
from .pixels import JPEG_XL, Storage
from .tags import Tag
from .tiff import Directory

#: Rows looked up at a time; NumPy makes an index of eight bytes per pixel.
_ROWS = 256
#: A correction of the exposure beyond this is no photograph's.
_MOST_STOPS = 32.0


def linearised(image: Directory, pixels: np.ndarray) -> np.ndarray:
    """`pixels` through the LinearizationTable, where there is one: uint16 of the same shape."""
    table = image.numbers(Tag.LinearizationTable)
    if table is None or pixels.dtype == np.float32:
        return pixels
    if not len(table) or len(table) > 65536 or table.min() < 0 or table.max() > 65535:
        raise FileError(f"LinearizationTable has {len(table)} values; 1 to 65536 values of 0 to 65535 belong")
    values = np.full(np.iinfo(pixels.dtype).max + 1, table[-1]).astype(np.uint16)
    values[: len(table)] = table[: len(values)]
    out = np.empty(pixels.shape, np.uint16)
    for top in range(0, len(pixels), _ROWS):
        out[top : top + _ROWS] = values[pixels[top : top + _ROWS]]
    return out


def black_level(image: Directory, samples: int) -> np.ndarray:
    """BlackLevel, repeating from the active area's first pixel: (rows, columns), or (rows, columns, 3)."""
    rows, columns = image.integers(Tag.BlackLevelRepeatDim, 2) or (1, 1)
    if not (0 < rows <= 64 and 0 < columns <= 64):
        raise FileError(f"BlackLevelRepeatDim is {rows} x {columns}; the file is damaged")
    shape = (rows, columns) if samples == 1 else (rows, columns, samples)
    black = image.numbers(Tag.BlackLevel, 1, int(np.prod(shape)))
    if black is None:
        return np.zeros(shape)
    if not (np.isfinite(black).all() and (black >= 0).all()):
        raise FileError("BlackLevel holds a value that is negative or not a number")
    return np.full(shape, black[0]) if len(black) == 1 else black.reshape(shape)


def black_level_delta(image: Directory, tag: Tag, length: int) -> np.ndarray | None:
    """BlackLevelDeltaH or V: one value for each of the `length` columns or rows of the active area."""
    delta = image.numbers(tag, length)
    if delta is not None and not np.isfinite(delta).all():
        raise FileError(f"{tag.name} holds a value that is not a number")
    return delta


def white_level(image: Directory, storage: Storage) -> np.ndarray:
    """WhiteLevel (samples,); the highest value that the samples can hold where the file is silent."""
    bits = 8 * storage.dtype.itemsize if storage.compression == JPEG_XL else storage.bits  # see `jpeg_xl.decode`
    default = 1.0 if storage.is_float else 2.0**bits - 1
    white = image.numbers(Tag.WhiteLevel, 1, storage.samples)
    if white is None:
        return np.full(storage.samples, default)
    return np.full(storage.samples, white[0]) if len(white) == 1 else white


def check(black: np.ndarray, deltas: list[np.ndarray | None], white: np.ndarray) -> None:
    """Raise FileError unless WhiteLevel is above BlackLevel, with its deltas, everywhere."""
    highest = black.max() + sum(delta.max() for delta in deltas if delta is not None)
    if not white.min() > highest or not np.isfinite(white).all():  # `not >` also refuses NaN
        raise FileError(f"WhiteLevel ({white.min():g}) is not above BlackLevel ({highest:g})")


def baseline_exposure(profile: Directory) -> float:
    """BaselineExposure and its offset, in stops."""
    return _stops(profile, Tag.BaselineExposure) + baseline_exposure_offset(profile)


def baseline_exposure_offset(profile: Directory) -> float:
    """What a profile adds to BaselineExposure, in stops."""
    return _stops(profile, Tag.BaselineExposureOffset)


def _stops(profile: Directory, tag: Tag) -> float:
    """The stops of `tag`; absent, or the undefined 0/0 that some cameras write, they are 0."""
    stops = profile.numbers(tag, 1)
    if stops is None or np.isnan(stops[0]):
        return 0.0
    if abs(stops[0]) > _MOST_STOPS:
        raise FileError(f"{tag.name} is {stops[0]:g} stops; the file is damaged")
    return float(stops[0])


#: Scale and offset of a noise profile. Twenty electrons at the clip, fewer than any ISO setting sold leaves, are a
#: scale of 0.05; noise of a tenth of the range where there is no light is an offset of 0.01.
_MOST_NOISE = (0.05, 0.01)


def noise_profile(tags: Directory, order: list[int], notes: list[str]) -> np.ndarray | None:
    """NoiseProfile (n, 2), n = 1 or 3; None, with a note, where it makes no sense: pictures can do without."""
    numbers = tags.numbers(Tag.NoiseProfile)
    if numbers is None:
        return None
    pairs = numbers.reshape(-1, 2) if len(numbers) in (2, 6) else np.full((1, 2), np.nan)
    if not ((pairs >= 0) & (pairs <= _MOST_NOISE)).all():  # `not <=` also refuses NaN
        notes.append("NoiseProfile makes no sense and is ignored")
        return None
    return pairs[order] if len(pairs) == 3 else pairs
