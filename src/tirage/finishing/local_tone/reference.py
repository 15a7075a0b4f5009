"""Local tone in NumPy float64: slow, obvious, sharing no code with the kernel."""

from __future__ import annotations

import numpy as np

from .curve import BRIGHTEST, FLOOR, KNOT_LIGHT, REFERENCES, AreaCurve

#: Of the pyramids of a proxy.
LEVELS = 8


def level_of(luminance: np.ndarray) -> np.ndarray:
    """log2(Y + 2^-10) of luminance after exposure, any shape; NaN counts as black."""
    light = np.nan_to_num(np.asarray(luminance, np.float64), nan=0.0, posinf=BRIGHTEST, neginf=0.0)
    return np.log2(np.clip(light, 0, BRIGHTEST) + FLOOR)


def smaller(plane: np.ndarray) -> np.ndarray:
    """Half the size, rounded up: [1 3 3 1] / 8 along both axes, edges repeated (Burt & Adelson 1983, cell-centred)."""
    for axis in (0, 1):
        count = plane.shape[axis]
        at = 2 * np.arange((count + 1) // 2)
        take = [plane.take(np.clip(at + offset, 0, count - 1), axis) for offset in (-1, 0, 1, 2)]
        plane = (take[0] + 3 * take[1] + 3 * take[2] + take[3]) / 8
    return plane


def larger(plane: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Twice the size, cut to `shape`: each sample three parts the cell it lies in, one part the nearer neighbour."""
    for axis in (0, 1):
        at = np.arange(shape[axis])
        beside = np.clip(at // 2 + np.where(at % 2, 1, -1), 0, plane.shape[axis] - 1)
        plane = (3 * plane.take(at // 2, axis) + plane.take(beside, axis)) / 4
    return plane


def pyramid(plane: np.ndarray, levels: int) -> list[np.ndarray]:
    """`plane` and its halves, `levels` in all."""
    result = [plane]
    for _ in range(levels - 1):
        result.append(smaller(result[-1]))
    return result


def area_gain(level: np.ndarray, curve: AreaCurve) -> np.ndarray:
    """Stops by which the curve moves areas at `level`."""
    return np.interp(np.exp2(level), KNOT_LIGHT, curve.gain.astype(np.float64))


def local_laplacian(level: np.ndarray, curve: AreaCurve, levels: int) -> np.ndarray:
    """The gain in stops of every pixel of `level` (H, W), with `levels` pyramid levels.

    The fast local Laplacian filter (Aubry et al. 2014, algorithm 1) of a remapping written as the curve plus detail:
    r(i) = T(i) + k d (1 - d^2)^2 for d = i - g within a stop of the reference g. T is the same for every reference,
    so it passes the pyramids unchanged and only the detail needs them. An edge higher than a stop is then T alone on
    both its sides: no halo (the paper's remapping, which leaves a step of sigma about each reference, varies by a
    tenth of what the curve moves).
    """
    own = pyramid(level, levels)
    result = [np.zeros_like(plane) for plane in own]
    for reference, share in zip(REFERENCES, curve.detail.astype(np.float64), strict=True):
        d = level - reference
        detail = pyramid(share * d * np.maximum(1 - d * d, 0) ** 2, levels)
        for k in range(levels):
            bounded = np.clip(own[k], REFERENCES[0], REFERENCES[-1])
            weight = np.maximum(0, 1 - np.abs(bounded - reference) / (REFERENCES[1] - REFERENCES[0]))
            coarser = larger(detail[k + 1], detail[k].shape) if k + 1 < levels else 0
            result[k] += weight * (detail[k] - coarser)
    detail = result[-1]
    for k in range(levels - 2, -1, -1):
        detail = result[k] + larger(detail, own[k].shape)
    return area_gain(level, curve) + detail


def box(plane: np.ndarray) -> np.ndarray:
    """The mean of 3x3, edges repeated."""
    height, width = plane.shape
    padded = np.pad(plane, 1, mode="edge")
    return sum(padded[r : r + height, c : c + width] for r in range(3) for c in range(3)) / 9  # type: ignore[return-value]


def guided_coefficients(guide: np.ndarray, target: np.ndarray, beside: int) -> tuple[np.ndarray, np.ndarray]:
    """The planes a and b of a guided filter (He, Sun & Tang 2013), radius 1: target is about a guide + b within 3x3
    cells, each of `beside` x `beside` samples.

    Their second mean, over the windows that a pixel lies in, is left out: at an edge, windows that lie wholly beyond
    it would tell a tenth of a stop of their gain to the pixels on this side.
    """

    def mean(plane: np.ndarray) -> np.ndarray:
        return box(in_cells(plane, beside))

    variance = mean(guide * guide) - mean(guide) ** 2
    a = (mean(guide * target) - mean(guide) * mean(target)) / (variance + 2e-4)
    return a, mean(target) - a * mean(guide)


def upsampled(plane: np.ndarray, shape: tuple[int, int], cell: int) -> np.ndarray:
    """`plane` at every pixel of `shape`: straight between the centres of its cells of `cell` pixels, edges repeated."""
    for axis in (0, 1):
        position = np.clip((np.arange(shape[axis]) + 0.5) / cell - 0.5, 0, plane.shape[axis] - 1)
        first = np.minimum(position.astype(int), plane.shape[axis] - 1)
        second = np.minimum(first + 1, plane.shape[axis] - 1)
        share = (position - first).reshape((-1, 1) if axis == 0 else (1, -1))
        plane = plane.take(first, axis) * (1 - share) + plane.take(second, axis) * share
    return plane


def in_cells(plane: np.ndarray, side: int) -> np.ndarray:
    """The means of cells of `side` x `side`, edges repeated."""
    height, width = plane.shape
    plane = np.pad(plane, [(0, -height % side), (0, -width % side)], mode="edge")
    return plane.reshape(plane.shape[0] // side, side, plane.shape[1] // side, side).mean(axis=(1, 3))


def coefficients(luminance: np.ndarray, curve: AreaCurve, beside: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """a and b of a proxy's luminance after exposure, `beside` of whose cells along each side make one of 8 pixels; the
    guide is the curve's gain itself.

    A curve that bends makes the gain beside an edge no straight function of the level, but always one of itself.
    """
    level = level_of(luminance)
    return guided_coefficients(area_gain(level, curve), local_laplacian(level, curve, LEVELS), beside)


def pixel_gain(
    luminance: np.ndarray, small: np.ndarray, curve: AreaCurve, clip_level: float, beside: int = 1
) -> np.ndarray:
    """Stops of gain of a picture's pixels, from its luminance and that of its proxy, both after exposure."""
    a, b = (upsampled(plane, luminance.shape, 8) for plane in coefficients(small, curve, beside))
    level = level_of(luminance)
    return bounded_gain(a * area_gain(level, curve) + b, level, clip_level)


def bounded_gain(gain: np.ndarray, level: np.ndarray, clip_level: float) -> np.ndarray:
    """`gain` in stops, at most 2.5 either way; a negative one fades over the last 16 % of light under the clip."""
    gain = np.clip(gain, -2.5, 2.5)
    return np.where(gain < 0, gain * np.clip((1 - np.exp2(level - clip_level)) / 0.16, 0, 1), gain)
