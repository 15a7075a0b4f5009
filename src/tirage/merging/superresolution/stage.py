"""Frames gathered, and made into finer pixels a strip at a time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from ...kernels.call import Placed, run
from ..align.homography import grey_of, pyramid_of, warped
from ..align.mapping import CELL
from ..align.mapping import _entries as entries_of
from ..fuse import LEAST_WEIGHT, QUAD_SLOPE, QUAD_THRESHOLD
from ..fuse.mean import Mean, Part
from ..light import Light
from . import NOTHING, STATE, WINDOW
from .alignment import ALIGNING_NOISE, on_greys, plainest
from .shapes import aliased, box, in_bands, kernel_shapes

#: Rows of fine pixels that are made at a time, and pixels of a frame beside a strip that its samples come from.
STRIP, _MARGIN = 256, 4
#: Fewer frames than that, the reference with them, hold too little.
LEAST_FRAMES = 4
#: Of 1, how much of what folds at the samples' own spacing may be left for shifts to count as covering.
_MOST_LEFT = 0.9
#: Greys' local means: from which excess over the noise on they disagree, and by how much.
_THRESHOLD, _SLOPE = 2.5, 1.0
#: The variance of a mean of 25 differences of greys, where the guide has hardly any noise.
_MEAN_NOISE = 1.1 * 1.6 / 25
#: That of one; and the share of the energy of what changes from quad to quad by which folding lets frames differ.
_NOISE, _FOLDS = 1.1, 0.5
#: Of all frames' shares, how much must be left at a quad for finer pixels to be believed at all, and in full: where
#: something moves the few frames that agree say less than the mean does.
_FEW_AGREE, _MOST_AGREE = 0.5, 0.8
#: How much noise detail must exceed at strength 1.
_SIGNIFICANT = 1.3


@dataclass(frozen=True, eq=False)
class _Sampled:
    """A frame, where it lies, and what each quad of the reference may take from it."""

    light: Light
    mapping: np.ndarray
    back: np.ndarray
    share: np.ndarray
    clip: int
    noise: float


class Samples:
    """The frames of a burst, kept as they were stored, until all are there.

    They are those of the `mean`; `guide` is the clean reference.
    """

    def __init__(self, mean: Mean, guide: Light) -> None:
        reference = mean.reference
        self.reference, self.mean, self.guide = reference, mean, guide
        self.grey_noise = reference.grey_noise
        self.guide_grey = grey_of(guide, self.grey_noise)
        self.aligning_noise = np.maximum(self.grey_noise, ALIGNING_NOISE)
        self.pyramid = pyramid_of(reference, self.aligning_noise)
        self.detail = in_bands(_detail, 3, self.guide_grey)
        self.aliased = aliased(guide, reference.noise)
        whole = np.ones(reference.quads, np.float32)
        rest = np.zeros((8, *(-(-side // CELL) for side in reference.quads)), np.float32)
        self.frames = [_Sampled(reference, rest, rest, whole, reference.clip if mean.restores else 1 << 20, 1.0)]

    def add(self, frame: Light, mapping: np.ndarray, robustness: float, ignore_clipped: bool) -> None:
        """One more frame, about where `mapping` says. What moves by itself is left to the mean."""
        mapping = plainest(self.pyramid, pyramid_of(frame, self.aligning_noise), mapping, self.reference.mosaic.shape)
        share = self._weight(frame, mapping, robustness, ignore_clipped).astype(np.float16)
        own, other = (float((light.noise @ [0.18, 1.0]).mean()) for light in (self.reference, frame))
        clip = frame.clip if ignore_clipped else 1 << 20
        self.frames.append(_Sampled(frame, mapping, inverted(mapping, frame), share, clip, other / own))

    def _weight(self, frame: Light, mapping: np.ndarray, robustness: float, ignore_clipped: bool) -> np.ndarray:
        """By quads: as fusing has it; where the reference is aliased, and single samples say little, by local means."""
        strict, most = self.mean.weights(Part(frame, [mapping], None, ignore_clipped), self.guide, robustness)
        found = warped(grey_of(frame, self.grey_noise), on_greys(mapping))
        lenient = in_bands(partial(_lenient, robustness), 3, found, self.guide_grey, self.detail)
        return strict + np.maximum(np.float32(most) * lenient * self.aliased - strict, 0)

    def _agreed(self) -> np.ndarray:
        """How far quads may become finer, by how much of the frames is left there: (rows, columns) float32, 0..1."""
        total, most = np.zeros(self.reference.quads, np.float32), np.float32(0)
        for one in self.frames:
            total += one.share
            most += np.float32(one.share.max())
        return np.clip((total / most - _FEW_AGREE) / (_MOST_AGREE - _FEW_AGREE), 0, 1).astype(np.float32)

    def doubts(self) -> str:
        """Why these frames can't give finer pixels; "" where they can."""
        if len(self.frames) < LEAST_FRAMES:
            return f"only {len(self.frames)} frames agree, and it takes {LEAST_FRAMES}"
        if folded(np.stack([_places(one.mapping) for one in self.frames])) > _MOST_LEFT:
            return "the frames' shifts lack fractions of pixels"
        return ""

    def fine(
        self, planes: np.ndarray, scale: float, strength: float, levels: tuple[float, float, float], most: float
    ) -> tuple[np.ndarray, float]:
        """Fine pixels (3, H, W) uint16, and what is left of one sample's variance.

        `planes` (3, h, w) are the burst merged at scale 1, in the reference's light; `levels`: black, stored units of
        light 1, white; `most` is the light that counts as clipped.
        """
        reference = self.reference
        height, width = (round(side * scale) for side in reference.mosaic.shape)
        fine = np.empty((3, height, width), np.uint16)
        shapes = in_bands(kernel_shapes, 2, self.guide_grey)
        step = 1 / scale
        grid = [np.float32(step), *(np.float32(s + step / 2 - 0.5) for s in (reference.shift_x, reference.shift_y))]
        noise = reference.noise[[0, 1, 3]].astype(np.float32)
        rule = np.array([*levels, 0.9995 * most, _SIGNIFICANT * strength], np.float32)
        placed = Placed(planes, (0, reference.shift_y, reference.shift_x))
        left, agreed = [], self._agreed()
        for top in range(0, height, STRIP):
            bottom = min(top + STRIP, height)
            first, last = max(top - WINDOW, 0), min(bottom + WINDOW, height)
            state = np.zeros((3 * len(STATE), last - first, width), np.float32)
            span = [reference.shift_y + (row + 0.5) * step - 0.5 for row in (first, last)]
            for one in self.frames:
                beyond = _beyond(one, _rows(one.mapping, *span), placed)
                if beyond is not None:
                    run("merge_add_samples", beyond, one.mapping, one.share * agreed, shapes,
                        np.float32(one.noise), *grid, Placed(state, (0, first, 0)))  # fmt: skip
            run("merge_finish_samples", Placed(state, (0, first, 0)), placed, noise, rule, *grid,
                Placed(fine[:, top:bottom], (0, top, 0)))  # fmt: skip
            some = state[:, ::4, ::4]
            left.append((some[6:] / (some[3:6] + 1e-3) ** 2).mean(dtype=np.float64))
        return fine, float(np.mean(left))


def _detail(grey: np.ndarray) -> np.ndarray:
    """The energy of what changes from quad to quad, about each."""
    quick = grey - box(grey, 1)
    return box(quick * quick, 2)


def _lenient(robustness: float, found: np.ndarray, guide: np.ndarray, detail: np.ndarray) -> np.ndarray:
    """What quads weigh by local means and energies of their greys' differences, where `detail` folds."""
    seen = found >= 0
    difference = np.where(seen, found - guide, 0)
    mean, energy = box(difference, 2), box(difference * difference, 2)
    of_means = box(mean * mean, 1) / (np.float32(_MEAN_NOISE) + detail * np.float32(_FOLDS / 25))
    of_samples = box(energy, 1) / (np.float32(_NOISE) + detail * np.float32(_FOLDS))
    excess = np.maximum(of_means - np.float32(_THRESHOLD), 0) * np.float32(_SLOPE)
    excess = np.maximum(excess, np.maximum(of_samples - np.float32(QUAD_THRESHOLD), 0) * np.float32(QUAD_SLOPE))
    excess *= np.float32(robustness)
    weight = np.where(seen, 1 / (1 + excess * excess), np.float32(0))
    weight[weight < LEAST_WEIGHT] = 0
    return weight


def _rows(mapping: np.ndarray, top: float, bottom: float) -> tuple[int, int]:
    """The first and last row of a frame that these of the reference come from, with a margin."""
    cell = 2 * CELL
    first = min(max(int(top) // cell, 0), mapping.shape[1] - 1)
    last = max(min(int(bottom) // cell + 1, mapping.shape[1]), first + 1)
    m = mapping[4:, first:last].astype(np.float64)
    corners = [m[0] + i * m[1] + j * m[2] + i * j * m[3] for j in (0, cell) for i in (0, cell)]
    corners = np.clip(corners, -1e6, 1e6)
    return int(top + np.min(corners)) - _MARGIN, int(bottom + np.max(corners)) + _MARGIN


def _beyond(one: _Sampled, rows: tuple[int, int], planes: Placed) -> Placed | None:
    """What these rows of a frame say beyond `planes`, NOTHING beyond its borders; None where it has none of them."""
    frame = one.light
    height, width = frame.mosaic.shape
    top, bottom = max(rows[0] - frame.shift_y, 0), min(rows[1] + 1 - frame.shift_y, height)
    if bottom <= top:
        return None
    light = np.full((bottom - top + 4, width + 4), np.float32(NOTHING))
    first, left = top + frame.shift_y, frame.shift_x
    inside = Placed(light[2:-2, 2:-2], (first, left))
    run("merge_residual", frame.placed, frame.levels, np.int32(one.clip), one.back, planes, inside)
    return Placed(light, (first - 2, left - 2))


def evaluated(mapping: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far a map moves these places, across and down; that of the nearest cell beyond it."""
    cell = 2 * CELL
    column = np.clip(np.floor(np.clip(x, -1e6, 1e6) / cell).astype(np.intp), 0, mapping.shape[2] - 1)
    row = np.clip(np.floor(np.clip(y, -1e6, 1e6) / cell).astype(np.intp), 0, mapping.shape[1] - 1)
    m = mapping[:, row, column].astype(np.float64)
    i, j = x - cell * column, y - cell * row
    return m[0] + m[1] * i + m[2] * j + m[3] * i * j, m[4] + m[5] * i + m[6] * j + m[7] * i * j


def inverted(mapping: np.ndarray, frame: Light) -> np.ndarray:
    """The map from a frame's pixels to those of the reference, by fixed point: maps are smooth."""
    cell = 2 * CELL
    sides = (frame.mosaic.shape[0] + frame.shift_y, frame.mosaic.shape[1] + frame.shift_x)
    y, x = np.meshgrid(*(cell * np.arange(-(-side // cell) + 1.0) for side in sides), indexing="ij")
    u, v = x, y
    for _ in range(8):
        across, down = evaluated(mapping, u, v)
        u, v = x - across, y - down
    return entries_of([[d[:-1, :-1], d[:-1, 1:], d[1:, :-1], d[1:, 1:]] for d in (u - x, v - y)], cell)


def _places(mapping: np.ndarray) -> np.ndarray:
    """The displacements (9, 2), across and down, at nine places of the reference."""
    rows, columns = ((np.array([1, 3, 5]) * side // 6).clip(0, side - 1) for side in mapping.shape[1:])
    return mapping[np.ix_([0, 4], rows, columns)].reshape(2, -1).T.astype(np.float64)


def folded(displacements: np.ndarray) -> float:
    """How much of detail at a pixel's spacing still folds, 0 to 1: frames (n, places, 2) by their displacements.

    At samples' places, detail of one cycle per pixel looks even; sampled at n places it is the length of the mean of
    n unit vectors that is left of the fold. The worse direction, the middle of the places.
    """
    left = np.abs(np.exp(2j * np.pi * displacements).mean(0))
    return float(np.median(left.max(-1)))
