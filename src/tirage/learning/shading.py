"""Light that lacks towards the corners of one picture but not of the other: found and taken off.

Model: 2^(a r^2 + b r^4), r = 1 in the corner, on the light before (a lens) or on the light after (an editor's
vignette), whichever tells more. Method: where one colour, at several radii, becomes several, robust least squares over
all pairs together; what one colour becomes in the mean is free, so the look has no part in it. The middle keeps its
light.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..colour.transfer import srgb_decode, srgb_encode
from .model import Model, Samples

#: Step by which the slope is measured, in stops; most samples of a pair; a residual at which a sample counts half.
_STEP, _SAMPLES, _DOUBT = 0.1, 12_000, 0.02
#: Cells along an axis in which colours count as one.
_CELLS = 16
#: Variance in stops^2 that a pair's shading may differ by from the others', and any shading from none.
_PAIR, _ANY = 0.1**2, 1.0**2
#: Variance of a residual; least worth of a shading: by how much it lowers what is left.
_NOISE, _WORTH = 0.01**2, 0.01
SIDES = ("before", "after")


def evened(samples: Samples, shading: np.ndarray, side: str) -> Samples:
    """The samples with the shading (a, b) on both sides: on the light before, or off the light after."""
    if not shading.any():
        return samples
    stops = _powers(samples.radius) @ shading
    if side == "before":
        return replace(samples, before=brightened(samples.before, stops))
    return replace(samples, after=brightened(samples.after, -stops))


def brightened(colours: np.ndarray, stops: np.ndarray) -> np.ndarray:
    """Encoded colours (n, 3) with `stops` (n,) more light, not beyond white."""
    return srgb_encode(np.clip(srgb_decode(colours) * np.exp2(stops)[:, None], 0, 1))


def shadings(samples: Sequence[Samples], model: Model, known: np.ndarray, side: str) -> tuple[np.ndarray, float]:
    """(pairs, 2): a and b in stops for every pair, one step on from those `known`; and what they leave, 1 for all."""
    count = len(samples)
    cells, moved, off, weight, owner = [], [], [], [], []
    for n, one in enumerate(samples):
        stride = max(len(one.before) // _SAMPLES, 1)
        thin = one.thinned(stride)
        even, powers = evened(thin, known[n], side), _powers(thin.radius)
        shown = model(even.before)
        if side == "before":
            slope = (model(brightened(even.before, np.full(len(powers), _STEP))) - shown) / _STEP
        else:
            slope = (brightened(shown, np.full(len(powers), _STEP)) - shown) / _STEP
        left = even.after - shown
        place = np.minimum((even.before * _CELLS).astype(np.int64), _CELLS - 1)
        cells.append(place @ np.array([1, _CELLS, _CELLS**2]))
        moved.append(slope[:, None, :] * powers[:, :, None])
        off.append(left)
        weight.append(thin.weight / (1 + (left**2).sum(axis=1) / _DOUBT**2) / _NOISE)
        owner.append(np.full(len(left), n))
    _, cell = np.unique(np.concatenate(cells), return_inverse=True)
    slopes, rest, worth, pair = (np.concatenate(parts) for parts in (moved, off, weight, owner))
    worth = worth / 20  # neighbours are not independent
    size = int(cell.max()) + 1
    total = np.bincount(cell, worth, size) + 1e-12
    matrix, right, left_over = np.zeros((2 * count, 2 * count)), np.zeros(2 * count), 0.0
    for channel in range(3):
        means = np.zeros((size, count, 2))
        for k in range(2):
            means[..., k] = np.bincount(cell * count + pair, worth * slopes[:, k, channel], size * count).reshape(
                size, count
            )
        mean_rest = np.bincount(cell, worth * rest[:, channel], size)
        flat = means.reshape(size, -1)
        matrix -= flat.T @ (flat / total[:, None])
        right -= flat.T @ (mean_rest / total)
        left_over += float((worth * rest[:, channel] ** 2).sum() - (mean_rest**2 / total).sum())
        for n in range(count):
            own = pair == n
            part = slopes[own, :, channel]
            block = slice(2 * n, 2 * n + 2)
            matrix[block, block] += part.T @ (part * worth[own, None])
            right[block] += part.T @ (worth[own] * rest[own, channel])
    prior = np.kron(np.eye(count) - 1 / count, np.eye(2) / _PAIR) + np.kron(
        np.full((count, count), 1 / count), np.eye(2) / _ANY
    )
    step = np.linalg.solve(matrix + prior, right - prior @ known.ravel())
    explained = float(step @ (2 * right - matrix @ step))
    return known + step.reshape(count, 2), (left_over - explained) / float(worth.sum())


def _powers(radius: np.ndarray) -> np.ndarray:
    return np.stack([radius**2, radius**4], -1)
