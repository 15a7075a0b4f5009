"""A burst merged: the reference chosen, each frame aligned and added as it comes, the mean shrunk."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..photo.errors import TirageError
from ..photo.frame import RawFrame
from .align.doubt import doubtful_cells
from .align.flow import smooth_flow
from .align.homography import Pyramid, agreement, align, brightness, pyramid_of
from .align.mapping import on_mosaic, piecewise_map, smooth_map, without
from .align.objects import moved_objects
from .calibration import noise_ratio
from .faults import repaired
from .fuse.mean import Mean
from .highlights import give_back, noise_at_white
from .light import Light, light_of
from .resampling import resampling_of
from .selection import select
from .shrink.stage import residue, shrunk, unshrunk
from .superresolution.alignment import ALIGNING_NOISE
from .superresolution.result import finer
from .superresolution.stage import Samples

Source = Callable[[], RawFrame]
Progress = Callable[[int, int, str], None]
#: A mosaic of linear light and its filters to (3, H, W).
Demosaic = Callable[[np.ndarray, str], np.ndarray]

#: Where the result's black lies, so that noise below it is kept.
PEDESTAL = 4096
#: The scales that may be asked for.
SCALES = (1.0, 1.5, 2.0)
#: A frame whose light has to be raised by more than that can show what is clipped in the reference.
_RESTORES = 1.05
#: Exposures that differ by less count as equal.
_FLICKER = 0.004


#: Of a frame's pixels that meet the reference's: the share that must agree, and that must meet at all.
_AGREEING, _MEETING = 0.5, 0.3


@dataclass(frozen=True)
class Options:
    """How a burst is merged; see `tirage.merge`."""

    robustness: float = 1.0
    denoise: float = 1.0
    scale: float = 1.0
    demosaic: Demosaic | None = None  #: what `scale` above 1 begins with


def merged(
    sources: Sequence[Source], names: Sequence[str], reference: int | None, options: Options, progress: Progress
) -> RawFrame:
    """The frames that `sources` give when called, twice each, in the place of `sources[reference]`, else of the best.

    The result's notes name every frame that is left out. Raises TirageError where no frame can be read, or the given
    reference can't.
    """
    if len(sources) == 1:
        return _alone(sources[0](), ["one frame: nothing to merge it with"])
    chosen = select(sources, names, reference, progress)
    notes = list(chosen.notes)
    first = sources[chosen.facts[0].index]()
    if len(chosen.facts) == 1:
        return _alone(first, [*notes, "one frame is left: nothing to merge it with"])
    base = repaired(light_of(first, chosen.facts[0].noise), chosen.faults)
    ground = _ground(base, first, chosen.gains, options)
    ratio, added, most = 1.0, 0, 1.0
    for step, (facts, gain) in enumerate(zip(chosen.facts[1:], chosen.gains[1:], strict=True)):
        progress(len(sources) + step, 2 * len(sources), f"merging {facts.name}")
        try:
            given = repaired(light_of(sources[facts.index](), facts.noise), chosen.faults).brighter(gain)
        except TirageError as error:
            notes.append(f"{facts.name} left out: {error}")
            continue
        shorter, longer = gain > _RESTORES, gain < 1 / _RESTORES
        ignore_clipped = ground.mean.restores or longer
        aligned = _aligned(ground, given.noisier(ratio), gain)
        if not (added or aligned.reason):
            found = noise_ratio(ground.mean, aligned.frame, ground.guide, aligned.mapping, ignore_clipped)
            if found != 1:
                ratio *= found
                ground = _ground(base.noisier(ratio), first, chosen.gains, options)
                aligned = _aligned(ground, given.noisier(ratio), gain)
        if aligned.reason:
            notes.append(f"{facts.name} left out: {aligned.reason}")
            continue
        doubted = doubtful_cells(aligned.sums, max(gain, 1.0), options.robustness) & ~aligned.moved
        mappings = [without(aligned.mapping, doubted), *aligned.objects]
        moved = aligned.moved if aligned.objects else None
        ground.mean.add(aligned.frame, ground.guide, mappings, moved, options.robustness, ignore_clipped)
        if ground.samples is not None:
            ground.samples.add(aligned.frame, aligned.mapping, options.robustness, ignore_clipped)
        added += 1
        most = max(most, aligned.frame.gain if shorter and ground.mean.restores else 1.0)
    progress(2 * len(sources), 2 * len(sources), "merged")
    if not added:
        return _alone(first, [*notes, "one frame is left: nothing to merge it with"])
    alike = all(1 / _RESTORES < gain < _RESTORES for gain in chosen.gains)
    result = _result(first, ground.mean, options, notes, most, noise_at_white(ground.mean) if alike else None)
    if ground.samples is None:
        return result
    assert options.demosaic is not None
    ground.mean.forget()
    return finer(result, ground.samples, options.scale, options.denoise, most, options.demosaic)


@dataclasses.dataclass(frozen=True, eq=False)
class _Ground:
    """The reference as frames are compared with it, and what they are added to."""

    base: Light
    mean: Mean
    guide: Light
    grey_noise: np.ndarray
    pyramid: Pyramid
    samples: Samples | None


def _ground(base: Light, first: RawFrame, gains: Sequence[float], options: Options) -> _Ground:
    """For a burst whose reference `first` has the light `base`."""
    restores = any(gain > _RESTORES for gain in gains) and bool((base.mosaic >= base.clip).any())
    mean = Mean(base, resampling_of(base, first.as_shot_neutral), restores)
    guide = _guide(mean)
    # Finer pixels ask for finer alignment: interpolation, not noise, is then what frames differ by.
    grey_noise = base.grey_noise if options.scale == 1 else np.maximum(base.grey_noise, ALIGNING_NOISE)
    samples = Samples(mean, guide) if options.scale != 1 else None
    return _Ground(base, mean, guide, grey_noise, pyramid_of(base, grey_noise), samples)


def _alone(frame: RawFrame, notes: list[str]) -> RawFrame:
    return dataclasses.replace(frame, notes=(*frame.notes, *notes))


def _guide(mean: Mean) -> Light:
    """The reference without its noise, as a stored mosaic."""
    base = mean.reference
    levels = (float(PEDESTAL), 65535.0 - PEDESTAL, 65535.0)
    mosaic = shrunk(mean.state, base, mean.resampling, 1.0, levels, 1.0)
    return dataclasses.replace(
        base, mosaic=mosaic, black=np.full(4, levels[0]), unit=1 / levels[1], clip=65535, shift_x=0, shift_y=0
    )


@dataclasses.dataclass(frozen=True, eq=False)
class _Aligned:
    """A frame in the reference's light, and where it lies; or the `reason` why that can't be told.

    `mapping` is that of the whole, `objects` holds that of the objects where there are some, in the cells that `moved`;
    `sums` are those of the cells' differences.
    """

    frame: Light
    mapping: np.ndarray
    objects: list[np.ndarray]
    moved: np.ndarray
    sums: np.ndarray
    reason: str = ""


def _aligned(ground: _Ground, frame: Light, gain: float) -> _Aligned:
    """`frame`, whose exposure needs `gain` to be the reference's."""
    grey_noise, limit = ground.grey_noise, min(gain, 1.0)
    # What a longer exposure can't show is no matter for aligning it.
    reference = pyramid_of(ground.base, grey_noise, gain) if gain < 1 / _RESTORES else ground.pyramid
    pyramid = pyramid_of(frame, grey_noise, limit)
    homography, root = align(reference, pyramid)
    root = brightness(reference, pyramid, homography, root)
    flicker = float(np.clip(root * root, 0.8, 1.25))  # the grey goes by the root of light
    if abs(flicker - 1) > _FLICKER:
        frame = frame.brighter(flicker)
        pyramid = pyramid_of(frame, grey_noise, limit)
    reason = _doubts(reference, pyramid, homography)
    if reason:
        nothing = np.zeros((0, 0))
        return _Aligned(frame, nothing, [], nothing, nothing, reason)
    objects, far = moved_objects(reference, pyramid[0], homography)
    flow, sums = smooth_flow(reference, pyramid, homography, far)
    shape = tuple(2 * side for side in reference[0].shape)
    whole = on_mosaic(homography)
    mapping = smooth_map(whole, None if flow is None else 2 * flow, shape, 16)
    if objects is None:
        return _Aligned(frame, mapping, [], np.zeros(mapping.shape[1:], bool), sums)
    return _Aligned(frame, mapping, [piecewise_map(whole, 2 * objects, shape, 16)], (objects != 0).any(axis=2), sums)


def _doubts(reference: Pyramid, image: Pyramid, homography: np.ndarray) -> str:
    """Why the alignment can't be believed; "" where it can."""
    fit, shared = agreement(reference, image, homography, 1.0, 2)
    if shared < _MEETING:
        return "it shows too little of the reference's scene"
    return "" if fit > _AGREEING else "another scene, or too different to be aligned"


def _result(
    first: RawFrame, mean: Mean, options: Options, notes: list[str], most: float, clipped: np.ndarray | None = None
) -> RawFrame:
    """The mean as a frame like the first; `most` is the light at which the shortest exposure clips.

    `clipped` (4,) is the noise of what clips at white where it is to be mended; see `highlights`.
    """
    base = mean.reference
    unit = (65535 - PEDESTAL) / most
    if unit * base.unit >= 1:
        unit = float(np.floor(unit * base.unit)) / base.unit  # whole steps: stored values stay exact
    levels = (float(PEDESTAL), unit, PEDESTAL + unit * most)
    if options.denoise > 0:
        mosaic = shrunk(mean.state, base, mean.resampling, options.denoise, levels, most)
    else:
        mosaic = unshrunk(mean.state, levels, most)
    if clipped is not None:
        give_back(mosaic, clipped, levels[0], levels[2])
    height, width = base.mosaic.shape
    noise = base.noise[[0, 1, 3]] * mean.left()[:, None] * residue(options.denoise, mean.frames())
    return dataclasses.replace(
        first,
        mosaic=np.ascontiguousarray(mosaic[base.shift_y :, base.shift_x :][:height, :width]),
        black_level=np.full((1, 1), levels[0]),
        black_level_delta_h=None,
        black_level_delta_v=None,
        white_level=np.array([levels[2]]),
        baseline_exposure_stops=first.baseline_exposure_stops + float(np.log2(most)),
        noise_profile=noise / np.array([most, most * most]),
        notes=(*first.notes, *notes),
    )
