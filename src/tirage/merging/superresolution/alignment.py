"""Where a frame lies, by the plainest motion that explains it: folded detail moves as nothing in the scene does."""

from __future__ import annotations

import numpy as np

from ..align.homography import Pyramid, align_by_steps, shifted, shifts_by_phase, sums_of
from ..align.mapping import on_mosaic, smooth_map

#: The least noise (scale, offset) of quads that frames are aligned by: what interpolation errs by, not the sensor.
ALIGNING_NOISE = np.array([2e-3, 2e-5], np.float32)

#: Level, parameters and most iterations of a shift, and of an affine map from there.
_SHIFT = ((4, 2, 5), (3, 2, 5), (2, 2, 5), (1, 2, 5), (0, 2, 5))
_FINE_SHIFT = _SHIFT[-2:]
_AFFINE = ((2, 6, 4), (1, 6, 4), (0, 6, 3))
#: How many times as much of the picture may disagree under a shift than under an affine motion, and under the better
#: of these than under what was given.
_SHIFTED, _PLAINER = 1.03, 1.1
_DOUBT = 1 / 4.2**2


def plainest(reference: Pyramid, image: Pyramid, given: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """`given`, a map of the mosaic of this `shape`, or that of an affine motion or a shift if one fits as well."""
    middle = [n // 2 for n in given.shape[1:]]
    across, down = (float(given[n, middle[0], middle[1]]) / 2 for n in (0, 4))
    cells = reference[0].shape
    level = min(2, len(reference) - 1)
    # Where detail folds at coarse levels, the peak of phase correlation is a start for the fine ones.
    peak_down, peak_across = shifts_by_phase(reference[level], image[level])[0]
    peak = shifted(peak_across, peak_down, level)
    starts = [(shifted(across, down), _SHIFT), (np.eye(3), _SHIFT), (peak, _FINE_SHIFT)]
    found = []
    for start, steps in starts:
        shift, _ = align_by_steps(reference, image, start, 1.0, steps)
        found.append((_fit(reference[0], image[0], smooth_map(shift, None, cells)), shift))
    best, shift = max(found, key=lambda pair: pair[0])
    affine, _ = align_by_steps(reference, image, shift, 1.0, _AFFINE)
    affine_fit = _fit(reference[0], image[0], smooth_map(affine, None, cells))
    plain, fit = (shift, best) if 1 - best <= (1 - affine_fit) * _SHIFTED else (affine, affine_fit)
    if 1 - fit > (1 - _fit(reference[0], image[0], on_greys(given))) * _PLAINER:
        return given
    return smooth_map(on_mosaic(plain), None, shape, 16)


def _fit(reference: np.ndarray, image: np.ndarray, mapping: np.ndarray) -> float:
    """How much of what both show agrees, 0 to 1."""
    weight, pixels = (float(part.sum(dtype=np.float64)) for part in sums_of(reference, image, mapping, 1.0, _DOUBT)[9:])
    return weight / max(pixels, 1.0)


def on_greys(mapping: np.ndarray) -> np.ndarray:
    """A mosaic's map as one of its quads: a quad's middle is half a pixel right of and below its first."""
    result = np.empty_like(mapping)
    for n in (0, 4):
        a, b, c, d = mapping[n : n + 4]
        result[n] = (a + 0.5 * b + 0.5 * c + 0.25 * d) / 2
        result[n + 1], result[n + 2], result[n + 3] = b + 0.5 * d, c + 0.5 * d, 2 * d
    return result
