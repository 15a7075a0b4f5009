"""What lies between the pictures but depends on the place: shaded corners, and tone by area.

Model: 2^(a r^2 + b r^4), r = 1 in the corner, on the light before (a lens) or on the light after (an editor's
vignette), whichever tells more, for each pair; and, the same for all pairs, the amounts of local tone that a look can
state, on the light of RAW files. Method: where one colour, at several places, becomes several, robust least squares
over all pairs. What a colour becomes in the mean is free, so the table has no part in it; the middle keeps its light.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..colour.transfer import srgb_decode, srgb_encode
from .model import Model, Samples

SIDES = ("before", "after")
#: Step by which slopes are measured, in stops; most samples of a pair; a residual at which a sample counts half.
_STEP, _SAMPLES, _DOUBT = 0.1, 20_000, 0.02
#: Cells along an axis in which colours count as one.
_CELLS = 48
#: Deviation in stops of a pair's shading from the others', of any from none; of amounts of local tone from none.
_PAIR, _ANY, _AMOUNT = 0.1, 1.0, 0.5
#: Variance of a residual: of so many neighbours, one is independent.
_NOISE, _NEIGHBOURS = 0.01**2, 20
#: What a look may state of local tone.
_LEAST, _MOST = np.array([-2.0, -1.5, -0.5]), np.array([2.0, 1.0, 1.0])


@dataclass(frozen=True, eq=False)
class Unevenness:
    """`corners` (pairs, 2): a and b in stops, on the light of `side`; `amounts` (3,) of local tone."""

    side: str
    corners: np.ndarray
    amounts: np.ndarray

    def taken_off(self, samples: Sequence[Samples]) -> list[Samples]:
        """Both sides of the samples made alike."""
        return [self._evened(one, corners) for one, corners in zip(samples, self.corners, strict=True)]

    def _evened(self, samples: Samples, corners: np.ndarray) -> Samples:
        shading = _powers(samples.radius) @ corners
        stops = np.zeros(len(shading)) if samples.lifts is None else samples.lifts @ self.amounts
        if self.side == "before":
            return replace(samples, before=brightened(samples.before, stops + shading))
        return replace(samples, before=brightened(samples.before, stops), after=brightened(samples.after, -shading))

    def stepped(self, samples: Sequence[Samples], model: Model) -> tuple[Unevenness, float]:
        """One Gauss-Newton step on; and the variance that is left after it."""
        thin = [one.thinned(max(len(one.before) // _SAMPLES, 1)) for one in samples]
        parts = [_slopes(one, model, self.side) for one in self.taken_off(thin)]
        count, shared = len(samples), 3
        columns = 2 * count + shared
        _, cell = np.unique(np.concatenate([part.cell for part in parts]), return_inverse=True)
        size = int(cell.max()) + 1
        bounds = np.cumsum([0] + [len(part.cell) for part in parts])
        total = np.full(size, 1e-12)
        for n, part in enumerate(parts):
            total += np.bincount(cell[bounds[n] : bounds[n + 1]], part.weight, size)
        matrix, right, left, weight = np.zeros((columns, columns)), np.zeros(columns), 0.0, 0.0
        for channel in range(3):
            means, mean_rest = np.zeros((size, columns)), np.zeros(size)
            for n, part in enumerate(parts):
                own = np.r_[2 * n, 2 * n + 1, 2 * count : columns]
                slopes, rest = part.slopes[..., channel], part.rest[:, channel]
                place = cell[bounds[n] : bounds[n + 1]]
                for k, column in enumerate(own):
                    means[:, column] += np.bincount(place, part.weight * slopes[:, k], size)
                mean_rest += np.bincount(place, part.weight * rest, size)
                matrix[np.ix_(own, own)] += slopes.T @ (slopes * part.weight[:, None])
                right[own] += slopes.T @ (part.weight * rest)
                left += float(part.weight @ rest**2)
                weight += float(part.weight.sum())
            matrix -= means.T @ (means / total[:, None])
            right -= means.T @ (mean_rest / total)
            left -= float((mean_rest**2 / total).sum())
        known = np.concatenate([self.corners.ravel(), self.amounts])
        prior = np.zeros((columns, columns))
        mean = np.full((count, count), 1 / count)
        prior[: 2 * count, : 2 * count] = np.kron((np.eye(count) - mean) / _PAIR**2 + mean / _ANY**2, np.eye(2))
        prior[2 * count :, 2 * count :] = np.eye(shared) / _AMOUNT**2
        step = np.linalg.solve(matrix + prior, right - prior @ known)
        left -= float(step @ (2 * right - matrix @ step))
        found = known + step
        amounts = np.clip(found[2 * count :], _LEAST, _MOST)
        return Unevenness(self.side, found[: 2 * count].reshape(count, 2), amounts), left / weight


def none(side: str, count: int) -> Unevenness:
    """That of `count` pairs without any."""
    return Unevenness(side, np.zeros((count, 2)), np.zeros(3))


def brightened(colours: np.ndarray, stops: np.ndarray) -> np.ndarray:
    """Encoded colours (n, 3) with `stops` (n,) more light, not beyond white."""
    if not stops.any():
        return colours
    return srgb_encode(np.clip(srgb_decode(colours) * np.exp2(stops)[:, None], 0, 1))


@dataclass(frozen=True, eq=False)
class _Slopes:
    """Of one pair's samples: what is left (n, 3), its `slopes` (n, 2 + 3, 3) by corners and amounts, cell, weight."""

    cell: np.ndarray
    rest: np.ndarray
    slopes: np.ndarray
    weight: np.ndarray


def _slopes(samples: Samples, model: Model, side: str) -> _Slopes:
    step = np.full(len(samples.before), _STEP)
    shown = model(samples.before)
    before = (model(brightened(samples.before, step)) - shown) / _STEP
    corner = before if side == "before" else (brightened(shown, step) - shown) / _STEP
    lifts = np.zeros((len(step), 3)) if samples.lifts is None else samples.lifts
    slopes = np.concatenate(
        [corner[:, None, :] * _powers(samples.radius)[..., None], before[:, None, :] * lifts[..., None]], axis=1
    )
    rest = samples.after - shown
    place = np.minimum((samples.before * _CELLS).astype(np.int64), _CELLS - 1)
    weight = samples.weight / (1 + (rest**2).sum(axis=1) / _DOUBT**2) / (_NOISE * _NEIGHBOURS)
    return _Slopes(place @ np.array([1, _CELLS, _CELLS**2]), rest, slopes, weight)


def _powers(radius: np.ndarray) -> np.ndarray:
    return np.stack([radius**2, radius**4], -1)
