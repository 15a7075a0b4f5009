"""A 3D table fitted to scattered colours: smooth, the identity of its base where nothing is known.

Method: nodes of a cube under tetrahedral interpolation (as a look's table is read), least squares with a thin-plate
term (squared second differences) and a weak pull to zero, by conjugate gradients from a coarse cube to a fine one.
Domain: colours 0..1; range: displacements (n, n, n, 3), [blue, green, red, channel].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Cubes from coarse to fine, and the most steps of conjugate gradients on each.
LEVELS = ((9, 60), (17, 40), (33, 30))
#: A displacement's usual bend per unit, and independent places in a unit of length: what the smoothness is worth.
BEND, PLACES = 0.6, 8.0
#: How far from the nearest colour a displacement fades.
FADE = 0.35
_TOLERANCE = 1e-3


@dataclass(frozen=True, eq=False)
class Colours:
    """What a cube is fitted to: `given` (n, 3), `wanted` (n, 3) and `weight` (n,), 1 / variance."""

    given: np.ndarray
    wanted: np.ndarray
    weight: np.ndarray


def corners(colours: np.ndarray, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """For colours (n, 3): the four nodes (n, 4) that each lies between, and their shares (n, 4)."""
    place = np.clip(colours, 0, 1) * (nodes - 1)
    first = np.minimum(place.astype(np.int64), nodes - 2)
    rest = place - first
    strides = np.array([1, nodes, nodes * nodes])
    order = np.argsort(-rest, axis=1, kind="stable")
    rest = np.take_along_axis(rest, order, axis=1)
    index = np.empty((len(colours), 4), np.int64)
    index[:, 0] = first @ strides
    index[:, 1:] = index[:, :1] + np.cumsum(strides[order], axis=1)
    share = np.empty((len(colours), 4))
    share[:, 0] = 1 - rest[:, 0]
    share[:, 1:3] = rest[:, :2] - rest[:, 1:]
    share[:, 3] = rest[:, 2]
    return index, share


def looked_up(colours: np.ndarray, cube: np.ndarray) -> np.ndarray:
    """(n, 3): `cube` (n, n, n, 3) at colours (n, 3), not clipped."""
    index, share = corners(colours, len(cube))
    flat = cube.reshape(-1, 3)
    result = flat[index[:, 0]] * share[:, :1]
    for corner in range(1, 4):
        result += flat[index[:, corner]] * share[:, corner : corner + 1]
    return result


def fitted(colours: Colours, stiffness: float, finest: int, start: np.ndarray | None = None) -> np.ndarray:
    """The displacements (n, n, n, 3), n = `finest`, that take `given` nearest to `wanted`; a `start` saves steps."""
    cube = start
    for nodes, steps in [level for level in LEVELS if level[0] <= finest]:
        if start is not None and nodes < finest:
            continue
        cube = np.zeros((nodes, nodes, nodes, 3)) if cube is None else resampled(cube, nodes)
        cube = _solved(_Normal(colours, nodes, stiffness), cube, steps)
    assert cube is not None
    return cube


def resampled(cube: np.ndarray, nodes: int) -> np.ndarray:
    """`cube` with another number of nodes, linearly."""
    for axis in range(3):
        size = cube.shape[axis]
        if size == nodes:
            continue
        place = np.linspace(0, size - 1, nodes)
        first = np.minimum(place.astype(int), size - 2)
        share = (place - first).reshape([-1 if n == axis else 1 for n in range(4)])
        cube = np.take(cube, first, axis) * (1 - share) + np.take(cube, first + 1, axis) * share
    return cube


class _Normal:
    """The normal equations of one cube: what they ask for, and their matrix as an operation."""

    def __init__(self, colours: Colours, nodes: int, stiffness: float) -> None:
        self.shape = (nodes, nodes, nodes, 3)
        index, share = corners(colours.given, nodes)
        difference = colours.wanted - colours.given
        count = nodes**3
        strides = np.array([1, nodes, nodes * nodes])
        # The four nodes of a tetrahedron lie along a rising path: two of them differ by one of seven offsets.
        offsets = [int(o) for o in (np.array(list(np.ndindex(2, 2, 2)))[1:] @ strides)]
        self.coupled = {offset: np.zeros(count) for offset in offsets}
        self.diagonal = np.zeros(count)
        self.right = np.zeros((count, 3))
        for a in range(4):
            pull = colours.weight * share[:, a]
            self.diagonal += np.bincount(index[:, a], pull * share[:, a], count)
            for channel in range(3):
                self.right[:, channel] += np.bincount(index[:, a], pull * difference[:, channel], count)
            for b in range(a + 1, 4):
                apart = index[:, b] - index[:, a]
                product = pull * share[:, b]
                for offset in offsets:
                    chosen = apart == offset
                    if chosen.any():
                        self.coupled[offset] += np.bincount(index[chosen, a], product[chosen], count)
        spacing = 1 / (nodes - 1)
        volume = spacing**3 * PLACES**3 * stiffness / BEND**2
        self.bend = volume / spacing**4
        self.pull = volume / FADE**4
        stiff = np.zeros((nodes, nodes, nodes))
        for axis in range(3):
            line = np.moveaxis(stiff, axis, 0)
            line[1:-1] += 4 * self.bend
            line[:-2] += self.bend
            line[2:] += self.bend
        for one, other in ((0, 1), (0, 2), (1, 2)):
            for part in _quarters(stiff, one, other):
                part += 2 * self.bend
        self.total = (self.diagonal + self.pull + stiff.ravel())[:, None]

    def times(self, flat: np.ndarray) -> np.ndarray:
        """The matrix times displacements (n^3, 3)."""
        result = flat * (self.diagonal + self.pull)[:, None]
        for offset, value in self.coupled.items():
            weight = value[:-offset, None]
            result[:-offset] += weight * flat[offset:]
            result[offset:] += weight * flat[:-offset]
        cube, out = flat.reshape(self.shape), result.reshape(self.shape)
        for axis in range(3):
            line, onto = np.moveaxis(cube, axis, 0), np.moveaxis(out, axis, 0)
            second = (line[:-2] - 2 * line[1:-1] + line[2:]) * self.bend
            onto[:-2] += second
            onto[1:-1] -= 2 * second
            onto[2:] += second
        for one, other in ((0, 1), (0, 2), (1, 2)):
            a, b, c, d = _quarters(cube, one, other)
            twist = (a - b - c + d) * (2 * self.bend)
            for part, sign in zip(_quarters(out, one, other), (1, -1, -1, 1), strict=True):
                part += sign * twist
        return result


def _quarters(cube: np.ndarray, one: int, other: int) -> list[np.ndarray]:
    """The cube shifted by nothing, along one axis, along the other, and along both: views of the cells' corners."""
    parts = []
    for a in (slice(None, -1), slice(1, None)):
        for b in (slice(None, -1), slice(1, None)):
            index = [slice(None)] * cube.ndim
            index[one], index[other] = a, b
            parts.append(cube[tuple(index)])
    return parts


def _solved(normal: _Normal, start: np.ndarray, steps: int) -> np.ndarray:
    """Conjugate gradients under a diagonal preconditioner, the channels side by side."""
    found = start.reshape(-1, 3).copy()
    residual = normal.right - normal.times(found)
    scaled = residual / normal.total
    direction = scaled
    energy = (residual * scaled).sum(axis=0)
    goal = _TOLERANCE**2 * np.maximum((normal.right**2 / normal.total).sum(axis=0), 1e-30)
    for _ in range(steps):
        if (energy <= goal).all():
            break
        image = normal.times(direction)
        length = energy / np.maximum((direction * image).sum(axis=0), 1e-300)
        found += length * direction
        residual -= length * image
        scaled = residual / normal.total
        after = (residual * scaled).sum(axis=0)
        direction = scaled + after / np.maximum(energy, 1e-300) * direction
        energy = after
    return found.reshape(start.shape)
