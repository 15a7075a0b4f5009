"""Which picture belongs to which, and both as small pictures or as samples of colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..colour.spaces import luminance_weights, rgb_to_rgb, transformed
from ..colour.transfer import srgb_decode, srgb_encode
from ..photo.errors import FileError, UsageError
from ..photo.image import DisplayImage
from .aligning import aligned, drawn
from .model import CODE, Samples, gathered, learned
from .rendering import TRIED, reduced, renderings

#: File names of finished pictures in a folder of pairs; what has the same name and another end is the RAW file.
PICTURES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp")
#: Files beside photographs that are none.
_BESIDE = (
    ".xmp",
    ".txt",
    ".toml",
    ".json",
    ".pp3",
    ".dop",
    ".thm",
    ".mov",
    ".mp4",
    ".wav",
    ".heic",
    ".hif",
    ".npz",
    ".cube",
)

#: The longer side to which pictures are brought before they are aligned, and pixels in a block of samples.
_SIDE, _BLOCK = 1000, 4
#: A picture smaller than this, along a side, holds too few colours and no place to align by.
_LEAST_SIDE = 16
#: Samples of a pair that is equal to the pixel.
_MOST_SAMPLES, _MOST_OF_ALL = 120_000, 800_000
#: Codes by which one table may miss a pair, in the middle and at 95 %, that is still equal to the pixel.
_EQUAL, _EQUAL_TAIL = 1.5, 6.0
#: Deviation of the colours in a block at which it counts half, and above which it says nothing: of a RAW file, which
#: was developed and sharpened otherwise than its picture, and of two pictures, of which one was made of the other.
_SPREAD, _MOST_SPREAD_RAW, _MOST_SPREAD = 0.02, 0.12, 0.5
#: Correlation of forms below which two pictures are of different scenes, and least share that both must show.
_SAME_SCENE, _SHARED = 0.4, 0.3
_LEAST_SAMPLES = 64
#: Light that is added before stops are counted: half a code.
_DARK = 2e-4


@dataclass(frozen=True)
class Pair:
    """The files of one picture before and after."""

    before: Path
    after: Path

    @property
    def name(self) -> str:
        """What a message calls it."""
        return self.before.stem if self.before.stem == self.after.stem else f"{self.before.name} and {self.after.name}"


def pairs_in(folder: Path) -> tuple[list[Pair], list[str]]:
    """The RAW files in `folder` with the finished picture of the same name; the names of those without a partner."""
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    except OSError as error:
        raise FileError(f"the folder '{folder}' can't be read: {(error.strerror or str(error)).lower()}") from None
    finished = {path.stem.casefold(): path for path in reversed(files) if path.suffix.lower() in PICTURES}
    raws = {
        path.stem.casefold(): path
        for path in reversed(files)
        if path.suffix.lower() not in (*PICTURES, *_BESIDE) and path.suffix
    }
    pairs = [Pair(raws[stem], finished[stem]) for stem in sorted(raws) if stem in finished]
    alone = [
        path.name for stem, path in sorted({**finished, **raws}.items()) if not (stem in raws and stem in finished)
    ]
    if not pairs:
        raise UsageError(f"'{folder}' holds no RAW file with a JPEG of the same name (IMG_1.dng with IMG_1.jpg)")
    return pairs, alone


def pairs_of(files: Sequence[Path]) -> list[Pair]:
    """Pairs of files given one after the other: before, after, before, after."""
    if len(files) % 2 or not files:
        raise UsageError(f"pictures come in pairs, before and after; {len(files)} given")
    return [Pair(before, after) for before, after in zip(files[::2], files[1::2], strict=True)]


def samples_of(pair: Pair, count: int) -> Samples:
    """Colours before and after, one of `count` pairs; FileError where a file can't be read or the two don't match."""
    from ..reading.picture import is_picture, read_picture

    for path in (pair.before, pair.after):
        if not path.is_file():
            raise FileError(f"can't read '{path}': {'it is a folder' if path.is_dir() else 'no such file'}")
    if not is_picture(pair.after):
        raise FileError(f"'{pair.after}' is no finished picture; give a JPEG, PNG, TIFF or WebP")
    after = read_picture(pair.after)
    _refuse_small(pair.after, after.pixels.shape)
    if not is_picture(pair.before):
        plain, *toned = renderings(pair.before, _SIDE)
        return _aligned_samples(pair, plain / 255, after, [one / 255 for one in toned])
    before = read_picture(pair.before)
    _refuse_small(pair.before, before.pixels.shape)
    return _equal_samples(pair, before, after, count) or _aligned_samples(pair, _small(before), after, [])


def _refuse_small(path: Path, shape: tuple[int, ...]) -> None:
    if min(shape[:2]) < _LEAST_SIDE:
        raise FileError(f"'{path}' has {shape[1]} x {shape[0]} pixels: too small to learn a look from")


def _equal_samples(pair: Pair, before: DisplayImage, after: DisplayImage, count: int) -> Samples | None:
    """Pixels of two pictures of which one is a table's rendering of the other, pixel by pixel; None where it is not."""
    if before.pixels.shape != after.pixels.shape:
        return None
    height, width = before.pixels.shape[:2]
    stride = _coprime(-(-height * width // min(_MOST_SAMPLES, _MOST_OF_ALL // count)), width)
    index = np.arange(0, height * width, stride)
    given, wanted = (
        _encoded(picture.pixels.reshape(-1, 3)[index], picture.colour_space) for picture in (before, after)
    )
    even = np.ones(len(index))
    place = _where(index, height, width)
    samples = Samples(pair.name, given, wanted, even, *place, 0 * even, error=CODE, floor=CODE, exact=True)
    off = np.abs(learned(gathered(samples), 1.0, 17)(given) - wanted).max(axis=1) / CODE
    if np.median(off) > _EQUAL or np.percentile(off, 95) > _EQUAL_TAIL:
        return None
    return samples


def _aligned_samples(pair: Pair, given: np.ndarray, after: DisplayImage, toned: Sequence[np.ndarray]) -> Samples:
    """Means of small blocks of two pictures of one scene, aligned; `toned`: the first under local tone."""
    wanted = _small(after)
    weights = luminance_weights("srgb").astype(np.float32)
    warp = aligned(given @ weights, wanted @ weights)
    if warp.score < _SAME_SCENE:
        raise FileError(
            f"{pair.name}: '{pair.before.name}' and '{pair.after.name}' do not show the same scene, or can't be aligned"
        )
    if warp.covered < _SHARED:
        raise FileError(f"{pair.name}: the two pictures share {warp.covered:.0%} of the scene only; that is too little")
    wanted, inside = drawn(wanted, warp, given.shape[:2])
    rows, columns = given.shape[0] // _BLOCK, given.shape[1] // _BLOCK
    means = [_blocks(picture).mean(axis=(1, 3)).reshape(-1, 3) for picture in (given, wanted, *toned)]
    spread = np.maximum(*(_blocks(picture).std(axis=(1, 3)).max(axis=-1).ravel() for picture in (given, wanted)))
    whole = _blocks(inside).all(axis=(1, 3)).ravel()
    kept = np.flatnonzero(whole & (spread < (_MOST_SPREAD_RAW if toned else _MOST_SPREAD)))
    if len(kept) < _LEAST_SAMPLES:
        raise FileError(f"{pair.name}: too little of it is smooth enough to compare colours; give larger pictures")
    radius, area = _where(np.arange(rows * columns), rows, columns)
    given, wanted, *lifted = (mean[kept].astype(np.float64) for mean in means)
    lifts = None
    if lifted:
        lifts = np.stack([_stops(given, one) / amount for one, amount in zip(lifted, TRIED, strict=True)], -1)
    return Samples(
        pair.name, given, wanted, 1 / (1 + (spread[kept] / _SPREAD) ** 2), radius[kept], area[kept], spread[kept],
        error=2 * CODE, floor=CODE, exact=False, lifts=lifts,
    )  # fmt: skip


def _blocks(picture: np.ndarray) -> np.ndarray:
    """(rows, block, columns, block, ...) of a picture, what is left over at its ends cut off."""
    rows, columns = picture.shape[0] // _BLOCK, picture.shape[1] // _BLOCK
    whole = picture[: rows * _BLOCK, : columns * _BLOCK]
    return whole.reshape(rows, _BLOCK, columns, _BLOCK, *picture.shape[2:])


def _stops(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Stops of light from encoded colours (n, 3) to others, (n,)."""
    weights = luminance_weights("srgb")
    light = [transformed(srgb_decode(colours), weights[None])[:, 0] + _DARK for colours in (one, other)]
    return np.log2(light[1] / light[0])


def _small(picture: DisplayImage) -> np.ndarray:
    """(h, w, 3) float32 encoded sRGB, its longer side about `_SIDE`."""
    codes = picture.pixels if picture.pixels.dtype == np.uint8 else (picture.pixels >> 8).astype(np.uint8)
    codes = reduced(codes, _SIDE)
    return _encoded(codes, picture.colour_space).astype(np.float32)


def _encoded(codes: np.ndarray, colour_space: str) -> np.ndarray:
    """Encoded sRGB 0..1 of codes (..., 3) of a space; what lies beyond sRGB is clipped."""
    values = codes / np.iinfo(codes.dtype).max
    if colour_space == "srgb":
        return values
    light = transformed(srgb_decode(values), rgb_to_rgb(colour_space, "srgb"))
    return srgb_encode(np.clip(light, 0, 1))


def _where(index: np.ndarray, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Radius, 1 in the corner, and one of five folds of areas, for pixels by number."""
    row, column = np.divmod(index, width)
    y, x = row + 0.5 - height / 2, column + 0.5 - width / 2
    fold = (row * 10 // height * 2 + column * 10 // width) % 5
    return np.hypot(x, y) / np.hypot(height / 2, width / 2), fold


def _coprime(stride: int, width: int) -> int:
    """The least number from `stride` on that has no factor in common with `width`."""
    while np.gcd(stride, width) > 1:
        stride += 1
    return stride
