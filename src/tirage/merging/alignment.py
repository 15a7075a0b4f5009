"""A frame aligned with the reference: the whole, the smooth flow, the objects; or why it can't be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..photo.errors import TirageError
from .align.flow import smooth_flow
from .align.homography import Pyramid, agreement, align, brightness, light_ratio, pyramid_of
from .align.mapping import on_mosaic, piecewise_map, smooth_map
from .align.objects import moved_objects
from .align.rows import row_flow
from .light import Light

#: Exposures that differ by less count as equal; one that is longer by more can't show what the reference does.
_FLICKER, _LONGER = 0.004, 1.05
#: How often what exposures differ by is looked for, as what is clipped in one alone misleads at first; a step's reach.
_STEPS_OF_LIGHT, _STEP_OF_LIGHT = 3, 1.25
#: Of a frame's pixels that meet the reference's: the share that must agree, and that must meet at all.
_AGREEING, _MEETING = 0.5, 0.3
#: The least noise (scale, offset) of quads that frames are aligned by: interpolation errs by as much without any.
_LEAST_NOISE = np.array([1.2e-4, 1.2e-6], np.float32)


@dataclass(frozen=True, eq=False)
class Reference:
    """The reference as frames are aligned with it.

    `grey_noise` (2,) float32 are scale and offset of the noise of quads' greys, `pyramid` the greys themselves.
    """

    light: Light
    grey_noise: np.ndarray
    pyramid: Pyramid


@dataclass(frozen=True, eq=False)
class Aligned:
    """A frame in the reference's light, and where it lies.

    `mapping` (8, rows, columns) float32 of cells of 16 x 16 samples, as in `align.mapping`, is that of the whole;
    `objects` holds that of the objects where there are some, in the cells that `moved` (rows, columns) bool. `sums` are
    those of the cells' differences, as in `align.SUMS`.
    """

    frame: Light
    mapping: np.ndarray
    objects: list[np.ndarray]
    moved: np.ndarray
    sums: np.ndarray


def reference_of(light: Light, least_noise: np.ndarray | float) -> Reference:
    """For aligning as if its greys had that much noise at least."""
    grey_noise = np.maximum(np.maximum(light.grey_noise, _LEAST_NOISE), least_noise).astype(np.float32)
    return Reference(light, grey_noise, pyramid_of(light, grey_noise))


def aligned_frame(reference: Reference, frame: Light, gain: float) -> Aligned:
    """`frame`, whose exposure needs `gain` to be the reference's; TirageError says why it can't be aligned."""
    limit = min(gain, 1.0)
    # What a longer exposure can't show is no matter for aligning it.
    ground = reference.pyramid
    if gain < 1 / _LONGER:
        ground = pyramid_of(reference.light, reference.grey_noise, gain)
    pyramid = pyramid_of(frame, reference.grey_noise, limit)
    homography, root = align(ground, pyramid)
    for _ in range(_STEPS_OF_LIGHT):
        if gain > _LONGER:
            ratio = _noisy_ratio(reference, frame, homography)
        else:
            root = brightness(ground, pyramid, homography, root)
            ratio = root * root  # the grey goes by the root of light
        flicker = float(np.clip(ratio, 1 / _STEP_OF_LIGHT, _STEP_OF_LIGHT))
        if abs(flicker - 1) <= _FLICKER:
            break
        frame = frame.brighter(flicker)
        pyramid, root = pyramid_of(frame, reference.grey_noise, limit), 1.0
    fit, shared = agreement(ground, pyramid, homography, 1.0, 2)
    if shared < _MEETING:
        raise TirageError("it shows too little of the reference's scene")
    if fit <= _AGREEING:
        raise TirageError("another scene, or too different to be aligned")
    homography, rows = row_flow(ground, pyramid, homography)
    objects, far = moved_objects(ground, pyramid[0], homography, rows)
    flow, sums = smooth_flow(ground, pyramid, homography, far, rows)
    shape = tuple(2 * side for side in ground[0].shape)
    whole = on_mosaic(homography)
    mapping = smooth_map(whole, None if flow is None else 2 * flow, shape, 16)
    if objects is None:
        return Aligned(frame, mapping, [], np.zeros(mapping.shape[1:], bool), sums)
    return Aligned(frame, mapping, [piecewise_map(whole, 2 * objects, shape, 16)], (objects != 0).any(axis=2), sums)


def _noisy_ratio(reference: Reference, frame: Light, homography: np.ndarray) -> float:
    """What a shorter exposure's light, brightened, takes to be the reference's: in the dark it is noise."""
    noise = np.maximum(reference.grey_noise, frame.grey_noise)
    own, other = (pyramid_of(light, noise) for light in (reference.light, frame))
    return light_ratio(own, other, homography, noise, reference.grey_noise)
