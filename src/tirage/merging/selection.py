"""Which frames take part, and which of them is the reference."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..photo.errors import FileError, KernelError, TirageError, UsageError
from ..photo.frame import BAYER_PATTERNS, RawFrame
from ..photo.threads import begun, threads
from . import faults
from .align import SUMS
from .align.flow import SLOPE_NOISE
from .align.homography import grey_of, sums_of
from .align.mapping import smooth_map
from .light import Light, light_of

Source = Callable[[], RawFrame]

#: Side of the cells whose mean light is compared: so large that a handheld camera's shake hardly matters.
_CELL = 32
#: Of the range to clipping: cells that are brighter say nothing of the exposure.
_BRIGHT = 0.85
#: The share of the cells that must say something.
_TELLING_CELLS = 0.05
#: A frame is blurred that has less than this share of the squared slopes of the reference along any direction, or in
#: all: as a Gaussian of 2 to 3 pixels leaves. What turning by 2 degrees and 5 % of new picture do is less.
_BLURRED, _BLURRED_IN_ALL = 0.45, 0.65
#: Rows of the mosaic that are looked at together for sharpness, in frames of many.
_BAND = 128
#: Of every so many rows the clipped pixels are counted: an odd number, so that every colour is.
_THIN = 7
#: Frames with a shorter side have too few slopes to tell.
_LEAST_SIDE = 16
#: Slopes that are weaker, in unit noise, may be the noise model's error.
_TELLING = 0.01
#: A stated exposure that the pixels contradict by more, in stops, isn't believed.
_BELIEVED = 0.4
#: Exposures that differ by less, in stops, count as equal; as they are stated, and as frames that are not yet aligned
#: make them seem, for each sees a little more at one side: aligning finds what flickers.
_ALIKE, _SEEN_ALONE = 0.06, 0.3
#: A frame is no candidate whose correlation with the median picture falls short of the best by more.
_UNLIKE = 0.25
#: Exposures beyond that many stops from the reference's say too little.
_MOST_STOPS = 6.0


#: Why a frame is left out that is none.
_NOT_BAYER = (
    "its pixels have three colours each (they are demosaiced, or its filters are X-Trans); only Bayer mosaics merge"
)


@dataclass(frozen=True, eq=False)
class Facts:
    """What is remembered of a frame between looking at it and merging it."""

    index: int
    name: str
    shape: tuple[int, ...]
    cfa: str | None
    camera: tuple[str, str]
    exposure: float | None
    digest: bytes
    noise: np.ndarray
    sharpness: np.ndarray
    cells: np.ndarray
    clipped: np.ndarray
    outliers: faults.Outliers
    unclipped: float  #: the share of its pixels that is
    is_merge: bool = False  #: of several frames already


@dataclass(frozen=True, eq=False)
class Selection:
    """The frames to merge, the reference first, with the gain of each to the reference's light; and who stays out."""

    facts: tuple[Facts, ...]
    gains: tuple[float, ...]
    notes: tuple[str, ...]
    faults: np.ndarray  #: indices of pixels to repair in each


def look_at(source: Source, index: int, name: str, known: dict[tuple, np.ndarray]) -> Callable[[], Facts]:
    """Begin to look at a frame: what is returned waits for its facts.

    TirageError where it can't be read or isn't a Bayer frame. `known` holds the noise of frames taken alike, and learns
    this one's.
    """
    frame = source()
    if frame.cfa not in BAYER_PATTERNS or frame.mosaic.ndim != 2:
        raise UsageError(f"'{name}' can't be merged: {_NOT_BAYER}")
    if min(frame.mosaic.shape) < 2:
        raise UsageError(f"'{name}' can't be merged: it has too few pixels")
    stated = None if frame.noise_profile is None else np.asarray(frame.noise_profile).tobytes()
    alike = (frame.mosaic.shape, stated, frame.capture.iso, frame.capture.exposure_s)
    light = light_of(frame, known.get(alike))
    known[alike] = light.noise
    capture = frame.capture
    exposure = None
    if capture.exposure_s and capture.exposure_s > 0:
        iso = capture.iso if capture.iso and capture.iso > 0 else 100.0
        aperture = capture.f_number if capture.f_number and capture.f_number > 0 else 1.0
        exposure = capture.exposure_s * iso / aperture**2

    def facts() -> Facts:
        return Facts(
            index,
            name,
            frame.mosaic.shape,
            frame.cfa,
            (capture.make, capture.model),
            exposure,
            _digest(light.mosaic),
            light.noise,
            _sharpness(light),
            *_cells(light),
            faults.outliers(light),
            float(np.mean(light.mosaic[::_THIN] < light.clip)),
            bool(frame.merged),
        )

    return begun(facts)


def read_again(source: Source, facts: Facts) -> RawFrame:
    """The frame that `facts` are of; FileError where it isn't that one any more, or can't be read."""
    frame = source()
    if (frame.mosaic.shape, frame.cfa) != (facts.shape, facts.cfa):
        raise FileError(f"'{facts.name}' changed while it was being merged; merge it again")
    return frame


def select(sources: Sequence[Source], names: Sequence[str], reference: int | None, progress: Callable) -> Selection:
    """Look at every frame, choose the reference unless it is given, and leave out what does not belong.

    Raises UsageError where the reference itself can't be used, or the first reason where no frame can.
    """
    found: list[Facts] = []
    coming: deque[Callable[[], Facts]] = deque()
    known: dict[tuple, np.ndarray] = {}
    notes: dict[int, str] = {}
    first_error: TirageError | None = None
    for index, (source, name) in enumerate(zip(sources, names, strict=True)):
        progress(index, 2 * len(sources), f"looking at {name}")
        if len(coming) == threads():
            found.append(coming.popleft()())
        try:
            coming.append(look_at(source, index, name, known))
        except KernelError:  # a mistake of tirage's, none of the frame's
            raise
        except TirageError as error:
            first_error = first_error or error
            notes[index] = f"{name} left out: {reason_of(error, name)}"
            if index == reference:
                raise
    found += [facts() for facts in coming]
    if not found:
        assert first_error is not None
        raise first_error
    chosen = next((facts for facts in found if facts.index == reference), None)
    single = [facts for facts in found if not facts.is_merge or facts is chosen]
    for facts in found if single else []:
        if facts not in single:  # a folder holds what was made of it, too
            notes[facts.index] = f"{facts.name} left out: it is itself merged of several frames"
    found = single or found
    chosen = chosen or _sharpest(_usual(found))
    kept: list[tuple[Facts, float]] = [(chosen, 1.0)]
    seen = {chosen.digest: chosen.name}
    for facts in found:
        if facts is chosen:
            continue
        gain, reason = 1.0, ""
        if facts.shape != chosen.shape:
            reason = f"{facts.shape[1]} x {facts.shape[0]} pixels, not {chosen.shape[1]} x {chosen.shape[0]}"
        elif facts.cfa != chosen.cfa:
            reason = f"its colour filters are {facts.cfa}, not {chosen.cfa}"
        elif _other_camera(facts.camera, chosen.camera):
            reason = "another camera"
        elif facts.digest in seen:
            reason = f"the same pixels as {seen[facts.digest]}"
        else:
            gain, reason = _gain(facts, chosen)
        seen.setdefault(facts.digest, facts.name)
        if not reason and _is_blurred(facts, chosen, gain):
            reason = "blurred"
        if reason:
            notes[facts.index] = f"{facts.name} left out: {reason}"
        else:
            kept.append((facts, gain))
    ordered = tuple(notes[index] for index in sorted(notes))
    hot = faults.common([facts.outliers for facts, _ in kept])
    return Selection(tuple(f for f, _ in kept), tuple(g for _, g in kept), ordered, hot)


def reason_of(error: TirageError, name: str) -> str:
    """The error's words without the file they begin with."""
    words = str(error)
    for end in (f"{name}' can't be merged: ", f"{name}' ", f"{name}': ", f"{name}: ", f"{name} "):
        if end in words:
            return words.partition(end)[2]
    return words


def _usual(found: list[Facts]) -> list[Facts]:
    """The frames of the commonest size, colour filters, camera and scene; of the middle exposure among them."""
    kinds = [(facts.shape, facts.cfa, facts.camera) for facts in found]
    most = max(kinds, key=kinds.count)
    alike = [facts for facts, kind in zip(found, kinds, strict=True) if kind == most]
    pictures = np.stack([_normal(facts.cells) for facts in alike])
    likeness = (pictures * np.median(pictures, axis=0)).mean((1, 2))
    alike = [facts for facts, like in zip(alike, likeness, strict=True) if like >= likeness.max() - _UNLIKE]
    gains = [np.log2(max(_gain(facts, alike[0])[0], 1e-6)) for facts in alike]
    middle = sorted(gains)[len(gains) // 2]
    return [facts for facts, gain in zip(alike, gains, strict=True) if abs(gain - middle) < 0.3]


def _normal(cells: np.ndarray) -> np.ndarray:
    """The root of light, with mean 0 and variance 1."""
    root = np.sqrt(np.maximum(cells, 0))
    return (root - root.mean()) / max(float(root.std()), 1e-6)


def _sharpest(found: list[Facts]) -> Facts:
    """The first of the sharpest: a difference of a twentieth is none."""
    best = max(facts.sharpness.min() for facts in found)
    return next(facts for facts in found if facts.sharpness.min() >= 0.95 * best)


def _other_camera(one: tuple[str, str], other: tuple[str, str]) -> bool:
    return all(one) and all(other) and one != other


def _is_blurred(facts: Facts, reference: Facts, gain: float) -> bool:
    if min(reference.shape) < _LEAST_SIDE:
        return False
    # Of a shorter exposure less stands out of the noise, as of a higher ISO; of a longer one less is left unclipped.
    light = float(np.median(np.clip(reference.cells, 0, 1)))
    own, other = ((facts.noise * (gain, gain**2)).mean(0), reference.noise.mean(0))
    standing_out = min((other @ (light, 1.0)) / (own @ (light, 1.0)), max(gain, 1.0) ** -2, 1.0)
    left = min(facts.unclipped / max(reference.unclipped, 1e-3), 1.0)
    expected = reference.sharpness * standing_out * left**2
    along = (expected > _TELLING) & (facts.sharpness < _BLURRED * expected)
    across_and_down = expected[:2].sum()
    in_all = across_and_down > 2 * _TELLING and facts.sharpness[:2].sum() < _BLURRED_IN_ALL * across_and_down
    return bool(along.any() or in_all)


def _gain(facts: Facts, reference: Facts) -> tuple[float, str]:
    """The gain to the reference's light, as the exposures state it unless pixels contradict; or why there is none."""
    both = (facts.cells < _BRIGHT) & (reference.cells < _BRIGHT)
    unclipped = both & ~facts.clipped & ~reference.clipped
    both = unclipped if unclipped.mean() > _TELLING_CELLS else both
    seen = None
    if both.mean() > _TELLING_CELLS:
        own, other = float(facts.cells[both].sum()), float(reference.cells[both].sum())
        if own > 0 and other > 0:
            seen = other / own
    stated = reference.exposure / facts.exposure if facts.exposure and reference.exposure else None
    if stated is None and seen is None:
        return 1.0, ""
    gain = stated if stated is not None else seen
    if stated is not None and seen is not None and abs(np.log2(seen / stated)) > _BELIEVED:
        gain = seen
    assert gain is not None
    if abs(np.log2(gain)) > _MOST_STOPS:
        return 1.0, f"its exposure is {abs(np.log2(gain)):.1f} stops off"
    return (gain if abs(np.log2(gain)) > (_SEEN_ALONE if stated is None else _ALIKE) else 1.0), ""


def _sharpness(light: Light) -> np.ndarray:
    """The mean square slope of a frame's grey beyond that of its noise, in four directions: (4,) float64.

    Shake blurs along one direction alone. Of large frames bands tell, a quarter of the rows.
    """
    height = len(light.mosaic)
    tops = range(0, height, 4 * _BAND) if height > 8 * _BAND else [0]
    bands = [light.mosaic[top : top + _BAND] if len(tops) > 1 else light.mosaic for top in tops]
    sums = np.zeros(len(SUMS))
    for band in bands:
        if min(band.shape) > 1:
            grey = grey_of(replace(light, mosaic=band), light.grey_noise)
            cells = sums_of(grey, grey, smooth_map(np.eye(3), None, grey.shape), 1.0, 0.0)
            sums += cells.sum((1, 2), dtype=np.float64)
    xx, xy, yy = sums[:3] / sums[10]
    slopes = np.array([xx, yy, (xx + yy) / 2 + xy, (xx + yy) / 2 - xy])
    return np.maximum(slopes - SLOPE_NOISE[0], 1e-6)


def _digest(mosaic: np.ndarray) -> bytes:
    """Equal for equal pixels; of a few rows where there are many: noise makes each one telling."""
    rows = mosaic[:: 31 if len(mosaic) > 500 else 1]
    return hashlib.blake2b(rows.tobytes(), digest_size=16).digest()


def _cells(light: Light) -> tuple[np.ndarray, np.ndarray]:
    """The mean light of a grid of cells, of every fourth quad, and where some clip: those count as bright."""
    step = _CELL if min(light.mosaic.shape) >= 4 * _CELL else 4
    height, width = (side // step * step for side in light.mosaic.shape)
    thin = light.mosaic[: max(height, 2), : max(width, 2)]
    rows = thin[0::8] if step == _CELL else thin
    clipped = rows >= light.clip
    own = rows.astype(np.float32)
    own -= np.float32(light.black.mean())
    own *= np.float32(light.unit)
    np.copyto(own, np.float32(4), where=clipped)
    if step != _CELL or height < step or width < step:
        return own, clipped
    shape = (height // step, step // 8, width // step, step)
    return own.reshape(shape).mean((1, 3)), clipped.reshape(shape).max((1, 3))
