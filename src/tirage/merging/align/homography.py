"""The whole frame at once: phase correlation, then Lucas-Kanade from coarse to fine."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ...kernels.call import Placed, run
from ..light import Light
from . import BESIDE, SUMS
from .mapping import CELL, applied, rescaled, smooth_map

LEVELS = 5
#: The least side of a pyramid's last level, and the level at which phase correlation works, where there is one.
_LEAST_SIDE, _PHASE_LEVEL = 24, 2
#: Level, parameters (2 shift, 6 affine, 8 homography), most iterations. At level 0 the flow does it.
STEPS = ((4, 2, 5), (3, 6, 5), (2, 6, 3), (1, 8, 3))
#: A shift by itself; and how much more must agree under a peak's shift than at rest, and under a shift than under more.
_PLAIN, _BETTER = ((2, 2, 3),), 0.002
#: Pixels within which the peak of phase correlation is where the finer levels' shift would lead.
_ALIKE = 1.0
#: More than this turns and stretches no camera's frames: it is fitted to noise.
_MOST_STRETCH = 0.06
#: Geman & McClure's scale: three sigma of a difference of two unit noises.
DOUBT = 1 / 4.2**2
#: Shifts that are tried, and the least share of the reference that the image must show under one.
_PEAKS, _LEAST_SHARED = 6, 0.3
#: Less movement than this, in pixels, ends a level.
_STILL = 0.01
#: Cells that tell whether a shift is more than chance; how far one must lie off the others to tell it alone, and what
#: all must make together, in their usual scatter.
_CELLS_ENOUGH, _TELLING, _EVIDENCE = 200, 5.0, 5.0

Pyramid = list[np.ndarray]


def pyramid_of(light: Light, noise: np.ndarray, limit: float = 1.0) -> Pyramid:
    """Greys of the quads with unit noise where `noise` is the light's own, each level half the one before."""
    level = grey_of(light, noise, limit)
    levels = [level]
    while len(levels) < LEVELS and min(level.shape) >= 2 * _LEAST_SIDE:
        level = halved(level)
        levels.append(level)
    return levels


def grey_of(light: Light, noise: np.ndarray, limit: float = 1.0) -> np.ndarray:
    """The grey of a frame's quads, its noise made even where `noise` is its own; flat above the `limit`."""
    grey = _roomy(light.quads)
    run("merge_grey", light.placed, light.levels, noise, np.float32(limit), grey)
    return grey


def halved(image: np.ndarray) -> np.ndarray:
    """An image at half its size."""
    half = _roomy(((image.shape[0] + 1) // 2, (image.shape[1] + 1) // 2))
    run("merge_halve", image, half)
    return half


def _roomy(shape: tuple[int, int]) -> np.ndarray:
    """An empty image with the room beside it that the kernels which follow a map ask for, of finite numbers."""
    whole = np.empty((shape[0], shape[1] + 2 * BESIDE), np.float32)
    whole[:, :BESIDE] = whole[:, -BESIDE:] = 0
    return whole[:, BESIDE:-BESIDE]


def with_room(image: np.ndarray) -> Placed:
    """An image as the kernels which follow a map take it: itself if it was made so, else a copy."""
    whole, shape = image.base, (image.shape[0], image.shape[1] + 2 * BESIDE)
    made_so = whole is not None and (whole.shape, whole.dtype) == (shape, np.float32)
    if whole is None or not made_so or whole[:, BESIDE:].ctypes.data != image.ctypes.data:
        whole = np.pad(image.astype(np.float32), [(0, 0), (BESIDE, BESIDE)])
    return Placed(whole, (0, -BESIDE))


def warped(image: np.ndarray, mapping: np.ndarray) -> np.ndarray:
    """An image where a map says, of the map's size; OUTSIDE beyond it."""
    found = _roomy(image.shape)
    run("merge_warp_grey", with_room(image), mapping, found)
    return found


def sums_of(
    reference: np.ndarray,
    image: np.ndarray,
    mapping: np.ndarray,
    gain: float,
    doubt: float,
    area: tuple[slice, slice] = np.s_[:, :],
) -> np.ndarray:
    """Lucas-Kanade's sums over cells, those of an `area` of them, (len(SUMS), rows, columns) float32."""
    ranges = [range(side)[part] for side, part in zip(mapping.shape[1:], area, strict=True)]
    sums = np.empty((len(SUMS), *map(len, ranges)), np.float32)
    placed = Placed(sums, (0, *(part.start for part in ranges)))
    run("merge_lucas_kanade", reference, with_room(image), mapping, np.float32(gain), np.float32(doubt), placed)
    return sums


def shifts_by_phase(reference: np.ndarray, image: np.ndarray) -> list[tuple[float, float]]:
    """The likeliest whole shifts (down, across) that take `reference` to `image`: the peaks of phase correlation.

    Several: a large object that moves by itself has a peak of its own.
    """
    height, width = reference.shape
    window, band = _window_and_band(height, width)
    one, other = (np.fft.rfft2((part - part.mean()) * window) * band for part in (reference, image))
    cross = other * np.conj(one)
    surface = np.fft.irfft2(cross / np.maximum(np.abs(cross), 1e-20), (height, width))
    shifts = []
    for _ in range(_PEAKS):
        row, column = (int(v) for v in np.unravel_index(int(np.argmax(surface)), surface.shape))
        shifts.append(
            (float((row + height // 2) % height - height // 2), float((column + width // 2) % width - width // 2))
        )
        surface[np.ix_(np.arange(row - 2, row + 3) % height, np.arange(column - 2, column + 3) % width)] = -np.inf
    return shifts


@lru_cache(maxsize=1)
def _window_and_band(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """What an image of this shape is multiplied by before and after its Fourier transform."""
    window = np.outer(*(np.hanning(side + 2)[1:-1] for side in (height, width))).astype(np.float32)
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    return window, 1 - np.exp(-0.5 * (2 * np.pi * 8 * frequency) ** 2)  # without what is larger than some 8 pixels


def agreement(
    reference: Pyramid, image: Pyramid, homography: np.ndarray, gain: float, level: int
) -> tuple[float, float]:
    """How well the image fits where both are seen, 0 to 1, and how much of the reference it shows, at a level."""
    level = min(level, len(reference) - 1)
    mapping = smooth_map(rescaled(homography, 0.5**level), None, reference[level].shape)
    sums = sums_of(reference[level], image[level], mapping, gain, DOUBT)
    weight, pixels = (float(sums[n].sum(dtype=np.float64)) for n in (9, 10))
    return weight / max(pixels, 1.0), pixels / reference[level].size


def brightness(reference: Pyramid, image: Pyramid, homography: np.ndarray, gain: float) -> float:
    """The gain of the image's grey, near `gain`, by the sums of what agrees.

    Lucas-Kanade's own is that of contrasts, too, which interpolating lowers where they are fine.
    """
    own, found, weight = _alike(reference, image, homography, gain)
    own_sum, other = (float((weight * picture).sum(dtype=np.float64)) for picture in (own, found))
    return own_sum / other if other > 0 else gain


def light_ratio(
    reference: Pyramid, image: Pyramid, homography: np.ndarray, noise: np.ndarray, own_noise: np.ndarray
) -> float:
    """What the image's light takes to be the reference's, by the sums of what agrees; 1 where that is nothing.

    Both were made with `noise` (scale, offset), the image's; the reference has `own_noise`. Greys of an image that is
    all noise are too dark, for the root is concave: here what they were made of comes back.
    """
    own, found, weight = _alike(reference, image, homography, 1.0)
    light, other = _light_of(own, noise, own_noise), _light_of(found, noise, noise)
    own_sum, other_sum = (float((weight * picture).sum(dtype=np.float64)) for picture in (light, other))
    return own_sum / other_sum if own_sum > 0 and other_sum > 0 else 1.0


def _light_of(grey: np.ndarray, noise: np.ndarray, own_noise: np.ndarray) -> np.ndarray:
    """The light of greys, means over several pixels, that were made with `noise` (scale, offset) and have another.

    The square of a mean lacks the variance of what it is of, as the asymptotically unbiased inverse of Anscombe's
    transform knows.
    """
    scale, offset = noise
    light = scale / 4 * grey**2 - (0.375 * scale + offset / scale)
    shown = np.maximum(light, 0)
    return light + scale / 4 * (own_noise[0] * shown + own_noise[1]) / (scale * shown + offset)


def _alike(
    reference: Pyramid, image: Pyramid, homography: np.ndarray, gain: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The reference, the image where it lies there, and how far they agree, at a coarse level."""
    level = min(_PHASE_LEVEL, len(reference) - 1)
    found = warped(image[level], smooth_map(rescaled(homography, 0.5**level), None, reference[level].shape))
    difference = np.float32(gain) * found - reference[level]
    return reference[level], found, (found >= 0) / (1 + difference * difference * np.float32(DOUBT)) ** 2


def align(reference: Pyramid, image: Pyramid) -> tuple[np.ndarray, float]:
    """The homography (3, 3) from the reference's pixels to the image's, at level 0, and the gain of its grey."""
    level = min(_PHASE_LEVEL, len(reference) - 1)
    peaks = [shifted(across, down, level) for down, across in shifts_by_phase(reference[level], image[level])]
    starts = [align_by_steps(reference, image, start, 1.0, STEPS[:1]) for start in [np.eye(3), *peaks]]
    fits = []
    for found, gain in starts:
        fit, shared = agreement(reference, image, found, gain, _PHASE_LEVEL + 1)
        fits.append(fit if shared > _LEAST_SHARED else 0.0)
    fits[0] += _BETTER
    better = align_by_steps(reference, image, *starts[int(np.argmax(fits))], STEPS[1:-1])
    # Patterns so fine that coarse levels fold them lead astray there; then a plain shift fits better.
    plain = None
    if _distance(better[0], peaks[0], reference[0].shape) > _ALIKE * 2**level:
        plain = align_by_steps(reference, image, peaks[0], 1.0, _PLAIN)
        both = [agreement(reference, image, *found, _PHASE_LEVEL) for found in (better, plain)]
        fits = [fit * shared for fit, shared in both]
        better = plain if fits[1] > fits[0] + _BETTER else better
    found = align_by_steps(reference, image, *better, STEPS[-1:])
    if _stretch(found[0], reference[0].shape) > _MOST_STRETCH:
        found = plain or align_by_steps(reference, image, peaks[0], 1.0, _PLAIN)
    return (np.eye(3), 1.0) if _is_chance(reference, image, *found) else found


def _distance(one: np.ndarray, other: np.ndarray, shape: tuple[int, int]) -> float:
    """How far apart two homographies take the middle of an image of this shape."""
    places = [applied(found, np.array(shape[1] / 2), np.array(shape[0] / 2)) for found in (one, other)]
    distance = np.hypot(places[0][0] - places[1][0], places[0][1] - places[1][1])
    return float(np.nan_to_num(distance, nan=np.inf))


def _stretch(homography: np.ndarray, shape: tuple[int, int]) -> float:
    """The most that neighbours' displacements differ by along the edges of an image of this shape."""
    x, y = np.array([[0, 1], [0, 1]]) * shape[1], np.array([[0, 0], [1, 1]]) * shape[0]
    u, v = applied(homography, x, y)
    slopes = [np.diff(d, axis=axis).ravel() / side for d in (u - x, v - y) for axis, side in enumerate(shape)]
    return float(np.nan_to_num(np.abs(np.concatenate(slopes)), nan=np.inf).max())


def _is_chance(reference: Pyramid, image: Pyramid, homography: np.ndarray, gain: float) -> bool:
    """Whether the image fits as well without the whole pixels of the shift: where there is no texture, noise leads.

    Parts of a pixel stay: by interpolating they make any image fit better.
    """
    level = max(n for n, grey in enumerate(reference) if n == 0 or grey.size > _CELLS_ENOUGH * CELL**2)
    height, width = reference[level].shape
    there = rescaled(homography, 0.5**level)
    u, v = applied(there, np.array(width / 2), np.array(height / 2))
    shift = np.rint([u - width / 2, v - height / 2])
    if not np.isfinite(shift).all() or not shift.any():
        return False
    fits, seen = [], []
    for one in (there, shifted(*-shift) @ there):
        sums = sums_of(reference[level], image[level], smooth_map(one, None, (height, width)), gain, DOUBT)
        seen.append(sums[10] > CELL**2 / 2)
        fits.append(sums[9] / np.maximum(sums[10], 1))
    better = (fits[0] - fits[1])[seen[0] & seen[1]]
    if better.size < 4:
        return False
    usual = 1.4826 * float(np.median(np.abs(better - np.median(better)))) + 1e-6
    telling = better[np.abs(better) > _TELLING * usual]  # a few lights in the dark are enough
    evidence = max(float(better.sum()) / (usual * np.sqrt(better.size)), float(telling.sum()) / usual)
    return evidence < _EVIDENCE


def shifted(across: float, down: float, level: int = 0) -> np.ndarray:
    """The homography at level 0 of a shift by so many pixels of a level."""
    return np.array([[1, 0, across * 2.0**level], [0, 1, down * 2.0**level], [0, 0, 1.0]])


def align_by_steps(
    reference: Pyramid, image: Pyramid, found: np.ndarray, gain: float, steps: tuple[tuple[int, int, int], ...]
) -> tuple[np.ndarray, float]:
    """Lucas-Kanade through these steps, from the first guess `found`."""
    for level, parameters, iterations in steps:
        if level < len(reference):
            start = rescaled(found, 0.5**level)
            better, gain = refined(reference[level], image[level], start, gain, parameters, iterations)
            found = rescaled(better, 2.0**level)
    return found, gain


def refined(
    reference: np.ndarray,
    image: np.ndarray,
    start: np.ndarray,
    gain: float,
    parameters: int,
    iterations: int,
    flow: np.ndarray | None = None,
) -> tuple[np.ndarray, float]:
    """Inverse compositional Lucas-Kanade over cells' sums, with one photometric parameter, after a known `flow`."""
    height, width = reference.shape
    scale = 2 / max(height, width)
    normal = np.array([[scale, 0, -width / 2 * scale], [0, scale, -height / 2 * scale], [0, 0, 1.0]])
    back = np.linalg.inv(normal)
    rows, columns = (-(-side // CELL) for side in reference.shape)
    middle = (CELL - 1) / 2
    y, x = np.meshgrid(
        (CELL * np.arange(rows) + middle - height / 2) * scale,
        (CELL * np.arange(columns) + middle - width / 2) * scale,
        indexing="ij",
    )
    # How each parameter moves a cell: by (across, down, brighter).
    zero, one = np.zeros_like(x), np.ones_like(x)
    moves = {
        2: [(one, zero), (zero, one)],
        6: [(x, zero), (y, zero), (one, zero), (zero, x), (zero, y), (zero, one)],
    }
    moves[8] = [*moves[6], (-x * x, -x * y), (-x * y, -y * y)]
    basis = np.array([(across / scale, down / scale, zero) for across, down in moves[parameters]] + [(zero, zero, one)])
    basis = basis.reshape(parameters + 1, 3, -1)
    for _ in range(iterations):
        sums = sums_of(reference, image, smooth_map(start, flow, reference.shape), gain, DOUBT).astype(np.float64)
        xx, xy, yy, xd, yd, xr, yr, rr, rd = sums[:9].reshape(9, -1)
        second = np.array([[xx, xy, xr], [xy, yy, yr], [xr, yr, rr]])
        moved = np.einsum("pic,ijc->pjc", basis, second, optimize=False)
        normal_matrix = np.einsum("pjc,qjc->pq", moved, basis, optimize=False)
        right = np.einsum("pic,ic->p", basis, np.array([xd, yd, rd]), optimize=False)
        steady = 1e-6 * np.diag(np.diag(normal_matrix)) + 1e-9 * np.eye(parameters + 1)
        change = np.linalg.solve(normal_matrix + steady, right)
        gain -= float(change[-1])
        warp = np.zeros(9)
        warp[[2, 5] if parameters == 2 else slice(0, parameters)] = change[:-1]
        start = start @ np.linalg.inv(back @ (np.eye(3) + warp.reshape(3, 3)) @ normal)
        start = start / start[2, 2]
        if np.abs(change[:-1]).max() / scale < _STILL:
            break
    return start, gain
