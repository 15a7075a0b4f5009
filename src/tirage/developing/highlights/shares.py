"""What share of the light each channel holds, near in place and in like colours: a bilateral grid, filled in."""

from __future__ import annotations

import numpy as np

from ...photo.frame import RawFrame
from ..linearise import REACH, SensorTables
from .saturation import NEAR

#: Knots along the axis of colour; most surfaces are near grey, within a quarter of it.
BINS = 25
PLANES = 3 * BINS + 5
#: Quads that are asked for their colour, about; cells are so many of the steps between them wide, and so many quads.
ASKED, ACROSS, LEAST_CELL = 30_000, 3, 16
#: Quads darker than this share of the clip aren't asked.
LEAST = 0.1
#: What quads say counts by how near their own channels are to the clip, to these powers: what is as bright as what is
#: lost tells of it. Of a channel that is lost alone; of two, by the farther one of them.
ALONE, OF_TWO = 16, 8
#: What that counts for red and blue: where one of them is lost alone colours are deep, and told from farther around.
DEEP = 0.05
#: Quads to either side that say whether a quad lies at an edge, where a lens colours light; the relative step of green
#: that makes half an edge, and what an edge's word is worth.
BESIDE, EDGE, AT_EDGE = 4, 0.8, 0.05
#: Light that comes near its clip in steps no greater than this rises.
STEP = 0.2
#: Just under what clips in all colours: of that clip. Where much is, light rises slowly, and goes on so.
RISING = 0.12
#: Cells to either side that tell how fast light rises, together, and the share of them that says as much as nothing.
RISES_IN, UNSEEN = 4, 0.0005
#: The farthest that light goes on, in samples; by how much faster after a factor e; BRIGHTEST in clips more than one.
FARTHEST, HASTE, GROWN = 40, 2.0, 7.0
#: Evidence, in quads just under the clip, for which a cell is believed half.
HALF_BELIEVED = 0.1
#: Of the evidence, what a knot of colour lends to its neighbours where all places count together.
LENT = 0.01
#: The share where nothing says one; of what else is neutral that is so many quads' evidence.
PRIOR, NEUTRAL = 1 / 3, 1.0


class Samples:
    """Quads of a mosaic at even distances: the light of their channels, and what of it is clipped."""

    def __init__(self, frame: RawFrame, tables: SensorTables, thresholds: np.ndarray, order: np.ndarray) -> None:
        self.tables, self.order = tables, order
        self.shape = (frame.height // 2, frame.width // 2)
        self.step = max(1, round((self.shape[0] * self.shape[1] / ASKED) ** 0.5))
        stored = self._sites(frame)
        self.cell = max(ACROSS, -(-LEAST_CELL // self.step))
        self.mosaic, self.ends = frame.mosaic, thresholds.ravel()[order]
        ends = self.ends
        self.clipped = [value >= end for value, end in zip(stored, ends, strict=True)]
        self.fields = [self._fields(frame, site, place) for site, place in enumerate(order)]
        near = [black + np.float32(1 - NEAR) * (end - black) for (black, _), end in zip(self.fields, ends, strict=True)]
        red, first, second, blue = (value >= end for value, end in zip(stored, near, strict=True))
        self.bent = np.stack([red, first | second, blue])
        self.stored = stored

    def _sites(self, frame: RawFrame) -> list[np.ndarray]:
        """Stored values of red, both greens and blue."""
        height, width = self.shape
        quads = frame.mosaic[: 2 * height, : 2 * width]
        return [quads[place // 2 :: 2 * self.step, place % 2 :: 2 * self.step] for place in self.order]

    def _fields(self, frame: RawFrame, site: int, place: int) -> tuple[np.ndarray, np.ndarray]:
        """Black level (w,) and gain (h, w) of a site."""
        columns = REACH + np.arange(place % 2, 2 * self.shape[1], 2 * self.step)
        rows = REACH + np.arange(place // 2, 2 * self.shape[0], 2 * self.step)
        gain = self.tables.gain.array[site // 2][:, columns]
        black = self.tables.black.array[site // 2, columns]
        first = self.tables.grid_row.array[rows]
        if len(gain) == 1:
            return black, gain
        fraction = self.tables.grid_fraction.array[rows][:, None]
        above, below = gain[first], gain[np.minimum(first + 1, len(gain) - 1)]
        return black, above + (below - above) * fraction

    def light(self) -> np.ndarray:
        """(3, h, w) float32 white-balanced light at the centres of the quads."""
        stored = [self._centred(0), self.stored[1], self.stored[2], self._centred(3)]
        own = [(value - black) * gain for value, (black, gain) in zip(stored, self.fields, strict=True)]
        return np.stack([own[0], (own[1] + own[2]) * np.float32(0.5), own[3]])

    def _centred(self, site: int) -> np.ndarray:
        """Stored values of red or blue (h, w) at the centres of the quads, straight between samples.

        At a site's own place light that rises to one side would have more of one of the two.
        """
        places = []
        for side, odd in zip(self.shape, divmod(int(self.order[site]), 2), strict=True):
            own = np.arange(odd, 2 * side, 2 * self.step)
            other = own + (2 - 4 * odd)
            places.append((own, np.where((other >= 0) & (other < 2 * side), other, own)))
        (rows, beside), (columns, next_to) = places
        near, far = ([self.mosaic[at].take(across, axis=1) for across in (columns, next_to)] for at in (rows, beside))
        own, other = (line[0] * np.float32(3 / 4) + line[1] * np.float32(1 / 4) for line in (near, far))
        return own * np.float32(3 / 4) + other * np.float32(1 / 4)

    def level_in(self, rebuilt: RawFrame, shift: int, steepness: np.float32) -> np.ndarray:
        """The mean light (h, w) of the same quads' samples in a mosaic whose values have `shift` bits less.

        Those over its white level count `steepness` times.
        """
        white = np.float32(rebuilt.white_level[0])
        plain = [value + (steepness - 1) * np.maximum(value - white, 0) for value in self._sites(rebuilt)]
        stored = [(value + np.float32(0.5)) * np.float32(2**shift) for value in plain]
        own = [(value - black) * gain for value, (black, gain) in zip(stored, self.fields, strict=True)]
        return (own[0] + own[1] + own[2] + own[3]) * np.float32(0.25)

    def steps(self) -> np.ndarray:
        """(h, w) float32: the greatest relative step of green to the quads beside each."""
        height, width = self.shape
        rows, columns = np.arange(0, height, self.step), np.arange(0, width, self.step)
        down, across = divmod(int(self.order[1]), 2)
        own = self.stored[1] - self.fields[1][0]
        black = self.fields[1][0]
        steps = np.zeros(own.shape, np.float32)
        for y, x in ((-BESIDE, 0), (BESIDE, 0), (0, -BESIDE), (0, BESIDE)):
            at = np.clip(rows + y, 0, height - 1), np.clip(columns + x, 0, width - 1)
            other = self.mosaic[np.ix_(2 * at[0] + down, 2 * at[1] + across)] - black
            step = np.abs(other - own) / np.maximum(np.maximum(own, other), 1)
            np.maximum(steps, step, out=steps)
        return steps

    def nearness(self) -> np.ndarray:
        """(3, h, w) float32: how near each quad's colours are to their clips, which are 1."""
        parts = [
            (value - black) / (end - black)
            for value, (black, _), end in zip(self.stored, self.fields, self.ends.astype(np.float32), strict=True)
        ]
        return np.stack([parts[0], (parts[1] + parts[2]) * np.float32(0.5), parts[3]])

    def all_clipped(self) -> np.ndarray:
        """(h, w): quads that no colour survives in."""
        return self.clipped[0] & (self.clipped[1] | self.clipped[2]) & self.clipped[3]


def table(samples: Samples, colours: np.ndarray, least: float, most: float) -> tuple[np.ndarray, float]:
    """The shares (PLANES, h, w) float32 in cells, and how many cells a quad is wide.

    Planes channel * BINS + knot hold the share of a channel that is clipped alone, by what part of the two others the
    first of them has (red, or green beside blue), for those of the `colours` (3,) that clip; three hold the mean shares
    of red, green and blue, for which quads that lack one channel count as rebuilt; one holds the light, of `least` to
    `most` times the first clip, that is reached where the last survivor clips; the last says how much brighter what is
    clipped in all colours is.
    """
    cell = samples.cell
    shape = tuple(-(-side // cell) for side in samples.bent[0].shape)
    rows, columns = (np.arange(side) // cell for side in samples.bent[0].shape)
    place = (rows[:, None] * shape[1] + columns).ravel()
    planes = np.full((PLANES, *shape), PRIOR, np.float32)
    bent = samples.bent.reshape(3, -1)
    count = bent[0].astype(np.uint8) + bent[1] + bent[2]
    near, steps = samples.nearness(), samples.steps()
    part = np.clip(near.reshape(3, -1), 0, 1)
    bright = part.max(axis=0) > LEAST
    weight = _evenness(steps).ravel()
    light = np.maximum(samples.light().reshape(3, -1), 0)
    good = np.flatnonzero((count == 0) & bright)
    own = light[:, good]
    total = np.maximum(own[0] + own[1] + own[2], 1e-6)
    channels = np.flatnonzero(colours)
    parts = [[other for other in range(3) if other != channel] for channel in channels]
    evidence = [
        _evidence(
            place[good],
            _part(own[first], own[last]),
            weight[good] * _power(part[channel, good], ALONE) * np.float32(1 if channel == 1 else DEEP),
            own[channel, None] / total,
            shape,
        )
        for channel, (first, last) in zip(channels, parts, strict=True)
    ]
    if evidence:
        grids = _filled(np.concatenate(evidence, axis=1), PRIOR)[0].reshape(-1, BINS, *shape)
        planes[: 3 * BINS].reshape(3, BINS, *shape)[channels] = grids
    for channel, others in zip(channels, parts, strict=True):
        first, last = light[others]
        grid = planes[channel * BINS : (channel + 1) * BINS]
        lost = np.flatnonzero((count == 1) & bent[channel])
        knot, fraction = _knots(_part(first[lost], last[lost]))
        flat = grid.reshape(-1)
        at = knot * (shape[0] * shape[1]) + place[lost]
        share = flat[at] + (flat[at + shape[0] * shape[1]] - flat[at]) * fraction
        light[channel, lost] = np.maximum(light[channel, lost], (first[lost] + last[lost]) * share / (1.001 - share))
    good = np.flatnonzero((count <= 1) & bright)
    share = light[:, good] / np.maximum(light[0, good] + light[1, good] + light[2, good], 1e-6)
    second = np.maximum(np.minimum(part[0], part[1]), np.minimum(np.maximum(part[0], part[1]), part[2]))[good]
    evidence = _evidence(place[good], None, weight[good] * _power(second, OF_TWO), share, shape)
    planes[3 * BINS : -2] = _filled(evidence, PRIOR)[:, 0]
    clipped, nearness = samples.all_clipped(), near.min(axis=0)
    rising = (nearness > 1 - RISING) & ~clipped
    at = np.flatnonzero(rising.ravel() & (count < 3))
    reached = _greatest(light[:, at], bent[:, at], planes[3 * BINS : -2].reshape(3, -1)[:, place[at]])
    reached = np.clip(reached / np.minimum(nearness.ravel()[at], 1), least, most)
    planes[-2] = _filled(_evidence(place[at], None, np.ones(len(at)), reached[None], shape), least)[0, 0]
    planes[-1] = _glare(samples, clipped, rising & (steps < STEP), shape)
    return planes, 1 / (cell * samples.step)


def _greatest(light: np.ndarray, bent: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """The greatest channel (n,) of `light` (3, n), of which the channels that are `bent` have their `usual` shares."""
    known = ~bent
    scale = (light * known).sum(axis=0) / np.maximum((usual * known).sum(axis=0), np.float32(0.05))
    return np.maximum(np.where(known, 0, usual) * scale, light).max(axis=0, initial=0)


def _glare(samples: Samples, clipped: np.ndarray, rising: np.ndarray, shape: tuple) -> np.ndarray:
    """How much brighter than its clip light is where all colours clip, of 0..1 (BRIGHTEST), in cells.

    Where light comes near its clip over some distance it goes on beyond at the same rate, by the distance from there:
    a cloud, the glow around the sun. What nothing comes near to is a lamp: it is at 1.
    """
    if not rising.any():
        return np.ones(shape, np.float32)
    ends = rising & _spread(clipped)
    length, area = (_windowed(_share_of_cells(one, samples.cell, shape), RISES_IN) for one in (ends, rising))
    rate = RISING * (length + UNSEEN) / (area + UNSEEN)
    away = _windowed(_share_of_cells(_distance(rising, clipped), samples.cell, shape), 1)
    growth = rate * away
    growth *= 1 + HASTE * growth
    risen = growth * (1 + growth * (1 / 2 + growth / 6))  # e^growth - 1, nearly, and alike on every machine
    known = area / (area + UNSEEN)
    return 1 - known * (1 - np.minimum(risen / GROWN, 1))


def _spread(which: np.ndarray, corners: bool = True) -> np.ndarray:
    """`which` (h, w) and its neighbours."""
    found = which.copy()
    found[1:] |= which[:-1]
    found[:-1] |= which[1:]
    source = found.copy() if corners else which
    found[:, 1:] |= source[:, :-1]
    found[:, :-1] |= source[:, 1:]
    return found


def _distance(seeds: np.ndarray, places: np.ndarray) -> np.ndarray:
    """How far the `places` (h, w) are from the nearest of the `seeds`, in samples, to FARTHEST; octagonally."""
    distance = np.zeros(seeds.shape, np.float32)
    for step in range(FARTHEST):
        left = places & ~seeds
        if not left.any():
            break
        distance += left
        seeds = _spread(seeds, corners=step % 2 == 1)
    return distance


def _windowed(cells: np.ndarray, reach: int) -> np.ndarray:
    """The mean of the cells within `reach`, twice; the border repeats."""
    for axis in (0, 1, 0, 1):
        after = (slice(None),) * axis
        ends = [
            np.repeat(cells[(*after, slice(*end))], count, axis)
            for end, count in (((0, 1), reach + 1), ((-1, None), reach))
        ]
        sums = np.cumsum(np.concatenate([ends[0], cells, ends[1]], axis), axis, dtype=np.float64)
        last, first = sums[(*after, slice(2 * reach + 1, None))], sums[(*after, slice(None, -2 * reach - 1))]
        cells = (last - first) / (2 * reach + 1)
    return cells


def _evenness(steps: np.ndarray) -> np.ndarray:
    """1 inside surfaces, down to AT_EDGE at edges, which a lens colours."""
    steps = steps * np.float32(1 / EDGE)
    steps *= steps
    return AT_EDGE + np.float32(1 - AT_EDGE) / (1 + steps * steps)


def _power(part: np.ndarray, exponent: int) -> np.ndarray:
    """`part` to a power of two, by squaring: alike on every machine."""
    while exponent > 1:
        part, exponent = part * part, exponent // 2
    return part


def _part(first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """What part of two channels the first one has."""
    return first / np.maximum(first + last, 1e-6)


def _knots(guide: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The knot under each colour, and how far it lies towards the next."""
    position = guide * (BINS - 1)
    first = np.minimum(position.astype(np.intp), BINS - 2)
    return first, position - first


def _share_of_cells(which: np.ndarray, cell: int, shape: tuple) -> np.ndarray:
    """What part of the samples of each cell `which` is."""
    height, width = which.shape
    padded = np.pad(which, [(0, -height % cell), (0, -width % cell)], mode="edge")
    return padded.reshape(shape[0], cell, shape[1], cell).mean(axis=(1, 3), dtype=np.float32)


def _evidence(
    place: np.ndarray, guide: np.ndarray | None, weight: np.ndarray, share: np.ndarray, shape: tuple
) -> np.ndarray:
    """Sums (1 + k, bins, h, w) of weights and of shares (k, n) by `place` in the grid and by `guide`, of 0..1."""
    bins, count = (1, shape[0] * shape[1]) if guide is None else (BINS, shape[0] * shape[1])
    evidence = np.zeros((1 + len(share), bins * count))
    if guide is None:
        knots = [(place, weight)]
    else:
        first, fraction = _knots(guide)
        at = first * count + place
        knots = [(at, weight * (1 - fraction)), (at + count, weight * fraction)]
    for at, part in knots:
        evidence[0] += np.bincount(at, part, evidence.shape[1])
        for plane, values in enumerate(share):
            evidence[1 + plane] += np.bincount(at, part * values, evidence.shape[1])
    return evidence.reshape(-1, bins, *shape).astype(np.float32)


def _filled(evidence: np.ndarray, prior: float) -> np.ndarray:
    """Means (k, bins, h, w) of evidence (1 + k, bins, h, w), weights first; from coarser cells where they are few.

    `bins` may be those of several channels.
    """
    if max(evidence.shape[2:]) == 1:
        lent = evidence
        if evidence.shape[1] > 1:
            lent = evidence.reshape(2, -1, BINS).copy()
            lent[:, :, BINS // 2] += np.float32(NEUTRAL) * np.array([1, prior], np.float32)[:, None]
            lent = _lent(_lent(_lent(lent))).reshape(evidence.shape)
        coarse = np.full_like(evidence[1:], prior)
    else:
        lent = evidence
        coarse = _doubled(_doubled(_filled(_halved(evidence), prior), 2, evidence.shape[2]), 3, evidence.shape[3])
    return (lent[1:] + np.float32(HALF_BELIEVED) * coarse) / (lent[:1] + np.float32(HALF_BELIEVED))


def _halved(evidence: np.ndarray) -> np.ndarray:
    """The evidence of 2x2 cells together."""
    height, width = evidence.shape[2:]
    rows = evidence[:, :, ::2].copy()
    rows[:, :, : height // 2] += evidence[:, :, 1::2]
    columns = rows[..., ::2].copy()
    columns[..., : width // 2] += rows[..., 1::2]
    return columns


def _lent(evidence: np.ndarray) -> np.ndarray:
    """Evidence that also speaks for colours beside its own."""
    spread = evidence.copy()
    spread[..., 1:] += np.float32(LENT) * evidence[..., :-1]
    spread[..., :-1] += np.float32(LENT) * evidence[..., 1:]
    return spread


def _doubled(means: np.ndarray, axis: int, size: int) -> np.ndarray:
    """Cells of half the size along an axis, straight between centres; `size` of them."""
    before = (slice(None),) * axis
    begin, end = (*before, slice(None, -1)), (*before, slice(1, None))
    near, far = np.float32(0.75) * means, np.float32(0.25) * means
    finer = np.empty((*means.shape[:axis], 2 * means.shape[axis], *means.shape[axis + 1 :]), np.float32)
    even, odd = (finer[(*before, slice(parity, None, 2))] for parity in (0, 1))
    np.add(near[end], far[begin], out=even[end])
    np.add(near[begin], far[end], out=odd[begin])
    for side, at in ((even, 0), (odd, -1)):
        side[(*before, at)] = means[(*before, at)]
    return finer[(*before, slice(size))]
