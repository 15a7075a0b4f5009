"""What clipping takes from the mean of noisy highlights, given back.

Noise that would have gone beyond white is cut off, so the mean of frames lies below the light: by 0.4 sigma at white.
Paper: Foi (2009), "Clipped noisy images: heteroskedastic modeling and practical denoising".
"""

from __future__ import annotations

import numpy as np

from ..photo.threads import for_each
from .align.mapping import CELL
from .fuse.mean import THIN, Mean
from .light import Light

#: Light x with noise sigma has the mean 1 - sigma t once it is clipped at 1; x is 1 - sigma (t - exp(-_FALL t)) within
#: sigma / 100, and 1 from where that meets it.
_FALL = 2.3
#: Light from so many sigma below white is looked at; there a clipped sample differs from a mean by that share of its
#: variance.
_NEAR, _CLIPPED = 2.0, 0.2
#: Correction is less than a thousandth of sigma below.
_REACH = 3.0
#: A clipped sample with so many clipped ones of its site about it, of eight, and so many of 5 x 5, that is so many
#: sigma below white, is white: others show its edge less sharply. What is darker than by that share of white isn't.
_SOLID, _WIDELY, _EDGE, _DARKER = 4, 11, 1.25, 0.2
#: What is clipped in the reference is known by no frame where the shortest is clipped, too, so many pixels around: that
#: far demosaicing and interpolating reach. There light is still that of the reference's clip, or little more; and
#: that of its clip alone, to so much, where no other frame shows the same.
_AROUND, _UNKNOWN, _ALONE = 3, 1.1, 0.02
_WITHIN = 8  #: pixels from a frame's edge its light counts from there on: shrinking reaches so far
_STRIP = 128  #: rows at a time


def noise_at_white(mean: Mean) -> np.ndarray:
    """The deviation of single samples at R, G, G, B where light is near clipping: (4,), 0 where frames hold none.

    As stated at most: less where the reference differs less from the mean.
    """
    reference = mean.reference
    sigma = np.sqrt(reference.noise.sum(1))
    found = np.zeros(4)
    for site in range(4):
        light = mean.thin[site][1:, 1:] / mean.thin[site + 4][1:, 1:]
        first = [2 * THIN + place - shift for place, shift in zip(divmod(site, 2), _shifts(mean), strict=True)]
        own = reference.mosaic[first[0] :: 2 * THIN, first[1] :: 2 * THIN][: light.shape[0], : light.shape[1]]
        light = light[: own.shape[0], : own.shape[1]]
        near = light > 1 - _NEAR * sigma[site]
        if near.any():
            own_light = (own[near] - reference.black[site]) * reference.unit
            spread = float(np.mean((np.minimum(own_light, 1) - light[near]) ** 2, dtype=np.float64))
            found[site] = min(float(np.sqrt(spread / _CLIPPED)), float(sigma[site]))
    return found


def _shifts(mean: Mean) -> tuple[int, int]:
    return mean.reference.shift_y, mean.reference.shift_x


def give_back(mosaic: np.ndarray, sigma: np.ndarray, black: float, white: float) -> None:
    """Raise a merged mosaic (even sides, uint16) in place where it is near `white`: by what its surroundings lost.

    `sigma` (4,) is the noise of a sample at the sites, in parts of white - black. The mean over 3 x 3 samples of a site
    says how much: what one of them has by chance is none of the light's.
    """
    reach = float(_REACH * sigma.max()) * (white - black)
    if reach < 1:
        return
    scale = np.float32(1 / (white - black))
    each = np.maximum(sigma, 1e-9).astype(np.float32).reshape(2, 1, 2)
    height = len(mosaic)
    # Strips are raised together, so each is given the rows beside it as they were.
    beside = [mosaic[max(top - 2, 0) : top + 2].copy() for top in range(0, height + _STRIP, _STRIP)]

    def raise_strip(index: int) -> None:
        top = index * _STRIP
        bottom = min(top + _STRIP, height)
        columns = np.flatnonzero(mosaic[top:bottom].max(0) > white - reach)
        if not columns.size:
            return
        left, right = columns[0] // 2 * 2, columns[-1] // 2 * 2 + 2
        above, under = beside[index][: min(top, 2)], beside[index + 1][2:] if bottom < height else mosaic[:0]
        part = np.concatenate([above, mosaic[top:bottom], under])
        lost = _lost(part, (len(above), len(above) + bottom - top), (left, right), white) * scale
        quads = lost.reshape((bottom - top) // 2, 2, (right - left) // 2, 2)
        below = np.maximum(quads, 0) / each
        back = np.minimum(below, _fallen(below)) * (each / scale)
        strip = mosaic[top:bottom, left:right]
        raised = strip + back.reshape(bottom - top, right - left)
        near = strip > white - reach
        strip[near] = np.minimum(np.rint(raised[near]), white).astype(np.uint16)

    for_each(raise_strip, -(-height // _STRIP))


def keep_edges(mosaic: np.ndarray, sigma: np.ndarray, black: float, white: float, reference: Light) -> None:
    """Set white in place what is at the edge of something solidly clipped in the reference, and darker in the mean.

    Arguments as in `give_back`; `mosaic` begins with red.
    """
    height, width = reference.mosaic.shape
    own = mosaic[reference.shift_y :, reference.shift_x :][:height, :width]
    sites = np.roll(sigma.reshape(2, 2), (-reference.shift_y, -reference.shift_x), (0, 1))
    limits = (white - _EDGE * (white - black) * sites).astype(np.float32)
    darkest = np.float32(white - _DARKER * (white - black))

    def whiten_strip(index: int) -> None:
        top = index * _STRIP
        bottom = min(top + _STRIP, height)
        first, last = max(top - 4, 0), min(bottom + 4, height)
        full = reference.mosaic[first:last] >= reference.clip
        columns = np.flatnonzero(full.any(0))
        if not columns.size:
            return
        left, right = columns[0] // 2 * 2, columns[-1] + 1
        part = np.pad(full[:, left:right], [(4 - top + first, 4 - last + bottom), (4, 4)]).astype(np.uint8)
        rows, count = bottom - top, right - left
        solid = sum(part[j : j + rows, i : i + count] for j in (2, 4, 6) for i in (2, 4, 6)) > _SOLID
        below = np.tile(limits, ((rows + 1) // 2, (count + 1) // 2))[:rows, :count]
        values = own[top:bottom, left:right]
        down, across = np.nonzero(solid & (part[4:-4, 4:-4] > 0) & (values < below) & (values > darkest))
        wide = sum(part[down + j, across + i] for j in range(0, 9, 2) for i in range(0, 9, 2)) >= _WIDELY
        values[down[wide], across[wide]] = np.uint16(white)

    for_each(whiten_strip, -(-height // _STRIP))


def whiten_unknown(
    mosaic: np.ndarray,
    levels: tuple[float, float, float],
    reference: Light,
    neutral: np.ndarray | None,
    shortest: Light,
    mapping: np.ndarray,
) -> None:
    """Set white in place what is clipped in the reference and in the shortest frame, which lies by `mapping`.

    Only among clipped samples of all colours: what survives of one says more. What the reference alone shows, for it
    has moved, gets the least light of its `neutral` (3,) that clips in every colour. Beyond the shortest frame's edge
    the highlight goes on as within. `levels`: black, stored units of light 1, white of `mosaic`, which begins with red.
    """
    height, width = reference.mosaic.shape
    own = mosaic[reference.shift_y :, reference.shift_x :][:height, :width]
    black, unit, white = levels
    limit, clip, near = np.float32(black + _UNKNOWN * unit), np.float32(black + unit), np.float32(_ALONE * unit)
    balance = None if neutral is None or not np.all(neutral > 0) else neutral / neutral.min()
    outside: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def light_at(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        assert balance is not None
        light = _with_survivors(reference, balance, rows, columns)
        return np.minimum(np.rint(black + unit * light), white).astype(np.uint16)

    def whiten_strip(index: int) -> None:
        top = index * _STRIP
        values, start = own[top : top + _STRIP], max(top - 1, 0)
        given = reference.mosaic[start : top + _STRIP + 1] >= reference.clip
        ends = (start - top + 1, len(values) + 1 - len(given) - (start - top))
        padded = np.pad(given, [ends, (1, 1)], mode="edge")
        rows, columns = np.nonzero(padded[1:-1, 1:-1] & (values < limit))
        if not rows.size:
            return
        whole = _whole(padded)[rows, columns]
        alone = whole & _whole(np.pad(np.abs(values - clip) < near, 1, mode="edge"))[rows, columns]
        unknown, inside = _clipped_at(shortest, mapping, *_placed(reference, rows + top, columns))
        unknown &= whole
        values[rows[unknown], columns[unknown]] = np.uint16(white)
        alone &= ~unknown & inside
        if balance is not None:
            values[rows[alone], columns[alone]] = light_at(rows[alone] + top, columns[alone])
        outside[index] = rows[~inside & ~unknown] + top, columns[~inside & ~unknown]

    count = -(-height // _STRIP)
    for_each(whiten_strip, count)
    rows, columns = (
        np.concatenate([outside[n][axis] for n in range(count) if n in outside] or [np.zeros(0, int)])
        for axis in (0, 1)
    )
    if not rows.size:
        return
    from_rows, from_columns = _mirrored(reference, shortest, mapping, rows, columns)
    goes_on = reference.mosaic[from_rows, from_columns] >= reference.clip
    goes_on &= own[from_rows, from_columns] > clip
    found = own[from_rows, from_columns]
    if balance is not None:
        found[~goes_on] = light_at(rows[~goes_on], columns[~goes_on])
        goes_on[:] = True
    own[rows[goes_on], columns[goes_on]] = found[goes_on]


def _placed(light: Light, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of a mosaic in coordinates where red is at even ones."""
    return rows + light.shift_y, columns + light.shift_x


def _mirrored(
    reference: Light, frame: Light, mapping: np.ndarray, rows: np.ndarray, columns: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Pixels of the reference on the other side of a frame's edge, of the same colours, as far as there are such."""
    at = _places(mapping, *_placed(reference, rows, columns))
    sides = zip((rows, columns), at, (frame.shift_y, frame.shift_x), frame.mosaic.shape, strict=True)
    found = []
    for own, there, shift, side in sides:
        before, after = _WITHIN - (there - shift), there - shift - (side - 1 - _WITHIN)
        mirrored = own + 2 * np.maximum(before, 0) - 2 * np.maximum(after, 0)
        found.append(np.where((mirrored < 0) | (mirrored >= reference.mosaic.shape[len(found)]), own, mirrored))
    return found[0], found[1]


def _with_survivors(reference: Light, balance: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The least light of clipped samples at these places if they are as neutral as colours that survive beside them.

    `balance` (3,) is neutral light, 1 at the least; (n,) float64, 1 at least.
    """
    height, width = reference.mosaic.shape
    sums, counts, clipped = np.zeros((3, 3, len(rows)))
    place = np.arange(len(rows))
    for step_down in (-1, 0, 1):
        for step_across in (-1, 0, 1):
            down, across = rows + step_down, columns + step_across
            down, across = (
                np.minimum(np.abs(at), 2 * (side - 1) - np.abs(at)) for at, side in ((down, height), (across, width))
            )
            stored = reference.mosaic[down, across]
            site = _site(reference, down, across)
            colour = np.array([0, 1, 1, 2])[site]
            sums[colour, place] += np.minimum((stored - reference.black[site]) * reference.unit, 1)
            counts[colour, place] += 1
            clipped[colour, place] += stored >= reference.clip
    shown = sums / np.maximum(counts, 1) / balance[:, None]
    least = np.where(clipped < counts, shown, np.inf).min(0)
    own = balance[np.array([0, 1, 1, 2])[_site(reference, rows, columns)]]
    return np.maximum(np.where(np.isfinite(least), least, 1.0) * own, 1.0)


def _site(light: Light, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Which of R, G, G, B pixels of a mosaic are: 0 to 3."""
    down, across = _placed(light, rows, columns)
    return 2 * (down % 2) + across % 2


def _whole(padded: np.ndarray) -> np.ndarray:
    """Where all of 3 x 3 are true; without the outermost."""
    lines = padded[:-2] & padded[1:-1] & padded[2:]
    return lines[:, :-2] & lines[:, 1:-1] & lines[:, 2:]


def _clipped_at(
    frame: Light, mapping: np.ndarray, rows: np.ndarray, columns: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Whether a frame is clipped within _AROUND of where its mapping sees these pixels of the reference; (n,) bool.

    And whether its edge is farther than that.
    """
    at = _places(mapping, rows, columns)
    down, across = at[0] - frame.shift_y, at[1] - frame.shift_x
    inside = (down >= 0) & (down < frame.mosaic.shape[0]) & (across >= 0) & (across < frame.mosaic.shape[1])
    ends = zip((down, across), frame.mosaic.shape, strict=True)
    well = np.all([(at >= _AROUND) & (at < side - _AROUND) for at, side in ends], axis=0)
    if not inside.any():
        return inside, well
    down, across = down[inside], across[inside]
    first = max(int(down.min()) - _AROUND, 0)
    full = frame.mosaic[first : int(down.max()) + _AROUND + 1] >= frame.clip
    for axis in (0, 1):
        beside = [(_AROUND, _AROUND) if n == axis else (0, 0) for n in (0, 1)]
        padded, count = np.pad(full, beside), full.shape[axis]
        parts = [padded[n : n + count] if axis == 0 else padded[:, n : n + count] for n in range(2 * _AROUND + 1)]
        full = np.logical_or.reduce(parts)
    inside[inside] = full[down - first, across]
    return inside, well


def _places(mapping: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> list[np.ndarray]:
    """The nearest row and column of a frame's pixels that these of the reference's are seen at by its mapping."""
    cell = 2 * CELL
    (down, j), (across, i) = np.divmod(rows, cell), np.divmod(columns, cell)
    found = mapping[:, down, across].astype(np.float64)
    moved = [one[0] + i * one[1] + j * one[2] + i * j * one[3] for one in (found[4:], found[:4])]
    return [np.rint(start + by).astype(np.int64) for start, by in zip((rows, columns), moved, strict=True)]


def _fallen(sigmas: np.ndarray) -> np.ndarray:
    """exp(-_FALL sigmas), by what is equal on every machine."""
    part = np.minimum(sigmas, np.float32(_REACH)) * np.float32(_FALL / 16)
    growth = 1 + part * (1 + part * (np.float32(1 / 2) + part * (np.float32(1 / 6) + part * np.float32(1 / 24))))
    for _ in range(4):
        growth = growth * growth
    return 1 / growth


def _lost(mosaic: np.ndarray, rows: tuple[int, int], columns: tuple[int, int], white: float) -> np.ndarray:
    """How far below white the means over 3 x 3 samples of a site lie, float32; edges are mirrored."""
    height, width = mosaic.shape
    down = [np.abs(np.arange(*rows) + step) for step in (-2, 0, 2)]
    across = [np.abs(np.arange(*columns) + step) for step in (-2, 0, 2)]
    down = [np.where(at < height, at, 2 * height - 2 - at) for at in down]
    across = [np.where(at < width, at, 2 * width - 2 - at) for at in across]
    total = np.stack([mosaic[at] for at in down]).sum(0, dtype=np.float32)
    return np.float32(white) - np.stack([total[:, at] for at in across]).sum(0) * np.float32(1 / 9)
