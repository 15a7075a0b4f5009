"""A look's table learned from samples: base, then what the base leaves, robustly, then what every table must keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .base import Base, fitted_base, rising
from .lattice import Colours, fitted, looked_up

NODES = 33
#: Cells along an axis in which a group's samples are brought together.
CELLS = 48
#: A code of 8 bits; what clips; how far over it a clipped value may be thought.
CODE = 1 / 255
CLIPPED, BEYOND = 1 - 0.75 / 255, 1.1
#: Rounds of weighing outliers down, and the residual, in standard deviations, at which a colour counts half.
ROUNDS, DOUBT = 3, 3.0
#: Groups of like spread by which samples are weighed anew, and the most that one may weigh then.
_GROUPS, _MOST_WEIGHT = 10, 4.0


@dataclass(frozen=True, eq=False)
class Samples:
    """Colours of one pair: `before` and `after` (n, 3) encoded sRGB 0..1, `weight` (n,) up to 1, and where they were.

    `radius` (n,), 1 in the corner; `area` (n,), 0..4: the fold of the part of the picture they lie in; `spread` (n,):
    deviation of the colours that a sample is the mean of.
    `exact`: pixels of pictures equal but for the look. `lifts` (n, 3): stops by which a unit of each amount of local
    tone would move the light before; None for what is no RAW file.
    `error` is what a sample's `after` may be off, `floor` what all samples of one colour may be off together.
    """

    name: str
    before: np.ndarray
    after: np.ndarray
    weight: np.ndarray
    radius: np.ndarray
    area: np.ndarray
    spread: np.ndarray
    error: float
    floor: float
    exact: bool
    lifts: np.ndarray | None = None

    def thinned(self, stride: int) -> Samples:
        """Every `stride`-th of them."""
        parts = {
            part: getattr(self, part)[::stride] for part in ("before", "after", "weight", "radius", "area", "spread")
        }
        return replace(self, **parts, lifts=None if self.lifts is None else self.lifts[::stride])


def gathered(samples: Samples, before: np.ndarray | None = None, chosen: np.ndarray | None = None) -> Colours:
    """The samples' means in cells of the colour cube, with the weight that their number and spread allow."""
    before = samples.before if before is None else before
    after, weight = samples.after, samples.weight
    if chosen is not None:
        before, after, weight = before[chosen], after[chosen], weight[chosen]
    place = np.minimum((np.clip(before, 0, 1) * CELLS).astype(np.int64), CELLS - 1)
    _, cell = np.unique(place @ np.array([1, CELLS, CELLS**2]), return_inverse=True)
    total = np.bincount(cell, weight)
    kept = total > 0.05
    given, wanted = (
        np.stack([np.bincount(cell, weight * part[:, c]) for c in range(3)], -1)[kept] / total[kept, None]
        for part in (before, after)
    )
    return Colours(given, wanted, 1 / (samples.floor**2 + samples.error**2 / total[kept]))


def reweighed(samples: Samples, model: Model) -> Samples:
    """`samples` with the weight that what `model` leaves of them allows: its variance as a + b spread^2.

    Where two pictures lie on each other and a look is almost straight, busy places tell as much as smooth ones; where
    they don't, or it bends, these are left to the smooth ones.
    """
    square = samples.spread**2
    rest = ((samples.after - model(samples.before)) ** 2).mean(axis=1)
    order = np.argsort(square)
    groups = [part for part in np.array_split(order, _GROUPS) if len(part)]
    place = np.array([square[part].mean() for part in groups])
    # The middle of a sum of three squares of errors lies at 0.79 of its mean.
    variance = np.maximum([np.median(rest[part]) / 0.79 for part in groups], (CODE / 2) ** 2)
    design = np.stack([np.ones_like(place), place], -1) / variance[:, None]
    least, slope = np.linalg.lstsq(design, np.ones_like(variance), rcond=None)[0]
    if slope <= 0:
        least, slope = float(np.median(variance)), 0.0
    least = max(float(least), (CODE / 2) ** 2)
    return replace(samples, weight=np.minimum(samples.error**2 / (least + slope * square), _MOST_WEIGHT))


def joined(groups: Sequence[Colours]) -> Colours:
    """Several groups as one."""
    return Colours(
        np.concatenate([g.given for g in groups]),
        np.concatenate([g.wanted for g in groups]),
        np.concatenate([g.weight for g in groups]),
    )


@dataclass(frozen=True, eq=False)
class Model:
    """A base and the displacements (n, n, n, 3) that follow it."""

    base: Base
    beyond: np.ndarray

    def __call__(self, colours: np.ndarray) -> np.ndarray:
        """(n, 3) of encoded colours (n, 3), clipped to 0..1."""
        return np.clip(looked_up(colours, self.cube), 0, 1)

    @property
    def cube(self) -> np.ndarray:
        """(n, n, n, 3): the encoded colours of the nodes, a little beyond 0..1 where they clip."""
        return np.clip(based(self.base, len(self.beyond)) + self.beyond, 1 - BEYOND, BEYOND)


def based(base: Base, nodes: int) -> np.ndarray:
    """The base at the nodes of a cube."""
    steps = np.linspace(0, 1, nodes)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    colours = np.stack([red, green, blue], -1)
    return base(colours.reshape(-1, 3)).reshape(colours.shape)


def learned(colours: Colours, stiffness: float, nodes: int = NODES) -> Model:
    """The model of `colours`, its cube of so many `nodes`; what fits no smooth table counts less and less."""
    base, beyond = fitted_base(colours), None
    weight, wanted = colours.weight, colours.wanted
    for _ in range(ROUNDS):
        plain = based(base, nodes)
        rest = Colours(colours.given, wanted - looked_up(colours.given, plain) + colours.given, weight)
        beyond = fitted(rest, stiffness, nodes, beyond)
        shown = looked_up(colours.given, plain + beyond)
        # What clips may have been any amount beyond.
        over = (colours.wanted >= CLIPPED) & (shown > colours.wanted)
        under = (colours.wanted <= 1 - CLIPPED) & (shown < colours.wanted)
        wanted = np.where(over | under, np.clip(shown, 1 - BEYOND, BEYOND), colours.wanted)
        off = ((wanted - shown) ** 2).sum(axis=1) * colours.weight / 3
        weight = colours.weight / (1 + off / DOUBT**2) ** 2
    assert beyond is not None
    return Model(base, beyond)


def monotone(cube: np.ndarray) -> np.ndarray:
    """`cube` with a luma that rises along every line of greys added: all three channels are moved alike."""
    result = cube.copy()
    nodes = len(cube)
    weights = np.array([0.2126, 0.7152, 0.0722])
    index = np.indices((nodes, nodes, nodes)).reshape(3, -1)
    starts = index[:, index.min(axis=0) == 0]
    steps = np.arange(nodes)
    line = starts[:, :, None] + steps
    inside = (line < nodes).all(axis=0)
    line = np.minimum(line, nodes - 1)
    values = cube[line[0], line[1], line[2]]
    luma = np.where(inside, values @ weights, np.inf)
    last = np.take_along_axis(luma, inside.sum(axis=1)[:, None] - 1, axis=1)
    luma = np.where(inside, luma, np.maximum(last, luma.max(axis=1, where=inside, initial=-np.inf)[:, None]))
    moved = (rising(luma, 1) - luma)[..., None]
    result[line[0][inside], line[1][inside], line[2][inside]] += moved[inside]
    return result
