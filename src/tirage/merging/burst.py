"""A burst merged: the reference chosen, each frame aligned and added as it comes, the mean shrunk."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..photo.errors import TirageError
from ..photo.frame import RawFrame
from ..photo.threads import begun
from .align.doubt import doubtful_cells
from .align.mapping import without
from .alignment import Aligned, Reference, aligned_frame, reference_of
from .calibration import noise_ratio
from .faults import repaired
from .fuse.mean import Mean
from .ghosts.stage import without_ghosts
from .highlights import give_back, keep_edges, noise_at_white
from .light import Light, light_of
from .resampling import resampling_of
from .selection import Selection, read_again, reason_of, select
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
    first = read_again(sources[chosen.facts[0].index], chosen.facts[0])
    if len(chosen.facts) == 1:
        return _alone(first, [*notes, "one frame is left: nothing to merge it with"])
    ground, most = _added(
        sources, first, chosen, options, notes, lambda step, text: progress(len(sources) + step, 2 * len(sources), text)
    )
    progress(2 * len(sources), 2 * len(sources), "merged")
    if not most:
        return _alone(first, [*notes, "one frame is left: nothing to merge it with"])
    alike = all(1 / _RESTORES < gain < _RESTORES for gain in chosen.gains)
    clipped = noise_at_white(ground.mean) if alike else None
    result = _result(first, ground.mean, options, notes, most, clipped, ground.guide)
    if ground.samples is None:
        return result
    assert options.demosaic is not None
    ground.mean.forget()
    return finer(result, ground.samples, options.scale, options.denoise, most, options.demosaic)


@dataclass(frozen=True, eq=False)
class _Ground:
    """What frames are added to, and weighed by."""

    mean: Mean
    guide: Light
    samples: Samples | None


def _ground(base: Light, first: RawFrame, restores: bool, options: Options) -> _Ground:
    """For a burst whose reference `first` has the light `base`."""
    mean = Mean(base, resampling_of(base, first.as_shot_neutral), restores)
    guide = _guide(mean)
    return _Ground(mean, guide, Samples(mean, guide) if options.scale != 1 else None)


def _added(
    sources: Sequence[Source],
    first: RawFrame,
    chosen: Selection,
    options: Options,
    notes: list[str],
    progress: Callable[[int, str], None],
) -> tuple[_Ground, float]:
    """All frames added to the reference, whose frame is `first`, and the light at which the shortest exposure clips.

    0 where none could be added; `notes` learn who is left out. Each frame is aligned while the one before is added.
    """
    base = repaired(light_of(first, chosen.facts[0].noise), chosen.faults)
    # Finer pixels ask for finer alignment: interpolation, not noise, is then what frames differ by.
    least_noise = ALIGNING_NOISE if options.scale != 1 else 0.0
    restores = any(gain > _RESTORES for gain in chosen.gains) and bool((base.mosaic >= base.clip).any())
    others = [*zip(chosen.facts[1:], chosen.gains[1:], strict=True)]
    ratio, most = 1.0, 0.0

    def aligned_with(reference: Reference, step: int) -> Aligned:
        """The frame of this step in the reference's light."""
        facts, gain = others[step]
        given = repaired(light_of(read_again(sources[facts.index], facts), facts.noise), chosen.faults)
        return aligned_frame(reference, given.brighter(gain).noisier(ratio), gain)

    reference = reference_of(base, least_noise)
    coming = begun(partial(aligned_with, reference, 0))
    ground = _ground(base, first, restores, options)
    for step, (facts, gain) in enumerate(others):
        progress(step, f"merging {facts.name}")
        shorter, longer = gain > _RESTORES, gain < 1 / _RESTORES
        ignore_clipped, reason = restores or longer, ""
        try:
            aligned = coming()
            found = 1.0
            if not most:
                found = noise_ratio(ground.mean, aligned.frame, ground.guide, aligned.mapping, ignore_clipped)
            if found != 1:
                ratio *= found
                reference = reference_of(base.noisier(ratio), least_noise)
                ground = _ground(base.noisier(ratio), first, restores, options)
                aligned = aligned_with(reference, step)
        except TirageError as error:
            reason = reason_of(error, facts.name)
        if step + 1 < len(others):
            coming = begun(partial(aligned_with, reference, step + 1))
        if reason:
            notes.append(f"{facts.name} left out: {reason}")
            continue
        doubted = doubtful_cells(aligned.sums, max(gain, 1.0), options.robustness) & ~aligned.moved
        mappings = [without(aligned.mapping, doubted), *aligned.objects]
        moved = aligned.moved if aligned.objects else None
        ground.mean.add(aligned.frame, ground.guide, mappings, moved, options.robustness, ignore_clipped)
        if ground.samples is not None:
            ground.samples.add(aligned.frame, aligned.mapping, options.robustness, ignore_clipped)
        most = max(most, aligned.frame.gain if shorter and restores else 1.0)
    return ground, most


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


def _result(
    first: RawFrame,
    mean: Mean,
    options: Options,
    notes: list[str],
    most: float,
    clipped: np.ndarray | None = None,
    guide: Light | None = None,
) -> RawFrame:
    """The mean as a frame like the first; `most` is the light at which the shortest exposure clips.

    `clipped` (4,) is the noise of what clips at white where it is to be mended; see `highlights`. `guide` is the clean
    reference.
    """
    base = mean.reference
    unit = (65535 - PEDESTAL) / most
    if unit * base.unit >= 1:
        unit = float(np.floor(unit * base.unit)) / base.unit  # whole steps: stored values stay exact
    levels = (float(PEDESTAL), unit, PEDESTAL + unit * most)
    if options.denoise > 0:
        without_ghosts(mean)
        mosaic = shrunk(mean.state, base, mean.resampling, options.denoise, levels, most, guide)
    else:
        mosaic = unshrunk(mean.state, levels, most)
    if clipped is not None:
        give_back(mosaic, clipped, levels[0], levels[2])
        keep_edges(mosaic, clipped, levels[0], levels[2], base)
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
