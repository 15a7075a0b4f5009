"""A burst merged: the reference chosen, each frame aligned and added as it comes, the mean shrunk."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ..kernels.call import Placed, run
from ..noise.shrinkage import fitted_rule
from ..noise.stabilise import LEAST_SIDE, tables
from ..photo.errors import KernelError, TirageError
from ..photo.frame import RawFrame
from ..photo.levels import PEDESTAL, WHITE
from ..photo.threads import begun_in_turn
from .align.doubt import doubtful_cells
from .align.mapping import without
from .alignment import Aligned, Reference, aligned_frame, reference_of
from .calibration import noise_ratio
from .faults import repaired
from .fuse.mean import Mean, Part
from .ghosts.stage import without_ghosts
from .highlights import give_back, keep_edges, noise_at_white, whiten_unknown
from .light import Light, light_of
from .resampling import resampling_of
from .selection import Selection, read_again, reason_of, select
from .shrink.blotches import without_blotches
from .shrink.stage import residue, shrunk, unshrunk
from .superresolution.alignment import ALIGNING_NOISE
from .superresolution.result import finer
from .superresolution.stage import Samples

Source = Callable[[], RawFrame]
Progress = Callable[[int, int, str], None]
#: A mosaic of linear light and its filters to (3, H, W).
Demosaic = Callable[[np.ndarray, str], np.ndarray]

#: The scales that may be asked for.
SCALES = (1.0, 1.5, 2.0)
#: So many frames are read once, aligned two at a time, for half of that is small steps, and added together, where the
#: sums over the whole reference need not be kept: the frames take as much memory.
_HELD = 6
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
    """The frames that `sources` give when called, in the place of `sources[reference]`, else of the best.

    The result's notes name every frame that is left out. Raises TirageError where no frame can be read, or the given
    reference can't.
    """
    if len(sources) == 1:
        return _alone(sources[0](), ["one frame: nothing to merge it with"])
    holds_all = options.denoise == 0 and len(sources) <= _HELD
    if holds_all:
        sources = [_remembered(source) for source in sources]
    chosen = select(sources, names, reference, progress)
    notes = list(chosen.notes)
    first = read_again(sources[chosen.facts[0].index], chosen.facts[0])
    if len(chosen.facts) == 1:
        return _alone(first, [*notes, "one frame is left: nothing to merge it with"])
    ground, parts, most, shortest = _aligned(
        sources,
        first,
        chosen,
        options,
        notes,
        holds_all,
        lambda step, text: progress(len(sources) + step, 2 * len(sources), text),
    )
    if not most:
        return _alone(first, [*notes, "one frame is left: nothing to merge it with"])
    alike = all(1 / _RESTORES < gain < _RESTORES for gain in chosen.gains)
    result = _result(first, ground.mean, options, notes, most, alike, ground.guide, parts, shortest)
    progress(2 * len(sources), 2 * len(sources), "merged")
    if ground.samples is None:
        return result
    assert options.demosaic is not None
    ground.mean.forget()
    return finer(result, ground.samples, options.scale, options.denoise, most, options.demosaic)


def _remembered(source: Source) -> Source:
    """What is read is given once more, and forgotten then."""
    held: list[RawFrame] = []

    def give() -> RawFrame:
        if held:
            return held.pop()
        held.append(source())
        return held[0]

    return give


@dataclass(frozen=True, eq=False)
class _Ground:
    """What frames are added to, and weighed by."""

    mean: Mean
    guide: Light
    samples: Samples | None


def _ground(base: Light, first: RawFrame, restores: bool, options: Options) -> _Ground:
    """For a burst whose reference `first` has the light `base`."""
    mean = Mean(base, resampling_of(base, first.as_shot_neutral), restores)
    guide = _guide(base, mean.resampling.mix)
    return _Ground(mean, guide, Samples(mean, guide) if options.scale != 1 else None)


def _aligned(
    sources: Sequence[Source],
    first: RawFrame,
    chosen: Selection,
    options: Options,
    notes: list[str],
    holds_all: bool,
    progress: Callable[[int, str], None],
) -> tuple[_Ground, list[Part], float, Aligned | None]:
    """The reference, whose frame is `first`, frames that are to be added to it, and where the shortest exposure clips.

    That is 0 where no frame goes with it; `notes` learn who is left out. Unless all are held they are added already.
    Last the shortest itself, where it may show what is clipped in the reference.
    """
    base = repaired(light_of(first, chosen.facts[0].noise), chosen.faults)
    # Finer pixels ask for finer alignment: interpolation, not noise, is then what frames differ by.
    least_noise = ALIGNING_NOISE if options.scale != 1 else 0.0
    restores = any(gain > _RESTORES for gain in chosen.gains) and bool((base.mosaic >= base.clip).any())
    others = [*zip(chosen.facts[1:], chosen.gains[1:], strict=True)]
    lights: dict[int, Light] = {}
    parts: list[Part] = []
    most, ratio = 0.0, 1.0
    shortest: Aligned | None = None

    def aligned_with(reference: Reference, ratio: float, step: int) -> Aligned:
        """The frame of this step in the reference's light."""
        facts, gain = others[step]
        if step not in lights:
            given = light_of(read_again(sources[facts.index], facts), facts.noise)
            lights[step] = repaired(given, chosen.faults)
        return aligned_frame(reference, lights[step].brighter(gain).noisier(ratio), gain)

    def begun_from(step: int, ratio: float) -> Generator[Callable[[], Aligned], None, None]:
        """This frame and those after it, aligned ahead as if they had so many times the noise."""
        reference = reference_of(base.noisier(ratio), least_noise)
        acts = (partial(aligned_with, reference, ratio, n) for n in range(step, len(others)))
        return begun_in_turn(acts, 1 + holds_all, 2 * holds_all)

    coming = begun_from(0, 1.0)
    waiting = next(coming)
    ground = _ground(base, first, restores, options)
    for step, (facts, gain) in enumerate(others):
        progress(step, f"merging {facts.name}")
        shorter, longer = gain > _RESTORES, gain < 1 / _RESTORES
        ignore_clipped, reason = restores or longer, ""
        try:
            aligned = waiting()
            if not most:
                found = noise_ratio(ground.mean, aligned.frame, ground.guide, aligned.mapping, ignore_clipped)
                if found != 1:
                    ratio *= found
                    coming.close()
                    coming = begun_from(step, ratio)
                    waiting = next(coming)
                    ground = _ground(base.noisier(ratio), first, restores, options)
                    aligned = waiting()
        except KernelError:  # a mistake of tirage's, none of the frame's
            raise
        except TirageError as error:
            reason = reason_of(error, facts.name)
        lights.pop(step, None)
        waiting = next(coming, waiting)
        if reason:
            notes.append(f"{facts.name} left out: {reason}")
            continue
        doubted = doubtful_cells(aligned.sums, max(gain, 1.0), options.robustness) & ~aligned.moved
        mappings = [without(aligned.mapping, doubted), *aligned.objects]
        parts.append(Part(aligned.frame, mappings, aligned.moved if aligned.objects else None, ignore_clipped))
        if not holds_all:
            ground.mean.add(parts, ground.guide, options.robustness)
            parts.clear()
        if ground.samples is not None:
            ground.samples.add(aligned.frame, aligned.mapping, options.robustness, ignore_clipped)
        if shorter and restores and aligned.frame.gain > most:
            shortest = aligned
        most = max(most, aligned.frame.gain if shorter and restores else 1.0)
    return ground, parts, most, shortest


def _alone(frame: RawFrame, notes: list[str]) -> RawFrame:
    return replace(frame, notes=(*frame.notes, *notes))


def _guide(base: Light, mix: np.ndarray) -> Light:
    """The reference without its noise, as a stored mosaic that begins with red."""
    full = base.unit * (base.clip - float(base.black.max()))  # under 1 where no sample reaches the white level
    noise = base.noise / np.array([full, full * full])
    stable, restored, index_scale = tables(noise.tolist(), base.black.tolist(), base.clip)
    rows, columns = base.quads
    least = [(0, max(0, LEAST_SIDE - side)) for side in base.mosaic.shape]
    placed = Placed(np.pad(base.mosaic, least, mode="reflect") if np.any(least) else base.mosaic, base.placed.origin)
    clean = np.empty([max(2 * side, LEAST_SIDE) for side in base.quads], np.uint16)
    numbers = np.uint16(base.clip), restored, np.float32(index_scale), fitted_rule(1.0, 1.0, 0.1)
    run("denoise_one_phase", placed, stable, mix, *numbers, np.zeros((1, 4, 1, 1), np.float32), clean)
    black, unit = np.full(4, float(PEDESTAL)), full / (WHITE - PEDESTAL)
    return replace(
        base, mosaic=clean[: 2 * rows, : 2 * columns], black=black, unit=unit, clip=WHITE, shift_x=0, shift_y=0
    )


def _result(
    first: RawFrame,
    mean: Mean,
    options: Options,
    notes: list[str],
    most: float,
    alike: bool = False,
    guide: Light | None = None,
    parts: Sequence[Part] = (),
    shortest: Aligned | None = None,
) -> RawFrame:
    """The mean and what `parts` add to it as a frame like the first.

    `most` is the light at which the shortest exposure clips. Where exposures are `alike` what clips at white is mended;
    see `highlights`. `guide` is the clean reference, `shortest` a frame that restores it.
    """
    base = mean.reference
    unit = (65535 - PEDESTAL) / most
    if unit * base.unit >= 1:
        unit = float(np.floor(unit * base.unit)) / base.unit  # whole steps: stored values stay exact
    levels = (float(PEDESTAL), unit, float(np.rint(PEDESTAL + unit * most)))
    if options.denoise == 0:
        assert guide is not None
        mosaic = np.empty([2 * side for side in base.quads], np.uint16)
        mean.add(parts, guide, options.robustness, partial(unshrunk, mosaic, levels, most))
    clipped = noise_at_white(mean) if alike else None
    calmer = np.ones(3)
    if options.denoise > 0:
        without_ghosts(mean)
        mosaic = shrunk(mean.state, base, mean.resampling, options.denoise, levels, most, guide)
        own = base.noise[[0, 1, 3]] * mean.left()[:, None] / np.array([most, most * most])
        calmer = without_blotches(mosaic, mean.state, own, first.as_shot_neutral, levels, options.denoise)
    if clipped is not None:
        give_back(mosaic, clipped, levels[0], levels[2])
        keep_edges(mosaic, clipped, levels[0], levels[2], base)
    if shortest is not None:
        whiten_unknown(mosaic, levels, base, first.as_shot_neutral, shortest.frame, shortest.mapping)
    height, width = base.mosaic.shape
    left = mean.left() * residue(options.denoise, mean.frames()) * calmer
    noise = base.noise[[0, 1, 3]] * left[:, None]
    return replace(
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
