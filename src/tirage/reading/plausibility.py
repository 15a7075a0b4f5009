"""Tags against pixels: whether the CFA pattern and the black level that a file states fit what it holds.

A few hundred small blocks spread over the frame are looked at. The two green pixels of a quad see the same light
through the same colour, so they agree block by block; the two others agree only where the light happens to be as red
as it is blue. A tag is contradicted only where the pixels leave no doubt; all else is believed.

Domain: a Bayer frame in stored units. Range: sentences for a person, and the levels and filters that fit the pixels.
Limits: a scene of one colour may say nothing. Red taken for blue can't be told: daylight looks just like 2700 K lamps
then. Which of the two patterns that share their greens is right is decided by the as-shot neutral. A black level that
is too low looks like haze unless masked pixels or a bare floor tell.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..photo.frame import BAYER_PATTERNS, RawFrame, Rectangle
from ..photo.quantile import median, quantiles
from . import levels
from .tags import Tag
from .tiff import Directory

#: Side of a block, and the bands of blocks down and blocks across: few pages of a mapped file are touched.
_BLOCK, _BANDS, _ACROSS = 16, 16, 24
#: Of the range from black to white: what a block's sites must lie between to show their colour.
_DARK, _CLIPPED = 0.02, 0.98
#: Rows and columns of a masked area that are looked at, at most.
_MASKED = 256
#: Two sites that differ by less than this part of their mean agree, ...
_AGREE = 0.04
#: ... and by more than this have different colours; no sensor's two greens do.
_DIFFER = 0.12
#: Blocks that must have an opinion, at least, and the share of them that must be of the same.
_LEAST_BLOCKS, _MOST = 24, 0.97
#: Blocks are nearly grey at so many stops of red and blue together; another pattern's are less so by this factor.
_GREY_STOPS, _CLEARLY = 0.8, 1.4
#: Floating-point values beyond this are damaged; sums of them, and of their squares, must not overflow.
_HUGE = 1e15
#: A floor above this part of the range is no black level.
_HIGHEST_FLOOR = 0.15
#: Black levels that differ by less than this part of the range, or these stored units, do no visible harm.
_BLACK_PART, _BLACK_UNITS = 0.004, 2.0

_CORRECTS = "; --cfa auto corrects it"


@dataclass(frozen=True, eq=False)
class Plausibility:
    """What the pixels contradict: the `cfa` that fits them, the `black_level` (2, 2) that does; None is no correction.

    `sentences` say each contradiction; there may be one without a correction, where two patterns fit.
    """

    cfa: str | None = None
    black_level: np.ndarray | None = None
    sentences: tuple[str, ...] = ()


def contradictions(frame: RawFrame, masked: Sequence[np.ndarray] | None = None) -> Plausibility:
    """What the pixels of a Bayer `frame` contradict in its tags; nothing for any other frame.

    `masked` are rectangles of pixels that light never reached (MaskedAreas), each (h, w) in stored units and in phase
    with the active area: their first pixel is of the kind of its first.
    """
    if frame.cfa not in BAYER_PATTERNS or min(frame.mosaic.shape) < 2 * _BLOCK:
        return Plausibility()
    sites = _blocks(frame.mosaic)
    sentences = []
    black = _black(frame, sites, masked or ())
    if black is not None:
        sentences.append(
            f"BlackLevel says {_levels(_tagged_black(frame))}, but the pixels say {_levels(black)}{_CORRECTS}"
        )
    light = _light(frame, sites, _tagged_black(frame) if black is None else black)
    cfa = None
    if _contradicts_greens(frame, light):
        candidates = ("GRBG", "GBRG") if frame.cfa in ("RGGB", "BGGR") else ("RGGB", "BGGR")
        cfa = _nearest_greys(frame, light, candidates)
        layout = f"{cfa}{_CORRECTS}" if cfa else f"{' or '.join(candidates)}; choose with --cfa"
        sentences.append(f"CFAPattern says {frame.cfa}, but the pixels are laid out as {layout}")
    return Plausibility(cfa, black, tuple(sentences))


def corrected(frame: RawFrame, plausibility: Plausibility) -> RawFrame:
    """`frame` with the filters and the black level that its pixels say."""
    if plausibility.cfa is not None:
        frame = dataclasses.replace(frame, cfa=plausibility.cfa)
    if plausibility.black_level is not None:
        frame = dataclasses.replace(frame, black_level=plausibility.black_level - _deltas(frame))
    return frame


def judged(frame: RawFrame, cfa: str = "tag", masked: Sequence[np.ndarray] | None = None) -> RawFrame:
    """`frame` under the choice `cfa`: "tag" believes the tags but notes what contradicts them, "auto" corrects them.

    A pattern such as "RGGB" is taken for the filters of the active area, whatever the file says. Frames that are not
    a Bayer mosaic stay as they are.
    """
    if frame.cfa not in BAYER_PATTERNS:
        return frame
    if cfa in BAYER_PATTERNS:
        return dataclasses.replace(frame, cfa=cfa)
    found = contradictions(frame, masked)
    if not found.sentences:
        return frame
    sentences = found.sentences
    if cfa == "auto":
        frame = corrected(frame, found)
        sentences = tuple(one.replace(_CORRECTS, "; corrected") for one in sentences)
    return dataclasses.replace(frame, notes=(*frame.notes, *sentences))


def masked_areas(image: Directory, area: Rectangle, stored: np.ndarray) -> tuple[np.ndarray, ...]:
    """The MaskedAreas of a file whose stored mosaic is (H, W) and whose active area is `area`, for `contradictions`.

    What lies outside the mosaic is left out: the tag only serves to check others.
    """
    numbers = image.integers(Tag.MaskedAreas) or []
    parts = []
    for top, left, bottom, right in zip(*[iter(numbers)] * 4, strict=False):
        if 0 <= top < bottom <= stored.shape[0] and 0 <= left < right <= stored.shape[1]:
            top, left = top + (top - area.top) % 2, left + (left - area.left) % 2
            parts.append(
                levels.linearised(image, stored[top : min(bottom, top + _MASKED), left : min(right, left + _MASKED)])
            )
    return tuple(parts)


def _even_places(last: int, count: int) -> np.ndarray:
    """At most `count` even numbers from 0 to `last`, ascending. (np.unique loads numpy.ma, which takes time.)"""
    return np.array(sorted({int(place) // 2 * 2 for place in np.linspace(0, last, count)}))


def _blocks(mosaic: np.ndarray) -> np.ndarray:
    """The four sites of the blocks looked at: (blocks, 4, values) float32, ascending; what is no number counts as 0."""
    height, width = mosaic.shape
    rows, columns = _even_places(height - _BLOCK, _BANDS), _even_places(width - _BLOCK, _ACROSS)
    half = _BLOCK // 2
    bands = np.stack([mosaic[y : y + _BLOCK][:, columns[:, None] + np.arange(_BLOCK)] for y in rows])
    # (band, row, block, column) -> (band, block, row parity, column parity, values)
    quads = bands.reshape(len(rows), half, 2, len(columns), half, 2).transpose(0, 3, 2, 5, 1, 4)
    values = quads.reshape(-1, 4, half * half).astype(np.float32)
    if mosaic.dtype.kind == "f":
        values = np.clip(np.nan_to_num(values, posinf=0, neginf=0), -_HUGE, _HUGE)
    values.sort(axis=2)
    return values


def _medians(sites: np.ndarray) -> np.ndarray:
    """The median of each block's sites, (blocks, 4)."""
    middle = sites.shape[2] // 2
    return sites[:, :, middle - 1 : middle + 1].mean(axis=2)


def _noise(sites: np.ndarray) -> np.ndarray:
    """The deviation of each block's sites, from the middle half of their values, (blocks, 4)."""
    quarter = sites.shape[2] // 4
    return (sites[:, :, -quarter] - sites[:, :, quarter]) / 1.349


def _tagged_black(frame: RawFrame) -> np.ndarray:
    """The black level of the four sites, (2, 2), the mean of what else it varies by."""
    level = np.asarray(frame.black_level, np.float64).reshape(*frame.black_level.shape[:2])
    rows, columns = (np.arange(2 * size) for size in level.shape)
    level = level[np.ix_(rows % level.shape[0], columns % level.shape[1])]
    return np.array([[level[i::2, j::2].mean() for j in (0, 1)] for i in (0, 1)]) + _deltas(frame)


def _deltas(frame: RawFrame) -> float:
    """What BlackLevelDeltaH and V add on the average."""
    deltas = (frame.black_level_delta_h, frame.black_level_delta_v)
    return sum(float(np.mean(delta)) for delta in deltas if delta is not None)


def _levels(black: np.ndarray) -> str:
    """The four levels as a person says them."""
    numbers = [f"{level:.4g}" for level in black.ravel()]
    return numbers[0] if len(set(numbers)) == 1 else " ".join(numbers)


# The colour filters ---------------------------------------------------------------------------------------------------


def _light(frame: RawFrame, sites: np.ndarray, black: np.ndarray) -> np.ndarray:
    """The light of each block's sites, (n, 4), 0 black and 1 white, of the blocks that show their colour."""
    span = float(frame.white_level[0]) - black.ravel()
    light = (sites.mean(axis=2, dtype=np.float64) - black.ravel()) / span
    clipped = (sites[:, :, -1] > black.ravel() + _CLIPPED * span).any(axis=1)
    return light[~clipped & (light.min(axis=1) > _DARK)]


def _contradicts_greens(frame: RawFrame, light: np.ndarray) -> bool:
    """Whether the two sites that agree everywhere are not those that the tag calls green."""
    # How far the sites of each diagonal differ: 00 and 11, then 01 and 10.
    ends, starts = light[:, [3, 2]], light[:, [0, 1]]
    differences = np.abs(ends - starts) / ((ends + starts) / 2)
    greens = 1 if frame.cfa in ("RGGB", "BGGR") else 0
    green, other = differences[:, greens], differences[:, 1 - greens]
    against = int(((other < _AGREE) & (green > _DIFFER)).sum())
    in_favour = int(((green < _AGREE) & (other > _DIFFER)).sum())
    return against >= _LEAST_BLOCKS and against >= _MOST * (against + in_favour)


def _nearest_greys(frame: RawFrame, light: np.ndarray, candidates: tuple[str, str]) -> str | None:
    """Which of two patterns gives nearly grey blocks, as the camera's neutral has grey, and the other clearly less."""
    if frame.as_shot_neutral is None:
        return None
    neutral = np.asarray(frame.as_shot_neutral, np.float64)
    stops = []
    for cfa in candidates:
        red, blue = (light[:, cfa.index(colour)] / neutral["RGB".index(colour)] for colour in "RB")
        green = light[:, [site for site in range(4) if cfa[site] == "G"]].mean(axis=1) / neutral[1]
        stops.append(float(np.median(np.abs(np.log2(red / green)) + np.abs(np.log2(blue / green)))))
    best = int(stops[1] < stops[0])
    return candidates[best] if stops[best] < min(_GREY_STOPS, stops[1 - best] / _CLEARLY) else None


# The black level ------------------------------------------------------------------------------------------------------


def _black(frame: RawFrame, sites: np.ndarray, masked: Sequence[np.ndarray]) -> np.ndarray | None:
    """The black level (2, 2) that the pixels say, where it is not what the tags say."""
    tagged = _tagged_black(frame)
    white = float(frame.white_level[0])
    harmless = max(_BLACK_UNITS if frame.mosaic.dtype.kind == "u" else 0.0, _BLACK_PART * (white - tagged.max()))
    for say in (_masked_level(masked, white - tagged.max()), _floor(frame, sites, tagged), _lowest(sites, tagged)):
        if say is not None and np.abs(say - tagged).max() > harmless and say.max() < white:
            return say
    return None


def _masked_level(masked: Sequence[np.ndarray], span: float) -> np.ndarray | None:
    """The level of each site of the masked pixels, where these hold noise and nothing else."""
    level = np.empty((2, 2))
    for i in (0, 1):
        for j in (0, 1):
            values = np.concatenate([area[i::2, j::2].ravel() for area in masked] or [np.zeros(0)]).astype(np.float64)
            if len(values) < 64:
                return None
            low, level[i, j], high = np.quantile(values, (0.05, 0.5, 0.95))
            if not high - low < 0.02 * span:  # `not <` also refuses NaN
                return None
            level[i, j] = values[(values >= low) & (values <= high)].mean()
    return level


def _floor(frame: RawFrame, sites: np.ndarray, tagged: np.ndarray) -> np.ndarray | None:
    """A bare floor above the tagged black, which many blocks share and nothing lies below.

    Haze looks alike but for its colour and its noise: above the true black, light gives red, green and blue different
    values, and photon noise. So the four sites must agree there, in a frame whose neutral is far from equal; and their
    noise must be less than what the NoiseProfile gives for such light, or, without one, most of the frame be brighter.
    """
    neutral, span = frame.as_shot_neutral, float(frame.white_level[0]) - tagged.max()
    if neutral is None or min(neutral[0] / neutral[1], neutral[2] / neutral[1]) > 0.8:
        return None
    above = _medians(sites) - tagged.ravel()
    lift = above.mean(axis=1)
    few = np.argsort(lift)[: max(8, len(lift) // 25)]
    levels = median(above[few])
    floor, noise = float(levels.min()), float(median(_noise(sites[few]).ravel()))
    is_evident = 10 * max(noise, 0.5) < floor < _HIGHEST_FLOOR * span and noise < 0.1 * floor
    is_shared = np.ptp(lift[few]) <= max(2 * noise, 1.0) and np.ptp(levels) <= max(noise, 0.05 * floor)
    is_bare = quantiles((sites[:, :, 0] - tagged.ravel()).ravel(), (0.02,))[0] >= floor - 5 * noise - 1
    if frame.noise_profile is None:
        is_dark = median(lift) > 2 * floor
    else:
        scale, offset = np.asarray(frame.noise_profile, np.float64).mean(axis=0)
        is_dark = (noise / span) ** 2 < 0.5 * (scale * floor / span + offset)
    return tagged + floor if is_evident and is_shared and is_bare and is_dark else None


def _lowest(sites: np.ndarray, tagged: np.ndarray) -> np.ndarray | None:
    """The level of the darkest blocks, where whole blocks lie below the tagged black: it is that or lower."""
    below = _medians(sites) - tagged.ravel()
    dark = (below < -0.5 * _noise(sites)).all(axis=1)
    if dark.sum() < max(6, len(sites) // 50):
        return None
    means = sites[dark].mean(axis=2, dtype=np.float64) - tagged.ravel()
    darkest = np.argsort(means.mean(axis=1), kind="stable")[: max(6, len(means) // 10)]
    return np.maximum(tagged + np.median(means[darkest], axis=0).min(), 0)
