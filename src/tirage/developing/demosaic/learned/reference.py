"""The learned demosaic in NumPy, on whole pictures with masks and slices, step by step as on the card.

`demosaic` computes in float64. The single steps keep the precision of what they are given: training uses them too.
Inside, (0, 0) is a red pixel, the height and the width are even, and values are encoded ones with white at 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BORDER = 64
STEP = 1 / 255

#: The sites of a quad as (row, column): red, green on red rows, green on blue rows, blue.
SITES = ((0, 0), (0, 1), (1, 0), (1, 1))
#: The channels that are estimated at each of them.
MISSING = ((1, 2), (0, 2), (0, 2), (0, 1))
#: Green on blue rows is green on red rows with rows and columns exchanged; so it shares its tree and filters.
TREE_OF_SITE = (0, 1, 1, 2)
#: The features that change sign when rows and columns are exchanged.
ANTISYMMETRIC = ("cos2",)


@dataclass(frozen=True, eq=False)
class Tree:
    """One pass at one kind of site: LEVELS tests, (feature, threshold), and `filters` (leaf, missing, 5, 5, 3)."""

    tests: tuple[tuple[str, float], ...]
    filters: np.ndarray


#: One pass: the trees of red, green and blue sites.
Pass = tuple[Tree, Tree, Tree]


def shifted(image: np.ndarray, down: int, right: int) -> np.ndarray:
    """The value `down` rows below and `right` columns to the right of each pixel; the border absorbs what wraps."""
    return np.roll(image, (-down, -right), (0, 1))


def encode(light: np.ndarray, toe: float) -> np.ndarray:
    """Square root with a toe, tangent below zero, 0 -> 0 and 1 -> 1; light itself where the toe is 0."""
    if toe == 0:
        return light
    span = np.sqrt(1 + toe) - np.sqrt(toe)
    return (np.sqrt(np.maximum(light, 0) + toe) - np.sqrt(toe) + np.minimum(light, 0) / (2 * np.sqrt(toe))) / span


def decode(code: np.ndarray, toe: float) -> np.ndarray:
    """The inverse of `encode`."""
    if toe == 0:
        return code
    value = code * (np.sqrt(1 + toe) - np.sqrt(toe))
    return np.where(value > 0, value**2, 0) + 2 * np.sqrt(toe) * value


def box(image: np.ndarray, radius: int) -> np.ndarray:
    """The sum over a square window."""
    reach = range(-radius, radius + 1)
    rows = sum(shifted(image, d, 0) for d in reach)
    return sum(shifted(rows, 0, d) for d in reach)  # type: ignore[arg-type, return-value]


def laplacian(image: np.ndarray) -> np.ndarray:
    """The four neighbours less four times the pixel."""
    return (shifted(image, 0, 1) + shifted(image, 0, -1)) + (shifted(image, 1, 0) + shifted(image, -1, 0)) - 4 * image


def gradient(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Half the difference of the two neighbours: across, down."""
    return (shifted(image, 0, 1) - shifted(image, 0, -1)) / 2, (shifted(image, 1, 0) - shifted(image, -1, 0)) / 2


def quad_sums(image: np.ndarray) -> np.ndarray:
    """The sum over 3x3 quads about each quad, 6x6 pixels: half the height, half the width."""
    return box(sum(image[row::2, column::2] for row, column in SITES), 1)  # type: ignore[arg-type]


def at_pixels(quads: np.ndarray) -> np.ndarray:
    """Every quad's value at each of its pixels."""
    return np.repeat(np.repeat(quads, 2, 0), 2, 1)


def start(mosaic: np.ndarray) -> np.ndarray:
    """Red, green and blue `(3, H, W)` to begin with."""
    green = start_green(mosaic)
    return np.stack([start_colour(mosaic, green, 0), green, start_colour(mosaic, green, 1)])


def start_green(mosaic: np.ndarray) -> np.ndarray:
    """Green: one-sided averages of colour differences, those trusted most along which the differences change least."""
    sign = np.ones_like(mosaic)
    sign[0::2, 0::2] = sign[1::2, 1::2] = -1
    taps = np.exp(-(np.arange(5.0) ** 2) / 2)
    taps = [float(tap) for tap in taps / taps.sum()]
    numerator, denominator = np.zeros_like(mosaic), np.zeros_like(mosaic)
    for down, right in ((0, 1), (1, 0)):

        def along(image: np.ndarray, n: int, down: int = down, right: int = right) -> np.ndarray:
            return shifted(image, n * down, n * right)

        second = mosaic / 2 - (along(mosaic, 1) + along(mosaic, -1)) / 2 + (along(mosaic, 2) + along(mosaic, -2)) / 4
        difference = sign * second  # green minus colour
        change = quad_sums(np.abs(along(difference, 1) - along(difference, -1))) * 25 / 36
        trust = 1 / (change + 0.01 * STEP) ** 2
        for side in (-1, 1):
            weight = at_pixels(along(trust, side))  # of the next quad on that side
            numerator += weight * sum(taps[n] * along(difference, side * n) for n in range(5))
            denominator += weight
    return np.where(sign > 0, mosaic, mosaic + numerator / denominator)


def start_colour(mosaic: np.ndarray, green: np.ndarray, first: int) -> np.ndarray:
    """Red (`first` 0) or blue (1): green times a slope fitted to Laplacians, plus what that leaves at the samples."""

    def from_lattice(values: np.ndarray) -> np.ndarray:
        image = np.zeros_like(mosaic)
        image[first::2, first::2] = values
        image = image + (shifted(image, 0, 1) + shifted(image, 0, -1)) / 2
        return image + (shifted(image, 1, 0) + shifted(image, -1, 0)) / 2

    own, guide = mosaic[first::2, first::2], green[first::2, first::2]
    own_detail, guide_detail = laplacian(own), laplacian(guide)
    slope = box(own_detail * guide_detail, 2) / (box(guide_detail**2, 2) + 0.01 * STEP**2)
    slope = box(slope, 2) / 25
    colour = from_lattice(slope) * green + from_lattice(own - slope * guide)
    colour[first::2, first::2] = own
    return colour


def features(estimate: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """What the trees ask about, per quad, as numerator and (positive) denominator."""
    green = estimate[1]
    gx, gy = gradient(green)
    xx, yy, xy = quad_sums(gx * gx), quad_sums(gy * gy), quad_sums(gx * gy)
    trace = xx + yy + 144 * STEP**2
    detail = quad_sums(laplacian(green) ** 2) + 144 * STEP**2
    result = {
        "cos2": (xx - yy, trace),
        "sin2": (2 * xy, trace),
        "coherence": ((xx - yy) ** 2 + 4 * xy**2, trace**2),
        "detail": (detail, trace),
    }
    for name, channel in (("red", 0), ("blue", 2)):
        difference = green - estimate[channel]
        dx, dy = gradient(difference)
        result[f"{name}_gradient"] = (quad_sums(dx * dx + dy * dy) + 72 * STEP**2, trace)
        result[f"{name}_detail"] = (quad_sums(laplacian(difference) ** 2) + 144 * STEP**2, detail)
    return result


def leaves(tests: tuple[tuple[str, float], ...], values: dict, site: int) -> np.ndarray:
    """The leaf of each quad at one site: the answers as a binary number, the first its highest digit."""
    leaf = np.zeros(next(iter(values.values()))[0].shape, np.int64)
    for name, threshold in tests:
        numerator, denominator = values[name]
        sign = -1 if site == 2 and name in ANTISYMMETRIC else 1
        leaf = 2 * leaf + (sign * numerator > threshold * denominator)
    return leaf


def patches(estimate: np.ndarray, site: int) -> np.ndarray:
    """The 5x5 neighbourhood of a site less its own green: (5, 5, 3, quads), rows and columns exchanged at site 2."""
    row, column = SITES[site]
    middle = estimate[1, row::2, column::2]
    result = np.empty((5, 5, 3, middle.size), estimate.dtype)
    for down in range(-2, 3):
        for right in range(-2, 3):
            at = (right + 2, down + 2) if site == 2 else (down + 2, right + 2)
            for channel in range(3):
                neighbour = shifted(estimate[channel], down, right)[row::2, column::2]
                result[(*at, channel)] = (neighbour - middle).ravel()
    return result


def corrected(estimate: np.ndarray, trees: Pass) -> np.ndarray:
    """`estimate` after one pass."""
    values = features(estimate)
    result = estimate.copy()
    for site, (row, column) in enumerate(SITES):
        tree = trees[TREE_OF_SITE[site]]
        leaf = leaves(tree.tests, values, site).ravel()
        patch = patches(estimate, site).reshape(75, -1)
        for missing, channel in enumerate(MISSING[site]):
            filters = tree.filters[:, missing].reshape(-1, 75).astype(estimate.dtype)
            correction = np.einsum("fn,nf->n", patch, filters[leaf])
            result[channel, row::2, column::2] += correction.reshape(result[channel, row::2, column::2].shape)
    return result


def window(image: np.ndarray, operation: np.ufunc, rows: Sequence[int], columns: Sequence[int]) -> np.ndarray:
    """`operation` over the neighbours at these offsets."""
    return operation.reduce([shifted(image, row, column) for row in rows for column in columns])


def opened(image: np.ndarray, inner: np.ufunc, outer: np.ufunc) -> np.ndarray:
    """The outermost of the five values around that two in a row reach, down and then across."""
    down = window(window(image, inner, range(2), [0]), outer, range(-2, 2), [0])
    return window(window(down, inner, [0], range(2)), outer, [0], range(-2, 2))


def bounded(estimate: np.ndarray, mosaic: np.ndarray) -> np.ndarray:
    """`estimate` within the samples of 3x3 quads, the more so the evener the quads' sums are on both sides of an edge.

    What is missing differs from what was measured at its place by no more than the ends of the two colours do, and by
    what they fail to rise together.
    """
    around = range(-1, 2)
    own = [[mosaic[row::2, column::2] for row, column in sites] for sites in (SITES[:1], SITES[1:3], SITES[3:])]
    dark, bright = ([extreme.reduce(values) for values in own] for extreme in (np.minimum, np.maximum))
    dark.append(dark[0] + dark[2] + 2 * dark[1])
    bright.append(bright[0] + bright[2] + 2 * bright[1])
    lows = np.stack([window(values, np.minimum, around, around) for values in dark])
    highs = np.stack([window(values, np.maximum, around, around) for values in bright])
    below = opened(bright[3], np.maximum, np.minimum) - lows[3]
    above = highs[3] - opened(dark[3], np.minimum, np.maximum)
    ranges = highs - lows
    apart = ranges[0] + 2 * ranges[1] + ranges[2] - ranges[3] + below + above
    red, blue = (apart + np.abs(highs[n] - highs[1]) + np.abs(lows[n] - lows[1]) for n in (0, 2))
    unlike = {(0, 1): red, (1, 0): red, (1, 2): blue, (2, 1): blue, (0, 2): red + blue, (2, 0): red + blue}
    result = estimate.copy()
    for (row, column), measured, missing in zip(SITES, (0, 1, 1, 2), MISSING, strict=True):
        value = mosaic[row::2, column::2]
        for channel in missing:
            room = unlike[measured, channel]
            near = np.clip(estimate[channel, row::2, column::2], value - room, value + room)
            result[channel, row::2, column::2] = np.clip(near, lows[channel] - below, highs[channel] + above)
    return result


def demosaic(mosaic: np.ndarray, cfa: str, passes: list[Pass], toe: float = 0.0, white: float = 1.0) -> np.ndarray:
    """`(H, W)` to `(3, H, W)` float64, in the mosaic's own units; `white` is where they have white."""
    height, width = mosaic.shape
    top, left = divmod(cfa.index("R"), 2)
    below, beside = BORDER + (height + top) % 2, BORDER + (width + left) % 2
    margins = ((BORDER + top, below), (BORDER + left, beside))
    light = np.pad(np.asarray(mosaic, np.float64) / white, margins, mode="reflect")
    code = encode(light, toe)
    estimate = start(code)
    for trees in passes:
        estimate = corrected(estimate, trees)
    result = decode(bounded(estimate, code), toe)
    for channel, (row, column) in zip((0, 1, 1, 2), SITES, strict=True):
        result[channel, row::2, column::2] = light[row::2, column::2]  # as measured
    inside = (slice(None), slice(BORDER + top, -below), slice(BORDER + left, -beside))
    return result[inside] * white
