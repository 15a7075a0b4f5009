"""From pairs of pictures to a look, and what it is worth on pictures it was not learned from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ..colour.perception import cie_lab, delta_e_2000
from ..colour.spaces import rgb_to_xyz, transformed
from ..colour.transfer import srgb_decode, srgb_encode
from ..finishing.look.load import load_look
from ..photo.errors import UsageError
from ..photo.look import LocalTone
from .lattice import looked_up
from .model import CELLS, NODES, Model, Samples, gathered, joined, learned, monotone, reweighed
from .pairs import Pair, samples_of
from .rendering import AMOUNTS
from .unevenness import SIDES, Unevenness, none

FOLDS = 5
#: What smoothness is worth: for pairs equal to the pixel, for other pictures, for RAW files and their pictures.
STIFFNESS_EQUAL, STIFFNESS_PICTURES, STIFFNESS_RAW = 0.05, 0.25, 1.0
#: Nodes of the cubes by which others than equal pairs are compared and judged; the look gets more.
COARSE = 17
#: Samples of a pair by which it is judged.
JUDGED = 20_000
#: Only smooth places tell: elsewhere noise and a shift of half a pixel are more than the look.
JUDGED_SPREAD = 0.03
#: Delta E 2000 beyond which pairs are no one look: held out, in the middle and at 95 %.
MOST_MEDIAN, MOST_TAIL = 6.0, 20.0
#: A pair contradicts the others where one look for all misses it by this much, and this many times more than its own.
CONTRADICTS, CONTRADICTS_TIMES = 2.0, 3.0
#: Steps by which what depends on the place is found.
ROUNDS = 4
_WORKERS = 2


@dataclass(frozen=True, eq=False)
class Fit:
    """A learned table (33, 33, 33, 3), encoded sRGB, [blue, green, red, channel], and how near it comes.

    `median` and `tail` are Delta E 2000, in the middle and at 95 %, of colours that the table judged was not learned
    from: of other pairs, or, below five pairs, of other areas; where pairs are not equal to the pixel, of a colour's
    mean in a picture. `worst` names the pair that it fits least, with its
    median. `corner_stops`: light that the pictures after lack in their corners, left out of the table.
    """

    table: np.ndarray
    pairs: int
    median: float
    tail: float
    worst: tuple[str, float]
    corner_stops: float
    exposure_stops: float
    contrast: float
    by_areas: bool
    local_tone: LocalTone


def fit(pairs: Sequence[Pair], progress: Callable[[int, int, str], None] = lambda *_: None) -> Fit:
    """The look that `pairs` have in common.

    Raises FileError where a file can't be read or a pair doesn't match, UsageError where no one look fits.
    """
    done = 0
    samples: list[Samples] = []
    with ThreadPoolExecutor(_WORKERS) as pool:
        for one in pool.map(lambda pair: samples_of(pair, len(pairs)), pairs):
            samples.append(one)
            done += 1
            progress(done, len(pairs), one.name)
    exact = all(one.exact for one in samples)
    raw = any(one.lifts is not None for one in samples)
    stiffness = STIFFNESS_EQUAL if exact else STIFFNESS_RAW if raw else STIFFNESS_PICTURES
    nodes = NODES if exact else COARSE
    model = learned(joined([gathered(one) for one in samples]), stiffness, nodes)
    uneven = none(SIDES[0], len(samples))
    if not exact:
        samples, uneven = _evened(samples, model, stiffness)
        model = learned(joined([gathered(one) for one in samples]), stiffness, nodes)
    if not (exact or raw):
        samples = [one if one.exact else reweighed(one, model) for one in samples]
        model = learned(joined([gathered(one) for one in samples]), stiffness, nodes)
    _refuse_contradiction(samples, model, stiffness, nodes)
    errors = _held_out(samples, stiffness, nodes)
    together = np.concatenate(errors)
    median, tail = float(np.median(together)), float(np.percentile(together, 95))
    medians = [float(np.median(one)) for one in errors]
    worst = int(np.argmax(medians))
    if median > MOST_MEDIAN or tail > MOST_TAIL:
        raise UsageError(
            f"the pictures don't follow one look, or don't show the same scenes: held out, it is off by Delta E "
            f"{median:.1f} in the middle and {tail:.1f} at 95 %, most on {samples[worst].name}; "
            f"give pairs of one setting of the camera"
        )
    if not exact:
        model = learned(joined([gathered(one) for one in samples]), stiffness)
    cube = monotone(model.cube)
    exposure, contrast = _tone(cube)
    return Fit(
        table=cube,
        pairs=len(samples),
        median=median,
        tail=tail,
        worst=(samples[worst].name, medians[worst]),
        corner_stops=float(np.median(uneven.corners.sum(axis=1))),
        exposure_stops=exposure,
        contrast=contrast,
        by_areas=len(samples) < FOLDS,
        local_tone=_local_tone(samples, uneven.amounts),
    )


def _evened(samples: list[Samples], model: Model, stiffness: float) -> tuple[list[Samples], Unevenness]:
    """The samples without what depends on the place, and what that was."""
    best, least = (samples, none(SIDES[0], len(samples))), np.inf
    for side in SIDES:
        uneven, even, follows = none(side, len(samples)), samples, model
        for _ in range(ROUNDS):
            uneven, _ = uneven.stepped(samples, follows)
            even = uneven.taken_off(samples)
            follows = learned(joined([gathered(one) for one in even]), stiffness, COARSE)
        _, left = uneven.stepped(samples, follows)
        if left < least:
            least, best = left, (even, uneven)
    return best


def judged_spread(samples: Samples) -> float:
    """The most spread of samples to judge by: smooth places, the smoothest quarter where few are."""
    return max(JUDGED_SPREAD, float(np.sort(samples.spread)[len(samples.spread) // 4]))


def _held_out(samples: Sequence[Samples], stiffness: float, nodes: int) -> list[np.ndarray]:
    """Delta E 2000 of samples of every pair under models that were learned without them."""
    by_areas = len(samples) < FOLDS
    folds = [one.area if by_areas else np.full(len(one.area), n % FOLDS) for n, one in enumerate(samples)]
    errors: list[list[np.ndarray]] = [[] for _ in samples]
    for held in range(FOLDS):
        groups = [
            gathered(one, chosen=fold != held) for one, fold in zip(samples, folds, strict=True) if (fold != held).any()
        ]
        model = learned(joined(groups), stiffness, nodes)
        for one, fold, into in zip(samples, folds, errors, strict=True):
            chosen = np.flatnonzero((fold == held) & (one.spread <= judged_spread(one)))
            chosen = chosen[:: max(len(chosen) * FOLDS // (JUDGED * (FOLDS if not by_areas else 1)), 1)]
            if len(chosen):
                into.append(difference(one, model, chosen) if one.exact else _of_colours(one, model, chosen))
    return [np.concatenate(parts) for parts in errors]


def _of_colours(samples: Samples, model: Model, chosen: np.ndarray) -> np.ndarray:
    """Delta E 2000 of samples, each by the mean of those of its colour: noise and a codec's errors are no look's."""
    before, after = samples.before[chosen], samples.after[chosen]
    place = np.minimum((before * CELLS).astype(np.int64), CELLS - 1) @ np.array([1, CELLS, CELLS**2])
    _, cell, count = np.unique(place, return_inverse=True, return_counts=True)
    before, after = (
        np.stack([np.bincount(cell, part[:, c]) for c in range(3)], -1) / count[:, None] for part in (before, after)
    )
    return delta_e_2000(_lab(model(before)), _lab(after))[cell]


def difference(samples: Samples, model: Model, chosen: np.ndarray | slice) -> np.ndarray:
    """Delta E 2000 between what `model` makes of samples and what they are."""
    return delta_e_2000(*(_lab(colours) for colours in (model(samples.before[chosen]), samples.after[chosen])))


def _lab(encoded: np.ndarray) -> np.ndarray:
    to_xyz = rgb_to_xyz("srgb")
    return cie_lab(transformed(srgb_decode(encoded), to_xyz), to_xyz.sum(axis=1))


def _refuse_contradiction(samples: Sequence[Samples], model: Model, stiffness: float, nodes: int) -> None:
    """UsageError naming the pairs that a look of their own fits far better than the look of all."""
    if len(samples) < 2:
        return
    odd = []
    for one in samples:
        chosen = np.flatnonzero(one.spread <= judged_spread(one))
        chosen = chosen[:: max(len(chosen) // JUDGED, 1)]
        joint = float(np.median(difference(one, model, chosen)))
        if joint > CONTRADICTS:
            own = float(np.median(difference(one, learned(gathered(one), stiffness, nodes), chosen)))
            if joint > CONTRADICTS_TIMES * own:
                odd.append((joint, one.name))
    if odd:
        names = [name for _, name in sorted(odd, reverse=True)]
        some = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        follow = "follows another look than the others" if len(names) == 1 else "don't follow one look with the others"
        raise UsageError(
            f"the pairs contradict each other: {some} {follow}; leave out what was shot or edited otherwise"
        )


def _local_tone(samples: Sequence[Samples], amounts: np.ndarray) -> LocalTone:
    """What the look states: for RAW files what was found; a picture is taken to have that of `faithful`."""
    if all(one.lifts is None for one in samples):
        return load_look("faithful").local_tone
    return LocalTone(**{name: round(float(amount), 2) for name, amount in zip(AMOUNTS, amounts, strict=True)})


def _tone(cube: np.ndarray) -> tuple[float, float]:
    """What the table does to greys: stops of light at scene grey, and the log-log slope there."""
    light = 0.18 * 2.0 ** np.array([-0.5, 0.0, 0.5])
    greys = np.repeat(srgb_encode(light)[:, None], 3, axis=1)
    shown = np.maximum(srgb_decode(np.clip(looked_up(greys, cube), 0, 1)) @ rgb_to_xyz("srgb")[1], 1e-6)
    stops = np.log2(shown / light)
    return float(stops[1]), float(1 + stops[2] - stops[0])
